"""Makes compte2000.json.   usage: compte2000.py OUT.json PROGRAM TRIALS

PROGRAM is compte2000.cpp, compiled with g++ -O3 -march=native -ffast-math.
"""

import json
import subprocess
import sys

out, program, trials = sys.argv[1:]
lines = subprocess.run([program, "1", trials, "200", "4000"], capture_output=True, text=True, check=True).stdout.splitlines()
result = dict(model="Compte et al. 2000", simulator="compte2000.cpp, dt .1 ms", cue_pA=200, seeds={})
for line in lines:
    seed, e, i, *late = line.split()
    windows = [list(map(float, late[k : k + 6])) for k in range(0, len(late), 6)]  # 1.5-2, ..., 3.5-4 s
    first, last = windows[0], windows[-1]
    result["seeds"][seed] = dict(
        excitatory_before=float(e), inhibitory_before=float(i), excitatory_late=last[0], inhibitory_late=last[1], length_late=last[3],
        peak_late=last[4], far_late=last[5], drift=round(abs((last[2] - first[2] + 180) % 360 - 180), 3),
    )
with open(out, "w") as file:
    json.dump(result, file, separators=(",", ":"))
