"""Delays in whole time steps."""

import numpy as np
from brian2 import Quantity, second

from zoo import ZooError
from zoo.core import quantities

# A pathway keeps a list of spikes for every step of its delay.
_LONGEST = 10_000_000


def whole_steps(time: Quantity, dt: Quantity) -> Quantity:
    """`time` rounded to whole steps, floor(time/dt + 1/2) dt; halves round up, even if the quotient is just below a half.

    Brian2 rounds every delay separately: with a delay of 2.5 ms and a window of 20 ms in steps of 0.2 ms, the first
    pathway would act after 13 steps and the second one, of 22.5 ms, after 112, which is not 13 + 100. Both are therefore
    rounded before they are added.
    """
    steps = np.floor(np.asarray(time / dt) + 0.5 + 1e-9)
    if np.any(np.abs(steps) > _LONGEST):
        raise ZooError(f"{quantities.format(np.max(time))} is more than {_LONGEST} steps of {quantities.format(dt)}.")
    return steps * float(dt) * second
