"""Labelled images: `load(name)` gives the two parts of a data set."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo.errors import ZooError, unknown

DATA = Path(__file__).parent / "data"
NAMES = ("digits",)
SPLITS = ("train", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images (count, 28, 28) and labels (count,), both uint8, and the names of the classes."""

    images: np.ndarray
    labels: np.ndarray
    classes: tuple

    def __len__(self):
        return len(self.labels)

    def first(self, count: int) -> "Dataset":
        """The first `count` images; raises ZooError when there are fewer."""
        if not 0 < count <= len(self):
            raise ZooError(f"{count} images are asked for; this part of the data set has {len(self)}.")
        return Dataset(self.images[:count], self.labels[:count], self.classes)


def load(name: str, split: str = "train") -> Dataset:
    """The images of a data set: "digits", 2,000 digits of MNIST that come with the zoo (1,500 train, 500 test).

    Raises ZooError for a name that is not known.
    """
    if name not in NAMES:
        raise unknown("data set", name, NAMES)
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    with np.load(DATA / f"{name}.npz", allow_pickle=False) as file:
        return Dataset(file[f"{split}_images"], file[f"{split}_labels"], tuple("0123456789"))
