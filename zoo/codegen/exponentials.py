"""Exponentials of a + b v for one variable v, found in sympy expressions, and those that are powers of a common one.

A rate with a removable singularity, (v + 40)/(1 - exp(-(v + 40)/10)), is 10/exprel(-(v + 40)/10), which has a value at -40
and full precision next to it. Other quotients whose denominator is a difference with an exponential stay unchanged.
"""

import math
from fractions import Fraction

import numpy as np
import sympy
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import ArrayVariable, Constant

from zoo.codegen.numbers import Number

#: Largest power of a shared exponential.
HIGHEST = 96

#: Largest argument of an exponential that is shared.
REACH = 40

#: The cost of an exponential, in multiplications.
_EXPONENTIAL = 20

# Brian2's exprel becomes (exp(x) - 1)/x when its argument is a number.
exprel = sympy.Function("exprel")


def is_vector(name, variables, floating=False):
    variable = variables.get(name)
    if variable is None:
        return True  # a temporary variable
    if floating:
        return isinstance(variable, ArrayVariable) and not variable.scalar and variable.dtype == np.float64
    return not isinstance(variable, Constant) and not getattr(variable, "scalar", False)


def affine(argument, name, variables):
    """Slope (a number) and intercept (of scalars) of an argument that is affine in `name`; None for others."""
    names = {symbol.name for symbol in argument.free_symbols}
    if name not in names or any(is_vector(other, variables) for other in names - {name}):
        return None
    x = sympy.Symbol(name, real=True)
    argument = sympy.expand(argument)
    slope, intercept = argument.coeff(x, 1), argument.coeff(x, 0)
    if not slope.is_number or not float(slope) or sympy.expand(argument - slope * x - intercept) != 0:
        return None
    return float(slope), intercept


def with_numbers(expression, variables):
    """`expression` with the values of constants that are no data, and of their exponentials."""
    expression = expression.replace(DEFAULT_FUNCTIONS["exprel"].sympy_func, exprel)
    values = {
        symbol: sympy.Float(float(variables[symbol.name].get_value()))
        for symbol in expression.free_symbols
        if isinstance(variables.get(symbol.name), Constant) and not isinstance(variables[symbol.name], Number)
    }
    expression = expression.xreplace(values)
    return expression.xreplace({node: node.evalf() for node in expression.atoms(sympy.exp) if node.is_number})


def without_holes(expression, variables):
    """`expression` with exprel instead of quotients N/(a - a exp(y)) where N is a multiple of y.

    None when a denominator still has a difference with an exponential: its powers would lose more digits than exp does.
    """
    if not expression.args:
        return expression
    if isinstance(expression, sympy.Mul):
        factors = list(expression.args)
        for position, factor in enumerate(factors):
            if isinstance(factor, sympy.Pow) and factor.exp == -1 and (parts := _difference(factor.base)):
                scale, argument = parts
                for other, numerator in enumerate(factors):
                    ratio = _ratio(numerator, argument, variables)
                    if ratio is not None:
                        rest = [factor for k, factor in enumerate(factors) if k not in (position, other)]
                        quotient = -ratio / scale / exprel(sympy.expand(numerator / ratio))
                        return without_holes(sympy.Mul(*rest, quotient), variables)
    if isinstance(expression, sympy.Pow) and expression.exp.is_negative and _may_vanish(expression.base):
        return None
    parts = [without_holes(argument, variables) for argument in expression.args]
    return None if None in parts else expression.func(*parts)


def _difference(expression):
    """a and y of an expression a - a exp(y); None for others."""
    if not isinstance(expression, sympy.Add) or len(expression.args) != 2:
        return None
    number, rest = sorted(expression.args, key=lambda argument: not argument.is_number)
    factor, exponential = rest.as_coeff_Mul()
    if not number.is_number or not isinstance(exponential, sympy.exp) or not float(-factor / number) > 0:
        return None
    # sympy turns exp(a v + b) into exp(b) exp(a v) when b is a number.
    return number, exponential.args[0] + math.log(-factor / number)


def _ratio(numerator, argument, variables):
    """The number numerator/argument of two expressions that are affine in one variable and have the same zero, else None."""
    names = [symbol.name for symbol in argument.free_symbols if is_vector(symbol.name, variables)]
    if len(names) != 1:
        return None
    above, below = affine(numerator, names[0], variables), affine(argument, names[0], variables)
    if not above or not below:
        return None
    ratio = above[0] / below[0]
    left, size = (_largest(intercept) for intercept in (sympy.expand(above[1] - ratio * below[1]), above[1]))
    return ratio if left <= 1e-15 * max(size, abs(ratio)) else None  # up to rounding of the numbers


def _largest(expression):
    """The largest coefficient of a sum."""
    return max(abs(float(term.as_coeff_Mul()[0])) for term in sympy.Add.make_args(expression))


def _may_vanish(expression):
    """Whether a sum has exponentials and terms of both signs."""
    terms = sympy.Add.make_args(expression)
    signs = {bool(term.as_coeff_Mul()[0] > 0) for term in terms}
    return len(signs) == 2 and expression.has(sympy.exp)


def common_range(members):
    """The values of a variable between which slope*x + intercept is between -REACH and REACH for all members."""
    numbers = [(slope, float(intercept)) for slope, intercept in members if intercept.is_number]
    low = max((-REACH * np.sign(a) - b) / a for a, b in numbers) if numbers else -math.inf
    high = min((REACH * np.sign(a) - b) / a for a, b in numbers) if numbers else math.inf
    return float(low), float(high)


def grouped(slopes, distinct):
    """(unit, members) for every group of exponentials for which a common one saves time."""
    best, saved = [], 0
    for partition in _partitions(slopes if len(slopes) <= 7 else slopes[:7]):
        groups, gain = [], 0
        for part in partition:
            members = [(slope, intercept) for slope, intercept in distinct if abs(slope) in part]
            unit = _unit(part)
            if unit is None or len(members) < 2:
                continue
            chain = products_of(sorted({round(slope / unit) for slope in part}))
            gain += (len(members) - 1) * _EXPONENTIAL - len(chain)
            groups.append((unit, members))
        if gain > saved:
            best, saved = groups, gain
    return best


def _partitions(items):
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for partition in _partitions(rest):
        for k in range(len(partition)):
            yield [*partition[:k], [first, *partition[k]], *partition[k + 1 :]]
        yield [[first], *partition]


def _unit(slopes):
    """The largest number of which all slopes are integer multiples, at most HIGHEST times; None if none exists."""
    ratios = [Fraction(slope / slopes[0]).limit_denominator(HIGHEST) for slope in slopes]
    if any(abs(float(ratio) * slopes[0] / slope - 1) > 2e-15 for ratio, slope in zip(ratios, slopes, strict=True)):
        return None
    denominator = math.lcm(*(ratio.denominator for ratio in ratios))
    powers = [int(ratio * denominator) for ratio in ratios]
    powers = [power // math.gcd(*powers) for power in powers]
    return slopes[0] / powers[0] if max(powers) <= HIGHEST else None


def products_of(powers):
    """Products (k, i, j), k = i + j, in an order that computes all `powers` from the first."""
    known, products = {1}, []

    def make(power):
        if power in known:
            return
        one = next((k for k in sorted(known, reverse=True) if power - k in known), None)
        if one is None:
            one = (power + 1) // 2 if power % 2 == 0 else power - 1
            make(one)
            make(power - one)
        known.add(power)
        products.append((power, one, power - one))

    for power in powers:
        make(power)
    return products
