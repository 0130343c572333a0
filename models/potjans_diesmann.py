"""The cortical microcircuit under a square millimetre of surface: eight populations in four layers.

Source: T. C. Potjans and M. Diesmann (2014), The cell-type specific cortical microcircuit: relating structure and activity
in a full-scale spiking network model, Cerebral Cortex 24:785-806, tables 4 and 5.

    (1)  V' = -(V - E_L)/tau_m + (I + I_dc)/C_m       V >= V_th:  V <- V_r for tau_ref
    (2)  I' = -I/tau_syn + sum_j w_j sum_k delta(t - t_j^k - d_j)
    (3)  K = ln(1 - p)/ln(1 - 1/(N_pre N_post))        synapses from one population to another
    (a)  external: K_ext Poisson inputs of w at the rate nu_ext each

    to \\ from   L2/3E   L2/3I   L4E     L4I     L5E     L5I     L6E     L6I        N     K_ext
    L2/3E       0.1009  0.1689  0.0437  0.0818  0.0323  0       0.0076  0       20683    1600
    L2/3I       0.1346  0.1371  0.0316  0.0515  0.0755  0       0.0042  0        5834    1500
    L4E         0.0077  0.0059  0.0497  0.135   0.0067  0.0003  0.0453  0       21915    2100
    L4I         0.0691  0.0029  0.0794  0.1597  0.0033  0       0.1057  0        5479    1900
    L5E         0.1004  0.0622  0.0505  0.0057  0.0831  0.3726  0.0204  0        4850    2000
    L5I         0.0548  0.0269  0.0257  0.0022  0.06    0.3158  0.0086  0        1065    1900
    L6E         0.0156  0.0066  0.0211  0.0166  0.0572  0.0197  0.0396  0.2252  14395    2900
    L6I         0.0364  0.001   0.0034  0.0005  0.0277  0.008   0.0658  0.1443   2948    2100

    from     w                                        d
    E        N(w, 0.1 w), 2 w from L4E to L2/3E       N(1.5, 0.75) ms
    I        N(-g w, 0.1 g w)                         N(0.75, 0.375) ms

The table has the probabilities p that two neurons are connected at all. The neurons at both ends of each of the K synapses
are drawn independently, so a pair can have several. w is such that V rises by PSP = 0.15 mV from rest.

`n_scale` and `k_scale` are the parts of the neurons, and of the inputs of each, that are simulated; with 1 and 1 there
are 77,169 neurons and 298,880,968 synapses. With fewer inputs w is larger by 1/sqrt(k_scale), and I_dc replaces the mean
that is lost, at the rates of the full network: rates remain similar, but not correlations, and L2/3E fires half as much.
Instead of Poisson inputs, `background = "dc"` gives their mean, at full in-degrees only: with a tenth of the inputs all
populations but L6I would be silent.

Differs from the paper: weights, initial values and the replacement of inputs are those of the program that the authors
published later (INM-6, microcircuit-PD14-model). Delays below half a time step are drawn again, four times, and then are
one step. How many synapses each neuron sends to each population is drawn when the network is built, with the seed `draw`;
all else follows the seed of a run.

Cite: Potjans2014
Chapter: cortex
"""

import numpy as np
from brian2 import Hz, Network, NeuronGroup, Synapses, amp, farad, ms, mV, pF, second, volt

from zoo import Model, ZooError
from zoo.functions.table import table

POPULATIONS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")

# The columns of the table: targets are rows, sources columns
PROBABILITIES = np.array([
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0, 0.0076, 0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0, 0.0042, 0],
    [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0, 0.1057, 0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
])  # fmt: skip
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
SYNAPSES = np.log(1 - PROBABILITIES) / np.log(1 - 1 / np.outer(SIZES, SIZES))  # (3)
INHIBITORY = np.arange(8) % 2 == 1

# Of the full network: mean rates, and mean and standard deviation of V at the start
RATES = np.array([0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829]) * Hz
V_MEAN = np.array([-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43]) * mV
V_SD = np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48]) * mV


class PotjansDiesmann(Model):
    n_scale: 1 = 0.1  # part of the neurons
    k_scale: 1 = 0.1  # part of the inputs of a neuron
    background: str = "poisson"  # external input: "poisson", or "dc", its mean
    draw: int = 1  # seed of the numbers of synapses of each neuron
    PSP: volt = 0.15 * mV  # largest depolarisation by an excitatory spike, at full in-degrees
    g: 1 = 4.0  # inhibitory over excitatory weight
    nu_ext: Hz = 8 * Hz  # rate of an external input
    E_L: volt = -65 * mV  # resting potential
    V_th: volt = -50 * mV  # threshold
    V_r: volt = -65 * mV  # V after a spike
    C_m: farad = 250 * pF  # capacitance
    tau_m: second = 10 * ms  # membrane time constant
    tau_syn: second = 0.5 * ms  # synaptic time constant
    tau_ref: second = 2 * ms  # refractory period
    d_e: second = 1.5 * ms  # mean delay of excitatory synapses
    d_i: second = 0.75 * ms  # mean delay of inhibitory synapses
    limits = {
        "n_scale k_scale PSP C_m tau_m tau_syn d_e d_i": "> 0",
        "draw g nu_ext tau_ref": ">= 0",
        "background": ("poisson", "dc"),
    }
    explore = {"duration": 500 * ms}

    neuron: str = """
    dV/dt = -(V - E_L)/tau_m + (I + I_dc)/C_m : volt (unless refractory)  # (1)
    dI/dt = -I/tau_syn                        : amp                       # (2)
    I_dc                                      : amp (constant)
    K_ext                                     : 1 (constant)
    population                                : integer (constant)
    w_out                                     : amp (constant)     # mean weight of its synapses
    d_out                                     : second (constant)  # mean delay of its synapses
    """

    sizes = property(
        lambda self: dict(zip(POPULATIONS, np.floor(SIZES * self.n_scale + 0.5).astype(int).tolist(), strict=True))
    )

    @property
    def totals(self):
        """The numbers of synapses, (targets, sources)."""
        return np.rint(SYNAPSES * self.n_scale * self.k_scale).astype(int)

    @property
    def w(self):
        """The current by which an excitatory spike depolarises by PSP, at full in-degrees."""
        ratio = self.tau_m / self.tau_syn
        decay = self.tau_m - self.tau_syn
        peak = ratio ** (-self.tau_syn / decay) - ratio ** (-self.tau_m / decay)
        return self.PSP * self.C_m * decay / (self.tau_m * self.tau_syn * peak)

    def build(self):
        if self.background == "dc" and self.k_scale != 1:
            raise ZooError(
                f"background is dc and k_scale is {self.k_scale:g}, but with fewer inputs most populations are silent without "
                "the noise of Poisson inputs; give k_scale = 1 or background = poisson."
            )
        sizes = np.array(list(self.sizes.values()))
        if not sizes.all():
            raise ZooError(f"n_scale is {self.n_scale:g}, which leaves a population without neurons; make it larger.")
        tables = {
            "targets": table("targets", np.transpose([np.cumsum(sizes) - sizes, sizes])),
            "V_start": table("V_start", np.transpose([V_MEAN / mV, V_SD / mV])),
        }
        # A neuron numbers its synapses by target: those below end_L23E reach L23E, those from there to end_L23I reach L23I.
        ends = [f"end_{name}" for name in POPULATIONS]
        cells = NeuronGroup(
            sizes.sum(),
            self.neuron + "".join(f"{name} : integer (constant)\n" for name in ends),
            threshold="V >= V_th",
            reset="V = V_r",
            refractory="tau_ref + dt",
            method="exact",
            namespace=tables,
            name="cells",
        )
        for name, number in zip(ends, np.cumsum(self._outgoing(sizes), axis=0), strict=True):
            setattr(cells, name, number)
        w_ext = self.w / np.sqrt(self.k_scale)
        cells.population = np.repeat(np.arange(8), sizes)
        cells.w_out = np.repeat(np.where(INHIBITORY, -self.g, 1), sizes) * w_ext
        cells.d_out = np.repeat(np.where(INHIBITORY, self.d_i, self.d_e), sizes) * second
        cells.K_ext = np.repeat(np.rint(EXTERNAL * self.k_scale), sizes)
        cells.I_dc = np.repeat(self._dc / amp, sizes) * amp
        if self.background == "poisson":  # (a)
            cells.namespace["w_ext"] = w_ext
            cells.run_regularly("I += w_ext*poisson(K_ext*nu_ext*dt)", when="synapses", name="external")

        synapses = Synapses(
            cells,
            cells,
            "w : amp (constant)",
            on_pre="I += w",
            namespace=tables,
            dtype={"w": np.float32},
            name="synapses",
        )
        target = " + ".join(f"int(k >= {name}_pre)" for name in ends[:-1])
        synapses.connect(j=f"int(targets({target}, 0) + rand()*targets({target}, 1)) for k in range({ends[-1]}_pre)")
        return Network(cells, synapses)

    def initialise(self, network):
        cells, synapses = network["cells"], network["synapses"]
        cells.V = "(V_start(population, 0) + V_start(population, 1)*randn())*mV"
        doubled = "(1 + int(population_pre == 2 and population_post == 0))"
        synapses.w = f"w_out_pre*{doubled}*(1 + 0.1*randn())"
        synapses.delay = "d_out_pre*(1 + 0.5*randn())"
        for _ in range(4):
            synapses.delay["delay < 0.5*dt"] = "d_out_pre*(1 + 0.5*randn())"
        synapses.delay["delay < 0.5*dt"] = self.dt

    def _outgoing(self, sizes):
        """How many synapses each neuron sends to each population, (populations, neurons)."""
        random = np.random.default_rng(self.draw)
        return np.array(
            [
                np.concatenate([random.multinomial(K, np.full(n, 1 / n)) for K, n in zip(row, sizes, strict=True)])
                for row in self.totals
            ]
        )

    @property
    def _dc(self):
        """The mean current in place of inputs that are not simulated, of each population."""
        weights = np.where(INHIBITORY, -self.g, 1) * np.ones((8, 1))
        weights[0, 2] *= 2
        recurrent = (weights * SYNAPSES / SIZES[:, np.newaxis]) @ RATES
        external = EXTERNAL * self.nu_ext
        lost = 1 - np.sqrt(self.k_scale)
        return self.tau_syn * self.w * (lost * recurrent + (external if self.background == "dc" else lost * external))
