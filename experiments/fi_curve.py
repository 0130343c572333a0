"""Firing rate against injected current of one of the five single neurons: one build, all currents in one group.

    zoo run fi_curve
    zoo run fi_curve --neuron morris_lecar --preset snic --low 0*uA/cm**2 --high 100*uA/cm**2

The same program then refines the onset of repetitive firing between the last silent and the first firing current.

A spike is an upward crossing of the threshold of the model. With strong currents some models oscillate below it: the
axon of Hodgkin and Huxley has a limit cycle up to 155 µA/cm², whose peaks fall below 0 mV at 63 µA/cm². Such oscillations
are not spikes that would travel along an axon; the figure marks them separately.

Chapter: single neurons
"""

import numpy as np
from brian2 import Hz, Quantity, SpikeMonitor, StateMonitor, mV, second

from zoo import ZooError, cli, plots, program
from zoo.experiments import _single
from zoo.experiments._single import steady_rates
from zoo.models.leaky_integrate_and_fire import LeakyIntegrateAndFire

# Rounds of increasingly fine currents around the onset.
ROUNDS = 2


def record(network):
    cells = network["cells"]
    return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, "v", record=True, dt=8 * cells.dt, name="trace")]


def main(
    neuron: str = "hodgkin_huxley",  # hodgkin_huxley, fitzhugh_nagumo, izhikevich, leaky_integrate_and_fire or morris_lecar
    preset: str = "",  # its named parameters, such as RS, CH or snic
    low: Quantity = None,  # lowest current
    high: Quantity = None,  # highest current
    points: int = 61,  # number of currents
    parameters: str = "",  # "name = value; name = value" for the model
    duration: second = 1 * second,
    backend="cpp",
    seed=0,
):
    """Step `neuron` from rest to `points` currents from `low` to `high`, and measure the rate in the second half."""
    row = _single.neuron(neuron)
    unit = row.current[0]
    if points < 3:
        raise ZooError(f"points is {points}; a curve needs at least 3.")
    low, high = (
        default * unit if given is None else given for given, default in zip((low, high), row.f_I, strict=True)
    )
    ends = _single.choose(neuron, preset, parameters, amplitude=_list(low, high))
    low, high = ends.amplitude
    if not low < high:
        raise ZooError("low must be a smaller current than high.")
    currents = np.linspace(0, 1, points) * (high - low) + low
    model = _single.choose(neuron, preset, parameters, amplitude=currents)

    with program(model, duration, record, backend=backend) as built:
        first = built.run({"cells.amplitude": currents}, seed=seed)
        rates, oscillations = _states(first)
        curve = [(np.asarray(currents), rates)]
        onset = _bracket(*curve[0])
        for _ in range(ROUNDS):
            if onset is None:
                break
            finer = np.linspace(*onset, points)
            again = built.run({"cells.amplitude": finer * _si(unit)}, seed=seed)
            curve.append((finer, steady_rates(again)))
            onset = _bracket(*curve[-1]) or onset
    result = first.with_only({"curve.I": currents, "curve.rate": rates * Hz, "curve.oscillation": oscillations * Hz})
    if oscillations.any():
        found = np.asarray(currents)[oscillations > 0]
        result = result.with_numbers(oscillation_from_si=float(found[0]), oscillation_to_si=float(found[-1]))
        ends = " to ".join(_single.shown(end * _si(unit), row) for end in found[[0, -1]])
        print(f"v oscillates without spikes (below the threshold) at {ends}")
    if onset is None:
        print("no onset of repetitive firing between these currents")
        return result
    silent, firing = onset
    rates = dict(zip(*(values.tolist() for values in curve[-1]), strict=True))
    print(f"onset of repetitive firing at {_single.shown(firing * _si(unit), row)}, with {rates[firing]:.1f} Hz")
    print(f"(silent at {_single.shown(silent * _si(unit), row)})")
    return result.with_numbers(onset_si=firing, silent_si=silent, onset_hz=rates[firing])


def _states(result):
    """The rates of spikes (Hz), and of oscillations without spikes that exceed 1 % of the whole range of v."""
    rates = steady_rates(result)
    swings = _single.swings(result)
    slow = (rates == 0) & (swings > 0.01 * np.ptp(np.asarray(result["trace.v"])))
    return rates, np.where(slow, _single.swing_rates(result), 0.0)


def plot(result):
    row = _single.neuron_of(result.model)
    unit, text = row.current
    figure, axes = plots.figure(width=7)
    currents, rates = result["curve.I"] / unit, np.asarray(result["curve.rate"] / Hz)
    axes.plot(currents, rates, "o", color="C0", markersize=3, label="simulated")
    oscillations = (
        np.asarray(result["curve.oscillation"] / Hz) if "curve.oscillation" in result else np.zeros(len(rates))
    )
    # No line joins a firing and a silent current.
    state = np.where(rates > 0, 1, np.where(oscillations > 0, 2, 0))
    for part in np.split(np.arange(len(state)), np.flatnonzero(np.diff(state)) + 1):
        axes.plot(currents[part], rates[part], color="C0", linewidth=1)
        if state[part[0]] == 2:
            label = f"oscillations below v_spike{_threshold(result.model)}, no spikes"
            axes.plot(
                currents[part], oscillations[part], "o-", color="C1", mfc="none", markersize=3, linewidth=1, label=label
            )
    if isinstance(result.model, LeakyIntegrateAndFire):
        fine = np.linspace(currents[0], currents[-1], 2000)
        axes.plot(
            fine, result.model.rate(fine * unit) / Hz, color="0.4", linewidth=0.8, linestyle="--", label="closed form"
        )
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(frameon=False, loc="lower right")
    numbers = result.numbers
    if "onset_si" in numbers:
        onset = numbers["onset_si"] * _si(unit) / unit
        axes.axvline(onset, color="C3", linewidth=0.8, linestyle=":")
        label = f"onset at {onset:.4g} {text}".strip() + f", {numbers['onset_hz']:.1f} Hz"
        axes.annotate(
            label, (onset, rates.max() * 1.06), xytext=(4, 0), textcoords="offset points", color="C3", fontsize=9
        )
    axes.set_xlabel(f"I ({text})" if text else "I")
    axes.set_ylabel("firing rate (Hz)")
    axes.set_ylim(0, max(rates.max() * 1.15, oscillations.max() * 1.15, 1))
    axes.set_xlim(currents[0], currents[-1])
    plots.title(axes, f"{row.title}: {len(rates)} currents in one group")
    return {"fi_curve": figure}


def _threshold(model):
    value = getattr(model, "v_spike", None)
    return f" = {value / mV:g} mV" if isinstance(value, Quantity) else ""


def _bracket(currents, rates):
    """The last silent and the first firing current; None without such a pair."""
    firing = np.flatnonzero(rates > 0)
    if not len(firing) or firing[0] == 0:
        return None
    return float(currents[firing[0] - 1]), float(currents[firing[0]])


def _list(low, high):
    if getattr(low, "dim", None) != getattr(high, "dim", None):
        raise ZooError("low and high must be currents in the same unit.")
    pair = np.array([float(low), float(high)])
    return Quantity(pair, dim=low.dim) if isinstance(low, Quantity) else pair


def _si(unit):
    """The SI unit of the dimension of `unit`."""
    return Quantity(1.0, dim=unit.dim) if isinstance(unit, Quantity) else 1.0


if __name__ == "__main__":
    cli(main)
