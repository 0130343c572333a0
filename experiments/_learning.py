"""The experiment of a grid that learns images: its options, what it prints and draws."""

from pathlib import Path

from zoo.images import datasets
from zoo.model import Model
from zoo.training.evaluation import print_summary
from zoo.training.learning import evaluate_pretrained, learn
from zoo.training.plan import Plan


def experiment(make, module: str):
    """The function `main` of the experiment `module` that trains the grids which `make` gives for some fields."""

    def main(
        model=make,
        dataset: str = Plan.dataset,  # of the images: see zoo data list
        data_dir: Path = None,  # folder with its files; without dataset a folder or an .npz file of your own images
        train: int = Plan.train,  # images to learn from
        epochs: int = Plan.epochs,  # so often each is shown
        label: int = Plan.label,  # of these images name the cells
        test: int = Plan.test,  # images to classify
        held_out: bool = False,  # draw these from the training set, to choose settings by
        backend="cpp",
        seed=0,
        resume: Path = None,
        pretrained: bool
        | Path = False,  # learn nothing, take the trained grid that comes with the zoo, or that of a file
        save_state: Path = None,  # file for the trained grid, for --pretrained FILE
        out: Path = None,
    ):
        """Learn from `train` images without labels, name the cells by `label` labelled ones, classify `test` others.

        With `held_out` the test images are drawn from the training set, to choose settings by. `resume` goes on with
        the run that was stopped in this folder; `save_state` writes the trained grid to a file, and `pretrained`
        classifies with the grid of such a file, or, when it is True, with the one that comes with the zoo.
        """
        model = model if isinstance(model, Model) else model()
        plan = Plan(dataset, data_dir, train, epochs, label, test, held_out, backend, seed)
        if pretrained:
            return print_summary(
                evaluate_pretrained(model, plan, datasets.EMBEDDED if pretrained is True else Path(pretrained))
            )
        return print_summary(learn(model, plan, out, resume, save_state))

    main.__module__ = module  # by which the command line names the experiment
    return main
