"""Brunel and Wang's network of object working memory: spontaneous activity, and activity that persists after a cue.

Source: N. Brunel and X.-J. Wang (2001), Effects of neuromodulation in a cortical network model of object working memory
dominated by recurrent inhibition, Journal of Computational Neuroscience 11:63-85. The equations are numbered here:

    (1)  C_m V' = -g_L (V - V_L) - I_syn             spike: V > V_th; V <- V_reset for tau_ref
    (2)  I_syn = g_ext s_ext (V - V_E) + g_AMPA S_AMPA (V - V_E) + g_GABA S_GABA (V - V_I)
                 + g_NMDA S_NMDA (V - V_E)/(1 + [Mg] exp(-0.062 V/mV)/3.57)
    (3)  s_AMPA' = -s_AMPA/tau_AMPA                  s_AMPA += 1 at a spike; s_ext, s_GABA likewise
    (4)  s_NMDA' = -s_NMDA/tau_decay + alpha x (1 - s_NMDA),   x' = -x/tau_rise,   x += 1 at a spike
    (5)  S = sum_j w_j s_j                           over all cells of a kind
    (6)  w_minus = 1 - f (w_plus - 1)/(1 - f)

    population       cells           weights w_j of inputs from
                                     its own   other selective   others    inhibitory
    S1 ... S5        f n_E = 80      w_plus    w_minus           w_minus   1
    others           400             1         1                 1         1
    inhibitory       n_I = 200       1         1                 1         1

All cells are connected with all, after 0.5 ms. Each has 800 external Poisson inputs of 3 Hz. A cue adds Poisson inputs at the
rate mu_cue to the cells of S1, and a distractor adds them at the rate mu_distractor to the cells of S2. Cells of a
population have the same inputs from the network: the group "received" computes the sums (5) once for each selective
population, and once for all other cells.

Differs from the paper: the parameters are those of Brian2's example for this paper, in which spikes have no delay and
cells no connection with themselves; the delay is that of `wang_2002`. The numbers that the network is held to are those
of an independent C++ program with the same parameters, not the paper's. Times and rates of the cue and the distractor
are ours. Time is in steps of 0.1 ms, in which V and NMDA take forward Euler steps and the other conductances decay
exactly.

Cite: BrunelWang2001
Chapter: cognition
"""

from brian2 import Hz, ms, nS, second

from zoo.models.equations import reverberation
from zoo.models.equations.reverberation import Reverberation

received = (
    reverberation.received
    + """
cue            : second (shared, constant)
distractor     : second (shared, constant)
presentation   : second (shared, constant)
mu_cue         : Hz (shared, constant)
mu_distractor  : Hz (shared, constant)
"""
)


class BrunelWang2001(Reverberation):
    n_e = 800  # excitatory cells
    n_i = 200  # inhibitory cells
    f = 0.1  # fraction of the excitatory cells in a selective population
    w_plus = 2.1  # relative weight within a selective population
    tau_GABA = 10 * ms  # decay of GABA
    g_ext_E = 2.08 * nS  # external AMPA, on excitatory cells
    g_AMPA_E = 0.104 * nS  # recurrent AMPA, on excitatory cells
    g_AMPA_I = 0.081 * nS  # recurrent AMPA, on inhibitory cells
    g_NMDA_E = 0.327 * nS  # NMDA, on excitatory cells
    g_NMDA_I = 0.258 * nS  # NMDA, on inhibitory cells
    g_GABA_E = 1.25 * nS  # GABA, on excitatory cells
    g_GABA_I = 0.973 * nS  # GABA, on inhibitory cells

    cue: second = 1 * second  # start of the cue
    distractor: second = 3 * second  # start of the distractor
    presentation: second = 500 * ms  # duration of each
    mu_cue: Hz = 100 * Hz  # external inputs that the cue adds to the cells of S1
    mu_distractor: Hz = 0 * Hz  # external inputs that the distractor adds to the cells of S2

    received: str = received

    limits = {"f": (0, 0.2), "cue distractor presentation mu_cue mu_distractor": ">= 0"}
    explore = {
        "duration": 3 * second,
        "mu_distractor": (0 * Hz, 200 * Hz),
        "mu_cue": (0 * Hz, 200 * Hz),
        "nu_ext": (2200 * Hz, 2600 * Hz),
        "cue": (0 * second, 3 * second),
        "distractor": (0 * second, 3 * second),
    }

    selective = ("S1", "S2", "S3", "S4", "S5")

    def stimulate(self, received):
        received.run_regularly(
            """
            mu = int(i == 0)*mu_cue*int(t >= cue and t < cue + presentation) + int(i == 1)*mu_distractor*int(t >= distractor and t < distractor + presentation)
            """,
            dt=10 * ms,
            name="stimulus",
        )
