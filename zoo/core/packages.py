"""The available models and experiments by name: those of the zoo and of installed packages.

The folders are the registry. Packages join with the entry point groups "brian2_zoo.models" and "brian2_zoo.experiments"
(name = module).
"""

import ast
import functools
import importlib
import re
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from zoo.core.errors import ZooError, first_line

KINDS = ("models", "experiments")

#: The chapters of the zoo, in order. A file names its own in the line ``Chapter: ...`` of its docstring.
CHAPTERS = ("single neurons", "synapses", "plasticity", "networks", "cortex", "cognition", "learning")

#: The chapter of what other packages bring along.
ELSEWHERE = "other packages"


@dataclass(frozen=True)
class Entry:
    """One model or experiment: its module, and its file when the zoo has it."""

    name: str
    module: str
    path: Path | None = None

    @functools.cached_property
    def text(self) -> str:
        """Its docstring, read without an import."""
        if self.path is None:
            return f"of the package {self.module.split('.')[0]}"
        return ast.get_docstring(ast.parse(self.path.read_text())) or ""

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return self.text.partition("\n")[0]

    @property
    def chapter(self) -> str:
        """The chapter that its docstring names, "" for none."""
        named = re.search(r"^Chapter: (.+)$", self.text, re.MULTILINE)
        return ELSEWHERE if self.path is None else named[1] if named else ""

    @property
    def cited(self) -> list[str]:
        """The keys of its sources in models/references.bib, from the line ``Cite: ...``."""
        named = re.search(r"^Cite: (.+)$", self.text, re.MULTILINE)
        return [key.strip() for key in named[1].split(",")] if named else []


@functools.cache
def folder(kind: str) -> Path:
    """The folder of the zoo's "models" or "experiments" (`kind`): in a clone it is next to zoo/."""
    return Path(next(iter(importlib.import_module(f"zoo.{kind}").__path__))).resolve()


def entries(kind: str) -> dict:
    """The entries of `kind` ("models" or "experiments") by name."""
    found = {}
    for path in sorted(folder(kind).glob("*.py")):
        if not path.stem.startswith("_"):
            found[path.stem] = Entry(path.stem, f"zoo.{kind}.{path.stem}", path)
    for point in entry_points(group=f"brian2_zoo.{kind}"):
        found.setdefault(point.name, Entry(point.name, point.module))
    return found


def load(name: str) -> ModuleType:
    """Import the module `name` of an entry; raises ZooError when the module of another package cannot be imported."""
    if name.startswith("zoo."):
        return importlib.import_module(name)
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ZooError(f"{name} cannot be imported: {type(error).__name__}: {first_line(error)}.") from error


def model_class(module_name: str, class_name: str) -> type | None:
    """The class of a stored result if it is a model of the zoo or of a package; imports nothing else."""
    if module_name.startswith("models."):  # as version 0.1.0 called it
        module_name = f"zoo.{module_name}"
    for entry in entries("models").values():
        if entry.module == module_name:
            found = getattr(load(module_name), class_name, None)
            return found if isinstance(found, type) else None
    return None


def citations() -> dict[str, str]:
    """The entries of models/references.bib by key, as BibTeX."""
    text = (folder("models") / "references.bib").read_text()
    return {key: f"@{rest.strip()}" for rest in text.split("\n@")[1:] for key in re.findall(r"^\w+\{(\w+),", rest)}
