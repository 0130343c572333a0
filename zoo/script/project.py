"""A script without its simulation: the C++ project of its first program, and its equations.

The script runs up to where its first program is complete: at the first result that it reads, at `device.build`, at the first
`run` of a device that builds there, or at its end.
"""

import contextlib
import json
import sys
from pathlib import Path

import numpy as np
from brian2 import Quantity, prefs
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant

from zoo.catalogue import cards
from zoo.core import quantities
from zoo.core.columns import columns
from zoo.script.lazy import LazyZoo

_README = """\
# {name}

The simulation of {name} in C++, written by Brian2 and the Brian2 model zoo. It needs a C++ compiler and make, no Python.

    make && ./main

writes its results to `results/`. `./main name=value` sets all elements of a variable just before the simulation, in SI
units; `name=file` sets each of them, to the raw numbers in a file. The folder must be the working directory.

The results are raw arrays in the byte order of this machine; `results.json` has this table.

{results}
"""


class Complete(BaseException):
    """The first program of the script is known. Not an Exception, which the script might catch."""


class Project(LazyZoo):
    """Writes the project of the first program to `folder`."""

    def __init__(self, name: str, folder: Path):
        super().__init__()
        self.script, self.folder = name, folder

    def build(self, directory=None, compile=True, run=True, **options):
        # Brian2 adds the folders of the Python environment, which would tie the project to this machine.
        for name in ("include_dirs", "library_dirs", "runtime_library_dirs"):
            preference = f"codegen.cpp.{name}"
            prefs[preference] = [path for path in prefs[preference] if not Path(path).is_relative_to(sys.prefix)]
        super().build(directory=str(self.folder), compile=False, run=False, **options)
        results = self._results()
        (self.folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        rows = [("file", "name", "unit", "type"), ("---",) * 4]
        rows += [(f"`results/{row['file']}`", f"`{name}`", row["unit"], row["type"]) for name, row in results.items()]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        (self.folder / "README.md").write_text(_README.format(name=self.script, results=table))
        raise Complete

    def _results(self):
        found = {}
        for variable in [*self.arrays, *self.dynamic_arrays, *self.dynamic_arrays_2d]:
            owner = getattr(variable.owner, "name", None)
            if owner and not variable.name.startswith("_"):
                found[f"{owner}.{variable.name}"] = {
                    "file": self.get_array_filename(variable),
                    "type": np.dtype(variable.dtype).name,
                    "unit": quantities.si_text(variable.dim),
                }
        return dict(sorted(found.items()))


class Equations(LazyZoo):
    """Collects what the networks of the first program compute."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def network_run(self, net, *arguments, level=0, **options):
        lines = cards.network_lines(net)
        if lines not in self.shown:
            self.shown.append(lines)
        with contextlib.suppress(NotImplementedError):  # only Brian2's runtime device can run it
            super().network_run(net, *arguments, level=level + 1, **options)

    def build(self, *arguments, **options):
        raise Complete

    def lines(self) -> list:
        """Everything that the networks compute, and the constants in it."""
        lines = []
        for number, shown in enumerate(self.shown, 1):
            title = f"Network {number}" if len(self.shown) > 1 else "Equations"
            lines += [title, "-" * len(title), *shown, ""]
        constants = self._constants()
        if constants:
            lines += ["Constants", "---------", *columns(sorted(constants.items()))]
        return lines

    def _constants(self):
        return {
            name: quantities.format(Quantity(getattr(variable, "number", variable.value), variable.dim))
            for _, arguments in self.waiting
            for name, variable in arguments["variables"].items()
            if isinstance(variable, Constant)
            and variable.owner is None
            and name not in DEFAULT_UNITS
            and not name.startswith("_")
        }
