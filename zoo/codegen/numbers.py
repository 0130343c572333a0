"""Numbers that a program reads when it starts, where Brian2 would compile them in.

Brian2 writes a constant of a namespace into the C++ as a literal, ``const double E_Na = 0.05;``. Here it is
``const double E_Na = zoo_number(3);`` at the top of each function that uses it: a local constant, because the compiler would
load a global again and again in a loop that writes arrays. The values are static arrays, files that the program reads, so
that another number is other data for the same program.

A number that shapes the code stays a literal (`literals`): an exponent of which powers are products, an integer divisor, and
what is computed together with exponentials that share a computation (`zoo.codegen.sharing`).
"""

import ast
import math
from collections.abc import Iterable

import numpy as np
from brian2.core.functions import DEFAULT_CONSTANTS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant, Subexpression
from brian2.input.timedarray import TimedArray, _find_K
from brian2.parsing.expressions import _get_value_from_expression
from brian2.utils.stringtools import get_identifiers

# C++ function that reads a number -> the static array with the values, and their types in C++ and in Python
_KINDS = {
    "zoo_number": ("_static_array_zoo_constants", "double", np.float64),
    "zoo_integer": ("_static_array_zoo_integers", "int64_t", np.int64),
}

#: The weight of a PoissonInput, which has no name in Brian2.
WEIGHT = "_weight"

#: The static arrays with the values.
CONSTANTS = [array for array, _, _ in _KINDS.values()]

# At the end of the header of all arrays, and of their source.
_READ = """\
static inline {type} {function}(int place) {{ return {array}[place]; }}
"""
_DECLARED = """
namespace brian {{
{functions}
// Sets the constants called `name`, "E_Na" or "cells.E_Na"; 0 when there are none, -1 when the text is no number.
int set_constants(const std::string &name, const std::string &text);
}}
"""
_DEFINED = """
#include <cmath>
#include <cstring>
int brian::set_constants(const std::string &name, const std::string &text)
{{
    const struct {{ const char *name; double *number; int64_t *integer; }} known[] = {{
        {rows}}};
    char *end;
    const double value = strtod(text.c_str(), &end);
    int found = 0;
    for (const auto &one : known)
    {{
        if (name != one.name && name != strchr(one.name, '.') + 1) continue;
        if (text.empty() || *end || !std::isfinite(value) || (one.integer && value != std::floor(value))) return -1;
        if (one.number) *one.number = value;
        if (one.integer) *one.integer = (int64_t)value;
        found = 1;
    }}
    return found;
}}
"""


class _Call(str):
    """C++ that reads a number; Brian2 writes the representation of a value."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


class Number(Constant):
    """A constant whose value the program reads; the code generator sees C++ instead of a value, which is `number`.

    `user` is the name of the object whose code reads it.
    """

    def __init__(self, constant: Constant, user: str, place: int) -> None:
        super().__init__(constant.name, constant.value, dimensions=constant.dim)
        self.dtype = constant.dtype
        self.number = constant.value
        self.user = user
        self.function = _function(constant)
        self.place = place
        self.value = _Call(f"{self.function}({place})")


def _function(constant):
    return "zoo_integer" if np.dtype(constant.dtype).kind in "iu" else "zoo_number"


class Numbers:
    """The constants of a network that are data, in the order of the code objects that read them."""

    def __init__(self) -> None:
        self.known: list[Number] = []
        #: (object, name) of those that are literals somewhere.
        self.literals: set[tuple[str, str]] = set()

    def take(self, user: str, abstract_code: dict, variables: dict, shaping: Iterable = ()) -> dict:
        """`variables` with a Number for each constant that is data.

        `user` is the name of the object whose code it is; `shaping` are names that stay literals besides those of `literals`.
        """
        found = {name: variable for name, variable in variables.items() if is_number(name, variable)}
        if not found:
            return variables
        kept = {*shaping, *literals(abstract_code, variables)}
        self.literals |= {(user, name) for name in found.keys() & kept}
        made = {}
        for name in sorted(found.keys() - kept):
            place = sum(number.function == _function(found[name]) for number in self.known)
            made[name] = Number(found[name], user, place)
            self.known.append(made[name])
        return {**variables, **made}

    def leave(self, user: str, variables: dict) -> None:
        """Note that the code of the object named `user` has its constants as literals."""
        self.literals |= {(user, name) for name, variable in variables.items() if is_number(name, variable)}

    def arrays(self) -> dict:
        """The static arrays of the values: name -> array."""
        found = {}
        for function, (array, _, dtype) in _KINDS.items():
            values = [number.number for number in self.known if number.function == function]
            if values:
                found[array] = np.array(values, dtype=dtype)
        return found

    def declared(self) -> str:
        """The C++ functions that read and set them."""
        used = {number.function for number in self.known}
        functions = [
            _READ.format(type=kind, function=function, array=array)
            for function, (array, kind, _) in _KINDS.items()
            if function in used
        ]
        return _DECLARED.format(functions="".join(functions)) if used else ""

    def defined(self) -> str:
        """The C++ function that sets them."""
        rows = []
        for number in self._settable():
            place = f"{_KINDS[number.function][0]} + {number.place}"
            rows.append(f'{{"{number.user}.{number.name}", ' + (
                f"{place}, nullptr}}" if number.function == "zoo_number" else f"nullptr, {place}}}"
            ))  # fmt: skip
        return _DEFINED.format(rows=",\n        ".join(rows or ['{".", nullptr, nullptr}'])) if self.known else ""

    def _settable(self):
        names = {WEIGHT, *(name for _, name in self.literals)}
        return [number for number in self.known if number.name not in names]

    def named(self) -> dict:
        """The numbers that can be set by name: "E_Na" where all objects read one value, "cells.E_Na" where this one does."""
        found = {}
        for number in self._settable():
            for key in (number.name, f"{number.user}.{number.name}"):
                found.setdefault(key, []).append(number)
        return {key: same[0] for key, same in found.items() if len({number.number for number in same}) == 1}

    def in_cpp(self, user: str, name: str) -> str | None:
        """The C++ that reads the constant `name` of the object `user`; None for one that is compiled in."""
        return next((number.value for number in self.known if (number.user, number.name) == (user, name)), None)


def is_number(name: str, variable) -> bool:
    """Whether a variable that a string reads as `name` is a finite number of the user: no unit, size, or truth value."""
    if name.startswith("_") and name != WEIGHT:  # a name of Brian2
        return False
    if type(variable) is not Constant or variable.owner is not None or np.dtype(variable.dtype).kind not in "fiu":
        return False
    known = DEFAULT_UNITS.get(name, DEFAULT_CONSTANTS.get(name))
    return (known is None or float(getattr(known, "value", known)) != variable.value) and _fits(variable.value)


def _fits(value):
    return abs(value) < 2**63 if isinstance(value, int) else math.isfinite(value)


def literals(abstract_code: dict, variables: dict) -> set:
    """The names of constants in powers and divisions whose code depends on their values."""
    texts = [line.strip() for code in abstract_code.values() for line in (code or "").splitlines()]
    texts += [variable.expr for variable in variables.values() if isinstance(variable, Subexpression)]
    found = set()
    for text in texts:
        if "**" in text or "//" in text or "%" in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.BinOp) and _is_shaped(node, variables):
                    found |= get_identifiers(ast.unparse(node.right))
    return found


def _is_shaped(node, variables):
    """Whether the code of a power, quotient or remainder depends on the value of its right side."""
    known = [variables.get(name) for name in get_identifiers(ast.unparse(node.right))]
    if not isinstance(node.op, (ast.Pow, ast.FloorDiv, ast.Mod)) or not all(isinstance(one, Constant) for one in known):
        return False
    if not isinstance(node.op, ast.Pow):
        return all(np.dtype(one.dtype).kind in "iu" for one in known)
    try:
        exponent = float(_get_value_from_expression(node.right, variables))
    except (SyntaxError, ArithmeticError):  # a function, or a division by zero
        return True
    # Powers of whole numbers and their halves are products and roots (see ZOO_POWER).
    return abs(exponent) <= 32 and 2 * exponent % 1 == 0


# As Brian2's, with the time step of the array as data.
_ONE_DIMENSION = """\
static inline double %NAME%(const double t)
{
    int i = (int)((t/_namespace%STEP%[0] + 0.5)/_namespace%STEP%[1]);
    if (i < 0) i = 0;
    if (i >= %ROWS%) i = %ROWS% - 1;
    return _namespace%NAME%_values[i];
}
"""
_TWO_DIMENSIONS = """\
static inline double %NAME%(const double t, const int i)
{
    if (i < 0 || i >= %COLUMNS%) return NAN;
    int step = (int)((t/_namespace%STEP%[0] + 0.5)/_namespace%STEP%[1]);
    if (step < 0) step = 0;
    if (step >= %ROWS%) step = %ROWS% - 1;
    return _namespace%NAME%_values[step*%COLUMNS% + i];
}
"""


def add_steps(timed_array: TimedArray, code_object_class: type) -> None:
    """Let the programs of a class of code objects read the time step of a TimedArray."""
    name, shape = timed_array.name, timed_array.values.shape

    def step(owner):
        return f"{name}_step_of_{owner.clock.name}"

    def code(owner):
        text = _ONE_DIMENSION if len(shape) == 1 else _TWO_DIMENSIONS
        text = text.replace("%NAME%", name).replace("%STEP%", step(owner)).replace("%ROWS%", str(shape[0]))
        return text.replace("%COLUMNS%", str(shape[-1]))

    def namespace(owner):
        # How many steps of its own it has in one of the array, at least eight for one of the group.
        parts = _find_K(owner.clock.dt_, timed_array.dt)
        values = timed_array.values.astype(np.double, order="C", copy=False).ravel()
        return {f"{name}_values": values, step(owner): np.array([timed_array.dt / parts, parts])}

    timed_array.implementations.add_dynamic_implementation(code_object_class, code, namespace=namespace, name=name)
