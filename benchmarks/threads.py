"""One thread against two of the backend `cpp`: wall and CPU seconds, and whether all spikes are the same.

    python -m benchmarks.threads [pairs [names]]

Both runs are of one program and alternate. "loop" is the wall time of the simulation as the program measures it, without
set-up; CPU seconds, user and system, are of the whole process. The numbers are medians, and medians of the ratios of pairs.
With the default of three pairs all networks take some five minutes on two free cores; the largest needs 4 GiB.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from brian2 import SpikeMonitor, second

from benchmarks.cobahh import COBAHH
from benchmarks.scaling import Scaled
from benchmarks.usual import UsualLIFMnistGrid
from zoo import datasets
from zoo.build import compiler
from zoo.device import values
from zoo.engine.export import export
from zoo.engine.program import program
from zoo.models.brunel_2000 import Brunel2000
from zoo.models.hh_grid import HHGrid
from zoo.models.izhikevich_population import IzhikevichPopulation
from zoo.models.potjans_diesmann import PotjansDiesmann
from zoo.models.song_2000 import Song2000
from zoo.models.vogels_2011 import Vogels2011
from zoo.network import binding

# Loops of the largest networks are long enough with one pair.
FEW = {"10^5 cells x 1000 synapses"}

WORKLOADS = {
    "izhikevich_population": lambda: (IzhikevichPopulation(), "cells", 2, {}),
    "COBAHH 4000": lambda: (COBAHH(), "cells", 2, {}),
    "hh_grid n 20": lambda: (HHGrid(n=20), "cells", 2, {}),
    "Brunel 12,500": lambda: (Brunel2000(), "cells", 0.5, {}),
    "Potjans and Diesmann / 5": lambda: (PotjansDiesmann(n_scale=0.2, k_scale=0.2), "cells", 1, {}),
    "10^5 cells x 1000 synapses": lambda: (Scaled(n=100_000, k=1000), "cells", 0.5, {}),
    "STDP, 784 -> 400": lambda: _learning(UsualLIFMnistGrid(n=20, n_images=20)),
    "song_2000": lambda: (Song2000(), "neuron", 10, {}),
    "vogels_2011": lambda: (Vogels2011(), "cells", 2, {}),
}


def _learning(model):
    images = datasets.load("digits", "train").first(model.n_images)
    return model, "excitatory", float(model.n_images * model.presentation), model.shown(images.images)


def run(folder, arguments, threads, spikes):
    """Wall seconds of the loop, CPU seconds of the process, and the contents of the files `spikes`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "ZOO_OUTPUTS": "\n".join(["last_run_info.txt", *spikes])}
    subprocess.run(["./main", *arguments, f"threads={threads}"], cwd=folder, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    loop = float((folder / "results/last_run_info.txt").read_text().split()[0])
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return loop, cpu, [(folder / "results" / name).read_bytes() for name in spikes]


def main(pairs="3", *names):
    print(f"{compiler.identity()[1]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    head = ("loop, s", "with two", "ratio", "CPU, s", "with two", "ratio")
    print(f"{'':28}" + "".join(f"{text:>10}" for text in head) + "   spikes")
    for name, workload in WORKLOADS.items():
        if names and not any(part in name for part in names):
            continue
        model, group, duration, given = workload()
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            record = lambda network: [SpikeMonitor(network[group], name="spikes")]  # noqa: B023, E731
            export(model, duration * second, record, folder, seed=1)
            arguments = []
            if given:
                with program(model, duration * second, record, compiled=False) as built:
                    arguments = values.write_values(folder, binding.checked(given, built.slots))
            subprocess.run(["make", "-s"], cwd=folder, check=True)
            files = json.loads((folder / "results.json").read_text())
            spikes = [files[key]["file"] for key in ("spikes.i", "spikes.t")]
            count = 1 if name in FEW else int(pairs)
            rows = [[run(folder, arguments, threads, spikes) for threads in (1, 2)] for _ in range(count)]
        loop, cpu = ([[one[k] for one in row] for row in rows] for k in (0, 1))
        same = all(row[0][2] == row[1][2] == rows[0][0][2] for row in rows)
        columns = []
        for times in (loop, cpu):
            columns += [statistics.median(one) for one in zip(*times, strict=True)]
            columns.append(statistics.median(one / two for one, two in times))
        count = len(rows[0][0][2][0]) // 4
        print(
            f"{name:28}"
            + "".join(f"{number:10.3f}" for number in columns)
            + f"   {count}, {'the same' if same else 'DIFFERENT'}",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
