"""The variables that a built network declares, named "group.variable", and their values.

A value reaches a program in one of two ways: as a field of the model that the equations declare, or as an argument of
`Program.run`, which takes precedence. Both are set as soon as a group is created, and again when the network is complete; the
arguments of `run` are set once more after `initialise`. A different value that `build` assigns to a declared field is
refused, as one of the two values would be lost.
"""

from dataclasses import dataclass

import numpy as np
from brian2 import SpatialNeuron, SpikeGeneratorGroup, Subgroup, Synapses, TimedArray
from brian2.core.variables import ArrayVariable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, SUBEXPRESSION
from brian2.groups.group import VariableOwner
from brian2.synapses.synapses import SummedVariableUpdater
from brian2.units import fundamentalunits
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension
from brian2.utils.stringtools import get_identifiers

from zoo.core import quantities
from zoo.core.errors import ZooError, quoted, unknown
from zoo.functions.table import Table
from zoo.model import annotations
from zoo.network import namespaces

#: The variables of a SpatialNeuron that Brian2 adds to the user's equations.
CABLE = {
    *("Im", "Ic", "Cm", "Ri", "gtot__private", "I0__private", "time_constant", "space_constant"),
    *("length", "distance", "area", "volume", "diameter", "r_length_1", "r_length_2", "x", "y", "z"),
}

#: The neurons before and after each synapse: name -> Brian2's name.
ENDS = {"i": "_synaptic_pre", "j": "_synaptic_post"}
#: Times of last events: in a state they count from the end of its run, as the next run starts at 0.
LAST = ("lastspike", "lastupdate")
# Variables that only Brian2 writes, and that a state must restore.
_OF_REFRACTORINESS = ("lastspike", "not_refractory")


@dataclass(frozen=True)
class InputSpec:
    """The shape, unit and type of a value that can be set.

    `shape` is () for a shared variable, (n,) for one value per neuron, the shape of a TimedArray or Table, and None for one
    value per synapse; then a matrix of shape `matrix`, (n_pre, n_post), fits as well.
    """

    dimensions: Dimension
    dtype: np.dtype
    shape: tuple[int, ...] | None
    matrix: tuple[int, int] | None = None
    #: Smallest allowed value.
    least: float = -np.inf


@dataclass(frozen=True)
class InputTarget:
    """What is set under a key: a variable, a TimedArray or a Table; of one value per synapse also the Synapses."""

    variable: object
    synapses: Synapses | None = None
    is_delay: bool = False
    #: The neurons at one end of all synapses: they are not set, but must be equal.
    is_end: bool = False

    @property
    def slot(self) -> InputSpec:
        variable = self.variable
        if isinstance(variable, TimedArray):
            return InputSpec(variable.dim, np.dtype(float), variable.values.shape)
        if isinstance(variable, Table):
            return InputSpec(DIMENSIONLESS, variable.values.dtype, variable.values.shape)
        least = 0.0 if self.is_delay else -np.inf
        dtype = np.dtype(variable.dtype)
        if self.is_end:
            return InputSpec(DIMENSIONLESS, dtype, None)
        if variable.scalar:
            return InputSpec(variable.dim, dtype, (), least=least)
        if self.synapses is None:
            return InputSpec(variable.dim, dtype, (int(variable.size),), least=least)
        return InputSpec(variable.dim, dtype, None, (len(self.synapses.source), len(self.synapses.target)), least)


def places(network) -> dict:
    """Key -> InputTarget, for everything that can be set in a network.

    The key of a delay has the name of its pathway, "synapses_on.delay"; that of the pathway "pre" is also "synapses.delay".
    """
    found = {}
    for group in _owners(network):
        found |= _variables(group)
        if isinstance(group, Synapses):
            for name, end in ENDS.items():
                found[f"{group.name}.{name}"] = InputTarget(group.variables[end], group, is_end=True)
        for pathway in getattr(group, "_pathways", ()):
            delay = pathway.variables["delay"]
            place = InputTarget(delay, None if delay.scalar else group, is_delay=True)
            found[f"{pathway.name}.delay"] = place
            if pathway.objname == "pre":
                found[f"{group.name}.delay"] = place
    for array in tables(network):
        found[f"{array.name}.values"] = InputTarget(array)
    return dict(sorted(found.items()))


def first_neuron(group) -> int:
    """The index of the first neuron of a group in the array that contains it."""
    return group.start if isinstance(group, Subgroup) else 0


def carried(network, state) -> list:
    """The names in a state: those of `state`, and those that their variables need to resume.

    Values for synapses need the pairs to which they belong, an event-driven variable the time of its value, and a variable
    that is constant while its neuron is refractory, or decides when it spikes, the last spike. Raises ZooError for a name
    that no run can accept.
    """
    groups = {item.name: item for item in network.objects}
    known = places(network) if state else {}
    found = []
    for name in state:
        group, _, variable = name.partition(".")
        item = groups.get(group)
        if item is None or variable not in getattr(item, "variables", ()):
            raise ZooError(f"Model.state has {name}, but the network has no such variable.")
        if isinstance(item, Synapses) and variable in ENDS:  # for a subgroup they are computed
            found.append(name)
            continue
        if not isinstance(item.variables[variable], ArrayVariable):
            raise ZooError(f"Model.state has {name}, which is computed, not stored.")
        if name not in known:
            owner = getattr(item.variables[variable].owner, "name", group)
            hint = f"it is {owner}.{variable}" if owner != group and owner in groups else "only Brian2 sets it"
            raise ZooError(f"Model.state has {name}, which no run can accept: {hint}.")
        found.append(name)
        if known[name].synapses is not None:
            found += [f"{group}.{end}" for end in ENDS]
        if variable in (getattr(item, "event_driven", None) or ()):
            found.append(f"{group}.lastupdate")
        equations = getattr(item, "equations", {})
        if variable in equations and "unless refractory" in equations[variable].flags:
            found += [f"{group}.{more}" for more in _OF_REFRACTORINESS]
    for name in dict.fromkeys(name.partition(".")[0] for name in state):
        decisive = _decisive(groups[name])
        if decisive and all(f"{name}.{variable}" in state for variable in decisive):
            found += [f"{name}.{more}" for more in _OF_REFRACTORINESS]
    return list(dict.fromkeys(found))


def _decisive(group):
    """The variables that decide when a neuron with a refractory time spikes: the dynamic variables of its threshold.

    A state with all of them resumes the neuron, including its refractory time; a state with only an adapting threshold
    starts new neurons with it.
    """
    if getattr(group, "_refractory", False) is False or "spike" not in group.events:
        return set()
    read, new = set(), {*get_identifiers(group.events["spike"])}
    while new:
        read |= new
        expressions = [group.equations[name].expr for name in new if name in group.equations]
        new = {more for expr in expressions if expr is not None for more in get_identifiers(expr.code)} - read
    stored = {name for name in read & group.equations.keys() if isinstance(group.variables[name], ArrayVariable)}
    changing = {name for name in stored if group.equations[name].type == DIFFERENTIAL_EQUATION}
    return changing or {name for name in stored if "constant" not in group.equations[name].flags}


def first_places(group) -> dict:
    """Key -> InputTarget, for what can be set as soon as `group` is created, when synapses do not exist yet."""
    return {key: place for key, place in _variables(group).items() if place.synapses is None}


def _variables(group):
    return {
        f"{group.name}.{name}": InputTarget(
            variable, group if isinstance(group, Synapses) and not variable.scalar else None
        )
        for name, variable in group.variables.items()
        if is_settable(group, name)
    }


def tables(network) -> list:
    """The TimedArrays and Tables in the namespaces of a network."""
    found = {}
    for owner in namespaces.owners(network):
        for value in (owner.namespace or {}).values():
            if isinstance(value, (TimedArray, Table)):
                found[value.name] = value
    return list(found.values())


def declared_in(model, network) -> dict:
    """Declared field -> the names of the groups whose equations declare it."""
    fields = {}
    for group in _owners(network):
        for name in declared(model, group):
            fields.setdefault(name, []).append(group.name)
        for name in _numbers(model) & _equations(group).keys():
            variable = group.variables[name]
            if name not in declared(model, group) and variable.name not in declared(model, variable.owner):
                _refuse_computed(model, group, name)
    for item in network.sorted_objects:
        if isinstance(item, SummedVariableUpdater) and item.target_var.name in declared(model, item.target_var.owner):
            _refuse_computed(model, item.target_var.owner, item.target_var.name)
    return fields


def _refuse_computed(model, group, name):
    raise ZooError(
        f"the field {name} of {type(model).__name__} would have no effect: the variable {name} of {group.name} is computed or "
        "linked to another one; rename one of them."
    )


def _numbers(model):
    """The fields with one number or several."""
    fields = annotations(type(model))
    return {name for name in fields if isinstance(getattr(model, name), (int, float, np.ndarray))}


def declared(model, group) -> list:
    """The fields of `model` that the equations of `group` declare as parameters, or as variables with an initial value.

    Variables that Brian2 adds, such as the `rates` of a PoissonGroup, are not declared.
    """
    found = []
    equations = _equations(group)
    known = _numbers(model) & equations.keys() & set(group.variables)
    for name, kind in annotations(type(model)).items():
        if name not in known:
            continue
        if equations[name].type == SUBEXPRESSION or not is_settable(group, name):
            continue
        if kind is int and np.dtype(group.variables[name].dtype).kind == "f":
            raise ZooError(
                f"the field {name} of {type(model).__name__} is an integer, and the equations of {group.name} have "
                f"a variable {name}; rename one of them."
            )
        found.append(name)
    return found


def _equations(group):
    """Name -> equation, for the user's equations of `group`."""
    found = dict(getattr(group, "user_equations", None) or getattr(group, "equations", None) or {})
    if isinstance(group, Synapses):
        found |= dict(group.event_driven or {})
        found.pop("lastupdate", None)
    if isinstance(group, SpatialNeuron):
        # Brian2 has added those of the cable; v is also one of them, but the user's Im defines it.
        found = {name: equation for name, equation in found.items() if name not in CABLE}
    return found


def refuse_overwriting(model, view, item, value) -> None:
    """Raise ZooError when an assignment to a variable, in `build` or `record`, differs from the field of this name."""
    variable = view.variable
    group = variable.owner
    if not isinstance(variable, ArrayVariable) or group is None:
        return
    _refuse_unset(model, view, value)
    if variable.name not in declared(model, group):
        if isinstance(value, str) and view.name in _numbers(model) & get_identifiers(value):
            raise ZooError(
                f"{type(model).__name__}.build assigns {quoted(value)} to {group.name}.{view.name}, where {view.name} is "
                "the variable itself and not the field of the model; rename the field."
            )
        return
    field = getattr(model, variable.name)
    if not _agrees(field, item, value):
        raise ZooError(
            f"{type(model).__name__}.build assigns {group.name}.{variable.name}, and so does the field {variable.name}, because "
            f"the equations of {group.name} declare it; assign it in initialise, which follows the field, or rename the field."
        )


def _refuse_unset(model, view, value):
    """Raise ZooError for a string that reads a field with one value per synapse: it is set when the network is complete."""
    owner = view.variable.owner
    synapses = owner if isinstance(owner, Synapses) else getattr(owner, "synapses", None)
    if not isinstance(value, str) or not isinstance(synapses, Synapses):
        return
    unset = {name for name in declared(model, synapses) if not synapses.variables[name].scalar} & get_identifiers(value)
    if unset:
        name = min(unset)
        raise ZooError(
            f"{type(model).__name__}.build assigns {quoted(value)} to {owner.name}.{view.name}, and the field {name}, which has one "
            f"value per synapse of {synapses.name}, is not set yet; assign it in initialise, or declare {name} as shared."
        )


def _agrees(field, item, value):
    """Whether assigning `value` to the elements `item` of a variable gives the same values as `field`."""
    if isinstance(value, str):
        return False
    try:
        field = np.asarray(field)
        whole = field.ndim == 0 or (isinstance(item, slice) and item == slice(None))
        return bool(np.all(np.asarray(value) == (field if whole else field[item])))
    except Exception:  # for a value that a standalone program only knows when it runs
        return False


def is_settable(group, name) -> bool:
    """Whether the user may set the variable `name` of `group`, and `group` owns it."""
    if name.startswith("_"):
        return False
    variable = group.variables[name]
    return (
        isinstance(variable, ArrayVariable)
        and (not variable.read_only or name in _OF_REFRACTORINESS)
        and getattr(variable.owner, "name", None) == group.name
    )


def field_values(model, fields) -> dict:
    """The values of declared fields by key; `fields` maps their names to those of the groups."""
    return {f"{group}.{name}": getattr(model, name) for name, groups in fields.items() for group in groups}


def checked(values, known: dict) -> dict:
    """`values` as numpy arrays in SI units, in the data type of their slots `known`: of size 1, flat, or a matrix W[i, j].

    Raises ZooError for an unknown key, a wrong dimension, a wrong shape, or a missing or infinite number.
    """
    for key in values:
        if key not in known:
            raise unknown("variable", key, known)
    return {key: _fitted(key, value, known[key]) for key, value in values.items()}


def _fitted(key, value, slot):
    if slot.dtype.kind == "f":
        numbers = np.asarray(quantities.check(key, value, fundamentalunits.get_unit(slot.dimensions)))
    else:
        numbers = np.asarray(value)
        if numbers.dtype.kind not in ("b" if slot.dtype.kind == "b" else "biu"):
            raise ZooError(f"{key} must be {'true or false' if slot.dtype.kind == 'b' else 'integers'}.")
        if slot.dtype.kind != "b" and numbers.size and not _fits_integer(numbers, slot.dtype):
            raise ZooError(f"{key} has values that do not fit in {8 * slot.dtype.itemsize} bits.")
    if numbers.size and numbers.min() < slot.least:
        raise ZooError(f"{key} is negative.")
    if numbers.ndim == 2 and numbers.shape == slot.matrix:
        return np.ascontiguousarray(numbers, dtype=slot.dtype)
    if numbers.ndim and not (numbers.shape == slot.shape or (slot.shape is None and numbers.ndim == 1)):
        raise ZooError(f"{key} has the shape {numbers.shape}; it must be one number{_or_array(slot)}.")
    return np.ascontiguousarray(numbers, dtype=slot.dtype).ravel()


def _fits_integer(numbers, dtype):
    limits = np.iinfo(dtype)
    return limits.min <= int(numbers.min()) and int(numbers.max()) <= limits.max


def _or_array(slot):
    if slot.shape is None:
        return f", one value per synapse, or a matrix of shape {slot.matrix}"
    return f" or an array of shape {slot.shape}" if slot.shape else ""


def _owners(network):
    """The objects of a network that own variables the user may set, in the order of their names."""
    for item in sorted(network.objects, key=lambda item: item.name):
        # The spike times of a SpikeGeneratorGroup become time steps before the program runs.
        if isinstance(item, VariableOwner) and not isinstance(item, SpikeGeneratorGroup):
            yield item
