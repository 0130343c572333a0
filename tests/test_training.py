"""Training: files of version 0.1.0 are read, and what a file holds decides what is asked for."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms

from tests.conftest import BACKENDS
from zoo import ZooError
from zoo.experiments import hh_mnist_grid
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.lif_mnist_grid import LIFMnistGrid
from zoo.training.checkpoint import CHECKPOINT, load_checkpoint
from zoo.training.learner import weights
from zoo.training.plan import Plan
from zoo.training.settings import asked
from zoo.training.trained import load_state

OLD = Path(__file__).parent / "reference/learning_0.1.0"
cpp = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")


def _record(name):
    with np.load(OLD / name) as file:
        return json.loads(str(file["record"]))


@pytest.mark.parametrize("name", ["checkpoint.npz", "state.npz"])
def test_the_old_files_name_the_old_module(name):
    assert _record(name)["module"] == "models.hh_mnist_grid"


def test_a_checkpoint_of_0_1_0_is_read():
    model, plan, done = load_checkpoint(OLD, HHMnistGrid())
    assert type(model) is HHMnistGrid and (model.n, model.n_images, model.presentation) == (4, 8, 60 * ms)
    assert model.rho == 3 / 16, "as its n had it then"
    assert plan == Plan(train=40, epochs=1, label=16, test=16, seed=5)
    assert (done.chunks, done.runs, done.images) == (3, _record("checkpoint.npz")["runs"], 24)
    # Every image begins with the norm W of the weights of a cell; the sum of 784 squares is rounded.
    assert np.allclose(np.linalg.norm(weights(model, done.state), axis=0), model.W, rtol=1e-12)


@cpp
def test_a_training_of_0_1_0_resumes(tmp_path):
    shutil.copy(OLD / CHECKPOINT, tmp_path)
    with pytest.raises(ZooError, match=r"--n is 5.*has 4"):
        hh_mnist_grid.main(model=HHMnistGrid.tuned(n=5), resume=tmp_path)
    result = hh_mnist_grid.main(model=HHMnistGrid.tuned(n=4), resume=tmp_path)
    with np.load(OLD / CHECKPOINT) as file:
        for name in ("images", "spikes", "theta", "weights"):
            assert np.array_equal(result[f"training.{name}"][:3], file[f"curve/{name}"]), name
    assert result["training.images"].tolist() == [8, 16, 24, 32, 40]
    assert result["readout.confusion"].sum() == result.numbers["plan"]["test"] == 16


@cpp
def test_a_trained_grid_of_0_1_0_classifies():
    """Other random numbers than then, and weights rounded to bytes: the same grid, not the same answers."""
    result = hh_mnist_grid.main(pretrained=OLD / "state.npz", test=16)
    model, knowledge = load_state(OLD / "state.npz", "", HHMnistGrid())
    assert result.model.n == model.n == 4 and knowledge.classes == tuple("0123456789")
    assert np.array_equal(result["learned.w"], knowledge.state["learned.w"])
    assert np.array_equal(result["readout.means"], knowledge.means) and knowledge.images.sum() == 16


def test_what_is_asked_for():
    """The variant first, then fields that `tuned` does not give for it, whatever their value."""
    assert asked(HHMnistGrid()) == asked(HHMnistGrid.tuned()) == asked(LIFMnistGrid.tuned()) == []
    assert asked(HHMnistGrid.tuned(n=20)) == asked(LIFMnistGrid.tuned(n=20)) == ["n"]
    assert set(asked(LIFMnistGrid())) == {"rule", "A_plus_0", "a_least", "delta_more"}
    assert asked(HHMnistGrid.tuned(cell="ball_and_stick", n=12)) == ["cell", "n"]
    assert asked(HHMnistGrid.tuned(n=20, rho=0.03)) == ["n", "rho"]
    assert "rho" in asked(HHMnistGrid(n=20)), "as the class has it, which is not the setting for this n"
