"""The cells of Pospischil et al. (2008) under a current step: regular and fast spiking, bursting, low-threshold spiking.

    zoo run pospischil
    zoo verify pospischil

Chapter: single neurons
"""

import numpy as np
from brian2 import Quantity, SpikeMonitor, StateMonitor, ms, mV, nA

from zoo import cli, plots, replace, simulate
from zoo.experiments import _currents, _reference
from zoo.models.pospischil import Pospischil, presets

CELLS = {
    "RS": "regular spiking", "FS": "fast spiking", "IB": "intrinsically bursting", "LTS": "low-threshold spiking",
    "LTS rebound": "hyperpolarised",
}  # fmt: skip
#: What the experiment runs: the presets, and the last one hyperpolarised.
CASES = presets | {"LTS rebound": presets["LTS"] | {"amplitude": -0.1 * nA}}
DURATION = 2700 * ms
REFERENCE = _reference.load("single_cells")["pospischil2008"]["spike_times_ms"]
LTS = _reference.load("pospischil_lts")["spike_times_ms"]

#: A step for each cell, as the presets have other times.
STEPS = """
s     = int(t > begin - dt/2)*int(t < stop - dt/2) : 1 (constant over dt)
begin                                              : second (constant)
stop                                               : second (constant)
"""


def times(cases):
    """The values of `begin` and `stop` for `cases`, name -> preset."""
    return {
        f"cells.{name}": Quantity([case[field] for case in cases.values()])
        for name, field in (("begin", "onset"), ("stop", "end"))
    }


def mixed(model, cases):
    """`model` with one cell for each of `cases`, name -> preset."""
    names = [name for name in presets["RS"] if name not in ("onset", "end")]
    fields = {name: Quantity([case[name] for case in cases.values()]) for name in names}
    return replace(model, n=len(cases), stimulus=STEPS, **fields)


def record(network):
    cells = network["cells"]
    return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, "v", record=True, dt=0.1 * ms, name="trace")]


def main(model=Pospischil(), duration=DURATION, backend="cpp", seed=0):
    """Run one cell of each preset, and a hyperpolarised one; the options of the model that the presets set have no effect."""
    result = simulate(mixed(model, CASES), duration, record, backend=backend, seed=seed, values=times(CASES))
    counts = dict(zip(CASES, result["spikes.count"].tolist(), strict=True))
    print("spikes: " + "  ".join(f"{name} {count}" for name, count in counts.items()))
    return result.with_numbers(**{f"spikes_{name.replace(' ', '_')}": count for name, count in counts.items()})


def plot(result):
    figure, panels = plots.figure(len(CASES), width=9, height=10)
    t = np.asarray(result["trace.t"] / ms)
    for number, (name, preset) in enumerate(CASES.items()):
        axes = panels[number]
        begin, stop = (float(preset[field] / ms) for field in ("onset", "end"))
        after = 500 if name == "LTS rebound" else 100
        shown = (t > begin - 100) & (t < stop + after)
        axes.plot(t[shown], np.asarray(result["trace.v"][number] / mV)[shown], linewidth=0.8)
        axes.plot([begin, stop], [-115, -115], color="k", linewidth=3)
        axes.set(xlim=(begin - 100, stop + after), ylim=(-120, 60), ylabel="v (mV)")
        plots.title(axes, f"{name}, {CELLS[name]}: {float(preset['amplitude'] / nA):g} nA (bar)")
    panels[-1].set_xlabel("time (ms)")
    return {"cells": figure}


def measure():
    """Spike times (ms) of three presets, and of LTS at the currents of the reference."""
    cases = {name: presets[name] for name in REFERENCE}
    cases |= {f"LTS at {current} nA": presets["LTS"] | {"amplitude": float(current) * nA} for current in LTS}
    model = mixed(Pospischil(), cases)
    result = simulate(model, DURATION, _currents.record_spikes, values=times(cases))
    return dict(zip(cases, _currents.trains(result, model.dt), strict=True))


CLAIMS = (
    *_currents.claims_of_trains(REFERENCE, 0.011, _currents.LATE),
    *_currents.claims_of_trains(
        {f"LTS at {current} nA": times for current, times in LTS.items()}, 0.011, _currents.LATE,
        source="SciPy, DOP853 with tolerance 1e-10",
    ),
)  # fmt: skip

if __name__ == "__main__":
    cli(main)
