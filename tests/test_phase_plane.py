"""Phase plane analysis against closed forms and published bifurcations."""

import numpy as np
import pytest
from brian2 import cm, ms, mV, nA, uA

from zoo import ZooError
from zoo.analysis.phase_plane import FixedPoint, System, fixed_points, nullclines
from zoo.models.fitzhugh_nagumo import FitzHughNagumo
from zoo.models.hodgkin_huxley import HodgkinHuxley
from zoo.models.izhikevich import Izhikevich
from zoo.models.leaky_integrate_and_fire import LeakyIntegrateAndFire
from zoo.models.morris_lecar import MorrisLecar, presets

BOX = (-3, -2), (3, 3)
# cosh(x) - cos(x) = sin(2), by bisection
ROOT = 0.9524825147568369


def linear(matrix, centre=(0.0, 0.0)):
    (a, b), (c, d) = matrix
    equations = """
    dx/dt = (a*(x - x_0) + b*(y - y_0))/second : 1
    dy/dt = (c*(x - x_0) + d*(y - y_0))/second : 1
    """
    return System(equations, {"a": a, "b": b, "c": c, "d": d, "x_0": centre[0], "y_0": centre[1]})


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        (((-1, 0), (0, -2)), "stable node"),
        (((-1, -5), (5, -1)), "stable focus"),
        (((1, 0), (1, 2)), "unstable node"),
        (((1, -5), (5, 1)), "unstable focus"),
        (((1, 0), (0, -2)), "saddle"),
        (((0, -3), (3, 0)), "centre"),
    ],
)
def test_kinds_of_fixed_points(matrix, kind):
    (point,) = fixed_points(linear(matrix, (0.3, -0.7)), (-1, -1), (1, 1))
    assert point.kind == kind and np.allclose(point.state, (0.3, -0.7), atol=1e-12)
    assert np.allclose(sorted(point.eigenvalues, key=lambda z: (z.real, z.imag)),
                       sorted(np.linalg.eigvals(np.array(matrix, float)), key=lambda z: (z.real, z.imag)))  # fmt: skip
    assert point.stable == (kind.startswith("stable"))


def test_a_degenerate_point():
    assert FixedPoint((0.0, 0.0), (0.0, -1.0)).kind == "degenerate"


@pytest.mark.parametrize("current", [-1, 0, 0.33, 0.5, 1, 1.42, 2])
def test_fitzhugh_nagumo_fixed_point(current):
    """v - v^3/3 - (v + a)/b + I = 0, and the eigenvalues of ((1 - v^2, -1), (phi, -phi b))."""
    (point,) = fixed_points(System.of(FitzHughNagumo(), {"I": current}), *BOX)
    roots = np.roots([-1 / 3, 0, 1 - 1 / 0.8, current - 0.7 / 0.8])
    (v,) = roots[np.abs(roots.imag) < 1e-9].real
    assert np.allclose(point.state, (v, (v + 0.7) / 0.8), rtol=0, atol=1e-12)
    expected = np.linalg.eigvals([[1 - v**2, -1], [0.08, -0.08 * 0.8]]) * 1000  # 1/ms in 1/s
    assert np.allclose(np.sort_complex(point.eigenvalues), np.sort_complex(expected), rtol=1e-9)


def test_all_three_fixed_points():
    """With b = 2 and I = 0.35 the recovery is so shallow that it meets all three branches of the cubic."""
    found = fixed_points(System.of(FitzHughNagumo(b=2.0), {"I": 0.35}), (-3, -3), (3, 3))
    assert np.allclose([point.state[0] for point in found], np.sort(np.roots([-1 / 3, 0, 0.5, 0]).real), atol=1e-10)
    assert [point.kind.split()[-1] for point in found] == ["focus", "saddle", "focus"]


def test_fitzhugh_nagumo_nullclines():
    lines = nullclines(System.of(FitzHughNagumo(), {"I": 0.5}), *BOX)
    (cubic,), (line,) = lines["v"], lines["w"]
    assert np.allclose(cubic[:, 1], cubic[:, 0] - cubic[:, 0] ** 3 / 3 + 0.5, atol=1e-12)
    assert np.allclose(line[:, 1], (line[:, 0] + 0.7) / 0.8, atol=1e-12)
    # They go from one side of the box to the other without a gap.
    assert np.ptp(cubic[:, 1]) > 4.9 and np.ptp(line[:, 1]) > 4.4
    assert max(np.abs(np.diff(cubic, axis=0)).max(), np.abs(np.diff(line, axis=0)).max()) < 0.05


def test_integrate_and_fire():
    """One variable: v rests at E_L + R_m I, and comes back with 1/tau_m."""
    (point,) = fixed_points(System.of(LeakyIntegrateAndFire(), {"I": 1 * nA}), (-0.1,), (0,))
    assert np.allclose(point.state, -0.055, atol=1e-14) and np.allclose(point.eigenvalues, -100)
    assert point.kind == "stable node"


@pytest.mark.parametrize("current", [-3, 0, 3.5])
def test_izhikevich(current):
    """0.04 v^2 + (5 - b) v + 140 + I = 0: two points, which meet at I = 4."""
    found = fixed_points(System.of(Izhikevich(), {"I": current}), (-120, -40), (30, 30))
    roots = np.sort(np.roots([0.04, 4.8, 140 + current]))
    assert np.allclose([point.state for point in found], [(v, 0.2 * v) for v in roots], atol=1e-9)
    assert found[0].stable and found[1].kind == "saddle"
    assert fixed_points(System.of(Izhikevich(), {"I": 4.01}), (-120, -40), (30, 30)) == []


def bisect(low, high, above, steps=22):
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if above(middle) else (middle, high)
    return (low + high) / 2


def morris_lecar(preset, current):
    system = System.of(MorrisLecar(**presets[preset]), {"I": current * uA / cm**2})
    return fixed_points(system, (-0.08, -0.1), (0.06, 1))


def test_morris_lecar_hopf():
    """93.86 and 212.02 µA/cm² in the literature on these parameters."""
    assert abs(bisect(80, 100, lambda current: not morris_lecar("hopf", current)[0].stable) - 93.86) < 0.01
    assert abs(bisect(200, 220, lambda current: morris_lecar("hopf", current)[0].stable) - 212.02) < 0.01


def test_morris_lecar_saddle_node():
    """Rinzel and Ermentrout: the state at rest for 30 µA/cm² is (-41.84 mV, 0.002), with a saddle and an unstable
    spiral.

    The saddle-node is where the steady current has its maximum over v, which needs no fixed point.
    """
    rest, saddle, upper = morris_lecar("snic", 30)
    assert np.allclose(rest.state, (-0.04184, 0.002), rtol=0, atol=(0.006e-3, 0.0005)) and rest.kind == "stable node"
    assert saddle.kind == "saddle" and upper.kind == "unstable focus"
    v = np.linspace(-40, -20, 200_001)
    m, w = (1 + np.tanh((v + 1.2) / 18)) / 2, (1 + np.tanh((v - 12) / 17.4)) / 2
    steady = 4 * m * (v - 120) + 8 * w * (v + 84) + 2 * (v + 60)
    found = bisect(35, 45, lambda current: len(morris_lecar("snic", current)) == 1)
    # Two points that are closer than 1e-6 of the box count as one: they part as the square root of I_SN - I.
    assert abs(found - steady.max()) < 1e-5


def hodgkin_huxley_at_rest(current):
    """The largest real part (1/s) of the eigenvalues of all four variables at the state where nothing changes."""
    gates = {"m": "m", "h": "h", "n_K": "n"}
    steady = {gate: f"alpha_{name}/(alpha_{name} + beta_{name})" for gate, name in gates.items()}
    model = HodgkinHuxley()
    one = System.of(model, {"I": current * uA / cm**2, **steady})
    (point,) = fixed_points(one, (-0.09,), (0.05,))
    whole = System.of(model, {"I": current * uA / cm**2})
    (v,) = point.state
    state = [v if name == "v" else float(one.function(steady[name])(v)) for name in whole.variables]
    assert np.abs(whole.derivative(*state)).max() < 1e-6
    return whole.eigenvalues(state)[0].real


def test_hodgkin_huxley_hopf():
    """The state at rest is unstable from 9.78 to 154.5 µA/cm² (Rinzel and Miller, 1980)."""
    assert abs(bisect(5, 15, lambda current: hodgkin_huxley_at_rest(current) > 0, 12) - 9.78) < 0.01
    assert abs(bisect(140, 170, lambda current: hodgkin_huxley_at_rest(current) < 0, 12) - 154.5) < 0.1


def test_jacobian_is_the_derivative():
    """At random states of the four variables, and where the rates of m and n have 0/0."""
    system = System.of(HodgkinHuxley(), {"I": 0})
    random = np.random.default_rng(1)
    v = np.concatenate([[-0.04, -0.055], random.uniform(-0.09, 0.05, 20)])
    state = {"v": v, **{name: random.uniform(0.01, 0.99, len(v)) for name in ("m", "h", "n_K")}}
    state = np.array([state[name] for name in system.variables])
    found = system.jacobian(*state)
    assert found.shape == (22, 4, 4) and np.isfinite(found).all()
    for column, name in enumerate(system.variables):
        step = np.zeros((4, 1))
        step[column] = 1e-7 if name == "v" else 1e-5
        numeric = (system.derivative(*(state + step)) - system.derivative(*(state - step))) / (2 * step[column, 0])
        scale = np.abs(found[:, :, column]).max()
        # Central differences of terms of the scale: 1e-16/1e-5 of rounding, and their own third order.
        assert np.allclose(found[:, :, column].T, numeric, rtol=1e-5, atol=1e-7 * scale), name


@pytest.mark.parametrize(
    ("rate", "slope"),
    [
        ("(x - 2)/(exp(x - 2) - 1)", -1 / 2),
        ("0.1*(x - 2)/(1 - exp(-0.1*(x - 2)))", 1 / 20),
        ("3*(2 - x)/(4*exp(2*(2 - x)) - 4)*8/3", 1.0),
    ],
)
def test_a_fixed_point_in_the_hole_of_a_rate(rate, slope):
    """Rates are written as y/(exp(y) - 1), which is 0/0 at y = 0 and 1 - y/2 beside it; w of the fixed point is its value."""
    system = System(f"dx/dt = ({rate} - w)/second : 1\ndw/dt = (x - 2)/second : 1")
    (point,) = fixed_points(system, (-1, -3), (5, 5))
    np.testing.assert_allclose(point.state, (2, 1), atol=1e-9)
    np.testing.assert_allclose(system.jacobian(*point.state), [[slope, -1], [1, 0]], atol=1e-7)


def test_reduced_hodgkin_huxley_nullclines():
    """The nullcline of v in the plane (v, n) is of fourth order in n; all points lie on it."""
    system = System.of(HodgkinHuxley(), {"I": 0.1, "m": "alpha_m/(alpha_m + beta_m)", "h": "0.8 - n_K"})
    assert system.variables == ("v", "n_K")
    lines = nullclines(system, (-0.085, 0), (0.055, 1))
    for row, name in enumerate(system.variables):
        for line in lines[name]:
            slope = np.abs(system.jacobian(*line.T)[..., row, :] * (0.14, 1)).sum(axis=1)
            assert np.all(np.abs(system.derivative(*line.T)[row]) < 1e-9 * slope)
    v, n = lines["n_K"][0].T
    # Not at the v where the formula has 0/0.
    alpha, beta = 0.01 * (v * 1e3 + 55) / (1 - np.exp(-(v * 1e3 + 55) / 10)), 0.125 * np.exp(-(v * 1e3 + 65) / 80)
    good = np.abs(v + 0.055) > 1e-6
    assert np.allclose(n[good], (alpha / (alpha + beta))[good], atol=1e-9)


def test_functions_of_the_state():
    system = System.of(MorrisLecar(), {"I": 0})
    v = np.array([-0.0012, 0.0168])
    assert np.allclose(system.function("m_inf")(v, 0 * v), (0.5, (1 + np.tanh(1)) / 2))
    assert np.allclose(system.function("2*tau_w")(v, 0 * v), 2e-3 / np.cosh((v * 1e3 - 2) / 60))


STABLE, UNSTABLE, EDGE = "stable node", "unstable node", "not smooth here"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs(x - 0.4) - 1", [(-0.6, STABLE), (1.4, UNSTABLE)]),
        ("-abs(x)", [(0, EDGE)]),
        ("sign(x) - 0.8*x", [(-1.25, STABLE), (0, EDGE), (1.25, STABLE)]),
        ("2*int(x > 0.5) - x - 0.2", [(-0.2, STABLE), (1.8, STABLE)]),  # it jumps over 0 at 0.5
        ("int(x > 0.5 or x < -1.5) - x", [(0, STABLE), (1, STABLE)]),
        ("int(not (x > 0.5)) - x", []),  # it jumps from above 0 to below
        ("int(x > 0 and x < 2) - x", [(0, EDGE), (1, STABLE)]),
        ("int(x >= 0 and x < 2) - x", [(1, STABLE)]),  # at 0 it is 1
        ("int(x <= 1)*(0.3 - x) + int(x != 2)*int(x > 1)*(x - 1.7)", [(0.3, STABLE), (1.7, UNSTABLE)]),
        ("int(floor(x) == 1) - x + 0.4", [(0.4, STABLE), (1.4, STABLE)]),
        ("2*clip(x, -1, 1) - x", [(-2, STABLE), (0, UNSTABLE), (2, STABLE)]),
        ("clip(x, 0, 1) - x**2", [(0, EDGE), (1, EDGE)]),
        ("floor(x) + 0.25 - x", [(value + 0.25, STABLE) for value in range(-3, 3)]),
        ("ceil(x) - 0.5*x - 0.25", [(-0.5, STABLE)]),
        ("int(x) - 1.2*x + 0.3", [(0.25, STABLE), (13 / 12, STABLE)]),
        ("x//0.5 - x + 0.2", [(0.2, STABLE)]),
        ("x % 1.5 - 1", [(value, UNSTABLE) for value in (-2, -0.5, 1, 2.5)]),
        ("timestep(x, 0.5) - x + 0.3", [(0.3, STABLE)]),
        ("sqrt(x + 1) - 1", [(0, UNSTABLE)]),
        ("sqrt(x) - x", [(0, EDGE), (1, STABLE)]),
        ("(x**2)**0.5 - 0.5", [(-0.5, STABLE), (0.5, UNSTABLE)]),
        ("log10(x + 2) + log(x + 2) + log1p(x + 1)", [(-1, UNSTABLE)]),
        ("exprel(x) + expm1(x) - 1", [(0, UNSTABLE)]),
        ("arcsin(x) + arctan(x) + sinh(x) + tan(x/3)", [(0, UNSTABLE)]),
        ("arccos(x) - pi/3", [(0.5, STABLE)]),
        ("cosh(x) - 1 - cos(x) + 1 - sin(2)", [(-ROOT, STABLE), (ROOT, UNSTABLE)]),
    ],
)
def test_functions_of_the_grammar(text, expected):
    """Fixed points worked out by hand: pieces have the slope of their piece, jumps over 0 are none."""
    found = fixed_points(System(f"dx/dt = ({text})/second : 1"), (-3,), (2.9,))
    assert [point.kind for point in found] == [kind for _, kind in expected]
    # Newton's method ends at steps of 1e-8 of the box, and has squared this error by then.
    assert np.allclose([point.state[0] for point in found], [value for value, _ in expected], rtol=0, atol=1e-11)
    assert all(point.stable == (point.kind == STABLE) for point in found)


def test_two_variables_with_jumps():
    """Between its jumps a switch is a linear system: x' = g - x - y, y' = x - 2 y with g 0 or 1."""
    switch = System("dx/dt = (int(x > 0.25 and y < 1) + 0.5 - x - y)/ms : 1\ndy/dt = (x - 2*y)/ms : 1")
    (on,) = fixed_points(switch, (-3, -3), (3, 3))
    assert np.allclose(on.state, (1, 0.5), atol=1e-11) and on.kind == "stable focus"
    assert np.allclose(switch.jacobian(1.0, 0.5), [[-1000, -1000], [1000, -2000]])
    # The wall of the jump is no nullcline: x + y = 0.5, and 1.5 in the upper piece.
    lines = nullclines(switch, (-3, -3), (3, 3))["x"]
    sums = np.concatenate(lines).sum(axis=1)
    assert len(lines) > 1 and np.all(np.min([np.abs(sums - 0.5), np.abs(sums - 1.5)], axis=0) < 1e-9)
    corner = System("dx/dt = (sign(x) - x - y)/ms : 1\ndy/dt = (x - 2*y)/ms : 1")
    assert [point.kind for point in fixed_points(corner, (-3, -3), (3, 3))] == ["stable focus", EDGE, "stable focus"]
    root = System("dx/dt = (sqrt(x) - y)/ms : 1\ndy/dt = (x - 2*y)/ms : 1")
    assert [point.state for point in fixed_points(root, (-3, -3), (3, 3))] == [(0, 0)]


@pytest.mark.parametrize(
    ("equations", "values", "words"),
    [
        ("dv/dt = (I - v)/tau : 1", {"I": 1}, "need a value for tau"),
        ("dv/dt = (sin(t/ms) - v)/ms : 1", {}, "depend on time t"),
        ("dv/dt = (p - v)/ms : 1", {"p": "2*q", "q": "3*p"}, "p is defined by itself"),
        ("dv/dt = (p - v)/ms : 1", {"p": [1.0, 2.0]}, "p has 2 values"),
        ("dv/dt = (p - v)/ms : 1", {"p": "2*("}, "cannot read"),
        ("dv/dt = (p - v)/ms : 1", {"p": {}}, "p is {}; the phase plane needs a number"),
        ("dv/dt = (ext(v) - v)/ms : 1", {}, "the function ext, which the phase plane cannot analyse"),
        ("dv/dt = (rand() - v)/ms : 1", {}, "the function rand, which"),
        ("dv/dt = -v/ms + xi*ms**-0.5 : 1", {}, "noise, xi"),
        ("dv/dt = (2*(v > 1) - v)/ms : 1", {}, "Brian2 cannot read the equations"),
        ("dv/dt = (int(0 < v < 1) - v)/ms : 1", {}, "two sides|Brian2 cannot"),
        ("dv/dt = -v/ms : 1", {"v": 0}, "no differential equation to analyse"),
    ],
)
def test_bad_systems(equations, values, words):
    with pytest.raises(ZooError, match=words):
        System(equations, values)


def test_bad_boxes():
    plane = System.of(FitzHughNagumo(), {"I": 0})
    with pytest.raises(ZooError, match="below its high side"):
        fixed_points(plane, (0, 0), (1, -1))
    with pytest.raises(ZooError, match="two numbers for each of v, w"):
        nullclines(plane, (0,), (1,))
    whole = System.of(HodgkinHuxley(), {"I": 0})
    with pytest.raises(ZooError, match="one or two variables"):
        fixed_points(whole, (0,) * 4, (1,) * 4)
    with pytest.raises(ZooError, match="nullclines need two variables"):
        nullclines(System.of(LeakyIntegrateAndFire(), {"I": 0 * nA}), (-65 * mV,), (0 * mV,))


def test_a_time_step_may_be_a_number():
    assert np.allclose(System("dv/dt = -v/tau : 1", {"tau": 4 * ms}).derivative(2.0), [-500])
