"""Physical quantities from text and to text, in Brian2's own grammar.

Text comes from command lines and files, so it is walked as a syntax tree and never evaluated.
"""

import ast
import contextlib
import math
import operator
import re
import warnings
from typing import Any, TypeAlias

import numpy as np
from brian2 import Quantity, have_same_dimensions
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.units import allunits
from brian2.units.fundamentalunits import Unit, get_dimensions, get_unit
from numpy.typing import NDArray

from zoo.core.errors import ZooError, first_line, listed, quoted, unknown

#: A quantity. Brian2 has no type annotations, and to a type checker ``20*ms`` is an array.
QuantityLike: TypeAlias = Quantity | NDArray[Any]

# The largest number of characters: quantities that people type are short, arrays come from files.
LONGEST = 10_000

# The units of equations, and units with rare prefixes, such as cmetre, which equations know only as cm.
UNITS = {name: unit for name, unit in vars(allunits).items() if isinstance(unit, Unit)} | DEFAULT_UNITS

_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Not: np.logical_not}
# Operators of expressions only: a quantity has no use for them.
_LOGICAL = (ast.FloorDiv, ast.Mod, ast.Not)
_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _whole(value):
    if not have_same_dimensions(value, 1):
        raise ZooError("int expects a number without a unit.")
    return np.asarray(value).astype(int)


# In the order in which `si_text` tries them.
_SI = (
    *("second", "hertz", "volt", "amp", "siemens", "ohm", "farad", "coulomb", "watt", "joule", "newton", "mole"),
    *("metre", "kelvin", "kilogram"),
)

# Brian2's functions, which check units, without those that draw random numbers.
_DRAWN = ("rand", "randn", "poisson", "timestep")
_FUNCTIONS = {name: function.pyfunc for name, function in DEFAULT_FUNCTIONS.items() if name not in _DRAWN}
_FUNCTIONS["int"] = _whole
_CONSTANTS = {"pi": np.pi, "e": np.e}


def parse(text: str):
    """Read a quantity such as ``20*ms``, ``-65*mV``, ``.3*msiemens/cm**2`` or ``[1, 2]*nA``.

    Returns a float, a numpy array or a Brian2 Quantity; raises ZooError with the reason.
    """
    return _read(text, {}, {}, "a quantity; write a number times a unit, such as 20*ms.")


def evaluate(text: str, values: dict, *, rounding: float = 0.0, finite: bool = True):
    """The value of an expression in Brian2's grammar, with its functions and constants, for the `values` of its names.

    ``evaluate("exp(-t/(20*ms))*int(t < 50*ms)", {"t": t})`` has the shape of t; a text without names gives one number.
    Comparisons take two numbers as equal that differ by at most `rounding` times the larger one. Raises ZooError with the
    reason: a name or function that is not known, units that do not match, and, if `finite`, a number that is infinite or
    missing.
    """
    expected = "an expression of numbers, units, names and functions."
    return _read(text, _CONSTANTS | values, _FUNCTIONS, expected, rounding, finite)


def syntax_tree(text: str) -> ast.Expression:
    """The tree of an expression; raises what ast.parse raises, without Python's warnings about numbers like 1if."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(text.strip(), mode="eval")


def check_expression(what: str, text: str, names) -> None:
    """Raise ZooError unless `text` is one expression of `names`, units, numbers and Brian2's functions, for equations."""
    try:
        tree = syntax_tree(text)
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise ZooError(f"{what} is {quoted(text)}; it must be one expression, such as 2*rand().") from None
    known = {*names, *UNITS, *_CONSTANTS, "inf", "int", *DEFAULT_FUNCTIONS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in known:
            raise ZooError(f"{what} is {quoted(text)}, where {node.id} is unknown; known: {listed(names)}.")
        if isinstance(node, ast.BinOp) and any(isinstance(side, ast.Compare) for side in (node.left, node.right)):
            raise ZooError(f"{what} is {quoted(text)}; int(...) makes a comparison a number, such as int(i == j).")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and getattr(node.right, "value", 1) == 0:
            raise ZooError(f"{what} is {quoted(text)}, which divides by zero.")


def _read(text, names, functions, expected, rounding=0.0, finite=True):
    if len(text) > LONGEST:
        raise ZooError(f"a quantity of {len(text)} characters is too long; the limit is {LONGEST}.")
    kind = expected.partition(";")[0].partition(" of ")[0]
    try:
        tree = syntax_tree(text)
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise ZooError(f"cannot read {quoted(text)} as {expected}") from None
    try:
        # Brian2 divides by zero with a warning; here it is an error like any other.
        with np.errstate(**dict.fromkeys(("divide", "over", "invalid"), "raise" if finite else "ignore")):
            value = _walk(tree.body, names, functions, rounding)
        if np.iscomplexobj(value):
            raise ZooError("it is a complex number.")
        if finite and not np.isfinite(np.asarray(value)).all():
            raise ZooError("all its values must be finite numbers.")
    except ZooError as error:
        raise ZooError(f"cannot read {quoted(text)} as {kind}: {error}") from None
    except RecursionError:
        raise ZooError(f"cannot read {quoted(text)} as {expected}") from None
    except Exception as error:  # arithmetic, and Brian2's dimension errors, which have another base class
        raise ZooError(f"cannot read {quoted(text)} as {kind}: {first_line(error).rstrip('.')}.") from None
    return value


def _walk(node, names, functions, rounding):
    def walk(node):
        if isinstance(getattr(node, "op", None), _LOGICAL) and not functions:
            raise ZooError("only numbers, units, + - * / **, brackets and lists are allowed.")
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            left, right = walk(node.left), walk(node.right)
            if isinstance(node.op, ast.Pow) and isinstance(left, Quantity) and not np.all(np.abs(right) <= 100):
                raise ZooError("an exponent must be a number between -100 and 100.")
            return _BINARY[type(node.op)](left, right)
        if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
            return _UNARY[type(node.op)](walk(node.operand))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return float(node.value)
        if functions and isinstance(node, ast.Constant) and type(node.value) is bool:
            return node.value
        if isinstance(node, ast.Name):
            if node.id in names:
                return names[node.id]
            if node.id in ("nan", "inf"):
                return float(node.id)
            if node.id not in UNITS:
                known = (name for name in (*names, *UNITS) if len(name) < 12)
                raise unknown(
                    "name" if names else "unit", node.id, known, "units are those of Brian2, such as ms or mV."
                )
            return UNITS[node.id]
        if isinstance(node, (ast.List, ast.Tuple)):
            return _list([walk(item) for item in node.elts])
        if functions and isinstance(node, ast.Compare):
            return _comparison(node, walk, rounding)
        if functions and isinstance(node, ast.BoolOp):
            combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return combine.reduce(np.broadcast_arrays(*(walk(value) for value in node.values)))
        if functions and isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            if node.func.id not in functions:
                raise unknown("function", node.func.id, functions)
            return functions[node.func.id](*(walk(argument) for argument in node.args))
        more = ", comparisons, functions" if functions else ""
        raise ZooError(f"only numbers, units, + - * / **, brackets{more} and lists are allowed.")

    return walk(node)


def _list(items):
    if not items:
        raise ZooError("the list is empty.")
    dimensions = {get_dimensions(item) for item in items}
    if len(dimensions) > 1:
        raise ZooError("the items of the list have different units.")
    return Quantity(np.array([np.asarray(item) for item in items], dtype=float), dim=dimensions.pop())


def _comparison(node, walk, rounding):
    values = [walk(part) for part in (node.left, *node.comparators)]
    true = np.True_
    for comparison, left, right in zip(node.ops, values[:-1], values[1:], strict=True):
        if type(comparison) not in _COMPARISONS:
            raise ZooError("comparisons are < <= > >= == !=.")
        if not have_same_dimensions(left, right):  # Brian2's == and != do not check units
            raise ZooError("a comparison needs the same unit on both sides.")
        left, right = np.asarray(left), np.asarray(right)
        if rounding:
            left = np.where(np.abs(left - right) <= rounding * np.maximum(np.abs(left), np.abs(right)), right, left)
        true = true & _COMPARISONS[type(comparison)](left, right)
    return true


def check(name: str, value, unit, example=""):
    """Return `value` as a float, an array or a Quantity of the dimension of `unit`.

    `example` is a valid value, or its text, for the message. Raises ZooError for another dimension, and for a missing or
    infinite number.
    """
    if type(value) in (int, float) and abs(value) < 1e300 and get_dimensions(unit).is_dimensionless:
        return float(value)  # most fields of most models: a sweep creates thousands of models
    try:
        if isinstance(value, (list, tuple)) and any(isinstance(item, Quantity) for item in value):
            value = _list(value)
        numbers = np.asarray(value)
        if numbers.dtype.kind not in "biuf":
            raise TypeError
        numbers = numbers.astype(float)
    except (TypeError, ValueError):
        if np.iscomplexobj(value):
            raise ZooError(f"{name} has complex numbers; it must be real {_with_unit(unit, example)}.") from None
        raise ZooError(f"{name} must be a number {_with_unit(unit, example)}, not {quoted(value)}.") from None
    if not have_same_dimensions(value, unit):
        raise ZooError(f"{name} is {_describe(value)}; it must be a quantity {_with_unit(unit, example)}.")
    if not np.isfinite(numbers).all():
        raise ZooError(f"{name} is {_describe(value)}; all its values must be finite numbers.")
    # `astype` made a copy: a model is frozen, the caller's array is not.
    numbers.flags.writeable = False
    if get_dimensions(unit).is_dimensionless:
        return numbers.item() if numbers.ndim == 0 else numbers
    return Quantity(numbers, dim=get_dimensions(unit))


def check_one(name: str, value, unit, example=""):
    """As `check`, for one number: arrays are refused as well."""
    checked = check(name, value, unit, example)
    if np.ndim(checked):
        raise ZooError(f"{name} is {_describe(checked)}; it must be one number {_with_unit(unit, example)}.")
    return checked


def _with_unit(unit, example) -> str:
    example = example if isinstance(example, str) else format(example)
    # A default with the wrong unit is no example.
    example = example if example and have_same_dimensions(parse(example), unit) else ""
    if get_dimensions(unit).is_dimensionless:
        return f"without a unit, such as {example or 0.5}"
    return f"in {unit_text(unit)}, such as {example or f'20*{unit_text(unit)}'}"


def _describe(value) -> str:
    if np.ndim(value) == 0:
        return format(value)
    dimensions = get_dimensions(value)
    unit = "without a unit" if dimensions.is_dimensionless else f"in {si_text(dimensions)}"
    return f"an array of shape {np.shape(value)} {unit}"


def unit_text(unit) -> str:
    """A unit in the grammar of `parse`: ``ms``, ``msiemens/cmetre**2``, or ``1``."""
    if not isinstance(unit, Quantity) or unit.is_dimensionless:
        return "1"
    if short := _short(unit):
        return short
    if float(unit) == 1:
        return si_text(unit.dim)
    # A compound: ufarad / (cmetre ** 2) is uF/cm**2.
    long = repr(unit).replace(" ", "")
    text = re.sub(r"[A-Za-z]\w*", lambda name: _short(UNITS.get(name[0])) or name[0], long)
    text = re.sub(r"(\*\*\d+)\.0\b", r"\1", text)
    text = re.sub(r"\((\w+(\*\*\d)?)\)", r"\1", text)
    with contextlib.suppress(ZooError):
        if have_same_dimensions(value := parse(text), unit) and math.isclose(float(value), float(unit), rel_tol=1e-15):
            return text
    return long


def _short(unit) -> str:
    """The shortest name of a single unit in equations, or ""."""
    for short in (getattr(unit, "dispname", ""), getattr(unit, "name", "")):
        known = UNITS.get(short)
        if known is not None and have_same_dimensions(known, unit) and known == unit:
            return short
    return ""


def si_text(dimensions) -> str:
    """The SI unit of `dimensions` in the grammar of `parse`: ``volt``, ``siemens/metre**2``, or ``1``.

    Brian2's choice depends on the units that a session has used before.
    """
    if dimensions.is_dimensionless:
        return "1"
    for name in _SI:
        if dimensions is UNITS[name].dim:
            return name
    # A density, a slope, a power: a unit times a power of length or time.
    for name in ("", *_SI):
        rest = dimensions / UNITS[name].dim if name else dimensions
        for other in ("metre", "second"):
            for power in (-1, -2, -3, 2, 3):
                if rest is UNITS[other].dim ** power:
                    sign = "/" if power < 0 else "*" if name else ""
                    exponent = f"**{abs(power)}" if abs(power) > 1 else ""
                    return f"{name or ('1' if power < 0 else '')}{sign}{other}{exponent}"
    return repr(get_unit(dimensions)).replace(" ", "")


def format(value) -> str:
    """A value as text that `parse` reads back, in the unit that fits its size."""
    if np.ndim(value):
        return f"array{np.shape(value)}"
    if not isinstance(value, Quantity) or value.is_dimensionless:
        return f"{float(value):.15g}"
    unit = value.get_best_unit()
    return f"{float(value / unit):.15g}*{unit_text(unit)}"


def has_scale(unit) -> bool:
    """Whether a unit says more than its dimension: mV and msiemens/cm**2 do, volt and Hz do not."""
    return isinstance(unit, Quantity) and float(unit) != 1


def text_in(value, unit=None) -> str | None:
    """A number or an array as text that `parse` reads as the same value; None for one that is not finite.

    It is in `unit` when that has a scale, else in the unit that suits the value best. The product of the number and the unit
    is rounded, so that a value which was computed otherwise may differ in the last bit.
    """
    numbers = np.asarray(value, dtype=float)
    if not np.isfinite(numbers).all():
        return None
    if not isinstance(value, Quantity) or value.is_dimensionless:
        return _digits(numbers)
    for scale in (unit if has_scale(unit) else value.get_best_unit(), get_unit(value.dim)):
        text = f"{_digits(numbers / float(scale), _SAME)}*{unit_text(scale)}"
        with contextlib.suppress(ZooError):  # a best unit that equations do not know
            if np.allclose(np.asarray(parse(text)), numbers, rtol=_SAME, atol=0):
                return text
    return f"{_digits(numbers)}*{si_text(value.dim)}"


# Two roundings of a double.
_SAME = 2 * np.finfo(float).eps


def _digits(numbers, tolerance=0.0):
    """Numbers as text with the fewest digits, from 15 on, that are the same but for the relative `tolerance`."""
    if numbers.ndim:
        return f"[{', '.join(_digits(number, tolerance) for number in numbers)}]"
    texts = (f"{numbers:.{digits}g}" for digits in (15, 16, 17))
    return next(text for text in texts if abs(float(text) - numbers) <= tolerance * abs(numbers))
