"""The twenty firing patterns of the neuron of Mihalaş and Niebur (2009), figure 1: potential, threshold and current.

    zoo run mihalas_niebur
    zoo verify mihalas_niebur

Chapter: single neurons
"""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, ms, mV

from zoo import Claim, cli, plots, simulate
from zoo.experiments import _currents, _reference
from zoo.models.mihalas_niebur import MihalasNiebur

PEAK = -20  # mV, up to which spikes are drawn


def record(network):
    cells = network["cells"]
    trace = StateMonitor(cells, ["v", "Theta", "I_e"], record=True, dt=0.1 * ms, name="trace")
    return [SpikeMonitor(cells, name="spikes"), trace]


def main(model=MihalasNiebur(), duration=1000 * ms, backend="cpp", seed=0):
    """Run one cell of each pattern; each is shown for its own duration."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    counts = {row.letter: len(train) for row, train in zip(model.patterns, trains(result).values(), strict=True)}
    print("spikes: " + "  ".join(f"{letter} {count}" for letter, count in counts.items()))
    return result.with_numbers(**{f"spikes_{letter}": count for letter, count in counts.items()})


def trains(result):
    """Pattern -> spike times (ms) in its duration."""
    found = zip(result.model.patterns, _currents.trains(result, result.model.dt), strict=True)
    return {row.name: train[train <= row.duration] for row, train in found}


def plot(result):
    figure, panels = plots.figure(5, 4, width=12, height=11)
    t, spikes = np.asarray(result["trace.t"] / ms), trains(result)
    for axes in panels.flat[len(spikes) :]:
        axes.remove()
    for number, (row, axes) in enumerate(zip(result.model.patterns, panels.flat, strict=False)):
        shown = t < row.duration
        v, theta = (np.asarray(result[f"trace.{name}"][number] / mV)[shown] for name in ("v", "Theta"))
        where = np.searchsorted(t[shown], spikes[row.name], side="right")
        axes.plot(t[shown], theta, linewidth=0.8, color="C2", label=r"$\Theta$")
        axes.plot(
            np.insert(t[shown], where, spikes[row.name]),
            np.insert(v, where, PEAK),
            linewidth=0.8,
            color="C0",
            label="v",
        )
        current = np.asarray(result["trace.I_e"][number])[shown]
        axes.plot(t[shown], -115 + 3 * current, linewidth=0.8, color="C3", label="$I_e$")
        axes.set(xlim=(0, row.duration), ylim=(-130, -15))
        plots.title(axes, f"{row.letter}  {row.name}: {len(spikes[row.name])}")
        axes.title.set_fontsize(9)
        if number % 4 == 0:
            axes.set_ylabel("mV")
        if number + 4 >= len(spikes):
            axes.set_xlabel("time (ms)")
    panels[0, 0].legend(frameon=False, fontsize=7, ncols=3, loc="lower right")
    return {"patterns": figure}


DT = 0.001 * ms  # the time step of the claims


def measure():
    """Spike times (ms) of the patterns."""
    return trains(simulate(MihalasNiebur(dt=DT), 1000 * ms, _currents.record_spikes))


def _claims():
    for name, times in _reference.load("mihalas_niebur")["spike_times_ms"].items():
        yield Claim(
            quantity=name, expected=tuple(times), unit="ms", tolerance=0.001 * 3 * max(len(times), 1),
            reason="with 1 µs steps a spike, and the intervals after it, come up to a step late, and a threshold that rises "
            "makes this up to three times as long", source="exact propagators, bisection to 1e-9 ms",
        )  # fmt: skip


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
