"""Synapses that the program sorts by delay: the same spikes, and which synapses keep their order."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, Synapses, ms, second

from tests.conftest import BACKENDS
from zoo import Model, program

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")


class Ring(Model):
    """Cells that fire by themselves and excite others after delays of up to 1 ms, one for each synapse."""

    tau: second = 10 * ms
    model: str = "w : 1"
    on_pre: str = "v += w"
    on_post: str = ""
    monitored: str = ""
    connected: str = "j"

    def build(self):
        cells = NeuronGroup(60, "dv/dt = (1.2 - v)/tau : 1\nscale : 1", threshold="v > 1", reset="v = 0", name="cells")
        synapses = Synapses(cells, cells, self.model, on_pre=self.on_pre, on_post=self.on_post or None, name="synapses")
        synapses.connect(**{self.connected: "int(rand()*60) for k in range(50)"})
        network = Network(cells, synapses)
        if self.monitored:
            network.add(StateMonitor(synapses, self.monitored, record=[0, 7], dt=5 * ms, name="weights"))
        return network

    def initialise(self, network):
        network["cells"].v = "rand()"
        network["cells"].scale = "0.5 + rand()"
        network["synapses"].w = "0.01*randn()"
        network["synapses"].delay = "rand()*1*ms"


def _record(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def _main(model, record=_record):
    """The lines of the main function that sort."""
    with program(model, 50 * ms, record, compiled=False) as built:
        return [
            line.strip() for line in (built.project / "main.cpp").read_text().splitlines() if "sort_by_delay" in line
        ]


def _spikes(model):
    with program(model, 50 * ms, _record) as built:
        result = built.run(seed=4)
    return np.asarray(result["spikes.t"]), np.asarray(result["spikes.i"]), result


@pytest.mark.slow
@pytest.mark.parametrize("on_pre", ["v += w", "v += w*scale_pre + 0.001*rand()", "v_pre += 0.01"])
def test_the_same_spikes(on_pre):
    """A result with weights keeps Brian2's order: these spikes are those of synapses that are not sorted.

    The last effect reads no synapse.
    """
    kept = type("Kept", (Ring,), {"state": ("synapses.w", "synapses.i", "synapses.j")})
    t, i, _ = _spikes(Ring(on_pre=on_pre))
    t_kept, i_kept, result = _spikes(kept(on_pre=on_pre))
    assert len(t) > 100 and np.array_equal(t, t_kept) and np.array_equal(i, i_kept)
    # In the order in which they were made
    assert np.array_equal(result.state["synapses.i"], np.repeat(np.arange(60), 50))
    with program(Ring(on_pre=on_pre), 50 * ms, _record, backend="runtime") as built:
        on_runtime = built.run(seed=4)
    assert np.array_equal(np.asarray(on_runtime["spikes.i"]), i) and np.allclose(np.asarray(on_runtime["spikes.t"]), t)


def test_what_is_moved():
    [line] = _main(Ring())
    delays, sources, forgets, _, *moved = line.partition("sort_by_delay(")[2].removesuffix(");").split(", ")
    assert (delays, sources, forgets) == (
        "_dynamic_array_synapses_delay",
        "_dynamic_array_synapses__synaptic_pre",
        "true",
    )
    assert moved == ["_dynamic_array_synapses__synaptic_post", "_dynamic_array_synapses_w"]
    assert line.count("is_wanted") == 4
    for reads_sources in ("v += w*scale_pre", "v += w*i"):
        [line] = _main(Ring(on_pre=reads_sources))
        assert ", false, " in line, reads_sources


@pytest.mark.parametrize(
    "changes",
    [
        {"on_post": "w += 0.01"},
        {"monitored": "w"},
        {"model": "w : 1\ndx/dt = -x/tau : 1 (clock-driven)"},
        {"model": "w : 1\nscale_post = w : 1 (summed)"},
        {"on_pre": "v += w*int(delay > 0.5*ms)"},
        {"on_pre": "v += w; w *= 0.9"},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_what_keeps_its_order(changes):
    """Synapses with a second pathway, a monitor, equations, a sum over them, an effect that depends on the delay, or a variable
    that is checked to be a number, of which a message would name the element.
    """
    assert _main(Ring(**changes)) == []
