"""Numbers of namespaces as data: the values of a compiled-in program, and which numbers stay compiled in."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    mV,
    second,
    volt,
)

from tests.conftest import BACKENDS
from zoo import Model, program, replace
from zoo.build import cache
from zoo.codegen import numbers
from zoo.engine.changes import fields_as_data

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")


class Roles(Model):
    """A field in every place where a string can read a number."""

    E_L: volt = 2 * mV  # equation
    tau: second = 10 * ms  # exact solution
    tau_w: second = 30 * ms  # exponential Euler
    tau_s: second = 5 * ms  # event-driven
    w: 1 = 0.3  # effect of a spike
    theta: volt = 12 * mV  # threshold
    v_reset: volt = 1 * mV  # reset
    t_ref: second = 2 * ms  # refractoriness
    kick: volt = 0.1 * mV  # run_regularly
    every: second = 5 * ms  # its clock, and the step of a TimedArray
    slope: 1 = 0.4  # argument of one exponential
    power: 1 = 0.7  # exponent that is no half of an integer
    square: 1 = 2  # exponent that makes a product
    period: int = 3  # divisor of an integer
    shift: int = 1  # integer
    steep_1: 1 = 0.5  # arguments of two exponentials of one variable
    steep_2: 1 = 0.25
    beside: 1 = 1.5  # beside them
    start: 1 = 0.2  # initial value, as a string
    p: 1 = 0.6  # connections, as a string
    rate: Hz = 60 * Hz  # rates of a PoissonGroup
    lag: second = 1 * ms  # delay, as a string
    rain: Hz = 20 * Hz  # rate of a PoissonInput: so large or larger, Brian2 draws a normal number
    drop: volt = 0.05 * mV  # its weight
    halved: 1 = 1  # Python computes a constant of it

    #: The fields that shape the code.
    shaping = ("square", "period", "steep_1", "steep_2", "beside")

    state = ("cells.v", "cells.u", "cells.x", "cells.y", "cells.z", "pairs.a", "pairs.s", "others.m", "others.n")

    def build(self):
        cells = NeuronGroup(
            6,
            """
            dv/dt = (E_L*(1 + half) + 9*mV*played(t) - v)/tau : volt (unless refractory)
            du/dt = -u/tau_w                                   : 1
            x : 1
            y : 1
            z = exp(slope*x) + (x + 1)**power + (x + 1)**square + (i + shift) % period : 1
            """.replace("z =", "z : 1\nz_now ="),
            threshold="v > theta", reset="v = v_reset\nu += w", refractory="t_ref", method="exact", name="cells",
            namespace={"half": self.halved / 2, "played": TimedArray([0, 1, 2, 0.5] * 20, dt=self.every, name="played")},
        )  # fmt: skip
        cells.run_regularly("x += kick/mV\nz = z_now", dt=self.every, name="kicked")
        cells.y = "start*(i + 1) + rand()"
        others = NeuronGroup(
            20,
            """
            dm/dt = beside*(exp(-steep_1*n) - m*exp(steep_2*n))/(2*ms) : 1
            dn/dt = (sin(t/tau) - n/(1 + x_in))/tau_w                 : 1
            x_in : 1
            """,
            method="exponential_euler", name="others",
        )  # fmt: skip
        inputs = PoissonGroup(10, "rate*(1 + i/10)", name="inputs")
        pairs = Synapses(
            inputs, cells, "ds/dt = -s/tau_s : 1 (event-driven)\na : 1", on_pre="s += w\na += s\nv_post += a*E_L*0.1",
            name="pairs",
        )  # fmt: skip
        pairs.connect("rand() < p")
        pairs.delay = "lag*(1 + i/10)"
        return Network(cells, others, inputs, pairs, PoissonInput(cells, "v", 2000, self.rain, weight=self.drop))


def record(network):
    cells = network["cells"]
    return [StateMonitor(cells, "v", record=[0, 3], name="trace"), SpikeMonitor(cells, name="spikes")]


def _other(model, name):
    """The model with another value of a field, for which its role stays the same."""
    value = getattr(model, name)
    return replace(model, **{name: value + 1 if isinstance(value, int) else 1.5 * value})


def _run(model):
    with program(model, 100 * ms, record) as built:
        return built.key, built._written, built.run(seed=2)


@pytest.fixture(scope="module")
def first():
    return _run(Roles())


FIELDS = [name for name in Roles.__annotations__ if name != "shaping"]


#: Numbers of an equation, as E_L.
ALIKE = ("slope", "power", "shift")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name in ALIKE else name
        for name in FIELDS
        if name not in Roles.shaping
    ],
)
def test_another_number_is_other_data(first, name):
    key, _, before = first
    changed = _other(Roles(), name)
    again, written, found = _run(changed)
    assert again == key and not written, name
    assert any(not np.array_equal(found[one], before[one]) for one in [*Roles.state, "trace.v"]), "it has no effect"


@pytest.mark.parametrize("name", Roles.shaping)
def test_a_number_that_shapes_the_code_is_compiled_in(first, name):
    with program(_other(Roles(), name), 100 * ms, record, compiled=False) as built:
        assert cache.key_of(built.project, also=built._also) != first[0]


@pytest.mark.slow
def test_the_values_are_those_of_a_program_with_literals(monkeypatch, own_cache):
    """All fields at once have other values."""
    model = Roles()
    _run(model)
    for name in FIELDS:
        if name not in Roles.shaping:
            model = _other(model, name)
    _, written, found = _run(model)
    assert not written
    monkeypatch.setattr(numbers, "is_number", lambda name, variable: False)
    monkeypatch.setattr(cache, "known", lambda mark: None)
    _, written, expected = _run(model)
    assert written
    for name in [*Roles.state, "trace.v"]:
        # A product with the reciprocal of a literal may be rounded otherwise than a quotient: a few last bits.
        assert np.allclose(found[name], expected[name], rtol=1e-12, atol=0), name
    assert len(found["spikes.i"]) > 10 and np.array_equal(found["spikes.i"], expected["spikes.i"])
    assert np.array_equal(found["spikes.t"], expected["spikes.t"])


def test_a_size_that_is_a_quotient_of_two_fields_is_no_data():
    """Both doubled, the number of steps would be the same."""

    class Kept(Model):
        window: second = 4 * ms
        bin: second = 0.5 * ms
        tau: second = 10 * ms

        def build(self):
            steps = round(float(self.window / self.bin))
            return Network(NeuronGroup(steps, "dv/dt = -v/tau : 1", method="exact", name="cells"))

    assert fields_as_data(Kept()) == {"window": False, "bin": False, "tau": True, "dt": True}
