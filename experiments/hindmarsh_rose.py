"""The neuron of Hindmarsh and Rose (1984): slow bursts, bursts, chaotic bursts, and firing without pause.

    zoo run hindmarsh_rose
    zoo verify hindmarsh_rose

Chapter: single neurons
"""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, ms

from zoo import cli, plots, replace, simulate
from zoo.experiments import _currents, _reference
from zoo.models.hindmarsh_rose import HindmarshRose, presets


def mixed(model):
    """`model` with one cell for each preset."""
    fields = {name: [preset[name] for preset in presets.values()] for name in ("amplitude", "r", "x_R", "x", "y", "z")}
    return replace(model, n=len(presets), **fields)


def record(network):
    cells = network["cells"]
    return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, ["x", "z"], record=True, dt=0.5 * ms, name="trace")]


def main(model=HindmarshRose(), duration=1500 * ms, backend="cpp", seed=0):
    """Run one cell of each preset; the options of the model that the presets set have no effect."""
    result = simulate(mixed(model), duration, record, backend=backend, seed=seed)
    counts = dict(zip(presets, result["spikes.count"].tolist(), strict=True))
    print("spikes: " + "  ".join(f"{name} {count}" for name, count in counts.items()))
    return result.with_numbers(**{f"spikes_{name}": count for name, count in counts.items()})


def plot(result):
    figure, panels = plots.figure(len(presets), width=10, height=8, sharex=True)
    t = np.asarray(result["trace.t"] / ms)
    for number, (name, preset) in enumerate(presets.items()):
        axes = panels[number]
        axes.plot(t, np.asarray(result["trace.x"][number]), linewidth=0.8, label="x")
        axes.plot(t, np.asarray(result["trace.z"][number]), linewidth=1, color="C3", label="z")
        axes.set(ylim=(-2.2, 4.2), xlim=(0, t[-1]))
        plots.title(axes, f"{name.replace('_', ' ')}: I = {preset['amplitude']}, r = {preset['r']}")
    panels[0].legend(frameon=False, fontsize=8, ncols=2, loc="upper right")
    panels[-1].set_xlabel("time")
    return {"bursts": figure}


#: The spikes of the chaotic train that are compared.
BEFORE_CHAOS = 8


def measure():
    """Spike times of the presets (the unit of time is 1 ms)."""
    model = mixed(HindmarshRose())
    trains = _currents.trains(simulate(model, 1500 * ms, _currents.record_spikes), model.dt)
    times = dict(zip(presets, trains, strict=True))
    return times | {"chaotic_bursts": times["chaotic_bursts"][:BEFORE_CHAOS]}


def _claims():
    reference = _reference.load("single_cells")["hindmarsh_rose1984"]["spike_times"]
    trains = dict(zip(presets, reference.values(), strict=True))
    trains["chaotic_bursts"] = trains["chaotic_bursts"][:BEFORE_CHAOS]
    return _currents.claims_of_trains(trains, 0.011, _currents.LATE)


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
