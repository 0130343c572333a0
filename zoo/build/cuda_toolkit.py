"""The CUDA tools of a machine: the compiler nvcc, the library cuRAND, and the GPU with its driver.

The CUDA toolkit is a separate installation or, from CUDA 13, Python packages next to brian2cuda.
"""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from zoo.core.errors import ZooError

#: The usual folders of the toolkit.
_USUAL = (Path("/usr/local/cuda"), Path("/opt/cuda"))
#: The folders of distributions.
_SYSTEM = Path("/usr")
_HEADER = "curand_kernel.h"
#: The oldest driver that runs programs of a release of CUDA (its release notes, table of minor version compatibility).
DRIVERS = {"11": 450, "12": 525, "13": 580}

#: How to install both tools.
INSTALL = (
    "pip install 'brian2-zoo[cuda]' (Python 3.12 or newer), or install the CUDA toolkit and set CUDA_PATH to its folder"
)


@dataclass(frozen=True)
class GPU:
    """One GPU: `capability` is its compute capability, such as "9.0", `driver` the version of the driver."""

    name: str
    capability: str
    driver: str

    @property
    def arch(self) -> str:
        """Its architecture in the notation of nvcc."""
        return "sm_" + self.capability.replace(".", "")


def nvcc() -> Path | None:
    """The CUDA compiler: that of CUDA_PATH, on the PATH, in the usual folders, or from Python packages."""
    if os.environ.get("CUDA_PATH"):
        return _executable(Path(os.environ["CUDA_PATH"]) / "bin/nvcc")
    on_path = shutil.which("nvcc")
    if on_path:
        return Path(on_path)
    for folder in (*_USUAL, *_packages()):
        found = _executable(folder / "bin/nvcc")
        if found:
            return found
    return None


def version(compiler: Path) -> str:
    """The release of nvcc, such as "13.0", or "" when it does not run."""
    found = re.search(r"release (\d+\.\d+)", said(str(compiler), "--version"))
    return found[1] if found else ""


def curand_header(compiler: Path | None) -> Path | None:
    """The folder with the headers of cuRAND."""
    for folder in _homes(compiler):
        for part in ("include", "targets/x86_64-linux/include", "targets/sbsa-linux/include"):
            if (folder / part / _HEADER).is_file():
                return folder / part
    return None


def curand_library(compiler: Path | None) -> Path | None:
    """The file of the library cuRAND; the Python package does not have the short name that -lcurand needs."""
    places = ("lib64", "lib", "targets/x86_64-linux/lib", "targets/sbsa-linux/lib", "lib/x86_64-linux-gnu")
    for folder in _homes(compiler):
        for part in places:
            for name in ("libcurand.so", "libcurand.so.10"):
                if (folder / part / name).is_file():
                    return folder / part / name
    return None


def make_variables(compiler: Path, arch: str) -> list:
    """The arguments of make with the paths on this machine; raises ZooError when cuRAND is missing."""
    headers, library = curand_header(compiler), curand_library(compiler)
    if not headers or not library:
        raise ZooError(f"the library cuRAND of CUDA is not installed; {INSTALL}.")
    return [f"NVCC={compiler}", f"ARCH={arch}", f"CURAND=-isystem {headers}", f"LIBRARIES=-Xlinker {library}"]


def library_path() -> str:
    """LD_LIBRARY_PATH for a program, so that it finds cuRAND."""
    library = curand_library(nvcc())
    folders = [str(library.parent)] if library else []
    return ":".join([*folders, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])])


def gpu() -> GPU | None:
    """The GPU of programs: the first one, or the first of CUDA_VISIBLE_DEVICES."""
    found = []
    for line in said("nvidia-smi", "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader").splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 3 and re.fullmatch(r"\d+\.\d+", parts[1]):
            found.append(GPU(*parts))
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return found[0] if found else None
    first = visible.split(",")[0].strip()
    return found[int(first)] if first.isdigit() and int(first) < len(found) else None


def check_arch(arch: str) -> str:
    """`arch` in the notation of nvcc, sm_90; 9.0 and 90 are accepted. Raises ZooError for anything else."""
    digits = re.fullmatch(r"(?:sm_)?(\d{1,2})\.?(\d)([af]?)", arch.strip())
    if not digits:
        raise ZooError(f"write the architecture of a GPU as sm_90 (H100, H200) or 9.0, not {arch!r}.")
    return f"sm_{digits[1]}{digits[2]}{digits[3]}"


def supported(compiler: Path) -> list:
    """The architectures for which nvcc compiles, [] if unknown."""
    return re.findall(r"sm_\d+", said(str(compiler), "--list-gpu-code"))


def driver_for(release: str) -> int:
    """The oldest driver that runs programs of this release of CUDA."""
    return DRIVERS.get(release.partition(".")[0], max(DRIVERS.values()))


@functools.cache
def said(*command):
    """The output of a command, "" when it fails; cached."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _homes(compiler):
    homes = [Path(os.environ["CUDA_PATH"])] if os.environ.get("CUDA_PATH") else []
    if compiler:
        homes.append(compiler.resolve().parents[1])
    return [*homes, *_USUAL, *_packages(), _SYSTEM]


@functools.cache
def _packages():
    """The folders of NVIDIA's Python packages, the newest first."""
    spec = importlib.util.find_spec("nvidia")
    folders = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    return tuple(
        place for folder in folders for place in (*sorted(folder.glob("cu[0-9]*"), reverse=True), folder / "curand")
    )


def _executable(path):
    return path if path.is_file() and os.access(path, os.X_OK) else None
