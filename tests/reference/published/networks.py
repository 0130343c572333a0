"""Compiles and runs networks.cpp over seeds and writes the measures.   usage: networks.py OUT.json KEY SEEDS, KEY of RUNS

RUNS names the model, the length in ms and the numbers that the program receives. A second call adds its seeds to the file.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from metrics import fano, peak, r, rates_cv

#: key -> model, total ms, numbers of the program
RUNS = {
    "cobahh": ("cobahh", 5000, ["0.02"]),
}


def cobahh(t, i, total):
    found = {}
    for name, own, n, first in (("E", i < 3200, 3200, 0), ("I", i >= 3200, 800, 3200)):
        rate, cv, used, _ = rates_cv(t[own], i[own] - first, n, 500, total)
        found |= {f"rate_{name}": r(rate), f"cv_{name}": r(cv), f"n_cv_{name}": used}
    return found | {"fano_3ms": r(fano(t, 500, total))}


MEASURES = dict(cobahh=cobahh)


def main(path, key, seeds):
    model, total, numbers = RUNS[key]
    path = Path(path)
    found = json.loads(path.read_text()) if path.exists() else dict(simulator="C++, networks.cpp", runs={})
    runs = found["runs"].setdefault(key, dict(model=model, total_ms=total, numbers=" ".join(numbers), seeds={}))["seeds"]
    with tempfile.TemporaryDirectory() as folder:
        program, spikes = f"{folder}/networks", f"{folder}/spikes"
        source = Path(__file__).with_name("networks.cpp")
        subprocess.run(["g++", "-O3", "-march=native", "-ffast-math", "-o", program, source], check=True)
        for seed in seeds.split(","):
            subprocess.run([program, model, seed, str(total), spikes, *numbers], check=True)
            data = np.fromfile(spikes, dtype=[("t", "f4"), ("i", "i4")])
            runs[seed] = MEASURES[model](data["t"].astype(float), data["i"], total)
            print(key, seed, runs[seed], flush=True)
            path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
