"""Networks of integrate-and-fire cells that reverberate through NMDA receptors, all connected with all.

The base of `wang_2002` and `brunel_wang_2001`, which differ in populations, conductances and stimuli. Equations (1) to (5)
are those of their pages.

Cells of a population have the same inputs from the network, since all cells are connected with all. The group "received" has a
row for each selective population and one for all other cells, the inhibitory ones among them, and computes these inputs once
for each row. The gating variables of NMDA receptors, of which every excitatory cell has one, are summed over the network in
each time step; the other conductances are sums of exponentials, to which a spike adds its weight.
"""

import numpy as np
from brian2 import Hz, Network, NeuronGroup, Synapses, farad, linked_var, ms, mV, nF, nS, second, siemens, volt

from zoo import Model

# What the cells of a row receive; mu is the rate that a stimulus adds to the external inputs of each.
received = """
dS_AMPA/dt  = -S_AMPA/tau_AMPA                                              : 1                         # (3)
dS_GABA/dt  = -S_GABA/tau_GABA                                              : 1                         # (3)
S_NMDA                                                                      : 1
mu                                                                          : Hz
"""

cell = """
dV/dt       = (-g_L*(V - V_L) - I_syn)/C_m                                  : volt (unless refractory)  # (1)
I_syn       = (g_ext*s_ext + g_AMPA*S_AMPA)*(V - V_E) + g_GABA*S_GABA*(V - V_I) + I_NMDA : amp          # (2)
I_NMDA      = g_NMDA*S_NMDA*(V - V_E)/(1 + Mg*exp(-0.062*V/mV)/3.57)        : amp                       # (2)
s_ext                                                                       : 1
S_AMPA                                                                      : 1 (linked)
S_GABA                                                                      : 1 (linked)
S_NMDA                                                                      : 1 (linked)
mu                                                                          : Hz (linked)
"""

gating = """
ds_NMDA/dt  = -s_NMDA/tau_decay + alpha*x*(1 - s_NMDA)                      : 1                         # (4)
dx/dt       = -x/tau_rise                                                   : 1                         # (4)
"""

#: The external inputs of a cell in a time step; AMPA decays exactly.
external = "s_ext = s_ext*exp(-dt/tau_AMPA) + poisson((nu_ext + mu)*dt)"


class Reverberation(Model):
    n_e: int = 1600  # excitatory cells
    n_i: int = 400  # inhibitory cells
    f: 1 = 0.15  # fraction of the excitatory cells in a selective population
    w_plus: 1 = 1.7  # relative weight within a selective population
    nu_ext: Hz = 2400 * Hz  # rate of all external inputs of a cell

    C_E: farad = 0.5 * nF  # membrane capacitance of excitatory cells
    C_I: farad = 0.2 * nF  # membrane capacitance of inhibitory cells
    g_L_E: siemens = 25 * nS  # leak conductance of excitatory cells
    g_L_I: siemens = 20 * nS  # leak conductance of inhibitory cells
    tau_ref_E: second = 2 * ms  # refractory period of excitatory cells
    tau_ref_I: second = 1 * ms  # refractory period of inhibitory cells
    V_L: volt = -70 * mV  # resting potential
    V_th: volt = -50 * mV  # threshold
    V_reset: volt = -55 * mV  # V after a spike
    V_start: volt = -52 * mV  # V at the start
    V_E: volt = 0 * mV  # reversal potential of excitation
    V_I: volt = -70 * mV  # reversal potential of inhibition

    tau_AMPA: second = 2 * ms  # decay of AMPA
    tau_GABA: second = 5 * ms  # decay of GABA
    tau_decay: second = 100 * ms  # decay of NMDA
    tau_rise: second = 2 * ms  # rise of NMDA
    alpha: Hz = 500 * Hz  # opening of NMDA channels
    Mg: 1 = 1  # magnesium outside of the cell, mM
    delay: second = 0.5 * ms  # delay of all connections
    g_ext_E: siemens = 2.1 * nS  # external AMPA, on excitatory cells
    g_ext_I: siemens = 1.62 * nS  # external AMPA, on inhibitory cells
    g_AMPA_E: siemens = 0.05 * nS  # recurrent AMPA, on excitatory cells
    g_AMPA_I: siemens = 0.04 * nS  # recurrent AMPA, on inhibitory cells
    g_NMDA_E: siemens = 0.165 * nS  # NMDA, on excitatory cells
    g_NMDA_I: siemens = 0.13 * nS  # NMDA, on inhibitory cells
    g_GABA_E: siemens = 1.3 * nS  # GABA, on excitatory cells
    g_GABA_I: siemens = 1.0 * nS  # GABA, on inhibitory cells

    received: str = received
    cell: str = cell
    gating: str = gating

    limits = {
        "f": (0, 1),
        "C_E C_I tau_AMPA tau_GABA tau_decay tau_rise": "> 0",
        "w_plus nu_ext tau_ref_E tau_ref_I alpha Mg delay": ">= 0",
        "g_ext_E g_ext_I g_AMPA_E g_AMPA_I g_NMDA_E g_NMDA_I g_GABA_E g_GABA_I": ">= 0",
    }

    #: Names of the selective populations.
    selective: tuple = ()

    @property
    def sizes(self) -> dict:
        """Population -> its cells, in the order of the excitatory cells, and then the inhibitory ones."""
        size = round(self.f * self.n_e)
        sizes = dict.fromkeys(self.selective, size)
        return {**sizes, "others": self.n_e - len(sizes) * size, "inhibitory": self.n_i}

    @property
    def weights(self) -> np.ndarray:
        """w_j by row of "received" and population of the source."""
        selective = len(self.selective)
        weights = np.ones((selective + 1, selective + 1))
        weights[:selective] = 1 - self.f * (self.w_plus - 1) / (1 - self.f)
        np.fill_diagonal(weights[:selective], self.w_plus)
        return weights

    def stimulate(self, received: NeuronGroup) -> None:
        """Give `received` the operations that set its mu."""
        raise NotImplementedError

    def build(self):
        rows = len(self.selective) + 1
        kinds = np.repeat(np.arange(rows), list(self.sizes.values())[:rows])  # of the excitatory cells
        received = NeuronGroup(rows, self.received, method="exact", name="received")
        self.stimulate(received)
        excitatory = self._cells("excitatory", "E", self.cell + self.gating, received, kinds)
        inhibitory = self._cells("inhibitory", "I", self.cell, received, np.full(self.n_i, rows - 1))

        excite = Synapses(
            excitatory,
            received,
            """
            w           : 1
            S_NMDA_post = w*s_NMDA_pre : 1 (summed)  # (5)
            """,
            on_pre="S_AMPA_post += w",
            delay=self.delay,
            name="excite",
        )
        excite.connect()
        excite.w = self.weights[:, kinds].T.ravel()
        release = Synapses(excitatory, excitatory, on_pre="x_post += 1", delay=self.delay, name="release")
        release.connect(j="i")
        inhibit = Synapses(inhibitory, received, on_pre="S_GABA_post += 1", delay=self.delay, name="inhibit")
        inhibit.connect()
        return Network(received, excitatory, inhibitory, excite, release, inhibit)

    def _cells(self, name, kind, equations, received, kinds):
        """Cells with the parameters of a `kind`, E or I, which receive what the rows `kinds` of `received` have."""
        own = ("g_L", "g_ext", "g_AMPA", "g_NMDA", "g_GABA", "tau_ref")
        cells = NeuronGroup(
            len(kinds),
            equations,
            threshold="V > V_th",
            reset="V = V_reset",
            refractory="tau_ref + dt",  # Brian2 counts the step of the spike
            method="euler",
            namespace={"C_m": getattr(self, f"C_{kind}"), **{part: getattr(self, f"{part}_{kind}") for part in own}},
            name=name,
        )
        for variable in ("S_AMPA", "S_GABA", "S_NMDA", "mu"):
            setattr(cells, variable, linked_var(received, variable, index=kinds))
        cells.run_regularly(external, dt=self.dt, name=f"{name}_input")
        return cells

    def initialise(self, network):
        for name in ("excitatory", "inhibitory"):
            network[name].V = "V_start"
