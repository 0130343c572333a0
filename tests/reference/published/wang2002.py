"""Adds trials to wang2002.json.   usage: wang2002.py OUT.json FIRST_SEED coherence:trials ...

The program is wang2002.cpp, compiled with g++ -O3 -march=native -ffast-math as work/wang2002. The file was made with the first
seed 1 and 0:16 6.4:16 12.8:20 25.6:12 51.2:6, and then with the first seed 101 and 25.6:20.
"""

import json
import subprocess
import sys

path, first = sys.argv[1], int(sys.argv[2])
try:
    res = json.load(open(path))
except FileNotFoundError:
    res = dict(model="Wang 2002 decision network", simulator="own C++ wang2002.cpp, dt .1 ms", columns=["seed", "winner 1/2/0", "decision ms after onset (50 ms window > 15 Hz)", "pre A B nonsel I Hz (500-1000)", "stimulus end A B nonsel I Hz (2500-3000)", "delay A B Hz (3500-4000)"], coherence={})
for spec in sys.argv[2:][1:]:
    c, n = spec.split(":")
    out = subprocess.run(["work/wang2002", str(first), n, c], capture_output=True, text=True, check=True).stdout
    rows = res["coherence"].get(c, {}).get("rows", [])
    for line in out.splitlines():
        x = line.split()
        rows.append([int(x[0]), int(x[1]), float(x[2]), [float(q) for q in x[4:8]], [float(q) for q in x[9:13]], [float(q) for q in x[14:16]]])
    w = [q for q in rows if q[1]]
    res["coherence"][c] = dict(trials=len(rows), decided=len(w), fraction_A=round(sum(q[1] == 1 for q in w) / max(1, len(w)), 4),
                               mean_decision_ms=round(sum(q[2] for q in w) / max(1, len(w)), 1), rows=rows)
    print(c, {k: v for k, v in res["coherence"][c].items() if k != "rows"}, flush=True)
    json.dump(res, open(path, "w"), separators=(",", ":"))
