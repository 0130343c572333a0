"""Compiles and runs networks.cpp over seeds and writes the measures.   usage: networks.py OUT.json KEY SEEDS, KEY of RUNS

RUNS names the model, the length in ms and the numbers that the program receives. A second call adds its seeds to the file.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from metrics import fano, peak, psd, r, rates_cv

#: key -> model, total ms, numbers of the program
RUNS = {
    "cobahh": ("cobahh", 5000, ["0.02"]),
    **{f"brunel_hakim {sigma}": ("brunel_hakim", 2200, ["25", sigma, "0.1", "2"]) for sigma in ("1", "2.5", "5")},
}


def cobahh(t, i, total):
    found = {}
    for name, own, n, first in (("E", i < 3200, 3200, 0), ("I", i >= 3200, 800, 3200)):
        rate, cv, used, _ = rates_cv(t[own], i[own] - first, n, 500, total)
        found |= {f"rate_{name}": r(rate), f"cv_{name}": r(cv), f"n_cv_{name}": used}
    return found | {"fano_3ms": r(fano(t, 500, total))}


def brunel_hakim(t, i, total):
    """Rate, CV and peak; the power of the spectrum there is relative to that of independent Poisson trains."""
    rate, cv, _, _ = rates_cv(t, i, 5000, 200, total)
    f, power = psd(t, 200, total)
    bins = 1000  # of 0.5 ms, in a window
    poisson = rate * 5000 * 0.0005 * np.sum(np.hanning(bins) ** 2)  # of the counts in a bin, as psd has it
    band = (f >= 50) & (f <= 400)
    return dict(rate=r(rate), cv=r(cv), peak=r(peak(t, 200, total, 50, 400)[0]), power=r(power[band].max() / poisson))


MEASURES = dict(cobahh=cobahh, brunel_hakim=brunel_hakim)


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
