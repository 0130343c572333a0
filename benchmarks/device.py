"""The backend `cpp` against Brian2's C++ device, `cpp-stock`: user CPU seconds, one thread each.

    python -m benchmarks.device [pairs [names]]

Both programs are compiled beforehand and run alternately. "whole" is the process, with set-up of the network and the
results; "loop" is the whole minus the time of a run of one time step. The numbers are medians, and medians of the paired
ratios. "spikes" shows whether both give the same spikes. Below the table: the loops against the limits of this core
(limits.py).
"""

import contextlib
import platform
import resource
import statistics
import sys

import brian2
import numpy as np
from brian2 import SpikeMonitor, second

from benchmarks import limits
from benchmarks.cobahh import COBAHH
from benchmarks.usual import CUBA, Brunel2000, BrunelHakim1999, Microcircuit, UsualLIFMnistGrid
from zoo import datasets, program
from zoo.build import compiler
from zoo.models.basal_ganglia import BasalGanglia
from zoo.models.hh_grid import HHGrid
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.izhikevich_population import IzhikevichPopulation
from zoo.models.lif_mnist_grid import LIFMnistGrid

BACKENDS = ("cpp", "cpp-stock")


def workloads():
    """Name -> model, recorded group, duration, values; functions, because they take images."""

    def learning(model):
        images = datasets.load("digits", "train").first(model.n_images)
        return model, "excitatory", model.n_images * model.presentation, model.shown(images.images)

    return {
        "W1 izhikevich 22 Hz": lambda: (IzhikevichPopulation(), "cells", 1 * second, {}),
        "W1 izhikevich 960 Hz": lambda: (IzhikevichPopulation(w_sd=1), "cells", 1 * second, {}),
        "W2 basal ganglia": lambda: (BasalGanglia(), "neurons", 1 * second, {}),
        "W3 COBAHH": lambda: (COBAHH(), "cells", 1 * second, {}),
        "W4 lif_mnist_grid n 20": lambda: learning(LIFMnistGrid(n=20, n_images=57)),
        "W4 as usually written": lambda: learning(UsualLIFMnistGrid(n=20, n_images=57)),
        "CUBA": lambda: (CUBA(), "cells", 1 * second, {}),
        "Brunel 2000": lambda: (Brunel2000(), "cells", 0.2 * second, {}),
        "Brunel and Hakim 1999": lambda: (BrunelHakim1999(), "cells", 0.2 * second, {}),
        "Potjans and Diesmann / 10": lambda: (Microcircuit(), "cells", 0.5 * second, {}),
        "hh_grid n 10": lambda: (HHGrid(), "cells", 1 * second, {}),
        "hh_grid n 20": lambda: (HHGrid(n=20), "cells", 1 * second, {}),
        "hh_mnist_grid n 10": lambda: learning(HHMnistGrid(n_images=57)),
    }


def measured(model, group, duration, values, pairs):
    """Median seconds (whole and loop, cpp and cpp-stock), median ratios, spikes of both, and whether they are equal."""

    def record(network):
        return [SpikeMonitor(network[group], name="spikes")]

    def seconds(built, duration):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        result = built.run(values, seed=1, duration=duration)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, result

    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(program(model, duration, record, backend=backend)) for backend in BACKENDS]
        whole, loop = np.zeros((2, pairs, len(BACKENDS)))
        for pair in range(pairs):
            trains = []
            for k, built in enumerate(programs):
                setup, _ = seconds(built, model.dt)
                whole[pair, k], result = seconds(built, duration)
                loop[pair, k] = whole[pair, k] - setup
                trains.append((np.asarray(result["spikes.t"]), result["spikes.i"]))
    same = all(np.array_equal(one, two) for one, two in zip(*trains, strict=True))
    ratios = [statistics.median(times[:, 1] / times[:, 0]) for times in (whole, loop)]
    return np.median(whole, axis=0), np.median(loop, axis=0), ratios, [len(t) for t, _ in trains], same


def main(pairs="5", *names):
    print(f"{platform.processor() or platform.machine()}; {compiler.identity()[1]}; Brian2 {brian2.__version__}")
    print(f"{'':24} {'whole':>8} {'stock':>8} {'ratio':>6} {'loop':>8} {'stock':>8} {'ratio':>6}   spikes")
    loops = {}
    for name, workload in workloads().items():
        if names and not any(part in name for part in names):
            continue
        whole, loop, ratios, spikes, same = measured(*workload(), int(pairs))
        loops[name] = loop[0], spikes[0]
        said = f"{spikes[0]}, the same" if same else " and ".join(map(str, spikes))
        columns = "".join(f" {t[0]:8.3f} {t[1]:8.3f} {r:6.1f}" for t, r in zip((whole, loop), ratios, strict=True))
        print(f"{name:24}{columns}   {said}", flush=True)
    print()
    best = limits.measured()
    for name, seconds in best.items():
        print(f"{name:12} {1e9 * seconds:6.3f} ns")
    if "W1 izhikevich 960 Hz" in loops:
        seconds, spikes = loops["W1 izhikevich 960 Hz"]
        event = seconds / (spikes * 1000 * 2)  # two pathways: the start and the end of a kernel
        print(
            f"W1, 960 Hz: {1e9 * event:.3f} ns an event, all in; {event / best['row_8MB']:.2f} of adding rows of 8 MB"
        )
    if "W3 COBAHH" in loops:
        step = loops["W3 COBAHH"][0] / (4000 * 10_000)
        written = 3 * best["exprel"] + 7 * best["exp"]  # exponentials in the equations and their steps
        shared = 5 * best["exp"]  # that remain
        print(
            f"W3: {1e9 * step:.2f} ns a cell and step, all in; {step / written:.2f} of the exponentials as written, ",
            end="",
        )
        print(f"{step / shared:.2f} of the remaining ones")


if __name__ == "__main__":
    main(*sys.argv[1:])
