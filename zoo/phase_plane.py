"""Phase plane analysis of equation strings: vector field, nullclines, fixed points and their stability.

    system = System("dv/dt = (v - v**3/3 - w + I)/ms : 1 ; dw/dt = ...", {"I": 0.5, "phi": 0.08})
    for point in fixed_points(system, low=(-3, -2), high=(3, 3)):
        print(point.state, point.kind)

The strings are those that Brian2 gets; sympy reads and differentiates them. All numbers are in SI units.
"""

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import contourpy
import numpy as np
import sympy
from brian2 import Equations
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.functions import exprel as brian2_exprel
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_UNITS
from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.parsing.sympytools import str_to_sympy

from zoo.errors import ZooError
from zoo.model import Model

# Points along an axis of the grid on which nullclines and fixed points are looked for.
POINTS = 300
# Real parts of eigenvalues that are smaller than this part of the largest eigenvalue count as 0.
_ZERO = 1e-9


class System:
    """Autonomous differential equations as functions of their variables.

    `equations` are in Brian2's grammar. `values` maps names to numbers, quantities, or expressions in the grammar of
    the equations: for parameters and constants, in the place of an expression that the equations have ("I" in the
    place of a stimulus), and in the place of a differential equation, as in {"m": "alpha_m/(alpha_m + beta_m)"}, which
    makes the system smaller. Raises ZooError for a name without a value and for time t in the equations.

    Attributes: `variables` (names in the order of the equations), `expressions` (variable -> sympy expression of its
    time derivative, in the variables only).
    """

    def __init__(self, equations: str | Equations, values: Mapping = {}):
        parsed = equations if isinstance(equations, Equations) else Equations(equations)
        self._texts = {name: item.expr.code for name, item in parsed.items() if item.expr is not None}
        self._values = dict(values)
        self.variables = tuple(
            name for name, item in parsed.items() if item.type == DIFFERENTIAL_EQUATION and name not in self._values
        )
        if not self.variables:
            raise ZooError("these equations have no differential equation that is left to analyse.")
        self._resolved = {}
        self.expressions = {name: self.expression(self._texts[name]) for name in self.variables}

    @classmethod
    def of(cls, model: Model, values: Mapping = {}, equations: str = "neuron") -> "System":
        """The system in the field `equations` of a model, with the model's numbers; `values` go before them."""
        parsed = Equations(getattr(model, equations))
        numbers = {name: value for name, value in model.namespace.items() if name not in parsed.diff_eq_names}
        return cls(parsed, {**numbers, **values})

    def expression(self, text: str) -> sympy.Expr:
        """An expression in the names of the equations, as a sympy expression in the variables only."""
        return self._resolve(_parsed(text), ())

    def function(self, text: str):
        """An expression in the names of the equations as a function of arrays, one for each variable."""
        return self._compiled([self.expression(text)], lambda found: found[0])

    def derivative(self, *state):
        """Time derivatives, shape (variables, ...), at `state`: one array for each variable."""
        return self._derivative(*state)

    def jacobian(self, *state):
        """The matrix of derivatives of the time derivatives, shape (..., variables, variables)."""
        return self._jacobian(*state)

    def eigenvalues(self, state) -> np.ndarray:
        """Eigenvalues (1/s) of the Jacobian at one state, the largest real part first."""
        found = np.linalg.eigvals(self.jacobian(*np.asarray(state, dtype=float)))
        return found[np.argsort(-found.real, kind="stable")]

    @functools.cached_property
    def _derivative(self):
        return self._compiled(list(self.expressions.values()), np.stack)

    @functools.cached_property
    def _jacobian(self):
        size = len(self.variables)
        symbols = [_symbol(name) for name in self.variables]
        entries = [expression.diff(symbol) for expression in self.expressions.values() for symbol in symbols]

        def matrix(found):
            return np.moveaxis(np.stack(found).reshape(size, size, *np.shape(found[0])), (0, 1), (-2, -1))

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
            elif name == "t":
                raise ZooError("the equations change with time t; give the number that stands in its place, such as I.")
            else:
                raise ZooError(f"the equations need a value for {name}.")
            self._resolved[name] = found
        return self._resolved[name]


@dataclass(frozen=True)
class FixedPoint:
    """A state (SI numbers, one for each variable) where nothing changes, and the Jacobian's eigenvalues (1/s)."""

    state: tuple
    eigenvalues: tuple

    @property
    def stable(self) -> bool:
        """Whether every small perturbation dies out."""
        return max(value.real for value in self.eigenvalues) < 0

    @property
    def kind(self) -> str:
        """ "stable node", "stable focus", "unstable node", "unstable focus", "saddle", "centre" or "degenerate"."""
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

    Newton's method starts from the corners of every cell of a grid in which all derivatives change their sign. Two
    fixed points that lie closer together than 1e-6 of the box count as one.
    """
    low, size = _box(system, low, high)
    if len(low) > 2:
        raise ZooError(f"fixed points are looked for in one or two variables, not in {', '.join(system.variables)}.")
    corners = _grid(low, size, points)
    signs = np.sign(system.derivative(*corners))
    neighbours = [
        signs[(slice(None), *(slice(shift, points - 1 + shift) for shift in shifts))]
        for shifts in itertools.product((0, 1), repeat=len(low))
    ]
    changes = np.all((np.min(neighbours, axis=0) <= 0) & (np.max(neighbours, axis=0) >= 0), axis=0)
    cells = np.argwhere(changes)
    shifts = np.array(list(itertools.product((0, 1), repeat=len(low))))
    starts = (cells[:, None, :] + shifts[None]).reshape(-1, len(low))
    roots = _newton(system, low + starts / (points - 1) * size, size)
    inside = np.all((roots >= low - 1e-9 * size) & (roots <= low + (1 + 1e-9) * size), axis=1)
    found = []
    for root in sorted(roots[inside].tolist()):
        if all(np.max(np.abs(np.subtract(root, other)) / size) > 1e-6 for other in found):
            found.append(root)
    return [FixedPoint(tuple(root), tuple(system.eigenvalues(root).tolist())) for root in found]


def nullclines(system: System, low: Sequence, high: Sequence, points: int = POINTS) -> dict:
    """Variable -> lines, arrays of shape (points, 2), on which its time derivative is 0, for a system of two variables.

    Contours on a grid, of which every point is then moved onto the nullcline.
    """
    low, size = _box(system, low, high)
    if len(low) != 2:
        raise ZooError(f"nullclines need two variables; these equations have {', '.join(system.variables)}.")
    x, y = _grid(low, size, points)
    values = system.derivative(x, y)
    found = {}
    for row, name in enumerate(system.variables):
        lines = contourpy.contour_generator(x, y, values[row], name="serial").lines(0.0)
        found[name] = [_on_nullcline(system, row, line, size) for line in lines]
    return found


def _on_nullcline(system, row, line, size):
    for _ in range(4):
        value = system.derivative(*line.T)[row]
        gradient = system.jacobian(*line.T)[..., row, :] * size  # in parts of the box
        with np.errstate(all="ignore"):
            move = -value[:, None] * gradient / np.sum(gradient**2, axis=1, keepdims=True) * size
        # A point without a slope (or at the edge of a function's domain) stays where it is.
        line = line + np.where(np.abs(move) < 0.02 * size, move, 0)
    return line


def _newton(system, state, size):
    """The states that Newton's method comes to from `state` (starts, variables), without those that come to nothing."""
    step = np.full(state.shape, np.inf)
    for _ in range(60):
        value = np.moveaxis(system.derivative(*state.T), 0, -1)
        matrix = system.jacobian(*state.T) * size
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
        raise ZooError("the low side of the box has to be below its high side in every variable.")
    return low, high - low


def _grid(low, size, points):
    axes = [np.linspace(0, 1, points) * width + start for start, width in zip(low, size, strict=True)]
    return np.meshgrid(*axes, indexing="ij")


def _symbol(name):
    return sympy.Symbol(name, real=True)


def _parsed(text):
    try:
        return str_to_sympy(text).replace(brian2_exprel, _exprel)
    except (SyntaxError, NotImplementedError) as error:
        raise ZooError(f"cannot read {text!r} as an expression: {str(error).splitlines()[0]}") from None


def _number(name, value):
    if np.ndim(value):
        raise ZooError(f"{name} has {np.size(value)} values; the analysis is of one cell.")
    return sympy.Float(float(value))


class _exprel(sympy.Function):
    """(exp(x) - 1)/x, which sympy is not to write out: it has a value at 0, and so has its slope."""

    nargs = 1

    def fdiff(self, argindex=1):
        return _exprel_slope(self.args[0])


class _exprel_slope(sympy.Function):
    nargs = 1


def _exprel_value(x):
    small = np.abs(x) < 1e-6  # the series is exact to x**2/6
    return np.where(small, 1 + x / 2, np.expm1(x) / np.where(small, 1, x))


def _exprel_slope_value(x):
    small = np.abs(x) < 1e-3  # the series is exact to x**3/30; the quotient loses 1e-16/x**2
    return np.where(small, 1 / 2 + x / 3 + x**2 / 8, (np.exp(x) * (x - 1) + 1) / np.where(small, 1, x) ** 2)


# What numpy does not know by Brian2's name.
_FUNCTIONS = {
    **{name: function.pyfunc for name, function in DEFAULT_FUNCTIONS.items() if not hasattr(np, name)},
    "_exprel": _exprel_value,
    "_exprel_slope": _exprel_slope_value,
}
