"""Coherence of the network of Wang and Buzsáki (1996) against connectivity and against frequency: two sweeps.

The axes are those of the paper's figures. The coherence rises once a cell has more than some 50 inputs. With 60 inputs it
is largest at 40 Hz; the injected current sets the rate. The folder has both sweeps, whose finished points are not run again.

Chapter: networks
"""

from pathlib import Path

import numpy as np
from brian2 import second

from zoo import cli, plots, sweep


def main(
    M_syn: str = "10,30,50,60,70,80,100",  # an axis, as zoo sweep takes it, at mu = 1 µA/cm²
    mu: str = "0.4:2.8*uA/cm**2:7",  # an axis, with 60 inputs
    seeds: int = 3,  # networks at each point
    duration=1.5 * second,
    backend="cpp",
    jobs: int = None,  # parallel processes; default: all cores
    out: Path = None,
):
    """Run both sweeps and draw them."""
    tables = {}
    for name, axis in {"M_syn": M_syn, "mu": mu}.items():
        common = {"duration": duration, "backend": backend}
        found = sweep(
            "wang_buzsaki_network", {name: axis, "seed": range(seeds)}, common=common, out=out / name, jobs=jobs
        )
        tables[name] = found.table[found.table["status"] == "ok"]
    plots.save({"network_coherence": figure_of(tables)}, out)


def figure_of(tables):
    """Coherence against M_syn, and against the rate, by the values of `tables`; each circle is a network, the line their mean."""
    figure, (left, right) = plots.figure(1, 2, width=9.5, height=4, sharey=True)
    for axes, name, x in ((left, "M_syn", "M_syn"), (right, "mu", "rate")):
        table = tables[name]
        points = [table[table[name] == value] for value in np.unique(table[name])]
        axes.plot(table[x], table["coherence"], "o", color="C0", markersize=4, fillstyle="none")
        axes.plot([part[x].mean() for part in points], [part["coherence"].mean() for part in points], color="C0")
    left.set(xlabel="inputs of a cell, $M_{syn}$", ylabel="coherence", xlim=(0, None), ylim=(0, None))
    right.set(xlabel="firing rate (Hz)", xlim=(0, None))
    return figure


if __name__ == "__main__":
    cli(main)
