"""A time constant of 0, or below, is known from the equations that divide by it, not from its name."""

import pytest
from brian2 import Network, NeuronGroup, Synapses, ms, second

from zoo import Model, ZooError, replace, simulate
from zoo.engine.time_constants import divisors


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("-v/taum", {"taum"}),
        ("(I - v)/(tau*C) + w/s/q", {"tau", "C", "s", "q"}),
        ("v/(tau + t)", set()),
        ("v*tau", set()),
        ("(v/ms)*exp(-t/\n  tau)", {"ms", "tau"}),
    ],
)
def test_divisors(expression, names):
    assert divisors(expression) == names


class Decaying(Model):
    taum: second = 5 * ms
    decay: second = 5 * ms
    t_on: second = -1 * ms
    cell: str = "dv/dt = -v/taum + int(t > t_on)*volt/second : volt"
    synapse: str = "dg/dt = -g/(2*decay) : 1 (event-driven)"

    def build(self):
        cells = NeuronGroup(1, self.cell, threshold="v > 1*volt", method="euler", name="cells")
        synapses = Synapses(cells, cells, self.synapse, on_pre="g += 1", name="synapses")
        synapses.connect()
        return Network(cells, synapses)


@pytest.mark.parametrize(("field", "variable"), [("taum", "v"), ("decay", "g")])
@pytest.mark.parametrize("value", [0 * ms, -5 * ms])
def test_a_time_constant_that_is_not_above_0_is_refused(field, variable, value):
    with pytest.raises(ZooError, match=rf"^{field} is .*, and the equation of {variable} divides by it"):
        simulate(replace(Decaying(), **{field: value}), 1 * ms, backend="runtime")


def test_a_time_that_is_no_divisor_may_be_negative():
    assert simulate(Decaying(), 1 * ms, backend="runtime").completed == 1


def test_a_declared_one_is_refused_too():
    declared = Decaying(cell="dv/dt = -v/taum : volt\ntaum : second (constant)", taum=-1 * ms)
    with pytest.raises(ZooError, match="taum is -1"):
        simulate(declared, 1 * ms, backend="runtime")
