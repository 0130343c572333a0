"""The separatrix of synfire chains: which packets of spikes survive, in the plane of their number and their spread.

The axes are those of figure 4 of Diesmann, Gewaltig and Aertsen (1999). All points are chains of one network.

Chapter: networks
"""

from pathlib import Path

import numpy as np

from zoo import cli, plots
from zoo.experiments import _reference
from zoo.experiments.synfire_chain import survival


def main(
    trials: int = 10,  # chains at each point
    backend="cpp",
    seed=0,
    out: Path = None,
):
    """Run a grid of points of a from 20 to 120 spikes and sigma from 0 to 5 ms."""
    a, sigma = np.arange(20, 121, 10), np.arange(0, 5.5, 0.5)
    points = [(x, y) for y in sigma for x in a]
    found = survival(points, trials, seed, backend).reshape(len(sigma), len(a))
    plots.save({"separatrix": figure_of(a, sigma, found)}, out)


def figure_of(a, sigma, found):
    """The fraction that survives in colours, against sigma and a, and the separatrix of the independent program."""
    figure, axes = plots.figure(width=6.5, height=5)
    shown = axes.pcolormesh(sigma, a, found.T, cmap="viridis", vmin=0, vmax=1, shading="nearest")
    figure.colorbar(shown, ax=axes, label="fraction of packets that survive")
    runs = _reference.load("synfire1999")["runs"].values()
    half = [np.mean([seed["half"] for seed in run["seeds"].values()]) for run in runs]
    axes.plot([run["sigma"] for run in runs], half, "wo", markeredgecolor="k", label="half survive, C++ program")
    axes.set(xlabel="spread of the packet, $\\sigma$ (ms)", ylabel="spikes of the packet, a")
    axes.legend(loc="lower right", fontsize=9)
    return figure


if __name__ == "__main__":
    cli(main)
