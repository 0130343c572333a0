"""Brian2's units, in a form that type checkers accept as annotations.

    from zoo.units import ms, second

    class Cells(Model):
        tau: second = 20 * ms

Each name gives the object that ``from brian2 import second`` gives. Brian2 has no type annotations, so that pyright and mypy
take its units for variables, and refuse a variable as an annotation; those of this module they accept.
"""

from typing import Any

from zoo.core.quantities import UNITS


def __getattr__(name: str) -> Any:
    if name not in UNITS:
        raise AttributeError(f"Brian2 has no unit {name!r}")
    return UNITS[name]


def __dir__() -> list[str]:
    return sorted(UNITS)
