"""Files that are there as a whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from zoo.errors import ZooError


@contextlib.contextmanager
def replacing(path):
    """Yields a path to write to; at the end what was written stands at `path`, by one rename.

    After an error, or a kill, whatever stood at `path` before still does.
    """
    path = Path(path)
    # The suffix stays: savefig and others choose the format by it.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=path.suffix)
    os.close(handle)
    new = Path(name)
    try:
        yield new
        with open(new, "rb") as file:
            os.fsync(file.fileno())
        new.chmod(0o666 & ~_umask())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


@contextlib.contextmanager
def cannot_write(folder):
    """Turns what the file system refuses into one sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise ZooError(f"{folder} cannot be written ({reason}); choose another folder with --out.") from None


@contextlib.contextmanager
def output_folder(path):
    """Yields `path` as a folder that exists and can be written; raises ZooError when it cannot be.

    A folder made here is removed again when the block fails before anything is in it.
    """
    path = Path(path).absolute()
    made = []
    with cannot_write(path):
        missing = path
        while not missing.exists() and missing != missing.parent:
            made.append(missing)
            missing = missing.parent
        path.mkdir(parents=True, exist_ok=True)
        os.close((probe := tempfile.mkstemp(dir=path))[0])
        os.unlink(probe[1])
    try:
        yield path
    finally:
        for folder in made:
            with contextlib.suppress(OSError):  # not empty: the result
                folder.rmdir()


@contextlib.contextmanager
def working_folder(path):
    """Runs the block in the folder `path`."""
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
