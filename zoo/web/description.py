"""What a page needs to know of a model: its text, its numbers with their ranges, and what its program writes.

A page can change a number that the program reads when it starts: a field that the equations declare, or a constant that
only strings read. Other fields are shown and need Python (`zoo explore`).
"""

import dataclasses
import inspect
import re
import sys

import numpy as np
from brian2 import Quantity, amp, get_unit, second, volt

from zoo.catalogue import cards, source_notes
from zoo.core import packages, quantities
from zoo.engine.changes import fields_of_program
from zoo.model import Model, annotations
from zoo.web import mathml, phase, ranges, units

# More traces in one panel cannot be told apart.
_MOST_TRACES = 8


@dataclasses.dataclass(frozen=True)
class Control:
    """A number that a page changes: field, unit for display, and the range of its slider in this unit.

    `scale` is the unit in SI units; `targets` are the names under which the program takes the value, none if the model must
    be built again, which `change` says.
    """

    name: str
    meaning: str
    unit: str
    scale: float
    value: float
    low: float
    high: float
    logarithmic: bool
    integer: bool
    targets: tuple
    change: str


def describe(built, name: str, seed: int, *, everything: bool = False, note: str = "") -> dict:
    """The description of a built program for its page, as plain values for JSON.

    With `everything` all numbers of the model have controls, also those for which Python builds the model again. `note` is a
    sentence below the title.
    """
    model = built.model
    with_numbers = controls(built, everything)
    names = {control.name for control in with_numbers}
    anatomy = cards.inspect_model(model)
    title, *rest = (inspect.getdoc(sys.modules[type(model).__module__]) or type(model).__name__).split("\n\n")
    return {
        "name": name.removesuffix(".py"),
        "title": title.replace("\n", " ").rstrip("."),
        "source": next((part.removeprefix("Source: ") for part in rest if part.startswith("Source: ")), ""),
        "note": note,
        "citations": _citations("\n".join(rest)),
        "equations": [
            {"title": part, "lines": found} for part, lines in anatomy.parts if (found := mathml.lines(lines))
        ],
        "controls": [dataclasses.asdict(control) for control in with_numbers],
        "fixed": _fixed(model, names),
        "presets": _presets(model, with_numbers),
        "duration": float(built.duration),
        "dt": float(model.dt),
        "seed": seed,
        "outputs": {name: _output(output, file) for name, (output, file) in built.outputs.items()},
        "plots": plots(built),
        "bands": _bands(model),
        "names": {name: f"<math>{mathml.name(name)}</math>" for name in names},
        "phase": phase.plane(built, {control.name: control for control in with_numbers}),
    }


def controls(built, everything: bool = False) -> list:
    """The Controls of a program, in the order of the model's fields; all numbers with `everything`."""
    model = built.model
    program = fields_of_program(model)
    notes = source_notes.of_fields(type(model))
    found = []
    kinds = annotations(type(model))
    inherited = {name for base in type(model).__mro__[1:] if issubclass(base, Model) for name in annotations(base)}
    # What the model itself declares comes first, the settings of its bases (such as the start of a current) last.
    for name, kind in sorted(kinds.items(), key=lambda item: item[0] in inherited):
        value = getattr(model, name)
        targets = program.get(name, ())
        if not isinstance(value, (int, float, Quantity)) or isinstance(value, bool) or np.ndim(value) > 0:
            continue
        if not everything and not (targets and ranges.has_slider(model, name)):
            continue
        unit, scale = _display_unit(value, kind)
        number = round(float(value) / scale, 12)
        low, high, logarithmic = ranges.span(model, name, scale)
        found.append(
            Control(
                name,
                notes.get(name, ("", ""))[1],
                unit,
                scale,
                number,
                low,
                high,
                logarithmic,
                kind is int,
                targets,
                "" if targets else "built again",
            )
        )
    return found


def _display_unit(value, kind):
    """The unit of a field as the page prints it, and its size in SI units."""
    if not isinstance(value, Quantity) or value.is_dimensionless:
        return "", 1.0
    if quantities.has_scale(kind):
        unit = kind
    elif isinstance(kind, Quantity) and kind.dim in _COMMON and (not float(value) or kind.dim in _LONG_NAMES):
        return _COMMON[kind.dim]
    else:
        unit = second if value.dim == second.dim and value >= 1 * second else value.get_best_unit()
    return units.printed(quantities.unit_text(unit)), float(unit)


# The units of zeros, and of what Brian2 would print by the name of another quantity.
_COMMON = {
    volt.dim: ("mV", 1e-3),
    amp.dim: ("pA", 1e-12),
    second.dim: ("ms", 1e-3),
    (volt * second).dim: ("mV s", 1e-3),
    (volt**-2).dim: ("V⁻²", 1.0),
    (volt**-1).dim: ("V⁻¹", 1.0),
    (second**2).dim: ("ms²", 1e-6),
}
_LONG_NAMES = {dim for dim, (text, _) in _COMMON.items() if len(text) > 2}


def _fixed(model, names):
    """The fields that the page shows and cannot change: name, value as text, meaning."""
    notes = source_notes.of_fields(type(model))
    rows = []
    for name, kind in annotations(type(model)).items():
        value = getattr(model, name)
        if name in names or (isinstance(value, str) and "\n" in value):
            continue
        written, meaning = notes.get(name, ("", ""))
        rows.append({"name": name, "value": cards.default_text(value, kind, written), "meaning": meaning})
    return rows


def _presets(model, with_numbers):
    """Preset -> {field: number in the unit of its control}; a preset that sets other fields is left out."""
    table = getattr(sys.modules[type(model).__module__], "presets", {})
    known = {control.name: control for control in with_numbers}
    found = {}
    for preset, fields in table.items():
        if all(name in known and np.ndim(value) == 0 for name, value in fields.items()):
            found[preset] = {name: round(float(value) / known[name].scale, 12) for name, value in fields.items()}
    return found


def _citations(text):
    """[{"text": a line, "doi": ...}] of the works that the docstring cites."""
    named = re.search(r"^Cite: (.+)$", text, re.MULTILINE)
    known = packages.citations()
    return [_citation(known[key]) for key in re.split(r",\s*", named[1]) if key in known] if named else []


def _citation(entry):
    def field(name):
        found = re.search(rf"\b{name} = \{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}", entry)
        return re.sub(r"[{}]", "", " ".join(found[1].split())) if found else ""

    authors = [author.partition(",")[0] for author in field("author").split(" and ")]
    who = authors[0] if len(authors) == 1 else " and ".join(authors) if len(authors) == 2 else f"{authors[0]} et al."
    where = ", ".join(filter(None, (field("journal") or field("publisher") or field("booktitle"), field("volume"))))
    text = f"{who} ({field('year')}). {field('title')}. {where}"
    return {"text": text.strip().rstrip(".") + ".", "doi": field("doi")}


def _output(output, file):
    unit, scale = "", 1.0
    if not output.dimensions.is_dimensionless:
        best = get_unit(output.dimensions)
        unit, scale = _PRINTED.get(quantities.unit_text(best), (quantities.unit_text(best), 1.0))
    return {
        "file": file,
        "type": output.dtype.name,
        "unit": units.printed(unit),
        "scale": scale,
        "columns": output.columns,
        "first": int(output.first),
        "last": bool(output.is_last),
    }


# The units in which results of neurons are printed.
_PRINTED = {
    "volt": ("mV", 1e-3), "V": ("mV", 1e-3), "second": ("ms", 1e-3), "s": ("ms", 1e-3), "amp": ("nA", 1e-9), "A": ("nA", 1e-9),
    "siemens": ("nS", 1e-9), "S": ("nS", 1e-9), "amp/metre**2": ("uA/cm**2", 1e-2),
    "siemens/metre**2": ("mS/cm**2", 10.0),
}  # fmt: skip


def plots(built) -> list:
    """The panels of the page from what the monitors record: rasters, rates, traces, histograms of final values."""
    found, outputs = [], built.outputs
    traced = [name for name in outputs if outputs[name][0].columns is not None]
    for monitor in built.recorded:
        if f"{monitor}.t" in outputs and f"{monitor}.i" in outputs:
            found.append({"kind": "raster", "monitor": monitor, "title": monitor.replace("_", " ")})
            found.append({"kind": "rate", "monitor": monitor, "title": "population rate"})
        elif f"{monitor}.rate" in outputs:
            found.append({"kind": "line", "monitor": monitor, "title": "population rate"})
    for name in traced:
        found.append(
            {"kind": "trace", "monitor": name.partition(".")[0], "output": name, "title": name.partition(".")[2],
             "most": _MOST_TRACES}
        )  # fmt: skip
    many = [name for name in traced if outputs[name][0].columns > _MOST_TRACES]
    monitors = {item["monitor"] for item in found}
    found += [{"kind": "histogram", "output": name, "title": f"{name} at the end"} for name in many]
    for name, (output, _) in outputs.items():
        group, _, variable = name.partition(".")
        if group not in monitors and group not in built.recorded and variable not in ("i", "j") and not output.shared:
            found.append({"kind": "histogram", "output": name, "title": f"{name} at the end"})
    return found


def _bands(model):
    """[{"name", "end"}] of the populations that a model lists in `sizes`, as indices of one group."""
    sizes = getattr(model, "sizes", None)
    if not isinstance(sizes, dict):
        return []
    ends = np.cumsum([int(size) for size in sizes.values()])
    return [{"name": name, "end": int(end)} for name, end in zip(sizes, ends, strict=True)]
