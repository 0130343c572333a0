"""Two nuclei of Izhikevich neurons, joined by three kernels: sums over past spikes in plain NumPy.

    python izhikevich_nuclei.py ../../../experiments/reference/izhikevich_nuclei.json

I(t) = I_ext + sum over projections and spikes of w K(t - t_spike - delay) for 0 <= t - t_spike - delay < window; v and u take
explicit Euler steps of 0.1 ms with each other's old value. Weights, delays and parameters are drawn here and written with the
spikes, (step, neuron) with the step at whose end a spike occurs. Shares no code with the zoo or Brian2.
"""

import json
import sys

import numpy as np

N, M, DT, STEPS = 7, 5, 0.1, 2000
#: From, to, kernel of the time in ms, window in ms, mean and deviation of the weights, whether delays differ.
PROJECTIONS = (
    ("A", "B", lambda t: np.exp(-((t - 6) ** 2) / 8), 14.0, 0.5, 1.0, True),
    ("A", "A", lambda t: (0.6 + t / 9) * np.exp(-t / 8) * np.cos(2 * np.pi * t / 11), 26.0, 0.0, 0.5, False),
    ("B", "A", lambda t: 1.7 * (np.exp(-t / 9) - np.exp(-t / 2)), 30.0, 0.0, 1.0, False),
)
PLACES = {"A": slice(0, N), "B": slice(N, N + M)}


def main(path):
    random = np.random.default_rng(10)
    a = np.append(random.uniform(0.02, 0.1, N), np.full(M, 0.1))
    c = np.append(random.uniform(-65, -50, N), np.full(M, -65.0))
    b, d = 0.2, np.append(np.full(N, 4.0), np.full(M, 2.0))
    external = np.append(np.full(N, 10.0), 4.0 + np.arange(M))
    weights, delays, kernels = [], [], []
    for pre, post, K, window, mean, deviation, differ in PROJECTIONS:
        shape = tuple(PLACES[name].stop - PLACES[name].start for name in (pre, post))
        weights.append(random.normal(mean, deviation, shape).round(6))
        delays.append(random.uniform(0, 8, shape).round(3) if differ else np.full(shape, 2.5))
        kernels.append(np.array([K(lag * DT) for lag in range(int(window / DT + 0.5))]))
    longest = max(len(kernel) for kernel in kernels) + 100
    current = np.zeros((STEPS + longest, N + M)) + external
    v, u, spikes = c.copy(), b * c, []
    for step in range(STEPS):
        before, v = v, v + DT * (0.04 * v**2 + 5 * v + 140 - u + current[step])
        u = u + DT * a * (b * before - u)
        fired = np.flatnonzero(v >= 30)
        v[fired], u[fired] = c[fired], u[fired] + d[fired]
        for neuron in fired:
            spikes.append((step + 1, int(neuron)))
            for (pre, post, *_), w, delay, kernel in zip(PROJECTIONS, weights, delays, kernels):
                source = neuron - PLACES[pre].start
                if not 0 <= source < len(w):
                    continue
                for target in range(w.shape[1]):
                    start = step + 1 + int(delay[source, target] / DT + 0.5)
                    current[start : start + len(kernel), PLACES[post].start + target] += w[source, target] * kernel
    table = {
        "n": [N, M], "dt": DT, "duration": STEPS * DT, "a": a.tolist(), "b": b, "c": c.tolist(), "d": d.tolist(),
        "drive": external.tolist(), "weights": [w.tolist() for w in weights], "delays": [x.tolist() for x in delays],
        "spikes": spikes, "v": v.tolist(),
    }
    with open(path, "w") as file:
        json.dump(table, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
