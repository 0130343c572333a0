"""Working memory in facilitated synapses: the network of Mongillo, Barak and Tsodyks.

Source: G. Mongillo, O. Barak and M. Tsodyks (2008), Synaptic theory of working memory, Science 319:1543-1546.
The equations are numbered here:

    (1)  tau V' = -V + mu(t) + sigma sqrt(tau) xi + tau sum_j J_ij sum_k delta(t - t_j^k - D_ij)
         spike: V > theta; V <- V_r for tau_arp, in which inputs are lost
    (2)  u' = (U - u)/tau_F,   x' = (1 - x)/tau_D      in each excitatory cell, for its synapses on excitatory cells
    (3)  u <- u + U (1 - u),   r <- u x,   x <- x - r   at its spike, which adds J r to V there

    projection           synapses                          J
    E -> E               c = 0.2 of all pairs              J_p within a selective population
                                                           J_b between two of them
                                                           J_p with probability gamma_0, else J_b, from and to other cells
    E -> I               c                                 J_IE
    I -> E, I -> I       c                                 -J_EI, -J_II

    population           cells
    S1 ... S5            f n_e = 800 each, excitatory
    others               4000, excitatory
    inhibitory           n_i = 2000

Delays are uniform from 0.1 to 1 ms. For 350 ms from `cue` on mu is 15 % larger in S1, and for 250 ms from `readout` on 5 % larger
in all excitatory cells. At mu_E = 22.8 mV the cells of S1 are silent between the two: only u, which decays with tau_F =
1.5 s, remembers the cue, and the readout evokes a volley in S1 alone. At 23.1 mV volleys recur without a readout.

Differs from the paper: cells, c and the weights J_b, J_IE, J_EI and J_II are those of a public program for this model
(SNNUtils, in Julia), which has J_p = 0.48 mV, delays from 1 to 5 ms and another external input; J_p, the delays and the
other parameters are from memory here, and mu_E was chosen by simulations. The numbers that the network is held to are
those of an independent C++ program, not the paper's. A delay is a whole number of time steps.

Cite: Mongillo2008
Chapter: cognition
"""

import numpy as np
from brian2 import Network, NeuronGroup, Synapses, ms, mV, second, volt

from zoo import Model

excitatory = """
dV/dt        = (mu - V)/tau_E + sigma*xi*tau_E**-0.5                        : volt (unless refractory)  # (1)
du/dt        = (U - u)/tau_F                                                : 1                         # (2)
dx/dt        = (1 - x)/tau_D                                                : 1                         # (2)
r                                                                           : 1                         # (3)
mu           = mu_E*(1 + more_cue*cued + more_readout*asked)                : volt
cued         = int(kind == 0)*int(t >= cue and t < cue + cue_lasts)         : 1
asked        = int(t >= readout and t < readout + readout_lasts)            : 1 (shared)
kind                                                                        : integer (constant)
mu_E                                                                        : volt (shared, constant)
more_cue                                                                    : 1 (shared, constant)
more_readout                                                                : 1 (shared, constant)
"""

inhibitory = """
dV/dt        = (mu_I - V)/tau_I + sigma*xi*tau_I**-0.5                      : volt (unless refractory)  # (1)
"""


class Mongillo2008(Model):
    n_e: int = 8000  # excitatory cells
    n_i: int = 2000  # inhibitory cells
    f: 1 = 0.1  # fraction of the excitatory cells in a selective population
    c: 1 = 0.2  # probability of a connection
    gamma_0: 1 = 0.1  # fraction of strong synapses from and to cells that are not selective

    tau_E: second = 15 * ms  # membrane time constant of excitatory cells
    tau_I: second = 10 * ms  # membrane time constant of inhibitory cells
    theta: volt = 20 * mV  # threshold
    V_r_E: volt = 16 * mV  # V after a spike, excitatory cells
    V_r_I: volt = 13 * mV  # V after a spike, inhibitory cells
    tau_arp: second = 2 * ms  # refractory period
    mu_E: volt = 22.8 * mV  # external input of excitatory cells
    mu_I: volt = 21 * mV  # external input of inhibitory cells
    sigma: volt = 1 * mV  # noise

    U: 1 = 0.2  # release of a spike without facilitation
    tau_F: second = 1500 * ms  # decay of facilitation
    tau_D: second = 200 * ms  # recovery from depression
    J_b: volt = 0.10 * mV  # weak excitatory synapse on an excitatory cell
    J_p: volt = 0.45 * mV  # strong excitatory synapse on an excitatory cell
    J_IE: volt = 0.135 * mV  # synapse from excitatory to inhibitory cells
    J_EI: volt = 0.25 * mV  # synapse from inhibitory to excitatory cells
    J_II: volt = 0.20 * mV  # synapse between inhibitory cells

    cue: second = 1 * second  # start of the cue
    cue_lasts: second = 350 * ms  # its duration
    more_cue: 1 = 0.15  # increase of the input of S1
    readout: second = 2.5 * second  # start of the readout
    readout_lasts: second = 250 * ms  # its duration
    more_readout: 1 = 0.05  # increase of the input of all excitatory cells

    excitatory: str = excitatory
    inhibitory: str = inhibitory

    limits = {
        "f": (0, 0.2),
        "c gamma_0 U": (0, 1),
        "tau_E tau_I tau_F tau_D": "> 0",
        "tau_arp sigma": ">= 0",
    }
    explore = {
        "n_e": 1600,
        "n_i": 400,
        "J_b": 5 * J_b,
        "J_p": 5 * J_p,
        "J_IE": 5 * J_IE,
        "J_EI": 5 * J_EI,
        "J_II": 5 * J_II,
        "mu_E": (22 * mV, 24 * mV),
        "mu_I": (20 * mV, 22 * mV),
        "U": (0.05, 0.5),
        "c": None,
        "gamma_0": (0, 0.5),
        "more_cue": (0, 0.3),
        "more_readout": (0, 0.15),
        "cue": (0 * second, 3.5 * second),
        "readout": (0 * second, 3.5 * second),
    }

    selective = ("S1", "S2", "S3", "S4", "S5")

    @property
    def sizes(self) -> dict:
        """Population -> its cells, in the order of the excitatory cells, and then the inhibitory ones."""
        size = round(self.f * self.n_e)
        sizes = dict.fromkeys(self.selective, size)
        return {**sizes, "others": self.n_e - len(sizes) * size, "inhibitory": self.n_i}

    def build(self):
        excitatory = NeuronGroup(
            self.n_e,
            self.excitatory,
            threshold="V > theta",
            reset="V = V_r_E\nu += U*(1 - u)\nr = u*x\nx -= r",  # (3)
            refractory="tau_arp + dt",  # Brian2 counts the step of the spike
            method="euler",
            name="excitatory",
        )
        excitatory.kind = np.repeat(range(6), list(self.sizes.values())[:6])
        inhibitory = NeuronGroup(
            self.n_i,
            self.inhibitory,
            threshold="V > theta",
            reset="V = V_r_I",
            refractory="tau_arp + dt",
            method="euler",
            name="inhibitory",
        )
        # The release r is that of the last spike, as delays are shorter than the refractory period.
        EE = Synapses(excitatory, excitatory, "J : volt (constant)", on_pre="V_post += J*r_pre", name="EE")
        EI = Synapses(excitatory, inhibitory, on_pre="V_post += J_IE", name="EI")
        IE = Synapses(inhibitory, excitatory, on_pre="V_post -= J_EI", name="IE")
        II = Synapses(inhibitory, inhibitory, on_pre="V_post -= J_II", name="II")
        for synapses in (EE, EI, IE, II):
            synapses.connect(condition="i != j" if synapses.source is synapses.target else None, p="c")
            synapses.delay = "0.1*ms*(1 + int(10*rand()))"
        within = "int(kind_pre == kind_post and kind_pre < 5)"
        strengthened = "int(kind_pre == 5 or kind_post == 5)*int(rand() < gamma_0)"
        EE.J = f"J_b + (J_p - J_b)*({within} + {strengthened})"
        return Network(excitatory, inhibitory, EE, EI, IE, II)

    def initialise(self, network):
        network["excitatory"].V = "theta*rand()"
        network["excitatory"].u = "U"
        network["excitatory"].x = 1
        network["inhibitory"].V = "theta*rand()"
