"""Shared exponentials: what is rewritten, what is left alone, and that the numbers are Brian2's own within the stated bound."""

import os
import subprocess
import sys

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, mV
from brian2.codegen.translation import get_identifiers_recursively

from tests.conftest import BACKENDS, ROOT
from zoo import Model, program, simulate
from zoo.codegen import sharing
from zoo.engine.program import NotFinite
from zoo.models.hh_grid import HHGrid

pytestmark = [
    pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make"),
    pytest.mark.usefixtures("optimised"),
]

#: What sharing.py states of the relative error of a rate.
BOUND = 3e-13


def parts(code, equations="v : 1\nw : 1\nx : 1"):
    """The parts of `code` for a group with these equations."""
    group = NeuronGroup(1, equations + "\nlimit : 1 (shared, constant)", name="cells")
    known = {**group.namespace, "scale": 0.5}
    names = get_identifiers_recursively([code.replace("=", "+")], group.variables)
    names = {name for name in names if name in group.variables or name in known or name in ("exp", "exprel", "rand")}
    variables = group.resolve_all(names | {"w", "x"}, run_namespace=known)
    return sharing.in_loops(code, variables)[0]


def test_exponentials_become_powers_of_one():
    found = parts("w = exp(-(v + 65)/80) + exp(-(v + 55)/10)*x")
    assert "exp(" not in found["fast"] and found["rates"].count("_zoo_base(") == 1
    assert found["exact"] == "w = exp(-(v + 65)/80) + exp(-(v + 55)/10)*x"


def test_slopes_without_a_common_unit_are_grouped():
    found = parts("w = exp(v) + exp(2*v) + exp(v*2**0.5) + exp(v*3*2**0.5)")
    assert found["rates"].count("_zoo_base(") == 2 and "_shared_u0_2" in found["rates"]


def test_a_variable_that_is_advanced_first_divides_the_code():
    found = parts("v += x\nw = exp(v/3) + exp(-v/2)")
    assert found["before"] == "v += x" and found["exact"].startswith("w =")


def test_a_shared_intercept_is_a_condition_when_the_program_runs():
    found = parts("w = exp((v - limit)/10) + exp((v - limit)/5)")
    assert "limit" in found["rates"].splitlines()[0]


@pytest.mark.parametrize(
    "code",
    [
        "w = exp(v)",  # alone
        "w = exp(v/97.31) + exp(v)",  # powers too high
        "w = exp(v**2) + exp(2*v**2)",  # not affine
        "w = exp(v*x) + exp(2*v*x)",  # a slope that is not a number
        "w = exp(v*limit) + exp(2*v*limit)",
        "w = exp(limit) + exp(2*limit)",  # scalars
        "w = exp((v + 1000)/10) + exp((v - 1000)/10)",  # never moderate together
        "w = exp(v)\nv = x\nw += exp(2*v)",  # two values of v
        "a = x*w\nv += a\nw = a*(exp(v) + exp(2*v))",  # a temporary variable on both sides
        "w = int(v > 0)*(exp(v) + exp(2*v))",  # conditions
    ],
)
def test_what_is_left_alone(code):
    assert set(parts(code)) <= {"before", "rest"}


@pytest.mark.parametrize(
    ("rate", "argument"),
    [
        ("0.1*(v + 40)/(1 - exp(-(v + 40)/10))", "-0.1*v - 4.0"),
        ("0.01*(10 - v)/(exp((10 - v)/10) - 1)", "1.0 - 0.1*v"),
        ("-0.1*(v + 35)/(exp(-0.1*(v + 35)) - 1)*x", "-0.1*v - 3.5"),
        ("0.2*(v - limit - 40)/(exp((v - limit - 40)/5) - 1)", "-0.2*limit + 0.2*v - 8.0"),
        ("0.5*(v + 40)/(2 - 2*exp(-(v + 40)/10))", "-0.1*v - 4.0"),
    ],
)
def test_rates_with_a_hole_become_exprel(rate, argument):
    found = parts(f"w = {rate} + exp(-(v + 65)/20) + exp(v/10)")
    assert argument in found["rates"].replace("_zoo_rise", "") and "_zoo_rise" in found["rates"]


@pytest.mark.parametrize(
    "rate",
    [
        "0.1*(v + 40)/(1 - exp(-(v + 41)/10))",  # the zeros are not the same
        "x/(1 - exp(-v/10))",
        "v/(1 - exp(-v/10))**2",
        "v/(2 - exp(-v/10))",
        "v/(1 + exp(v/20) - 2*exp(-v/10))",
    ],
)
def test_other_differences_in_a_denominator_stay_as_they_are(rate):
    assert f"w = {rate}" in parts(f"w = {rate}\nx = exp(-(v + 65)/20) + exp(v/10)")["fast"]


def test_a_rate_next_to_its_hole():
    """As papers write it, u/(1 - exp(-u/10)) is 0/0 at u = 0, and next to it Brian2 loses digits: 1e-5 at u = 1e-10."""

    class Rate(Model):
        state = ("cells.m", "cells.v")

        def build(self):
            equations = """
            v : 1
            dm/dt = a*(1 - m)/second - 4*exp(-(v + 65)/18)*m/second : 1
            dq/dt = (0.125*exp(-(v + 65)/80) - q)/second            : 1
            a = (v + 40)/(1 - exp(-(v + 40)/10))                    : 1
            """
            return Network(NeuronGroup(len(u), equations, method="euler", name="cells"))

    u = np.concatenate([[0], np.logspace(-13, 1.4, 120), -np.logspace(-13, 1.4, 120)])
    result = simulate(Rate(), 0.1 * ms, values={"cells.v": u - 40})
    u = np.asarray(result["cells.v"]) + 40
    exact = 1e-4 * np.divide(-u, np.expm1(-u / 10), out=np.full(len(u), 10.0), where=u != 0)
    error = np.abs(np.asarray(result["cells.m"]) / exact - 1)
    assert error.max() < BOUND, "as sharing.py states"
    assert error[np.abs(u) < 0.5].max() < 2e-15, "where exprel is a series"


def test_random_numbers_are_drawn_in_their_order():
    class Noisy(Model):
        def build(self):
            cells = NeuronGroup(10, "v : 1\nw : 1", name="cells")
            cells.run_regularly("w = exp(v) + exp(2*v) + rand()", dt=self.dt, name="step")
            return Network(cells)

    with program(Noisy(), 1 * ms, compiled=False) as built:
        assert "_zoo_base(" not in (built.project / "code_objects/step_codeobject.cpp").read_text()


@pytest.mark.slow
def test_the_code_is_the_same_in_every_process():
    """It is a key of the cache; sets have another order in every process."""
    script = """
from brian2 import ms
from zoo.models.hh_grid import HHGrid
from zoo import program
with program(HHGrid(n=2), 1*ms, compiled=False) as built:
    print((built.project / "code_objects/step_codeobject.cpp").read_text())
"""
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True
        ).stdout
        for seed in "12"
    }
    assert len(texts) == 1 and b"_zoo_base(" in texts.pop()


def test_conditions_have_a_loop_of_their_own():
    equations = "v : 1\nw : 1\nx : 1\nquiet : boolean"
    assert parts("quiet = v > 1\nw = x", equations) == {"before": "quiet = v > 1", "rest": "w = x"}


RATES = {
    "opening": "exprel(-(v + 40)/10)",
    "closing": "4*exp(-(v + 65)/18)",
    "inverse": "1/exprel(-(v + 55)/10)",
    "rising": "1/exprel((v + 25)/5)",
    "sigmoid": "1/(exp(-(v + 35)/10) + 1)",
    "steady": "opened/(opened + closed)",
    "mixed": "(opened - w)*exp(-opened - closed)",
}


class Rates(Model):
    """Rates of channels as a function of v."""

    n: int = 1100

    def build(self):
        names = "".join(f"y_{name} : 1\n" for name in RATES)
        rates = "opened = 1/exprel(-(v + 40)/10) : 1\nclosed = .125*exp(-(v + 65)/80) : 1\n"
        cells = NeuronGroup(self.n, "v : 1\nw : 1\nup : 1\ndown : 1\n" + rates + names, name="cells")
        # Infinities and missing numbers are no values to give to a program.
        cells.run_regularly("v += log(up) - log(down)", dt=self.dt, when="start", order=-1, name="far")
        code = "".join(f"y_{name} = {rate}\n" for name, rate in RATES.items())
        cells.run_regularly(code, dt=self.dt, when="start", name="step")
        return Network(cells)


def record(network):
    names = [f"y_{name}" for name in RATES]
    return [StateMonitor(network["cells"], names, record=True, when="end", name="y")]


def expected(v, w):
    v, w = np.longdouble(v), np.longdouble(w)

    def exprel(x):
        return np.where(x == 0, 1, np.expm1(x) / np.where(x == 0, 1, x))

    opened, closed = 1 / exprel(-(v + 40) / 10), np.exp(-(v + 65) / 80) / 8
    return {
        "opening": exprel(-(v + 40) / 10),
        "closing": 4 * np.exp(-(v + 65) / 18),
        "inverse": 1 / exprel(-(v + 55) / 10),
        "rising": 1 / exprel((v + 25) / 5),
        "sigmoid": 1 / (np.exp(-(v + 35) / 10) + 1),
        "steady": opened / (opened + closed),
        "mixed": (opened - w) * np.exp(-opened - closed),
    }


@pytest.fixture(scope="module")
def rates():
    with program(Rates(), 0.1 * ms, record, compiled=False) as written:
        assert "_zoo_base(" in (written.project / "code_objects/step_codeobject.cpp").read_text()
    with program(Rates(), 0.1 * ms, record) as built:

        def found(v, w, up=1, down=1):
            values = {"cells.v": v, "cells.w": w, "cells.up": up, "cells.down": down}
            try:
                result = built.run(values)
            except NotFinite as fault:  # at the end of the one step
                result = fault.result
            return {name: np.asarray(result[f"y.y_{name}"])[:, 0] for name in RATES}

        yield found


def test_rates_are_right_within_the_bound(rates):
    random = np.random.default_rng(1)
    near = np.concatenate([c + s * np.geomspace(1e-9, 5, 100) for c in (-40, -55, -25) for s in (1, -1)])
    v = np.concatenate([near, random.uniform(-220, 170, 1100 - len(near) - 3), [-40, -55, -25]])
    w = random.uniform(0, 1, 1100)
    found = rates(v, w)
    for name, values in expected(v, w).items():
        # A difference has the error of what it is the difference of: opened is 21 at most.
        assert np.allclose(found[name], np.float64(values), rtol=BOUND, atol=25 * BOUND * (name == "mixed")), name


def test_beyond_the_range_and_without_a_number(rates):
    """One such cell in a chunk takes the whole chunk to Brian2's own statements; other chunks do not notice."""
    v = np.linspace(-90, 30, 1100)
    v[303:306] = [5000, -5000, 0]
    up, down = np.ones(1100), np.ones(1100)
    up[301:303] = 0, -1
    down[300] = 0
    found = rates(v, 0, up, down)
    v[300:303] = [np.inf, -np.inf, np.nan]
    with np.errstate(all="ignore"):
        wanted = expected(v, np.zeros(1100))
    for name in ("closing", "sigmoid"):
        assert np.allclose(found[name], np.float64(wanted[name]), rtol=BOUND, equal_nan=True), name
    assert found["opening"][303] == pytest.approx(10 / 5040) and found["opening"][304] == pytest.approx(5.18300166e212)
    assert np.isinf(found["opening"][301])
    others = np.r_[:300, 306:1100]
    for name in RATES:
        assert np.allclose(found[name][others], np.float64(wanted[name][others]), rtol=BOUND, atol=25 * BOUND), name
    assert np.isnan(found["inverse"][302])


@pytest.mark.slow
@pytest.mark.parametrize("other", ["runtime", pytest.param("cpp-stock", marks=pytest.mark.slow)])
def test_a_grid_of_hodgkin_huxley_cells_spikes_as_on_another_backend(other):
    def spikes(network):
        cells = network["cells"]
        return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, "v", record=[0], name="v")]

    model = HHGrid(n=3, stimulus="events", event_t=np.arange(1, 41) * 1.3 * ms, event_i=np.arange(40) * 7 % 18)
    one, two = (simulate(model, 60 * ms, spikes, backend=name) for name in ("cpp", other))
    assert len(one["spikes.t"]) > 20
    assert np.array_equal(one["spikes.i"], two["spikes.i"])
    assert np.array_equal(np.asarray(one["spikes.t"]), np.asarray(two["spikes.t"]))
    # The upstroke of a spike magnifies a difference about a thousand times.
    assert np.max(np.abs(one["v.v"] - two["v.v"])) < BOUND * 1000 * 100 * mV
