"""Networks with populations of excitatory cells that compete or remember: recording, rates in sliding windows, figures."""

import numpy as np
from brian2 import SpikeMonitor, ms, second

from zoo import plots, statistics

#: Cells of each population in a raster.
SHOWN = 60


def record(network):
    """The spikes of excitatory and inhibitory cells."""
    return [SpikeMonitor(network[name], name=f"spikes_{name}") for name in ("excitatory", "inhibitory")]


def population(result, name, start=0 * ms, end=None):
    """The spikes of a population of `sizes` from `start` to `end`."""
    if name == "inhibitory":
        return statistics.spikes(result, "spikes_inhibitory", start=start, end=end)
    sizes = result.model.sizes
    first = sum(list(sizes.values())[: list(sizes).index(name)])
    return statistics.spikes(
        result, "spikes_excitatory", start=start, end=end, neurons=slice(first, first + sizes[name])
    )


def rates(result, start, end) -> dict:
    """Population -> mean rate (Hz) from `start` to `end`."""
    return {name: statistics.rate(population(result, name, start, end)) for name in result.model.sizes}


def with_rates(result, windows, digits=1):
    """`result` with the rates of each population in `windows`, name -> start and end (s), which are printed."""
    numbers = {}
    for window, (start, end) in windows.items():
        if end * second <= result.duration:
            found = rates(result, start * second, end * second)
            print(f"{window}: " + ", ".join(f"{name} {rate:.{digits}f} Hz" for name, rate in found.items()))
            numbers |= {f"{name}_{window}": rate for name, rate in found.items()}
    return result.with_numbers(**numbers)


def sliding(result, name, window=50 * ms, step=5 * ms):
    """Ends (ms) of windows that move by `step`, and the rates (Hz) of a population in them."""
    cells = population(result, name)
    counts = statistics.counts(cells, step)
    wide = round(float(window / step))
    sums = np.convolve(counts, np.ones(wide), "valid")
    ends = (np.arange(len(sums)) + wide) * float(step / ms)
    return ends, sums / cells.n / float(window)


def raster(result, names, axes):
    """The spikes of some cells of the populations `names`, the first one at the top."""
    ticks = []
    for band, name in enumerate(reversed(names)):
        cells = population(result, name)
        shown = min(SHOWN, cells.n)
        own = cells.i < shown
        color = _color(result, name)
        y = (cells.i[own] + 0.5) / shown + 1.1 * band
        axes.scatter(cells.t[own] * 1000, y, s=1.2, color=color, linewidths=0, rasterized=True)
        ticks.append((1.1 * band + 0.5, f"{name}\n({shown} of {cells.n})"))
    axes.set_yticks(*zip(*ticks, strict=True))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.05, 1.1 * len(names))


def rate_lines(result, names, axes):
    """The rates of the populations `names` in windows of 50 ms, drawn at the end of each."""
    for name in names:
        axes.plot(*sliding(result, name), color=_color(result, name), linewidth=1, label=name)
    axes.set(ylabel="rate (Hz)", ylim=(0, None))
    axes.legend(frameon=False, fontsize=9, loc="upper left", ncols=len(names))


def _color(result, name):
    return f"C{list(result.model.sizes).index(name)}"


def span(axes, start, end, text=""):
    """A grey band from `start` to `end`, with a text above it."""
    low, high = float(start / ms), float(end / ms)
    axes.axvspan(low, high, color="0.9", zorder=0, linewidth=0)
    if text:
        transform = axes.get_xaxis_transform()
        axes.text((low + high) / 2, 1.01, text, transform=transform, ha="center", va="bottom", fontsize=9)


def frame(rows, ratios, height=6.5):
    """A figure of `rows` panels that share their time axis."""
    return plots.figure(rows, height=height, sharex=True, height_ratios=ratios)
