"""A sparse network of inhibitory integrate-and-fire neurons, which oscillates fast while its neurons fire slowly.

Source: N. Brunel and V. Hakim (1999), Fast global oscillations in networks of integrate-and-fire neurons with low firing
rates, Neural Computation 11:1621-1671. The equations are lettered here:

    (a)  tau v' = mu_ext - v + sigma_ext sqrt(tau) xi(t) - J tau sum_j sum_k delta(t - t_j^k - D)
    (b)  v > theta:  v <- v_r, where v stays for tau_rp, and inputs are lost

    projection    inputs of a neuron    J
    I -> I        C = 1000 of 5000      0.1 mV

xi is white noise, independent for each neuron. Each neuron has exactly C inputs, from different neurons and never from
itself. With sigma_ext = 1 mV the network oscillates at 143 Hz while its neurons fire irregularly at 3.5 Hz: each takes part
in one cycle of forty. With 5 mV the oscillation is weak, and the neurons fire at 5.7 Hz. At the start v is uniform between
v_r and theta.

Differs from the paper: the parameters are those of Brian2's example for this paper, which connects each pair with the
probability C/n and starts at v_r. The numbers that the network is held to are those of an independent program, not the
paper's. Time is in Euler steps of 0.1 ms. Brian2 adds the inputs of a step after the threshold is tested. They come one
step earlier here and decay until the next test, by 0.5 %, for which they are larger by this factor: the test sees what
it would see if inputs came before it. After a spike a neuron loses the inputs of one time step more than in that
program, where it loses those of tau_rp.

Cite: BrunelHakim1999
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, ms, mV, second, volt

from zoo import Model


class BrunelHakim(Model):
    n: int = 5000  # neurons
    C: int = 1000  # inputs of a neuron
    mu_ext: volt = 25 * mV  # mean of the external input
    sigma_ext: volt = 1 * mV  # amplitude of its fluctuations
    J: volt = 0.1 * mV  # size of an inhibitory input
    tau: second = 20 * ms  # membrane time constant
    theta: volt = 20 * mV  # threshold
    v_r: volt = 10 * mV  # v after a spike
    tau_rp: second = 2 * ms  # refractory period
    D: second = 2 * ms  # delay
    limits = {"n C": ">= 1", "tau": "> 0", "sigma_ext J tau_rp D": ">= 0"}
    explore = {"duration": 400 * ms, "mu_ext": (10 * mV, 50 * mV), "sigma_ext": (0 * mV, 5 * mV)}

    neuron: str = """
    dv/dt     = (mu_ext - v + sigma_ext*sqrt(tau)*xi)/tau : volt (unless refractory)  # (a)
    mu_ext                                                : volt (shared, constant)
    sigma_ext                                             : volt (shared, constant)
    theta                                                 : volt (shared, constant)
    v_r                                                   : volt (shared, constant)
    tau_rp                                                : second (shared, constant)
    """

    def build(self):
        kept = 1 / (1 - self.dt / self.tau)  # what inputs are larger by, as they decay for a step
        cells = NeuronGroup(
            self.n,
            self.neuron,
            threshold="v > theta",
            reset="v = v_r",
            refractory="tau_rp + dt",  # counted from the start of the step at whose end the spike is
            method="euler",
            name="cells",
        )
        inhibition = Synapses(
            cells,
            cells,
            "J : volt (shared, constant)",
            on_pre="v -= J*kept",
            delay=self.D - self.dt,
            namespace={"kept": kept},
            name="inhibition",
        )
        # k numbers the neurons of the source without the neuron itself.
        inhibition.connect(i="k + int(k >= j) for k in sample(N_pre - 1, size=C)")
        return Network(cells, inhibition)

    def initialise(self, network):
        network["cells"].v = "v_r + rand()*(theta - v_r)"
