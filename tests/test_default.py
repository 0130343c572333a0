"""A file with a model and no main: what is recorded and drawn."""

from brian2 import (
    Cylinder,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpatialNeuron,
    SpikeGeneratorGroup,
    StateMonitor,
    Subgroup,
    Synapses,
    ms,
    um,
)

from zoo import Model, plots, simulate
from zoo.catalogue import default


class Sources(Model):
    """Everything that spikes, and an event that is no spike."""

    def build(self):
        cells = NeuronGroup(
            3, "du/dt = -u/(5*ms) : 1\ndv/dt = (2 - v - u)/(5*ms) : 1\nshared : 1 (shared)",
            threshold="v > 1", reset="v = 0; u += 1", events={"half": "v > 0.5 and v < 0.52"}, method="euler", name="cells",
        )  # fmt: skip
        cable = SpatialNeuron(
            Cylinder(length=10 * um, diameter=1 * um, n=2), "Im = 0*amp/meter**2 : amp/meter**2\ndm/dt = -m/ms : 1",
            threshold="m < 0.5", threshold_location=0, refractory="m < 0.5", method="exponential_euler", name="cable",
        )  # fmt: skip
        synapses = Synapses(cells, cells, "w : 1", on_pre="u_post += w", name="synapses")
        synapses.connect("i != j")
        return Network(
            cells,
            Subgroup(cells, 0, 2, name="part"),
            cable,
            synapses,
            PoissonGroup(30, 500 * Hz, name="noise"),
            SpikeGeneratorGroup(2, [0, 1, 1], [1, 2, 3] * ms, name="beats"),
            NeuronGroup(20, "dx/dt = -x/ms : 1", method="exact", name="silent"),
        )

    def initialise(self, network):
        network["cable"].m = 1


def test_all_that_spikes_is_recorded_and_small_groups_are_traced():
    result = simulate(Sources(), 10 * ms, default.record_overview, backend="runtime")
    assert set(plots.spike_monitors(result)) == {
        "beats_spikes", "cable_spikes", "cells_half", "cells_spikes", "noise_spikes",
    }  # fmt: skip
    assert list(result["beats_spikes.i"]) == [0, 1, 1]
    assert 80 < len(result["noise_spikes.t"]) < 220, "150 are expected, with a standard deviation of 12"
    assert result["cells_spikes.count"].sum() >= 3 and len(result["cells_half.t"]) >= 3
    assert set(plots.state_monitors(result)) == {"cells_traces", "cable_traces"}
    assert [name for name in result if name.startswith("cells_traces.")][2:] == ["cells_traces.u", "cells_traces.v"]
    assert "cable_traces.v" in result and "cable_traces.m" in result
    figures = plots.overview(result)
    assert [line.get_label() for line in figures["cable_traces"].axes[0].lines] == ["compartment 0", "compartment 1"]


def test_rows_stay_in_the_order_of_recording():
    """In Python and in a figure: the order that record asks for, not that of the alphabet."""

    def record(network):
        return [
            StateMonitor(network["cells"], ["v", "u"], record=[2, 0], name="trace"),
            StateMonitor(network["synapses"], "w", record=[3], name="weights"),
        ]

    result = simulate(Sources(), 1 * ms, record, backend="runtime")
    figure = plots.traces(result, "trace")
    assert [axes.get_ylabel() for axes in figure.axes] == ["v", "u"]
    assert [line.get_label() for line in figure.axes[0].lines] == ["neuron 2", "neuron 0"]
    assert plots.traces(result, "weights").axes[0].lines[0].get_label() == "synapse 3"
    assert result.monitors["trace"]["of"] == "neuron"


def test_a_model_of_a_single_neuron_is_drawn_by_its_traces(zoo_here, tmp_path):
    process = zoo_here("run", "fitzhugh_nagumo", "--backend", "runtime", "--duration", "5*ms", "--out", "out")
    assert process.stdout.splitlines()[0] == "wrote out/cells_traces.png", process.stderr + process.stdout
