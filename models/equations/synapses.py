"""The arithmetic of delays."""

import numpy as np
from brian2 import Quantity, second


def whole_steps(time: Quantity, dt: Quantity) -> Quantity:
    """`time` rounded to whole steps, floor(time/dt + 1/2) dt; halves go up, also where rounding puts time/dt just below.

    Brian2 rounds every delay by itself: of a delay of 2.5 ms and a window of 20 ms in steps of 0.2 ms, the first
    pathway would come after 13 steps and the second one, 22.5 ms, after 112, which is not 13 + 100. So both are made
    whole steps before they are added.
    """
    steps = np.floor(np.asarray(time / dt) + 0.5 + 1e-9)
    return steps * float(dt) * second
