"""Hodgkin-Huxley grids learn handwritten digits: receptive fields, classes, confusion matrix, accuracy."""

from pathlib import Path

import numpy as np
from brian2 import Hz, SpikeMonitor

from models.hh_mnist_grid import PIXELS, HHMnistGrid
from zoo import ZooError, cli, datasets, encoding, plots, program, progress, readout


def record(network):
    return [SpikeMonitor(network["excitatory"], name="spikes")]


def main(
    model=HHMnistGrid(),
    dataset: str = "digits",
    data_dir: Path = None,  # noqa: RUF013
    train: int = 1500,
    epochs: int = 2,
    label: int = 1000,
    test: int = 500,
    backend="cpp",
    seed=0,
):
    """Learn from `train` images without labels, name the cells by `label` labelled ones, and classify `test` others."""
    if epochs < 1:
        raise ZooError(f"epochs is {epochs}; the network has to see the images at least once.")
    training = datasets.load(dataset, "train", data_dir=data_dir).first(train)
    testing = datasets.load(dataset, "test", data_dir=data_dir).first(test)
    labelling = training.first(min(label, train))
    classes = len(training.classes)
    random = np.random.default_rng(seed)
    curve = []
    seen = None  # spike counts and labels of the images shown last

    with (
        program(model, model.n_images * model.presentation, record, backend=backend) as built,
        progress.Line("hh_mnist_grid") as line,
    ):
        session = _Session(built, line, total=train * epochs + len(labelling) + test, seed=seed)
        for _ in range(epochs):
            order = random.permutation(train)
            for start in range(0, train, model.n_images):
                chunk = order[start : start + model.n_images]
                counts = session.show(training.images[chunk], "learning")
                if seen is not None:
                    predicted = readout.predict(counts, readout.assign(*seen, classes), classes)
                    curve.append((session.done, (predicted == training.labels[chunk]).mean()))
                seen = counts, training.labels[chunk]
        learned = session.result
        session.keep_still()
        assigned = readout.assign(session.show(labelling.images, "labelling"), labelling.labels, classes)
        predicted = readout.predict(session.show(testing.images, "testing"), assigned, classes)

    accuracy = float((predicted == testing.labels).mean())
    baseline = readout.nearest_centroid(_flat(training), training.labels, _flat(testing), classes)
    numbers = {
        "test_accuracy": accuracy,
        "chance": 1 / classes,
        "nearest_centroid": float((baseline == testing.labels).mean()),
        "cells_without_class": int((assigned < 0).sum()),
    }
    print(f"test accuracy (class means): {100 * accuracy:.1f} % of {test}")
    print(
        f"chance: {100 / classes:.1f} %, nearest centroid on the same pixels: {100 * numbers['nearest_centroid']:.1f} %"
    )
    arrays = {
        **learned.state,
        "readout.classes": assigned,
        "readout.confusion": readout.confusion(predicted, testing.labels, classes),
        "training.images": np.array([images for images, _ in curve], dtype=int),
        "training.accuracy": np.array([accuracy for _, accuracy in curve]),
    }
    return learned.with_numbers(**numbers).with_only(arrays)


class _Session:
    """Shows images to a program, a chunk after the other, and carries its state on."""

    def __init__(self, built, line, total, seed):
        self.built, self.line, self.total = built, line, total
        self.seeds = np.random.SeedSequence(seed)
        self.values = {}
        self.done = 0
        self.result = None

    def keep_still(self):
        """From here on the network does not learn."""
        self.values["excitatory.learning"] = 0

    def show(self, images, what):
        """Spike counts (images, cells)."""
        return np.concatenate([self._chunk(chunk, what) for chunk in self._chunks(images)])

    def _chunks(self, images):
        size = self.built.model.n_images
        return [images[start : start + size] for start in range(0, len(images), size)]

    def _chunk(self, images, what):
        model, count = self.built.model, len(images)
        values = np.zeros((model.n_images, PIXELS))
        values[:count] = encoding.rates(images)

        def show(fraction):
            now = self.done + fraction * count
            self.line.show(now / self.total, f"{what}, {now:.0f} of {self.total} images")

        self.result = self.built.run(
            {**self.values, "images.values": values * Hz},
            seed=int(self.seeds.spawn(1)[0].generate_state(1)[0]),
            duration=count * model.presentation,
            show=show,
        )
        self.values |= self.result.state
        self.done += count
        table = np.zeros((count, model.n**2))
        # A spike in the last time step of an image may be labelled with the start of the next one by rounding.
        image = np.floor(np.asarray(self.result["spikes.t"] / model.presentation) + 1e-9).astype(int)
        np.add.at(table, (np.minimum(image, count - 1), self.result["spikes.i"]), 1)
        return table


def _flat(data):
    return data.images.reshape(len(data), -1) / 255


def plot(result):
    n = result.model.n
    fields, (left, right) = plots.figure(1, 2, width=11, height=5.4)
    plots.mosaic(np.asarray(result["learned.w"]).reshape(PIXELS, n * n).T, (n, n), (28, 28), axes=left)
    plots.title(left, f"input weights of the {n} x {n} excitatory cells")
    plots.class_map(result["readout.classes"].reshape(n, n), axes=right)
    plots.title(right, "class of the images to which each cell spikes most")

    accuracy, (left, right) = plots.figure(1, 2, width=11, height=5)
    numbers = result.numbers
    plots.confusion(result["readout.confusion"], axes=left)
    plots.title(left, f"test images: {100 * numbers['test_accuracy']:.1f} % right")
    right.plot(result["training.images"], 100 * result["training.accuracy"], "o-", markersize=3, label="while learning")
    right.axhline(100 * numbers["test_accuracy"], color="C2", label="test images, at the end")
    right.axhline(100 * numbers["nearest_centroid"], color="0.4", linestyle="--", label="nearest centroid")
    right.axhline(100 * numbers["chance"], color="0.7", linestyle=":", label="chance")
    right.set(xlabel="images seen", ylabel="accuracy (%)", ylim=(0, 100), xlim=(0, None))
    right.legend(loc="lower right", bbox_to_anchor=(1, 0.12), fontsize=9, frameon=False)
    plots.title(right, f"each {result.model.n_images} images, classified by the cells' answers to those before")
    return {"receptive_fields": fields, "accuracy": accuracy}


if __name__ == "__main__":
    cli(main)
