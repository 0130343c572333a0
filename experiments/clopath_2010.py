"""Change of the weight by pairs of spikes against their rate, as in figure 2 of Clopath et al. (2010), and against their lag.

    zoo run clopath_2010
    zoo verify clopath_2010

Chapter: plasticity
"""

import numpy as np
from brian2 import Hz, SpikeMonitor, StateMonitor, ms, mV

from zoo import Claim, cli, plots, replace, simulate
from zoo.experiments import _reference
from zoo.models.clopath_2010 import Clopath2010

REFERENCE = _reference.load("stp_adex_clopath_nest")["clopath2010"]["percent"]
RATES = np.arange(10, 55, 5)  # Hz, with lags of 10 ms in both orders
LAGS = np.arange(-35, 40, 5)  # ms, at LAG_RATE
LAG_RATE = 20  # Hz
REPEATS = 15  # the paper's protocol has 15 times as many pairs


def paired(model, pairs):
    """`model` with one cell for each of `pairs`, a rate (Hz) and a lag (ms)."""
    rates, lags = np.array(pairs, float).T
    return replace(model, n=len(pairs), rate=rates * Hz, lag=lags * ms)


def record(network):
    return [
        SpikeMonitor(network["pre"], name="spikes"),
        StateMonitor(network["synapses"], "w", record=True, name="weights"),
        StateMonitor(network["cells"], "v", record=[0], name="trace"),
    ]


def main(model=Clopath2010(), duration=560 * ms, backend="cpp", seed=0):
    """Run pairs at nine rates in both orders, and at fifteen lags; the options n, rate and lag have no effect."""
    pairs = [(rate, lag) for lag in (10, -10) for rate in RATES] + [(LAG_RATE, lag) for lag in LAGS]
    result = simulate(paired(model, pairs), duration, record, backend=backend, seed=seed)
    percent = np.array([changed(model, weights) for weights in after_spikes(result)])
    for name, row in (("pre-post", percent[: len(RATES)]), ("post-pre", percent[len(RATES) : 2 * len(RATES)])):
        print(f"{name}: {row[0]:.0f} % of the weight at {RATES[0]} Hz, {row[-1]:.0f} % at {RATES[-1]} Hz")
    return result.with_numbers(percent=percent)


def after_spikes(result):
    """The weight of each synapse just after its presynaptic spikes."""
    steps = np.round(np.asarray(result["spikes.t"]) / float(result.model.dt)).astype(int)
    cells, weights = np.asarray(result["spikes.i"]), np.asarray(result["weights.w"])
    return [weights[cell, steps[cells == cell] + 1] for cell in range(len(weights))]  # recorded at the start of a step


def changed(model, weights):
    """The last of `weights`, in percent of the initial one after REPEATS times as many pairs."""
    return 100 + 100 * REPEATS * (weights[-1] / model.w_0 - 1)


def plot(result):
    figure, (trace, rates, lags) = plots.figure(1, 3, width=11, height=3.6)
    trace.plot(np.asarray(result["trace.t"] / ms), np.asarray(result["trace.v"][0] / mV), linewidth=0.8)
    trace.set(xlabel="time (ms)", ylabel="v (mV)", xlim=(0, float(result.duration / ms)))
    plots.title(trace, f"pre-post, {RATES[0]} Hz")
    percent, number = result.numbers["percent"], len(RATES)
    for order, row, colour in (("pre-post", percent[:number], "C0"), ("post-pre", percent[number : 2 * number], "C3")):
        rates.plot(RATES, row, color=colour, linewidth=1.2, label=order)
        found = {float(name.split()[0]): case["percent"] for name, case in REFERENCE.items() if order in name}
        rates.plot(list(found), list(found.values()), "o", color="k", markersize=4, fillstyle="none")
    rates.set(xlabel="rate of pairs (Hz)", ylabel="weight (%)", xlim=(RATES[0] - 1, RATES[-1] + 1))
    rates.legend(frameon=False)
    plots.title(rates, "lag 10 ms; circles: NEST")
    lags.plot(LAGS, percent[2 * number :], ".-", linewidth=1.2)
    lags.set(xlabel="lag, post after pre (ms)", ylabel="weight (%)", xlim=(LAGS[0], LAGS[-1]))
    plots.title(lags, f"{LAG_RATE} Hz")
    for axes in (rates, lags):
        axes.axhline(100, color="0.7", linewidth=0.7, zorder=0)
    return {"pairs": figure}


def measure():
    """The weight after each presynaptic spike, for pairs at five rates in both orders."""
    pairs = [(float(name.split()[0]), 10 if "pre-post" in name else -10) for name in REFERENCE]
    result = simulate(paired(Clopath2010(), pairs), 560 * ms, record)
    return dict(zip(REFERENCE, after_spikes(result), strict=True))


CLAIMS = tuple(
    Claim(
        quantity=name, expected=tuple(case["weights"]), tolerance=2e-5, source="NEST 3.10, clopath_synapse",
        reason="0.1 % of the largest change, 0.019: a spike's upstroke is in steps of 0.1 ms here, and in adaptive ones in NEST",
    )
    for name, case in REFERENCE.items()
)  # fmt: skip

if __name__ == "__main__":
    cli(main)
