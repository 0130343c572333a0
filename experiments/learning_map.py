"""How well a grid learns against two of its parameters: a sweep over the learning rate and the target of homeostasis.

The folder is that of a sweep: what is there is not run again. `zoo sweep hh_mnist_grid` does the same with any options.

Chapter: learning
"""

from pathlib import Path

from zoo import cli, plots, sweep
from zoo.sweeps import sweep_plots


def main(
    A_plus_0: str = "0.01:0.16:5:log",  # an axis, as zoo sweep takes it
    rho: str = "0.01:0.09:5",  # an axis, spikes an image that a cell aims at
    n: int = 10,  # cells along an edge of both grids
    dataset: str = "digits",  # of the images: see zoo data list
    data_dir: Path = None,  # folder with its files
    train: int = 1000,  # images to learn from
    epochs: int = 1,  # so often each is shown
    test: int = 500,  # images to classify, from the training set where it is MNIST
    seeds: int = 1,  # runs of every point
    backend="cpp",
    jobs: int = None,  # processes at a time; all cores
    out: Path = None,
):
    """Run the sweep and draw it."""
    common = {"n": n, "dataset": dataset, "train": train, "epochs": epochs, "test": test, "backend": backend}
    common |= {"data_dir": str(data_dir.absolute())} if data_dir else {}
    common |= {"held_out": True} if dataset != "digits" else {}  # settings are not chosen by test images
    axes = {"A_plus_0": A_plus_0, "rho": rho, "seed": range(seeds)}
    found = sweep("hh_mnist_grid", axes, common=common, out=out / "sweep", jobs=jobs)
    plots.save(plot(found), out)


def plot(found) -> dict:
    """The accuracy by each readout."""
    return {name: figure for name, figure in sweep_plots.figures(found).items() if name.startswith("accuracy")}


if __name__ == "__main__":
    cli(main)
