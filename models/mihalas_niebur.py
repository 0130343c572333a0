"""The generalised integrate-and-fire neuron of Mihalaş and Niebur: firing patterns of linear equations.

Source: Ş. Mihalaş and E. Niebur (2009), A generalized linear integrate-and-fire neural model produces diverse spiking
behaviors, Neural Computation 21:704-718. The equations are lettered here; currents are divided by the capacitance:

    (a)  I_j' = -k_j I_j                                            j = 1, 2: currents induced by spikes
    (b)  v' = I_e + I_1 + I_2 - G (v - E_L)
    (c)  Theta' = a (v - E_L) - b (Theta - Theta_inf)               the threshold
    (d)  v >= Theta:  I_j <- R_j I_j + A_j,  v <- V_r,  Theta <- max(Theta_r, Theta)

    A tonic spiking          F threshold variability      K hyperpolarisation spiking   P mixed mode
    B class 1                G rebound spike              L hyperpolarisation bursting  Q afterpotentials
    C frequency adaptation   H class 2                    M tonic bursting              R basal bistability
    D phasic spiking         I integrator                 N phasic bursting             S preferred frequency
    E accommodation          J input bistability          O rebound burst               T spike latency

The rows of `PATTERNS` have a (1/s), A_1 and A_2 (V/s), and I_e (V/s) in T (ms). At the start v = E_L and I_1 = I_2 = 0;
Theta is -50 mV, and -30 mV in H.

Differs from the paper: its table of parameters and its currents are here as a replication lists them (G. Detorakis
2017, ReScience 3), which took the times of the currents from the figure. Here both pulses of F last 25 ms; G, I and the
start of H differ by some milliseconds or millivolts too. There I_1 and I_2 start at 0.01 and 0.001 V/s.

Cite: MihalasNiebur2009
Chapter: single neurons
"""

from dataclasses import dataclass

from brian2 import Hz, Network, NeuronGroup, ms, mV, second, volt

from zoo import Model


@dataclass(frozen=True)
class Pattern:
    """A row of the table: letter, name, parameters, duration (ms), and the current I_e in T (ms)."""

    letter: str
    name: str
    a: float
    A_1: float
    A_2: float
    duration: float
    I_e: str
    Theta: float = -50  # initial threshold (mV)


def steps(*pairs):
    """A current of steps, pairs of a value and how long it lasts (ms), as text."""
    start, parts = 0, []
    for value, length in pairs:
        # With a margin, so that the rounding of T has no effect.
        parts.append(f"{value:.10g}*int(T > {start - 1e-4:.10g})*int(T < {start + length - 1e-4:.10g})")
        start += length
    return " + ".join(parts)


PATTERNS = (
    #       name                               a    A_1  A_2   duration  I_e
    Pattern("A", "tonic spiking",              0,   0,   0,    200,  "1.5"),
    Pattern("B", "class 1",                    0,   0,   0,    500,  "1.000001"),
    Pattern("C", "frequency adaptation",       5,   0,   0,    200,  "2"),
    Pattern("D", "phasic spiking",             5,   0,   0,    500,  "1.5"),
    Pattern("E", "accommodation",              5,   0,   0,    1000,
            steps((1.5, 100), (0, 500), (0.5, 100), (1, 100), (1.5, 100), (0, 100))),
    Pattern("F", "threshold variability",      5,   0,   0,    400,
            steps((1.5, 25), (0, 175), (-1.5, 25), (0, 25), (1.5, 25), (0, 125))),
    Pattern("G", "rebound spike",              5,   0,   0,    1000, steps((0, 50), (-3.5, 750), (0, 200))),
    Pattern("H", "class 2",                    5,   0,   0,    300,  "2.000002", Theta=-30),
    Pattern("I", "integrator",                 5,   0,   0,    400,
            steps((1.5, 20), (0, 10), (1.5, 20), (0, 250), (1.5, 20), (0, 30), (1.5, 20), (0, 30))),
    Pattern("J", "input bistability",          5,   0,   0,    1000, steps((1.5, 100), (1.7, 400), (1.5, 100), (1.7, 400))),
    Pattern("K", "hyperpolarisation spiking",  30,  0,   0,    400,  "-1"),
    Pattern("L", "hyperpolarisation bursting", 30,  10,  -0.6, 400,  "-1"),
    Pattern("M", "tonic bursting",             5,   10,  -0.6, 500,  "2"),
    Pattern("N", "phasic bursting",            5,   10,  -0.6, 500,  "1.5"),
    Pattern("O", "rebound burst",              5,   10,  -0.6, 1000, steps((0, 100), (-3.5, 500), (0, 400))),
    Pattern("P", "mixed mode",                 5,   5,   -0.3, 500,  "2"),
    Pattern("Q", "afterpotentials",            5,   5,   -0.3, 200,  steps((2, 15), (0, 185))),
    Pattern("R", "basal bistability",          0,   8,   -0.1, 200,  steps((5, 10), (0, 90), (5, 10), (0, 90))),
    Pattern("S", "preferred frequency",        5,   -3,  0.5,  800,
            steps((5, 5), (0, 5), (4, 5), (0, 385), (5, 5), (0, 45), (4, 5), (0, 345))),
    Pattern("T", "spike latency",              -80, 0,   0,    50,   steps((8, 2), (0, 48))),
)  # fmt: skip


class MihalasNiebur(Model):
    dt: second = 0.01 * ms  # time step
    patterns: tuple[Pattern, ...] = PATTERNS  # one cell for each
    k_1: Hz = 200 * Hz  # decay of the first current induced by spikes
    k_2: Hz = 20 * Hz  # decay of the second one
    G: Hz = 50 * Hz  # leak conductance over capacitance
    b: Hz = 10 * Hz  # decay of the threshold
    R_1: 1 = 0  # what is left of the first current at a spike
    R_2: 1 = 1  # what is left of the second one
    E_L: volt = -70 * mV  # resting potential
    V_r: volt = -70 * mV  # v after a spike
    Theta_r: volt = -60 * mV  # lowest threshold after a spike
    Theta_inf: volt = -50 * mV  # threshold at rest
    limits = {"k_1 k_2 G b": "> 0"}
    explore = {"R_1": (0, 1), "R_2": (0, 1)}

    neuron: str = """
    dI_1/dt   = -k_1*I_1                             : volt/second             # (a)
    dI_2/dt   = -k_2*I_2                             : volt/second
    dv/dt     = I_e + I_1 + I_2 - G*(v - E_L)        : volt                    # (b)
    dTheta/dt = a*(v - E_L) - b*(Theta - Theta_inf)  : volt                    # (c)
    T         = t/ms                                 : 1 (shared)
    a                                                : Hz (constant)
    A_1                                              : volt/second (constant)
    A_2                                              : volt/second (constant)
    """
    threshold: str = "v >= Theta"  # (d)
    reset: str = """
    I_1 = R_1*I_1 + A_1
    I_2 = R_2*I_2 + A_2
    v = V_r
    Theta = clip(Theta, Theta_r, 1*volt)
    """

    @property
    def current(self) -> str:
        """The equation for I_e: the currents of the patterns, each for its cell."""
        currents = " + ".join(f"int(i == {k})*({row.I_e})" for k, row in enumerate(self.patterns))
        return f"I_e = ({currents})*volt/second : volt/second (constant over dt)"

    def build(self):
        cells = NeuronGroup(
            len(self.patterns),
            self.neuron + self.current,
            threshold=self.threshold,
            reset=self.reset,
            method="rk4",
            name="cells",
        )
        return Network(cells)

    def initialise(self, network):
        cells = network["cells"]
        cells.v = self.E_L
        cells.Theta = [row.Theta for row in self.patterns] * mV
        cells.a = [row.a for row in self.patterns] * Hz
        cells.A_1 = [row.A_1 for row in self.patterns] * volt / second
        cells.A_2 = [row.A_2 for row in self.patterns] * volt / second
