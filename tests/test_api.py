"""The page of the public names: as the source has it, and whether it says what goes in and comes out."""

import ast
import re
from pathlib import Path

from tests import api
from tests.conftest import ROOT

NAMES = {name.name: name for _, names in api.chapters().values() for name in names}

#: Functions that follow a paper, and its first author.
SOURCES = {
    "zoo.encoding.dog": "Rodieck",
    "zoo.encoding.gabor": "Daugman",
    "zoo.readout.assign": "Diehl",
    "zoo.readout.predict": "Diehl",
    "zoo.readout.proportional_vote": "Hazan",
}

#: Functions of other files that raise ZooError.
RAISING = {"ZooError", "unknown", "check_one", "cannot_write", "checked", "one", "monitor_of", "simulate", "program"}


def _called(node):
    calls = [item.func for item in ast.walk(node) if isinstance(item, ast.Call)]
    return {getattr(item, "attr", getattr(item, "id", "")) for item in calls}


def raises(name: api.Name) -> bool:
    """Whether a function raises ZooError, itself or through functions of its file."""
    tree = ast.parse(Path(name.module.__file__).read_text())
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    seen, todo = set(), [name.node]
    while todo:
        called = _called(todo.pop())
        if called & RAISING:
            return True
        todo += [functions[item] for item in called & functions.keys() - seen]
        seen |= called
    return False


def problems(name: api.Name) -> list:
    """What the docstring of a public name does not say."""
    if not name.doc:
        return ["has no docstring"]
    text = f"{name.doc}\n{name.module.__doc__ or ''}"
    found = []
    for argument, kind, _ in name.arguments:
        if not kind:
            found.append(f"{argument} has no annotation")
        # "`counts` (images, cells)", "`counts` is (images, cells)"
        if re.search("NDArray|ArrayLike", kind) and not re.search(
            rf"`{argument}`[^`.]{{0,40}}(\(\w[^()]*,|any shape)", text
        ):
            found.append(f"{argument} is an array without a shape")
        if "QuantityLike" in kind and not re.search(rf"`{argument}`[^`.]{{0,20}}\((a time|a rate)\b", text):
            found.append(f"{argument} is a quantity of no dimension")
    if isinstance(name.node, ast.FunctionDef):
        if not name.node.returns:
            found.append("what it returns has no annotation")
        if raises(name) and "ZooError" not in name.doc:
            found.append("does not say that it raises ZooError")
    return found


def test_the_page_is_up_to_date():
    assert (ROOT / "docs/api.md").read_text() == api.page(), "run make api"


def test_docstrings_state_shapes_dimensions_and_errors():
    found = {name: problems(item) for name, item in NAMES.items()}
    assert len(found) > 90 and not {name: missing for name, missing in found.items() if missing}


def test_the_rule_of_docstrings_has_teeth():
    rates = NAMES["zoo.encoding.rates"]

    def found(old, new):
        [node] = ast.parse(ast.unparse(rates.node).replace(old, new)).body
        return problems(api.Name(rates.name, node, rates.module))

    assert not found("", "")
    assert found("`images`", "images") == ["images is an array without a shape"]
    assert found("`white` (a rate)", "`white`") == ["white is a quantity of no dimension"]
    assert found("`dt` (a time)", "`dt`") == ["dt is a quantity of no dimension"]
    assert found("Raises ZooError", "Fails") == ["does not say that it raises ZooError"]
    assert found("norm: float | None", "norm") == ["norm has no annotation"]
    assert found(" -> QuantityLike", "") == ["what it returns has no annotation"]


def test_docstrings_name_their_sources():
    for name, author in SOURCES.items():
        assert re.search(rf"{author}.*\(\d{{4}}\)", NAMES[name].doc, re.DOTALL), name
