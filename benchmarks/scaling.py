"""The cost against the number of cells and synapses: python -m benchmarks.scaling FIGURE.png

Cells fire at about 20 Hz independently of their synapses, whose weights are almost 0: only the loops are measured. Cells:
10^3 to 10^5 with 100 synapses each. Synapses: all to all, 10^4 to 10^8. CPU seconds of the loop for one second of simulated
time, and the memory of the process per synapse. The largest takes 4 GiB, and temporarily 3 GB on the disk.
"""

import json
import resource
import statistics
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from brian2 import Network, NeuronGroup, SpikeMonitor, Synapses, ms, second

from zoo import Model, program

CELLS = (1000, 3162, 10_000, 31_623, 100_000)
SYNAPSES = (10**4, 10**5, 10**6, 10**7, 3 * 10**7, 10**8)


class Scaled(Model):
    n: int = 1000  # cells
    k: int = 1000  # synapses per cell; all to all when equal to the number of cells

    def build(self):
        cells = NeuronGroup(
            self.n,
            """
            dv/dt = (drive - v)/tau : 1
            drive                   : 1 (constant)
            tau                     : second (shared, constant)
            """,
            threshold="v > 1",
            reset="v = 0",
            method="exact",
            name="cells",
        )
        synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", delay=1 * ms, name="synapses")
        if self.k == self.n:
            synapses.connect()
        else:
            synapses.connect(j="k for k in sample(N_post, size=each)", namespace={"each": self.k})
        return Network(cells, synapses)

    def initialise(self, network):
        network["cells"].tau = 30 * ms
        network["cells"].drive = "1.15 + 0.2*rand()"
        network["cells"].v = "rand()"
        network["synapses"].w = "1e-9*rand()"


def point(n, k, run):
    """CPU seconds of the loop for one simulated second, bytes of the process, spikes per second; in a separate process."""
    duration = max(1, 10**6 / (n * k)) * second  # long enough to be measured
    record = lambda network: [SpikeMonitor(network["cells"], record=False, name="spikes")]  # noqa: E731
    with program(Scaled(n=n, k=k), duration, record) as built:
        if not run:
            return None
        loops = []
        for _ in range(3 if n * k < 10**7 else 1):
            times = []
            for time in (built.model.dt, duration):
                before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
                result = built.run(duration=time)
                times.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
            loops.append(times[1] - times[0])
    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return statistics.median(loops) / float(duration), size, float(result["spikes.count"].sum() / duration)


def measured(n, k):
    command = [sys.executable, "-m", "benchmarks.scaling", "point", str(n), str(k)]
    subprocess.run([*command, "0"], check=True, capture_output=True)  # compiles, which takes more memory than most runs
    last = subprocess.run([*command, "1"], check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    seconds, size, rate = json.loads(last)
    print(
        f"{n:7} cells, {n * k:11} synapses: {seconds:8.3f} s, {size / 2**20:7.0f} MiB, {size / (n * k):7.1f} bytes a synapse, "
        f"{1e9 * seconds / (rate * k):6.2f} ns an event",
        flush=True,
    )
    return seconds, size


def main(figure):
    cells = np.array([measured(n, 100) for n in CELLS])
    edges = [round(total**0.5) for total in SYNAPSES]
    dense = np.array([measured(n, n) for n in edges])
    drawing, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    totals = np.square(edges)
    large = totals > 9e6  # the smaller processes take less memory than the one that starts them
    for axis, sizes, values, label in (
        (axes[0], CELLS, cells[:, 0], "cells, 100 synapses each"),
        (axes[1], totals, dense[:, 0], "synapses, all to all"),
    ):
        axis.loglog(sizes, values, "o-", color="black", label="measured")
        axis.loglog(sizes, values[2] * np.array(sizes) / sizes[2], "--", color="gray", label="proportional")
        axis.set(xlabel=label, ylabel="CPU s for 1 s simulated")
        axis.legend(frameon=False)
    axes[2].loglog(totals[large], dense[large, 1] / 2**20, "o-", color="black", label="measured")
    axes[2].loglog(totals[large], 16 * totals[large] / 2**20, "--", color="gray", label="16 bytes a synapse")
    axes[2].set(xlabel="synapses, all to all", ylabel="memory of the process (MiB)")
    axes[2].legend(frameon=False)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    drawing.savefig(figure, dpi=150)


if __name__ == "__main__":
    if sys.argv[1] == "point":
        print(json.dumps(point(*map(int, sys.argv[2:]))))
    else:
        main(sys.argv[1])
