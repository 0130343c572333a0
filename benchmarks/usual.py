"""Networks as they are usually written in Brian2, for the comparisons in device.py.

lif_mnist_grid: it draws a random number for every input in every step, as PoissonGroup does, and has one event-driven trace for every
synapse. Cells, wiring, images and parameters are those of the model. The random numbers differ, so that rates agree and
spikes do not.

Four sparse networks of integrate-and-fire cells, in which the time goes to spikes and random numbers: the current-based
benchmark 2 of R. Brette et al. (2007), J. Comput. Neurosci. 23:349-398; N. Brunel (2000), J. Comput. Neurosci. 8:183-208,
state C; N. Brunel and V. Hakim (1999), Neural Comput. 11:1621-1671; and a tenth of the cells and in-degrees of T. Potjans and
M. Diesmann (2014), Cereb. Cortex 24:785-806, where every synapse has its own delay.
"""

import numpy as np
from brian2 import Hz, Network, NeuronGroup, PoissonInput, Synapses, ms, mV, pA, second, volt

from zoo import Model, Rule
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


class CUBA(Model):
    dt: second = 0.1 * ms
    n: int = 4000  # cells, four fifths of them excitatory
    probability: float = 0.02  # of a synapse
    w_e: volt = 1.62 * mV
    w_i: volt = -9 * mV

    def build(self):
        cells = NeuronGroup(
            self.n,
            """
            dv/dt   = (g_e + g_i - (v + 49*mV))/(20*ms) : volt (unless refractory)
            dg_e/dt = -g_e/(5*ms)                       : volt
            dg_i/dt = -g_i/(10*ms)                      : volt
            """,
            threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exact", name="cells",
        )  # fmt: skip
        cells.v = "-60*mV + rand()*10*mV"
        excite = Synapses(cells, cells, on_pre="g_e_post += w_e", namespace=self.namespace, name="excite")
        inhibit = Synapses(cells, cells, on_pre="g_i_post += w_i", namespace=self.namespace, name="inhibit")
        excite.connect(f"i < {self.n * 4 // 5}", p=self.probability)
        inhibit.connect(f"i >= {self.n * 4 // 5}", p=self.probability)
        return Network(cells, excite, inhibit)


class Brunel2000(Model):
    dt: second = 0.1 * ms
    n: int = 12500  # cells, four fifths of them excitatory
    probability: float = 0.1  # of a synapse
    J: volt = 0.1 * mV  # step of excitation
    g: float = 5  # inhibition over excitation
    inputs: int = 1000  # of each cell from outside
    rate: Hz = 20 * Hz  # of each of them

    def build(self):
        cells = NeuronGroup(
            self.n, "dv/dt = -v/(20*ms) : volt (unless refractory)", threshold="v > 20*mV", reset="v = 10*mV",
            refractory=2 * ms, method="exact", name="cells",
        )  # fmt: skip
        options = {"delay": 1.5 * ms, "namespace": self.namespace}
        excite = Synapses(cells[: self.n * 4 // 5], cells, on_pre="v_post += J", name="excite", **options)
        inhibit = Synapses(cells[self.n * 4 // 5 :], cells, on_pre="v_post += -g*J", name="inhibit", **options)
        excite.connect(p=self.probability)
        inhibit.connect(p=self.probability)
        return Network(cells, excite, inhibit, PoissonInput(cells, "v", self.inputs, self.rate, weight=self.J))


class BrunelHakim1999(Model):
    dt: second = 0.1 * ms
    n: int = 5000
    probability: float = 0.2  # of a synapse
    J: volt = 0.1 * mV  # step of inhibition

    def build(self):
        cells = NeuronGroup(
            self.n, "dv/dt = (25*mV - v + 1*mV*sqrt(20*ms)*xi)/(20*ms) : volt", threshold="v > 20*mV",
            reset="v = 10*mV", refractory=2 * ms, method="euler", name="cells",
        )  # fmt: skip
        cells.v = 10 * mV
        inhibit = Synapses(cells, cells, on_pre="v_post += -J", delay=2 * ms, namespace=self.namespace, name="inhibit")
        inhibit.connect(p=self.probability)
        return Network(cells, inhibit)


#: Populations L23E L23I L4E L4I L5E L5I L6E L6I: chance of a synapse to (row) from (column), cells, and inputs from outside.
CHANCES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0, 0.0076, 0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0, 0.0042, 0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0, 0.1057, 0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
CELLS = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
INPUTS = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
RATES = np.array([0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])  # Hz, of the whole network


class Microcircuit(Model):
    dt: second = 0.1 * ms
    scale: float = 0.1  # share of the cells, and of the in-degrees
    psc: pA = 87.8085 * pA  # step of excitation

    def build(self):
        cells = np.rint(CELLS * self.scale).astype(int)
        degrees = np.log(1 - CHANCES) / np.log(1 - 1 / np.outer(CELLS, CELLS)) / CELLS[:, None]
        steps = np.tile([1, -4], (8, 4))
        steps[0, 2] = 2
        # A current in the place of the inputs that are missing.
        lost = (1 - np.sqrt(self.scale)) * 0.5e-3 * ((steps * degrees * RATES).sum(1) + 8 * INPUTS)
        counts = "".join(f"c{k} : integer (constant)\n" for k in range(8))
        group = NeuronGroup(
            cells.sum(),
            f"""
            dv/dt = -v/(10*ms) + (I_syn + dc)/(250*pF) : volt (unless refractory)
            dI_syn/dt = -I_syn/(0.5*ms)                : amp
            dc   : amp (constant)
            pop  : integer (constant)
            mean : 1 (constant)
            {counts}
            """,
            threshold="v >= 15*mV", reset="v = 0*mV", refractory=2.1 * ms, method="exact", name="cells",
        )  # fmt: skip
        group.pop = np.repeat(np.arange(8), cells)
        group.dc = np.repeat(lost, cells) * self.psc
        group.mean = np.repeat(np.rint(INPUTS * self.scale) * 8e-4, cells)
        for k, count in enumerate(np.cumsum(np.rint(degrees * self.scale).astype(int), axis=1).T):
            setattr(group, f"c{k}", np.repeat(count, cells))
        group.v = "3*mV + 5*mV*randn()"
        namespace = {"w": self.psc / np.sqrt(self.scale)}
        group.run_regularly("I_syn += w*poisson(mean)", when="synapses", name="rain")
        group.namespace.update(namespace)
        synapses = Synapses(
            group, group, "step : amp (constant)", on_pre="I_syn_post += step", namespace=namespace, name="synapses"
        )
        # The q-th input of a cell: its population by the running sums, the cell at random.
        first = " + ".join(f"{cells[k]}*int(q >= c{k}_post)" for k in range(7))
        size = " + ".join(f"({cells[k + 1] - cells[k]})*int(q >= c{k}_post)" for k in range(7))
        synapses.connect(i=f"{first} + int(rand()*({cells[0]} + {size})) for q in range(c7_post)", skip_if_invalid=True)
        synapses.step = "w*(1 + 0.1*randn())*(1 - 5*(pop_pre % 2) + int(pop_pre == 2 and pop_post == 0))"
        synapses.delay = "clip((1.5 - 0.75*(pop_pre % 2))*(1 + 0.5*randn()), 0.1, 10)*ms"
        return Network(group, synapses)
