"""The C++ compiler: its command, its identity, and the files that a project uses from elsewhere.

In a sweep on a cluster a machine without a compiler can use the compiler of another machine: it writes the sources, and gets
the program back.
"""

import contextlib
import functools
import hashlib
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from zoo.core import system
from zoo.core.errors import ZooError

# The description, from `described`, of the machine that compiles for this one.
_lender = None


class Needed(BaseException):
    """The other machine must compile the program of `key`; `request` has its sources as plain values.

    Not an Exception, which an experiment might catch.
    """

    def __init__(self, request: dict):
        super().__init__(request["key"])
        self.request = request


def missing() -> tuple | None:
    """The first tool for compiling that this machine lacks, and its package."""
    for tool, package in ((cxx()[0], "g++"), ("make", "make")):
        if not shutil.which(tool):
            return tool, package
    return None


def described() -> dict | None:
    """The compiler and its machine as plain values, for `borrowed`; None without a compiler."""
    if missing():
        return None
    command, version, processor = identity()
    digest = hashlib.sha256(processor.encode()).hexdigest()  # all of it would be 3 kB for every point of a sweep
    return {"command": command, "version": version, "processor": digest, "libc": list(platform.libc_ver())}


@contextlib.contextmanager
def borrowed(lender: dict | None):
    """In the block, a machine without a compiler uses that of `lender`: see `Needed`."""
    global _lender
    _lender = lender if lender and missing() else None
    try:
        yield
    finally:
        _lender = None


def is_borrowed() -> bool:
    """Whether another machine compiles for this one; raises ZooError when its programs would not run here."""
    if _lender is None:
        return False
    if _lender["processor"] != hashlib.sha256(system.processor().encode()).hexdigest():
        raise ZooError(
            "this worker has no compiler, and programs of the machine that runs the sweep are for another type of processor; "
            "install g++ and make on the worker."
        )
    own, needed = platform.libc_ver(), tuple(_lender["libc"])
    if own[0] != needed[0] or _numbers(own[1]) < _numbers(needed[1]):
        raise ZooError(
            f"this worker has no compiler, and programs of the machine that runs the sweep need {' '.join(needed)}, where the "
            f"worker has {' '.join(own)}; install g++ and make on the worker."
        )
    return True


def _numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)]


def cxx() -> list:
    """The command of the C++ compiler: the variable CXX, or g++."""
    return os.environ.get("CXX", "").split() or ["g++"]


def environment() -> dict:
    """The environment for make: an empty CXX would count as a choice."""
    return {**os.environ, "CXX": " ".join(cxx())}


def identity() -> tuple:
    """Strings that differ when two machines may build different programs from the same sources."""
    if _lender is not None:
        return _lender["command"], _lender["version"], system.processor()
    return " ".join(cxx()), _version(), system.processor()


def _version():
    path = shutil.which(cxx()[0])
    if path is None:
        return ""
    status = os.stat(path)
    return _said(tuple(cxx()), path, status.st_mtime_ns, status.st_size)


@functools.cache
def _said(command, *_):
    """What a compiler says of its version, asked once for each file: the process takes 16 ms, as long as a point of a sweep."""
    return subprocess.run([*command, "--version"], capture_output=True, text=True).stdout.partition("\n")[0]


def files_elsewhere(project: Path, include_dirs) -> list:
    """The header files of the user's C++ functions: those outside `project` and outside the system's folders."""
    if is_borrowed():
        raise ZooError("this worker has no compiler, and the model has C++ files; install g++ and make on the worker.")
    sources = [str(path.relative_to(project)) for path in sorted(project.rglob("*.cpp"))]
    options = [f"-I{folder}" for folder in (".", *include_dirs)]
    command = [*cxx(), "-std=c++11", "-MM", *options, *sources]
    rules = subprocess.run(command, cwd=project, capture_output=True, text=True).stdout.replace("\\\n", " ")
    # A rule is "name.o: file file ...", with a backslash before spaces in names.
    names = {name.replace("\\ ", " ") for name in re.findall(r"(?:[^\s\\]|\\.)+", rules) if not name.endswith(":")}
    paths = {(project / name).resolve() for name in names}
    return sorted(path for path in paths if path.is_file() and not path.is_relative_to(project.resolve()))
