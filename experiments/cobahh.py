"""The network COBAHH of Brette et al. (2007), Hodgkin-Huxley neurons: raster and rates of both populations.

Chapter: networks
"""

from brian2 import second

from zoo import cli, simulate
from zoo.experiments import _networks, _reference
from zoo.experiments._networks import record
from zoo.models.cobahh import COBAHH


def main(model=COBAHH(), duration=1 * second, backend="cpp", seed=0):
    """Run the network, and measure rates and the irregularity of the intervals in the second half."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    return _networks.with_rates(result, duration / 2)


def plot(result):
    return {"raster": _networks.plot(result, f"COBAHH: {_networks.rates_title(result)}")}


def measure(seed=1):
    """Rates (Hz) and CV of both populations, and the synchrony of all cells, from 0.5 to 5 s."""
    return _networks.over_seconds(COBAHH(), seed)


CLAIMS = _reference.of_seeds(
    _reference.load("cobahh")["runs"]["cobahh"]["seeds"],
    {"rate_E": "Hz", "rate_I": "Hz", "cv_E": "", "cv_I": "", "fano_3ms": ""},
    source="C++ program with steps of 0.02 ms, five networks of 5 s",
)

if __name__ == "__main__":
    cli(main)
