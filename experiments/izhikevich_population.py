"""A thousand Izhikevich neurons, all connected to all: raster, rate, and v, u, I of three neurons, or of any others.

Chapter: networks
"""

from pathlib import Path

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, second

from zoo import Claim, ZooError, cli, plots, replace, simulate
from zoo.experiments import _past_spikes, _traced
from zoo.models.izhikevich_population import IzhikevichPopulation

TRACED = 3  # neurons whose v, u and I are recorded by default


def record(network, traced=None):
    """All spikes, and v, u and I of the neurons `traced`, by default the first three."""
    cells = network["cells"]
    traced = range(min(TRACED, len(cells))) if traced is None else traced
    return [
        SpikeMonitor(cells, name="spikes"),
        StateMonitor(cells, ["v", "u", "I"], record=list(traced), name="trace"),
    ]


def main(
    model=IzhikevichPopulation(),
    duration=1 * second,
    backend="cpp",
    seed=0,
    literal: bool = False,  # the source's weights N(0, 1)
    weights: Path | None = None,  # matrix W[pre, post] in a .npy file
    trace: str = "",  # neurons whose v, u and I are recorded, as 0,5,10-14; default: the first three
):
    """Run the network; `literal` uses the source's weights N(0, 1), `weights` a matrix W[pre, post] from a .npy file."""
    if literal:
        model = replace(model, w_sd=1)
    if weights is not None and model.lesioned:
        raise ZooError("--weights sets every weight, also those that --lesion cuts; give only one of them.")
    values = {} if weights is None else {"synapses.w": _matrix(weights)}
    monitors = _traced.recording(record, _traced.indices(trace, model.sizes)) if trace else record
    result = simulate(model, duration, monitors, backend=backend, seed=seed, values=values)
    rate = plots.mean_rate(result, "spikes")
    print(f"mean rate: {rate:.2f} Hz")
    return result.with_numbers(mean_rate_hz=rate)


def plot(result):
    figure, (raster, rate) = plots.figure(2, height=6, sharex=True, height_ratios=(3, 1))
    plots.raster(result, "spikes", axes=raster)
    mean = plots.mean_rate(result, "spikes")
    plots.title(raster, f"{result.model.n} Izhikevich neurons, all to all: mean rate {mean:.1f} Hz")
    raster.set_xlabel("")
    plots.population_rate(result, "spikes", axes=rate)
    rate.axhline(mean, color="0.3", linewidth=0.8, linestyle="--", label="mean")
    rate.legend(loc="upper right", fontsize=9, frameon=False)
    rate.set_xlabel("time (ms)")
    return {"raster": figure} | ({"traces": _traced.figure(result)} if len(result["trace.record"]) else {})


def _matrix(path):
    try:
        matrix = np.load(path, allow_pickle=False)
    except OSError as error:
        raise ZooError(f"{path} cannot be read ({error.strerror or 'it holds no numbers'}).") from None
    except (ValueError, EOFError):
        matrix = None
    if not isinstance(matrix, np.ndarray):
        raise ZooError(f"{path} holds no matrix of numbers written by numpy.save.")
    return matrix


def measure(seed=1, as_coded=False):
    """The differences from an independent simulator in 500 ms; as coded the mean rate (Hz) of the first second."""
    if not as_coded:
        return _past_spikes.all_to_all()
    model = replace(IzhikevichPopulation(), w_sd=1, as_coded=True)
    return {"rate": plots.mean_rate(simulate(model, 1 * second, record, seed=seed), "spikes")}


CLAIMS = (
    *_past_spikes.claims(842),
    Claim(
        quantity="rate", unit="Hz", expected=17.42, seeds=6, spread=0.31, error=0.31, protocol={"as_coded": True}, long=True,
        reason="3.3 standard errors; over twelve seeds the standard deviation is 0.31, and the reference is one run",
        source="NumPy program of the source's code, 1 run",
    ),
)  # fmt: skip

if __name__ == "__main__":
    cli(main)
