"""Twenty firing patterns of one equation: figure 1 of Izhikevich (2004), with the current below each trace.

Chapter: single neurons
"""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, ms

from zoo import Claim, cli, plots, replace, simulate
from zoo.experiments import _reference
from zoo.models.equations.presets import izhikevich_presets
from zoo.models.izhikevich import Izhikevich
from zoo.models.izhikevich_patterns import IzhikevichPatterns

PEAK = 30  # mV; spikes are drawn up to here, as in the paper
BAR = 20  # ms; the scale of time of a panel, as in the paper

# Panels in a row, and the distances of panels: one is 1 wide, and 1 high for each mV.
COLUMNS, WIDTH, HEIGHT = 4, 1.08, 190

STYLES = {
    "v": {"linewidth": 0.8, "color": "C0"},
    "magnified": {"linewidth": 0.7, "color": "0.5"},
    "I": {"linewidth": 0.8, "color": "C3"},
    "bar": {"linewidth": 1.5, "color": "0.15", "solid_capstyle": "butt"},
}


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
    """All panels in one pair of axes, whose ticks and layout matplotlib computes once instead of twenty times."""
    patterns = result.model.patterns
    rows = -(-len(patterns) // COLUMNS)
    figure, axes = plots.figure(width=11, height=1.9 * rows)
    panels = [_panel(result, number, row) for number, row in enumerate(patterns)]
    for part, style in STYLES.items():
        pieces = [panel[part] for panel in panels if part in panel]
        gap = np.full((1, 2), np.nan)
        axes.plot(*np.concatenate([points for piece in pieces for points in (piece, gap)]).T, **style)
    for number, row in enumerate(patterns):
        x, y = _corner(number)
        axes.text(x, y + 42, f"{letter(number)}  {row.name}", fontsize=9, in_layout=False)
        if row.magnified is not None:
            axes.text(x + 1, y + 24, "20 x", ha="right", color="0.4", fontsize=7, in_layout=False)
    axes.set(xlim=(0, COLUMNS * WIDTH + 1 - WIDTH), ylim=(-(rows - 1) * HEIGHT - 124, 56), xticks=[])
    # One scale for all: 0 and -60 mV at the left edge.
    levels = [_corner(number)[1] + v for number in range(0, len(patterns), COLUMNS) for v in (-60, 0)]
    axes.set_yticks(levels, ["-60", "0"] * rows, fontsize=7)
    axes.set_ylabel("v (mV)", fontsize=8)
    key = f"blue: v;  red: injected current, scaled to its range in each panel;  black: {BAR} ms"
    axes.set_xlabel(key, fontsize=9, labelpad=6)
    axes.spines[["left", "bottom"]].set_visible(False)
    return {"firing_patterns": figure}


def _corner(number):
    """Where time 0 and 0 mV of a panel are in the axes; a panel is 1 wide, and 1 high for each mV."""
    return number % COLUMNS * WIDTH, -(number // COLUMNS) * HEIGHT


def _panel(result, number, row):
    """The lines of a panel, part -> points (n, 2): v, the current, v magnified, and the bar of the scale."""
    name = letter(number)
    t, v = np.asarray(result[f"{name}.t"] / ms), np.asarray(result[f"{name}.v"])
    where = np.searchsorted(t, np.asarray(result[f"{name}.spikes"] / ms), side="right")
    current = np.asarray(result[f"{name}.I"])
    current = -112 + 16 * (current - current.min()) / (np.ptp(current) or 1)
    lines = {
        "v": (np.insert(t, where, t[where - 1]), np.insert(v, where, PEAK)),
        "I": (np.repeat(t, 2)[1:], np.repeat(current, 2)[:-1]),  # steps
        "bar": ([0, BAR], [-121, -121]),
    }
    if row.magnified is not None:
        late = t >= row.magnified
        lines["magnified"] = t[late], -10 + 20 * (v[late] - v[late].mean())
    x, y = _corner(number)
    return {part: np.column_stack([x + np.divide(t, row.duration), np.add(y, v)]) for part, (t, v) in lines.items()}


def measure(figure):
    """The spike times (ms) of every panel of a figure: "1 (2004)", or "2 (2003)", where v crosses 0 mV."""
    if figure == "2 (2003)":
        return _cells_of_2003()
    result = main()
    return {
        f"{letter(number)}, {row.name}": np.asarray(result[f"{letter(number)}.spikes"] / ms)
        for number, row in enumerate(result.model.patterns)
    }


def _cells_of_2003():
    """Where v of the cells of figure 2 crosses 0 mV (ms): the last samples below, as the program finds them."""
    reference = _reference.load("izhikevich_2003_spikes")
    cells, dt = reference["cells"], reference["dt"]
    pieces = []
    for number, cell in enumerate(cells.values()):
        before = 0.0
        for start, value in cell["I"]:
            # A tenth of a step behind the start, as the current holds for t > start.
            pieces.append(f"int(i == {number})*({value - before})*int(t > {start + dt / 10}*ms)")
            before = value
    model = Izhikevich(
        n=len(cells), amplitude=1, dt=dt * ms, v=np.array([float(cell["v"]) for cell in cells.values()]),
        stimulus="s = " + " + ".join(pieces) + " : 1 (constant over dt)",
        **{key: np.array([float(izhikevich_presets[cell["preset"]][key]) for cell in cells.values()]) for key in "abcd"},
    )  # fmt: skip
    result = simulate(model, 250.5 * ms, record)
    found = {}
    for number, (name, cell) in enumerate(cells.items()):
        # The program keeps v behind each step, 30 at a spike.
        v = result["trace.v"][number][1:].copy()
        v[np.rint(np.asarray(result["spikes.t"][result["spikes.i"] == number] / ms) / dt).astype(int)] = 30
        crossings = np.flatnonzero((v[:-1] <= 0) & (v[1:] > 0)) * dt
        found[name] = crossings[crossings < cell["duration"]]
    return found


def _claims():
    common = {
        "unit": "ms",
        "tolerance": 1e-6,
        "reason": "every spike in the step of the program, but for the rounding of t",
    }
    times = _reference.load("izhikevich_2004_patterns")
    for number, row in enumerate(IzhikevichPatterns().patterns):
        yield Claim(
            quantity=f"{letter(number)}, {row.name}", expected=tuple(times[letter(number)]), **common,
            source="figure1.m of Izhikevich (2004), written again in Python", model="izhikevich_patterns",
            protocol={"figure": "1 (2004)"},
        )  # fmt: skip
    for name, cell in _reference.load("izhikevich_2003_spikes")["cells"].items():
        yield Claim(
            quantity=name, expected=tuple(cell["spikes"]), **common, source="Open Source Brain, izhi2003.m",
            model="izhikevich", protocol={"figure": "2 (2003)"},
        )  # fmt: skip


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
