"""Spikes of the axon of Hodgkin and Huxley, of FitzHugh-Nagumo and of Morris-Lecar under a constant current from t = 0.

    python classic_neurons.py ../../../experiments/reference/classic_neurons.json

SciPy's DOP853 with tolerance 1e-11; a spike is an upward crossing of a threshold, found by root finding. Units: ms, mV,
µA/cm²; FitzHugh-Nagumo has none. Shares no code with the zoo or Brian2.
"""

import json
import sys

import numpy as np
import scipy
from scipy.integrate import solve_ivp


def ratio(x):
    """x/(1 - exp(-x))"""
    return 1.0 if x == 0 else -x / np.expm1(-x)


def hodgkin_huxley_rates(v):
    return (
        (ratio((v + 40) / 10), 4 * np.exp(-(v + 65) / 18)),
        (0.07 * np.exp(-(v + 65) / 20), 1 / (np.exp(-(v + 35) / 10) + 1)),
        (0.1 * ratio((v + 55) / 10), 0.125 * np.exp(-(v + 65) / 80)),
    )


def hodgkin_huxley(t, y, current):
    v, m, h, n = y
    ionic = 36 * n**4 * (v + 77) + 120 * m**3 * h * (v - 50) + 0.3 * (v + 54.387)
    gates = [a * (1 - x) - b * x for (a, b), x in zip(hodgkin_huxley_rates(v), (m, h, n))]
    return [current - ionic, *gates]


def fitzhugh_nagumo(t, y, current):
    v, w = y
    return [v - v**3 / 3 - w + current, 0.08 * (v + 0.7 - 0.8 * w)]


SETTINGS = {"hopf": (4.4, 2, 30, 0.04), "snic": (4, 12, 17.4, 1 / 15), "homoclinic": (4, 12, 17.4, 0.23)}


def morris_lecar(t, y, current, g_Ca, V_3, V_4, phi):
    v, w = y
    m_inf = (1 + np.tanh((v + 1.2) / 18)) / 2
    w_inf = (1 + np.tanh((v - V_3) / V_4)) / 2
    ionic = g_Ca * m_inf * (v - 120) + 8 * w * (v + 84) + 2 * (v + 60)
    return [(current - ionic) / 20, phi * (w_inf - w) * np.cosh((v - V_3) / (2 * V_4))]


def spikes(model, start, threshold, duration, *parameters):
    """The times of the upward crossings of `threshold`."""

    def crossing(t, y, *_):
        return y[0] - threshold

    crossing.direction = 1
    found = solve_ivp(
        model, (0, duration), start, method="DOP853", rtol=1e-11, atol=1e-11, events=crossing, args=parameters
    )
    return found.t_events[0].tolist()


def main(path):
    rest = [-65.0, *(a / (a + b) for a, b in hodgkin_huxley_rates(-65.0))]
    table = {"scipy": scipy.__version__, "duration": {"hodgkin_huxley": 1000, "fitzhugh_nagumo": 1000, "morris_lecar": 3000}}
    table["hodgkin_huxley"] = {
        str(current): spikes(hodgkin_huxley, rest, 0, 1000, current) for current in (6.25, 6.27, 6.3, 10, 20, 40)
    }
    table["fitzhugh_nagumo"] = {
        str(current): spikes(fitzhugh_nagumo, [-1.199408, -0.62426], 1, 1000, current) for current in (0.3, 0.5, 1.0, 1.3)
    }
    for name, currents in (
        ("hopf", (88.25, 88.35, 100, 150)), ("snic", (39.95, 40.0, 41, 44, 60)), ("homoclinic", (39.95, 40.0, 44)),
    ):
        V_3, V_4 = SETTINGS[name][1:3]
        start = [-60.9, (1 + np.tanh((-60.9 - V_3) / V_4)) / 2]
        table[f"morris_lecar {name}"] = {
            str(current): spikes(morris_lecar, start, 0, 3000, current, *SETTINGS[name]) for current in currents
        }
    with open(path, "w") as file:
        json.dump(table, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
