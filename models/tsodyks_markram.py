"""Synapses with short-term plasticity: depression and facilitation of regular trains of spikes.

Source: M. Tsodyks, K. Pawelzik and H. Markram (1998), Neural networks with dynamic synapses, Neural Computation
10:821-835. The equations are lettered here; between spikes u decays to 0 and x recovers to 1:

    (a)  u' = -u/tau_f                  at a spike:  u += U_SE (1 - u)
    (b)  x' = (1 - x)/tau_d             then:        r = u x,  x -= r
    (c)  tau_s I' = -I                               I += A r
    (d)  tau_m v' = -v + R I            v is the depolarisation of a passive cell

    synapse         U_SE   tau_d    tau_f
    depressing      0.5    800 ms   0 (1 µs)
    facilitating    0.03   130 ms   530 ms
    mixed           0.2    200 ms   200 ms

`presets` has the three synapses: TsodyksMarkram(**presets["facilitating"]). Each cell gets one synapse and one train:
n_spikes spikes at `rate` from `onset` on, and one more after the time `recovery`. U_SE, tau_d, tau_f and rate are data, one or
one per cell. The synapse is the rule `tsodyks_markram` in models/equations/plasticity.py, which can be added to others.

Differs from the paper: the trains and the passive cell are those of a test by NEST. A synapse without facilitation has
tau_f = 1 µs, as a decay needs a time constant.

Cite: Tsodyks1998
Chapter: synapses
"""

from brian2 import Hz, Mohm, Network, NeuronGroup, Synapses, ms, ohm, pA, second, us

from zoo import Model, Rule
from zoo.models.equations.plasticity import tsodyks_markram

presets = {
    "depressing": dict(U_SE=0.5, tau_d=800 * ms, tau_f=1 * us),
    "facilitating": dict(U_SE=0.03, tau_d=130 * ms, tau_f=530 * ms),
    "mixed": dict(U_SE=0.2, tau_d=200 * ms, tau_f=200 * ms),
}

#: (a), (b) and (c)
synapse = tsodyks_markram + Rule(model="A : amp (shared, constant)", on_pre="I_post += A*r")


class TsodyksMarkram(Model):
    n: int = 1  # cells, each with one synapse
    U_SE: 1 = 0.5  # use of resources by a spike, one or one per cell
    tau_d: second = 800 * ms  # recovery from depression, one or one per cell
    tau_f: second = 1 * us  # decay of facilitation, one or one per cell
    A: pA = 250 * pA  # current when all resources are released
    tau_s: second = 3 * ms  # decay of the current
    tau_m: second = 40 * ms  # membrane time constant
    R: ohm = 1000 * Mohm  # membrane resistance
    rate: Hz = 20 * Hz  # rate of the train, one or one per cell
    onset: second = 50 * ms  # first spike
    n_spikes: int = 10  # spikes of the train
    recovery: second = 500 * ms  # time from the last of them to one more
    limits = {"tau_d tau_f tau_s tau_m rate": "> 0", "U_SE": (0, 1), "n_spikes": ">= 1"}

    neuron: str = """
    dv/dt = (R*I - v)/tau_m : volt  # (d)
    dI/dt = -I/tau_s        : amp   # (c)
    """

    train: str = """
    count    : integer
    t_next   : second
    onset    : second (shared, constant)
    recovery : second (shared, constant)
    n_spikes : integer (shared, constant)
    rate     : Hz (constant)
    """

    def build(self):
        inputs = NeuronGroup(
            self.n,
            self.train,
            threshold="t > t_next - dt/2",
            reset="""
            count += 1
            t_next += int(count < n_spikes)/rate + int(count == n_spikes)*recovery + int(count > n_spikes)*1e6*second
            """,
            name="inputs",
        )
        cells = NeuronGroup(self.n, self.neuron, method="exact", name="cells")
        synapses = Synapses(inputs, cells, **synapse.code, method="exact", name="synapses")
        synapses.connect(i=range(self.n), j=range(self.n))  # pairs that a StateMonitor knows
        return Network(inputs, cells, synapses)

    def initialise(self, network):
        network["inputs"].t_next = "onset"
        network["synapses"].x = 1
