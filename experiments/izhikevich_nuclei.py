"""Nuclei of Izhikevich neurons: raster, rates, and v, u, I of the first neuron of each nucleus, or of any others.

Chapter: networks
"""

from brian2 import SpikeMonitor, StateMonitor, Subgroup, second

from zoo import cli, plots, simulate
from zoo.experiments import _traced
from zoo.models.izhikevich_nuclei import IzhikevichNuclei


def record(network, traced=None):
    """All spikes, and v, u and I of the neurons `traced`, by default the first one of each nucleus."""
    neurons = network["neurons"]
    if traced is None:
        traced = sorted(item.start for item in network.objects if isinstance(item, Subgroup)) or [0]
    return [
        SpikeMonitor(neurons, name="spikes"),
        StateMonitor(neurons, ["v", "u", "I"], record=list(traced), name="trace"),
    ]


def recording(model, trace):
    """`record` for the neurons of the option --trace."""
    return _traced.recording(record, _traced.indices(trace, model.sizes)) if trace else record


def main(
    model=IzhikevichNuclei(),
    duration=1 * second,
    backend="cpp",
    seed=0,
    trace: str = "",  # neurons whose v, u and I are recorded, as E:0,5,I:3; the first of each nucleus when not given
):
    result = simulate(model, duration, recording(model, trace), backend=backend, seed=seed)
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
    plots.traces(
        result, "trace", variables=_traced.LABELS, labels=_traced.LABELS, names=_traced.names(result), axes=rows
    )
    return {"raster": figure}


if __name__ == "__main__":
    cli(main)
