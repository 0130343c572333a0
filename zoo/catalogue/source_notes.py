"""The comments after fields and parameters, read from the source."""

import ast
import dataclasses
import inspect
import io
import textwrap
import tokenize
from collections.abc import Callable


def of_fields(model_class: type) -> dict:
    """Field name -> (default, comment) as written in the source; empty without source code."""
    found = {}
    for cls in reversed([cls for cls in model_class.__mro__ if dataclasses.is_dataclass(cls)]):
        source, comments = _source(cls)
        for node in ast.parse(source).body[0].body if source else ():
            target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
            if not isinstance(target, ast.Name) or node.value is None:
                continue
            default = ast.get_source_segment(source, node.value).replace(" ", "")
            if isinstance(node, ast.AnnAssign):
                found[target.id] = (default, comments.get(node.end_lineno, ""))
            elif target.id in found:  # a new default; the meaning stays
                found[target.id] = (default, comments.get(node.end_lineno) or found[target.id][1])
    return found


def of_parameters(function: Callable) -> dict:
    """Parameter name -> the comment after it, for parameters on separate lines."""
    source, comments = _source(function)
    if not source:
        return {}
    arguments = ast.parse(source).body[0].args
    values = [*arguments.defaults, *arguments.kw_defaults]
    named = [*arguments.args[len(arguments.args) - len(arguments.defaults) :], *arguments.kwonlyargs]
    lines = {node.arg: (value or node).end_lineno for node, value in zip(named, values, strict=True)}
    lines |= {node.arg: node.end_lineno for node in arguments.args if node.arg not in lines}
    alone = {name: line for name, line in lines.items() if list(lines.values()).count(line) == 1}
    return {name: comments[line] for name, line in alone.items() if line in comments}


def _source(thing):
    """The source of a class or function, and its comments by line; empty for code typed into an interpreter."""
    try:
        source = textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError):
        return "", {}
    comments = {
        token.start[0]: token.string.lstrip("#: ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    return source, comments
