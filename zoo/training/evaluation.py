"""Evaluation: the classes that several readouts of a trained network assign to images."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from zoo.images import encoding, readout
from zoo.training.learner import weights
from zoo.training.plan import plan_numbers

#: The readouts by title; their accuracies are numbers of a result, `key(title)`.
READOUTS = ("class means", "proportional vote", "naive Bayes", "nearest weights")


@dataclass(frozen=True, eq=False)
class Knowledge:
    """The state of a trained network, and all that its readouts use of the labels."""

    state: dict
    means: np.ndarray  #: mean counts (classes, cells) of the labelled images of each class
    images: np.ndarray  #: number of these images (classes,)
    nearest: np.ndarray  #: class of each cell, from the labelled images to which its weights are nearest
    classes: tuple  #: the names of the classes

    @classmethod
    def of(cls, model, done, labelling):
        """The Knowledge from the counts of the images `labelling`."""
        classes = len(labelling.classes)
        w = weights(model, done.state)
        won = readout.winners(readout.nearest_weights(_features(model, labelling), w), model.n**2)
        return cls(
            state=done.state,
            means=readout.class_means(done.counts["label"], labelling.labels, classes),
            images=np.bincount(labelling.labels, minlength=classes),
            nearest=readout.assign(won, labelling.labels, classes),
            classes=labelling.classes,
        )

    def predictions(self, model, counts, data):
        """Title -> the class of each image of `data`, for which the cells had `counts`."""
        classes = len(self.means)
        nearest = readout.nearest_weights(_features(model, data), weights(model, self.state))
        found = (
            readout.predict(counts, readout.assigned(self.means), classes),
            readout.proportional_vote(counts, self.means),
            readout.naive_bayes(counts, self.means, self.images),
            self.nearest[nearest],
        )
        return dict(zip(READOUTS, found, strict=True))


def _features(model, data):
    return encoding.features(data.images, model.features)


def evaluate(knowledge, last, plan, done, training, testing):
    """The Result of the run `last`, with the accuracy of every readout and the learning curves.

    `training` is None for a network that was trained before; `testing` are the images that were classified.
    """
    model, counts = last.model, done.counts["test"]
    classes = len(knowledge.means)
    numbers = {}
    predictions = knowledge.predictions(model, counts, testing)
    for title, predicted in predictions.items():
        numbers[key(title)] = float((predicted == testing.labels).mean())
    numbers |= {"test_accuracy": numbers["accuracy_class_means"], "chance": 1 / classes}
    if training is not None:
        nearest = readout.nearest_centroid(_pixels(training), training.labels, _pixels(testing), classes)
        numbers["nearest_centroid"] = float((nearest == testing.labels).mean())
    numbers |= {
        "cpu_seconds": round(done.cpu, 2),
        "silent_images": int((~counts.any(axis=1)).sum()),
        "cells_without_class": int((readout.assigned(knowledge.means) < 0).sum()),
        "plan": plan_numbers(plan),
    }
    arrays = {
        **knowledge.state,
        "readout.means": knowledge.means,
        "readout.classes": readout.assigned(knowledge.means),
        "readout.confusion": readout.confusion(predictions["class means"], testing.labels, classes),
        "testing.counts": _compact(counts),
        "testing.labels": testing.labels,
        **{f"training.{name}": values for name, values in done.curve.items()},
    }
    numbers = {**numbers, "class_names": list(testing.classes)}
    result = dataclasses.replace(last, state_names=tuple(knowledge.state), seed=plan.seed)
    return result.with_numbers(**numbers).with_only(arrays)


def print_summary(result):
    """Print accuracies, baselines and CPU time of a result, one per line, and return the result."""
    numbers, count = result.numbers, len(result["testing.labels"])
    for title in READOUTS:
        print(f"test accuracy ({title}): {100 * numbers[key(title)]:.1f} % of {count}")
    for title in ("chance", "nearest centroid"):
        if title.replace(" ", "_") in numbers:
            print(f"baseline ({title}): {100 * numbers[title.replace(' ', '_')]:.1f} %")
    print(f"cpu seconds: {numbers['cpu_seconds']:.0f}")
    return result


def key(title: str) -> str:
    """The name of the accuracy of a readout among the numbers of a result."""
    return f"accuracy_{title.replace(' ', '_').lower()}"


def _pixels(data):
    return data.images.reshape(len(data), -1) / 255


def _compact(counts):
    """Integer counts as integers, which take a tenth of the space."""
    return counts.astype(np.int32) if np.array_equal(counts, np.rint(counts)) else counts
