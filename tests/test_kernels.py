"""Kernels: the differential equation that is found, or the samples, against the expression itself."""

import math

import numpy as np
import pytest
from brian2 import ms
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo import ZooError
from zoo.functions.kernels import TOLERANCE, check_kernel, kernel_strings, samples


def response(rule, dt, window, steps, **parameters):
    """g after one spike of weight 1 that arrives at step 0, by the strings of the rule; all times in ms.

    A small interpreter of its own, in the order of Brian2: pathways, then a step of explicit Euler.
    """
    names = {
        "exp": math.exp,
        "expm1": math.expm1,
        "cos": math.cos,
        "sin": math.sin,
        "pi": math.pi,
        "ms": 1.0,
        "dt": dt,
        "w": 1.0,
    }
    names |= {"end": window, "__builtins__": {}, **parameters}
    states, derivatives, currents = {}, {}, {}
    for line in rule.target.splitlines():
        left, _, right = line.rpartition(":")[0].partition("=")
        if left.strip().startswith("d") and right:
            states[left.strip()[1:].removesuffix("/dt")] = 0.0
            derivatives[left.strip()[1:].removesuffix("/dt")] = right.strip()
        elif right:
            currents[left.strip()] = right.strip()
        else:
            states[left.strip()] = 0.0

    def arrive(pathway):
        for line in rule.on_pre[pathway].splitlines():
            name, sign, value = line.replace("_post", "").split(" ", 2)
            states[name] += {"+=": 1, "-=": -1}[sign] * eval(value, names, dict(states))

    found = []
    arrive("on")
    for step in range(steps):
        if "off" in rule.on_pre and step == round(window / dt):
            arrive("off")
        found.append(states["g"] if "g" in states else eval(currents["g"], names, dict(states)))
        states |= {n: states[n] + dt * eval(text, names, dict(states)) for n, text in derivatives.items()}
    return np.array(found)


ODE = [
    ("exp(-t/(20*ms))", lambda t: np.exp(-t / 20)),
    ("2**(-t/(10*ms))", lambda t: 2 ** (-t / 10)),
    ("3", lambda t: 3 + 0 * t),
    ("-2.5*exp(-t/(0.3*ms))", lambda t: -2.5 * np.exp(-t / 0.3)),
    ("t/(50*ms)*exp(1 - t/(50*ms))", lambda t: t / 50 * np.exp(1 - t / 50)),
    ("exp(-t/(20*ms)) - exp(-t/(5*ms))", lambda t: np.exp(-t / 20) - np.exp(-t / 5)),
    ("(exp(-t/(20*ms)) - exp(-t/(5*ms)))**2", lambda t: (np.exp(-t / 20) - np.exp(-t / 5)) ** 2),
    ("exp(-t/(9*ms))*cos(2*pi*40*Hz*t + 0.3)", lambda t: np.exp(-t / 9) * np.cos(0.08 * np.pi * t + 0.3)),
    ("sin(t/(4*ms))", lambda t: np.sin(t / 4)),
    ("(t/ms)**3*exp(-t/(4*ms))*sin(t/(3*ms))", lambda t: t**3 * np.exp(-t / 4) * np.sin(t / 3)),
    ("cosh(t/(30*ms))*exp(-t/(10*ms))", lambda t: np.cosh(t / 30) * np.exp(-t / 10)),
]
SAMPLED = [
    ("int(t < 10*ms)", lambda t: 1.0 * (t < 10 - 1e-9)),
    ("int(t <= 10*ms)", lambda t: 1.0 * (t < 10 + 1e-9)),
    ("t >= 2*ms and not t > 5*ms", lambda t: 1.0 * ((t > 2 - 1e-9) & (t < 5 + 1e-9))),
    ("1/(1 + t/(3*ms))", lambda t: 1 / (1 + t / 3)),
    ("exp(-(t - 8*ms)**2/(2*(3*ms)**2))", lambda t: np.exp(-((t - 8) ** 2) / 18)),
    ("t/(30*ms)", lambda t: t / 30),
    ("exp(t/(30*ms))", lambda t: np.exp(t / 30)),
    ("abs(sin(t/(3*ms)))", lambda t: np.abs(np.sin(t / 3))),
    ("clip(1 - t/(9*ms), 0, 1)", lambda t: np.clip(1 - t / 9, 0, 1)),
    # A difference that loses six of sixteen digits as states, none as samples.
    ("exp(-t/(20*ms)) - exp(-t/(20.0001*ms))", lambda t: np.exp(-t / 20) - np.exp(-t / 20.0001)),
]


@pytest.mark.parametrize("dt", [0.05, 0.1, 0.5])
@pytest.mark.parametrize(("text", "K"), ODE, ids=[text for text, _ in ODE])
def test_a_kernel_with_a_differential_equation(text, K, dt):
    window = 30
    rule = kernel_strings(text, window * ms)
    assert not rule.target_step
    H = round(window / dt)
    found = response(rule, dt, window, H + 400)
    expected = K(np.arange(H) * dt)
    largest = np.abs(expected).max()
    # 600 steps, each with a rounding error of 1e-16.
    assert np.abs(found[:H] - expected).max() < 1e-12 * largest
    assert np.abs(found[H:]).max() < 1e-12 * largest, "nothing is left behind the window"


@pytest.mark.parametrize(("text", "K"), SAMPLED, ids=[text for text, _ in SAMPLED])
def test_a_kernel_without_one(text, K):
    rule = kernel_strings(text, 30 * ms)
    assert "convolve_g(arrived_g" in rule.target_step and set(rule.on_pre) == {"on"}
    for dt in (0.05, 0.1, 0.25, 1.0):
        found = samples(text, round(30 / dt), dt * ms)
        assert np.abs(found - K(np.arange(round(30 / dt)) * dt)).max() < 1e-14


def test_without_a_window():
    rule = kernel_strings("exp(-t/(20*ms)) + exp(-t/(5*ms))*cos(t/ms)", None)
    assert set(rule.on_pre) == {"on"}
    t = np.arange(2000) * 0.1
    assert np.abs(response(rule, 0.1, None, 2000) - np.exp(-t / 20) - np.exp(-t / 5) * np.cos(t)).max() < 1e-12


def test_without_a_kernel():
    assert np.array_equal(response(kernel_strings(None, None), 0.5, None, 3), [1, 0, 0])


def test_the_strings():
    found = kernel_strings("(t/tau)*exp(1 - t/tau)", 100 * ms, {"tau": 50 * ms}, "g_i", "H_i")
    assert found.target.splitlines() == [
        "dx_0_g_i/dt = x_0_g_i*expm1(-dt/tau)/dt : 1",
        "dg_i/dt = (g_i*expm1(-dt/tau) + x_0_g_i*(dt/tau)*exp(-dt/tau))/dt : 1",
    ]
    assert found.on_pre == {
        "on": "x_0_g_i_post += exp(1)*w",
        "off": "x_0_g_i_post -= exp(1)*w*exp(-end/tau)\ng_i_post -= exp(1)*w*(end/tau)*exp(-end/tau)",
    }
    assert found.model == "end = dt*floor(H_i/dt + 0.5 + 1e-9) : second (shared)" and not found.target_step
    # Numbers of the text stay numbers.
    found = kernel_strings("2*exp(-t/(20*ms + 30*ms))", None)
    assert found.target == "dg/dt = g*expm1(-dt/(50*ms))/dt : 1" and found.on_pre == {"on": "g_post += 2*w"}


SYMBOLIC = [
    ("exp(-t/tau)", dict(tau=20.0), lambda t, tau: np.exp(-t / tau)),
    ("(t/tau)*exp(1 - t/tau)", dict(tau=7.0), lambda t, tau: t / tau * np.exp(1 - t / tau)),
    (
        "A*(exp(-t/tau) - exp(-t/tau_r))", dict(A=1.7, tau=9.0, tau_r=2.0),
        lambda t, A, tau, tau_r: A * (np.exp(-t / tau) - np.exp(-t / tau_r)),
    ),
    ("exp(-t/(tau + 5*ms))", dict(tau=3.0), lambda t, tau: np.exp(-t / (tau + 5))),
    (
        "exp(-t/tau)*cos(2*pi*t/T + phi)", dict(tau=9.0, T=11.0, phi=0.3),
        lambda t, tau, T, phi: np.exp(-t / tau) * np.cos(2 * np.pi * t / T + phi),
    ),
    ("exp(-(t*ms/dt)/tau)", dict(tau=20.0), lambda t, tau: np.exp(-t / 0.1 / tau)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "K"), SYMBOLIC, ids=[row[0] for row in SYMBOLIC])
def test_parameters_stay_names(text, values, K):
    """The strings that were found for some values are right for others, and no number of theirs stands in them."""

    def quantities(values):
        return {name: value * ms if name in ("tau", "tau_r", "T", "dt") else value for name, value in values.items()}

    dt, H = 0.1, 300
    found = kernel_strings(text, 30 * ms, quantities({**values, "dt": dt}))
    assert not found.target_step
    assert found == kernel_strings(
        text, 30 * ms, quantities({name: 1.5 * value for name, value in values.items()} | {"dt": dt})
    )
    t = np.arange(H) * dt
    for factor in (1, 1.3):
        changed = {name: factor * value for name, value in values.items()}
        expected = K(t, **changed)
        answer = response(found, dt, 30, H + 50, **changed)
        # 350 steps, each with a rounding error of 1e-16 of terms that are at most ten times the kernel.
        assert np.abs(answer[:H] - expected).max() < 1e-12 * np.abs(expected).max()
        assert np.abs(answer[H:]).max() < 1e-12 * np.abs(expected).max()


def test_a_parameter_may_make_two_rates_one_or_a_wave_flat():
    """Values for which terms meet do not change which terms there are."""
    found = kernel_strings("exp(-t/tau) + 2*exp(-t/tau_r)", 30 * ms, {"tau": 5 * ms, "tau_r": 5 * ms})
    assert np.allclose(response(found, 0.1, 30, 200, tau=5, tau_r=9)[100], np.exp(-2) + 2 * np.exp(-10 / 9), rtol=1e-12)
    found = kernel_strings("exp(-t/tau)*cos(k*t/ms)", 30 * ms, {"tau": 5 * ms, "k": 0.0})
    assert np.allclose(response(found, 0.1, 30, 200, tau=5, k=0.4)[100], np.exp(-2) * np.cos(4), rtol=1e-12)


def test_a_kernel_that_grows_for_its_values_is_sampled():
    grows = {"tau": -20 * ms}
    assert kernel_strings("exp(-t/tau)", 30 * ms, grows).target_step
    assert np.allclose(samples("exp(-t/tau)", 3, 1 * ms, grows), np.exp(np.arange(3) / 20), rtol=1e-14)
    with pytest.raises(ZooError, match="needs a window"):
        kernel_strings("exp(-t/tau)", None, grows)


times = st.floats(1, 80).map(lambda x: round(x, 3))
sizes = st.floats(0.1, 5).map(lambda x: round(x, 3)) | st.floats(-5, -0.1).map(lambda x: round(x, 3))


@st.composite
def kernels(draw):
    """A sum of up to three terms c (t/a)^k exp(-t/b) cos(t/d), as text and as a function."""
    texts, functions = [], []
    for _ in range(draw(st.integers(1, 3))):
        c, b, k = draw(sizes), draw(times), draw(st.integers(0, 2))
        text, wave = f"{c}*exp(-t/({b}*ms))", None
        if k:
            a = draw(times)
            text += f"*(t/({a}*ms))**{k}"
        if draw(st.booleans()):
            wave = (draw(st.sampled_from(["cos", "sin"])), draw(times))
            text += f"*{wave[0]}(t/({wave[1]}*ms))"

        def function(t, c=c, b=b, k=k, a=a if k else 1, wave=wave):
            value = c * np.exp(-t / b) * (t / a) ** k
            return value * getattr(np, wave[0])(t / wave[1]) if wave else value

        texts.append(text)
        functions.append(function)
    return " + ".join(texts), lambda t: sum(function(t) for function in functions)


def test_any_sum_of_such_terms():
    """The response of the strings is the expression, whichever way is taken, and ends with the window."""
    as_states = 0

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(kernels(), st.sampled_from([0.05, 0.1, 0.2, 0.5, 1.0]), st.integers(1, 60))
    def check(kernel, dt, window):
        nonlocal as_states
        text, K = kernel
        H = round(window / dt)
        expected = K(np.arange(H) * dt)
        rule = kernel_strings(text, H * dt * ms)
        if rule.target_step:
            # Only where terms cancel so far that states would lose digits, or where there are too many of them.
            assert np.abs(samples(text, H, dt * ms) - expected).max() <= 1e-12 * max(np.abs(expected).max(), 1)
            return
        as_states += 1
        found = response(rule, dt, H * dt, H + 50)
        # As the terms may be a thousand times the kernel: ten times the tolerance with which it is found.
        tolerance = 10 * TOLERANCE * max(np.abs(K(np.linspace(0, window, 400))).max(), 1e-3)
        assert np.abs(found[:H] - expected).max() < tolerance
        assert np.abs(found[H:]).max() < tolerance

    check()
    assert as_states > 50, "all 60 when this was written"


@pytest.mark.parametrize(
    ("kernel", "window", "words"),
    [
        ("exp(-t)", 5 * ms, ["exp(-t)", "dimensionless", "exp(-t/(20*ms))"]),
        ("exp(-t/tau)", 5 * ms, ["unknown name 'tau'"]),
        ("1*ms/t", 5 * ms, ["no finite value at t = 0*ms"]),
        ("t**-1*ms", 5 * ms, ["no finite value at t = 0*ms"]),
        ("log(t/ms)", 5 * ms, ["no finite value at t = 0*ms"]),
        ("t", 5 * ms, ["unit"]),
        ("t < 5", 5 * ms, ["same unit on both sides"]),
        ("rand()", 5 * ms, ["unknown function 'rand'"]),
        ("exp(-t/ms", 5 * ms, ["cannot read", "exp(-t/(20*ms))"]),
        ("", 5 * ms, ["cannot read"]),
        ("__import__('os').system('true')", 5 * ms, ["cannot read"]),
        ("(lambda: 1)()", 5 * ms, ["cannot read"]),
        ("t.real/ms", 5 * ms, ["only numbers"]),
        ("9**9**9**9", 5 * ms, ["cannot read"]),
        ("(-1)**0.5", 5 * ms, ["complex"]),
        ("exp(-t/ms, 2)", 5 * ms, ["cannot read"]),
        ("1/(1 + t/ms)", None, ["needs a window"]),
        ("1", None, ["needs a window"]),
        ("cos(t/ms)", None, ["needs a window"]),
        ("exp(t/ms)", None, ["needs a window"]),
        ("exp(-t/ms)", 0 * ms, ["longer than 0*ms"]),
        ("exp(-t/ms)", -3 * ms, ["-3*ms", "longer than 0*ms"]),
        ("exp(-t/ms)", 3, ["window", "second"]),
    ],
)
def test_bad_kernels(kernel, window, words):
    for check in (kernel_strings, check_kernel):
        with pytest.raises(ZooError) as caught:
            check(kernel, window)
        text = str(caught.value)
        for word in words:
            assert word in text, text
        assert "\n" not in text


def test_a_sample_that_is_not_finite():
    kernel_strings("1/(t/ms - 3)", 5 * ms)
    with pytest.raises(ZooError, match=r"no finite value at t = 3\*ms"):
        samples("1/(t/ms - 3)", 50, 0.1 * ms)
