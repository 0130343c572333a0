"""Firing rate against injected current of one of the five single neurons: one build, all currents in one group.

    zoo run fi_curve
    zoo run fi_curve --neuron morris_lecar --preset snic --low 0*uA/cm**2 --high 100*uA/cm**2

The onset of repetitive firing is then looked for between the last silent and the first firing current, with the same
program.
"""

import numpy as np
from brian2 import Hz, Quantity, SpikeMonitor, second

from experiments import _single
from models.leaky_integrate_and_fire import LeakyIntegrateAndFire
from zoo import ZooError, cli, plots, program

# Rounds of ever finer currents around the onset.
ROUNDS = 2


def record(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def main(
    neuron: str = "hodgkin_huxley",  # hodgkin_huxley, fitzhugh_nagumo, izhikevich, leaky_integrate_and_fire or morris_lecar
    preset: str = "",  # its named parameters, such as RS, CH or snic
    low: Quantity = None,  # lowest current
    high: Quantity = None,  # highest current
    points: int = 61,  # currents in between
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
        raise ZooError("low has to be a smaller current than high.")
    currents = np.linspace(0, 1, points) * (high - low) + low
    model = _single.choose(neuron, preset, parameters, amplitude=currents)

    with program(model, duration, record, backend=backend) as built:
        first = built.run({"cells.amplitude": currents}, seed=seed)
        curve = [(np.asarray(currents), steady_rates(first))]
        onset = _bracket(*curve[0])
        for _ in range(ROUNDS):
            if onset is None:
                break
            finer = np.linspace(*onset, points)
            again = built.run({"cells.amplitude": finer * _si(unit)}, seed=seed)
            curve.append((finer, steady_rates(again)))
            onset = _bracket(*curve[-1]) or onset
    result = first.with_only({"curve.I": currents, "curve.rate": curve[0][1] * Hz})
    if onset is None:
        print("no onset of repetitive firing between these currents")
        return result
    silent, firing = onset
    rates = dict(zip(*(values.tolist() for values in curve[-1]), strict=True))
    print(f"onset of repetitive firing at {_single.shown(firing * _si(unit), row)}, with {rates[firing]:.1f} Hz")
    print(f"(silent at {_single.shown(silent * _si(unit), row)})")
    return result.with_numbers(onset_si=firing, silent_si=silent, onset_hz=rates[firing])


def steady_rates(result) -> np.ndarray:
    """The rates (Hz) at which the cells fire on and on in the second half of a run; 0 for those that have stopped.

    A cell has stopped when it is silent at the end for longer than twice its last interval.
    """
    n, end = len(result["spikes.count"]), float(result.duration)
    t, i = np.asarray(result["spikes.t"]), result["spikes.i"]
    rates = np.zeros(n)
    for cell in range(n):
        own = np.sort(t[(i == cell) & (t > end / 2)])
        if len(own) > 1 and end - own[-1] < 2 * (own[-1] - own[-2]):
            rates[cell] = (len(own) - 1) / (own[-1] - own[0])
    return rates


def plot(result):
    row = _single.neuron_of(result.model)
    unit, text = row.current
    figure, axes = plots.figure(width=7)
    currents, rates = result["curve.I"] / unit, np.asarray(result["curve.rate"] / Hz)
    axes.plot(currents, rates, "o-", markersize=3, linewidth=1, label="simulated")
    if isinstance(result.model, LeakyIntegrateAndFire):
        fine = np.linspace(currents[0], currents[-1], 2000)
        axes.plot(
            fine, result.model.rate(fine * unit) / Hz, color="0.4", linewidth=0.8, linestyle="--", label="closed form"
        )
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
    axes.set_ylim(0, max(rates.max() * 1.15, 1))
    axes.set_xlim(currents[0], currents[-1])
    plots.title(axes, f"{row.title}: {len(rates)} currents in one group")
    return {"fi_curve": figure}


def _bracket(currents, rates):
    """The last silent current before the first firing one, and this one; None without such a pair."""
    firing = np.flatnonzero(rates > 0)
    if not len(firing) or firing[0] == 0:
        return None
    return float(currents[firing[0] - 1]), float(currents[firing[0]])


def _list(low, high):
    if getattr(low, "dim", None) != getattr(high, "dim", None):
        raise ZooError("low and high have to be currents in the same unit.")
    pair = np.array([float(low), float(high)])
    return Quantity(pair, dim=low.dim) if isinstance(low, Quantity) else pair


def _si(unit):
    """One in SI units, of the kind of `unit`."""
    return Quantity(1.0, dim=unit.dim) if isinstance(unit, Quantity) else 1.0


if __name__ == "__main__":
    cli(main)
