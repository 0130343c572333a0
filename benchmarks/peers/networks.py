"""Networks that others simulate too, as models of the zoo."""

from brian2 import Network, NeuronGroup, Synapses, ms, mV, nS, pF

from benchmarks.peers import inputs
from models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo import Model


class IzhikevichJumps(Model):
    """n Izhikevich cells with k synapses each, at which v jumps by w in the step after the spike.

    Jumps come behind the Euler step and before the threshold, as in NEST.
    """

    n: int = 1000  # cells
    k: int = 1000  # synapses of a cell; n: all to all
    I: 1 = 9  # constant input  # noqa: E741

    neuron: str = izhikevich + "I : 1 (shared, constant)"

    def build(self):
        cells = NeuronGroup(
            self.n,
            self.neuron,
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method="euler",
            namespace=self.namespace,
            name="cells",
        )
        synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", namespace=self.namespace, name="synapses")
        synapses.pre.when, synapses.pre.order = "groups", 1
        drawn = inputs.izhikevich(self.n, self.k)
        if self.k == self.n:
            synapses.connect()
        else:
            synapses.connect(i=drawn["pre"], j=drawn["post"])
        return Network(cells, synapses)

    def initialise(self, network):
        drawn = inputs.izhikevich(self.n, self.k)
        cells = network["cells"]
        cells.a, cells.b, cells.c, cells.d = 0.02, 0.2, -65, 8
        cells.v, cells.u = drawn["v"], drawn["u"]
        network["synapses"].w = drawn["w"]


class COBAHH(Model):
    """Brian2's example: R. Brette et al. (2007), J. Comput. Neurosci. 23:349-398, benchmark 3, with other initial values.

    Membranes of 20000 um^2, so that conductances and C_m are those of a cell.
    """

    C_m: pF = 200 * pF  # membrane capacitance
    g_L: nS = 10 * nS  # leak conductance
    g_Na: nS = 20000 * nS  # sodium conductance
    g_K: nS = 6000 * nS  # potassium conductance
    E_L: mV = -60 * mV  # reversal potential of the leak
    E_Na: mV = 50 * mV  # reversal potential of sodium
    E_K: mV = -90 * mV  # reversal potential of potassium
    E_e: mV = 0 * mV  # reversal potential of excitation
    E_i: mV = -80 * mV  # reversal potential of inhibition
    tau_e: ms = 5 * ms  # decay of excitation
    tau_i: ms = 10 * ms  # decay of inhibition
    w_e: nS = 6 * nS  # from an excitatory cell
    w_i: nS = 67 * nS  # from an inhibitory cell
    V_T: mV = -63 * mV  # shifts the threshold

    neuron: str = """
        dv/dt   = (g_L*(E_L - v) + g_e*(E_e - v) + g_i*(E_i - v) - g_Na*m**3*h*(v - E_Na)
                   - g_K*n_K**4*(v - E_K))/C_m                    : volt
        dm/dt   = alpha_m*(1 - m) - beta_m*m                      : 1
        dh/dt   = alpha_h*(1 - h) - beta_h*h                      : 1
        dn_K/dt = alpha_n*(1 - n_K) - beta_n*n_K                  : 1
        dg_e/dt = -g_e/tau_e                                      : siemens
        dg_i/dt = -g_i/tau_i                                      : siemens
        alpha_m = 1.28/exprel((13*mV - v + V_T)/(4*mV))/ms        : Hz
        beta_m  = 1.4/exprel((v - V_T - 40*mV)/(5*mV))/ms         : Hz
        alpha_h = 0.128*exp((17*mV - v + V_T)/(18*mV))/ms         : Hz
        beta_h  = 4/(1 + exp((40*mV - v + V_T)/(5*mV)))/ms        : Hz
        alpha_n = 0.16/exprel((15*mV - v + V_T)/(5*mV))/ms        : Hz
        beta_n  = 0.5*exp((10*mV - v + V_T)/(40*mV))/ms           : Hz
        """

    def build(self):
        drawn = inputs.cobahh()
        cells = NeuronGroup(
            len(drawn["v"]),
            self.neuron,
            threshold="v > -20*mV",
            refractory=3 * ms,
            method="exponential_euler",
            namespace=self.namespace,
            name="cells",
        )
        synapses = []
        for name in "ei":
            pre, post = drawn[name]
            made = Synapses(cells, cells, on_pre=f"g_{name} += w_{name}", namespace=self.namespace, name=f"from_{name}")
            made.connect(i=pre, j=post)
            synapses.append(made)
        return Network(cells, synapses)

    def initialise(self, network):
        drawn = inputs.cobahh()
        cells = network["cells"]
        cells.v = drawn["v"] * mV
        cells.g_e, cells.g_i = drawn["g_e"] * nS, drawn["g_i"] * nS
