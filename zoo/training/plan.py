"""A plan: images for training, for labelling the cells and for testing, and their order."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo.core.errors import ZooError
from zoo.images import datasets


@dataclass(frozen=True)
class Plan:
    """The images for a network: the options of the experiments."""

    dataset: str = "digits"
    data_dir: Path | None = None
    train: int = 1500
    epochs: int = 2
    label: int = 10_000
    test: int = 500
    held_out: bool = False
    backend: str = "cpp"
    seed: int = 0

    def __post_init__(self):
        for name in ("train", "epochs", "label", "test"):
            if getattr(self, name) < 1:
                raise ZooError(f"{name} is {getattr(self, name)}; it must be at least 1.")

    @property
    def images_of(self) -> str:
        """The data set; "own" for a folder without the name of a data set."""
        return datasets.named(self.dataset, self.data_dir)

    def images(self):
        """The data sets for training, labelling and testing; the labelled images are the first training images."""
        training, testing = self._training(), self.testing()
        if self.held_out:
            training, _ = training.hold_out(self.test, seed=0)
        if self.train > len(training):
            raise ZooError(
                f"{training.name} has {len(training)} training images; give --train {len(training)} or less."
            )
        training = training.first(self.train)
        return training, training.first(min(self.label, self.train)), testing

    def testing(self):
        """The test images; held-out ones are drawn from all training images, as the last ones of MNIST are easier.

        They are the same for every seed of a plan.
        """
        if self.held_out:
            training = self._training()
            if self.test >= len(training):
                raise ZooError(
                    f"--held-out leaves no training image: {training.name} has {len(training)}, --test is {self.test}."
                )
            return training.hold_out(self.test, seed=0)[1]
        testing = datasets.load(self.images_of, "test", data_dir=self.data_dir)
        if self.test > len(testing):
            raise ZooError(f"{testing.name} has {len(testing)} test images; give --test {len(testing)} or less.")
        return testing.first(self.test)

    def _training(self):
        return datasets.load(self.images_of, "train", data_dir=self.data_dir)

    def chunks(self, most):
        """Stage, and indices of at most `most` images to show; every epoch has a different order.

        Training has at least a dozen chunks, unless they would have less than a hundred images: the points of its curves.
        """
        size = min(most, max(100, self.train * self.epochs // 12))
        found = []
        for epoch in range(self.epochs):
            order = np.random.default_rng([self.seed, epoch]).permutation(self.train)
            found += [("train", part) for part in parts(order, size)]
        found += [("label", part) for part in parts(np.arange(min(self.label, self.train)), most)]
        return found + [("test", part) for part in parts(np.arange(self.test), most)]


def parts(indices, size):
    """Parts of at most `size`, as equal as they can be."""
    return np.array_split(indices, -(-len(indices) // size))


def plan_numbers(plan: Plan) -> dict:
    """A plan as numbers and strings of a result, without the folder of the images."""
    values = {**dataclasses.asdict(plan), "dataset": plan.images_of}
    return {name: value for name, value in values.items() if name != "data_dir"}
