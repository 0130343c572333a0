"""A grid of excitatory cells that learns images, and a grid of inhibitory cells that lets few of them win.

The base of the networks `hh_mnist_grid` and `lif_mnist_grid`, after P. U. Diehl and M. Cook (2015), Frontiers in
Computational Neuroscience 9:99; they differ in the cells. Letters are those of these models.

    population     cells      receives                          synapses
    pixels         784        Poisson spikes, value -> rate
    excitatory     n x n      all pixels, weights w learned     784 n^2            learned
                              all inhibitory but its own        n^2 (n^2 - 1)      inhibit
                              its own inhibitory cell           n^2                inhibit_own
    inhibitory     n x n      its excitatory cell               n^2                excite
"""

from dataclasses import dataclass

import numpy as np
from brian2 import Equations, Hz, Network, NeuronGroup, Synapses, TimedArray, ms, second

from zoo import Model, encoding
from zoo.core import quantities
from zoo.functions.table import byte_table
from zoo.models.equations import neuron_scheme
from zoo.models.equations.plasticity import RULES

#: Features of an image by name, and their number of inputs (`zoo.images.encoding.features`).
INPUTS = {"pixels": 784, "dog": 1568, "gabor": 784, "upright": 784, "upright_gabor": 784}

# One spike train for every input.
pixel = """
rate   : Hz
t_next : second
value  : 1
white  : Hz (shared, constant)
"""


@dataclass(frozen=True)
class Cell:
    """The properties of a cell besides equations: conditions, statements at a spike, and `rest`, which reset it to rest.

    `step` are the statements of every time step, when a separate scheme, not Brian2, advances the equations.
    """

    threshold: str
    refractory: str
    rest: str
    reset: str = ""
    step: str = ""


def homeostasis(unit: str) -> str:
    """The variables of homeostasis, and of the annealing of learning; theta has the `unit`."""
    return f"""
        k           : 1 (shared)
        delta       : {unit} (shared)
        delta_0     : {unit} (shared, constant)
        delta_more  : 1 (shared, constant)
        k_delta     : 1 (shared, constant)
        rho         : 1 (shared, constant)
        theta_least : {unit} (shared, constant)
        learning    : 1 (shared, constant)
        A_plus      : 1 (shared)
        A_minus     : 1 (shared)
        A_plus_0    : 1 (shared, constant)
        A_minus_0   : 1 (shared, constant)
        k_a         : 1 (shared, constant)
        a_least     : 1 (shared, constant)
        W           : 1 (shared, constant)
        w_sum       : 1
        w_scale     : 1
        """


class LearningGrid(Model):
    n: int = 10  # cells along an edge of both grids
    n_images: int = 1000  # largest number of images in one run of the program
    presentation: second = 350 * ms  # duration of an image

    features: str = "pixels"  # what drives the inputs: pixels, dog, gabor, upright or upright_gabor
    intensity: str = "L2"  # norm to which all images are scaled: none, L1 or L2
    code: str = "poisson"  # poisson: a feature is a rate; latency: one spike, earlier for brighter pixels
    white: Hz = 190 * Hz  # rate of a white pixel
    window: second = 100 * ms  # latency of a black pixel
    gain: 1 = 1  # factor of all inputs
    spikes_least: 1 = 1  # an image with fewer spikes is shown again, with the gain increased by half
    again: int = 2  # largest number of repetitions

    learning: 1 = 1  # 1 to learn, 0 to keep weights and theta as they are
    rule: str = "pair"  # rule of synaptic plasticity: pair, pair_all, triplet or diehl_cook
    A_plus_0: 1 = 0.012  # initial potentiation at a spike of the cell
    A_minus_0: 1 = 1e-4  # initial depression at a spike of the input
    A_pair: 1 = 0  # potentiation without an earlier spike of the cell; triplet
    x_tar: 1 = 0.4  # trace of an input whose weight stays constant; diehl_cook
    mu: 1 = 0.2  # how potentiation depends on the weight; diehl_cook
    tau_x: second = 20 * ms  # decay of the trace of an input
    tau_y: second = 20 * ms  # decay of the trace of a cell
    tau_y_slow: second = 40 * ms  # decay of its second trace; triplet
    k_a: 1 = 8000  # images in which A_plus and A_minus fall to 1/e
    a_least: 1 = 0.07  # but not below this fraction
    w_max: 1 = 1  # largest weight
    w_start: 1 = 0.3  # initial weights are uniform below this
    norm: str = "L2"  # norm of the weights of a cell, restored with every image: L1 or L2
    W: 1 = 6  # value of this norm

    rho: 1 = 0.2  # target of theta, spikes per image
    delta_more: 1 = 12  # initial increase of the step of theta
    k_delta: 1 = 800  # images in which this increase falls to 1/e

    theta_shrink: 1 = 0.25  # fraction of the differences between the theta of cells that remains while testing
    gain_test: 1 = 1.15  # factor of all inputs while testing
    count_decay: second = 0 * ms  # a spike counts exp(-t/count_decay) at t in its image; 0*ms: every spike counts 1

    limits = {
        "presentation window tau_x tau_y tau_y_slow k_a k_delta w_max W": "> 0",
        "white gain spikes_least again learning w_start rho delta_more theta_shrink gain_test count_decay": ">= 0",
        "n_images": ">= 1",
        "a_least": (0, 1),
        "features": INPUTS,
        "intensity": encoding.INTENSITIES,
        "code": ("poisson", "latency"),
        "rule": RULES,
        "norm": ("L1", "L2"),
    }
    # A page shows a grid that has learned.
    explore = dict.fromkeys((
        "learning", "A_plus_0", "A_minus_0", "A_pair", "tau_x", "tau_y", "tau_y_slow", "k_a", "a_least", "w_max", "w_start",
        "W", "rho", "delta_0", "delta_more", "k_delta", "theta_least", "tau_theta", "gap", "v_spike",
    ))  # fmt: skip

    state = ("learned.w", "excitatory.theta", "excitatory.k")

    #: Unit of conductances.
    conductance = "siemens/meter**2"

    #: Fields from which `tuned` chooses the others.
    variants = ()

    @classmethod
    def tuned(cls, **fields):
        """The grid that the experiments run: `fields`, and the settings that suit them."""
        return cls(**fields)

    def __post_init__(self):
        super().__post_init__()
        if self.code == "poisson":
            encoding.check_rates(self.white, self.dt, "a white pixel (--white)")

    @property
    def inputs(self) -> int:
        """The number of input spike trains."""
        return INPUTS[self.features]

    def shown(self, images: np.ndarray) -> dict:
        """The values of a run that shows `images`, bytes (count, rows, columns), at most n_images."""
        features = encoding.features(images, self.features)
        table = np.zeros((self.n_images, self.inputs), dtype=np.uint8)
        scale = np.ones(self.n_images)
        table[: len(images)] = encoding.as_bytes(features)
        scale[: len(images)] = encoding.scales(features, **encoding.INTENSITIES[self.intensity])
        if self.code == "poisson" and len(images):
            brightest = scale[: len(images)] * table[: len(images)].max(axis=1) / 255
            pixel = f"the brightest pixel of an image at --white {quantities.format(self.white)} and --intensity {self.intensity}"
            encoding.check_rates(self.white * brightest.max(), self.dt, pixel)
        return {"images.values": table, "scale.values": scale}

    def amplified(self, gain) -> dict:
        """The values of a run with `gain` instead of the field of that name."""
        return {"learned.gain": gain}

    def normalised(self, w: np.ndarray) -> np.ndarray:
        """Weights (inputs*n^2,) with the norm W for every cell, as at the start of an image."""
        columns = np.asarray(w).reshape(self.inputs, self.n**2)
        length = np.linalg.norm(columns, ord=1 if self.norm == "L1" else 2, axis=0)
        return (columns * (self.W / np.maximum(length, 1e-12))).ravel()

    def at_test(self, theta) -> dict:
        """The values of a run that does not learn, for a grid with these `theta`."""
        return {
            "excitatory.learning": 0,
            "excitatory.theta": theta.mean() + self.theta_shrink * (theta - theta.mean()),
            **self.amplified(self.gain_test),
            "inhibit.G_ie": self.G_ie_test,
            "inhibit_own.G_own": self.G_own_test,
        }

    def build(self):
        rule = RULES[self.rule]
        namespace = {
            **self.namespace,
            "images": byte_table("images", (self.n_images, self.inputs)),
            "never": 1e9 * second,
            "scale": TimedArray(np.ones(self.n_images), dt=self.presentation, name="scale"),
        }
        pixels = self._pixels(rule, namespace)
        excitatory = self._cells("excitatory", self.excitatory_cell, namespace, rule.target, rule.target_reset)
        inhibitory = self._cells("inhibitory", self.inhibitory_cell, namespace)

        g = self.conductance
        learned = Synapses(
            pixels,
            excitatory,
            rule.model
            + f"""
            gain    : 1 (shared, constant)
            w_start : 1 (shared, constant)
            G_in    : {g} (shared, constant)
            """,
            on_pre="g_e_post += G_in*gain*w\n" + rule.on_pre,
            on_post=rule.on_post,
            namespace=namespace,
            name="learned",
        )
        learned.connect()
        excite = Synapses(
            excitatory, inhibitory, f"G_ei : {g} (shared, constant)", on_pre="g_e_post += G_ei",
            namespace=namespace, name="excite",
        )  # fmt: skip
        excite.connect(j="i")
        inhibit = Synapses(
            inhibitory, excitatory, f"G_ie : {g} (shared, constant)", on_pre="g_i_post += G_ie",
            namespace=namespace, name="inhibit",
        )  # fmt: skip
        inhibit.connect(condition="i != j")
        inhibit_own = Synapses(
            inhibitory, excitatory, f"G_own : {g} (shared, constant)", on_pre="g_i_post += G_own",
            namespace=namespace, name="inhibit_own",
        )  # fmt: skip
        inhibit_own.connect(j="i")

        self._at_image_boundaries(rule, pixels, excitatory, inhibitory, learned)
        return Network(pixels, excitatory, inhibitory, learned, excite, inhibit, inhibit_own)

    def _pixels(self, rule, namespace):
        """The next spike of a Poisson process is drawn once per spike, not in every time step."""
        resets = {"poisson": "t_next -= log(rand())/rate\n", "latency": "t_next += never\n"}
        return NeuronGroup(
            self.inputs,
            self.pixel + rule.source,
            threshold="t >= t_next",
            reset=resets[self.code] + rule.source_reset,
            method="exact",
            namespace=namespace,
            name="pixels",
        )

    def _cells(self, name, cell, namespace, equations="", reset=""):
        own = getattr(self, name)
        cells = NeuronGroup(
            self.n**2,
            (neuron_scheme.held(own) if cell.step else own) + equations,
            threshold=cell.threshold,
            refractory=cell.refractory,
            reset=cell.reset + reset or None,
            method="exponential_euler",
            namespace=namespace,
            name=name,
        )
        if cell.step:
            cells.run_regularly(cell.step, dt=self.dt, when="groups", order=-1, name=f"{name}_step")
        return cells

    def _at_image_boundaries(self, rule, pixels, excitatory, inhibitory, learned):
        """Show the next image to cells at rest, with normalised weights and one step of homeostasis."""
        next_image = {
            # A black pixel spikes once in 30,000 years; at a rate of exactly 0 numpy warns of a division.
            "poisson": """
                rate = white*scale(t)*images(t/presentation + 0.5, i)/255 + 1e-12*Hz
                t_next = t - log(rand())/rate
                """,
            "latency": """
                value = clip(scale(t)*images(t/presentation + 0.5, i)/255, 0, 1)
                t_next = t + window*(1 - value) + never*int(value <= 0)
                """,
        }[self.code]  # fmt: skip
        pixels.run_regularly(next_image + _zero(rule.source), dt=self.presentation, name="next_image")
        excitatory.run_regularly(
            """
            A_plus = learning*A_plus_0*clip(exp(-k/k_a), a_least, 1)
            A_minus = learning*A_minus_0*clip(exp(-k/k_a), a_least, 1)
            delta = learning*delta_0*(1 + delta_more*exp(-k/k_delta))
            k += learning
            """,
            dt=self.presentation,
            name="anneal",
        )
        excitatory.run_regularly(
            self.excitatory_cell.rest
            + _zero(rule.target)
            + """
            theta -= rho*delta
            theta += (theta_least - theta)*int(theta < theta_least)
            w_sum = 0
            """,
            dt=self.presentation,
            order=1,
            name="excitatory_to_rest",
        )
        inhibitory.run_regularly(self.inhibitory_cell.rest, dt=self.presentation, name="inhibitory_to_rest")
        # In four steps, the first of which is above; without learning the weights do not change.
        part, length = {"L1": ("w", "w_sum"), "L2": ("w**2", "sqrt(w_sum)")}[self.norm]
        learned.run_regularly(f"w_sum_post += {part}", dt=self.presentation, order=2, name="sum_weights")
        excitatory.run_regularly(
            f"w_scale = 1 + learning*(W/clip({length}, 1e-12, inf) - 1)",
            dt=self.presentation,
            order=3,
            name="scale_weights",
        )
        learned.run_regularly("w *= w_scale_post", dt=self.presentation, order=4, name="normalise")

    def initialise(self, network):
        network["learned"].w = "w_start*rand()"


def _zero(equations):
    """Statements that set the traces of a rule to 0."""
    return "".join(f"{name} = 0\n" for name in sorted(Equations(equations).diff_eq_names))
