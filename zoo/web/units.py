"""Units as a page prints them."""

import re

from zoo.analysis.plots import typeset

# Brian2 prints some units by their names, with a prefix or without.
_SYMBOLS = {
    prefix + name: prefix + symbol
    for prefix in ("", "n", "u", "m", "k", "c", "p", "M")
    for name, symbol in {
        "second": "s", "volt": "V", "amp": "A", "siemens": "S", "farad": "F", "metre": "m", "meter": "m", "hertz": "Hz",
        "ohm": "Ω",
    }.items()
}  # fmt: skip


def printed(unit: str) -> str:
    """A unit of equations as the field prints it: metre is m, ``uA/cm**2`` is µA/cm²."""
    return typeset(re.sub(r"[A-Za-z]+", lambda name: _SYMBOLS.get(name[0], name[0]), unit))
