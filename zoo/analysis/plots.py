"""Figures from results. Every function returns a matplotlib Figure, or draws into given axes."""

import contextlib
import contextvars
import dataclasses
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from brian2 import Quantity, ms
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from zoo.analysis.rates import (
    bin_width,
    binned,
    check_recorded,
    monitor_of,
    one,
    rate_monitors,
    simulated,
    spike_monitors,
    state_monitors,
)
from zoo.analysis.rates import mean_rate as mean_rate
from zoo.core import files, notebook, quantities
from zoo.core.errors import ZooError, listed, quoted
from zoo.core.quantities import QuantityLike
from zoo.result import Result

notebook.show_figures()

# A raster with more points is thinned out: they would overlap.
MOST_POINTS = 200_000
# More lines in a panel have no names; numbers in an image are omitted below this size.
MOST_NAMES = 8
# The least height of a band of a raster, as a fraction of its height.
SMALLEST_BAND = 0.04
SMALLEST_FONT = 4.5

# The formats of matplotlib, without those that need LaTeX or a codec, raw pixels, and those of animations.
_NOT_OURS = {"pgf", "avif", "raw", "rgba", "gif"}
# The resolution that journals require for line art; a tall figure already takes a gigabyte.
MOST_DPI = 1200
# Text in PDF, PostScript and SVG that can be searched and edited; matplotlib's defaults are outlines.
_TEXT = {"svg.fonttype": "none", "pdf.fonttype": 42, "ps.fonttype": 42}
# Of PNG files; the usual 6 takes twice as long for files that are a tenth smaller.
_COMPRESSION = 3
# More points are an image inside a PDF or SVG, which would otherwise take megabytes.
_MOST_VECTORS = 20_000

STYLE: dict[str, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


def figure(
    rows: int = 1, columns: int = 1, *, width: float = 8, height: float = 4.5, **options: Any
) -> tuple[Figure, Any]:
    """A Figure in the style of the zoo and its axes; `options` go to Figure.subplots.

    With `sharex` only the lowest row has ticks along x, which take most of the time in which matplotlib draws a figure.
    """
    with matplotlib.rc_context(STYLE):
        made = Figure(figsize=(width, height), layout="constrained")
        axes = made.subplots(rows, columns, **options)
    if options.get("sharex") in (True, "all", "col"):
        for part in made.axes:
            part.xaxis.set_visible(part.get_subplotspec().is_last_row())
    return made, axes


@dataclasses.dataclass(frozen=True)
class _Saving:
    """How `save` writes figures: file formats, dots per inch, and a dictionary of the figures to show in windows."""

    formats: Sequence[str] = ("png",)
    dpi: int = 120
    kept: dict | None = None


_saving: contextvars.ContextVar[_Saving | None] = contextvars.ContextVar("saving", default=None)


@contextlib.contextmanager
def saving(formats: Sequence[str] = _Saving.formats, dpi: int = _Saving.dpi, *, show: bool = False) -> Iterator[None]:
    """In the block `save` writes every figure in each of the `formats`. With `show` its figures open in windows at the end of
    the block, until they are closed; without a display a sentence on standard error says so.

    Raises ZooError for an unknown format, and for dots per inch outside 1 to MOST_DPI.
    """
    there = sorted(set(Figure().canvas.get_supported_filetypes()) - _NOT_OURS)
    for name in formats:
        if name not in there:
            raise ZooError(f"unknown figure format {quoted(name)}; known: {listed(there)}.")
    if not 1 <= dpi <= MOST_DPI:
        raise ZooError(f"dpi is {dpi}; it must be from 1 to {MOST_DPI} dots per inch.")
    how = _Saving(tuple(dict.fromkeys(formats)), dpi, {} if show else None)
    token = _saving.set(how)
    try:
        yield
    finally:
        _saving.reset(token)
    if show:
        _show(how.kept)


def save(figures: Mapping[str, Figure], folder: str | Path) -> None:
    """Write `figures`, name -> Figure, to `folder` as name.png, each complete or not at all, and print their paths.

    In a block of `saving` they have its formats. Text stays text in SVG and PDF. Raises ZooError when the folder cannot be written.
    """
    how = _saving.get() or _Saving()
    for name, drawn in figures.items():
        for ending in how.formats:
            path = Path(folder) / f"{name}.{ending}"
            with files.cannot_write(folder), files.replacing(path) as new, matplotlib.rc_context(_TEXT):
                if ending == "png":
                    with _laid_out(drawn, how.dpi):
                        drawn.savefig(new, dpi=how.dpi, pil_kwargs={"compress_level": _COMPRESSION})
                else:
                    drawn.savefig(new, dpi=how.dpi)
            print(f"wrote {files.shown(path)}")
        if how.kept is not None:
            how.kept[name] = drawn


@contextlib.contextmanager
def _laid_out(drawn, dpi):
    """In the block `drawn` has its layout and no layout engine, for which savefig draws every figure twice."""
    engine, before = drawn.get_layout_engine(), drawn.dpi
    if engine is None:
        yield
        return
    drawn.dpi = dpi
    engine.execute(drawn)
    with matplotlib.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        drawn.set_layout_engine(None)
    try:
        yield
    finally:
        drawn.dpi = before
        drawn.set_layout_engine(engine)


def _show(figures):
    """Show `figures` in windows until all are closed, or print why this is not possible."""
    from matplotlib import pyplot

    problem = None if figures else "no figure to show"
    windows = []
    try:
        for name, drawn in figures.items():
            windows.append(pyplot.figure(name, FigureClass=lambda drawn=drawn, **_: drawn))
        if any(window.canvas.required_interactive_framework is None for window in windows):
            problem = "no display to show the figures on, or no window toolkit for matplotlib, such as Tk or Qt"
    except ImportError:  # of a toolkit chosen with MPLBACKEND
        problem = (
            f"matplotlib cannot open windows with {matplotlib.rcParams['backend']}: no display, or it is not installed"
        )
    if problem:
        print(f"zoo: {problem}.", file=sys.stderr, flush=True)
    else:
        pyplot.show(block=True)
    for window in windows:
        pyplot.close(window)


def title(axes: Axes, text: str) -> None:
    """A title at the left edge of `axes`."""
    axes.set_title(text, loc="left", fontsize=11)


def raster(
    result: Result,
    monitor: str | Iterable[str] | None = None,
    *,
    populations: Mapping[str, int] | None = None,
    axes: Axes | None = None,
) -> Figure:
    """Spike times (ms) against neuron index, of the named spike monitor, of several in a list, or of all that record.

    `populations` maps names to numbers of neurons, in the order of the indices of one monitor. Each population, or
    each of several monitors, gets a band with its name, size and colour. Raises ZooError when the result has no such
    spikes.
    """
    there = spike_monitors(result)
    recorded = [name for name in there if f"{name}.t" in result] or there
    wanted = (recorded if monitor is None else [monitor] if isinstance(monitor, str) else list(monitor)) or [None]
    wanted = [one(name, there, "spike monitor") for name in wanted]
    for name in wanted:
        check_recorded(result, name)
    bands = _bands(result, wanted, populations)
    total, n = (sum(values) for values in zip(*((len(t), n) for _, n, t, _ in bands), strict=True))
    made = None
    if axes is None:
        made, axes = figure(height=max(4.5, 0.3 * len(bands)))
        seconds = simulated(result) / 1000
        rate = f", mean rate {total / n / seconds:.3g} Hz" if len(bands) == 1 and n and seconds else ""
        title(axes, f"{total} spikes of {n} {_kinds(result, wanted[0], n)}{rate}")
    step = -(-total // MOST_POINTS) or 1
    named = len(bands) > 1 or populations
    # A band of a few neurons next to one of thousands is high enough for its name.
    heights = [max(count, n * SMALLEST_BAND) if named else count for _, count, _, _ in bands]
    borders = np.concatenate([[0], np.cumsum(heights)])
    for position, ((_, count, t, i), low, height) in enumerate(zip(bands, borders[:-1], heights, strict=True)):
        size = np.clip(20_000 * step * height / max(borders[-1], 1) / max(len(t), 1), 0.3, 4)
        y = low + (i[::step] + 0.5) * (height / max(count, 1)) - 0.5
        axes.scatter(
            t[::step],
            y,
            s=size,
            color=f"C{position % 10}" if named else "0.15",
            linewidths=0,
            rasterized=total > _MOST_VECTORS,
        )
    if named:
        labels = [f"{name} ({count})" for name, count, _, _ in bands]
        axes.set_yticks((borders[:-1] + borders[1:] - 1) / 2, labels)
        axes.tick_params(axis="y", length=0)
        for border in borders[1:-1]:
            axes.axhline(border - 0.5, color="0.85", linewidth=0.5, zorder=0)
    else:
        axes.set_ylabel(_recorded(result, wanted[0]))
    axes.set_xlim(0, simulated(result) or 1)
    axes.set_ylim(-0.5, max(borders[-1], 1) - 0.5)
    axes.set_xlabel("time (ms)")
    return made or axes.figure


def _bands(result, monitors, populations):
    """Name, number of neurons, spike times (ms) and indices of every band of a raster."""
    found = []
    for monitor in monitors:
        t, i = np.asarray(result[f"{monitor}.t"] / ms), np.asarray(result[f"{monitor}.i"])
        name = re.sub(r"^spikes_|_spikes$", "", monitor)
        sizes = populations or {name: len(result[f"{monitor}.count"])}
        start = 0
        for name, n in sizes.items():
            within = (i >= start) & (i < start + n)
            found.append((name, n, t[within], i[within] - start))
            start += n
    return found


def _recorded(result, monitor):
    """The plural of what a monitor has recorded: neurons, synapses or compartments."""
    return result.monitors.get(monitor, {}).get("of", "neuron")


def _kinds(result, monitor, n):
    kind = _recorded(result, monitor)
    return kind if n == 1 else f"{kind}s"


def population_rate(
    result: Result, monitor: str | None = None, *, bin: QuantityLike = 5 * ms, axes: Axes | None = None
) -> Figure:
    """Spikes per neuron and second (Hz) in bins of width `bin` (a time), as a step line; the last bin may be narrower.

    A bin is an integer number of time steps: other widths are rounded, and the label has the rounded width. `monitor` may
    also be the name of a PopulationRateMonitor. Raises ZooError without such a monitor, and for a bin shorter than half a step.
    """
    monitor = monitor_of(result, monitor)
    edges, rates = binned(result, monitor, bin)
    made = None
    if axes is None:
        made, axes = figure(height=2.5)
        axes.set_xlabel("time (ms)")
    axes.stairs(rates, edges, color="C0", fill=True, alpha=0.7)
    width = bin_width(result, monitor, bin)
    rounded = abs(float(width - bin)) > 1e-6 * float(bin)
    axes.set_ylabel(f"rate (Hz)\nin bins of {float(width / ms):.6g} ms" if rounded else "rate (Hz)")
    axes.set_xlim(0, simulated(result) or 1)
    return made or axes.figure


def traces(
    result: Result,
    monitor: str | None = None,
    *,
    variables: Iterable[str] | None = None,
    labels: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    axes: Any = None,
) -> Figure:
    """The recorded variables of a StateMonitor against time (ms), a row each, with a line for each recorded index.

    The rows are in the order in which the variables were recorded, or in that of `variables`; `axes` are existing rows.
    `labels` are the names on the axes, without units: variable -> label; `names` are those of the lines. Raises ZooError
    when the result has no such monitor.
    """
    monitor = one(monitor, state_monitors(result), "state monitor")
    if variables is None:
        variables = [name.removeprefix(f"{monitor}.") for name in result if name.startswith(f"{monitor}.")]
        variables = [name for name in variables if name not in ("t", "record")]
    variables, kind = list(variables), _recorded(result, monitor)
    names = [f"{kind} {index}" for index in result[f"{monitor}.record"]] if names is None else names
    made = None
    if axes is None:
        made, axes = figure(len(variables), height=1.2 + 1.5 * len(variables), sharex=True, squeeze=False)
    rows = np.ravel(axes)
    t = np.asarray(result[f"{monitor}.t"] / ms)
    for axes, variable in zip(rows, variables, strict=True):
        values, unit = scaled(result[f"{monitor}.{variable}"])
        for name, line in zip(names, values, strict=True):
            axes.plot(t, line, linewidth=0.8, label=name)
        axes.margins(y=0.08)
        label = (labels or {}).get(variable, variable)
        axes.set_ylabel(f"{label} ({typeset(unit)})" if unit else label)
    recorded = len(result[f"{monitor}.record"])
    title(rows[0], f"{recorded} recorded {_kinds(result, monitor, recorded)}")
    if 0 < recorded <= MOST_NAMES:
        rows[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, fontsize=9, frameon=False)
    rows[-1].set_xlabel("time (ms)")
    if len(t):
        rows[-1].set_xlim(t[0], max(t[-1], simulated(result)))
    return made or rows[0].figure


def mosaic(fields: ArrayLike, grid: tuple[int, int], shape: tuple[int, int], *, axes: Axes) -> None:
    """Images `fields` (cells, pixels) of `shape` side by side on a `grid` (rows, columns), row by row, with a colour bar."""
    (rows, columns), (height, width) = grid, shape
    tiles = np.asarray(fields).reshape(rows, columns, height, width)
    framed = np.full((rows, columns, height + 1, width + 1), np.nan)
    framed[:, :, :height, :width] = tiles
    picture = framed.swapaxes(1, 2).reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]
    shown = axes.imshow(picture, cmap="magma", vmin=0, interpolation="nearest")
    axes.set_axis_off()
    axes.figure.colorbar(shown, ax=axes, label="weight", shrink=0.8)


def class_map(classes: NDArray[Any], names: Sequence[str] | None = None, *, axes: Axes) -> None:
    """The `classes` (rows, columns) of the cells of a grid as numbers on colours; -1 is left blank.

    A colour bar explains the colours when the classes have `names` other than their numbers, and on a large grid, where
    numbers would be too small to read.
    """
    named = names is not None and list(names) != [str(number) for number in range(len(names))]
    most = len(names) - 1 if named else max(9, int(classes.max(initial=0)))
    colours = matplotlib.colormaps["tab10" if most < 10 else "turbo"].resampled(most + 1)
    shown = np.ma.masked_less(classes, 0)
    picture = axes.imshow(shown, cmap=colours, vmin=-0.5, vmax=most + 0.5, alpha=0.55)
    size = min(90 / max(classes.shape), 11)
    if named or size < SMALLEST_FONT:
        ticks = range(0, most + 1, -(-most // (30 if named else 10)) or 1)
        scale = axes.figure.colorbar(picture, ax=axes, label="" if named else "class", shrink=0.8, ticks=ticks)
        if named:
            scale.ax.set_yticks(ticks, [f"{tick}  {names[tick]}" for tick in ticks])
    if size >= SMALLEST_FONT:
        for (row, column), number in np.ndenumerate(classes):
            if number >= 0:
                axes.text(column, row, str(number), ha="center", va="center", fontsize=size, in_layout=False)
    axes.set_axis_off()


def confusion(table: NDArray[Any], names: Sequence[str] | None = None, *, axes: Axes) -> None:
    """The counts `table` (classes, classes + 1), class by predicted class, as an image with numbers; the last column is "none".

    `names` are those of the classes. With so many classes that numbers would be too small to read, a colour bar shows
    the fractions of a row.
    """
    classes = len(table)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size = min(110 / classes, 8)
    if size < SMALLEST_FONT:
        axes.figure.colorbar(picture, ax=axes, label="fraction of the images of a class", shrink=0.8)
    else:
        for (row, column), number in np.ndenumerate(table):
            if number:
                colour = "white" if shares[row, column] > 0.5 else "black"
                axes.text(
                    column, row, str(number), ha="center", va="center", fontsize=size, color=colour, in_layout=False
                )
    step = -(-classes // 12)
    ticks = range(0, classes, step)
    known = [tick for tick in ticks if classes - tick >= step]  # not over the name of the last column
    names = list(map(str, range(classes) if names is None else names))
    slanted = {"rotation": 45, "ha": "right"} if max(map(len, names)) > 2 else {}
    axes.set_xticks([*known, classes], [*(names[tick] for tick in known), "none"], **slanted)
    axes.set_yticks(ticks, [names[tick] for tick in ticks])
    axes.set(xlabel="predicted", ylabel="class of the image")


def overview(result: Result) -> dict[str, Figure]:
    """Figures for results whose experiment draws none: a raster of all spikes, population rates, traces.

    A single cell with traces gets no raster. Raises ZooError for what these figures refuse.
    """
    spikes = [name for name in spike_monitors(result) if f"{name}.t" in result]
    states = state_monitors(result)
    drawn = {}
    if spikes and not (states and all(len(result[f"{name}.count"]) == 1 for name in spikes)):
        drawn[spikes[0] if len(spikes) == 1 else "all_spikes"] = raster(result, spikes)
    drawn |= {name: population_rate(result, name) for name in rate_monitors(result)}
    return drawn | {name: traces(result, name) for name in states}


def scaled(values: ArrayLike) -> tuple[NDArray[Any], str]:
    """`values` (any shape) as numbers in the unit that fits their size, and the name of this unit ("" without one)."""
    if not isinstance(values, Quantity):
        return np.asarray(values), ""
    unit = values.get_best_unit()
    return np.asarray(values / unit), quantities.unit_text(unit)


def typeset(unit: str) -> str:
    """A unit of equations for a label: ``uA/cm**2`` is µA/cm²."""
    unit = re.sub(r"\bu(?=[A-Za-z])", "µ", unit)
    superscripts = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return re.sub(r"\*\*\(?(-?\d)\)?", lambda power: power[1].translate(superscripts), unit).replace("*", " ")
