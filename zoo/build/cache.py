"""Compiled programs, found by the hash of their sources.

An entry is a folder with the name of its key, the program `main` and `entry.json`. It appears by one rename, so that no
process sees half of it; a lock for each key lets one process build while others wait for the same program.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from zoo.build import compiler
from zoo.core import system
from zoo.core.errors import ZooError

#: Days after which an unused entry is removed; ZOO_CACHE_DAYS overrides it.
DAYS = 90.0
DAY = 86400.0


def folder() -> Path:
    """The cache folder: ZOO_CACHE, or brian2-zoo in the user's cache folder."""
    if os.environ.get("ZOO_CACHE"):
        return Path(os.environ["ZOO_CACHE"]).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "brian2-zoo"


def key_of(project: Path, *, elsewhere=(), also=()) -> str:
    """The key of a project folder: its sources, files `elsewhere`, the compiler, the processor, and the strings in `also`."""
    digest = hashlib.sha256()
    for path in sorted(project.rglob("*")):
        relative = path.relative_to(project)
        if path.is_file() and relative.parts[0] not in ("static_arrays", "results"):
            content = path.read_bytes()
            digest.update(f"{relative} {len(content)}\n".encode() + content)
    for content in (
        *(path.read_bytes() for path in elsewhere),
        *(text.encode() for text in (*compiler.identity(), *also)),
    ):
        digest.update(f"{len(content)}\n".encode() + content)
    return digest.hexdigest()[:32]


@dataclass(frozen=True)
class Entry:
    """One compiled program: its key, folder, size in bytes, model, and the times of its creation and last use (seconds)."""

    key: str
    folder: Path
    size: int
    model: str
    made: float
    used: float


def program(key: str, model: str, build) -> Path:
    """The path of the program for `key`; if it does not exist, `build(folder)` creates the file `main` in a folder.

    `model` is stored for `zoo cache list`. Raises the exceptions of `build`, and ZooError when the cache cannot be written.
    """
    home = folder()
    found = _valid(home / key)
    if found:
        return found
    _days()  # refuse a wrong limit before the work, not after it
    with _lock(home, key):
        found = _valid(home / key)  # another process may have built it in the meantime
        if found:
            return found
        staging = home / "staging" / key
        shutil.rmtree(staging, ignore_errors=True)  # of a process that was killed
        shutil.rmtree(home / key, ignore_errors=True)  # damaged
        try:
            staging.mkdir(parents=True, mode=0o700)
            build(staging)
            record = {"model": model, "made": time.time(), "sha256": _hash(staging / "main")}
            (staging / "entry.json").write_text(json.dumps(record))
            for path, mode in ((staging / "main", 0o700), (staging / "entry.json", 0o600)):
                path.chmod(mode)  # whatever the umask
            staging.rename(home / key)
        except OSError as error:
            raise ZooError(f"the cache {home} cannot be written ({error.strerror}); set ZOO_CACHE.") from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    _remove(entry for entry in _unused(_days()) if entry.key != key)
    return home / key / "main"


def find(key: str) -> Path | None:
    """The path of the program for `key`, or None when it is missing, damaged or another user's."""
    return _valid(folder() / key)


def receive(key: str, model: str, content: bytes, sha256: str) -> Path:
    """The path of the program for `key`, which another machine has sent if it is missing; raises ZooError for a damaged one."""
    if not re.fullmatch("[0-9a-f]{32}", key) or hashlib.sha256(content).hexdigest() != sha256:
        raise ZooError(f"the program of {model} was damaged in transit to this machine.")
    return program(key, model, lambda staging: (staging / "main").write_bytes(content))


def entries() -> list:
    """All entries, the last used first."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder().iterdir():
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                record = json.loads((path / "entry.json").read_text())
                size = sum(part.stat().st_size for part in path.iterdir())
                used = (path / "entry.json").stat().st_mtime
                found.append(Entry(path.name, path, size, str(record["model"]), float(record["made"]), used))
    return sorted(found, key=lambda entry: -entry.used)


def clear(older_than: float = 0.0) -> list:
    """Remove the entries that were not used for `older_than` days; returns them. Running programs continue."""
    with contextlib.suppress(OSError):
        for path in (folder() / "statements").iterdir():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime >= older_than * DAY:
                    path.unlink()
    return _remove(_unused(older_than))


def _unused(days):
    return [entry for entry in entries() if time.time() - entry.used >= days * DAY]


def _remove(old):
    old = list(old)
    for entry in old:
        with _lock(folder(), entry.key):
            grave = Path(tempfile.mkdtemp(dir=made(folder() / "staging")))
            # A rename first: an entry is complete or does not exist.
            with contextlib.suppress(OSError):
                entry.folder.rename(grave / entry.key)
            shutil.rmtree(grave, ignore_errors=True)
    if old:
        _forget({entry.key for entry in old})
    return old


def known(fingerprint: str) -> str | None:
    """The key of the compiled program of a network with this fingerprint (see `zoo.codegen.fingerprint`), if it exists."""
    path = folder() / "known" / fingerprint
    with contextlib.suppress(OSError):
        if is_private(path) and is_private(path.parent) and _valid(folder() / (key := path.read_text())):
            return key
    return None


def remember(fingerprint: str, key: str) -> None:
    """Store for `known` that a network with this fingerprint has the program `key`."""
    _put("known", fingerprint, key)


def statements(key: str) -> str | None:
    """The statements that `keep_statements` has kept for `key`, if they are there, whole and of our own."""
    path = folder() / "statements" / key
    with contextlib.suppress(OSError, ValueError):
        if is_private(path) and is_private(path.parent):
            digest, _, text = path.read_text().partition("\n")
            if digest == hashlib.sha256(text.encode()).hexdigest():
                return text
    return None


def keep_statements(key: str, text: str) -> None:
    """Keep the statements of a numerical method (see `zoo.network.state_updates`) for `key`."""
    _put("statements", key, f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}")


def _put(kind, key, text):
    with contextlib.suppress(OSError):  # without it the next run is only slower
        staging = made(folder() / "staging") / f"{key}-{os.getpid()}"
        staging.write_text(text)
        staging.chmod(0o600)
        staging.replace(made(folder() / kind) / key)


def _forget(keys):
    with contextlib.suppress(OSError):
        for path in (folder() / "known").iterdir():
            with contextlib.suppress(OSError):
                if path.read_text() in keys:
                    path.unlink()


def _days():
    text = os.environ.get("ZOO_CACHE_DAYS") or DAYS
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not days >= 0:
        raise ZooError(f"ZOO_CACHE_DAYS must be a number of days, such as {DAYS:g}, not {text!r}.")
    return days


def log_file(key: str) -> Path:
    """The file for the messages of a failed compilation."""
    return made(folder() / "logs") / f"{key}.log"


def _valid(path):
    """The program of the entry at `path`, or None when it is missing, damaged, or may be another user's."""
    try:
        record = json.loads((path / "entry.json").read_text())
        if not all(map(is_private, (path, path / "main", path / "entry.json"))):
            return None
        if _hash(path / "main") != record["sha256"]:
            return None
        with contextlib.suppress(OSError):
            os.utime(path / "entry.json")  # last used now
        return path / "main"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_private(path) -> bool:
    """Whether no other user can have written the file `path`."""
    status = path.stat()
    return status.st_uid == system.user() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextlib.contextmanager
def _lock(home, key):
    try:
        lock = os.open(made(home / "locks") / key[:2], os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise ZooError(f"the cache {home} cannot be written ({error.strerror}); set ZOO_CACHE.") from None
    try:
        system.lock(lock)
        yield
    finally:
        os.close(lock)


def made(path: Path) -> Path:
    """The folder `path` of the cache, which other users cannot read."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
