"""Chains of groups of neurons along which a volley of spikes travels, or dies out: the synfire chains of Diesmann et al.

Source: M. Diesmann, M.-O. Gewaltig and A. Aertsen (1999), Stable propagation of synchronous spiking in cortical neural
networks, Nature 402:529-533. The equations are lettered here:

    (a)  tau v' = v_rest - v + x                     x and y make the alpha function of an input
    (b)  tau_psp x' = y - x          tau_psp y' = -y
    (c)  v > theta:  v <- v_rest, where v stays for t_ref

    projection             synapses                       at a spike
    packet -> group 1      all pairs                      y += w after D
    group -> next group    all pairs                      y += w after D, where w makes a PSP of 0.14 mV
    background -> cell     C_e at nu_e, C_i at nu_i       y += w, y -= w

A packet is a volley of `a` spikes at times N(onset, sigma). In the plane of a and sigma a separatrix divides packets that
become a sharp volley of all cells of a group, which travels along the chain, from packets that die out. With sigma = 0 half
of the packets of 48 spikes survive, with sigma = 3 ms half of those of 71. A model has `n_chains` chains, each with its own
packet. At the start the cells have the mean and the variance of their background.

Differs from the paper: the parameters of the cell and the weight are those of Brian2's example for this paper. It has
white noise in y with a mean of 25.27 mV/ms and an amplitude of 39.24 mV/sqrt(ms), which are w (C_e nu_e - C_i nu_i) and
w sqrt(C_e nu_e + C_i nu_i) of the background here; the numbers and rates of these inputs are from memory. The delay
is ours and only moves volleys in time. The numbers that the chain is held to are those of an independent program, not
the paper's. Time is in steps of 0.1 ms.

Cite: Diesmann1999
Chapter: networks
"""

import numpy as np
from brian2 import Hz, Network, NeuronGroup, PoissonInput, Synapses, ms, mV, second, volt

from zoo import Model, ZooError


class SynfireChain(Model):
    n_chains: int = 20  # independent chains
    n_groups: int = 10  # groups of a chain
    n: int = 100  # cells of a group
    n_packet: int = 150  # cells that can send a packet, the largest a
    a: 1 = 60  # spikes of a packet, one number or one per cell of the packets
    sigma: second = 0 * ms  # standard deviation of their times, one or one per cell of the packets
    onset: second = 50 * ms  # mean of their times
    tau: second = 10 * ms  # membrane time constant
    tau_psp: second = 0.325 * ms  # time constant of an input
    v_rest: volt = -70 * mV  # rest, and v after a spike
    theta: volt = -55 * mV  # threshold
    t_ref: second = 1 * ms  # refractory period
    w: volt = 4.86 * mV  # step of y at a spike
    D: second = 5 * ms  # delay from group to group
    C_e: int = 17600  # excitatory inputs from the background
    C_i: int = 2400  # inhibitory inputs from the background
    nu_e: Hz = 2 * Hz  # rate of each excitatory input
    nu_i: Hz = 12.5 * Hz  # rate of each inhibitory input
    limits = {"n_chains n_groups n n_packet": ">= 1", "tau tau_psp": "> 0", "a sigma t_ref D nu_e nu_i": ">= 0"}
    explore = {"a": (0, 100), "sigma": (0 * ms, 5 * ms)}

    cell: str = """
    dv/dt = (v_rest - v + x)/tau : volt (unless refractory)  # (a)
    dx/dt = (y - x)/tau_psp      : volt                      # (b)
    dy/dt = -y/tau_psp           : volt
    v_rest                       : volt (shared, constant)
    theta                        : volt (shared, constant)
    t_ref                        : second (shared, constant)
    """
    packet: str = """
    a      : 1 (constant)
    sigma  : second (constant)
    onset  : second (shared, constant)
    number : integer (constant)  # in its packet
    sent   : second (constant)
    """

    def build(self):
        if np.max(self.a) > self.n_packet:
            raise ZooError(
                f"a packet of {np.max(self.a):g} spikes needs as many cells; give n_packet at least this value."
            )
        per_chain = self.n_groups * self.n
        cells = NeuronGroup(
            self.n_chains * per_chain,
            self.cell,
            threshold="v > theta",
            reset="v = v_rest",
            refractory="t_ref + dt",  # counted from the start of the step at whose end the spike is
            method="exact",
            name="cells",
        )
        packets = NeuronGroup(
            self.n_chains * self.n_packet,
            self.packet,
            threshold="number < a and abs(t - sent) <= dt/2",
            reset="",
            name="packets",
        )
        first = Synapses(packets, cells, on_pre="y += w", delay=self.D, name="first")
        first.connect(j="(i // n_packet)*n_groups*n + k for k in range(n)")
        onward = Synapses(cells, cells, on_pre="y += w", delay=self.D, name="onward")
        # from each cell whose group is not the last of its chain to all cells of the next group
        onward.connect(
            j="(i // n + 1)*n + k for k in range(n) if (i // n) % n_groups < n_groups - 1", skip_if_invalid=True
        )
        excitation = PoissonInput(cells, "y", self.C_e, self.nu_e, weight=self.w)
        inhibition = PoissonInput(cells, "y", self.C_i, self.nu_i, weight=-self.w)
        return Network(cells, packets, first, onward, excitation, inhibition)

    def initialise(self, network):
        cells, packets = network["cells"], network["packets"]
        packets.number = "i % n_packet"
        cells.y = "w*tau_psp*(C_e*nu_e - C_i*nu_i)"
        cells.x = "w*tau_psp*(C_e*nu_e - C_i*nu_i)"
        cells.v = "clip(v_rest + x + sqrt((C_e*nu_e + C_i*nu_i)*tau/2)*w*tau_psp/tau*randn(), v_rest, theta)"
        packets.sent = "onset + sigma*randn()"
