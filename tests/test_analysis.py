"""Which loops the C++ device takes several elements of at a time: only those where no order of them can be told."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, Synapses, TimedArray, check_units, implementation, linked_var, ms

from tests.conftest import BACKENDS
from zoo import Model, program

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")

VECTOR = "#pragma GCC ivdep"
DRAWN = "double _drawn["


@implementation("cpp", "double counted(double x) { static double n = 0; return n += x; }")
@check_units(x=1, result=1)
def counted(x):
    raise NotImplementedError


#: Effect of a spike -> whether the synapses of a row may be taken in any order.
EFFECTS = {
    "v_post += w": True,
    "v_post += w; w = clip(w - 0.1*v_post, 0, 1)": True,
    "v_post += w*table(t, j)": True,
    "w += exp(-x_pre)": True,
    "x_pre += w": False,  # all synapses of a row write one variable
    "v_post += w; x_pre += 1": False,
    "v_post += rand()*w": False,  # random numbers have an order
    "v_post += w*int(randn() > 0)": False,
    "v_post += poisson(w)": False,
    "v_post += counted(w)": False,  # nobody knows what a person's function does
}

#: Statement of a group -> the same for its neurons.
STATEMENTS = {
    "v = 0.5*v": True,
    "v = v + exp(-x)*table(t, i)": True,
    "v = counted(v)": False,
    "v = counted(rand())": False,
    "shared_v = 2*shared_v": False,  # once, not for every cell
    "level += 0.1*v": False,  # through an index that is the same for several cells
}

#: Statement of a group -> whether its random numbers are drawn before the loop, which then is one of vectors.
DRAWS = {
    "v = rand()": True,
    "x = 1 - x; v = v*exp(-x) + 0.1*randn()*int(v > 0)": True,
    "v = rand(); x = randn()": True,  # in turns
    "v = int(v > 0 and rand() < 0.5)": False,  # not every cell draws
    "v = int(v > 0 or rand() < 0.5)": False,
    "v = rand() - randn()": False,  # C++ does not say which comes first
    "shared_v = rand()": False,
    "level += rand()": False,
}


class Loops(Model):
    """A pathway for every effect, and a group of its own for every statement. It is never run."""

    def build(self):
        table = TimedArray([[1.0] * 4], dt=1 * ms, name="table")
        namespace = {"table": table, "counted": counted}
        few = NeuronGroup(2, "level : 1", name="few")
        cells = NeuronGroup(4, "v : 1\nx : 1", threshold="v > 1", namespace=namespace, name="cells")
        pathways = {f"effect_{k}": effect for k, effect in enumerate(EFFECTS)}
        synapses = Synapses(cells, cells, "w : 1", on_pre=pathways, namespace=namespace, name="synapses")
        synapses.connect()
        groups = []
        for k, statement in enumerate([*STATEMENTS, *DRAWS]):
            equations = "v : 1\nx : 1\nshared_v : 1 (shared)\nlevel : 1 (linked)"
            group = NeuronGroup(4, equations, namespace=namespace, name=f"group_{k}")
            group.level = linked_var(few, "level", index=np.array([0, 1, 0, 1]))
            group.run_regularly(statement, name=f"statement_{k}")
            groups.append(group)
        noise = NeuronGroup(4, "dv/dt = xi/ms**0.5 : 1", threshold="rand() < 0.1", method="euler", name="noise")
        noise[1:3].run_regularly("v = randn()", name="of_some")
        return Network(few, cells, synapses, noise, *groups)

    def initialise(self, network):
        network["cells"].v = "randn()"
        network["cells"].x["i > 1"] = "rand()"


@pytest.fixture(scope="module")
def sources():
    with program(Loops(), 1 * ms, compiled=False) as built:
        return {path.stem: path.read_text() for path in (built.project / "code_objects").glob("*.cpp")}


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects_of_spikes(sources, effect):
    name = f"synapses_effect_{list(EFFECTS).index(effect)}_codeobject"
    assert (VECTOR in sources[name]) == EFFECTS[effect]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_statements(sources, statement):
    text = sources[f"statement_{list(STATEMENTS).index(statement)}_codeobject"]
    assert (VECTOR in text) == STATEMENTS[statement]


@pytest.mark.parametrize("statement", DRAWS)
def test_random_numbers(sources, statement):
    text = sources[f"statement_{len(STATEMENTS) + list(DRAWS).index(statement)}_codeobject"]
    assert (DRAWN in text, VECTOR in text) == (DRAWS[statement],) * 2


@pytest.mark.parametrize(
    "name, drawn",
    [
        ("noise_stateupdater_codeobject", True),
        ("noise_spike_thresholder_codeobject", True),
        ("of_some_codeobject", True),
        ("cells_group_variable_set_conditional_codeobject", True),
        ("cells_group_variable_set_conditional_codeobject_1", False),  # only for those of which the condition holds
    ],
)
def test_random_numbers_elsewhere(sources, name, drawn):
    text = sources[name]
    assert (DRAWN in text) == drawn
    assert (VECTOR in text) == drawn
