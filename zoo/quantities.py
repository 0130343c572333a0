"""Physical quantities from text and to text, in Brian2's own grammar.

Text comes from command lines and files, so it is walked as a syntax tree and never evaluated.
"""

import ast
import math
import operator

import numpy as np
from brian2 import Quantity, have_same_dimensions
from brian2.core.namespace import DEFAULT_UNITS
from brian2.units import allunits
from brian2.units.fundamentalunits import Unit, get_dimensions

from zoo.errors import ZooError, unknown

# A quantity that a person writes is short; arrays come from files.
LONGEST = 10_000

# What equations know, and units with rare prefixes, such as cmetre, that they know only as cm.
_UNITS = {name: unit for name, unit in vars(allunits).items() if isinstance(unit, Unit)} | DEFAULT_UNITS

_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg}


def parse(text: str):
    """Read a quantity such as ``20*ms``, ``-65*mV``, ``.3*msiemens/cm**2`` or ``[1, 2]*nA``.

    Returns a float, a numpy array or a Brian2 Quantity; raises ZooError with the reason.
    """
    if len(text) > LONGEST:
        raise ZooError(f"a quantity of {len(text)} characters is too long; the limit is {LONGEST}.")
    try:
        value = _walk(ast.parse(text.strip(), mode="eval").body)
    except ZooError as error:
        raise ZooError(f"cannot read {text!r} as a quantity: {error}") from None
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise ZooError(
            f"cannot read {text!r} as a quantity; write a number times a unit, such as 20*ms."
        ) from None
    except (ArithmeticError, TypeError) as error:
        raise ZooError(f"cannot read {text!r} as a quantity: {error}.") from None
    except Exception as error:  # Brian2's dimension errors have a base class of their own
        raise ZooError(f"cannot read {text!r} as a quantity: {str(error).splitlines()[0]}") from None
    if np.iscomplexobj(value):
        raise ZooError(f"cannot read {text!r} as a quantity: it is a complex number.")
    return value


def _walk(node):
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _walk(node.left), _walk(node.right)
        if isinstance(node.op, ast.Pow) and (np.ndim(right) or not abs(float(right)) <= 100):
            raise ZooError("an exponent has to be a number between -100 and 100.")
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_walk(node.operand))
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.Name):
        if node.id in ("nan", "inf"):  # refused by `check`, which says it better
            return float(node.id)
        if node.id not in _UNITS:
            raise unknown("unit", node.id, (name for name in _UNITS if len(name) < 12))
        return _UNITS[node.id]
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [_walk(item) for item in node.elts]
        if not items:
            raise ZooError("the list is empty.")
        dimensions = {get_dimensions(item) for item in items}
        if len(dimensions) > 1:
            raise ZooError("the items of the list have different units.")
        return Quantity(np.array([np.asarray(item) for item in items], dtype=float), dim=dimensions.pop())
    raise ZooError("only numbers, units, + - * / **, brackets and lists are allowed.")


def check(name: str, value, unit, example: str = ""):
    """Return `value` as a float, an array or a Quantity of the dimension of `unit`.

    `example` is a value that would do, for the sentence. Raises ZooError when the dimension is another one, or when a number is missing or infinite.
    """
    try:
        numbers = np.asarray(value)
        if numbers.dtype.kind not in "biuf":
            raise TypeError
        numbers = numbers.astype(float)
    except (TypeError, ValueError):
        raise ZooError(f"{name} has to be a number {_with_unit(unit, example)}, not {value!r}.") from None
    if not have_same_dimensions(value, unit):
        raise ZooError(f"{name} is {_describe(value)}, it has to be a quantity {_with_unit(unit, example)}.")
    if not np.isfinite(numbers).all():
        raise ZooError(f"{name} is {_describe(value)}, all its values have to be finite numbers.")
    # `astype` made a copy: a model is frozen, the caller's array is not.
    numbers.flags.writeable = False
    if get_dimensions(unit).is_dimensionless:
        return numbers.item() if numbers.ndim == 0 else numbers
    return Quantity(numbers, dim=get_dimensions(unit))


def _with_unit(unit, example) -> str:
    if get_dimensions(unit).is_dimensionless:
        return f"without a unit, such as {example or 0.5}"
    return f"in {unit_text(unit)}, such as {example or f'20*{unit_text(unit)}'}"


def _describe(value) -> str:
    if np.ndim(value) == 0:
        return format(value)
    return f"an array of shape {np.shape(value)} in {unit_text(Unit(1.0, dim=get_dimensions(value)))}"


def unit_text(unit) -> str:
    """A unit in the grammar of `parse`: ``ms``, ``msiemens/cmetre**2``, or ``1``."""
    if not isinstance(unit, Quantity) or unit.is_dimensionless:
        return "1"
    for short in (getattr(unit, "dispname", ""), getattr(unit, "name", "")):
        known = _UNITS.get(short)
        if known is not None and have_same_dimensions(known, unit) and known == unit:
            return short
    return repr(unit).replace(" ", "")


def format(value, unit=None) -> str:  # noqa: A001 - `quantities.format` is how it is called
    """A value as text that `parse` reads back, in `unit` or in the unit that suits it best."""
    if np.ndim(value):
        return f"array{np.shape(value)}"
    if not isinstance(value, Quantity) or value.is_dimensionless:
        return f"{float(value):.15g}"
    if unit is None or math.isclose(float(unit), 1.0):
        unit = value.get_best_unit()
    return f"{float(value / unit):.15g}*{unit_text(unit)}"
