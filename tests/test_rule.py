"""Rules: strings that add up, rename, and become Synapses."""

import pickle

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, ms, nS, second

from tests.conftest import BACKENDS
from zoo import Model, Rule, ZooError, simulate

exponential = Rule(target="dg/dt = -g/tau_g : siemens", model="w : siemens", on_pre="g_post += w")
stdp = Rule(
    source="dx/dt = -x/tau : 1", source_reset="x = 1", model="w : siemens", on_pre="w -= a*w", on_post="w += a*x_pre*w"
)


def test_rename_reaches_every_string_and_the_other_side():
    renamed = exponential.rename(g="g_e", tau_g="tau_e")
    assert renamed.target == "dg_e/dt = -g_e/tau_e : siemens\n"
    assert renamed.on_pre == "g_e_post += w\n"
    assert exponential.on_pre == "g_post += w\n"


def test_rename_touches_whole_names_only():
    rule = Rule(target="dg/dt = -g/gg : 1", on_pre={"on": "g_post += gg", "off": "g_post -= 1"}).rename(g="h")
    assert rule.target == "dh/dt = -h/gg : 1\n"
    assert rule.on_pre == {"on": "h_post += gg\n", "off": "h_post -= 1\n"}


@pytest.mark.parametrize(("names", "words"), [({"q": "r"}, "no name 'q'"), ({"g": "w"}, "already uses")])
def test_bad_names(names, words):
    with pytest.raises(ZooError, match=words):
        exponential.rename(**names)


def test_names_can_be_swapped():
    assert Rule(on_pre="a = b").rename(a="b", b="a").on_pre == "b = a\n"


def test_sum():
    both = exponential + stdp
    assert both.model == "w : siemens\n"
    assert both.on_pre == "g_post += w\nw -= a*w\n"
    assert both.code == {"model": both.model, "on_pre": both.on_pre, "on_post": "w += a*x_pre*w\n"}
    assert both.source_reset == "x = 1\n"


def test_sum_of_named_pathways():
    windowed = Rule(on_pre={"on": "g_post += w", "off": "g_post -= w"})
    assert (windowed + stdp).on_pre == {"on": "g_post += w\n", "off": "g_post -= w\n", "pre": "w -= a*w\n"}
    assert (stdp + windowed).on_pre == {"pre": "w -= a*w\n", "on": "g_post += w\n", "off": "g_post -= w\n"}


def test_two_definitions_of_one_variable_are_refused():
    with pytest.raises(ZooError, match="'w' differently"):
        exponential + Rule(model="w : 1")
    with pytest.raises(ZooError, match="'g' differently"):
        exponential + Rule(target="dg/dt = -g/tau_other : siemens")


def test_spaces_and_comments_are_no_difference():
    assert (exponential + Rule(model="w  :  siemens  # weight")).model == "w : siemens\n"


def test_print_shows_what_brian2_gets():
    text = str(Rule(target="dg/dt = -g/tau_g : 1", on_pre={"on": "g_post += 1"}))
    assert text == "target:\n    dg/dt = -g/tau_g : 1\non_pre (on):\n    g_post += 1"


@pytest.mark.parametrize("field", ["target", "model", "on_pre", "on_post", "source", "source_reset", "target_reset"])
def test_a_rule_takes_text_and_dictionaries_for_pathways_only(field):
    for value in (3, None, ["g_post += w"], {"on": 3}):
        with pytest.raises(ZooError, match=f"{field} of a Rule"):
            Rule(**{field: value})
    if field not in ("on_pre", "on_post"):
        with pytest.raises(ZooError, match=f"{field} of a Rule must be a string, not"):
            Rule(**{field: {"on": "w : 1"}})


def test_rename_knows_a_derivative_from_a_quotient():
    """dg over dt is the derivative of g only at the start of an equation; elsewhere it is a variable dg and the time step."""
    rule = Rule(
        target="""
        dg/dt = (dx/dt)*g : 1
        I = dg/dt         : 1
        """
    )
    assert rule.rename(g="h").target == "dh/dt = (dx/dt)*h : 1\nI = dg/dt         : 1\n"
    assert rule.rename(dg="y").target == "dg/dt = (dx/dt)*g : 1\nI = y/dt         : 1\n"
    assert Rule(target="dg / dt=-g : 1").rename(g="h").target == "dh / dt=-h : 1\n"


def test_a_rule_goes_to_other_processes():
    """Workers of a sweep get their models, and the rules in them, as pickles."""
    rule = Rule(on_pre={"on": "g_post += w", "off": "g_post -= w"}) + stdp
    assert pickle.loads(pickle.dumps(rule)) == rule
    mine = {"on": "g_post += w"}
    rule = Rule(on_pre=mine)
    mine["on"] = "other"
    assert rule.on_pre == {"on": "g_post += w\n"}


class Wired(Model):
    tau_e: second = 10 * ms
    neuron: str = exponential.rename(g="g_e", tau_g="tau_e").target

    def build(self):
        rule = exponential.rename(g="g_e", tau_g="tau_e")
        source = SpikeGeneratorGroup(1, [0], [1] * ms, name="source")
        cells = NeuronGroup(1, self.neuron, method="exact", namespace=self.namespace, name="cells")
        synapses = Synapses(source, cells, **rule.code, name="synapses")
        synapses.connect()
        return Network(source, cells, synapses)

    def initialise(self, network):
        network["synapses"].w = 3 * nS


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_rule_in_a_network(backend):
    result = simulate(
        Wired(),
        20 * ms,
        lambda network: [StateMonitor(network["cells"], "g_e", record=True, name="trace")],
        backend=backend,
    )
    t = np.asarray(result["trace.t"] / ms)
    # The spike at 1 ms is seen one step later; the exact update then decays without error.
    expected = np.where(t > 1.05, 3 * np.exp(-(t - 1.1) / 10), 0)
    assert np.allclose(np.asarray(result["trace.g_e"] / nS)[0], expected, rtol=1e-12)
