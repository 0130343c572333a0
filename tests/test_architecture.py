"""The rules of docs/architecture.md, read from the source."""

import ast
import re
import subprocess
from pathlib import Path

from tests.conftest import ROOT

FOLDERS = ("zoo", "models", "experiments")
FILES = [path.relative_to(ROOT) for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]

#: From the bottom to the top: a file may import its own room and those before it.
ORDER = (
    "core", "functions", "build", "codegen", "nouns", "network", "device", "engine", "analysis", "images", "training", "catalogue",
    "sweeps", "script", "web", "command",
)  # fmt: skip
#: Files beside the rooms. The public names of the package are for models, experiments and users.
AT_THE_DOOR = {f"zoo/{name}.py": "nouns" for name in ("claim", "model", "rule", "result", "units")}
FRONT = {"zoo/__init__.py", "zoo/__main__.py"}
PUBLIC = {"__version__"}


def imported_modules(source: str) -> list:
    """All modules that `source` imports, inside functions too: `from a import b` gives "a" and "a.b"."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the whole path"
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def room_of(path: Path) -> str | None:
    """The room of a file of zoo/."""
    return AT_THE_DOOR.get(str(path)) or (path.parts[1] if len(path.parts) > 2 else None)


def _file_of(module):
    """The file of the project that a dotted name means, relative to the root, or None."""
    parts = module.split(".")
    if parts[0] != "zoo":
        return None
    folder = Path(*(parts[1:] if parts[1:2] in (["models"], ["experiments"]) else parts))
    for path in (folder.with_suffix(".py"), folder / "__init__.py"):
        if path in FILES:
            return path
    return None


def _inner_imports(path):
    """The files of the project that a file imports."""
    modules = imported_modules((ROOT / path).read_text())
    return {found for module in modules if (found := _file_of(module)) and found not in (path, Path("zoo/__init__.py"))}


def wrong_imports(path: Path, modules: list) -> list:
    """Those of `modules` that the file `path` must not import."""
    wrong = []
    for module in modules:
        first, *rest = module.split(".")
        if first in ("tests", "models", "experiments"):  # the installed package has zoo.models and zoo.experiments
            wrong.append(module)
        elif first != "zoo":
            continue
        elif path.parts[0] == "zoo":
            if str(path) in FRONT or (len(rest) == 1 and rest[0] in PUBLIC) or not rest:
                continue
            target = _file_of(module) or _file_of(module.rpartition(".")[0])
            room = room_of(target) if target else None
            unknown = room is None and (len(rest) == 1 and rest[0] not in ORDER)
            above = room is not None and ORDER.index(room) > ORDER.index(room_of(path))
            if rest[0] in ("models", "experiments") or unknown or above:
                wrong.append(module)
        elif path.parts[0] == "models" and rest[:1] == ["experiments"]:
            wrong.append(module)
    return wrong


def test_imports_point_one_way():
    """experiments -> models -> zoo, and in zoo/ down the list of rooms; nothing imports the public face from inside."""
    wrong = {str(path): wrong_imports(path, imported_modules((ROOT / path).read_text())) for path in FILES}
    assert not {path: modules for path, modules in wrong.items() if modules}


def test_the_rule_of_imports_has_teeth():
    assert wrong_imports(Path("zoo/core/files.py"), ["zoo.network", "zoo.network.binding"]) == [
        "zoo.network",
        "zoo.network.binding",
    ]
    assert wrong_imports(Path("zoo/network/binding.py"), ["zoo.core", "zoo.core.files"]) == []
    assert wrong_imports(Path("zoo/result.py"), ["zoo.catalogue.registry"]) == ["zoo.catalogue.registry"]
    assert wrong_imports(Path("zoo/network/binding.py"), ["zoo", "zoo.simulate"]) == ["zoo.simulate"]
    assert wrong_imports(Path("zoo/network/binding.py"), ["zoo.models.izhikevich"]) == ["zoo.models.izhikevich"]
    assert wrong_imports(Path("models/izhikevich.py"), ["zoo", "zoo.Model", "zoo.experiments.single_neuron"]) == [
        "zoo.experiments.single_neuron"
    ]
    assert wrong_imports(Path("experiments/single_neuron.py"), ["models.izhikevich"]) == ["models.izhikevich"]


def circles(graph: dict) -> list:
    """A list of nodes that lead back to their beginning, or []."""
    done, way = set(), []

    def walk(node):
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        way.append(node)
        found = next((circle for other in sorted(graph.get(node, ())) if (circle := walk(other))), [])
        way.pop()
        done.add(node)
        return found

    return next((circle for node in sorted(graph) if (circle := walk(node))), [])


def test_no_file_imports_itself_through_others():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert not circles({"a": {"b", "c"}, "b": {"c"}})
    assert not circles({path: _inner_imports(path) for path in FILES if str(path) not in FRONT})


def test_no_folder_is_crowded():
    """A newcomer reads a list of a dozen names at a glance."""
    for folder in {path.parent for path in FILES if path.parts[0] == "zoo"}:
        for suffix in (".py", ".h"):
            files = [path for path in (ROOT / folder).glob(f"*{suffix}") if path.name != "__init__.py"]
            assert len(files) <= 15, f"{folder} has {len(files)} files"


def test_brian2s_device_clock_and_seed_stay_in_their_rooms():
    for path in FILES:
        text = (ROOT / path).read_text()
        if room_of(path) not in ("engine", "device", "codegen", "script"):
            assert not re.search(r"\b(set_device|get_device|defaultclock|insert_code|all_devices)\b", text), path
        if room_of(path) not in ("device", "codegen"):
            assert not re.search(r"backend\s*(==|in)\s", text), f"{path} tells backends apart"


def loads_code(source: str) -> list:
    """What of `source` would run what it reads: eval, exec, pickle and its relatives, numpy's and pandas' included."""
    modules = ("pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve")
    names = {"eval", "exec", "Unpickler", "load_pickle", "read_pickle", "unsafe_load"}
    found = [module for module in imported_modules(source) if module.split(".")[0] in modules]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = node.id if isinstance(node, ast.Name) else node.attr
            found += [name] if name in names else []
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            found += [] if isinstance(node.value, ast.Constant) and node.value.value is False else ["allow_pickle"]
    return found


def test_nothing_read_is_evaluated_or_unpickled():
    found = {str(path): loads_code((ROOT / path).read_text()) for path in FILES}
    assert not {path: names for path, names in found.items() if names}


def test_the_rule_of_pickle_has_teeth():
    for bad in (
        "import pickle", "from pickle import loads", "import joblib", "eval(text)", "f = exec", "builtins.eval(text)",
        "np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=yes)", "pandas.read_pickle(path)",
        "def inner():\n    import marshal", "import importlib, shelve",
    ):  # fmt: skip
        assert loads_code(bad), bad
    assert not loads_code("np.load(path, allow_pickle=False)\njson.loads(text)\nevaluate(text)")


def _rows():
    """The paths that the tables of the document name, with the heading's folder in front."""
    rows, folder = [], ""
    for line in (ROOT / "docs/architecture.md").read_text().splitlines():
        if heading := re.match(r"\| file in `?([\w/]+)/`? ", line):
            folder = heading[1]
        elif line.startswith("| `"):
            rows += [f"{folder}/{name}" for name in re.findall(r"`([\w/]+\.(?:py|h))`", line.split("|")[1])]
            rows += [f"{folder}/{name}" for name in re.findall(r"`([\w/]+)/`", line.split("|")[1])]
        elif not line.startswith("|"):
            folder = ""
    return rows


def test_every_file_has_a_row_in_the_document_and_every_row_a_file():
    rows = _rows()
    assert len(rows) == len(set(rows)), sorted(name for name in rows if rows.count(name) > 1)
    headers = [path.relative_to(ROOT) for path in (ROOT / "zoo").rglob("*.h")]
    named = {str(path) for path in [*FILES, *headers] if not path.name.startswith("__")}
    missing = {name for name in named if name not in rows}
    assert not missing, f"without a row: {sorted(missing)}"
    assert not [name for name in rows if not (ROOT / name).exists()]


def test_every_file_says_what_it_is():
    for path in FILES:
        text = (ROOT / path).read_text()
        assert not text.strip() or ast.get_docstring(ast.parse(text)), path


def machine_paths(text: str) -> list:
    """Absolute paths of somebody's machine in `text`."""
    return re.findall(r"(?<![\w./~-])/(?:home|root|Users|work|mnt|media|workspace)/[\w.-]+", text)


def test_no_path_of_a_machine_is_in_the_project():
    for folder in ("home/ada", "root", "Users/ada", "mnt"):
        assert machine_paths(f"see /{folder}/zoo/x.py") and machine_paths(f'("/{folder}/zoo")'), folder
    assert not machine_paths("docs/home/x, ~/home/zoo, https://a.b/home/c, results/mnt/x")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    for name in listed:
        if (
            name.endswith((".py", ".md", ".toml", ".h", ".yml", "Makefile", "run"))
            and name != "tests/test_architecture.py"
        ):
            assert not machine_paths((ROOT / name).read_text(errors="replace")), name


def test_the_version_stands_once():
    from zoo import __version__

    assert __version__ in (ROOT / "CHANGELOG.md").read_text() and __version__ in (ROOT / "CITATION.cff").read_text()


def test_the_public_names_are_those_that_tools_see():
    """zoo/__init__.py imports its names for type checkers, and at first use for everybody: both lists are the same."""
    import zoo

    tree = ast.parse((ROOT / "zoo/__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname: f"{node.module}" for node in block.body for alias in node.names}
    assert seen == zoo._FROM and sorted(seen) == sorted(zoo.__all__)
    for name in zoo.__all__:
        assert getattr(zoo, name) is not None
