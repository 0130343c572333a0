"""Private working folders that are removed when their process ends, even when it is killed."""

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from zoo.core import system
from zoo.core.errors import ZooError, is_full

_ALIVE = "alive"
_UNBORN = "new-"


@contextlib.contextmanager
def room(folder):
    """Turns the error of a full disk into a sentence that names the folder."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise ZooError(f"no space is left in {folder.parent}; set TMPDIR to a folder with more.") from None


@contextlib.contextmanager
def folder():
    """A new private folder, removed at the end.

    Its owner holds a lock on it. A folder whose lock is free was left by a killed process; the next process that calls
    this function removes it.
    """
    path, lock = _create()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _create():
    parent = Path(os.environ.get("TMPDIR") or "/tmp")
    try:
        parent = Path(tempfile.gettempdir()) / f"brian2-zoo-{system.user()}"
        parent.mkdir(mode=0o700, exist_ok=True)
        if parent.lstat().st_uid != system.user():
            raise ZooError(f"{parent} belongs to another user; set TMPDIR to one of your folders.")
        _sweep(parent)
        new = Path(tempfile.mkdtemp(dir=parent, prefix=_UNBORN))
        lock = os.open(new / _ALIVE, os.O_CREAT | os.O_RDWR, 0o600)
        system.lock(lock)
        path = new.rename(parent / new.name.removeprefix(_UNBORN))
    except OSError as error:
        raise ZooError(f"cannot create a working folder in {parent} ({error.strerror}); set TMPDIR.") from None
    return path, lock


def _sweep(parent):
    for path in parent.iterdir():
        # Its owner, or another process that cleans up, may remove the folder at any time.
        with contextlib.suppress(OSError):
            if path.name.startswith(_UNBORN) and time.time() - path.stat().st_mtime < 60:
                continue  # its owner has not locked it yet
            lock = os.open(path / _ALIVE, os.O_RDWR)
            try:
                system.lock(lock, wait=False)  # fails when its owner is alive
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)
