"""Figures of the study of grids that learn: accuracy against size, images and settings; and the trained grids themselves."""

import math

import numpy as np

from zoo import plots
from zoo.experiments import _learning_figures
from zoo.training.evaluation import READOUTS, key

#: The largest number of panels in a figure of all rows; they show the rows that were measured first.
PANELS = 6


#: Features -> their name in legends.
FEATURES = {
    "pixels": "pixels",
    "dog": "differences of Gaussians",
    "gabor": "Gabor filters",
    "upright": "upright pixels",
    "upright_gabor": "upright, Gabor filters",
}


def plot(result):
    """Accuracy against size, images, features and settings, as far as measured.

    Of rows measured here also learning curves and readouts; and fields, classes, confusion, weights and homeostasis of the
    first of these.
    """
    rows, points = result.numbers["rows"], result.numbers.get("points", [])
    figures = {name: made for name, draw in _COMPARISONS.items() if (made := draw(points)) is not None}
    if not rows:
        return figures
    figures |= {"learning_curves": _curves(result, rows), "accuracy": _accuracies(rows)}
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


def _cells(points):
    """Accuracy against the number of cells, for each number of images; a line for each kind of cell."""
    return _panels(_usual(points), by="train", against="n", lines="cell")


def _images(points):
    """Accuracy against the number of images, for each size; a line for each kind of cell."""
    return _panels(_usual(points), by="n", against="images", lines="cell")


def _usual(points):
    """Grids with the settings of their cell, and integrate-and-fire cells with those of Diehl & Cook."""
    program = {"cell": "integrate-and-fire, as Diehl & Cook"}
    return [
        own | (program if own["name"].startswith("lif_program") else {})
        for own in points
        if own["dataset"] == "mnist" and (own["setting"] == "default" or own["name"].startswith("lif_program"))
    ]


def _features(points):
    """Accuracy against the number of cells, for each number of images; a line for each kind of features."""
    usual = [
        own | {"features": FEATURES[own["features"]]}
        for own in points
        if own["dataset"] == "mnist"
        and own["cell"].startswith("point")
        and own["train"] > 1000
        and own["setting"] in ("default", f"features {own['features']}")
    ]
    return _panels(usual, by="train", against="n", lines="features")


def _panels(points, by, against, lines):
    """Panels for the values of `by`, lines for those of `lines`, with one standard error; None if nothing is compared."""
    kinds = list(dict.fromkeys(own[lines] for own in points))
    parts = sorted({own[by] for own in points})
    parts = [part for part in parts if len({own[against] for own in points if own[by] == part}) > 1]
    if len(kinds) < 2 or not parts:
        return None
    made, axes = plots.figure(1, len(parts), width=1.2 + 3.4 * len(parts), height=4, squeeze=False, sharey=True)
    for part, own_axes in zip(parts, axes.flat, strict=True):
        for number, kind in enumerate(kinds):
            own = sorted(
                (point for point in points if point[by] == part and point[lines] == kind), key=lambda own: own[against]
            )
            own_axes.errorbar(
                [point[against] for point in own],
                [point["mean"]["class means"] for point in own],
                [point["error"].get("class means", 0) for point in own],
                fmt="os^Dv"[number % 5] + "-",
                color=f"C{number}",
                markersize=5,
                capsize=3,
                label=kind,
            )
        if against == "images":
            own_axes.set(xscale="log", xlabel="training images")
        else:
            own_axes.set(xlabel="n (cells: n x n)", xticks=sorted({point["n"] for point in points}))
        images = sorted({point["images"] for point in points if point[by] == part})
        plots.title(own_axes, f"n = {part}" if by == "n" else f"{images[-1]:,} images")
    axes[0, 0].set(ylabel="correct test images (%)")
    axes[0, -1].legend(loc="lower right", fontsize=8, frameon=False)
    return made


def _settings(points):
    """What changing one setting does to 100 point cells after 8,000 images."""
    own = [
        point
        for point in points
        if point["dataset"] == "mnist"
        and point["cell"].startswith("point")
        and (point["n"], point["train"]) == (10, 8000)
    ]
    base = [point for point in own if point["setting"] == "default"]
    rest = sorted((point for point in own if point not in base), key=lambda point: point["mean"]["class means"])
    if not base or not rest:
        return None
    made, axes = plots.figure(width=8, height=1.2 + 0.32 * len(rest))
    mean, error = base[0]["mean"]["class means"], base[0]["error"].get("class means", 0)
    axes.axvline(mean, color="0.4", linestyle="--", label="default")
    axes.axvspan(mean - error, mean + error, color="0.85", linewidth=0)
    for number, title in enumerate(("class means", "naive Bayes")):
        axes.errorbar(
            [point["mean"][title] for point in rest],
            range(len(rest)),
            xerr=[point["error"].get(title, 0) for point in rest],
            fmt="os"[number],
            color=f"C{number}",
            markersize=5,
            capsize=3,
            label=title,
        )
    axes.set_yticks(range(len(rest)), [point["setting"] for point in rest])
    axes.set(xlabel="correct test images (%)")
    axes.legend(loc="upper left", fontsize=8, frameon=False)
    plots.title(axes, "100 point cells, 8,000 images, one setting changed")
    return made


#: Figure -> what draws it from the points of a study; None where nothing is compared.
_COMPARISONS = {"cells": _cells, "images": _images, "features": _features, "settings": _settings}


def _curves(result, rows):
    """Accuracy while learning: mean over seeds, with bands of one standard error."""
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
    """Test accuracy of all readouts: bars for means, points for seeds."""
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
    axes.set(xlabel="correct test images (%)", xlim=(0, 100))
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=5, fontsize=8, frameon=False)
    return made
