"""The zoo against other simulators: CPU seconds of the simulation without set-up, one thread each.

Runs of another simulator and of ours alternate. A line has the medians of both and the median of the ratios of pairs, which
is above 1 where ours is faster. The mean rates of the cells and the spikes show that the work is the same: the fraction of
all spikes that the same cell also has in the other simulation, at most one time step apart. A simulator that cannot be
installed is a line with the reason.

    python benchmarks/peers.py [--quick] [--pairs 3] [--only TEXT]

`make bench` first installs the other simulators into a separate environment. Networks are compiled the first time.
"""

import argparse
import contextlib
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path

import brian2
import numpy as np
from brian2 import SpikeMonitor, ms

sys.path.insert(0, str(Path(__file__).parents[1]))  # this folder is not installed

from benchmarks.peers import clock, inputs, process
from benchmarks.peers.networks import DrawnCOBAHH, IzhikevichJumps
from benchmarks.peers.table import COLUMNS, Line, Pair, same
from zoo import Model, ZooError, program, replace
from zoo.models.hh_grid import HHGrid
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.lif_mnist_grid import LIFMnistGrid

STOCK = f"Brian2 {brian2.__version__}, stock C++"


@dataclass
class Other:
    """Another simulation: a function of a file of benchmarks/peers/ with its parameters, or a model on Brian2's device.

    `part` is the fraction of our work that it does, where all of it would take minutes; `compared` is whether its spikes
    can equal ours.
    """

    name: str
    variant: str = ""
    peer: str = ""
    work: str = ""
    parameters: dict = field(default_factory=dict)
    model: Model | None = None
    part: float = 1
    compared: bool = True
    note: str = ""


@dataclass
class Work:
    """One network: our model, the recorded group of `size` cells, the duration (ms), and the other simulators.

    The table shows the CPU seconds times `per`.
    """

    title: str
    model: Model
    duration: float
    size: int
    others: list
    group: str = "cells"
    values: dict = field(default_factory=dict)
    per: float = 1


def izhikevich(n, k, duration):
    model = IzhikevichJumps(n=n, k=k)
    parameters = {"n": n, "k": k, "duration": duration, "dt": float(model.dt / ms), "I": float(model.I)}
    none = "pygenn is not on PyPI, and its sources need a compiler and an installation by hand."
    others = [Other(STOCK, model=model), Other("NEST", "", "nest", "izhikevich", parameters), Other("GeNN", note=none)]
    title = f"Izhikevich, {n} cells, {k} synapses each, {duration} ms in steps of 0.1 ms"
    return Work(title, model, duration, n, others)


def grid(n, duration):
    rate, dt = 30, 0.025
    t, i = inputs.grid_events(n, duration, rate, dt)
    model = HHGrid(n=n, stimulus="events", event_t=t * ms, event_i=i)
    parameters = {"n": n, "duration": duration, "dt": dt, "rate": rate}
    neuron = {**parameters, "table": False}
    coarse = "the rates of its channels come from a table of 1 mV, which moves spikes"
    others = [
        Other(STOCK, model=model),
        Other(STOCK, ", exponential Euler", model=replace(model, solver="exponential_euler"), note="another scheme"),
        Other("NEURON", ", no table", "neuron", "grid", neuron),
        Other("NEURON", ", its default table", "neuron", "grid", {**neuron, "table": True}, note=coarse),
        Other("NEURON", ", CoreNEURON", "neuron", "grid", {**neuron, "core": True}),
        Other("Arbor", ", one group of cells", "arbor", "grid", {**parameters, "grouped": True}, note="another scheme"),
        Other("Arbor", ", default groups", "arbor", "grid", {**parameters, "grouped": False}, note="another scheme"),
    ]
    title = f"ball-and-stick grid, n {n}, input of {rate} Hz, {duration} ms in steps of {dt} ms"
    return Work(title, model, duration, 2 * n**2, others)


def cobahh(duration):
    model = DrawnCOBAHH()
    differs = "adaptive steps to 0.001 mV, spikes counted at the peak; in steps of 0.02 ms ours has its rate too"
    parameters = {"duration": duration, "dt": float(model.dt / ms)}
    others = [
        Other(STOCK, model=model),
        Other("NEST", "", "nest", "cobahh", parameters, compared=False, note=differs),
    ]
    return Work(f"COBAHH, 4000 cells, {duration} ms in steps of 0.1 ms", model, duration, 4000, others)


def mnist(model_class, images, few, differs):
    """`few` images are shown to BindsNET, five times as many on Brian2's own device."""
    model = model_class(n_images=images)
    presentation, white = round(float(model.presentation / ms)), float(model.white / brian2.Hz)
    parameters = {"images": few, "cells": model.n**2, "presentation": presentation, "white": white}
    others = [
        Other(STOCK, model=model, part=5 * few / images),
        Other("BindsNET", "", "bindsnet", "mnist", parameters, part=few / images, compared=False, note=differs),
    ]
    dt = float(model.dt / ms)
    return Work(
        f"{model_class.__name__}, 784 inputs to {model.n**2} cells with STDP, per 1000 images of {presentation} ms in steps of "
        f"{dt} ms",
        model,
        images * presentation,
        model.n**2,
        others,
        group="excitatory",
        values=model.shown(inputs.images(images)),
        per=1000 / images,
    )


def works(quick):
    """All networks; `quick` ones are for a test, not for the record."""
    second = 200 if quick else 1000
    images, few = (25, 2) if quick else (200, 10)
    differs = "spikes move v at once, without conductances; steps of 1 ms, each with whole matrices of weights"
    yield izhikevich(1000, 1000, second)
    yield izhikevich(10_000, 1000, second)
    yield grid(10, second)
    yield grid(20, second)
    yield cobahh(second)
    yield mnist(LIFMnistGrid, images, few, differs)
    yield mnist(HHMnistGrid, images, few, f"cells are integrate-and-fire; {differs}")


class Ours:
    """Programs of the models of one network."""

    def __init__(self, work, stack):
        self.work = work
        self.stack = stack
        self.dt = float(work.model.dt / ms)

    def program(self, model, backend):
        return self.stack.enter_context(
            program(model, self.work.duration * ms, clock.timed(self._record), backend=backend)
        )

    def run(self, built, part=1.0):
        """CPU seconds and spikes: times at the end of their step (ms) and cells."""
        seconds, result = clock.run(built, self.work.values, seed=1, duration=part * self.work.duration * ms)
        return seconds, (np.asarray(result["spikes.t"] / ms) + self.dt, np.asarray(result["spikes.i"]))

    def _record(self, network):
        return [SpikeMonitor(network[self.work.group], name="spikes")]


def lines(work, pairs):
    """The lines of the table for one network, one after the other."""
    with contextlib.ExitStack() as stack:
        ours = Ours(work, stack)
        built = ours.program(work.model, "cpp")
        for other in work.others:
            line = Line(other.name + other.variant, note=other.note)
            try:
                simulate = simulation(other, ours)
                for _ in range(pairs if simulate else 0):
                    seconds, spikes = ours.run(built)
                    version, other_seconds, other_spikes = simulate()
                    line.name = version + other.variant
                    line.pairs.append(Pair(work.per * other_seconds / other.part, work.per * seconds))
                    compare(line, work, other, other_spikes, spikes)
            except (process.Failed, ZooError) as failure:
                line.note = str(failure)
            yield line


def simulation(other, ours):
    """The function that runs `other` once: version, CPU seconds and spikes; None when it is not installed."""
    if other.model is not None:
        built = ours.program(other.model, "cpp-stock")
        return lambda: (other.name, *ours.run(built, other.part))
    if not other.peer:
        return None

    def run():
        outcome = process.run(other.peer, other.work, other.parameters)
        return str(outcome["version"]), float(outcome["seconds"]), (outcome["t"], outcome["i"])

    return run


def compare(line, work, other, theirs, ours):
    """Rates and spikes of both, for the duration of the other one."""
    duration = other.part * work.duration
    dt = float(work.model.dt / ms)
    theirs, ours = ((t[t < duration + dt / 2], i[t < duration + dt / 2]) for t, i in (theirs, ours))
    line.rates = tuple(1000 * len(t) / duration / work.size for t, _ in (theirs, ours))
    line.same = same(ours, theirs, dt) if other.compared else None


def processor():
    with contextlib.suppress(OSError):
        for text in Path("/proc/cpuinfo").read_text().splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the work, one pair")
    parser.add_argument("--pairs", type=int, help="runs of each simulator: 3, or 1 with --quick")
    parser.add_argument("--only", default="", help="networks whose title has this text")
    options = parser.parse_args()
    print(f"{processor()}, one thread; CPU seconds of the simulation without set-up")
    for work in works(options.quick):
        if options.only.lower() in work.title.lower():
            print(f"\n{work.title}\n{COLUMNS}")
            for line in lines(work, options.pairs or (1 if options.quick else 3)):
                print(line.text(), flush=True)


if __name__ == "__main__":
    main()
