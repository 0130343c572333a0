"""Volleys in the synfire chains of Diesmann, Gewaltig and Aertsen (1999): which of them survive, in the plane of a and sigma.

    zoo run synfire_chain
    zoo run synfire_chain --a 40 --sigma 0*ms
    zoo run separatrix

Chapter: networks
"""

import numpy as np
from brian2 import SpikeMonitor, ms

from zoo import cli, plots, replace, simulate
from zoo.experiments import _reference
from zoo.models.synfire_chain import SynfireChain

#: A volley reaches the last group later than this after the onset of the packet.
LATE = 35 * ms


def record(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def main(model=SynfireChain(), duration=130 * ms, backend="cpp", seed=0):
    """Run the chains, and count in how many of them the packet reaches the last group."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    alive = survivors(result)
    print(f"the packet survives in {alive.sum()} of {len(alive)} chains")
    return result.with_numbers(survival=alive.mean())


def survivors(result) -> np.ndarray:
    """Whether more than half of the cells of the last group fire late, for each chain."""
    model = result.model
    chain, group, _ = _places(model, np.asarray(result["spikes.i"]))
    own = (group == model.n_groups - 1) & (np.asarray(result["spikes.t"]) > float(model.onset + LATE))
    return np.bincount(chain[own], minlength=model.n_chains) > model.n / 2


def _places(model, i):
    """The chain, the group and the number in its group of cells."""
    return i // (model.n_groups * model.n), i // model.n % model.n_groups, i % model.n


def plot(result):
    """The spikes of the first chain, and the spikes in each group of all chains in bins of 1 ms."""
    model = result.model
    t = np.asarray(result["spikes.t"] / ms)
    chain, group, number = _places(model, np.asarray(result["spikes.i"]))
    figure, (raster, counts) = plots.figure(1, 2, width=10, height=5, sharex=True)
    own = chain == 0
    colours = np.where(group[own] % 2, "C1", "C0")
    raster.scatter(t[own], (group * model.n + number)[own], s=2, c=colours, linewidths=0, rasterized=True)
    raster.set(xlabel="time (ms)", ylabel="cell of the first chain", ylim=(0, model.n_groups * model.n))
    edges = np.arange(0, float(result.duration / ms) + 1)
    for k in range(model.n_groups):
        height = np.histogram(t[group == k], edges)[0] / model.n_chains / model.n
        top = k + 0.9 * np.minimum(height, 1)
        counts.fill_between(edges[:-1] + 0.5, k, top, step="mid", linewidth=0, snap=False, color=f"C{k % 2}")
    counts.set(xlabel="time (ms)", ylabel="group; active cells in 1 ms, all chains", yticks=np.arange(model.n_groups))
    plots.title(counts, f"survival {100 * result.numbers['survival']:.0f} %")
    return {"volleys": figure}


def survival(points, trials, seed=0, backend="cpp") -> np.ndarray:
    """The fraction of `trials` chains whose packet survives, for each of `points` (a, sigma in ms)."""
    n_packet = SynfireChain.n_packet
    a, sigma = np.repeat(np.asarray(points, float), trials * n_packet, axis=0).T
    model = replace(SynfireChain(), n_chains=len(points) * trials, a=a, sigma=sigma * ms)
    alive = survivors(simulate(model, 130 * ms, record, backend=backend, seed=seed))
    return alive.reshape(len(points), trials).mean(axis=1)


def measure(sigma, numbers, seed=1):
    """The number of spikes of which half of the packets survive, at `sigma` (ms), from 10 chains at each of `numbers`."""
    return {"half": half(numbers, survival([(a, sigma) for a in numbers], 10, seed))}


def half(numbers, survived) -> float:
    """Spearman and Kärber's estimate from evenly spaced `numbers`: no packet survives below them, and all above."""
    step = numbers[1] - numbers[0]
    return float(numbers[-1] + step / 2 - step * np.sum(survived))


def _claims():
    for run in _reference.load("synfire1999")["runs"].values():
        yield from _reference.of_seeds(
            run["seeds"],
            {"half": "spikes"},
            source="C++ program, five times 10 chains at each number",
            protocol={"sigma": run["sigma"], "numbers": tuple(run["a"])},
            long=True,
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
