"""The option --trace, the neurons to record: TI:0,5,CTX:3 means neurons 0 and 5 of TI and neuron 3 of CTX."""

import functools
import re

import numpy as np

from zoo import ZooError, plots
from zoo.core.errors import quoted, unknown

LABELS = {"v": "v (mV)", "u": "u (mV)", "I": "I (model's unit)"}


def indices(text: str, sizes: dict) -> tuple:
    """The indices in `text`, in its order, in the group of all neurons; `sizes` maps populations to sizes.

    Indices without a population belong to the only one; 0-4 are five neurons; "none" selects no neuron.
    """
    starts = dict(zip(sizes, np.cumsum([0, *sizes.values()]).tolist(), strict=False))
    population = next(iter(sizes)) if len(sizes) == 1 else None
    found = []
    for part in () if text.strip() in ("", "none") else re.split(r"[,;+]", text):
        match = re.fullmatch(r"\s*(?:(\w+)\s*:)?\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        population = match[1] or population if match else None
        if not population:
            example = f"{next(iter(sizes))}:0,5" if len(sizes) > 1 else "0,5"
            raise ZooError(f"--trace {quoted(text)} cannot be read at {quoted(part)}; write neurons as in {example}.")
        if population not in sizes:
            raise unknown("population", population, sizes)
        first, last = int(match[2]), int(match[3] or match[2])
        if not first <= last < sizes[population]:
            raise ZooError(
                f"--trace {quoted(text)}: {population} has the neurons 0 to {sizes[population] - 1}, not {part.strip()}."
            )
        found += range(starts[population] + first, starts[population] + last + 1)
    return tuple(dict.fromkeys(found))


@functools.cache  # the same function for the same neurons, so that a sweep reuses its program
def recording(record, traced: tuple):
    """`record` for the neurons `traced`."""
    return functools.partial(record, traced=traced)


def names(result, monitor: str = "trace") -> list:
    """The labels of the traced neurons: "TI 5", or "neuron 5" of an only population."""
    places = getattr(result.model, "slices", {})  # a stored result may have only the parameters
    if len(places) < 2:
        return [f"neuron {k}" for k in result[f"{monitor}.record"]]
    return [
        next(f"{name} {k - place.start}" for name, place in places.items() if place.start <= k < place.stop)
        for k in result[f"{monitor}.record"]
    ]


def figure(result):
    """v, u and I of the traced neurons, one row each."""
    return plots.traces(result, "trace", variables=LABELS, labels=LABELS, names=names(result))
