"""Integrate-and-fire grids learn images (Diehl & Cook 2015): receptive fields, classes, accuracy of four readouts.

Chapter: learning
"""

import numpy as np
from brian2 import SpikeMonitor, mV

from zoo import Claim, cli, simulate
from zoo.experiments import _reference
from zoo.experiments._learning import experiment
from zoo.experiments._learning_figures import plot
from zoo.models.lif_mnist_grid import LIFMnistGrid
from zoo.training.learner import record

__all__ = ["CLAIMS", "main", "measure", "plot", "record"]

main = experiment(LIFMnistGrid.tuned, __name__)

#: The fields of the cases of the reference, in all of which eight images are shown.
CASES = {
    "triplet": {"rule": "triplet"},
    "pair": {"rule": "pair", "A_minus_0": 0.01},
    "pair_all": {"rule": "pair_all", "A_minus_0": 0.01},
    "diehl_cook": {"rule": "diehl_cook"},
    "annealed": {"A_plus_0": 0.02, "k_a": 3, "a_least": 0.3, "delta_more": 2, "k_delta": 4, "rho": 5},
}


def spikes(network):
    return [SpikeMonitor(network[name], name=name + "_spikes") for name in ("excitatory", "inhibitory")]


def measure(case, seed=1):
    """What the program of the reference gives for the case: spikes and weights one by one, or means over the images."""
    reference = _reference.arrays("lif_mnist_grid")
    images = reference["images"].reshape(-1, 28, 28)
    if case == "poisson":
        return _means(images, seed)
    model = LIFMnistGrid(n=3, n_images=len(images), code="latency", gain=4, **CASES[case])
    values = {**model.shown(images), "learned.w": 1e-4 * reference["weights"].ravel()}
    result = simulate(model, len(images) * model.presentation, spikes, values=values)
    found = {
        f"differing {name} spikes": len(_spikes(result, name) ^ set(map(tuple, reference[f"{case}_{name}"].tolist())))
        for name in ("excitatory", "inhibitory")
    }
    w = np.asarray(result["learned.w"]).reshape(784, 9)[1::8]
    return {
        **found,
        "largest error of w": np.abs(w - reference[f"{case}_w"]).max(),
        "largest error of theta": np.abs(result["excitatory.theta"] / mV - reference[f"{case}_theta"]).max(),
    }


def _spikes(result, name):
    """Pairs of step and cell."""
    steps = np.rint(result[f"{name}_spikes.t"] / result.model.dt).astype(int)
    return set(zip(steps.tolist(), result[f"{name}_spikes.i"].tolist(), strict=True))


def _means(images, seed):
    """Poisson inputs, 5 x 5 cells."""
    model = LIFMnistGrid(n=5, n_images=len(images))

    def recorded(network):
        return [*spikes(network), SpikeMonitor(network["pixels"], record=False, name="input_spikes")]

    result = simulate(model, len(images) * model.presentation, recorded, values=model.shown(images), seed=seed)
    return {
        "spikes of inputs": result["input_spikes.count"].sum() / len(images),
        "spikes of cells": len(result["excitatory_spikes.t"]) / len(images),
        "spikes of inhibitory cells": len(result["inhibitory_spikes.t"]) / len(images),
        "theta_mean": np.mean(result["excitatory.theta"] / mV),
        "squared_weights": (np.asarray(result["learned.w"]) ** 2).sum() / model.n**2,
    }


def _claims():
    source = "NumPy program lif_mnist_grid.py"
    for case in CASES:
        for quantity, unit, tolerance, reason in (
            ("differing excitatory spikes", "", 0, "the same scheme and nothing random: the same steps"),
            ("differing inhibitory spikes", "", 0, "the same scheme and nothing random: the same steps"),
            ("largest error of w", "", 1e-9, "rounding errors of float64 over 5,600 steps"),
            ("largest error of theta", "mV", 1e-9, "rounding errors of float64 over 5,600 steps"),
        ):
            yield Claim(
                quantity=quantity, expected=0, unit=unit, tolerance=tolerance, reason=reason, source=source + ", float64",
                protocol={"case": case}, long=case != "triplet",  # each rule is a program that compiles for 7 s
            )  # fmt: skip
    names = {"spikes of inputs": "", "spikes of cells": "", "spikes of inhibitory cells": "", "theta_mean": "mV"}
    names["squared_weights"] = ""
    runs = {
        seed: dict(zip(names, row, strict=True))
        for seed, row in enumerate(_reference.arrays("lif_mnist_grid")["poisson"])
    }
    yield from _reference.of_seeds(runs, names, source + ", 20 seeds", protocol={"case": "poisson"})


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
