"""The cells of Pospischil et al. (2008): regular spiking, fast spiking and intrinsically bursting, under a current step.

    zoo run pospischil
    zoo verify pospischil

Chapter: single neurons
"""

import numpy as np
from brian2 import Quantity, SpikeMonitor, StateMonitor, ms, mV, nA

from zoo import cli, plots, replace, simulate
from zoo.experiments import _currents, _reference
from zoo.models.pospischil import Pospischil, presets

CELLS = {"RS": "regular spiking", "FS": "fast spiking", "IB": "intrinsically bursting"}
DURATION = 2700 * ms

#: A step for each cell, as the presets have other times.
STEPS = """
s     = int(t > begin - dt/2)*int(t < stop - dt/2) : 1 (constant over dt)
begin                                              : second (constant)
stop                                               : second (constant)
"""
TIMES = {
    f"cells.{name}": Quantity([preset[field] for preset in presets.values()])
    for name, field in (("begin", "onset"), ("stop", "end"))
}


def mixed(model):
    """`model` with one cell for each preset."""
    names = [name for name in presets["RS"] if name not in ("onset", "end")]
    fields = {name: Quantity([preset[name] for preset in presets.values()]) for name in names}
    return replace(model, n=len(presets), stimulus=STEPS, **fields)


def record(network):
    cells = network["cells"]
    return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, "v", record=True, dt=0.1 * ms, name="trace")]


def main(model=Pospischil(), duration=DURATION, backend="cpp", seed=0):
    """Run one cell of each preset; the options of the model that the presets set have no effect."""
    result = simulate(mixed(model), duration, record, backend=backend, seed=seed, values=TIMES)
    counts = dict(zip(presets, result["spikes.count"].tolist(), strict=True))
    print("spikes: " + "  ".join(f"{name} {count}" for name, count in counts.items()))
    return result.with_numbers(**{f"spikes_{name}": count for name, count in counts.items()})


def plot(result):
    figure, panels = plots.figure(len(presets), width=9, height=7)
    t = np.asarray(result["trace.t"] / ms)
    for number, (name, preset) in enumerate(presets.items()):
        axes = panels[number]
        begin, stop = (float(preset[field] / ms) for field in ("onset", "end"))
        shown = (t > begin - 100) & (t < stop + 100)
        axes.plot(t[shown], np.asarray(result["trace.v"][number] / mV)[shown], linewidth=0.8)
        axes.plot([begin, stop], [-105, -105], color="k", linewidth=3)
        axes.set(xlim=(begin - 100, stop + 100), ylim=(-110, 60), ylabel="v (mV)")
        plots.title(axes, f"{name}, {CELLS[name]}: {float(preset['amplitude'] / nA):g} nA (bar)")
    panels[-1].set_xlabel("time (ms)")
    return {"cells": figure}


def measure():
    """Spike times (ms) of the presets."""
    model = mixed(Pospischil())
    result = simulate(model, DURATION, _currents.record_spikes, values=TIMES)
    return dict(zip(presets, _currents.trains(result, model.dt), strict=True))


def _claims():
    trains = _reference.load("single_cells")["pospischil2008"]["spike_times_ms"]
    return _currents.claims_of_trains(trains, 0.011, _currents.LATE)


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
