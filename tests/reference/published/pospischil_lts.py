"""The cell with a T current of Pospischil et al. (2008), integrated by SciPy (DOP853), its spikes by root finding.

usage: pospischil_lts.py OUT.json
"""

import json
import sys

import numpy as np
from scipy.integrate import solve_ivp

# Per cm2: mS, uF, uA; mV, ms.
C, G_LEAK, E_LEAK, G_NA, G_KD, G_M, G_T = 1.0, 0.01, -75.0, 50.0, 5.0, 0.03, 0.4
E_NA, E_K, E_CA, V_T, TAU_MAX, V_X = 50.0, -100.0, 120.0, -55.0, 1000.0, 2.0
D = 96e-4  # cm
START, END, TOTAL = 500.0, 1000.0, 1500.0
CURRENTS = (0.1, 0.15, -0.1, -0.15)  # nA


def ratio(x):
    """x/(exp(x) - 1)"""
    return x / np.expm1(x) if abs(x) > 1e-9 else 1 - x / 2


def rates(v):
    u = v - V_T
    return {
        "m": (0.32 * 4 * ratio((13 - u) / 4), 0.28 * 5 * ratio((u - 40) / 5)),
        "h": (0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))),
        "n": (0.032 * 5 * ratio((15 - u) / 5), 0.5 * np.exp((10 - u) / 40)),
    }


def p_inf(v):
    return 1 / (1 + np.exp(-(v + 35) / 10))


def u_inf(v):
    return 1 / (1 + np.exp((v + V_X + 81) / 4))


def slope(t, y, current):
    v, m, h, n, p, u = y
    r = rates(v)
    s_inf = 1 / (1 + np.exp(-(v + V_X + 57) / 6.2))
    tau_p = TAU_MAX / (3.3 * np.exp((v + 35) / 20) + np.exp(-(v + 35) / 20))
    # The quotient without its overflow: exp(x/5)/(1 + exp(y/3.2)) for large y.
    x, z = (v + V_X + 113.2) / 5, (v + V_X + 84) / 3.2
    tau_u = (30.8 + (211.4 + np.exp(x)) / (1 + np.exp(z))) / 3.7
    ionic = (
        G_LEAK * (v - E_LEAK) + G_NA * m**3 * h * (v - E_NA) + G_KD * n**4 * (v - E_K) + G_M * p * (v - E_K)
        + G_T * s_inf**2 * u * (v - E_CA)
    )  # fmt: skip
    gates = [r[name][0] * (1 - x) - r[name][1] * x for name, x in (("m", m), ("h", h), ("n", n))]
    return [(current - ionic) / C, *gates, (p_inf(v) - p) / tau_p, (u_inf(v) - u) / tau_u]


def crossing(t, y, current):
    return y[0]


crossing.direction = 1

found, settled = {}, {}
for amplitude in CURRENTS:
    density = amplitude * 1e-3 / (np.pi * D**2)  # uA/cm2
    v = E_LEAK
    y = [v, *(a / (a + b) for a, b in rates(v).values()), p_inf(v), u_inf(v)]
    spikes = []
    for begin, end, current in ((0, START, 0.0), (START, END, density), (END, TOTAL, 0.0)):
        run = solve_ivp(
            slope, (begin, end), y, method="DOP853", rtol=1e-10, atol=1e-12, max_step=1.0, events=crossing,
            args=(current,),
        )  # fmt: skip
        y = run.y[:, -1]
        spikes += list(run.t_events[0])
    found[str(amplitude)] = [round(float(time), 5) for time in spikes]
protocol = (
    "d 96 um, g_leak .01 (-75), gNa 50 (50), gKd 5 (-100), gM .03, gT .4 mS/cm2 (120), V_T -55, V_x 2 mV; V(0) -75, gates "
    "at steady state; current (key, nA) from 500 to 1000 ms of 1500; spike V up through 0 mV"
)
with open(sys.argv[1], "w") as file:
    json.dump({"simulator": "SciPy DOP853, rtol 1e-10", "protocol": protocol, "spike_times_ms": found}, file, indent=1)
    file.write("\n")
