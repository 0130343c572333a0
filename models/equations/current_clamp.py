"""Base of the models of single neurons under current clamp: cells without synapses, and the protocol of the current.

A model gives the equations of a cell, including I = amplitude*s, and the fields `amplitude` and `neuron`.
"""

from brian2 import Network, NeuronGroup, ms, second

from zoo import Model
from zoo.models.equations.stimuli import step

protocol = """
onset : second (shared, constant)
end   : second (shared, constant)
"""


class CurrentClamp(Model):
    n: int = 1  # cells
    onset: second = 10 * ms  # start of the current
    end: second = 10 * second  # end of the current

    #: The time course of the current, as an equation for s in t and i.
    stimulus: str = step

    explore = {"onset": (0 * ms, 500 * ms), "end": (0 * ms, 1 * second)}

    def clamped(self, **options) -> Network:
        """The network of n such neurons, the group "cells", with `options` for NeuronGroup: threshold, reset, method."""
        equations = self.neuron + protocol + self.stimulus
        return Network(NeuronGroup(self.n, equations, namespace=self.namespace, name="cells", **options))
