"""Choices and decision times of Wang's network against the coherence of the motion: a sweep over coherences and seeds.

As in figure 5 of Wang (2002): the fraction of trials in which the population of the right direction wins, with a Weibull
function 1 - exp(-(c/alpha)^beta)/2, and the time from the onset of the stimulus to the decision. At coherence 0 either
choice is a guess, and the fraction of A is shown. The folder is that of a sweep, whose finished trials are not run again.

Chapter: cognition
"""

from pathlib import Path

import numpy as np
from brian2 import second

from zoo import cli, plots, sweep


def main(
    coherence: str = "0,3.2,6.4,12.8,25.6,51.2",  # an axis, as zoo sweep takes it, in per cent
    trials: int = 20,  # trials at each coherence
    duration=3 * second,
    backend="cpp",
    jobs: int = None,  # parallel processes; default: all cores
    out: Path = None,
):
    """Run the trials and draw both curves."""
    common = {"duration": duration, "backend": backend}
    found = sweep("wang_2002", {"coherence": coherence, "seed": range(trials)}, common=common, out=out / "sweep",
                  jobs=jobs)  # fmt: skip
    plots.save(plot(found), out)


def plot(found) -> dict:
    """The figure of the sweep."""
    return figures(found.table)


def figures(table) -> dict:
    """Fraction of right choices and decision times against coherence, with standard errors; undecided trials are left out."""
    table = table[table["status"] == "ok"]
    decided = table[table["decided"] > 0]
    levels = np.unique(decided["coherence"])
    groups = [decided[decided["coherence"] == level] for level in levels]
    counts = np.array([len(group) for group in groups])
    right = np.array([group["chose_A"].mean() for group in groups])
    times = [group["decision_time_ms"] for group in groups]

    figure, (left, middle) = plots.figure(1, 2, width=9.5, height=4)
    x = np.where(levels > 0, levels, 1.6)  # 0 has no place on a logarithmic axis
    left.errorbar(x, 100 * right, 100 * np.sqrt(right * (1 - right) / counts), fmt="o", markersize=5, capsize=2)
    alpha, beta = weibull(levels, right, counts)
    c = np.geomspace(1.6, levels.max(), 100)
    left.plot(c, 100 * (1 - 0.5 * np.exp(-((c / alpha) ** beta))), color="C0", linewidth=1)
    left.axhline(50, color="0.7", linestyle=":", linewidth=1)
    left.set(ylabel="right choices (%)", ylim=(40, 102))
    plots.title(left, f"Weibull: $\\alpha$ = {alpha:.2g} %, $\\beta$ = {beta:.2g}")
    means = np.array([part.mean() for part in times])
    errors = np.array([part.std(ddof=1) / len(part) ** 0.5 if len(part) > 1 else 0 for part in times])
    middle.errorbar(x, means, errors, fmt="o-", markersize=5, capsize=2, linewidth=1)
    middle.set(ylabel="decision time (ms)", ylim=(0, None))
    plots.title(middle, f"{len(decided)} of {len(table)} trials end in a decision")
    for axes in (left, middle):
        axes.set(xlabel="coherence (%)", xscale="log")
        axes.set_xticks(x, [f"{level:g}" for level in levels])
        axes.minorticks_off()
    return {"psychometric_curve": figure}


def weibull(levels, right, counts):
    """alpha (per cent) and beta of greatest likelihood for the fractions `right` of `counts` trials."""
    alpha, beta = np.meshgrid(np.geomspace(1, 100, 200), np.linspace(0.5, 4, 71), indexing="ij")
    likelihood = np.zeros(alpha.shape)
    for level, fraction, count in zip(levels, right, counts, strict=True):
        p = np.clip(1 - 0.5 * np.exp(-((level / alpha) ** beta)), 1e-9, 1 - 1e-9)
        likelihood += count * (fraction * np.log(p) + (1 - fraction) * np.log(1 - p))
    best = np.unravel_index(likelihood.argmax(), likelihood.shape)
    return alpha[best], beta[best]


if __name__ == "__main__":
    cli(main)
