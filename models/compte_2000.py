"""The ring of Compte et al., which holds a direction in working memory as a bump of activity.

Source: A. Compte, N. Brunel, P. S. Goldman-Rakic and X.-J. Wang (2000), Synaptic mechanisms and network dynamics underlying
spatial working memory in a cortical network model, Cerebral Cortex 10:910-923. The equations are numbered here:

    (1)  C_m V' = -g_L (V - V_L) - I_syn + I         spike: V > V_th; V <- V_reset for tau_ref
    (2)  I_syn = g_ext s_ext (V - V_E) + G_GABA S_GABA (V - V_I) + G_NMDA S_NMDA (V - V_E)/(1 + [Mg] exp(-0.062 V/mV)/3.57)
    (3)  s_ext' = -s_ext/tau_AMPA,   S_GABA' = -S_GABA/tau_GABA      s_ext += 1 at an external spike, S_GABA += 1 at one
                                                                     of any inhibitory cell
    (4)  s_NMDA' = -s_NMDA/tau_decay + alpha x (1 - s_NMDA),   x' = -x/tau_rise,   x += 1 at a spike
    (5)  S_NMDA,i = sum_j W(theta_i - theta_j) s_NMDA,j              in excitatory cells; sum_j s_NMDA,j in inhibitory cells
    (6)  W(theta) = J_minus + (J_plus - J_minus) exp(-theta^2/(2 sigma^2)),  with the mean 1 over the ring
    (7)  S_NMDA,i = sum_k a_k (C_k cos k theta_i + D_k sin k theta_i),   C_k = sum_j s_NMDA,j cos k theta_j,  D_k with sin

    population     cells         receives
    excitatory     n_e = 2048    excitatory cells by (5), all inhibitory cells, Poisson inputs at 1800 Hz
    inhibitory     n_i = 512     all excitatory cells, all inhibitory cells, Poisson inputs at 1800 Hz

Excitatory cell i prefers the direction theta_i = 360 i/n_e degrees. A cue is a current I into the cells that prefer a direction
within 18 degrees of it.

The sum (5) is a convolution of 2048 gating variables on a ring: 4.2 million products a time step. W is smooth, and a few
terms of its Fourier series (7) are enough: the group "series" has C_k and D_k for k up to 16, which the Synapses "analyse"
compute; "synthesise" adds up the series. These are 135,000 products, and the largest a_k that is left out is 1.5e-5.

Differs from the paper: the parameters are those of a public program for this model and for that of Murray et al. (2014,
Cerebral Cortex 24:859-872, which shares an author with it), not compared with the paper. sigma is 14.4 degrees as
there, where a comment says that the value printed in the paper is a typing error. The numbers that the ring is held to
are those of an independent C++ program. The current of the cue is ours. Time is in steps of 0.1 ms, in which V and NMDA
take forward Euler steps and the other conductances decay exactly; connections have no delay.

Cite: Compte2000
Chapter: cognition
"""

import numpy as np
from brian2 import Hz, Network, NeuronGroup, Synapses, amp, farad, linked_var, ms, mV, nF, nS, pA, second, siemens, volt

from zoo import Model
from zoo.models.equations import reverberation

cell = """
dV/dt       = (-g_L*(V - V_L) - I_syn + I)/C_m                              : volt (unless refractory)  # (1)
I_syn       = g_ext*s_ext*(V - V_E) + G_GABA*S_GABA*(V - V_I) + I_NMDA      : amp                       # (2)
I_NMDA      = G_NMDA*S_NMDA*(V - V_E)/(1 + Mg*exp(-0.062*V/mV)/3.57)        : amp                       # (2)
s_ext                                                                       : 1
S_GABA                                                                      : 1 (linked)
"""

#: Of excitatory cells; `apart` is the angle between the preferred direction and the cue, in degrees.
direction = """
S_NMDA                                                                      : 1                         # (5)
I           = I_cue*int(t >= cue and t < cue + presentation)*int(abs(apart) < cue_width) : amp
apart       = (theta - cue_angle + 540) % 360 - 180                         : 1
theta                                                                       : 1 (constant)
"""
elsewhere = """
S_NMDA                                                                      : 1 (linked)                # (5)
I           = 0*amp                                                         : amp
"""


class Compte2000(Model):
    n_e: int = 2048  # excitatory cells
    n_i: int = 512  # inhibitory cells
    J_plus: 1 = 1.62  # weight between cells of the same direction
    sigma: 1 = 14.4  # width of the footprint, degrees
    harmonics: int = 16  # terms of the Fourier series of the footprint
    nu_ext: Hz = 1800 * Hz  # rate of all external inputs of a cell

    I_cue: amp = 200 * pA  # current of the cue
    cue: second = 1 * second  # start of the cue
    presentation: second = 250 * ms  # its duration
    cue_angle: 1 = 180  # its direction, degrees
    cue_width: 1 = 18  # cells within this angle of it get the current, degrees

    C_E: farad = 0.5 * nF  # membrane capacitance of excitatory cells
    C_I: farad = 0.2 * nF  # of inhibitory cells
    g_L_E: siemens = 25 * nS  # leak conductance of excitatory cells
    g_L_I: siemens = 20 * nS  # of inhibitory cells
    tau_ref_E: second = 2 * ms  # refractory period of excitatory cells
    tau_ref_I: second = 1 * ms  # refractory period of inhibitory cells
    V_L: volt = -70 * mV  # resting potential
    V_th: volt = -50 * mV  # threshold
    V_reset: volt = -60 * mV  # V after a spike
    V_E: volt = 0 * mV  # reversal potential of excitation
    V_I: volt = -70 * mV  # reversal potential of inhibition

    tau_AMPA: second = 2 * ms  # decay of AMPA
    tau_GABA: second = 10 * ms  # decay of GABA
    tau_decay: second = 100 * ms  # decay of NMDA
    tau_rise: second = 2 * ms  # rise of NMDA
    alpha: Hz = 500 * Hz  # opening of NMDA channels
    Mg: 1 = 1  # magnesium outside of the cell, mM
    g_ext_E: siemens = 3.1 * nS  # external AMPA, on excitatory cells
    g_ext_I: siemens = 2.38 * nS  # external AMPA, on inhibitory cells
    G_NMDA_E: siemens = 0.381 * nS  # NMDA, on excitatory cells
    G_NMDA_I: siemens = 0.292 * nS  # NMDA, on inhibitory cells
    G_GABA_E: siemens = 1.336 * nS  # GABA, on excitatory cells
    G_GABA_I: siemens = 1.024 * nS  # GABA, on inhibitory cells

    cell: str = cell
    direction: str = direction
    elsewhere: str = elsewhere
    gating: str = reverberation.gating

    limits = {
        "sigma C_E C_I tau_AMPA tau_GABA tau_decay tau_rise": "> 0",
        "harmonics": ">= 1",
        "J_plus nu_ext tau_ref_E tau_ref_I alpha Mg presentation cue_width": ">= 0",
        "g_ext_E g_ext_I G_NMDA_E G_NMDA_I G_GABA_E G_GABA_I": ">= 0",
    }
    explore = {
        "duration": 2.5 * second,
        "cue_angle": (0, 360),
        "cue_width": (0, 90),
        "I_cue": (0 * pA, 500 * pA),
        "nu_ext": (1600 * Hz, 2000 * Hz),
        "cue": (0 * second, 2.5 * second),
        "presentation": (0 * ms, 1000 * ms),
    }

    @property
    def theta(self) -> np.ndarray:
        """The preferred directions of the excitatory cells, degrees."""
        return 360 * np.arange(self.n_e) / self.n_e

    @property
    def footprint(self) -> np.ndarray:
        """W(theta_i - theta_0) for all i, with the mean 1."""
        bump = np.exp(-(np.minimum(self.theta, 360 - self.theta) ** 2) / (2 * self.sigma**2))
        J_minus = (1 - self.J_plus * bump.mean()) / (1 - bump.mean())
        return J_minus + (self.J_plus - J_minus) * bump

    @property
    def series(self) -> tuple:
        """The cosines and sines of all directions, (2 harmonics + 1, n_e), and their factors a_k in (7)."""
        k = np.arange(1, self.harmonics + 1)
        a = np.fft.rfft(self.footprint).real[: self.harmonics + 1] / self.n_e
        angles = np.deg2rad(k[:, None] * self.theta)
        waves = np.concatenate([np.ones((1, self.n_e)), np.cos(angles), np.sin(angles)])
        return waves, np.concatenate([a[:1], 2 * a[1:], 2 * a[1:]])

    def build(self):
        waves, factors = self.series
        series = NeuronGroup(len(waves), "S : 1", name="series")
        received = NeuronGroup(1, "dS_GABA/dt = -S_GABA/tau_GABA : 1", method="exact", name="received")  # (3)
        excitatory = self._cells("excitatory", self.n_e, "E", self.cell + self.direction + self.gating, received)
        excitatory.theta = self.theta
        inhibitory = self._cells("inhibitory", self.n_i, "I", self.cell + self.elsewhere, received)
        inhibitory.S_NMDA = linked_var(series, "S", index=np.zeros(self.n_i, int))  # C_0 is the sum over all cells

        analyse = Synapses(excitatory, series, "wave : 1\nS_post = wave*s_NMDA_pre : 1 (summed)", name="analyse")  # (7)
        analyse.connect()
        analyse.wave = waves.T.ravel()
        synthesise = Synapses(series, excitatory, "a : 1\nS_NMDA_post = a*S_pre : 1 (summed)", name="synthesise")  # (7)
        synthesise.connect()
        synthesise.a = (factors[:, None] * waves).ravel()
        inhibit = Synapses(inhibitory, received, on_pre="S_GABA_post += 1", name="inhibit")
        inhibit.connect()
        return Network(series, received, excitatory, inhibitory, analyse, synthesise, inhibit)

    def _cells(self, name, n, kind, equations, received):
        own = ("g_L", "g_ext", "G_NMDA", "G_GABA", "tau_ref")
        cells = NeuronGroup(
            n,
            equations,
            threshold="V > V_th",
            reset="V = V_reset" + ("\nx += 1" if kind == "E" else ""),  # (4)
            refractory="tau_ref + dt",  # Brian2 counts the step of the spike
            method="euler",
            namespace={"C_m": getattr(self, f"C_{kind}"), **{part: getattr(self, f"{part}_{kind}") for part in own}},
            name=name,
        )
        cells.S_GABA = linked_var(received, "S_GABA", index=np.zeros(n, int))
        cells.run_regularly(
            "s_ext = s_ext*exp(-dt/tau_AMPA) + poisson(nu_ext*dt)",  # (3)
            dt=self.dt,
            name=f"{name}_input",
        )
        return cells

    def initialise(self, network):
        for name in ("excitatory", "inhibitory"):
            network[name].V = "V_L"
