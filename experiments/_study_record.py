"""Measurements of rows in brief: accuracies and their standard errors, those made here and those that come with the zoo."""

import json
import math
from pathlib import Path

import numpy as np

from zoo import ZooError
from zoo.core import files
from zoo.experiments import _reference
from zoo.training.evaluation import READOUTS, key

_KEPT = "learning_performance"


def brief(row, results) -> dict:
    """The mean accuracy of every readout in per cent over `results`, one for each seed, and its standard error."""
    first = results[0].numbers
    values = {title: 100 * np.array([result.numbers[key(title)] for result in results]) for title in READOUTS}
    return {
        "images": first["plan"]["train"] * row.epochs,
        "dataset": row.dataset,
        "held_out": first["plan"]["held_out"],
        "setting": row.setting,
        "seeds": len(results),
        "mean": {title: round(float(own.mean()), 2) for title, own in values.items()},
        "error": {title: round(float(own.std(ddof=1)) / math.sqrt(len(own)), 2) for title, own in values.items()}
        if len(results) > 1
        else {},
        "nearest_centroid": round(100 * float(np.mean([result.numbers["nearest_centroid"] for result in results])), 1),
        "silent": round(
            100 * float(np.mean([result.numbers["silent_images"] / len(result["testing.labels"]) for result in results])), 1
        ),
        "cpu_seconds": round(float(np.mean([result.numbers["cpu_seconds"] for result in results]))),
    }  # fmt: skip


def kept(rows) -> dict:
    """Name -> `brief` of those `rows` that were measured with these settings and come with the zoo."""
    found = _reference.load(_KEPT)["rows"]
    return {row.name: found[row.name] for row in rows if found.get(row.name, {}).get("setting") == row.setting}


def add(path: Path, measured: dict) -> None:
    """Add `measured`, name -> `brief`, to the file `path`; raises ZooError when it cannot be read or written."""
    path = Path(path)
    try:
        rows = json.loads(path.read_text())["rows"] if path.exists() else {}
    except (OSError, ValueError, KeyError) as error:
        raise ZooError(f"{path} holds no measurements of learning_performance ({error}).") from None
    lines = (f"{json.dumps(name)}: {json.dumps(own)}" for name, own in (rows | measured).items())
    with files.cannot_write(path.parent), files.replacing(path) as new:
        new.write_text('{"rows": {\n' + ",\n".join(lines) + "\n}}\n")
