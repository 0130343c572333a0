"""The fast-spiking interneuron of Wang and Buzsáki: one compartment, sodium with instantaneous activation, potassium.

Source: X.-J. Wang and G. Buzsáki (1996), Gamma oscillation by synaptic inhibition in a hippocampal interneuronal network
model, Journal of Neuroscience 16:6402-6413. The equations are lettered here:

    (a)  C v' = I - I_Na - I_K - I_L                 (b)  I_L = g_L (v - E_L)
    (c)  I_Na = g_Na m_inf^3 h (v - E_Na)            (d)  I_K = g_K n^4 (v - E_K)
    (e)  m_inf = alpha_m/(alpha_m + beta_m)          (f)  alpha_m = 0.1 (v + 35)/(1 - exp(-(v + 35)/10))
                                                     (g)  beta_m = 4 exp(-(v + 60)/18)
    (h)  h' = phi (alpha_h (1 - h) - beta_h h)       (i)  alpha_h = 0.07 exp(-(v + 58)/20)
                                                     (j)  beta_h = 1/(exp(-(v + 28)/10) + 1)
    (k)  n' = phi (alpha_n (1 - n) - beta_n n)       (l)  alpha_n = 0.01 (v + 34)/(1 - exp(-(v + 34)/10))
                                                     (m)  beta_n = 0.125 exp(-(v + 44)/80)
    (n)  I = amplitude s(t)                          v in mV, rates in 1/ms; s: the stimulus, a step from onset to end

Firing starts between 0.16 and 0.2 µA/cm² and can be as slow as one likes (a saddle-node on an invariant circle); the
rate is 60 Hz at 1 µA/cm² and 285 Hz at 10. The potential after a spike does not fall below -70 mV, so that the next
spike comes fast.

Differs from the paper: the current clamp stands for the synapses, and the gate n is called n_K, as n is the number of
cells.

Cite: WangBuzsaki1996
Chapter: single neurons
"""

from brian2 import cm, ms, msiemens, mV, second, uA, uF, volt

from zoo.models.equations.current_clamp import CurrentClamp
from zoo.models.equations.neurons import wang_buzsaki, wang_buzsaki_rest


class WangBuzsaki(CurrentClamp):
    dt: second = 0.01 * ms  # time step
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_Na: msiemens / cm**2 = 35 * msiemens / cm**2  # sodium conductance
    g_K: msiemens / cm**2 = 9 * msiemens / cm**2  # potassium conductance
    g_L: msiemens / cm**2 = 0.1 * msiemens / cm**2  # leak conductance
    E_Na: volt = 55 * mV  # reversal potential of sodium
    E_K: volt = -90 * mV  # reversal potential of potassium
    E_L: volt = -65 * mV  # reversal potential of the leak
    phi: 1 = 5  # speed of the gates, one or one per cell
    v: volt = -64 * mV  # initial v, one or one per cell; the gates start at their steady state
    v_spike: volt = 0 * mV  # threshold that a spike crosses upwards
    limits = {"C": "> 0", "g_Na g_K g_L phi": ">= 0"}
    explore = {"amplitude": (0 * uA / cm**2, 5 * uA / cm**2), "v_spike": None}

    amplitude: uA / cm**2 = 1 * uA / cm**2  # injected current, one or one per cell
    onset = 0 * ms

    neuron: str = (
        wang_buzsaki
        + """
        I         = amplitude*s                                : amp/meter**2               # (n)
        amplitude                                              : amp/meter**2 (constant)
        """
    )

    def build(self):
        return self.clamped(threshold="v > v_spike", refractory="v > v_spike", method="rk4")

    def initialise(self, network):
        for assignment in wang_buzsaki_rest.strip().splitlines():
            gate, steady_state = assignment.split(" = ")
            setattr(network["cells"], gate, steady_state)
