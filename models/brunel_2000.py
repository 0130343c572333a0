"""Brunel's sparse network of excitatory and inhibitory integrate-and-fire neurons, model A.

Source: N. Brunel (2000), Dynamics of sparsely connected networks of excitatory and inhibitory spiking neurons, Journal of
Computational Neuroscience 8:183-208.

    (1)  tau v' = -v + R I
    (2)  R I = tau sum_j J_ij sum_k delta(t - t_j^k - D)
    (a)  v > theta:  v <- v_r, where v stays for tau_rp, and inputs are lost
    (b)  external: C_e Poisson inputs of J at the rate eta nu_thr each,  nu_thr = theta/(J C_e tau)

    projection    inputs of a neuron           J
    E -> E, I     C_e = 0.1 n_e = 1000         J = 0.1 mV
    I -> E, I     C_i = 0.1 n_i = 250          -g J

    point    g      eta    state (figure 8)
    A        3      2      synchronous regular, nearly at the refractory limit
    B        6      4      synchronous irregular, fast oscillation at 180 Hz
    C        5      2      asynchronous irregular
    D        4.5    0.9    synchronous irregular, slow oscillation at 22 Hz

`presets` has the four points: Brunel2000(**presets["B"]). Each neuron has exactly C_e and C_i inputs, from different
neurons and never from itself. At the start v = 0.

Differs from the paper: time is in steps of 0.1 ms. Brian2 adds the inputs of a step after the threshold is tested. They come
one step earlier here and decay until the next test, by 0.5 %, for which J, -g J and v_r are larger by this factor: the test
sees what it would see if inputs came before it.

Cite: Brunel2000
Chapter: networks
"""

from brian2 import Network, NeuronGroup, PoissonInput, Synapses, exp, ms, mV, second, volt

from zoo import Model

presets = {
    "A": dict(g=3.0, eta=2.0),
    "B": dict(g=6.0, eta=4.0),
    "C": dict(g=5.0, eta=2.0),
    "D": dict(g=4.5, eta=0.9),
}


class Brunel2000(Model):
    n_e: int = 10000  # excitatory neurons
    n_i: int = 2500  # inhibitory neurons
    C_e: int = 1000  # excitatory inputs of a neuron
    C_i: int = 250  # inhibitory inputs of a neuron
    g: 1 = 5.0  # inhibitory over excitatory weight
    eta: 1 = 2.0  # external rate over the rate that reaches threshold without recurrent input
    J: volt = 0.1 * mV  # excitatory weight
    tau: second = 20 * ms  # membrane time constant
    theta: volt = 20 * mV  # threshold
    v_r: volt = 10 * mV  # v after a spike
    tau_rp: second = 2 * ms  # refractory period
    D: second = 1.5 * ms  # delay
    limits = {"n_e n_i C_e C_i": ">= 1", "tau theta J": "> 0", "g eta tau_rp D": ">= 0"}
    explore = {"duration": 200 * ms, "n_e": 4000, "n_i": 1000, "C_e": 400, "C_i": 100, "J": 0.2 * mV}

    neuron: str = """
    dv/dt  = -v/tau : volt (unless refractory)  # (1)
    theta           : volt (shared, constant)
    v_r             : volt (shared, constant)
    tau_rp          : second (shared, constant)
    """

    sizes = property(lambda self: {"E": self.n_e, "I": self.n_i})

    def build(self):
        kept = exp(self.dt / self.tau)  # what v and its inputs are larger by, as they decay for a step
        cells = NeuronGroup(
            self.n_e + self.n_i,
            self.neuron,
            threshold="v > theta",
            reset="v = v_r*kept",
            refractory="tau_rp",
            method="exact",
            namespace={"kept": kept},
            name="cells",
        )
        E, I = cells[: self.n_e], cells[self.n_e :]  # noqa: E741
        # k numbers the neurons of the source without the neuron itself.
        inputs = {
            "EE": (E, E, "k + int(k >= j) for k in sample(N_pre - 1, size=C_e)"),
            "EI": (E, I, "k for k in sample(N_pre, size=C_e)"),
            "IE": (I, E, "k for k in sample(N_pre, size=C_i)"),
            "II": (I, I, "k + int(k >= j) for k in sample(N_pre - 1, size=C_i)"),
        }
        network = Network(cells)
        for name, (source, target, rule) in inputs.items():
            synapses = Synapses(
                source, target, "w : volt (shared, constant)", on_pre="v += w", delay=self.D - self.dt, name=name
            )
            synapses.connect(i=rule)
            synapses.w = self.J * kept if source is E else -self.g * self.J * kept
            network.add(synapses)
        nu_thr = self.theta / (self.J * self.C_e * self.tau)
        network.add(PoissonInput(cells, "v", self.C_e, self.eta * nu_thr, weight=self.J * kept))
        return network
