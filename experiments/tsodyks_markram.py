"""Depression and facilitation: the released resources and the depolarisation for trains of spikes at several rates.

    zoo run tsodyks_markram
    zoo run tsodyks_markram --U_SE 0.1 --tau_f 1*second

Chapter: synapses
"""

import numpy as np
from brian2 import Hz, Quantity, SpikeMonitor, StateMonitor, ms, mV

from zoo import Claim, cli, plots, replace, simulate
from zoo.experiments import _reference
from zoo.models.tsodyks_markram import TsodyksMarkram, presets

RATES = (10, 20, 50)  # Hz


def record(network):
    return [
        SpikeMonitor(network["inputs"], name="spikes"),
        StateMonitor(network["cells"], "v", record=True, name="trace"),
        StateMonitor(network["synapses"], "r", record=True, name="released"),
    ]


def main(model=TsodyksMarkram(), duration=2000 * ms, backend="cpp", seed=0):
    """Run the three synapses of the table at three rates, or the one that the options define."""
    changed = any(
        not np.array_equal(getattr(model, name), getattr(TsodyksMarkram, name)) for name in ("U_SE", "tau_d", "tau_f")
    )
    cases = [dict(U_SE=model.U_SE, tau_d=model.tau_d, tau_f=model.tau_f)] if changed else list(presets.values())
    result = simulate(mixed(model, cases), duration, record, backend=backend, seed=seed)
    for cell, title in enumerate(titles(result.model)):
        amplitudes = released(result, cell)
        print(f"{title}: {amplitudes[0]:.3g} of the resources at the first spike, {amplitudes[-2]:.3g} at the last")
    return result


def mixed(model, cases):
    """`model` with one cell for each of `cases`, dictionaries of U_SE, tau_d and tau_f, at each of RATES."""
    rows = [dict(case, rate=rate * Hz) for case in cases for rate in RATES]
    fields = {name: _column([row[name] for row in rows]) for name in rows[0]}
    return replace(model, n=len(rows), **fields)


def _column(values):
    numbers = [float(value) for value in values]
    return Quantity(numbers, dim=values[0].dim) if isinstance(values[0], Quantity) else np.array(numbers)


def titles(model):
    """What each cell has."""
    names = {(float(row["U_SE"]), float(row["tau_d"]), float(row["tau_f"])): name for name, row in presets.items()}
    kinds = zip(model.U_SE, np.asarray(model.tau_d), np.asarray(model.tau_f), np.asarray(model.rate), strict=True)
    return [f"{names.get((U, tau_d, tau_f), f'U_SE = {U:g}')}, {rate:g} Hz" for U, tau_d, tau_f, rate in kinds]


def released(result, cell) -> np.ndarray:
    """The fraction of resources that each spike of the train of a cell releases."""
    steps = np.round(np.asarray(result["spikes.t"])[result["spikes.i"] == cell] / float(result.model.dt)).astype(int)
    return np.asarray(result["released.r"])[cell, steps + 1]  # recorded before the spike of a step


def plot(result):
    names = titles(result.model)
    rows = len(names) // len(RATES)
    figure, panels = plots.figure(rows, len(RATES), width=10, height=0.6 + 2 * rows, sharey="row", squeeze=False)
    t = np.asarray(result["trace.t"] / ms)
    for cell, (name, axes) in enumerate(zip(names, panels.flat, strict=True)):
        axes.plot(t, np.asarray(result["trace.v"][cell] / mV), linewidth=0.9, color="C0")
        last = np.asarray(result["spikes.t"] / ms)[result["spikes.i"] == cell].max(initial=0)
        axes.set_xlim(0, last + 150)
        plots.title(axes, name)
        axes.title.set_fontsize(10)
    for axes in panels[:, 0]:
        axes.set_ylim(0, None)
        axes.set_ylabel("v (mV)")
    for axes in panels[-1]:
        axes.set_xlabel("time (ms)")
    return {"depolarisation": figure}


def measure():
    """Case -> the fractions that its eleven spikes release, and the peaks of the depolarisation (mV) up to 20 Hz."""
    result = simulate(mixed(TsodyksMarkram(), list(presets.values())), 1700 * ms, record)
    found = {}
    for cell, title in enumerate(titles(result.model)):
        name = title.replace(",", "")
        found[f"{name}, released"] = released(result, cell)
        t, v = np.asarray(result["trace.t"]), np.asarray(result["trace.v"][cell] / mV)
        spikes = np.asarray(result["spikes.t"])[result["spikes.i"] == cell]
        found[f"{name}, peaks"] = [v[(t > spike) & (t < spike + 0.03)].max() for spike in spikes]
    return found


def _claims():
    reference = _reference.load("stp_adex_clopath_nest")["tsodyks_markram"]["cases"]
    for name, case in reference.items():
        yield Claim(
            quantity=f"{name}, released", expected=tuple(case["amplitude_nest"]), tolerance=1e-6,
            reason="printed to six digits", source="NEST 3.10, tsodyks2_synapse",
        )  # fmt: skip
        if "50 Hz" not in name:  # where peaks of two spikes overlap
            yield Claim(
                quantity=f"{name}, peaks", expected=tuple(case["epsp_peaks_mV"]), unit="mV", tolerance=1e-5,
                reason="printed to six digits, up to 10 mV", source="NEST 3.10, iaf_psc_exp",
            )  # fmt: skip


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
