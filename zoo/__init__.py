"""An equation-oriented model zoo for Brian2: models as equation strings, run on standalone C++."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.script import hook

if TYPE_CHECKING:  # what is imported at first use, for editors and type checkers
    from zoo.analysis import exchange as exchange
    from zoo.analysis import plots as plots
    from zoo.analysis import rates as rates
    from zoo.analysis import statistics as statistics
    from zoo.claim import Claim as Claim
    from zoo.command.main import cli as cli
    from zoo.core import progress as progress
    from zoo.core.errors import ZooError as ZooError
    from zoo.engine.program import Interrupted as Interrupted
    from zoo.engine.program import NotFinite as NotFinite
    from zoo.engine.program import Program as Program
    from zoo.engine.program import program as program
    from zoo.engine.program import simulate as simulate
    from zoo.images import datasets as datasets
    from zoo.images import encoding as encoding
    from zoo.images import readout as readout
    from zoo.model import Model as Model
    from zoo.model import replace as replace
    from zoo.result import Result as Result
    from zoo.rule import Rule as Rule
    from zoo.sweeps.sweep import Sweep as Sweep
    from zoo.sweeps.sweep import sweep as sweep
    from zoo.web.explore import explore as explore

__version__ = "0.2.0"

__all__ = [
    "Claim",
    "Interrupted",
    "Model",
    "NotFinite",
    "Program",
    "Result",
    "Rule",
    "Sweep",
    "ZooError",
    "cli",
    "datasets",
    "encoding",
    "exchange",
    "explore",
    "plots",
    "program",
    "progress",
    "rates",
    "readout",
    "replace",
    "simulate",
    "statistics",
    "sweep",
]

# The modules of the names above, imported at the first use, so that `zoo --help` need not wait for Brian2.
_FROM = {
    "Claim": "zoo.claim",
    "Interrupted": "zoo.engine.program",
    "Model": "zoo.model",
    "NotFinite": "zoo.engine.program",
    "Program": "zoo.engine.program",
    "Result": "zoo.result",
    "Rule": "zoo.rule",
    "Sweep": "zoo.sweeps.sweep",
    "ZooError": "zoo.core.errors",
    "cli": "zoo.command.main",
    "datasets": "zoo.images",
    "encoding": "zoo.images",
    "exchange": "zoo.analysis",
    "explore": "zoo.web.explore",
    "plots": "zoo.analysis",
    "program": "zoo.engine.program",
    "progress": "zoo.core",
    "rates": "zoo.analysis",
    "readout": "zoo.images",
    "replace": "zoo.model",
    "simulate": "zoo.engine.program",
    "statistics": "zoo.analysis",
    "sweep": "zoo.sweeps.sweep",
}

# A script in the folder of a clone imports this package from there, where models/ and experiments/ are next to zoo/.
_clone = Path(__file__).parents[1]
if (_clone / "models/references.bib").exists() and not (Path(__file__).parent / "models").exists():
    __path__.append(str(_clone))


if not TYPE_CHECKING:  # to which every name would be one of ours

    def __getattr__(name: str) -> object:
        if name not in _FROM:
            raise AttributeError(f"module 'zoo' has no attribute {name!r}")
        source = importlib.import_module(_FROM[name])
        found = getattr(source, name, None) or importlib.import_module(f"{_FROM[name]}.{name}")
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


hook.install()
