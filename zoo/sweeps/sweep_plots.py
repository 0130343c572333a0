"""Figures of a sweep: every number of the experiment against the options, with bands over the seeds."""

import itertools
import re
from collections.abc import Mapping

import numpy as np
from brian2 import Quantity
from brian2.units.fundamentalunits import get_dimensions

from zoo.analysis import plots
from zoo.catalogue import registry as catalogue
from zoo.catalogue import source_notes
from zoo.catalogue.default import with_main
from zoo.catalogue.options import model_of
from zoo.core import quantities
from zoo.core.errors import ZooError
from zoo.sweeps.axes import typed_unit

#: The largest numbers of figures and lines that remain readable.
MOST_FIGURES = 12
MOST_LINES = 8
#: With more samples matplotlib places the ticks.
MOST_TICKS = 11


def figures(sweep, meanings: Mapping = {}) -> dict:
    """Number of the experiment -> figure.

    `meanings`, or the comments after the fields or parameters, label the options, in the units that were typed.

    One option gives a line; two give a colour map when both are numbers; with more, the second gives the lines and all
    others the panels. Means over seeds and repetitions have a band of one standard deviation.
    Raises ZooError when no point has numbers.
    """
    table = sweep.table[sweep.table["status"] == "ok"]
    names = [name for name in table.dtype.names if name not in (*FIXED, *sweep.plan.names)]
    if not len(table) or not names:
        raise ZooError(f"the sweep in {sweep.folder} has no numbers to draw yet.")
    options = [name for name in sweep.plan.names if name != "seed" and len(np.unique(table[name])) > 1]
    options.sort(key=lambda name: (not _is_number(table[name]), -len(np.unique(table[name]))))
    meanings = {**_meanings(sweep.plan.experiment), **meanings}
    said = {}  # option -> its meaning and unit
    for name in options:
        unit = ""
        if name in sweep.units:
            unit, factor = _unit(sweep, name)
            table[name] = [float(f"{value / factor:.12g}") for value in table[name]]
        said[name] = meanings.get(name) or name, unit
    return {name: _figure(table, name, options, said) for name in names[:MOST_FIGURES]}


def _unit(sweep, name):
    """The typed unit of an option, when all points have the same, or the one that Brian2 would show; and its factor."""
    typed = {typed_unit(point[name]) for point in sweep.plan.points}
    if len(typed) == 1 and (unit := typed.pop()) and unit != sweep.units[name]:
        return _pretty(unit), float(quantities.parse(unit))
    dimensions = get_dimensions(quantities.parse(f"1*({sweep.units[name]})"))
    best = Quantity(sweep.table[name], dim=dimensions).get_best_unit()
    return _pretty(quantities.unit_text(best)), float(best)


def _pretty(unit):
    """As printed: uA/cm**2 is µA/cm²."""
    unit = re.sub(r"\bu(?=[A-Za-z])", "µ", unit.strip("()"))
    for power, sign in (("**2", "²"), ("**3", "³"), ("**-1", "⁻¹"), ("*", "·")):
        unit = unit.replace(power, sign)
    return unit


def _meanings(experiment):
    """Option -> the first part of the comment after its field or parameter."""
    try:
        loaded = with_main(catalogue.experiment(experiment))
        model = model_of(loaded)
        comments = (
            {name: comment for name, (_, comment) in source_notes.of_fields(type(model)).items()} if model else {}
        )
        comments |= source_notes.of_parameters(loaded.main)
    except Exception:  # of a file that was removed or changed: the names remain
        return {}
    return {name: shortest for name, text in comments.items() if (shortest := re.split(r"[;:,] ", text)[0].strip())}


FIXED = ("index", "status", "seconds", "cpu_seconds")


def _figure(table, name, options, said):
    if not options:
        return _spread(table, name)
    if len(options) == 2 and all(_is_number(table[option]) and len(np.unique(table[option])) > 2 for option in options):
        return _map(table, name, options, said)
    return _lines(table, name, options, said)


def _spread(table, name):
    figure, axes = plots.figure(height=3.6)
    values = table[name][np.isfinite(table[name])]
    axes.plot(np.arange(len(values)), values, marker="o", linestyle="none", markersize=4)
    axes.axhline(values.mean(), color="0.3", linewidth=0.8, linestyle="--")
    axes.set(xlabel="point", ylabel=_words(name))
    plots.title(axes, f"{len(values)} points: {values.mean():.4g} ± {values.std():.2g} (standard deviation)")
    return figure


def _lines(table, name, options, said):
    first, *others = options
    lines, panels = others[:1], others[1:]
    groups = list(itertools.product(*(np.unique(table[option]) for option in panels)))[:6]
    figure, rows = plots.figure(len(groups), height=3.6 * len(groups), sharex=True, squeeze=False)
    repeated = 0
    for axes, group in zip(np.ravel(rows), groups, strict=True):
        own = table[_where(table, panels, group)]
        levels = np.unique(own[lines[0]]) if lines else [None]
        for position, level in enumerate(levels[:MOST_LINES]):
            part = own if level is None else own[own[lines[0]] == level]
            x, mean, deviation, count = _means(part[first], part[name])
            repeated = max(repeated, count)
            label = None if level is None else _value(lines[0], level, said)
            where = x if _is_number(x) else np.arange(len(x))
            axes.plot(where, mean, marker="o", markersize=3.5, linewidth=1.2, color=f"C{position}", label=label)
            if count > 1:
                axes.fill_between(
                    where, mean - deviation, mean + deviation, color=f"C{position}", alpha=0.2, linewidth=0
                )
            if not _is_number(x):
                axes.set_xticks(where, x)
        axes.set_ylabel(_words(name))
        if lines:
            left = f" ({len(levels) - MOST_LINES} more)" if len(levels) > MOST_LINES else ""
            axes.legend(
                title=f"{lines[0]}{left}", loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9
            )
        parts = [_value(option, level, said) for option, level in zip(panels, group, strict=True)]
        band = [f"mean and standard deviation of {repeated} runs"] if repeated > 1 else []
        plots.title(axes, ", ".join([*parts, *band]))
        if _is_number(table[first]) and _is_logarithmic(np.unique(table[first])):
            axes.set_xscale("log")
        if _is_number(table[first]):
            _ticks(axes.xaxis, np.unique(table[first]))
    np.ravel(rows)[-1].set_xlabel(_label(first, said))
    return figure


def _map(table, name, options, said):
    x, y = (np.unique(table[option]) for option in options)
    values = np.full((len(y), len(x)), np.nan)
    repeated = 0
    for (row, up), (column, right) in itertools.product(enumerate(y), enumerate(x)):
        found = table[name][(table[options[0]] == right) & (table[options[1]] == up)]
        found = found[np.isfinite(found)]
        repeated = max(repeated, len(found))
        if len(found):
            values[row, column] = found.mean()
    figure, axes = plots.figure(height=4.6)
    shown = axes.pcolormesh(_edges(x), _edges(y), values, cmap="viridis")
    figure.colorbar(shown, ax=axes, label=_words(name))
    for scale, axis, numbers in ((axes.set_xscale, axes.xaxis, x), (axes.set_yscale, axes.yaxis, y)):
        if _is_logarithmic(numbers):
            scale("log")
        _ticks(axis, numbers)
    axes.set(xlabel=_label(options[0], said), ylabel=_label(options[1], said))
    plots.title(axes, f"mean of {repeated} runs" if repeated > 1 else "")
    return figure


def _means(x, y):
    """For every x: mean and standard deviation of y, and the largest number of values at one x."""
    places = np.unique(x)
    parts = [y[(x == place) & np.isfinite(y)] for place in places]
    mean = np.array([part.mean() if len(part) else np.nan for part in parts])
    deviation = np.array([part.std(ddof=1) if len(part) > 1 else 0.0 for part in parts])
    return places, mean, deviation, max(map(len, parts))


def _where(table, names, values):
    found = np.ones(len(table), dtype=bool)
    for name, value in zip(names, values, strict=True):
        found &= table[name] == value
    return found


def _edges(numbers):
    """The borders between neighbouring values, in equal ratios where the numbers are."""
    if _is_logarithmic(numbers):
        return np.exp(_edges(np.log(numbers)))
    middle = (numbers[1:] + numbers[:-1]) / 2
    return np.concatenate([[2 * numbers[0] - middle[0]], middle, [2 * numbers[-1] - middle[-1]]])


def _is_logarithmic(numbers):
    return (
        len(numbers) > 2 and numbers[0] > 0 and np.allclose(np.diff(np.log(numbers)), np.log(numbers[1] / numbers[0]))
    )


def _is_number(values):
    return np.asarray(values).dtype.kind in "if"


def _words(name):
    words = name.replace("_", " ")
    return f"{words.removesuffix(' hz')} (Hz)" if words.endswith(" hz") else words


def _label(option, said):
    meaning, unit = said[option]
    label = f"{meaning} ({unit})" if unit else meaning
    return label if option in label.split() or len(label) > 50 else f"{label}, {option}" if meaning != option else label


def _value(option, value, said):
    text = f"{value:.5g}" if _is_number(value) else str(value)
    return f"{option} = {text} {said[option][1]}".rstrip()


def _ticks(axis, numbers):
    """Ticks on the samples when they are few."""
    if len(numbers) <= MOST_TICKS:
        axis.set_ticks(numbers, [f"{number:g}" for number in numbers])
        axis.set_ticks([], minor=True)
