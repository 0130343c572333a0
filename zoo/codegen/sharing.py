"""Fewer exponentials and fewer divisions in a state update.

The rates of Hodgkin-Huxley cells are quotients of exponentials of the voltage, exp(-(v + 65)/80), exp(-(v + 55)/10)... All
of them are powers of one, u = exp(v/720), times constants. Here these powers are found in Brian2's abstract code and take
the place of the exponentials; what depends on v alone becomes one quotient each, and all these quotients share one division.

    exp(a v + b)       c u^k, with a = k a_0 for whole numbers k up to `HIGHEST`
    exprel(a v + b)    (y - 1)/(a v + b) with y = c u^k, and where this cancels, below 0.1, the series of exprel

A rate that papers write with a hole, (v + 40)/(1 - exp(-(v + 40)/10)), is 10/exprel(-(v + 40)/10), which has a value at -40 and
all its digits next to it. Any other quotient whose denominator is a difference with an exponential stays as it is.

This holds where every a v + b is between -REACH and REACH: then products of a few such numbers are far from the limits of
double precision, and nothing is infinite. Where a single cell of a chunk is beyond (or its v is not a number) Brian2's own
statements are executed for this chunk. So infinities and missing numbers are what they are without this file.

The relative error of a power is k times that of u, one ulp, and of its argument: less than 3e-14 for k = HIGHEST. Next to
the series y - 1 leaves at most 10 times as much: no rate is off by more than 3e-13. An exponential without partners, one
whose argument has products or several variables in it, and code with random numbers stay as they are.
"""

import itertools
import math
import re
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import sympy
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import ArrayVariable, Constant, Subexpression
from brian2.parsing.statements import parse_statement
from brian2.parsing.sympytools import CustomSympyPrinter, str_to_sympy
from brian2.utils.stringtools import get_identifiers, word_substitute

#: Largest power of a shared exponential.
HIGHEST = 96
#: Largest argument of an exponential that is shared.
REACH = 40
#: What an exponential costs, in multiplications.
_EXPONENTIAL = 20

# Where in the range of a variable the result is tried out, both ends included.
_PARTS = np.sort(np.concatenate([np.modf(np.arange(1, 30) * (math.sqrt(5) - 1) / 2)[0], [1e-6, 1 - 1e-6]]))

# Brian2's own exprel becomes (exp(x) - 1)/x when a number stands in its argument.
_exprel = sympy.Function("exprel")
_base, _rise, _span = (sympy.Function(f"_zoo_{name}") for name in ("base", "rise", "span"))
_ARITHMETIC = (sympy.Add, sympy.Mul, sympy.Pow, sympy.exp, sympy.Symbol, sympy.Number, sympy.NumberSymbol, _exprel)

#: The C++ functions of simd.h: _zoo_base(x) is exp(x), and exprel(x) = _zoo_rise(x, p, q)/(q _zoo_span(x)) with p/q = exp(x).
FUNCTIONS = {
    "_zoo_base": Function(np.exp, arg_units=[1], return_unit=1),
    "_zoo_rise": Function(
        lambda x, p, q: np.where(abs(x) < 0.1, np.expm1(x) / x * q, p - q), arg_units=[1, 1, 1], return_unit=1
    ),
    "_zoo_span": Function(lambda x: np.where(abs(x) < 0.1, 1, x), arg_units=[1], return_unit=1),
}


def in_loops(abstract_code: str, variables: dict):
    """Abstract code in parts, each of which has a loop of its own over a chunk of elements; and names of rates.

    "before" are statements that come first, if there are any. Either "rest" are the others, or they are there in two
    versions: "exact" as they were, and "fast", which takes the rates that "rates" computes without any change of a variable,
    and may be executed where `_inside`, also from "rates", holds for all elements.
    """
    shared = share(abstract_code, variables)
    if shared:
        return shared
    lines = statement_lines(abstract_code)
    count = conditions(abstract_code, variables)
    return _parts(before=lines[:count], rest=lines[count:]) or {"rest": ""}, []


def _parts(**lines):
    return {name: "\n".join(part) for name, part in lines.items() if part}


def share(abstract_code: str, variables: dict):
    """As `in_loops` for code with exponentials to share; None for other code."""
    lines = statement_lines(abstract_code)
    statements = [_Statement.of(line, variables) for line in lines]
    written = [statement.var for statement in statements]
    uses = {}  # shared variable -> the statements with its exponentials
    for name in sorted(variables):
        if _is_vector(name, variables, floating=True):
            found = [k for k, statement in enumerate(statements) if statement.exponentials(name, variables)]
            if found:
                uses[name] = found
    if not uses:
        return None
    start = max(1 + max((k for k in range(found[0]) if written[k] == name), default=-1) for name, found in uses.items())
    start = max(start, conditions(abstract_code, variables))
    start = _divide(lines, written, start, min(found[0] for found in uses.values()), variables)
    if start is None:
        return None
    prelude = _Prelude(variables)
    for name, found in uses.items():
        end = next((k for k in range(start, len(statements)) if written[k] == name), len(statements) - 1)
        prelude.add(name, [e for k in found if k <= end for e in statements[k].exponentials(name, variables)])
    if not prelude.inside:
        return None
    rest = []
    for k, statement in enumerate(statements):
        usable = {name for name in prelude.names if name not in written[start:k]}
        if k >= start:
            rest.append(statement.rewritten(prelude, usable))
    try:
        first = prelude.statements()
    except _Unsound:
        return None
    first = [f"_inside = {' and '.join(prelude.inside)}", *first]
    rates = [symbol.name for symbol in prelude.wanted.values()]
    return _parts(before=lines[:start], rates=first, fast=rest, exact=lines[start:]), rates


def statement_lines(abstract_code) -> list:
    """The statements of abstract code."""
    return [line.strip() for line in re.split(r"[;\n]", abstract_code) if line.strip()]


def conditions(abstract_code, variables) -> int:
    """The number of statements at the beginning that set boolean variables, such as `not_refractory`.

    In a loop of their own they leave the vectors of the others short: one vector of bytes is eight of doubles.
    """
    written = [parse_statement(line)[0] for line in statement_lines(abstract_code)]
    is_array = lambda name: isinstance(variables.get(name), ArrayVariable) and variables[name].is_boolean  # noqa: E731
    return len(list(itertools.takewhile(is_array, written)))


def _divide(lines, written, first, last, variables):
    """The first place from `first` to `last` to divide the code at, so that no temporary variable is used on both sides."""
    for place in range(first, last + 1):
        temporary = set(written[:place]).difference(variables)
        if place == 0 or not any(temporary & get_identifiers(line) for line in lines[place:]):
            return place
    return None


class _Unsound(Exception):
    """The rewritten expressions are not the original ones."""


@dataclass
class _Statement:
    line: str
    var: str
    op: str
    expression: sympy.Expr | None  # None for what is left as it is

    @classmethod
    def of(cls, line, variables):
        var, op, text, _ = parse_statement(line)
        text = _without_subexpressions(text, variables)
        expression = None
        if any(name in get_identifiers(text) for name in ("exp", "exprel")):
            found = _without_holes(_with_numbers(str_to_sympy(text, variables), variables), variables)
            if found is not None and all(isinstance(node, _ARITHMETIC) for node in sympy.preorder_traversal(found)):
                expression = found
        return cls(line, var, op, expression)

    def exponentials(self, name, variables):
        """Slope and intercept of every exponential whose argument is affine in the variable `name`."""
        if self.expression is None:
            return []
        nodes = self.expression.atoms(sympy.exp, _exprel)
        found = (_affine(node.args[0], name, variables) for node in nodes)
        return [pair for pair in found if pair]

    def rewritten(self, prelude, usable):
        if self.expression is None:
            return self.line
        expression = _rebuilt(self.expression, prelude, usable)
        return self.line if expression == self.expression else f"{self.var} {self.op} {_text(expression)}"


def _without_subexpressions(text, variables):
    while True:
        known = {
            name: f"({variables[name].expr})"
            for name in get_identifiers(text)
            if isinstance(variables.get(name), Subexpression) and not variables[name].scalar
        }
        if not known:
            return text
        text = word_substitute(text, known)


def _is_vector(name, variables, floating=False):
    variable = variables.get(name)
    if variable is None:
        return True  # a temporary variable
    if floating:
        return isinstance(variable, ArrayVariable) and not variable.scalar and variable.dtype == np.float64
    return not isinstance(variable, Constant) and not getattr(variable, "scalar", False)


def _affine(argument, name, variables):
    """Slope, a number, and intercept, of scalars, of an argument that is affine in `name`; None for another."""
    names = {symbol.name for symbol in argument.free_symbols}
    if name not in names or any(_is_vector(other, variables) for other in names - {name}):
        return None
    x = sympy.Symbol(name, real=True)
    argument = sympy.expand(argument)
    slope, intercept = argument.coeff(x, 1), argument.coeff(x, 0)
    if not slope.is_number or not float(slope) or sympy.expand(argument - slope * x - intercept) != 0:
        return None
    return float(slope), intercept


def _with_numbers(expression, variables):
    """`expression` with the values of constants, and of their exponentials."""
    expression = expression.replace(DEFAULT_FUNCTIONS["exprel"].sympy_func, _exprel)
    values = {
        symbol: sympy.Float(float(variables[symbol.name].get_value()))
        for symbol in expression.free_symbols
        if isinstance(variables.get(symbol.name), Constant)
    }
    expression = expression.xreplace(values)
    return expression.xreplace({node: node.evalf() for node in expression.atoms(sympy.exp) if node.is_number})


def _without_holes(expression, variables):
    """`expression` with exprel in place of quotients N/(a - a exp(y)) where N is a multiple of y.

    None when a difference with an exponential is left in a denominator: its powers would lose more digits than exp does.
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
                        quotient = -ratio / scale / _exprel(sympy.expand(numerator / ratio))
                        return _without_holes(sympy.Mul(*rest, quotient), variables)
    if isinstance(expression, sympy.Pow) and expression.exp.is_negative and _may_vanish(expression.base):
        return None
    parts = [_without_holes(argument, variables) for argument in expression.args]
    return None if None in parts else expression.func(*parts)


def _difference(expression):
    """a and y of an expression a - a exp(y); None for another one."""
    if not isinstance(expression, sympy.Add) or len(expression.args) != 2:
        return None
    number, rest = sorted(expression.args, key=lambda argument: not argument.is_number)
    factor, exponential = rest.as_coeff_Mul()
    if not number.is_number or not isinstance(exponential, sympy.exp) or not float(-factor / number) > 0:
        return None
    # sympy makes exp(b) exp(a v) of exp(a v + b) when b is a number.
    return number, exponential.args[0] + math.log(-factor / number)


def _ratio(numerator, argument, variables):
    """The number numerator/argument of two expressions that are affine in one variable and have the same zero, else None."""
    names = [symbol.name for symbol in argument.free_symbols if _is_vector(symbol.name, variables)]
    if len(names) != 1:
        return None
    above, below = _affine(numerator, names[0], variables), _affine(argument, names[0], variables)
    if not above or not below:
        return None
    ratio = above[0] / below[0]
    left, size = (_largest(intercept) for intercept in (sympy.expand(above[1] - ratio * below[1]), above[1]))
    return ratio if left <= 1e-15 * max(size, abs(ratio)) else None  # by a rounding of the numbers


def _largest(expression):
    """The largest coefficient of a sum."""
    return max(abs(float(term.as_coeff_Mul()[0])) for term in sympy.Add.make_args(expression))


def _may_vanish(expression):
    """Whether a sum has exponentials and terms of both signs."""
    terms = sympy.Add.make_args(expression)
    signs = {bool(term.as_coeff_Mul()[0] > 0) for term in terms}
    return len(signs) == 2 and expression.has(sympy.exp)


def _rebuilt(expression, prelude, usable):
    """`expression` with names for those parts of it that depend on one shared variable."""
    if not expression.args:
        return expression
    owner = prelude.owner(expression, usable)
    if owner:
        return prelude.name_of(expression)
    if isinstance(expression, (sympy.Add, sympy.Mul)):
        own = [argument for argument in expression.args if prelude.owner(argument, usable)]
        if own:  # of several owners, the others have parts of the rest
            name = min(prelude.owner(argument, usable) for argument in own)
            group = [argument for argument in own if prelude.owner(argument, usable) == name]
            rest = [argument for argument in expression.args if argument not in group]
            part = prelude.name_of(expression.func(*group))
            return expression.func(part, *(_rebuilt(argument, prelude, usable) for argument in rest))
    return expression.func(*(_rebuilt(argument, prelude, usable) for argument in expression.args))


@dataclass
class _Prelude:
    """The statements that come first: powers, guarded quotients, and what is made of them."""

    variables: dict
    inside: list = field(default_factory=list)  # conditions
    names: set = field(default_factory=set)  # shared variables
    powers: dict = field(default_factory=dict)  # (name, slope, intercept) -> constant, symbol, whether positive
    lines: list = field(default_factory=list)  # (symbol, expression)
    wanted: dict = field(default_factory=dict)  # original expression -> symbol
    quotients: dict = field(default_factory=dict)  # argument of exprel -> numerator, denominator
    ranges: dict = field(default_factory=dict)  # shared variable -> where all its exponentials are moderate
    samples: dict = field(default_factory=dict)  # symbol -> numbers to try the result with
    bounded: bool = True  # whether all constants are known

    def add(self, name, exponentials):
        """Share the exponentials (slope, intercept) of the variable `name` in groups of commensurable slopes."""
        distinct = sorted(set(exponentials), key=str)
        slopes = sorted({abs(slope) for slope, _ in distinct})
        x = sympy.Symbol(name, real=True)
        for unit, members in _grouped(slopes, distinct):
            low, high = _range(members)
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
                self.inside += [f"(abs({_text(limit)}) < {REACH})" for limit in limits]
            self.names.add(name)
            self.ranges[name] = low, high
            self.samples[x] = low + (high - low) * _PARTS if known else (2 * _PARTS - 1) / members[0][0]
            chain = _chain(sorted({round(abs(slope) / unit) for slope, _ in members}))
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
        """The shared variable, one of `usable`, that `expression` depends on alone and has exponentials of; or None."""
        vectors = {s.name for s in expression.free_symbols if _is_vector(s.name, self.variables)}
        if len(vectors) != 1 or not vectors <= usable:
            return None
        (name,) = vectors
        nodes = [
            node for node in expression.atoms(sympy.exp, _exprel) if sympy.Symbol(name, real=True) in node.free_symbols
        ]
        return name if nodes and all(self._key(node, name) in self.powers for node in nodes) else None

    def _key(self, node, name):
        pair = _affine(node.args[0], name, self.variables)
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
        if isinstance(expression, (sympy.exp, _exprel)):
            (name,) = {s.name for s in expression.free_symbols if _is_vector(s.name, self.variables)} or {None}
            if name:
                constant, power, positive = self.powers[self._key(expression, name)]
                if isinstance(expression, sympy.exp):
                    return constant * (power if positive else 1 / power)
                return self._quotient(expression.args[0], constant, power, positive)
        return expression.func(*(self._in_powers(argument) for argument in expression.args))

    def _quotient(self, argument, constant, power, positive):
        """exprel as a quotient that nothing cancels in."""
        argument = sympy.expand(argument)
        if argument not in self.quotients:
            p, q = (constant * power, sympy.Integer(1)) if positive else (constant, power)
            number = len(self.quotients)
            above = self._line(f"rise{number}", _rise(argument, p, q))
            below = self._line(f"span{number}", _span(argument))
            self.quotients[argument] = above / (below * q)
        return self.quotients[argument]

    def statements(self):
        """The lines, with one division for all quotients whose denominators cannot leave the range of numbers."""
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
        return [f"{symbol} = {_text(expression)}" for symbol, expression in self.lines]

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
        """Inverses by one division: 1/a = 1/(a b) b and 1/b = 1/(a b) a, in a tree of short branches."""
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
        """Numbers for all symbols: samples of the shared variables, and what the lines make of them."""
        values = _Stand(self.samples)
        for symbol, expression in self.lines:
            values[symbol] = _value(expression, values)
        return values

    def _check(self):
        """Compare the results with the original expressions; raises _Unsound."""
        values = self._values()
        for expression, symbol in self.wanted.items():
            expected = _value(expression, values)
            if not np.allclose(values[symbol], expected, rtol=1e-9, atol=1e-300):
                raise _Unsound


class _Stand(dict):
    """Values of symbols; a scalar that is known only when the program runs stands in with 0.7."""

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
    if isinstance(expression, _exprel):
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


def _range(members):
    """The values of a variable between which slope*x + intercept is between -REACH and REACH for all members."""
    numbers = [(slope, float(intercept)) for slope, intercept in members if intercept.is_number]
    low = max((-REACH * np.sign(a) - b) / a for a, b in numbers) if numbers else -math.inf
    high = min((REACH * np.sign(a) - b) / a for a, b in numbers) if numbers else math.inf
    return float(low), float(high)


def _grouped(slopes, distinct):
    """(unit, members) for every group of exponentials that is worth a common one."""
    best, saved = [], 0
    for partition in _partitions(slopes if len(slopes) <= 7 else slopes[:7]):
        groups, gain = [], 0
        for part in partition:
            members = [(slope, intercept) for slope, intercept in distinct if abs(slope) in part]
            unit = _unit(part)
            if unit is None or len(members) < 2:
                continue
            chain = _chain(sorted({round(slope / unit) for slope in part}))
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
    """The largest number of which all slopes are whole multiples, HIGHEST times at most; None when there is none."""
    ratios = [Fraction(slope / slopes[0]).limit_denominator(HIGHEST) for slope in slopes]
    if any(abs(float(ratio) * slopes[0] / slope - 1) > 2e-15 for ratio, slope in zip(ratios, slopes, strict=True)):
        return None
    denominator = math.lcm(*(ratio.denominator for ratio in ratios))
    powers = [int(ratio * denominator) for ratio in ratios]
    powers = [power // math.gcd(*powers) for power in powers]
    return slopes[0] / powers[0] if max(powers) <= HIGHEST else None


def _chain(powers):
    """Products (k, i, j), k = i + j, in an order that makes all `powers` from the first."""
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


class _Printer(CustomSympyPrinter):
    """Numbers with all their digits."""

    def _print_Float(self, number):
        return repr(float(number))


def _text(expression):
    return _Printer().doprint(expression)
