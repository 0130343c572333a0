"""Change of a calcium-based synapse against the lag of pairs of spikes, simulated and in closed form.

The figure is that of Graupner and Brunel (2012), figure 2.

    zoo run graupner_brunel_2012
    zoo verify graupner_brunel_2012

Chapter: plasticity
"""

import numpy as np
from brian2 import StateMonitor, ms, second
from scipy.special import erf

from zoo import Claim, cli, plots, replace, simulate
from zoo.experiments import _reference
from zoo.models.graupner_brunel_2012 import GraupnerBrunel2012, presets

SHARED_FIELDS = ("C_1", "C_2", "theta_p", "gamma_d", "gamma_p", "sigma", "D")
#: Half of the synapses start DOWN; an UP synapse is B times as strong.
BETA, B = 0.5, 5
LAGS = np.array([-100, -60, -40, -30, -20, -10, -5, 0, 5, 10, 20, 30, 40, 60, 100])  # ms, of the simulation
CURVE = np.linspace(-100, 100, 401)  # ms, of the closed form
SYNAPSES = 20  # of each set and lag from each state


def mixed(model, cases, repeats=1, **fields):
    """`model` with `repeats` synapses that start DOWN and as many UP for each of `cases`, pairs of a preset and a lag (ms).

    Synapses are ordered by case, then by state.
    """
    rows = [presets[name] for name, _ in cases]
    columns = {
        name: np.repeat([float(row[name]) for row in rows], 2 * repeats) for name in SHARED_FIELDS if name not in fields
    }
    columns["D"] = columns["D"] * second
    columns["lag"] = np.repeat([float(lag) for _, lag in cases], 2 * repeats) * ms
    columns["rho_0"] = np.tile(np.repeat([0.0, 1.0], repeats), len(cases))
    return replace(model, n=2 * repeats * len(cases), **columns, **fields)


def record(network):
    return [StateMonitor(network["synapses"], "rho", record=True, dt=0.2 * second, name="efficacy")]


def length(model):
    """The time from the start to one period after the last pair."""
    return model.onset + model.n_pairs / model.rate


def main(model=GraupnerBrunel2012(), duration=60.2 * second, backend="cpp", seed=0):
    """Run pairs at 15 lags for each set of parameters; options of the model that the sets have, and lag, have no effect."""
    cases = [(name, lag) for name in presets for lag in LAGS]
    result = simulate(mixed(model, cases, SYNAPSES), duration + model.dt, record, backend=backend, seed=seed)
    changes = np.array(changes_of(result, cases)).reshape(len(presets), len(LAGS))
    for name, row in zip(presets, changes, strict=True):
        print(f"{name}: change of the strength from {row.min():.2f} to {row.max():.2f}")
    return result.with_numbers(changes=changes.ravel())


def switched(result, cases):
    """The fractions of synapses that went from DOWN to UP, and from UP to DOWN, (cases,) each."""
    last = np.asarray(result["efficacy.rho"])[:, -1].reshape(len(cases), 2, -1)
    border = float(result.model.rho_star)
    return (last[:, 0] > border).mean(axis=1), (last[:, 1] < border).mean(axis=1)


def changes_of(result, cases):
    """The ratio of mean strengths after and before, (cases,)."""
    return strength(*switched(result, cases))


def strength(U, D):
    """The ratio of mean strengths after and before, when a fraction U has gone UP and D DOWN."""
    before = BETA + B * (1 - BETA)
    return ((1 - U) * BETA + D * (1 - BETA) + B * (U * BETA + (1 - D) * (1 - BETA))) / before


def above(theta, lag, C_1, C_2, D, tau_Ca, period):
    """The time (s) in each period that calcium is above `theta`, for periodic pairs; lag and other times in s."""
    gap = (lag - D) % period  # from a presynaptic event to the postsynaptic one
    one, two = np.exp(-gap / tau_Ca), np.exp(-(period - gap) / tau_Ca)
    # Just after the postsynaptic event, and just after the presynaptic one.
    at_post = (C_1 * one + C_2) / (1 - one * two)
    at_pre = at_post * two + C_1
    time = 0.0
    for start, until in ((at_pre, gap), (at_post, period - gap)):
        time += np.clip(tau_Ca * np.log(np.maximum(start, 1e-300) / theta), 0, until)
    return time


def closed_form(model, preset, lags):
    """Fractions of time above theta_d and theta_p, and the change of the strength without the first term of (a), at `lags` (ms).

    The efficacy is then a Gaussian process, Graupner and Brunel (2012), with the mean rho_bar and the variance s^2/2.
    """
    period = 1 / float(model.rate)
    common = (preset["C_1"], preset["C_2"], float(preset["D"]), float(model.tau_Ca), period)
    times = [above(theta, lags * 1e-3, *common) for theta in (float(model.theta_d), preset["theta_p"])]
    alpha_d, alpha_p = (time / period for time in times)
    up, down = preset["gamma_p"] * alpha_p, preset["gamma_d"] * alpha_d
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = up / (up + down)
        decayed = np.exp(-model.n_pairs * period * (up + down) / float(model.tau))
        s = preset["sigma"] * np.sqrt((alpha_p + alpha_d) / (up + down) * (1 - decayed**2))
        U = 0.5 * (1 + erf((mean * (1 - decayed) - model.rho_star) / s))
        D = 0.5 * (1 - erf((mean + (1 - mean) * decayed - model.rho_star) / s))
        change = strength(U, D)
    return alpha_d, alpha_p, np.where(up + down > 0, change, 1.0)


def plot(result):
    figure, panels = plots.figure(4, 3, width=10, height=9, sharex=True, height_ratios=(2, 1, 2, 1))
    changes = result.numbers["changes"].reshape(len(presets), len(LAGS))
    for number, (name, preset) in enumerate(presets.items()):
        axes, fractions = (panels[2 * (number // 3) + row, number % 3] for row in (0, 1))
        alpha_d, alpha_p, change = closed_form(result.model, preset, CURVE)
        axes.plot(CURVE, change, color="k", linewidth=1, label="closed form")
        axes.plot(LAGS, changes[number], "o", color="C0", markersize=4, label=f"{2 * SYNAPSES} synapses")
        axes.axhline(1, color="0.7", linewidth=0.7, zorder=0)
        axes.set_ylim(0.3, 1.8)
        plots.title(axes, name)
        fractions.plot(CURVE, 100 * alpha_d, color="C2", linewidth=1, label=r"above $\theta_d$")
        fractions.plot(CURVE, 100 * alpha_p, color="C1", linewidth=1, label=r"above $\theta_p$")
        fractions.set_ylim(0, None)
        if number % 3 == 0:
            axes.set_ylabel("change of strength")
            fractions.set_ylabel("time (%)")
        if number >= 3:
            fractions.set_xlabel("lag, post after pre (ms)")
    panels[0, 0].legend(frameon=False, fontsize=8, loc="upper left")
    panels[1, 0].legend(frameon=False, fontsize=8)
    return {"lags": figure}


#: The cases whose noisy synapses are claimed.
NOISY = (
    ("DP", -20), ("DP", 0), ("DP", 10), ("DP", 20), ("DPD", -10), ("DPD", 5), ("DPD", 20), ("DPD'", -10), ("DPD'", 5),
    ("P", 10), ("D", 0), ("D'", 10),
)  # fmt: skip
CASES = tuple((name, lag) for name in presets for lag in (-40, -20, -10, 0, 5, 10, 20))
REFERENCE = _reference.load("graupner_brunel")["cases"]
REPEATS = 200


def measure(what):
    """Times above the thresholds (ms in a period), efficacies after pairs without noise, or changes of noisy synapses.

    `what` is "times", "efficacies" or "changes".
    """
    model = GraupnerBrunel2012()
    if what == "changes":
        result = simulate(mixed(model, NOISY, REPEATS), length(model) + model.dt, record, seed=1)
        return {
            f"{name} at {lag} ms": change for (name, lag), change in zip(NOISY, changes_of(result, NOISY), strict=True)
        }
    if what == "efficacies":
        result = simulate(mixed(model, CASES, sigma=0), length(model) + model.dt, record)
        rows = np.asarray(result["efficacy.rho"])[:, -1].reshape(len(CASES), 2)
        return {f"{name} at {lag} ms": row for (name, lag), row in zip(CASES, rows, strict=True)}
    model = replace(model, n_pairs=2)

    def record_steps(network):
        return [StateMonitor(network["synapses"], ["depressed", "potentiated"], record=True, name="above")]

    result = simulate(mixed(model, CASES, sigma=0), length(model), record_steps)
    times = [
        np.asarray(result[f"above.{name}"]).sum(axis=1)[::2] * float(model.dt / ms) / model.n_pairs
        for name in ("depressed", "potentiated")
    ]
    return {f"{name} at {lag} ms": row for (name, lag), *row in zip(CASES, *times, strict=True)}


def _claims():
    source = "event-driven program, SciPy 1 (DOP853)"
    for name, lag in CASES:
        case = REFERENCE[f"{name} at {lag} ms"]
        yield Claim(
            quantity=f"{name} at {lag} ms", expected=(case["ms_above_theta_d"], case["ms_above_theta_p"]), unit="ms",
            tolerance=0.1001, reason="each of two intervals is wrong by up to half a step of 0.1 ms", source=source,
            protocol={"what": "times"},
        )  # fmt: skip
    for name, lag in CASES:
        case, preset = REFERENCE[f"{name} at {lag} ms"], presets[name]
        yield Claim(
            quantity=f"{name} at {lag} ms", expected=(case["rho_from_0"], case["rho_from_1"]),
            tolerance=60 * 0.1 / 150e3 * (preset["gamma_d"] + preset["gamma_p"]), source=source,
            reason="60 times the error of the times above the thresholds, by gamma/tau", protocol={"what": "efficacies"},
        )  # fmt: skip
    for name, lag in NOISY:
        case = REFERENCE[f"{name} at {lag} ms"]
        spread = sum(case[state] * (1 - case[state]) for state in ("U", "D"))
        number = 1 / REPEATS + 1 / 4000
        yield Claim(
            quantity=f"{name} at {lag} ms", expected=case["change"], source="Euler, 2 x 4000 synapses",
            tolerance=max(0.01, 3.3 * BETA * (B - 1) / (BETA + B * (1 - BETA)) * (spread * number) ** 0.5),
            reason="3.3 standard errors of 2 x 200 synapses, a false alarm in a thousand claims; 0.01 where hardly any switch",
            protocol={"what": "changes"}, long=True,
        )  # fmt: skip


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
