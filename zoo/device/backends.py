"""The backends by name, and the requirements of each on this machine.

Only this room and `zoo.codegen` distinguish backends.
"""

import sys

from zoo.build import compiler, cuda_toolkit
from zoo.core.errors import ZooError, unknown

BACKENDS = ("runtime", "cython", "cpp", "cpp-stock", "cuda")


def check(backend: str, compiled: bool = True, arch: str | None = None) -> None:
    """Raise ZooError, with the remedy, when `backend` is unknown or this machine cannot compile for it.

    `arch` is the architecture of a GPU program, by default that of the GPU of this machine.
    """
    if backend not in BACKENDS:
        raise unknown("backend", backend, BACKENDS)
    if arch is not None and backend != "cuda":
        raise ZooError(f"an architecture ({arch}) needs --backend cuda, not {backend!r}.")
    if compiled and is_standalone(backend):
        lacking = compiler.missing()
        if lacking and not compiler.is_borrowed():
            tool, package = lacking
            raise ZooError(
                f"the backend {backend!r} compiles C++ and needs {tool}, which is not installed; install {package} "
                f"(Debian, Ubuntu: apt-get install {package}) or use --backend runtime."
            )
    if backend == "cuda":
        check_cuda(compiled, arch)


def is_page(backend: str) -> bool:
    """Whether `zoo build` writes a page for browsers for `backend`, which runs nowhere else."""
    return backend == "wasm"


def is_standalone(backend: str) -> bool:
    """Whether `backend` compiles a program."""
    return backend not in ("runtime", "cython")


def has_threads(backend: str) -> bool:
    """Whether several threads can share the work of a program."""
    return backend == "cpp"


def check_cuda(compiled: bool, arch: str | None):
    """Raise ZooError naming the first missing requirement of CUDA."""
    if sys.version_info < (3, 12):
        raise ZooError(
            f"the backend 'cuda' needs Python 3.12 or newer for brian2cuda, and this is {sys.version.split()[0]}; use "
            "--backend cpp, or an environment with a newer Python."
        )
    try:
        import brian2cuda  # noqa: F401
    except ImportError as error:
        raise ZooError(
            f"the backend 'cuda' needs the package brian2cuda ({error}); install it with pip install 'brian2-zoo[cuda]'."
        ) from None
    if compiled and not cuda_toolkit.nvcc():
        raise ZooError(
            f"the backend 'cuda' needs nvcc, NVIDIA's compiler, which is not installed; {cuda_toolkit.INSTALL}."
        )
    architecture(arch)


def architecture(arch: str | None) -> str:
    """The architecture of a GPU program: `arch`, or that of the GPU of this machine. Raises ZooError without either."""
    if arch is not None:
        return cuda_toolkit.check_arch(arch)
    found = cuda_toolkit.gpu()
    if not found:
        raise ZooError(
            "this machine has no NVIDIA GPU, or no driver (nvidia-smi shows none); use --backend cpp, or give the GPU of "
            "another machine in zoo build NAME --backend cuda --arch sm_90 (H100, H200) --out DIR."
        )
    return found.arch


def comes_compiled(backend: str) -> bool:
    """Whether an exported project includes its program: that of a GPU, which hardly depends on the processor."""
    return backend == "cuda" and cuda_toolkit.nvcc() is not None


def gpu_of(backend: str, arch: str | None) -> str | None:
    """The GPU architecture of a program of `backend`, or None."""
    return architecture(arch) if backend == "cuda" else None


def make_variables(backend: str, arch: str | None) -> list:
    """The arguments of make besides the target."""
    return cuda_toolkit.make_variables(cuda_toolkit.nvcc(), architecture(arch)) if backend == "cuda" else []


def tools(backend: str) -> list:
    """Strings that differ when other tools than the C++ compiler would change the program."""
    return [cuda_toolkit.said(str(cuda_toolkit.nvcc()), "--version")] if backend == "cuda" else []


def environment(backend: str) -> dict:
    """The environment variables that a program of `backend` needs."""
    return {"LD_LIBRARY_PATH": cuda_toolkit.library_path()} if backend == "cuda" else {}


def recorders(backend: str, network) -> list:
    """The information on the monitors of `network` for `normalised`."""
    return cuda().recorders(network) if backend == "cuda" else []


def normalised(arrays: dict, recorders: list) -> dict:
    """`arrays` in the form that all backends share."""
    return cuda().normalised(arrays, recorders) if recorders else arrays


def cuda():
    from zoo.codegen import cuda as found  # imports brian2cuda

    return found
