"""The eight firing patterns of the adaptive exponential neuron: figure 4 of Naud et al. (2008), with w below v.

    zoo run adaptive_exponential
    zoo verify adaptive_exponential

Chapter: single neurons
"""

import numpy as np
from brian2 import Quantity, SpikeMonitor, StateMonitor, ms, mV, pA

from zoo import Claim, cli, plots, replace, simulate
from zoo.experiments import _reference
from zoo.models.adaptive_exponential import PATTERNS, AdaptiveExponential, presets

PEAK = 0  # mV, up to which spikes are drawn


def record(network):
    cells = network["cells"]
    return [SpikeMonitor(cells, name="spikes"), StateMonitor(cells, ["v", "w"], record=True, dt=0.1 * ms, name="trace")]


def record_spikes(network):
    return SpikeMonitor(network["cells"], name="spikes")


def mixed(model, names):
    """`model` with one cell for each of the presets `names`."""
    rows = [presets[name] for name in names]
    fields = {field: Quantity([float(row[field]) for row in rows], dim=rows[0][field].dim) for field in rows[0]}
    return replace(model, n=len(names), **fields)


def main(model=AdaptiveExponential(), duration=600 * ms, backend="cpp", seed=0):
    """Run one cell of each pattern; the options of the model that the patterns set have no effect."""
    result = simulate(mixed(model, PATTERNS), duration, record, backend=backend, seed=seed)
    counts = dict(zip(PATTERNS, result["spikes.count"].tolist(), strict=True))
    print("spikes: " + "  ".join(f"{name} {count}" for name, count in counts.items()))
    return result.with_numbers(**{f"spikes_{name}": count for name, count in counts.items()})


def plot(result):
    figure, panels = plots.figure(4, 4, width=11, height=8, sharex=True, height_ratios=(2, 1, 2, 1))
    t = np.asarray(result["trace.t"] / ms)
    for number, name in enumerate(PATTERNS):
        v_axes, w_axes = (panels[2 * (number // 4) + row, number % 4] for row in (0, 1))
        v = np.asarray(result["trace.v"][number] / mV).clip(max=PEAK)
        spikes = np.asarray(result["spikes.t"][result["spikes.i"] == number] / ms)
        where = np.searchsorted(t, spikes, side="right")
        v_axes.plot(np.insert(t, where, spikes), np.insert(v, where, PEAK), linewidth=0.8, color="C0")
        w_axes.plot(t, np.asarray(result["trace.w"][number] / pA), linewidth=0.8, color="C3")
        v_axes.set(ylim=(-75, 5), xlim=(0, t[-1]))
        count = len(spikes)
        plots.title(v_axes, f"{name.replace('_', ' ')}: {count} spike{'' if count == 1 else 's'}")
        v_axes.title.set_fontsize(8)
        if number % 4 == 0:
            v_axes.set_ylabel("v (mV)")
            w_axes.set_ylabel("w (pA)")
        if number >= 4:
            w_axes.set_xlabel("time (ms)")
    return {"patterns": figure}


DT = 0.001 * ms  # the time step of the claims
#: The spikes of the irregular pattern that are compared: its map from interval to interval is chaotic, and an error
#: becomes three times as large with every spike.
BEFORE_CHAOS = 5


def measure(currents=()):
    """Spike times (ms) of the eight patterns; with `currents`, of the neuron of Brette and Gerstner (2005)."""
    if currents:
        given = presets["brette_gerstner"] | {"amplitude": list(currents) * pA}
        model, duration, names = AdaptiveExponential(n=len(currents), dt=DT, **given), 1000 * ms, map(str, currents)
    else:
        model, duration, names = mixed(AdaptiveExponential(dt=DT), PATTERNS), 600 * ms, PATTERNS
    result = simulate(model, duration, record_spikes)
    # A spike is at the end of its time step; Brian2 labels it with the start.
    t, i = np.asarray((result["spikes.t"] + DT) / ms), result["spikes.i"]
    times = {name: t[i == number] for number, name in enumerate(names)}
    if "irregular_spiking" in times:
        times["irregular_spiking_count"] = len(times["irregular_spiking"])
        times["irregular_spiking"] = times["irregular_spiking"][:BEFORE_CHAOS]
    return times


def _claims():
    reference = _reference.load("single_cells")
    source = "Dormand-Prince 5(4), tolerance 1e-10"
    late = "with 1 µs steps a spike, and the next interval with it, comes at most two steps late"
    chaos = "the same, and errors that become three times as large with every spike"
    for key, protocol in (("adex_naud2008", {}), ("adex_brette_gerstner2005", {"currents": (700, 800, 1000)})):
        for name, times in reference[key]["spike_times_ms"].items():
            irregular = name == "irregular_spiking"
            times = times[:BEFORE_CHAOS] if irregular else times
            yield Claim(
                quantity=name, expected=tuple(times), unit="ms", tolerance=0.002 * (3**3 if irregular else len(times)),
                reason=chaos if irregular else late, source=source, protocol=protocol,
            )  # fmt: skip
    yield Claim(
        quantity="irregular_spiking_count", expected=33, tolerance=1, source=source,
        reason="32 or 33 spikes with time steps from 10 to 0.5 µs, as the train is chaotic",
    )  # fmt: skip


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
