"""Which loops of generated code can be vectorised, read from Brian2's abstract code."""

from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import ArrayVariable
from brian2.input.timedarray import TimedArray
from brian2.parsing.dependencies import abstract_code_dependencies

from zoo.functions.table import Table

#: Functions whose value depends on more than their arguments: the order of calls matters.
_ORDERED = {"rand", "randn", "poisson", "binomial"}


def independent(abstract_code, variables: dict, variable_indices: dict, own_indices=("_idx",), drawn=()) -> bool:
    """Whether the elements of a loop can be processed in any order, also several at a time.

    This is so when every written array is accessed through only one index, which is one of `own_indices` and differs
    between elements, and when all functions are pure, or are in `drawn`, whose values are computed before the loop. In all
    other cases only a sequential loop is correct.
    """
    if not all_pure(variables, drawn):
        return False
    indices = seen_through(abstract_code, variables, variable_indices)
    return all(len(seen) == 1 and seen <= set(own_indices) for seen in indices.values())


def seen_through(abstract_code, variables: dict, variable_indices: dict) -> dict:
    """For every array that the statements write, by the id of its variable: the indices through which they access it."""
    names = _dependencies(abstract_code).write
    written = {id(variables[name]) for name in names if isinstance(variables.get(name), ArrayVariable)}
    indices = {}
    for name, variable in variables.items():
        if id(variable) in written:
            indices.setdefault(id(variable), set()).add(variable_indices[name])
    return indices


def looked_at(abstract_code, variables: dict, variable_indices: dict) -> list:
    """The arrays with one element per synapse that the statements read or write, including those of its ends."""
    found = _dependencies(abstract_code)
    names = {name for name in found.read | found.write if isinstance(variables.get(name), ArrayVariable)}
    names |= {variable_indices[name] for name in names} & variables.keys()
    return [variables[name] for name in sorted(names) if variable_indices.get(name) == "_idx"]


def reads(abstract_code, variables: dict, variable) -> bool:
    """Whether the statements read the array `variable`, by whatever name."""
    return any(variables.get(name) is variable for name in _dependencies(abstract_code).read)


def _dependencies(abstract_code):
    codes = abstract_code.values() if isinstance(abstract_code, dict) else [abstract_code]
    # A line is a statement, whatever its indentation.
    return abstract_code_dependencies("\n".join(line.strip() for code in codes for line in (code or "").splitlines()))


def all_pure(variables: dict, drawn=()) -> bool:
    """Whether all functions of some statements are pure, or are in `drawn`."""
    return all(_is_pure(name, value, drawn) for name, value in variables.items() if isinstance(value, Function))


def _is_pure(name, function, drawn):
    if isinstance(function, (TimedArray, Table)):
        return True
    if name in drawn:
        return DEFAULT_FUNCTIONS.get(name, function) is function
    return DEFAULT_FUNCTIONS.get(name) is function and name not in _ORDERED
