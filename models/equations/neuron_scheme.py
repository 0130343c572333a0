"""The fixed-step scheme of the simulator NEURON, as statements that `run_regularly` executes once a step.

Source: M. L. Hines and N. T. Carnevale (1997), The NEURON simulation environment, Neural Computation 9:1179-1209, and
the method "cnexp" of its mechanisms. A step of dt has four parts:

    1. the events that are due change the conductances of the synapses
    2. the voltages of the compartments take a joint implicit Euler step, with constant conductances
    3. the gates take an exact step at the rates of the new voltage
    4. the conductances of the synapses decay

Brian2 does the first in the slot "synapses" of the previous step. The model keeps its differential equations; `held`
turns their variables into plain ones, which this scheme advances.
"""

import re

import numpy as np
from brian2 import Quantity, ms

from zoo.models.equations.synapses import whole_steps

_DIFFERENTIAL = re.compile(r"^\s*d(\w+)\s*/\s*dt\s*=[^:#]*:", re.MULTILINE)

# 3: dm/dt = alpha_m (1 - m) - beta_m m at constant alpha_m and beta_m.
gates = """
m   += (alpha_m/(alpha_m + beta_m) - m)*(1 - exp(-dt*(alpha_m + beta_m)))
h   += (alpha_h/(alpha_h + beta_h) - h)*(1 - exp(-dt*(alpha_h + beta_h)))
n_K += (alpha_n/(alpha_n + beta_n) - n_K)*(1 - exp(-dt*(alpha_n + beta_n)))
"""


def held(equations: str) -> str:
    """`equations` with a plain variable instead of every differential equation."""
    return _DIFFERENTIAL.sub(r"\1 :", equations)


def delivered(times: Quantity, dt: Quantity) -> Quantity:
    """The starts of the steps before which NEURON delivers events that are due at `times`.

    This is the first step with t + dt/2 >= time, where NEURON sums t in half steps. For an event in the middle of a step
    the rounding of this sum decides, so this function repeats it with the same numbers, in ms.
    """
    starts = whole_steps(times, dt)
    due, step = (np.array([float(f"{value:.12g}") for value in np.ravel(x / ms)]) for x in (times, dt))
    (halves,) = np.nonzero(np.abs(due / step % 1 - 0.5) < 1e-6)
    if len(halves):
        clock = np.cumsum(np.full(2 * int(due[halves].max() / step[0]) + 4, step[0] / 2))
        starts = np.atleast_1d(starts).copy()
        # Its entries 0, 2, ... are the middles of the steps 0, 1, ...
        starts[halves] = np.searchsorted(clock[::2], due[halves]) * dt
    return starts
