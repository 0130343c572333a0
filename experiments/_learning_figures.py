"""Figures of grids that learn images: fields and classes, accuracy, weights and homeostasis."""

import numpy as np

from zoo import plots
from zoo.training.session import BINS

#: Features -> how the maps of a cell are laid out, in rows and columns, and the edge of one; the others are one image.
MAPS = {"pixels": ((1, 1), 28), "dog": ((1, 2), 28), "gabor": ((2, 2), 14), "upright_gabor": ((2, 2), 14)}


def plot(result):
    """Receptive fields and classes; confusion matrix and learning curve; weights and homeostasis while learning."""
    n, numbers = result.model.n, result.numbers
    fields, (left, right) = plots.figure(1, 2, width=11, height=5.4)
    receptive_fields(result["learned.w"], n, result.model.features, left)
    plots.title(left, f"input weights of the {n} x {n} excitatory cells")
    plots.class_map(result["readout.classes"].reshape(n, n), numbers.get("class_names"), axes=right)
    plots.title(right, "class of the images to which each cell spikes most")

    accuracy, (left, right) = plots.figure(1, 2, width=11, height=5)
    plots.confusion(result["readout.confusion"], numbers.get("class_names"), axes=left)
    plots.title(left, f"test images: {100 * numbers['test_accuracy']:.1f} % right")
    learned = "training.images" in result
    if learned:
        right.plot(
            result["training.images"], 100 * result["training.accuracy"], "o-", markersize=3, label="while learning"
        )
    right.axhline(100 * numbers["test_accuracy"], color="C2", label="test images, at the end")
    right.axhline(100 * numbers["accuracy_nearest_weights"], color="C3", linewidth=0.8, label="nearest weights")
    if "nearest_centroid" in numbers:
        right.axhline(100 * numbers["nearest_centroid"], color="0.4", linestyle="--", label="nearest centroid")
    right.axhline(100 * numbers["chance"], color="0.7", linestyle=":", label="chance")
    right.set(xlabel="images seen", ylabel="accuracy (%)", ylim=(0, 100), xlim=(0, None if learned else 1))
    right.legend(loc="lower right", bbox_to_anchor=(1, 0.12), fontsize=9, frameon=False)
    plots.title(right, "training images, classified with the responses to the images before" if learned else "accuracy")
    if not learned:
        right.set(xticks=[], xlabel="")
        return {"receptive_fields": fields, "accuracy": accuracy}

    curves, (left, middle, right) = plots.figure(1, 3, width=13, height=3.8)
    spikes(result["training.images"], result["training.spikes"], aim=result.model.rho * n**2, axes=left)
    theta(result["training.images"], *theta_units(result.model, result["training.theta"]), axes=middle)
    weight_distribution(result["training.images"], result["training.weights"], result.model.w_max, axes=right)
    return {"receptive_fields": fields, "accuracy": accuracy, "homeostasis": curves}


def receptive_fields(w, n, features, axes):
    """The weights of every cell as an image of its inputs, with its maps of features side by side."""
    (rows, columns), side = MAPS.get(features, MAPS["pixels"])
    maps = np.asarray(w).reshape(-1, n * n).T.reshape(n * n, rows, columns, side, side)
    plots.mosaic(maps.swapaxes(2, 3), (n, n), (rows * side, columns * side), axes=axes)


def spikes(images, values, aim, axes):
    """Spikes of all cells for an image against the images seen, and the target of theta, if any."""
    axes.plot(images, values, "o-", markersize=3, color="C0", label="all cells")
    if aim > 0:
        axes.axhline(aim, color="0.4", linestyle="--", label="target of theta")
    axes.set(xlabel="images seen", ylabel="spikes per image", ylim=(0, 1.4 * max(np.max(values), aim)))
    axes.legend(loc="upper right", ncols=2, fontsize=9, frameon=False)


def theta(images, values, unit, axes):
    """theta (chunks, cells) against the images seen: median, half and nine tenths of the cells."""
    for low, high in ((5, 95), (25, 75)):
        axes.fill_between(images, *np.percentile(values, (low, high), axis=1), color="C1", alpha=0.25, linewidth=0)
    axes.plot(images, np.median(values, axis=1), "o-", markersize=3, color="C1")
    axes.set(xlabel="images seen", ylabel=f"theta ({unit})")
    plots.title(axes, "median, half and nine tenths of the cells")


def theta_units(model, values):
    """theta in the unit of the field: µA/cm² of a current, mV of a threshold."""
    return (100 * values, "µA/cm²") if model.conductance != "1" else (1000 * values, "mV")


def weight_distribution(images, table, w_max, axes):
    """Histograms of the weights, from the first chunk (light) to the last (dark)."""
    edges = np.linspace(0, w_max, BINS + 1)
    chosen = np.unique(np.linspace(0, len(table) - 1, 5).astype(int))
    for number, index in enumerate(chosen):
        shade = 0.75 - 0.75 * (number + 1) / len(chosen)
        axes.stairs(table[index] / table[index].sum(), edges, color=str(shade), label=f"{images[index]:,.0f}")
    axes.set(xlabel="weight", ylabel="fraction of the weights", yscale="log", xlim=(0, w_max))
    axes.legend(title="images seen", fontsize=8, frameon=False)
