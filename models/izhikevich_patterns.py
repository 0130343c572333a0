"""Twenty firing patterns of the Izhikevich neuron: one cell a pattern, with its own parameters and current.

Source: E. M. Izhikevich (2004), Which model to use for cortical spiking neurons?, IEEE Transactions on Neural Networks
15:1063-1070, figure 1, with the numbers of the program published with it (figure1.m). The equations are lettered here:

    (a)  v' = 0.04 v^2 + p v + q - u + I             p = 5, q = 140 but for G and L, which have 4.1 and 108
    (b)  u' = a (b (v - r) - l u)                    r = 0, l = 1 but for R, which has r = -65, l = 0
    (c)  v > 30:  v <- c,  u <- u + d

    A tonic spiking          F frequency adaptation       K resonator              P bistability
    B phasic spiking         G class 1 excitability       L integrator             Q depolarising after-potential
    C tonic bursting         H class 2 excitability       M rebound spike          R accommodation
    D phasic bursting        I spike latency              N rebound burst          S inhibition-induced spiking
    E mixed mode             J subthreshold oscillations  O threshold variability  T inhibition-induced bursting

The time step is part of the pattern: an Euler step of v, then one of u with the new v, both of `tau`. Run each pattern
with dt equal to its tau: `firing_patterns` does so with one compiled program.

Differs from the paper: G, L and R do not follow the equations of the paper, as its program shows; p, q, r and l are
names given here. The last point of the program's time axis is left out.

Cite: Izhikevich2004
Chapter: single neurons
"""

from dataclasses import dataclass

from brian2 import Network, NeuronGroup, ms, second

from zoo import Model
from zoo.models.equations.solvers import sequential_euler


@dataclass(frozen=True)
class Pattern:
    """A row of the program: name, parameters, initial v, time step and duration (ms), and the current I in T (ms)."""

    name: str
    a: float
    b: float
    c: float
    d: float
    v: float
    tau: float
    duration: float
    I: str  # noqa: E741
    u: float | None = None  # initial value; b v if not given
    p: float = 5
    q: float = 140
    r: float = 0
    l: float = 1  # noqa: E741
    magnified: float | None = None  # from this time on the figure also shows v magnified 20 times


def on(start=-1, stop=None):
    """1 for start < T < stop, as text; with margins, so that the rounding of T has no effect."""
    end = "" if stop is None else f"*int(T < {stop - 1e-3:.10g})"
    return f"int(T > {start + 1e-3:.10g}){end}"


PATTERNS = (
    #       name                            a     b     c    d     v      tau  duration  I
    Pattern("tonic spiking",                .02,  .2,   -65, 6,    -70,   .25, 100, f"14*{on(10)}"),
    Pattern("phasic spiking",               .02,  .25,  -65, 6,    -64,   .25, 200, f".5*{on(20)}"),
    Pattern("tonic bursting",               .02,  .2,   -50, 2,    -70,   .25, 220, f"15*{on(22)}"),
    Pattern("phasic bursting",              .02,  .25,  -55, .05,  -64,   .2,  200, f".6*{on(20)}"),
    Pattern("mixed mode",                   .02,  .2,   -55, 4,    -70,   .25, 160, f"10*{on(16)}"),
    Pattern("frequency adaptation",         .01,  .2,   -65, 8,    -70,   .25, 85,  f"30*{on(8.5)}"),
    Pattern("class 1 excitability",         .02,  -.1,  -55, 6,    -60,   .25, 300,
            f".075*(T - 30)*{on(30)}", p=4.1, q=108),
    Pattern("class 2 excitability",         .2,   .26,  -65, 0,    -64,   .25, 300, f"-.5 + .015*(T - 30)*{on(30)}"),
    Pattern("spike latency",                .02,  .2,   -65, 6,    -70,   .2,  100, f"7.04*{on(10, 13)}"),
    Pattern("subthreshold oscillations",    .05,  .26,  -60, 0,    -62,   .25, 200, f"2*{on(20, 25)}", magnified=55),
    Pattern("resonator",                    .1,   .26,  -60, -1,   -62,   .25, 400,
            f".65*({on(40, 44)} + {on(60, 64)} + {on(280, 284)} + {on(320, 324)})"),
    Pattern("integrator",                   .02,  -.1,  -55, 6,    -60,   .25, 100,
            f"9*({on(100/11, 100/11 + 2)} + {on(100/11 + 5, 100/11 + 7)} + {on(70, 72)} + {on(80, 82)})", p=4.1, q=108),
    Pattern("rebound spike",                .03,  .25,  -60, 4,    -64,   .2,  200, f"-15*{on(20, 25)}"),
    Pattern("rebound burst",                .03,  .25,  -52, 0,    -64,   .2,  200, f"-15*{on(20, 25)}"),
    Pattern("threshold variability",        .03,  .25,  -60, 4,    -64,   .25, 100,
            f"{on(10, 15)} - 6*{on(70, 75)} + {on(80, 85)}"),
    Pattern("bistability",                  .1,   .26,  -60, 0,    -61,   .25, 300,
            f".24 + {on(37.5, 42.5)} + {on(216, 221)}"),
    Pattern("depolarising after-potential", 1,    .2,   -60, -21,  -70,   .1,  50,  f"20*{on(9, 11)}"),
    Pattern("accommodation",                .02,  1,    -55, 4,    -65,   .5,  400,
            f"T/25*{on(stop=200)} + (T - 300)/12.5*4*{on(300, 312.5)}", u=-16, r=-65, l=0),
    Pattern("inhibition-induced spiking",   -.02, -1,   -60, 8,    -63.8, .5,  350,
            f"80 - 5*(1 - {on(stop=50)} - {on(250)})"),
    Pattern("inhibition-induced bursting",  -.026, -1,  -45, -2,   -63.8, .5,  350,
            f"80 - 5*(1 - {on(stop=50)} - {on(250)})"),
)  # fmt: skip


class IzhikevichPatterns(Model):
    dt: second = 0.25 * ms  # time step; use it for the patterns with this tau
    patterns: tuple[Pattern, ...] = PATTERNS  # one cell for each

    neuron: str = """
    dv/dt = (0.04*v**2 + p*v + q - u + I)/ms : 1             # (a)
    du/dt = a*(b*(v - r) - l*u)/ms           : 1             # (b)
    T = t/ms                                 : 1 (shared)
    a                                        : 1 (constant)
    b                                        : 1 (constant)
    c                                        : 1 (constant)
    d                                        : 1 (constant)
    p                                        : 1 (constant)
    q                                        : 1 (constant)
    r                                        : 1 (constant)
    l                                        : 1 (constant)
    """
    threshold: str = "v > 30"  # (c)
    reset: str = "v = c; u += d"

    @property
    def current(self) -> str:
        """The equation for I: the currents of the patterns, each for its cell."""
        return (
            "I = "
            + " + ".join(f"int(i == {k})*({row.I})" for k, row in enumerate(self.patterns))
            + " : 1 (constant over dt)"
        )

    def build(self):
        cells = NeuronGroup(
            len(self.patterns),
            self.neuron + self.current,
            threshold=self.threshold,
            reset=self.reset,
            method=sequential_euler("v", "u"),
            namespace={},
            name="cells",
        )
        return Network(cells)

    def initialise(self, network):
        cells = network["cells"]
        for name in "abcdpqrlv":
            setattr(cells, name, [getattr(row, name) for row in self.patterns])
        cells.u = [row.b * row.v if row.u is None else row.u for row in self.patterns]
