"""Two populations of Izhikevich neurons, one driving the other: raster, and v, u, I of a neuron of each."""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, ms

from models.two_populations import TwoPopulations
from zoo import cli, plots, simulate


def record(network):
    """All spikes, and v, u and I of the first neuron of each nucleus."""
    monitors = [SpikeMonitor(network["neurons"], name="spikes")]
    for name in ("N1", "N2"):
        monitors.append(StateMonitor(network[name], ["v", "u", "I"], record=[0], name=f"trace_{name}"))
    return monitors


def main(model=TwoPopulations(), duration=300 * ms, backend="cpp", seed=0):
    result = simulate(model, duration, record, backend=backend, seed=seed)
    numbers = {}
    t, i = np.asarray(result["spikes.t"] / ms), result["spikes.i"]
    for name, place in model.slices.items():
        times = np.unique(t[(i >= place.start) & (i < place.stop)].round(9))
        print(f"{name} fires at {', '.join(f'{time:g}' for time in times) or 'no time'} ms")
        numbers[f"volleys_{name}"] = len(times)
    return result.with_numbers(**numbers)


def plot(result):
    figure, (raster, *rows) = plots.figure(4, height=8, sharex=True, height_ratios=(2, 1.2, 1, 1))
    plots.raster(result, "spikes", populations=result.model.sizes, axes=raster)
    sizes = " and ".join(f"{n} neurons {name}" for name, n in result.model.sizes.items())
    plots.title(raster, f"spikes of {sizes}")
    raster.set_xlabel("")
    for axes, variable, label in zip(rows, ("v", "u", "I"), ("v (mV)", "u (mV)", "I"), strict=True):
        for position, name in enumerate(("N1", "N2")):
            t = np.asarray(result[f"trace_{name}.t"] / ms)
            axes.plot(t, result[f"trace_{name}.{variable}"][0], color=f"C{position}", linewidth=1, label=name)
        axes.set_ylabel(label)
    plots.title(rows[0], "the first neuron of each")
    rows[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=9, frameon=False)
    rows[-1].set_xlabel("time (ms)")
    return {"raster": figure}


if __name__ == "__main__":
    cli(main)
