"""Every public name in use, for a type checker: tests/test_typing.py has pyright read this file, nothing runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import brian2
import numpy as np
from brian2 import Network, NeuronGroup, SpikeMonitor
from matplotlib.figure import Figure

import zoo
from zoo.units import Hz, ms, mV, second, volt


class Cells(zoo.Model):
    n: int = 5
    tau: second = 20 * ms
    drive: volt = 20 * mV
    cell: str = "dv/dt = (drive - v)/tau : volt"

    def build(self):
        return Network(NeuronGroup(self.n, self.cell, namespace=self.namespace, refractory=2 * ms, name="cells"))

    def initialise(self, net):
        net["cells"].v = "rand()*10*mV"


class MoreCells(Cells):
    n = 10


def record(net):
    return [SpikeMonitor(net["cells"], name="spikes")]


def main(model: Cells = Cells(), duration=1 * second, seed: int = 0) -> zoo.Result:
    return zoo.simulate(model, duration, record, values={"cells.drive": 30 * mV}, seed=seed)


def models() -> None:
    cells = MoreCells(n=3, dt=0.2 * ms, tau=10 * ms, drive=np.arange(3) * mV)
    assert_type(zoo.replace(cells, n=4), MoreCells)
    assert_type(cells.n, int)
    print(cells.namespace["tau"], cells.state, cells.dt / ms)


def claims(result: zoo.Result) -> zoo.Claim:
    cells = zoo.statistics.spikes(result, "spikes", start=0.5 * second)
    assert_type(zoo.statistics.cv(cells), float)
    claim = zoo.Claim(quantity="rate", expected=10.0, unit="Hz", tolerance=0.5, reason="half", source="by hand, 2026")
    assert_type(claim.difference(zoo.statistics.rate(cells)), float)
    return claim


def runs(result: zoo.Result) -> zoo.Program:
    # Brian2's own units, which have no types, and those of zoo.units.
    with zoo.program(Cells(), 1 * brian2.second, record, backend="cpp", compiled=True) as p:
        assert_type(p, zoo.Program)
        first = p.run({"cells.drive": [30, 40] * mV}, seed=1)
        other = p.run({**first.state, "cells.drive": 35 * brian2.mV}, duration=50 * ms, show=lambda part: print(part))
        print(p.slots["cells.drive"].shape, p.key, p.model, p.backend, p.build_seconds + 1)
    print(len(result["spikes.t"]), result["spikes.t"] / ms, sorted(other), "spikes.i" in result, result.completed < 1)
    assert_type(result.with_numbers(rate=5 * Hz).save("results/cells"), Path)
    assert_type(zoo.Result.load(Path("results/cells")).numbers, dict[str, Any])
    return p


def sweeps() -> zoo.Sweep:
    found = zoo.sweep(
        "cells.py", {"drive": "0:60*mV:13", "seed": range(3)}, common={"n": 5}, out="results/sweep", jobs=2
    )
    found = zoo.sweep("cells.py", points=[{"drive": 20 * mV}, {"drive": 30 * mV}], out=Path("results/sweep"), keep=True)
    print(found.table["index"], found.units["drive"], found.missing, found.failed, found.frame())
    return zoo.Sweep.load("results/sweep")


def rules() -> zoo.Rule:
    decay = zoo.Rule(target="dg/dt = -g/tau_g : siemens", model="w : siemens", on_pre={"up": "g_post += w"})
    both = decay.rename(g="g_e") + zoo.Rule(source="dx/dt = -x/tau_x : 1", on_post="w += 1*nS")
    print(both.target, both.code["model"], str(both))
    return both


def figures(result: zoo.Result) -> Iterator[Figure]:
    with zoo.plots.saving(["svg", "png"], dpi=300):
        zoo.plots.save({"raster": zoo.plots.raster(result, populations={"E": 80, "I": 20})}, "results/cells")
    made, (upper, lower) = zoo.plots.figure(2, 1, height=3, sharex=True)
    yield made
    yield zoo.plots.raster(result, ["spikes"], axes=upper)
    yield zoo.plots.population_rate(result, bin=10 * brian2.ms, axes=lower)
    yield zoo.plots.traces(result, "trace", variables=["v"], labels={"v": "membrane"}, names=["a", "b"])
    yield from zoo.plots.overview(result).values()
    zoo.plots.title(upper, "spikes")
    zoo.plots.mosaic(np.zeros((4, 784)), (2, 2), (28, 28), axes=upper)
    zoo.plots.class_map(np.zeros((2, 2), dtype=int), axes=upper)
    zoo.plots.confusion(np.eye(10, 11), [str(digit) for digit in range(10)], axes=upper)
    numbers, unit = zoo.plots.scaled(result["trace.v"])
    print(numbers.mean(), zoo.plots.typeset(unit), zoo.plots.mean_rate(result) + 1)
    edges, rates = zoo.rates.binned(result, "spikes", 5 * ms, start=100 * ms, neurons=slice(10))
    print(np.diff(edges) * rates, zoo.rates.mean_rate(result, "spikes") * 2, zoo.rates.spike_monitors(result)[0])
    print(zoo.exchange.to_neo(result).segments)


def images() -> None:
    train, held_out = zoo.datasets.load("digits").hold_out(500, seed=1)
    features = zoo.encoding.features(train.images, "gabor")
    rates = zoo.encoding.rates(features, white=100 * Hz, norm=None, dt=0.1 * ms)
    times = zoo.encoding.latencies(held_out.first(3).images, 50 * brian2.ms)
    indices, when = zoo.encoding.spike_train(times, 100 * ms)
    print(rates.shape, indices.max(), when / ms, train.classes[0], len(train))
    counts = np.ones((len(train), 4))
    assigned = zoo.readout.assign(counts, train.labels, 10)
    predicted = zoo.readout.predict(counts, assigned, 10)
    print(zoo.readout.confusion(predicted, train.labels, 10).sum())


def fails() -> None:
    try:
        Cells(n=0)
    except zoo.ZooError as error:
        print(str(error))
    try:
        main()
    except zoo.NotFinite as error:
        print(str(error), error.result.completed)
    except zoo.Interrupted as error:
        print(error.result["spikes.t"])


def explore() -> None:
    zoo.explore(Cells(), 1 * second, record)


def progress() -> None:
    with zoo.progress.Line("cells") as line:
        line.show(0.5, "half of it")


if __name__ == "__main__":
    zoo.cli(main)
