"""Which fields of a model change without compiling, found by building it with other values.

Whatever Python code a model has, it shows in what the code builds: a field is data where the network has the same fingerprint
(see `zoo.codegen.fingerprint`) with another value. All likely fields are changed at once, and halved where that compiles.
"""

import numpy as np
from brian2 import BrianLogger

from zoo.codegen.numbers import CONSTANTS
from zoo.core import scratch
from zoo.core.errors import ZooError
from zoo.engine.standalone import StandaloneProgram
from zoo.model import Model, annotations, replace

# Other values for a factor: multiplied by integers, time steps still fit into each other. The first that a model accepts is used.
_OTHERS = (
    lambda value, factor: factor * value,
    lambda value, factor: value / factor,
    lambda value, factor: value * (1 - 0.1 / factor),
    lambda value, factor: value * (1 + 1e-9 * factor),
)


class _Uncompiled(StandaloneProgram):
    """A program of which only the fingerprint and the data are made."""

    def _make(self):
        self.mark = self._build(lambda mark: mark)
        self.files = {path.name: path.read_bytes() for path in self._arrays.iterdir() if path.name not in CONSTANTS}
        self.values = {name: value.tobytes() for name, value in self.defaults.items()}

    def differs(self, other, fields):
        """Whether anything but the values and the constants named `fields` is different in `other`."""
        return self._without(fields) != other._without(fields)

    def _without(self, fields):
        numbers = {key: number for key, number in self.numbers.items() if number[0] not in fields}
        values = {key: data for key, data in self.values.items() if key.partition(".")[2] not in fields}
        return self.mark, self.files, numbers, values

    def _checked_duration(self, duration):
        return duration  # nothing is run


def fields_as_data(model: Model) -> dict:
    """Field -> whether it is data, for the fields of `model` that are numbers and have another value that it accepts.

    Empty when the network has no fingerprint. Raises ZooError when the model cannot be built.
    """
    mark = _built(model).mark
    return _settled(model, annotations(type(model)), lambda other, fields: other.mark == mark) if mark else {}


def fields_as_constants(model: Model) -> dict:
    """Field -> its Number, for the fields of `model` of which a program reads nothing but constants in strings.

    Python code that computes a time step, a size or an initial value from a field would not follow the constant.
    """
    one = _built(model)
    return {name: one.constants[name] for name in _alone(model, one, one.constants)}


def fields_of_program(model: Model) -> dict:
    """Field -> the names under which the program of `model` takes it, for the fields on which nothing else depends."""
    one = _built(model)
    targets = {name: (name,) for name in one.constants}
    targets |= {name: tuple(f"{group}.{name}" for group in groups) for name, groups in one.declared.items()}
    return {name: targets[name] for name in _alone(model, one, targets)}


def _alone(model, one, names):
    """Those fields among `names` that change nothing in the program `one` but the values and constants of their names."""
    fields = [name for name in annotations(type(model)) if name in names]
    found = _settled(model, fields, lambda other, changed: not one.differs(other, changed)) if one.mark else {}
    return [name for name, is_alone in found.items() if is_alone]


def _settled(model, names, same):
    """Field -> `same(program, fields)` with another value of it, for those `names` that have one."""
    # Each has its own factor: of two fields that are doubled, the quotient, such as a number of steps, would be the same.
    candidates = {name: _other(model, name, factor) for factor, name in enumerate(names, start=2)}
    others = {name: other for name, other in candidates.items() if other is not None}
    found = {}
    likely = {name for name in others if not isinstance(others[name], int) and np.all(getattr(model, name))} - {"dt"}
    _settle(model, same, {name: other for name, other in others.items() if name in likely}, found)
    for name in others.keys() - likely:
        _settle(model, same, {name: others[name]}, found)
    return found


def _settle(model, same, others, found):
    """Add to `found` whether the fields `others` (name -> value) change nothing: all of them, or else each half."""
    if not others:
        return
    try:
        are_same = same(_built(replace(model, **others)), others)
    except ZooError:  # together, or alone, they are no model
        are_same = None
    if are_same or (len(others) == 1 and are_same is not None):
        found.update(dict.fromkeys(others, are_same))
    elif len(others) > 1:
        items = list(others.items())
        for half in (items[: len(items) // 2], items[len(items) // 2 :]):
            _settle(model, same, dict(half), found)


def _built(model):
    BrianLogger.suppress_name("unused_brian_object")
    with scratch.folder() as folder:
        return _Uncompiled(model, 1000 * model.dt, None, "cpp", folder, True, None)


def _other(model, name, factor):
    """Another value of a field that is a number or an array of numbers; None where the model accepts none."""
    value = getattr(model, name)
    if not isinstance(value, (int, float, np.ndarray)):
        return None
    if isinstance(value, bool):
        candidates = [not value]
    elif isinstance(value, int):
        candidates = [value + 1, value - 1]
    elif np.all(value):
        candidates = [other(value, factor) for other in _OTHERS]
    else:
        unit = annotations(type(model))[name]
        candidates = [np.where(np.asarray(value), value, sign * 1e-3) * (unit / float(unit)) for sign in (1, -1)]
    for candidate in candidates:
        try:
            replace(model, **{name: candidate})
        except ZooError:
            continue
        return candidate
    return None
