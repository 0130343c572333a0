"""Time constants, by which a differential equation divides: these fields must be above 0, whatever their names.

Without this check a model without `limits` would run with `dv/dt = -v/taum` and taum = -5*ms, and diverge.
"""

import ast

import numpy as np
from brian2 import NeuronGroup, Quantity, SpatialNeuron, Synapses, second
from brian2.equations.equations import DIFFERENTIAL_EQUATION

from zoo.core import quantities
from zoo.core.errors import ZooError
from zoo.engine import described
from zoo.model import Model, annotations


def refuse_negative(model: Model, network) -> None:
    """Raise ZooError when a differential equation of the network divides by a field in seconds that is 0 or negative."""
    for divisor, name in _dividing(
        network, {name for name in _times(model) if np.any(np.asarray(getattr(model, name)) <= 0)}
    ):
        raise ZooError(
            f"{divisor} is {quantities.format(getattr(model, divisor))}, and the equation of {name} divides by it; a time "
            "constant must be above 0."
        )


def of(model: Model, network) -> set:
    """The names of the fields in seconds by which a differential equation of the network divides."""
    return {divisor for divisor, _ in _dividing(network, _times(model))}


def _times(model):
    fields = {name: getattr(model, name) for name in annotations(type(model))}
    return {name for name, value in fields.items() if isinstance(value, Quantity) and value.dim is second.dim}


def _dividing(network, names):
    """Each of `names` by which the equation of a variable divides, and that variable."""
    for group in network.sorted_objects if names else ():
        if isinstance(group, Synapses):
            equations = described.synaptic_equations(group)
        elif isinstance(group, (NeuronGroup, SpatialNeuron)):
            equations = group.user_equations
        else:
            continue
        for name, equation in equations.items():
            if equation.type == DIFFERENTIAL_EQUATION:
                for divisor in sorted(divisors(equation.expr.code) & names):
                    yield divisor, name


def divisors(expression: str) -> set:
    """The names by which `expression` divides, as a factor: tau and C of "(I - v)/(tau*C)", none of "v/(tau + t)"."""
    found = set()

    def factors(node):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            factors(node.left)
            factors(node.right)

    for node in ast.walk(ast.parse(" ".join(expression.split()), mode="eval")):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            factors(node.right)
    return found
