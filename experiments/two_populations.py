"""Two populations of Izhikevich neurons, one driving the other: raster, and v, u, I of a neuron of each.

Chapter: networks
"""

import numpy as np
from brian2 import ms

from zoo import cli, simulate
from zoo.experiments import _past_spikes
from zoo.experiments._nuclei import plot, record, recording
from zoo.models.two_populations import TwoPopulations


def main(
    model=TwoPopulations(),
    duration=300 * ms,
    backend="cpp",
    seed=0,
    trace: str = "",  # neurons whose v, u and I are recorded, as N1:0,5,N2:3; default: the first of each nucleus
):
    result = simulate(model, duration, recording(model, trace), backend=backend, seed=seed)
    # A spike occurs at the end of its time step; Brian2 labels it with the start.
    t, i = np.asarray((result["spikes.t"] + model.dt) / ms).round(9), result["spikes.i"]
    numbers = {}
    for name, place in model.slices.items():
        times = np.unique(t[(i >= place.start) & (i < place.stop)])
        when = f"fires at {', '.join(f'{time:g}' for time in times)} ms" if len(times) else "does not fire"
        print(f"{name} {when}")
        numbers[f"volleys_{name}"] = len(times)
    return result.with_numbers(**numbers)


def measure():
    """The differences from an independent simulator in 300 ms."""
    return _past_spikes.two_populations()


CLAIMS = tuple(_past_spikes.claims(70))

__all__ = ["CLAIMS", "main", "measure", "plot", "record"]

if __name__ == "__main__":
    cli(main)
