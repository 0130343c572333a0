"""The card of a model: what `zoo show` prints."""

import inspect

from brian2 import Quantity

from zoo import binding, device, quantities
from zoo.catalogue import Experiment
from zoo.model import Model, annotations, source_notes
from zoo.program import describe


LEGEND = "data: a change does not recompile; all else is structure and is compiled in."


def card(model: Model) -> str:
    """Source and differences, equations as Brian2 gets them, and the table of parameters."""
    declared, equations = inspect_model(model)
    lines = [_docstring(type(model)), "", "Equations", "---------"]
    for name, parts in equations.items():
        for part, text in parts.items():
            if text.strip():
                lines += [f"{name}, {part}:", *(f"    {line.strip()}" for line in text.strip().splitlines())]
    lines += ["", "Parameters", "----------", *parameter_table(model, declared), "", LEGEND]
    return "\n".join(lines)


def inspect_model(model: Model):
    """The declared fields of `model` (a set) and its equations (object -> part -> text), found by building it."""
    with device.standalone("cpp-stock", model.dt):
        network = model.build()
        fields = set(binding.release(model, network))
        equations = describe(network)
        for item in network.objects:
            item._network = network.id
        del network
    return fields, equations


def parameter_table(model: Model, declared) -> list:
    """One line a parameter: option, default, unit or type, whether it is data or structure, and meaning."""
    rows = [("option", "default", "unit", "change", "meaning")]
    notes = source_notes(type(model))
    for name, kind in annotations(type(model)).items():
        written, meaning = notes.get(name, ("", ""))
        # The unit that the author chose says more than the best one.
        default = written if isinstance(kind, (Quantity, int)) and written else _shown(getattr(model, name))
        change = "data" if name in declared or name == "dt" else "recompiles"
        rows.append((f"--{name}", default, _unit(kind), change, meaning))
    return _columns(rows)


def option_table(experiment: Experiment) -> list:
    """One line for each option of an experiment's main besides the model."""
    rows = [("option", "default")]
    for name, parameter in inspect.signature(experiment.main).parameters.items():
        if name != "model":
            rows.append((f"--{name}", _shown(parameter.default)))
    return _columns([*rows, ("--out", f"results/{experiment.name}")])


def _columns(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _unit(kind):
    if isinstance(kind, (Quantity, int)):
        return quantities.unit_text(kind)
    return getattr(kind, "__name__", str(kind))


def _docstring(model_class):
    own = inspect.getdoc(model_class) if model_class.__doc__ else None
    module = inspect.getmodule(model_class)
    return inspect.cleandoc(module.__doc__ or own or model_class.__name__) if module else own or ""


def _shown(value):
    if isinstance(value, str):
        return "equations" if "\n" in value else value
    if isinstance(value, (float, Quantity)):
        return quantities.format(value)
    if isinstance(value, tuple):
        return f"{len(value)} rows"
    return "" if value is None else str(value)
