"""Figures of the study of grids that learn: learning curves and accuracies of all rows, fields and weights of the first."""

import math

import numpy as np

from zoo import plots
from zoo.experiments import _learning_figures
from zoo.training.evaluation import READOUTS, key

#: The largest number of panels in a figure of all rows; they show the rows that were measured first.
PANELS = 6


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
