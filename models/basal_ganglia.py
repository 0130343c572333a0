"""The basal ganglia as seven nuclei of Izhikevich neurons, driven by noisy cortex.

Source: the basal ganglia example of a TensorFlow library of nuclei, with the neuron of E. M. Izhikevich (2003), Simple
model of spiking neurons, IEEE Transactions on Neural Networks 14:1569-1572.

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)
    (3)  v >= 30 mV:  v <- c,  u <- u + d
    (4)  I_i(t) = I_ext,i(t) + sum_j w_ji sum_s K(t - t_j^s - delay)
    (5)  K_e(t) = exp(-t/20 ms) for 0 <= t < 20 ms                  projections with positive weights
    (6)  K_i(t) = (t/50 ms) exp(1 - t/50 ms) for 0 <= t < 100 ms    projections with negative weights
    (7)  w_ji = (W/n_pre) max(0, 1 + N(0, 1))                       W from the table, n_pre neurons in the source nucleus
    (8)  I_ext = 7 N(1, 3) in cortex, drawn anew in every time step, 0 elsewhere

Sizes, weights W and delays are the tables below.

Differs from the source: the library sums its kernels over past spikes, here they are states of differential equations,
which give the same numbers. As (8) draws noise per step, the rates depend on dt: the source's is 0.2 ms.
"""

from dataclasses import dataclass

import numpy as np
from brian2 import Network, NeuronGroup, Synapses, ms, second

from models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from models.equations.synapses import whole_steps, windowed_alpha, windowed_exponential
from zoo import Model, Rule, ZooError


@dataclass(frozen=True)
class Nucleus:
    """A row of the table of nuclei."""

    name: str
    n: int
    a: float
    b: float
    c: float
    d: float


@dataclass(frozen=True)
class Projection:
    """All neurons of `pre` to all of `post`: the weight W of the table and the delay in ms."""

    pre: str
    post: str
    weight: float
    delay: float


NUCLEI = (
    #        name    n   a (1/ms)  b  c (mV)  d
    Nucleus("CTX", 2000, 0.02, 0.2, -65, 8),
    Nucleus("D1", 400, 0.1, 0.2, -65, 2),
    Nucleus("D2", 400, 0.1, 0.2, -65, 2),
    Nucleus("GPi", 200, 0.02, 0.2, -65, 8),
    Nucleus("TA", 300, 0.1, 0.2, -65, 2),
    Nucleus("TI", 300, 0.1, 0.2, -65, 2),
    Nucleus("STN", 200, 0.02, 0.2, -55, 4),
)

# From row to column.
WEIGHTS = """
        CTX   D1   D2  GPi   TA   TI  STN
CTX       0   30    6    0    0    0   30
D1        0   -2   -2  -10    0    0    0
D2        0   -2   -3    0   -2   -2    0
GPi       0    0    0    0    0    0    0
TA        0   -2   -2    0   -2   -2   -2
TI        0   -2   -2   -2   -2   -2   -4
STN       0    0    0   20   20   20    0
"""

# In ms.
DELAYS = """
        CTX   D1   D2  GPi   TA   TI  STN
CTX       0   10   10    0    0    0  2.5
D1        0   14   10    7    0    0    0
D2        0   11   13    0    5    5    0
GPi       0    0    0    0    0    0    0
TA        0    6    6    0    1    1    4
TI        0    6    6    3    1    1    4
STN       0    0    0  1.5    2    2    0
"""


def projections(weights: str, delays: str) -> tuple:
    """The rows of two tables written as above: one Projection for each weight that is not zero."""
    weights, delays = _cells(weights), _cells(delays)
    return tuple(Projection(*pair, weight, delays[pair]) for pair, weight in weights.items() if weight)


def _cells(table):
    heads, *rows = (line.split() for line in table.strip().splitlines())
    return {(row[0], head): float(cell) for row in rows for head, cell in zip(heads, row[1:], strict=True)}


excitation = windowed_exponential.rename(g="g_e", tau="tau_e", H="H_e")
inhibition = windowed_alpha.rename(g="g_i", x="x_i", tau="tau_i", H="H_i")


class BasalGanglia(Model):
    dt: second = 0.2 * ms  # time step; the noise is drawn per step
    nuclei: tuple[Nucleus, ...] = NUCLEI  # sizes and parameters of the neurons
    projections: tuple[Projection, ...] = projections(WEIGHTS, DELAYS)  # weights and delays
    scale: 1 = 1  # factor of all sizes
    I_mean: 1 = 7  # mean input of a cortical neuron
    I_sd: 1 = 21  # its standard deviation from step to step
    w_sd: 1 = 1  # relative standard deviation of the weights
    tau_e: second = 20 * ms  # decay of the kernel of positive weights
    H_e: second = 20 * ms  # its end
    tau_i: second = 50 * ms  # time to the peak of the kernel of negative weights
    H_i: second = 100 * ms  # its end

    neuron: str = (
        izhikevich
        + excitation.target
        + inhibition.target
        + """
        I = I_ext + g_e + g_i                      : 1             # (4)
        I_ext                                      : 1
        I_mean                                     : 1 (shared, constant)
        I_sd                                       : 1 (shared, constant)
        """
    )
    noise: str = "I_ext = I_mean + I_sd*randn()"  # (8), cortex

    def __post_init__(self):
        super().__post_init__()
        for projection in self.projections:
            for name in (projection.pre, projection.post):
                if name not in self.sizes:
                    raise ZooError(f"a projection names the nucleus {name!r}; there are {', '.join(self.sizes)}.")
        if min(self.sizes.values()) < 1:
            raise ZooError(f"scale is {self.scale}, which leaves a nucleus without neurons.")

    @property
    def sizes(self) -> dict:
        """Nucleus -> number of neurons, in the order of the indices."""
        return {nucleus.name: round(nucleus.n * self.scale) for nucleus in self.nuclei}

    @property
    def starts(self) -> dict:
        """Nucleus -> index of its first neuron."""
        ends = np.cumsum(list(self.sizes.values())).tolist()
        return dict(zip(self.sizes, [0, *ends[:-1]], strict=True))

    def build(self):
        namespace = self.namespace
        for window in ("H_e", "H_i"):
            namespace[window] = whole_steps(namespace[window], self.dt)
        neurons = NeuronGroup(
            sum(self.sizes.values()),
            self.neuron,
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method="euler",
            namespace=namespace,
            name="neurons",
        )
        cortex = neurons[: self.sizes["CTX"]]
        # Before everything else of a time step, monitors too: what they record of I is what the step uses.
        cortex.run_regularly(self.noise, dt=self.dt, when="start", order=-1, name="noise")

        spread = Rule(model="w_sd : 1 (shared, constant)")
        excitatory = Synapses(neurons, neurons, **(excitation + spread).code, namespace=namespace, name="excitatory")
        inhibitory = Synapses(neurons, neurons, **(inhibition + spread).code, namespace=namespace, name="inhibitory")
        for synapses, sign, window in ((excitatory, 1, "H_e"), (inhibitory, -1, "H_i")):
            i, j, _, delay = self.synapses(sign)
            synapses.connect(i=i, j=j)
            synapses.on.delay = delay
            synapses.off.delay = delay + namespace[window]
        return Network(neurons, excitatory, inhibitory)

    def synapses(self, sign):
        """Indices i and j, mean weight and delay of all synapses of one sign."""
        blocks = []
        for row in self.projections:
            if row.weight * sign > 0:
                n_pre, n_post = self.sizes[row.pre], self.sizes[row.post]
                i = self.starts[row.pre] + np.repeat(np.arange(n_pre), n_post)
                j = self.starts[row.post] + np.tile(np.arange(n_post), n_pre)
                weight = np.full(i.size, row.weight / n_pre)
                delay = np.full(i.size, whole_steps(row.delay * ms, self.dt))
                blocks.append((i, j, weight, delay))
        i, j, weight, delay = (np.concatenate(part) for part in zip(*blocks, strict=True))
        return i, j, weight, delay * second

    def initialise(self, network):
        neurons = network["neurons"]
        for name in "abcd":
            values = [getattr(nucleus, name) for nucleus in self.nuclei]
            setattr(neurons, name, np.repeat(values, list(self.sizes.values())))
        neurons.v = "c"
        neurons.u = "b*c"
        for name, sign in (("excitatory", 1), ("inhibitory", -1)):
            network[name].w = self.synapses(sign)[2]
            network[name].w = "w*clip(1 + w_sd*randn(), 0, inf)"  # (7)
