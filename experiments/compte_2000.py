"""A direction held in memory by a ring of cells: the bump of activity and its drift, as in Compte et al. (2000).

    zoo run compte_2000 --duration 6*second
    zoo run compte_2000 --cue_angle 90 --seed 2
    zoo run compte_2000 --I_cue 0*pA                      without a cue

Chapter: cognition
"""

import numpy as np
from brian2 import pA, second

from zoo import cli, plots, simulate, statistics
from zoo.experiments import _reference
from zoo.experiments._selective import record
from zoo.models.compte_2000 import Compte2000

#: Duration (s) of the windows in which the bump is decoded.
WINDOW = 0.5


def bump(result, start):
    """What the excitatory spikes from `start` (s) show, for WINDOW seconds.

    The angle (degrees) and the length of their population vector, the rate (Hz) of the cells within 18 degrees of this angle, and of
    those beyond 90 degrees.
    """
    theta = result.model.theta
    cells = statistics.spikes(result, "spikes_excitatory", start=start * second, end=(start + WINDOW) * second)
    count = np.bincount(cells.i, minlength=cells.n)
    vector = (count * np.exp(1j * np.deg2rad(theta))).sum() / max(count.sum(), 1)
    angle = np.rad2deg(np.angle(vector)) % 360
    apart = np.abs(_difference(theta, angle))
    near, far = count[apart < 18].mean() / WINDOW, count[apart > 90].mean() / WINDOW
    return {"angle": angle, "length": abs(vector), "peak": near, "far": far}


def _difference(one, other):
    """Degrees from `other` to `one`, -180 to 180."""
    return (one - other + 180) % 360 - 180


def main(model=Compte2000(), duration=4 * second, backend="cpp", seed=0):
    """Run one trial; print the bump in the last half second."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    found = bump(result, float(duration) - WINDOW)
    error = _difference(found["angle"], model.cue_angle)
    print(f"after {duration}: {found['peak']:.1f} Hz at {found['angle']:.0f} degrees, {error:+.0f} from the cue; "
          f"{found['far']:.1f} Hz far from it")  # fmt: skip
    return result.with_numbers(peak_hz=found["peak"], far_hz=found["far"], length=found["length"], error_degrees=error)


def plot(result):
    """Spikes by preferred direction, with the decoded direction, and the rate of every direction in the last 500 ms."""
    model, end = result.model, float(result.duration)
    figure, (raster, profile) = plots.figure(1, 2, width=10, height=4.5, sharey=True, width_ratios=(3, 1))
    cells = statistics.spikes(result, "spikes_excitatory")
    step = 1 + len(cells.i) // 30_000
    raster.scatter(cells.t[::step], model.theta[cells.i[::step]], s=0.4, color="0.3", linewidths=0, rasterized=True)
    onset, offset = float(model.cue), float(model.cue + model.presentation)
    if model.I_cue > 0 * pA:
        raster.axvspan(onset, offset, color="C1", alpha=0.25, linewidth=0, label="cue")
        starts = np.arange(offset, end - WINDOW + 1e-9, WINDOW / 2)
        angles = [bump(result, start)["angle"] for start in starts]
        raster.plot(starts + WINDOW / 2, angles, color="C3", linewidth=1.5, label="population vector")
        for axes in (raster, profile):
            axes.axhline(model.cue_angle, color="C1", linewidth=0.8, linestyle="--")
        raster.legend(loc="upper left", fontsize=9, frameon=True, framealpha=0.9)
    raster.set(xlabel="time (s)", ylabel="preferred direction (degrees)", xlim=(0, end), ylim=(0, 360))
    raster.set_yticks(range(0, 361, 90))
    last = statistics.spikes(result, "spikes_excitatory", start=(end - WINDOW) * second)
    count = np.bincount(last.i, minlength=last.n) / WINDOW
    wide = max(last.n // 64, 1)  # cells of a bin
    parts = np.arange(0, last.n - wide + 1, wide)
    profile.step(
        [count[part : part + wide].mean() for part in parts], model.theta[parts + wide // 2], where="mid", color="C3"
    )
    profile.set(xlabel="rate (Hz), last 500 ms", xlim=(0, None))
    return {"bump": figure}


def measure(I_cue, seed=1):
    """Rates and bump in a trial of 4 s, with a cue of `I_cue` (pA) at 1 s, and how far (degrees) the bump moves in 2 s."""
    result = simulate(Compte2000(I_cue=I_cue * pA), 4 * second, record, seed=seed)

    def rate(name, start, end):
        return statistics.rate(statistics.spikes(result, f"spikes_{name}", start=start * second, end=end * second))

    early, late = bump(result, 1.5), bump(result, 3.5)
    return {
        "excitatory_before": rate("excitatory", 0.5, 1),
        "inhibitory_before": rate("inhibitory", 0.5, 1),
        "excitatory_late": rate("excitatory", 3.5, 4),
        "inhibitory_late": rate("inhibitory", 3.5, 4),
        **{f"{name}_late": late[name] for name in ("length", "peak", "far")},
        "drift": abs(_difference(late["angle"], early["angle"])),
    }


CLAIMS = _reference.of_seeds(
    _reference.load("compte2000")["seeds"],
    {
        "excitatory_before": "Hz",
        "inhibitory_before": "Hz",
        "excitatory_late": "Hz",
        "inhibitory_late": "Hz",
        "length_late": "",
        "peak_late": "Hz",
        "far_late": "Hz",
        "drift": "degrees",
    },
    source="C++ program compte2000.cpp, 12 trials",
    protocol={"I_cue": 200.0},
)

if __name__ == "__main__":
    cli(main)
