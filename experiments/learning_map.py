"""How well a grid learns against two of its parameters: a sweep over the learning rate and the target of homeostasis.

The folder is that of a sweep, whose finished points are not run again. `zoo sweep hh_mnist_grid` does the same with any
options.

Chapter: learning
"""

from pathlib import Path

from zoo import cli, plots, sweep
from zoo.sweeps import sweep_plots


def main(
    A_plus_0: str = "0.01:0.16:5:log",  # an axis, as zoo sweep takes it
    rho: str = "0.01:0.09:5",  # an axis, target number of spikes per image and cell
    n: int = 10,  # cells along an edge of both grids
    dataset: str = "digits",  # of the images: see zoo data list
    data_dir: Path = None,  # folder with its files
    train: int = 1000,  # training images
    epochs: int = 1,  # passes through the training images
    test: int = 500,  # test images, for MNIST from the training set
    seeds: int = 1,  # runs of every point
    backend="cpp",
    jobs: int = None,  # parallel processes; default: all cores
    out: Path = None,
):
    """Run the sweep and draw it."""
    common = {"n": n, "dataset": dataset, "train": train, "epochs": epochs, "test": test, "backend": backend}
    common |= {"data_dir": str(data_dir.absolute())} if data_dir else {}
    common |= {"held_out": True} if dataset != "digits" else {}  # settings must not be chosen with test images
    axes = {"A_plus_0": A_plus_0, "rho": rho, "seed": range(seeds)}
    found = sweep("hh_mnist_grid", axes, common=common, out=out / "sweep", jobs=jobs)
    plots.save(plot(found), out)


def plot(found) -> dict:
    """The accuracy of each readout."""
    return {name: figure for name, figure in sweep_plots.figures(found).items() if name.startswith("accuracy")}


if __name__ == "__main__":
    cli(main)
