"""The network of Izhikevich (2006) before and after learning: rasters of two seconds, rates, and the distribution of weights.

    zoo run polychronization
    zoo run polychronization --duration 600*second

Chapter: networks
"""

import numpy as np
from brian2 import ms, second

from zoo import cli, plots, simulate, statistics
from zoo.experiments import _networks, _reference
from zoo.experiments._networks import record
from zoo.models.polychronization import Polychronization

SPAN = 50 * second  # of the rates that the claims are about
STARTS = (0, 50, 100, 150)  # of these spans, s


def main(model=Polychronization(), duration=101 * second, backend="cpp", seed=0):
    """Run the network; rates are those of the last second."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    return _networks.with_rates(result, max(duration - 1 * second, 0 * second))


def plot(result):
    """Spikes in the first and in the last second, the rates, and the excitatory weights at the start and the end."""
    model, end = result.model, float(result.duration / ms)
    t, i = np.asarray(result["spikes.t"] / ms), np.asarray(result["spikes.i"])
    figure, panels = plots.figure(2, 2, width=10, height=7, height_ratios=(1.6, 1))
    for axes, start in zip(panels[0], (0, max(end - 1000, 0)), strict=True):
        own = (t >= start) & (t < start + 1000)
        axes.scatter(t[own] / 1000, i[own], s=1, c=np.where(i[own] < model.n_e, "C0", "C1"), linewidths=0,
                     rasterized=True)  # fmt: skip
        axes.set(xlabel="time (s)", xlim=(start / 1000, start / 1000 + 1), ylim=(-1, model.n_e + model.n_i))
    panels[0, 0].set_ylabel("neuron: E, I above")
    plots.title(panels[0, 0], "first second")
    plots.title(panels[0, 1], "last second")
    rates, weights = panels[1]
    for number, (name, cells) in enumerate(_networks.populations(result).items()):
        counts = statistics.counts(cells, 1 * second if end >= 1000 else result.duration)
        rates.stairs(counts / cells.n, np.arange(len(counts) + 1), color=f"C{number}", label=name)
    rates.set(xlabel="time (s)", ylabel="rate (Hz)", ylim=(0, None))
    rates.legend(frameon=False)
    last = np.asarray(result.state["excitation.w"])
    weights.hist(last, np.linspace(0, model.w_max, 41), color="C0")
    weights.set(xlabel="excitatory weight at the end", ylabel="synapses")
    return {"learning": figure}


def measure(seed=1):
    """Rates (Hz) of both populations in spans of 50 s up to 200 s, of the first second, and the weights after 200 s."""
    result = simulate(Polychronization(), 201 * second, record, seed=seed)
    found = {}
    for name, cells in (("E", slice(0, 800)), ("I", slice(800, None))):
        found[f"rate_{name}_first_second"] = _rate(result, cells, 0 * second, 1 * second)
        found |= {f"rate_{name}_from_{start}_s": _rate(result, cells, start * second, SPAN) for start in STARTS}
    w = np.asarray(result.state["excitation.w"])
    return found | {"below": np.mean(w < 0.5), "above": np.mean(w > 9.5), "mean": float(w.mean())}


def _rate(result, cells, start, span):
    return statistics.rate(statistics.spikes(result, "spikes", start=start, end=start + span, neurons=cells))


def _claims():
    runs = _reference.load("izhikevich2006_spnet")["runs"]["default"]
    numbers = {
        seed: {
            **{f"rate_{name}_first_second": run["first_second"][f"rate_{name}"] for name in "EI"},
            **{
                f"rate_{name}_from_{start}_s": rate
                for name in "EI"
                for start, rate in zip(STARTS, run[f"rate_{name}_per_50s"], strict=True)
            },
            "below": run["weights"][-1]["below_.5"],
            "above": run["weights"][-1]["above_9.5"],
            "mean": run["weights"][-1]["mean"],
        }
        for seed, run in runs.items()
    }
    units = {name: "Hz" if name.startswith("rate") else "" for name in next(iter(numbers.values()))}
    return _reference.of_seeds(numbers, units, source="C++ program, six networks of 200 s", long=True)


CLAIMS = _claims()

if __name__ == "__main__":
    cli(main)
