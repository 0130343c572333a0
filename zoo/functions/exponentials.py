"""An expression in t as a sum of terms c t^k exp(r t), which solve linear differential equations.

Names other than t stay symbols in r and c, so that the equations hold whatever their values are.
"""

import functools
from dataclasses import dataclass

import sympy
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from brian2.units.fundamentalunits import get_dimensions

from zoo.core import quantities

# More states than this cost more than the samples of a usual window.
MOST_STATES = 12
# An expanded power of a sum has as many terms as its exponent.
_HIGHEST_POWER = 8

_t = sympy.Symbol("t", real=True)
_ms = sympy.Symbol("ms", positive=True)
# In the order of Brian2's dimensions; the unit of time is 1000*ms.
_BASE = ("metre", "kilogram", None, "amp", "kelvin", "mole", "candle")


@dataclass(frozen=True)
class Term:
    """(sum over k of coefficients[k] t^k) exp(rate t), of two conjugate terms the sum: twice the real part."""

    rate: sympy.Expr
    coefficients: tuple

    @functools.cached_property
    def parts(self) -> tuple:
        """Real and imaginary part of the rate."""
        return real_and_imaginary(self.rate)

    @property
    def states(self) -> int:
        return len(self.coefficients) * (2 if self.parts[1] else 1)


@functools.lru_cache(maxsize=256)
def terms(expression: str, names: frozenset) -> tuple | None:
    """The Terms of an expression in t and `names`, or None for an expression that is no such sum, or too long a one."""
    try:
        grouped = {}
        for rate, power, coefficient in _expanded(expression, names):
            powers = grouped.setdefault(rate, {})
            powers[power] = powers.get(power, 0) + coefficient
    except (SyntaxError, NotImplementedError, TypeError, ValueError, AttributeError, KeyError, ZeroDivisionError):
        return None
    found = []
    for rate, powers in grouped.items():
        powers = {power: value for power, c in powers.items() if (value := sympy.expand(c)) != 0}
        # Of two conjugate rates one: the minus sign is that of the text, whatever the values are.
        if not powers or Term(rate, ()).parts[1].could_extract_minus_sign():
            continue
        found.append(Term(rate, tuple(powers.get(power, sympy.S.Zero) for power in range(max(powers) + 1))))
    return tuple(found) if sum(term.states for term in found) <= MOST_STATES else None


def _expanded(text, names):
    """A list of (rate, power, coefficient); raises NotImplementedError for an expression that is no such sum."""
    expression = str_to_sympy(text)
    values = {}
    for symbol in expression.free_symbols:
        name = str(symbol)
        values[symbol] = _t if name == "t" else sympy.Symbol(name, real=True) if name in names else _unit(name)
    expression = expression.xreplace(values)
    # Rational numbers: 20*ms + 30*ms is exactly 50*ms, and equal rates are equal.
    expression = expression.xreplace({x: sympy.Rational(repr(float(x))) for x in expression.atoms(sympy.Float)})
    for power in expression.atoms(sympy.Pow):
        if power.base.is_Add and power.exp.is_Integer and abs(power.exp) > _HIGHEST_POWER:
            raise NotImplementedError
    return [_of_product(term) for term in sympy.Add.make_args(sympy.expand(expression.rewrite(sympy.exp)))]


def _unit(name):
    """A unit in terms of ms, and of the other base units, which cancel in a number."""
    unit = quantities.parse(name)
    value = sympy.Rational(repr(float(unit)))
    for base, exponent in zip(_BASE, get_dimensions(unit)._dims, strict=True):
        value *= (1000 * _ms if base is None else sympy.Symbol(base, positive=True)) ** sympy.nsimplify(exponent)
    return value


def _of_product(term):
    """Rate, power and coefficient of a product."""
    coefficient, rest = term.as_independent(_t, as_Add=False)
    rate, power = sympy.S.Zero, 0
    for factor in sympy.Mul.make_args(rest):
        base, exponent = factor.as_base_exp()
        if factor == 1:
            continue
        if base == _t and exponent.is_Integer and exponent > 0:
            power += int(exponent)
        elif not base.has(_t) and exponent.is_polynomial(_t) and sympy.degree(exponent, _t) == 1:
            exponent = sympy.expand(exponent)
            rate += exponent.coeff(_t, 1) * sympy.log(base)
            coefficient *= base ** exponent.coeff(_t, 0)
        else:
            raise NotImplementedError
    return sympy.cancel(rate) if rate.is_Add else rate, power, coefficient


def real_and_imaginary(expression) -> tuple:
    """Real and imaginary part of an expression in real symbols. sympy's simplify would take longer than all the rest."""
    return expression.as_real_imag() if expression.has(sympy.I) else (expression, sympy.S.Zero)


def number(expression, values: dict) -> complex:
    """The value of a rate or coefficient in SI units, for the `values` of its names."""
    known = {"ms": 1e-3, **{base: 1.0 for base in _BASE if base}, **values}
    return complex(expression.subs({symbol: known[str(symbol)] for symbol in expression.free_symbols}).evalf(30))


def text(expression) -> str:
    """A real rate, time or coefficient in Brian2's grammar: the shortest number, or the names that it depends on."""
    factor, rest = expression.as_independent(*(expression.free_symbols or [_ms]), as_Add=False)
    if rest in (1, _ms):  # a number, or one of milliseconds
        value = "exp(1)" if factor == sympy.E else _shortest(float(factor))
        return value if rest == 1 else f"({value}*ms)"
    written = sympy_to_str(expression.xreplace({sympy.E: sympy.exp(1, evaluate=False)}))
    return written if written.isidentifier() else f"({written})"


def _shortest(value):
    """The shortest text of `value` up to its last bits."""
    short = f"{value:.14g}"
    return short if abs(float(short) - value) <= 4e-16 * abs(value) else repr(value)
