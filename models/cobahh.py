"""A random network of Hodgkin-Huxley neurons with conductance-based synapses: benchmark 3 of Brette et al. (2007), COBAHH.

Source: R. Brette et al. (2007), Simulation of networks of spiking neurons: a review of tools and strategies, Journal of
Computational Neuroscience 23:349-398, appendix 2; the cell has the currents of R. D. Traub and R. Miles (1991), Neuronal
networks of the hippocampus, Cambridge University Press. The equations are lettered here, with u = v - V_T:

    (a)  C v' = I - g_L (v - E_L) - g_Na m^3 h (v - E_Na) - g_K n^4 (v - E_K)
    (b)  x' = alpha_x (1 - x) - beta_x x                         for x = m, h, n
    (c)  alpha_m = 0.32 (13 - u)/(exp((13 - u)/4) - 1)           beta_m = 0.28 (u - 40)/(exp((u - 40)/5) - 1)
    (d)  alpha_h = 0.128 exp((17 - u)/18)                        beta_h = 4/(1 + exp((40 - u)/5))
    (e)  alpha_n = 0.032 (15 - u)/(exp((15 - u)/5) - 1)          beta_n = 0.5 exp((10 - u)/40)
    (f)  I = g_e (E_e - v) + g_i (E_i - v)
    (g)  tau_e g_e' = -g_e          tau_i g_i' = -g_i            v and u in mV, rates in 1/ms

    projection    synapses                   at a spike, an upward crossing of v_spike
    E -> E, I     each pair with p = 0.02    g_e += w_e = 0.03 mS/cm² (6 nS for 20 000 µm²)
    I -> E, I     each pair with p = 0.02    g_i += w_i = 0.335 mS/cm² (67 nS)

The network keeps itself active at 42 Hz, in bursts: the coefficient of variation of the intervals is 2.6. Steps of 0.1 ms
of the exponential Euler method, which benchmarks use, give 36 Hz and 2.3. At the start v is N(-65 mV, 5 mV), g_e is
N(0.2, 0.075) mS/cm² and g_i N(1, 0.6) mS/cm², m = n = 0 and h = 1.

Differs from the paper: conductances are per area. Activity starts from random values instead of a stimulation in the first
50 ms. Autapses are possible. Spikes arrive without a delay, in the time step in which they occur. The gate n is
called n_K, as in `traub_miles`, whose cell this is.

Cite: Brette2007, TraubMiles1991
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, cm, ms, msiemens, mV, second, uF, volt

from zoo import Model
from zoo.models.equations.neurons import traub_miles


class COBAHH(Model):
    dt: second = 0.05 * ms  # time step
    n_e: int = 3200  # excitatory neurons
    n_i: int = 800  # inhibitory neurons
    p: 1 = 0.02  # connection probability
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_L: msiemens / cm**2 = 0.05 * msiemens / cm**2  # leak conductance
    g_Na: msiemens / cm**2 = 100 * msiemens / cm**2  # sodium conductance
    g_K: msiemens / cm**2 = 30 * msiemens / cm**2  # potassium conductance
    E_L: volt = -60 * mV  # reversal potential of the leak
    E_Na: volt = 50 * mV  # reversal potential of sodium
    E_K: volt = -90 * mV  # reversal potential of potassium
    V_T: volt = -63 * mV  # shifts all rates, and with them the threshold; one or one per cell
    v_spike: volt = -20 * mV  # threshold that a spike crosses upwards
    tau_e: second = 5 * ms  # decay of excitation
    tau_i: second = 10 * ms  # decay of inhibition
    E_e: volt = 0 * mV  # reversal potential of excitation
    E_i: volt = -80 * mV  # reversal potential of inhibition
    w_e: msiemens / cm**2 = 0.03 * msiemens / cm**2  # step of g_e at a spike
    w_i: msiemens / cm**2 = 0.335 * msiemens / cm**2  # step of g_i at a spike
    limits = {"n_e n_i": ">= 1", "p": (0, 1), "C tau_e tau_i": "> 0", "g_Na g_K g_L w_e w_i": ">= 0"}
    explore = {"v_spike": None}

    neuron: str = (
        traub_miles
        + """
        I       = g_e*(E_e - v) + g_i*(E_i - v)                : amp/meter**2           # (f)
        dg_e/dt = -g_e/tau_e                                   : siemens/meter**2       # (g)
        dg_i/dt = -g_i/tau_i                                   : siemens/meter**2
        """
    )

    sizes = property(lambda self: {"E": self.n_e, "I": self.n_i})

    def build(self):
        cells = NeuronGroup(
            self.n_e + self.n_i,
            self.neuron,
            threshold="v > v_spike",
            refractory="v > v_spike",
            method="rk4",
            name="cells",
        )
        E, I = cells[: self.n_e], cells[self.n_e :]  # noqa: E741
        excitation = Synapses(
            E, cells, "w_e : siemens/meter**2 (shared, constant)", on_pre="g_e += w_e", name="excitation"
        )
        excitation.connect(p=self.p)
        inhibition = Synapses(
            I, cells, "w_i : siemens/meter**2 (shared, constant)", on_pre="g_i += w_i", name="inhibition"
        )
        inhibition.connect(p=self.p)
        return Network(cells, excitation, inhibition)

    def initialise(self, network):
        cells = network["cells"]
        cells.v = "-65*mV + 5*mV*randn()"
        cells.g_e = "(0.2 + 0.075*randn())*msiemens/cm**2"
        cells.g_i = "(1 + 0.6*randn())*msiemens/cm**2"
        cells.h = 1
