"""The equations of the Izhikevich networks literally, as sums over past spikes: a reference that knows nothing of Brian2."""

import numpy as np
from brian2 import ms


def sum_over_past_spikes(projections, external, a, b, c, d, dt, new_v=False):
    """v, u, I, each (steps, n), and the spikes, an array (steps + 1, n) whose row s is the step that ends at s dt.

    `projections` has rows (W[pre, post], K, delay or delays[pre, post], window), `external` is (steps, n); times in
    ms. With `new_v` u takes its step with the v at the end of it. A spike of neuron j at step s adds W[j, k] K(lag dt) to I_k of step s + D + lag for lag = 0 .. H - 1.
    """
    steps, n = external.shape
    v, u = c * np.ones(n), b * c * np.ones(n)
    v_all, u_all, fired = np.zeros((steps, n)), np.zeros((steps, n)), np.zeros((steps + 1, n))
    kernels = [np.array([K(lag * dt) for lag in range(int(window / dt + 0.5))]) for _, K, _, window in projections]
    delays = [np.broadcast_to(np.floor(delay / dt + 0.5).astype(int), W.shape) for W, _, delay, _ in projections]
    longest = max((D.max() + len(K) for D, K in zip(delays, kernels, strict=True)), default=0)
    current = np.concatenate([external, np.zeros((longest + 1, n))])
    for step in range(steps):
        v_all[step], u_all[step] = v, u
        before, v = v, v + dt * (0.04 * v**2 + 5 * v + 140 - u + current[step])
        u = u + dt * a * (b * (v if new_v else before) - u)
        fired[step + 1] = v >= 30
        v, u = np.where(v >= 30, c, v), np.where(v >= 30, u + d, u)
        for (W, *_), K, D in zip(projections, kernels, delays, strict=True):
            for j in np.flatnonzero(fired[step + 1]):
                for k in np.flatnonzero(W[j]):
                    start = step + 1 + D[j, k]
                    current[start : start + len(K), k] += W[j, k] * K
    return v_all, u_all, current[:steps], fired


def assert_equal(result, expected, least=30):
    """The same spikes; v, u and I up to the last digits of sums in another order, which the steps of v amplify."""
    v, u, current, fired = expected
    dt = float(result.model.dt / ms)
    found = np.zeros_like(fired)
    found[np.rint(np.asarray(result["spikes.t"] / ms) / dt).astype(int) + 1, result["spikes.i"]] = 1
    assert fired.sum() >= least and np.array_equal(found, fired)
    for name, values, tolerance in (("v", v, 1e-6), ("u", u, 1e-6), ("I", current, 1e-9)):
        assert np.abs(np.asarray(result[f"trace.{name}"]).T - values).max() < tolerance, name
