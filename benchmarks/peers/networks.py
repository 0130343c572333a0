"""The networks that other simulators run too, as models of the zoo."""

from brian2 import Network, NeuronGroup, Synapses, mV, nS

from benchmarks.cobahh import COBAHH
from benchmarks.peers import inputs
from zoo import Model
from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold


class IzhikevichJumps(Model):
    """n Izhikevich cells with k synapses each, at which v jumps by w in the step after the spike.

    Jumps come after the Euler step and before the threshold, as in NEST.
    """

    n: int = 1000  # cells
    k: int = 1000  # synapses per cell; n: all to all
    I: 1 = 9  # constant input  # noqa: E741

    neuron: str = izhikevich + "I : 1 (shared, constant)"

    def build(self):
        cells = NeuronGroup(
            self.n,
            self.neuron,
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method="euler",
            namespace=self.namespace,
            name="cells",
        )
        synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", namespace=self.namespace, name="synapses")
        synapses.pre.when, synapses.pre.order = "groups", 1
        drawn = inputs.izhikevich(self.n, self.k)
        if self.k == self.n:
            synapses.connect()
        else:
            synapses.connect(i=drawn["pre"], j=drawn["post"])
        return Network(cells, synapses)

    def initialise(self, network):
        drawn = inputs.izhikevich(self.n, self.k)
        cells = network["cells"]
        cells.a, cells.b, cells.c, cells.d = 0.02, 0.2, -65, 8
        cells.v, cells.u = drawn["v"], drawn["u"]
        network["synapses"].w = drawn["w"]


class DrawnCOBAHH(COBAHH):
    """COBAHH with the connections and initial values of the other simulators."""

    def connect(self, excite, inhibit):
        drawn = inputs.cobahh()
        for synapses, (pre, post) in ((excite, drawn["e"]), (inhibit, drawn["i"])):
            synapses.connect(i=pre - synapses.source.start, j=post)

    def initialise(self, network):
        drawn = inputs.cobahh()
        cells = network["cells"]
        cells.v = drawn["v"] * mV
        cells.g_e, cells.g_i = drawn["g_e"] * nS, drawn["g_i"] * nS
