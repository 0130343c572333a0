"""Synchrony in the network of Wang and Buzsáki (1996): raster, potentials, rate and coherence.

    zoo run wang_buzsaki_network
    zoo run wang_buzsaki_network --M_syn 20
    zoo run network_coherence

Chapter: networks
"""

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, cm, ms, mV, second, uA

from zoo import cli, plots, replace, simulate, statistics
from zoo.experiments import _reference
from zoo.models.wang_buzsaki_network import WangBuzsakiNetwork

START = 0.5 * second  # after the initial transient


def record(network):
    return [
        SpikeMonitor(network["cells"], name="spikes"),
        StateMonitor(network["cells"], "v", record=[0, 1], dt=0.1 * ms, name="trace"),
    ]


def main(model=WangBuzsakiNetwork(), duration=1.5 * second, backend="cpp", seed=0):
    """Run the network; rate and coherence are those from 0.5 s on, or of the second half of a shorter run."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    numbers = measured(result, min(START, duration / 2))
    print(f"{numbers['rate']:.1f} Hz, coherence {numbers['coherence']:.2f}")
    return result.with_numbers(**{name: value for name, value in numbers.items() if np.isfinite(value)})


def measured(result, start=START) -> dict:
    """The rate (Hz) and the coherence in bins of a tenth of the period, after `start`."""
    cells = statistics.spikes(result, "spikes", start=start)
    rate = statistics.rate(cells)
    return {"rate": rate, "coherence": statistics.coherence(cells, 0.1 / rate * second) if rate else np.nan}


def plot(result):
    """The spikes of all cells and the potentials of two in the last 0.5 s, as in figure 5."""
    end = float(result.duration / ms)
    window = (max(end - 500, 0), end)
    figure, (raster, traces) = plots.figure(2, height=6, sharex=True, height_ratios=(1.6, 1))
    t = np.asarray(result["spikes.t"] / ms)
    raster.scatter(t, result["spikes.i"], s=2, color="C0", linewidths=0, rasterized=True)
    raster.set(ylabel="cell", ylim=(-1, result.model.n))
    numbers = result.numbers
    plots.title(raster, f"{numbers['rate']:.1f} Hz, coherence {numbers.get('coherence', np.nan):.2f}")
    for number, v in enumerate(np.asarray(result["trace.v"] / mV)):
        traces.plot(np.asarray(result["trace.t"] / ms), v, linewidth=0.8, label=f"cell {number}")
    traces.set(xlabel="time (ms)", ylabel="v (mV)", xlim=window, ylim=(-80, 55))
    traces.legend(frameon=False, loc="upper right", ncols=2, fontsize=9)
    return {"synchrony": figure}


def measure(mu, M_syn, seed=1):
    """The rate (Hz) and the coherence from 0.5 to 1.5 s with the mean current `mu` (µA/cm²) and M_syn inputs of a cell."""
    model = replace(WangBuzsakiNetwork(), mu=mu * uA / cm**2, M_syn=M_syn)
    return measured(simulate(model, 1.5 * second, record, seed=seed))


def _claims():
    runs = _reference.load("wang_buzsaki1996_network")["runs"]
    for mu, M_syn in ((1, 30), (1, 60), (1, 100), (0.4, 60), (2, 60), (3, 60)):
        seeds = runs[f"{mu} 0.03 0.1 10 {M_syn}"]
        yield from _reference.of_seeds(
            seeds,
            {"rate": "Hz", "coherence_tau_0_1_over_f": ""},
            source=f"C++ program, {len(seeds)} networks of 1.5 s",
            names={"coherence_tau_0_1_over_f": "coherence"},
            protocol={"mu": mu, "M_syn": M_syn},
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
