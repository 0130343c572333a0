"""A random network of integrate-and-fire neurons with current-based synapses: benchmark 2 of Brette et al. (2007), CUBA.

Source: R. Brette et al. (2007), Simulation of networks of spiking neurons: a review of tools and strategies, Journal of
Computational Neuroscience 23:349-398, appendix 2, after T. P. Vogels and L. F. Abbott (2005), Signal propagation and
logic gating in networks of integrate-and-fire neurons, Journal of Neuroscience 25:10786-10795. The equations are
lettered here:

    (a)  tau_m v' = E_L - v + g_e + g_i
    (b)  v > v_t:  v <- v_r, where v stays for t_ref
    (c)  tau_e g_e' = -g_e          tau_i g_i' = -g_i

    projection    synapses                   at a spike
    E -> E, I     each pair with p = 0.02    g_e += w_e = 1.62 mV
    I -> E, I     each pair with p = 0.02    g_i += w_i = -9 mV

The network fires at 5.5 Hz without input, irregularly; its rate differs by 7 % from one network to the next. At the start
v is uniform between v_r and v_t.

Differs from the paper: v starts at random values instead of a stimulation of the first 50 ms. A pair may be a neuron and
itself. Spikes arrive without a delay, in the time step in which they occur.

Cite: Brette2007, VogelsAbbott2005
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, ms, mV, second, volt

from zoo import Model


class CUBA(Model):
    n_e: int = 3200  # excitatory neurons
    n_i: int = 800  # inhibitory neurons
    p: 1 = 0.02  # connection probability
    tau_m: second = 20 * ms  # membrane time constant
    tau_e: second = 5 * ms  # decay of excitation
    tau_i: second = 10 * ms  # decay of inhibition
    E_L: volt = -49 * mV  # resting potential, above the threshold
    v_t: volt = -50 * mV  # threshold
    v_r: volt = -60 * mV  # v after a spike
    t_ref: second = 5 * ms  # refractory period
    w_e: volt = 1.62 * mV  # step of g_e at a spike
    w_i: volt = -9 * mV  # step of g_i at a spike
    limits = {"n_e n_i": ">= 1", "p": (0, 1), "tau_m tau_e tau_i": "> 0", "t_ref": ">= 0"}

    neuron: str = """
    dv/dt   = (E_L - v + g_e + g_i)/tau_m : volt (unless refractory)  # (a)
    dg_e/dt = -g_e/tau_e                  : volt                      # (c)
    dg_i/dt = -g_i/tau_i                  : volt
    E_L                                   : volt (shared, constant)
    v_t                                   : volt (shared, constant)
    v_r                                   : volt (shared, constant)
    t_ref                                 : second (shared, constant)
    """

    sizes = property(lambda self: {"E": self.n_e, "I": self.n_i})

    def build(self):
        cells = NeuronGroup(
            self.n_e + self.n_i,
            self.neuron,
            threshold="v > v_t",
            reset="v = v_r",
            refractory="t_ref + dt",  # counted from the start of the step at whose end the spike is
            method="exact",
            name="cells",
        )
        E, I = cells[: self.n_e], cells[self.n_e :]  # noqa: E741
        excitation = Synapses(E, cells, "w_e : volt (shared, constant)", on_pre="g_e += w_e", name="excitation")
        excitation.connect(p=self.p)
        inhibition = Synapses(I, cells, "w_i : volt (shared, constant)", on_pre="g_i += w_i", name="inhibition")
        inhibition.connect(p=self.p)
        return Network(cells, excitation, inhibition)

    def initialise(self, network):
        network["cells"].v = "v_r + rand()*(v_t - v_r)"
