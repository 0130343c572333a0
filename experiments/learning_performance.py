"""How well grids learn images: accuracy against size, cell, number of images, encoding, rule and settings.

Every row is a network that learns one data set with several seeds. What is measured is kept in a folder for each row
and seed, so that the study can be stopped and gone on with: what is there with the same settings is not measured again.

Chapter: learning
"""

import contextlib
import dataclasses
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from brian2 import Hz, ms, mV

from zoo import Result, ZooError, cli, plots
from zoo.core import files
from zoo.core.errors import unknown
from zoo.experiments import _learning_figures
from zoo.model import annotations
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.lif_mnist_grid import LIFMnistGrid
from zoo.training import learning
from zoo.training.checkpoint import CHECKPOINT, load_checkpoint
from zoo.training.evaluation import READOUTS, key
from zoo.training.plan import Plan, plan_numbers

NOT_MEASURED = "not measured"
#: Where the table stands in a document.
BEGIN, END = "<!-- table of learning_performance -->\n", "<!-- end of the table -->\n"
#: Training images of MNIST, and of the data sets that are made like it.
MNIST = 60_000
#: A figure of all rows has at most so many panels, of the rows that were measured first.
PANELS = 6


@dataclass(frozen=True)
class Row:
    """A network and what it learns; `fields` are those of its model that are not the defaults."""

    name: str
    network: str = "hh"
    n: int = 10
    train: int = 8000
    dataset: str = "mnist"
    epochs: int = 1
    label: int = 10_000
    test: int = 10_000
    fields: dict = field(default_factory=dict)

    @property
    def model(self):
        return {"hh": HHMnistGrid, "lif": LIFMnistGrid}[self.network].tuned(n=self.n, **self.fields)

    @property
    def cell(self):
        names = {"point": "point Hodgkin-Huxley", "ball_and_stick": "soma + dendrite"}
        return names[self.model.cell] if self.network == "hh" else "integrate-and-fire"

    @property
    def setting(self):
        """The fields in words."""
        return ", ".join(f"{name} {value}" for name, value in self.fields.items() if name != "cell") or "default"

    def plan(self, seed, data_dir, held_out=False):
        """What is shown; with `held_out` a row of all images of MNIST learns from those that are not held out.

        The embedded digits to test with are training images of MNIST anyway.
        """
        held_out = held_out and self.dataset != "digits"
        own = data_dir / self.dataset if data_dir and (data_dir / self.dataset).is_dir() else data_dir
        return Plan(
            dataset=self.dataset,
            data_dir=None if self.dataset == "digits" else own,
            train=min(self.train, MNIST - self.test) if held_out else self.train,
            epochs=self.epochs,
            label=self.label,
            test=self.test,
            held_out=held_out,
            seed=seed,
        )


CELLS = {"lif": ("lif", {}), "hh": ("hh", {}), "dendrite": ("hh", {"cell": "ball_and_stick"})}

#: Embedded digits, in three minutes.
QUICK = tuple(
    Row(name, network, n, train=1000, dataset="digits", label=500, test=500, fields=fields)
    for name, network, n, fields in (
        ("digits_hh_n10", "hh", 10, {}),
        ("digits_hh_n6", "hh", 6, {}),
        ("digits_dendrite_n10", "hh", 10, {"cell": "ball_and_stick"}),
        ("digits_lif_n10", "lif", 10, {}),
        ("digits_hh_n10_gabor", "hh", 10, {"features": "gabor"}),
    )
)

#: Size, cell and number of images.
SIZES = tuple(
    Row(f"{name}_n{n}_{train}", network, n, train=train, fields=fields)
    for n in (10, 15, 20)
    for name, (network, fields) in CELLS.items()
    for train in (1000, 8000, 60_000)
)

#: What the others leave at their defaults, at n = 10 after 8,000 images.
VARIANTS = tuple(
    Row(f"hh_n10_{name}", fields=fields)
    for name, fields in (
        ("gabor", {"features": "gabor"}),
        ("dog", {"features": "dog"}),
        ("latency", {"code": "latency", "gain": 4}),
        ("intensity_L1", {"intensity": "L1"}),
        ("intensity_none", {"intensity": "none"}),
        ("norm_L1", {"norm": "L1", "W": 78}),
        ("triplet", {"rule": "triplet"}),
        ("diehl_cook", {"rule": "diehl_cook"}),
        ("refractory", {"t_ref_E": 5 * ms, "t_ref_I": 2 * ms}),
        ("threshold", {"v_spike": -52 * mV}),
        ("refractory_and_threshold", {"t_ref_E": 5 * ms, "t_ref_I": 2 * ms, "v_spike": -52 * mV}),
        ("bright", {"white": 600 * Hz}),
    )
)

#: Gabor features with all images, and with more cells.
BEST = tuple(
    Row(f"hh_n{n}_gabor_{train}", n=n, train=train, fields={"features": "gabor"})
    for n, train in ((10, 60_000), (15, 8000), (15, 60_000), (20, 8000), (20, 60_000))
)

#: Other images.
DATASETS = tuple(
    Row(f"hh_n{n}_{name.replace('/', '_')}", n=n, train=60_000, dataset=name)
    for name in ("fashion_mnist", "kmnist", "emnist/letters")
    for n in (10, 20)
)

ROWS = {"quick": QUICK, "sizes": SIZES, "variants": VARIANTS, "best": BEST, "datasets": DATASETS}
ROWS["all"] = tuple(row for group in ROWS.values() for row in group)


def main(
    rows: str = "quick",  # quick, sizes, variants, best, datasets, all, or names of rows with commas between
    seeds: int = 2,  # runs of every row
    data_dir: Path = None,  # folder with idx files, or with a folder for each data set
    only_tell: bool = False,  # print the table of what was measured, and measure nothing
    document: Path = None,  # file whose table is brought up to date
    held_out: bool = False,  # images to test with are drawn from the training set
    out: Path = None,
):
    """Measure `rows` with so many seeds: quick, sizes, variants, best, datasets, all, or names of rows with commas between.

    Images are read from `data_dir`, or from a folder in it that is called like the data set; without it as in
    `zoo run hh_mnist_grid`. The table is written to table.md, and into `document` between its two marks.
    With `held_out` the images to test with are drawn from the training images; with `only_tell` nothing more is measured.
    """
    if seeds < 1:
        raise ZooError(f"seeds is {seeds}; every row needs at least one.")
    chosen = _chosen(rows)
    measured, reasons = {}, {}
    for row in chosen:
        found = []
        for seed in range(seeds):
            try:
                plan = row.plan(seed, data_dir, held_out)
                result = _measured(row, plan, out / "rows" / row.name / f"seed_{seed}", only_tell)
            except ZooError as error:  # its images are not on this machine
                reasons[row.name] = str(error).splitlines()[0]
                print(f"{row.name}: {NOT_MEASURED}: {reasons[row.name]}")
                break
            if result is not None:
                found.append(result)
        if found:
            measured[row.name] = found
    lines = table(chosen, measured)
    with files.cannot_write(out), files.replacing(out / "table.md") as new:
        new.write_text("".join(f"{line}\n" for line in lines))
    print(*lines, sep="\n")
    if document is not None:
        _into(document, lines)
    return _study(chosen, measured) if measured else None


def _chosen(rows):
    if rows in ROWS:
        return ROWS[rows]
    known = {row.name: row for group in ROWS.values() for row in group}
    for name in rows.split(","):
        if name not in known:
            raise unknown("row", name, [*ROWS, *known])
    return tuple(known[name] for name in rows.split(","))


def _measured(row, plan, folder, only_tell):
    """The Result of a row and its plan: the one in `folder` if it has the same settings, else a new one."""
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
    plan.images()  # what is not there is said before a folder is made
    with files.cannot_write(folder):
        folder.mkdir(parents=True, exist_ok=True)
    result = learning.learn(model, plan, folder, resume)
    dataclasses.replace(result, experiment=f"{row.network}_mnist_grid").save(folder)
    (folder / CHECKPOINT).unlink()
    numbers = result.numbers
    print(f"{row.name}, seed {plan.seed}: {100 * numbers['test_accuracy']:.1f} %, {numbers['cpu_seconds']:.0f} CPU s")
    return result


def _is_of(found, model):
    """Whether a stored model has the same settings; chunks may be of another size."""
    if type(found) is not type(model):
        return False
    return all(
        np.array_equal(np.asarray(getattr(found, name)), np.asarray(getattr(model, name)))
        for name in annotations(type(model))
    )


def table(rows, measured):
    """The lines of a table in Markdown: means over seeds and their standard errors in per cent of what was measured."""
    titles = [
        "row", "cell", "n", "images", "data", "settings", "seeds", *READOUTS, "nearest centroid",
        "silent", "CPU s",
    ]  # fmt: skip
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * 2}{'---:|' * 2}{'---|' * 2}{'---:|' * 8}"]
    for row in rows:
        found = measured.get(row.name, [])
        train = found[0].numbers["plan"]["train"] if found else row.train
        held_out = bool(found) and found[0].numbers["plan"]["held_out"]
        data = row.dataset + ", held out" * held_out
        cells = [row.name, row.cell, row.n, f"{train * row.epochs:,}", data, row.setting]
        if found:
            cells += [len(found), *(_mean_and_error(found, key(title)) for title in READOUTS)]
            cells += [_mean_and_error(found, "nearest_centroid").partition(" ")[0]]
            silent = np.mean([result.numbers["silent_images"] / len(result["testing.labels"]) for result in found])
            cells += [f"{100 * silent:.1f}", f"{np.mean([result.numbers['cpu_seconds'] for result in found]):.0f}"]
        else:
            cells += [0, *[NOT_MEASURED] * 7]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def _mean_and_error(results, name):
    values = 100 * np.array([result.numbers[name] for result in results])
    error = f" ± {values.std(ddof=1) / math.sqrt(len(values)):.1f}" if len(values) > 1 else ""
    return f"{values.mean():.1f}{error}"


def _into(document, lines):
    """Put the table between its marks."""
    try:
        text = Path(document).read_text()
    except OSError as error:
        raise ZooError(f"{document} cannot be read ({error.strerror}).") from None
    if BEGIN not in text or END not in text:
        raise ZooError(f"{document} has no {BEGIN.strip()} and {END.strip()}, between which the table could stand.")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    with files.cannot_write(Path(document).parent), files.replacing(document) as new:
        new.write_text(before + BEGIN + "".join(f"{line}\n" for line in lines) + END + after)


def _study(rows, measured):
    """A Result with what the figures need of every measured row; arrays are named "row/array"."""
    arrays, summary = {}, []
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
    last = measured[summary[-1]["name"]][-1]
    return dataclasses.replace(last, state_names=(), numbers={}).with_only(arrays).with_numbers(rows=summary)


def _title(row, result):
    """A row in a figure: cell, size, settings, and the number of images that were learned."""
    parts = [row.cell, f"n = {row.n}", *([] if row.setting == "default" else [row.setting])]
    return ", ".join([*parts, f"{result.numbers['plan']['train']:,} {row.dataset}"])


def plot(result):
    """Learning curves and accuracies of all rows; fields, classes, confusion, weights and homeostasis of the first."""
    rows = result.numbers["rows"]
    figures = {"learning_curves": _curves(result, rows), "accuracy": _accuracies(rows)}
    shown = rows[:PANELS]

    def panel(name, draw, height=4.2):
        columns = min(len(shown), 3)
        lines = -(-len(shown) // columns)
        figures[name], axes = plots.figure(lines, columns, width=4.6 * columns, height=height * lines, squeeze=False)
        for number, own in enumerate(axes.flat):
            if number < len(shown):
                row = shown[number]
                draw(row, lambda part, row=row: result[f"{row['name']}/{part}"], own)
                plots.title(own, row["title"])
            else:
                own.set_axis_off()

    panel(
        "receptive_fields",
        lambda row, of, axes: _learning_figures.receptive_fields(of("w"), row["n"], row["features"], axes),
    )
    panel("classes", lambda row, of, axes: plots.class_map(of("classes").reshape(row["n"], row["n"]), axes=axes))
    panel("confusion", lambda row, of, axes: plots.confusion(of("confusion"), axes=axes))
    panel(
        "weights",
        lambda row, of, axes: _learning_figures.weight_distribution(of("images"), of("weights"), row["w_max"], axes),
        height=3.4,
    )
    panel(
        "homeostasis_spikes",
        lambda row, of, axes: _learning_figures.spikes(of("images"), of("spikes"), row["aim"], axes),
        height=3.2,
    )
    panel(
        "homeostasis_theta",
        lambda row, of, axes: _learning_figures.theta(of("images"), of("theta"), row["unit"], axes),
        height=3.2,
    )
    return figures


def _curves(result, rows):
    """Accuracy while learning: mean over seeds, and a standard error on both sides."""
    made, axes = plots.figure(width=8, height=5)
    for number, row in enumerate(rows):
        images, accuracy = result[f"{row['name']}/images"], 100 * result[f"{row['name']}/accuracy"]
        mean = accuracy.mean(axis=0)
        colour = f"C{number % 10}"
        axes.plot(images, mean, color=colour, linestyle="-" if number < 10 else "--", label=row["title"])
        if len(accuracy) > 1:
            error = accuracy.std(axis=0, ddof=1) / math.sqrt(len(accuracy))
            axes.fill_between(images, mean - error, mean + error, color=colour, alpha=0.2, linewidth=0)
    axes.set(xlabel="images seen", ylabel="accuracy while learning (%)", ylim=(0, 100))
    if max(result[f"{row['name']}/images"].max() for row in rows) > 20_000:
        axes.set_xscale("log")
    axes.legend(loc="lower right", fontsize=8, frameon=False)
    seeds = max(len(row["accuracy_class_means"]) for row in rows)
    plots.title(axes, f"mean and standard error of {seeds} seeds" if seeds > 1 else "one seed")
    return made


def _accuracies(rows):
    """Test accuracy of all readouts: a bar for the mean, a point for every seed."""
    made, axes = plots.figure(width=8, height=1.2 + 0.55 * len(rows))
    width = 0.8 / len(READOUTS)
    for number, title in enumerate(READOUTS):
        values = [100 * np.array(row[key(title)]) for row in rows]
        places = np.arange(len(rows)) + (number - 1.5) * width
        axes.barh(places, [own.mean() for own in values], width, color=f"C{number}", alpha=0.6, label=title)
        for place, own in zip(places, values, strict=True):
            axes.plot(own, np.full(len(own), place), ".", color="0.2", markersize=4)
    for position, row in enumerate(rows):
        axes.plot([100 * row["nearest_centroid"]] * 2, [position - 0.45, position + 0.45], color="0.3", linestyle="--")
    axes.plot([], [], color="0.3", linestyle="--", label="nearest centroid")
    axes.set_yticks(range(len(rows)), [row["title"] for row in rows])
    axes.invert_yaxis()
    axes.set(xlabel="test images right (%)", xlim=(0, 100))
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=5, fontsize=8, frameon=False)
    return made


if __name__ == "__main__":
    cli(main)
