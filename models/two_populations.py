"""Two populations of ten Izhikevich neurons: a short input starts one, which then keeps itself and the other one firing.

Source: the example of two nuclei of a TensorFlow library, with the neuron of E. M. Izhikevich (2003), Simple model of
spiking neurons, IEEE Transactions on Neural Networks 14:1569-1572.

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)
    (3)  v >= 30 mV:  v <- c,  u <- u + d            at the start v = c, u = b c
    (4)  I_i(t) = I_ext(t) + sum_j w_ji sum_s K(t - t_j^s - delay)
    (5)  I_ext = 5 in N1 for t < 15 ms, else 0
    (6)  K_12(t) = exp(-t/tau_12) for 0 <= t < H_12, else 0
    (7)  K_11(t) = (t/tau_11) exp(1 - t/tau_11) for 0 <= t < H_11, else 0

    nucleus     neurons  a     b    c    d
    N1, N2      10       0.02  0.2  -65  8

    projection  w    delay  K     tau    H
    N1 -> N2    1    30 ms  K_12  10 ms  30 ms
    N1 -> N1    0.5  50 ms  K_11  50 ms  100 ms

N1 fires at 7.4 ms and, driven by its delayed spikes, at 97.3, 194.1 and 289.5 ms; N2 fires about 34 ms later.

Differs from the source: the library sums its kernels over past spikes; here they are states of differential equations,
which give the same numbers.

Cite: Izhikevich2003
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, ms, second

from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo.models.equations.nuclei import Nuclei


class TwoPopulations(Nuclei):
    n: int = 10  # neurons of each population
    a: 1 = 0.02  # rate of recovery (1/ms)
    b: 1 = 0.2  # sensitivity of recovery to v
    c: 1 = -65  # v after a spike (mV)
    d: 1 = 8  # step of u at a spike (mV)
    I_1: 1 = 5  # input of N1
    t_1: second = 15 * ms  # end of this input

    w_12: 1 = 1  # weight from N1 to N2
    delay_12: second = 30 * ms  # time from a spike of N1 to the start of its kernel in N2
    tau_12: second = 10 * ms  # decay of this kernel
    H_12: second = 30 * ms  # its end

    w_11: 1 = 0.5  # weight from N1 to N1
    delay_11: second = 50 * ms  # time from a spike of N1 to the start of its kernel in N1
    tau_11: second = 50 * ms  # time to the peak of this kernel
    H_11: second = 100 * ms  # its end
    limits = {"tau_12 tau_11 H_12 H_11": "> 0", "delay_12 delay_11 t_1": ">= 0"}

    K_12: str = "exp(-t/tau_12)"  # (6) kernel from N1 to N2
    K_11: str = "(t/tau_11)*exp(1 - t/tau_11)"  # (7) kernel from N1 to N1

    neuron: str = (
        izhikevich
        + """
        I = I_ext + g_12 + g_11                    : 1             # (4), sums of K_12 and K_11 over past spikes
        I_ext = I_1*int(t < t_1 and i < n)         : 1             # (5)
        I_1                                        : 1 (shared, constant)
        t_1                                        : second (shared, constant)
        tau_12                                     : second (shared, constant)
        tau_11                                     : second (shared, constant)
        """
    )

    to_N2: str = """
        w    : 1
        H_12 : second (shared, constant)
        """

    to_N1: str = """
        w    : 1
        H_11 : second (shared, constant)
        """

    sizes = property(lambda self: {"N1": self.n, "N2": self.n})
    targets = property(lambda self: {"N1": ["N2", "N1"], "N2": []})

    def build(self):
        k_12 = self.kernel(self.K_12, self.H_12, "g_12", "H_12")
        k_11 = self.kernel(self.K_11, self.H_11, "g_11", "H_11")
        neurons = NeuronGroup(
            2 * self.n,
            f"{self.coded(self.neuron)}\n{k_12.target}\n{k_11.target}",
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method="euler",
            name="neurons",
        )
        self.convolve(neurons, k_12, self.K_12, self.H_12, "g_12")
        self.convolve(neurons, k_11, self.K_11, self.H_11, "g_11")
        N1, N2 = self.nuclei_of(neurons)

        delays = self.pathway_delays(self.delay_12, k_12, self.H_12)
        to_N2 = Synapses(N1, N2, f"{self.to_N2}\n{k_12.model}", on_pre=k_12.on_pre, delay=delays, name="N1_N2")
        to_N2.connect()

        delays = self.pathway_delays(self.delay_11, k_11, self.H_11)
        to_N1 = Synapses(N1, N1, f"{self.to_N1}\n{k_11.model}", on_pre=k_11.on_pre, delay=delays, name="N1_N1")
        to_N1.connect()
        return Network(neurons, N1, N2, to_N2, to_N1)

    def initialise(self, network):
        network["neurons"].v = "c"
        network["neurons"].u = "b*c"
        network["N1_N2"].w = self.w_12 * self.intact("N1", "N2")
        network["N1_N1"].w = self.w_11 * self.intact("N1", "N1")
