"""Nuclei of Izhikevich neurons: raster, rates, and v, u, I of the first neuron of each nucleus."""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, Subgroup, ms, second

from models.izhikevich_nuclei import IzhikevichNuclei
from zoo import cli, plots, simulate


def record(network):
    """All spikes, and v, u and I of the first neuron of each nucleus."""
    neurons = network["neurons"]
    first = sorted(item.start for item in network.objects if isinstance(item, Subgroup))
    return [
        SpikeMonitor(neurons, name="spikes"),
        StateMonitor(neurons, ["v", "u", "I"], record=first, name="trace"),
    ]


def main(model=IzhikevichNuclei(), duration=1 * second, backend="cpp", seed=0):
    result = simulate(model, duration, record, backend=backend, seed=seed)
    rates = mean_rates(result)
    print("mean rates (Hz): " + "  ".join(f"{name} {rate:.2f}" for name, rate in rates.items()))
    return result.with_numbers(**{f"rate_{name}_hz": rate for name, rate in rates.items()})


def mean_rates(result):
    """Nucleus -> spikes per neuron and second of what was simulated."""
    seconds = float(result.duration) * result.completed
    counts = result["spikes.count"]
    return {name: float(counts[place].mean() / seconds) for name, place in result.model.slices.items()}


def plot(result):
    sizes = result.model.sizes
    figure, (raster, *rows) = plots.figure(4, height=8, sharex=True, height_ratios=(2, 1.2, 1, 1))
    plots.raster(result, "spikes", populations=sizes, axes=raster)
    rates = ", ".join(f"{name} {rate:.3g} Hz" for name, rate in mean_rates(result).items())
    plots.title(raster, f"{sum(sizes.values())} neurons; mean rates: {rates}")
    raster.set_xlabel("")
    t = np.asarray(result["trace.t"] / ms)
    for axes, variable, label in zip(rows, ("v", "u", "I"), ("v (mV)", "u (mV)", "I"), strict=True):
        for name, values in zip(sizes, result[f"trace.{variable}"], strict=True):
            axes.plot(t, values, linewidth=0.9, label=name)
        axes.set_ylabel(label)
    plots.title(rows[0], "the first neuron of each nucleus")
    rows[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(sizes), fontsize=9, frameon=False)
    rows[-1].set_xlabel("time (ms)")
    return {"raster": figure}


if __name__ == "__main__":
    cli(main)
