"""Numerical schemes of papers that are not among Brian2's own; for the argument `method` of a NeuronGroup."""

from brian2.equations.equations import DIFFERENTIAL_EQUATION


def sequential_euler(**parts: int):
    """Explicit Euler steps, one variable after the other, each with the new values of those that stand before it.

    ``sequential_euler(v=2)`` goes through v in two half steps. This is how E. M. Izhikevich's programs are written:
    v (in halves in 2003, in one step in 2004), then u with the new v.
    """

    def scheme(equations, variables, options=None):
        expressions = dict(equations.get_substituted_expressions(variables))
        lines = []
        for name, equation in equations.items():
            if equation.type == DIFFERENTIAL_EQUATION:
                count = parts.get(name, 1)
                lines += [f"{name} += dt/{count}*({expressions[name].code})"] * count
        return "\n".join(lines)

    return scheme
