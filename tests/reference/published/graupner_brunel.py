"""The synapse of Graupner and Brunel (2012) under 60 pairs of spikes, between the times at which calcium crosses a threshold.

The crossings are exact. Between them the efficacy without noise is integrated by SciPy (DOP853); with noise, by Euler steps
of at most 0.5 ms above a threshold and 20 ms below, for 4000 synapses.   usage: graupner_brunel.py OUT.json
"""

import json
import sys

import numpy as np
from scipy.integrate import solve_ivp

SETS = {  # C_pre, C_post, theta_p, gamma_d, gamma_p, D (ms), sigma; theta_d 1
    "DP": (1, 2, 1.3, 200, 321.808, 13.7, 2.8284),
    "DPD": (0.9, 0.9, 1.3, 250, 550, 4.6, 2.8284),
    "DPD'": (1, 2, 2.5, 50, 600, 2.2, 2.8284),
    "P": (2, 2, 1.3, 160, 257.447, 0, 2.8284),
    "D": (0.6, 0.6, 1.3, 500, 550, 0, 5.6568),
    "D'": (1, 2, 3.5, 60, 600, 0, 2.8284),
}
LAGS = (-40, -20, -10, 0, 5, 10, 20)  # ms
TAU_CA, TAU, RHO_STAR = 20.0, 150e3, 0.5  # ms
PAIRS, PERIOD, SYNAPSES, B = 60, 1000.0, 4000, 5


def segments(C_pre, C_post, theta_p, D, lag, theta_d=1.0):
    """Lengths (ms), and whether calcium is above theta_d and theta_p in each, from the first event to a second after the last pair."""
    events = sorted(
        event for k in range(PAIRS) for event in ((k * PERIOD + D, C_pre), (k * PERIOD + lag, C_post))
    )  # fmt: skip
    ends = [time for time, _ in events[1:]] + [events[0][0] + PAIRS * PERIOD]
    calcium, found = 0.0, []
    for (time, jump), end in zip(events, ends, strict=True):
        calcium += jump
        falls = [TAU_CA * np.log(calcium / theta) for theta in (theta_p, theta_d) if calcium > theta]
        cuts = [0.0, *(fall for fall in falls if fall < end - time), end - time]
        for begin, stop in zip(cuts, cuts[1:], strict=False):
            if stop > begin:
                middle = calcium * np.exp(-(begin + stop) / 2 / TAU_CA)
                found.append((stop - begin, middle > theta_d, middle > theta_p))
        calcium *= np.exp(-(end - time) / TAU_CA)
    return found


def drift(rho, gamma_d, gamma_p, down, up):
    return (-rho * (1 - rho) * (RHO_STAR - rho) + gamma_p * (1 - rho) * up - gamma_d * rho * down) / TAU


def without_noise(parts, gamma_d, gamma_p, rho):
    for length, down, up in parts:
        solved = solve_ivp(
            lambda t, y, down=down, up=up: drift(y, gamma_d, gamma_p, down, up), (0, length), [rho], method="DOP853",
            rtol=1e-10, atol=1e-12,
        )  # fmt: skip
        rho = solved.y[0, -1]
    return float(rho)


def with_noise(parts, gamma_d, gamma_p, sigma, rho, generator):
    rho = np.full(SYNAPSES, float(rho))
    for length, down, up in parts:
        steps = int(np.ceil(length / (0.5 if down else 20)))
        dt = length / steps
        for _ in range(steps):
            rho += dt * drift(rho, gamma_d, gamma_p, down, up)
            if down:
                rho += sigma * np.sqrt((int(down) + int(up)) * dt / TAU) * generator.standard_normal(SYNAPSES)
    return rho


found = {}
for number, (name, (C_pre, C_post, theta_p, gamma_d, gamma_p, D, sigma)) in enumerate(SETS.items()):
    for lag in LAGS:
        parts = segments(C_pre, C_post, theta_p, D, lag)
        generator = np.random.default_rng([number, lag + 100])
        up = float(np.mean(with_noise(parts, gamma_d, gamma_p, sigma, 0, generator) > RHO_STAR))
        down = float(np.mean(with_noise(parts, gamma_d, gamma_p, sigma, 1, generator) < RHO_STAR))
        found[f"{name} at {lag} ms"] = {
            "ms_above_theta_d": round(float(sum(length for length, down, _ in parts if down)) / PAIRS, 5),
            "ms_above_theta_p": round(float(sum(length for length, _, up in parts if up)) / PAIRS, 5),
            "rho_from_0": round(without_noise(parts, gamma_d, gamma_p, 0.0), 6),
            "rho_from_1": round(without_noise(parts, gamma_d, gamma_p, 1.0), 6),
            "U": up,
            "D": down,
            # Half of the synapses start DOWN; UP is B times as strong.
            "change": round(((1 - up) / 2 + down / 2 + B * (up / 2 + (1 - down) / 2)) / ((1 + B) / 2), 5),
        }
        print(name, lag, found[f"{name} at {lag} ms"], flush=True)
with open(sys.argv[1], "w") as file:
    json.dump({"simulator": "event-driven, SciPy DOP853; Euler with noise", "synapses": SYNAPSES, "cases": found}, file, indent=1)
    file.write("\n")
