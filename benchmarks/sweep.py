"""What a sweep costs beyond the programs that it runs: python benchmarks/sweep.py [points]

A thousand points, by default, of an Izhikevich network whose program takes about 10 ms: CPU and wall seconds of the sweep with
one and two processes, everything included, against those of the binaries alone, started one after the other.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from zoo.program import program, write_parameters

NAME, COMMON = "izhikevich_population", {"n": "200", "duration": "100*ms"}


def binaries(count):
    """CPU and wall seconds of `count` runs of the program itself."""
    from brian2 import ms

    from experiments.izhikevich_population import record
    from models.izhikevich_population import IzhikevichPopulation

    with program(IzhikevichPopulation(n=200), 100 * ms, record) as built, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "static_arrays").symlink_to(built.project / "static_arrays")
        (folder / "results").mkdir()
        binary = built.binary()
        before, start = _cpu(), time.perf_counter()
        for seed in range(count):
            write_parameters(folder, built.defaults, seed, built.duration)
            subprocess.run([binary, "--results_dir", "results/"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return _cpu() - before, time.perf_counter() - start


def swept(count, jobs):
    """CPU and wall seconds of a sweep in a process of its own, its start included."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "zoo", "sweep", NAME, "--I_0", f"5:9:{count}", "--jobs", str(jobs)]
        for name, text in COMMON.items():
            command += [f"--{name}", text]
        before, start = _cpu(), time.perf_counter()
        subprocess.run([*command, "--out", folder + "/out"], check=True, stdout=subprocess.DEVNULL)
        return _cpu() - before, time.perf_counter() - start


def _cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(count=1000):
    swept(2, 1)  # compiles
    own, wall = binaries(count)
    print(
        f"{count} programs alone: {own:.2f} CPU s, {wall:.2f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    one = swept(count, 1)
    two = swept(count, 2)
    for jobs, (cpu, seconds) in ((1, one), (2, two)):
        print(f"sweep, {jobs} jobs: {cpu:.2f} CPU s, {cpu / own:.2f} times those of the programs; {seconds:.2f} s")
    print(f"two jobs are {one[1] / two[1]:.2f} times as fast as one")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
