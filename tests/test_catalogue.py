"""The catalogue: the folders, a user's file, and installed packages."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from tests.conftest import REFERENCE, ROOT
from zoo import Model, ZooError, catalogue
from zoo.cli import _with_main


@pytest.mark.parametrize("kind", catalogue.KINDS)
def test_the_folder_is_the_registry(kind):
    names = {path.stem for path in (ROOT / kind).glob("*.py") if not path.stem.startswith("_")}
    found = catalogue.entries(kind)
    assert set(found) == names and len(names) >= 3
    assert all(len(entry.summary) > 20 and entry.summary.endswith(".") for entry in found.values())


@pytest.mark.parametrize("name", catalogue.entries("models"))
def test_every_model_file_has_its_model_and_runs_by_its_name(name):
    """With an experiment of the same name, or as a file without one runs."""
    assert issubclass(catalogue.model(name), Model)
    experiment = _with_main(catalogue.experiment(name))
    assert experiment.main is not None and experiment.record is not None


def test_unknown_names_get_the_nearest():
    with pytest.raises(ZooError, match="did you mean basal_ganglia"):
        catalogue.model("basal_gangla")
    with pytest.raises(ZooError, match="did you mean hh_mnist_grid"):
        catalogue.experiment("hh_mnist_gird")


def test_a_users_file():
    experiment = catalogue.experiment(str(REFERENCE / "adapting.py"))
    assert experiment.name == "adapting" and experiment.main and experiment.record
    assert experiment.plot is None, "brian2's star import brings a function plot along"
    assert catalogue.model(str(REFERENCE / "adapting.py")).__name__ == "Adapting"


def test_a_users_file_that_is_not_there_or_broken(tmp_path):
    with pytest.raises(ZooError, match="no file"):
        catalogue.experiment(str(tmp_path / "none.py"))
    (tmp_path / "broken.py").write_text("def main(:\n")
    with pytest.raises(ZooError, match="cannot be loaded"):
        catalogue.experiment(str(tmp_path / "broken.py"))
    (tmp_path / "empty.py").write_text("x = 1\n")
    with pytest.raises(ZooError, match="one Model"):
        catalogue.model(str(tmp_path / "empty.py"))


def test_a_file_may_have_helpers_and_several_models(tmp_path):
    (tmp_path / "helper_of_two.py").write_text("SIZE = 3\n")
    (tmp_path / "two_models.py").write_text(
        "from helper_of_two import SIZE\nfrom zoo import Model\n"
        "class Base(Model):\n    n: int = SIZE\nclass TwoModels(Base):\n    pass\n"
    )
    assert catalogue.model(str(tmp_path / "two_models.py")).__name__ == "TwoModels"


def test_installed_packages_join(monkeypatch):
    module = ModuleType("guest_package")
    module.Guest = type("Guest", (Model,), {"__module__": "guest_package"})
    monkeypatch.setitem(sys.modules, "guest_package", module)
    point = EntryPoint("guest", "guest_package", "brian2_zoo.models")
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [point] if group.endswith("models") else [])
    assert catalogue.entries("models")["guest"].summary == "of the package guest_package"
    assert catalogue.model("guest") is module.Guest
    assert catalogue.model_class("guest_package", "Guest") is module.Guest


def test_another_package_of_our_name_is_named(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/__init__.py").write_text("")
    process = subprocess.run(
        [sys.executable, "-m", "zoo", "show", "basal_ganglia"], cwd=tmp_path, capture_output=True, text=True
    )
    assert process.returncode == 2
    assert "another package named 'models'" in process.stderr and str(tmp_path) in process.stderr
    assert "Traceback" not in process.stderr


def test_only_classes_of_the_catalogue_are_imported():
    assert catalogue.model_class("os", "system") is None
    assert catalogue.model_class("models.basal_ganglia", "np") is None
    assert catalogue.model_class("models.basal_ganglia", "BasalGanglia").__name__ == "BasalGanglia"
