"""The neuron of Connor, Walter and McKown (1977): firing rate and latency with the A current, and without it.

    zoo run connor_stevens
    zoo verify connor_stevens

Chapter: single neurons
"""

import numpy as np
from brian2 import ms, mV

from zoo import cli, plots, simulate
from zoo.experiments import _currents, _reference
from zoo.models.connor_stevens import ConnorStevens

record = _currents.record
REFERENCE = _reference.load("single_cells")["connor_stevens1977"]
#: µA/cm², closer together near the onset of firing with the A current
CURRENTS = np.sort(np.concatenate([np.linspace(0, 40, 33), np.linspace(8, 9.5, 6)[1:-1]]))
DRAWN = 10  # µA/cm², of the potentials


def pairs(model, currents):
    """`model` with two cells for each of the `currents`: those with the A current, then those without."""
    g_A = np.repeat([1, 0], len(currents)) * model.g_A
    return _currents.at(model, np.tile(currents, 2), g_A=g_A)


def main(model=ConnorStevens(), duration=1500 * ms, backend="cpp", seed=0):
    """Run 37 currents up to 40 µA/cm² with g_A and without; the model's own amplitude and n have no effect."""
    drawn = int(np.flatnonzero(CURRENTS == DRAWN)[0])
    record = _currents.recorder(drawn, drawn + len(CURRENTS))
    result = simulate(pairs(model, CURRENTS), duration, record, backend=backend, seed=seed)
    trains = _currents.trains(result, model.dt)
    rates = np.reshape([_currents.rate(train) for train in trains], (2, -1))
    least = [CURRENTS[row > 0].min(initial=np.inf) for row in rates]
    print(f"fires from {least[0]:g} µA/cm² with the A current, from {least[1]:g} without")
    latencies = [train[0] if len(train) else np.nan for train in trains[: len(CURRENTS)]]
    return result.with_numbers(rates=rates, latencies=np.asarray(latencies))


def plot(result):
    figure, panels = plots.figure(2, 2, width=10, height=6)
    t, v = np.asarray(result["trace.t"] / ms), np.asarray(result["trace.v"] / mV)
    shown = t <= 100
    for row, text in enumerate(("with the A current", "without it")):
        axes = panels[row, 0]
        axes.plot(t[shown], v[row][shown], linewidth=0.8, color=f"C{row}")
        axes.set(xlim=(0, 100), ylabel="v (mV)", xlabel="time (ms)")
        plots.title(axes, f"{DRAWN} µA/cm², {text}")
    rates, latencies = result.numbers["rates"], result.numbers["latencies"]
    _currents.draw_rates(panels[0, 1], CURRENTS, rates[0], REFERENCE["hz"], label="with the A current")
    _currents.draw_rates(panels[0, 1], CURRENTS, rates[1], REFERENCE["hz_without_A"], label="without")
    panels[0, 1].legend(frameon=False, fontsize=8)
    plots.title(panels[0, 1], "circles: independent integration")
    axes = panels[1, 1]
    axes.plot(CURRENTS, latencies, linewidth=1.2)
    known = {float(current): time for current, time in REFERENCE["latency_ms"].items() if time is not None}
    axes.plot(list(known), list(known.values()), "o", color="k", markersize=4, fillstyle="none")
    axes.set(xlabel="I (µA/cm²)", ylabel="latency (ms)", xlim=(CURRENTS[0], CURRENTS[-1]), ylim=(0, None))
    return {"rates": figure}


def measure():
    """Rates (Hz) with the A current and without, and the latencies (ms), at the currents of the reference."""
    names = list(REFERENCE["hz"])
    model = pairs(ConnorStevens(), [float(name) for name in names])
    trains = _currents.trains(simulate(model, 2500 * ms, _currents.record_spikes), model.dt)
    found = {}
    for name, train, other in zip(names, trains[: len(names)], trains[len(names) :], strict=True):
        found[RATE.format(name)] = _currents.rate(train)
        found[RATE_WITHOUT.format(name)] = _currents.rate(other)
        found[LATENCY.format(name)] = train[:1]
    return found


RATE, RATE_WITHOUT, LATENCY = "rate at {} µA/cm²", "rate without A at {} µA/cm²", "latency at {} µA/cm²"
CLAIMS = (
    *_currents.claims_of_rates(REFERENCE["hz"], 0.003, _currents.SPAN, RATE),
    *_currents.claims_of_rates(REFERENCE["hz_without_A"], 0.003, _currents.SPAN, RATE_WITHOUT),
    *_currents.claims_of_times(
        {current: time and [time] for current, time in REFERENCE["latency_ms"].items()}, 0.011, _currents.LATE, LATENCY
    ),
)

if __name__ == "__main__":
    cli(main)
