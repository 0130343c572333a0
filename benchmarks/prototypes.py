"""What grids that learn can reach without spikes: prototypes that win images, by features and number of cells.

    python -m benchmarks.prototypes FOLDER [DATASET] [n ...]

FOLDER holds the idx files. The cell whose weights have the largest product with an image wins it and moves towards it, by
a step that falls as A_plus of the grids; a bias makes every cell win as often as the others. Images and weights have norm 1.
16,000 training images are shown twice; then the cells are named with them, and 4,000 others are classified by the nearest
cell, as by the readout "nearest weights": a standard error of 0.3 to 0.6 points.
"""

import sys
from pathlib import Path

import numpy as np

from zoo.images import datasets, encoding, readout

TRAIN, TEST, BATCH = 16_000, 4_000, 100


def accuracy(train, labels, test, test_labels, cells, classes):
    """Per cent of `test` (images, features) whose nearest cell has the right class."""
    train, test = (
        (own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)).astype(np.float32) for own in (train, test)
    )
    weights = train[:cells] / 2 + train.mean(axis=0)
    bias = np.zeros(cells, dtype=np.float32)
    for start in range(0, 2 * TRAIN, BATCH):
        shown = train[start % TRAIN :][:BATCH]
        weights /= np.linalg.norm(weights, axis=1, keepdims=True)
        winner = (shown @ weights.T - bias).argmax(axis=1)
        anneal = np.exp(-start / 8000)
        for cell in np.unique(winner):
            weights[cell] += 0.12 * max(0.1, anneal) * (shown[winner == cell].mean(axis=0) - weights[cell])
        bias += 0.2 * max(0.05, anneal) * (np.bincount(winner, minlength=cells) / BATCH - 1 / cells)
    won = readout.winners(readout.nearest_weights(train, weights.T), cells)
    classes_of_cells = readout.assign(won, labels, classes)
    return 100 * (classes_of_cells[readout.nearest_weights(test, weights.T)] == test_labels).mean()


def main(folder, dataset="mnist", *sizes):
    data = datasets.load(dataset, "train", data_dir=Path(folder))
    order = np.random.default_rng(1).permutation(len(data))
    train, test = order[:TRAIN], order[TRAIN : TRAIN + TEST]
    for name in encoding.FEATURES:
        parts = [encoding.features(data.images[own], name) for own in (train, test)]
        for n in map(int, sizes or (10, 20)):
            found = accuracy(parts[0], data.labels[train], parts[1], data.labels[test], n * n, len(data.classes))
            print(f"{dataset}  {name.ljust(14)}  n = {n:2}  {found:.1f} %", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
