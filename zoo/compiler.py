"""The C++ compiler: its command, what makes two of them different, and the files that a project takes from elsewhere."""

import os
import platform
import re
import subprocess
from pathlib import Path


def cxx() -> list:
    """The command of the C++ compiler: the variable CXX, or g++."""
    return os.environ.get("CXX", "").split() or ["g++"]


def environment() -> dict:
    """The environment for make: an empty CXX would count as a choice."""
    return {**os.environ, "CXX": " ".join(cxx())}


def identity() -> tuple:
    """Texts that differ when two machines may make different programs from the same sources."""
    return " ".join(cxx()), _version(), _processor()


def _version():
    try:
        return subprocess.run([*cxx(), "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    except OSError:
        return ""


def _processor():
    """The processor type as far as -march=native depends on it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "cpu family", "model\t", "flags", "CPU implementer", "CPU part", "Features")
    return platform.machine() + " ".join(sorted({line for line in lines if line.startswith(wanted)}))


def files_elsewhere(project: Path, include_dirs) -> list:
    """The header files of a person's own C++ functions: those outside `project` and outside the system's folders."""
    sources = [str(path.relative_to(project)) for path in sorted(project.rglob("*.cpp"))]
    options = [f"-I{folder}" for folder in (".", *include_dirs)]
    command = [*cxx(), "-std=c++11", "-MM", *options, *sources]
    rules = subprocess.run(command, cwd=project, capture_output=True, text=True).stdout.replace("\\\n", " ")
    # A rule is "name.o: file file ...", with spaces in names behind a backslash.
    names = {name.replace("\\ ", " ") for name in re.findall(r"(?:[^\s\\]|\\.)+", rules) if not name.endswith(":")}
    paths = {(project / name).resolve() for name in names}
    return sorted(path for path in paths if path.is_file() and not path.is_relative_to(project.resolve()))
