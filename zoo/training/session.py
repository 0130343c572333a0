"""A session shows chunks of images to a program and keeps the spike counts and the learned state."""

import time
from dataclasses import dataclass, field

import numpy as np
from brian2 import Quantity, ms

from zoo.core import system
from zoo.images import readout
from zoo.result import collect
from zoo.training.learner import THETA, WEIGHTS

#: Bins of the histograms of weights.
BINS = 40


@dataclass
class Progress:
    """The progress of a plan: the contents of a checkpoint."""

    state: dict = field(default_factory=dict)  #: values of the network, the variables in Model.state
    chunks: int = 0  #: finished chunks
    runs: int = 0  #: runs of the program, each with different random numbers
    images: int = 0  #: number of images shown
    cpu: float = 0.0  #: user CPU seconds
    counts: dict = field(default_factory=dict)  #: spike counts (images, cells) of each stage, and of the last n_images
    curve: dict = field(default_factory=dict)  #: curves: one value for each chunk of training


class Session:
    """Shows chunks of images to the program `built` and adds the results to `done`.

    `line` shows the progress of `total` images; `seed` and the number of runs determine the random numbers of each run.
    """

    def __init__(self, built, seed, done, line, total):
        self.built, self.seed, self.done, self.line, self.total = built, seed, done, line, total
        self.model = built.model
        self.result = None
        self.start, self.before = time.monotonic(), done.images
        slots = built.slots
        done.state = {name: Quantity(value, dim=slots[name].dimensions) for name, value in done.state.items()}

    def chunk(self, stage, images, labels, classes):
        """Show `images`, bytes (count, rows, columns), with `labels` (count,); `classes` is the number of classes.

        `stage` is "train", "label" or "test".
        """
        cpu = system.user_seconds()
        counts, spikes = self._shown_until_answered(stage, images)
        if stage == "train":
            self._add_to_curves(counts, spikes, labels, classes)
        else:
            earlier = self.done.counts.get(stage, np.zeros((0, counts.shape[1])))
            self.done.counts[stage] = np.concatenate([earlier, counts])
        self.done.chunks += 1
        self.done.images += len(images)
        self.done.cpu += system.user_seconds() - cpu

    def _shown_until_answered(self, stage, images):
        """Counts (images, cells) and spikes (images,); images with few spikes are shown again with more gain."""
        model = self.model
        counts, spikes = self._shown(stage, images, 1.0)
        for number in range(1, model.again + 1):
            silent = np.flatnonzero(spikes < model.spikes_least)
            if not len(silent):
                break
            counts[silent], spikes[silent] = self._shown(stage, images[silent], 1 + number / 2)
        return counts, spikes

    def _shown(self, stage, images, stronger):
        model, done, count = self.model, self.done, len(images)
        values = dict(done.state)
        gain = model.gain
        if stage != "train":
            values |= model.at_test(values[THETA])
            gain = model.gain_test
        if stronger != 1:
            values |= model.amplified(gain * stronger)
        stages = {"train": "learning", "label": "labelling", "test": "testing"}

        def show(fraction):
            now = done.images + fraction * count
            parts = [f"{stages[stage]}, {now:,.0f} of {self.total:,} images"]
            if len(done.curve.get("accuracy", ())) > 1:
                parts.append(f"{100 * done.curve['accuracy'][-1]:.1f} % right")
            parts.append(f"{(now - self.before) / max(time.monotonic() - self.start, 1e-3):.0f} images/s")
            self.line.show(now / self.total, ", ".join(parts))

        with collect():  # only the last of a thousand results is needed
            self.result = self.built.run(
                {**values, **model.shown(images)},
                # Seed and number of a run determine its random numbers, so that a checkpoint need not hold them.
                seed=int(np.random.SeedSequence([self.seed, done.runs]).generate_state(1)[0]),
                duration=count * model.presentation,
                show=show if self.line.visible else None,
            )
        done.runs += 1
        if stage == "train":
            state = self.result.state
            # Every image starts with normalised weights; the weights after the last image are normalised too.
            done.state = {**state, WEIGHTS: model.normalised(state[WEIGHTS])}
        return count_spikes(self.result, model, count)

    def _add_to_curves(self, counts, spikes, labels, classes):
        """Add a point to every curve; the last n_images before name the cells for the accuracy."""
        done, right = self.done, np.nan
        if "before" in done.counts:
            before = done.counts["before"], done.counts["before_labels"]
            right = (readout.predict(counts, readout.assign(*before, classes), classes) == labels).mean()
            counts, labels = (
                np.concatenate(pair)[-self.model.n_images :] for pair in zip(before, (counts, labels), strict=True)
            )
        done.counts |= {"before": counts, "before_labels": labels}
        weights = np.asarray(done.state[WEIGHTS])
        point = {
            "images": done.images + len(spikes),
            "accuracy": right,
            "spikes": spikes.mean(),
            "silent": (spikes == 0).mean(),
            "theta": np.asarray(done.state[THETA]),
            "weights": np.histogram(weights, BINS, (0, self.model.w_max))[0],
        }
        for name, value in point.items():
            earlier = done.curve.get(name, np.zeros((0, *np.shape(value))))
            done.curve[name] = np.concatenate([earlier, [value]])


def count_spikes(result, model, count):
    """Spikes of each cell for each image: counts (images, cells), weighted with count_decay; and spikes (images,)."""
    presentation, t, i = float(model.presentation), np.asarray(result["spikes.t"]), np.asarray(result["spikes.i"])
    # By rounding, a spike in the last time step of an image may have the start time of the next one.
    image = np.minimum(np.floor(t / presentation + 1e-9).astype(int), count - 1)
    weights = np.exp(-(t - image * presentation) / float(model.count_decay)) if model.count_decay > 0 * ms else None
    cells = model.n**2
    counts = np.bincount(image * cells + i, weights, minlength=count * cells).reshape(count, cells)
    return counts, np.bincount(image, minlength=count)
