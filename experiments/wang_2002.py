"""One decision of Wang's network: raster, rates of A and B, and the stimulus, as in figure 2 of Wang (2002).

    zoo run wang_2002 --coherence 51.2
    zoo run wang_2002 --coherence 0 --seed 3

`zoo run psychometric_curve` runs many trials.

Chapter: cognition
"""

import numpy as np
from brian2 import StateMonitor, ms, second

from zoo import Claim, cli, plots, simulate
from zoo.experiments import _reference, _selective
from zoo.models.wang_2002 import Wang2002

#: A population has won when its rate in 50 ms exceeds this, in Hz.
THRESHOLD = 15


def record(network):
    stimulus = StateMonitor(network["received"], "mu", record=[0, 1], dt=10 * ms, name="stimuli")
    return [*_selective.record(network), stimulus]


def decision(result):
    """The first population, A or B, whose rate exceeds the threshold while the stimulus lasts, and when (ms after onset).

    ("", nan) without a decision.
    """
    onset, offset = (float(time / ms) for time in (result.model.onset, result.model.offset))
    ends, a = _selective.sliding(result, "A")
    _, b = _selective.sliding(result, "B")
    within = (ends - 50 >= onset) & (ends <= offset)
    over = np.flatnonzero(within & (np.maximum(a, b) > THRESHOLD))
    if not len(over):
        return "", np.nan
    return ("A" if a[over[0]] > b[over[0]] else "B"), ends[over[0]] - onset


def main(model=Wang2002(), duration=4 * second, backend="cpp", seed=0):
    """Run one trial; print who wins, and when."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    winner, time = decision(result)
    print(f"{winner} wins {time:.0f} ms after the onset of the stimulus" if winner else "no decision")
    numbers = {"chose_A": float(winner == "A"), "decided": float(bool(winner))}
    return result.with_numbers(**numbers, **({"decision_time_ms": time} if winner else {}))


def plot(result):
    figure, (raster, rates, stimulus) = _selective.frame(3, (2, 2, 1))
    model = result.model
    _selective.raster(result, ("A", "B"), raster)
    winner, time = decision(result)
    plots.title(raster, f"coherence {model.coherence:g} %: " + (f"{winner} wins" if winner else "no decision"))
    _selective.rate_lines(result, ("A", "B", "others", "inhibitory"), rates)
    rates.axhline(THRESHOLD, color="0.5", linestyle="--", linewidth=0.8)
    if winner:
        rates.axvline(float(model.onset / ms) + time, color="0.5", linestyle=":", linewidth=0.8)
    t = np.asarray(result["stimuli.t"] / ms)
    for name, mu in zip("AB", np.asarray(result["stimuli.mu"]), strict=True):
        stimulus.step(t, mu, where="post", color=f"C{'AB'.index(name)}", linewidth=1)
    stimulus.set(xlabel="time (ms)", ylabel="stimulus (Hz)", ylim=(0, None), xlim=(0, float(result.duration / ms)))
    for axes in (rates, stimulus):
        _selective.span(axes, model.onset, model.offset)
    return {"trial": figure}


def measure(coherence, seed=1):
    """Rates before the stimulus (0.5 to 1 s) and in its last 500 ms, by winner and loser, and the decision."""
    result = simulate(Wang2002(coherence=coherence), 3 * second, record, seed=seed)
    before, during = (_selective.rates(result, start * second, end * second) for start, end in ((0.5, 1), (2.5, 3)))
    winner, time = decision(result)
    limit = float((result.model.offset - result.model.onset) / ms)
    return {
        "selective_before": (before["A"] + before["B"]) / 2,
        "others_before": before["others"],
        "inhibitory_before": before["inhibitory"],
        "stronger_during": max(during["A"], during["B"]),
        "weaker_during": min(during["A"], during["B"]),
        "others_during": during["others"],
        "inhibitory_during": during["inhibitory"],
        "chose_A": {"A": 1.0, "B": 0.0, "": 0.5}[winner],
        "decision_time": time if winner else limit,
    }


def _reference_runs(coherence):
    """The trials of the C++ program, with the names of `measure`."""
    for seed, winner, time, before, during, _ in _reference.load("wang2002")["coherence"][coherence]["rows"]:
        yield (
            seed,
            {
                "selective_before": (before[0] + before[1]) / 2,
                "others_before": before[2],
                "inhibitory_before": before[3],
                "stronger_during": max(during[:2]),
                "weaker_during": min(during[:2]),
                "others_during": during[2],
                "inhibitory_during": during[3],
                "chose_A": {1: 1.0, 2: 0.0, 0: 0.5}[winner],
                "decision_time": time if winner else 2000.0,
            },
        )


#: Quantities that are compared at a coherence of 25.6 %; elsewhere choices and decision times are.
RATES = (
    *("selective_before", "others_before", "inhibitory_before"),
    *("stronger_during", "weaker_during", "others_during", "inhibitory_during"),
)


def _claims():
    for coherence in ("0", "6.4", "25.6", "51.2"):
        runs = dict(_reference_runs(coherence))
        rates = dict.fromkeys(RATES if coherence == "25.6" else (), "Hz")
        options = {
            "source": f"C++ program wang2002.cpp, {len(runs)} trials",
            "protocol": {"coherence": float(coherence)},
            "long": coherence != "25.6",
        }
        yield from _reference.of_seeds(runs, {**rates, "decision_time": "ms"}, **options)
        chose = [run["chose_A"] for run in runs.values()]
        p = (sum(chose) + 0.5) / (len(chose) + 1)  # also with no trial of the other choice in the reference
        spread = (p * (1 - p)) ** 0.5
        yield Claim(
            quantity="chose_A",
            expected=sum(chose) / len(chose),
            reason="3.3 standard errors of a fraction",
            seeds=5,
            spread=spread,
            error=spread / len(chose) ** 0.5,
            **options,
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
