"""The basal ganglia against dopamine: a sweep over the weights from cortex to D1 and D2, and over seeds.

Dopamine excites the striatal cells with the receptor D1 and calms those with D2; here it scales what cortex gives them
(see the field `dopamine` of basal_ganglia). The figures show the rates of all nuclei and the part of their power in the
beta band, 13 to 30 Hz, which is large in Parkinson's disease. The folder is that of a sweep: what is there is not run
again.
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
    jobs: int = None,  # processes at a time; all cores
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
    """Rates and beta power of all nuclei against dopamine, means and standard deviations over the seeds."""
    return {
        "rates": _figure(table, "rate_", "_hz", "mean rate (Hz)"),
        "beta": _figure(table, "beta_", "", "power in 13 to 30 Hz, part of 1 to 100 Hz"),
    }


def _figure(table, before, behind, label):
    figure, axes = plots.figure(height=4.2)
    table = table[table["status"] == "ok"]
    x = np.unique(table["dopamine"])
    for column in [name for name in table.dtype.names if name.startswith(before)]:
        values = [table[column][table["dopamine"] == level] for level in x]
        mean, deviation = (np.array([function(part) for part in values]) for function in (np.mean, np.std))
        (line,) = axes.plot(
            x, mean, marker="o", markersize=3.5, linewidth=1.2, label=column[len(before) : len(column) - len(behind)]
        )
        axes.fill_between(x, mean - deviation, mean + deviation, color=line.get_color(), alpha=0.2, linewidth=0)
    axes.set(xlabel="dopamine (factor of the weights from CTX to D1; 2 minus it to D2)", ylabel=label, ylim=(0, None))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9)
    count = len(table) // len(x)
    plots.title(axes, f"mean and standard deviation of {count} runs" if count > 1 else "")
    return figure


if __name__ == "__main__":
    cli(main)
