"""Two grids of leaky integrate-and-fire cells that learn images by STDP, without labels.

Source: P. U. Diehl and M. Cook (2015), Unsupervised learning of digit recognition using spike-timing-dependent
plasticity, Frontiers in Computational Neuroscience 9:99; parameters that the paper does not print are those of its
published program.

    (a)  tau_m v' = v_rest - v + g_e (E_e - v) + g_i (E_i - v)      spike: v > v_thresh + theta, v = v_reset
    (b)  tau_e g_e' = -g_e        g_e += G_in gain w      at a spike of an input
    (c)  tau_i g_i' = -g_i        g_i += G_ie             at a spike of an inhibitory cell
    (d)  tau_e g_e' = -g_e        g_e += G_ei             in an inhibitory cell, at a spike of its excitatory cell
    (e)  w -= A_minus y           at a spike of the input; y, 1 at the last spike of the cell, decays with tau_y
    (f)  w += A_plus x y_slow     at a spike of the cell; x, 1 at the last spike of the input, decays with tau_x;
                                  y_slow, 1 at the spike of the cell before this one, with tau_y_slow
    (g)  theta += delta_0         at a spike of the cell; tau_theta theta' = -theta
    (h)  sum_j w_ij = W           restored with every image

    population     cells      receives                          synapses
    pixels         784        Poisson spikes, value -> rate
    excitatory     n x n      all pixels, weights w learned     784 n^2
                              all inhibitory but its own        n^2 (n^2 - 1)
    inhibitory     n x n      its excitatory cell               n^2

Conductances are in units of the leak. During its refractory period a cell keeps its voltage. An image that evokes fewer
than 5 spikes is shown again with stronger inputs. Nothing is learned during labelling and testing.

The paper compares four rules of plasticity; (e) and (f) are those of its program, `rule="diehl_cook"` is the one of its
section 2.3, with the target and the exponent that the program has and does not use.

With these numbers a grid needs tens of thousands of images: a cell learns only at the second of two spikes, and theta, which
shares the images out among the cells, rises by 0.05 mV at a spike. `LIFMnistGrid.tuned`, which the experiments run, learns
from a thousand: by the rule "pair", w += A_plus x, with a larger A_plus, and with steps of theta that start at 13 delta_0 and
fall to delta_0 (TUNED). docs/learning.md shows that it needs both changes.

Differs from the paper: cells are reset to rest between images, where the paper waits for 150 ms (theta decays for this
time here, too); an image that is shown again follows the other images of its chunk; the inputs have no delays, where the program
draws them from 0 to 10 ms; theta starts at 0, in the program at 20 mV, which it subtracts from the threshold; conductances
decay exactly, and v takes exponential Euler steps.

Cite: DiehlCook2015
Chapter: learning
"""

from brian2 import Hz, ms, mV, second, volt

from zoo.models.equations import learning_grid
from zoo.models.equations.learning_grid import Cell, LearningGrid

excitatory = """
dv/dt     = (v_rest_E - v + g_e*(E_e - v) + g_i*(E_i - v))/tau_m_E            : volt (unless refractory)  # (a)
dg_e/dt   = -g_e/tau_e                                                        : 1                         # (b)
dg_i/dt   = -g_i/tau_i                                                        : 1                         # (c)
theta                                                                         : volt
""" + learning_grid.homeostasis("volt")  # fmt: skip

inhibitory = """
dv/dt     = (v_rest_I - v + g_e*(E_e - v))/tau_m_I                            : volt (unless refractory)  # (a)
dg_e/dt   = -g_e/tau_e                                                        : 1                         # (d)
"""


#: The differences of `tuned` from the defaults, which are those of the program of Diehl & Cook.
TUNED = {"rule": "pair", "A_plus_0": 0.03, "a_least": 0.1, "delta_more": 12}


class LIFMnistGrid(LearningGrid):
    dt: second = 0.5 * ms  # time step

    tau_m_E: second = 100 * ms  # membrane time constant, excitatory cells
    tau_m_I: second = 10 * ms  # the same, inhibitory cells
    v_rest_E: volt = -65 * mV  # resting potential, excitatory cells
    v_rest_I: volt = -60 * mV  # the same, inhibitory cells
    v_reset_E: volt = -65 * mV  # v after a spike, excitatory cells
    v_reset_I: volt = -45 * mV  # the same, inhibitory cells
    v_thresh_E: volt = -52 * mV  # threshold at theta = 0, excitatory cells
    v_thresh_I: volt = -40 * mV  # threshold, inhibitory cells
    t_ref_E: second = 5 * ms  # refractory period, excitatory cells
    t_ref_I: second = 2 * ms  # the same, inhibitory cells

    E_e: volt = 0 * mV  # reversal potential of excitation
    E_i: volt = -100 * mV  # reversal potential of inhibition
    tau_e: second = 1 * ms  # decay of excitation
    tau_i: second = 2 * ms  # decay of inhibition
    G_in: 1 = 1  # from an input of weight 1
    G_ei: 1 = 10.4  # from an excitatory to its inhibitory cell
    G_ie: 1 = 17  # from an inhibitory to all other excitatory cells
    G_ie_test: 1 = 17  # the same while testing
    G_own: 1 = 0  # from an inhibitory cell to its excitatory partner
    G_own_test: 1 = 0  # the same while testing

    intensity = "none"
    white = 63.75 * Hz
    spikes_least = 5
    again = 4

    rule = "triplet"
    A_plus_0 = 0.01
    a_least = 1
    norm = "L1"
    W = 78
    rho = 0
    delta_0: volt = 0.05 * mV  # step of theta
    delta_more = 0
    theta_least: volt = 0 * mV  # smallest theta
    tau_theta: second = 1e4 * second  # decay of theta
    gap: second = 150 * ms  # rest between images, in which theta also decays
    theta_shrink = 1
    gain_test = 1

    excitatory: str = excitatory
    inhibitory: str = inhibitory
    pixel: str = learning_grid.pixel

    limits = {
        "tau_m_E tau_m_I tau_e tau_i tau_theta": "> 0",
        "t_ref_E t_ref_I G_in G_ei G_ie G_ie_test G_own G_own_test delta_0 gap": ">= 0",
    }

    conductance = "1"

    @classmethod
    def tuned(cls, **fields) -> "LIFMnistGrid":
        """The grid with TUNED, except for `fields`."""
        return cls(**{**TUNED, **fields})

    @property
    def excitatory_cell(self) -> Cell:
        return Cell(
            threshold="v > v_thresh_E + theta",
            refractory="t_ref_E",
            reset="v = v_reset_E\ntheta += delta\n",  # (g)
            rest="v = v_rest_E\ng_e = 0\ng_i = 0\ntheta *= exp(-learning*(presentation + gap)/tau_theta)\n",  # (g)
        )

    @property
    def inhibitory_cell(self) -> Cell:
        return Cell(
            threshold="v > v_thresh_I",
            refractory="t_ref_I",
            reset="v = v_reset_I\n",
            rest="v = v_rest_I\ng_e = 0\n",
        )
