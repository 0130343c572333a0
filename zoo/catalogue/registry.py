"""Models and experiments by name, and users' files."""

import importlib.machinery
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from zoo.core import packages
from zoo.core.errors import ZooError, first_line, place, unknown
from zoo.core.packages import entries


@dataclass(frozen=True)
class Experiment:
    """A function `main` to run, `record` with its monitors, and `plot`, which draws figures from a result.

    The name of a user's file ends in .py, so that it is never the name of an experiment of the zoo.
    """

    name: str
    main: Callable | None
    record: Callable | None
    plot: Callable | None
    module: ModuleType


def module(kind: str, name: str) -> ModuleType:
    """Import the model or experiment `name`; raises ZooError with the nearest names when it is unknown."""
    known = entries(kind)
    if name not in known:
        raise unknown(kind.removesuffix("s"), name, known)
    return packages.load(known[name].module)


def experiment(name: str) -> Experiment:
    """The experiment with this name, of the Python file at this path, or of a model without an experiment."""
    if name.endswith(".py"):
        return of_module(Path(name).name, _load_file(Path(name)))
    if name in entries("experiments"):
        return of_module(name, module("experiments", name))
    if name in entries("models"):
        return of_module(name, module("models", name))
    raise unknown("experiment", name, {**entries("experiments"), **entries("models")})


def of_module(name: str, loaded: ModuleType) -> Experiment:
    """The experiment of an imported module or script."""
    functions = {part: getattr(loaded, part, None) for part in ("main", "record", "plot")}
    for part, function in functions.items():
        # `from brian2 import *` also imports matplotlib's plot.
        if getattr(function, "__module__", "").partition(".")[0] in ("brian2", "matplotlib", "numpy"):
            functions[part] = None
        elif function is not None and not callable(function):
            raise ZooError(f"{part} of {name} must be a function.")
        elif inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise ZooError(
                f"{part} of {name} is async or has a yield, so that a call would not run it; use return instead."
            )
    return Experiment(name, module=loaded, **functions)


def model(name: str) -> type:
    """The Model subclass with this name in the catalogue, or in the Python file at this path."""
    return model_in(_load_file(Path(name)) if name.endswith(".py") else module("models", name))


def model_in(loaded: ModuleType) -> type:
    """The only Model subclass of a module, or the one with the name of the module.

    Raises ZooError when there is none, or no unique one.
    """
    from zoo.model import Model  # imports Brian2, for which `zoo list` need not wait

    own = [
        value
        for value in vars(loaded).values()
        if isinstance(value, type) and issubclass(value, Model) and value.__module__ == loaded.__name__
    ]
    stem = Path(getattr(loaded, "__file__", None) or loaded.__name__.rpartition(".")[2]).stem
    named = [model_class for model_class in own if model_class.__name__.lower() == stem.replace("_", "").lower()]
    if len(named or own) != 1:
        names = ", ".join(sorted(model_class.__name__ for model_class in own)) or "none"
        raise ZooError(f"{stem}.py must define one Model with the name of the file; it has {names}.")
    return (named or own)[0]


class _FreshLoader(importlib.machinery.SourceFileLoader):
    """Reads the source every time: Python would reuse bytecode when a file changes within a second and keeps its length."""

    def path_stats(self, path):
        raise OSError("no bytecode")


# Folders of users' files in sys.path.
_folders = set()


def _search_beside(path):
    """As for `python FILE`: the file can import its neighbours, and itself by name.

    When a neighbour would hide another module, such as random.py, the folder is searched last. Neighbours of previously
    loaded files are not used for this one, though they may have the same names.
    """
    folder = str(path.parent)
    before = [other for other in sys.path if other in _folders and other != folder]
    sys.path[:] = [other for other in sys.path if other not in _folders]
    neighbours = list(path.parent.glob("*.py"))
    for neighbour in neighbours:
        file = getattr(sys.modules.get(neighbour.stem), "__file__", None)
        if file and str(Path(file).resolve().parent) in before:
            del sys.modules[neighbour.stem]
    if folder not in sys.path:
        hides = any(_is_another(neighbour) for neighbour in neighbours)
        sys.path.insert(len(sys.path) if hides else 0, folder)
        _folders.add(folder)
    sys.path += before


def _load_file(path):
    if not path.is_file():
        raise ZooError(f"no file {path}.")
    path = path.resolve()
    name = _module_name(path)
    spec = importlib.util.spec_from_file_location(name, path, loader=_FreshLoader(name, str(path)))
    loaded = importlib.util.module_from_spec(spec)
    _search_beside(path)
    sys.modules[name] = loaded
    writes_none, sys.dont_write_bytecode = (
        sys.dont_write_bytecode,
        True,
    )  # also for its neighbours, for the reason of _FreshLoader
    try:
        spec.loader.exec_module(loaded)
    except ZooError:
        raise
    except SyntaxError as error:
        raise ZooError(f"{path.name}, line {error.lineno or 1}, cannot be read: {error.msg}.") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() would also end the zoo, and 0 would mean success
        where = place(error) or path.name
        raise ZooError(f"{where}, fails: {type(error).__name__}: {first_line(error).rstrip('.')}.") from error
    finally:
        sys.dont_write_bytecode = writes_none
    return loaded


def _module_name(path):
    name = re.sub(r"\W", "_", path.stem)
    return f"user_{name}" if _is_another(path) else name


def _is_another(path):
    """Whether importing the name of a file gives, or may give, a module that is not this file."""
    name = path.stem
    if name in sys.stdlib_module_names:
        return True
    if name in sys.modules:
        return Path(getattr(sys.modules[name], "__file__", None) or "").resolve() != path
    found = importlib.machinery.PathFinder.find_spec(name)
    return found is not None and Path(found.origin or "").resolve() != path
