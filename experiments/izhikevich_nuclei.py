"""Nuclei of Izhikevich neurons: raster, rates, and v, u, I of the first neuron of each nucleus, or of any others.

Chapter: networks
"""

from brian2 import second

from zoo import cli, simulate
from zoo.experiments._nuclei import plot, record, recording, with_rates
from zoo.models.izhikevich_nuclei import IzhikevichNuclei

__all__ = ["main", "plot", "record"]


def main(
    model=IzhikevichNuclei(),
    duration=1 * second,
    backend="cpp",
    seed=0,
    trace: str = "",  # neurons whose v, u and I are recorded, as E:0,5,I:3; default: the first of each nucleus
):
    return with_rates(simulate(model, duration, recording(model, trace), backend=backend, seed=seed))


if __name__ == "__main__":
    cli(main)
