"""What a name in a string means: variables, the object's namespace, fields, constants of the file; and what is refused."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    Synapses,
    TimedArray,
    check_units,
    ms,
    mV,
    second,
    volt,
)

from tests.conftest import BACKENDS
from zoo import Model, ZooError, program, simulate

every_backend = pytest.mark.parametrize("backend", BACKENDS)

GAIN = 2  # a constant at the top of a file
E_0 = 100 * mV
tau_file = 3 * ms  # and one that a field of the same name hides
played = TimedArray([0.25], dt=1 * second, name="played")


@check_units(x=1, result=1)
def doubled(x):
    return 2 * x


class Bare(Model):
    """No object has a namespace: all names come from the fields and from this file."""

    w: volt = 1 * mV
    tau: second = 1000 * second
    tau_file: second = 4 * ms
    rate: 1 / second = 20 * Hz
    state = ("cells.v", "cells.x", "inputs.rates", "synapses.lag")

    def build(self):
        cells = NeuronGroup(
            2, "dv/dt = -v/tau : volt\nx : 1", threshold="v > E_0*GAIN", refractory="tau", method="euler", name="cells"
        )
        cells.run_regularly("v += w", dt=0.1 * ms)
        cells[:1].run_regularly("v += GAIN*w", dt=0.1 * ms)
        cells.x = "tau_file/ms + GAIN"
        inputs = PoissonGroup(2, 0 * Hz, name="inputs")
        inputs.rates = "rate*(1 + GAIN*i)"
        others = PoissonGroup(1, "rate*GAIN", name="others")
        noise = PoissonInput(cells, "v", 1, 0 * Hz, weight="w*GAIN")
        one = SpikeGeneratorGroup(1, [0], [0] * ms)
        synapses = Synapses(one, cells, "lag : 1", on_pre="v_post += GAIN*w", name="synapses")
        synapses.connect("j < GAIN", p="1/GAIN*2")
        synapses.pre.delay = "w*0*second/volt"
        synapses.lag = "w/mV"
        synapses.run_regularly("v_post += GAIN*w", dt=0.1 * ms)
        return Network(cells, inputs, others, noise, one, synapses)

    def initialise(self, network):
        network["cells"][1:].v = "E_0 + GAIN*w"


@every_backend
def test_strings_read_fields_and_constants_of_the_file(backend):
    result = simulate(Bare(), 0.1 * ms, backend=backend)
    # In one step: w, for the first cell GAIN w as well, GAIN w at the spike and GAIN w from all synapses, on top of E_0 + GAIN w
    assert np.allclose(result["cells.v"] / mV, [1 + 2 + 2 + 2, 100 + 2 + 1 + 2 + 2], rtol=1e-6)  # the leak takes 1e-7
    assert result["cells.x"].tolist() == [6, 6], "the field wins over the file"
    assert np.asarray(result["inputs.rates"]).tolist() == [20, 60]
    assert result["synapses.lag"].tolist() == [1, 1]


def test_what_else_stands_at_the_top_of_a_file():
    class Functions(Model):
        state = ("cells.x",)

        def build(self):
            cells = NeuronGroup(2, "x : 1", name="cells")
            cells.run_regularly("x = played(t) + doubled(GAIN)")
            return Network(cells)

    with program(Functions(), 0.1 * ms, backend="runtime") as built:
        runs = (built.run(values)["cells.x"].tolist() for values in ({}, {"played.values": 1}, {}))
        assert list(runs) == [[4.25] * 2, [5] * 2, [4.25] * 2], "the values of a run end with it"


def test_a_dictionary_that_grows_while_the_network_is_built():
    class Growing(Model):
        k: 1 = 1
        state = ("cells.x",)

        def build(self):
            names = {"k": 5}
            cells = NeuronGroup(1, "x : 1", namespace=names, name="cells")
            part = cells[:]
            names["late"] = 7
            part.run_regularly("x = k + late")
            return Network(cells)

    assert simulate(Growing(), 0.1 * ms, backend="runtime")["cells.x"].tolist() == [12], "the object's own k wins"


class Missing(Model):
    tau_m: second = 10 * ms
    gains: 1 = np.array([1.0, 2.0])
    shared_gain: 1 = 3
    leak: str = "-v/tau_m"

    def build(self):
        cells = NeuronGroup(2, f"dv/dt = {self.leak} : 1\nshared_gain : 1", method="euler", name="cells")
        others = NeuronGroup(2, "x : 1", name="others")
        return Network(cells, others)


@pytest.mark.parametrize(
    ("where", "statement", "words"),
    [
        (
            "cells",
            "v = tau_x/ms",
            "reads tau_x, which is not defined.*did you mean tau_m.*top of the model's file",
        ),
        ("cells", "v = GAINS", "did you mean .*GAIN"),
        (
            "others",
            "x = shared_gain",
            "a string of others.* reads shared_gain, which is data .* the equations of cells",
        ),
        ("others", "x = gains", "reads gains, a field that is not a single number; declare gains"),
    ],
)
def test_a_name_that_nothing_has(where, statement, words):
    class Reading(Missing):
        def build(self):
            network = super().build()
            network[where].run_regularly(statement)
            return network

    class Assigning(Missing):
        def initialise(self, network):
            variable, _, text = statement.partition(" = ")
            setattr(network[where], variable, text)

    for model in (Reading(), Assigning()):
        with pytest.raises(ZooError, match=words.replace("a string of others", "a string of")):
            simulate(model, 0.1 * ms, backend="runtime")


def _with_local():
    class Local(Missing):
        def initialise(self, network):
            tau_m = 5 * ms  # noqa: F841
            network["cells"].v = "tau_m/ms"

    return Local()


def _with_constant(**namespace):
    class Constant(Model):
        def build(self):
            return Network(NeuronGroup(1, "dv/dt = e*v/ms : 1", method="euler", namespace=namespace, name="cells"))

    return Constant()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (_with_constant(e=0.08), "a string of cells reads e, which is one of Brian2's constants, not yours"),
        (_with_local(), "a string of cells reads tau_m, which has one value in Python code and another in the fields"),
    ],
)
def test_a_name_with_two_meanings(model, words):
    with pytest.raises(ZooError, match=words):
        simulate(model, 0.1 * ms, backend="runtime")


RATE = 2 * Hz


class Local(Model):
    """Each of its strings reads a name that is a local variable, too."""

    case: str = "equations"
    tau: second = 10 * ms
    limit: 1 = 1
    chance: 1 = 0.5

    def build(self):
        local = {"tau": self.tau, "limit": 1, "chance": 0.5, "RATE": 2 * Hz}
        local |= {} if self.case == "equal" else {self.case: 3 * local[self.case]}
        return self.made(**local)

    def made(self, tau, limit, chance, RATE):
        cells = NeuronGroup(2, "dv/dt = (RATE*ms - v)/tau : 1", threshold="v > limit", method="exact", name="cells")
        cells[1:].run_regularly("v += limit")
        synapses = Synapses(cells, cells, on_pre="v_post += limit", name="synapses")
        synapses.connect(p="chance")
        return Network(cells, synapses)


@pytest.mark.parametrize("case", ["tau", "limit", "RATE", "chance"])
def test_a_local_variable_is_not_passed_over_in_silence(case):
    with pytest.raises(ZooError, match=f"reads {case}, which has one value in Python code"):
        simulate(Local(case=case), 0.1 * ms, backend="runtime")


def test_a_local_variable_may_have_the_value_of_a_field():
    simulate(Local(case="equal"), 0.1 * ms, backend="runtime")


@pytest.mark.parametrize("name", ["RATE", "tau", "limit"])
def test_statements_for_every_step_and_values_read_no_local_variable(name):
    class Late(Model):
        tau: second = 10 * ms
        limit: 1 = 1

        def build(self):
            tau, RATE, limit = 10 * ms, 2 * Hz, 1  # noqa: F841
            cells = NeuronGroup(2, "v : 1", events={"high": "v > limit"}, name="cells")
            if name == "tau":
                tau = 20 * ms  # noqa: F841
                cells[1:].run_regularly("v += dt/tau")
            elif name == "limit":
                limit = 2  # noqa: F841
                cells.run_on_event("high", "v -= limit")
            else:
                RATE = 3 * Hz  # noqa: F841
                cells.v = "RATE*ms"
            return Network(cells)

    with pytest.raises(ZooError, match=f"a string of cells reads {name}, which has one value in Python code"):
        simulate(Late(), 0.1 * ms, backend="runtime")


def test_a_condition_of_synapses_reads_what_is_near():
    class Near(Model):
        state = ("synapses.i",)

        def build(self):
            nearest = 2  # noqa: F841
            cells = NeuronGroup(4, "", name="cells")
            synapses = Synapses(cells, cells, name="synapses")
            synapses.connect(condition="abs(i - j) == nearest")
            return Network(cells, synapses)

    assert list(simulate(Near(), 0.1 * ms, backend="runtime").state["synapses.i"]) == [0, 1, 2, 3]


class Suffixed(Model):
    """Parameters of plasticity are often called like this."""

    tau_pre: second = 20 * ms
    A_post: 1 = 0.25
    state = ("cells.x",)

    def build(self):
        cells = NeuronGroup(2, "x : 1", threshold="t_in_timesteps == 0", name="cells")
        synapses = Synapses(cells, cells, on_pre="x_post += A_post*tau_pre/ms", name="synapses")
        synapses.connect(i=0, j=1)
        return Network(cells, synapses)


@every_backend
def test_fields_that_end_like_variables_of_the_ends_of_a_synapse(backend):
    assert simulate(Suffixed(), 0.2 * ms, backend=backend)["cells.x"].tolist() == [0, 5]

    class Clash(Suffixed):
        x_pre: 1 = 3

    with (
        pytest.raises(ZooError, match="field x_pre of Clash .* the variable x of cells in synapses"),
        program(Clash(), 1 * ms, backend=backend, compiled=False),
    ):
        pass
