"""The FitzHugh-Nagumo model: excitability and oscillation in two variables.

Source: R. FitzHugh (1961), Impulses and physiological states in theoretical models of nerve membrane, Biophysical
Journal 1:445-466, and J. Nagumo, S. Arimoto and S. Yoshizawa (1962), An active pulse transmission line simulating
nerve axon, Proceedings of the IRE 50:2061-2070. The equations have letters here:

    (a)  v' = v - v^3/3 - w + I
    (b)  w' = phi (v + a - b w)
    (c)  I = amplitude s(t)                          s: the stimulus, a step from onset to end

All variables are dimensionless; the unit of time is 1 ms. With I = 1 the model oscillates with a period of 36.70.

Differs from the paper: FitzHugh writes x' = c (y + x - x^3/3 + z), y' = -(x - a + b y)/c, where a depolarisation is a
negative x. With v = -x, w = y, I = -z and time in units of 1/c this is (a) and (b) with phi = 1/c^2; his c = 3 is phi
= 0.111, and the default 0.08 is the usual value today.

Cite: FitzHugh1961, Nagumo1962
Chapter: single neurons
"""

from brian2 import ms, second

from zoo.models.equations.current_clamp import CurrentClamp


class FitzHughNagumo(CurrentClamp):
    dt: second = 0.05 * ms  # time step
    a: 1 = 0.7  # offset of the recovery, one or one per cell
    b: 1 = 0.8  # slope of the recovery, one or one per cell
    phi: 1 = 0.08  # rate of recovery, one or one per cell
    v: 1 = -1.199408  # initial v, one or one per cell; default: at rest
    w: 1 = -0.62426  # initial w, one or one per cell; default: at rest
    v_spike: 1 = 1  # threshold that a spike crosses upwards
    limits = {"phi": ">= 0"}
    explore = {
        "amplitude": (0, 2),
        "v": (-2.5, 2.5),
        "w": (-1.5, 1.5),
        "a": (0, 1.5),
        "b": (0, 2),
        "v_spike": None,
    }

    amplitude: 1 = 1  # injected current, one or one per cell
    onset = 20 * ms

    neuron: str = """
    dv/dt = (v - v**3/3 - w + I)/ms : 1                         # (a)
    dw/dt = phi*(v + a - b*w)/ms    : 1                         # (b)
    I     = amplitude*s             : 1                         # (c)
    a                               : 1 (constant)
    b                               : 1 (constant)
    phi                             : 1 (constant)
    amplitude                       : 1 (constant)
    """

    def build(self):
        return self.clamped(threshold="v > v_spike", refractory="v > v_spike", method="rk4")
