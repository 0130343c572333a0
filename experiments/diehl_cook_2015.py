"""The network of Diehl and Cook (2015) learns images: receptive fields, classes, accuracy of four readouts.

    zoo run diehl_cook_2015 --dataset mnist --data-dir DIR --train 50000 --epochs 1 --test 10000 --held-out
    zoo run diehl_cook_2015 --n 20 --rule triplet

Chapter: learning
"""

import numpy as np
from brian2 import mV

from zoo import cli, datasets, simulate
from zoo.experiments import _reference
from zoo.experiments._learning import experiment
from zoo.experiments._learning_figures import plot
from zoo.models.diehl_cook_2015 import DiehlCook2015
from zoo.training.learner import record

__all__ = ["main", "measure", "plot", "record"]

main = experiment(DiehlCook2015.tuned, __name__)


def measure(rule, images, seed=1):
    """A training with the first of the embedded digits, `images` of them.

    Spikes for an image in their second half; mean and standard deviation (mV) of the theta of the cells, and the mean over cells of
    the sum of squares of their weights, which is larger for sharper fields, at the end.
    """
    model = DiehlCook2015(n=10, n_images=images, rule=rule)
    digits = datasets.load("digits").images[:images]
    result = simulate(model, images * model.presentation, record, values=model.shown(digits), seed=seed)
    half = images // 2
    t = np.asarray(result["spikes.t"])
    theta = np.asarray(result["excitatory.theta"] / mV)
    return {
        "spikes_per_image": (t >= half * float(model.presentation)).sum() / (images - half),
        "theta_mean": theta.mean(),
        "theta_sd": theta.std(),
        "squared_weights": (np.asarray(result["learned.w"]) ** 2).sum() / model.n**2,
    }


def _claims():
    reference = _reference.load("diehl_cook2015")
    for rule, runs in reference["rules"].items():
        yield from _reference.of_seeds(
            runs,
            {"spikes_per_image": "", "theta_mean": "mV", "theta_sd": "mV", "squared_weights": ""},
            source=f"C++ program diehl_cook2015.cpp, {len(runs)} trainings",
            protocol={"rule": rule, "images": reference["images"]},
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
