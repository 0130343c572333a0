"""The card of a model, which `zoo show` prints."""

import contextlib
import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args, get_origin

import numpy as np
from brian2 import BrianLogger, Equations, NeuronGroup, Quantity, Synapses, have_same_dimensions
from brian2.equations.equations import PARAMETER
from brian2.utils.stringtools import get_identifiers

from zoo.catalogue import source_notes
from zoo.catalogue.options import RESUME
from zoo.catalogue.registry import Experiment
from zoo.core import quantities
from zoo.core.columns import columns
from zoo.core.errors import ZooError, in_one_sentence
from zoo.device import backends, context
from zoo.engine import described
from zoo.engine.assembly import assemble
from zoo.engine.changes import fields_as_data
from zoo.functions import kernels
from zoo.model import Model, annotations, replace, values_equal

LEGEND = (
    "change: fields that are data, the seed and the duration change without recompiling. Equations, sizes, connections,\n"
    "and numbers that shape the code recompile: an exponent of which powers are products, the divisor of an integer, what\n"
    "stands beside exponentials that share a computation. For choices and tables it depends on their values. The backends\n"
    "cpp-stock and cuda compile in all numbers in equations that these do not declare."
)

#: Arrays with more numbers are described and not printed.
LONGEST = 12

#: The meaning of the options that most experiments have.
MEANINGS = {
    "duration": "simulated time",
    "backend": ", ".join(backends.BACKENDS),
    "seed": "seed of all random numbers",
    "out": "folder of the result",
    "resume": RESUME,
}


@dataclass(frozen=True)
class Anatomy:
    """The description of a built model.

    `data` are the fields that change without recompiling, `declared` those of them that the equations declare, `compiled`
    those that recompile, `parts` pairs of a title and its lines.
    """

    declared: frozenset
    data: frozenset
    compiled: frozenset
    parts: tuple


def card(model: Model) -> str:
    """Source and differences, equations as written, and the table of parameters."""
    anatomy = inspect_model(model)
    lines = [_docstring(type(model)), "", "Equations", "---------"]
    for title, text in anatomy.parts:
        lines += [f"{title}:", *(f"    {line}" for line in text)]
    lines += ["", "Parameters", "----------", *parameter_table(model, anatomy), "", LEGEND]
    if settings := settings_table(type(model)):
        lines += ["", "Settings", "--------", *settings]
    return "\n".join(lines)


def inspect_model(model: Model) -> Anatomy:
    """The anatomy of `model`, from building it; raises ZooError when it cannot be built."""
    name = type(model).__name__
    BrianLogger.suppress_name("unused_brian_object")  # the network may be refused while it is built
    with context.standalone("cpp-stock", model.dt), in_one_sentence(name), kernels.noted() as summed:
        network, declared = assemble(replace(model))  # a new one: a model may make its kernels once
        declared = frozenset(declared)
        fields = {field: value for field in annotations(type(model)) if isinstance(value := getattr(model, field), str)}
        parts, written, identifiers = [], set(), set()
        for title, text, equations in _codes(network):
            lines = _lines(text)
            if equations is not None:
                own = {name: kernel for name, kernel in summed.items() if name in equations}
                names = {name: _named(kernel.expression, fields) for name, kernel in own.items()}
                steps = {f"sum {name}": _commented(kernel.strings.target, names[name]) for name, kernel in own.items()}
                lines, found = _as_written(equations, fields | steps)
                written |= found & fields.keys()
                identifiers |= equations.identifiers
            else:
                written |= {field for field, value in fields.items() if lines and _lines(value) == lines}
                identifiers |= get_identifiers(text)
            if lines:
                parts.append((title, lines))
            if equations is not None:
                parts += [
                    (
                        f"{title}, {name}, the sum of w*{names[name]}(t) over spikes that arrived t ago",
                        kernel.lines(names[name]),
                    )
                    for name, kernel in own.items()
                ]
        for item in network.objects:
            item._network = network.id
        del network, item, equations
    found = fields_as_data(model)
    # What the equations declare is data, unless build() also computes structure from it.
    data = {field for field in declared | set(found) if found.get(field, True)}
    compiled = {field for field, is_data in found.items() if not is_data} | written
    if not found:  # a network that is unlike others in more than its numbers; the dt in equations is Brian2's variable
        compiled |= identifiers & set(annotations(type(model))) - {"dt"}
    return Anatomy(declared, data, frozenset(compiled - data), tuple(parts))


def _named(expression, fields):
    """The field that holds a kernel, or K."""
    return next((field for field, value in fields.items() if value == expression), "K")


def _commented(target, kernel):
    """The equations that compute the sum of a kernel, marked as such: they are not its mathematics."""
    return "\n".join(f"{line}  # computes the sum of {kernel}" for line in target.splitlines())


def network_lines(network) -> list:
    """The lines of a card about everything that `network` computes."""
    lines = []
    for title, text, equations in _codes(network):
        body = _lines(text) if equations is None else _as_written(equations, {})[0]
        lines += [f"{title}:", *(f"    {line}" for line in body)] if body else []
    return lines


def _codes(network):
    """Title, text and Equations (or None) of everything that the network computes."""
    items = {item.name: item for item in network.sorted_objects}
    for name, parts in described.describe(network).items():
        item = items[name]
        if isinstance(item, NeuronGroup):
            yield name, "", item.user_equations
        elif isinstance(item, Synapses):
            yield f"{name}, {parts['source']} -> {parts['target']}", "", described.synaptic_equations(item)
        sides = {path.objname: path.prepost for path in getattr(item, "_pathways", ())}
        for part, text in parts.items():
            if part in sides:
                part += f", at a {sides[part]}synaptic {parts.get(f'{part} (event)', 'spike')}"
            if part not in ("model", "source") and not (part == "target" and isinstance(item, Synapses)):
                yield f"{name}, {_TITLES.get(part, part)}", text, None


_TITLES = {"threshold (spike)": "threshold", "reset (spike)": "reset"}


def _as_written(equations, fields):
    """The lines of `equations`, as in the fields of the model where possible; and these fields."""
    position = {name: number for number, name in enumerate(equations)}
    blocks, found, left = [], set(), dict(equations)
    for field, text in fields.items():
        try:
            own = dict(Equations(text))
        except Exception:  # not equations: a method, a statement
            continue
        if own and all(_is_same(equation, left.get(name)) for name, equation in own.items()):
            blocks.append((min(position[name] for name in own), _lines(text)))
            found.add(field)
            left = {name: equation for name, equation in left.items() if name not in own}
    blocks += [(position[name], [_line(equation)]) for name, equation in left.items()]
    return _aligned([line for _, lines in sorted(blocks, key=lambda block: block[0]) for line in lines]), found


def _is_same(written, found):
    """Whether an equation is what was written; of Synapses Brian2 keeps those that are constant over dt as parameters."""
    return written == found or (
        found is not None
        and "constant over dt" in written.flags
        and found.type == PARAMETER
        and written.dim is found.dim
    )


def _line(equation):
    flags = f" ({', '.join(equation.flags)})" if equation.flags else ""
    return f"{str(equation).rpartition(' : ')[0]} : {quantities.si_text(equation.dim)}{flags}"


def _aligned(lines):
    """Equations with aligned units, and their comments."""
    found = [re.fullmatch(r"([^#]*?)\s*:\s*([^#]*?)\s*(#.*)?", line) for line in lines]
    left, middle = (max((len(match[part]) for match in found if match), default=0) for part in (1, 2))
    return [
        f"{match[1].ljust(left)} : {match[2].ljust(middle)}  {match[3] or ''}".rstrip() if match else line
        for match, line in zip(found, lines, strict=True)
    ]


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def parameter_table(model: Model, anatomy: Anatomy) -> list:
    """`parameter_rows` as aligned lines."""
    return columns(parameter_rows(model, anatomy))


def parameter_rows(model: Model, anatomy: Anatomy) -> list:
    """A row for each parameter: option, default, unit or type, the cost of a change, and meaning; the first row has these words."""
    rows = [("option", "default", "unit", "change", "meaning")]
    notes = source_notes.of_fields(type(model))
    for name, kind in annotations(type(model)).items():
        written, meaning = notes.get(name, ("", ""))
        default = default_text(getattr(model, name), kind, written)
        change = "data" if name in anatomy.data else "recompiles" if name in anatomy.compiled else "depends"
        rows.append((f"--{name}", default, _unit(kind), change, meaning))
    return rows


def settings_table(model_class: type) -> list:
    """The table SETTINGS beside the method `tuned` of a model: a line for each setting, a column for each variant."""
    table = getattr(sys.modules[model_class.tuned.__module__], "SETTINGS", {}) if hasattr(model_class, "tuned") else {}
    if not table:
        return []
    kinds = annotations(model_class)
    variants = [str(choice) for choice in model_class.variants]
    rows = [
        [option, "", *(str(key[place]) for key in table)] for place, option in enumerate(f"--{own}" for own in variants)
    ]
    for name in dict.fromkeys(name for settings in table.values() for name in settings):
        unit = kinds.get(name, 1)
        values = [settings.get(name, getattr(model_class, name, "")) for settings in table.values()]
        if not any("\n" in str(value) for value in values):  # no equations
            shown = [_in_unit(value, unit) for value in values]
            rows.append([f"--{name}" if name in kinds else name, _unit(unit) if unit is not str else "", *shown])
    options = ", ".join(f"--{own}" for own in variants)
    return [f"{options} choose these; an option that you give takes precedence.", "", *columns(rows)]


def _in_unit(value, unit):
    return value if isinstance(value, str) else f"{float(value / unit):g}"


def option_table(experiment: Experiment, parameters: dict, more=()) -> list:
    """One line for each option of an experiment besides the model; `parameters` are those of its main, `more` further lines.

    The comment after a parameter of main is its meaning, as for the fields of a model.
    """
    rows = [("option", "default", "meaning")]
    notes = MEANINGS | source_notes.of_parameters(experiment.main)
    for name, parameter in parameters.items():
        if name not in ("model", "out"):
            default = None if parameter.default is parameter.empty else parameter.default
            rows.append((f"--{name}", default_text(default, parameter.annotation), notes.get(name, "")))
    return columns([*rows, ("--out", f"results/{experiment.name.removesuffix('.py')}", notes["out"]), *more])


def default_text(value, kind=None, written="") -> str:
    """The default of an option as the command line accepts it; in brackets when it can only be described, "" for None.

    Quantities are in the unit `kind` of their field. Where that is a mere dimension, such as second, `written`, which stands
    in the source, says more than the best unit.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        lines = value.count("\n") + 1
        return value if lines == 1 else f"({lines} lines of text)"
    if isinstance(value, (int, Path)):
        return str(value)
    if isinstance(value, (float, Quantity, np.ndarray)):
        if np.size(value) > LONGEST:
            return f"(array of shape {np.shape(value)})"
        unit = kind if isinstance(kind, Quantity) else None
        if written and (not quantities.has_scale(unit) or quantities.unit_text(unit) in written):
            with contextlib.suppress(ZooError):
                if have_same_dimensions(found := quantities.parse(written), value) and values_equal(found, value):
                    return written
        return quantities.text_in(value, unit) or f"({value})"
    return f"({len(value)} rows)" if isinstance(value, tuple) else f"({type(value).__name__})"


def _unit(kind):
    if isinstance(kind, (Quantity, int)):
        return quantities.unit_text(kind)
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]  # the class of a row
    return kind.__name__ if isinstance(kind, type) else str(kind)


def _docstring(model_class):
    own = inspect.getdoc(model_class) if model_class.__doc__ else None
    module = inspect.getmodule(model_class)
    return inspect.cleandoc(module.__doc__ or own or model_class.__name__) if module else own or ""
