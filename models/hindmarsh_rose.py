"""The neuron of Hindmarsh and Rose: three polynomial equations that fire, burst, and burst without a period.

Source: J. L. Hindmarsh and R. M. Rose (1984), A model of neuronal bursting using three coupled first order differential
equations, Proceedings of the Royal Society of London B 221:87-102. The equations are lettered here:

    (a)  x' = y - a x^3 + b x^2 + I - z              x: membrane potential
    (b)  y' = c - d x^2 - y                          y: recovery
    (c)  z' = r (s_z (x - x_R) - z)                  z: adaptation, slow as r is small
    (d)  I = amplitude s(t)                          s: the stimulus, a step from onset to end

    preset             I      r      x_R     what it does
    slow_bursts        1      0.002  -1.3    bursts of six spikes, 260 apart
    bursts             2      0.006  -1.6    bursts of two spikes, 129 apart, after a longer one
    chaotic_bursts     3.25   0.005  -1.6    bursts without a period
    firing             4      0.006  -1.6    fires without pause

All quantities are dimensionless, and the unit of time is 1 ms. A spike is an upward crossing of x_spike. A population may
mix the presets: their parameters are data, one for each cell.

Differs from the paper: the paper's s is called s_z, as s is the stimulus.

Cite: HindmarshRose1984
Chapter: single neurons
"""

from brian2 import ms, second

from zoo.models.equations.current_clamp import CurrentClamp

presets = {
    "slow_bursts": dict(amplitude=1, r=0.002, x_R=-1.3, x=-1.1, y=-5, z=1),
    "bursts": dict(amplitude=2, r=0.006, x_R=-1.6, x=-1.6, y=-12, z=1),
    "chaotic_bursts": dict(amplitude=3.25, r=0.005, x_R=-1.6, x=-1.6, y=-12, z=1),
    "firing": dict(amplitude=4, r=0.006, x_R=-1.6, x=-1.6, y=-12, z=1),
}


class HindmarshRose(CurrentClamp):
    dt: second = 0.01 * ms  # time step
    a: 1 = 1  # cubic term of x
    b: 1 = 3  # square term of x
    c: 1 = 1  # constant of the recovery
    d: 1 = 5  # its square term
    r: 1 = 0.006  # rate of the adaptation (1/ms), one or one per cell
    s_z: 1 = 4  # strength of the adaptation
    x_R: 1 = -1.6  # x at rest, one or one per cell
    x: 1 = -1.6  # initial x, one or one per cell
    y: 1 = -12  # initial y, one or one per cell
    z: 1 = 1  # initial z, one or one per cell
    x_spike: 1 = 0  # threshold that a spike crosses upwards
    limits = {"r": "> 0"}
    explore = {"amplitude": (0, 5), "x_spike": None}

    amplitude: 1 = 2  # injected current, one or one per cell
    onset = 0 * ms

    neuron: str = """
    dx/dt = (y - a*x**3 + b*x**2 + I - z)/ms : 1               # (a)
    dy/dt = (c - d*x**2 - y)/ms              : 1               # (b)
    dz/dt = r*(s_z*(x - x_R) - z)/ms         : 1               # (c)
    I     = amplitude*s                      : 1               # (d)
    r                                        : 1 (constant)
    x_R                                      : 1 (constant)
    amplitude                                : 1 (constant)
    """

    def build(self):
        return self.clamped(threshold="x > x_spike", refractory="x > x_spike", method="rk4")
