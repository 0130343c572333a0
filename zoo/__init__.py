"""An equation-oriented model zoo for Brian2: models as equation strings, run on standalone C++."""

import importlib
import sys
import types

__version__ = "0.1.0"

# Name -> the module it comes from, imported at first use: `zoo --help` need not wait for Brian2.
_EXPORTS = {
    "Model": "zoo.model",
    "Rule": "zoo.rule",
    "Program": "zoo.engine.program",
    "Result": "zoo.result",
    "Sweep": "zoo.sweeps.sweep",
    "ZooError": "zoo.core.errors",
    "cli": "zoo.command.main",
    "program": "zoo.engine.program",
    "replace": "zoo.model",
    "simulate": "zoo.engine.program",
    "sweep": "zoo.sweeps.sweep",
}
_MODULES = ("datasets", "encoding", "plots", "progress", "readout")

__all__ = [*_EXPORTS, *_MODULES]


def __getattr__(name):
    if name in _EXPORTS:
        value = getattr(importlib.import_module(_EXPORTS[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"zoo.{name}")
    raise AttributeError(f"module 'zoo' has no attribute {name!r}")


class _Zoo(types.ModuleType):
    """Keeps `zoo.command.main` and `zoo.engine.program` the functions, also when the files of the same names are imported."""

    def __setattr__(self, name, value):
        if isinstance(value, types.ModuleType) and name in _EXPORTS:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Zoo
