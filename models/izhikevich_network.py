"""The network of a thousand Izhikevich neurons with random types and weights, which shows rhythms without plasticity.

Source: E. M. Izhikevich (2003), Simple model of spiking neurons, IEEE Transactions on Neural Networks 14:1569-1572,
section IV, figure 3 and the program in the appendix. The equations are lettered from (3) on:

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)                            v >= 30 mV:  v <- c,  u <- u + d
    (c)  I = noise + sum of the weights of the neurons that fired in the step before
    (d)  noise = I_sd N(0, 1), drawn in every step

    neurons        a              b              c             d            I_sd    with r uniform in [0, 1)
    E    800    0.02           0.2            -65 + 15 r²   8 - 6 r²     5       regular spiking to chattering
    I    200    0.02 + 0.08 r  0.25 - 0.05 r  -65           2            2       fast spiking to low-threshold

    projection       w
    E -> E, I        w_e r, with w_e = 0.5
    I -> E, I        -w_i r, with w_i = 1

All neurons are connected to all, also to themselves. A time step is 1 ms: two Euler steps of v of 0.5 ms, then one of u
with the new v. The neurons fire at 7 Hz, with rhythms of 8 and 30 Hz. At the start v is -65 mV and u = b v.

Differs from the paper: nothing but the random numbers.

Cite: Izhikevich2003
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, ms, second

from zoo import Model
from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo.models.equations.solvers import sequential_euler


class IzhikevichNetwork(Model):
    dt: second = 1 * ms  # time step, part of the scheme
    n_e: int = 800  # excitatory neurons
    n_i: int = 200  # inhibitory neurons
    I_e: 1 = 5  # standard deviation of the noise of excitatory neurons
    I_i: 1 = 2  # standard deviation of the noise of inhibitory neurons
    w_e: 1 = 0.5  # largest excitatory weight
    w_i: 1 = 1  # largest size of an inhibitory weight
    limits = {"n_e n_i": ">= 1", "w_e w_i": ">= 0"}

    neuron: str = (
        izhikevich
        + """
        I = I_sd*randn() + g                       : 1 (constant over dt)   # (c), (d)
        g                                          : 1                      # weights of the last step's spikes
        I_sd                                       : 1 (constant)
        r                                          : 1 (constant)
        """
    )

    sizes = property(lambda self: {"E": self.n_e, "I": self.n_i})

    def build(self):
        cells = NeuronGroup(
            self.n_e + self.n_i,
            self.neuron,
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method=sequential_euler("v", "v", "u"),
            name="cells",
        )
        cells.run_regularly("g = 0", when="after_groups", name="forget")
        E, I = cells[: self.n_e], cells[self.n_e :]  # noqa: E741
        excitation = Synapses(E, cells, "w : 1", on_pre="g += w", name="excitation")
        excitation.connect()
        inhibition = Synapses(I, cells, "w : 1", on_pre="g += w", name="inhibition")
        inhibition.connect()
        return Network(cells, excitation, inhibition)

    def initialise(self, network):
        cells = network["cells"]
        cells.r = "rand()"
        cells.a = "0.02 + 0.08*r*int(i >= n_e)"
        cells.b = "0.2 + (0.05 - 0.05*r)*int(i >= n_e)"
        cells.c = "-65 + 15*r**2*int(i < n_e)"
        cells.d = "2 + (6 - 6*r**2)*int(i < n_e)"
        cells.I_sd = "I_i + (I_e - I_i)*int(i < n_e)"
        cells.v = -65
        cells.u = "b*v"
        network["excitation"].w = "w_e*rand()"
        network["inhibition"].w = "-w_i*rand()"
