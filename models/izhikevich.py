"""The Izhikevich neuron under current clamp.

Source: E. M. Izhikevich (2003), Simple model of spiking neurons, IEEE Transactions on Neural Networks 14:1569-1572; the
numerical scheme is that of the programs published with it and with E. M. Izhikevich (2004), Which model to use for
cortical spiking neurons?, IEEE Transactions on Neural Networks 15:1063-1070.

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)
    (3)  v >= 30 mV:  v <- c,  u <- u + d
    (4)  I = amplitude s(t)                          s: the stimulus, a step from onset to end

    cell type     RS     IB     CH     FS     TC     RZ     LTS         regular spiking, intrinsically bursting,
    a            .02    .02    .02    .10    .02    .10    .02          chattering, fast spiking, thalamo-cortical,
    b            .20    .20    .20    .20    .25    .26    .25          resonator, low-threshold spiking;
    c            -65    -55    -50    -65    -65    -65    -65          Izhikevich(**izhikevich_presets["RS"]) with
    d              8      4      2      2    .05      2      2          models.equations.presets

A time step is an Euler step of v, in `v_parts` equal parts, followed by one of u with the new v. The program of 2003
has dt = 1 ms and v_parts = 2; the programs of the figures have dt = 0.25 ms and v_parts = 1, the default.

Differs from the paper: (4) is only in the paper's programs. No recorded v is at or above 30 mV; the paper's figures
clip such values to 30.

Cite: Izhikevich2003, Izhikevich2004
Chapter: single neurons
"""

from brian2 import ms, second

from zoo.models.equations.current_clamp import CurrentClamp
from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo.models.equations.solvers import sequential_euler


class Izhikevich(CurrentClamp):
    dt: second = 0.25 * ms  # time step, part of the scheme
    a: 1 = 0.02  # rate of recovery (1/ms), one or one per cell
    b: 1 = 0.2  # sensitivity of recovery to v, one or one per cell
    c: 1 = -65  # v after a spike (mV), one or one per cell
    d: 1 = 8  # step of u at a spike (mV), one or one per cell
    v: 1 = -70  # initial v (mV), one or one per cell; u starts at b v
    v_parts: int = 1  # Euler steps of v in a time step
    limits = {"v_parts": ">= 1"}

    amplitude: 1 = 10  # injected current, one or one per cell
    onset = 20 * ms

    neuron: str = (
        izhikevich
        + """
        I = amplitude*s                            : 1             # (4)
        amplitude                                  : 1 (constant)
        """
    )

    def build(self):
        return self.clamped(
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method=sequential_euler(*["v"] * self.v_parts, "u"),
        )

    def initialise(self, network):
        network["cells"].u = "b*v"
