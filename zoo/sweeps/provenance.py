"""The code behind the numbers of an experiment: its file, the files that it imports from its folder, and the versions."""

import ast
import hashlib
import sys
from pathlib import Path

import brian2

from zoo.core import packages
from zoo.result import versions

#: Packages on which numbers depend.
PACKAGES = ("brian2-zoo", "brian2", "numpy")


def made_by(experiment: str) -> dict:
    """The hashes of the files of an experiment, a name or a file, and the versions of the packages."""
    found = versions()
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in _files(experiment).items()}
    return {"files": hashes, "versions": {name: found[name] for name in PACKAGES}}


def changes(before: dict, now: dict) -> str:
    """The differences from before, in words; empty without differences."""
    changed = sorted(
        name for name in {**before["files"], **now["files"]} if before["files"].get(name) != now["files"].get(name)
    )
    parts = [f"{', '.join(changed)} changed"] if changed else []
    parts += [
        f"{name} was {before['versions'].get(name)} and is {version}"
        for name, version in now["versions"].items()
        if before["versions"].get(name) != version
    ]
    return ", ".join(parts)


def forget(experiment: str) -> None:
    """Let Python read the imports of a user's file from its folder again: a long session may hold old versions."""
    if experiment.endswith(".py"):
        paths = {str(path) for path in _files(experiment).values()}
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "")) in paths and name != "__main__":
                del sys.modules[name]


def settings(experiment: str):
    """A function that resets the attributes of a user's modules and classes to their present values, so that a point of a
    sweep has the same settings as `zoo run`, whatever the previous point has changed. It also restores the elements of
    lists, dictionaries and sets.
    """
    if not experiment.endswith(".py"):
        return lambda: None
    paths = {str(path) for path in _files(experiment).values()}
    modules = [module for module in sys.modules.values() if str(getattr(module, "__file__", "")) in paths]
    classes = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    held = [(owner, dict(vars(owner))) for owner in [*modules, *classes]]
    common = {
        id(value) for value in vars(brian2).values()
    }  # `from brian2 import *` imports objects that are not the file's
    filled = [
        (value, value.copy())
        for _, values in held
        for name, value in values.items()
        if type(value) in (list, dict, set) and id(value) not in common and not name.startswith("__")
    ]

    def restore():
        for owner, values in held:
            for name in vars(owner).keys() - values.keys():
                delattr(owner, name)
            for name, value in values.items():
                if vars(owner).get(name) is not value:
                    setattr(owner, name, value)
        for value, elements in filled:
            value.clear()
            value.extend(elements) if isinstance(value, list) else value.update(elements)

    return restore


def _files(experiment):
    """Name -> path of the file of an experiment and its imports."""
    path = _path(experiment)
    if path is None:
        return {}
    found, waiting = {}, [path]
    root = path.parent
    while waiting:
        path = waiting.pop()
        name = _name(path, root)
        if name not in found:
            found[name] = path
            waiting += _imported(path, root)
    return dict(sorted(found.items()))


def _name(path, root):
    """For a file of the zoo "models/NAME.py", for other files the path under `root`, if it is there."""
    if kind := _kind(path):
        return f"{kind}/{path.relative_to(packages.folder(kind))}"
    return str(path.relative_to(root)) if path.is_relative_to(root) else path.name


def _kind(path):
    return next((kind for kind in packages.KINDS if path.is_relative_to(packages.folder(kind))), None)


def _path(experiment):
    if experiment.endswith(".py"):
        return Path(experiment).resolve()
    for kind in reversed(packages.KINDS):
        if entry := packages.entries(kind).get(experiment):
            return entry.path
    return None


def _imported(path, root):
    """The files in the folder of `path`, and under `root`, that it imports; the version stands for the zoo's machinery."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.lstrip(".").split(".")
            folders = {path.parent, root}
            if parts[0] == "zoo":
                if not _kind(path) or parts[1:2] not in (["models"], ["experiments"]):
                    continue
                folders, parts = {packages.folder(parts[1])}, parts[2:]
            for folder in folders:
                place = folder.joinpath(*filter(None, parts))
                for file in (place.with_suffix(".py"), place / "__init__.py"):
                    if file.is_file():
                        yield file.resolve()
