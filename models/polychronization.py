"""The network of Izhikevich (2006) with delays and spike-timing-dependent plasticity, in which groups of neurons polychronize.

Source: E. M. Izhikevich (2006), Polychronization: computation with spikes, Neural Computation 18:245-282, and its program
spnet. Equations (1) and (2) are those of Izhikevich (2003); the others are lettered here:

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)                            v >= 30 mV:  v <- c,  u <- u + d
    (c)  I = sum of the weights of the spikes that arrive in this step, + 20 for one random neuron in every step
    (d)  x <- A_plus at the arrival of a spike       x' = -x/tau, tau = -1 ms/ln(0.95), 20 ms
    (e)  y <- A_minus at a spike of the target       y' = -y/tau
    (f)  w' <- w' + x at a spike of the target       w' <- w' - y at the arrival of a spike
    (g)  w <- w + w_drift + w', between 0 and w_max, then w' <- 0.9 w'; once per second

    neurons       a       b      c      d
    E    800    0.02    0.2    -65    8    regular spiking
    I    200    0.1     0.2    -65    2    fast spiking

    projection    outputs of a neuron    w        delay
    E -> E, I     M = 100                6        1 to 20 ms
    I -> E        M = 100                -5       1 ms

The weights of E change, those of I do not. A time step is 1 ms: two Euler steps of v of 0.5 ms, then one of u with the new
v. x is A_plus one step after the arrival. Within minutes half of the weights approach w_max and a fifth approach 0; E fires
at 4 Hz and I at 30 Hz. At the start v is -65 mV and u = b v.

Differs from the paper: delays are random, where the program gives five outputs of a neuron to each of the 20 delays.

Cite: Izhikevich2006
Chapter: networks
"""

import numpy as np
from brian2 import Network, NeuronGroup, Synapses, ms, second

from zoo import Model
from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo.models.equations.solvers import sequential_euler


class Polychronization(Model):
    dt: second = 1 * ms  # time step, part of the scheme
    n_e: int = 800  # excitatory neurons
    n_i: int = 200  # inhibitory neurons
    M: int = 100  # outputs of a neuron
    D_max: second = 20 * ms  # largest delay
    w_e: 1 = 6  # excitatory weight at the start
    w_i: 1 = 5  # size of an inhibitory weight
    w_max: 1 = 10  # largest excitatory weight
    w_drift: 1 = 0.01  # growth of all excitatory weights per second
    A_plus: 1 = 0.1  # potentiation by a spike just before one of the target
    A_minus: 1 = 0.12  # depression by a spike just after one of the target
    kept: 1 = 0.95  # of the traces x and y from step to step
    I_random: 1 = 20  # input of one random neuron in every step
    limits = {"n_e n_i M": ">= 1", "kept": (0.01, 0.999), "w_e w_i w_max A_plus A_minus": ">= 0", "D_max": "> 0"}
    explore = {"duration": 10 * second, "w_e": (0, 10), "w_i": (0, 10), "I_random": (0, 40)}

    neuron: str = (
        izhikevich
        + """
        I = g                                      : 1 (constant over dt)   # (c)
        g                                          : 1
        """
    )
    plasticity: str = """
    dx/dt = -x/tau : 1 (event-driven)  # (d)
    dy/dt = -y/tau : 1 (event-driven)  # (e)
    change         : 1                 # w'
    w              : 1
    """

    state = ("excitation.w",)

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
        excitation = Synapses(
            E,
            cells,
            self.plasticity,
            on_pre="g_post += w; change -= y; x = A_plus/kept",  # (f), (d); the division delays x by a step
            on_post="change += x; y = A_minus",  # (f), (e)
            namespace={"tau": -self.dt / np.log(self.kept)},
            name="excitation",
        )
        excitation.pre.order = excitation.post.order + 1  # a spike sees those that arrived before its step
        # k numbers the neurons without the source.
        excitation.connect(j="k + int(k >= i) for k in sample(N_post - 1, size=M)")
        # A spike that arrives after 1 ms counts in the next step, which needs no delay here.
        excitation.delay = "floor(rand()*D_max/ms)*ms"
        excitation.run_regularly(
            "w = clip(w + (w_drift + change)*int(t > 0*ms), 0, w_max); change *= 0.9",
            dt=1 * second,
            name="learn",  # (g)
        )
        inhibition = Synapses(I, E, on_pre="g_post -= w_i", name="inhibition")
        inhibition.connect(j="k for k in sample(N_post, size=M)")
        chance = NeuronGroup(1, "r : 1", threshold="True", reset="", name="chance")
        chance.run_regularly("r = rand()", name="draw")
        random = Synapses(chance, cells, on_pre="g_post += I_random*int(j == floor(r_pre*N_post))", name="random")
        random.connect()
        return Network(cells, excitation, inhibition, chance, random)

    def initialise(self, network):
        cells = network["cells"]
        cells.a = "0.02 + 0.08*int(i >= n_e)"
        cells.b = 0.2
        cells.c = -65
        cells.d = "8 - 6*int(i >= n_e)"
        cells.v = -65
        cells.u = "b*v"
        network["excitation"].w = "w_e"
