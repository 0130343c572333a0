"""lif_mnist_grid as such networks are usually written in Brian2: the second comparison of W4 in device.py.

It draws a random number for every input in every step, as PoissonGroup does, and has one event-driven trace for every
synapse. Cells, wiring, images and parameters are those of the model. The random numbers differ, so that rates agree and
spikes do not.
"""

from brian2 import NeuronGroup

from zoo import Rule
from zoo.models.equations import plasticity
from zoo.models.lif_mnist_grid import LIFMnistGrid

plasticity.RULES["traces on synapses"] = Rule(
    model="""
    w          : 1
    A_pair     : 1 (shared, constant)
    dx/dt      = -x/tau_x           : 1 (event-driven)
    dy/dt      = -y/tau_y           : 1 (event-driven)
    dy_slow/dt = -y_slow/tau_y_slow : 1 (event-driven)
    """,
    on_pre="""
    x = 1
    w = clip(w - A_minus*y, 0, w_max)
    """,
    on_post="""
    w = clip(w + x*(A_pair + A_plus*y_slow), 0, w_max)
    y = 1
    y_slow = 1
    """,
)


class UsualLIFMnistGrid(LIFMnistGrid):
    rule: str = "traces on synapses"

    def _pixels(self, rule, namespace):
        return NeuronGroup(
            self.inputs, self.pixel, threshold="rand() < rate*dt", method="exact", namespace=namespace, name="pixels"
        )
