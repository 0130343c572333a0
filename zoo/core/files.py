"""Files that exist complete or not at all."""

import contextlib
import os
import tempfile
import time
from pathlib import Path

from zoo.core import system
from zoo.core.errors import ZooError

# The prefix of a file until it is complete, and how many seconds its writer has to lock it.
_NEW = ".new-"
_YOUNG = 60


@contextlib.contextmanager
def replacing(*paths):
    """Yields a temporary path for each of `paths`, which are in one folder: one path, or a tuple of several.

    At the end all files are flushed to the disk and then renamed to `paths`, one right after the other. After an error,
    or a kill, the old files remain.
    """
    system.check()
    paths = [Path(path) for path in paths]
    for path in paths:
        # A rename would replace a device such as /dev/null.
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "no regular file"
            raise ZooError(f"{path} is {kind}; give the name of a file to write.")
    sweep(paths[0].parent)
    opened = [_new(path) for path in paths]
    new = [path for path, _ in opened]
    try:
        yield new[0] if len(new) == 1 else tuple(new)
        for path in new:
            with open(path, "rb") as file:
                os.fsync(file.fileno())
            path.chmod(0o666 & ~_umask())
        for source, target in zip(new, paths, strict=True):
            source.replace(target)
    finally:
        for path, lock in opened:
            path.unlink(missing_ok=True)
            os.close(lock)


def _new(path):
    # The suffix stays, as savefig and others choose the format by it.
    lock, name = tempfile.mkstemp(dir=path.parent, prefix=_NEW, suffix=path.suffix)
    with contextlib.suppress(OSError):  # a file system without locks
        system.lock(lock)
    return Path(name), lock


def sweep(folder) -> None:
    """Remove what killed writers left in `folder`: temporary files without a lock."""
    for path in Path(folder).glob(f"{_NEW}*"):
        # Its writer, or another process that cleans up, may remove the file at any time.
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < _YOUNG:
                continue
            file = os.open(path, os.O_RDONLY)
            try:
                system.lock(file, wait=False)
                path.unlink()
            finally:
                os.close(file)


@contextlib.contextmanager
def cannot_write(folder):
    """Turns an error of the file system into one sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise ZooError(f"{folder} cannot be written ({reason}); choose another folder with --out.") from None


@contextlib.contextmanager
def output_folder(path):
    """Yields `path` as a folder that exists and is writable; raises ZooError when it cannot be.

    A folder created here is removed again if the block ends without a file in it.
    """
    path = Path(path).absolute()
    made = []
    with cannot_write(path):
        missing = path
        while not missing.exists() and missing != missing.parent:
            made.append(missing)
            missing = missing.parent
        path.mkdir(parents=True, exist_ok=True)
        os.close((probe := tempfile.mkstemp(dir=path, prefix=_NEW))[0])
        os.unlink(probe[1])
    try:
        yield path
    finally:
        for folder in made:
            with contextlib.suppress(OSError):  # not empty: the result
                folder.rmdir()


def shown(path) -> Path:
    """The path relative to the working directory, if it is inside it."""
    path = Path(path).absolute()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@contextlib.contextmanager
def working_folder(path):
    """Runs the block in the folder `path`.

    Raises ZooError when the block asks for a file by a relative path that only the folder before has.
    """
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    except FileNotFoundError as error:
        name = error.filename
        if not isinstance(name, (str, os.PathLike)) or Path(name).is_absolute() or not (before / name).exists():
            raise
        raise ZooError(
            f"{name} is in {before}, but this code runs in {path}, where its files go; give {name} as an option of "
            "type Path, or write the whole path."
        ) from error
    finally:
        os.chdir(before)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
