"""The numerical method of a group, and exact solutions that cannot be computed because they divide by nearly zero.

Brian2 solves linear equations (method "exact", event-driven equations) symbolically. With rates a and b the solution has a term
(exp(-a dt) - exp(-b dt))/(b - a), which is 0/0 for equal time constants and loses digits for similar ones. This depends on
values that may be data; so each coefficient is computed with an estimate of its rounding error when a run starts.
"""

import re

import numpy as np
import sympy
from brian2 import NeuronGroup, Synapses
from brian2.core.variables import ArrayVariable, Constant
from brian2.parsing.sympytools import str_to_sympy
from brian2.stateupdaters.base import StateUpdateMethod, UnsupportedEquationsException
from brian2.stateupdaters.exact import linear

from zoo.codegen.remembered import by_code
from zoo.core.errors import ZooError

#: Largest relative error of a coefficient: ten of sixteen digits lost, but still less than the error of other methods.
MOST = 1e-6

# The error of one operation, in units of the machine precision. As in exact.h.
_ROUNDING = 0.25

_FREE = sympy.Symbol("_free", real=True)  # represents int(not_refractory), which is 1


def method(group) -> str | None:
    """The name of the method that integrates the equations of a group: the first one of a list that can."""
    updater = getattr(group, "state_updater", None)
    if updater is None or not group.equations.diff_eq_names:
        return None
    choice = updater.method_choice
    if isinstance(choice, str) or callable(choice):
        return _name(choice)
    names = group.equations.names | group.equations.identifiers | {"dt"}
    try:
        variables = group.resolve_all(names, {}, user_identifiers=set())
    except KeyError:  # the run will report the unknown name
        return None
    for one in choice:
        try:
            StateUpdateMethod.apply_stateupdater(group.equations, variables, one)
            return _name(one)
        except UnsupportedEquationsException:
            continue
    return None


def _name(one):
    if isinstance(one, str):
        return one
    known = {id(updater): name for name, updater in reversed(StateUpdateMethod.stateupdaters.items())}
    return known.get(id(one), getattr(one, "__name__", type(one).__name__))


def coefficients(network) -> list:
    """(group, expressions, symbol -> variable) for every group with an exact solution that may lose digits."""
    found = []
    for group in sorted(network.objects, key=lambda item: item.name):
        for code, variables in _solutions(group):
            expressions, used = [], {}
            for expression in _doubtful(code, variables):
                names = {symbol.name: variables.get(symbol.name) for symbol in expression.free_symbols - {_FREE}}
                if all(_has_value(variable, group) for variable in names.values()):
                    expressions.append(expression)
                    used |= names
            if expressions:
                found.append((group, expressions, dict(sorted(used.items()))))
    return found


@by_code
def _doubtful(code, variables):
    """The coefficients of a solution that may lose digits."""
    lines = dict(re.findall(r"^_(\w+) = (.*)$", code, re.MULTILINE))
    found = []
    for text in lines.values():
        expression = str_to_sympy(text, variables)
        expression = expression.replace(str_to_sympy("int(True)").func, lambda _: _FREE)
        states = [sympy.Symbol(name, real=True) for name in lines]
        rest = expression.xreplace(dict.fromkeys(states, sympy.Integer(0)))
        for one in [*(sympy.diff(expression, state) for state in states), rest]:
            # "independent" solves some nonlinear equations, too
            if one.free_symbols.isdisjoint(states) and _may_cancel(one) and _is_known(one):
                found.append(one)
    return found


def _solutions(group):
    """Abstract code of the exact solutions of a group, and the variables in it."""
    one = method(group) if isinstance(group, (NeuronGroup, Synapses)) else None
    if one in ("exact", "linear", "independent"):
        names = group.equations.names | group.equations.identifiers | {"dt"}
        variables = group.resolve_all(names, {}, user_identifiers=set())
        code = StateUpdateMethod.apply_stateupdater(group.equations, variables, one)
        yield re.sub("^", "_", code, flags=re.MULTILINE) if one == "independent" else code, variables
    if isinstance(group, Synapses) and group.event_driven is not None:
        names = group.event_driven.names | group.event_driven.identifiers | {"dt"}
        try:
            # Over one time step, the shortest time between two spikes, which loses most digits.
            yield linear(group.event_driven, group.variables), group.resolve_all(names, {}, user_identifiers=set())
        except UnsupportedEquationsException:  # Brian2 will report it
            return


def _may_cancel(expression):
    """Whether it has a difference that may be nearly zero: in a divisor, or 1 - exp(-dt/tau) for an infinite tau."""
    divisors = [node.base for node in expression.atoms(sympy.Pow) if node.exp.could_extract_minus_sign()]
    return any(base.is_Add for base in divisors) or any(node.has(sympy.exp) for node in expression.atoms(sympy.Add))


def _is_known(expression):
    """Whether `_computed` supports all of it."""
    return all(
        isinstance(node, (sympy.Add, sympy.Mul, sympy.exp, sympy.Symbol, sympy.Number))
        or (isinstance(node, sympy.Pow) and (node.exp.is_Integer or abs(node.exp) == sympy.Rational(1, 2)))
        for node in sympy.preorder_traversal(expression)
    )


def _has_value(variable, group):
    if isinstance(variable, ArrayVariable):
        return variable.scalar or getattr(variable.owner, "name", None) == group.name
    return isinstance(variable, Constant)


def check(model: str, network) -> None:
    """Raise ZooError when an exact solution of a network of the runtime device cannot be computed with its values."""
    for group, expressions, variables in coefficients(network):
        values = {name: np.asarray(variable.get_value(), dtype=float) for name, variable in variables.items()}
        with np.errstate(all="ignore"):
            for expression in expressions:
                value, error = _computed(expression, {**values, "_free": np.float64(1)})
                if not np.all(np.isfinite(value) & (np.finfo(float).eps * error <= MOST * abs(value))):
                    raise ZooError(f"{model}: {sentence(group)}")


def sentence(group) -> str:
    return (
        f"the exact solution of the equations of {group.name} divides by a rate, or by the difference of two rates, that is zero, or "
        "nearly so; change these time constants, or use another method, such as exponential_euler or rk4 (for event-driven "
        "equations: make them clock-driven)."
    )


def _computed(expression, values):
    """The value of an expression, and its rounding error in units of the machine precision.

    An operation rounds by at most half a unit, about a quarter on average, in any direction, so that squares of errors add
    up. For three similar time constants the true error, computed with 50 digits, is 0.2 times this in the median and at most
    1.0 times in 540 cases; the sum of the errors would be 30 to 100 times the true error.
    """
    if isinstance(expression, sympy.Symbol):
        return values[expression.name], 0.0
    if isinstance(expression, sympy.Number):
        return np.float64(expression), 0.0
    parts = [_computed(argument, values) for argument in expression.args]
    value, error = parts[0]
    if isinstance(expression, sympy.exp):
        value = np.exp(value)
        return value, value * np.hypot(error, _ROUNDING)
    if isinstance(expression, sympy.Pow):
        power = np.float64(expression.exp)
        result = np.power(value, power)
        return result, np.hypot(power * np.power(value, power - 1) * error, _ROUNDING * result)
    for other, its_error in parts[1:]:
        if isinstance(expression, sympy.Add):
            value, error = value + other, np.hypot(error, its_error)
        else:
            value, error = value * other, np.hypot(value * its_error, other * error)
        error = np.hypot(error, _ROUNDING * value)
    return value, error


def in_cpp(expression) -> str:
    """The same in C++, with the numbers of exact.h."""
    if isinstance(expression, sympy.Symbol):
        return f"_{expression.name}_"
    if isinstance(expression, sympy.Number):
        return f"zoo::Rounded({float(expression)!r})"
    arguments = [in_cpp(argument) for argument in expression.args]
    if isinstance(expression, sympy.exp):
        return f"zoo::exp_of({arguments[0]})"
    if isinstance(expression, sympy.Pow):
        return f"zoo::power({arguments[0]}, {float(expression.exp)!r})"
    return "(" + (" + " if isinstance(expression, sympy.Add) else "*").join(arguments) + ")"
