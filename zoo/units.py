"""Brian2's units, in a form that type checkers accept as annotations.

    from zoo.units import ms, second

    class Cells(Model):
        tau: second = 20 * ms

Each name is the same object as in Brian2. Brian2 has no type annotations, so pyright and mypy treat its units as variables,
which they refuse as annotations; they accept those of this module.
"""

from typing import Any

from zoo.core.quantities import UNITS


def __getattr__(name: str) -> Any:
    if name not in UNITS:
        raise AttributeError(f"Brian2 has no unit {name!r}")
    return UNITS[name]


def __dir__() -> list[str]:
    return sorted(UNITS)
