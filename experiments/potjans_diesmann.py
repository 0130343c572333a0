"""The cortical microcircuit: raster, rates, irregularity and synchrony of eight populations, as in figure 6 of the paper.

    zoo run potjans_diesmann                                     a tenth of the neurons and of their inputs
    zoo run potjans_diesmann --scale 1                           all 77,169 neurons and 298,880,968 synapses
    zoo run potjans_diesmann --scale 1 --background dc

Chapter: cortex
"""

import numpy as np
from brian2 import SpikeMonitor, ms, second
from matplotlib import cbook

from zoo import Claim, ZooError, cli, plots, replace, simulate, statistics
from zoo.experiments import _reference
from zoo.models.potjans_diesmann import POPULATIONS, PotjansDiesmann
from zoo.network import memory

TRANSIENT = 500 * ms  # left out of rates, or a third of a shorter run
#: Neurons in the raster; each population has its part.
SHOWN = 2000
#: The first cells of each population, whose pairs are correlated
PAIRED = 200
BYTES = 20  # of a synapse, at most: both ends, weight and delay
COLOURS = ("#20457c", "#d1495b")  # excitatory, inhibitory


def record(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def main(
    model=PotjansDiesmann(),
    scale: float = 0,  # n_scale and k_scale, above 0; 0: these
    duration=1 * second,
    backend="cpp",
    seed=0,
):
    """Run the network; rates, CV and synchrony are those after the first 500 ms, or after a third of a shorter run."""
    if scale:
        if (model.n_scale, model.k_scale) != (PotjansDiesmann.n_scale, PotjansDiesmann.k_scale):
            raise ZooError("--scale sets n_scale and k_scale; give either scale or these.")
        if scale < 0:
            raise ZooError(f"scale is {scale:g}; it must be above 0, or 0 for n_scale and k_scale.")
        model = replace(model, n_scale=scale, k_scale=scale)
    _check_memory(model.totals.sum())
    result = simulate(model, duration, record, backend=backend, seed=seed)
    numbers = {}
    for name, cells in populations(result, _start(result)).items():
        measured = _measured(cells)
        print(f"{name:5} {measured['rate']:6.2f} Hz, CV {measured['cv']:.2f}, synchrony {measured['fano_3ms']:.2f}")
        numbers |= {f"{of}_{name}": value for of, value in measured.items() if np.isfinite(value)}
    return result.with_numbers(**numbers)


def _check_memory(synapses):
    least, free = BYTES * synapses, memory.available()
    if free is not None and least > free:
        raise ZooError(
            f"{synapses:,} synapses need at least {least / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; give a "
            "smaller scale."
        )


def populations(result, start=0 * ms, most=None):
    """Population -> the spikes of its cells, or of the first `most` of them, after `start`."""
    found, first = {}, 0
    for name, n in result.model.sizes.items():
        neurons = slice(first, first + min(n, most or n))
        found[name] = statistics.spikes(result, "spikes", start=start, neurons=neurons)
        first += n
    return found


def _start(result):
    return min(TRANSIENT, result.duration / 3)


def _measured(cells):
    return {
        "rate": statistics.rate(cells),
        "cv": statistics.cv(cells),
        "fano_3ms": statistics.fano(cells, 3 * ms) if cells.window > 0.003 else np.nan,
    }


def plot(result):
    model, start = result.model, _start(result)
    figure, axes = plots.figure(1, 4, width=11, height=5.5, width_ratios=(2.6, 1, 1, 1))
    raster, rates, cvs, synchrony = axes
    sizes = model.sizes
    fraction = min(1, SHOWN / sum(sizes.values()))
    base, ticks = 0, []
    for number, cells in enumerate(populations(result).values()):
        shown = max(int(fraction * cells.n), 1)
        own = cells.i < shown
        colour = COLOURS[number % 2]
        raster.scatter(cells.t[own] * 1000, base - cells.i[own], s=1, color=colour, linewidths=0, rasterized=True)
        ticks.append(base - shown / 2)
        base -= shown
    raster.set(xlabel="time (ms)", xlim=(0, float(result.duration / ms)), ylim=(base, 0))
    raster.set_yticks(ticks, [_label(name) for name in sizes])
    raster.tick_params(axis="y", length=0)
    plots.title(raster, f"{sum(sizes.values()):,} neurons, {fraction:.0%} shown")

    settled = populations(result, start)
    places = -np.arange(len(settled))
    colours = [COLOURS[number % 2] for number in range(len(settled))]
    for panel, label, values in (
        (rates, "rate (Hz)", [statistics.rates_of_cells(cells) for cells in settled.values()]),
        (cvs, "CV of intervals", [statistics.cvs(cells) for cells in settled.values()]),
    ):
        for place, colour, numbers in zip(places, colours, values, strict=True):
            _box(panel, place, numbers[np.isfinite(numbers)], colour)
        panel.set(xlabel=label, xlim=(0, None))
    synchrony.barh(places, [_measured(cells)["fano_3ms"] for cells in settled.values()], 0.65, color=colours)
    synchrony.set(xlabel="synchrony in 3 ms")
    for panel in (rates, cvs, synchrony):
        panel.set_yticks(places, [_label(name) for name in sizes] if panel is rates else [""] * len(places))
        panel.set_ylim(places[-1] - 0.6, 0.6)
        panel.tick_params(axis="y", length=0)
    plots.title(rates, f"from {float(start / ms):.0f} ms")
    return {"activity": figure}


def _box(panel, place, values, colour):
    """Quartiles, whiskers of 1.5 times their distance, median (white) and mean (star)."""
    if not len(values):
        return
    [of] = cbook.boxplot_stats(values)
    panel.hlines(place, of["whislo"], of["whishi"], color=colour, linewidth=1)
    panel.barh(place, of["q3"] - of["q1"], 0.65, left=of["q1"], color=colour)
    panel.vlines(of["med"], place - 0.32, place + 0.32, color="white", linewidth=1.5)
    panel.plot(of["mean"], place, "*", color="white", markeredgecolor="0.2", markersize=8)


def _label(name):
    return name.replace("L23", "L2/3")


def measure(scale, start, duration, seed=1):
    """Rate (Hz), CV and synchrony of each population after `start` (ms), and how far the distributions of rate, CV and
    correlation are from those of the reference (Kolmogorov-Smirnov distances).
    """
    model = PotjansDiesmann(n_scale=scale, k_scale=scale, draw=seed)
    result = simulate(model, (start + duration) * ms, record, seed=seed)
    found = {}
    paired = populations(result, start * ms, most=PAIRED)
    for name, cells in populations(result, start * ms).items():
        found |= {f"{of}_{name}": value for of, value in _measured(cells).items()}
        if scale == TENTH["n_scale"]:
            cvs = statistics.cvs(cells)
            values = {
                "rate": statistics.rates_of_cells(cells),
                "cv": cvs[np.isfinite(cvs)],
                "correlation": statistics.correlations(paired[name], 2 * ms),
            }
            for of, numbers in values.items():
                found[f"distance_{of}_{name}"] = statistics.distance(numbers, TENTH["pooled"][name][of])
    return found


TENTH, FULL = (_reference.load(name) for name in ("potjans_diesmann", "potjans_diesmann_full"))


def _named(runs, prefix=""):
    return {
        seed: {f"{prefix}{of}_{name}": number for name, row in run.items() for of, number in row.items()}
        for seed, run in runs.items()
    }


def _protocol(reference):
    return {"scale": reference["n_scale"], "start": reference["warm_ms"], "duration": reference["record_ms"]}


def _of_the_full_network():
    """Means of two networks; populations have about the same spread from seed to seed, in parts of the mean."""
    for of, unit in (("rate", "Hz"), ("cv", ""), ("fano_3ms", "")):
        values = np.array([[row[of] for row in run.values()] for run in FULL["runs"].values()])
        means = values.mean(axis=0)
        part = float(np.sqrt(np.mean(values.var(axis=0, ddof=1) / means**2)))
        for name, mean in zip(POPULATIONS, means.tolist(), strict=True):
            yield Claim(
                quantity=f"{of}_{name}",
                expected=mean,
                unit=unit,
                tolerance=0.02 * mean,
                reason=f"2 %, or 3.3 standard errors; networks differ by a standard deviation of {part:.1%}",
                source="C++ program, 2 networks",
                spread=part * mean,
                error=part * mean / len(values) ** 0.5,
                protocol=_protocol(FULL),
                long=True,
            )


def _claims():
    names, protocol = POPULATIONS, _protocol(TENTH)
    yield from _reference.of_seeds(
        _named(TENTH["runs"]),
        {f"{of}_{name}": unit for of, unit in (("rate", "Hz"), ("cv", ""), ("fano_3ms", "")) for name in names},
        source="C++ program, ten networks; NEST 3.10 agrees",
        protocol=protocol,
        long=True,
    )
    yield from _reference.of_seeds(
        _named(TENTH["distances"], "distance_"),
        {f"distance_{of}_{name}": "" for of in ("rate", "cv", "correlation") for name in names},
        source="C++ program, 5 networks against 5 others",
        protocol=protocol,
        long=True,
    )
    yield from _of_the_full_network()


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
