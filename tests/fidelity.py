"""The table of how far the models are from their references: `python -m tests.fidelity FILE` measures and writes it."""

import sys
from pathlib import Path

from tests import fidelity_hh_grid, fidelity_izhikevich
from zoo.core import files

HEAD = """\
# Fidelity

This page shows how far the models are from simulators that share no code with them; `make fidelity` runs every case and
writes it. The Hodgkin-Huxley grids are compared with NEURON 9 (`dt025`, `dt005`: its fixed step, where every spike must
be in the same step; `cvode`: its adaptive solver, converged), the Izhikevich networks with plain sums of the kernels
over past spikes. [tests/reference](../tests/reference/README.md) describes the references.
"""
COLUMNS = (
    "case",
    "solver",
    "dt (ms)",
    "backend",
    "compared with",
    "spikes",
    "differing spikes",
    "largest time error (ms)",
    "largest voltage error (mV)",
    "largest error of I",
)
BACKENDS = ("cpp", "runtime")


def table(rows) -> str:
    """The rows, dictionaries, as a table in Markdown."""
    lines = [" | ".join(COLUMNS), " | ".join("---" for _ in COLUMNS)]
    for row in rows:
        lines.append(" | ".join(_shown(row.get(column)) for column in COLUMNS))
    return "".join(f"| {line} |\n" for line in lines)


def _shown(value):
    if value is None:
        return "-"
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def main(path):
    rows = []
    for backend in BACKENDS:
        for module in (fidelity_izhikevich, fidelity_hh_grid):
            print(f"{module.__name__.split('.')[-1]} on {backend} ...", file=sys.stderr)
            rows += module.rows(backend)
    with files.replacing(Path(path)) as new:
        new.write_text(f"{HEAD}\n{table(rows)}")
    print(f"wrote {path}")
    # Against a converged solver spikes may be lost; against the same scheme every spike is in the same step.
    wrong = [row for row in rows if row["compared with"] != "cvode" and row["differing spikes"]]
    for row in wrong:
        print(
            f"{row['differing spikes']} spikes of {row['case']} on {row['backend']} differ from {row['compared with']}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
