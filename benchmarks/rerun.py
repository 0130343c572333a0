"""The cost of a re-run beyond the program itself: python benchmarks/rerun.py

Runs the Izhikevich population many times in one Program, with another weight matrix, initial value and seed each time, and
prints the wall time of `Program.run`, that of the binary in it, and the difference.
"""

import statistics
import time

import numpy as np
from brian2 import second

from zoo import program
from zoo.experiments.izhikevich_population import record
from zoo.models.izhikevich_population import IzhikevichPopulation

RUNS = 15


def main():
    random = np.random.default_rng(0)
    with program(IzhikevichPopulation(), 1 * second, record) as built:
        inside = []
        execute = built._execute

        def timed(*arguments):
            start = time.perf_counter()
            try:
                return execute(*arguments)
            finally:
                inside.append(time.perf_counter() - start)

        built._execute = timed
        weights = {f"{n} values": random.normal(size=shape) for n, shape in ((0, ()), (10**6, (1000, 1000)))}
        for name, matrix in weights.items():
            outside = []
            inside.clear()
            for seed in range(RUNS):
                start = time.perf_counter()
                built.run({"synapses.w": 0.3 * matrix, "cells.v": -60} if np.ndim(matrix) else {}, seed=seed)
                outside.append(time.perf_counter() - start)
            whole, own = statistics.median(outside), statistics.median(inside)
            more = statistics.median(o - i for o, i in zip(outside, inside, strict=True))
            print(
                f"{name}: run {1e3 * whole:.0f} ms, of it the binary {1e3 * own:.0f} ms, beyond it {1e3 * more:.1f} ms"
            )


if __name__ == "__main__":
    main()
