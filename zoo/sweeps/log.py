"""The log of a process that runs points: a file of limited size with their output."""

import os

#: Bytes after which the log is emptied before the next point.
LONG = 2**20


def redirect(path) -> None:
    """Append the further output of this process to the file `path`."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
    os.close(file)


def shorten() -> None:
    """Empty the log when it is long; not at every point, as ext4 would then write it to the disk each time."""
    if os.fstat(1).st_size > LONG:
        os.ftruncate(1, 0)
