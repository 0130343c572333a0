"""Wang's network of two competing populations, which decides between two noisy stimuli.

Source: X.-J. Wang (2002), Probabilistic decision making by slow reverberation in cortical circuits, Neuron 36:955-968. The
equations are numbered here:

    (1)  C_m V' = -g_L (V - V_L) - I_syn             spike: V > V_th; V <- V_reset for tau_ref
    (2)  I_syn = g_ext s_ext (V - V_E) + g_AMPA S_AMPA (V - V_E) + g_GABA S_GABA (V - V_I)
                 + g_NMDA S_NMDA (V - V_E)/(1 + [Mg] exp(-0.062 V/mV)/3.57)
    (3)  s_AMPA' = -s_AMPA/tau_AMPA                  s_AMPA += 1 at a spike; s_ext, s_GABA likewise
    (4)  s_NMDA' = -s_NMDA/tau_decay + alpha x (1 - s_NMDA),   x' = -x/tau_rise,   x += 1 at a spike
    (5)  S = sum_j w_j s_j                           over all cells of a kind
    (6)  mu_A, mu_B = mu_0 (1 +- coherence/100) + sigma N(0, 1), drawn every 50 ms

    population      cells              inputs from A, B, others (w_j)   inputs from inhibitory cells
    A               f n_E = 240        w_plus   w_minus   w_minus       1
    B               f n_E = 240        w_minus  w_plus    w_minus       1
    others          1120               1        1         1             1
    inhibitory      n_I = 400          1        1         1             1

    w_minus = 1 - f (w_plus - 1)/(1 - f)

All cells are connected with all, after 0.5 ms. Each has Poisson inputs at 2400 Hz, to which the stimulus adds mu_A in A and
mu_B in B; a negative rate counts as 0. Cells of a population have the same inputs from the network: the group "received"
computes the sums (5) once for A, once for B, and once for all other cells, with 4,800 weights instead of 3.2 million.

Differs from the paper: the stimulus lasts from 1 to 3 s; time is in steps of 0.1 ms, in which V and NMDA take forward Euler
steps and the other conductances decay exactly.

Cite: Wang2002
Chapter: cognition
"""

from brian2 import Hz, ms, second

from zoo.models.equations import reverberation
from zoo.models.equations.reverberation import Reverberation

received = (
    reverberation.received
    + """
side                                                                        : 1 (constant)
coherence                                                                   : 1 (shared, constant)
mu_0                                                                        : Hz (shared, constant)
sigma                                                                       : Hz (shared, constant)
"""
)


class Wang2002(Reverberation):
    coherence: 1 = 12.8  # motion to the side of A, per cent; of B if negative
    mu_0: Hz = 40 * Hz  # mean rate of the stimulus
    sigma: Hz = 4 * Hz  # standard deviation of its rates
    onset: second = 1 * second  # start of the stimulus
    offset: second = 3 * second  # its end
    interval: second = 50 * ms  # time for which it keeps its rates

    received: str = received

    limits = {"coherence": (-100, 100), "interval": "> 0", "f": (0, 0.5), "mu_0 sigma onset offset": ">= 0"}
    explore = {
        "duration": 3 * second,
        "mu_0": (0 * Hz, 100 * Hz),
        "sigma": (0 * Hz, 20 * Hz),
        "nu_ext": (2200 * Hz, 2600 * Hz),
        "onset": (0 * second, 3 * second),
        "offset": (0 * second, 3 * second),
    }

    selective = ("A", "B")

    def stimulate(self, received):
        received.side = [1, -1, 0]
        received.run_regularly(
            """
            mu = int(t + interval/2 > onset and t + interval/2 < offset)*(mu_0*(1 + side*coherence/100) + sigma*randn())  # (6)
            mu = abs(side)*(mu + abs(mu))/2
            """,
            dt=self.interval,
            name="stimulus",
        )
