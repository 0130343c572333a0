"""What a page shows of a model: the ranges of its sliders, its duration, and the size of a network that browsers can run.

A model declares it in its table `explore`, {field: (lowest, highest)}. A field with None has no slider, one with a value has
this value in a browser, and "duration" is the simulated time. Bases add their rows.
"""

from brian2 import Quantity, have_same_dimensions, mV, second, volt

from zoo.core import quantities
from zoo.core.errors import ZooError, unknown
from zoo.model import Model, annotations, replace, values_equal
from zoo.web import units

# A slider spans from a tenth to ten times a positive value, unless the model says otherwise.
_SPAN = 10
# Factors make no sense for a potential of 0 or below: its slider spans as much to both sides.
_POTENTIALS = 40 * mV


def table(model: Model) -> dict:
    """The rows of `explore` of a model and its bases; raises ZooError for rows that do not fit its fields."""
    name = type(model).__name__
    rows: dict = {}
    for base in reversed(type(model).__mro__):
        rows |= base.__dict__.get("explore", {})
    kinds = annotations(type(model))
    found = {}
    for field, row in rows.items():
        if field == "duration":
            found[field] = quantities.check_one("explore['duration']", row, second)
            continue
        if field not in kinds:
            if field not in type(model).__dict__.get("explore", {}):
                continue  # of a base, for those of its models that have the field
            raise unknown(f"field in explore of {name}", field, kinds)
        if isinstance(row, tuple):
            unit = Quantity(1) if kinds[field] in (int, float) else kinds[field]
            low, high = (quantities.check_one(f"explore[{field!r}]", end, unit) for end in row)
            if not low < high:
                raise ZooError(f"explore[{field!r}] of {name} must be two numbers, the smaller one first.")
            row = (low, high)
        found[field] = row
    return found


def span(model: Model, name: str, scale: float) -> tuple:
    """(lowest, highest, whether its steps are factors) of the slider of a field, in a unit of size `scale` in SI units."""
    value = getattr(model, name)
    number = round(float(value) / scale, 12)
    row = table(model).get(name)
    if isinstance(row, tuple):
        low, high = (round(float(end) / scale, 12) for end in row)
        return low, high, False
    limit = model.limits.get(name)
    if isinstance(limit, tuple) and len(limit) == 2:
        low, high = (float(end) / scale for end in limit)
        return low, high, False
    if isinstance(value, Quantity) and number <= 0 and have_same_dimensions(value, volt):
        more = round(float(_POTENTIALS) / scale, 12)
        return number - more, number + more, False
    if number <= 0:
        return (2 * number, 0.0, False) if number else (-1.0, 1.0, False)
    return float(f"{number / _SPAN:.12g}"), float(f"{number * _SPAN:.12g}"), True


def has_slider(model: Model, name: str) -> bool:
    """Whether the table leaves the field its slider."""
    return table(model).get(name, ()) is not None


def duration(model: Model, otherwise):
    """The simulated time of a page."""
    return table(model).get("duration", otherwise)


def in_browser(model: Model) -> tuple:
    """`model` in the size that browsers can run, and a sentence that says what is smaller, or "".

    Fields that differ from their defaults stay as they are.
    """
    rows = {name: row for name, row in table(model).items() if name != "duration" and row is not None}
    changes = {
        name: value
        for name, value in rows.items()
        if not isinstance(value, tuple) and values_equal(getattr(model, name), getattr(type(model), name))
    }
    if not changes:
        return model, ""
    said = [f"{name} = {_compared(value, getattr(model, name))}" for name, value in changes.items()]
    return replace(model, **changes), f"This network is smaller, so that a browser can run it: {', '.join(said)}."


def _compared(value, usual):
    """Two values of a field as text in the unit of the first, ``1.5 nS instead of 0.3 nS``."""
    if not isinstance(value, Quantity) or value.is_dimensionless:
        return f"{float(value):g} instead of {float(usual):g}"
    unit = value.get_best_unit()
    text = units.printed(quantities.unit_text(unit))
    return f"{float(value / unit):g} {text} instead of {float(usual / unit):g} {text}"
