"""The patterns of Mihalaş and Niebur (2009), event by event: exact propagators, spikes by bisection.

Steps of 0.01 ms bracket a crossing of the threshold; the propagator is the exponential of the system's matrix. A crossing
that reverses within a step would be missed.   usage: mihalas_niebur.py OUT.json
"""

import json
import sys

import numpy as np
from scipy.linalg import expm

# 1/ms, mV, mV/ms (= V/s); 1e-3 for rates that the paper has in 1/s.
K_1, K_2, G, B = 0.2, 0.02, 0.05, 0.01
E_L, V_R, THETA_R, THETA_INF, R_1, R_2 = -70.0, -70.0, -60.0, -50.0, 0.0, 1.0
STEP = 0.01
PATTERNS = {  # a (1/s), A_1, A_2 (V/s), then pairs of current (V/s) and length (ms)
    "tonic spiking": (0, 0, 0, (1.5, 200)),
    "class 1": (0, 0, 0, (1.000001, 500)),
    "frequency adaptation": (5, 0, 0, (2, 200)),
    "phasic spiking": (5, 0, 0, (1.5, 500)),
    "accommodation": (5, 0, 0, (1.5, 100), (0, 500), (0.5, 100), (1, 100), (1.5, 100), (0, 100)),
    "threshold variability": (5, 0, 0, (1.5, 25), (0, 175), (-1.5, 25), (0, 25), (1.5, 25), (0, 125)),
    "rebound spike": (5, 0, 0, (0, 50), (-3.5, 750), (0, 200)),
    "class 2": (5, 0, 0, (2.000002, 300)),
    "integrator": (5, 0, 0, (1.5, 20), (0, 10), (1.5, 20), (0, 250), (1.5, 20), (0, 30), (1.5, 20), (0, 30)),
    "input bistability": (5, 0, 0, (1.5, 100), (1.7, 400), (1.5, 100), (1.7, 400)),
    "hyperpolarisation spiking": (30, 0, 0, (-1, 400)),
    "hyperpolarisation bursting": (30, 10, -0.6, (-1, 400)),
    "tonic bursting": (5, 10, -0.6, (2, 500)),
    "phasic bursting": (5, 10, -0.6, (1.5, 500)),
    "rebound burst": (5, 10, -0.6, (0, 100), (-3.5, 500), (0, 400)),
    "mixed mode": (5, 5, -0.3, (2, 500)),
    "afterpotentials": (5, 5, -0.3, (2, 15), (0, 185)),
    "basal bistability": (0, 8, -0.1, (5, 10), (0, 90), (5, 10), (0, 90)),
    "preferred frequency": (5, -3, 0.5, (5, 5), (0, 5), (4, 5), (0, 385), (5, 5), (0, 45), (4, 5), (0, 345)),
    "spike latency": (-80, 0, 0, (8, 2), (0, 48)),
}

THETA_0 = {"class 2": -30.0}  # mV; THETA_INF for the others

found = {}
for name, (a, A_1, A_2, *currents) in PATTERNS.items():
    x = np.array([0.0, 0.0, 0.0, THETA_0.get(name, THETA_INF) - E_L, 1.0])  # I_1, I_2, v - E_L, Theta - E_L, 1
    start, spikes = 0.0, []
    for current, length in currents:
        matrix = np.array(
            [
                [-K_1, 0, 0, 0, 0],
                [0, -K_2, 0, 0, 0],
                [1, 1, -G, 0, current],
                [0, 0, a * 1e-3, -B, B * (THETA_INF - E_L)],
                [0, 0, 0, 0, 0],
            ]
        )
        whole = expm(matrix * STEP)
        t, end = start, start + length
        while t < end - 1e-9:
            h = min(STEP, end - t)
            y = (whole if h == STEP else expm(matrix * h)) @ x
            if y[2] < y[3]:
                x, t = y, t + h
                continue
            low, high = 0.0, h
            while high - low > 1e-9:
                middle = (low + high) / 2
                z = expm(matrix * middle) @ x
                low, high = (low, middle) if z[2] >= z[3] else (middle, high)
            x, t = expm(matrix * high) @ x, t + high
            spikes.append(round(t, 6))
            x = np.array([R_1 * x[0] + A_1, R_2 * x[1] + A_2, V_R - E_L, max(x[3], THETA_R - E_L), 1.0])
        start = end
    found[name] = spikes
    print(name, len(spikes), spikes[:4], flush=True)
with open(sys.argv[1], "w") as file:
    json.dump({"simulator": "exact propagators, bisection", "spike_times_ms": found}, file)
    file.write("\n")
