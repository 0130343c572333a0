"""The network of Diehl and Cook, which learns to recognise handwritten digits by STDP, without labels.

Source: P. U. Diehl and M. Cook (2015), Unsupervised learning of digit recognition using spike-timing-dependent
plasticity, Frontiers in Computational Neuroscience 9:99; parameters that the paper does not print are those of its
published program.

    (1)  tau v' = E_rest - v + g_e (E_e - v) + g_i (E_i - v)
    (2)  tau_e g_e' = -g_e,   tau_i g_i' = -g_i
    (3)  dw = eta (x - x_tar) (w_max - w)^mu            rule "power", at a spike of the excitatory cell
    (a)  dw = -A_minus y                                rule "triplet", when an input spike arrives
         dw = A_plus x y_slow                           and at a spike of the excitatory cell
    (b)  v > v_thresh + theta:  v <- v_reset for t_ref;  in excitatory cells theta += delta, tau_theta theta' = -theta
    (c)  sum_j w_ij = W                                 before every image

    population     cells   receives                                 on a spike
    pixels         784     Poisson spikes at white*(value/255)
    excitatory     n x n   all pixels, after 0 to 10 ms             g_e += w
                           all inhibitory cells but its own         g_i += G_ie
    inhibitory     n x n   its own excitatory cell                  g_e += G_ei

x, y and y_slow are traces that decay with tau_x, tau_y and tau_y_slow. In (3) x grows by 1 with every input spike that
arrives; in (a) each trace is set to 1 (by the spike that uses y_slow only afterwards). Conductances are in units of the
leak. An image is shown for 350 ms; then the inputs rest for 150 ms, in which all variables decay. An image that evokes
fewer than 5 spikes is shown again at rates that are higher by half of the first ones each time. While
classes are assigned to the cells and images are classified, weights and theta stay as they are.

The rule "power" is that of section 2.3 of the paper, with the numbers of its program, which runs "triplet". In the paper 100
cells (n = 10) and 400 cells (n = 20) classify 82.9 and 87.0 % of the test images of MNIST. Equations take forward Euler
steps of 0.5 ms, as in the program.

Differs from the paper: an image that is shown again follows the other images of its chunk of n_images, at whose start the
cells are at rest.

Cite: DiehlCook2015
Chapter: learning
"""

import numpy as np
from brian2 import Hz, Network, NeuronGroup, Synapses, ms, mV, second, volt

from zoo import Model, encoding
from zoo.functions.table import byte_table

power = """
w       : 1
x_tar   : 1 (shared, constant)
mu      : 1 (shared, constant)
dx/dt   = -x/tau_x                                                       : 1 (event-driven)
"""
triplet = """
w       : 1
A_plus  : 1 (shared, constant)
A_minus : 1 (shared, constant)
dx/dt   = -x/tau_x                                                       : 1 (event-driven)
"""

#: Rule -> the equations of a synapse, and what an input spike and a spike of the cell do there.
RULES = {
    "power": (
        power,
        "x += 1",
        "w = clip(w + learning_post*eta*(x - x_tar)*clip(w_max - w, 0, inf)**mu, 0, w_max)",  # (3)
    ),
    "triplet": (
        triplet,
        "w = clip(w - learning_post*A_minus*y_post, 0, w_max)\nx = 1",  # (a)
        "w = clip(w + learning_post*A_plus*x*y_slow_post, 0, w_max)",  # (a)
    ),
}


class DiehlCook2015(Model):
    dt: second = 0.5 * ms  # time step
    n: int = 10  # excitatory cells along an edge of the grid in which they are drawn
    n_images: int = 1000  # largest number of images in one run of the program

    exposure: second = 350 * ms  # duration of an image
    rest: second = 150 * ms  # time without inputs after it
    white: Hz = 63.75 * Hz  # rate of a white pixel
    gain: 1 = 1  # factor of all rates
    gain_test: 1 = 1  # factor of all rates while testing
    spikes_least: 1 = 5  # an image with fewer spikes is shown again
    again: int = 10  # largest number of repetitions

    tau_E: second = 100 * ms  # membrane time constant, excitatory cells
    tau_I: second = 10 * ms  # membrane time constant, inhibitory cells
    E_rest_E: volt = -65 * mV  # resting potential, excitatory cells
    E_rest_I: volt = -60 * mV  # resting potential, inhibitory cells
    v_reset_E: volt = -65 * mV  # v after a spike, excitatory cells
    v_reset_I: volt = -45 * mV  # v after a spike, inhibitory cells
    v_thresh_E: volt = -72 * mV  # threshold without theta, excitatory cells
    v_thresh_I: volt = -40 * mV  # threshold, inhibitory cells
    t_ref_E: second = 5 * ms  # refractory period, excitatory cells
    t_ref_I: second = 2 * ms  # refractory period, inhibitory cells
    E_e: volt = 0 * mV  # reversal potential of excitation
    E_i: volt = -100 * mV  # reversal potential of inhibition
    tau_e: second = 1 * ms  # decay of excitation
    tau_i: second = 2 * ms  # decay of inhibition
    G_ei: 1 = 10.4  # from an excitatory to its inhibitory cell
    G_ie: 1 = 17  # from an inhibitory to all other excitatory cells
    delay_most: second = 10 * ms  # delays of the inputs are uniform below this
    delay_seed: int = 0  # seed of the delays, which are the same in all runs

    learning: 1 = 1  # 1 to learn, 0 to keep weights and theta as they are
    rule: str = "power"  # rule of plasticity
    eta: 1 = 0.01  # learning rate; power
    x_tar: 1 = 0.4  # trace of an input whose weight stays constant; power
    mu: 1 = 0.2  # how potentiation depends on the weight; power
    A_plus: 1 = 0.01  # potentiation; triplet
    A_minus: 1 = 1e-4  # depression; triplet
    tau_x: second = 20 * ms  # decay of the trace of an input
    tau_y: second = 20 * ms  # decay of the trace of a cell
    tau_y_slow: second = 40 * ms  # decay of its second trace
    w_max: 1 = 1  # largest weight
    w_start: 1 = 0.3  # initial weights are uniform below this, before they are normalised
    W: 1 = 78  # sum of the weights of a cell
    theta_0: volt = 20 * mV  # theta at the start
    delta: volt = 0.05 * mV  # step of theta at a spike
    tau_theta: second = 1e4 * second  # decay of theta

    pixel: str = """
    rate   : Hz
    t_next : second
    t_end  : second
    white  : Hz (shared, constant)
    gain   : 1 (shared, constant)
    """
    excitatory: str = """
    dv/dt       = (E_rest_E - v + g_e*(E_e - v) + g_i*(E_i - v))/tau_E      : volt (unless refractory)  # (1)
    dg_e/dt     = -g_e/tau_e                                                : 1                         # (2)
    dg_i/dt     = -g_i/tau_i                                                : 1                         # (2)
    dtheta/dt   = -learning*theta/tau_theta                                 : volt                      # (b)
    dy/dt       = -y/tau_y                                                  : 1                         # (a)
    dy_slow/dt  = -y_slow/tau_y_slow                                        : 1                         # (a)
    learning    : 1 (shared, constant)
    k           : 1 (shared)
    w_sum       : 1
    w_scale     : 1
    """
    inhibitory: str = """
    dv/dt       = (E_rest_I - v + g_e*(E_e - v))/tau_I                      : volt (unless refractory)  # (1)
    dg_e/dt     = -g_e/tau_e                                                : 1                         # (2)
    """

    limits = {
        "exposure tau_E tau_I tau_e tau_i tau_x tau_y tau_y_slow tau_theta w_max W": "> 0",
        "rest white gain gain_test spikes_least again t_ref_E t_ref_I G_ei G_ie delay_most learning": ">= 0",
        "w_start": "> 0",
        "n_images": ">= 1",
        "rule": RULES,
    }

    state = ("learned.w", "excitatory.theta", "excitatory.k")

    # What the trainings of images ask of a network besides its fields.
    features = "pixels"
    inputs = 784
    count_decay = 0 * ms
    variants = ()
    conductance = "1"
    rho = 0

    @property
    def presentation(self):
        """The time from one image to the next."""
        return self.exposure + self.rest

    @classmethod
    def tuned(cls, **fields):
        """The model with these fields: the paper has no other settings for another size."""
        return cls(**fields)

    def __post_init__(self):
        super().__post_init__()
        encoding.check_rates(self.white * self.gain, self.dt, "a white pixel (--white)")

    def shown(self, images: np.ndarray) -> dict:
        """The values of a run that shows `images`, bytes (count, rows, columns), at most n_images."""
        table = np.zeros((self.n_images, self.inputs), dtype=np.uint8)
        table[: len(images)] = np.reshape(images, (len(images), -1))
        return {"images.values": table}

    def amplified(self, gain) -> dict:
        """The values of a run with the rates of all pixels times `gain`."""
        return {"pixels.gain": gain}

    def normalised(self, w: np.ndarray) -> np.ndarray:
        """Weights (784*n^2,) with the sum W for every cell, as at the start of an image."""
        columns = np.asarray(w).reshape(self.inputs, self.n**2)
        return (columns * (self.W / np.maximum(columns.sum(axis=0), 1e-12))).ravel()

    def at_test(self, theta) -> dict:
        """The values of a run that does not learn."""
        return {"excitatory.learning": 0, "excitatory.theta": theta} | self.amplified(self.gain_test)

    def build(self):
        equations, on_pre, on_post = RULES[self.rule]
        shown = {"images": byte_table("images", (self.n_images, self.inputs)), "presentation": self.presentation}
        # The next spike of a Poisson process is drawn once for each spike, not in every time step.
        pixels = NeuronGroup(
            self.inputs,
            self.pixel,
            threshold="t >= t_next and t < t_end",
            reset="t_next -= log(rand())/rate",
            namespace=shown,
            name="pixels",
        )
        excitatory = NeuronGroup(
            self.n**2,
            self.excitatory,
            threshold="v > v_thresh_E + theta",
            refractory="t_ref_E",
            reset="v = v_reset_E\ntheta += learning*delta\ny = 1\ny_slow = 1",
            method="euler",
            name="excitatory",
        )
        inhibitory = NeuronGroup(
            self.n**2,
            self.inhibitory,
            threshold="v > v_thresh_I",
            refractory="t_ref_I",
            reset="v = v_reset_I",
            method="euler",
            name="inhibitory",
        )
        learned = Synapses(
            pixels, excitatory, equations, on_pre="g_e_post += w\n" + on_pre, on_post=on_post, name="learned"
        )
        learned.connect()
        uniform = np.random.default_rng(self.delay_seed).random(self.inputs * self.n**2)
        learned.delay = uniform * self.delay_most
        excite = Synapses(excitatory, inhibitory, on_pre="g_e_post += G_ei", name="excite")
        excite.connect(j="i")
        inhibit = Synapses(inhibitory, excitatory, on_pre="g_i_post += G_ie", name="inhibit")
        inhibit.connect(condition="i != j")

        # At the start of an image; a black pixel spikes once in 30,000 years, as numpy warns of a division by zero.
        pixels.run_regularly(
            """
            rate = gain*white*images(t/presentation + 0.5, i)/255 + 1e-12*Hz
            t_next = t - log(rand())/rate
            t_end = t + exposure - dt/2
            """,
            dt=self.presentation,
            name="next_image",
        )
        # (c) in four steps; without learning the weights do not change.
        excitatory.run_regularly("k += learning\nw_sum = 0", dt=self.presentation, order=1, name="count_image")
        learned.run_regularly("w_sum_post += w", dt=self.presentation, order=2, name="sum_weights")
        excitatory.run_regularly(
            "w_scale = 1 + learning*(W/clip(w_sum, 1e-12, inf) - 1)",
            dt=self.presentation,
            order=3,
            name="scale_weights",
        )
        learned.run_regularly("w *= w_scale_post", dt=self.presentation, order=4, name="normalise")
        return Network(pixels, excitatory, inhibitory, learned, excite, inhibit)

    def initialise(self, network):
        network["excitatory"].v = "E_rest_E"
        network["excitatory"].theta = "theta_0"
        network["inhibitory"].v = "E_rest_I"
        network["learned"].w = "w_start*(rand() + 0.01)"
