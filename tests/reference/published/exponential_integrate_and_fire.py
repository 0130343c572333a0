"""Rates of the exponential integrate-and-fire neuron by quadrature, with NumPy alone.   usage: ... OUT.json

Fourcaud-Trocmé et al. (2003): C v' = g_L (V_L - v) + g_L Delta_T exp((v - V_T)/Delta_T) + I, reset to V_r when v is infinite,
where it stays for tau_ref. An interval is tau_ref plus the integral of dv/v' from V_r to infinity.
"""

import itertools
import json
import sys

import numpy as np

C, G_L, V_L, V_T, DELTA_T, V_R, TAU_REF = 1.0, 0.1, -65.0, -59.9, 3.48, -68.0, 1.7  # uF, mS, per cm2; mV; ms
INFINITY = 100.0  # mV: v' is above 1e18 mV/ms there
CURRENTS = (0.15, 0.2, 0.25, 0.5, 1, 2, 3, 5, 10)  # uA/cm2
X, WEIGHT = np.polynomial.legendre.leggauss(200)  # nodes in each of the pieces


def slope(v, current):
    return (G_L * (V_L - v + DELTA_T * np.exp((v - V_T) / DELTA_T)) + current) / C


def time(start, current):
    """The time (ms) from `start` to a spike; infinite where v comes to rest."""
    if slope(V_T, current) <= 0 and start < V_T:  # v' is least at V_T
        return np.inf
    pieces = np.concatenate([np.linspace(start, -40, 30), np.linspace(-40, INFINITY, 30)[1:]])
    total = 0.0
    for low, high in itertools.pairwise(pieces):
        v = low + (high - low) * (X + 1) / 2
        total += (high - low) / 2 * np.sum(WEIGHT / slope(v, current))
    return total


def main(path):
    made = {
        "simulator": "Gauss-Legendre quadrature with 200 nodes, NumPy",
        "parameters": "C 1 uF/cm2, g_L .1 mS/cm2, V_L -65, V_T -59.9, Delta_T 3.48, V_r -68 mV, tau_ref 1.7 ms",
        "protocol": "uA/cm2; V(0)=-65 mV, I from t=0; spike at infinity",
        "hz": {},
        "first_spike_ms": {},
    }
    for current in CURRENTS:
        interval = TAU_REF + time(V_R, current)
        made["hz"][str(current)] = float(f"{1000 / interval:.7g}") if np.isfinite(interval) else 0.0
        first = time(V_L, current)
        made["first_spike_ms"][str(current)] = round(first, 5) if np.isfinite(first) else None
    with open(path, "w") as file:
        json.dump(made, file, separators=(",", ":"))
        file.write("\n")
    return made


if __name__ == "__main__":
    print(main(sys.argv[1]))
