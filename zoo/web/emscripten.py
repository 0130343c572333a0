"""Compiles the C++ project of a program for browsers, with Emscripten."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

from zoo.build import cache
from zoo.core import progress
from zoo.core.errors import ZooError

# As the native programs, with vectors of 128 bits, which all browsers have. The glue is for a worker; Node.js runs it in tests.
_FLAGS = (
    *("-O3", "-std=c++17", "-ffast-math", "-fno-finite-math-only", "-msimd128", "-w", "-I."),
    *("-sALLOW_MEMORY_GROWTH=1", "-sMAXIMUM_MEMORY=4GB", "-sMODULARIZE=1", "-sEXPORT_NAME=createProgram", "-sINVOKE_RUN=0"),
    *("-sEXPORTED_RUNTIME_METHODS=FS,callMain,ENV", "-sENVIRONMENT=worker,node"),
)  # fmt: skip
# Debian's Emscripten finds its JavaScript libraries here only when Debian's Node.js runs it.
_DEBIAN = "/usr/share/nodejs"


def check() -> None:
    """Raises ZooError, with the remedy, on a machine without Emscripten."""
    if not shutil.which("em++"):
        raise ZooError(
            "a page for browsers needs Emscripten (em++), which is not installed; Debian, Ubuntu: apt-get install "
            "emscripten; others: https://emscripten.org/docs/getting_started/downloads.html."
        )


def compile_page(project: Path, out: Path, name: str) -> None:
    """Compile unity.cpp in the folder `project` to program.js and program.wasm in `out`, or copy them from the cache.

    Raises ZooError without Emscripten, and with the first error of the compiler.
    """
    check()
    key = cache.key_of(project, also=[_version(), *_FLAGS])
    wasm = cache.program(key, name, lambda staging: _compile(project, staging, name))
    shutil.copyfile(wasm, out / "program.wasm")
    shutil.copyfile(wasm.with_name("program.js"), out / "program.js")


def _compile(project, staging, name):
    """Compile to program.js and main, the name of a program in the cache, in the folder `staging`."""
    command = ["em++", *_FLAGS, "unity.cpp", *(str(path.relative_to(project)) for path in project.glob("user/*.cpp"))]
    with progress.Line(f"compiling {name} for browsers") as line:
        line.show(0)
        done = _run([*command, "-o", str(staging.resolve() / "program.js")], project)
    if done.returncode:
        said = next((one for one in done.stderr.splitlines() if "error" in one.lower()), done.stderr.strip()[-300:])
        raise ZooError(f"Emscripten refuses the code of {name}: {said}")
    (staging / "program.wasm").rename(staging / "main")


@functools.cache
def _version():
    return _run(["em++", "--version"], None).stdout.partition("\n")[0]


def _run(command, folder):
    folders = [os.environ.get("NODE_PATH", ""), _DEBIAN if Path(_DEBIAN).is_dir() else ""]
    environment = {**os.environ, "NODE_PATH": os.pathsep.join(filter(None, folders))}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace")
