"""The Izhikevich networks: every term against a plain sum over past spikes, the tables against the source."""

import numpy as np
import pytest
from brian2 import Quantity, SpikeMonitor, StateMonitor, ms, second

from models.basal_ganglia import DELAYS, NUCLEI, WEIGHTS, BasalGanglia, projections
from models.equations.synapses import whole_steps
from models.izhikevich_population import IzhikevichPopulation
from tests.conftest import BACKENDS
from zoo import ZooError, replace, simulate

every_backend = pytest.mark.parametrize("backend", BACKENDS)


def _record(network):
    group = next(item for item in network.objects if item.name in ("cells", "neurons"))
    return [SpikeMonitor(group, name="spikes"), StateMonitor(group, ["v", "u", "I"], record=True, name="trace")]


def sum_over_past_spikes(weights, kernels, delays, windows, external, a, b, c, d, dt, steps):
    """The equations of the model docstrings, literally: explicit Euler, and (4) summed anew in every step.

    `weights` and the lists beside it have one entry per projection, each (n, n); `external` is (steps, n). Times in ms.
    Returns the spikes (step, neuron) and v, u, I, each (steps, n).
    """
    n = len(c)
    v, u = c.copy(), b * c
    fired = np.zeros((steps + 1, n))  # row s: spikes of the step that ends at time s dt
    v_all, u_all, I_all = (np.zeros((steps, n)) for _ in range(3))
    for step in range(steps):
        current = external[step].copy()
        for weight, kernel, delay, window in zip(weights, kernels, delays, windows, strict=True):
            for lag in range(min(window, step - delay + 1)):
                current += kernel(lag * dt) * (fired[step - delay - lag] @ weight)
        v_all[step], u_all[step], I_all[step] = v, u, current
        v, u = v + dt * (0.04 * v**2 + 5 * v + 140 - u + current), u + dt * a * (b * v - u)
        spikes = v >= 30
        fired[step + 1] = spikes
        v, u = np.where(spikes, c, v), np.where(spikes, u + d, u)
    return np.argwhere(fired), v_all, u_all, I_all


def _assert_equal(result, expected, dt):
    spikes, v, u, current = expected
    # Brian2 labels a spike with the start of its step.
    found = np.stack([np.rint(np.asarray(result["spikes.t"]) / dt / 1e-3).astype(int) + 1, result["spikes.i"]], axis=1)
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    assert len(spikes) > 30 and np.array_equal(found, spikes)
    # Sums run in another order; over some hundred steps the last digits of float64 grow to this.
    for name, values, tolerance in (("v", v, 1e-6), ("u", u, 1e-6), ("I", current, 1e-9)):
        assert np.abs(np.asarray(result[f"trace.{name}"]).T - values).max() < tolerance, name


@every_backend
def test_population_equals_the_sum_over_past_spikes(backend):
    random = np.random.default_rng(1)
    n, steps, dt = 30, 1500, 0.1
    weights = random.normal(size=(n, n))
    parameters = {
        "a": random.uniform(0.02, 0.1, n), "b": random.uniform(0.2, 0.25, n),
        "c": random.uniform(-65, -50, n), "d": random.uniform(2, 8, n),
    }  # fmt: skip
    model = IzhikevichPopulation(n=n, I_0=6, **parameters)
    result = simulate(model, steps * dt * ms, _record, backend=backend, values={"synapses.w": weights})
    expected = sum_over_past_spikes(
        [weights], [lambda t: np.exp(-t / 20)], [50], [500], np.full((steps, n), 6.0), **parameters, dt=dt, steps=steps
    )
    _assert_equal(result, expected, dt)


@every_backend
def test_an_input_of_time_and_neuron(backend):
    model = IzhikevichPopulation(n=8, w_sd=0, drive="I_ext = (I_0 + i)*int(t < 30*ms) : 1")
    result = simulate(model, 60 * ms, _record, backend=backend)
    t = np.asarray(result["trace.t"] / ms)
    current = np.asarray(result["trace.I"])
    assert np.all(current[3, t < 29.95] == 8) and np.all(current[3, t > 30.05] == 0)


@every_backend
def test_basal_ganglia_equal_the_sum_over_past_spikes(backend):
    """A fortieth of the sizes, weights that the program itself drew, and its own noise."""
    model = BasalGanglia(scale=0.025)
    n, steps, dt = sum(model.sizes.values()), 400, 0.2

    def record(network):
        return [*_record(network), StateMonitor(network["neurons"], "I_ext", record=True, name="input")]

    model = type("Kept", (BasalGanglia,), {"state": ("excitatory.w", "inhibitory.w")})(scale=0.025)
    result = simulate(model, steps * dt * ms, record, backend=backend, seed=2)
    external = np.asarray(result["input.I_ext"]).T
    weights, delays, kernels, windows = [], [], [], []
    for name, sign, kernel, window in (
        ("excitatory", 1, lambda t: np.exp(-t / 20), 100),
        ("inhibitory", -1, lambda t: t / 50 * np.exp(1 - t / 50), 500),
    ):
        i, j, _, delay = model.synapses(sign)
        in_steps = np.rint(np.asarray(delay / ms) / dt).astype(int)
        for value in np.unique(in_steps):
            matrix = np.zeros((n, n))
            own = in_steps == value
            matrix[i[own], j[own]] = result[f"{name}.w"][own]
            weights.append(matrix), delays.append(value), kernels.append(kernel), windows.append(window)
    neurons = {
        name: np.repeat([float(getattr(row, name)) for row in model.nuclei], list(model.sizes.values()))
        for name in "abcd"
    }
    expected = sum_over_past_spikes(weights, kernels, delays, windows, external, **neurons, dt=dt, steps=steps)
    _assert_equal(result, expected, dt)


def test_whole_steps_round_half_up():
    steps = np.asarray(whole_steps(np.array([2.5, 1.5, 14, 0, 0.1]) * ms, 0.2 * ms) / (0.2 * ms))
    assert np.allclose(steps, [13, 8, 70, 0, 1])
    assert isinstance(whole_steps(1 * ms, 0.1 * ms), Quantity)


def test_tables_of_the_source():
    """Counted and summed by hand from the three tables of the document."""
    rows = projections(WEIGHTS, DELAYS)
    assert len(rows) == 24
    assert sum(row.weight for row in rows if row.weight > 0) == 30 + 6 + 30 + 20 + 20 + 20
    assert sum(row.weight for row in rows if row.weight < 0) == -(2 + 2 + 10) - (2 + 3 + 2 + 2) - 10 - 14
    assert sum(row.delay for row in rows) == (10 + 10 + 2.5) + (14 + 10 + 7) + (11 + 13 + 5 + 5) + 18 + 21 + 5.5
    assert {row.name: row.n for row in NUCLEI} == {
        "CTX": 2000, "D1": 400, "D2": 400, "GPi": 200, "TA": 300, "TI": 300, "STN": 200,
    }  # fmt: skip
    pairs = {(row.pre, row.post): (row.weight, row.delay) for row in rows}
    assert pairs["D1", "GPi"] == (-10, 7) and pairs["STN", "GPi"] == (20, 1.5) and pairs["TI", "STN"] == (-4, 4)
    assert ("GPi", "CTX") not in pairs


def test_weights_have_the_mean_and_the_sign_of_the_table():
    model = type("Kept", (BasalGanglia,), {"state": ("excitatory.w", "inhibitory.w")})(scale=0.2)
    result = simulate(model, 1 * ms, backend=BACKENDS[-1], seed=1)
    for name, sign in (("excitatory", 1), ("inhibitory", -1)):
        w, mean = result[f"{name}.w"], model.synapses(sign)[2]
        relative = w / mean
        assert np.all(relative >= 0)
        # max(0, 1 + N(0, 1)): mean 1.0833, sd .8665; 0 with probability .1587. Five standard errors.
        error = 5 / np.sqrt(len(w))
        assert abs(relative.mean() - 1.0833) < 0.8665 * error and abs((relative == 0).mean() - 0.1587) < 0.37 * error


def test_cortical_noise():
    model = BasalGanglia(scale=0.1)

    def record(network):
        return [StateMonitor(network["neurons"], "I_ext", record=True, name="input")]

    noise = np.asarray(simulate(model, 40 * ms, record, backend=BACKENDS[-1])["input.I_ext"])
    cortex, others = noise[:200], noise[200:]
    error = 5 / np.sqrt(cortex.size)
    assert abs(cortex.mean() - 7) < 21 * error and abs(cortex.std() - 21) < 21 * error
    assert np.all(others == 0)
    assert abs(np.corrcoef(cortex[:, :-1].ravel(), cortex[:, 1:].ravel())[0, 1]) < error, "anew in every step"


def test_bad_tables():
    with pytest.raises(ZooError, match="'XYZ'"):
        BasalGanglia(projections=(*BasalGanglia().projections, {"pre": "XYZ", "post": "D1", "weight": 1, "delay": 1}))
    with pytest.raises(ZooError, match="scale"):
        BasalGanglia(scale=0.001)
    assert replace(BasalGanglia(), scale=0.5).sizes["CTX"] == 1000
    assert float(second) == 1
