"""The exponential integrate-and-fire neuron, which fires at the rates of the Wang-Buzsáki neuron.

Source: N. Fourcaud-Trocmé, D. Hansel, C. van Vreeswijk and N. Brunel (2003), How spike generation mechanisms determine the
neuronal response to fluctuating inputs, Journal of Neuroscience 23:11628-11640. The equations are lettered here:

    (a)  C v' = -g_L (v - V_L) + g_L Delta_T exp((v - V_T)/Delta_T) + I
    (b)  v runs to infinity: a spike; v <- V_r, where it stays for tau_ref
    (c)  I = amplitude s(t)                          s: the stimulus, a step from onset to end

With these parameters the rates are within 8 % of those of `wang_buzsaki`, which the model stands for.

Differs from the paper: a spike is registered at V_peak, a nanosecond before infinity, and the exponential stops there, as
a step may go further. The current clamp stands for the noise.

Cite: FourcaudTrocme2003
Chapter: single neurons
"""

from brian2 import cm, ms, msiemens, mV, second, uA, uF, volt

from zoo.models.equations.current_clamp import CurrentClamp


class ExponentialIntegrateAndFire(CurrentClamp):
    dt: second = 0.01 * ms  # time step
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_L: msiemens / cm**2 = 0.1 * msiemens / cm**2  # leak conductance
    V_L: volt = -65 * mV  # leak reversal potential
    V_T: volt = -59.9 * mV  # v at which the slope of the current is zero, one or one per cell
    Delta_T: volt = 3.48 * mV  # slope factor of the spike, one or one per cell
    V_r: volt = -68 * mV  # v after a spike, one or one per cell
    tau_ref: second = 1.7 * ms  # time that v stays there
    V_peak: volt = 0 * mV  # v at which a spike is registered
    v: volt = -65 * mV  # initial v, one or one per cell
    limits = {"C g_L Delta_T": "> 0", "tau_ref": ">= 0"}
    explore = {"amplitude": (0 * uA / cm**2, 4 * uA / cm**2), "V_peak": None}

    amplitude: uA / cm**2 = 1 * uA / cm**2  # injected current, one or one per cell
    onset = 0 * ms

    neuron: str = """
    dv/dt = (g_L*Delta_T*exp((v_m - V_T)/Delta_T) - g_L*(v - V_L) + I)/C : volt (unless refractory)        # (a)
    v_m   = clip(v, -1*volt, V_peak)                                     : volt
    I     = amplitude*s                                                  : amp/meter**2                    # (c)
    V_T                                                                  : volt (constant)
    Delta_T                                                              : volt (constant)
    V_r                                                                  : volt (constant)
    amplitude                                                            : amp/meter**2 (constant)
    """

    def build(self):
        # Brian2 counts the refractory time from the start of the step of the spike, which is at its end.
        return self.clamped(threshold="v > V_peak", reset="v = V_r", refractory="tau_ref + dt", method="rk4")  # (b)
