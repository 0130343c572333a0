"""What there is to run: the folders `models` and `experiments`, a user's file, and installed packages.

The folders are the registry. Listing reads docstrings from the source, so that nothing has to be imported for it.
Packages join by the entry point groups "brian2_zoo.models" and "brian2_zoo.experiments" (name = module).
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from zoo.errors import ZooError, unknown

ROOT = Path(__file__).parents[1]
KINDS = ("models", "experiments")


@dataclass(frozen=True)
class Entry:
    """One model or experiment: the module it is in, and the first line of its docstring."""

    name: str
    module: str
    summary: str


@dataclass(frozen=True)
class Experiment:
    """A function `main` to run, `record` with its monitors, and `plot`, which draws figures from a result again."""

    name: str
    main: Callable | None
    record: Callable | None
    plot: Callable | None
    module: ModuleType


def entries(kind: str) -> dict:
    """The entries of `kind` ("models" or "experiments") by name."""
    found = {}
    for path in sorted((ROOT / kind).glob("*.py")):
        if not path.stem.startswith("_"):
            found[path.stem] = Entry(path.stem, f"{kind}.{path.stem}", _summary(path))
    for point in entry_points(group=f"brian2_zoo.{kind}"):
        found.setdefault(point.name, Entry(point.name, point.value, f"of the package {point.value.split('.')[0]}"))
    return found


def module(kind: str, name: str) -> ModuleType:
    """Import the model or experiment `name`; raises ZooError with the nearest names when there is none."""
    known = entries(kind)
    if name not in known:
        raise unknown(kind.removesuffix("s"), name, known)
    return _import(known[name].module)


def experiment(name: str) -> Experiment:
    """The experiment of that name, or of the Python file at that path, or for a model without one of its own."""
    if name.endswith(".py"):
        return of_module(Path(name).stem, _load_file(Path(name)))
    if name in entries("experiments"):
        return of_module(name, module("experiments", name))
    if name in entries("models"):
        return of_module(name, module("models", name))
    raise unknown("experiment", name, {**entries("experiments"), **entries("models")})


def of_module(name: str, loaded: ModuleType) -> Experiment:
    """The experiment that an imported module or script is."""
    functions = {part: getattr(loaded, part, None) for part in ("main", "record", "plot")}
    for part, function in functions.items():
        # `from brian2 import *` brings matplotlib's plot along.
        if getattr(function, "__module__", "").partition(".")[0] in ("brian2", "matplotlib", "numpy"):
            functions[part] = None
    return Experiment(name, module=loaded, **functions)


def model(name: str) -> type:
    """The Model subclass of that name in the catalogue, or in the Python file at that path."""
    return model_in(_load_file(Path(name)) if name.endswith(".py") else module("models", name))


def model_in(loaded: ModuleType) -> type:
    """The one Model subclass that a module defines; of several the one named like the module.

    Raises ZooError when there is none, or more than one to choose from.
    """
    from zoo.model import Model

    own = [
        value
        for value in vars(loaded).values()
        if isinstance(value, type) and issubclass(value, Model) and value.__module__ == loaded.__name__
    ]
    stem = loaded.__name__.rpartition(".")[2].replace("_", "")
    named = [model_class for model_class in own if model_class.__name__.lower() == stem.lower()]
    if len(named or own) != 1:
        names = ", ".join(sorted(model_class.__name__ for model_class in own)) or "none"
        raise ZooError(f"{loaded.__name__} has to define one Model that is named like the file; it has {names}.")
    return (named or own)[0]


def model_class(module_name: str, class_name: str) -> type | None:
    """The class of a stored result if it is a model of the catalogue; nothing else is ever imported for it."""
    for entry in entries("models").values():
        if entry.module == module_name:
            found = getattr(_import(module_name), class_name, None)
            return found if isinstance(found, type) else None
    return None


def _import(name):
    kind = name.split(".")[0]
    if kind in KINDS:
        package = importlib.import_module(kind)
        if Path(package.__file__ or package.__path__[0]).resolve().parent not in (ROOT / kind, ROOT):
            raise ZooError(
                f"Python finds another package named {kind!r} in {Path(package.__file__).parent} before the zoo's own; "
                "rename that one or run from another folder."
            )
    return importlib.import_module(name)


def _load_file(path):
    if not path.is_file():
        raise ZooError(f"there is no file {path}.")
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    loaded = importlib.util.module_from_spec(spec)
    # As for `python FILE`: the file finds its neighbours, and itself by its name.
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[name] = loaded
    try:
        spec.loader.exec_module(loaded)
    except (SyntaxError, ImportError, NameError) as error:
        raise ZooError(f"{path} cannot be loaded: {error}.") from error
    return loaded


def _summary(path):
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return docstring.partition("\n")[0]
