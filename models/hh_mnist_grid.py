"""Two grids of Hodgkin-Huxley cells that learn handwritten digits by STDP.

Source: the network of P. U. Diehl and M. Cook (2015), Unsupervised learning of digit recognition using
spike-timing-dependent plasticity, Frontiers in Computational Neuroscience 9:99, with the cells of A. L. Hodgkin and
A. F. Huxley (1952), J. Physiol. 117:500-544, in the place of integrate-and-fire neurons.

    (a)  C v' = -theta - g_Na m^3 h (v - E_Na) - g_K n^4 (v - E_K) - g_L (v - E_L) - g_e (v - E_e) - g_i (v - E_i)
    (b)  tau_e g_e' = -g_e        g_e += G_in gain w      at a spike of an input
    (c)  tau_i g_i' = -g_i        g_i += G_ie             at a spike of an inhibitory cell
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
    inhibitory     n x n      its excitatory cell               n^2

A spike is an upward crossing of -20 mV. By (g) a cell comes to rho spikes an image on average, so that all cells take part.
Every image is shown for 350 ms; then all cells are put back to rest.

Differs from the paper: a Hodgkin-Huxley cell has no threshold that could adapt, so homeostasis is a current, theta; STDP is
pair-based, with a trace of the postsynaptic cell; weights are kept at an L2 norm, not at a sum; cells are put back to rest
between images where the paper waits for 150 ms; silent images are not shown again; all images have the same L2 norm.

The time step of 0.25 ms with exponential Euler is coarse for speed: at a constant 10 uA/cm^2 a cell spikes at 61 Hz, where the
equations' own rate is 68 Hz (65 Hz at 0.1 ms).
"""

import numpy as np
from brian2 import Hz, Network, NeuronGroup, Synapses, TimedArray, cm, ms, msiemens, mV, second, uA, uF, volt

from models.equations.neurons import hodgkin_huxley_gates, hodgkin_huxley_rest
from models.equations.plasticity import pair_stdp
from zoo import Model

PIXELS = 28 * 28

cell = """
dv/dt   = -(I_ion + I_syn)/C                                                  : volt              # (a)
I_ion   = g_Na*m**3*h*(v - E_Na) + g_K*n_K**4*(v - E_K) + g_L*(v - E_L)       : amp/meter**2
""" + hodgkin_huxley_gates  # fmt: skip


class HHMnistGrid(Model):
    dt: second = 0.25 * ms  # time step
    n: int = 10  # cells along an edge of both grids
    n_images: int = 250  # most images that one run of the program takes
    presentation: second = 350 * ms  # time that an image is shown

    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_Na: msiemens / cm**2 = 120 * msiemens / cm**2  # sodium conductance
    g_K: msiemens / cm**2 = 36 * msiemens / cm**2  # potassium conductance
    g_L: msiemens / cm**2 = 0.3 * msiemens / cm**2  # leak conductance
    E_Na: volt = 50 * mV  # reversal potential of sodium
    E_K: volt = -77 * mV  # reversal potential of potassium
    E_L: volt = -54.3 * mV  # reversal potential of the leak
    v_rest: volt = -65 * mV  # where an image starts
    v_spike: volt = -20 * mV  # crossed upwards by a spike

    E_e: volt = 0 * mV  # reversal potential of excitation
    E_i: volt = -80 * mV  # reversal potential of inhibition
    tau_e: second = 100 * ms  # decay of excitation by the inputs
    tau_ei: second = 2 * ms  # decay of excitation of the inhibitory cells
    tau_i: second = 20 * ms  # decay of inhibition
    G_in: msiemens / cm**2 = 1.3e-3 * msiemens / cm**2  # from an input of weight 1
    G_ei: msiemens / cm**2 = 0.5 * msiemens / cm**2  # from an excitatory to its inhibitory cell
    G_ie: msiemens / cm**2 = 0.3 * msiemens / cm**2  # from an inhibitory to all other excitatory cells
    gain: 1 = 1  # factor of all inputs

    learning: 1 = 1  # 1 to learn, 0 to keep weights and theta as they are
    A_plus_0: 1 = 0.012  # potentiation at a spike of the cell, at first
    A_minus_0: 1 = 1e-4  # depression at a spike of the input, at first
    tau_x: second = 20 * ms  # decay of the trace of an input
    tau_y: second = 20 * ms  # decay of the trace of a cell
    k_a: 1 = 8000  # images in which both fall to 1/e
    a_least: 1 = 0.07  # but not below this part
    w_max: 1 = 1  # largest weight
    w_start: 1 = 0.3  # weights are uniform below this at first
    W: 1 = 6  # L2 norm of the weights of a cell
    delta_0: uA / cm**2 = 0.03 * uA / cm**2  # step of theta in the end
    delta_more: 1 = 12  # how much more of it at first
    k_delta: 1 = 800  # images in which this more falls to 1/e
    rho: 1 = 0.2  # spikes an image that theta aims at
    theta_least: uA / cm**2 = -4 * uA / cm**2  # least theta

    excitatory: str = (
        cell
        + pair_stdp.target
        + """
        I_syn   = g_e*(v - E_e) + g_i*(v - E_i) + theta                       : amp/meter**2
        dg_e/dt = -g_e/tau_e                                                  : siemens/meter**2  # (b)
        dg_i/dt = -g_i/tau_i                                                  : siemens/meter**2  # (c)
        theta                                                                 : amp/meter**2
        w_square                                                              : 1
        k                                                                     : 1 (shared)
        A_plus                                                                : 1 (shared)
        A_minus                                                               : 1 (shared)
        delta                                                                 : amp/meter**2 (shared)
        learning                                                              : 1 (shared, constant)
        A_plus_0                                                              : 1 (shared, constant)
        A_minus_0                                                             : 1 (shared, constant)
        k_a                                                                   : 1 (shared, constant)
        a_least                                                               : 1 (shared, constant)
        W                                                                     : 1 (shared, constant)
        delta_0                                                               : amp/meter**2 (shared, constant)
        delta_more                                                            : 1 (shared, constant)
        k_delta                                                               : 1 (shared, constant)
        rho                                                                   : 1 (shared, constant)
        theta_least                                                           : amp/meter**2 (shared, constant)
        """
    )
    inhibitory: str = (
        cell
        + """
        I_syn   = g_e*(v - E_e)                                               : amp/meter**2
        dg_e/dt = -g_e/tau_ei                                                 : siemens/meter**2  # (d)
        """
    )
    pixel: str = (
        pair_stdp.source
        + """
        rate                                                                  : Hz
        t_next                                                                : second
        """
    )

    state = ("learned.w", "excitatory.theta", "excitatory.k")

    def build(self):
        # Rates of the pixels in the images of one run: the value "images.values", (n_images, 784).
        images = TimedArray(np.zeros((self.n_images, PIXELS)) * Hz, dt=self.presentation, name="images")
        namespace = {**self.namespace, "images": images}

        # The next spike of a Poisson process is drawn once a spike, not in every time step.
        pixels = NeuronGroup(
            PIXELS,
            self.pixel,
            threshold="t >= t_next",
            reset="t_next -= log(rand())/rate\n" + pair_stdp.source_reset,
            method="exact",
            namespace=namespace,
            name="pixels",
        )
        common = {
            "threshold": "v > v_spike",
            "refractory": "v > v_spike",
            "method": "exponential_euler",
            "namespace": namespace,
        }
        reset = "theta += delta\n" + pair_stdp.target_reset  # (g)
        excitatory = NeuronGroup(self.n**2, self.excitatory, reset=reset, name="excitatory", **common)
        inhibitory = NeuronGroup(self.n**2, self.inhibitory, name="inhibitory", **common)

        learned = Synapses(
            pixels,
            excitatory,
            pair_stdp.model
            + """
            gain    : 1 (shared, constant)
            w_start : 1 (shared, constant)
            G_in    : siemens/meter**2 (shared, constant)
            """,
            on_pre="g_e_post += G_in*gain*w\n" + pair_stdp.on_pre,  # (b), (e)
            on_post=pair_stdp.on_post,  # (f)
            namespace=namespace,
            name="learned",
        )
        learned.connect()
        excite = Synapses(
            excitatory, inhibitory, "G_ei : siemens/meter**2 (shared, constant)",
            on_pre="g_e_post += G_ei", namespace=namespace, name="excite",
        )  # fmt: skip
        excite.connect(j="i")
        inhibit = Synapses(
            inhibitory, excitatory, "G_ie : siemens/meter**2 (shared, constant)",
            on_pre="g_i_post += G_ie", namespace=namespace, name="inhibit",
        )  # fmt: skip
        inhibit.connect(condition="i != j")

        self._at_image_boundaries(pixels, excitatory, inhibitory, learned)
        return Network(pixels, excitatory, inhibitory, learned, excite, inhibit)

    def _at_image_boundaries(self, pixels, excitatory, inhibitory, learned):
        """Show the next image to cells at rest, with normalised weights and one step of homeostasis."""
        rest = "v = v_rest\n" + hodgkin_huxley_rest + "g_e = 0*siemens/meter**2\n"
        # A black pixel spikes once in 30,000 years; at a rate of exactly 0 numpy warns of a division.
        pixels.run_regularly(
            """
            rate = images(t, i) + 1e-12*Hz
            t_next = t - log(rand())/rate
            x = 0
            """,
            dt=self.presentation,
            name="next_image",
        )
        excitatory.run_regularly(
            """
            A_plus = learning*A_plus_0*clip(exp(-k/k_a), a_least, 1)
            A_minus = learning*A_minus_0*clip(exp(-k/k_a), a_least, 1)
            delta = learning*delta_0*(1 + delta_more*exp(-k/k_delta))
            k += learning
            """,  # (i)
            dt=self.presentation,
            name="anneal",
        )
        excitatory.run_regularly(
            rest
            + """
            g_i = 0*siemens/meter**2
            y = 0
            theta = clip(theta - rho*delta, theta_least, inf*amp/meter**2)
            w_square = 0
            """,  # (g)
            dt=self.presentation,
            order=1,
            name="excitatory_to_rest",
        )
        inhibitory.run_regularly(rest, dt=self.presentation, name="inhibitory_to_rest")
        # (h) in three steps, of which the first is above; without learning the weights stay as they are.
        learned.run_regularly("w_square_post += w**2", dt=self.presentation, order=2, name="sum_weights")
        learned.run_regularly(
            "w *= 1 + learning_post*(W_post/sqrt(w_square_post) - 1)", dt=self.presentation, order=3, name="normalise"
        )

    def initialise(self, network):
        network["learned"].w = "w_start*rand()"
