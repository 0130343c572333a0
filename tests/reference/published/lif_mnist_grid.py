"""Two grids of integrate-and-fire cells that learn images by STDP, step by step in NumPy; makes lif_mnist_grid.npz.

An independent program for the equations that the card of `lif_mnist_grid` prints. A step: at the start of an image cells are
put to rest and weights normalised; v takes an exponential Euler step, conductances and traces decay exactly; spikes of inputs
and cells are found; spikes of inputs change conductances and weights, then those of cells; last, v and the traces are reset.
A cell that fires in step s rests until step s + t_ref/dt.

Latency: each input fires once an image, the earlier the brighter it is, which leaves nothing to chance: spikes and weights can
be compared one by one. No byte of an image falls on a time step, where rounding would decide. Poisson: means over seeds.
usage: lif_mnist_grid.py OUT.npz
"""

import sys

import numpy as np

DT, T_IMAGE, GAP, WINDOW = 0.5, 350.0, 150.0, 100.0  # ms
TAU_E, TAU_I, TAU_M = 1.0, 2.0, (100.0, 10.0)
REST, RESET, THRESHOLD, T_REF = (-65.0, -60.0), (-65.0, -45.0), (-52.0, -40.0), (5.0, 2.0)  # mV, mV, mV, ms
E_E, E_I, G_EI, G_IE = 0.0, -100.0, 10.4, 17.0
TAU_X, TAU_Y, TAU_SLOW, TAU_THETA = 20.0, 20.0, 40.0, 1e7
W_MAX, W, X_TAR, MU = 1.0, 78.0, 0.4, 0.2
WHITE = 63.75e-3  # 1/ms

#: Rule and fields of the cases with latencies; `later` are k_a, a_least, delta_more, k_delta and rho.
CASES = {
    "triplet": dict(rule="triplet", A_plus=0.01),
    "pair": dict(rule="pair", A_plus=0.01, A_minus=0.01),
    "pair_all": dict(rule="pair_all", A_plus=0.01, A_minus=0.01),
    "diehl_cook": dict(rule="diehl_cook", A_plus=0.01),
    "annealed": dict(rule="triplet", A_plus=0.02, later=(3.0, 0.3, 2.0, 4.0, 5.0)),
}


def images(rng, count):
    """Bytes (count, 784): blobs of different brightness on black."""
    y, x = np.mgrid[:28, :28]
    found = np.zeros((count, 28, 28))
    for image in found:
        for _ in range(4):
            cx, cy, size = rng.uniform(6, 22, 2).tolist() + [rng.uniform(2, 4)]
            image += rng.uniform(0.5, 1) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * size**2))
    bytes_ = np.clip(255 * found, 0, 254).astype(np.uint8).reshape(count, 784)
    bytes_[bytes_ < 20] = 0
    return np.where((bytes_ > 0) & (bytes_ % 51 == 0), bytes_ + 1, bytes_).astype(np.uint8)


def run(shown, w, n, rule, A_plus, A_minus=1e-4, later=(8000.0, 1.0, 0.0, 800.0, 0.0), gain=1.0, rng=None):
    """Steps and numbers of the spikes of both grids, and weights and thetas at the end."""
    k_a, a_least, delta_more, k_delta, rho = later
    cells, w = n * n, w.copy()
    v = np.array([[REST[0]] * cells, [REST[1]] * cells])
    g_e, g_i = np.zeros((2, cells)), np.zeros(cells)
    theta, k = np.zeros(cells), 0
    ready = np.zeros((2, cells), int)  # the first step in which a cell is not refractory
    x, y, y_slow = np.zeros(784), np.zeros(cells), np.zeros(cells)
    steps, spikes, inputs = round(T_IMAGE / DT), ([], []), 0
    others = ~np.eye(cells, dtype=bool)
    for step in range(steps * len(shown)):
        t = step * DT
        if step % steps == 0:
            value = shown[step // steps] / 255
            if rng is None:
                due = np.where(value > 0, t + WINDOW * (1 - value), np.inf)
            else:
                mean = 1 / np.maximum(WHITE * value, 1e-15)
                due = t + rng.exponential(mean)
            A = np.array([A_plus, A_minus]) * np.clip(np.exp(-k / k_a), a_least, 1)
            delta = 0.05 * (1 + delta_more * np.exp(-k / k_delta))
            k += 1
            v[0], v[1] = REST
            g_e[:], g_i[:] = 0, 0
            theta = np.maximum(theta * np.exp(-(T_IMAGE + GAP) / TAU_THETA) - rho * delta, 0)
            x[:], y[:], y_slow[:] = 0, 0, 0
            w *= W / w.sum(axis=0)
        for part in (0, 1):
            inhibition = g_i if part == 0 else 0.0
            rate = (1 + g_e[part] + inhibition) / TAU_M[part]
            target = (REST[part] + g_e[part] * E_E + inhibition * E_I) / (1 + g_e[part] + inhibition)
            moved = target + (v[part] - target) * np.exp(-rate * DT)
            v[part] = np.where(step >= ready[part], moved, v[part])
        g_e *= np.exp(-DT / TAU_E)
        g_i *= np.exp(-DT / TAU_I)
        x *= np.exp(-DT / TAU_X)
        y *= np.exp(-DT / TAU_Y)
        y_slow *= np.exp(-DT / TAU_SLOW)

        fired = np.flatnonzero(t >= due)
        excited, inhibited = (
            np.flatnonzero((v[part] > THRESHOLD[part] + (theta if part == 0 else 0)) & (step >= ready[part]))
            for part in (0, 1)
        )
        inputs += len(fired)
        g_e[0] += gain * w[fired].sum(axis=0)
        if rule != "diehl_cook":
            w[fired] = np.clip(w[fired] - A[1] * y, 0, W_MAX)
        g_e[1][excited] += G_EI
        g_i += G_IE * others[inhibited].sum(axis=0)
        for cell in excited:
            if rule == "triplet":
                change = A[0] * x * y_slow[cell]
            elif rule == "diehl_cook":
                change = A[0] * (x - X_TAR) * (W_MAX - w[:, cell]) ** MU
            else:
                change = A[0] * x
            w[:, cell] = np.clip(w[:, cell] + change, 0, W_MAX)

        due[fired] = np.inf if rng is None else due[fired] + rng.exponential(mean[fired])
        x[fired] = x[fired] + 1 if rule in ("pair_all", "diehl_cook") else 1
        for part, which in enumerate((excited, inhibited)):
            v[part][which] = RESET[part]
            ready[part][which] = step + round(T_REF[part] / DT)
            spikes[part].extend((step, cell) for cell in which)
        theta[excited] += delta
        y[excited] = y[excited] + 1 if rule == "pair_all" else 1
        y_slow[excited] = 1
    return *(np.array(part, np.int16).reshape(-1, 2) for part in spikes), w, theta, inputs


if __name__ == "__main__":
    rng = np.random.default_rng(15)
    shown = images(rng, 8)
    start = rng.integers(1, 3000, (784, 9)).astype(np.int16)  # 1e-4
    stored = dict(images=shown, weights=start)
    for name, fields in CASES.items():
        excitatory, inhibitory, w, theta, _ = run(shown, start * 1e-4, 3, gain=4.0, **fields)
        stored[f"{name}_excitatory"], stored[f"{name}_inhibitory"] = excitatory, inhibitory
        stored[f"{name}_theta"] = theta
        stored[f"{name}_w"] = w[1::8]  # every eighth input
        print(name, len(excitatory), len(inhibitory), theta.round(2), np.bincount(excitatory[:, 1]))
    means = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        w = rng.uniform(0, 0.3, (784, 25))
        excitatory, inhibitory, w, theta, inputs = run(shown, w, 5, "triplet", 0.01, rng=rng)
        means.append([inputs / 8, len(excitatory) / 8, len(inhibitory) / 8, theta.mean(), (w**2).sum() / 25])
    stored["poisson"] = np.array(means)
    np.savez_compressed(sys.argv[1], **stored)
