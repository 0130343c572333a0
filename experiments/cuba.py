"""The network CUBA of Brette et al. (2007), current-based synapses: raster and rates of both populations.

Chapter: networks
"""

from brian2 import second

from zoo import cli, simulate
from zoo.experiments import _networks, _reference
from zoo.experiments._networks import record
from zoo.models.cuba import CUBA


def main(model=CUBA(), duration=1 * second, backend="cpp", seed=0):
    """Run the network, and measure rates and the irregularity of the intervals in the second half."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    return _networks.with_rates(result, duration / 2)


def plot(result):
    return {"raster": _networks.plot(result, f"CUBA: {_networks.rates_title(result)}")}


def measure(seed=1):
    """Rates (Hz) and CV of both populations, and the synchrony of all cells, from 0.5 to 5 s."""
    return _networks.over_seconds(CUBA(), seed)


CLAIMS = _reference.of_seeds(
    _reference.load("cuba")["runs"]["default"],
    {"rate_E": "Hz", "rate_I": "Hz", "cv_E": "", "cv_I": "", "fano_3ms": ""},
    source="C++ program, five networks of 5 s",
)

if __name__ == "__main__":
    cli(main)
