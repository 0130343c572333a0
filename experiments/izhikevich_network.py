"""The network of Izhikevich (2003), figure 3: raster of a thousand neurons, with rhythms of 8 and 30 Hz.

Chapter: networks
"""

from brian2 import Hz, ms, second

from zoo import cli, simulate, statistics
from zoo.experiments import _networks, _reference
from zoo.experiments._networks import record
from zoo.models.izhikevich_network import IzhikevichNetwork

START = 1 * second  # of the window of rates


def main(model=IzhikevichNetwork(), duration=1 * second, backend="cpp", seed=0):
    """Run the network for a second, as in the figure."""
    return _networks.with_rates(simulate(model, duration, record, backend=backend, seed=seed), 100 * ms)


def plot(result):
    title = f"Izhikevich (2003): {_networks.rates_title(result)}"
    return {"raster": _networks.plot(result, title, bin=max(result.model.dt, 1 * ms))}


def measure(seed=1):
    """Rates (Hz) and CV of both populations, the slow rhythm (Hz) and the synchrony of all cells, from 1 to 10 s."""
    result = simulate(IzhikevichNetwork(), 10 * second, record, seed=seed)
    cells = statistics.spikes(result, "spikes", start=START)
    slow, _ = statistics.peak(cells, 2 * Hz, 15 * Hz, bin=1 * ms, segment=1 * second)
    return _networks.measured(result, START) | {"fano_5ms": statistics.fano(cells, 5 * ms), "slow_peak_Hz": slow}


CLAIMS = _reference.of_seeds(
    _reference.load("izhikevich2003_network")["runs"]["default"],
    {"rate_E": "Hz", "rate_I": "Hz", "cv_E": "", "cv_I": "", "fano_5ms": "", "slow_peak_Hz": "Hz"},
    source="C++ program of the paper's loop, ten networks of 10 s",
)

if __name__ == "__main__":
    cli(main)
