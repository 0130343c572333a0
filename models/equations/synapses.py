"""Rules of synapses that more than one model uses, and the arithmetic of their delays.

A kernel K(t) with a cut-off at t = H is exact as a differential equation: a first pathway, "on", adds the kernel, a second
one, "off", comes H later and takes away what is then left of it.

The decays are written for explicit Euler steps: x*expm1(-dt/tau)/dt in the place of -x/tau makes the step
x -> x*exp(-dt/tau), which has no error.
"""

import numpy as np
from brian2 import Quantity, second

from zoo import Rule

# K(t) = exp(-t/tau) for 0 <= t < H
windowed_exponential = Rule(
    target="dg/dt = g*expm1(-dt/tau)/dt : 1",
    model="w : 1",
    on_pre={
        "on": "g_post += w",
        "off": "g_post -= w*exp(-H/tau)",
    },
)

# K(t) = (t/tau) exp(1 - t/tau) for 0 <= t < H, the solution of dx/dt = -x/tau, dg/dt = (e x - g)/tau.
windowed_alpha = Rule(
    target="""
    dx/dt = x*expm1(-dt/tau)/dt                                : 1
    dg/dt = (g*expm1(-dt/tau) + x*(dt/tau)*exp(1 - dt/tau))/dt : 1
    """,
    model="w : 1",
    on_pre={
        "on": "x_post += w",
        "off": """
        x_post -= w*exp(-H/tau)
        g_post -= w*(H/tau)*exp(1 - H/tau)
        """,
    },
)


def whole_steps(time: Quantity, dt: Quantity) -> Quantity:
    """`time` rounded to whole steps, floor(time/dt + 1/2) dt.

    Brian2 rounds every delay by itself: the delays of the two pathways of a window have to be whole steps before they
    are added, or 22.5 ms and 22.5 ms + 20 ms can be 13 and 112 steps of 0.2 ms apart from each other.
    """
    steps = np.floor(np.asarray(time / dt) + 0.5)
    return steps * float(dt) * second
