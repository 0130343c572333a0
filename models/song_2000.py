"""A neuron whose thousand inputs compete through spike-timing-dependent plasticity.

Source: S. Song, K. D. Miller and L. F. Abbott (2000), Competitive Hebbian learning through spike-timing-dependent synaptic
plasticity, Nature Neuroscience 3:919-926. The equations are lettered here:

    (a)  tau_m v' = V_rest - v + g_ex (E_ex - v)        v > v_t:  v <- v_r
    (b)  tau_ex g_ex' = -g_ex                           a spike of input a:  g_ex <- g_ex + g_a
    (c)  tau_minus M' = -M                              a spike of the neuron:  M <- M - A_minus
    (d)  tau_plus P_a' = -P_a                           a spike of input a:  P_a <- P_a + A_plus
    (e)  a spike of input a:    g_a <- g_a + M g_max    g_a stays between 0 and g_max
    (f)  a spike of the neuron: g_a <- g_a + P_a g_max

    projection         synapses     at the start
    inputs -> neuron   one each     g_a uniform between 0 and g_max

Conductances are in units of the leak. The inputs are independent Poisson processes of the same rate. As A_minus tau_minus is
larger than A_plus tau_plus, inputs without effect become weak. Those that make the neuron fire keep their strength, until
few are left and it fires irregularly: the distribution of g_a becomes bimodal. After 200 s inputs of 15 Hz make the neuron
fire at 22 Hz; inputs of 30 Hz make it fire at 220 Hz at first, and at 35 Hz after 200 s.

Differs from the paper: time is in steps of 0.1 ms, and a pair of spikes within one step counts as input before output.
With the other order A_minus would have to be smaller by a factor exp(-dt/tau_plus), 0.5 %, for the same balance of (e)
and (f). The neuron has no inhibitory inputs.

Cite: Song2000
Chapter: plasticity
"""

from brian2 import Hz, Network, NeuronGroup, PoissonGroup, Synapses, ms, mV, second, volt

from zoo import Model


class Song2000(Model):
    n: int = 1000  # inputs
    rate: Hz = 15 * Hz  # rate of each input
    tau_m: second = 10 * ms  # membrane time constant
    tau_ex: second = 5 * ms  # decay of excitation
    V_rest: volt = -74 * mV  # resting potential
    E_ex: volt = 0 * mV  # reversal potential of excitation
    v_t: volt = -54 * mV  # threshold
    v_r: volt = -60 * mV  # v after a spike, and at the start
    g_max: 1 = 0.01  # largest conductance of a synapse
    tau_plus: second = 20 * ms  # window of potentiation
    tau_minus: second = 20 * ms  # window of depression
    A_plus: 1 = 0.01  # potentiation by a pair of spikes, of g_max
    A_minus: 1 = 0.0105  # depression by a pair of spikes, of g_max
    limits = {"tau_m tau_ex tau_plus tau_minus g_max": "> 0", "A_plus A_minus rate": ">= 0"}
    explore = {"duration": 50 * second}

    neuron: str = """
    dv/dt    = (V_rest - v + g_ex*(E_ex - v))/tau_m : volt  # (a)
    dg_ex/dt = -g_ex/tau_ex                         : 1     # (b)
    dM/dt    = -M/tau_minus                         : 1     # (c)
    V_rest                                          : volt (shared, constant)
    v_t                                             : volt (shared, constant)
    v_r                                             : volt (shared, constant)
    A_minus                                         : 1 (shared, constant)
    """

    synapse: str = """
    g_a                      : 1
    dP_a/dt = -P_a/tau_plus  : 1 (event-driven)  # (d)
    g_max                    : 1 (shared, constant)
    A_plus                   : 1 (shared, constant)
    """

    def build(self):
        inputs = PoissonGroup(self.n, rates=self.rate, name="inputs")
        neuron = NeuronGroup(
            1,
            self.neuron,
            threshold="v > v_t",
            reset="v = v_r\nM -= A_minus",
            method="exponential_euler",
            name="neuron",
        )
        synapses = Synapses(
            inputs,
            neuron,
            self.synapse,
            on_pre="""
            g_ex_post += g_a
            P_a += A_plus
            g_a = clip(g_a + M_post*g_max, 0, g_max)  # (e)
            """,
            on_post="g_a = clip(g_a + P_a*g_max, 0, g_max)",  # (f)
            method="exact",
            name="synapses",
        )
        synapses.connect(i=range(self.n), j=0)  # pairs that a StateMonitor knows
        return Network(inputs, neuron, synapses)

    def initialise(self, network):
        network["neuron"].v = "v_r"
        network["synapses"].g_a = "rand()*g_max"
