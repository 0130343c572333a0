"""How well grids learn images: accuracy against size, cell, number of images, encoding, rule and settings.

Every row is a network that learns one data set with several seeds. Each row and seed has a folder with its measurements, so
that the study can be stopped and resumed: measurements with the same settings are not repeated.

Chapter: learning
"""

import contextlib
import dataclasses
from pathlib import Path

import numpy as np
from brian2 import second

from zoo import Result, ZooError, cli
from zoo.core import files
from zoo.core.errors import unknown
from zoo.experiments import _learning_figures, _study_record
from zoo.experiments._study_figures import plot
from zoo.experiments._study_rows import ROWS
from zoo.experiments._study_table import table, write_into
from zoo.model import annotations, values_equal
from zoo.training import learning
from zoo.training.checkpoint import CHECKPOINT, load_checkpoint
from zoo.training.evaluation import READOUTS, key
from zoo.training.plan import plan_numbers

__all__ = ["main", "plot"]

#: The folder of the measurements with which `zoo run --resume` continues.
PARTS = "rows"


def main(
    rows: str = "quick",  # quick, sizes, program, variants, best, datasets, all, or names of rows separated by commas
    seeds: int = 2,  # runs of every row
    data_dir: Path = None,  # folder with idx files, or with a folder for each data set
    only_tell: bool = False,  # measure nothing; use the measurements in out, and those that come with the zoo
    document: Path = None,  # file whose table is updated
    add_to: Path = None,  # file to which these measurements are added
    held_out: bool = False,  # draw test images from the training set
    out: Path = None,
):
    """Measure `rows` with `seeds` seeds: quick, sizes, program, variants, best, datasets, all, or names of rows separated by commas.

    Images are read from `data_dir`, or from a folder in it with the name of the data set; without it as in
    `zoo run hh_mnist_grid`. The table is written to table.md, and into `document` between its two marks. With `held_out`
    test images are drawn from the training images; with `only_tell` nothing more is measured, and rows that were not
    measured here have the numbers that come with the zoo.
    """
    if seeds < 1:
        raise ZooError(f"seeds is {seeds}; every row needs at least one.")
    chosen = _chosen(rows)
    measured = {}
    for row in chosen:
        found = []
        for seed in range(seeds):
            try:
                plan = row.plan(seed, data_dir, held_out)
                result = _measured(row, plan, out / PARTS / row.name / f"seed_{seed}", only_tell)
            except ZooError as error:  # its images are not on this machine
                print(f"{row.name} was not measured: {str(error).splitlines()[0]}")
                break
            if result is not None:
                found.append(result)
        if found:
            measured[row.name] = found
    briefly = {row.name: _study_record.brief(row, measured[row.name]) for row in chosen if row.name in measured}
    if add_to is not None:
        _study_record.add(add_to, briefly)
    if only_tell:
        briefly = _study_record.kept(chosen) | briefly
    lines = table(chosen, briefly)
    with files.cannot_write(out), files.replacing(out / "table.md") as new:
        new.write_text("".join(f"{line}\n" for line in lines))
    print(*lines, sep="\n")
    if document is not None:
        write_into(document, lines)
    return _study(chosen, measured, briefly) if briefly else None


def _chosen(rows):
    if rows in ROWS:
        return ROWS[rows]
    known = {row.name: row for group in ROWS.values() for row in group}
    for name in rows.split(","):
        if name not in known:
            raise unknown("row", name, [*ROWS, *known])
    return tuple(known[name] for name in rows.split(","))


def _measured(row, plan, folder, only_tell):
    """The Result of a row and its plan: the one in `folder` if it has the same settings, otherwise a new one."""
    model = row.model
    with contextlib.suppress(ZooError):
        found = Result.load(folder)
        if _is_of(found.model, model) and found.numbers["plan"] == plan_numbers(plan):
            return found
    if only_tell:
        return None
    resume = None
    with contextlib.suppress(ZooError):
        kept, old, _ = load_checkpoint(folder, model)
        if _is_of(kept, model) and plan_numbers(old) == plan_numbers(plan):
            resume = folder
    plan.images()  # missing images are reported before a folder is created
    with files.cannot_write(folder):
        folder.mkdir(parents=True, exist_ok=True)
    result = learning.learn(model, plan, folder, resume)
    dataclasses.replace(result, experiment=f"{row.network}_mnist_grid").save(folder)
    (folder / CHECKPOINT).unlink()
    numbers = result.numbers
    print(f"{row.name}, seed {plan.seed}: {100 * numbers['test_accuracy']:.1f} %, {numbers['cpu_seconds']:.0f} CPU s")
    return result


def _is_of(found, model):
    """Whether a stored model has the same settings; the size of chunks may differ."""
    if type(found) is not type(model):
        return False
    return all(values_equal(getattr(found, name), getattr(model, name)) for name in annotations(type(model)))


def _study(rows, measured, briefly):
    """A Result for the figures: the numbers of all rows, and the data of those measured here, arrays "row/array"."""
    arrays, summary = {}, []
    points = [
        {
            "name": row.name,
            "cell": row.cell,
            "n": row.n,
            "train": row.train,
            "features": row.model.features,
            **briefly[row.name],
        }
        for row in rows
        if row.name in briefly
    ]
    for row in rows:
        if row.name not in measured:
            continue
        results = measured[row.name]
        first, model = results[0], row.model
        theta, unit = _learning_figures.theta_units(model, np.asarray(first["training.theta"]))
        kept = {
            "w": np.asarray(first["learned.w"]).astype(np.float16),
            "classes": first["readout.classes"],
            "confusion": sum(result["readout.confusion"] for result in results),
            "images": first["training.images"],
            "accuracy": np.stack([result["training.accuracy"] for result in results]),
            "spikes": np.stack([result["training.spikes"] for result in results]).mean(axis=0),
            "weights": first["training.weights"],
            "theta": theta,
            "test": np.array([result.numbers["test_accuracy"] for result in results]),
        }
        arrays |= {f"{row.name}/{name}": value for name, value in kept.items()}
        summary.append(
            {
                "name": row.name,
                "title": _title(row, results[0]),
                "n": row.n,
                "features": model.features,
                "w_max": float(model.w_max),
                "aim": float(model.rho * model.n**2),
                "unit": unit,
                "cpu_seconds": float(np.mean([result.numbers["cpu_seconds"] for result in results])),
                **{key(title): [result.numbers[key(title)] for result in results]
                   for title in READOUTS},
                "nearest_centroid": float(np.mean([result.numbers["nearest_centroid"] for result in results])),
                "chance": first.numbers["chance"],
            }
        )  # fmt: skip
    last = measured[summary[-1]["name"]][-1] if summary else Result({}, rows[0].model, 0 * second, "cpp", 0)
    return dataclasses.replace(last, state_names=(), numbers={"rows": summary, "points": points}).with_only(arrays)


def _title(row, result):
    """The label of a row: cell, size, settings, and number of training images."""
    parts = [row.cell, f"n = {row.n}", *([] if row.setting == "default" else [row.setting])]
    return ", ".join([*parts, f"{result.numbers['plan']['train']:,} {row.dataset}"])


if __name__ == "__main__":
    cli(main)
