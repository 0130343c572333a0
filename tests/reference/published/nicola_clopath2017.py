"""Makes nicola_clopath2017.json.   usage: nicola_clopath2017.py OUT.json PROGRAM NETWORKS NEURONS

PROGRAM is nicola_clopath2017.cpp, compiled with g++ -O3 -march=native -ffast-math.
"""

import json
import subprocess
import sys

out, program, networks, neurons = sys.argv[1:]
names = ("rms_before", "rms_learning", "rms_after", "rms_late", "rate_before", "rate_after", "norm")
lines = subprocess.run([program, "1", networks, neurons], capture_output=True, text=True, check=True).stdout.splitlines()
result = dict(model="Nicola & Clopath 2017, sine of 5 Hz", simulator="nicola_clopath2017.cpp, dt .05 ms", neurons=int(neurons))
result["seeds"] = {line.split()[0]: dict(zip(names, map(float, line.split()[1:]), strict=True)) for line in lines}
with open(out, "w") as file:
    json.dump(result, file, separators=(",", ":"))
