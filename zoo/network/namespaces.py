"""The meaning of names in the strings of a network.

Brian2 looks at the object's variables first, then at its own constants, units and functions, then at the object's namespace.
The zoo completes this namespace: first the entries that the user has given to the object, then the fields of the model, then
the names at the top of the file that defines the model.
"""

import contextlib
import difflib
import inspect
import numbers
import re
import sys
from collections import ChainMap

import numpy as np
from brian2 import PoissonGroup, Synapses
from brian2.core.functions import Function
from brian2.core.variables import Subexpression
from brian2.groups import group as group_module
from brian2.utils.stringtools import get_identifiers

from zoo.core.errors import ZooError, quoted
from zoo.model import BRIAN2_NAMES, Model, annotations, values_equal

_UNRESOLVED = re.compile(r'The identifier "(\w+)" could not be resolved')
_CONFLICT = re.compile(
    r'The name "(\w+)" refers to .* of group "(.*?)"\. Will use the object from the (\S+) namespace', re.S
)


def owners(network) -> list:
    """All objects that resolve names in a namespace: a subgroup is not in the network, but its code objects are."""
    found = {}
    for item in network.sorted_objects:
        for owner in (item, getattr(item, "group", None)):
            if hasattr(owner, "namespace"):
                found[id(owner)] = owner
    return list(found.values())


def complete(model, group, declared, constants) -> None:
    """Let the strings of a new `group` in `build` see fields and constants; `declared` are the fields that it declares.

    The user's dictionary stays in use, because `build` may add to it later.
    """
    fields, constants = model.namespace, dict(constants)
    for names in (fields, constants):
        for name in names.keys() & {*declared, *group.variables}:
            del names[name]
    given = {} if group.namespace is None else group.namespace
    group.namespace = ChainMap(given, fields, constants)
    for pathway in getattr(group, "_pathways", ()):
        pathway.namespace = group.namespace


def settle(model, network, declared, constants) -> None:
    """Complete all namespaces of a network, without the fields in `declared`, which are data."""
    fields = dict(model.namespace)
    for owner in owners(network):
        if isinstance(owner, Synapses):
            _refuse_suffixes(model, owner)
        rates = owner.variables["rates"] if isinstance(owner, PoissonGroup) else None
        if isinstance(rates, Subexpression) and "rates" in rates.identifiers:
            raise ZooError(
                f"the rates of {owner.name} are {quoted(rates.expr)}, a string that refers to itself; rename the field."
            )
        before = owner.namespace
        given = before.maps[0] if isinstance(before, ChainMap) else before or {}
        variables = getattr(owner, "variables", ())
        names = {name: value for name, value in {**constants, **fields}.items() if name not in variables}
        names |= dict(given)
        names = {name: value for name, value in names.items() if name not in declared}
        if isinstance(before, ChainMap):
            before.maps[:] = [names]  # subgroups have it too
        owner.namespace = names


@contextlib.contextmanager
def unambiguous(model):
    """In the block, a name in a string with two meanings is refused, where Brian2 warns and uses one of them.

    Fields and entries of `namespace` silently take precedence over names at the top of the file, often their defaults.
    """
    warn = group_module._conflict_warning

    def refuse(message, resolutions):
        name, owner, kind = _CONFLICT.search(message).groups()
        if kind != "group-specific":
            raise ZooError(
                f"{type(model).__name__}: a string of {owner} reads {name}, which is one of Brian2's {kind}, not yours; "
                "rename yours."
            )
        known = [scope[name] for scope in _scopes(type(model)) if name in scope]
        if not all(any(values_equal(value, one) for one in known) for _, value in resolutions):
            raise _two_meanings(model, owner, name)

    group_module._conflict_warning = refuse
    try:
        yield
    finally:
        group_module._conflict_warning = warn


def refuse_locals(model, group, frame, code="") -> None:
    """Raise ZooError when a local variable at the creation of a `group` has the name of a field or constant of its strings.

    Brian2 reads the local variables of the function that calls run(); here they would be silently ignored. `code` are
    later statements.
    """
    if frame is None or frame.f_locals is frame.f_globals or not isinstance(group.namespace, ChainMap):
        return
    given, *completed = group.namespace.maps
    for name in sorted((_read_by(group) | get_identifiers(code)) - {*group.variables, *given}):
        value = frame.f_locals.get(name)
        if not isinstance(value, (numbers.Number, np.ndarray, Function)):
            continue
        known = [names[name] for names in completed if name in names]
        if known and not values_equal(value, known[0]):
            raise _two_meanings(model, group.name, name)


def _read_by(group):
    """The names in the equations and statements of a group at its creation."""
    found = set()
    for equations in (getattr(group, "equations", None), getattr(group, "event_driven", None)):
        found |= equations.identifiers if equations else set()
    strings = [*getattr(group, "events", {}).values(), *getattr(group, "event_codes", {}).values()]
    strings += [pathway.code for pathway in getattr(group, "_pathways", ())]
    strings += [variable.expr for variable in group.variables.values() if isinstance(variable, Subexpression)]
    strings.append(getattr(group, "_refractory", None))
    return found.union(*(get_identifiers(text) for text in strings if isinstance(text, str)))


def _two_meanings(model, owner, name):
    return ZooError(
        f"{type(model).__name__}: a string of {owner} reads {name}, which has one value in Python code and another in "
        "the fields, the namespace of the object or the constants of the file; rename one of them."
    )


def unresolved(model, declared: dict, error) -> ZooError | None:
    """The message for a name that Brian2 cannot resolve, or None for another `error`.

    `declared` maps declared fields to the names of their groups.
    """
    inner = error
    while inner.__cause__ is not None:
        inner = inner.__cause__
    found = _UNRESOLVED.search(str(inner))
    if not found:
        return None
    name, owner = found[1], getattr(error, "_brian_objname", None)
    reads = f"{type(model).__name__}: a string of {owner or 'the network'} reads {name}"
    if name in declared:
        groups = " and ".join(declared[name])
        return ZooError(
            f"{reads}, which is data because the equations of {groups} declare it; declare it there too, or rename one of them."
        )
    fields = annotations(type(model))
    if name in fields:
        return ZooError(f"{reads}, a field that is not a single number; declare {name} in the equations.")
    near = difflib.get_close_matches(name, sorted({*fields, *constants(model)}), n=3, cutoff=0.6)
    near = f" (did you mean {' or '.join(near)}?)" if near else ""
    return ZooError(
        f"{reads}, which is not defined{near}; make it a field of the model, define it at the top of the model's file, or "
        "pass it with namespace={...}."
    )


def _refuse_suffixes(model, synapses):
    """Refuse a field x_pre when the source has a variable x: Brian2 would not read the field."""
    for name in annotations(type(model)):
        base, _, suffix = name.rpartition("_")
        if suffix in ("pre", "post") and name in synapses.variables:
            group = synapses.source if suffix == "pre" else synapses.target
            raise ZooError(
                f"the field {name} of {type(model).__name__} has Brian2's name for the variable {base} of "
                f"{group.name} in {synapses.name}; rename the field."
            )


def constants(model) -> dict:
    """Numbers, quantities and functions at the top of the files that define the class of `model`, except its fields."""
    found = {}
    for scope in _scopes(type(model)):
        found |= {name: value for name, value in list(scope.items()) if _is_constant(name, value)}
    return {name: value for name, value in found.items() if name not in annotations(type(model))}


def _scopes(model_class):
    for base in reversed(model_class.__mro__):
        if issubclass(base, Model) and base is not Model:
            if base.__module__ in sys.modules:
                yield vars(sys.modules[base.__module__])
            if "build" in vars(base):  # a notebook, or a file that was run, is not a named module
                yield inspect.unwrap(base.build).__globals__


def _is_constant(name, value):
    """Whether a string may read `value`; Brian2's constants, units and functions are always known."""
    if isinstance(value, (numbers.Number, np.ndarray)):
        known = BRIAN2_NAMES.get(name)
        return np.ndim(value) == 0 and (known is None or not values_equal(getattr(known, "value", known), value))
    if inspect.isfunction(value):
        return hasattr(value, "_arg_units") and hasattr(value, "_return_unit") and not _is_brian2s(value)
    return isinstance(value, Function) and value is not BRIAN2_NAMES.get(name)


def _is_brian2s(function):
    # A decorator of units has replaced it.
    return getattr(function, "_orig_func", function).__module__.partition(".")[0] == "brian2"
