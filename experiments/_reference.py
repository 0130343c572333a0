"""The numbers that independent simulators have computed, in reference/; its README describes them."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from zoo import Claim


def load(name: str) -> dict[str, Any]:
    """The contents of reference/NAME.json."""
    return json.loads((Path(__file__).parent / "reference" / f"{name}.json").read_text())


def arrays(name: str) -> dict[str, Any]:
    """The arrays of reference/NAME.npz."""
    with np.load(Path(__file__).parent / "reference" / f"{name}.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def of_seeds(runs, quantities, source, names=None, **options) -> tuple[Claim, ...]:
    """A claim for each of `quantities` (name -> unit) about the mean over seeds of `runs` (seed -> name -> number).

    Two networks of different programs have the same spread from seed to seed. `names` maps names of `runs` to those of
    `measure`; `options` go to Claim.
    """
    claims = []
    for name, unit in quantities.items():
        values = np.array([run[name] for run in runs.values()])
        spread = float(values.std(ddof=1))
        claims.append(
            Claim(
                quantity=(names or {}).get(name, name),
                expected=float(values.mean()),
                unit=unit,
                tolerance=0.02 * float(values.mean()),
                reason=f"2 %, or 3.3 standard errors; the standard deviation from network to network is {spread:.2g}",
                source=source,
                seeds=5,
                spread=spread,
                error=spread / len(values) ** 0.5,
                **options,
            )
        )
    return tuple(claims)
