"""The f-I surface of the Hodgkin-Huxley axon: a sweep over the injected current and the temperature.

Warm axons have fast gates: the onset current and the rates increase, and above some temperature current steps evoke only
single spikes. An axon that does not fire repeatedly may be silent, when the current is too weak; oscillate below 0 mV; or
be in depolarisation block, steady at a current above those that make it oscillate. The folder is that of a sweep, whose
finished points are not run again. Each cell of a group can have its own current, so that `fi_curve` needs one run for a
whole line of this surface; all cells share the temperature, which makes it an option to sweep.

Chapter: single neurons
"""

from pathlib import Path

import numpy as np
from brian2 import second
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from zoo import ZooError, cli, plots, sweep
from zoo.sweeps import sweep_plots

POINT = Path(__file__).with_name("_axon_step.py")
LABELS = {"amplitude": "I (µA/cm²)", "T": "temperature (°C)"}

# Oscillations are above this (mV, peak to peak).
SWING = 1.0
SILENT, FIRING, OSCILLATING, BLOCKED = range(4)
#: State without firing -> its text and colour.
STATES = {
    SILENT: ("silent", "white"),
    OSCILLATING: ("oscillates below 0 mV, no spikes", "0.75"),
    BLOCKED: ("depolarisation block: steady", "0.35"),
}


def main(
    current: str = "0:180*uA/cm**2:25",  # an axis, as zoo sweep takes it
    temperature: str = "0:30:13",  # an axis, degrees Celsius
    duration=0.5 * second,
    backend="cpp",
    jobs: int = None,  # parallel processes; default: all cores
    out: Path = None,
):
    """Run the sweep and draw it."""
    axes, common = {"amplitude": current, "T": temperature}, {"duration": duration, "backend": backend}
    found = sweep(str(POINT), axes, common=common, out=out / "sweep", jobs=jobs)
    plots.save(plot(found), out)


def states(table) -> np.ndarray:
    """The state of every point: a steady point is blocked when a weaker current at its temperature makes v oscillate."""
    active = (table["rate_steady_hz"] > 0) | (table["swing_mv"] > SWING)
    found = np.where(table["rate_steady_hz"] > 0, FIRING, np.where(active, OSCILLATING, SILENT))
    for position in np.flatnonzero(~active):
        weaker = (table["T"] == table["T"][position]) & (table["amplitude"] < table["amplitude"][position])
        if (active & weaker).any():
            found[position] = BLOCKED
    return found


def plot(found):
    """The rate and the states without firing in colours, against current and temperature; a line if one has a single value."""
    table = found.table[found.table["status"] == "ok"]
    if not len(table):
        raise ZooError(f"the sweep in {found.folder} has no numbers to draw yet.")
    currents, temperatures = ((np.unique(table[name]) if name in table.dtype.names else []) for name in LABELS)
    if min(len(currents), len(temperatures)) < 3:
        return {"fi_surface": sweep_plots.figures(found)["rate_steady_hz"]}
    rates = np.full((len(temperatures), len(currents)), np.nan)
    kinds = np.full(rates.shape, np.nan)
    where = np.searchsorted(temperatures, table["T"]), np.searchsorted(currents, table["amplitude"])
    kinds[where], rates[where] = states(table), table["rate_steady_hz"]
    rates[kinds != FIRING] = np.nan
    x, y = _edges(100 * currents), _edges(temperatures)  # 1 A/m² is 100 µA/cm²
    figure, axes = plots.figure(width=8, height=5)
    for kind, (_, colour) in STATES.items():
        axes.pcolormesh(x, y, np.where(kinds == kind, 0.0, np.nan), cmap=ListedColormap([colour]))
    shown = axes.pcolormesh(x, y, rates, cmap="viridis", vmin=0)
    figure.colorbar(shown, ax=axes, label="rate (Hz)")
    axes.set(xlabel=LABELS["amplitude"], ylabel=LABELS["T"])
    patches = [Patch(facecolor=colour, edgecolor="0.3", label=text) for text, colour in STATES.values()]
    axes.legend(handles=patches, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=8, frameon=False)
    return {"fi_surface": figure}


def _edges(numbers):
    """The borders between neighbouring values."""
    middle = (numbers[1:] + numbers[:-1]) / 2
    return np.concatenate([[2 * numbers[0] - middle[0]], middle, [2 * numbers[-1] - middle[-1]]])


if __name__ == "__main__":
    cli(main)
