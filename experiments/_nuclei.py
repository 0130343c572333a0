"""Recording, rates and figures of the experiments with nuclei of Izhikevich neurons."""

from brian2 import SpikeMonitor, StateMonitor, Subgroup

from zoo import plots
from zoo.experiments import _traced


def record(network, traced=None):
    """All spikes, and v, u and I of the neurons `traced`, by default the first one of each nucleus."""
    neurons = network["neurons"]
    if traced is None:
        traced = sorted(item.start for item in network.objects if isinstance(item, Subgroup)) or [0]
    spikes = SpikeMonitor(neurons, name="spikes")
    trace = [StateMonitor(neurons, ["v", "u", "I"], record=list(traced), name="trace")] if len(traced) else []
    return [spikes, *trace]


def recording(model, trace):
    """`record` for the neurons of the option --trace."""
    return _traced.recording(record, _traced.indices(trace, model.sizes)) if trace else record


def mean_rates(result) -> dict:
    """Nucleus -> spikes per neuron and second of simulated time."""
    seconds = float(result.duration) * result.completed
    counts = result["spikes.count"]
    return {name: float(counts[place].mean() / seconds) for name, place in result.model.slices.items()}


def with_rates(result):
    """Print the mean rates of the nuclei; returns the result with the rates as numbers."""
    rates = mean_rates(result)
    print("mean rates (Hz): " + "  ".join(f"{name} {rate:.2f}" for name, rate in rates.items()))
    return result.with_numbers(**{f"rate_{name}_hz": rate for name, rate in rates.items()})


def plot(result):
    """Raster and mean rates of all nuclei, and v, u and I of the traced neurons."""
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
