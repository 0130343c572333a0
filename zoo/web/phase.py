"""The phase plane of a model with two variables, as JavaScript that a page evaluates with the values of its controls."""

import re

import sympy
from brian2 import Quantity
from brian2.core.namespace import DEFAULT_UNITS
from brian2.parsing.sympytools import str_to_sympy

_MOST_DEPTH = 20
_CLIP = sympy.Function("clip")


def plane(built, controls: dict) -> dict | None:
    """Two variables of a program's only group of neurons, their derivatives as JavaScript in x, y and p, and their traces.

    `p` holds the values of the controls in SI units. None for other models, and for those whose derivatives read
    anything else, such as the time.
    """
    groups = [parts["model"] for parts in built.equations.values() if "model" in parts]
    if len(groups) != 1:
        return None
    model, outputs = built.model, built.outputs
    # Brian2 prints one equation a line, with units that it does not always accept.
    variables = re.findall(r"^d(\w+)/dt = ", groups[0], re.MULTILINE)
    variables.sort(key=lambda name: name != "v")  # the membrane potential is the horizontal axis
    texts = dict(re.findall(r"^(?:d(?=\w+/dt))?(\w+?)(?:/dt)? = (.*) : ", groups[0], re.MULTILINE))
    traced = [next((name for name in outputs if re.fullmatch(rf"\w+\.{one}", name)), None) for one in variables]
    if len(variables) != 2 or None in traced or len({name.partition(".")[0] for name in traced}) > 1:
        return None
    try:
        found = [_script(texts[name], texts, variables, model, controls) for name in variables]
    except (KeyError, TypeError, ValueError, NotImplementedError):
        return None
    return {"variables": variables, "traces": traced, "derivatives": found} if all(found) else None


def _script(text, texts, variables, model, controls):
    expression = str_to_sympy(text)
    for _ in range(_MOST_DEPTH):
        inner = {one: texts[one.name] for one in expression.free_symbols if one.name in texts.keys() - set(variables)}
        if not inner:
            break
        expression = expression.subs({symbol: _steady(code) for symbol, code in inner.items()})
    expression = expression.replace(_CLIP, lambda value, low, high: sympy.Min(sympy.Max(value, low), high))
    values = {}
    for symbol in expression.free_symbols:
        name = symbol.name
        if name in variables:
            values[symbol] = sympy.Symbol("xy"[variables.index(name)])
        elif name in controls:
            values[symbol] = sympy.Symbol(f"p.{name}")
        elif name in DEFAULT_UNITS:
            values[symbol] = float(DEFAULT_UNITS[name])
        elif isinstance(value := getattr(model, name, None), (int, float, Quantity)):
            values[symbol] = float(value)
        else:
            return None
    code = sympy.jscode(expression.subs(values))
    return None if "Not supported" in code else code


def _steady(code):
    """A subexpression; a stimulus that is switched on and off, int(t > onset)*int(t < end), counts as on."""
    return sympy.Integer(1) if re.search(r"\bt\b", code) and "int(" in code else str_to_sympy(code)
