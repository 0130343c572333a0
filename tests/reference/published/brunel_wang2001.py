"""Makes brunel_wang2001.json.   usage: brunel_wang2001.py OUT.json PROGRAM TRIALS

PROGRAM is brunel_wang2001.cpp, compiled with g++ -O3 -march=native -ffast-math. The protocols: no cue, a cue of 100 Hz, and the
cue with a distractor of 100 Hz.
"""

import json
import subprocess
import sys

out, program, trials = sys.argv[1:]
names = [f"{population}_{window}" for window in ("before", "delay", "late") for population in ("S1", "S2", "S3", "others", "inhibitory")]
result = dict(model="Brunel & Wang 2001", simulator="brunel_wang2001.cpp, dt .1 ms", windows_ms=dict(before=[500, 1000], delay=[2000, 3000], late=[4000, 5000]), protocols={})
for cue, distractor in ((0, 0), (100, 0), (100, 100)):
    lines = subprocess.run([program, "1", trials, str(cue), str(distractor)], capture_output=True, text=True, check=True).stdout.splitlines()
    rows = {line.split()[0]: dict(zip(names, map(float, line.split()[1:]), strict=True)) for line in lines}
    result["protocols"][f"{cue} {distractor}"] = dict(mu_cue=cue, mu_distractor=distractor, seeds=rows)
with open(out, "w") as file:
    json.dump(result, file, separators=(",", ":"))
