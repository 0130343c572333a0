"""Numerical schemes of papers that Brian2 does not have, for the argument `method` of a NeuronGroup."""

from zoo import ZooError


def sequential_euler(*order: str):
    """Explicit Euler steps, one variable after the other in this order, each with the new values of the previous ones.

    A variable that is named k times takes k steps of dt/k: ``sequential_euler("v", "v", "u")`` advances v in two half
    steps. E. M. Izhikevich's programs do this: v (in halves in 2003, in one step in 2004), then u with the new v.
    """

    def scheme(equations, variables, options=None):
        expressions = {name: text.code for name, text in equations.get_substituted_expressions(variables)}
        if set(order) != set(expressions):
            raise ZooError(f"the scheme is for {', '.join(order)}, and the equations are for {', '.join(expressions)}.")
        return "\n".join(f"{name} += dt/{order.count(name)}*({expressions[name]})" for name in order)

    return scheme
