"""Phase plane analysis of equation strings: vector field, nullclines, fixed points and their stability.

    system = System("dv/dt = (v - v**3/3 - w + I)/ms : 1 ; dw/dt = ...", {"I": 0.5, "phi": 0.08})
    for point in fixed_points(system, low=(-3, -2), high=(3, 3)):
        print(point.state, point.kind)

The strings are those of the Brian2 model; sympy differentiates them. Functions with jumps and kinks (int of a comparison,
abs, clip, floor, %) have the slope of their pieces, and a fixed point at a jump or kink is marked as such. All numbers are
in SI units.
"""

import ast
import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import contourpy
import numpy as np
import sympy
from brian2 import Equations
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_UNITS
from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.parsing.rendering import SympyNodeRenderer

from zoo.core.errors import ZooError, first_line, listed, quoted
from zoo.model import Model

# Points per axis of the grid for nullclines and fixed points.
POINTS = 300
# Fixed points that are closer together than this fraction of the box are one; so are a fixed point and a jump or kink.
_SAME = 1e-6
# Real parts of eigenvalues that are smaller than this fraction of the largest eigenvalue count as 0.
_ZERO = 1e-9


class System:
    """Autonomous differential equations as functions of their variables.

    `equations` are in Brian2's grammar. `values` maps names to numbers, quantities, or expressions in the grammar of the
    equations. They set parameters and constants, and replace expressions of the equations ("I" instead of a stimulus) and
    differential equations, as in {"m": "alpha_m/(alpha_m + beta_m)"}, which reduces the system. Raises ZooError for a
    name without a value and for time t in the equations.

    Attributes: `variables` (names in the order of the equations), `expressions` (variable -> sympy expression of its
    time derivative, in the variables only).
    """

    def __init__(self, equations: str | Equations, values: Mapping = {}):
        parsed = equations if isinstance(equations, Equations) else _equations(equations)
        self._texts = {name: item.expr.code for name, item in parsed.items() if item.expr is not None}
        self._values = dict(values)
        self.variables = tuple(
            name for name, item in parsed.items() if item.type == DIFFERENTIAL_EQUATION and name not in self._values
        )
        if not self.variables:
            raise ZooError("these equations have no differential equation to analyse.")
        self._resolved = {}
        self.expressions = {name: self.expression(self._texts[name]) for name in self.variables}

    @classmethod
    def of(cls, model: Model, values: Mapping = {}, equations: str = "neuron") -> "System":
        """The system in the field `equations` of a model, with the model's numbers; `values` take precedence."""
        parsed = Equations(getattr(model, equations))
        numbers = {name: value for name, value in model.namespace.items() if name not in parsed.diff_eq_names}
        return cls(parsed, {**numbers, **values})

    def expression(self, text: str) -> sympy.Expr:
        """An expression in the names of the equations, as a sympy expression in the variables only."""
        resolved = self._resolve(_parsed(text), ())
        return resolved.replace(lambda part: isinstance(part, sympy.Mul), _without_hole)

    def function(self, text: str):
        """An expression in the names of the equations as a function of arrays, one for each variable."""
        return self._compiled([self.expression(text)], lambda found: found[0])

    def derivative(self, *state):
        """Time derivatives, shape (variables, ...), at `state`: one array for each variable."""
        return self._derivative(*state)

    def jacobian(self, *state):
        """The Jacobian of the time derivatives, shape (..., variables, variables)."""
        return self._jacobian(*state)

    def eigenvalues(self, state) -> np.ndarray:
        """Eigenvalues (1/s) of the Jacobian at one state, the largest real part first."""
        found = np.linalg.eigvals(self.jacobian(*np.asarray(state, dtype=float)))
        return found[np.argsort(-found.real, kind="stable")]

    @functools.cached_property
    def edges(self) -> list:
        """Expressions that are 0 where a time derivative has a jump or a kink, or an infinite slope."""
        found = []
        for expression in self.expressions.values():
            for part in sympy.preorder_traversal(expression):
                found += [edge for edge in _edges(part) if edge.free_symbols and edge not in found]
        return found

    @functools.cached_property
    def _derivative(self):
        return self._compiled(list(self.expressions.values()), np.stack)

    @functools.cached_property
    def _jacobian(self):
        return self._gradients(list(self.expressions.values()))

    def _gradients(self, expressions):
        """The derivatives of expressions by the variables, as a function: shape (..., expressions, variables)."""
        symbols = [_symbol(name) for name in self.variables]
        entries = [expression.diff(symbol) for expression in expressions for symbol in symbols]

        def matrix(found):
            shape = len(expressions), len(symbols), *np.shape(found[0])
            return np.moveaxis(np.stack(found).reshape(shape), (0, 1), (-2, -1))

        return self._compiled(entries, matrix)

    def _compiled(self, expressions, collect):
        function = sympy.lambdify(
            [_symbol(name) for name in self.variables], expressions, [_FUNCTIONS, "numpy"], cse=True
        )

        def evaluate(*state):
            state = np.broadcast_arrays(*(np.asarray(values, dtype=float) for values in state))
            with np.errstate(all="ignore"):
                return collect([np.broadcast_to(value, state[0].shape).astype(float) for value in function(*state)])

        return evaluate

    def _resolve(self, expression, inside):
        known = {}
        for symbol in expression.free_symbols:
            name = symbol.name
            if name in self.variables:
                known[symbol] = _symbol(name)
            else:
                if name in inside:
                    raise ZooError(f"{name} is defined by itself ({' -> '.join((*inside, name))}).")
                known[symbol] = self._resolved_name(name, inside)
        return expression.xreplace(known)

    def _resolved_name(self, name, inside):
        if name not in self._resolved:
            if name in self._values:
                value = self._values[name]
                found = (
                    self._resolve(_parsed(value), (*inside, name)) if isinstance(value, str) else _number(name, value)
                )
            elif name in self._texts:
                found = self._resolve(_parsed(self._texts[name]), (*inside, name))
            elif name in DEFAULT_UNITS:
                found = sympy.Float(float(DEFAULT_UNITS[name]))
            elif name in DEFAULT_CONSTANTS:
                found = sympy.Float(float(DEFAULT_CONSTANTS[name].value))
            elif name == "xi" or name.startswith("xi_"):
                raise ZooError(f"the equations have noise, {name}; set it to 0 to analyse the system without noise.")
            elif name == "t":
                raise ZooError("the equations depend on time t; give a number for the term that does, such as I.")
            else:
                raise ZooError(f"the equations need a value for {name}.")
            self._resolved[name] = found
        return self._resolved[name]


@dataclass(frozen=True)
class FixedPoint:
    """A state (SI numbers, one for each variable) where nothing changes, and the Jacobian's eigenvalues (1/s).

    Without eigenvalues at a jump or a kink of the equations, which has no Jacobian.
    """

    state: tuple
    eigenvalues: tuple

    @property
    def stable(self) -> bool:
        """Whether every small perturbation decays; False where the eigenvalues do not show it."""
        return bool(self.eigenvalues) and max(value.real for value in self.eigenvalues) < 0

    @property
    def kind(self) -> str:
        """ "stable node", "stable focus", "unstable node", "unstable focus", "saddle", "centre", "degenerate", or
        "not smooth here" at a jump or a kink of the equations."""
        if not self.eigenvalues:
            return "not smooth here"
        real = [value.real for value in self.eigenvalues]
        size = max(abs(value) for value in self.eigenvalues)
        turning = any(abs(value.imag) > _ZERO * size for value in self.eigenvalues)
        if min(abs(value) for value in real) <= _ZERO * size:
            return "centre" if turning else "degenerate"
        if min(real) < 0 < max(real):
            return "saddle"
        return f"{'stable' if max(real) < 0 else 'unstable'} {'focus' if turning else 'node'}"


def fixed_points(system: System, low: Sequence, high: Sequence, points: int = POINTS) -> list:
    """The fixed points of a system of one or two variables inside the box from `low` to `high`, by their first
    variable.

    Newton's method starts from the corners of every cell of a grid in which all derivatives change sign, and from every
    jump or kink of the equations. Two fixed points that are closer together than 1e-6 of the box count as one. A jump
    from one sign to the other is no fixed point.
    """
    low, size = _box(system, low, high)
    if len(low) > 2:
        raise ZooError(f"fixed points need one or two variables; these equations have {', '.join(system.variables)}.")
    corners = _grid(low, size, points)
    derivatives = system.derivative(*corners)
    roots = _newton(system.derivative, system.jacobian, _starts(derivatives, low, size), size)
    if system.edges:
        roots = np.concatenate([_on_edges(system, corners, derivatives, low, size), roots])
    inside = np.all((roots >= low - 1e-9 * size) & (roots <= low + (1 + 1e-9) * size), axis=1)
    found = []
    for root in roots[inside].tolist():
        if all(np.max(np.abs(np.subtract(root, other)) / size) > _SAME for other in found):
            found.append(root)
    return [_classified(system, [value + 0.0 for value in root], size) for root in sorted(found)]  # no -0.0


def _classified(system, root, size):
    if _is_at_an_edge(system, root, size):
        return FixedPoint(tuple(root), ())
    return FixedPoint(tuple(root), tuple(system.eigenvalues(root).tolist()))


def _is_at_an_edge(system, root, size):
    if not system.edges:
        return False
    values = system._compiled(system.edges, np.stack)(*root)
    slopes = np.sum(np.abs(system._gradients(system.edges)(*root) * size), axis=-1)
    return (
        bool(np.any((np.abs(values) <= _SAME * slopes) & (slopes > 0))) or not np.isfinite(system.jacobian(*root)).all()
    )


def _starts(values, low, size):
    """The corners (starts, variables) of the cells of a grid in which all `values` (functions, ...) change sign."""
    points = values.shape[-1]
    signs = np.sign(values)
    shifts = list(itertools.product((0, 1), repeat=len(low)))
    neighbours = [signs[(slice(None), *(slice(by, points - 1 + by) for by in shift))] for shift in shifts]
    changes = np.all((np.min(neighbours, axis=0) <= 0) & (np.max(neighbours, axis=0) >= 0), axis=0)
    starts = (np.argwhere(changes)[:, None, :] + np.array(shifts)[None]).reshape(-1, len(low))
    return low + starts / (points - 1) * size


def _on_edges(system, corners, derivatives, low, size):
    """The states on jumps and kinks at which nothing changes, even if it does right next to them."""
    # On an edge one derivative fewer must be 0: that of the edge's equation may jump over 0 there.
    others = list(system.expressions.values()) if len(low) > 1 else [None]
    scale = np.nanmedian(np.where(np.isfinite(derivatives), np.abs(derivatives), np.nan).reshape(len(low), -1), axis=1)
    found = [np.zeros((0, len(low)))]
    for edge, (row, other) in itertools.product(system.edges, enumerate(others)):
        on_edge = system._compiled([edge], np.stack)
        wanted = [edge] if other is None else [edge, other]
        values = on_edge(*corners)
        values = values if other is None else np.concatenate([values, derivatives[row : row + 1]])
        function, gradients = system._compiled(wanted, np.stack), system._gradients(wanted)
        states = _newton(function, gradients, _starts(values, low, size), size)
        states = _exactly_on(on_edge, np.unique(np.round(states / size, 12), axis=0) * size + 0.0)
        still = np.all(np.abs(system.derivative(*states.T)) <= 1e-7 * scale[:, None], axis=0)
        found.append(states[still])
    return np.concatenate(found)


def _exactly_on(edge, states):
    """The states, moved by a few last digits to where `edge` is 0, as values next to an edge differ from those on it."""
    found, there = states, edge(*states.T)[0] == 0
    for column, digits in itertools.product(range(states.shape[1]), (-1, 1, -2, 2, -3, 3, -4, 4)):
        moved = states.copy()
        moved[:, column] += digits * np.spacing(states[:, column])
        now = (edge(*moved.T)[0] == 0) & ~there
        found, there = np.where(now[:, None], moved, found), there | now
    return found


def nullclines(system: System, low: Sequence, high: Sequence, points: int = POINTS) -> dict:
    """Variable -> lines, arrays of shape (points, 2), on which its time derivative is 0, for a system of two variables.

    Contours on a grid, whose points are then moved onto the nullcline.
    """
    low, size = _box(system, low, high)
    if len(low) != 2:
        raise ZooError(f"nullclines need two variables; these equations have {', '.join(system.variables)}.")
    x, y = _grid(low, size, points)
    values = system.derivative(x, y)
    found = {}
    for row, name in enumerate(system.variables):
        lines = contourpy.contour_generator(x, y, values[row], name="serial").lines(0.0)
        found[name] = [piece for line in lines for piece in _on_nullcline(system, row, line, size)]
    return found


def _on_nullcline(system, row, line, size):
    """The line with its points moved onto the nullcline, in pieces, without points at a jump from one sign to the other."""
    for _ in range(4):
        value = system.derivative(*line.T)[row]
        gradient = system.jacobian(*line.T)[..., row, :] * size  # in fractions of the box
        with np.errstate(all="ignore"):
            move = -value[:, None] * gradient / np.sum(gradient**2, axis=1, keepdims=True) * size
        # A point without a slope (or at the edge of a function's domain) does not move.
        line = line + np.where(np.abs(move) < 0.02 * size, move, 0)
    if not system.edges:
        return [line]
    value = system.derivative(*line.T)[row]
    slope = np.sum(np.abs(system.jacobian(*line.T)[..., row, :] * size), axis=1)
    off = ~(np.abs(value) <= 1e-4 * slope)  # also without a slope to approach the nullcline
    pieces = np.split(line, np.flatnonzero(off))
    pieces = [piece[1:] if start else piece for start, piece in zip([off[0], *off[off]], pieces, strict=True)]
    return [piece for piece in pieces if len(piece) > 1]


def _newton(function, gradients, state, size):
    """The states to which Newton's method converges from `state` (starts, variables)."""
    step = np.full(state.shape, np.inf)
    for _ in range(60):
        value = np.moveaxis(function(*state.T), 0, -1)
        matrix = gradients(*state.T) * size
        good = np.isfinite(value).all(axis=-1) & np.isfinite(matrix).all(axis=(-1, -2))
        good &= np.abs(np.linalg.det(np.where(good[:, None, None], matrix, np.eye(len(size))))) > 0
        state, value, matrix = state[good], value[good], matrix[good]
        step = np.linalg.solve(matrix, -value[..., None])[..., 0]
        # No step is longer than a twentieth of the box: a fixed point is near its cell.
        step /= np.maximum(np.max(np.abs(step), axis=1, keepdims=True) / 0.05, 1)
        state = state + step * size
    return state[np.max(np.abs(step), axis=1) < 1e-8]


def _box(system, low, high):
    low, high = (np.array([float(value) for value in side]) for side in (low, high))
    if not len(low) == len(high) == len(system.variables):
        raise ZooError(f"a box needs two numbers for each of {', '.join(system.variables)}.")
    if not np.all(low < high):
        raise ZooError("the low side of the box must be below its high side in every variable.")
    return low, high - low


def _grid(low, size, points):
    axes = [np.linspace(0, 1, points) * width + start for start, width in zip(low, size, strict=True)]
    return np.meshgrid(*axes, indexing="ij")


def _equations(text):
    try:
        return Equations(text)
    except Exception as error:  # of Brian2 and its parsers
        raise ZooError(f"Brian2 cannot read the equations: {' '.join(str(error).split())}") from None


def _symbol(name):
    return sympy.Symbol(name, real=True)


@functools.lru_cache(maxsize=1000)
def _parsed(text):
    try:
        return sympy.sympify(_Renderer().render_expr(text))
    except ZooError:
        raise
    except Exception as error:  # of Brian2's reader and of sympy
        raise ZooError(f"cannot read {quoted(text)} as an expression: {first_line(error)}") from None


class _Renderer(SympyNodeRenderer):
    """Brian2's reader, with other functions where sympy's have no slope, or a slope that cannot be computed."""

    def render_Call(self, node):
        name, arguments = node.func.id, [self.render_node(argument) for argument in node.args]
        if name == "int" and len(arguments) == 1 and isinstance(arguments[0], _Truth):
            return arguments[0]
        if name in _OURS:
            return _OURS[name](*arguments)
        if name not in DEFAULT_FUNCTIONS or name in _DRAWN:
            raise ZooError(
                f"the equations have the function {name}, which the phase plane cannot analyse; known: {listed(_known())}."
            )
        return self.render_func(node.func)(*arguments)

    def render_Compare(self, node):
        if len(node.ops) > 1:
            raise SyntaxError("a comparison must have two sides, as in a < b and b < c")
        return _COMPARISONS[type(node.ops[0])](self.render_node(node.left), self.render_node(node.comparators[0]))

    def render_BoolOp(self, node):
        kind = _And if isinstance(node.op, ast.And) else _Or
        return functools.reduce(kind, [self.render_node(value) for value in node.values])

    def render_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            return _Not(self.render_node(node.operand))
        return super().render_UnaryOp(node)

    def render_BinOp(self, node):
        if isinstance(node.op, ast.FloorDiv):
            return _floor(self.render_node(node.left) / self.render_node(node.right))
        if isinstance(node.op, ast.Mod):
            return _mod(self.render_node(node.left), self.render_node(node.right))
        return super().render_BinOp(node)

    def render_Constant(self, node):
        return sympy.Integer(node.value) if isinstance(node.value, bool) else super().render_Constant(node)


def _number(name, value):
    if np.ndim(value):
        raise ZooError(f"{name} has {np.size(value)} values; the phase plane is that of one cell.")
    try:
        return sympy.Float(float(value))
    except TypeError:
        raise ZooError(f"{name} is {quoted(value)}; the phase plane needs a number or an expression.") from None


class _Piece(sympy.Function):
    """A piecewise function: the slope of its pieces, one for each argument, and where they meet."""

    def fdiff(self, argindex=1):
        return self.slopes(*self.args)[argindex - 1]

    def slopes(self, *args):
        return (sympy.Integer(0),) * len(args)

    def meeting(self, *args):
        """Expressions that are 0 where two pieces meet."""
        return ()


class _abs(_Piece):
    def slopes(self, x):
        return (_sign(x),)

    def meeting(self, x):
        return (x,)


class _sign(_Piece):
    def meeting(self, x):
        return (x,)


class _floor(_Piece):
    def meeting(self, x):
        return (_from_whole(x),)


class _ceil(_floor):
    pass


class _int(_floor):
    pass


class _timestep(_floor):
    def meeting(self, t, dt):
        return (_from_whole(t / dt),)


class _mod(_Piece):
    def slopes(self, x, y):
        return sympy.Integer(1), -_floor(x / y)

    def meeting(self, x, y):
        return (_from_whole(x / y),)


class _from_whole(_Piece):
    """The distance from the nearest integer."""

    def slopes(self, x):
        return (sympy.Integer(1),)


class _clip(_Piece):
    def slopes(self, x, low, high):
        below, above = _Less(x, low), _Less(high, x)
        return (1 - below) * (1 - above), below * (1 - above), above

    def meeting(self, x, low, high):
        return x - low, x - high


class _sqrt(_Piece):
    def slopes(self, x):
        return (1 / (2 * _sqrt(x)),)

    def meeting(self, x):
        return (x,)


class _Truth(_Piece):
    """1 or 0."""


class _Less(_Truth):
    def meeting(self, x, y):
        return (x - y,)


class _LessEqual(_Less):
    pass


class _Equal(_Less):
    pass


class _Unequal(_Less):
    pass


class _And(_Truth):
    pass


class _Or(_Truth):
    pass


class _Not(_Truth):
    pass


class _exprel(sympy.Function):
    """(exp(x) - 1)/x, which sympy must not expand: it and its slope have values at 0."""

    nargs = 1

    def fdiff(self, argindex=1):
        return _exprel_slope(self.args[0])


class _exprel_slope(sympy.Function):
    nargs = 1


def _without_hole(product):
    """`product` with exprel instead of quotients x/(exp(x) - 1), which have a limit at 0 but cannot be computed there."""
    factors = list(product.args)
    for place, factor in enumerate(factors):
        if isinstance(factor, sympy.Pow) and factor.exp == -1 and (parts := _exponential_minus_1(factor.base)):
            scale, argument = parts
            for other, numerator in enumerate(factors):
                ratio = _ratio(numerator, argument)
                if ratio is not None:
                    rest = [factor for k, factor in enumerate(factors) if k not in (place, other)]
                    return _without_hole(sympy.Mul(*rest, ratio / scale / _exprel(argument)))
    return product


def _exponential_minus_1(expression):
    """a and x of an expression a*(exp(x) - 1); None for other expressions."""
    if not isinstance(expression, sympy.Add) or len(expression.args) != 2:
        return None
    number, rest = sorted(expression.args, key=lambda part: not part.is_number)
    factor, exponential = rest.as_independent(*rest.free_symbols, as_Add=False)
    if not number.is_number or not isinstance(exponential, sympy.exp) or not float(-factor / number) > 0:
        return None
    # sympy turns exp(a*v + b) into exp(b)*exp(a*v) when b is a number.
    return -number, exponential.args[0] + math.log(float(-factor / number))


def _ratio(numerator, argument):
    """The number numerator/argument of two expressions whose zeros are equal up to rounding; None for others."""
    if not numerator.free_symbols or numerator.free_symbols != argument.free_symbols:
        return None
    symbol = next(iter(argument.free_symbols))
    ratio = sympy.simplify(numerator.diff(symbol) / argument.diff(symbol))
    left = sympy.expand(numerator - ratio * argument)
    if not ratio.is_number or not left.is_number:
        return None
    size = max(abs(float(numerator.subs({name: 0 for name in numerator.free_symbols}))), abs(float(ratio)))
    return ratio if abs(float(left)) <= 1e-12 * size else None


def _edges(part):
    """Expressions that are 0 where a term of an expression has a jump, a kink or an infinite slope."""
    if isinstance(part, _Piece):
        return part.meeting(*part.args)
    if isinstance(part, (sympy.Abs, sympy.sign)):  # sympy turns (v**2)**0.5 into abs(v)
        return (part.args[0],)
    if isinstance(part, (sympy.asin, sympy.acos)):
        return (1 - part.args[0] ** 2,)
    if isinstance(part, sympy.Pow) and not part.exp.is_integer:
        if part.exp.is_Float and part.exp == int(part.exp):
            return ()
        return (part.base,) if part.base.free_symbols else ()
    return ()


# Names in Brian2's grammar -> functions.
_OURS = {
    "abs": _abs,
    "sign": _sign,
    "floor": _floor,
    "ceil": _ceil,
    "int": _int,
    "timestep": _timestep,
    "clip": _clip,
    "sqrt": _sqrt,
    "exprel": _exprel,
}
_COMPARISONS = {
    ast.Lt: _Less,
    ast.LtE: _LessEqual,
    ast.Gt: lambda x, y: _Less(y, x),
    ast.GtE: lambda x, y: _LessEqual(y, x),
    ast.Eq: _Equal,
    ast.NotEq: _Unequal,
}
_DRAWN = ("rand", "randn", "poisson")


def _known():
    return sorted(set(DEFAULT_FUNCTIONS) - set(_DRAWN))


def _exprel_value(x):
    small = np.abs(x) < 1e-6  # the series is exact to x**2/6
    return np.where(small, 1 + x / 2, np.expm1(x) / np.where(small, 1, x))


def _exprel_slope_value(x):
    small = np.abs(x) < 1e-3  # the series is exact to x**3/30; the quotient loses 1e-16/x**2
    return np.where(small, 1 / 2 + x / 3 + x**2 / 8, (np.exp(x) * (x - 1) + 1) / np.where(small, 1, x) ** 2)


# Functions that numpy does not have under this name.
_FUNCTIONS = {
    **{name: function.pyfunc for name, function in DEFAULT_FUNCTIONS.items() if not hasattr(np, name)},
    "_abs": np.abs,
    "_sign": np.sign,
    "_floor": np.floor,
    "_ceil": np.ceil,
    "_int": np.trunc,
    "_timestep": lambda t, dt: np.floor(t / dt + 1e-3),  # as Brian2
    "_mod": np.mod,
    "_from_whole": lambda x: x - np.round(x),
    "_clip": np.clip,
    "_sqrt": np.sqrt,
    "_Less": lambda x, y: np.less(x, y).astype(float),
    "_LessEqual": lambda x, y: np.less_equal(x, y).astype(float),
    "_Equal": lambda x, y: np.equal(x, y).astype(float),
    "_Unequal": lambda x, y: np.not_equal(x, y).astype(float),
    "_And": lambda x, y: np.logical_and(x, y).astype(float),
    "_Or": lambda x, y: np.logical_or(x, y).astype(float),
    "_Not": lambda x: np.logical_not(x).astype(float),
    "_exprel": _exprel_value,
    "_exprel_slope": _exprel_slope_value,
}
