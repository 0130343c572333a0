"""Two grids of Hodgkin-Huxley cells that learn images by STDP, without labels.

Source: the network of P. U. Diehl and M. Cook (2015), Unsupervised learning of digit recognition using
spike-timing-dependent plasticity, Frontiers in Computational Neuroscience 9:99, with the cells of A. L. Hodgkin and
A. F. Huxley (1952), J. Physiol. 117:500-544, instead of integrate-and-fire neurons.

    (a)  C_m v' = -theta - g_Na m^3 h (v - E_Na) - g_K n^4 (v - E_K) - g_L (v - E_L) - g_e (v - E_e) - g_i (v - E_i)
    (b)  tau_e g_e' = -g_e        g_e += G_in gain w      at a spike of an input
    (c)  tau_i g_i' = -g_i        g_i += G_ie             at a spike of an inhibitory cell (G_own for the cell's partner)
    (d)  tau_ei g_e' = -g_e       g_e += G_ei             in an inhibitory cell, at a spike of its excitatory cell
    (e)  w -= A_minus y           at a spike of the input; y, 1 at the last spike of the cell, decays with tau_y
    (f)  w += A_plus x            at a spike of the cell; x, 1 at the last spike of the input, decays with tau_x
    (g)  theta += delta           at a spike of the cell; theta -= rho delta with every image
    (h)  sum_j w_ij^2 = W^2       restored with every image
    (i)  A_plus and A_minus are scaled by max(a_least, exp(-k/k_a)),  delta = delta_0 (1 + delta_more exp(-k/k_delta))
         at image k

    population     cells      receives                          synapses
    pixels         784        Poisson spikes, value -> rate
    excitatory     n x n      all pixels, weights w learned     784 n^2
                              all inhibitory but its own        n^2 (n^2 - 1)
                              its own inhibitory cell           n^2, while testing
    inhibitory     n x n      its excitatory cell               n^2

A spike is an upward crossing of v_spike. By (g) a cell approaches rho spikes per image on average, so that all cells take
part. An image is shown for 100 ms (350 ms with a dendrite); then all cells are reset to rest. Nothing is learned during
labelling and testing: theta is shrunk towards its mean, gain_test scales the inputs, and an inhibitory cell also inhibits
its excitatory partner.

Competition is a race to the first spike. With tau_e as long as the presentation g_e grows steadily: a cell whose weights
fit by 5 % better is about 2 ms ahead, and inhibition must arrive before the next cell spikes. Therefore one spike of an
excitatory cell makes its inhibitory cell spike in the next time step, and inhibition is strong enough to stop the others
immediately: G_ei and tau_ei, G_ie. docs/learning.md shows the effect on accuracy.

The cell "ball_and_stick" has a soma with these channels and a passive dendrite (models/equations/ball_and_stick.py) with
all synapses; theta flows into the soma, and conductances refer to the membrane of their compartment. The point cell takes
exponential Euler steps; soma and dendrite take joint implicit steps (models/equations/neuron_scheme.py). Both are stable
for any time step; at 0.25 ms exponential steps would shift the depolarisation block of the latter.

Rules of plasticity (models/equations/plasticity.py): "pair" is (e) and (f); in "pair_all" every spike adds 1 to x or y, so
that a weight follows the rate of its input, which suits Gabor features ("gabor" has separate settings); "triplet" is that
of Pfister and Gerstner (2006), "diehl_cook" that of the paper, with postsynaptic spikes and a target x_tar. `norm` "L1"
restores the sum of the weights.

Differs from the paper: a Hodgkin-Huxley cell has no threshold that could adapt, so homeostasis is a current, theta; STDP
is pair-based, with a trace of the postsynaptic cell; weights keep an L2 norm, not a sum; cells are reset to rest between
images, where the paper waits for 150 ms; all images have the same L2 norm; the inputs have no delays; an image without a
response is shown again after the other images of its chunk.

The time step of 0.25 ms is coarse for speed: at a constant 10 µA/cm² a point cell spikes at 61 Hz, where the exact rate
is 68 Hz (65 Hz at 0.1 ms).

Cite: HodgkinHuxley1952, DiehlCook2015
Chapter: learning
"""

import numpy as np
from brian2 import Hz, Quantity, cm, ms, msiemens, mV, ohm, second, uA, uF, um, volt

from zoo import ZooError
from zoo.model import annotations
from zoo.models.equations import ball_and_stick, learning_grid, neuron_scheme
from zoo.models.equations.learning_grid import Cell, LearningGrid
from zoo.models.equations.neurons import hodgkin_huxley_gates, hodgkin_huxley_rest

CELLS = ("point", "ball_and_stick")
S = msiemens / cm**2
U = uA / cm**2

point = """
dv/dt   = -(I_ion + I_syn)/C_m                                                : volt              # (a)
I_ion   = g_Na*m**3*h*(v - E_Na) + g_K*n_K**4*(v - E_K) + g_L*(v - E_L)       : amp/meter**2
""" + hodgkin_huxley_gates  # fmt: skip

excitatory = """
dg_e/dt = -g_e/tau_e                                                          : siemens/meter**2  # (b)
dg_i/dt = -g_i/tau_i                                                          : siemens/meter**2  # (c)
theta                                                                         : amp/meter**2
""" + learning_grid.homeostasis("amp/meter**2")  # fmt: skip

inhibitory = """
dg_e/dt = -g_e/tau_ei                                                         : siemens/meter**2  # (d)
"""

# Cell -> the currents of the synapses and of theta, in an excitatory and an inhibitory cell
currents = {
    "point": (
        "I_syn  = g_e*(v - E_e) + g_i*(v - E_i) + theta                       : amp/meter**2",
        "I_syn  = g_e*(v - E_e)                                               : amp/meter**2",
    ),
    "ball_and_stick": (
        """
        I_syn  = g_syn*v_d - gE_syn                                           : amp
        g_syn  = A_d*(g_e + g_i)                                              : siemens
        gE_syn = A_d*(g_e*E_e + g_i*E_i)                                      : amp
        I_soma = -theta*A_s                                                   : amp
        """,
        """
        I_syn  = g_syn*v_d - gE_syn                                           : amp
        g_syn  = A_d*g_e                                                      : siemens
        gE_syn = A_d*g_e*E_e                                                  : amp
        I_soma = 0*amp                                                        : amp
        """,
    ),
}


#: The equations of cells with a dendrite.
WITH_DENDRITE = {
    "excitatory": ball_and_stick.cell + currents["ball_and_stick"][0] + excitatory,
    "inhibitory": ball_and_stick.cell + currents["ball_and_stick"][1] + inhibitory,
}

#: (cell, features, n) -> the differences from the defaults of the class, which are those of the first row. `tuned`
#: interpolates between the two sizes, uses the nearest size for other n, and sets rho = rho_n2/n**2, with rho_n2 the number
#: of spikes per image of all cells. "dog" has the settings of "pixels", and so has a dendrite with "gabor".
SETTINGS = {
    ("point", "pixels", 10): {"rho_n2": 3},
    ("point", "pixels", 20): {
        "G_ie": 4 * S, "G_ie_test": 4 * S, "A_plus_0": 0.1, "rho_n2": 2.4,
        "delta_0": 0.4 * U, "delta_more": 14, "k_delta": 1000,
    },
    ("point", "gabor", 10): {
        "G_in": 0.6e-3 * S, "G_ie": 4 * S, "G_ie_test": 8 * S, "rule": "pair_all", "A_plus_0": 0.03, "rho_n2": 2,
        "gain_test": 1.15,
    },
    ("point", "gabor", 20): {
        "G_in": 0.6e-3 * S, "G_ie": 4 * S, "G_ie_test": 8 * S, "rule": "pair_all", "A_plus_0": 0.05, "rho_n2": 2,
        "gain_test": 1.15, "delta_0": 0.4 * U, "delta_more": 14, "k_delta": 1000,
    },
    ("ball_and_stick", "pixels", 10): {
        **WITH_DENDRITE, "tau_ei": 2 * ms, "G_in": 4e-3 * S, "G_ei": 5 * S, "G_ie": 0.7 * S, "G_ie_test": 1.4 * S,
        "presentation": 350 * ms, "white": 190 * Hz, "tau_x": 20 * ms, "tau_y": 20 * ms, "A_plus_0": 0.006,
        "rho_n2": 20, "gain_test": 1.15, "theta_least": -40 * U,
    },
    ("ball_and_stick", "pixels", 20): {
        **WITH_DENDRITE, "tau_ei": 2 * ms, "G_in": 4e-3 * S, "G_ei": 5 * S, "G_ie": 2.3 * S, "G_ie_test": 2.3 * S,
        "presentation": 350 * ms, "white": 190 * Hz, "tau_x": 20 * ms, "tau_y": 20 * ms, "A_plus_0": 0.012,
        "k_a": 6000, "a_least": 0.15, "rho_n2": 20, "gain_test": 1.15, "delta_0": 0.2 * U, "delta_more": 14,
        "k_delta": 1000, "theta_least": -40 * U,
    },
}  # fmt: skip


class HHMnistGrid(LearningGrid):
    dt: second = 0.25 * ms  # time step
    cell: str = "point"  # point, or ball_and_stick: a soma and a dendrite

    C_m: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_Na: msiemens / cm**2 = 120 * msiemens / cm**2  # sodium conductance
    g_K: msiemens / cm**2 = 36 * msiemens / cm**2  # potassium conductance
    g_L: msiemens / cm**2 = 0.3 * msiemens / cm**2  # leak conductance
    E_Na: volt = 50 * mV  # reversal potential of sodium
    E_K: volt = -77 * mV  # reversal potential of potassium
    E_L: volt = -54.3 * mV  # reversal potential of the leak
    v_rest: volt = -65 * mV  # resting potential, at which an image starts
    v_spike: volt = -20 * mV  # threshold that a spike crosses upwards
    t_ref_E: second = 0 * ms  # no second spike counts within this time, excitatory cells
    t_ref_I: second = 0 * ms  # the same, inhibitory cells

    L_s: um = 12.6157 * um  # length of the soma; this and the following fields: ball_and_stick
    d_s: um = 12.6157 * um  # diameter of the soma
    L_d: um = 200 * um  # length of the dendrite
    d_d: um = 1 * um  # diameter of the dendrite
    R_a: ohm * cm = 100 * ohm * cm  # axial resistivity
    g_pas: msiemens / cm**2 = 1 * msiemens / cm**2  # leak conductance of the dendrite
    E_pas: volt = -65 * mV  # reversal potential of this leak

    E_e: volt = 0 * mV  # reversal potential of excitation
    E_i: volt = -80 * mV  # reversal potential of inhibition
    tau_e: second = 100 * ms  # decay of excitation by the inputs
    tau_ei: second = 0.5 * ms  # decay of excitation of the inhibitory cells
    tau_i: second = 20 * ms  # decay of inhibition
    G_in: msiemens / cm**2 = 0.8e-3 * S  # from an input of weight 1
    G_ei: msiemens / cm**2 = 10 * S  # from an excitatory to its inhibitory cell
    G_ie: msiemens / cm**2 = 2 * S  # from an inhibitory to all others
    G_ie_test: msiemens / cm**2 = 2 * S  # the same while testing
    G_own: msiemens / cm**2 = 0 * S  # from an inhibitory cell to its excitatory partner
    G_own_test: msiemens / cm**2 = 2 * S  # the same while testing

    presentation = 100 * ms
    white = 420 * Hz
    tau_x = 6 * ms
    tau_y = 6 * ms
    A_plus_0 = 0.06
    rho = 0.03
    gain_test = 1.3
    delta_0: uA / cm**2 = 0.1 * U  # final step of theta
    theta_least: uA / cm**2 = -4 * U  # smallest theta

    excitatory: str = point + currents["point"][0] + excitatory
    inhibitory: str = point + currents["point"][1] + inhibitory
    pixel: str = learning_grid.pixel

    limits = {
        "C_m tau_e tau_ei tau_i L_s d_s L_d d_d R_a": "> 0",
        "g_Na g_K g_L g_pas G_in G_ei G_ie G_ie_test G_own G_own_test t_ref_E t_ref_I delta_0": ">= 0",
        "cell": CELLS,
    }

    variants = ("cell", "features", "n")

    def __post_init__(self):
        super().__post_init__()
        if ("dv_d/dt" in self.excitatory) != (self.cell == "ball_and_stick"):
            raise ZooError(
                f"the equations are not those of a cell {self.cell!r}; HHMnistGrid.tuned(cell={self.cell!r}) has them."
            )

    @classmethod
    def tuned(cls, *, cell: str = "point", features: str = "pixels", n: int = 10, **fields) -> "HHMnistGrid":
        """The grid with the SETTINGS for this cell, these features and n, except for `fields`.

        While testing, an inhibitory cell inhibits its partner as strongly as the others. Raises ZooError like the class.
        """
        cls(n=n)  # refuses an invalid number of cells
        settings = cls._settings(cell, features, n)
        settings["rho"] = settings.pop("rho_n2") / n**2
        settings["G_own_test"] = fields.get("G_ie_test", settings.get("G_ie_test", cls.G_ie_test))
        return cls(**{"cell": cell, "features": features, "n": n, **settings, **fields})

    @classmethod
    def _settings(cls, cell, features, n):
        """The row of SETTINGS for n; numbers are linear in n between two rows."""
        edges = features.removeprefix("upright_")
        kinds = (cell, edges), (cell, "pixels"), ("point", "pixels")
        kind = next(kind for kind in kinds if (*kind, 10) in SETTINGS)
        rows = {size: row for (*own, size), row in SETTINGS.items() if tuple(own) == kind}
        found = {}
        for name in dict.fromkeys(name for row in rows.values() for name in row):
            values = [row.get(name, getattr(cls, name, None)) for row in rows.values()]
            unit = annotations(cls).get(name, 1)
            found[name] = values[0]
            if isinstance(values[0], (int, float, Quantity)):
                found[name] = float(np.interp(n, list(rows), [float(value / unit) for value in values])) * unit
        return found

    @property
    def excitatory_cell(self) -> Cell:
        decays = "g_e *= exp(-dt/tau_e)\ng_i *= exp(-dt/tau_i)\n"
        return self._strings("t_ref_E", decays, "theta += delta\n", "g_i *= 0\n")  # (g)

    @property
    def inhibitory_cell(self) -> Cell:
        return self._strings("t_ref_I", "g_e *= exp(-dt/tau_ei)\n")

    def _strings(self, t_ref, decays, reset="", rest=""):
        dendrite = self.cell == "ball_and_stick"
        return Cell(
            threshold="v > v_spike",
            refractory=f"v > v_spike or t - lastspike < {t_ref}" if getattr(self, t_ref) > 0 * ms else "v > v_spike",
            reset=reset,
            rest="v = v_rest\n" + "v_d = v_rest\n" * dendrite + hodgkin_huxley_rest + "g_e *= 0\n" + rest,
            step=(ball_and_stick.implicit_step + neuron_scheme.gates + decays) * dendrite,
        )
