"""The Hodgkin-Huxley grid: equal to NEURON, or to a plain reading of its scheme; wiring, stimuli, figures."""

import numpy as np
import pytest
from brian2 import Hz, SpikeMonitor, StateMonitor, cm, metre, ms, mV, nA, nS, ohm, prefs, second, siemens, um

from tests.conftest import BACKENDS, COMPILED
from zoo import ZooError, program, replace, simulate
from zoo.build import cache
from zoo.experiments import _against_neuron, hh_grid
from zoo.models.equations import neuron_scheme
from zoo.models.hh_grid import WRITTEN, HHGrid
from zoo.result import Result

BACKEND = BACKENDS[-1]
every_backend = pytest.mark.parametrize("backend", BACKENDS)
compiled_or_slow = pytest.mark.parametrize("backend", COMPILED)


def _spikes(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def _kept(*names, **fields):
    """The model with other variables in its results."""
    return type("Kept", (HHGrid,), {"state": names})(**fields)


# Against NEURON. The claims of the experiment hold all cases on cpp.


@pytest.mark.parametrize(
    ("case", "backend", "spikes"),
    [
        ("hh_single", "runtime", 2),
        ("hh_grid_gaba_n5", BACKEND, 231),
        pytest.param("hh_grid_gaba_n5", "runtime", 231, marks=pytest.mark.slow),
        pytest.param("hh_grid_written_n5", "runtime", 50, marks=pytest.mark.slow),
    ],
)
def test_neurons_scheme_is_neurons(case, backend, spikes):
    found = _against_neuron.measure(case, "neuron", 0.025, "dt025", backend)
    assert found["spikes"] == spikes and found["differing spikes"] == 0
    # Traces are stored as float32 (4e-6 mV at -65 mV); the rest are sums in another order.
    assert found["traces"] and found["largest voltage error"] < 1e-4


def _single(stimulus_weight, duration, backend, solver="rk4", dt=0.025):
    def record(network):
        names = ["v", "v_d", "m", "h", "n_K", "g_e"]
        return [StateMonitor(network["cells"], names, record=True, dt=0.025 * ms, name="trace")]

    model = HHGrid(n=1, stimulus="event", w_stim=stimulus_weight, w_EI=0 * nS, w_IE=0 * nS, solver=solver, dt=dt * ms)
    return simulate(model, duration, record, backend=backend)


@pytest.mark.slow
def test_gates_and_conductance_of_a_single_cell():
    known = _against_neuron.reference("hh_single")
    result = _single(40 * nS, 59.975 * ms, BACKEND, dt=0.005)
    for position, cell in enumerate("EI"):
        for variable, name in (("m", "m"), ("h", "h"), ("n_K", "n")):
            expected = known[f"{cell}_cvode_notab_{name}"][: result["trace.t"].size]
            # v is within 1e-5 mV of cvode's here; a gate moves by at most 0.05 a mV.
            assert np.abs(result[f"trace.{variable}"][position] - expected).max() < 1e-5, (cell, name)
        g = np.asarray(result["trace.g_e"][position] / siemens) * 1e6
        expected = known[f"{cell}_cvode_notab_g"][: g.size]
        # cvode records the conductance at 10 ms after the event, as the slot "start" does.
        assert np.abs(g - expected).max() < 1e-6


@compiled_or_slow
def test_cells_at_rest(backend):
    """100 ms without an event, and where they are after a second."""
    known = _against_neuron.reference("hh_single")
    result = _single(0 * nS, 100 * ms, backend)
    for position, cell in enumerate("EI"):
        for variable, name in (("v", "vs"), ("v_d", "vd")):
            expected = known[f"{cell}_nostim100_{name}"][: result["trace.t"].size]
            # Four digits of what is a displacement of 2 mV at most; float32 alone is 4e-6.
            assert np.abs(result[f"trace.{variable}"][position] / mV - expected).max() < 1e-3
    assert float(result["trace.v"][0, -1] / mV) == pytest.approx(-64.98, abs=0.01)
    assert float(result["trace.v"][1, -1] / mV) == pytest.approx(-63.28, abs=0.01)


# Against a plain reading of NEURON's scheme, in settings without golden data


def plain_scheme(model, duration):
    """The four parts of the scheme of the model docstring, cell by cell and event by event, in ms, mV, nS, pF, pA.

    Returns the spikes, rows (step, cell), and v and v_d, (steps, cells).
    """
    dt, n = float(model.dt / ms), model.n**2
    L_s, d_s, L_d, d_d = (float(getattr(model, name) / um) for name in ("L_s", "d_s", "L_d", "d_d"))
    A_s, A_d = np.pi * L_s * d_s, np.pi * L_d * d_d  # um^2
    C_s, C_d = 0.01 * A_s, 0.01 * A_d  # 1 uF/cm^2 is 0.01 pF/um^2
    g_Na, g_K, g_L, g_pas = 1.2 * A_s, 0.36 * A_s, 0.003 * A_s, 0.01 * A_d
    axial = float(model.R_a / (ohm * cm)) * 1e-2  # MOhm um
    g_c = 1e3 / (axial * (L_s / 2) / (np.pi * d_s**2 / 4) + axial * (L_d / 2) / (np.pi * d_d**2 / 4))
    E_pas = np.repeat([float(model.v_rest_E / mV), float(model.v_rest_I / mV)], n)
    v = np.repeat([float(model.v_start_E / mV), float(model.v_start_I / mV)], n)
    v_d = v.copy()

    def rates(v):
        x = (v + 40) / 10, (v + 55) / 10
        alpha_m, alpha_n = (factor * y / -np.expm1(-y) for factor, y in zip((1, 0.1), x, strict=True))
        alpha_h, beta_h = 0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10))
        return (alpha_m, 4 * np.exp(-(v + 65) / 18)), (alpha_h, beta_h), (alpha_n, 0.125 * np.exp(-(v + 65) / 80))

    m, h, n_K = (alpha / (alpha + beta) for alpha, beta in rates(np.full(2 * n, float(model.v_gates / mV))))
    tau = {"e": float(model.tau_e / ms), "i": float(model.tau_i / ms)}
    E = {"e": float(model.E_e / mV), "i": float(model.E_i / mV)}
    g = {"e": np.zeros(2 * n), "i": np.zeros(2 * n)}
    kind, sign = ("i", 1) if model.inhibition == "gaba" else ("e", -1)
    w_EI, w_IE, w_stim = (float(w / nS) for w in (model.w_EI, model.w_IE, model.w_stim))
    D_EI, D_IE = (int(np.floor(float(d / ms) / dt + 0.5)) for d in (model.delay_EI, model.delay_IE))
    due = [(int(np.floor(float(t / ms) / dt + 0.5)), "e", int(i), w_stim) for t, i in zip(*model.events, strict=True)]
    spikes, v_all, v_d_all = [], [], []
    for step in range(round(float(duration / ms) / dt)):
        for when, x, cell, weight in due:
            if when == step:
                g[x][cell] += weight
        due = [event for event in due if event[0] > step]
        v_all.append(v.copy()), v_d_all.append(v_d.copy())
        a = np.empty((2 * n, 2, 2))
        a[:, 0, 0] = C_s / dt + g_Na * m**3 * h + g_K * n_K**4 + g_L + g_c
        a[:, 1, 1] = C_d / dt + g_pas + g["e"] + g["i"] + g_c
        a[:, 0, 1] = a[:, 1, 0] = -g_c
        b_s = C_s / dt * v + g_Na * m**3 * h * 50 - g_K * n_K**4 * 77 - g_L * 54.3
        b_d = C_d / dt * v_d + g_pas * E_pas + g["e"] * E["e"] + g["i"] * E["i"]
        below = v <= 10
        v, v_d = np.linalg.solve(a, np.stack([b_s, b_d], axis=1)[..., None])[..., 0].T
        for gate, (alpha, beta) in zip((m, h, n_K), rates(v), strict=True):
            gate += (alpha / (alpha + beta) - gate) * (1 - np.exp(-dt * (alpha + beta)))
        for x in "ei":
            g[x] *= np.exp(-dt / tau[x])
        for cell in np.flatnonzero(below & (v > 10)):
            spikes.append((step + 1, cell))
            if cell < n:
                due.append((step + 1 + D_EI, "e", cell + n, w_EI))
            else:
                due += [(step + 1 + D_IE, kind, k, sign * w_IE) for k in range(n) if k != cell - n]
    return np.array(spikes), np.array(v_all), np.array(v_d_all)


#: Settings away from the defaults: time steps, delays, weights, synapses, geometry, events that fall together. They have one size, as
#: then all but the last are one program.
SETTINGS = {
    "coarse": dict(n=3, dt=0.05 * ms, delay_EI=3.7 * ms, delay_IE=2 * ms, w_EI=25 * nS, w_IE=30 * nS),
    "fine": dict(n=3, dt=0.01 * ms, tau_e=3 * ms, tau_i=5 * ms, E_i=-70 * mV, w_stim=60 * nS, w_EI=20 * nS),
    "displaced": dict(n=3, v_start_E=-55 * mV, v_start_I=-70 * mV, v_gates=-60 * mV, v_rest_I=-62 * mV),
    "geometry": dict(n=3, L_d=300 * um, d_d=2 * um, d_s=15 * um, R_a=150 * ohm * cm, w_stim=80 * nS, delay_EI=0.5 * ms),
    "written": dict(n=3, inhibition="written", beyond=True, w_IE=1.5 * nS, w_EI=20 * nS, delay_IE=1 * ms),
}


def _setting(name):
    """The model of a setting, with ten events, of which two fall together and one comes at the very start."""
    fields = SETTINGS[name]
    random = np.random.default_rng(len(name))
    t = np.round(random.uniform(1, 50, 10), 1)
    i = random.integers(0, 2 * fields["n"] ** 2, 10)
    t[0], t[2], i[2] = 0, t[1], i[1]
    return HHGrid(stimulus="events", event_t=t * ms, event_i=i, **fields)


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        pytest.param(name, backend, marks=[pytest.mark.slow] if backend == "runtime" and BACKENDS[1:] else [])
        for name in SETTINGS for backend in BACKENDS
    ],
)  # fmt: skip
def test_other_settings_are_the_plain_scheme(name, backend):
    model, duration = _setting(name), 60 * ms

    def record(network):
        return [*_spikes(network), StateMonitor(network["cells"], ["v", "v_d"], record=True, name="trace")]

    result = simulate(model, duration, record, backend=backend)
    spikes, v, v_d = plain_scheme(model, duration)
    found = np.stack([np.rint(np.asarray(result["spikes.t"] / model.dt)).astype(int) + 1, result["spikes.i"]], axis=1)
    assert len(spikes) > 8 and np.array_equal(found[np.lexsort((found[:, 1], found[:, 0]))], spikes)
    # The 2 x 2 solve and the exponentials differ in their last digits, which the upstroke of a spike magnifies.
    assert np.abs(np.asarray(result["trace.v"] / mV).T - v).max() < 1e-6
    assert np.abs(np.asarray(result["trace.v_d"] / mV).T - v_d).max() < 1e-6


# Wiring and stimuli


def _pairs(result, name):
    """Indices of source and target cell of all synapses; those of the two grids count from 0 each."""
    cells = result.model.n**2
    first, second = (0, cells) if name == "excite" else (cells, 0)
    return list(zip((result[f"{name}.i"] + first).tolist(), (result[f"{name}.j"] + second).tolist(), strict=True))


ENDS = tuple(f"{name}.{end}" for name in ("excite", "inhibit") for end in "ij")


@pytest.mark.parametrize(
    ("n", "backend"), [(1, "runtime"), (3, "runtime"), pytest.param(3, "cpp", marks=pytest.mark.slow)]
)
def test_wiring_and_places(n, backend):
    names = ("cells.x", "cells.y", "cells.z", "cells.excitatory")
    result = simulate(_kept(*ENDS, *names, n=n), 1 * ms, backend=backend)
    cells = n * n
    assert sorted(_pairs(result, "excite")) == [(k, k + cells) for k in range(cells)]
    others = [(i + cells, j) for i in range(cells) for j in range(cells) if i != j]
    assert sorted(_pairs(result, "inhibit")) == others, "all once"
    x, y, z = (np.asarray(result[f"cells.{axis}"] / um) for axis in "xyz")
    place = np.tile(np.arange(cells), 2)
    assert np.allclose(x, 25 * (place // n)) and np.allclose(y, 25 * (place % n)), "cell i n + j is at (i, j)"
    assert np.allclose(z, np.repeat([0, -50], cells))
    assert np.array_equal(result["cells.excitatory"], np.repeat([True, False], cells))


def test_the_connections_of_a_cell_in_the_figure_are_those_of_the_network():
    n = 3
    result = simulate(_kept(*ENDS, n=n), 1 * ms, backend="runtime")
    for cell in range(2 * n * n):
        for shown, name in zip(hh_grid.connections(n, cell), ("excite", "inhibit"), strict=True):
            assert sorted(shown) == sorted(pair for pair in _pairs(result, name) if cell in pair)


def _key(**fields):
    """The key of a program, without compiling it."""
    events = {"stimulus": "events", "event_t": [1, 2] * ms, "event_i": [0, 1]}
    model = HHGrid(**{"n": 2, **events, **fields})
    with program(model, 5 * ms, _spikes, compiled=False) as built:
        return cache.key_of(built.project)


def test_stimuli_weights_delays_and_geometry_are_data():
    """Other values of all of these are the same program; another number of cells or of events is not."""
    first = _key()
    assert first == _key(
        event_t=[3, 4] * ms, event_i=[2, 5], w_stim=10 * nS, w_EI=1 * nS, w_IE=2 * nS, delay_EI=2 * ms, delay_IE=1 * ms,
        L_d=100 * um, R_a=50 * ohm * cm, dt=0.05 * ms, I_clamp=1 * nA, v_rest_I=-65 * mV, v_spike_E=0 * mV,
        tau_i=3 * ms,
    )  # fmt: skip
    assert first != _key(n=3) and first != _key(event_t=[1, 2, 3] * ms, event_i=0)


def test_events_change_within_one_program():
    """Times and weights of single events are the delays and weights of `stimulate`."""
    model = HHGrid(n=2, stimulus="events", event_t=[5, 100] * ms, event_i=[0, 3])
    with program(model, 30 * ms, _spikes, backend=BACKEND) as built:
        assert built.run()["spikes.count"][:4].tolist() == [1, 0, 0, 0]
        assert built.run({"stimulate.delay": [100, 5] * ms})["spikes.count"][:4].tolist() == [0, 0, 0, 1]
        assert built.run({"stimulate.w": [0, 40] * nS})["spikes.count"].sum() == 0


#: Time step in ms -> time of an event in ms -> the first step whose voltage it moves in NEURON 9.0.2. Events in the
#: middle of a step come before it or after it, as the rounding of NEURON's clock has it.
DELIVERED = {
    0.025: {5.0125: 200, 8.3375: 333, 9.7125: 389, 11.0625: 443, 20.0125: 801, 38.8125: 1552, 5.01: 200, 5.02: 201},
    0.005: {5.0025: 1000, 8.3375: 1667, 12.0025: 2401, 30.0175: 6003},
    0.0125: {5.00625: 401, 8.34375: 668, 12.09375: 968, 25.01875: 2001},
    0.05: {5.025: 100, 8.375: 167, 20.125: 403, 40.275: 806},
}


@pytest.mark.parametrize("dt", DELIVERED)
def test_events_come_before_the_step_that_neuron_gives_them(dt, monkeypatch):
    monkeypatch.setitem(prefs, "codegen.target", "numpy")  # Cython compiles for 16 s
    times, steps = list(DELIVERED[dt]), list(DELIVERED[dt].values())
    found = neuron_scheme.delivered(times * ms, dt * ms) / (dt * ms)
    assert np.array_equal(np.rint(found), steps) and np.allclose(found, steps, atol=1e-6)
    network = HHGrid(n=1, stimulus="events", event_t=times * ms, event_i=0, dt=dt * ms).build()
    assert np.allclose(network["stimulate"].pre.delay / (dt * ms), steps)


def test_every_event_has_its_weight():
    """The second event is too weak for a spike."""
    model = HHGrid(n=2, stimulus="events", event_t=[2, 2] * ms, event_i=[0, 3], w_stim=[40, 1] * nS)
    assert simulate(model, 6 * ms, _spikes, backend="runtime")["spikes.count"][:4].tolist() == [1, 0, 0, 0]
    with pytest.raises(ZooError, match="3 weights for 2 events"):
        replace(model, w_stim=[1, 2, 3] * nS)
    with pytest.raises(ZooError, match="2 weights for 4 excitatory cells"):
        HHGrid(n=2, w_stim=[1, 2] * nS)


def test_every_upward_crossing_counts():
    """NEURON has no refractory period. A fast current makes the soma cross 10 mV more than once in a spike."""
    jumps = (
        "(0.13 + 1.6*(sin(t_in_timesteps*12.9898)*43758.5453 - floor(sin(t_in_timesteps*12.9898)*43758.5453) - 0.5))"
    )
    neuron = HHGrid().neuron.replace("I_clamp*clamped", f"I_clamp*clamped*{jumps}")
    model = HHGrid(n=1, stimulus="event", w_stim=0 * nS, w_EI=0 * nS, I_clamp=[1, 0] * nA, neuron=neuron)

    def record(network):
        return [*_spikes(network), StateMonitor(network["cells"], "v", record=[0], when="end", name="trace")]

    with program(model, 100 * ms, record, backend=BACKEND) as built:
        result, refractory = built.run(), built.run({"cells.t_ref_E": 5 * ms})
    above = np.asarray(result["trace.v"][0] / mV) > 10
    crossings = np.sum(above[1:] & ~above[:-1])
    assert result["spikes.count"][0] == crossings > refractory["spikes.count"][0] > 2


@compiled_or_slow
def test_poisson_stimuli(backend):
    """Spikes of the sources have the mean and the variance of a Poisson process, at every rate."""

    def record(network):
        return [SpikeMonitor(network["stimuli"], name="stimuli_spikes")]

    rates = np.repeat([0, 50, 200, 200], 25) * Hz
    model = HHGrid(n=10, rate=rates, dt=0.2 * ms)
    counts = simulate(model, 400 * ms, record, backend=backend, seed=3)["stimuli_spikes.count"]
    assert np.all(counts[:25] == 0)
    for own, mean in ((counts[25:50], 20), (counts[50:], 80)):
        # Five standard errors of the mean and of the variance of Poisson numbers: a false alarm in 1e-6 and 1e-5.
        assert abs(own.mean() - mean) < 5 * np.sqrt(mean / len(own))
        assert abs(own.var(ddof=1) - mean) < 5 * np.sqrt((mean + 2 * mean**2) / len(own))


@compiled_or_slow
def test_a_spike_is_counted_once_by_threshold_and_refractory_period(backend):
    """The potentials of the source count a spike earlier; a long refractory period hides the next one."""
    # With two events, as `test_events_change_within_one_program`, whose program this is.
    model = HHGrid(n=2, stimulus="events", event_t=[10, 40] * ms, event_i=[0, 0], dt=0.05 * ms)
    with program(model, 60 * ms, _spikes, backend=backend) as built:
        plain, written, long = (
            built.run(values) for values in ({}, {"cells.v_spike_E": WRITTEN["v_spike_E"]}, {"cells.t_ref_E": 50 * ms})
        )

    def of_E(result):
        return np.asarray(result["spikes.t"] / ms)[result["spikes.i"] == 0]

    assert len(of_E(plain)) == 2
    assert len(of_E(written)) == 2 and np.all((of_E(plain) - of_E(written) > 0.1) & (of_E(plain) - of_E(written) < 1))
    assert len(of_E(long)) == 1


# Bad input, experiment


def test_bad_input():
    with pytest.raises(ZooError, match="did you mean gaba"):
        HHGrid(inhibition="gabba")
    with pytest.raises(ZooError, match="unknown solver 'rk5'"):
        HHGrid(solver="rk5")
    with pytest.raises(ZooError, match="poisson"):
        HHGrid(stimulus="poison")
    with pytest.raises(ZooError, match="3 times and event_i 2 cells"):
        HHGrid(stimulus="events", event_t=[1, 2, 3] * ms, event_i=[0, 1])
    with pytest.raises(ZooError, match="from 0 to 7"):
        HHGrid(n=2, stimulus="events", event_i=8)
    with pytest.raises(ZooError, match="event_t is .*at least 0"):
        HHGrid(stimulus="event", event_t=-1 * ms)
    with pytest.raises(ZooError, match=r"up to 41\*kHz, and dt = 25\*us allows at most 40\*kHz"):
        HHGrid(rate=[25, 41e3, 25, 25] * Hz, n=2)
    with pytest.raises(ZooError, match="no event"):
        HHGrid(stimulus="events", event_t=np.zeros(0) * ms, event_i=np.zeros(0))
    for option, value in (("plot", "rasta"), ("colour", "blue")):
        with pytest.raises(ZooError, match=f"unknown {option}"):
            hh_grid.main(**{option: value})
    with pytest.raises(ZooError, match="0 to 7"):
        hh_grid.main(model=HHGrid(n=2), cell=8)
    with pytest.raises(ZooError, match="within the duration"):
        hh_grid.main(at=1 * second)


def test_the_written_inhibition_stops_where_it_diverges(capsys):
    model = HHGrid(n=3, inhibition="written", stimulus="event")
    with pytest.raises(ZooError, match=r"42\.3\*ms.*--beyond"):
        hh_grid.main(model=model, duration=43 * ms, backend=BACKEND)
    assert "diverged_ms" not in hh_grid.main(model=model, duration=42 * ms, backend=BACKEND).numbers
    numbers = hh_grid.main(model=replace(model, beyond=True), duration=60 * ms, backend=BACKEND).numbers
    assert 42.3 < numbers["diverged_ms"] < 45 and "diverge at" in capsys.readouterr().out


@pytest.mark.slow
def test_figures_and_animation(tmp_path):
    from PIL import Image

    result = hh_grid.main(
        model=HHGrid(n=3), duration=40 * ms, backend=BACKEND, cell=12, animate=True, out=tmp_path, seed=2
    )
    with Image.open(tmp_path / "positions.gif") as pictures:
        # 80 samples of 0.5 ms, two to a frame; equal frames may be merged.
        assert 20 < pictures.n_frames <= 40
    figures = hh_grid.plot(Result.load(result.save(tmp_path)))
    assert set(figures) == {"raster", "voltages", "positions"}
    (space, scale) = figures["positions"].axes
    assert space.name == "3d" and scale.get_ylabel() == "rate (Hz)"
    for part in _somata_and_dendrites(space):
        assert np.allclose(part.get_array(), result["spikes.count"] / 0.04) and result["spikes.count"].sum() > 3
    titles = [axes.get_title("left") for axes in figures["voltages"].axes]
    names = (
        "inhibitory cell at row 1, column 0",
        "excitatory cell at row 1, column 0",
        "inhibitory cell at row 1, column 1",
    )
    assert titles == list(names)
    shown = hh_grid.plot(result.with_numbers(plot="positions", colour="voltage", at_ms=20.0))
    assert list(shown) == ["positions"]
    somata, dendrites = _somata_and_dendrites(shown["positions"].axes[0])
    assert np.allclose(somata.get_array(), result["field.v"][:, 40] / mV)
    assert np.allclose(dendrites.get_array(), result["field.v_d"][:, 40] / mV)
    x, z, y = np.array(dendrites._segments3d).T  # (near and far end, cells)
    assert np.allclose(x[0], 25 * np.tile([0, 0, 0, 1, 1, 1, 2, 2, 2], 2)) and np.array_equal(x[0], x[1])
    assert np.allclose(y[0], 25 * np.tile([0, 1, 2], 6)) and np.allclose(np.abs(z[1] - z[0]), 200)


def _somata_and_dendrites(space):
    return [item for item in space.collections if item.get_array() is not None]


def test_literal_takes_the_potentials_of_the_source():
    result = hh_grid.main(model=HHGrid(n=1), duration=5 * ms, backend="runtime", literal=True)
    assert result.model.v_spike_E == -52 * mV and result.model.v_spike_I == -40 * mV
    assert float(result["field.v"][1, 0] / mV) == pytest.approx(-45)
    assert result.model.t_ref_E == 5 * ms and result.model.t_ref_I == 2 * ms
    assert replace(HHGrid(), **WRITTEN).v_start_E == -65 * mV and float(metre) == 1


def test_traced_cells_are_an_option():
    """In the order in which they are named; the soma of each is that of the same cell in the record of all."""
    result = hh_grid.main(HHGrid(n=2), 2 * ms, "runtime", trace="7,0-1", plot="voltages")
    assert list(result["trace.record"]) == [7, 0, 1]
    assert np.array_equal(result["trace.v"][:, ::5], result["field.v"][[7, 0, 1]])  # recorded every 0.1 and 0.5 ms
    (figure,) = hh_grid.plot(result).values()
    assert [axes.get_title(loc="left").partition(" at")[0] for axes in figure.axes] == [
        "inhibitory cell", "excitatory cell", "excitatory cell",
    ]  # fmt: skip
    with pytest.raises(ZooError, match="neurons 0 to 7, not 8"):
        hh_grid.main(HHGrid(n=2), 2 * ms, "runtime", trace="8")
