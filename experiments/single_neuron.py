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

from zoo import Claim, cli, plots, replace, simulate
from zoo.analysis.phase_plane import System
from zoo.experiments import _currents, _reference, _single
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


def measure(neuron, currents, preset="", duration=1000.0, dt=0.05):
    """The spike times (ms) at constant `currents` from t = 0, and the rates (Hz) from the middle of the run on."""
    row = _single.neuron(neuron)
    given = {"amplitude": np.asarray(currents) * row.current[0], "onset": 0 * ms, "end": 2 * duration * ms}
    model = replace(_single.choose(neuron, preset, **given), dt=dt * ms)
    result = simulate(model, duration * ms, _currents.record_spikes)
    trains = _currents.trains(result, model.dt)
    found = {
        f"rate at {one:g}": _currents.rate(train, duration / 2) for one, train in zip(currents, trains, strict=True)
    }
    return found | {f"spikes at {one:g}": train[:8] for one, train in zip(currents, trains, strict=True)}


#: Model, preset -> time step (ms), and the currents whose first spikes are compared: those far from a bifurcation, near
#: which a cell lingers, and multiplies every error.
COMPARED = {
    ("hodgkin_huxley", ""): (0.01, (6.3, 10.0, 20.0, 40.0)),
    ("fitzhugh_nagumo", ""): (0.05, (0.5, 1.0, 1.3)),
    ("morris_lecar", "hopf"): (0.05, (100.0, 150.0)),
    ("morris_lecar", "snic"): (0.05, (44.0, 60.0)),
}


def _claims():
    reference = _reference.load("classic_neurons")
    source = f"DOP853 of SciPy {reference['scipy']}, tolerance 1e-11"
    for (neuron, preset), (dt, compared) in COMPARED.items():
        trains = {float(current): train for current, train in reference[f"{neuron} {preset}".strip()].items()}
        duration = float(reference["duration"][neuron])
        common = {"source": source, "model": neuron}
        common["protocol"] = {
            "neuron": neuron, **({"preset": preset} if preset else {}), "currents": tuple(trains), "duration": duration,
            "dt": dt,
        }  # fmt: skip
        for current, train in trains.items():
            late = [time for time in train if time >= duration / 2]
            rate = _currents.rate(np.asarray(train), duration / 2)
            yield Claim(
                quantity=f"rate at {current:g}", unit="Hz", expected=rate, **common,
                tolerance=2 * rate * dt / (late[-1] - late[0]) if rate else 0.0,
                reason="the first and the last spike of half the run are each noticed up to one step late" if rate
                else "no spike in the second half",
            )  # fmt: skip
            if current in compared:
                yield Claim(
                    quantity=f"spikes at {current:g}", unit="ms", expected=tuple(train[:8]), tolerance=1.05 * dt, **common,
                    reason=f"with steps of {dt:g} ms a spike is noticed up to one step late",
                )  # fmt: skip
    currents = (1.0, 1.499, 1.51, 2.0, 4.0, 8.0)
    common = {"source": "closed form, Dayan and Abbott (2001), equation 5.11", "model": "leaky_integrate_and_fire"}
    for current in currents:
        # R_m I = 10 mV for each nA, 15 mV to the threshold, tau_m = 10 ms, t_ref = 2 ms
        rate = 1000 / (2 + 10 * np.log(10 * current / (10 * current - 15))) if current > 1.5 else 0.0
        yield Claim(
            quantity=f"rate at {current:g}", unit="Hz", expected=rate, tolerance=1.05 * rate**2 * 0.05 / 1000, **common,
            reason="every interval ends up to one step of 0.05 ms late" if rate else "below 1.5 nA the threshold is not reached",
            protocol={"neuron": "leaky_integrate_and_fire", "currents": currents},
        )  # fmt: skip


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
