"""Classes from spike counts. `counts` is (images, cells), `labels` (images,), classes are 0, 1, ..."""

import numpy as np


def assign(counts: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The class of each cell: the one whose images it answers with most spikes on average (Diehl & Cook 2015).

    A cell that never fired has the class -1.
    """
    means = class_means(counts, labels, classes)
    return np.where(counts.any(axis=0), means.argmax(axis=0), -1)


def predict(counts: np.ndarray, assigned: np.ndarray, classes: int) -> np.ndarray:
    """The class of each image: the one whose cells fire most on average (Diehl & Cook 2015); -1 without a spike."""
    scores = np.zeros((len(counts), classes))
    for number in range(classes):
        own = assigned == number
        if own.any():
            scores[:, number] = counts[:, own].mean(axis=1)
    return np.where(scores.any(axis=1), scores.argmax(axis=1), -1)


def confusion(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Number of images by class (rows) and predicted class (columns; the last one for "none")."""
    table = np.zeros((classes, classes + 1), dtype=int)
    np.add.at(table, (labels, np.where(predicted < 0, classes, predicted)), 1)
    return table


def class_means(values: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Mean of `values` (images, features) over the images of each class: (classes, features); 0 for an empty class."""
    return np.stack([values[labels == c].mean(axis=0) if (labels == c).any() else np.zeros(values.shape[1])
                     for c in range(classes)])  # fmt: skip


def nearest_centroid(train: np.ndarray, labels: np.ndarray, test: np.ndarray, classes: int) -> np.ndarray:
    """The class whose mean training image is nearest to each test image: the baseline that needs no network."""
    centroids = class_means(train, labels, classes)
    distances = (test**2).sum(axis=1)[:, None] - 2 * test @ centroids.T + (centroids**2).sum(axis=1)
    return distances.argmin(axis=1)
