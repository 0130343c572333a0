"""Potjans & Diesmann 2014 by own C++.   usage: pd14_own.py OUT.json SEEDS N_scale K_scale warm_ms record_ms poisson|dc

Besides means it writes how rate, CV and correlation are distributed over cells and pairs in the first half of the seeds
(quantiles of all together), and the Kolmogorov-Smirnov distance of each of the other seeds from these.
"""

import json
import subprocess
import sys

import numpy as np
from metrics import fano, r, rates_cv

NAMES = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
LEVELS = (np.arange(200) + 0.5) / 200
PAIRED = 200  # cells whose pairs are correlated, in bins of 2 ms


def summary(t, i, n, t0, t1):
    out = {}
    a = 0
    for name, m in zip(NAMES, n):
        k = (i >= a) & (i < a + m)
        rate, cv, used, silent = rates_cv(t[k], i[k] - a, m, t0, t1)
        out[name] = dict(rate=r(rate), cv=r(cv), n_cv=used, silent=r(silent), fano_3ms=r(fano(t[k], t0, t1)))
        a += m
    return out


def samples(t, i, n, t0, t1):
    """Population -> measure -> its values for all cells, or pairs."""
    out = {}
    a = 0
    for name, m in zip(NAMES, n):
        k = (i >= a) & (i < a + m) & (t >= t0 - 1e-3) & (t < t1 - 1e-3)
        tt, ii = t[k].astype(float), i[k] - a
        order = np.lexsort((tt, ii))
        tt, ii = tt[order], ii[order]
        count = np.bincount(ii, minlength=m)
        cvs = []
        for train in np.split(tt, np.cumsum(count)[:-1]):
            if len(train) >= 6:
                x = np.diff(train)
                cvs.append(x.std() / x.mean())
        paired = min(PAIRED, m)
        bins = round((t1 - t0) / 2)
        own = ii < paired
        place = np.floor((tt[own] - t0) / 2 + 1e-4).astype(int)
        counts = np.zeros((paired, bins))
        np.add.at(counts, (ii[own], np.minimum(place, bins - 1)), 1)
        counts = counts[counts.std(axis=1) > 0]
        out[name] = dict(rate=count / (t1 - t0) * 1e3, cv=np.array(cvs), correlation=np.corrcoef(counts)[np.triu_indices(len(counts), 1)])
        a += m
    return out


def distance(one, two):
    x = np.sort(np.concatenate([one, two]))
    return float(np.abs(np.searchsorted(np.sort(one), x, "right") / len(one) - np.searchsorted(np.sort(two), x, "right") / len(two)).max())


if __name__ == "__main__":
    path, seeds, ns, ks, warm, rec, kind = sys.argv[1:8]
    res = dict(model="Potjans & Diesmann 2014", simulator="own C++ pd14.cpp, dt .1 ms", n_scale=float(ns), k_scale=float(ks), input=kind, warm_ms=float(warm), record_ms=float(rec), runs={})
    seen = {}
    for s in seeds.split(","):
        o = subprocess.run(["work/pd14", s, ns, ks, str(float(warm) + float(rec)), "work/pd.bin", kind], capture_output=True, text=True, check=True)
        info = json.loads(o.stdout)
        d = np.fromfile("work/pd.bin", dtype=[("t", "f4"), ("i", "i4")])
        window = float(warm), float(warm) + float(rec)
        res["sizes"], res["synapses"] = info["n"], info["synapses"]
        res["runs"][s] = summary(d["t"], d["i"], info["n"], *window)
        seen[s] = samples(d["t"], d["i"], info["n"], *window)
        print(s, {k: (v["rate"], v["cv"]) for k, v in res["runs"][s].items()}, info, flush=True)
    pooled, others = list(seen)[: len(seen) // 2], list(seen)[len(seen) // 2 :]
    if pooled:
        res["pooled"] = {name: {of: [r(q) for q in np.quantile(np.concatenate([seen[s][name][of] for s in pooled]), LEVELS)] for of in ("rate", "cv", "correlation")} for name in NAMES}
        res["distances"] = {s: {name: {of: r(distance(seen[s][name][of], res["pooled"][name][of])) for of in ("rate", "cv", "correlation")} for name in NAMES} for s in others}
    json.dump(res, open(path, "w"), indent=1)
