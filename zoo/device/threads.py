"""The number of threads of a C++ program: given, of the environment, or Brian2's preference."""

import contextlib
import os

from brian2 import prefs

from zoo.core.errors import ZooError
from zoo.device import backends

#: An environment variable that decides where nothing else does; the option --threads sets it.
VARIABLE = "ZOO_THREADS"
MOST = 256


def chosen(threads: int | None, backend: str) -> int:
    """The number of threads of a program; raises ZooError for one that `backend` does not have."""
    if threads is None:
        if not backends.has_threads(backend):
            return 1
        text = os.environ.get(VARIABLE)
        return from_text(text, VARIABLE) if text else prefs.devices.cpp_standalone.openmp_threads or 1
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= MOST:
        raise ZooError(f"threads must be an integer from 1 to {MOST}, not {threads!r}.")
    if threads > 1 and not backends.has_threads(backend):
        raise ZooError(f"the backend {backend!r} does not take threads; the backend 'cpp' does.")
    return threads


@contextlib.contextmanager
def using(text: str | None):
    """In the block programs have `text` threads, the option --threads, where nothing else is given; None changes nothing."""
    before = os.environ.get(VARIABLE)
    if text is not None:
        os.environ[VARIABLE] = str(from_text(text, "--threads"))
    try:
        yield
    finally:
        if text is not None:
            os.environ.pop(VARIABLE)
            os.environ.update({VARIABLE: before} if before is not None else {})


def from_text(text: str, name: str) -> int:
    """A number of threads from text; raises ZooError for anything else."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise ZooError(f"{name} is {text!r}; it must be an integer from 1 to {MOST}.")
    return int(text)
