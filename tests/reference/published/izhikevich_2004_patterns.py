"""The twenty patterns of figure 1 of Izhikevich (2004): the loop of the program figure1.m, written again in plain Python.

    python izhikevich_2004_patterns.py ../../../experiments/reference/izhikevich_2004_patterns.json

Writes for each panel the times (ms) of the steps at whose end v is at least 30 mV. That they do not hang on the order of
the program's sums is checked: with another order the steps are the same. Shares no code with the zoo or Brian2.
"""

import json
import sys

#: Panel -> a, b, c, d, v at the start (mV), time step and duration (ms).
PATTERNS = {
    "A": (0.02, 0.2, -65, 6, -70, 0.25, 100),
    "B": (0.02, 0.25, -65, 6, -64, 0.25, 200),
    "C": (0.02, 0.2, -50, 2, -70, 0.25, 220),
    "D": (0.02, 0.25, -55, 0.05, -64, 0.2, 200),
    "E": (0.02, 0.2, -55, 4, -70, 0.25, 160),
    "F": (0.01, 0.2, -65, 8, -70, 0.25, 85),
    "G": (0.02, -0.1, -55, 6, -60, 0.25, 300),
    "H": (0.2, 0.26, -65, 0, -64, 0.25, 300),
    "I": (0.02, 0.2, -65, 6, -70, 0.2, 100),
    "J": (0.05, 0.26, -60, 0, -62, 0.25, 200),
    "K": (0.1, 0.26, -60, -1, -62, 0.25, 400),
    "L": (0.02, -0.1, -55, 6, -60, 0.25, 100),
    "M": (0.03, 0.25, -60, 4, -64, 0.2, 200),
    "N": (0.03, 0.25, -52, 0, -64, 0.2, 200),
    "O": (0.03, 0.25, -60, 4, -64, 0.25, 100),
    "P": (0.1, 0.26, -60, 0, -61, 0.25, 300),
    "Q": (1, 0.2, -60, -21, -70, 0.1, 50),
    "R": (0.02, 1, -55, 4, -65, 0.5, 400),
    "S": (-0.02, -1, -60, 8, -63.8, 0.5, 350),
    "T": (-0.026, -1, -45, -2, -63.8, 0.5, 350),
}


def within(*spans):
    return lambda t: any(start < t < stop for start, stop in spans)


# The currents of the program figure1.m, written out again.
CURRENTS = {
    "A": lambda t: 14 if t > 10 else 0,
    "B": lambda t: 0.5 if t > 20 else 0,
    "C": lambda t: 15 if t > 22 else 0,
    "D": lambda t: 0.6 if t > 20 else 0,
    "E": lambda t: 10 if t > 16 else 0,
    "F": lambda t: 30 if t > 8.5 else 0,
    "G": lambda t: 0.075 * (t - 30) if t > 30 else 0,
    "H": lambda t: -0.5 + 0.015 * (t - 30) if t > 30 else -0.5,
    "I": lambda t: 7.04 if 10 < t < 13 else 0,
    "J": lambda t: 2 if 20 < t < 25 else 0,
    "K": lambda t: 0.65 if within((40, 44), (60, 64), (280, 284), (320, 324))(t) else 0,
    "L": lambda t: 9 if within((100 / 11, 100 / 11 + 2), (100 / 11 + 5, 100 / 11 + 7), (70, 72), (80, 82))(t) else 0,
    "M": lambda t: -15 if 20 < t < 25 else 0,
    "N": lambda t: -15 if 20 < t < 25 else 0,
    "O": lambda t: 1 if within((10, 15), (80, 85))(t) else -6 if 70 < t < 75 else 0,
    "P": lambda t: 1.24 if within((37.5, 42.5), (216, 221))(t) else 0.24,
    "Q": lambda t: 20 if abs(t - 10) < 1 else 0,
    "R": lambda t: t / 25 if t < 200 else 0 if t < 300 else (t - 300) / 12.5 * 4 if t < 312.5 else 0,
    "S": lambda t: 80 if t < 50 or t > 250 else 75,
    "T": lambda t: 80 if t < 50 or t > 250 else 75,
}


def spikes(name, reorder):
    a, b, c, d, v, tau, duration = PATTERNS[name]
    p, q = (4.1, 108) if name in "GL" else (5, 140)
    u, current, found = -16 if name == "R" else b * v, CURRENTS[name], []
    for k in range(round(duration / tau)):
        if reorder:
            v = v + tau * ((0.04 * v + p) * v + (q - u) + current(k * tau))
        else:
            v = v + tau * (0.04 * v**2 + p * v + q - u + current(k * tau))
        u = u + tau * a * (b * (v + 65) if name == "R" else b * v - u)
        if v >= 30:
            found.append(round(k * tau, 6))
            v, u = c, u + d
    return found


def main(path):
    table = {name: spikes(name, False) for name in PATTERNS}
    assert table == {name: spikes(name, True) for name in PATTERNS}
    with open(path, "w") as file:
        json.dump(table, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
