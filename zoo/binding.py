"""What a built network declares, under the names "group.variable", and the values that go in there.

A value reaches a program in one of two ways: a field of the model that the equations declare is bound before
`initialise`; a value handed to `Program.run` is set before `initialise` and once more behind it.
"""

from dataclasses import dataclass

import numpy as np
from brian2 import SpikeGeneratorGroup, Synapses, TimedArray
from brian2.core.variables import ArrayVariable
from brian2.groups.group import VariableOwner
from brian2.units.fundamentalunits import Dimension, Unit

from zoo import quantities
from zoo.errors import ZooError, unknown
from zoo.model import annotations


@dataclass(frozen=True, eq=False)
class Slot:
    """A place that a value fits into.

    `shape` is () for a shared variable, (n,) for one value per neuron, the shape of a TimedArray, and None for one
    value per synapse. `matrix` is then (n_pre, n_post); `pairs` are the indices (i, j) of the synapses where they are
    known before the program runs.
    """

    dimensions: Dimension
    dtype: np.dtype
    shape: tuple | None
    matrix: tuple | None = None
    pairs: tuple | None = None


def slots(network) -> dict:
    """All slots of a network: variables of groups and synapses, delays, and values of TimedArrays."""
    found = {}
    for group in _owners(network):
        for name, variable in group.variables.items():
            if _settable(group, name, variable):
                found[f"{group.name}.{name}"] = _slot(group, variable)
        # As in Brian2, the delay of a Synapses object is that of its pathway "pre".
        if isinstance(group, Synapses) and hasattr(group, "pre"):
            found[f"{group.name}.delay"] = _slot(group, group.pre.variables["delay"])
    for array in timed_arrays(network):
        found[f"{array.name}.values"] = Slot(array.dim, np.dtype(float), array.values.shape)
    return found


def timed_arrays(network) -> list:
    """The TimedArrays in the namespaces of a network."""
    found = {}
    for group in network.objects:
        for value in (getattr(group, "namespace", None) or {}).values():
            if isinstance(value, TimedArray):
                found[value.name] = value
    return list(found.values())


def release(model, network) -> dict:
    """Take what the equations declare out of all namespaces: declared field -> groups that have this variable.

    An object without a namespace of its own gets that of the model. A name that one group declares and another one would read from its namespace cannot be both data and compiled in:
    Brian2 then says that the other group does not know it.
    """
    fields = {}
    for group in _owners(network):
        for name, kind in annotations(type(model)).items():
            if name in group.variables and _settable(group, name, group.variables[name]):
                if kind is int and np.dtype(group.variables[name].dtype).kind == "f":
                    raise ZooError(
                        f"the field {name} of {type(model).__name__} is a whole number, and the equations of {group.name} "
                        f"have a variable {name}; rename one of them."
                    )
                fields.setdefault(name, []).append(group)
    for item in network.sorted_objects:
        # A subgroup is no object of the network, the operations that run on it are.
        for owner in (item, getattr(item, "group", None)):
            if hasattr(owner, "namespace"):
                namespace = model.namespace if owner.namespace is None else owner.namespace
                owner.namespace = {name: value for name, value in namespace.items() if name not in fields}
    return fields


def field_values(model, fields) -> dict:
    """The values of the declared fields under their keys."""
    return {f"{group.name}.{name}": getattr(model, name) for name, groups in fields.items() for group in groups}


def checked(values, known: dict) -> dict:
    """`values` as flat numpy arrays in SI units, in the data type and order of their slots.

    A matrix W[i, j] for synapses becomes one value per synapse. Raises ZooError for an unknown key, a wrong dimension,
    a wrong shape, or a missing or infinite number.
    """
    for key in values:
        if key not in known:
            raise unknown("variable", key, known, f"this network has {', '.join(sorted(known)) or 'none'}.")
    return {key: _fitted(key, value, known[key]) for key, value in values.items()}


def _fitted(key, value, slot):
    if slot.dtype.kind == "f":
        numbers = np.asarray(quantities.check(key, value, Unit(1.0, dim=slot.dimensions)))
    else:
        numbers = np.asarray(value)
        if numbers.dtype.kind not in ("b" if slot.dtype.kind == "b" else "biu"):
            raise ZooError(f"{key} has to be {'true or false' if slot.dtype.kind == 'b' else 'whole numbers'}.")
    if numbers.ndim == 2 and numbers.shape == slot.matrix:
        numbers = numbers[slot.pairs] if slot.pairs else numbers
    elif numbers.ndim and not (numbers.shape == slot.shape or slot.shape is None and numbers.ndim == 1):
        raise ZooError(f"{key} has the shape {numbers.shape}; it has to be one number{_or_array(slot)}.")
    if slot.pairs and numbers.ndim and numbers.size != len(slot.pairs[0]):
        raise ZooError(f"{key} has {numbers.size} values, but there are {len(slot.pairs[0])} synapses.")
    return np.ascontiguousarray(numbers, dtype=slot.dtype).ravel()


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


def _settable(group, name, variable):
    return (
        isinstance(variable, ArrayVariable)
        and not variable.read_only
        and not name.startswith("_")
        and getattr(variable.owner, "name", None) == group.name
    )


def _slot(group, variable):
    dtype = np.dtype(variable.dtype)
    if variable.scalar:
        return Slot(variable.dim, dtype, ())
    if not isinstance(group, Synapses):
        return Slot(variable.dim, dtype, (int(variable.size),))
    return Slot(variable.dim, dtype, None, (len(group.source), len(group.target)), _pairs(group))


def _pairs(synapses):
    try:
        return np.asarray(synapses.i), np.asarray(synapses.j)
    except NotImplementedError:  # standalone code makes the connections itself, when it runs
        return None
