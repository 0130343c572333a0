"""What a built network declares, under the names "group.variable", and the values that go in there.

A value reaches a program in one of two ways: a field of the model that the equations declare, or an argument of
`Program.run`, which goes before the field. Both stand in the variables as soon as a group is made, and again when the network
is complete; the arguments of `run` stand there once more behind `initialise`.
"""

from dataclasses import dataclass

import numpy as np
from brian2 import SpikeGeneratorGroup, Subgroup, Synapses, TimedArray
from brian2.core.variables import ArrayVariable
from brian2.groups.group import VariableOwner
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, get_unit

from zoo import quantities
from zoo.byte_table import ByteTable
from zoo.errors import ZooError, unknown
from zoo.model import annotations

#: The neurons before and after each synapse: name -> Brian2's name.
ENDS = {"i": "_synaptic_pre", "j": "_synaptic_post"}
#: Times of what happened last: in a state they count from the end of its run, as the next run begins at 0.
LAST = ("lastspike", "lastupdate")
# What Brian2 alone writes, and a state has to bring back.
_OF_REFRACTORINESS = ("lastspike", "not_refractory")


@dataclass(frozen=True)
class Slot:
    """A place that a value fits into.

    `shape` is () for a shared variable, (n,) for one value per neuron, the shape of a TimedArray or ByteTable, and None for one
    value per synapse; then a matrix of shape `matrix`, (n_pre, n_post), fits as well.
    """

    dimensions: Dimension
    dtype: np.dtype
    shape: tuple | None
    matrix: tuple | None = None
    #: Smallest value that makes sense.
    least: float = -np.inf


@dataclass(frozen=True)
class Place:
    """What is set under a key: a variable, a TimedArray or a ByteTable; of one value per synapse also the Synapses."""

    variable: object
    synapses: Synapses | None = None
    is_delay: bool = False
    #: The neurons at one end of all synapses: nothing is set, they have to be the same.
    is_end: bool = False

    @property
    def slot(self) -> Slot:
        variable = self.variable
        if isinstance(variable, TimedArray):
            return Slot(variable.dim, np.dtype(float), variable.values.shape)
        if isinstance(variable, ByteTable):
            return Slot(DIMENSIONLESS, variable.values.dtype, variable.values.shape)
        least = 0.0 if self.is_delay else -np.inf
        dtype = np.dtype(variable.dtype)
        if self.is_end:
            return Slot(DIMENSIONLESS, dtype, None)
        if variable.scalar:
            return Slot(variable.dim, dtype, (), least=least)
        if self.synapses is None:
            return Slot(variable.dim, dtype, (int(variable.size),), least=least)
        return Slot(variable.dim, dtype, None, (len(self.synapses.source), len(self.synapses.target)), least)


def places(network) -> dict:
    """Key -> Place, for everything that can be set in a network.

    A delay is known by its pathway, "synapses_on.delay"; that of the pathway "pre" also as "synapses.delay".
    """
    found = {}
    for group in _owners(network):
        found |= _variables(group)
        if isinstance(group, Synapses):
            for name, end in ENDS.items():
                found[f"{group.name}.{name}"] = Place(group.variables[end], group, is_end=True)
        for pathway in getattr(group, "_pathways", ()):
            delay = pathway.variables["delay"]
            place = Place(delay, None if delay.scalar else group, is_delay=True)
            found[f"{pathway.name}.delay"] = place
            if pathway.objname == "pre":
                found[f"{group.name}.delay"] = place
    for array in tables(network):
        found[f"{array.name}.values"] = Place(array)
    return dict(sorted(found.items()))


def first_neuron(group) -> int:
    """The index of the first neuron of a group in the array that it is a part of."""
    return group.start if isinstance(group, Subgroup) else 0


def carried(network, state) -> list:
    """The names that a state has: those of `state`, and what their variables cannot go on without.

    One value for each synapse needs the pairs that it belongs to, an event-driven variable the time that it stands at, and a
    variable that holds still while its neuron is refractory the last spike. Raises ZooError for a name that no run could take.
    """
    groups = {item.name: item for item in network.objects}
    known = places(network)
    found = []
    for name in state:
        group, _, variable = name.partition(".")
        item = groups.get(group)
        if item is None or variable not in getattr(item, "variables", ()):
            raise ZooError(f"the model wants to keep {name} from run to run, but its network has no such variable.")
        if not isinstance(item.variables[variable], ArrayVariable):
            raise ZooError(f"the model wants to keep {name} from run to run, which is computed and not stored.")
        if name not in known:
            owner = getattr(item.variables[variable].owner, "name", group)
            hint = f"it is {owner}.{variable}" if owner != group and owner in groups else "Brian2 alone sets it"
            raise ZooError(f"the model wants to keep {name} from run to run, which no run can take: {hint}.")
        found.append(name)
        if known[name].synapses is not None:
            found += [f"{group}.{end}" for end in ENDS]
        if variable in (getattr(item, "event_driven", None) or ()):
            found.append(f"{group}.lastupdate")
        equations = getattr(item, "equations", {})
        if variable in equations and "unless refractory" in equations[variable].flags:
            found += [f"{group}.{more}" for more in _OF_REFRACTORINESS]
    return list(dict.fromkeys(found))


def first_places(group) -> dict:
    """Key -> Place, for what can be set as soon as `group` is made: synapses are not there yet."""
    return {key: place for key, place in _variables(group).items() if place.synapses is None}


def _variables(group):
    return {
        f"{group.name}.{name}": Place(variable, group if isinstance(group, Synapses) and not variable.scalar else None)
        for name, variable in group.variables.items()
        if is_settable(group, name)
    }


def tables(network) -> list:
    """The TimedArrays and ByteTables in the namespaces of a network."""
    found = {}
    for owner in namespace_owners(network):
        for value in (owner.namespace or {}).values():
            if isinstance(value, (TimedArray, ByteTable)):
                found[value.name] = value
    return list(found.values())


def namespace_owners(network) -> list:
    """All objects that resolve names in a namespace of their own: a subgroup is not in the network, what runs on it is."""
    found = {}
    for item in network.sorted_objects:
        for owner in (item, getattr(item, "group", None)):
            if hasattr(owner, "namespace"):
                found[id(owner)] = owner
    return list(found.values())


def release(model, network) -> dict:
    """Take what the equations declare out of all namespaces: declared field -> groups that have this variable.

    An object without a namespace of its own gets that of the model. A name that one group declares and another one would
    read from its namespace cannot be both data and compiled in: Brian2 then says that the other group does not know it.
    """
    fields = {}
    for group in _owners(network):
        for name in declared(model, group):
            fields.setdefault(name, []).append(group)
    for owner in namespace_owners(network):
        namespace = model.namespace if owner.namespace is None else owner.namespace
        owner.namespace = {name: value for name, value in namespace.items() if name not in fields}
    return fields


def declared(model, group) -> list:
    """The fields of `model` that are variables of `group`."""
    found = []
    for name, kind in annotations(type(model)).items():
        if name in group.variables and is_settable(group, name):
            if kind is int and np.dtype(group.variables[name].dtype).kind == "f":
                raise ZooError(
                    f"the field {name} of {type(model).__name__} is a whole number, and the equations of {group.name} have "
                    f"a variable {name}; rename one of them."
                )
            found.append(name)
    return found


def is_settable(group, name) -> bool:
    """Whether a person may set the variable `name` of `group`, and `group` is the one that has it."""
    variable = group.variables[name]
    return (
        isinstance(variable, ArrayVariable)
        and (not variable.read_only or name in _OF_REFRACTORINESS)
        and not name.startswith("_")
        and getattr(variable.owner, "name", None) == group.name
    )


def field_values(model, fields) -> dict:
    """The values of declared fields under their keys; `fields` maps their names to those of the groups."""
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
        numbers = np.asarray(quantities.check(key, value, get_unit(slot.dimensions)))
    else:
        numbers = np.asarray(value)
        if numbers.dtype.kind not in ("b" if slot.dtype.kind == "b" else "biu"):
            raise ZooError(f"{key} has to be {'true or false' if slot.dtype.kind == 'b' else 'whole numbers'}.")
        if slot.dtype.kind != "b" and numbers.size and not _fits_integer(numbers, slot.dtype):
            raise ZooError(f"{key} has values that do not fit into {8 * slot.dtype.itemsize} bits.")
    if numbers.size and numbers.min() < slot.least:
        raise ZooError(f"{key} is negative.")
    if numbers.ndim == 2 and numbers.shape == slot.matrix:
        return np.ascontiguousarray(numbers, dtype=slot.dtype)
    if numbers.ndim and not (numbers.shape == slot.shape or (slot.shape is None and numbers.ndim == 1)):
        raise ZooError(f"{key} has the shape {numbers.shape}; it has to be one number{_or_array(slot)}.")
    return np.ascontiguousarray(numbers, dtype=slot.dtype).ravel()


def _fits_integer(numbers, dtype):
    limits = np.iinfo(dtype)
    return limits.min <= int(numbers.min()) and int(numbers.max()) <= limits.max


def _or_array(slot):
    if slot.shape is None:
        return f", one value per synapse, or a matrix of shape {slot.matrix}"
    return f" or an array of shape {slot.shape}" if slot.shape else ""


def _owners(network):
    """Everything of a network that owns variables a person may set, in the order of the names."""
    for item in sorted(network.objects, key=lambda item: item.name):
        # The spike times of a SpikeGeneratorGroup are turned into time steps before the program runs.
        if isinstance(item, VariableOwner) and not isinstance(item, SpikeGeneratorGroup):
            yield item
