"""Fast oscillations in the network of Brunel and Hakim (1999): raster, global activity and its power spectrum.

    zoo run brunel_hakim
    zoo run brunel_hakim --sigma_ext 5*mV

Chapter: networks
"""

import numpy as np
from brian2 import Hz, SpikeMonitor, ms, mV, second

from zoo import cli, plots, replace, simulate, statistics
from zoo.experiments import _reference
from zoo.models.brunel_hakim import BrunelHakim

START = 0.2 * second  # after the initial transient
SHOWN = 50  # neurons in the raster


def record(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def main(model=BrunelHakim(), duration=1.2 * second, backend="cpp", seed=0):
    """Run the network; what is printed is measured from 0.2 s on, or in the second half of a shorter run."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    numbers = measured(result, min(START, duration / 2))
    print(f"neurons {numbers['rate']:.2f} Hz, network {numbers['peak']:.0f} Hz, CV {numbers['cv']:.2f}")
    return result.with_numbers(**{name: value for name, value in numbers.items() if np.isfinite(value)})


def measured(result, start=START) -> dict:
    """Rate (Hz) and CV of the neurons, the peak (Hz) of the spectrum from 50 to 400 Hz, and the power per spike there.

    The power of the population's activity is relative to that of independent Poisson trains of the same rate.
    """
    cells = statistics.spikes(result, "spikes", start=start)
    segment = min(500 * ms, cells.window * second)
    frequency, power = statistics.spectrum(cells, segment=segment)
    band = (frequency >= 50) & (frequency <= 400)
    rate = statistics.rate(cells)
    return {
        "rate": rate,
        "cv": statistics.cv(cells),
        "peak": statistics.peak(cells, 50 * Hz, 400 * Hz, segment=segment)[0],
        "power": float(power[band].max() * cells.n / (2 * rate)) if rate else np.nan,
    }


def plot(result):
    """Spikes and global activity of the last 0.1 s, and the spectrum of the activity."""
    end = float(result.duration / ms)
    figure, panels = plots.figure(3, height=7, height_ratios=(1.4, 1, 1.2))
    raster, activity, spectrum = panels
    t, i = np.asarray(result["spikes.t"] / ms), np.asarray(result["spikes.i"])
    raster.scatter(t[i < SHOWN], i[i < SHOWN], s=6, color="C0", linewidths=0, rasterized=True)
    raster.set(ylabel=f"neuron ({SHOWN} of {result.model.n})", xlim=(max(end - 100, 0), end), ylim=(-1, SHOWN))
    plots.title(raster, f"neurons fire at {result.numbers['rate']:.1f} Hz")
    cells = statistics.spikes(result, "spikes")
    bin = 0.5 * ms
    counts = statistics.counts(cells, bin)
    activity.stairs(counts / cells.n / float(bin), np.arange(len(counts) + 1) * 0.5, color="C0", linewidth=0.8)
    activity.set(xlabel="time (ms)", ylabel="activity (Hz)\nin 0.5 ms", xlim=raster.get_xlim(), ylim=(0, None))
    late = statistics.spikes(result, "spikes", start=min(START, result.duration / 2))
    frequency, power = statistics.spectrum(late, segment=min(500 * ms, late.window * second))
    spectrum.semilogy(frequency[1:], power[1:] * late.n / (2 * statistics.rate(late)), color="C0", linewidth=0.9)
    spectrum.axhline(1, color="0.7", linestyle=":", linewidth=1)
    spectrum.set(xlabel="frequency (Hz)", ylabel="power, 1: Poisson", xlim=(0, 500))
    plots.title(spectrum, f"largest power at {result.numbers['peak']:.0f} Hz")
    return {"oscillation": figure}


def measure(sigma_ext, seed=1):
    """Rate (Hz), CV, peak (Hz) and power from 0.2 to 2.2 s with external noise of `sigma_ext` (mV)."""
    return measured(simulate(replace(BrunelHakim(), sigma_ext=sigma_ext * mV), 2.2 * second, record, seed=seed))


def _claims():
    for run in _reference.load("brunel_hakim1999")["runs"].values():
        sigma_ext = float(run["numbers"].split()[1])
        rhythm = {"peak": "Hz"} if sigma_ext < 2 else {}  # the flat spectrum of the asynchronous state has no peak
        yield from _reference.of_seeds(
            run["seeds"],
            {"rate": "Hz", "cv": "", "power": "", **rhythm},
            source=f"C++ program, {len(run['seeds'])} networks of 2.2 s",
            protocol={"sigma_ext": sigma_ext},
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
