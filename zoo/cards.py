"""The card of a model: what `zoo show` prints."""

import inspect

from brian2 import Quantity

from zoo import binding, device, quantities
from zoo.catalogue import Experiment
from zoo.model import Model, annotations, source_notes
from zoo.program import describe


def card(model: Model) -> str:
    """Source and differences, equations as Brian2 gets them, and the table of parameters."""
    declared, equations = inspect_model(model)
    lines = [_docstring(type(model)), "", "Equations", "---------"]
    for name, parts in equations.items():
        for part, text in parts.items():
            if text.strip():
                lines += [f"{name}, {part}:", *(f"    {line.strip()}" for line in text.strip().splitlines())]
    lines += ["", "Parameters", "----------", *parameter_table(model, declared)]
    lines += ["", "* is data: changing it does not recompile. Everything else is structure and is compiled in."]
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
    """One line a parameter: name, default, meaning; a star marks what changes without recompiling."""
    rows = []
    notes = source_notes(type(model))
    for name, kind in annotations(type(model)).items():
        written, meaning = notes.get(name, ("", ""))
        star = "*" if name in declared or name == "dt" else " "
        # The unit that the author chose says more than the best one.
        default = written if isinstance(kind, (Quantity, int)) and written else _shown(getattr(model, name))
        rows.append((star, f"--{name}", default, meaning))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [f"{s} {n.ljust(widths[1])}  {v.ljust(widths[2])}  {m}".rstrip() for s, n, v, m in rows]


def option_table(experiment: Experiment) -> list:
    """One line for each option of an experiment's main besides the model."""
    rows = []
    for name, parameter in inspect.signature(experiment.main).parameters.items():
        if name != "model":
            rows.append((f"--{name}", _shown(parameter.default)))
    width = max((len(row[0]) for row in rows), default=0)
    return [f"  {name.ljust(width)}  {default}".rstrip() for name, default in rows]


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
