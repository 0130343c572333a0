"""The statements that compute shared exponentials and quotients, with one division, before the others use them."""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
import sympy
from brian2.core.functions import Function
from brian2.parsing.sympytools import CustomSympyPrinter

from zoo.codegen.exponentials import REACH, affine, common_range, exprel, grouped, is_vector, products_of

# The number of points in the range of a variable at which the result is tested, including both ends.
_PARTS = np.sort(np.concatenate([np.modf(np.arange(1, 30) * (math.sqrt(5) - 1) / 2)[0], [1e-6, 1 - 1e-6]]))

_base, _rise, _span = (sympy.Function(f"_zoo_{name}") for name in ("base", "rise", "span"))

#: The C++ functions of simd.h: _zoo_base(x) is exp(x), and exprel(x) = _zoo_rise(x, p, q)/(q _zoo_span(x)) with p/q = exp(x).
FUNCTIONS = {
    "_zoo_base": Function(np.exp, arg_units=[1], return_unit=1),
    "_zoo_rise": Function(
        lambda x, p, q: np.where(abs(x) < 0.1, np.expm1(x) / x * q, p - q), arg_units=[1, 1, 1], return_unit=1
    ),
    "_zoo_span": Function(lambda x: np.where(abs(x) < 0.1, 1, x), arg_units=[1], return_unit=1),
}


class Unsound(Exception):
    """The rewritten expressions do not equal the original ones."""


@dataclass
class Prelude:
    """The statements that come first: powers, guarded quotients, and expressions of them."""

    variables: dict
    inside: list = field(default_factory=list)  # conditions
    names: set = field(default_factory=set)  # shared variables
    powers: dict = field(default_factory=dict)  # (name, slope, intercept) -> constant, symbol, whether positive
    lines: list = field(default_factory=list)  # (symbol, expression)
    wanted: dict = field(default_factory=dict)  # original expression -> symbol
    quotients: dict = field(default_factory=dict)  # argument of exprel -> numerator, denominator
    ranges: dict = field(
        default_factory=dict
    )  # shared variable -> the range in which all its exponentials are moderate
    samples: dict = field(default_factory=dict)  # symbol -> numbers with which to test the result
    bounded: bool = True  # whether all constants are known

    def add(self, name, exponentials):
        """Share the exponentials (slope, intercept) of the variable `name` in groups of commensurable slopes."""
        distinct = sorted(set(exponentials), key=str)
        slopes = sorted({abs(slope) for slope, _ in distinct})
        x = sympy.Symbol(name, real=True)
        for unit, members in grouped(slopes, distinct):
            low, high = common_range(members)
            before = self.ranges.get(name, (low, high))
            low, high = max(low, before[0]), min(high, before[1])
            if not low < high:
                continue
            known = all(intercept.is_number for _, intercept in members)
            if known:
                center = (low + high) / 2
                self.inside.append(f"({name} > {low!r} and {name} < {high!r})")
            else:
                slope, intercept = members[0]
                center = -intercept / slope
                self.bounded = False
                steepest = max(abs(slope) for slope, _ in members)
                limits = [*(a * x + b for a, b in members), 2 * steepest * (x - center)]
                self.inside += [f"(abs({as_text(limit)}) < {REACH})" for limit in limits]
            self.names.add(name)
            self.ranges[name] = low, high
            self.samples[x] = low + (high - low) * _PARTS if known else (2 * _PARTS - 1) / members[0][0]
            chain = products_of(sorted({round(abs(slope) / unit) for slope, _ in members}))
            number = len(self.lines)
            symbols = {1: self._line(f"u{number}", _base(unit * x - unit * center))}
            for power, one, other in chain:
                symbols[power] = self._line(f"u{number}_{power}", symbols[one] * symbols[other])
            for slope, intercept in members:
                constant = sympy.exp(sympy.expand(intercept + slope * center))
                if not constant.is_number:
                    constant = self._line(f"c{len(self.lines)}", constant)
                self.powers[name, slope, intercept] = constant, symbols[round(abs(slope) / unit)], slope > 0

    def owner(self, expression, usable):
        """The only shared variable, of `usable`, on which `expression` depends, if it has its exponentials; or None."""
        vectors = {s.name for s in expression.free_symbols if is_vector(s.name, self.variables)}
        if len(vectors) != 1 or not vectors <= usable:
            return None
        (name,) = vectors
        nodes = [
            node for node in expression.atoms(sympy.exp, exprel) if sympy.Symbol(name, real=True) in node.free_symbols
        ]
        return name if nodes and all(self._key(node, name) in self.powers for node in nodes) else None

    def _key(self, node, name):
        pair = affine(node.args[0], name, self.variables)
        return (name, *pair) if pair else None

    def name_of(self, expression):
        """A symbol for `expression`."""
        if expression not in self.wanted:
            self.wanted[expression] = sympy.Symbol(f"_shared_{len(self.wanted)}", real=True)
        return self.wanted[expression]

    def _line(self, name, expression):
        symbol = sympy.Symbol(f"_shared_{name}", real=True)
        self.lines.append((symbol, expression))
        return symbol

    def _in_powers(self, expression):
        if not expression.args:
            return expression
        if isinstance(expression, (sympy.exp, exprel)):
            (name,) = {s.name for s in expression.free_symbols if is_vector(s.name, self.variables)} or {None}
            if name:
                constant, power, positive = self.powers[self._key(expression, name)]
                if isinstance(expression, sympy.exp):
                    return constant * (power if positive else 1 / power)
                return self._quotient(expression.args[0], constant, power, positive)
        return expression.func(*(self._in_powers(argument) for argument in expression.args))

    def _quotient(self, argument, constant, power, positive):
        """exprel as a quotient without cancellation."""
        argument = sympy.expand(argument)
        if argument not in self.quotients:
            p, q = (constant * power, sympy.Integer(1)) if positive else (constant, power)
            number = len(self.quotients)
            above = self._line(f"rise{number}", _rise(argument, p, q))
            below = self._line(f"span{number}", _span(argument))
            self.quotients[argument] = above / (below * q)
        return self.quotients[argument]

    def statements(self):
        """The lines, with one division for all quotients whose denominators cannot overflow or underflow."""
        above, below = [], []
        for expression in self.wanted:
            expression = self._in_powers(expression)
            numerator, denominator = sympy.fraction(sympy.together(expression))
            factor, denominator = denominator.as_coeff_Mul()
            above.append(numerator / factor)
            below.append(denominator)
        common, found = sympy.cse([*above, *below], (sympy.Symbol(f"_shared_s{k}", real=True) for k in itertools.count()),
                                  optimizations=[], order="canonical")  # fmt: skip
        self.lines += common
        above, below = found[: len(above)], found[len(above) :]
        inverses = self._inverses([one for one in dict.fromkeys(below) if one != 1])
        for symbol, numerator, denominator in zip(self.wanted.values(), above, below, strict=True):
            self.lines.append((symbol, numerator * inverses.get(denominator, 1)))
        self._check()
        return [f"{symbol} = {as_text(expression)}" for symbol, expression in self.lines]

    def _inverses(self, denominators):
        """Denominator -> the symbol of 1/denominator."""
        values = self._values()
        found, together = {}, []
        for denominator in denominators:
            size = np.log(np.abs(_value(denominator, values)))
            scalar_only = all(s.name.startswith("_shared") or s in self.samples for s in denominator.free_symbols)
            if self.bounded and scalar_only and np.all(np.isfinite(size)):
                together.append((denominator, size))
            else:
                found[denominator] = self._line(f"i{len(self.lines)}", 1 / denominator)
        for batch in _batches(together):
            found |= self._in_one_division(batch)
        return found

    def _in_one_division(self, denominators):
        """Inverses with one division: 1/a = 1/(a b) b and 1/b = 1/(a b) a, in a balanced tree."""
        levels = [list(denominators)]
        while len(levels[-1]) > 1:
            nodes = levels[-1]
            pairs = [nodes[k : k + 2] for k in range(0, len(nodes), 2)]
            levels.append([self._line(f"p{len(self.lines)}", math.prod(p)) if len(p) > 1 else p[0] for p in pairs])
        inverses = [self._line(f"i{len(self.lines)}", 1 / levels[-1][0])]
        for nodes in levels[-2::-1]:
            parents, inverses = inverses, []
            for k in range(len(nodes)):
                other = nodes[k ^ 1] if k ^ 1 < len(nodes) else None
                parent = parents[k // 2]
                inverses.append(self._line(f"i{len(self.lines)}", parent * other) if other is not None else parent)
        return dict(zip(denominators, inverses, strict=True))

    def _values(self):
        """Numbers for all symbols: samples of the shared variables, and the results of the lines."""
        values = _Stand(self.samples)
        for symbol, expression in self.lines:
            values[symbol] = _value(expression, values)
        return values

    def _check(self):
        """Compare the results with the original expressions; raises Unsound."""
        values = self._values()
        for expression, symbol in self.wanted.items():
            expected = _value(expression, values)
            if not np.allclose(values[symbol], expected, rtol=1e-9, atol=1e-300):
                raise Unsound


class _Stand(dict):
    """Values of symbols; 0.7 for a scalar that is only known when the program runs."""

    def __missing__(self, symbol):
        return 0.7


def _value(expression, values):
    """The value of an expression for arrays of numbers."""
    if expression.is_Symbol:
        return values[expression]
    if expression.is_number:
        return float(expression)
    arguments = [_value(argument, values) for argument in expression.args]
    if isinstance(expression, sympy.Add):
        return sum(arguments[1:], arguments[0])
    if isinstance(expression, sympy.Mul):
        return math.prod(arguments[1:], start=arguments[0])
    if isinstance(expression, sympy.Pow):
        return arguments[0] ** arguments[1]
    if isinstance(expression, sympy.exp):
        return np.exp(arguments[0])
    if isinstance(expression, exprel):
        return np.expm1(arguments[0]) / arguments[0]
    return FUNCTIONS[type(expression).__name__].pyfunc(*arguments)


def _batches(sized):
    """Lists of denominators whose product stays between 1e-200 and 1e200; `sized` has their logarithms at samples."""
    batches, size = [], 0
    for denominator, logarithm in sized:
        if not batches or np.abs(size + logarithm).max() > 460:
            batches.append([])
            size = 0
        batches[-1].append(denominator)
        size = size + logarithm
    return batches


class _Printer(CustomSympyPrinter):
    """Numbers with all their digits."""

    def _print_Float(self, number):
        return repr(float(number))


def as_text(expression):
    return _Printer().doprint(expression)
