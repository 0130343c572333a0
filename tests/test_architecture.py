"""The rules of docs/architecture.md, read from the source."""

import ast
import re

import pytest

from tests.conftest import ROOT

FOLDERS = ("zoo", "models", "experiments")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def _imports(path, top_level):
    """Imported top-level package names; `top_level` leaves out imports inside functions."""
    tree = ast.parse(path.read_text())
    nodes = ast.iter_child_nodes(tree) if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    """experiments -> models -> zoo."""
    forbidden = {"zoo": {"models", "experiments"}, "models": {"experiments"}, "experiments": set()}
    folder = path.relative_to(ROOT).parts[0]
    assert not forbidden[folder] & set(_imports(path, top_level=True))
    assert "tests" not in set(_imports(path, top_level=False))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_brian2s_device_clock_and_seed_stay_in_their_files(path):
    relative = path.relative_to(ROOT)
    if relative.parts[:2] == ("zoo", "standalone") or str(relative) in (
        "zoo/engine/device.py",
        "zoo/engine/program.py",
    ):
        return
    found = re.findall(r"\b(set_device|get_device|defaultclock|insert_code|all_devices)\b", path.read_text())
    assert not found
    assert not re.search(r"backend\s*(==|in)\s", path.read_text()), "a backend is told apart in device.py only"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_read_is_evaluated_or_unpickled(path):
    calls = {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
    }
    assert not calls & {"eval", "exec", "loads_pickle", "Unpickler"} and "pickle" not in set(_imports(path, False))
    assert "allow_pickle=True" not in path.read_text()


def test_every_file_has_a_place_in_the_document():
    text = (ROOT / "docs/architecture.md").read_text()
    for path in FILES:
        if path.name not in ("__init__.py", "__main__.py"):
            assert path.name in text, f"{path.relative_to(ROOT)} is not in docs/architecture.md"


def test_every_file_of_the_document_is_there():
    text = (ROOT / "docs/architecture.md").read_text()
    names = {path.name for path in ROOT.rglob("*") if not {".venv", ".venv-bench"} & set(path.parts)}
    for name in re.findall(r"`([\w]+\.(?:py|h|md|npz))`", text):
        assert name in names, f"{name} of docs/architecture.md does not exist"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_says_what_it_is(path):
    if path.read_text().strip():
        assert ast.get_docstring(ast.parse(path.read_text()))


def test_no_path_of_a_machine_is_in_the_project():
    import subprocess

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    for name in listed:
        if name.endswith((".py", ".md", ".toml", ".h", "Makefile", "run")):
            text = (ROOT / name).read_text()
            assert str(ROOT) not in text or str(ROOT) == "/", name


def test_the_version_stands_once():
    from zoo import __version__

    assert __version__ in (ROOT / "CHANGELOG.md").read_text() and __version__ in (ROOT / "CITATION.cff").read_text()
