"""The leaky integrate-and-fire neuron under current clamp.

Source: L. Lapicque (1907), Recherches quantitatives sur l'excitation electrique des nerfs traitee comme une
polarisation, Journal de Physiologie et de Pathologie generale 9:620-635; parameters and notation as in P. Dayan and L.
F. Abbott (2001), Theoretical neuroscience, MIT Press, section 5.4, equations (5.8) and (5.11):

    (a)  tau_m v' = E_L - v + R_m I                                                                  (5.8)
    (b)  v > v_t:  v <- v_r, where v stays for t_ref
    (c)  I = amplitude s(t)                          s: the stimulus, a step from onset to end

For a constant current the rate is known, `LeakyIntegrateAndFire().rate(I)`:

    (d)  1/f = t_ref + tau_m log((R_m I + E_L - v_r)/(R_m I + E_L - v_t)),  f = 0 for R_m I + E_L <= v_t    (5.11)

Between spikes v is exact for a current that is constant during a step; the period is (d) up to the time step.

Differs from the paper: Lapicque's nerve has a threshold but no reset; (b) and the absolute refractory period t_ref are
modern.

Cite: Lapicque1907, DayanAbbott2001
Chapter: single neurons
"""

import numpy as np
from brian2 import Hz, Mohm, Quantity, ms, mV, nA, ohm, second, volt

from zoo.models.equations.current_clamp import CurrentClamp


class LeakyIntegrateAndFire(CurrentClamp):
    dt: second = 0.05 * ms  # time step
    tau_m: second = 10 * ms  # membrane time constant, one or one per cell
    R_m: ohm = 10 * Mohm  # membrane resistance, one or one per cell
    E_L: volt = -65 * mV  # resting potential, one or one per cell
    v_t: volt = -50 * mV  # threshold, one or one per cell
    v_r: volt = -65 * mV  # v after a spike, one or one per cell
    t_ref: second = 2 * ms  # absolute refractory period, one or one per cell
    v: volt = -65 * mV  # initial v, one or one per cell
    limits = {"tau_m R_m": "> 0", "t_ref": ">= 0"}

    amplitude: nA = 2 * nA  # injected current, one or one per cell

    neuron: str = """
    dv/dt = (E_L - v + R_m*I)/tau_m : volt (unless refractory)  # (a)
    I     = amplitude*s             : amp                       # (c)
    tau_m                           : second (constant)
    R_m                             : ohm (constant)
    E_L                             : volt (constant)
    v_t                             : volt (constant)
    v_r                             : volt (constant)
    t_ref                           : second (constant)
    amplitude                       : amp (constant)
    """

    def build(self):
        return self.clamped(
            threshold="v > v_t",
            reset="v = v_r",
            refractory="t_ref + dt",  # counted from the start of the step at whose end the spike is
            method="exponential_euler",
        )

    def rate(self, I: Quantity) -> Quantity:  # noqa: E741
        """(d) for a constant current I, a number or an array in ampere; every parameter must be one number."""
        aim = np.asarray(self.R_m * I + self.E_L)
        fires = aim > float(self.v_t)
        distance = np.where(fires, aim - float(self.v_t), 1)
        charging = float(self.tau_m) * np.log(np.where(fires, aim - float(self.v_r), 1) / distance)
        return np.where(fires, 1 / (float(self.t_ref) + charging), 0) * Hz
