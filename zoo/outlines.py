"""Outlines: all that a run needs to know of a compiled program, so that the same command writes no sources again.

What Brian2 generates follows from Python code and from what this code reads. An outline is found by all of it:

- every file of the packages zoo, models, experiments and brian2, and every Python file that a process had loaded when
  the command began, and when the sources were written; each by its path, size, and times of change;
- Brian2's preferences, the compiler, the processor, and the environment variables that any of them reads;
- the class of the model, the function that makes the monitors, the backend;
- the fields of the model that are not data, or that Python code has read while the network was built.

Only for models and experiments of the zoo's own, which read no files while a network is built; and only in a process that
is nothing but a command (`used`), where nobody has replaced a function. Whatever is in doubt is no outline: then
the sources are written, and their hash decides as ever.
"""

import contextlib
import contextvars
import dataclasses
import functools
import hashlib
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import types
import zipfile
from pathlib import Path

import brian2
import numpy as np
from brian2 import prefs
from brian2.units.fundamentalunits import Dimension, get_dimensions, get_or_create_dimension

from zoo import cache, compiler
from zoo.model import annotations

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("zoo", "models", "experiments")

# A file that changed so few seconds before the process began, or later, may not be the one that was loaded.
YOUNG = 2.0
# A larger file is not kept: its arrays are data that hardly repeats.
LARGE = 10_000_000

# Outlines that are kept, the last used ones: of the same values of fields, when files have changed since or the environment is
# another, and of one program, which several values of a field can have.
MOST, MOST_OF_PROGRAM = 4, 32

_ENVIRONMENT = re.compile(r"(CC|CXX|CFLAGS|CXXFLAGS|CPPFLAGS|LDFLAGS|READTHEDOCS|BRIAN.*|PYTHON.*)$")
_RECORD = "outline.json"
_BASE_UNITS = ("m", "kg", "s", "A", "K", "mol", "cd")

_used = contextvars.ContextVar("when the command began, and the modules that were there", default=None)


class _Unknown(Exception):
    """Something that nobody vouches for."""


@dataclasses.dataclass(frozen=True)
class Outline:
    """The `key` of a program, the names of the fields that it belongs to, and what else a Program knows of its network."""

    key: str
    fixed: tuple
    facts: dict


@contextlib.contextmanager
def used(begun: float, modules):
    """In the block programs are found by their outlines.

    `begun` is when the process began, in seconds of time.time(), and `modules` what was loaded then: all that comes
    later follows from files that an outline knows.
    """
    token = _used.set((begun, frozenset(modules)))
    try:
        yield
    finally:
        _used.reset(token)


class Place:
    """Where the outlines of a model are, whatever its fields. Made before the network is built; see `place`."""

    def __init__(self, digest):
        self.folder = cache.folder() / "outlines" / digest
        self.said = _Listener()

    def find(self, model, folder: Path) -> Outline | None:
        """The outline of the program of `model`, if one is known and its program still compiled.

        The static arrays go to `folder`, which is made.
        """
        with contextlib.suppress(OSError, _Unknown):
            # Which fields matter is known from an outline only: one for each set of them says so.
            for kind in {path.name.partition("-")[0] for path in self.folder.glob("*.zip")}:
                said = _first_valid(self.folder.glob(f"{kind}-*.zip"))
                for path in self.folder.glob(f"{kind}-{_values(model, said.fixed)}-*.zip") if said else ():
                    found = _read(path)
                    if found and cache.find(found.key) and _extracted(path, folder):
                        os.utime(path)
                        return found
        return None

    @contextlib.contextmanager
    def listening(self):
        """Listens to what is said in the block: a warning of Brian2 has to come every time."""
        loggers = [logging.getLogger(name) for name in ("brian2", "py.warnings")]
        for logger in loggers:
            logger.addHandler(self.said)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeHandler(self.said)

    def keep(self, model, key: str, fixed, facts: dict, folder: Path) -> None:
        """Write the outline of the program `key` of `model`, if nothing speaks against it.

        `fixed` are the fields it belongs to, `facts` goes into JSON, and `folder` has the static arrays.
        """
        if self.said.records:
            return
        with contextlib.suppress(OSError, _Unknown):  # without it the next run is slower, and that is all
            files = sorted(_loaded(sys.modules))
            if _is_young(stamps := [_stamp(path) for path in files]):
                return
            name = f"{_hash(fixed)[:8]}-{_values(model, fixed)}-{key}"
            for known, most in ((cache.outlines(name), MOST), (cache.outlines(f"-{key}"), MOST_OF_PROGRAM)):
                cache.remove_outlines(sorted(known, key=lambda path: path.stat().st_mtime, reverse=True)[most - 1 :])
            record = {"key": key, "fixed": fixed, "files": files, "stamps": _hash(stamps), "facts": facts}
            new = Path(tempfile.mkdtemp(dir=cache.made(cache.folder() / "staging"))) / "outline"
            try:
                if _written(new, json.dumps(record, default=_plain), folder):
                    os.replace(new, cache.made(self.folder) / f"{name}.zip")
            finally:
                shutil.rmtree(new.parent, ignore_errors=True)


def place(model, record, backend: str, also=()) -> Place | None:
    """Where outlines of `model` with the monitors of `record` are; None when there can be none."""
    if _used.get() is None:
        return None
    modules = {name: sys.modules[name] for name in _used.get()[1] if name in sys.modules}
    try:
        files = sorted(_loaded(modules) | _packaged())
        if _is_young(stamps := [_stamp(path) for path in files]):
            return None
        parts = [
            files, stamps, sorted(modules), sys.version, sys.flags, backend, _canonical(type(model)), _canonical(record),
            [(name, repr(prefs[name])) for name in sorted(prefs)],
            sorted((name, value) for name, value in os.environ.items() if _ENVIRONMENT.match(name)),
            compiler.identity(), *also,
        ]  # fmt: skip
    except (OSError, _Unknown):
        return None
    return Place(_hash(parts))


def _written(path, record, folder):
    """Write an outline with the static arrays in `folder`; whether it is small enough to be kept."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(_RECORD, record)
        for array in sorted(folder.iterdir()):
            archive.write(array, array.name)
            if path.stat().st_size > LARGE:
                return False
    path.chmod(0o600)
    return True


def _read(path):
    """The outline in a file, or None when it is damaged, not ours, or a file has changed that was loaded then."""
    try:
        if not (cache.is_private(path) and cache.is_private(path.parent)):
            return None
        with zipfile.ZipFile(path) as archive:
            record = json.loads(archive.read(_RECORD))
        if _hash([_stamp(name) for name in record["files"]]) != record["stamps"]:
            return None
        return Outline(record["key"], tuple(record["fixed"]), record["facts"])
    except Exception:  # of a file that was cut off or that somebody has written into
        return None


def _first_valid(paths):
    """The first outline of `paths` that still holds; those before it are removed."""
    for path in paths:
        if found := _read(path):
            return found
        cache.remove_outlines([path])
    return None


def _extracted(path, folder):
    """Put the static arrays of an outline into `folder`; whether they are whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name != _RECORD])  # checks their sums
        folder.mkdir(exist_ok=True)
        return True
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        return False


def _values(model, fixed):
    """A digest of the fixed fields of `model`."""
    kinds = annotations(type(model))
    if not set(fixed) <= set(kinds):
        raise _Unknown
    return _hash([(name, _canonical(getattr(model, name))) for name in fixed])


def _loaded(modules):
    """The files of loaded modules."""
    files = {getattr(module, "__file__", None) for module in list(modules.values())}
    return {os.path.abspath(file) for file in files if isinstance(file, str)}


def _packaged():
    """All files of the zoo and of Brian2, templates and headers among them."""
    found = set()
    for folder in (*(ROOT / name for name in FOLDERS), Path(brian2.__file__).parent):
        for parent, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            found |= {os.path.join(parent, file) for file in files}
    return found


def _stamp(path):
    """What changes when a file does. Of a module in an archive it is the archive's."""
    while True:
        try:
            status = os.stat(path)
            return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        except (FileNotFoundError, NotADirectoryError):
            if path == (path := os.path.dirname(path)):
                raise


def _is_young(stamps):
    return any(max(changed, inode_changed) / 1e9 > _used.get()[0] - YOUNG for _, changed, inode_changed, _ in stamps)


def _canonical(value):
    """A text for equal values only. Raises _Unknown for what is not known to be one value and nothing else."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return f"{type(value).__name__} {value!r}"
    if isinstance(value, (np.ndarray, np.generic)):
        numbers = np.ascontiguousarray(value)
        if numbers.dtype.hasobject:
            raise _Unknown
        content = hashlib.sha256(numbers.tobytes()).hexdigest()
        return f"array {_plain(get_dimensions(value))} {numbers.dtype.str} {np.shape(value)} {content}"
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__} {[_canonical(item) for item in value]}"
    if isinstance(value, dict):
        return f"dict {[(_canonical(key), _canonical(item)) for key, item in value.items()]}"
    if isinstance(value, functools.partial):
        return f"partial {_canonical(value.func)} {_canonical(value.args)} {_canonical(value.keywords)}"
    if isinstance(value, (type, types.FunctionType)):
        return f"{_own(value)}"
    if dataclasses.is_dataclass(value):
        parts = [(field.name, _canonical(getattr(value, field.name))) for field in dataclasses.fields(value)]
        return f"{_own(type(value))} {parts}"
    raise _Unknown


def _own(thing):
    """The file and name of a function or class of the zoo's own. Raises _Unknown for another one."""
    module = sys.modules.get(thing.__module__)
    if getattr(module, thing.__qualname__, None) is not thing:  # made within a function
        raise _Unknown
    path = Path(getattr(module, "__file__", None) or "").resolve()
    if not any(path.is_relative_to(ROOT / folder) for folder in FOLDERS):
        raise _Unknown
    return f"{path}:{thing.__qualname__}"


def _hash(parts):
    return hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()[:32]


class _Listener(logging.Handler):
    def __init__(self):
        super().__init__(logging.INFO)
        self.records = []

    def emit(self, record):
        self.records.append(record)


def _plain(value):
    """A dimension, a data type or a number of numpy's for json.dumps."""
    if isinstance(value, Dimension):
        return [value.get_dimension(unit) for unit in _BASE_UNITS]
    if isinstance(value, np.dtype):
        return value.str
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is not known")


def restored(fields: dict) -> dict:
    """The fields of a small dataclass of the facts, as they were: dimensions, data types and tuples among them."""
    found = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return found | {"dimensions": get_or_create_dimension(fields["dimensions"]), "dtype": np.dtype(fields["dtype"])}
