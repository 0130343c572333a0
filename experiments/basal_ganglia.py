"""The basal ganglia, seven nuclei of Izhikevich neurons: raster and firing rates of every nucleus.

Chapter: networks
"""

import numpy as np
from brian2 import ms, second
from matplotlib import mlab

from zoo import cli, plots, simulate
from zoo.analysis.rates import binned
from zoo.experiments import _nuclei, _traced
from zoo.experiments._nuclei import mean_rates, with_rates
from zoo.models.basal_ganglia import BasalGanglia

#: Hz
BETA = (13, 30)


def record(network, traced=()):
    """All spikes, and v, u and I of the neurons `traced`."""
    return _nuclei.record(network, traced)


def main(
    model=BasalGanglia(),
    duration=1 * second,
    backend="cpp",
    seed=0,
    trace: str = "none",  # neurons whose v, u and I are recorded, as TI:0,5,CTX:3
):
    traced = _traced.indices(trace, model.sizes)
    result = simulate(model, duration, _traced.recording(record, traced), backend=backend, seed=seed)
    beta = {f"beta_{name}": band_power(result, name, *BETA) for name in result.model.sizes}
    return with_rates(result).with_numbers(**beta)


def band_power(result, nucleus, low, high):
    """The fraction of the power of a nucleus's population rate, between 1 and 100 Hz, that is between `low` and `high` Hz.

    By Welch's method with windows of 0.5 s, without the first 0.1 s. 0 for a silent nucleus or a run shorter than 0.6 s.
    """
    edges, rate = binned(result, "spikes", 1 * ms, start=100 * ms, neurons=result.model.slices[nucleus])
    rate = rate[np.isclose(np.diff(edges), edges[1] - edges[0])] if len(rate) else rate  # without a narrower last bin
    if len(rate) < 500 or not rate.any():
        return 0.0
    window = np.hanning(501)[:-1]
    power, frequency = mlab.psd(
        rate, NFFT=500, Fs=1000 / (edges[1] - edges[0]), window=window, noverlap=250, detrend="mean"
    )
    whole = power[(frequency >= 1) & (frequency <= 100)].sum()
    return float(power[(frequency >= low) & (frequency <= high)].sum() / whole) if whole > 0 else 0.0


def plot(result):
    sizes = result.model.sizes
    figure, axes = plots.figure(height=6)
    plots.raster(result, "spikes", populations=sizes, axes=axes)
    plots.title(axes, f"{sum(sizes.values())} neurons in {len(sizes)} nuclei, dt {float(result.model.dt / ms):g} ms")
    traces = {"traces": _traced.figure(result)} if "trace.t" in result else {}
    return {"raster": figure, "rates": _rates(result), **traces}


def _rates(result):
    sizes, slices, rates = result.model.sizes, result.model.slices, mean_rates(result)
    figure, rows = plots.figure(len(sizes), height=1.1 * len(sizes), sharex=True)
    for position, (name, axes) in enumerate(zip(sizes, rows, strict=True)):
        edges, values = binned(result, "spikes", 5 * ms, neurons=slices[name])
        axes.stairs(values, edges, color=f"C{position}", fill=True, alpha=0.8)
        axes.axhline(rates[name], color="0.3", linewidth=0.8, linestyle="--")
        axes.set_ylabel(name)
        axes.yaxis.set_label_coords(-0.06, 0.5)  # aligned; align_ylabels takes twice as long as everything else
        axes.text(1.01, 0.5, f"{rates[name]:.1f} Hz", transform=axes.transAxes, va="center", fontsize=9)
    plots.title(rows[0], f"rate (Hz) in bins of {edges[1] - edges[0]:g} ms, and its mean (dashed)")
    rows[-1].set_xlabel("time (ms)")
    rows[-1].set_xlim(0, edges[-1])
    return figure


if __name__ == "__main__":
    cli(main)
