"""The five single neurons for the experiments that take any of them: choosing one, and what to draw."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from brian2 import Quantity, cm, ms, mV, nA, uA

from zoo import ZooError, replace
from zoo.core import quantities
from zoo.core.errors import unknown
from zoo.model import annotations
from zoo.models import morris_lecar
from zoo.models.equations.presets import izhikevich_presets
from zoo.models.equations.stimuli import stimuli
from zoo.models.fitzhugh_nagumo import FitzHughNagumo
from zoo.models.hodgkin_huxley import HodgkinHuxley
from zoo.models.izhikevich import Izhikevich
from zoo.models.leaky_integrate_and_fire import LeakyIntegrateAndFire
from zoo.models.morris_lecar import MorrisLecar

MICROAMP = uA / cm**2


@dataclass(frozen=True)
class Axis:
    """A variable of the phase plane: its name, the unit and label of its axis, and the window, in this unit."""

    name: str
    unit: object
    label: str
    low: float
    high: float


@dataclass(frozen=True)
class Neuron:
    """The description of a model for the experiments."""

    model: type
    title: str
    duration: Quantity
    current: tuple  # unit and its text
    f_I: tuple  # lowest and highest current, in this unit
    rows: tuple  # of the figure of traces: label, unit, variables
    peak: float | None = None  # spikes are drawn up to here, in the unit of v, where v does not show them
    plane: tuple = ()  # of Axis
    plane_dt: str = ""  # time step of trajectories in the plane, where that of the model leaves corners
    in_plane: Mapping = field(default_factory=dict)  # variables that the plane replaces by an expression
    presets: Mapping = field(default_factory=dict)
    gates: Mapping = field(default_factory=dict)  # gate -> steady state, time constant


def _gate(name):
    return f"alpha_{name}/(alpha_{name} + beta_{name})", f"1/(alpha_{name} + beta_{name})"


NEURONS = {
    "hodgkin_huxley": Neuron(
        HodgkinHuxley,
        "Hodgkin-Huxley axon",
        duration=100 * ms,
        current=(MICROAMP, "µA/cm²"),
        f_I=(0, 40),
        rows=(("v (mV)", mV, ("v",)), ("gates", 1, ("m", "h", "n_K")), ("I (µA/cm²)", MICROAMP, ("I",))),
        plane=(Axis("v", mV, "v (mV)", -85, 55), Axis("n_K", 1, "n", 0, 1)),
        # The first steps of 25 µs are up to 60 mV long.
        plane_dt="5*us",
        in_plane={"m": _gate("m")[0], "h": "0.8 - n_K"},
        gates={"m": _gate("m"), "h": _gate("h"), "n": _gate("n")},
    ),
    "fitzhugh_nagumo": Neuron(
        FitzHughNagumo,
        "FitzHugh-Nagumo model",
        duration=200 * ms,
        current=(1, ""),
        f_I=(0, 2),
        rows=(("v", 1, ("v",)), ("w", 1, ("w",)), ("I", 1, ("I",))),
        plane=(Axis("v", 1, "v", -2.5, 2.5), Axis("w", 1, "w", -1, 2)),
    ),
    "izhikevich": Neuron(
        Izhikevich,
        "Izhikevich neuron",
        duration=200 * ms,
        current=(1, ""),
        f_I=(0, 20),
        rows=(("v (mV)", 1, ("v",)), ("u", 1, ("u",)), ("I", 1, ("I",))),
        peak=30,
        plane=(Axis("v", 1, "v (mV)", -90, 35), Axis("u", 1, "u", -25, 20)),
        presets=izhikevich_presets,
    ),
    "leaky_integrate_and_fire": Neuron(
        LeakyIntegrateAndFire,
        "Leaky integrate-and-fire neuron",
        duration=150 * ms,
        current=(nA, "nA"),
        f_I=(0, 6),
        rows=(("v (mV)", mV, ("v",)), ("I (nA)", nA, ("I",))),
        peak=0,
    ),
    "morris_lecar": Neuron(
        MorrisLecar,
        "Morris-Lecar model",
        duration=500 * ms,
        current=(MICROAMP, "µA/cm²"),
        f_I=(0, 200),
        rows=(("v (mV)", mV, ("v",)), ("w", 1, ("w",)), ("I (µA/cm²)", MICROAMP, ("I",))),
        plane=(Axis("v", mV, "v (mV)", -75, 60), Axis("w", 1, "w", -0.05, 0.8)),
        presets=morris_lecar.presets,
        gates={"w": ("w_inf", "tau_w/phi"), "m (instantaneous)": ("m_inf", None)},
    ),
}


def neuron(name: str) -> Neuron:
    """The row `name` of NEURONS; raises ZooError with the nearest names."""
    if name not in NEURONS:
        raise unknown("neuron", name, NEURONS)
    return NEURONS[name]


def neuron_of(model) -> Neuron:
    """The row of the neuron of a model."""
    for row in NEURONS.values():
        if isinstance(model, row.model):
            return row
    raise ZooError(
        "this result is not of a single neuron of this version, or its parameters have changed; run it again."
    )


def choose(name: str, preset: str = "", parameters: str = "", **fields):
    """The model of a neuron with the values of a preset, of the text "name = value; name = value", and of fields.

    Fields that are None keep their values. The number of cells is the number of values of a field. Raises ZooError for an
    unknown name and a value that does not fit.
    """
    row = neuron(name)
    changes = {}
    if preset:
        if not row.presets:
            raise ZooError(f"{name} has no presets.")
        if preset not in row.presets:
            raise unknown(f"preset of {name}", preset, row.presets, f"known: {', '.join(row.presets)}.")
        changes |= row.presets[preset]
    changes |= _parameters(row.model, parameters)
    changes |= {field: value for field, value in fields.items() if value is not None}
    sizes = {np.size(value) for value in changes.values() if np.ndim(value) > 0}
    if len(sizes) > 1:
        raise ZooError(
            f"lists of {' and '.join(map(str, sorted(sizes)))} values do not fit together: give one value for each cell."
        )
    if sizes:
        changes["n"] = sizes.pop()
    return replace(row.model(), **changes)


def _parameters(model_class, text):
    kinds = annotations(model_class)
    found = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise ZooError(f"cannot read the parameter {part!r}; write name = value, separated by semicolons.")
        if name not in kinds:
            raise unknown(f"parameter of {model_class.__name__}", name, kinds)
        if kinds[name] is str:
            found[name] = stimuli.get(value, value)
        elif kinds[name] is int:
            number = quantities.check(name, quantities.parse(value), 1)
            found[name] = int(number) if number == int(number) else number
        else:
            found[name] = quantities.parse(value)
    return found


def stimulus(text: str) -> str | None:
    """A stimulus by name, or an equation unchanged; None for no text."""
    if not text:
        return None
    if "=" not in text and text not in stimuli:
        raise unknown("stimulus", text, stimuli, f"give one of {', '.join(stimuli)}, or an equation for s in t and i.")
    return stimuli.get(text, text)


def shown(current, row: Neuron) -> str:
    """A current as text, in the unit of the neuron."""
    unit, text = row.current
    return f"{float(current / unit):.5g} {text}".strip()


def steady_rates(result, monitor="spikes") -> np.ndarray:
    """The rates (Hz) at which the cells fire repeatedly in the second half of a run; 0 for cells that have stopped.

    A cell has stopped when its silence at the end is longer than twice its last interval.
    """
    n, end = len(result[f"{monitor}.count"]), float(result.duration)
    t, i = np.asarray(result[f"{monitor}.t"]), result[f"{monitor}.i"]
    rates = np.zeros(n)
    for cell in range(n):
        own = np.sort(t[(i == cell) & (t > end / 2)])
        if len(own) > 1 and end - own[-1] < 2 * (own[-1] - own[-2]):
            rates[cell] = (len(own) - 1) / (own[-1] - own[0])
    return rates


def swings(result) -> np.ndarray:
    """The swing of v (peak to peak, SI) in the last eighth of a run; 0 where it decays.

    A cell that comes to rest swings less than in the eighth before.
    """
    v = np.asarray(result["trace.v"])
    eighth = max(v.shape[1] // 8, 1)
    before, last = np.ptp(v[:, -2 * eighth : -eighth], axis=1), np.ptp(v[:, -eighth:], axis=1)
    return np.where(last > 0.95 * before, last, 0.0)


def swing_rates(result) -> np.ndarray:
    """The rates (Hz) of upward crossings of the middle of v's swing in the last quarter of a run."""
    v = np.asarray(result["trace.v"])
    t = np.asarray(result["trace.t"])
    quarter = slice(-max(v.shape[1] // 4, 2), None)
    v, t = v[:, quarter], t[quarter]
    above = v > (v.max(axis=1, keepdims=True) + v.min(axis=1, keepdims=True)) / 2
    rates = np.zeros(len(v))
    for cell, up in enumerate(above[:, 1:] & ~above[:, :-1]):
        times = t[1:][up]
        if len(times) > 1:
            rates[cell] = (len(times) - 1) / (times[-1] - times[0])
    return rates
