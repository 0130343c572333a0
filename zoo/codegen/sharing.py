"""Fewer exponentials and fewer divisions in a state update.

The rates of Hodgkin-Huxley cells are quotients of exponentials of the voltage, exp(-(v + 65)/80), exp(-(v + 55)/10)... All
of them are powers of one, u = exp(v/720), times constants. This file finds these powers in Brian2's abstract code and
replaces the exponentials; every rate that depends only on v becomes one quotient, and all quotients share one division.

    exp(a v + b)       c u^k, with a = k a_0 for integers k up to `HIGHEST`
    exprel(a v + b)    (y - 1)/(a v + b) with y = c u^k; below 0.1, where this cancels, the series of exprel

This holds when every a v + b is between -REACH and REACH: products of a few such numbers are far from the limits of double
precision, and nothing is infinite. If a cell is outside (or its v is not a number), Brian2's statements
run for this cell alone. Infinities and NaN are therefore the same as without this file.

The relative error of a power is k times that of u, one ulp, and of its argument: less than 3e-14 for k = HIGHEST. Close to
the series y - 1 has at most 10 times this error: no rate has an error above 3e-13. An exponential without partners, one whose
argument has products or several variables, and code with random numbers stay unchanged.
"""

import itertools
import re
from dataclasses import dataclass

import sympy
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import ArrayVariable, Constant, Subexpression
from brian2.parsing.statements import parse_statement
from brian2.parsing.sympytools import str_to_sympy
from brian2.utils.stringtools import get_identifiers, word_substitute

from zoo.codegen.exponentials import affine, exprel, is_vector, with_numbers, without_holes
from zoo.codegen.prelude import Prelude, Unsound, as_text
from zoo.codegen.remembered import by_code

_ARITHMETIC = (sympy.Add, sympy.Mul, sympy.Pow, sympy.exp, sympy.Symbol, sympy.Number, sympy.NumberSymbol, exprel)


def in_loops(abstract_code: str, variables: dict):
    """Abstract code in parts, each with a separate loop over a chunk of elements; and names of rates.

    "before" are statements that come first, if any. The others are either "rest", or exist in two versions: "exact", the
    original, and "fast", which uses the rates that "rates" computes without changing any variable, and may run when
    `_inside`, also from "rates", holds for all elements.
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
        if is_vector(name, variables, floating=True):
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
    prelude = Prelude(variables)
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
    except Unsound:
        return None
    first = [f"_inside = {' and '.join(prelude.inside)}", *first]
    rates = [symbol.name for symbol in prelude.wanted.values()]
    return _parts(before=lines[:start], rates=first, fast=rest, exact=lines[start:]), rates


def statement_lines(abstract_code) -> list:
    """The statements of abstract code."""
    return [line.strip() for line in re.split(r"[;\n]", abstract_code) if line.strip()]


def conditions(abstract_code, variables) -> int:
    """The number of statements at the beginning that set boolean variables, such as `not_refractory`.

    In a separate loop they do not widen the vectors of the others: one vector of bytes is eight vectors of doubles.
    """
    written = [parse_statement(line)[0] for line in statement_lines(abstract_code)]
    is_array = lambda name: isinstance(variables.get(name), ArrayVariable) and variables[name].is_boolean  # noqa: E731
    return len(list(itertools.takewhile(is_array, written)))


def _divide(lines, written, first, last, variables):
    """The first place from `first` to `last` at which to split the code, so that no temporary variable is used on both sides."""
    for place in range(first, last + 1):
        temporary = set(written[:place]).difference(variables)
        if place == 0 or not any(temporary & get_identifiers(line) for line in lines[place:]):
            return place
    return None


@dataclass
class _Statement:
    line: str
    var: str
    op: str
    expression: sympy.Expr | None  # None for statements that stay unchanged

    @classmethod
    def of(cls, line, variables):
        var, op, text, _ = parse_statement(line)
        text = _without_subexpressions(text, variables)
        expression = None
        if any(name in get_identifiers(text) for name in ("exp", "exprel")):
            found = without_holes(with_numbers(str_to_sympy(text, variables), variables), variables)
            if found is not None and all(isinstance(node, _ARITHMETIC) for node in sympy.preorder_traversal(found)):
                expression = found
        return cls(line, var, op, expression)

    def exponentials(self, name, variables):
        """Slope and intercept of every exponential whose argument is affine in the variable `name`."""
        if self.expression is None:
            return []
        nodes = self.expression.atoms(sympy.exp, exprel)
        found = (affine(node.args[0], name, variables) for node in nodes)
        return [pair for pair in found if pair]

    def rewritten(self, prelude, usable):
        if self.expression is None:
            return self.line
        expression = _rebuilt(self.expression, prelude, usable)
        return self.line if expression == self.expression else f"{self.var} {self.op} {as_text(expression)}"


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


def _rebuilt(expression, prelude, usable):
    """`expression` with names for its terms that depend on one shared variable."""
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


def shaping(abstract_code: str, variables: dict) -> set:
    """The names in the statements whose exponentials `share` may share: their values decide what is computed together.

    The values themselves are not read: two exponentials of one variable are enough.
    """
    lines = [_without_subexpressions(line, variables) for line in statement_lines(abstract_code)]
    lines = [line for line in lines if not {"exp", "exprel"}.isdisjoint(get_identifiers(line))]
    arguments = {}  # vector -> the arguments of exponentials that are affine in it, and the names beside them
    for line in lines:
        for name, text in _affine_arguments(line, variables):
            arguments.setdefault(name, {}).setdefault(text, set()).update(_bound(line, variables))
    return set().union(*(names for found in arguments.values() if len(found) > 1 for names in found.values()))


@by_code
def _bound(line, variables):
    """The names in a line except factors and terms that stay apart from what is computed together, such as a conductance."""

    def names(expression, is_term=True):
        symbols = {symbol.name for symbol in expression.free_symbols}
        vectors = {name for name in symbols if is_vector(name, variables)}
        if not expression.atoms(sympy.exp, exprel):
            # A factor with a vector may have the zero of a denominator beside it.
            return symbols if vectors and not is_term else set()
        if len(vectors) > 1 and isinstance(expression, (sympy.Add, sympy.Mul)):
            is_term = isinstance(expression, sympy.Add)
            return set().union(*(names(part, is_term) for part in expression.args))
        return symbols

    expression = str_to_sympy(parse_statement(line)[2], variables)
    return names(expression.replace(DEFAULT_FUNCTIONS["exprel"].sympy_func, exprel))


@by_code
def _affine_arguments(line, variables):
    """(name, argument) of every exponential whose argument is affine in the vector `name`, with a slope of constants."""
    expression = str_to_sympy(parse_statement(line)[2], variables)
    expression = expression.replace(DEFAULT_FUNCTIONS["exprel"].sympy_func, exprel)
    found = []
    for node in sorted(expression.atoms(sympy.exp, exprel), key=str):
        argument = sympy.expand(node.args[0])
        for symbol in argument.free_symbols:
            rest = argument.free_symbols - {symbol}
            if is_vector(symbol.name, variables, floating=True) and not any(is_vector(s.name, variables) for s in rest):
                slope = argument.coeff(symbol, 1)
                others = slope.free_symbols
                if slope and all(isinstance(variables.get(other.name), Constant) for other in others):
                    found.append((symbol.name, str(argument)))
    return found
