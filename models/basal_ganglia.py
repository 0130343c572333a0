"""The basal ganglia as seven nuclei of Izhikevich neurons, driven by noisy cortex.

Source: the basal ganglia example of a TensorFlow library of nuclei, with the neuron of E. M. Izhikevich (2003), Simple
model of spiking neurons, IEEE Transactions on Neural Networks 14:1569-1572. Its tables define a network of
`izhikevich_nuclei`.

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)
    (3)  v >= 30 mV:  v <- c,  u <- u + d
    (4)  I_i(t) = I_ext,i(t) + sum_j w_ji sum_s K(t - t_j^s - delay)
    (5)  K_e(t) = exp(-t/20 ms) for 0 <= t < 20 ms                  projections with positive weights
    (6)  K_i(t) = (t/50 ms) exp(1 - t/50 ms) for 0 <= t < 100 ms    projections with negative weights
    (7)  w_ji = (W/n_pre) max(0, 1 + N(0, 1))                       W from the table, n_pre neurons in the source nucleus
    (8)  I_ext = 7 N(1, 3) in cortex, drawn anew in every time step, 0 elsewhere

    nucleus                                            neurons   a     b    c    d
    CTX  cortex                                        2000      0.02  0.2  -65  8
    D1   striatum, cells with dopamine receptor D1      400      0.1   0.2  -65  2
    D2   striatum, cells with dopamine receptor D2      400      0.1   0.2  -65  2
    GPi  globus pallidus, internal segment              200      0.02  0.2  -65  8
    TA   globus pallidus, external, arkypallidal cells  300      0.1   0.2  -65  2
    TI   globus pallidus, external, prototypic cells    300      0.1   0.2  -65  2
    STN  subthalamic nucleus                            200      0.02  0.2  -55  4

TA and TI are the two types of cells of the external pallidum of Mallet et al. (2012), Neuron 74:1075-1086, which are
active and inactive in the cortical up state.

Differs from the source: the library sums its kernels over past spikes; here they are states of differential equations,
which give the same numbers. `--as_coded` (see izhikevich_nuclei) follows the source's code: with its short kernels only
cortex keeps firing (27 Hz), and all other nuclei fire below 6 Hz.

Artefacts of the source's tables: all nuclei except cortex fire in synchronous volleys at 8 Hz, in which pallidal neurons
reach 960 Hz. The inhibition of (6) ends at its window H, and the next volley comes 20 to 25 ms later: every 85, 105, 125, 175
and 220 ms for H = 60, 80, 100, 150 and 200 ms. GPi projects nowhere. STN is the only drive of the pallidum. As (8) draws
noise in every step, the rates depend on dt: cortex fires at 34.9, 27.5, 22.9 and 20.0 Hz with dt = 0.4, 0.2, 0.1 and 0.05 ms.
The source's dt is 0.2 ms, at which the delays of 2.5 and 1.5 ms become 2.6 and 1.6 ms.

Cite: Izhikevich2003
Chapter: networks
"""

import functools
from dataclasses import replace

import numpy as np
from brian2 import Network, NeuronGroup, Synapses, ms, second

from zoo import ZooError
from zoo.functions.table import table
from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo.models.equations.nuclei import Nuclei
from zoo.models.equations.nucleus_rows import Nucleus, constant_drives, per_neuron, set_drives, set_parameters

NUCLEI = (
    #        name    n   a (1/ms)  b  c (mV)  d
    Nucleus("CTX", 2000, 0.02, 0.2, -65, 8, drive="I_mean + I_sd*randn()"),  # (8)
    Nucleus("D1", 400, 0.1, 0.2, -65, 2),
    Nucleus("D2", 400, 0.1, 0.2, -65, 2),
    Nucleus("GPi", 200, 0.02, 0.2, -65, 8),
    Nucleus("TA", 300, 0.1, 0.2, -65, 2),
    Nucleus("TI", 300, 0.1, 0.2, -65, 2),
    Nucleus("STN", 200, 0.02, 0.2, -55, 4),
)

NAMES = [nucleus.name for nucleus in NUCLEI]

# W, from row to column.
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

# `zoo show` prints the tables of the model.
__doc__ += f"""
Weights W, from row to column:
{WEIGHTS}
Delays in ms:
{DELAYS}"""


class BasalGanglia(Nuclei):
    dt: second = 0.2 * ms  # time step; the noise is drawn in every step
    nuclei: tuple[Nucleus, ...] = NUCLEI  # sizes, parameters and inputs of the neurons
    weights: str = WEIGHTS  # table of the weights W, from row to column
    delays: str = DELAYS  # table of the delays in ms
    scale: 1 = 1  # factor of all sizes
    I_mean: 1 = 7  # mean input of a cortical neuron
    I_sd: 1 = 21  # its standard deviation from step to step
    w_sd: 1 = 1  # relative standard deviation of the weights
    dopamine: 1 = 1  # factor of W from CTX to D1, and 2 minus this for W from CTX to D2; 0 to 2
    tau_e: second = 20 * ms  # decay of the kernel of positive weights
    H_e: second = 20 * ms  # its end
    tau_i: second = 50 * ms  # time to the peak of the kernel of negative weights
    H_i: second = 100 * ms  # its end
    limits = {"scale tau_e tau_i H_e H_i": "> 0", "I_sd w_sd": ">= 0", "dopamine": (0, 2)}

    K_e: str = "exp(-t/tau_e)"  # (5) kernel of positive weights
    K_i: str = "(t/tau_i)*exp(1 - t/tau_i)"  # (6) kernel of negative weights

    neuron: str = (
        izhikevich
        + """
        I = I_ext + g_e + g_i                      : 1             # (4), sums of K_e and K_i over past spikes
        I_ext                                      : 1
        I_mean                                     : 1 (shared, constant)
        I_sd                                       : 1 (shared, constant)
        tau_e                                      : second (shared, constant)
        tau_i                                      : second (shared, constant)
        nucleus                                    : integer (constant)
        """
    )

    excitatory: str = """
        w    : 1
        w_sd : 1 (shared, constant)
        H_e  : second (shared, constant)
        """

    inhibitory: str = """
        w    : 1
        w_sd : 1 (shared, constant)
        H_i  : second (shared, constant)
        """

    def build(self):
        nuclei, (weights, signs, lags) = self._nuclei, self.tables
        # Functions of the indices of two nuclei; their values are data. A lesion and a weight of 0 draw the same random numbers.
        tables = {
            "W": table("W", weights * self.intact_pairs),
            "sign_of": table("sign_of", signs),
            "delay_of": table("delay_of", self.whole_delay(lags * ms) / ms),
        }
        e = self.kernel(self.K_e, self.H_e, "g_e", "H_e")
        i = self.kernel(self.K_i, self.H_i, "g_i", "H_i")
        neurons = NeuronGroup(
            sum(nucleus.n for nucleus in nuclei),
            f"{self.coded(self.neuron)}\n{e.target}\n{i.target}",
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method="euler",
            name="neurons",
        )
        self.convolve(neurons, e, self.K_e, self.H_e, "g_e")
        self.convolve(neurons, i, self.K_i, self.H_i, "g_i")
        neurons.nucleus = per_neuron(range(len(nuclei)), nuclei)
        set_parameters(neurons, nuclei)
        parts = self.nuclei_of(neurons)
        set_drives(self, parts, nuclei)  # (8)

        projections = []
        for name, model, kernel, condition in (
            ("excitatory", self.excitatory, e, "sign_of(nucleus_pre, nucleus_post) > 0"),
            ("inhibitory", self.inhibitory, i, "sign_of(nucleus_pre, nucleus_post) < 0"),
        ):
            synapses = Synapses(
                neurons, neurons, f"{model}\n{kernel.model}", on_pre=kernel.on_pre, namespace=tables, name=name
            )
            synapses.connect(condition)
            synapses.on.delay = "delay_of(nucleus_pre, nucleus_post)*ms"
            if kernel.off:
                synapses.off.delay = "delay_of(nucleus_pre, nucleus_post)*ms + end"
            projections.append(synapses)
        return Network(neurons, parts, projections)

    def initialise(self, network):
        neurons = network["neurons"]
        neurons.v = "c"
        neurons.u = "b*c"
        neurons.I_ext = constant_drives(self._nuclei)
        for name in ("excitatory", "inhibitory"):
            network[name].w = "W(nucleus_pre, nucleus_post)*clip(1 + w_sd*randn(), 0, inf)"  # (7)

    def _check(self):
        self.tables  # raises ZooError for invalid tables

    @property
    def sizes(self):
        return {nucleus.name: nucleus.n for nucleus in self._nuclei}

    @property
    def targets(self):
        names, (_, sign, _) = list(self.sizes), self.tables
        return {pre: [names[j] for j in np.flatnonzero(row)] for pre, row in zip(names, sign, strict=True)}

    @functools.cached_property
    def _nuclei(self):
        return [self._scaled(nucleus) for nucleus in self.nuclei]

    def _scaled(self, nucleus):
        n = round(nucleus.n * self.scale)
        if n < 1:
            raise ZooError(f"scale is {self.scale}, which leaves the nucleus {nucleus.name} without neurons.")
        return replace(nucleus, n=n) if n != nucleus.n else nucleus

    @functools.cached_property
    def tables(self):
        """Matrices from nucleus to nucleus: mean weights of a synapse, signs of the projections, and delays in ms."""
        sizes = self.sizes
        weights, delays = read_table("weights", self.weights, sizes), read_table("delays", self.delays, sizes)
        usual = read_table("weights", WEIGHTS, NAMES)
        W, sign, delay = np.zeros((3, len(sizes), len(sizes)))
        for at in np.ndindex(W.shape):
            pair = tuple(list(sizes)[k] for k in at)
            W[at], delay[at] = weights.get(pair, 0) / sizes[pair[0]], delays.get(pair, 0)
            # A weight that the user sets to 0 remains a projection with its kernel, and the random numbers of the
            # others stay the same.
            sign[at] = np.sign(weights.get(pair, 0) or usual.get(pair, 0) * (pair in weights))
            # Dopamine excites the cells with the receptor D1 and inhibits those with D2.
            W[at] *= {("CTX", "D1"): self.dopamine, ("CTX", "D2"): 2 - self.dopamine}.get(pair, 1)
        return W, sign, delay


def read_table(what: str, text: str, names) -> dict:
    """(row, column) -> number of a table written as above; raises ZooError when rows or columns are not `names`."""
    heads, *rows = (line.split() for line in text.strip().splitlines())
    for row in rows:
        if len(row) != len(heads) + 1:
            raise ZooError(
                f"the row {row[0]!r} of the table of {what} has {len(row) - 1} numbers for {len(heads)} columns."
            )
    for name in [*heads, *(row[0] for row in rows)]:
        if name not in names:
            raise ZooError(f"the table of {what} names the nucleus {name!r}; known: {', '.join(names)}.")
    try:
        cells = {(row[0], head): float(cell) for row in rows for head, cell in zip(heads, row[1:], strict=True)}
    except ValueError as error:
        raise ZooError(f"the table of {what} must hold numbers ({error}).") from None
    return cells
