"""The phase plane of a single neuron: vector field, nullclines, fixed points and their stability, trajectories.

    zoo run phase_plane --current 0.5
    zoo run phase_plane --neuron morris_lecar --preset snic --current "30*uA/cm**2"
    zoo run phase_plane --current 2 --window "w=-1:3"
    zoo run phase_plane --neuron hodgkin_huxley --interactive

With --interactive a window opens, in which a click starts a trajectory; closing it writes the figure. The field,
nullclines and fixed points are computed from the equation strings. Trajectories are runs of the model with one compiled
program. --window sets the limits of the plane, as in "v=-100:80*mV,n_K=0.2:0.8"; fixed points outside are listed with
their coordinates, up to one width and one height away.

For hodgkin_huxley the plane is that of v and n, with m at its steady state and h = 0.8 - n; trajectories are those of
the whole model, so they may cross each other, and cross the nullclines at a slant.

Chapter: single neurons
"""

import dataclasses

import matplotlib
import numpy as np
from brian2 import Quantity, SpikeMonitor, StateMonitor, ms, second

from zoo import ZooError, cli, plots, program
from zoo.analysis.phase_plane import System, fixed_points, nullclines
from zoo.core import quantities
from zoo.core.errors import quoted, unknown
from zoo.experiments import _single
from zoo.sweeps.axes import in_one_unit

# Trajectories start on a grid of this many points along each axis.
STARTS = 3
# Arrows of the vector field along each axis.
ARROWS = 22


def record(network):
    cells = network["cells"]
    there = [name for name in ("v", "w", "u", "n_K") if name in cells.variables]
    return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, there, record=True, name="trace")]


def main(
    neuron: str = "fitzhugh_nagumo",  # hodgkin_huxley, fitzhugh_nagumo, izhikevich or morris_lecar
    preset: str = "",  # its named parameters, such as RS, CH or snic
    current: Quantity = None,  # constant
    parameters: str = "",  # "name = value; name = value" for the model
    window: str = "",  # limits of the plane, such as "v=-3:3,w=-1:4"; "v=-100:80*mV" where v has a unit
    duration: second = None,  # length of a trajectory
    interactive: bool = False,  # start trajectories with clicks in a window
    backend="cpp",
    seed=0,
):
    """Analyse `neuron` under a constant `current`; run it from a grid of points and from clicks of the user."""
    row = _single.neuron(neuron)
    if len(row.plane) != 2:
        raise ZooError(f"{neuron} has one variable; a phase plane needs two.")
    if np.ndim(current):
        raise ZooError("the phase plane needs a single current.")
    if interactive:
        _check_backend()
    row = _with_window(row, window)
    if row.plane_dt:
        parameters = f"dt = {row.plane_dt}; {parameters}"  # the user's dt comes later and takes precedence
    model = _single.choose(neuron, preset, parameters, amplitude=current, onset=0 * ms, n=STARTS**2)
    duration = row.duration if duration is None else duration
    starts = _starts(row)
    inside, outside, searched = _fixed_points(model, row)
    for point in inside:
        print(f"{point.kind} at {_place(point, row)}")
    for point in outside:
        print(f"{point.kind} at {_place(point, row)}, outside the window; --window shows it")
    if not inside and not outside:
        print(f"no fixed point in {searched}")
    with program(model, duration, record, backend=backend) as built:
        result = built.run(_values(starts, model, row), seed=seed)
        lines = [_line(result, row, cell) for cell in range(len(starts))]
        if interactive:
            lines += _ask(model, row, lines, lambda start: _trajectory(built, start, row, seed))
    drawn = {f"trajectory.{number}": line for number, line in enumerate(lines)}
    return result.with_only(drawn | {"window": np.array([(axis.low, axis.high) for axis in row.plane])})


def plot(result):
    row = _single.neuron_of(result.model)
    if "window" in result:
        row = _moved(row, np.asarray(result["window"]).tolist())
    figure, axes = plots.figure(width=7.5, height=5.5)
    draw(axes, result.model, row)
    for number in range(sum(name.startswith("trajectory.") for name in result)):
        draw_trajectory(axes, result[f"trajectory.{number}"], "C2" if number < STARTS**2 else "C3")
    return {"phase_plane": figure}


def draw(axes, model, row) -> None:
    """Vector field, nullclines and fixed points, in the units of the axes."""
    system, (low, high) = _system(model, row), _window(row)
    x, y = np.meshgrid(*(np.linspace(a, b, ARROWS) for a, b in zip(low, high, strict=True)), indexing="ij")
    dx, dy = system.derivative(x, y)[[system.variables.index(axis.name) for axis in row.plane]]
    dx, dy = dx / (high[0] - low[0]), dy / (high[1] - low[1])  # in fractions of the window, so that arrows look right
    length = np.hypot(dx, dy)
    x, y = _shown((x, y), row)
    axes.quiver(x, y, dx / length, dy / length, color="0.75", angles="uv", scale=ARROWS * 1.8, width=0.002, pivot="mid")
    for position, (name, lines) in enumerate(nullclines(system, low, high).items()):
        axis = next(axis for axis in row.plane if axis.name == name)
        text = f"{axis.label.split()[0]}-nullcline"
        for line in lines:
            axes.plot(*_shown(line.T, row), color=f"C{position}", linewidth=1.5, label=text)
            text = None
    inside, outside, _ = _fixed_points(model, row)
    for point in (*inside, *outside):
        axes.plot(
            *_shown(point.state, row), marker="D" if point.kind == "saddle" else "o", markersize=7, color="k",
            markerfacecolor="k" if point.stable else "white", linestyle="none", zorder=5,
            label=point.kind if point in inside else f"{point.kind},\noutside the window:\n{_place(point, row, 3)}",
        )  # fmt: skip
    horizontal, vertical = row.plane
    axes.set(xlabel=horizontal.label, ylabel=vertical.label)
    axes.set(xlim=(horizontal.low, horizontal.high), ylim=(vertical.low, vertical.high))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9)
    plots.title(axes, f"{row.title}, I = {_single.shown(_one(model.amplitude), row)}")


def draw_trajectory(axes, line, colour="C2") -> None:
    """A trajectory of shape (2, time) from its start, a dot; it is broken where a spike resets the cell."""
    axes.plot(*line, linewidth=0.9, color=colour)
    axes.plot(line[0, 0], line[1, 0], marker=".", markersize=7, color=colour)


def listen(axes, start) -> int:
    """Draw `start((x, y))`, a trajectory, at every click into `axes`; returns matplotlib's connection id."""
    canvas = axes.figure.canvas

    def click(event):
        toolbar = getattr(canvas, "toolbar", None)
        if event.inaxes is axes and event.button == 1 and not (toolbar and toolbar.mode):
            draw_trajectory(axes, start((event.xdata, event.ydata)), "C3")
            canvas.draw_idle()

    return canvas.mpl_connect("button_press_event", click)


def _ask(model, row, lines, start):
    """Show the plane in a window until it is closed; returns the trajectories that the user has started."""
    from matplotlib import pyplot

    _, axes = pyplot.subplots(figsize=(9, 6.5), layout="constrained")
    draw(axes, model, row)
    for line in lines:
        draw_trajectory(axes, line)
    added = []

    def keep(point):
        added.append(start(point))
        return added[-1]

    listen(axes, keep)
    pyplot.show()
    return added


def _check_backend():
    """Raise ZooError when matplotlib cannot open a window."""
    if matplotlib.get_backend().lower() not in {name.lower() for name in _interactive_backends()}:
        raise ZooError(
            f"matplotlib's backend {matplotlib.get_backend()} opens no window; install one that does "
            "(python -m pip install PyQt6), or leave out --interactive."
        )


def _interactive_backends():
    try:
        from matplotlib.backends import BackendFilter, backend_registry

        return backend_registry.list_builtin(BackendFilter.INTERACTIVE)
    except ImportError:  # matplotlib before 3.9
        from matplotlib import rcsetup

        return rcsetup.interactive_bk


def _trajectory(built, start, row, seed):
    """The trajectory from one point of the plane; all cells of the program run it."""
    size = STARTS**2
    return _line(built.run(_values(np.repeat([start], size, axis=0), built.model, row), seed=seed), row, 0)


def _values(starts, model, row):
    """The initial values of cells that start at `starts`, shape (cells, 2), in the units of the axes."""
    state = {
        axis.name: np.asarray(values) * axis.unit for axis, values in zip(row.plane, np.transpose(starts), strict=True)
    }
    system = _system(model, row)
    numbers = [np.asarray(state[name]) for name in system.variables]
    hidden = {name: system.function(text)(*numbers) for name, text in row.in_plane.items()}
    return {f"cells.{name}": values for name, values in {**state, **hidden}.items()}


def _line(result, row, cell):
    """The trajectory of a cell, shape (2, time), in the units of the axes, with a gap at every reset."""
    x, y = (np.asarray(result[f"trace.{axis.name}"][cell] / axis.unit) for axis in row.plane)
    if row.peak is None:
        return np.array([x, y])
    spikes = np.asarray(result["spikes.t"][result["spikes.i"] == cell] / second)
    where = np.searchsorted(np.asarray(result["trace.t"] / second), spikes, side="right")
    where = where[where > 0]
    # v rises to its peak, where the line stops.
    x = np.insert(x, np.repeat(where, 2), np.tile([row.peak, np.nan], len(where)))
    y = np.insert(y, np.repeat(where, 2), np.column_stack([y[where - 1], np.full(len(where), np.nan)]).ravel())
    return np.array([x, y])


def _starts(row):
    """A grid inside the window, shape (STARTS**2, 2), in the units of the axes."""
    part = (np.arange(STARTS) + 0.5) / STARTS
    axes = [axis.low + part * (axis.high - axis.low) for axis in row.plane]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)


def _system(model, row):
    """The two equations of the plane, in the order of its axes, at a constant current."""
    found = System.of(model, {"I": _one(model.amplitude), **row.in_plane})
    assert found.variables == tuple(axis.name for axis in row.plane)
    return found


def _fixed_points(model, row):
    """The fixed points inside the window, those outside it, and the region that was searched, as text."""
    system, window = _system(model, row), np.array(_window(row))
    both = np.array([window, _window(_single.neuron_of(model))])
    low, high = both.min(axis=(0, 1)), both.max(axis=(0, 1))
    wide = (2 * low - high, 2 * high - low)
    inside = fixed_points(system, *window)
    margin = 1e-6 * (window[1] - window[0])  # a point on the border of the window is inside
    outside = [
        point
        for point in fixed_points(system, *wide)
        if np.any((point.state < window[0] - margin) | (point.state > window[1] + margin))
    ]
    sides = zip(row.plane, *(_shown(corner, row) for corner in wide), strict=True)
    return inside, outside, ", ".join(f"{axis.name} = {a:.5g} to {b:.5g}{_unit(axis)}" for axis, a, b in sides)


def _place(point, row, digits=5):
    values = zip(row.plane, _shown(point.state, row), strict=True)
    return ", ".join(f"{axis.name} = {value:.{digits}g}{_unit(axis)}" for axis, value in values)


def _unit(axis, before=" "):
    return f"{before}{axis.unit}" if isinstance(axis.unit, Quantity) else ""


def _with_window(row, text):
    """The neuron with the limits of the plane in `text`: "variable=low:high,variable=low:high"."""
    axes, given = {axis.name: axis for axis in row.plane}, {}
    for part in filter(str.strip, text.split(",")):
        name, equals, ends = (piece.strip() for piece in part.partition("="))
        if not equals or ends.count(":") != 1:
            raise ZooError(f"cannot read the window {quoted(part)}; write variable=low:high, such as {_example(row)}.")
        if name not in axes:
            raise unknown("variable of this plane", name, axes)
        if name in given:
            raise ZooError(f"--window gives {name} twice.")
        axis, texts = axes[name], ends.split(":")
        low, high = (
            float(quantities.check_one(f"{name} in --window", end, axis.unit, f"10{_unit(axis, '*')}") / axis.unit)
            for end in in_one_unit(texts, *map(quantities.parse, texts))
        )
        if not low < high:
            raise ZooError(f"{name} in --window goes from {low:.5g} to {high:.5g}; the low side comes first.")
        if not 1e-9 * max(abs(low), abs(high)) < high - low < 1e9:
            raise ZooError(f"{name} in --window goes from {low:.5g} to {high:.5g}, too narrow or too wide to draw.")
        given[name] = low, high
    return _moved(row, [given.get(name, (axis.low, axis.high)) for name, axis in axes.items()])


def _example(row):
    return ",".join(f"{axis.name}={axis.low:g}:{axis.high:g}{_unit(axis, '*')}" for axis in row.plane)


def _moved(row, sides):
    plane = [dataclasses.replace(axis, low=low, high=high) for axis, (low, high) in zip(row.plane, sides, strict=True)]
    return dataclasses.replace(row, plane=tuple(plane))


def _window(row):
    """Lower and upper corner in SI units."""
    return tuple([float(getattr(axis, side) * axis.unit) for axis in row.plane] for side in ("low", "high"))


def _shown(state, row):
    """SI numbers in the units of the axes."""
    return [np.asarray(values) / float(axis.unit) for values, axis in zip(state, row.plane, strict=True)]


def _one(value):
    return value[0] if np.ndim(value) else value


if __name__ == "__main__":
    cli(main)
