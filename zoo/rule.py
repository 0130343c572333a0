"""Rule: the equation strings of a synapse, which can be added and renamed.

exponential = Rule(target="dg/dt = -g/tau_g : siemens", model="w : siemens", on_pre="g_post += w")
excitatory = exponential.rename(g="g_e", tau_g="tau_e") + pair_stdp

cells = NeuronGroup(n, equations + excitatory.target, ...)
synapses = Synapses(inputs, cells, **excitatory.code)
"""

import re
from dataclasses import dataclass, fields
from typing import Any

from zoo.core.errors import ZooError, listed, quoted

# The x of an equation "dx/dt = ...", or any other identifier.
_NAME = re.compile(r"^d(?P<derivative>\w+)(?=\s*/\s*dt\s*=)|\b(?P<plain>[A-Za-z_]\w*)\b", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """The strings of a synapse, and those that it adds to the neurons on both sides.

    `source` and `target` are equations for the presynaptic and postsynaptic group, `source_reset` and `target_reset`
    statements for their resets (spike traces live there: one per neuron, not one per synapse), `target_step` statements
    for the postsynaptic group at the start of every time step (`run_regularly`); `model`, `on_pre` and `on_post` are
    the arguments of Brian2's Synapses. `on_pre` and `on_post` may be a dictionary of named pathways.
    """

    target: str = ""
    model: str = ""
    on_pre: str | dict[str, str] = ""
    on_post: str | dict[str, str] = ""
    source: str = ""
    source_reset: str = ""
    target_reset: str = ""
    target_step: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            pathways = field.name in ("on_pre", "on_post")
            if isinstance(value, str):
                value = _tidy(value)
            elif pathways and isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
                value = {name: _tidy(text) for name, text in value.items()}
            else:
                kind = "a string, or a dictionary of strings" if pathways else "a string"
                raise ZooError(f"{field.name} of a Rule must be {kind}, not {quoted(value)}.")
            object.__setattr__(self, field.name, value)

    def __add__(self, other: "Rule") -> "Rule":
        """Both rules on the same synapse; a common equation is written once.

        Raises ZooError when the two define one variable in different ways.
        """
        if not isinstance(other, Rule):
            return NotImplemented
        return Rule(**{f.name: _join(f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self)})

    def rename(self, **names: str) -> "Rule":
        """The same rule with other names; ``g="g_e"`` renames ``g``, ``g_pre`` and ``g_post`` everywhere.

        Raises ZooError for a name that the rule does not use, or for two names that would become one.
        """
        used = set()
        for text in self._texts():
            used |= {_stem(match)[0] for match in _NAME.finditer(text)}
        for old, new in names.items():
            if old not in used:
                raise ZooError(f"the rule has no name {old!r}; it uses {listed(sorted(used))}.")
            if new in used - names.keys() or list(names.values()).count(new) > 1:
                raise ZooError(f"{old!r} cannot be renamed to {new!r}: the rule already uses that name.")

        def rename(match):
            stem, suffix = _stem(match)
            return ("d" if match["derivative"] else "") + names.get(stem, stem) + suffix

        def renamed(value):
            if isinstance(value, str):
                return _NAME.sub(rename, value)
            return {name: _NAME.sub(rename, text) for name, text in value.items()}

        return Rule(**{f.name: renamed(getattr(self, f.name)) for f in fields(self)})

    @property
    def code(self) -> dict[str, Any]:
        """The arguments `model`, `on_pre` and `on_post` of Brian2's Synapses that the rule has."""
        arguments = {}
        for name in ("model", "on_pre", "on_post"):
            value = getattr(self, name)
            if value:
                arguments[name] = value if isinstance(value, str) else dict(value)
        return arguments

    def __str__(self) -> str:
        lines = []
        for field in fields(self):
            value = getattr(self, field.name)
            parts = {"": value} if isinstance(value, str) else value
            for pathway, text in parts.items():
                if text:
                    title = f"{field.name} ({pathway})" if pathway else field.name
                    lines += [f"{title}:"] + [f"    {line}" for line in text.splitlines()]
        return "\n".join(lines)

    def _texts(self):
        for field in fields(self):
            value = getattr(self, field.name)
            yield from [value] if isinstance(value, str) else value.values()


def _stem(match):
    """A name and the suffix of Brian2: ``g_post`` -> ``g``, ``_post``."""
    name = match["derivative"] or match["plain"]
    return re.fullmatch(r"(.*?)(_pre|_post|)", name).groups()


def _tidy(text: str) -> str:
    """One statement per line, without indentation and empty lines, ending in a newline so that strings can be added."""
    lines = [line.strip() for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines if line)


def _join(field, first, second):
    if isinstance(first, str) and isinstance(second, str):
        lines = first.splitlines()
        defined = {_defined(line): line for line in lines if _defined(line)}
        for line in second.splitlines():
            clash = defined.get(_defined(line))
            if field in ("target", "source", "model") and clash and _squeezed(clash) != _squeezed(line):
                raise ZooError(f"two rules define {_defined(line)!r} differently ({clash!r}, {line!r}); rename one.")
            if field not in ("target", "source", "model") or not clash:
                lines.append(line)
        return "\n".join(lines)
    # A plain string is Brian2's default pathway.
    default = {"on_pre": "pre", "on_post": "post"}[field]
    first, second = ({default: part} if isinstance(part, str) else part for part in (first, second))
    names = [*first, *(name for name in second if name not in first)]
    joined = {name: _join(name, first.get(name, ""), second.get(name, "")) for name in names}
    return {name: text for name, text in joined.items() if text}


def _defined(line: str):
    """The variable that an equation line defines: ``dx/dt = ...``, ``x = ... : 1`` or ``x : 1``."""
    match = re.match(r"\s*(?:d(\w+)\s*/\s*dt\s*=|(\w+)\s*[=:])", line)
    return match and (match.group(1) or match.group(2))


def _squeezed(line: str) -> str:
    return re.sub(r"\s+", "", line.split("#")[0])
