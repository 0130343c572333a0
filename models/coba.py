"""A random network of integrate-and-fire neurons with conductance-based synapses: benchmark 1 of Brette et al. (2007), COBA.

Source: R. Brette et al. (2007), Simulation of networks of spiking neurons: a review of tools and strategies, Journal of
Computational Neuroscience 23:349-398, appendix 2, after T. P. Vogels and L. F. Abbott (2005), Signal propagation and
logic gating in networks of integrate-and-fire neurons, Journal of Neuroscience 25:10786-10795. The equations are
lettered here; conductances are relative to the leak:

    (a)  tau_m v' = E_L - v + g_e (E_e - v) + g_i (E_i - v)
    (b)  v > v_t:  v <- v_r, where v stays for t_ref
    (c)  tau_e g_e' = -g_e          tau_i g_i' = -g_i

    projection    synapses                   at a spike
    E -> E, I     each pair with p = 0.02    g_e += w_e = 0.6 (6 nS of a leak of 10 nS)
    I -> E, I     each pair with p = 0.02    g_i += w_i = 6.7 (67 nS)

The network keeps itself active, at 16 to 21 Hz from one network to the next, in bursts: the coefficient of variation of
the intervals is 1.7. At the start v is N(-65 mV, 5 mV), g_e N(4, 1.5) and g_i N(20, 12).

Differs from the paper: random values at the start instead of a stimulation of the first 50 ms. A pair may be a neuron and
itself. Spikes arrive without a delay, in the time step in which they occur.

Cite: Brette2007, VogelsAbbott2005
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, ms, mV, second, volt

from zoo import Model


class COBA(Model):
    n_e: int = 3200  # excitatory neurons
    n_i: int = 800  # inhibitory neurons
    p: 1 = 0.02  # connection probability
    tau_m: second = 20 * ms  # membrane time constant
    tau_e: second = 5 * ms  # decay of excitation
    tau_i: second = 10 * ms  # decay of inhibition
    E_L: volt = -60 * mV  # resting potential
    E_e: volt = 0 * mV  # reversal potential of excitation
    E_i: volt = -80 * mV  # reversal potential of inhibition
    v_t: volt = -50 * mV  # threshold
    v_r: volt = -60 * mV  # v after a spike
    t_ref: second = 5 * ms  # refractory period
    w_e: 1 = 0.6  # step of g_e at a spike, relative to the leak
    w_i: 1 = 6.7  # step of g_i at a spike, relative to the leak
    limits = {"n_e n_i": ">= 1", "p": (0, 1), "tau_m tau_e tau_i": "> 0", "t_ref w_e w_i": ">= 0"}

    neuron: str = """
    dv/dt   = (E_L - v + g_e*(E_e - v) + g_i*(E_i - v))/tau_m : volt (unless refractory)  # (a)
    dg_e/dt = -g_e/tau_e                                      : 1                         # (c)
    dg_i/dt = -g_i/tau_i                                      : 1
    E_L                                                       : volt (shared, constant)
    E_e                                                       : volt (shared, constant)
    E_i                                                       : volt (shared, constant)
    v_t                                                       : volt (shared, constant)
    v_r                                                       : volt (shared, constant)
    t_ref                                                     : second (shared, constant)
    """

    sizes = property(lambda self: {"E": self.n_e, "I": self.n_i})

    def build(self):
        cells = NeuronGroup(
            self.n_e + self.n_i,
            self.neuron,
            threshold="v > v_t",
            reset="v = v_r",
            refractory="t_ref + dt",  # counted from the start of the step at whose end the spike is
            method="rk4",
            name="cells",
        )
        E, I = cells[: self.n_e], cells[self.n_e :]  # noqa: E741
        excitation = Synapses(E, cells, "w_e : 1 (shared, constant)", on_pre="g_e += w_e", name="excitation")
        excitation.connect(p=self.p)
        inhibition = Synapses(I, cells, "w_i : 1 (shared, constant)", on_pre="g_i += w_i", name="inhibition")
        inhibition.connect(p=self.p)
        return Network(cells, excitation, inhibition)

    def initialise(self, network):
        network["cells"].v = "-65*mV + 5*mV*randn()"
        network["cells"].g_e = "4 + 1.5*randn()"
        network["cells"].g_i = "20 + 12*randn()"
