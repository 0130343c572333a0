"""The single neurons under current clamp: published numbers, closed forms, programs of the papers written again."""

from functools import cache

import numpy as np
import pytest
from brian2 import Equations, SpikeMonitor, StateMonitor, cm, ms, nA, second, uA, uF

from tests.conftest import BACKENDS, EQUATIONS
from zoo import ZooError, program, replace, simulate
from zoo.analysis.phase_plane import System, fixed_points
from zoo.catalogue import cards
from zoo.experiments import firing_patterns
from zoo.models.equations import stimuli
from zoo.models.equations.presets import izhikevich_presets as presets
from zoo.models.equations.solvers import sequential_euler
from zoo.models.fitzhugh_nagumo import FitzHughNagumo
from zoo.models.hodgkin_huxley import HodgkinHuxley
from zoo.models.izhikevich import Izhikevich
from zoo.models.izhikevich_patterns import PATTERNS, IzhikevichPatterns
from zoo.models.leaky_integrate_and_fire import LeakyIntegrateAndFire
from zoo.models.morris_lecar import MorrisLecar

every_backend = pytest.mark.parametrize("backend", BACKENDS)
equations = pytest.mark.parametrize("backend", EQUATIONS)
MICROAMP = uA / cm**2


def spikes(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def currents(network):
    return [StateMonitor(network["cells"], "I", record=True, name="trace")]


def steps(result, cell, dt):
    """The time steps at which a cell spikes; Brian2 labels a spike with the start of its step."""
    return np.rint(np.asarray(result["spikes.t"][result["spikes.i"] == cell] / ms) / dt).astype(int)


# Hodgkin-Huxley -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@equations
def test_hodgkin_huxley_at_another_temperature(backend):
    """At 16.3 degrees all gates are three times as fast; with a third of C the whole axon is."""
    slow = simulate(HodgkinHuxley(dt=0.06 * ms, onset=6 * ms), 60 * ms, spikes, backend=backend)
    fast = HodgkinHuxley(dt=0.02 * ms, onset=2 * ms, T=16.3, C=uF / cm**2 / 3)
    fast = simulate(fast, 20 * ms, spikes, backend=backend)
    assert len(slow["spikes.t"]) == 4
    assert np.array_equal(steps(slow, 0, 0.06), steps(fast, 0, 0.02))


def test_hodgkin_huxley_gates_of_the_paper():
    """Rates as the paper prints them, (12)-(24), in its own variable, for which a depolarisation is negative."""
    v = np.array([-99.5, -65.0, -41.3, 0.0, 31.0])
    V = -65 - v  # mV
    paper = {
        "alpha_n": 0.01 * (V + 10) / (np.exp((V + 10) / 10) - 1),
        "beta_n": 0.125 * np.exp(V / 80),
        "alpha_m": 0.1 * (V + 25) / (np.exp((V + 25) / 10) - 1),
        "beta_m": 4 * np.exp(V / 18),
        "alpha_h": 0.07 * np.exp(V / 20),
        "beta_h": 1 / (np.exp((V + 30) / 10) + 1),
    }
    for T, factor in ((6.3, 1), (16.3, 3)):
        system = System.of(HodgkinHuxley(T=T), {"I": 0, "m": 0, "h": 0, "n_K": 0})
        for name, rates in paper.items():
            # The exponentials of the paper's quotients cancel to 1e-13.
            assert np.allclose(system.function(name)(v * 1e-3), factor * rates * 1e3, rtol=1e-11), name


def test_hodgkin_huxley_rests():
    """The paper chooses E_L so that no current flows at rest; its 10.613 mV do so within a hundredth of a millivolt."""
    rest = {gate: f"alpha_{name}/(alpha_{name} + beta_{name})" for gate, name in (("m", "m"), ("h", "h"), ("n_K", "n"))}
    (point,) = fixed_points(System.of(HodgkinHuxley(), {"I": 0, **rest}), (-0.09,), (0.05,))
    assert abs(point.state[0] + 0.065) < 0.01e-3


# Izhikevich ---------------------------------------------------------------------------------------------------------


EPSILON = np.finfo(float).eps


def published(a, b, c, d, current, v, duration, tau, halves=1, u=None, p=5.0, q=140.0, recovery=None, rng=None):
    """The loop of Izhikevich's programs: the steps k at which v is above 30, and v before each step.

    With `halves` = 2 the program of 2003, which makes two half steps of v in every step. With `rng` each slope of v is
    off by up to one rounding error of its terms, as in a program that adds them in another order or fuses a product with
    a sum. The value that v has when it spikes, anything from 30 to some hundreds, goes into u: with a large a rounding
    errors grow with every spike.
    """
    u = b * v if u is None else u
    recovery = recovery or (lambda v, u: a * (b * v - u))
    found, trace = [], []
    for k in range(round(duration / tau)):
        trace.append(v)
        for _ in range(halves):
            slope = 0.04 * v**2 + p * v + q - u + current(k * tau)
            if rng:
                slope += rng.uniform(-1, 1) * EPSILON * (0.04 * v**2 + abs(p * v) + q + abs(u))
            v = v + tau / halves * slope
        u = u + tau * recovery(v, u)
        if v >= 30:
            found.append(k)
            v, u = c, u + d
    return found, np.array(trace)


@equations
@pytest.mark.parametrize(("dt", "parts"), [(1.0, 2), (0.25, 1)])
def test_izhikevich_cells_spike_with_the_published_scheme(backend, dt, parts):
    """RS, IB, CH, FS in one group: not one spike a step off, as far as the program's own arithmetic determines them.

    That is up to the spike before the first one that moves in one of twenty runs with other rounding errors.
    """
    names = ("RS", "IB", "CH", "FS")
    table = {key: np.array([presets[name][key] for name in names]) for key in "abcd"}
    model = Izhikevich(n=4, v=-65, v_parts=parts, dt=dt * ms, amplitude=10, onset=20 * ms, **table)
    result = simulate(model, 1 * second, spikes, backend=backend)
    for cell, name in enumerate(names):
        given = {**presets[name], "current": lambda t: 10 * (t >= 20), "v": -65.0, "duration": 1000, "tau": dt}
        one, *others = (
            published(**given, halves=parts, rng=rng)[0] for rng in (None, *map(np.random.default_rng, range(20)))
        )
        moved = [k for other in others for k, (x, y) in enumerate(zip(one, other, strict=False)) if x != y]
        sure = min(moved) - 1 if moved else len(one)
        assert sure >= 10
        assert steps(result, cell, dt)[:sure].tolist() == one[:sure], name


def test_a_scheme_names_the_variables():
    scheme = sequential_euler("v", "u")
    with pytest.raises(ZooError, match="the scheme is for v, u"):
        scheme(Equations("dv/dt = -v/ms : 1"), {})


# Leaky integrate-and-fire -------------------------------------------------------------------------------------------


@equations
def test_integrate_and_fire_rates_are_the_closed_form(backend):
    """Every interval is that of the formula, rounded up to whole steps: no tolerance."""
    model = LeakyIntegrateAndFire(dt=0.1 * ms, onset=0 * ms)
    amplitude = np.concatenate([[-1, 0, 1.0, 1.499], np.linspace(1.51, 8, 36)]) * nA
    result = simulate(replace(model, n=40, amplitude=amplitude), 400 * ms, spikes, backend=backend)
    rates = np.asarray(model.rate(amplitude))
    assert np.all(rates[:4] == 0) and np.all(result["spikes.count"][:4] == 0)
    for cell in range(4, 40):
        charging = (1 / rates[cell] - float(model.t_ref)) / 1e-4
        intervals = np.diff(steps(result, cell, 0.1))
        assert len(intervals) > 3 and set(intervals) == {20 + int(np.ceil(charging))}, amplitude[cell]


@equations
def test_integrate_and_fire_cells_may_differ(backend):
    tau = np.array([5.0, 10, 20]) * ms
    model = LeakyIntegrateAndFire(n=3, tau_m=tau, t_ref=np.array([0, 2, 4.0]) * ms, onset=0 * ms, amplitude=2 * nA)
    result = simulate(model, 300 * ms, spikes, backend=backend)
    for cell in range(3):
        expected = np.array([0, 2, 4])[cell] + float(tau[cell] / ms) * np.log(4)
        intervals = np.diff(steps(result, cell, 0.05)) * 0.05
        assert np.all((intervals >= expected - 1e-9) & (intervals < expected + 0.05 + 1e-9))


# Currents ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@equations
def test_the_step_has_its_edges_in_the_right_steps(backend):
    """Whatever onset and end are, they are data. k dt is a little above k (0.05 ms) or below it for most of these k."""
    model = FitzHughNagumo(n=2, amplitude=np.array([1.0, -2.0]))
    with program(model, 20 * ms, currents, backend=backend) as built:
        for onset, end in ((0, 400), (1, 7), (14, 55), (75, 110), (19, 225), (146, 300), (393, 900)):
            values = {"cells.onset": onset * 0.05 * ms, "cells.end": end * 0.05 * ms}
            found = built.run(values)["trace.I"]
            expected = (np.arange(400) >= onset) & (np.arange(400) < end)
            assert np.array_equal(found, [1.0 * expected, -2.0 * expected]), (onset, end)


@equations
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (stimuli.ramp, lambda t, i: 3 * (t - 2) / 10 * ((t >= 2) & (t < 12))),
        ("s = sin(2*pi*100*Hz*t)*(i + 1) : 1", lambda t, i: 3 * np.sin(2 * np.pi * 0.1 * t) * (i + 1)),
    ],
)
def test_other_currents(backend, text, expected):
    model = Izhikevich(n=2, amplitude=3, onset=2 * ms, end=12 * ms, stimulus=text)
    result = simulate(model, 20 * ms, currents, backend=backend)
    t = np.asarray(result["trace.t"] / ms)
    # The ramp at the edge of a step, where t is a rounding error off.
    assert np.allclose(result["trace.I"], [expected(t + 1e-9, i) for i in range(2)], atol=1e-6)


@equations
def test_pulses(backend):
    """2 ms in every 20 ms."""
    model = Izhikevich(amplitude=1, onset=5 * ms, end=60 * ms, stimulus=stimuli.pulses)
    found = simulate(model, 100 * ms, currents, backend=backend)["trace.I"][0]
    k = np.arange(400)
    assert np.array_equal(found, 1.0 * ((k >= 20) & (k < 240) & ((k - 20) % 80 < 8)))


@pytest.mark.parametrize(
    "model", [HodgkinHuxley, FitzHughNagumo, Izhikevich, LeakyIntegrateAndFire, MorrisLecar], ids=lambda m: m.__name__
)
def test_the_current_is_data(model):
    declared = cards.inspect_model(model()).declared
    assert {"amplitude", "onset", "end", "v"} <= declared


# The twenty patterns of 2004 ----------------------------------------------------------------------------------------


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


@cache
def patterns(backend):
    return firing_patterns.main(backend=backend)


def pattern(name, backend="runtime"):
    """Spike times, and t and v (ms, mV) of a panel."""
    result = patterns(backend)
    return tuple(
        np.asarray(result[f"{name}.{part}"]) * scale for part, scale in (("spikes", 1e3), ("t", 1e3), ("v", 1))
    )


@every_backend
@pytest.mark.parametrize("number", range(20), ids=lambda number: f"{firing_patterns.letter(number)}")
def test_patterns_are_those_of_the_program(backend, number):
    """Every spike in the step of the program, and v in every step.

    Where other rounding errors move its v by less than 1e-9, those of a third program may move it a thousand times as
    far.
    """
    name, row = firing_patterns.letter(number), PATTERNS[number]
    modified = {"p": 4.1, "q": 108} if name in "GL" else {}
    if name == "R":
        modified = {"u": -16, "recovery": lambda v, u: 0.02 * (1 * (v + 65))}
    times, _, v = pattern(name, backend)
    given = {**{key: getattr(row, key) for key in "abcdv"}, "current": CURRENTS[name], "tau": row.tau, **modified}
    expected, one = published(**given, duration=row.duration)
    _, two = published(**given, duration=row.duration, rng=np.random.default_rng(0))
    assert np.rint(times / row.tau).astype(int).tolist() == expected
    sure = np.abs(one - two) < 1e-9
    assert len(v) == len(one) and sure.mean() > 0.5
    assert np.max(np.abs(v - one)[sure]) < 1e-6


def intervals(name):
    return np.diff(pattern(name)[0])


def test_tonic_spiking():
    assert len(pattern("A")[0]) >= 5 and np.ptp(intervals("A")[2:]) < 1


@pytest.mark.parametrize("name", ["B", "I", "J", "K", "L", "M", "O", "Q", "R"])
def test_exactly_one_spike(name):
    assert len(pattern(name)[0]) == 1


def bursts(name, gap):
    """Spikes in each group of spikes that are less than `gap` ms apart."""
    times = pattern(name)[0]
    return [len(group) for group in np.split(times, np.flatnonzero(np.diff(times) > gap) + 1)]


def test_bursts():
    """Tonic: one after the other; phasic and rebound: one; by inhibition: two while it lasts."""
    assert len(bursts("C", 15)) >= 4 and min(bursts("C", 15)) >= 5
    assert len(bursts("D", 15)) == 1 and bursts("D", 15)[0] >= 5
    assert len(bursts("N", 15)) == 1 and bursts("N", 15)[0] >= 5 and pattern("N")[0][0] > 25
    assert len(bursts("T", 15)) == 2 and np.all((pattern("T")[0] > 50) & (pattern("T")[0] < 250))


def test_mixed_mode_and_adaptation():
    assert np.all(intervals("E")[:2] < 6) and np.all(intervals("E")[2:] > 25), "a burst, then single spikes"
    assert np.all(np.diff(intervals("F")) > 0), "ever slower"


def test_excitability():
    """On a ramp class 1 starts slowly and doubles its rate, class 2 starts with a rate it hardly changes."""
    one, two = 1 / intervals("G"), 1 / intervals("H")
    assert one[-1] / one[0] > 2.5 and two[-1] / two[0] < 2
    assert np.all(np.diff(one) > 0)


def test_latency_and_subthreshold_oscillations():
    assert pattern("I")[0][0] - 13 > 10, "long after the pulse"
    _, t, v = pattern("J")
    late = v[t > 60]
    turns = np.flatnonzero(np.diff(np.sign(np.diff(late))))
    assert len(turns) >= 4 and np.all(late < -55), "ringing without a spike"


def test_resonator_and_integrator():
    """The resonator answers two pulses at the period of its oscillation, 40 ms, the integrator two that are close."""
    assert pattern("K")[0][0] > 320 and pattern("L")[0][0] < 70


def test_rebound_and_threshold_variability():
    assert pattern("M")[0][0] > 25, "after the inhibition"
    assert pattern("O")[0][0] > 80, "the same pulse fails before, and fires after inhibition"


def test_bistability_and_after_potential():
    times = pattern("P")[0]
    assert len(times) >= 4 and times[0] > 37.5 and times[-1] < 221, "one pulse switches it on, the next off"
    times, t, v = pattern("Q")
    after = (t > times[0] + 0.2) & (t < times[0] + 8)
    assert v[after].max() > -60 + 5, "v rises after the spike, above its reset value"


def test_accommodation_and_inhibition_induced_spiking():
    assert pattern("R")[0][0] > 300, "a slow ramp to 8 does not fire it, a fast one to 4 does"
    times = pattern("S")[0]
    assert len(times) >= 3 and np.all((times > 50) & (times < 250))


def test_patterns_are_a_table():
    """A shorter table is a smaller group."""
    model = IzhikevichPatterns(patterns=PATTERNS[:2])
    result = simulate(model, 60 * ms, spikes, backend="runtime")
    assert len(result["spikes.count"]) == 2 and result["spikes.count"].tolist() == [4, 1]
