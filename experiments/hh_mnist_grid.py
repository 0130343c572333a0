"""Hodgkin-Huxley grids learn images: receptive fields, classes, confusion matrix, accuracy of four readouts."""

from pathlib import Path

from experiments import _learning
from experiments._learning import Plan, plot, record
from models.hh_mnist_grid import HHMnistGrid
from zoo import cli

__all__ = ["main", "plot", "record"]


def main(
    model=HHMnistGrid(),
    dataset: str = Plan.dataset,
    data_dir: Path = None,
    train: int = Plan.train,
    epochs: int = Plan.epochs,
    label: int = Plan.label,
    test: int = Plan.test,
    held_out: bool = False,
    backend="cpp",
    seed=0,
    resume: Path = None,
    pretrained: bool = False,
    save_state: Path = None,
    out: Path = None,
):
    """Learn from `train` images without labels, name the cells by `label` labelled ones, and classify `test` others.

    With `held_out` the test images are drawn from the training set, to choose settings by. `resume` goes on with
    the run that was stopped in this folder; `pretrained` classifies with a trained grid; `save_state` writes one.
    """
    plan = Plan(dataset, data_dir, train, epochs, label, test, held_out, backend, seed)
    if pretrained:
        return _learning.told(_learning.pretrained(model, plan))
    return _learning.told(_learning.learn(model, plan, out, resume, save_state))


if __name__ == "__main__":
    cli(main)
