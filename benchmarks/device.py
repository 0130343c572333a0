"""The backend `cpp` against Brian2's own C++ device, `cpp-stock`: user CPU seconds of whole programs, one thread each.

Both programs are compiled beforehand and run in turns; the table gives medians and the median of the paired ratios, and
whether the spikes are the same. Set-up of the network and writing of the results are included.

    python benchmarks/device.py [pairs]
"""

import contextlib
import resource
import statistics
import sys

import numpy as np
from brian2 import Hz, SpikeMonitor, ms, second

from models.basal_ganglia import BasalGanglia
from models.hh_grid import HHGrid
from models.hh_mnist_grid import HHMnistGrid
from models.izhikevich_population import IzhikevichPopulation
from zoo import datasets, encoding, program

BACKENDS = ("cpp", "cpp-stock")


def workloads():
    """Name -> model, group that is recorded, duration, values."""
    images = datasets.load("digits", "train").first(20)
    grid = HHMnistGrid(n_images=20)
    rates = {"images.values": encoding.rates(images.images)}
    return {
        "izhikevich_population, 22 Hz": (IzhikevichPopulation(), "cells", 1 * second, {}),
        "izhikevich_population, w_sd 1": (IzhikevichPopulation(w_sd=1), "cells", 1 * second, {}),
        "basal_ganglia": (BasalGanglia(), "neurons", 1 * second, {}),
        "hh_grid n 10, 25 Hz": (HHGrid(rate=25 * Hz), "cells", 500 * ms, {}),
        "hh_mnist_grid n 10, 20 images": (grid, "excitatory", 20 * grid.presentation, rates),
    }


def measured(name, model, group, duration, values, pairs):
    """One line of the table."""

    def record(network):
        return [SpikeMonitor(network[group], name="spikes")]

    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(program(model, duration, record, backend=backend)) for backend in BACKENDS]
        seconds = [[], []]
        for _ in range(pairs):
            trains = []
            for own, built in zip(seconds, programs, strict=True):
                before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
                result = built.run(values, seed=1)
                own.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
                trains.append((np.asarray(result["spikes.t"]), result["spikes.i"]))
    same = all(np.array_equal(one, two) for one, two in zip(*trains, strict=True))
    ours, stock = map(statistics.median, seconds)
    ratio = statistics.median(two / one for one, two in zip(*seconds, strict=True))
    counts = "the same" if same else " and ".join(str(len(t)) for t, _ in trains)
    return f"{name:32} {ours:8.3f} {stock:8.3f} {ratio:7.1f}   {counts}"


def main(pairs=5):
    print(f"{'workload':32} {'cpp':>8} {'stock':>8} {'ratio':>7}   spikes")
    for name, workload in workloads().items():
        print(measured(name, *workload, pairs), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
