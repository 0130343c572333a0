"""The trained grid that comes with a model, on its page: it answers to a digit that a visitor draws."""

import base64
from pathlib import Path

import numpy as np
from brian2 import Quantity

from zoo.device import values
from zoo.images import datasets, encoding, readout
from zoo.model import replace
from zoo.network import binding
from zoo.training.learner import THETA, WEIGHTS, record
from zoo.training.settings import name_of
from zoo.training.trained import load_state


class Grid:
    """A trained model that shows one image, and what its readout knows."""

    record = staticmethod(record)

    def __init__(self, path: Path, model) -> None:
        kept, self.knowledge = load_state(path, f"there is no {path}.", model)
        self.model = replace(kept, n_images=1)
        self.duration = kept.presentation

    @classmethod
    def of(cls, model) -> "Grid | None":
        """The grid that comes with the zoo for the n of `model`; None for other models, and for inputs other than pixels."""
        path = datasets.EMBEDDED / f"{name_of(model)}_n{getattr(model, 'n', '')}.npz"
        found = cls(path, model) if path.exists() else None
        return found if found and found.model.features == "pixels" and found.model.code == "poisson" else None

    def describe(self, built, work: Path) -> dict:
        """What the page needs besides the description of the program; writes the values of the trained state to `work`."""
        model, knowledge = self.model, self.knowledge
        slots = built.slots
        state = {name: Quantity(value, dim=slots[name].dimensions) for name, value in knowledge.state.items()}
        tested = {**state, **model.at_test(state[THETA])}
        images = datasets.load("digits", "test")
        examples = [images.images[np.flatnonzero(images.labels == number)[0]] for number in range(len(images.classes))]
        return {
            "arguments": values.write_values(work, binding.checked(tested, slots)),
            "n": model.n,
            "side": datasets.SIDE,
            "weights": f"values/{WEIGHTS}",
            "classes": list(knowledge.classes),
            "assigned": readout.assigned(knowledge.means).tolist(),
            "intensity": encoding.INTENSITIES[model.intensity],
            "gain": model.gain_test,
            "least": model.spikes_least,
            "again": model.again,
            "examples": [base64.b64encode(image.tobytes()).decode() for image in examples],
        }
