"""A network of spiking neurons that learns an oscillation by FORCE training.

Source: W. Nicola and C. Clopath (2017), Supervised learning in spiking neural networks with FORCE training, Nature
Communications 8:2208. The equations are numbered here:

    (1)  tau_m V' = -V + I + Q eta z + bias          spike: V > V_peak; V <- V_reset for tau_ref
    (2)  I' = -I/tau_r + h,   h' = -h/tau_d          h_i += w_ij/(tau_r tau_d) at a spike of j
    (3)  r' = -r/tau_r + q,   q' = -q/tau_d          q += 1/(tau_r tau_d) at a spike of the neuron
    (4)  z = sum_j phi_j r_j                         the output, which all neurons receive with their eta, uniform in -1..1
    (5)  error = z - sin(2 pi f t)
    (6)  k = P r,   phi <- phi - error k,   P <- P - k k^T/(1 + r^T k)       every 2.5 ms while it learns

    synapses            pairs                        weights
    recur               p = 0.1 of all               G N(0, 1)/(p sqrt(n)), less the mean of the inputs of the neuron
    learn               all n^2                      P, the inverse of the correlations of r; P_0 times the identity at first
    decode              from all to the output       phi, 0 at first

(6) is recursive least squares. Before it learns, the network is chaotic; afterwards the output drives it, and it
oscillates on without the error, while its phase drifts.

Differs from the paper: parameters are those of its published program for a sine, but with 1,000 neurons, there 2,000, and
with learning from 1 to 5 s, there from 5 to 10 s. All equations take forward Euler steps.

Cite: NicolaClopath2017
Chapter: learning
"""

import numpy as np
from brian2 import Clock, Hz, Network, NeuronGroup, Synapses, linked_var, ms, mV, second, volt

from zoo import Model, ZooError

neuron = """
dV/dt  = (-V + I + Q*eta*z + bias)/tau_m                                    : volt (unless refractory)  # (1)
dI/dt  = -I/tau_r + h                                                       : volt                      # (2)
dh/dt  = -h/tau_d                                                           : volt/second               # (2)
dr/dt  = -r/tau_r + q                                                       : Hz                        # (3)
dq/dt  = -q/tau_d                                                           : Hz/second                 # (3)
k      : second                                                                                         # (6)
change : second                                                                                         # (6)
eta    : 1 (constant)
w_sum  : volt*second
inputs : 1
z      : 1 (linked)
rk     : 1 (linked)
"""

output = """
z      : 1                                                                                              # (4)
error  = z - sin(2*pi*f*t)                                                  : 1                         # (5)
rk     : 1
"""


#: The longest run: what happens once, at its start, would happen again.
LONGEST = 100 * second


class NicolaClopath2017(Model):
    dt: second = 0.05 * ms  # time step
    n: int = 1000  # neurons
    p: 1 = 0.1  # probability of a connection
    G: volt * second = 0.04 * mV * second  # strength of the connections
    Q: volt = 10 * mV  # strength of the feedback of the output
    bias: volt = -40 * mV  # constant input
    tau_m: second = 10 * ms  # membrane time constant
    tau_ref: second = 2 * ms  # refractory period
    V_reset: volt = -65 * mV  # V after a spike
    V_peak: volt = -40 * mV  # threshold
    V_spread: volt = 95 * mV  # V at the start is uniform from V_reset to V_reset + V_spread
    tau_r: second = 2 * ms  # rise of a synaptic current
    tau_d: second = 20 * ms  # its decay

    f: Hz = 5 * Hz  # frequency of the sine
    start: second = 1 * second  # start of learning
    stop: second = 5 * second  # its end
    step: second = 2.5 * ms  # time between two updates
    P_0: second**2 = 5e-6 * second**2  # learning rate: the diagonal of P at the start

    neuron: str = neuron
    output: str = output

    limits = {"p": (0, 1), "tau_m tau_r tau_d step P_0": "> 0", "tau_ref f": ">= 0"}
    explore = {
        "duration": 3 * second,
        "n": 400,
        "G": (0 * mV * second, 0.1 * mV * second),
        "stop": (1 * second, 3 * second),
        "start": (0 * second, 3 * second),
        "f": (1 * Hz, 10 * Hz),
    }

    def build(self):
        output = NeuronGroup(1, self.output, name="output")
        neurons = NeuronGroup(
            self.n,
            self.neuron,
            threshold="V > V_peak",
            reset="V = V_reset\nq += 1/(tau_r*tau_d)",  # (3)
            refractory="tau_ref + dt",  # Brian2 counts the step of the spike
            method="euler",
            name="neurons",
        )
        neurons.eta = "2*rand() - 1"
        for variable in ("z", "rk"):
            setattr(neurons, variable, linked_var(output, variable, index=np.zeros(self.n, int)))

        recur = Synapses(neurons, neurons, "w : volt*second", on_pre="h_post += w/(tau_r*tau_d)", name="recur")
        recur.connect(p="p")
        recur.w = "G*randn()/(p*sqrt(N_pre))"
        # Once, at the start: the inputs of a neuron get the mean 0.
        once = {"dt": LONGEST}
        recur.run_regularly("w_sum_post += w\ninputs_post += 1", order=1, name="sum_weights", **once)
        recur.run_regularly("w -= w_sum_post/inputs_post", order=2, name="balance", **once)

        decode = Synapses(neurons, output, "phi : second\nz_post = phi*r_pre : 1 (summed)", name="decode")  # (4)
        decode.connect()
        clock = Clock(self.step, name="learning")
        # These names are in the order in which the sums are computed: k, and then r k.
        learn = Synapses(
            neurons, neurons, "P : second**2\nk_post = P*r_pre : second (summed)", clock=clock, name="learn"
        )  # (6)
        learn.connect()
        learn.P = "P_0*int(i == j)"
        project = Synapses(neurons, output, "rk_post = k_pre*r_pre : 1 (summed)", clock=clock, name="project")  # (6)
        project.connect()
        # After the sums, and in this order.
        update = {"clock": clock, "when": "after_groups"}
        neurons.run_regularly("change = int(t >= start and t < stop)*k/(1 + rk)", order=1, name="learn_k", **update)
        decode.run_regularly(
            "phi -= int(t >= start and t < stop)*error_post*k_pre", order=2, name="learn_phi", **update
        )
        learn.run_regularly("P -= change_pre*k_post", order=3, name="learn_P", **update)
        return Network(output, neurons, recur, decode, learn, project)

    def check_duration(self, duration):
        if duration > LONGEST:
            raise ZooError(f"the weights are balanced once in 100 s; choose a duration of at most {LONGEST}.")

    def initialise(self, network):
        network["neurons"].V = "V_reset + V_spread*rand()"
