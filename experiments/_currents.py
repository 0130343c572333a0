"""One cell for each of several injected currents: spike trains, rates and claims as published numbers have them."""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, cm, ms, mV, uA

from zoo import Claim, plots, replace, simulate

MICROAMP = uA / cm**2
SOURCE = "Dormand-Prince 5(4), tolerance 1e-10"
#: The reasons of tolerances: of spike times, and of rates.
LATE = "with 10 µs steps a spike is noticed up to one step late"
SPAN = "the first and the last spike of two seconds are each noticed up to one step late"
TRANSIENT = 500  # ms, before which no spike counts for a rate


def at(model, currents, **fields):
    """`model` with one cell for each of the `currents` (µA/cm²)."""
    return replace(model, n=len(currents), amplitude=np.asarray(currents) * MICROAMP, **fields)


def record(network):
    """All spikes, and the potential of every cell."""
    return recorder(*range(len(network["cells"])))(network)


def record_spikes(network):
    return SpikeMonitor(network["cells"], name="spikes")


def recorder(*cells):
    """A `record` of all spikes, and of the potential of some `cells`."""
    return lambda network: [
        record_spikes(network),
        StateMonitor(network["cells"], "v", record=list(cells), dt=0.1 * ms, name="trace"),
    ]


def trains(result, dt):
    """The spike times (ms) of every cell: a spike is at the end of its time step, and Brian2 labels it with the start."""
    t, i = np.asarray((result["spikes.t"] + dt) / ms), np.asarray(result["spikes.i"])
    return [t[i == cell] for cell in range(len(result["spikes.count"]))]


def rate(train, after=TRANSIENT):
    """The rate (Hz) from the mean interval of the spikes `after` a time (ms); 0 for fewer than two."""
    late = train[train >= after]
    return 1000 * (len(late) - 1) / (late[-1] - late[0]) if len(late) > 1 else 0.0


def measured(trains, names, first=8):
    """The rates and first spikes of the `trains` of cells called `names`, as the claims call them."""
    found = {f"rate at {name} µA/cm²": rate(train) for name, train in zip(names, trains, strict=True)}
    return found | {f"spikes at {name} µA/cm²": train[:first] for name, train in zip(names, trains, strict=True)}


def claims_of_trains(trains, tolerance, reason, source=SOURCE):
    """A claim for each of the `trains`, name -> spike times (ms)."""
    for name, times in trains.items():
        yield Claim(
            quantity=name, expected=tuple(times), unit="ms", tolerance=tolerance, reason=reason, source=source
        )  # fmt: skip


def claims_of_rates(rates, tolerance, reason, quantity="rate at {} µA/cm²"):
    """A claim for each of the `rates` (Hz), by the current as text."""
    for current, expected in rates.items():
        yield Claim(
            quantity=quantity.format(current),
            unit="Hz",
            expected=expected,
            tolerance=tolerance,
            reason=reason,
            source=SOURCE,
        )


def claims_of_times(times, tolerance, reason, quantity="spikes at {} µA/cm²"):
    """A claim for each list of spike `times` (ms) that is not empty, by the current as text."""
    for current, expected in times.items():
        if expected:
            yield Claim(
                quantity=quantity.format(current), unit="ms", expected=tuple(expected), tolerance=tolerance, reason=reason,
                source=SOURCE,
            )  # fmt: skip


def run(model, currents, drawn, duration, backend, seed):
    """`model` at the `currents` (µA/cm²), with its rates (Hz), and the potential of the cells `drawn`."""
    result = simulate(at(model, currents), duration, recorder(*drawn), backend=backend, seed=seed)
    rates = np.asarray([rate(train) for train in trains(result, model.dt)])
    silent = currents[rates == 0]
    silence = f"silent up to {silent[-1]:g} µA/cm², " if len(silent) else ""
    print(f"{silence}{rates[-1]:.1f} Hz at {currents[-1]:g} µA/cm²")
    return result.with_numbers(rates=rates)


def figure(result, currents, drawn, reference, until=200, peak=None):
    """The potentials of the cells `drawn` up to a time (ms), and the rates of all, beside a reference (Hz, by current).

    Spikes are drawn up to `peak` (mV), where the potential does not show them.
    """
    rows = len(drawn)
    made, panels = plots.figure(rows, 2, width=10, height=1.6 * rows, width_ratios=(1.3, 1))
    t, v = np.asarray(result["trace.t"] / ms), np.asarray(result["trace.v"] / mV)
    spikes = trains(result, result.model.dt)
    for axes, potential, cell in zip(panels[:, 0], v, drawn, strict=True):
        own = spikes[cell] if peak is not None else []
        where = np.searchsorted(t, own, side="right")
        times, values = np.insert(t, where, own), np.insert(potential, where, peak)
        axes.plot(times[times <= until], values[times <= until], linewidth=0.8)
        axes.set(xlim=(0, until), ylabel="v (mV)")
        plots.title(axes, f"{currents[cell]:.3g} µA/cm²")
    panels[-1, 0].set_xlabel("time (ms)")
    grid = panels[0, 1].get_gridspec()
    for axes in panels[:, 1]:
        axes.remove()
    axes = made.add_subplot(grid[:, 1])
    draw_rates(axes, currents, result.numbers["rates"], reference)
    axes.spines[["top", "right"]].set_visible(False)
    plots.title(axes, "circles: independent integration")
    return made


def draw_rates(axes, currents, rates, reference, **style):
    """Rates (Hz) against currents (µA/cm²), and those of an independent integration."""
    axes.plot(currents, rates, linewidth=1.2, **style)
    inside = {float(current): hz for current, hz in reference.items() if currents[0] <= float(current) <= currents[-1]}
    axes.plot(list(inside), list(inside.values()), "o", color="k", markersize=4, fillstyle="none", clip_on=False)
    axes.set(xlabel="I (µA/cm²)", ylabel="firing rate (Hz)", xlim=(currents[0], currents[-1]))
    axes.set_ylim(0, max(1.05 * max(rates), axes.get_ylim()[1]))
