"""The cell of the network COBAHH: the sodium and potassium currents of Traub and Miles in one compartment.

Source: R. D. Traub and R. Miles (1991), Neuronal networks of the hippocampus, Cambridge University Press; as the cell
of benchmark 3 (COBAHH) of R. Brette et al. (2007), Simulation of networks of spiking neurons: a review of tools and
strategies, Journal of Computational Neuroscience 23:349-398. The equations are lettered here, with u = v - V_T:

    (a)  C v' = I - g_L (v - E_L) - g_Na m^3 h (v - E_Na) - g_K n^4 (v - E_K)
    (b)  x' = alpha_x (1 - x) - beta_x x                         for x = m, h, n
    (c)  alpha_m = 0.32 (13 - u)/(exp((13 - u)/4) - 1)           beta_m = 0.28 (u - 40)/(exp((u - 40)/5) - 1)
    (d)  alpha_h = 0.128 exp((17 - u)/18)                        beta_h = 4/(1 + exp((40 - u)/5))
    (e)  alpha_n = 0.032 (15 - u)/(exp((15 - u)/5) - 1)          beta_n = 0.5 exp((10 - u)/40)
    (f)  I = amplitude s(t)          v and u in mV, rates in 1/ms; s: the stimulus, a step from onset to end

It fires at 46 Hz at 1 µA/cm² and 208 Hz at 10. With an area of 20 000 µm², 1 µA/cm² is 0.2 nA.

Differs from the paper: currents are per area, and the current clamp stands for the synapses. The gate n is called n_K, as
n is the number of cells.

Cite: TraubMiles1991, Brette2007
Chapter: single neurons
"""

from brian2 import cm, ms, msiemens, mV, second, uA, uF, volt

from zoo.models.equations.current_clamp import CurrentClamp
from zoo.models.equations.neurons import traub_miles


class TraubMiles(CurrentClamp):
    dt: second = 0.01 * ms  # time step
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_L: msiemens / cm**2 = 0.05 * msiemens / cm**2  # leak conductance
    g_Na: msiemens / cm**2 = 100 * msiemens / cm**2  # sodium conductance
    g_K: msiemens / cm**2 = 30 * msiemens / cm**2  # potassium conductance
    E_L: volt = -60 * mV  # reversal potential of the leak
    E_Na: volt = 50 * mV  # reversal potential of sodium
    E_K: volt = -90 * mV  # reversal potential of potassium
    V_T: volt = -63 * mV  # shifts all rates, and with them the threshold; one or one per cell
    v: volt = -60 * mV  # initial v, one or one per cell
    m: 1 = 0  # initial activation of sodium
    h: 1 = 1  # initial inactivation of sodium, 1 for none
    n_K: 1 = 0  # initial activation of potassium
    v_spike: volt = -20 * mV  # threshold that a spike crosses upwards
    limits = {"C": "> 0", "g_Na g_K g_L": ">= 0", "m h n_K": (0, 1)}
    explore = {
        "amplitude": (0 * uA / cm**2, 10 * uA / cm**2),
        "m": None,
        "h": (0, 1),
        "n_K": None,
        "v_spike": None,
    }

    amplitude: uA / cm**2 = 1 * uA / cm**2  # injected current, one or one per cell
    onset = 0 * ms

    neuron: str = (
        traub_miles
        + """
        I         = amplitude*s                                : amp/meter**2           # (f)
        amplitude                                              : amp/meter**2 (constant)
        """
    )

    def build(self):
        return self.clamped(threshold="v > v_spike", refractory="v > v_spike", method="rk4")
