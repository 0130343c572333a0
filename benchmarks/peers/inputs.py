"""The input of all simulators, drawn with NumPy: connections, weights, initial values, input spikes.

Every process draws it again from the same seed. Times in ms, voltages in mV, conductances in nS.
"""

import numpy as np

from zoo import datasets

SEED = 1
GRID_DELAY = 5  # of all connections of the grid (ms)


def izhikevich(n: int, k: int) -> dict:
    """n neurons with k synapses each, to different neurons: pre and post (n*k,) ordered by pre, w, and v, u (n,).

    For k = n the network is all to all.
    """
    random = np.random.default_rng(SEED)
    if k == n:
        post = np.tile(np.arange(n, dtype=np.int32), n)
    else:
        rows = [np.sort(random.choice(n, k, replace=False, shuffle=False)) for _ in range(n)]
        post = np.concatenate(rows).astype(np.int32)
    v = random.uniform(-65, -45, n)
    return {
        "pre": np.repeat(np.arange(n, dtype=np.int32), k),
        "post": post,
        "w": random.normal(0, 0.05, n * k),
        "v": v,
        "u": 0.2 * v,
    }


def grid_events(n: int, duration: float, rate: float, dt: float) -> tuple:
    """Poisson spikes of `rate` (Hz) to n^2 cells on the time steps: times (events,) and cells (events,), in order.

    A cell has at most one spike per step, and no spike in the first GRID_DELAY ms: a spike that arrives through a
    connection with this delay can be sent that much earlier.
    """
    random = np.random.default_rng(SEED)
    steps = round(duration / dt)
    spikes = random.random((steps, n**2), dtype=np.float32) < rate * dt * 1e-3
    spikes[: round(GRID_DELAY / dt)] = False
    step, cell = np.nonzero(spikes)
    return step * dt, cell


def cobahh(cells: int = 4000, p: float = 0.02) -> dict:
    """Connections (pre, post) of the first 80 % of the cells, "e", and of the others, "i", and v, g_e, g_i at the start."""
    random = np.random.default_rng(SEED)
    excitatory = cells * 4 // 5
    connected = random.random((cells, cells), dtype=np.float32) < p
    e, i = np.nonzero(connected[:excitatory]), np.nonzero(connected[excitatory:])
    return {
        "e": e,
        "i": (i[0] + excitatory, i[1]),
        "v": -60 + random.normal(-5, 5, cells),
        "g_e": 10 * np.maximum(random.normal(4, 1.5, cells), 0),
        "g_i": 10 * np.maximum(random.normal(20, 12, cells), 0),
    }


def images(count: int) -> np.ndarray:
    """Digits (count, 28, 28), bytes, of the data set that comes with the zoo, repeated when it has fewer."""
    known = datasets.load("digits", "train").images
    return known[np.arange(count) % len(known)]
