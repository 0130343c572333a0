"""The rows of the study of grids that learn: networks, training and settings."""

from dataclasses import dataclass, field

from brian2 import Hz, Quantity, ms, mV

from zoo.core import quantities
from zoo.model import annotations
from zoo.models.hh_mnist_grid import HHMnistGrid, S, U
from zoo.models.lif_mnist_grid import TUNED as TUNED_LIF
from zoo.models.lif_mnist_grid import LIFMnistGrid
from zoo.training.plan import Plan

#: Training images of MNIST, and of the data sets with the same structure.
MNIST = 60_000


@dataclass(frozen=True)
class Row:
    """A network and its training; `fields` are those of its model that differ from the defaults."""

    name: str
    network: str = "hh"
    n: int = 10
    train: int = 8000
    dataset: str = "mnist"
    epochs: int = 1
    label: int = 10_000
    test: int = 10_000
    fields: dict = field(default_factory=dict)

    @property
    def model(self):
        return {"hh": HHMnistGrid, "lif": LIFMnistGrid}[self.network].tuned(n=self.n, **self.fields)

    @property
    def cell(self):
        names = {"point": "point Hodgkin-Huxley", "ball_and_stick": "soma + dendrite"}
        return names[self.model.cell] if self.network == "hh" else "integrate-and-fire"

    @property
    def setting(self):
        """The fields in words."""
        fields = {name: value for name, value in self.fields.items() if name != "cell"}
        units = annotations(type(self.model))
        return ", ".join(f"{name} {_text(value, units[name])}" for name, value in fields.items()) or "default"

    def plan(self, seed, data_dir, held_out=False):
        """The images; with `held_out` a row of all images of MNIST learns from those that are not held out.

        The embedded test digits are training images of MNIST anyway.
        """
        held_out = held_out and self.dataset != "digits"
        own = data_dir / self.dataset if data_dir and (data_dir / self.dataset).is_dir() else data_dir
        return Plan(
            dataset=self.dataset,
            data_dir=None if self.dataset == "digits" else own,
            train=min(self.train, MNIST - self.test) if held_out else self.train,
            epochs=self.epochs,
            label=self.label,
            test=self.test,
            held_out=held_out,
            seed=seed,
        )


def _text(value, unit):
    """A setting in the unit of its field; Brian2's choice of one depends on the units that are in use."""
    return quantities.text_in(value, unit) if isinstance(value, Quantity) else value


CELLS = {"lif": ("lif", {}), "hh": ("hh", {}), "dendrite": ("hh", {"cell": "ball_and_stick"})}

#: Embedded digits, in three minutes.
QUICK = tuple(
    Row(name, network, n, train=1000, dataset="digits", label=500, test=500, fields=fields)
    for name, network, n, fields in (
        ("digits_hh_n10", "hh", 10, {}),
        ("digits_hh_n6", "hh", 6, {}),
        ("digits_dendrite_n10", "hh", 10, {"cell": "ball_and_stick"}),
        ("digits_lif_n10", "lif", 10, {}),
        ("digits_hh_n10_gabor", "hh", 10, {"features": "gabor"}),
    )
)

#: Size, cell and number of images.
SIZES = tuple(
    Row(f"{name}_n{n}_{train}", network, n, train=train, fields=fields)
    for n in (10, 15, 20)
    for name, (network, fields) in CELLS.items()
    for train in (1000, 8000, 60_000)
)

#: Integrate-and-fire cells with the numbers of the program of Diehl & Cook.
PROGRAM = tuple(
    Row(
        f"lif_program_n{n}_{train}",
        "lif",
        n,
        train=train,
        fields={name: getattr(LIFMnistGrid, name) for name in TUNED_LIF},
    )
    for n in (10, 15, 20)
    for train in (1000, 8000)
)

#: Variants of settings that are defaults in the other rows, at n = 10 after 8,000 images.
VARIANTS = tuple(
    Row(f"hh_n10_{name}", fields=fields)
    for name, fields in (
        ("gabor", {"features": "gabor"}),
        ("dog", {"features": "dog"}),
        ("upright", {"features": "upright"}),
        ("upright_gabor", {"features": "upright_gabor"}),
        ("latency", {"code": "latency", "gain": 4}),
        ("intensity_L1", {"intensity": "L1"}),
        ("intensity_none", {"intensity": "none"}),
        ("norm_L1", {"norm": "L1", "W": 78}),
        ("triplet", {"rule": "triplet"}),
        ("diehl_cook", {"rule": "diehl_cook"}),
        ("refractory", {"t_ref_E": 5 * ms, "t_ref_I": 2 * ms}),
        ("threshold", {"v_spike": -52 * mV}),
        ("refractory_and_threshold", {"t_ref_E": 5 * ms, "t_ref_I": 2 * ms, "v_spike": -52 * mV}),
        ("bright", {"white": 600 * Hz}),
        ("no_homeostasis", {"delta_0": 0 * U}),
        ("slow_inhibition", {"G_ei": 0.5 * S}),
        ("long", {"presentation": 350 * ms, "white": 120 * Hz}),
    )
)

#: Other features with all images, and with more cells.
BEST = tuple(
    Row(f"hh_n{n}_{features}_{train}", n=n, train=train, fields={"features": features})
    for features in ("gabor", "upright", "upright_gabor")
    for n, train in ((10, 60_000), (15, 8000), (15, 60_000), (20, 8000), (20, 60_000))
)

#: Other images.
DATASETS = tuple(
    Row(f"hh_n{n}_fashion_mnist{suffix}_{train}", n=n, train=train, dataset="fashion_mnist", fields=fields)
    for suffix, fields in (("", {}), ("_gabor", {"features": "gabor"}))
    for n in (10, 20)
    for train in (8000, 60_000)
)

ROWS = {"quick": QUICK, "sizes": SIZES, "program": PROGRAM, "variants": VARIANTS, "best": BEST, "datasets": DATASETS}
ROWS["all"] = tuple(row for group in ROWS.values() for row in group)
