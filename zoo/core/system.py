"""What operating systems differ in: locks, users, groups of processes, the processor.

The zoo runs on Linux and macOS. On Windows these functions raise ZooError; what needs none of them, such as `zoo list`, works.
"""

import contextlib
import functools
import importlib
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

from zoo.core.errors import ZooError

#: Whether a process that uses many libraries may go on as a copy of itself. On macOS some of Apple's libraries then fail.
FORKS = sys.platform.startswith("linux")


def check() -> None:
    """Raises ZooError on Windows."""
    _only_here("fcntl")


def _only_here(name):
    """A module, or a function of os, that Windows lacks."""
    with contextlib.suppress(ImportError):
        return getattr(os, name, None) or importlib.import_module(name)
    raise ZooError(
        "the zoo runs its programs on Linux and macOS; on Windows use the Windows Subsystem for Linux (WSL)."
    )


def lock(file: int, wait: bool = True) -> None:
    """Lock an open file until it is closed; without `wait`, raises OSError when another process has locked it."""
    fcntl = _only_here("fcntl")
    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def lock_for_process(file) -> None:
    """Lock an open file for this process and not for its forks; raises OSError when another process has locked it."""
    fcntl = _only_here("fcntl")
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def user() -> int:
    """The number of the user."""
    return _only_here("getuid")()


def user_seconds() -> float:
    """User CPU seconds of this process and of the programs that it has run."""
    resource = _only_here("resource")
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def kill_group(leader: int) -> None:
    """Kill a process that was started in a new session, and the processes that it has started."""
    _only_here("killpg")(leader, signal.SIGKILL)


def memory() -> int | None:
    """Bytes of memory of this machine, None if unknown."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


@functools.cache
def processor() -> str:
    """The properties of the processor on which -march=native depends."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # macOS
        names = ("machdep.cpu.brand_string", "machdep.cpu.features", "machdep.cpu.leaf7_features")
        said = [_said("sysctl", "-n", name) for name in names]
        return " ".join([platform.machine(), platform.processor(), *filter(None, said)])
    wanted = ("model name", "cpu family", "model\t", "flags", "CPU implementer", "CPU part", "Features")
    return platform.machine() + " ".join(sorted({line for line in lines if line.startswith(wanted)}))


def _said(*command):
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return ""
