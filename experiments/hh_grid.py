"""Two grids of Hodgkin-Huxley cells with dendrites: raster, voltages, and the grids in space, also as an animation.

Chapter: networks
"""

from functools import partial
from pathlib import Path

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, ms, mV, um
from matplotlib.animation import PillowWriter
from mpl_toolkits.mplot3d.art3d import Line3DCollection

from zoo import ZooError, cli, plots, replace, simulate
from zoo.analysis.rates import binned
from zoo.core import quantities
from zoo.core.errors import unknown
from zoo.engine.program import NotFinite
from zoo.experiments import _against_neuron, _traced
from zoo.models.hh_grid import WRITTEN, HHGrid

FIGURES = ("all", "raster", "voltages", "positions")
COLOURS = ("rate", "voltage")

# The range of colours for the membrane potential, in mV.
LEAST, MOST = -80, 40
# The largest number of frames of an animation, and frames per second.
FRAMES, FRAMES_PER_SECOND = 60, 10


def record(network, cell=0, traced=None):
    """Spikes; v and v_d of the cells `traced`; both of all for pictures.

    By default the traces are those of `cell`, its partner in the other grid, and the next cell.
    """
    cells = network["cells"]
    n = len(cells) // 2
    if not traced:
        traced = [cell, (cell + n) % (2 * n), cell + 1 if (cell + 1) % n else cell + 1 - n]
    return [
        SpikeMonitor(cells, name="spikes"),
        StateMonitor(cells, ["v", "v_d"], record=list(dict.fromkeys(traced)), dt=0.1 * ms, name="trace"),
        StateMonitor(cells, ["v", "v_d"], record=True, dt=0.5 * ms, name="field"),
    ]


def main(
    model=HHGrid(),
    duration=200 * ms,
    backend="cpp",
    seed=0,
    cell: int = None,  # index of the cell whose synapses and v are drawn; default: in the middle
    plot: str = "all",  # raster, voltages, positions or all
    colour: str = "rate",  # colour of the cells in space: rate or voltage
    at=0 * ms,  # time of this voltage
    trace: str = "",  # cells whose soma and dendrite are recorded, as 0,5,10-14; default: the cell and two others
    animate: bool = False,  # write the voltages in space to positions.gif
    literal: bool = False,  # use the potentials exactly as in the source
    out: Path = None,
):
    """Run the network and draw it."""
    if literal:
        model = replace(model, **WRITTEN)
    n = model.n**2
    cell = (model.n // 2) * (model.n + 1) if cell is None else cell
    if not 0 <= cell < 2 * n:
        raise ZooError(f"cell is {cell}; this network has the cells 0 to {2 * n - 1}.")
    for name, value, known in (("plot", plot, FIGURES), ("colour", colour, COLOURS)):
        if value not in known:
            raise unknown(name, value, known)
    if not 0 * ms <= at < duration:
        raise ZooError(f"at is {quantities.format(at)}; it must be within the duration, {quantities.format(duration)}.")
    traced = _traced.indices(trace, {"the network": 2 * n})
    try:
        result = simulate(model, duration, partial(record, cell=cell, traced=traced), backend=backend, seed=seed)
    except NotFinite as fault:
        if not model.beyond:
            raise
        result = fault.result  # `beyond` is for showing the divergence
    rates = _rates(result)
    numbers = {"rate_E_hz": rates[:n].mean(), "rate_I_hz": rates[n:].mean()}
    print("mean rates (Hz): E {rate_E_hz:.2f}  I {rate_I_hz:.2f}".format(**numbers))
    lost = ~np.all(np.abs(result["field.v"] / mV) < 200, axis=0)
    if lost.any():
        numbers["diverged_ms"] = float(result["field.t"][lost.argmax()] / ms)
        print("the voltages diverge at {diverged_ms:g} ms".format(**numbers))
    shown = {"cell": cell, "plot": plot, "colour": colour, "at_ms": float(at / ms)}
    result = result.with_numbers(**{name: float(value) for name, value in numbers.items()}, **shown)
    if animate:
        path = (out or Path()) / "positions.gif"
        animation(result, path)
        print(f"wrote {path}")
    return result


def connections(n: int, cell: int):
    """The synapses (source, target) to and from `cell` in two n x n grids: the excitatory and the inhibitory ones."""
    partner = (cell + n * n) % (2 * n * n)
    excitatory = [(min(cell, partner), max(cell, partner))]
    others = [k for k in range(n * n) if k != min(cell, partner)]
    if cell < n * n:
        return excitatory, [(k + n * n, cell) for k in others]
    return excitatory, [(cell, k) for k in others]


def plot(result):
    made = {"raster": _raster, "voltages": _voltages, "positions": positions}
    wanted = result.numbers["plot"]
    return {name: draw(result) for name, draw in made.items() if wanted in ("all", name)}


def _rates(result):
    """Spikes per second of every cell."""
    return result["spikes.count"] / (float(result.duration) * result.completed)


def _raster(result):
    n = result.model.n**2
    figure, (raster, rate) = plots.figure(2, height=6, sharex=True, height_ratios=(3, 1))
    plots.raster(result, "spikes", populations={"excitatory": n, "inhibitory": n}, axes=raster)
    raster.set_xlabel("")
    rates = "excitatory {rate_E_hz:.1f} Hz, inhibitory {rate_I_hz:.1f} Hz".format(**result.numbers)
    plots.title(raster, f"two grids of {n} cells: {rates}")
    for position, (name, cells) in enumerate((("excitatory", slice(0, n)), ("inhibitory", slice(n, None)))):
        edges, values = binned(result, "spikes", 2 * ms, neurons=cells)
        rate.stairs(values, edges, color=f"C{position}", label=name)
    rate.set(xlabel="time (ms)", ylabel="rate (Hz)", xlim=(0, float(result.duration / ms)))
    rate.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=9, frameon=False)
    return figure


def _name(model, cell):
    kind, place = ("inhibitory", cell - model.n**2) if cell >= model.n**2 else ("excitatory", cell)
    return f"{kind} cell at row {place // model.n}, column {place % model.n}"


def _voltages(result):
    cells = result["trace.record"]
    figure, rows = plots.figure(len(cells), height=1.0 + 1.7 * len(cells), sharex=True, sharey=True, squeeze=False)
    t = np.asarray(result["trace.t"] / ms)
    for axes, cell, soma, dendrite in zip(rows[:, 0], cells, result["trace.v"], result["trace.v_d"], strict=True):
        axes.plot(t, soma / mV, linewidth=0.9, label="soma")
        axes.plot(t, dendrite / mV, linewidth=0.9, label="dendrite")
        axes.set_ylabel("v (mV)")
        plots.title(axes, _name(result.model, cell))
    rows[0, 0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=9, frameon=False)
    rows[-1, 0].set(xlabel="time (ms)", xlim=(0, float(result.duration / ms)))
    return figure


def positions(result):
    """The grids in space, with the connections of the chosen cell, coloured by rate or by the voltage at a time."""
    model, cell, at = result.model, int(result.numbers["cell"]), result.numbers["at_ms"]
    figure, axes = _space(model, cell)
    if result.numbers["colour"] == "rate":
        rates = _rates(result)
        values, label, span = (rates, rates), "rate (Hz)", {"vmin": 0, "vmax": max(rates.max(), 1)}
        text = f"mean rate over {float(result.duration / ms):g} ms"
    else:
        frame = np.abs(np.asarray(result["field.t"] / ms) - at).argmin()
        values = [_potential(result, variable)[:, frame] for variable in ("v", "v_d")]
        label, span = "v (mV)", {"vmin": LEAST, "vmax": MOST}
        text = f"membrane potential at {float(result['field.t'][frame] / ms):g} ms"
    somata, _ = _cells(axes, model, values, **span)
    figure.colorbar(somata, ax=axes, label=label, shrink=0.6, pad=0.1)
    plots.title(axes, f"{text}\nsynapses of the {_name(model, cell)}")
    return figure


def _potential(result, variable):
    """Somata (v) or dendrites (v_d) in mV; old results without dendrites give the somata for both."""
    name = f"field.{variable}"
    return np.asarray((result[name] if name in result else result["field.v"]) / mV)


def _places(model):
    """x, y, z of all somata in µm: (3, cells)."""
    place = np.arange(model.n**2)
    x, y = (np.tile(k, 2) * float(model.spacing / um) for k in (place // model.n, place % model.n))
    return np.stack([x, y, np.repeat([0, -float(model.depth / um)], model.n**2)])


def _ends(model):
    """The far ends of the dendrites, drawn with their length away from the other grid, so that none hides another."""
    x, y, z = _places(model)
    return np.stack([x, y, z + np.repeat([1, -1], model.n**2) * float(model.L_d / um)])


def _space(model, cell):
    """Axes in three dimensions, z to the back, y upwards, with the synapses of `cell`, from somata to dendrites."""
    figure, axes = plots.figure(width=8.5, height=6.8, subplot_kw={"projection": "3d"})
    places, ends = (points[[0, 2, 1]].T for points in (_places(model), _ends(model)))
    groups = zip(connections(model.n, cell), ("C3", "C0"), ("excitatory", "inhibitory"), (2.0, 0.5), strict=True)
    for pairs, colour, name, width in groups:
        lines = [(places[source], (places[target] + ends[target]) / 2) for source, target in pairs]
        axes.add_collection3d(Line3DCollection(lines, colors=colour, linewidths=width, alpha=0.6))
        axes.plot([], [], [], color=colour, linewidth=width, label=f"{name} synapses: {len(pairs)}")
    axes.legend(loc="upper right", fontsize=9, frameon=False)
    x, z, y = places.T
    edge = float(model.spacing / um) / 2
    low, high = ends[:, 1].min(), ends[:, 1].max()
    axes.set(xlabel="x (µm)", zlabel="y (µm)")
    axes.set_ylabel("z (µm)", labelpad=22)
    axes.set(xlim=(x.min() - edge, x.max() + edge), ylim=(high, low), zlim=(y.min() - edge, y.max() + edge))
    extent = np.ptp(x) + 2 * edge
    axes.set_box_aspect((extent, min(high - low, 2 * extent), extent))
    axes.set_yticks([low, z.min(), z.max(), high], [f"{low:g}", f"{z.min():g} (I)", f"{z.max():g} (E)", f"{high:g}"])
    axes.view_init(elev=22, azim=-38)
    return figure, axes


def _cells(axes, model, values, **span):
    """Somata and dendrites as in NEURON's PlotShape, in the colours of `values`, one array for each of the two."""
    places, ends = (points[[0, 2, 1]].T for points in (_places(model), _ends(model)))
    edges = np.repeat(["C3", "C0"], model.n**2)  # the colours of their synapses
    somata = axes.scatter(
        *places.T, c=values[0], s=np.clip(6000 / model.n**2, 4, 120), cmap="inferno", edgecolors=edges, linewidths=0.8,
        depthshade=False, **span,
    )  # fmt: skip
    dendrites = Line3DCollection(
        np.stack([places, ends], axis=1), cmap="inferno", linewidths=np.clip(12 / model.n, 0.6, 3), alpha=0.8
    )
    dendrites.set_array(values[1])
    dendrites.set_clim(span["vmin"], span["vmax"])
    axes.add_collection3d(dendrites)
    return somata, dendrites


def animation(result, path) -> None:
    """Write the membrane potentials in space as a GIF; a frame shows the highest potential since the previous frame."""
    model, cell = result.model, int(result.numbers["cell"])
    figure, axes = _space(model, cell)
    t, potentials = np.asarray(result["field.t"] / ms), [_potential(result, variable) for variable in ("v", "v_d")]
    step = -(-len(t) // FRAMES)
    shown = _cells(axes, model, [v[:, 0] for v in potentials], vmin=LEAST, vmax=MOST)
    figure.colorbar(shown[0], ax=axes, label="v (mV)", shrink=0.6, pad=0.1)
    plots.title(axes, "membrane potential")
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # without this every frame gets a new layout
    writer = PillowWriter(fps=FRAMES_PER_SECOND)
    with writer.saving(figure, path, dpi=60):
        for start in range(0, len(t), step):
            for part, v in zip(shown, potentials, strict=True):
                part.set_array(v[:, start : start + step].max(axis=1))
            plots.title(axes, f"membrane potential, {t[start]:.0f} ms")
            writer.grab_frame()


def measure(case, **protocol):
    """The differences from NEURON of a case of reference/hh_*; of hh_fi the numbers of spikes."""
    return _against_neuron.measure(case, **protocol) if protocol else _against_neuron.measure_fi()


CLAIMS = tuple(_against_neuron.claims())

if __name__ == "__main__":
    cli(main)
