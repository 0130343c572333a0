"""Writes the page of the public names, their signatures and docstrings, from the source: `python -m tests.api FILE`."""

import ast
import importlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import zoo
from zoo.core import files

HEAD = """\
# API

The public names of `zoo`; `make api` writes this page from their docstrings. A quantity (`QuantityLike`) is a number with a
unit of Brian2, such as `20*ms`. An array (`NDArray`, `ArrayLike`) is one of NumPy; brackets state its shape, `(rows, columns)`.
`Values` maps "group.variable" to numbers and arrays, and `Record` is a function that returns the monitors for a Brian2 Network.
Bad input raises `ZooError`. `zoo.units` has Brian2's units in a form that type checkers accept as annotations.
"""


@dataclass(frozen=True)
class Name:
    """A public function, class, method or property, and the module that defines it."""

    name: str
    node: ast.FunctionDef | ast.ClassDef
    module: ModuleType

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.node) or ""

    @property
    def arguments(self) -> list:
        """All arguments but `self` as they are written: (name, annotation, default), "" for one that is missing."""
        if isinstance(self.node, ast.ClassDef):
            return []
        given = self.node.args
        plain = [*given.posonlyargs, *given.args]
        rows = list(zip(plain, [None] * (len(plain) - len(given.defaults)) + given.defaults, strict=True))
        rows += zip(given.kwonlyargs, given.kw_defaults, strict=True)
        texts = [(item.arg, _text(item.annotation), _text(value)) for item, value in rows]
        return [row for row in texts if row[0] not in ("self", "cls")]

    @property
    def signature(self) -> str:
        """How it is called, an argument a line where one line would be long."""
        if isinstance(self.node, ast.ClassDef):
            return f"class {self.name}"
        result = f" -> {_text(self.node.returns)}" if self.node.returns else ""
        if any(_text(decorator) == "property" for decorator in self.node.decorator_list):
            return self.name + result.replace(" ->", ":")
        arguments = [f"{name}: {kind}" + (f" = {value}" if value else "") for name, kind, value in self.arguments]
        named = len(self.node.args.kwonlyargs)
        arguments[len(arguments) - named : len(arguments) - named] = ["*"] if named else []
        if self.node.args.kwarg:
            arguments.append(f"**{self.node.args.kwarg.arg}: {_text(self.node.args.kwarg.annotation)}")
        line = f"{self.name}({', '.join(arguments)}){result}"
        return line if len(line) <= 100 else f"{self.name}(\n    " + ",\n    ".join(arguments) + f",\n){result}"

    @property
    def fields(self) -> list:
        """The fields of a class as they are declared, with the comment above (``#:``) or behind."""
        lines = Path(self.module.__file__).read_text().splitlines()
        found = []
        for node in self.node.body:
            if isinstance(node, ast.AnnAssign) and not ast.unparse(node.target).startswith("_"):
                first = node.lineno - 1
                while lines[first - 1].strip().startswith("#:"):
                    first -= 1
                above = " ".join(line.strip().removeprefix("#:").strip() for line in lines[first : node.lineno - 1])
                behind = lines[node.end_lineno - 1].partition("  # ")[2]
                found.append((_text(node).partition(" = dataclasses.field")[0], above or behind))
        return found


def _text(node):
    """A part of the source, without the quotes of a class that is defined later; of arrays any type of number."""
    return re.sub(r"'([A-Z]\w*)'", r"\1", ast.unparse(node)).replace("NDArray[Any]", "NDArray") if node else ""


def definitions(module: ModuleType, prefix: str) -> list:
    """What a module, or a class in it, defines under public names, in the order of the source, methods after their class."""
    return _public(ast.parse(Path(module.__file__).read_text()).body, module, prefix)


def _public(body, module, prefix):
    found = []
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            name = Name(f"{prefix}.{node.name}", node, module)
            found.append(name)
            if isinstance(node, ast.ClassDef):
                found += _public(node.body, module, name.name)
    return found


def chapters() -> dict:
    """Title -> (introduction, names): what is in `zoo` itself, then each of its modules."""
    modules = [name for name in zoo.__all__ if isinstance(getattr(zoo, name), ModuleType)]
    own = []
    for name in zoo.__all__:
        if name not in modules:
            module = importlib.import_module(getattr(zoo, name).__module__)
            prefix = f"zoo.{name}"
            own += [item for item in definitions(module, "zoo") if f"{item.name}.".startswith(f"{prefix}.")]
    found = {"zoo": ("", own)}
    for name in modules:
        module = getattr(zoo, name)
        found[f"zoo.{name}"] = (module.__doc__, definitions(module, f"zoo.{name}"))
    return found


def page() -> str:
    """The text of the page."""
    parts = [HEAD]
    for title, (introduction, names) in chapters().items():
        parts.append(f"\n## {title}\n")
        parts += [f"\n{introduction.strip()}\n"] if introduction else []
        for name in names:
            depth = "####" if name.name.count(".") > title.count(".") + 1 else "###"
            parts.append(f"\n{depth} {name.name.rpartition('.')[2]}\n\n```python\n{name.signature}\n```\n")
            parts += [f"\n{name.doc}\n"] if name.doc else []
            if isinstance(name.node, ast.ClassDef) and name.fields:
                rows = [f"- `{declared}`" + (f": {text}" if text else "") for declared, text in name.fields]
                parts.append("\n" + "\n".join(rows) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    with files.replacing(Path(sys.argv[1])) as new:
        new.write_text(page())
    print(f"wrote {sys.argv[1]}")
