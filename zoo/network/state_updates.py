"""The statements of numerical methods, kept on disk.

Brian2 derives them from the equations by computer algebra, for a Hodgkin-Huxley cell in half a second: most of what a run costs
whose program is compiled already. They follow from the equations, the method, and what the names mean.
"""

import contextlib
import hashlib

from brian2 import Equations, Quantity
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import Constant, Variable
from brian2.devices.device import Device
from brian2.equations.codestrings import CodeString
from brian2.equations.equations import SingleEquation
from brian2.stateupdaters.base import StateUpdateMethod
from brian2.units.fundamentalunits import Dimension

from zoo.build import cache
from zoo.codegen.fingerprint import surroundings
from zoo.network import exponential_euler

# Brian2's own, by their names; one that a user has registered may do anything, and "independent" warns at each use.
_METHODS = {name: one for name, one in StateUpdateMethod.stateupdaters.items() if name != "independent"}
_FUNCTIONS = {id(function): name for name, function in DEFAULT_FUNCTIONS.items()}

# Attributes of a variable that no statement depends on.
_IRRELEVANT = {"device", "owner", "size", "values"}


class _Unknown(Exception):
    """Something that may mean more than is written down here."""


def _written(value):
    """Text that is the same only for what Brian2 derives the same statements from."""
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return f"{type(value).__name__} {value!r}"
    if isinstance(value, Dimension):
        return f"dimension {[float(power) for power in value._dims]}"
    if isinstance(value, Quantity) and value.shape == ():
        return f"{float(value)!r} {_written(value.dim)}"
    if isinstance(value, (list, tuple)):
        return f"{[_written(item) for item in value]}"
    if isinstance(value, (set, frozenset)):
        return f"set {sorted(map(_written, value))}"
    if isinstance(value, dict):
        return f"{[(name, _written(item)) for name, item in sorted(value.items())]}"
    if isinstance(value, CodeString):
        return f"code {value.code!r}"
    if isinstance(value, Equations):
        return f"equations {[_written(equation) for equation in value.values()]}"
    if isinstance(value, SingleEquation):
        parts = (value.type, value.varname, value.dim, value.var_type, value.expr, value.flags)
        return f"equation {[_written(part) for part in parts]}"
    if isinstance(value, Function):
        if id(value) not in _FUNCTIONS:
            raise _Unknown(value)
        return f"function {_FUNCTIONS[id(value)]}"
    if isinstance(value, Variable):
        parts = {name: part for name, part in vars(value).items() if name not in _IRRELEVANT}
        return f"{type(value).__name__} {[(name, _attribute(part)) for name, part in sorted(parts.items())]}"
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "dtype") and getattr(value, "shape", None) == ():
        return f"{value.dtype} {value.item()!r}"
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "str"):
        return f"dtype {value.str}"
    raise _Unknown(value)


def _attribute(value):
    if isinstance(value, (Device, Variable)):  # such as the variable that decides whether another one is written
        return getattr(value, "name", "")
    return _written(value)


def _key(equations, variables, method, options):
    """The key of the statements, or None when they are not kept."""
    if not isinstance(method, str) or method.lower() not in _METHODS:
        return None
    if StateUpdateMethod.stateupdaters.get(method.lower()) is not _METHODS[method.lower()]:
        return None
    known = {name: (one.name, one.dtype, one.dim) if type(one) is Constant else one for name, one in variables.items()}
    try:
        text = "\n".join([*surroundings(), method.lower(), *map(_written, (equations, known, options))])
    except _Unknown:
        return None
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@contextlib.contextmanager
def kept():
    """In the block Brian2's numerical methods take their statements from the cache where it has them.

    Those of exponential_euler depend on the size of the decay: the cache has both forms.
    """
    brian2s = vars(StateUpdateMethod)["apply_stateupdater"]
    derive = brian2s.__func__

    def apply(equations, variables, method, method_options=None, group_name=None):
        key = _key(equations, variables, method, method_options)
        text = key and cache.statements(key)
        in_forms = key and method.lower() == "exponential_euler"
        if text is not None:
            return exponential_euler.chosen(text, variables) if in_forms else text
        text = derive(equations, variables, method, method_options=method_options, group_name=group_name)
        if key and isinstance(text, str):
            cache.keep_statements(key, _METHODS[method.lower()].forms if in_forms else text)
        return text

    StateUpdateMethod.apply_stateupdater = staticmethod(apply)
    try:
        yield
    finally:
        StateUpdateMethod.apply_stateupdater = brian2s
