"""COBAHH: 4000 Hodgkin-Huxley cells with conductance synapses, as in Brian2's example of this name.

Source: R. Brette et al. (2007), Simulation of networks of spiking neurons: a review of tools and strategies, J. Comput.
Neurosci. 23:349-398, benchmark 3, with the parameters of Brian2's example; other sizes have the same number of synapses
per cell. Only the benchmarks use it.
"""

from brian2 import Network, NeuronGroup, Synapses, cm, ms, msiemens, mV, nS, second, siemens, uF, um, volt

from zoo import Model


class COBAHH(Model):
    dt: second = 0.1 * ms
    n: int = 4000  # cells, four fifths of them excitatory
    synapses_each: 1 = 80  # mean number of synapses per cell
    area: um**2 = 20000 * um**2  # membrane of a cell
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    G_L: msiemens / cm**2 = 0.05 * msiemens / cm**2  # leak conductance
    G_Na: msiemens / cm**2 = 100 * msiemens / cm**2  # sodium conductance
    G_K: msiemens / cm**2 = 30 * msiemens / cm**2  # potassium conductance
    E_L: volt = -60 * mV  # reversal potentials: of the leak
    E_K: volt = -90 * mV  # of potassium
    E_Na: volt = 50 * mV  # of sodium
    E_e: volt = 0 * mV  # of excitation
    E_i: volt = -80 * mV  # of inhibition
    V_T: volt = -63 * mV  # shifts the rates of the gates
    tau_e: second = 5 * ms  # decay of excitation
    tau_i: second = 10 * ms  # decay of inhibition
    w_e: siemens = 6 * nS  # step of excitation
    w_i: siemens = 67 * nS  # step of inhibition

    cell: str = """
    dv/dt   = (g_L*(E_L - v) + g_e*(E_e - v) + g_i*(E_i - v)
               - g_Na*(m*m*m)*h*(v - E_Na) - g_K*(n_K*n_K*n_K*n_K)*(v - E_K))/C_m : volt
    dm/dt   = alpha_m*(1 - m) - beta_m*m                                        : 1
    dn_K/dt = alpha_n*(1 - n_K) - beta_n*n_K                                    : 1
    dh/dt   = alpha_h*(1 - h) - beta_h*h                                        : 1
    dg_e/dt = -g_e*(1./tau_e)                                                   : siemens
    dg_i/dt = -g_i*(1./tau_i)                                                   : siemens
    alpha_m = 0.32*(mV**-1)*4*mV/exprel((13*mV - v + V_T)/(4*mV))/ms            : Hz
    beta_m  = 0.28*(mV**-1)*5*mV/exprel((v - V_T - 40*mV)/(5*mV))/ms            : Hz
    alpha_h = 0.128*exp((17*mV - v + V_T)/(18*mV))/ms                           : Hz
    beta_h  = 4./(1 + exp((40*mV - v + V_T)/(5*mV)))/ms                         : Hz
    alpha_n = 0.032*(mV**-1)*5*mV/exprel((15*mV - v + V_T)/(5*mV))/ms           : Hz
    beta_n  = .5*exp((10*mV - v + V_T)/(40*mV))/ms                              : Hz
    """

    def build(self):
        whole = {"C_m": self.C, "g_L": self.G_L, "g_Na": self.G_Na, "g_K": self.G_K}
        namespace = {**self.namespace, **{name: value * self.area for name, value in whole.items()}}
        cells = NeuronGroup(
            self.n, self.cell, threshold="v > -20*mV", refractory=3 * ms, method="exponential_euler",
            namespace=namespace, name="cells",
        )  # fmt: skip
        four_fifths = self.n * 4 // 5
        excite = Synapses(cells[:four_fifths], cells, on_pre="g_e_post += w_e", namespace=namespace, name="excite")
        inhibit = Synapses(cells[four_fifths:], cells, on_pre="g_i_post += w_i", namespace=namespace, name="inhibit")
        self.connect(excite, inhibit)
        return Network(cells, excite, inhibit)

    def connect(self, excite, inhibit):
        for synapses in (excite, inhibit):
            synapses.connect(p=min(1.0, self.synapses_each / self.n))

    def initialise(self, network):
        cells = network["cells"]
        cells.v = "E_L + (randn()*5 - 5)*mV"
        cells.g_e = "(randn()*1.5 + 4)*10*nS"
        cells.g_i = "(randn()*12 + 20)*10*nS"
