"""Limits of the values of fields, which the class of a model declares next to its fields.

    limits = {
        "C_m tau_e tau_i": "> 0",
        "delay": ">= 0*ms",
        "dopamine": (0, 2),             from 0 to 2
        "rule": ("pair", "triplet"),    one of these
    }

A name, or several separated by spaces, and a bound: a comparison with a number, the two ends of a range, or the allowed
strings. A number other than 0 has the dimension of the field.
"""

import operator
import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from brian2 import Quantity, have_same_dimensions

from zoo.core import quantities
from zoo.core.errors import ZooError, quoted, unknown

_COMPARISONS = {
    ">": (operator.gt, "above"),
    ">=": (operator.ge, "at least"),
    "<": (operator.lt, "below"),
    "<=": (operator.le, "at most"),
}


@dataclass(frozen=True)
class Limit:
    """The comparisons with numbers in SI units that all of an array must meet, and the words for the message."""

    bounds: tuple[tuple[str, float], ...]
    words: str

    def allows(self, numbers: np.ndarray) -> np.ndarray:
        return np.logical_and.reduce([_COMPARISONS[one][0](numbers, bound) for one, bound in self.bounds])

    def check(self, name: str, value) -> None:
        """Raise ZooError, with field, value and bound, for a number in `value` that is not allowed."""
        numbers = np.asarray(value)
        allowed = self.allows(numbers)
        if not np.all(allowed):
            if numbers.ndim:  # the first wrong one
                value = value[tuple(np.argwhere(~allowed)[0])]
            shown = quantities.format(value) if isinstance(value, (Quantity, float)) else quoted(value)
            raise ZooError(f"{name} is {shown}; it must be {self.words}.")


@dataclass(frozen=True)
class Choice:
    """A choice of strings."""

    texts: Collection[str]

    def check(self, name: str, value) -> None:
        """Raise ZooError, with the nearest strings, for another one."""
        if value not in self.texts:
            raise unknown(name, value, self.texts)


def read(class_name: str, declared: dict, kinds: dict) -> dict:
    """Field -> Limit or Choice of the table `declared`; `kinds` are the annotations of all fields.

    Raises ZooError for a name that is no field, and for a bound that cannot be read or has another dimension.
    """
    found = {}
    for names, bound in declared.items():
        for name in names.split():
            if name not in kinds:
                raise unknown(f"field in limits of {class_name}:", name, kinds)
            try:
                found[name] = _limit(bound, kinds[name])
            except (ZooError, ValueError) as error:
                raise ZooError(
                    f"limits of {class_name} has {bound!r} for {name}: {str(error).rstrip('.')}; write '> 0', '>= 0', "
                    "(least, largest) or a tuple of strings."
                ) from None
    return found


def _limit(bound, kind):
    if isinstance(bound, str):
        match = re.fullmatch(r"\s*([<>]=?)\s*(\S+)\s*", bound)
        if match is None:
            raise ValueError("it is no comparison with a number")
        number = _number(quantities.parse(match[2]), kind)
        return Limit(((match[1], number),), f"{_COMPARISONS[match[1]][1]} {match[2]}")
    if all(isinstance(choice, str) for choice in bound):
        if kind is not str:
            raise ValueError("these are strings, which the field does not have")
        return Choice(bound)
    ends = tuple(bound)
    if len(ends) != 2:
        raise ValueError("a range must have two ends")
    low, high = (_number(end, kind) for end in ends)
    shown = [quantities.format(end) if isinstance(end, Quantity) else str(end) for end in ends]
    return Limit(((">=", low), ("<=", high)), f"from {shown[0]} to {shown[1]}")


def _number(value, kind):
    unit = 1 if kind in (int, float) else kind
    if not isinstance(unit, (Quantity, int)):
        raise ValueError("the field is no number")
    if value != 0 and not have_same_dimensions(value, unit):
        raise ValueError(f"{value} is not in {quantities.unit_text(unit)}")
    return float(value)
