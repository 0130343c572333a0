"""The interface of models that can be trained: a grid of n x n cells that learns images without labels.

Its network has a group "excitatory", the learning cells, with a current or threshold theta and the number k of images seen,
and synapses "learned" from the inputs to these cells, with weights w.
"""

from typing import Protocol

import numpy as np
from brian2 import Quantity, SpikeMonitor

WEIGHTS, THETA, SEEN = "learned.w", "excitatory.theta", "excitatory.k"


class Learner(Protocol):
    """The fields and methods of such a model; `models/equations/learning_grid.py` has them."""

    dt: Quantity
    n: int  #: cells along an edge
    n_images: int  #: maximum number of images of one run
    presentation: Quantity  #: duration of an image
    gain: float  #: factor of all inputs while learning
    gain_test: float  #: the same while labelling and testing
    spikes_least: float  #: an image with fewer spikes is shown again
    again: int  #: maximum number of times
    count_decay: Quantity  #: a spike at t in its image counts exp(-t/count_decay); 0: every spike counts 1
    w_max: float  #: largest weight
    features: str  #: a name of zoo.images.encoding
    state: tuple  #: names of the variables that one run passes to the next
    variants: tuple  #: fields from which `tuned` chooses the others

    @classmethod
    def tuned(cls, **fields) -> "Learner":
        """The model with the settings that suit `fields`."""

    @property
    def inputs(self) -> int:
        """The number of inputs."""

    def shown(self, images: np.ndarray) -> dict:
        """The values of a run that shows `images`, bytes (count, rows, columns)."""

    def amplified(self, gain: float) -> dict:
        """The values of a run in which all inputs are `gain` times as strong."""

    def normalised(self, w: np.ndarray) -> np.ndarray:
        """Weights (inputs*n^2,) as at the start of an image."""

    def at_test(self, theta: Quantity) -> dict:
        """The values of a run that does not learn, for cells with these `theta` (n^2,)."""


def record(network) -> list:
    """The spikes of the learning cells."""
    return [SpikeMonitor(network["excitatory"], name="spikes")]


def weights(model: Learner, state: dict) -> np.ndarray:
    """The weights of a state as a matrix (inputs, cells)."""
    return np.asarray(state[WEIGHTS]).reshape(model.inputs, model.n**2)
