"""`zoo doctor`: what this machine has for each backend, and how to install the rest."""

import contextlib
import functools
import os
import platform
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib import metadata

from zoo.build import cache, compiler, cuda_toolkit
from zoo.command.verb import Option, Verb
from zoo.core.errors import ZooError

#: The architecture to compile for on a machine without a GPU.
_ANY_ARCH = "sm_90"


@dataclass(frozen=True)
class Line:
    """The result of one check; the default backend does not work when a `needed` one fails."""

    name: str
    good: bool
    said: str
    needed: bool = False

    def __str__(self):
        mark = "ok" if self.good else "NO" if self.needed else "--"
        return f"{mark}  {self.name.ljust(13)}  {self.said}"


def _run(arguments):
    """Print one line for each check; returns 0 when the default backend has all it needs, otherwise 1."""
    compiled = VERB.parse(arguments).get("compile", False)
    lines = []
    for look in LOOKS:
        lines.append(look())
        print(lines[-1], flush=True)
    missing = [line.name for line in lines if line.needed and not line.good]
    if compiled and not missing:
        for line in _tried():
            lines.append(line)
            print(line, flush=True)
    failed = [line.name for line in lines if line.needed and not line.good]
    others = [line.name for line in lines if not line.needed and not line.good]
    print()
    print(
        f"The default backend cpp needs: {', '.join(failed)}."
        if failed
        else "The default backend cpp has all it needs."
    )
    if others:
        print(f"Without {', '.join(others)} the backend cuda does not run here.")
    return 1 if failed else 0


def _cxx():
    command = compiler.cxx()
    if not shutil.which(command[0]):
        install = "apt-get install g++" if command[0] == "g++" else "or set CXX to an installed one"
        return Line("C++ compiler", False, f"{command[0]} is not installed; {install}", needed=True)
    return Line("C++ compiler", True, compiler.identity()[1] or " ".join(command), needed=True)


def _standard():
    """The newest C++ standard of the compiler: C++ needs 11, CUDA 17."""
    for year in (17, 14, 11):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            command = [*compiler.cxx(), f"-std=c++{year}", "-fsyntax-only", "-xc++", os.devnull]
            if subprocess.run(command, capture_output=True, timeout=30).returncode == 0:
                enough = year >= 17
                return Line(
                    "C++ standard", True, f"C++{year}{'' if enough else ', CUDA needs C++17: a newer compiler'}", True
                )
    return Line("C++ standard", False, "the compiler does not support C++11; install a newer one", needed=True)


def _make():
    if not shutil.which("make"):
        return Line("make", False, "not installed; apt-get install make", needed=True)
    return Line("make", True, cuda_toolkit.said("make", "--version").partition("\n")[0] or "there", needed=True)


def _cpu():
    """The vector instructions of the processor; the program is compiled for them."""
    known = set(compiler.identity()[2].split())
    best = next((text for flag, text in _VECTORS.items() if flag in known), "no vector instructions known")
    return Line("CPU", True, f"{platform.machine()}, {best}, {os.cpu_count()} cores")


_VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX", "sse2": "SSE2", "asimd": "NEON"}


def _python():
    return Line("Python", True, platform.python_version(), needed=True)


def _brian2():
    return _package("brian2", "pip install brian2", needed=True)


def _brian2cuda():
    if platform.python_version_tuple() < ("3", "12"):
        return Line("brian2cuda", False, "needs Python 3.12 or newer; create an environment with it")
    return _package("brian2cuda", "pip install 'brian2-zoo[cuda]'")


def _package(name, install, needed=False):
    try:
        return Line(name, True, metadata.version(name), needed)
    except metadata.PackageNotFoundError:
        return Line(name, False, f"not installed; {install}", needed)


def _nvcc():
    found = cuda_toolkit.nvcc()
    if not found:
        return Line("nvcc", False, f"not installed; {cuda_toolkit.INSTALL}")
    release = cuda_toolkit.version(found)
    if not release:
        return Line("nvcc", False, f"{found} does not run; {cuda_toolkit.INSTALL}")
    return Line("nvcc", True, f"{release}, {found}")


def _driver():
    gpu = cuda_toolkit.gpu()
    if not gpu:
        return Line("NVIDIA driver", False, "nvidia-smi shows no GPU; on a machine with one, install NVIDIA's driver")
    nvcc = cuda_toolkit.nvcc()
    release = cuda_toolkit.version(nvcc) if nvcc else ""
    wanted = cuda_toolkit.driver_for(release) if release else 0
    if int(gpu.driver.partition(".")[0]) < wanted:
        return Line(
            "NVIDIA driver", False, f"{gpu.driver}, CUDA {release} needs {wanted}; a newer driver or an older toolkit"
        )
    return Line("NVIDIA driver", True, gpu.driver)


def _gpu():
    gpu = cuda_toolkit.gpu()
    if not gpu:
        return Line("GPU", False, "none; zoo build NAME --backend cuda --arch sm_90 compiles for another machine")
    nvcc = cuda_toolkit.nvcc()
    known = cuda_toolkit.supported(nvcc) if nvcc else []
    if known and gpu.arch not in known:
        return Line(
            "GPU", False, f"{gpu.name}, {gpu.arch}: this nvcc compiles for {', '.join(known)}; install another toolkit"
        )
    return Line("GPU", True, f"{gpu.name}, compute capability {gpu.capability} ({gpu.arch})")


def _curand():
    nvcc = cuda_toolkit.nvcc()
    headers, library = cuda_toolkit.curand_header(nvcc), cuda_toolkit.curand_library(nvcc)
    if headers and library:
        return Line("cuRAND", True, str(headers))
    lacking = "the headers are" if library else "the library is" if headers else "it is"
    return Line("cuRAND", False, f"{lacking} missing; {cuda_toolkit.INSTALL}")


def _folder(name, path, variable):
    """Whether a folder can be written, or created."""
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Line(name, False, f"{path} cannot be written; set {variable} to another folder", needed=True)
    free = shutil.disk_usage(there).free / 1e9
    if free < 0.5:
        return Line(
            name, False, f"{path} has {free:.1f} GB left; set {variable} to a folder on another disk", needed=True
        )
    return Line(name, True, f"{path}, {free:.0f} GB free", needed=True)


def _cache():
    return _folder("cache folder", cache.folder(), "ZOO_CACHE")


def _data():
    from zoo.images import datasets

    return _folder("data folder", datasets.folder(), "ZOO_DATA")


LOOKS = (_cxx, _standard, _make, _cpu, _python, _brian2, _cache, _data, _brian2cuda, _nvcc, _curand, _driver, _gpu)


def _tried():
    """Builds and runs a small network with every available backend; one line for each."""
    yield _attempt("run runtime", functools.partial(_simulated, "runtime"), needed=False)
    yield _attempt("run cpp", functools.partial(_simulated, "cpp"), needed=True)
    if all(look().good for look in (_brian2cuda, _nvcc, _curand)):
        if cuda_toolkit.gpu():
            yield _attempt("run cuda", functools.partial(_simulated, "cuda"), needed=False)
        else:
            yield _attempt("compile cuda", _compiled, needed=False)


def _attempt(name, work, needed):
    start = time.monotonic()
    try:
        said = work()
    except ZooError as error:
        return Line(name, False, str(error), needed)
    return Line(name, True, f"{said}, {time.monotonic() - start:.1f} s", needed)


def _simulated(backend):
    from brian2 import ms

    from zoo.engine.program import simulate

    with _new_cache():
        result = simulate(_cells(), 100 * ms, _spikes, backend=backend)
    # 10 cells that reach 1 in 10 ms; the connections add nothing.
    count = int(result["spikes.count"].sum())
    if count != 100:
        raise ZooError(f"a network of 100 spikes gave {count}; the compiler or Brian2 on this machine is broken.")
    return "100 spikes of 100"


def _compiled():
    from brian2 import ms

    from zoo.engine.program import program

    with _new_cache(), program(_cells(), 100 * ms, _spikes, backend="cuda", arch=_ANY_ARCH):
        return f"compiled for {_ANY_ARCH}"


@contextlib.contextmanager
def _new_cache():
    """An empty cache, as a cached program does not test the compiler."""
    before = os.environ.get("ZOO_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZOO_CACHE"] = folder
        try:
            yield
        finally:
            os.environ.pop("ZOO_CACHE")
            if before is not None:
                os.environ["ZOO_CACHE"] = before


def _cells():
    from brian2 import Network, NeuronGroup, Synapses, ms

    from zoo.model import Model

    class Counters(Model):
        """Ten cells that spike every 10 ms."""

        def build(self):
            cells = NeuronGroup(
                10, "dx/dt = 1/(10*ms) : 1", threshold="x > 0.995", reset="x = 0", method="euler", name="cells"
            )
            synapses = Synapses(cells, cells, "w : 1", on_pre="x_post += w", delay=1 * ms, name="synapses")
            synapses.connect()
            return Network(cells, synapses)

    return Counters()


def _spikes(network):
    from brian2 import SpikeMonitor

    return [SpikeMonitor(network["cells"], name="spikes")]


VERB = Verb(
    "doctor",
    ("[--compile]",),
    "print what this machine has for each backend, and how to install the rest",
    _run,
    (Option("compile", "", "also compile and run a small network with every backend"),),
)
