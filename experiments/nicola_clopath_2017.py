"""FORCE training of a spiking network: output and target before, during and after learning (Nicola and Clopath 2017).

    zoo run nicola_clopath_2017
    zoo run nicola_clopath_2017 --n 500 --f 3*Hz

Chapter: learning
"""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, ms, second

from zoo import cli, plots, simulate, statistics
from zoo.experiments import _reference
from zoo.models.nicola_clopath_2017 import NicolaClopath2017

#: Neurons in the raster.
SHOWN = 50


def record(network):
    """All spikes, and the output and its error every millisecond."""
    trace = StateMonitor(network["output"], ("z", "error"), record=[0], dt=1 * ms, name="trace")
    return [SpikeMonitor(network["neurons"], name="spikes"), trace]


def rms(result, start, end):
    """The root of the mean squared error from `start` to `end` (s)."""
    t, error = np.asarray(result["trace.t"]), np.asarray(result["trace.error"])[0]
    return float(np.sqrt((error[(t >= start) & (t < end)] ** 2).mean()))


def main(model=NicolaClopath2017(), duration=7 * second, backend="cpp", seed=0):
    """Train the network and let it run on; print the errors of the output, whose target has an amplitude of 1."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    start, stop, end = (float(time) for time in (model.start, model.stop, duration))
    parts = {"before": (0, start), "learning": (stop - 1, stop), "after": (stop, min(stop + 1, end))}
    errors = {name: rms(result, first, last) for name, (first, last) in parts.items() if max(first, 0) < last <= end}
    for name, value in errors.items():
        print(f"rms error, {name}: {value:.3f}")
    return result.with_numbers(**{f"rms_{name}": value for name, value in errors.items()})


def plot(result):
    model, end = result.model, float(result.duration)
    figure, (raster, output) = plots.figure(2, height=6, sharex=True, height_ratios=(1, 1.3))
    cells = statistics.spikes(result, "spikes")
    own = cells.i < SHOWN
    raster.scatter(cells.t[own], cells.i[own], s=1, color="0.15", linewidths=0, rasterized=True)
    raster.set(ylabel=f"neuron ({SHOWN} of {cells.n})", ylim=(-0.5, SHOWN - 0.5))
    t, z, error = (np.asarray(result[f"trace.{name}"]).ravel() for name in ("t", "z", "error"))
    output.plot(t, z - error, color="0.6", linewidth=2.5, label="target")
    output.plot(t, z, color="C0", linewidth=1, label="output z")
    output.set(xlabel="time (s)", ylabel="z", ylim=(-1.8, 1.8), xlim=(0, end))
    output.legend(frameon=False, loc="upper left", fontsize=9, ncols=2)
    for axes in (raster, output):
        axes.axvspan(float(model.start), float(model.stop), color="0.92", zorder=0, linewidth=0)
    plots.title(raster, "grey: it learns")
    return {"output": figure}


def measure(n, seed=1):
    """Errors in the last second of learning and in the next one, and rates (Hz) before and after, of `n` neurons."""
    result = simulate(NicolaClopath2017(n=n), 8 * second, record, seed=seed)

    def rate(start, end):
        return statistics.rate(statistics.spikes(result, "spikes", start=start * second, end=end * second))

    return {
        "rms_before": rms(result, 0.5, 1),
        "rms_learning": rms(result, 4, 5),
        "rms_after": rms(result, 5, 6),
        "rate_before": rate(0.5, 1),
        "rate_after": rate(6, 8),
    }


CLAIMS = _reference.of_seeds(
    _reference.load("nicola_clopath2017")["seeds"],
    {"rms_learning": "", "rms_after": "", "rate_before": "Hz", "rate_after": "Hz"},
    source="C++ program nicola_clopath2017.cpp, 12 networks",
    protocol={"n": 1000},
    long=True,
)

if __name__ == "__main__":
    cli(main)
