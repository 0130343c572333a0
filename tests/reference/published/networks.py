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

#: sigma in ms -> numbers of spikes of packets, of 10 chains each
SIZES = {"0": (36, 42, 48, 54, 60), "2": (46, 54, 62, 70, 78), "3": (50, 62, 74, 86, 98)}
#: key -> model, total ms, numbers of the program
RUNS = {
    "cobahh": ("cobahh", 5000, ["0.02"]),
    **{f"brunel_hakim {sigma}": ("brunel_hakim", 2200, ["25", sigma, "0.1", "2"]) for sigma in ("1", "2.5", "5")},
    **{
        f"synfire {sigma}": ("synfire", 130, ["10", *(text for a in sizes for text in (str(a), sigma))])
        for sigma, sizes in SIZES.items()
    },
    "uniform": ("clusters", 9000, ["1", "1", "0", "0", "0", "0", "1"]),
    "clustered": ("clusters", 9000, ["2.5", "1.9", "0", "0", "0", "0", "1"]),
    "stimulated": ("clusters", 21000, ["2.5", "1.9", "0.07", "5", "1500", "500", "1000"]),
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


def synfire(t, i, total, sizes):
    """The size of which half survive: more than half of the cells of the last group fire from 85 ms on."""
    late = (i // 100 % 10 == 9) & (t > 85)
    alive = np.bincount(i[late] // 1000, minlength=10 * len(sizes)).reshape(len(sizes), 10) > 50
    survived = alive.mean(axis=1)
    step = sizes[1] - sizes[0]
    half = sizes[-1] + step / 2 - step * survived.sum()  # Spearman and Kaerber: none survive below, all above the sizes
    return dict(half=r(half), survived=survived.tolist())


def clusters(t, i, total):
    """Rates of both populations, the distribution of rates of E, and Fano factors of E in windows, from 1 s on."""
    found = {}
    for name, own, n, first in (("E", i < 4000, 4000, 0), ("I", i >= 4000, 1000, 4000)):
        rate, cv, _, _ = rates_cv(t[own], i[own] - first, n, 1000, total)
        found |= {f"rate_{name}": r(rate), f"cv_{name}": r(cv)}
    for window in (25, 50, 100, 200, 400):
        counts = counted(t, i, 4000, np.arange(1000, total + 1e-9, window))
        found[f"fano_{window}"] = r(fano_of(counts))
    return found


def stimulated(t, i, total):
    """Fano factors over trials of the cells in stimulated clusters, in windows of 100 ms before and during the stimulus.

    Trials last 1 s and start at 1 s; the stimulus is on in their second half.
    """
    found = {}
    for name, starts in (("before", (200, 300, 400)), ("during", (600, 700, 800))):
        windows = [[counted(t, i, 400, [a + s, a + s + 100])[:, 0] for a in range(1000, int(total), 1000)] for s in starts]
        found[f"fano_{name}"] = r(np.mean([fano_of(np.array(window).T) for window in windows]))
        found[f"rate_{name}"] = r(np.mean(windows) / 0.1)
    return found


def counted(t, i, n, edges):
    """The spikes of the first n cells between adjacent edges, cells by windows."""
    return np.histogram2d(i, t, [np.arange(n + 1) - 0.5, np.asarray(edges) + 1e-4])[0]


def fano_of(counts):
    """The mean over active cells of variance over mean."""
    active = counts[counts.any(axis=1)]
    return float((active.var(axis=1) / active.mean(axis=1)).mean())


MEASURES = dict(clusters=clusters, stimulated=stimulated, cobahh=cobahh, brunel_hakim=brunel_hakim, synfire=synfire)


def main(path, key, seeds):
    model, total, numbers = RUNS[key]
    more = (SIZES[key.split()[1]],) if model == "synfire" else ()
    path = Path(path)
    found = json.loads(path.read_text()) if path.exists() else dict(simulator="C++, networks.cpp", runs={})
    about = dict(sigma=float(key.split()[1]), a=more[0]) if more else dict(numbers=" ".join(numbers))
    runs = found["runs"].setdefault(key, dict(model=model, total_ms=total, **about, seeds={}))["seeds"]
    with tempfile.TemporaryDirectory() as folder:
        program, spikes = f"{folder}/networks", f"{folder}/spikes"
        source = Path(__file__).with_name("networks.cpp")
        subprocess.run(["g++", "-O3", "-march=native", "-ffast-math", "-o", program, source], check=True)
        for seed in seeds.split(","):
            subprocess.run([program, model, seed, str(total), spikes, *numbers], check=True)
            data = np.fromfile(spikes, dtype=[("t", "f4"), ("i", "i4")])
            runs[seed] = MEASURES["stimulated" if key == "stimulated" else model](data["t"].astype(float), data["i"], total, *more)
            print(key, seed, runs[seed], flush=True)
            path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
