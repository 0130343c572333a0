"""Slow dynamics and Fano factors of the clustered network of Litwin-Kumar and Doiron (2012).

    zoo run clustered_network
    zoo run clustered_network --R_EE 1 --ratio_J 1
    zoo run clustered_network --mu_stimulus 0.07 --duration 21*second

Chapter: networks
"""

import numpy as np
from brian2 import ms, second

from zoo import cli, plots, replace, simulate, statistics
from zoo.experiments import _networks, _reference
from zoo.experiments._networks import record
from zoo.models.clustered_network import ClusteredNetwork

START = 1 * second  # after the initial transient
WINDOWS = (25, 50, 100, 200, 400)  # ms
#: The starts (ms) of windows of 100 ms in a trial of 1 s, whose second half has the stimulus.
TRIAL = {"before": (200, 300, 400), "during": (600, 700, 800)}
SHOWN = 1600  # excitatory cells in the raster, 20 clusters


def main(model=ClusteredNetwork(), duration=5 * second, backend="cpp", seed=0):
    """Run the network; rates are those from 1 s on, or of the second half of a shorter run."""
    return _networks.with_rates(simulate(model, duration, record, backend=backend, seed=seed), min(START, duration / 2))


def fanos(result, start=START) -> dict:
    """Window (ms) -> the mean Fano factor of excitatory cells in windows of this length, from `start` on."""
    cells = _networks.populations(result, start)["E"]
    return {window: statistics.fano_of_cells(cells, window * ms) for window in WINDOWS if window <= 500 * cells.window}


def trials_of(result) -> np.ndarray:
    """Spikes of cells in stimulated clusters in windows of 100 ms: cells, trials of 1 s, windows of a trial."""
    count = result.model.n_stimulated * result.model.size
    cells = statistics.spikes(result, "spikes", start=START, neurons=slice(0, count))
    counts = statistics.counts_of_cells(cells, 100 * ms)
    return counts[:, : counts.shape[1] // 10 * 10].reshape(count, -1, 10)


def fano_over_trials(counts) -> np.ndarray:
    """For each window, the mean over active cells of variance over mean in the trials."""
    with np.errstate(invalid="ignore"):
        return np.nanmean(counts.var(axis=1) / counts.mean(axis=1), axis=0)


def over_trials(result) -> dict:
    """Fano factor over trials and rate (Hz) of the cells in stimulated clusters, before and during the stimulus."""
    counts, found = trials_of(result), {}
    for name, starts in TRIAL.items():
        chosen = counts[:, :, [start // 100 for start in starts]]
        found |= {f"fano_{name}": fano_over_trials(chosen).mean(), f"rate_{name}": chosen.mean() / 0.1}
    return found


def plot(result):
    """Spikes of twenty clusters in the last 2 s, and Fano factors against the window, or over trials with a stimulus."""
    end = float(result.duration / second)
    figure, (raster, fano) = plots.figure(1, 2, width=10, height=5, width_ratios=(2, 1))
    t, i = np.asarray(result["spikes.t"] / second), np.asarray(result["spikes.i"])
    own = (i < min(SHOWN, result.model.n_e)) & (t > end - 2)
    raster.scatter(t[own], i[own], s=0.5, c=np.where(i[own] // result.model.size % 2, "C1", "C0"), linewidths=0,
                   rasterized=True)  # fmt: skip
    raster.set(xlabel="time (s)", ylabel="excitatory cell", xlim=(max(end - 2, 0), end), ylim=(0, SHOWN))
    plots.title(raster, f"20 clusters; {_networks.rates_title(result)}")
    found = fanos(result, min(START, result.duration / 2))
    fano.plot(list(found), list(found.values()), "o-", markersize=5)
    fano.axhline(1, color="0.7", linestyle=":", linewidth=1)
    fano.set(xlabel="window (ms)", ylabel="mean Fano factor", xscale="log", ylim=(0, None))
    fano.set_xticks(list(found), [str(window) for window in found])
    fano.minorticks_off()
    figures = {"clusters": figure}
    if result.model.mu_stimulus and end >= 4:
        figures["stimulus"] = _quenching(result)
    return figures


def _quenching(result):
    """Fano factor over trials and rate of stimulated cells in a trial."""
    counts = trials_of(result)
    figure, (top, bottom) = plots.figure(2, width=6, height=5, sharex=True)
    edges = np.arange(0, 1001, 100)
    top.stairs(fano_over_trials(counts), edges, color="C0")
    top.set(ylabel="Fano factor over trials", ylim=(0, None))
    bottom.stairs(counts.mean(axis=(0, 1)) / 0.1, edges, color="C1")
    bottom.set(xlabel="time in the trial (ms), stimulus from 500 ms", ylabel="rate (Hz)", ylim=(0, None))
    plots.title(top, f"{counts.shape[1]} trials, {len(counts)} cells in stimulated clusters")
    return figure


def measure(state, seed=1):
    """Rates (Hz), CV and Fano factors from 1 s on: "uniform", "clustered", or over 20 trials "stimulated"."""
    model = ClusteredNetwork()
    if state == "stimulated":
        model = replace(model, mu_stimulus=0.07)
        return over_trials(simulate(model, 21 * second, record, seed=seed))
    if state == "uniform":
        model = replace(model, R_EE=1, ratio_J=1)
    result = simulate(model, 9 * second, record, seed=seed)
    return _networks.measured(result, START) | {f"fano_{window}": value for window, value in fanos(result).items()}


def _claims():
    for state, run in _reference.load("litwin_kumar_doiron2012")["runs"].items():
        quantities = next(iter(run["seeds"].values()))
        units = {name: "Hz" if name.startswith("rate") else "" for name in quantities}
        yield from _reference.of_seeds(
            run["seeds"],
            units,
            source=f"C++ program, five networks of {run['total_ms'] / 1000:g} s",
            protocol={"state": state},
            long=True,
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
