"""A fingerprint of a network: equal for two networks only when Brian2 would generate the same C++ for both.

It depends only on the results of a model's `build` and `initialise`, not on their Python code: every argument that the code
generator would get (see `zoo.codegen.deferred`), and everything that the C++ device has recorded. The contents of arrays are
left out: they are files that a program reads. A network with unknown objects has no fingerprint (None): its C++ is
generated, and the hash of the sources decides.
"""

import functools
import hashlib
import json
import sys
import weakref
from collections.abc import Mapping
from pathlib import Path

import brian2
import numpy as np
import sympy
from brian2 import Clock, Function, Network, Quantity, prefs
from brian2.core.base import BrianObject
from brian2.core.variables import Variable
from brian2.devices.device import Device
from brian2.equations.codestrings import CodeString
from brian2.units.fundamentalunits import Dimension, get_dimensions

from zoo.codegen.deferred import DeferredCodeObject
from zoo.codegen.numbers import Number

# Attributes of the device that do not affect the sources. Values of arrays are recorded when the generator reads them.
_HOW = {
    "array_cache", "build_on_run", "build_options", "defaultclock", "project_dir", "results_dir", "run_environment_variables",
    "seed", "static_arrays", "surprises", "timers", "writer", "generated_sources", "code_objects", "waiting", "main_queue", "numbers",
}  # fmt: skip
_CONTENTS = ("sources", "headers", "include_dirs", "libraries")  # the contents of these files matter too


class _Unknown(Exception):
    """An object that the fingerprint cannot describe."""


def fingerprint(device, also=()) -> str | None:
    """The fingerprint of the network that `device` has recorded, or None; `also` are further strings to include."""
    if not hasattr(device, "waiting"):
        return None
    write = _Writer(device)
    try:
        parts = [
            *surroundings(), *also,
            [(name, write(prefs[name])) for name in sorted(prefs)],
            [(name, write(value)) for name, value in sorted(vars(device).items()) if name not in _HOW],
            [(kind, write(arguments)) for kind, arguments in device.main_queue],
            [write.code_object(*waiting) for waiting in device.waiting],
            sorted(device.code_objects),
        ]  # fmt: skip
    except (_Unknown, ReferenceError):  # an object that Python has deleted
        return None
    return _digest(json.dumps(parts))


@functools.cache
def surroundings():
    """The code generator: the files of the zoo, and the versions of other packages."""
    digest = hashlib.sha256()
    folder = Path(__file__).parents[1]
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".h", ".cpp", ".cu") and path.is_file():
            digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest(), sys.version, brian2.__version__, brian2.__file__, np.__version__, sympy.__version__


def _digest(text):
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class _Writer:
    """Values as strings, equal only for equal values; raises _Unknown for other objects."""

    def __init__(self, device):
        self.device = device
        self.known = {}  # id -> (value, text); the value stays alive, and with it its id

    def __call__(self, value):
        kind = type(value)
        if kind in _PLAIN:
            return f"{kind.__name__} {value!r}"
        found = self.known.get(id(value))
        if found is None:
            # A name represents an object that is being written, as variables refer to each other.
            self.known[id(value)] = value, f"again {kind.__name__} {getattr(value, 'name', '')}"
            found = self.known[id(value)] = value, _digest(_writer(kind)(self, value))
        return found[1]

    def _array(self, value):
        numbers = np.ascontiguousarray(value)
        if numbers.dtype.hasobject:
            raise _Unknown(value)
        content = hashlib.blake2b(numbers.tobytes(), digest_size=16).hexdigest()
        return f"array {self(get_dimensions(value))} {numbers.dtype.str} {np.shape(value)} {content}"

    def _list(self, value):
        return f"{type(value).__name__} {[self(item) for item in value]}"

    def _set(self, value):
        return f"set {[self(item) for item in sorted(value, key=self._order)]}"

    def _mapping(self, value):
        items = sorted(value.items(), key=lambda item: self._order(item[0]))
        return f"dict {[(self(key), self(item)) for key, item in items]}"

    def _variable(self, variable):
        return self._fields(variable, without=("owner", "values")) + self._names(variable)

    def _number(self, number):
        return self._fields(number, without=("owner", "number", "value"))  # place and function tell where it is read

    def _unknown(self, value):
        raise _Unknown(value)

    def _order(self, item):
        """The key that sorts a set, whose order differs between processes."""
        array = self.device.arrays.get(item, "") if isinstance(item, Variable) else ""
        return array, str(getattr(item, "name", item))

    def _fields(self, value, without):
        parts = {name: self(part) for name, part in sorted(vars(value).items()) if name not in without}
        return f"{type(value).__name__} {parts}"

    def _names(self, variable):
        names = [getattr(self.device, part).get(variable) for part in ("arrays", "dynamic_arrays", "dynamic_arrays_2d")]
        return f"{names} of {getattr(getattr(variable, 'owner', None), 'name', None)}"

    def _object(self, item):
        """The compiled properties of an object besides its code."""
        names = ("prepost", "synapse_sources", "synapse_targets", "_registered_variables", "start", "stop")
        parts = {name: self(getattr(item, name)) for name in names if hasattr(item, name)}
        parts |= {"clock": self(item.clock), "variables": self(dict(getattr(item, "variables", {})))}
        if hasattr(item, "_pathways"):
            parts["pathways"] = [(self(pathway), self(pathway.source)) for pathway in item._pathways]
        return f"{type(item).__name__} {item.name} {parts}"

    def code_object(self, codeobj, arguments):
        """All arguments of the generator for a code object."""
        if any(arguments["compiler_kwds"].get(name) for name in _CONTENTS):
            raise _Unknown(codeobj)
        functions = {
            name: self._function(variable, codeobj)
            for name, variable in sorted(arguments["variables"].items())
            if isinstance(variable, Function)
        }
        return [codeobj.name, self(type(codeobj)), self(arguments), functions]

    def _function(self, function, codeobj):
        """The C++ of a function for this piece of code; its arrays are files."""
        try:
            implementation = function.implementations[type(codeobj)]
            code = implementation.get_code(codeobj.owner)
            namespace = implementation.get_namespace(codeobj.owner) or {}
        except Exception as error:  # Brian2's message is better
            raise _Unknown(function) from error
        if any(implementation.compiler_kwds.get(name) for name in _CONTENTS):
            raise _Unknown(function)
        arrays = {name: value for name, value in namespace.items() if isinstance(value, np.ndarray)}
        return [
            self(implementation.name), self(code), self(implementation.compiler_kwds),
            sorted((name, value.dtype.str, value.shape) for name, value in arrays.items()),
            self({name: value for name, value in namespace.items() if name not in arrays}),
            self((function._arg_types, function._return_type, function.stateless, function.auto_vectorise)),
            [(name, self._function(part, codeobj)) for name, part in sorted(implementation.dependencies.items())],
        ]  # fmt: skip


_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes})

# The first that fits writes a value.
_WRITERS = (
    ((Quantity, np.ndarray, np.generic), _Writer._array),
    (Dimension, lambda write, value: f"dimension {[float(power) for power in value._dims]}"),
    (sympy.Basic, lambda write, value: sympy.srepr(value)),
    (np.dtype, lambda write, value: f"dtype {value.str}"),
    (type, lambda write, value: f"class {value.__module__}.{value.__qualname__}"),
    ((tuple, list), _Writer._list),
    ((set, frozenset), _Writer._set),
    (Device, lambda write, value: "device"),
    (weakref.ProxyTypes, lambda write, value: write(value.__repr__.__self__)),
    (Mapping, _Writer._mapping),
    (DeferredCodeObject, lambda write, value: f"code {value.name}"),
    (Clock, lambda write, value: f"clock {value.name}"),  # its time step is an array
    (Network, lambda write, value: f"network {value.name} {[write(item) for item in value.sorted_objects]}"),
    (Function, lambda write, value: f"function {getattr(value, 'name', '')}"),  # written where it is used
    (Number, _Writer._number),
    (Variable, _Writer._variable),
    (BrianObject, _Writer._object),
    (CodeString, lambda write, value: write._fields(value, without=())),
)


@functools.cache
def _writer(kind):
    """How values of the class `kind` are written."""
    return next((writer for known, writer in _WRITERS if issubclass(kind, known)), _Writer._unknown)
