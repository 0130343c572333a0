"""The network of fast-spiking interneurons of Wang and Buzsáki, which synchronise each other in the gamma range.

Source: X.-J. Wang and G. Buzsáki (1996), Gamma oscillation by synaptic inhibition in a hippocampal interneuronal network
model, Journal of Neuroscience 16:6402-6413. The cell, equations (a) to (m), is that of `wang_buzsaki`; the network adds

    (n)  I = I_app - I_syn                      I_app: N(mu, sigma), one value per cell
    (o)  I_syn = (g_syn/M_syn) S (v - E_syn)    S = sum of s over the presynaptic cells
    (p)  s' = alpha F(v) (1 - s) - beta s       F(v) = 1/(1 + exp(-v/2)), v in mV, beta = 1/tau_syn

    projection    synapses
    I -> I        each pair with p = M_syn/n, M_syn = 60

With mu = 1 µA/cm² and sigma = 0.03 µA/cm² the cells fire at 35 Hz, in partial synchrony. The coherence of the network
rises with M_syn above about 50 and is largest at 40 Hz. At the start v is uniform between -70 and -50 mV, the gates are at
their steady state and s = 0.

Differs from the paper: autapses are possible. S is computed once per time step. The gate n is called n_K, as
n is the number of cells.

Cite: WangBuzsaki1996
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, cm, ms, msiemens, mV, second, uA, uF, volt

from zoo import Model
from zoo.models.equations.neurons import wang_buzsaki, wang_buzsaki_rest


class WangBuzsakiNetwork(Model):
    dt: second = 0.02 * ms  # time step
    n: int = 100  # cells
    M_syn: 1 = 60  # mean number of inputs of a cell
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_Na: msiemens / cm**2 = 35 * msiemens / cm**2  # sodium conductance
    g_K: msiemens / cm**2 = 9 * msiemens / cm**2  # potassium conductance
    g_L: msiemens / cm**2 = 0.1 * msiemens / cm**2  # leak conductance
    E_Na: volt = 55 * mV  # reversal potential of sodium
    E_K: volt = -90 * mV  # reversal potential of potassium
    E_L: volt = -65 * mV  # reversal potential of the leak
    phi: 1 = 5  # speed of the gates, one or one per cell
    v_spike: volt = 0 * mV  # threshold that a spike crosses upwards
    mu: uA / cm**2 = 1 * uA / cm**2  # mean of the injected currents
    sigma: uA / cm**2 = 0.03 * uA / cm**2  # standard deviation of the injected currents over cells
    g_syn: msiemens / cm**2 = 0.1 * msiemens / cm**2  # conductance of all synapses of a cell
    E_syn: volt = -75 * mV  # reversal potential of inhibition
    alpha: 1 / second = 12 / ms  # rate at which an open presynaptic channel opens synapses
    tau_syn: second = 10 * ms  # decay of inhibition
    limits = {"C tau_syn M_syn": "> 0", "g_Na g_K g_L g_syn phi alpha sigma": ">= 0"}
    explore = {"v_spike": None}

    neuron: str = (
        wang_buzsaki
        + """
        I     = I_app - I_syn                                  : amp/meter**2               # (n)
        I_syn = g_syn/M_syn*S*(v - E_syn)                      : amp/meter**2               # (o)
        ds/dt = alpha*F*(1 - s) - s/tau_syn                    : 1                          # (p)
        F     = 1/(1 + exp(-v/(2*mV)))                         : 1
        S                                                      : 1
        I_app                                                  : amp/meter**2 (constant)
        """
    )

    def build(self):
        cells = NeuronGroup(
            self.n, self.neuron, threshold="v > v_spike", refractory="v > v_spike", method="rk4", name="cells"
        )
        inhibition = Synapses(cells, cells, "S_post = s_pre : 1 (summed)", name="inhibition")
        inhibition.connect(p="M_syn/N_pre")
        return Network(cells, inhibition)

    def initialise(self, network):
        cells = network["cells"]
        cells.I_app = "mu + sigma*randn()"
        cells.v = "-70*mV + 20*mV*rand()"
        for assignment in wang_buzsaki_rest.strip().splitlines():
            gate, steady_state = assignment.split(" = ")
            setattr(cells, gate, steady_state)
