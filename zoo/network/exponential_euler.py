"""The exponential Euler method where a variable may have no decay.

For dx/dt = A x + B Brian2 computes (x + B/A) exp(A dt) - B/A: 0/0 for A = 0, such as for a cell without a leak whose synapses
are silent, and for small A the digits of x are lost in B/A. The same step, x + dt (A x + B) exprel(A dt), is right for every
A. It costs more, so Brian2's form stays where A is certainly not small.
"""

import contextlib
import math

import sympy
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import Constant
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from brian2.stateupdaters.base import UnsupportedEquationsException
from brian2.stateupdaters.exponential_euler import ExponentialEulerStateUpdater, get_conditionally_linear_system

# Rates (1/s) above this keep ten digits of x with any time step above 1e-6 s.
_LEAST = 1.0

_EXPREL = DEFAULT_FUNCTIONS["exprel"].sympy_func


# Lines beside the statements: the rate of a variable, and the lines that replace Brian2's where it may be small.
_RATE, _INSTEAD = "# rate ", "# instead "


@contextlib.contextmanager
def for_every_rate():
    """In the block Brian2's method exponential_euler is correct for every rate."""
    brian2s = ExponentialEulerStateUpdater.__call__

    def code(updater, equations, variables=None, method_options=None):
        updater.forms = _forms(brian2s(updater, equations, variables, method_options), equations, variables)
        return chosen(updater.forms, variables or {})

    ExponentialEulerStateUpdater.__call__ = code
    try:
        yield
    finally:
        ExponentialEulerStateUpdater.__call__ = brian2s


def _forms(text, equations, variables):
    """Brian2's statements, and for each variable with a decay the rate and the other step; no value of a constant is in them."""
    try:
        system = get_conditionally_linear_system(equations, variables)
    except ValueError as error:  # Brian2 has reported it
        raise UnsupportedEquationsException(str(error)) from None
    expressions = dict(equations.get_substituted_expressions(variables))
    lines = text.splitlines()
    for name, (rate, _) in system.items():
        if f"_BA_{name} = " in text:
            rate = sympy_to_str(rate)
            step = f"{name} + dt*({' '.join(expressions[name].code.split())})*exprel(dt*_rate_{name})"
            lines += [f"{_RATE}{name} = {rate}", f"{_INSTEAD}_BA_{name} = _rate_{name} = {rate}"]
            lines.append(f"{_INSTEAD}_{name} = _{name} = {step}")
    return "\n".join(lines)


def chosen(forms: str, variables: dict) -> str:
    """The statements of `forms` that are right for the values of the constants among `variables`."""
    lines, rates, instead = {}, {}, {}
    for line in forms.splitlines():
        kind = next((mark for mark in (_RATE, _INSTEAD) if line.startswith(mark)), "")
        name, _, rest = line.removeprefix(kind).partition(" = ")
        {_RATE: rates, _INSTEAD: instead, "": lines}[kind][name] = rest if kind else line
    for name, rate in rates.items():
        if _least(str_to_sympy(rate, variables), variables) < _LEAST:
            for old in (f"_BA_{name}", f"_{name}"):
                lines[old] = instead[old]
    return "\n".join(lines.values())


def _least(rate, variables):
    """The least size of a rate, from its known factors; 0 when its terms may cancel, or a factor is unknown."""
    values = {
        symbol: float(variables[symbol.name].get_value())
        for symbol in rate.free_symbols
        if isinstance(variables.get(symbol.name), Constant)
    }
    return abs(_factor(rate, values))


def _factor(expression, values):
    """The number in a product with exponentials; 0 for products that may vanish."""
    if isinstance(expression, (sympy.exp, _EXPREL)):
        return 1.0
    if expression.is_number:
        return float(expression)
    parts = [_factor(argument, values) for argument in expression.args]
    if isinstance(expression, sympy.Mul):
        return math.prod(parts)
    if isinstance(expression, sympy.Add) and (min(parts) > 0 or max(parts) < 0):
        return sum(parts)
    if isinstance(expression, sympy.Pow) and parts[0] and (expression.exp.is_Integer or parts[0] > 0):
        return parts[0] ** float(expression.exp)
    return values.get(expression, 0.0)
