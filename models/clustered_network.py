"""A balanced network whose excitatory neurons are connected in clusters, which slowly turn active and inactive.

Source: A. Litwin-Kumar and B. Doiron (2012), Slow dynamics and high variability in balanced cortical networks with clustered
connections, Nature Neuroscience 15:1498-1505. v is 0 at reset and 1 at threshold. The equations are lettered here:

    (a)  v' = (mu - v)/tau + I_e - I_i               tau_E = 15 ms, tau_I = 10 ms
    (b)  I_e = (y_e - x_e)/(tau_e - tau_r)           I_i = (y_i - x_i)/(tau_i - tau_r)
    (c)  tau_r x_e' = -x_e, tau_e y_e' = -y_e        tau_r x_i' = -x_i, tau_i y_i' = -y_i
    (d)  v > 1:  v <- 0, where v stays for t_ref

    projection    synapses                                                at a spike
    E -> E        each pair with p_in in a cluster, p_out elsewhere       x_e, y_e += J_EE; in a cluster ratio_J times that
    E -> I        each pair with p = 0.5                                  x_e, y_e += J_IE
    I -> E        each pair with p = 0.5                                  x_i, y_i += J_EI
    I -> I        each pair with p = 0.5                                  x_i, y_i += J_II

p_in = R_EE p_out, and a neuron has K = 800 excitatory inputs in the mean. mu is uniform from 1.1 to 1.2 for E, 1 to 1.05 for
I. Fifty clusters of 80 cells with R_EE = 2.5 and ratio_J = 1.9 make Fano factors that grow with the window; without clusters
(R_EE = ratio_J = 1) they stay low. The first n_stimulated clusters get mu + mu_stimulus from `onset` on, for `length` in each
`period`. At the start v is uniform between 0 and 1.

Differs from the paper: the parameters are those of public Brian programs for it. They have the weights 0.024, 0.014,
0.045 and 0.057; those here are the quotients whose rounded values these are, as in a MATLAB program whose comment names
the paper. The numbers that the network is held to are those of an independent program, not the paper's. Time is in
steps of 0.1 ms, for v by Euler's method. Spikes arrive one step later.

Cite: LitwinKumarDoiron2012
Chapter: networks
"""

from brian2 import Network, NeuronGroup, Synapses, ms, second

from zoo import Model


class ClusteredNetwork(Model):
    n_e: int = 4000  # excitatory neurons
    n_i: int = 1000  # inhibitory neurons
    size: int = 80  # neurons of a cluster
    K: 1 = 800  # mean number of excitatory inputs of an excitatory neuron
    R_EE: 1 = 2.5  # connection probability in a cluster over that elsewhere
    ratio_J: 1 = 1.9  # weight in a cluster over that elsewhere
    p: 1 = 0.5  # connection probability of all other pairs
    J_EE: 1 = 10 / (15 * 800**0.5)  # weight of E to E, 0.024
    J_IE: 1 = 4 / (10 * 800**0.5)  # weight of E to I, 0.014
    J_EI: 1 = 19.2 / (15 * 800**0.5)  # weight of I to E, 0.045
    J_II: 1 = 16 / (10 * 800**0.5)  # weight of I to I, 0.057
    tau_E: second = 15 * ms  # membrane time constant of E
    tau_I: second = 10 * ms  # membrane time constant of I
    tau_r: second = 1 * ms  # rise of inputs
    tau_e: second = 3 * ms  # decay of excitation
    tau_i: second = 2 * ms  # decay of inhibition
    t_ref: second = 5 * ms  # refractory period
    n_stimulated: int = 5  # stimulated clusters
    mu_stimulus: 1 = 0  # input of the stimulus, added to mu
    onset: second = 500 * ms  # start of the first stimulus
    length: second = 500 * ms  # duration of a stimulus
    period: second = 1 * second  # from one stimulus to the next
    limits = {
        "n_e n_i size": ">= 1",
        "p": (0, 1),
        "tau_E tau_I tau_r tau_e tau_i period": "> 0",
        "K R_EE ratio_J J_EE J_IE J_EI J_II t_ref": ">= 0",
    }
    explore = {
        "duration": 2 * second,
        "n_e": 1000,
        "n_i": 250,
        "K": 200,
        "size": 50,
        "J_EE": 2 * J_EE,
        "J_IE": 2 * J_IE,
        "J_EI": 2 * J_EI,
        "J_II": 2 * J_II,
        "mu_stimulus": (0, 0.3),
        "n_stimulated": (0, 10),
        "ratio_J": (1, 3),
    }

    neuron: str = """
    dv/dt    = (mu + stimulus - v)/tau + I_e - I_i           : 1 (unless refractory)  # (a)
    I_e      = (y_e - x_e)/(tau_e - tau_r)                   : Hz                     # (b)
    I_i      = (y_i - x_i)/(tau_i - tau_r)                   : Hz
    dx_e/dt  = -x_e/tau_r                                    : 1                      # (c)
    dy_e/dt  = -y_e/tau_e                                    : 1
    dx_i/dt  = -x_i/tau_r                                    : 1
    dy_i/dt  = -y_i/tau_i                                    : 1
    stimulus = mu_stimulus*int(i < n_stimulated*size)*on     : 1
    on                                                       : 1 (shared)
    tau                                                      : second (constant)
    mu                                                       : 1 (constant)
    """

    sizes = property(lambda self: {"E": self.n_e, "I": self.n_i})

    def build(self):
        cells = NeuronGroup(
            self.n_e + self.n_i,
            self.neuron,
            threshold="v > 1",
            reset="v = 0",
            refractory="t_ref + dt",  # counted from the start of the step at whose end the spike is
            method="euler",
            name="cells",
        )
        cells.run_regularly("on = int(t >= onset)*int((t - onset) % period < length)", name="stimulate")
        E, I = cells[: self.n_e], cells[self.n_e :]  # noqa: E741
        p_out = self.K / (self.size * (self.R_EE - 1) + self.n_e)
        EE = Synapses(E, E, "J : 1", on_pre="x_e_post += J; y_e_post += J", namespace={"p_out": p_out}, name="EE")
        EE.connect("i != j", p="p_out*(1 + (R_EE - 1)*int(i // size == j // size))")
        EE.J = "J_EE*(1 + (ratio_J - 1)*int(i // size == j // size))"
        EI = Synapses(E, I, on_pre="x_e_post += J_IE; y_e_post += J_IE", name="EI")
        EI.connect(p="p")
        IE = Synapses(I, E, on_pre="x_i_post += J_EI; y_i_post += J_EI", name="IE")
        IE.connect(p="p")
        II = Synapses(I, I, on_pre="x_i_post += J_II; y_i_post += J_II", name="II")
        II.connect("i != j", p="p")
        return Network(cells, EE, EI, IE, II)

    def initialise(self, network):
        cells = network["cells"]
        cells.v = "rand()"
        cells.mu = "1.1 - 0.1*int(i >= n_e) + (0.1 - 0.05*int(i >= n_e))*rand()"
        cells.tau = "tau_E + (tau_I - tau_E)*int(i >= n_e)"
