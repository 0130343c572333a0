"""From a kernel K(t), an expression with units, to a rule of synapses whose g is the sum of K over past spikes.

A kernel that is a sum of terms t^k exp(-t/tau) cos(omega t) solves a linear differential equation and becomes its
state: exact in every time step, and as cheap as one variable a term. The end of the window is a second, later pathway
that takes away what is left. Any other kernel is sampled, and convolved with what arrived in each step of its window.

    print(kernel_rule("exp(-t/(20*ms))", 50*ms))
"""

import ast
import functools
import math
import operator

import numpy as np
import sympy
from brian2 import Quantity, ms, second
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.parsing.sympytools import str_to_sympy
from brian2.units.fundamentalunits import DimensionMismatchError, get_dimensions

from zoo import Rule, ZooError
from zoo.core import quantities
from zoo.core.errors import quoted

# Relative to the largest value of a kernel: how well its states have to give its values.
TOLERANCE = 1e-12
# How much larger than the kernel its terms may be: what cancels is lost from 16 digits.
CANCELLATION = 1e3
# More states than this cost more than the samples of a usual window.
MOST_STATES = 12

_FUNCTIONS = {name: function.pyfunc for name, function in DEFAULT_FUNCTIONS.items() if function.stateless}
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: np.logical_not,
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
}
_t = sympy.Symbol("t", real=True)


def kernel_rule(kernel: str | None, window: Quantity | None) -> Rule:
    """The rule of a synapse with weight w whose sum over past spikes is g.

    `kernel` is an expression in t, the time since a spike arrived, without a unit of its own; None is a jump for one
    time step. `window` is its end; None leaves a kernel that decays as it is. The pathway "on" comes with the delay
    of the synapse, "off", if there is one, later by H, which is `window` in whole time steps. A rule with a
    `target_step` is sampled: its function `convolve` holds `samples`. Raises ZooError for a kernel without a finite
    value, with a unit, or with names that are not known, for a window that it needs and does not have, and for one
    without a kernel.
    """
    if kernel is None:
        if window is not None:
            raise ZooError(
                f"a window of {quantities.format(window)} needs a kernel that it ends, such as exp(-t/(20*ms)); without a kernel "
                "a spike lasts one time step, and there is no window."
            )
        return Rule(target="dg/dt = -g/dt : 1", model="w : 1", on_pre={"on": "g_post += w"})
    if window is not None:
        window = float(quantities.check("window", window, second))
        if window <= 0:
            raise ZooError(
                f"the window of the kernel {quoted(kernel)} is {window * 1e3:g}*ms; it has to be longer than 0*ms."
            )
    return _rule(kernel, window)


def samples(kernel: str, steps: int, dt: Quantity) -> np.ndarray:
    """The values K(lag dt) for lag = 0 .. steps - 1."""
    return _values(kernel, np.arange(steps) * float(dt))


@functools.lru_cache(maxsize=256)
def _rule(kernel, window):
    _values(kernel, np.zeros(1))
    terms = _terms(kernel)
    slowest = min((-rate.real for rate, _ in terms or ()), default=0)
    if terms and (window or slowest):
        end = window or 20 / slowest
        if _equal(terms, kernel, np.linspace(0, end, 400, endpoint=False)):
            return _state_rule(terms, cut=window is not None)
    if window is None:
        raise ZooError(
            f"the kernel {quoted(kernel)} needs a window: it has no differential equation in which it decays."
        )
    return Rule(
        target="""
        g       : 1
        arrived : 1
        """,
        target_step="""
        g = convolve(arrived, i, t_in_timesteps)
        arrived = 0
        """,
        model="w : 1",
        on_pre={"on": "arrived_post += w"},
    )


# Values of an expression, walked as a syntax tree with units and never evaluated.


def _values(kernel, t):
    """The values of `kernel` at the times `t` in seconds."""
    try:
        with np.errstate(all="ignore"):
            values = _walk(quantities.syntax_tree(kernel).body, Quantity(t, dim=second.dim))
    except ZooError as error:
        raise ZooError(f"cannot read the kernel {quoted(kernel)}: {error}") from None
    except DimensionMismatchError as error:
        raise ZooError(
            f"the units of the kernel {quoted(kernel)} do not fit ({str(error).splitlines()[0]}); t is a time, as in t/(20*ms)."
        ) from None
    except (SyntaxError, RecursionError, MemoryError, ValueError, TypeError, ArithmeticError):
        raise ZooError(
            f"cannot read the kernel {quoted(kernel)}; write an expression in t, such as exp(-t/(20*ms))."
        ) from None
    if not get_dimensions(values).is_dimensionless:
        raise ZooError(f"the kernel {quoted(kernel)} has a unit; its value has to be a number, as in t/(20*ms).")
    if np.iscomplexobj(values):
        raise ZooError(f"the kernel {quoted(kernel)} is a complex number.")
    values = np.broadcast_to(np.asarray(values, dtype=float), t.shape)
    if not np.isfinite(values).all():
        first = t[~np.isfinite(values)][0]
        raise ZooError(f"the kernel {quoted(kernel)} has no finite value at t = {first * 1e3:g}*ms.")
    return values


def _walk(node, t):
    if isinstance(node, (ast.BinOp, ast.UnaryOp)) and type(node.op) in _OPERATORS:
        operands = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
        return _OPERATORS[type(node.op)](*(_walk(operand, t) for operand in operands))
    if isinstance(node, ast.BoolOp):
        return functools.reduce(_OPERATORS[type(node.op)], (_walk(value, t) for value in node.values))
    if isinstance(node, ast.Compare):
        sides = [_walk(side, t) for side in (node.left, *node.comparators)]
        pairs = zip(node.ops, sides[:-1], sides[1:], strict=True)
        return functools.reduce(np.logical_and, (_compare(*pair) for pair in pairs))
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        return node.value
    if isinstance(node, ast.Name):
        if node.id == "t":
            return t
        if node.id in DEFAULT_CONSTANTS:
            return DEFAULT_CONSTANTS[node.id].value
        try:
            return quantities.parse(node.id)
        except ZooError:
            raise ZooError(f"it has the unknown name {node.id!r}; it may have t, numbers and units.") from None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id not in _FUNCTIONS:
            raise ZooError(f"it may not call {node.func.id}; it may call {', '.join(sorted(_FUNCTIONS))}.")
        return _FUNCTIONS[node.func.id](*(_walk(argument, t) for argument in node.args))
    raise ZooError("only t, numbers, units, + - * / **, comparisons, brackets and functions are allowed.")


def _compare(kind, left, right):
    """Time steps meet the edges of a kernel up to rounding: numbers that differ by that are equal."""
    difference = left - right  # says it when the units differ
    left, right, difference = (np.asarray(value, dtype=float) for value in (left, right, difference))
    equal = np.abs(difference) <= 1e-9 * np.maximum(np.abs(left), np.abs(right))
    outcome = {
        ast.Lt: ~equal & (difference < 0),
        ast.LtE: equal | (difference < 0),
        ast.Gt: ~equal & (difference > 0),
        ast.GtE: equal | (difference > 0),
        ast.Eq: equal,
        ast.NotEq: ~equal,
    }
    if type(kind) not in outcome:
        raise ZooError("only the comparisons < <= > >= == != are allowed.")
    return outcome[type(kind)]


# The differential equation of an expression.


def _terms(kernel):
    """The kernel as a sum of coefficient t^power exp(rate t), or None.

    A list of (rate, [coefficient of t^0, of t^1, ...]) with a complex rate in 1/s; of two conjugate rates the one
    with a positive imaginary part, for which the real part of the term is meant.
    """
    try:
        found = _expanded(kernel)
    except (SyntaxError, NotImplementedError, TypeError, ValueError, AttributeError, KeyError, ZeroDivisionError):
        return None
    if found is None:
        return None
    largest = max((abs(rate) for rate, _, _ in found), default=0)
    grouped = []
    for rate, power, coefficient in found:
        for known, powers in grouped:
            if abs(rate - known) <= 1e-13 * largest:
                powers[power] = powers.get(power, 0) + coefficient
                break
        else:
            grouped.append((rate, {power: coefficient}))
    terms = []
    for rate, powers in grouped:
        powers = {power: value for power, value in powers.items() if value}
        if not powers or rate.imag < 0:
            continue
        degree = max(powers)
        if rate.real > 0 or (rate.real == 0 and degree > 0):
            return None  # what is left behind its window would not decay
        factor = 2 if rate.imag else 1
        terms.append((rate, [factor * powers.get(power, 0) for power in range(degree + 1)]))
    states = sum(len(powers) * (2 if rate.imag else 1) for rate, powers in terms)
    return terms if states <= MOST_STATES else None


def _expanded(kernel):
    """A list of (rate, power, coefficient), or None."""
    expression = str_to_sympy(kernel)
    values = {}
    for symbol in expression.free_symbols:
        name = str(symbol)
        # Rational numbers: 20*ms + 30*ms is exactly 50*ms, and equal rates are equal.
        values[symbol] = _t if name == "t" else sympy.Rational(repr(float(quantities.parse(name))))
    expression = expression.xreplace(values)
    expression = expression.xreplace({x: sympy.Rational(repr(float(x))) for x in expression.atoms(sympy.Float)})
    for power in expression.atoms(sympy.Pow):
        if power.base.is_Add and power.exp.is_Integer and abs(power.exp) > 8:
            return None
    expression = sympy.expand(expression.rewrite(sympy.exp))
    found = []
    for term in sympy.Add.make_args(expression):
        coefficient, rest = term.as_independent(_t, as_Add=False)
        rate, power = sympy.S.Zero, 0
        for factor in sympy.Mul.make_args(rest):
            base, exponent = factor.as_base_exp()
            if factor == 1:
                continue
            if base == _t and exponent.is_Integer and exponent > 0:
                power += int(exponent)
            elif not base.has(_t) and exponent.is_polynomial(_t) and sympy.degree(exponent, _t) == 1:
                slope, offset = exponent.coeff(_t, 1), exponent.coeff(_t, 0)
                rate += slope * sympy.log(base)
                coefficient *= base**offset
            else:
                return None
        found.append((complex(sympy.N(rate, 30)), power, complex(sympy.N(coefficient, 30))))
    return found


def _equal(terms, kernel, t):
    """Whether the terms are the kernel, and do not cancel so far that digits are lost."""
    expected = _values(kernel, t)
    parts = [
        coefficient * t**power * np.exp(rate * t) for rate, powers in terms for power, coefficient in enumerate(powers)
    ]
    total = sum(parts, np.zeros(len(t))).real
    sizes = sum((np.abs(part) for part in parts), np.zeros(len(t)))
    largest = np.abs(expected).max()
    return np.abs(total - expected).max() <= TOLERANCE * largest and sizes.max() <= CANCELLATION * largest


# The strings. A state is x_k = (t/tau)^k exp(-t/tau) for a unit spike, or this times cos(t/W) and sin(t/W).


def _state_rule(terms, cut):
    names, values = [], {}
    chains = []
    for rate, powers in terms:
        width = 2 if rate.imag else 1
        chain = [f"x_{len(names) + n}" for n in range(width * len(powers))]
        chains.append(chain)
        names += chain
        for k, coefficient in enumerate(powers):
            scale = abs(rate.real) ** -k if rate.real else 1.0
            # Re(c (cos + i sin)) = Re(c) cos - Im(c) sin
            for name, value in zip(chain[width * k :], (coefficient.real, -coefficient.imag)[:width], strict=False):
                if value:
                    values[name] = value * scale
    sole = next(iter(values)) if len(values) == 1 else None
    w = "w" if sole is None or values[sole] == 1 else f"{_number(values[sole])}*w"
    target, on, off = [], [], []
    for (rate, powers), chain in zip(terms, chains, strict=True):
        # Where one state alone is the kernel it is g itself.
        chain = ["g" if name == sole else name for name in chain]
        tau = _time(-1 / rate.real) if rate.real else None
        W = _time(1 / rate.imag) if rate.imag else None
        width = 2 if W else 1
        on.append(f"{chain[0]}_post += {w}")
        for k in range(len(powers)):
            for part, name in enumerate(chain[width * k : width * (k + 1)]):
                step = _step(chain, k, part, tau, W)
                target.append(f"d{name}/dt = {step}/dt : 1" if step else f"{name} : 1")
                off.append(f"{name}_post -= {w}{_left(k, part, tau, W)}")
    if sole is None:
        terms = (name if value == 1 else f"{_number(value)}*{name}" for name, value in values.items())
        target.append(f"g = {' + '.join(terms) or '0'} : 1".replace("+ -1*", "- ").replace("+ -", "- "))
    return Rule(
        target="\n".join(target),
        model="w : 1",
        on_pre={"on": "\n".join(on), **({"off": "\n".join(off)} if cut else {})},
    )


def _step(chain, k, part, tau, W):
    """The change of a state in one time step: the binomial expansion of (t + dt)^k, times a decay and a rotation."""
    if tau is None and W is None:
        return ""
    decay = f"*exp(-dt/{tau})" if tau else ""
    parts = []
    for j in range(k, -1, -1):
        ramp = {0: "", 1: f"*(dt/{tau})"}.get(k - j, f"*(dt/{tau})**{k - j}")
        binomial = "" if math.comb(k, j) == 1 else f"{math.comb(k, j)}*"
        if W:
            cosine, sine = chain[2 * j : 2 * j + 2]
            turned = (f"{cosine}*cos(dt/{W}) - {sine}*sin(dt/{W})", f"{cosine}*sin(dt/{W}) + {sine}*cos(dt/{W})")[part]
            parts.append(f"{binomial}({turned}){ramp}{decay}")
        else:
            parts.append(f"{chain[j]}*expm1(-dt/{tau})" if j == k else f"{binomial}{chain[j]}{ramp}{decay}")
    if W:
        parts.append(f"-{chain[2 * k + part]}")
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})".replace("+ -", "- ")


def _left(k, part, tau, W):
    """What is left of a state at the end of its window."""
    power = {0: "", 1: f"*(H/{tau})"}.get(k, f"*(H/{tau})**{k}")
    decay = f"*exp(-H/{tau})" if tau else ""
    turned = f"*{('cos', 'sin')[part]}(H/{W})" if W else ""
    return power + decay + turned


def _time(seconds):
    return f"({_number(seconds / float(ms))}*ms)"


def _number(value):
    """The shortest text of `value` up to its last bits."""
    short = f"{value:.14g}"
    return short if abs(float(short) - value) <= 4e-16 * abs(value) else repr(float(value))
