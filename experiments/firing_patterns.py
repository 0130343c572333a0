"""Twenty firing patterns of one equation: figure 1 of Izhikevich (2004), with the current below each trace.

Chapter: single neurons
"""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, ms

from zoo import cli, plots, replace, simulate
from zoo.models.izhikevich_patterns import IzhikevichPatterns

PEAK = 30  # mV; spikes are drawn up to here, as in the paper


def record(network):
    cells = network["cells"]
    return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, ["v", "I"], record=True, name="trace")]


def main(model=IzhikevichPatterns(), backend="cpp", seed=0):
    """Run every pattern with its time step; dt is no option, as it is part of the pattern."""
    arrays, result = {}, None
    for tau in sorted({row.tau for row in model.patterns}):
        own = [(number, row) for number, row in enumerate(model.patterns) if row.tau == tau]
        duration = max(row.duration for _, row in own)
        result = simulate(replace(model, dt=tau * ms), duration * ms, record, backend=backend, seed=seed)
        for number, row in own:
            arrays |= _pattern(result, number, row)
    counts = {
        f"spikes_{letter(number)}": len(arrays[f"{letter(number)}.spikes"]) for number in range(len(model.patterns))
    }
    print("spikes: " + "  ".join(f"{name[-1]} {count}" for name, count in counts.items()))
    return result.with_only(arrays).with_numbers(**counts)


def letter(number: int) -> str:
    """The letter of a panel."""
    return chr(ord("A") + number)


def _pattern(result, number, row):
    """t, v, I and spike times of one cell, up to the end of its pattern."""
    shown = result["trace.t"] < (row.duration - row.tau / 2) * ms
    spikes = result["spikes.t"][result["spikes.i"] == number]
    name = letter(number)
    return {
        f"{name}.t": result["trace.t"][shown],
        f"{name}.v": result["trace.v"][number][shown],
        f"{name}.I": result["trace.I"][number][shown],
        f"{name}.spikes": spikes[spikes < (row.duration - row.tau / 2) * ms],
    }


def plot(result):
    rows = result.model.patterns
    columns = 4
    figure, panels = plots.figure(
        -(-len(rows) // columns), columns, width=11, height=2.1 * -(-len(rows) // columns), squeeze=False
    )
    for panel in panels.flat[len(rows) :]:
        panel.set_axis_off()
    for number, (row, panel) in enumerate(zip(rows, panels.flat, strict=False)):
        name = letter(number)
        t, v = np.asarray(result[f"{name}.t"] / ms), np.asarray(result[f"{name}.v"])
        where = np.searchsorted(t, np.asarray(result[f"{name}.spikes"] / ms), side="right")
        panel.plot(np.insert(t, where, t[where - 1]), np.insert(v, where, PEAK), linewidth=0.8, color="C0")
        if row.magnified is not None:
            late = t >= row.magnified
            panel.plot(t[late], -10 + 20 * (v[late] - v[late].mean()), linewidth=0.7, color="0.5")
            panel.text(row.duration, 24, "20 x", ha="right", color="0.4", fontsize=7)
        current = np.asarray(result[f"{name}.I"])
        spread = np.ptp(current) or 1
        panel.plot(t, -112 + 16 * (current - current.min()) / spread, linewidth=0.8, color="C3", drawstyle="steps-post")
        plots.title(panel, f"{name}  {row.name}")
        panel.title.set_fontsize(9)
        panel.set(xlim=(0, row.duration), ylim=(-118, 36), yticks=[])
        panel.spines[["left"]].set_visible(False)
        panel.tick_params(axis="x", labelsize=7)
    for panel in panels[-1]:
        panel.set_xlabel("time (ms)", fontsize=8)
    # One scale for all: 0 and -60 mV at the left edge.
    for panel in panels[:, 0]:
        panel.set_yticks([-60, 0], ["-60", "0"], fontsize=7)
        panel.set_ylabel("v (mV)", fontsize=8)
    figure.supxlabel("blue: v;  red: injected current, scaled to its range in each panel", fontsize=9)
    return {"firing_patterns": figure}


if __name__ == "__main__":
    cli(main)
