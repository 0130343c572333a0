"""A current step into the Hodgkin-Huxley axon: spikes, the rate in the second half, and the final swing of v.

This is a point of the sweep `fi_surface`.
"""

from brian2 import SpikeMonitor, StateMonitor, ms, second

from zoo import simulate
from zoo.experiments import _single
from zoo.models.hodgkin_huxley import HodgkinHuxley


def record(network):
    cells = network["cells"]
    return [SpikeMonitor(cells, name="cells_spikes"), StateMonitor(cells, "v", record=True, dt=0.2 * ms, name="trace")]


def main(model=HodgkinHuxley(), duration=1 * second, backend="cpp", seed=0):
    result = simulate(model, duration, record, backend=backend, seed=seed)
    rate, swing = _single.steady_rates(result, "cells_spikes")[0], _single.swings(result)[0]
    return result.with_numbers(
        rate_cells_spikes_hz=float(result["cells_spikes.count"][0]) / float(duration),
        rate_steady_hz=float(rate),
        swing_mv=float(swing) * 1e3,
    )
