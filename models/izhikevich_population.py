"""A population of Izhikevich neurons, all connected to all, with a decay kernel that is cut off.

Source: the nuclei of a TensorFlow library, with the neuron of E. M. Izhikevich (2003), Simple model of spiking neurons,
IEEE Transactions on Neural Networks 14:1569-1572.

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)
    (3)  v >= 30 mV:  v <- c,  u <- u + d            at the start v = c, u = b c
    (4)  I_i(t) = I_ext(t) + sum_j w_ji sum_s K(t - t_j^s - delay)
    (5)  K(t) = exp(-t/tau) for 0 <= t < H, else 0
    (6)  w_ji = w_sd N(0, 1)

    connection   neurons   w_sd   delay   tau     H
    all to all   1000      0.5    5 ms    20 ms   50 ms

Every neuron is also connected to itself. All neurons start in the same state, so the first volley is synchronous; after it
the network is irregular: the median over neurons of the coefficient of variation of their intervals is 0.64 to 0.69 (four
seeds).

Differs from the source: with the weights stated there, N(0, 1), activity runs away to 700-1200 Hz within some tens of
milliseconds, because every neuron gets 1000 inputs that last for many steps. With the default w_sd = 0.5 activity is
sustained and irregular (22 Hz); `--literal` uses the setting of the source. The source's code sums the kernel over past
spikes in every step; here its sum is g, which decays in every step by the exact factor, and a pathway "off", H later,
removes what is left of a spike: the same numbers. The source's code counts the time of the kernel in steps, so that at
dt = 0.1 ms its tau is 2 ms. Its activity therefore does not run away, at 16.7 to 17.6 Hz: `--literal --as_coded` (see
izhikevich_nuclei).

Cite: Izhikevich2003
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, ms, second

from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo.models.equations.nuclei import Nuclei


class IzhikevichPopulation(Nuclei):
    n: int = 1000  # neurons
    a: 1 = 0.02  # rate of recovery (1/ms), one or one per neuron
    b: 1 = 0.2  # sensitivity of recovery to v, one or one per neuron
    c: 1 = -65  # v after a spike (mV), one or one per neuron
    d: 1 = 8  # step of u at a spike (mV), one or one per neuron
    I_0: 1 = 5  # constant input, one or one per neuron
    w_sd: 1 = 0.5  # standard deviation of the weights; the source has 1
    delay: second = 5 * ms  # time from a spike to the start of its kernel
    tau: second = 20 * ms  # decay of the kernel
    H: second = 50 * ms  # end of the kernel
    limits = {"tau H": "> 0", "delay w_sd": ">= 0"}

    #: The input as an equation in t, i and I_0, such as "I_ext = I_0*int(t < 100*ms) : 1".
    drive: str = "I_ext = I_0 : 1"
    K: str = "exp(-t/tau)"  # (5) the kernel, an expression in the time t since a spike arrived

    neuron: str = (
        izhikevich
        + """
        I = I_ext + g                              : 1             # (4), g the sum of K over past spikes
        I_0                                        : 1 (constant)
        tau                                        : second (shared, constant)
        """
    )

    synapse: str = """
        w      : 1
        w_sd   : 1 (shared, constant)
        H      : second (shared, constant)
        intact : 1 (shared, constant)  # 0 after a lesion
        """

    sizes = property(lambda self: {"cells": self.n})
    targets = property(lambda self: {"cells": ["cells"]})

    def build(self):
        kernel = self.kernel(self.K, self.H)
        cells = NeuronGroup(
            self.n,
            f"{self.coded(self.neuron)}\n{self.drive}\n{kernel.target}",
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method="euler",
            name="cells",
        )
        self.convolve(cells, kernel, self.K, self.H)
        synapses = Synapses(
            cells,
            cells,
            f"{self.synapse}\n{kernel.model}",
            on_pre=kernel.on_pre,
            delay=self.pathway_delays(self.delay, kernel, self.H),
            name="synapses",
        )
        synapses.connect()
        return Network(cells, synapses)

    def initialise(self, network):
        network["cells"].v = "c"
        network["cells"].u = "b*c"
        network["synapses"].intact = float(self.intact("cells", "cells"))
        network["synapses"].w = "intact*w_sd*randn()"  # (6)
