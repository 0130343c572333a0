"""Speed of the backend cuda over the size of networks, against the processor of the same machine.

    python benchmarks/gpu.py [--minutes 3.5] [--out results/gpu.md] [--backend cuda] [--quick]

For every network: seconds to build; seconds of the simulation loop for each simulated second on the GPU, on one core (`cpp`,
and at one size `cpp-stock`, Brian2's device), and on all cores as independent runs; memory on the GPU. Programs are built
first, on all cores. Networks that do not fit into the minutes are left out and listed; the file is written after every
row. `--backend cpp --quick` tests the benchmark on a machine without a GPU.
"""

import argparse
import concurrent.futures
import contextlib
import multiprocessing
import os
import statistics
import sys
import threading
import time
from pathlib import Path

from brian2 import Network, NeuronGroup, SpikeMonitor, Synapses, ms, second

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.cobahh import COBAHH  # noqa: E402
from zoo import Model, datasets, program
from zoo.build import cuda_toolkit  # noqa: E402
from zoo.models.basal_ganglia import BasalGanglia  # noqa: E402
from zoo.models.hh_mnist_grid import HHMnistGrid  # noqa: E402

#: The longest loop on a processor, in seconds; the simulated time is shortened accordingly.
_PATIENCE = 10


class Izhikevich2003(Model):
    """E. M. Izhikevich (2003), IEEE Trans. Neural Networks 14:1569, with 1000 synapses per neuron at every size."""

    n: int = 1000
    synapses_each: int = 1000
    dt: second = 0.5 * ms

    def build(self):
        excitatory = int(0.8 * self.n)
        cells = NeuronGroup(
            self.n,
            """
            dv/dt = (0.04*v**2 + 5*v + 140 - u + I + noise*xi*sqrt(ms))/ms : 1
            du/dt = a*(b*v - u)/ms : 1
            dI/dt = -I/(1*ms) : 1
            a : 1 (constant)
            b : 1 (constant)
            c : 1 (constant)
            d : 1 (constant)
            noise : 1 (constant)
            w : 1 (constant)
            """,
            threshold="v >= 30", reset="v = c; u += d", method="euler", name="cells",
        )  # fmt: skip
        is_e = f"int(i < {excitatory})"
        cells.a = f"0.02 + (1 - {is_e})*0.08*rand()"
        cells.b = f"0.25 - 0.05*{is_e} - (1 - {is_e})*0.05*rand()"
        cells.c = f"-65 + {is_e}*15*rand()**2"
        cells.d = f"2 + {is_e}*6*(1 - rand()**2)"
        cells.noise = f"2 + 3*{is_e}"
        cells.w = f"({is_e}*0.5 - (1 - {is_e}))*rand()*1000.0/{self.synapses_each}"
        cells.v = -65
        cells.u = "b*v"
        synapses = Synapses(cells, cells, on_pre="I_post += w_pre", delay=1 * ms, name="synapses")
        synapses.connect(p=min(1.0, self.synapses_each / self.n))
        return Network(cells, synapses)


def learning(n):
    return HHMnistGrid.tuned(n=n, n_images=2)


#: Network -> the model of a size, sizes, the group whose spikes are recorded, simulated seconds.
NETWORKS = {
    "Izhikevich, n": (lambda n: Izhikevich2003(n=n), (1000, 10_000, 100_000, 1_000_000), "cells", 1.0),
    "COBAHH, n": (lambda n: COBAHH(n=n), (4000, 40_000, 400_000), "cells", 1.0),
    "basal ganglia, x": (lambda scale: BasalGanglia(scale=scale), (1, 3, 10), "neurons", 1.0),
    "HH grid that learns, n": (learning, (10, 30, 100), "excitatory", 0.7),
}
#: No processor is measured above these sizes: creating the network takes minutes, or more memory than all cores have.
CPU_MOST = {"Izhikevich, n": 100_000, "COBAHH, n": 400_000, "basal ganglia, x": 3, "HH grid that learns, n": 30}
#: The sizes at which Brian2's C++ device is measured as well.
STOCK = ("Izhikevich, n", 100_000)


def built(name, size, backend):
    """A context with the program; a compiled one comes from the cache."""
    make, _, group, duration = NETWORKS[name]

    def record(network):
        return [SpikeMonitor(network[group], name="spikes")]

    return program(make(size), duration * second, record, backend=backend)


def build(name, size, backend):
    """Compile; returns the seconds it took, or the error."""
    try:
        with built(name, size, backend) as p:
            return p.build_seconds
    except Exception as error:
        return str(error)


def loop(p, duration, values, seed=1):
    """Seconds of the simulation loop per simulated second, and spikes."""
    found = []
    execute = p._execute

    def followed(folder, *arguments):
        said = execute(folder, *arguments)
        info = folder / "results/last_run_info.txt"
        found.append(float(info.read_text().split()[0]) if info.exists() else float("nan"))
        return said

    p._execute = followed
    try:
        result = p.run(values, seed=seed, duration=duration * second, show=lambda fraction: None)
    finally:
        del p._execute
    return found[0] / duration, int(result["spikes.count"].sum() / duration)


def measured(name, size, backend, longest=None):
    """Seconds per simulated second (median of three for short runs), spikes per second, and seconds of a whole run."""
    duration = NETWORKS[name][3]
    with built(name, size, backend) as p:
        values = _values(p.model)
        start = time.monotonic()
        if longest:  # a first estimate from a twentieth
            first, _ = loop(p, duration / 20, values)
            duration = min(duration, max(duration / 20, longest / max(first, 1e-9)))
        runs = [loop(p, duration, values)]
        whole = time.monotonic() - start
        if whole < 2:
            runs += [loop(p, duration, values) for _ in range(2)]
    return statistics.median(one for one, _ in runs), runs[0][1], whole


def on_all_cores(name, size, cores, most):
    """Seconds per simulated second when all cores run, divided by their number."""
    duration = NETWORKS[name][3]
    with built(name, size, "cpp") as p, concurrent.futures.ThreadPoolExecutor(cores) as pool:
        values = _values(p.model)
        first, _ = loop(p, duration / 20, values)
        duration = min(duration, max(duration / 20, most / max(first, 1e-9)))
        times = []
        execute = p._execute

        def followed(folder, *arguments):
            said = execute(folder, *arguments)
            times.append(float((folder / "results/last_run_info.txt").read_text().split()[0]))
            return said

        p._execute = followed
        list(
            pool.map(
                lambda seed: p.run(values, seed=seed, duration=duration * second, show=lambda fraction: None),
                range(cores),
            )
        )
    return statistics.mean(times) / duration / cores


def _values(model):
    return model.shown(datasets.load("digits", "train").images[:2]) if hasattr(model, "shown") else {}


@contextlib.contextmanager
def memory():
    """A list whose last element is the largest memory in use on the GPU during the block, in MB."""
    most, over = [0], threading.Event()

    def look():
        while not over.wait(0.2):
            cuda_toolkit.said.cache_clear()
            text = cuda_toolkit.said("nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits")
            most.append(max(most[-1], *(int(word) for word in text.split() if word.isdigit()), 0))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


HEAD = (
    "network",
    "size",
    "build (s)",
    "GPU",
    "spikes/s",
    "GPU memory (MB)",
    "one core",
    "all cores",
    "stock C++",
    "GPU : core",
    "GPU : all",
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=3.5)
    parser.add_argument("--out", type=Path, default=Path("results/gpu.md"))
    parser.add_argument("--backend", default="cuda")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    cores = os.cpu_count()
    rows = [
        (name, size) for name, (_, sizes, *_) in NETWORKS.items() for size in (sizes[:1] if options.quick else sizes)
    ]
    on_cpu = [row for row in rows if row[1] <= CPU_MOST[row[0]]]
    wanted = (
        [(*row, options.backend) for row in rows]
        + [(*row, "cpp") for row in on_cpu]
        + [(*row, "cpp-stock") for row in rows if row == STOCK]
    )
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(cores, mp_context=context) as pool:
        times = dict(zip(wanted, pool.map(build, *zip(*wanted, strict=True)), strict=True))
    print(f"built {len(wanted)} programs", flush=True)
    lines = [HEAD, ["---"] * len(HEAD)]
    left_out = []

    gpu_here = cuda_toolkit.gpu()
    note = f"Seconds per simulated second. GPU: {gpu_here.name if gpu_here else 'none'}; {cores} cores.\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)

    def say(line):
        lines.append([f"{part:.3g}" if isinstance(part, float) else str(part) for part in line])
        print(" | ".join(lines[-1]), flush=True)
        write(note)

    def write(note):
        options.out.write_text(f"{note}\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines))

    # Small sizes of all networks first, so that the largest are left out when time runs out.
    for name, size in sorted(rows, key=lambda row: NETWORKS[row[0]][1].index(row[1])):
        took = times[name, size, options.backend]
        if isinstance(took, str):
            say([name, size, took, *[""] * (len(HEAD) - 3)])
            continue
        if time.monotonic() > end - 15:
            left_out.append(f"{name} {size}")
            continue
        try:
            with memory() as most:
                gpu, spikes, _ = measured(name, size, options.backend)
            core = everything = stock = None
            if (name, size) in on_cpu and time.monotonic() < end - 2 * _PATIENCE:
                core = measured(name, size, "cpp", _PATIENCE / 2)[0]
                everything = on_all_cores(name, size, cores, _PATIENCE / 4)
            if (name, size) == STOCK and time.monotonic() < end - 2 * _PATIENCE:
                stock = measured(name, size, "cpp-stock", _PATIENCE)[0]
        except Exception as error:
            say([name, size, took, f"fails: {error}", *[""] * (len(HEAD) - 4)])
            continue
        ratios = [number / gpu if number else "-" for number in (core, everything)]
        say([name, size, took, gpu, spikes, most[-1], core or "-", everything or "-", stock or "-", *ratios])
    if left_out:
        note += f"No time was left for: {', '.join(left_out)}.\n"
    write(note)
    print(f"\n{note}wrote {options.out}")


if __name__ == "__main__":
    main()
