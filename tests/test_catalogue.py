"""The catalogue: the folders, a user's file, and installed packages."""

import importlib.machinery
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
from brian2 import mV

from tests.conftest import REFERENCE, ROOT
from tests.toys import Cells
from zoo import Model, ZooError
from zoo.catalogue import options
from zoo.catalogue import registry as catalogue
from zoo.catalogue.default import with_main
from zoo.core import packages


@pytest.mark.parametrize("kind", packages.KINDS)
def test_the_folder_is_the_registry(kind):
    names = {path.stem for path in (ROOT / kind).glob("*.py") if not path.stem.startswith("_")}
    found = packages.entries(kind)
    assert set(found) == names and len(names) >= 3
    assert all(len(entry.summary) > 20 and entry.summary.endswith(".") for entry in found.values())
    assert all(entry.chapter in packages.CHAPTERS for entry in found.values())


@pytest.mark.parametrize("name", packages.entries("models"))
def test_every_model_file_has_its_model_and_runs_by_its_name(name):
    """With an experiment of the same name, or as a file without one runs."""
    assert issubclass(catalogue.model(name), Model)
    experiment = with_main(catalogue.experiment(name))
    assert experiment.main is not None and experiment.record is not None


def test_unknown_names_get_the_nearest():
    with pytest.raises(ZooError, match="did you mean basal_ganglia"):
        catalogue.model("basal_gangla")
    with pytest.raises(ZooError, match="did you mean hh_mnist_grid"):
        catalogue.experiment("hh_mnist_gird")


def test_a_users_file():
    experiment = catalogue.experiment(str(REFERENCE / "adapting.py"))
    assert experiment.name == "adapting.py", "not the name of an experiment of ours"
    assert experiment.main and experiment.record
    assert experiment.plot is None, "brian2's star import brings a function plot along"
    assert catalogue.model(str(REFERENCE / "adapting.py")).__name__ == "Adapting"


def test_a_users_file_is_read_as_it_stands(tmp_path, monkeypatch):
    """Also when it was changed within the second to the same length, which Python's own cache does not see."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "fresh.py"
    for number in range(3):
        path.write_text(f"def main():\n    return {number}\n")
        os.utime(path, (1e9, 1e9))
        assert catalogue.experiment(str(path)).main() == number


def test_a_users_file_that_is_not_there_or_broken(tmp_path):
    with pytest.raises(ZooError, match="no file"):
        catalogue.experiment(str(tmp_path / "none.py"))
    for text, words in (
        ("x = 1\ndef main(:\n", "broken.py, line 2, cannot be read: invalid syntax"),
        ("x = 1\n\ny = z\n", "broken.py, line 3, fails: NameError: name 'z' is not defined"),
        ("import nothing_of_this_name\n", "broken.py, line 1, fails: ModuleNotFoundError"),
        ("def f():\n    return 1/0\nf()\n", "broken.py, line 2, fails: ZeroDivisionError"),
        ("import sys\nsys.exit(0)\n", "broken.py, line 2, fails: SystemExit: 0"),
        ("def main():\n    yield 1\n", "main of broken.py is async or has a yield"),
        ("async def main(): pass\n", "main of broken.py is async or has a yield"),
        ("main = 3\n", "main of broken.py must be a function"),
    ):
        (tmp_path / "broken.py").write_text(text)
        with pytest.raises(ZooError, match=re.escape(words)):
            catalogue.experiment(str(tmp_path / "broken.py"))
    (tmp_path / "empty.py").write_text("x = 1\n")
    with pytest.raises(ZooError, match="one Model"):
        catalogue.model(str(tmp_path / "empty.py"))


@pytest.mark.parametrize("name", ["random", "brian2", "zoo", "models", "json", "my-model"])
def test_a_file_may_have_any_name(tmp_path, monkeypatch, name):
    """It hides no module of that name, neither here nor for what is imported later."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    modules = dict(sys.modules)
    (tmp_path / f"{name}.py").write_text("from zoo import Model\nclass Mine(Model):\n    n: int = 3\n")
    assert catalogue.model(str(tmp_path / f"{name}.py")).__name__ == "Mine"
    for module in modules:
        assert sys.modules[module] is modules[module]
    if name.isidentifier():
        assert importlib.machinery.PathFinder.find_spec(name) is None or str(tmp_path) not in str(
            importlib.machinery.PathFinder.find_spec(name).origin
        )


def test_annotations_may_be_strings(tmp_path):
    (tmp_path / "later.py").write_text(
        "from __future__ import annotations\nfrom brian2 import *\nfrom zoo import Model\n"
        "class Later(Model):\n    tau: second = 3*ms\n    k: int = 2\n"
        "def main(model: Model = Later(), steps: int = 3): pass\n"
    )
    assert catalogue.model(str(tmp_path / "later.py"))().k == 2
    assert catalogue.experiment(str(tmp_path / "later.py")).main is not None


def test_a_file_may_have_helpers_and_several_models(tmp_path):
    (tmp_path / "helper_of_two.py").write_text("SIZE = 3\n")
    (tmp_path / "two_models.py").write_text(
        "from helper_of_two import SIZE\nfrom zoo import Model\n"
        "class Base(Model):\n    n: int = SIZE\nclass TwoModels(Base):\n    pass\n"
    )
    assert catalogue.model(str(tmp_path / "two_models.py")).__name__ == "TwoModels"


def test_neighbours_of_another_folder_are_not_taken(tmp_path, monkeypatch):
    """Two files of one session, each with a neighbour of the same name; the first one is loaded again in the end."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "settings_of_mine.py").write_text(f"NAME = {folder!r}\n")
        (tmp_path / folder / "reads.py").write_text("from settings_of_mine import NAME\ndef main():\n    return NAME\n")
    found = [catalogue.experiment(str(tmp_path / folder / "reads.py")).main() for folder in ("one", "two", "one")]
    assert found == ["one", "two", "one"]


def test_installed_packages_join(monkeypatch):
    module = ModuleType("guest_package")
    module.Guest = type("Guest", (Model,), {"__module__": "guest_package"})
    monkeypatch.setitem(sys.modules, "guest_package", module)
    point = EntryPoint("guest", "guest_package", "brian2_zoo.models")
    monkeypatch.setattr(packages, "entry_points", lambda group: [point] if group.endswith("models") else [])
    assert packages.entries("models")["guest"].summary == "of the package guest_package"
    assert packages.entries("models")["guest"].chapter == packages.ELSEWHERE
    assert catalogue.model("guest") is module.Guest
    assert packages.model_class("guest_package", "Guest") is module.Guest


@pytest.mark.parametrize("kind", packages.KINDS)
@pytest.mark.parametrize("form", ["package", "file"])
def test_folders_of_the_user_named_models_and_experiments_hide_nothing(tmp_path, kind, form):
    path = tmp_path / kind / "__init__.py" if form == "package" else tmp_path / f"{kind}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    process = subprocess.run(
        [sys.executable, "-m", "zoo", "run", "basal_ganglia", "--help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    assert "usage: zoo run basal_ganglia" in process.stdout


def test_a_checkout_behind_a_link(tmp_path):
    """The folder that Python finds the packages in may be a link to the one they are in."""
    (tmp_path / "link").symlink_to(ROOT)
    process = subprocess.run(
        [sys.executable, "-c", "from zoo.catalogue import registry as catalogue; print(catalogue.model('basal_ganglia').__name__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "link")}, capture_output=True, text=True,
    )  # fmt: skip
    assert process.stdout == "BasalGanglia\n", process.stderr


def test_only_classes_of_the_catalogue_are_imported():
    assert packages.model_class("os", "system") is None
    assert packages.model_class("zoo.models.basal_ganglia", "np") is None
    for module in ("zoo.models.basal_ganglia", "models.basal_ganglia"):  # the second as version 0.1.0 called it
        assert packages.model_class(module, "BasalGanglia").__name__ == "BasalGanglia"


def _experiment(make):
    def main(model=make, backend="runtime"):
        pass

    return catalogue.Experiment("mine.py", main, None, None, ModuleType("mine"))


def test_a_function_may_make_the_model_of_the_options():
    """It gets the fields that are given, and no others: it may choose the rest by them."""

    def tuned(n=2, **fields):
        return Cells(n=n, **{"drive": n * mV, **fields})

    experiment = _experiment(tuned)
    assert options.model_of(experiment).drive == 2 * mV
    for texts, n, drive in (({}, 2, 2), ({"n": "7"}, 7, 7), ({"n": "7", "drive": "20*mV"}, 7, 20)):
        model = options.settings_of(experiment, texts)["model"]
        assert (model.n, model.drive) == (n, drive * mV), texts
    assert options.settings_of(_experiment(Cells), {"n": "7"})["model"].n == 7, "a class is one too"


@pytest.mark.parametrize(
    ("make", "texts", "words"),
    [
        (lambda: 3, {}, "model of main in mine.py must be a Model, not 3"),
        (lambda n: Cells(n=n), {}, "model of main in mine.py cannot be created"),
        (lambda n=2: Cells(n=n), {"drive": "1*mV"}, "Cells does not accept --drive"),
    ],
)
def test_functions_that_make_no_model(make, texts, words):
    with pytest.raises(ZooError, match=words):
        options.settings_of(_experiment(make), texts)
