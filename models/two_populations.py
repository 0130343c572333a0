"""Two populations of ten Izhikevich neurons: a short input makes one fire, which keeps itself and the other one firing.

Source: the example of two nuclei of a TensorFlow library, with the neuron of E. M. Izhikevich (2003), Simple model of
spiking neurons, IEEE Transactions on Neural Networks 14:1569-1572. Two nuclei and two projections of
`izhikevich_nuclei`.

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)
    (3)  v >= 30 mV:  v <- c,  u <- u + d
    (4)  I_i(t) = I_ext(t) + sum_j w_ji sum_s K(t - t_j^s - delay)

    nucleus  neurons  a     b    c    d   I_ext
    N1       10       0.02  0.2  -65  8   5 for t < 15 ms, then 0
    N2       10       0.02  0.2  -65  8   0

    projection  w    delay  K(t)                              window
    N1 -> N2    1    30 ms  exp(-t/10 ms)                     30 ms
    N1 -> N1    0.5  50 ms  (t/50 ms) exp(1 - t/50 ms)        100 ms

N1 fires at 7.4 ms and, by its own delayed spikes, at 97.3, 194.1 and 289.5 ms; N2 some 34 ms later.

Differs from the source: the library sums its kernels over past spikes, here they are states of differential equations,
which give the same numbers.

Chapter: networks
"""

from brian2 import ms

from zoo.models.izhikevich_nuclei import IzhikevichNetwork, Nucleus, Projection


class TwoPopulations(IzhikevichNetwork):
    nuclei: tuple[Nucleus, ...] = (  # sizes, parameters and inputs of the neurons
        Nucleus("N1", 10, preset="RS", drive="5*int(t < 15*ms)"),
        Nucleus("N2", 10, preset="RS"),
    )
    projections: tuple[Projection, ...] = (  # weights, delays and kernels of the synapses
        Projection("N1", "N2", weights=1, delay=30 * ms, kernel="exp(-t/(10*ms))", window=30 * ms),
        Projection("N1", "N1", weights=0.5, delay=50 * ms, kernel="(t/(50*ms))*exp(1 - t/(50*ms))", window=100 * ms),
    )

    def tables(self):
        return self.nuclei, self.projections
