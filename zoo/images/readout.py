"""Classes from spike counts. `counts` is (images, cells), `labels` (images,), classes are 0, 1, ...

A readout uses labels only through `means` (classes, cells), the mean counts of the cells for the labelled training images
of each class: no weight is trained.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def assign(counts: NDArray[Any], labels: NDArray[Any], classes: int) -> NDArray[Any]:
    """The class (cells,) of each cell: the one to whose images it responds with most spikes on average.

    A cell that never fired has the class -1. P. U. Diehl and M. Cook (2015), Frontiers in Computational Neuroscience 9:99.
    """
    return assigned(class_means(counts, labels, classes))


def assigned(means: NDArray[Any]) -> NDArray[Any]:
    """The class (cells,) of each cell from mean counts: as `assign`."""
    return np.where(means.any(axis=0), means.argmax(axis=0), -1)


def predict(counts: NDArray[Any], assigned: NDArray[Any], classes: int) -> NDArray[Any]:
    """The class (images,) of each image: the one whose cells fire most on average; -1 without a spike.

    `assigned` is (cells,), from `assign`. P. U. Diehl and M. Cook (2015), Frontiers in Computational Neuroscience 9:99.
    """
    scores = np.zeros((len(counts), classes))
    for number in range(classes):
        own = assigned == number
        if own.any():
            scores[:, number] = counts[:, own].mean(axis=1)
    return np.where(scores.any(axis=1), scores.argmax(axis=1), -1)


def proportional_vote(counts: NDArray[Any], means: NDArray[Any]) -> NDArray[Any]:
    """The class (images,) when spikes are votes, divided among classes as the cell responded to them; -1 without a spike.

    Hazan et al. (2018), Frontiers in Neuroinformatics 12:89 (BindsNET), "proportion weighting".
    """
    total = means.sum(axis=0)
    shares = np.divide(means, total, out=np.zeros_like(means, dtype=float), where=total > 0)
    scores = counts @ shares.T
    return np.where(scores.any(axis=1), scores.argmax(axis=1), -1)


def naive_bayes(counts: NDArray[Any], means: NDArray[Any], images: NDArray[Any]) -> NDArray[Any]:
    """The most probable class (images,) of each image when counts are independent Poisson numbers with the mean of their class.

    `images` (classes,) is the number of labelled images of each class, which gives the prior. Half a spike is added to
    every mean (the Jeffreys prior of a Poisson mean), so that a cell that never responded to a class does not rule it
    out; a class without images is never chosen.
    """
    images = np.asarray(images, dtype=float)
    known = images > 0
    rates = (means * images[:, None] + 0.5) / np.maximum(images, 1)[:, None]
    scores = counts @ np.log(rates).T - rates.sum(axis=1)
    scores += np.log(np.maximum(images, 1) / images.sum())
    return np.where(known, scores, -np.inf).argmax(axis=1)


def nearest_weights(features: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """The cell (images,) whose `weights` (inputs, cells) have the smallest angle to each row of `features` (images, inputs)."""
    length = np.linalg.norm(weights, axis=0)
    return (features @ (weights / np.where(length > 0, length, 1))).argmax(axis=1)


def winners(cells: NDArray[Any], count: int) -> NDArray[Any]:
    """`cells` (images,), one for each image, as spike counts (images, count): 1 for the cell, 0 for the others."""
    return np.eye(count)[cells]


def confusion(predicted: NDArray[Any], labels: NDArray[Any], classes: int) -> NDArray[Any]:
    """Number of images (classes, classes + 1) by class and class `predicted` (images,); the last column is "none"."""
    table = np.zeros((classes, classes + 1), dtype=int)
    np.add.at(table, (labels, np.where(predicted < 0, classes, predicted)), 1)
    return table


def class_means(values: NDArray[Any], labels: NDArray[Any], classes: int) -> NDArray[Any]:
    """Mean of `values` (images, features) over the images of each class: (classes, features); 0 for an empty class."""
    return np.stack([values[labels == c].mean(axis=0) if (labels == c).any() else np.zeros(values.shape[1])
                     for c in range(classes)])  # fmt: skip


def nearest_centroid(train: NDArray[Any], labels: NDArray[Any], test: NDArray[Any], classes: int) -> NDArray[Any]:
    """The class (tested,) whose mean image is nearest to each test image: a baseline without a network.

    `train` (images, features) have the `labels`; the images to classify are `test` (tested, features).
    """
    centroids = class_means(train, labels, classes)
    distances = (test**2).sum(axis=1)[:, None] - 2 * test @ centroids.T + (centroids**2).sum(axis=1)
    return distances.argmin(axis=1)
