"""Parameters as JSON, and back: a tag names the type of every value; large arrays are in a separate file.

20*ms                    {"value": 0.02, "unit": "second"}           SI numbers
an array of thousands    {"array": "parameters/w", "unit": "1"}      the name of the array
a row of a table         {"row": {"name": "CTX", "n": 2000}}         an object of a small dataclass
a dictionary             {"dict": {...}}, or {"pairs": [[key, value], ...]}
a tuple, a list          [...], {"list": [...]}
a TimedArray             {"timed_array": {"values": ..., "dt": ..., "name": ...}}
anything else            {"text": "..."}, which cannot be read back
"""

import dataclasses
import inspect
from pathlib import Path
from typing import get_args

import numpy as np
from brian2 import Quantity, TimedArray, second
from brian2.units.fundamentalunits import get_dimensions

from zoo.core import quantities

# Arrays with more values than this are not written into the JSON text.
LARGE = 64


class Row(dict):
    """A row of a table whose class is not available; its fields are attributes too."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this row has no field {name!r}") from None


class Text(str):
    """The text of a value that cannot be stored."""


def to_json(value, name="", arrays=None):
    """`value` for json.dumps; large arrays go into the dictionary `arrays`, under keys that begin with `name`."""

    def inner(item, key):
        return to_json(item, f"{name}.{key}", arrays)

    if isinstance(value, np.generic) and not isinstance(value, Quantity):
        value = value.item()
    if isinstance(value, Text):
        return {"text": str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        numbers, unit = np.asarray(value), quantities.si_text(get_dimensions(value))
        if arrays is not None and numbers.size > LARGE:
            arrays[name] = numbers
            return {"array": name, "unit": unit}
        return {"value": numbers.tolist(), "unit": unit}
    if isinstance(value, Row):
        return {"row": {key: inner(item, key) for key, item in value.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = [field.name for field in dataclasses.fields(value) if field.init]
        return {"row": {key: inner(getattr(value, key), key) for key in own}}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {"dict": {key: inner(item, key) for key, item in value.items()}}
        return {
            "pairs": [[inner(key, "key"), inner(item, position)] for position, (key, item) in enumerate(value.items())]
        }
    if isinstance(value, (tuple, list)):
        items = [inner(item, position) for position, item in enumerate(value)]
        return items if isinstance(value, tuple) else {"list": items}
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, TimedArray):
        values = Quantity(value.values, dim=value.dim)
        parts = {"values": values, "dt": Quantity(value.dt, dim=second.dim), "name": value.name}
        return {"timed_array": {key: inner(item, key) for key, item in parts.items()}}
    return {"text": str(value)}


def from_json(value, arrays):
    """The value that `to_json` wrote; `arrays` has the large arrays by name. Raises ValueError for an unknown tag."""

    def inner(item):
        return from_json(item, arrays)

    if isinstance(value, list):
        return tuple(inner(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "unit" in value:
        return with_unit(arrays[value["array"]] if "array" in value else value["value"], value["unit"])
    (tag, content), *others = value.items()
    if others:
        raise ValueError(f"{', '.join(value)} cannot be one value")
    if tag in ("row", "dict"):
        return (Row if tag == "row" else dict)({key: inner(item) for key, item in content.items()})
    if tag == "pairs":
        return {inner(key): inner(item) for key, item in content}
    if tag == "list":
        return [inner(item) for item in content]
    if tag == "path":
        return Path(content)
    if tag == "text":
        return Text(content)
    if tag == "timed_array":
        parts = {key: inner(item) for key, item in content.items()}
        return TimedArray(parts["values"], dt=parts["dt"], name=parts["name"])
    raise ValueError(f"unknown kind of value {tag!r}")


def with_unit(numbers, unit: str):
    """SI numbers with their unit; without a unit a single number is a Python number."""
    numbers = np.asarray(numbers)
    if numbers.dtype.hasobject:
        raise ValueError("the rows of an array have different lengths")
    dimensions = get_dimensions(quantities.parse(unit))
    if dimensions.is_dimensionless:
        return numbers if numbers.ndim else numbers.item()
    return Quantity(numbers, dim=dimensions)


def as_annotated(value, kind, lost: set):
    """`value` with its rows as objects of the dataclasses in the annotation `kind`.

    What a row has and its class has no field for is left out, and named in `lost`. Raises TypeError when a row lacks a
    field without a default.
    """
    choices = get_args(kind) or (kind,)
    if isinstance(value, Row):
        for row_class in choices:
            if dataclasses.is_dataclass(row_class):
                kinds = _kinds(row_class)
                lost |= {f"{key} of {row_class.__name__}" for key in value.keys() - kinds.keys()}
                kept = {key: item for key, item in value.items() if key in kinds}
                return row_class(**{key: as_annotated(item, kinds[key], lost) for key, item in kept.items()})
    elif isinstance(value, (tuple, list)):
        return type(value)(as_annotated(item, kind, lost) for item in value)
    elif type(value) is dict:
        return {key: as_annotated(item, kind, lost) for key, item in value.items()}
    return value


def is_whole(value) -> bool:
    """Whether storing has lost nothing of `value`."""
    if isinstance(value, dict):
        return all(is_whole(item) for item in value.values())
    if isinstance(value, (tuple, list)):
        return all(is_whole(item) for item in value)
    return not isinstance(value, Text)


def _kinds(row_class):
    found = {}
    for base in reversed(row_class.__mro__):
        found |= inspect.get_annotations(base, eval_str=True)
    return found
