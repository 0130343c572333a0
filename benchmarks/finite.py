"""The cost of checking the state variables while a program runs (zoo/codegen/include/finite.h): user CPU seconds of one thread.

    python -m benchmarks.finite [pairs [names]]

Each project is compiled with and without the checks, and both programs run alternately. The ratio is that of the sums over
all pairs; the error is the standard error of the paired ratios.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from brian2 import SpikeMonitor, second

from benchmarks.cobahh import COBAHH
from benchmarks.usual import UsualLIFMnistGrid
from zoo.engine.export import export
from zoo.engine.project import compile_project
from zoo.models.basal_ganglia import BasalGanglia
from zoo.models.hh_grid import HHGrid
from zoo.models.hodgkin_huxley import HodgkinHuxley
from zoo.models.izhikevich_population import IzhikevichPopulation

_CHECKS = re.compile(r"^.*zoo::finite::.*$", re.MULTILINE)


def workloads():
    """Name -> model, recorded group, simulated seconds."""
    return {
        "izhikevich_population": (IzhikevichPopulation(), "cells", 10),
        "hh_grid n 20": (HHGrid(n=20), "cells", 2),
        "basal_ganglia": (BasalGanglia(), "neurons", 2),
        "COBAHH": (COBAHH(), "cells", 2),
        "lif_mnist_grid, event-driven": (UsualLIFMnistGrid(n=20, n_images=57), "excitatory", 20),
        "hodgkin_huxley, one cell": (HodgkinHuxley(), "cells", 10),
    }


def programs(model, group, seconds, folder):
    """The folders of the program with the checks and of the program without them."""
    folders = [folder / "with", folder / "without"]
    for project in folders:
        project.mkdir()
    record = lambda network: [SpikeMonitor(network[group], name="spikes")]  # noqa: E731
    export(model, seconds * second, record, folders[0])
    shutil.copytree(folders[0], folders[1], dirs_exist_ok=True)
    main = folders[1] / "main.cpp"
    main.write_text(_CHECKS.sub("", main.read_text()))
    for project in folders:
        compile_project(project, type(model).__name__, "benchmark")
    return folders


def seconds_of(project):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(["./main"], cwd=project, env={**os.environ, "ZOO_OUTPUTS": "last_run_info.txt"}, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main(pairs="21", *names):
    for name, workload in workloads().items():
        if names and not any(part in name for part in names):
            continue
        with tempfile.TemporaryDirectory() as folder:
            folders = programs(*workload, Path(folder))
            times = np.array([[seconds_of(project) for project in folders] for _ in range(int(pairs))])
        cost = 100 * (np.median(times[:, 0]) / np.median(times[:, 1]) - 1)
        error = 100 * np.std(times[:, 0] / times[:, 1], ddof=1) / np.sqrt(len(times))
        best = 100 * (times[:, 0].min() / times[:, 1].min() - 1)
        print(
            f"{name:30} {np.median(times[:, 1]):7.3f} s  {cost:+5.1f} % +- {error:.1f}  (of the best runs {best:+5.1f} %)",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
