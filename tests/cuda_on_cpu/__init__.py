"""Generated CUDA programs on the processor: what a GPU would compute, one thread after the other.

This is no check of a GPU, nor of races between its threads: emulator.h replaces CUDA and cuRAND, and the headers of Thrust
run on the processor. It does show whether the host and its "GPU" have the same values, and whether kernels get what they need.
"""

import re
import shutil
import subprocess
from pathlib import Path

from zoo.build import cuda_toolkit
from zoo.device import backends
from zoo.engine.standalone import StandaloneProgram

HERE = Path(__file__).parent
_LAUNCH = re.compile(r"(\w+)\s*<<<(.*?)>>>\s*\(\s*(\))?", re.DOTALL)


def thrust() -> Path | None:
    """The folder of the headers of Thrust, which are in CUDA."""
    for home in cuda_toolkit._homes(cuda_toolkit.nvcc()):
        for part in ("include/cccl", "targets/x86_64-linux/include/cccl", "include"):
            if (home / part / "thrust/device_vector.h").is_file():
                return home / part
    return None


def translated(text: str) -> str:
    """CUDA as C++: a kernel's start becomes a call."""
    return _LAUNCH.sub(
        lambda found: f'emulated::Launch("{found[1]}", {found[2]})({found[1]}{")" if found[3] else ","} ', text
    )


def install() -> None:
    """From here on, the backend cuda of this process is the processor."""
    cuda_toolkit.gpu = lambda: cuda_toolkit.GPU("a processor", "9.0", "580.0")
    cuda_toolkit.nvcc = lambda: Path("g++")
    backends.tools = lambda backend: ["emulated", (HERE / "emulator.h").read_text()]
    backends.make_variables = lambda backend, arch: []
    of_others = StandaloneProgram._compile

    def compile(self, staging):
        if self.backend != "cuda":
            return of_others(self, staging)
        shutil.copy(compiled(self.project), staging / "main")

    StandaloneProgram._compile = compile


def compiled(project: Path) -> Path:
    """The program of a written project for the processor."""
    for path in project.rglob("*"):
        if path.suffix in (".cu", ".h") and path.is_file():
            path.write_text(translated(path.read_text()))
    for header in ("cuda.h", "cuda_runtime.h", "curand.h", "curand_kernel.h"):
        (project / header).write_text('#include "emulator.h"\n')
    command = [
        "g++", "-std=c++17", "-O1", "-w", "-fpermissive", "-x", "c++", "-include", "emulator.h", "-I.", f"-I{HERE}",
        f"-isystem{thrust()}", "-DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP", "unity.cu", "-o", "emulated",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr[:6000])
    return project / "emulated"
