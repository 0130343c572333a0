"""Recording, figures and measures of networks of excitatory and inhibitory cells in one group, the excitatory ones first."""

import numpy as np
from brian2 import SpikeMonitor, ms, second

from zoo import plots, program, statistics

#: Excitatory cells in a raster; of the inhibitory ones it shows the same fraction.
SHOWN = 400


def record(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def populations(result, start=0 * ms, end=None) -> dict:
    """Population -> its spikes from `start` to `end`, or that of the run."""
    n_e = result.model.n_e
    return {
        "E": statistics.spikes(result, "spikes", start=start, end=end, neurons=slice(0, n_e)),
        "I": statistics.spikes(result, "spikes", start=start, end=end, neurons=slice(n_e, None)),
    }


def measured(result, start) -> dict:
    """Rate (Hz) and CV of the intervals of both populations after `start`."""
    found = {}
    for name, cells in populations(result, start).items():
        found |= {f"rate_{name}": statistics.rate(cells), f"cv_{name}": statistics.cv(cells)}
    return found


def over_seconds(model, seed):
    """`measured` from 0.5 to 5 s, and the synchrony of all cells in bins of 3 ms."""
    with program(model, 5 * second, record) as built:
        result = built.run(seed=seed)
    start = 0.5 * second  # after the initial transient
    return measured(result, start) | {"fano_3ms": statistics.fano(statistics.spikes(result, "spikes", start=start))}


def with_rates(result, start=0 * ms):
    """Print rates and CV after `start`; returns the result with them as numbers."""
    numbers = measured(result, start)
    for name in ("E", "I"):
        print(f"{name}: {numbers[f'rate_{name}']:.2f} Hz, CV {numbers[f'cv_{name}']:.2f}")
    return result.with_numbers(**{name: value for name, value in numbers.items() if np.isfinite(value)})


def plot(result, title, bin=1 * ms):
    """Raster of some cells, and the rates of both populations in bins."""
    figure, (raster, rates) = plots.figure(2, height=6, sharex=True, height_ratios=(2.4, 1))
    sizes = result.model.sizes
    fraction = min(1, SHOWN / sizes["E"])
    base, ticks = 0, []
    for number, (name, cells) in enumerate(populations(result).items()):
        shown = max(int(fraction * sizes[name]), 1)
        own = cells.i < shown
        raster.scatter(
            cells.t[own] * 1000, base + cells.i[own], s=1.5, color=f"C{number}", linewidths=0, rasterized=True
        )
        ticks.append((base + shown / 2, f"{name} ({shown} of {sizes[name]})"))
        base += shown
        width = float(bin)
        counts = statistics.counts(cells, bin)
        edges = np.arange(len(counts) + 1) * width * 1000
        rates.stairs(counts / cells.n / width, edges, color=f"C{number}", linewidth=0.8, label=name)
    raster.set(ylim=(-0.5, base - 0.5))
    raster.set_yticks(*zip(*ticks, strict=True))
    raster.tick_params(axis="y", length=0)
    plots.title(raster, title)
    rates.set(
        xlabel="time (ms)",
        ylabel=f"rate (Hz) in {float(bin / ms):g} ms",
        xlim=(0, float(result.duration / ms)),
        ylim=(0, None),
    )
    rates.legend(frameon=False, loc="upper right", ncols=2, fontsize=9)
    return figure


def rates_title(result):
    """The mean rates of both populations."""
    return ", ".join(f"{name} {statistics.rate(cells):.3g} Hz" for name, cells in populations(result).items())
