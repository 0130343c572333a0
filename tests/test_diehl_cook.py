"""The network of Diehl and Cook: what its rules do to weights, spike by spike, and what happens between images."""

import numpy as np
import pytest
from brian2 import SpikeMonitor, ms, mV

from zoo import ZooError, datasets, program
from zoo.models.diehl_cook_2015 import DiehlCook2015

DIGITS = datasets.load("digits").images[:2]
PIXELS = 784


def _record(network):
    return [SpikeMonitor(network[name], name=f"{name}_spikes") for name in ("pixels", "excitatory", "inhibitory")]


def _steps(result, name, dt):
    """The spikes of a group as (steps, indices)."""
    return np.rint(np.asarray(result[f"{name}_spikes.t"]) / dt).astype(int), np.asarray(result[f"{name}_spikes.i"])


@pytest.mark.parametrize("rule", ["power", "triplet"])
def test_the_rules_change_weights_as_they_are_written(rule):
    """The same statements in NumPy, with spikes of the run: arrival by arrival, traces of the cells in Euler steps."""
    model = DiehlCook2015(n=2, n_images=1, rule=rule, theta_0=17 * mV, A_plus=0.2, A_minus=0.02, eta=0.05)
    start = model.normalised(np.random.default_rng(1).random(PIXELS * 4))
    with program(model, model.exposure, _record, backend="runtime") as built:
        result = built.run({**model.shown(DIGITS[:1]), "learned.w": start}, seed=2)
    dt = float(model.dt)
    w = start.reshape(PIXELS, 4).copy()
    uniform = np.random.default_rng(model.delay_seed).random(PIXELS * 4).reshape(PIXELS, 4)
    delays = np.floor(uniform * float(model.delay_most) / dt + 0.5).astype(int)
    sent, spiked = _steps(result, "pixels", dt), _steps(result, "excitatory", dt)
    assert len(spiked[0]) > 10, "cells spike"
    arrivals = np.zeros((round(float(model.exposure) / dt) + 30, PIXELS, 4), bool)
    for step, pixel in zip(*sent, strict=True):
        for cell in range(4):
            arrivals[step + delays[pixel, cell], pixel, cell] = True
    x, y, y_slow = np.zeros((PIXELS, 4)), np.zeros(4), np.zeros(4)
    for step in range(round(float(model.exposure) / dt)):
        x *= np.exp(-dt / float(model.tau_x))
        y, y_slow = y * (1 - dt / float(model.tau_y)), y_slow * (1 - dt / float(model.tau_y_slow))
        here, post = arrivals[step], spiked[1][spiked[0] == step]
        if rule == "power":
            x[here] += 1
            change = model.eta * (x - model.x_tar) * np.clip(model.w_max - w, 0, None) ** model.mu
        else:
            w = np.where(here, np.clip(w - model.A_minus * y, 0, model.w_max), w)
            x[here] = 1
            change = model.A_plus * x * y_slow
        w[:, post] = np.clip(w + change, 0, model.w_max)[:, post]
        y[post] = y_slow[post] = 1
    assert np.abs(w - start.reshape(PIXELS, 4)).max() > 0.02, "it learns"
    # Rounding: the decay of x is one exponential for each interval there, and a product of many here.
    assert np.allclose(np.asarray(result["learned.w"]).reshape(PIXELS, 4), w, rtol=1e-9, atol=1e-12)


@pytest.mark.slow
def test_between_images():
    """Inputs rest for 150 ms, the next image finds normalised weights, and only a network that learns changes."""
    model = DiehlCook2015(n=2, n_images=2, theta_0=17 * mV)
    with program(model, 2 * model.presentation, _record, backend="runtime") as built:
        learning = built.run(model.shown(DIGITS), seed=1)
        end = built.run(learning.state, duration=model.dt)
        still = built.run({**model.shown(DIGITS), **end.state, **model.at_test(end.state["excitatory.theta"])}, seed=1)
        louder = built.run({**model.shown(DIGITS), **model.amplified(2)}, seed=1)
    t = np.asarray(learning["pixels_spikes.t"])
    assert len(t) > 1000 and np.all(t % 0.5 < 0.35)
    assert 1.8 * len(t) < len(louder["pixels_spikes.t"]) < 2.2 * len(t), "twice the rates"
    weights = np.asarray(end["learned.w"])
    assert np.allclose(weights.reshape(PIXELS, 4).sum(axis=0), model.W, rtol=1e-9)
    assert np.allclose(weights, model.normalised(learning["learned.w"]), rtol=1e-9)
    assert np.array_equal(still["learned.w"], weights)
    assert np.array_equal(still["excitatory.theta"], end.state["excitatory.theta"])
    # Each spike adds delta to theta, which decays by 1 s / 10,000 s in all.
    gain = np.asarray(learning["excitatory.theta"]) - float(model.theta_0)
    counts = np.bincount(learning["excitatory_spikes.i"], minlength=4)
    assert counts.sum() > 10
    assert np.allclose(gain, counts * float(model.delta), rtol=0, atol=1.1e-4 * 0.02 + 1e-4 * counts.max() * 5e-5)


def test_every_excitatory_spike_has_its_inhibitory_one():
    model = DiehlCook2015(n=2, n_images=1, theta_0=17 * mV, exposure=150 * ms)
    with program(model, model.exposure, _record, backend="runtime") as built:
        result = built.run(model.shown(DIGITS[:1]), seed=1)
    excitatory, inhibitory = (_steps(result, name, float(model.dt)) for name in ("excitatory", "inhibitory"))
    assert len(excitatory[0]) > 5
    spikes = set(zip(*map(np.ndarray.tolist, inhibitory), strict=True))
    before_end = round(float(model.exposure / model.dt)) - 2
    assert all((step + 1, cell) in spikes for step, cell in zip(*excitatory, strict=True) if step < before_end)


def test_rates_that_the_time_step_cannot_hold():
    with pytest.raises(ZooError, match="white pixel"):
        DiehlCook2015(gain=40)
