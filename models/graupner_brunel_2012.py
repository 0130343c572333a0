"""A bistable synapse that calcium changes: potentiation and depression above two thresholds, for pairs of spikes.

Source: M. Graupner and N. Brunel (2012), Calcium-based plasticity model explains sensitivity of synaptic changes to spike
pattern, rate, and dendritic location, PNAS 109:3991-3996. The equations are lettered here:

    (a)  tau rho' = -rho (1 - rho) (rho_star - rho) + gamma_p (1 - rho) H(c - theta_p) - gamma_d rho H(c - theta_d)
                    + sigma sqrt(tau (H(c - theta_p) + H(c - theta_d))) xi(t)
    (b)  tau_Ca c' = -c         a presynaptic spike, after the delay D:  c <- c + C_1
                                a postsynaptic spike:                    c <- c + C_2

H is the step function, xi white noise. Near 0 the synapse is weak (DOWN), near 1 strong (UP). Each synapse gets n_pairs pairs
of spikes at `rate`; the postsynaptic spike follows the presynaptic one by `lag`. A lag below 0 exchanges them.

    preset  C_1   C_2   theta_d  theta_p  gamma_d  gamma_p  sigma   D (ms)   change against lag
    DP      1     2     1        1.3      200      321.808  2.8284  13.7     depression, potentiation
    DPD     0.9   0.9   1        1.3      250      550      2.8284  4.6      depression, potentiation, depression
    DPD'    1     2     1        2.5      50       600      2.8284  2.2      the same
    P       2     2     1        1.3      160      257.447  2.8284  0        potentiation
    D       0.6   0.6   1        1.3      500      550      5.6568  0        depression
    D'      1     2     1        3.5      60       600      2.8284  0        depression

`presets` has these sets: GraupnerBrunel2012(**presets["DP"]). Each parameter of the table but theta_d is one number, or one
per synapse.

Differs from the paper: the sets of parameters are those of the authors' published program. C_pre and C_post are C_1 and
C_2 here, as Brian2 reserves these endings. A step counts as above a threshold if c is above it in the middle of the
step, so that the ends of each interval above a threshold are wrong by half a step at most.

Cite: GraupnerBrunel2012
Chapter: plasticity
"""

from brian2 import Hz, Network, NeuronGroup, Synapses, ms, second

from zoo import Model


def _preset(C_1, C_2, theta_p, gamma_d, gamma_p, D, sigma=2.8284):
    return dict(
        C_1=C_1, C_2=C_2, theta_p=theta_p, gamma_d=gamma_d, gamma_p=gamma_p, sigma=sigma, D=D * ms,
    )  # fmt: skip


presets = {
    "DP": _preset(1, 2, 1.3, 200, 321.808, 13.7),
    "DPD": _preset(0.9, 0.9, 1.3, 250, 550, 4.6),
    "DPD'": _preset(1, 2, 2.5, 50, 600, 2.2),
    "P": _preset(2, 2, 1.3, 160, 257.447, 0),
    "D": _preset(0.6, 0.6, 1.3, 500, 550, 0, sigma=5.6568),
    "D'": _preset(1, 2, 3.5, 60, 600, 0),
}


class GraupnerBrunel2012(Model):
    n: int = 1  # synapses
    C_1: 1 = 1  # calcium of a presynaptic spike, one or one per synapse
    C_2: 1 = 2  # calcium of a postsynaptic spike, one or one per synapse
    tau_Ca: second = 20 * ms  # decay of calcium
    D: second = 13.7 * ms  # delay of presynaptic calcium, one or one per synapse
    theta_d: 1 = 1  # threshold of depression
    theta_p: 1 = 1.3  # threshold of potentiation, one or one per synapse
    gamma_d: 1 = 200  # rate of depression, in units of 1/tau, one or one per synapse
    gamma_p: 1 = 321.808  # rate of potentiation, in units of 1/tau, one or one per synapse
    sigma: 1 = 2.8284  # noise above the thresholds, one or one per synapse
    tau: second = 150 * second  # time constant of the efficacy
    rho_star: 1 = 0.5  # boundary between DOWN and UP
    rho_0: 1 = 0  # initial efficacy, one or one per synapse
    lag: second = 10 * ms  # postsynaptic after presynaptic spike, one or one per synapse
    rate: Hz = 1 * Hz  # rate of pairs
    n_pairs: int = 60  # pairs of spikes
    onset: second = 200 * ms  # first presynaptic spike
    limits = {"tau_Ca tau rate": "> 0", "D sigma gamma_d gamma_p C_1 C_2": ">= 0", "n_pairs": ">= 1"}
    explore = {
        "rho_0": (0, 1),
        "rho_star": (0, 1),
        "C_1": (0, 3),
        "C_2": (0, 3),
        "theta_p": (1, 2.5),
        "theta_d": (0.5, 2.5),
        "lag": (-100 * ms, 100 * ms),
        "n_pairs": (1, 60),
    }

    train: str = """
    t_next  : second
    count   : integer
    n_pairs : integer (shared, constant)
    rate    : Hz (shared, constant)
    """

    synapse: str = """
    drho/dt     = (gamma_p*(1 - rho)*potentiated - gamma_d*rho*depressed
                - rho*(1 - rho)*(rho_star - rho)
                + sigma*sqrt(tau*(potentiated + depressed))*xi)/tau : 1 (clock-driven)  # (a)
    c           = c_0*exp(-(t + dt/2 - t_0)/tau_Ca)                 : 1 (constant over dt)  # (b), since a spike at t_0
    potentiated = int(c > theta_p)                                  : 1 (constant over dt)
    depressed   = int(c > theta_d)                                  : 1 (constant over dt)
    c_0                                                             : 1
    t_0                                                             : second
    C_1                                                             : 1 (constant)
    C_2                                                             : 1 (constant)
    theta_p                                                         : 1 (constant)
    gamma_d                                                         : 1 (constant)
    gamma_p                                                         : 1 (constant)
    sigma                                                           : 1 (constant)
    rho_0                                                           : 1 (constant)
    """

    def build(self):
        pre, post = (
            NeuronGroup(
                self.n,
                self.train + ("lag : second (constant)" if name == "post" else ""),
                threshold="t > t_next - dt/2 and count < n_pairs",
                reset="count += 1\nt_next += 1/rate",
                name=name,
            )
            for name in ("pre", "post")
        )
        decayed = "c_0 = c_0*exp(-(t + dt - t_0)/tau_Ca) + {}\nt_0 = t + dt"
        synapses = Synapses(
            pre,
            post,
            self.synapse,
            on_pre=decayed.format("C_1"),
            on_post=decayed.format("C_2"),
            method="euler",
            name="synapses",
        )
        synapses.connect(i=range(self.n), j=range(self.n))  # pairs that a StateMonitor knows
        synapses.pre.delay = self.D
        return Network(pre, post, synapses)

    def initialise(self, network):
        network["pre"].t_next = self.onset
        network["post"].t_next = "onset + lag"
        network["synapses"].rho = "rho_0"
