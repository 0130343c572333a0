"""A network whose inhibitory synapses learn to balance excitation.

Source: T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath and W. Gerstner (2011), Inhibitory plasticity balances excitation and
inhibition in sensory pathways and memory networks, Science 334:1569-1573. The equations are lettered here:

    (a)  C v' = g_L (E_L - v) + g_e (E_e - v) + g_i (E_i - v) + I_0
    (b)  v > v_t:  v <- v_r, where v stays for t_ref
    (c)  tau_e g_e' = -g_e          tau_i g_i' = -g_i
    (d)  tau_stdp x' = -x           a spike of the neuron:  x <- x + 1
    (e)  a spike of I:  w <- w + eta (x_post - alpha)       alpha = 2 tau_stdp rho_0;  w stays between 0 and w_max
    (f)  a spike of E:  w <- w + eta x_pre

    projection    synapses                   at a spike
    E -> E, I     each pair with p = 0.02    g_e += w_e = 0.3 nS
    I -> I        each pair with p = 0.02    g_i += w_i = 3 nS
    I -> E        each pair with p = 0.02    g_i += w after (e); w = 0 at the start

Learning begins after one second. Until then the network fires at 160 Hz, synchronously. Inhibition stops this within a
second; then it grows slowly, and the excitatory cells, which fire irregularly by now, approach rho_0 = 3 Hz. At the start v
is uniform between v_r and v_t.

Differs from the paper: this is its network without patterns and signals, and with eta = 0.01 nS. After 20 s it is still at
twice rho_0. Autapses are possible. Spikes arrive without a delay.

Cite: Vogels2011
Chapter: plasticity
"""

from brian2 import Hz, Network, NeuronGroup, Synapses, ms, mV, nS, pA, pF, second, siemens, volt

from zoo import Model


class Vogels2011(Model):
    n_e: int = 8000  # excitatory neurons
    n_i: int = 2000  # inhibitory neurons
    p: 1 = 0.02  # connection probability
    C: pF = 200 * pF  # membrane capacitance
    g_L: siemens = 10 * nS  # leak conductance
    E_L: volt = -60 * mV  # resting potential
    E_e: volt = 0 * mV  # reversal potential of excitation
    E_i: volt = -80 * mV  # reversal potential of inhibition
    I_0: pA = 200 * pA  # constant current
    v_t: volt = -50 * mV  # threshold
    v_r: volt = -60 * mV  # v after a spike
    t_ref: second = 5 * ms  # refractory period
    tau_e: second = 5 * ms  # decay of excitation
    tau_i: second = 10 * ms  # decay of inhibition
    w_e: siemens = 0.3 * nS  # step of g_e at a spike
    w_i: siemens = 3 * nS  # step of g_i at a spike, in inhibitory neurons
    w_max: siemens = 100 * nS  # largest weight that is learned
    eta: siemens = 0.01 * nS  # learning rate
    onset: second = 1 * second  # start of learning
    tau_stdp: second = 20 * ms  # window of learning
    rho_0: Hz = 3 * Hz  # target rate
    limits = {
        "n_e n_i": ">= 1", "p": (0, 1), "C g_L tau_e tau_i tau_stdp": "> 0", "t_ref rho_0 w_e w_i w_max eta": ">= 0",
    }  # fmt: skip

    neuron: str = """
    dv/dt   = (g_L*(E_L - v) + g_e*(E_e - v) + g_i*(E_i - v) + I_0)/C : volt (unless refractory)  # (a)
    dg_e/dt = -g_e/tau_e                                              : siemens                   # (c)
    dg_i/dt = -g_i/tau_i                                              : siemens
    dx/dt   = -x/tau_stdp                                             : 1                         # (d)
    I_0                                                               : amp (shared, constant)
    v_t                                                               : volt (shared, constant)
    v_r                                                               : volt (shared, constant)
    t_ref                                                             : second (shared, constant)
    """

    learning: str = """
    w                                  : siemens
    eta_t = eta*int(t > onset - dt/2)  : siemens (shared)
    alpha = 2*tau_stdp*rho_0           : 1 (shared)
    eta                                : siemens (shared, constant)
    onset                              : second (shared, constant)
    rho_0                              : Hz (shared, constant)
    w_max                              : siemens (shared, constant)
    """

    sizes = property(lambda self: {"E": self.n_e, "I": self.n_i})

    explore = {
        "duration": 3 * second,
        "n_e": 1600,
        "n_i": 400,
        "w_e": 5 * w_e,
        "w_i": 5 * w_i,
        "w_max": 5 * w_max,
        "eta": 5 * eta,
        "onset": (0 * second, 3 * second),
        "rho_0": (0 * Hz, 20 * Hz),
        "I_0": (0 * pA, 400 * pA),
    }

    def build(self):
        cells = NeuronGroup(
            self.n_e + self.n_i,
            self.neuron,
            threshold="v > v_t",
            reset="v = v_r\nx += 1",
            refractory="t_ref + dt",  # counted from the start of the step at whose end the spike is
            method="exponential_euler",
            name="cells",
        )
        E, I = cells[: self.n_e], cells[self.n_e :]  # noqa: E741
        excitation = Synapses(E, cells, "w_e : siemens (shared, constant)", on_pre="g_e_post += w_e", name="excitation")
        inhibition = Synapses(I, I, "w_i : siemens (shared, constant)", on_pre="g_i_post += w_i", name="inhibition")
        learned = Synapses(
            I,
            E,
            self.learning,
            on_pre="""
            w = clip(w + eta_t*(x_post - alpha), 0*siemens, w_max)  # (e)
            g_i_post += w
            """,
            on_post="w = clip(w + eta_t*x_pre, 0*siemens, w_max)",  # (f)
            name="learned",
        )
        for synapses in (excitation, inhibition, learned):
            synapses.connect(p=self.p)
        return Network(cells, excitation, inhibition, learned)

    def initialise(self, network):
        network["cells"].v = "v_r + rand()*(v_t - v_r)"
