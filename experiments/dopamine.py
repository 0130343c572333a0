"""The basal ganglia against dopamine: a sweep over the weights from cortex to D1 and D2, and over seeds.

Dopamine excites the striatal cells with the receptor D1 and inhibits those with D2; here it scales their input from
cortex (see the field `dopamine` of basal_ganglia). The figures show the rates of all nuclei and the fraction of their power
in the beta band, 13 to 30 Hz.

From dopamine 0 to 2 the rate of D1 rises from 0 to 66 Hz, and D2 falls from 8.5 Hz to silence at 1.25. GPi, which D1
inhibits, falls from 55 to 52 Hz. The pallidum (TA, TI) and STN change by at most 1.2 Hz: D2 inhibits the pallidum with
weights of -2, against 20 from STN. The beta power of GPi, TA, TI and STN (0.40 to 0.49) is that of the harmonics, 16 and
24 Hz, of their volleys at 8 Hz; dopamine changes it by at most 0.03. That of D1 rises from 0.19 to 0.47, as its spikes move
into these volleys. This network is therefore not a model of the beta rhythm in Parkinson's disease.

The folder is that of a sweep, whose finished points are not run again.

Chapter: networks
"""

from pathlib import Path

import numpy as np
from brian2 import second

from zoo import cli, plots, sweep


def main(
    dopamine: str = "0:2:9",  # an axis, as zoo sweep takes it
    seeds: int = 3,  # runs of every value
    duration=2 * second,
    backend="cpp",
    jobs: int = None,  # parallel processes; default: all cores
    out: Path = None,
):
    """Run the sweep and draw it."""
    common = {"duration": duration, "backend": backend}
    found = sweep("basal_ganglia", {"dopamine": dopamine, "seed": range(seeds)}, common=common, out=out / "sweep",
                  jobs=jobs)  # fmt: skip
    plots.save(plot(found), out)


def plot(found) -> dict:
    """The figures of the sweep."""
    return figures(found.table)


def figures(table) -> dict:
    """Rates and beta power of all nuclei against dopamine, means and standard deviations over the seeds.

    A silent nucleus has no beta power and leaves a gap.
    """
    return {
        "rates": _figure(table, "rate_", "_hz", "mean rate (Hz)"),
        "beta": _figure(table, "beta_", "", "power in 13 to 30 Hz, fraction of 1 to 100 Hz"),
    }


def _figure(table, prefix, suffix, label):
    figure, axes = plots.figure(height=4.2)
    table = table[table["status"] == "ok"]
    x = np.unique(table["dopamine"])
    for position, column in enumerate(name for name in table.dtype.names if name.startswith(prefix)):
        nucleus = column[len(prefix) : len(column) - len(suffix)]
        # Silence has a rate, but no spectrum.
        numbers = np.where((prefix == "rate_") | (table[f"rate_{nucleus}_hz"] > 0), table[column], np.nan)
        values = [numbers[table["dopamine"] == level] for level in x]
        mean, deviation = (np.array([function(part) for part in values]) for function in (np.mean, np.std))
        # Dashed lines show the line below them: TA and TI hardly differ.
        style = "--" if position % 2 else "-"
        (line,) = axes.plot(x, mean, style, marker="o", markersize=3.5, linewidth=1.2, label=nucleus)
        axes.fill_between(x, mean - deviation, mean + deviation, color=line.get_color(), alpha=0.2, linewidth=0)
    axes.set(xlabel="dopamine (factor of the weights from CTX to D1; 2 minus it to D2)", ylabel=label, ylim=(0, None))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9)
    count = len(table) // len(x)
    plots.title(axes, f"mean and standard deviation of {count} runs" if count > 1 else "")
    return figure


if __name__ == "__main__":
    cli(main)
