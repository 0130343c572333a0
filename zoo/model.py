"""Model: frozen fields are the parameters, strings are the equations, `build` returns plain Brian2 objects.

    class Adapting(Model):
        n: int = 200
        tau: second = 20*ms       # membrane time constant
        neuron: str = "dv/dt = -v/tau : volt"
        limits = {"tau": "> 0"}

        def build(self):
            return Network(NeuronGroup(self.n, self.neuron, namespace=self.namespace))

The annotation of a field is its unit in Brian2's grammar (``second``, ``mV``, ``msiemens/cm**2``, ``1``) or a Python
type. The comment after a field is its meaning, which ``zoo show`` prints.

Whatever the equations declare is data: a field with the name of a parameter of the equations, or of a variable (its initial
value), is set when the program runs. Other fields that strings read are constants; the backend cpp reads them when the program
starts (see `zoo.codegen.numbers`). Neither recompiles; sizes, connections and equations do.
"""

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any, ClassVar, TypeVar, dataclass_transform, get_args, get_origin

import numpy as np
from brian2 import Network, Quantity
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS

from zoo.core import limits, quantities
from zoo.core.errors import ZooError, first_line, quoted, unknown
from zoo.core.quantities import QuantityLike
from zoo.units import ms, second

# Variables that Brian2 adds to groups and synapses.
RESERVED = {
    *("t", "t_in_timesteps", "i", "j", "N", "N_pre", "N_post", "N_incoming", "N_outgoing"),
    *("xi", "lastspike", "lastupdate", "not_refractory"),
}

#: Names that a string can read without a declaration: name -> constant, unit or function.
BRIAN2_NAMES: dict[str, Any] = {**DEFAULT_CONSTANTS, **DEFAULT_UNITS, **DEFAULT_FUNCTIONS}


@dataclass_transform(kw_only_default=True, frozen_default=True, eq_default=False)
class _Dataclass:
    """Tells type checkers that a model is a dataclass, ``Cells(n=5, tau=20*ms)``."""


class Model(_Dataclass):
    """Base of all models; a subclass becomes a frozen dataclass with keyword-only fields.

    Raises ZooError for a value of the wrong dimension or type, a missing or infinite number, an ``n`` below 1, and a value
    outside the `limits` that a class declares.
    """

    dt: second = 0.1 * ms  # time step of the simulation

    #: Limits of values, {"tau_e tau_i": "> 0", "p": (0, 1), "rule": ("pair", "triplet")}; a subclass adds more.
    limits: ClassVar[dict[str, Any]] = {}
    _limits: ClassVar[dict[str, Any]] = {}

    #: Pages: ranges of sliders, {"I_0": (0 * mV, 20 * mV)}, no slider, {"seed": None}, or the size of a network in a browser,
    #: {"n": 400}; "duration" is the simulated time. By default a slider spans from a tenth to ten times the value.
    explore: ClassVar[dict[str, Any]] = {}

    #: Names ("group.variable") of the variables that a checkpoint passes from one run to the next.
    state: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _make_dataclass(cls)

    def __post_init__(self) -> None:
        for name, kind in annotations(type(self)).items():
            value = _checked(name, getattr(self, name), kind, getattr(type(self), name, None))
            object.__setattr__(self, name, value)
        for name, limit in self._limits.items():
            limit.check(name, getattr(self, name))
        quantities.check_one("dt", self.dt, second)
        if not self.dt > 0 * second:
            raise ZooError(f"dt is {quantities.format(self.dt)}; a time step must be longer than 0*ms.")

    def __repr__(self) -> str:
        """The fields that differ from the defaults."""
        fields = {name: getattr(self, name) for name in annotations(type(self))}
        changed = [
            f"{name}={_shown(value)}"
            for name, value in fields.items()
            if not values_equal(value, getattr(type(self), name, None))
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    @property
    def namespace(self) -> dict[str, Any]:
        """The numeric fields that have one value, for the `namespace` of Brian2 objects.

        Strings can read them without it. Building the model removes names that the equations declare (see
        `zoo.network.binding`), so that a value is either a variable or a constant, never both.
        """
        values = {name: getattr(self, name) for name in annotations(type(self)) if name != "dt"}
        return {
            name: value
            for name, value in values.items()
            if isinstance(value, (int, float, Quantity)) and np.ndim(value) == 0
        }

    def check_duration(self, duration: QuantityLike) -> None:
        """Raise ZooError for a `duration` (a time) that the model is not valid for; this one takes every duration."""

    def build(self) -> Network:
        """Return a Brian2 Network of the model's objects: its structure, which is compiled. Each model has its own.

        Raises ZooError here, where no model is.
        """
        raise ZooError(f"{type(self).__name__} has no build(self) that returns a Brian2 Network.")

    def initialise(self, network: Network, /) -> None:
        """Set initial values, random ones as strings. Called after the declared fields are set."""


AnyModel = TypeVar("AnyModel", bound="Model")


def replace(model: AnyModel, **changes: Any) -> AnyModel:
    """A copy of `model` with other field values; raises ZooError for a field it does not have."""
    for name in changes:
        if name not in annotations(type(model)):
            raise unknown(f"field of {type(model).__name__}", name, annotations(type(model)))
    return type(model)(**{**{name: getattr(model, name) for name in annotations(type(model))}, **changes})


def annotations(model_class: type[Model]) -> dict[str, Any]:
    """Field names of a model class and their annotations, base classes first."""
    return {field.name: field.type for field in dataclasses.fields(model_class)}


def _make_dataclass(cls):
    own = inspect.get_annotations(cls, eval_str=True)
    own = {name: kind for name, kind in own.items() if get_origin(kind) is not ClassVar and kind is not ClassVar}
    for base in cls.__mro__[1:]:
        # A new default need not repeat the unit.
        for name, kind in (annotations(base) if dataclasses.is_dataclass(base) else {}).items():
            if name in cls.__dict__ and name not in own:
                own[name] = kind
    cls.__annotations__ = {**inspect.get_annotations(cls), **own}
    for name, kind in own.items():
        _check_field_name(cls, name, kind)
        if name not in cls.__dict__:
            raise ZooError(f"the field {name} of {cls.__name__} has no default; write {name}: unit = value.")
    defaults = {name: value for name in own if not isinstance(value := cls.__dict__[name], dataclasses.Field)}
    for name, default in defaults.items():
        # dataclass refuses defaults without a hash, such as quantities and arrays.
        setattr(cls, name, dataclasses.field(default_factory=lambda value=default: value))
    dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)(cls)
    for name, default in defaults.items():
        setattr(cls, name, default)
    if "limits" in cls.__dict__ and "limits" not in annotations(cls):
        cls._limits = {**cls._limits, **limits.read(cls.__name__, cls.limits, annotations(cls))}


def _check_field_name(cls, name, kind):
    if name in RESERVED or re.match(r"xi_|[ij]_(pre|post)$|t_(pre|post)$", name):
        raise ZooError(f"{cls.__name__}.{name} has the name of a variable that Brian2 adds; rename it.")
    if name in BRIAN2_NAMES and kind not in (str, Path) and get_origin(kind) is None:
        raise ZooError(
            f"{cls.__name__}.{name} has the name of a constant, unit or function of Brian2, which equations would read "
            "instead of the field; rename it."
        )


def _checked(name, value, kind, default):
    """`value` as the field `name` stores it; `kind` is the annotation: a unit, the number 1, or a type."""
    if isinstance(kind, (Quantity, int)):
        example = default if isinstance(default, (Quantity, float)) else ""
        return quantities.check(name, value, kind, example)
    if kind is float:
        return quantities.check(name, value, 1)
    if kind is bool:
        if not isinstance(value, (bool, np.bool_)):
            raise ZooError(f"{name} must be True or False, not {quoted(value)}.")
        return bool(value)
    if kind is int:
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
            raise ZooError(f"{name} must be an integer, not {_shown(value)}.")
        if value < 1 and name == "n":
            raise ZooError(f"{name} is {value}; it is a count and must be at least 1.")
        return int(value)
    if kind is str:
        if not isinstance(value, str):
            raise ZooError(f"{name} must be a string, not {_shown(value)}.")
        return value
    if kind is Path:
        return Path(value)
    if get_origin(kind) is tuple:
        return _rows(name, value, get_args(kind)[0])
    return value


def _rows(name, value, row_class):
    """A table: rows of a small dataclass, which are dictionaries in a stored result."""
    try:
        rows = tuple(row_class(**row) if isinstance(row, dict) else row for row in value)
    except TypeError as error:
        raise ZooError(f"{name} must be a list of rows, {row_class.__name__}(...): {first_line(error)}.") from None
    for row in rows:
        if not isinstance(row, row_class):
            raise ZooError(f"{name} must be rows of {row_class.__name__}, not {quoted(row)}.")
        _check_finite(name, row)
    return rows


def _check_finite(name, row):
    for field in dataclasses.fields(row):
        value = getattr(row, field.name)
        if dataclasses.is_dataclass(value):
            _check_finite(f"{name}.{field.name}", value)
        elif np.asarray(value).dtype.kind == "f" and not np.isfinite(np.asarray(value)).all():
            raise ZooError(f"{name} has a row with {field.name} = {quoted(value)}; all numbers must be finite.")


def values_equal(one: Any, two: Any) -> bool:
    """Whether two values of a field are equal."""
    try:
        return np.array_equal(np.asarray(one), np.asarray(two))
    except ValueError:  # of rows that hold arrays
        return one is two


def _shown(value):
    return quantities.format(value) if isinstance(value, Quantity) else quoted(value)


_make_dataclass(Model)
