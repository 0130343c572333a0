"""Projections that share a Synapses object: one code object for each kernel and window, for any number of projections."""

import re

import numpy as np
from brian2 import Synapses, second

from zoo.core import quantities
from zoo.models.equations.nuclei import Nuclei
from zoo.models.equations.synapses import whole_steps

SYNAPSE = """
w   : 1
row : integer (constant)
"""


class Channel:
    """A Synapses object: all projections with one kernel, window and group.

    `current` is the name of the sum of its kernel over past spikes, `kernel` its strings, `indices()` are the ends of its
    synapses, `flat(name)` a value for each of them.
    """

    def __init__(self, model: Nuclei, name: str, rows: list):
        self.name = name
        self.rows = rows
        self.K, self.window = rows[0].kernel, rows[0].window
        #: The places of the nuclei of each row in the group of all neurons.
        self.pre = [model.slices[row.pre] for row in rows]
        self.post = [model.slices[row.post] for row in rows]
        suffix = name.removeprefix("synapses")
        self.current = "g" + (suffix if suffix.startswith("_") else f"_{suffix}" * bool(suffix))
        self.kernel = model.kernel(self.K, self.window, self.current)

    def flat(self, name: str):
        """The values `name` of all rows: an array with one value for each synapse, or one number for all."""
        values = [np.asarray(getattr(row, name), dtype=float) for row in self.rows]
        if all(value.ndim == 0 and value == values[0] for value in values):
            return values[0]
        return np.concatenate([self._of_row(row, value) for row, value in enumerate(values)])

    def indices(self):
        """i and j of all synapses in the group of all neurons."""
        i, j = [], []
        for row, (pre, post) in enumerate(zip(self.pre, self.post, strict=True)):
            i.append(self._of_row(row, np.arange(pre.start, pre.stop, dtype=np.int32)[:, None]))
            j.append(self._of_row(row, np.arange(post.start, post.stop, dtype=np.int32)))
        return np.concatenate(i), np.concatenate(j)

    def _of_row(self, row, values):
        n_pre, n_post = (place.stop - place.start for place in (self.pre[row], self.post[row]))
        values = np.broadcast_to(values, (n_pre, n_post))
        return values.ravel() if self._to_all(row) else values[~np.eye(n_pre, dtype=bool)]

    def _to_all(self, row):
        """Whether a row has a synapse for every pair."""
        return self.rows[row].autapses or self.pre[row] != self.post[row]

    def connect(self, model, neurons, parts: dict, tables: dict) -> Synapses:
        """The synapses, with their delays and the weights that are numbers; `parts` are the nuclei by name."""
        fields = sorted(model.namespace)
        for row in self.rows:
            if isinstance(row.weights, str):
                quantities.check_expression(f"the weights text of {row}", row.weights, ["w", "i", "j", *fields])
        delays = model.pathway_delays(self.flat("delay") * second, self.kernel, self.window)
        one_delay = np.ndim(delays["on"]) == 0  # Brian2 has a fast queue for spikes that all take the same time
        one_row = len(self.rows) == 1
        window = "H : second (shared, constant)" if self.kernel.off else ""
        synapses = Synapses(
            parts[self.rows[0].pre] if one_row else neurons,
            parts[self.rows[0].post] if one_row else neurons,
            f"{SYNAPSE}\n{window}\n{self.kernel.model}",
            on_pre=self.kernel.on_pre,
            delay=delays if one_delay else None,
            namespace=tables,
            name=self.name,
        )
        if one_row:
            synapses.connect(True if self._to_all(0) else "i != j")
        else:
            i, j = self.indices()
            synapses.connect(i=i, j=j)
            synapses.row = np.concatenate([self._of_row(row, np.int32(row)) for row in range(len(self.rows))])
        if window:
            synapses.H = self.window
        if not one_delay:
            for pathway, values in delays.items():
                getattr(synapses, pathway).delay = values
        synapses.w = self.flat("start")
        return synapses

    def draw(self, synapses) -> None:
        """Evaluate the weights that are expressions, and set those that a lesion cuts to 0."""
        found = {}
        for number, row in enumerate(self.rows):
            text = row.weights if isinstance(row.weights, str) else "w"
            if len(self.rows) > 1:  # these synapses count i and j over all neurons
                text = re.sub(
                    r"\b(?:(i)|j)\b", lambda index: "(i - first_pre)" if index[1] else "(j - first_post)", text
                )
            found.setdefault(text, []).append(number)
        for text, numbers in found.items():
            rows = " or ".join(f"row == {number}" for number in numbers) if len(found) > 1 else slice(None)
            synapses.w[rows] = f"({text})*intact(nucleus_pre, nucleus_post)"


def channels(model: Nuclei, projections) -> list:
    """The Channels of `projections`, rows of Projection."""
    shared = {}
    for row in projections:
        steps = None if row.window is None else float(whole_steps(row.window, model.dt) / model.dt)
        shared.setdefault((row.group or "synapses", row.kernel, steps), []).append(row)
    made, names = [], []
    for (name, *_), rows in shared.items():
        names.append(name)
        more = names.count(name)
        made.append(Channel(model, f"{name}_{more}" if more > 1 else name, rows))
    return made
