"""Object working memory: a cue, the activity that persists in the delay, and a distractor, as in Brunel and Wang (2001).

    zoo run brunel_wang_2001                              the memory of S1 outlasts the cue
    zoo run brunel_wang_2001 --mu_distractor 100*Hz       a distractor as strong as the cue replaces it
    zoo run brunel_wang_2001 --mu_cue 0*Hz                spontaneous activity

Chapter: cognition
"""

from brian2 import Hz, ms, second

from zoo import cli, plots, simulate
from zoo.experiments import _reference, _selective
from zoo.experiments._selective import record
from zoo.models.brunel_wang_2001 import BrunelWang2001

#: Windows of the rates, in seconds: before the cue, in the delay after it, and late, after the distractor.
WINDOWS = {"before": (0.5, 1), "delay": (2, 3), "late": (4, 5)}


def main(model=BrunelWang2001(), duration=5 * second, backend="cpp", seed=0):
    """Run one trial; print the rates before the cue, in the delay and at the end."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    return _selective.with_rates(result, WINDOWS)


def plot(result):
    model = result.model
    figure, (raster, rates) = _selective.frame(2, (3, 1.5), height=7)
    _selective.raster(result, tuple(model.sizes), raster)
    _selective.rate_lines(result, ("S1", "S2", "others", "inhibitory"), rates)
    rates.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    rates.set(xlabel="time (ms)", xlim=(0, float(result.duration / ms)))
    shown = {"cue of S1": (model.mu_cue, model.cue), "distractor of S2": (model.mu_distractor, model.distractor)}
    for text, (mu, start) in shown.items():
        if mu > 0 * Hz:
            for axes, label in ((raster, text), (rates, "")):
                _selective.span(axes, start, start + model.presentation, label)
    plots.title(raster, f"$w_+$ = {model.w_plus:g}")
    return {"trial": figure}


def measure(mu_cue, mu_distractor, seed=1):
    """Rates (Hz) of populations in `WINDOWS`, with external rates (Hz) of cue and distractor."""
    model = BrunelWang2001(mu_cue=mu_cue * Hz, mu_distractor=mu_distractor * Hz)
    result = simulate(model, 5 * second, record, seed=seed)
    found = {}
    for window, (start, end) in WINDOWS.items():
        rates = _selective.rates(result, start * second, end * second)
        found |= {f"{name}_{window}": rate for name, rate in rates.items()}
    return found


def _claims():
    """Before the cue all populations are spontaneously active; S3 is never stimulated."""
    protocols = {
        "100 100": (
            *(
                "S1_before",
                "others_before",
                "inhibitory_before",
                "S1_delay",
                "S3_delay",
                "others_delay",
                "inhibitory_delay",
            ),
            *("S1_late", "S2_late"),
        ),
        "100 0": ("S1_late",),
        "0 0": ("S1_delay",),
    }
    for name, quantities in protocols.items():
        protocol = _reference.load("brunel_wang2001")["protocols"][name]
        yield from _reference.of_seeds(
            protocol["seeds"],
            dict.fromkeys(quantities, "Hz"),
            source=f"C++ program brunel_wang2001.cpp, {len(protocol['seeds'])} trials",
            protocol={key: protocol[key] for key in ("mu_cue", "mu_distractor")},
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
