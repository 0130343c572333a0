"""One of the five single neurons under current clamp: traces, and for gates their steady states and time constants.

    zoo run single_neuron --neuron izhikevich --preset CH --current 10
    zoo run single_neuron --current "[5, 6.25, 6.3, 10]*uA/cm**2" --parameters "T = 16.3; g_Na = 100*msiemens/cm**2"
    zoo run single_neuron --neuron morris_lecar --preset snic --stimulus "s = sin(2*pi*10*Hz*t) : 1"

`neuron` is hodgkin_huxley, fitzhugh_nagumo, izhikevich, leaky_integrate_and_fire or morris_lecar; `stimulus` is step,
ramp, pulses, or an equation for the time course s of the current, in t and i.

Chapter: single neurons
"""

import numpy as np
from brian2 import Quantity, SpikeMonitor, StateMonitor, ms, second

from zoo import cli, plots, replace, simulate
from zoo.analysis.phase_plane import System
from zoo.experiments import _single
from zoo.model import annotations

VARIABLES = ("v", "m", "h", "n_K", "u", "w", "I")
# With more cells a figure does not distinguish them.
DRAWN = 6


def record(network):
    cells = network["cells"]
    there = [name for name in VARIABLES if name in cells.variables]
    return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, there, record=True, name="trace")]


def main(
    neuron: str = "hodgkin_huxley",  # hodgkin_huxley, fitzhugh_nagumo, izhikevich, leaky_integrate_and_fire or morris_lecar
    preset: str = "",  # its named parameters, such as RS, CH or snic
    current: Quantity = None,  # injected current, one or a list with one for each cell
    stimulus: str = "",  # step, ramp, pulses, or an equation for s in t and i
    onset: second = None,  # start of the current
    end: second = None,  # end of the current
    parameters: str = "",  # "name = value; name = value" for the model
    duration: second = None,
    backend="cpp",
    seed=0,
):
    """Run `neuron` with the injected `current`, one or a list with one for each cell, from `onset` to `end`."""
    row = _single.neuron(neuron)
    duration = row.duration if duration is None else duration
    if stimulus == "ramp" and end is None:
        end = duration  # otherwise the ramp would still be near 0
    given = {"amplitude": current, "onset": onset, "end": end, "stimulus": _single.stimulus(stimulus)}
    model = _single.choose(neuron, preset, parameters, **given)
    result = simulate(model, duration, record, backend=backend, seed=seed)
    for cell, count in enumerate(result["spikes.count"]):
        text = _single.shown(_of_cell(model.amplitude, cell), row)
        if stimulus == "ramp":
            print(f"ramp from 0 to {text}: {count} spikes{_at_spikes(result, cell, row)}")
        else:
            print(f"I = {text}: {count} spikes")
    return result


def _at_spikes(result, cell, row):
    """The currents at the first and the last spike of a cell, as text."""
    times = np.asarray(result["spikes.t"])[result["spikes.i"] == cell]
    if not len(times):
        return ""
    at = np.searchsorted(np.asarray(result["trace.t"]), times[[0, -1]], side="right") - 1
    first, last = (_single.shown(result["trace.I"][cell, k], row) for k in at)
    return f", from {first} to {last}"


def plot(result):
    row = _single.neuron_of(result.model)
    figures = {"traces": _traces(result, row)}
    if row.gates:
        figures["gates"] = _gates(result.model, row)
    return figures


def _traces(result, row):
    heights = [2.2] + [1] * (len(row.rows) - 1)
    figure, axes = plots.figure(len(heights), height=2.6 + 1.2 * len(heights), sharex=True, height_ratios=heights)
    cells = result["trace.record"][:DRAWN]
    many = len(cells) > 1
    for panel, (label, unit, variables) in zip(axes, row.rows, strict=True):
        if many and len(variables) > 1:  # with several cells: the gates of one
            variables = variables[-1:]
            label = _shown(variables[0])
        for variable in variables:
            for cell in cells:
                t, values = np.asarray(result["trace.t"] / ms), np.asarray(result[f"trace.{variable}"][cell] / unit)
                if variable == "v" and row.peak is not None:
                    spikes = np.asarray(result["spikes.t"][result["spikes.i"] == cell] / ms)
                    t, values = _with_peaks(t, values, spikes, row.peak)
                text = _single.shown(_of_cell(result.model.amplitude, cell), row) if many else _shown(variable)
                colour = {"color": f"C{cell}"} if many else {}
                panel.plot(
                    t, values, linewidth=0.9, label=text, drawstyle="steps-post" if variable == "I" else None, **colour
                )
        panel.set_ylabel(label)
        if len(variables) > 1:
            panel.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9, frameon=False)
    if many:
        axes[0].legend(title="I", loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9, frameon=False)
    counts = result["spikes.count"][: len(cells)]
    number = f"{counts[0]} spike{'' if counts[0] == 1 else 's'}" if not many else f"{len(result['spikes.count'])} cells"
    plots.title(axes[0], f"{row.title}: {number}")
    figure.align_ylabels(axes)
    axes[-1].set_xlabel("time (ms)")
    axes[-1].set_xlim(0, float(result.duration / ms))
    return figure


def _with_peaks(t, values, spikes, peak):
    """A trace that rises to `peak` at each spike: v is reset in the step of the spike, before it is recorded."""
    where = np.searchsorted(t, spikes, side="right")
    return np.insert(t, where, spikes), np.insert(values, where, peak)


def _gates(model, row):
    states = {name: 0 for name in VARIABLES if name != "v"}
    system = System.of(_first_cell(model), states)
    v = np.linspace(-100, 50, 601) * 1e-3
    figure, (left, right) = plots.figure(1, 2, width=10, height=4)
    for position, (gate, (steady, tau)) in enumerate(row.gates.items()):
        left.plot(v / 1e-3, system.function(steady)(v), color=f"C{position}", label=gate)
        if tau:
            right.plot(v / 1e-3, system.function(tau)(v) / 1e-3, color=f"C{position}", label=gate)
    left.set(xlabel="v (mV)", ylabel="steady state", ylim=(-0.02, 1.02), xlim=(-100, 50))
    right.set(xlabel="v (mV)", ylabel="time constant (ms)", ylim=(0, None), xlim=(-100, 50))
    left.legend(frameon=False)
    right.legend(frameon=False)
    temperature = f", {model.T:g} °C" if hasattr(model, "T") else ""
    plots.title(left, f"gates{temperature}")
    return figure


def _first_cell(model):
    """The model with one number for each field that has one per cell."""
    lists = {name: getattr(model, name) for name in annotations(type(model)) if np.ndim(getattr(model, name)) > 0}
    return replace(model, **{name: value[0] for name, value in lists.items()})


def _shown(variable):
    return "n" if variable == "n_K" else variable


def _of_cell(value, cell):
    return value[cell] if np.ndim(value) else value


if __name__ == "__main__":
    cli(main)
