"""The experiment of a grid that learns images: its options, what it prints and draws."""

from pathlib import Path

from zoo.images import datasets
from zoo.model import Model
from zoo.training.evaluation import print_summary
from zoo.training.learning import evaluate_pretrained, learn
from zoo.training.plan import Plan


def experiment(make, module: str):
    """The function `main` of the experiment `module`, which trains the grids that `make` returns for some fields."""

    def main(
        model=make,
        dataset: str = Plan.dataset,  # of the images: see zoo data list
        data_dir: Path = None,  # folder with its files; without dataset a folder or an .npz file of your images
        train: int = Plan.train,  # training images
        epochs: int = Plan.epochs,  # passes through the training images
        label: int = Plan.label,  # training images that name the cells
        test: int = Plan.test,  # test images
        held_out: bool = False,  # draw the test images from the training set, to choose settings
        backend="cpp",
        seed=0,
        resume: Path = None,
        pretrained: bool | Path = False,  # do not train; use the trained grid of the zoo, or that of a file
        save_state: Path = None,  # file for the trained grid, for --pretrained FILE
        out: Path = None,
    ):
        """Learn `train` images without labels, name the cells with `label` labelled ones, classify `test` others.

        With `held_out` the test images are drawn from the training set, to choose settings. `resume` continues the stopped
        run in this folder; `save_state` writes the trained grid to a file, and `pretrained` classifies with the grid of such
        a file or, when it is True, with the one that comes with the zoo.
        """
        model = model if isinstance(model, Model) else model()
        plan = Plan(dataset, data_dir, train, epochs, label, test, held_out, backend, seed)
        if pretrained:
            return print_summary(
                evaluate_pretrained(model, plan, datasets.EMBEDDED if pretrained is True else Path(pretrained))
            )
        return print_summary(learn(model, plan, out, resume, save_state))

    main.__module__ = module  # from which the command line has the name of the experiment
    return main
