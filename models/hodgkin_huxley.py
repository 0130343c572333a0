"""The squid giant axon of Hodgkin and Huxley, space-clamped, under current clamp.

Source: A. L. Hodgkin and A. F. Huxley (1952), A quantitative description of membrane current and its application to
conduction and excitation in nerve, Journal of Physiology 117:500-544.

    (1)   I = C v' + I_i
    (26)  I_i = g_K n^4 (v - E_K) + g_Na m^3 h (v - E_Na) + g_L (v - E_L)
    (7)   n' = phi (alpha_n (1 - n) - beta_n n)      (12) alpha_n = 0.01 (v + 55)/(1 - exp(-(v + 55)/10))
                                                     (13) beta_n = 0.125 exp(-(v + 65)/80)
    (15)  m' = phi (alpha_m (1 - m) - beta_m m)      (20) alpha_m = 0.1 (v + 40)/(1 - exp(-(v + 40)/10))
                                                     (21) beta_m = 4 exp(-(v + 65)/18)
    (16)  h' = phi (alpha_h (1 - h) - beta_h h)      (23) alpha_h = 0.07 exp(-(v + 65)/20)
                                                     (24) beta_h = 1/(exp(-(v + 35)/10) + 1)
    (44)  phi = 3^((T - 6.3)/10)                     v in mV, rates in 1/ms, T in degrees Celsius

A spike is an upward crossing of v_spike. From 6.260 µA/cm² a current step from rest makes the axon fire repeatedly.
Rest is stable there as well: firing stops after a sudden decrease to a current below 6.33 µA/cm² (from 1.3 times as
much). At stronger currents the limit cycle shrinks: from 63 µA/cm² its peaks are below 0 mV, and the axon oscillates
without spikes; above 155 µA/cm² the potential is steady.

Differs from the paper: v is the potential inside minus outside, with rest at -65 mV, where the paper uses the
displacement from rest with the opposite sign. E_L is 10.613 mV above rest, as in the paper's table 3, not the -54.3 mV
of many programs, with which the axon fires from 6.234 µA/cm². The gate n is called n_K, as n is the number of cells.

Cite: HodgkinHuxley1952
Chapter: single neurons
"""

from brian2 import cm, ms, msiemens, mV, second, uA, uF, volt

from zoo.models.equations.current_clamp import CurrentClamp
from zoo.models.equations.neurons import hodgkin_huxley_gates, hodgkin_huxley_rest

# Every rate is a number per ms; at other temperatures all rates are phi times as fast.
gates = hodgkin_huxley_gates.replace("/ms ", "*phi/ms ")


class HodgkinHuxley(CurrentClamp):
    dt: second = 0.025 * ms  # time step
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_Na: msiemens / cm**2 = 120 * msiemens / cm**2  # sodium conductance
    g_K: msiemens / cm**2 = 36 * msiemens / cm**2  # potassium conductance
    g_L: msiemens / cm**2 = 0.3 * msiemens / cm**2  # leak conductance
    E_Na: volt = 50 * mV  # reversal potential of sodium
    E_K: volt = -77 * mV  # reversal potential of potassium
    E_L: volt = -54.387 * mV  # reversal potential of the leak
    T: 1 = 6.3  # temperature (degrees Celsius)
    v: volt = -65 * mV  # initial v, one or one per cell; the gates start at their steady state
    v_spike: volt = 0 * mV  # threshold that a spike crosses upwards
    limits = {"C": "> 0", "g_Na g_K g_L": ">= 0"}
    explore = {"amplitude": (0 * uA / cm**2, 40 * uA / cm**2), "v_spike": None}

    amplitude: uA / cm**2 = 10 * uA / cm**2  # injected current, one or one per cell

    neuron: str = (
        """
        dv/dt   = (I - I_i)/C                                        : volt             # (1)
        I_i     = g_K*n_K**4*(v - E_K) + g_Na*m**3*h*(v - E_Na)
                + g_L*(v - E_L)                                      : amp/meter**2     # (26)
        """
        + gates
        + """
        phi     = 3**((T - 6.3)/10)                                  : 1 (shared)       # (44)
        T                                                            : 1 (shared, constant)
        I       = amplitude*s                                        : amp/meter**2
        amplitude                                                    : amp/meter**2 (constant)
        """
    )

    def build(self):
        return self.clamped(threshold="v > v_spike", refractory="v > v_spike", method="rk4")

    def initialise(self, network):
        for line in hodgkin_huxley_rest.split("\n"):
            name, _, steady_state = line.partition(" = ")
            if name:
                setattr(network["cells"], name, steady_state)
