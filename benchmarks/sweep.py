"""The cost of a sweep beyond the programs that it runs: python -m benchmarks.sweep FIGURE.png [points]

By default a thousand points of an Izhikevich network whose program takes 10 ms of CPU time; a search sets its duration.
Measured are CPU (user and system) and wall seconds of the sweep with one and two processes, from the start of Python to the
table, against those of the binaries alone, started one after the other in existing folders and with the same results. Each
runs three times, alternately, and again for fewer points; the figures are medians.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from brian2 import second

from zoo.device.values import write_parameters
from zoo.engine.program import program
from zoo.experiments.izhikevich_population import record
from zoo.models.izhikevich_population import IzhikevichPopulation

NAME, N, WANTED = "izhikevich_population", 200, 10e-3
ROUNDS = 3


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def binaries(built, count, duration):
    """CPU and wall seconds of `count` runs of the program itself."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(seed) for seed in range(count)]
        for seed, folder in enumerate(folders):
            (folder / "results").mkdir(parents=True)
            (folder / "static_arrays").symlink_to(built.project / "static_arrays")
            write_parameters(folder, built.defaults, seed, duration * second)
        binary, environment = built.binary(), built.environment()
        before, start = cpu(), time.perf_counter()
        for folder in folders:
            subprocess.run([binary, "--results_dir", "results/"], cwd=folder, env=environment, check=True,
                           stdout=subprocess.DEVNULL)  # fmt: skip
        return cpu() - before, time.perf_counter() - start


def swept(count, duration, jobs):
    """CPU and wall seconds of a sweep in a separate process, including its start."""
    folder = tempfile.mkdtemp()
    command = [sys.executable, "-m", "zoo", "sweep", NAME, "--I_0", f"5:9:{count}", "--n", str(N)]
    command += ["--duration", f"{duration}*second", "--jobs", str(jobs), "--out", f"{folder}/out"]
    before, start = cpu(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = cpu() - before, time.perf_counter() - start
    shutil.rmtree(folder)
    return found


def sought(built):
    """The duration of a run of WANTED seconds of CPU time, part of which does not depend on it."""
    short, long = (
        statistics.median(binaries(built, 40, duration)[0] / 40 for _ in range(3)) for duration in (0.1, 1.0)
    )
    return round(0.1 + 0.9 * (WANTED - short) / (long - short), 2)


def main(figure, most=1000):
    counts = [count for count in (30, 100, 300, 1000, 3000, 10_000) if count < most] + [most]
    with program(IzhikevichPopulation(n=N), 1 * second, record) as built:
        duration = sought(built)
        swept(2, duration, 1)  # compiles
        swept(2, duration, 2)
        print(f"{NAME} with {N} cells for {duration} s; {os.cpu_count()} cores", flush=True)
        found = []
        for count in counts:
            rounds = []
            for _ in range(ROUNDS):
                rounds.append([binaries(built, count, duration), swept(count, duration, 1), swept(count, duration, 2)])
            alone, one, two = np.median(rounds, axis=0)
            each = np.array(rounds)
            ratio = np.median(each[:, 1, 0] / each[:, 0, 0])
            faster = np.median(each[:, 1, 1] / each[:, 2, 1])
            found.append((ratio, faster, os.getloadavg()[0]))
            print(
                f"{count} points, load {os.getloadavg()[0]:.1f}: binaries {alone[0]:.2f} CPU s, {alone[1]:.2f} s; one job "
                f"{one[0]:.2f} CPU s ({ratio:.2f} times), {one[1]:.2f} s; two jobs {two[0]:.2f} CPU s, {two[1]:.2f} s "
                f"({faster:.2f} times as fast)",
                flush=True,
            )
    draw(figure, counts, *np.transpose(found))


def draw(figure, counts, ratios, faster, loads):
    drawing, axes = plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained")
    for axis, values, goal, height, label in (
        (axes[0], ratios, 1.5, 6, "CPU time of the sweep\n(times that of its programs)"),
        (axes[1], faster, 1.8, -14, "two jobs against one\n(times as fast)"),
    ):
        axis.semilogx(counts, values, "o-", color="black", label="measured")
        axis.axhline(goal, color="gray", linestyle="--", label=f"goal for 1000 points: {goal}")
        axis.set(xlabel="points of 10 ms", ylabel=label, ylim=(0, 1.12 * max(goal, *values)), xticks=counts)
        axis.minorticks_off()
        axis.set_xticklabels([f"{count:,}" for count in counts])
        for count, value in zip(counts, values, strict=True):
            axis.annotate(
                f"{value:.2f}", (count, value), (10, height), textcoords="offset points", ha="center", fontsize=9
            )
        axis.set_title(f"load average {min(loads):.1f} to {max(loads):.1f} on {os.cpu_count()} cores", fontsize=9)
        axis.legend(frameon=False, loc="lower left")
        axis.spines[["top", "right"]].set_visible(False)
    drawing.savefig(figure, dpi=150)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
