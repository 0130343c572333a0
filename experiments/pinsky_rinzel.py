"""The pyramidal cell of Pinsky and Rinzel (1994): figure 2 A, C and D, and current into the dendrite.

    zoo run pinsky_rinzel
    zoo verify pinsky_rinzel

Chapter: single neurons
"""

import numpy as np
from brian2 import Quantity, SpikeMonitor, StateMonitor, cm, ms, msiemens, mV, uA

from zoo import cli, plots, replace, simulate
from zoo.experiments import _currents, _reference
from zoo.models.pinsky_rinzel import PinskyRinzel, presets

TITLES = {
    "slow_bursts": "figure 2A",
    "fast": "figure 2C",
    "strong_coupling": "figure 2D",
    "dendrite": "current into the dendrite",
}


def mixed(model):
    """`model` with one cell for each preset."""
    rows = presets.values()
    fields = {name: Quantity([row[name] for row in rows]) for name in ("amplitude", "g_c", "amplitude_d")}
    return replace(model, n=len(presets), **fields)


def record(network):
    cells = network["cells"]
    return [
        SpikeMonitor(cells, name="spikes"),
        StateMonitor(cells, ["v", "v_d"], record=True, dt=0.1 * ms, name="trace"),
    ]


def main(model=PinskyRinzel(), duration=1500 * ms, backend="cpp", seed=0):
    """Run one cell of each preset; the options of the model that the presets set have no effect."""
    result = simulate(mixed(model), duration, record, backend=backend, seed=seed)
    counts = dict(zip(presets, result["spikes.count"].tolist(), strict=True))
    print("spikes: " + "  ".join(f"{name} {count}" for name, count in counts.items()))
    return result.with_numbers(**{f"spikes_{name}": count for name, count in counts.items()})


def plot(result):
    figure, panels = plots.figure(len(presets), 2, width=11, height=8, width_ratios=(2.5, 1))
    t = np.asarray(result["trace.t"] / ms)
    for number, (name, preset) in enumerate(presets.items()):
        first = np.asarray(result["spikes.t"][result["spikes.i"] == number] / ms)[:1]
        start = float(first[0]) - 5 if len(first) else 0.0
        for axes, window in zip(panels[number], ((0, t[-1]), (start, start + 50)), strict=True):
            shown = (t >= window[0]) & (t <= window[1])
            for variable, color, text in (("v_d", "C1", "dendrite"), ("v", "C0", "soma")):
                values = np.asarray(result[f"trace.{variable}"][number] / mV)
                axes.plot(t[shown], values[shown], linewidth=0.8, color=color, label=text)
            axes.set(xlim=window, ylim=(-25, 110))
        currents = (preset[field] / (uA / cm**2) for field in ("amplitude", "amplitude_d"))
        somatic, dendritic = (f"{float(current):g}" for current in currents)
        coupling = float(preset["g_c"] / (msiemens / cm**2))
        plots.title(panels[number, 0], f"{TITLES[name]}: I = {somatic}, I_d = {dendritic}, g_c = {coupling:g}")
        panels[number, 0].set_ylabel("v - rest (mV)")
    panels[0, 1].legend(frameon=False, fontsize=8)
    plots.title(panels[0, 1], "the first spikes")
    for axes in panels[-1]:
        axes.set_xlabel("time (ms)")
    return {"traces": figure}


DT = 0.005 * ms  # the time step of the claims
#: The spikes of the fast train that are compared: later ones part, as the train is chaotic.
BEFORE_CHAOS = 20


def measure():
    """Spike times (ms) of the presets."""
    model = mixed(PinskyRinzel(dt=DT))
    trains = _currents.trains(simulate(model, 1500 * ms, _currents.record_spikes), model.dt)
    times = dict(zip(presets, trains, strict=True))
    return times | {"fast": times["fast"][:BEFORE_CHAOS]}


def _claims():
    reference = _reference.load("single_cells")["pinsky_rinzel1994"]["spike_times_ms"]
    trains = dict(zip(presets, reference.values(), strict=True))
    trains["fast"] = trains["fast"][:BEFORE_CHAOS]
    reason = "with 5 µs steps a spike is noticed up to one step late, and the bends of the rates cost 3 µs"
    return _currents.claims_of_trains(trains, 0.008, reason)


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
