"""What `pip install .` gives: one package, which works beside the user's own folders models/ and experiments/, and which type checkers read."""

import ast
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest

import zoo
from tests.conftest import ROOT

PYRIGHT = shutil.which("pyright", path=sysconfig.get_path("scripts")) or shutil.which("pyright")

#: What a wheel is made of.
SOURCES = ("setup.py", "pyproject.toml", "README.md", "LICENSE", "zoo", "models", "experiments")

#: Mistakes of a user, one a line; a checker has to find each.
MISTAKES = """
Cells(m=5)
Cells(n="five")
Cells().n = 4
zoo.simulate(Cells(), 1 * second, backand="cpp")
zoo.Result.load(5)
zoo.datasets.load("digits").image
zoo.plots.raster("results/cells")
zoo.simulat
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / "source").mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / "source")
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, folder / "source"]
    subprocess.run(command, check=True, timeout=120)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel):
    """The Python of a new environment with the wheel, and with the other packages of this one."""
    folder = wheel.parent / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin/python"
    [site] = folder.glob("lib/python*/site-packages")
    (site / "others.pth").write_text("".join(f"{path}\n" for path in sys.path if path.endswith("-packages")))
    options = ["--no-deps", "--force-reinstall", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "--python", python, "install", *options, wheel]
    subprocess.run(command, check=True, timeout=120)
    return python


def test_the_wheel_is_one_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.partition("/")[0] for name in names} == {"zoo", f"brian2_zoo-{zoo.__version__}.dist-info"}
    sources = {path.relative_to(ROOT) for folder in ("zoo", "models", "experiments") for path in (ROOT / folder).rglob("*")
               if path.is_file() and path.suffix != ".pyc"}  # fmt: skip
    installed = {str(path) if path.parts[0] == "zoo" else f"zoo/{path}" for path in sources}
    assert {name for name in names if name.startswith("zoo/")} == installed


def test_it_works_beside_the_users_own_models_and_experiments(python, tmp_path, own_cache):
    for name in ("models", "experiments"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('these are the files of the user')\n")
    (tmp_path / "mine.py").write_text(
        "from zoo import cli, models, simulate\n"
        "from zoo.experiments.izhikevich_population import record\n"
        "from zoo.models.izhikevich_population import IzhikevichPopulation\n"
        "from zoo.units import ms, second\n\n\n"
        "def main(model=IzhikevichPopulation(n=4), duration: second = 1*ms, backend='runtime', seed=0):\n"
        "    print(models.__path__, sorted(simulate(model, duration, record, backend=backend, seed=seed)))\n\n\n"
        "if __name__ == '__main__':\n"
        "    cli(main)\n"
    )

    def output(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert output(python.with_name("zoo"), "list") == output(python, "-m", "zoo", "list")
    assert "izhikevich_population" in output(python, "-m", "zoo", "list")
    shown = output(python.with_name("zoo"), "run", "mine.py", "--n", "5")
    assert "site-packages/zoo/models" in shown and "spikes.t" in shown
    assert shown == output(python, "mine.py", "--n", "5")


@pytest.mark.skipif(PYRIGHT is None, reason="pyright is not installed: pip install '.[dev]'")
def test_pyright_finds_the_mistakes_of_a_user_and_none_of_ours(python, tmp_path):
    readme = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(readme) == 2 and "(Model):" in readme[0]
    uses = (ROOT / "tests/typing_api.py").read_text()
    files = {"adapting.py": readme[0], "runs.py": readme[1], "uses.py": uses, "mistakes.py": uses + MISTAKES}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    command = [PYRIGHT, "--pythonpath", python, "--outputjson", *files]
    found = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300).stdout)
    assert found["summary"]["filesAnalyzed"] == len(files)
    errors = [item for item in found["generalDiagnostics"] if item["severity"] == "error"]
    assert [item for item in errors if not item["file"].endswith("mistakes.py")] == []
    lines = {item["range"]["start"]["line"] - uses.count("\n") for item in errors}
    assert sorted(lines) == list(range(1, MISTAKES.count("\n")))


def test_the_file_for_type_checkers_uses_every_public_name():
    tree = ast.parse((ROOT / "tests/typing_api.py").read_text())
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    assert {node.attr for node in names if node.value.id == "zoo"} == set(zoo.__all__)


def test_units_are_those_of_brian2():
    import brian2

    import zoo.units

    for name in ("second", "mV", "nS", "pfarad", "metre"):
        assert getattr(zoo.units, name) is getattr(brian2, name)
    assert {"ms", "volt"} <= set(dir(zoo.units))
    with pytest.raises(ImportError, match="seconds"):
        from zoo.units import seconds  # noqa: F401


def test_a_script_in_the_folder_of_a_clone_finds_the_models():
    """It imports zoo from the clone, whether the zoo is installed or not."""
    code = (
        "import sys; sys.meta_path = [finder for finder in sys.meta_path if 'editable' not in repr(finder).lower()]\n"
        "import zoo.models.cuba, zoo.experiments.cuba; print(zoo.models.cuba.__file__)"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.stdout.strip() == str(ROOT / "models/cuba.py"), process.stderr
