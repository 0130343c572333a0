"""Equations and statements of a card as MathML, which browsers typeset without a library.

The terms keep the order in which the model's author wrote them.
"""

import ast
import html
import re
from xml.etree import ElementTree

from brian2.core.namespace import DEFAULT_UNITS

_GREEK = {
    name: chr(code)
    for code, name in enumerate(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "omicron",
            "pi",
            "rho",
            "sigmaf",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
        ],
        start=0x3B1,
    )
} | {
    "Delta": "Δ",
    "Gamma": "Γ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
    "inf": "∞",
}
_SIGNS = {
    **{ast.Add: "+", ast.Sub: "−", ast.Mult: "⋅", ast.Mod: "mod", ast.FloorDiv: "÷"},
    **{ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠"},
    **{ast.And: "and", ast.Or: "or"},
}
# How closely operators bind: an operand that binds less closely stands in brackets.
_LEAST, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(10)

_EQUATION = re.compile(
    r"(?P<left>[^=:#]+?)\s*=\s*(?P<right>[^#:]+?)(?:\s+:\s*(?P<unit>[^#]*?))?\s*(?:#\s*(?P<note>.*))?"
)
_PARAMETER = re.compile(r"\w+\s*:.*")


def lines(text_lines: list) -> list:
    """[{"math": MathML or "", "text": the line as written, "note": its comment}] for the lines of a part of a card.

    Declarations of parameters are left out. A line that is no formula, such as the name of a method, has no `math`.
    """
    return [found for line in _joined(text_lines) if (found := _line(line))]


def _joined(text_lines):
    """The lines, those that end inside an expression with their continuation."""
    found = []
    for line in text_lines:
        if found and (line[0] in "+-*/" or found[-1].count("(") > found[-1].count(")")):
            found[-1] += " " + line
        else:
            found.append(line)
    return found


def _line(line):
    if _PARAMETER.fullmatch(line):
        return None
    match = _EQUATION.fullmatch(line)
    body, note = (line.partition(" : ")[0].partition("#")[0].strip(), (match and match["note"]) or "")
    try:
        made = math(body)
    except SyntaxError:
        made = ""
    return {"math": made, "text": body, "note": note}


def math(text: str) -> str:
    """One equation, statement or condition as a MathML element; raises SyntaxError for other text."""
    inner = "<mspace width='1.5em'/>".join(_statement(part) for part in text.split(";") if part.strip())
    return f"<math display='block'><mrow>{inner}</mrow></math>"


def _statement(text):
    text = text.strip()
    rate = re.fullmatch(r"d(\w+)/dt\s*=\s*(.+)", text, re.DOTALL)
    if rate:
        left = f"<mfrac><mrow><mi>d</mi>{name(rate[1])}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac>"
        return f"{left}<mo>=</mo>{_expression(ast.parse(rate[2].strip(), mode='eval').body)}"
    [node] = ast.parse(text).body or [None]
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return f"{_expression(node.targets[0])}<mo>=</mo>{_expression(node.value)}"
    if isinstance(node, ast.AugAssign) and type(node.op) in (ast.Add, ast.Sub, ast.Mult, ast.Div):
        # As the field writes an update: the old value goes to the new one.
        sum_ = ast.BinOp(ast.Name(node.target.id), node.op, node.value)
        return f"{_expression(node.target)}<mo>←</mo>{_expression(sum_)}"
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Name):
        return _expression(node.value)
    raise SyntaxError(text)


def name(written: str) -> str:
    """A name with its Greek letters and subscripts: tau_m is τ with the subscript m."""
    first, *rest = written.rstrip("_").split("_")
    shown = [html.escape(_GREEK.get(part, part)) for part in (first, *rest)]
    # A name of several letters stands upright, as the field prints them.
    letter = f"<mi>{shown[0]}</mi>"
    return f"<msub>{letter}<mi>{','.join(shown[1:])}</mi></msub>" if rest else letter


def _expression(node, least=_LEAST):
    """The MathML of `node`, in brackets if it binds less closely than `least`."""
    if isinstance(node, ast.Call):
        return _call(node)
    found, strength = _bare(node)
    return f"<mrow><mo>(</mo>{found}<mo>)</mo></mrow>" if strength < least else f"<mrow>{found}</mrow>"


def _bare(node):
    if isinstance(node, ast.Name):
        return name(node.id), _ATOM
    if isinstance(node, ast.Constant):
        return _number(node.value), _ATOM
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return f"<mfrac>{_expression(node.left)}{_expression(node.right)}</mfrac>", _PRODUCT
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return f"<msup>{_expression(node.left, _ATOM)}{_expression(node.right)}</msup>", _POWER
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and _is_unit(node.right):
        return f"{_expression(node.left, _PRODUCT)}<mspace width='.2em'/>{_expression(node.right)}", _PRODUCT
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        strength = _SUM if isinstance(node.op, (ast.Add, ast.Sub)) else _PRODUCT
        left, right = _expression(node.left, strength), _expression(node.right, strength + 1)
        return f"{left}<mo>{_SIGNS[type(node.op)]}</mo>{right}", strength
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            return f"<mo>not</mo>{_expression(node.operand, _NOT)}", _NOT
        sign = "+" if isinstance(node.op, ast.UAdd) else "−"
        return f"<mo>{sign}</mo>{_expression(node.operand, _PRODUCT)}", _MINUS
    if isinstance(node, ast.Compare):
        parts = [_expression(node.left, _SUM)]
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts += [f"<mo>{html.escape(_SIGNS[type(operator)])}</mo>", _expression(right, _SUM)]
        return "".join(parts), _COMPARE
    if isinstance(node, ast.BoolOp):
        strength = _AND if isinstance(node.op, ast.And) else _OR
        word = f"<mo lspace='.4em' rspace='.4em'>{_SIGNS[type(node.op)]}</mo>"
        return word.join(_expression(value, strength) for value in node.values), strength
    raise SyntaxError(ast.dump(node))


def _is_unit(node):
    return isinstance(node, ast.Name) and node.id in DEFAULT_UNITS


def _call(node):
    function = node.func.id if isinstance(node.func, ast.Name) else ""
    arguments = "<mo>,</mo>".join(_expression(value) for value in node.args)
    if not function or node.keywords:
        raise SyntaxError("not a function of the equations")
    if function == "sqrt":
        return f"<msqrt>{arguments}</msqrt>"
    if function == "exp":
        return f"<msup><mi>e</mi>{_flat(arguments)}</msup>" if _is_short(node.args[0]) else _function("exp", arguments)
    if function == "abs":
        return f"<mrow><mo>|</mo>{arguments}<mo>|</mo></mrow>"
    if function == "int":  # of a condition: Iverson's brackets
        return f"<mrow><mo>[</mo>{arguments}<mo>]</mo></mrow>"
    return _function(function, arguments)


def _function(function, arguments):
    return f"<mrow>{name(function)}<mo>&#x2061;</mo><mo>(</mo>{arguments}<mo>)</mo></mrow>"


def _flat(written):
    """MathML with its fractions in one line, as in exponents: -t/tau."""
    root = ElementTree.fromstring(f"<mrow>{written}</mrow>")
    for parent in list(root.iter()):
        for place, child in enumerate(list(parent)):
            if child.tag == "mfrac":
                row = ElementTree.Element("mrow")
                above, below = child
                row.extend([_held(above, 1), ElementTree.fromstring("<mo>/</mo>"), _held(below, 0)])
                parent[place] = row
    return ElementTree.tostring(root, encoding="unicode")


def _held(row, first):
    """A row in brackets if it has an operator, from the place `first` on."""
    if not any(part.tag == "mo" for part in list(row)[first:]):
        return row
    found = ElementTree.Element("mrow")
    found.extend([ElementTree.fromstring("<mo>(</mo>"), row, ElementTree.fromstring("<mo>)</mo>")])
    return found


def _is_short(node):
    """Whether an exponent is legible as a superscript."""
    return sum(isinstance(part, (ast.Name, ast.Constant)) for part in ast.walk(node)) <= 3


def _number(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"<mi>{html.escape(str(value))}</mi>"
    mantissa, _, exponent = f"{value:.12g}".partition("e")
    if not exponent:
        return f"<mn>{mantissa}</mn>"
    power = f"<msup><mn>10</mn><mn>{int(exponent)}</mn></msup>"
    return power if mantissa == "1" else f"<mrow><mn>{mantissa}</mn><mo>⋅</mo>{power}</mrow>"
