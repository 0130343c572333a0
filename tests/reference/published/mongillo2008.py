"""Makes mongillo2008.json.   usage: mongillo2008.py OUT.json PROGRAM TRIALS

PROGRAM is mongillo2008.cpp, compiled with g++ -O3 -march=native -ffast-math. Two means of the external input: 22.8 mV, where the
memory is silent, and 23.1 mV.
"""

import json
import subprocess
import sys

out, program, trials = sys.argv[1:]
windows = dict(before=[500, 1000], cue=[1000, 1350], delay=[1600, 2400], readout=[2500, 2800], late=[3000, 3500])
names = [f"{population}_{window}" for window in windows for population in ("S1", "S2", "others", "inhibitory")] + ["ux_S1", "ux_S2"]
result = dict(model="Mongillo, Barak & Tsodyks 2008", simulator="mongillo2008.cpp, dt .1 ms", windows_ms=windows, mu_E={})
for mu in ("22.8", "23.1"):
    lines = subprocess.run([program, "1", trials, "3500", mu], capture_output=True, text=True, check=True).stdout.splitlines()
    result["mu_E"][mu] = {line.split()[0]: dict(zip(names, map(float, line.split()[1:]), strict=True)) for line in lines}
with open(out, "w") as file:
    json.dump(result, file, separators=(",", ":"))
