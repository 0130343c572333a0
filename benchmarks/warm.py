"""The cost of a warm `zoo run`, with a cached program and a changed parameter: python -m benchmarks.warm

Every command is a separate process, alternating with `import brian2` alone. The table has medians: CPU seconds (user and
system, including the program), CPU seconds beyond the import, wall seconds, and those of the program. Python keeps the
bytecode of modules, as after an installation. Without names all experiments run that are no sweeps: python -m benchmarks.warm
hh_grid encodings
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
IMPORT = [sys.executable, "-c", "import brian2"]

# A field that the equations declare, data of the program, or another seed.
CHANGED = {
    "adaptive_exponential": "--seed={}",
    "basal_ganglia": "--I_mean=7.{}",
    "encodings": "--seed={}",
    "fi_curve": "--seed={}",
    "firing_patterns": "--seed={}",
    "fitzhugh_nagumo": "--amplitude=1.0{}",
    "hh_grid": "--w_EI={}*usiemens",
    "hh_mnist_grid": "--pretrained=true --seed={}",
    "hodgkin_huxley": "--amplitude=1{}*uA/cm**2",
    "izhikevich": "--a=0.02{}",
    "izhikevich_nuclei": "--seed={}",
    "izhikevich_patterns": "--seed={}",
    "izhikevich_population": "--w_sd=0.4{}",
    "leaky_integrate_and_fire": "--tau_m=1{}*ms",
    "morris_lecar": "--amplitude=9{}*uA/cm**2",
    "phase_plane": "--seed={}",
    "single_neuron": "--seed={}",
    "two_populations": "--seed={}",
}


def spent(command):
    """CPU and wall seconds of a command."""
    start = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = os.posix_spawn(
        command[0], command, {**environment, "PYTHONPATH": str(Path(__file__).parents[1])},
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )  # fmt: skip
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} fails")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start


def main(*names):
    print("| zoo run | CPU s | beyond import brian2 | wall s | of it the program |\n|---|---|---|---|---|")
    imports = []
    for name in names or CHANGED:
        found, own = [], []
        with tempfile.TemporaryDirectory() as folder:
            for number in range(-1, RUNS):  # the first one compiles
                options = CHANGED[name].format(number + 2).split()
                command = [sys.executable, "-m", "zoo", "run", name, *options, "--out", folder]
                found.append(spent(command))
                own.append(json.loads((Path(folder) / "run.json").read_text())["seconds"]["run"])
                imports.append(spent(IMPORT))
        cpu, wall = (statistics.median(part) for part in zip(*found[1:], strict=True))
        program, alone = statistics.median(own[1:]), statistics.median(cpu for cpu, _ in imports)
        print(f"| {name} | {cpu:.2f} | {cpu - alone:.2f} | {wall:.2f} | {program:.2f} |", flush=True)
    cpu, wall = (statistics.median(part) for part in zip(*imports, strict=True))
    print(f"| import brian2 | {cpu:.2f} | | {wall:.2f} | |")
    for command in (["--help"], ["list"]):
        cpu, wall = (
            statistics.median(part)
            for part in zip(*(spent([sys.executable, "-m", "zoo", *command]) for _ in range(RUNS)), strict=True)
        )
        print(f"| zoo {command[0]} | {cpu:.2f} | | {wall:.2f} | |")


if __name__ == "__main__":
    main(*sys.argv[1:])
