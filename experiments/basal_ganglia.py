"""The basal ganglia, seven nuclei of Izhikevich neurons: raster and firing rates of every nucleus.

Chapter: networks
"""

import numpy as np
from brian2 import ms, second
from matplotlib import mlab

from zoo import Claim, cli, plots, simulate
from zoo.analysis.rates import binned
from zoo.experiments import _nuclei, _past_spikes, _reference, _traced
from zoo.experiments._nuclei import mean_rates, with_rates
from zoo.models.basal_ganglia import BasalGanglia

#: Hz
BETA = (13, 30)


def record(network, traced=()):
    """All spikes, and v, u and I of the neurons `traced`."""
    return _nuclei.record(network, traced)


def main(
    model=BasalGanglia(),
    duration=1 * second,
    backend="cpp",
    seed=0,
    trace: str = "none",  # neurons whose v, u and I are recorded, as TI:0,5,CTX:3
):
    traced = _traced.indices(trace, model.sizes)
    result = simulate(model, duration, _traced.recording(record, traced), backend=backend, seed=seed)
    beta = {f"beta_{name}": band_power(result, name, *BETA) for name in result.model.sizes}
    return with_rates(result).with_numbers(**beta)


def band_power(result, nucleus, low, high):
    """The fraction of the power of a nucleus's population rate, between 1 and 100 Hz, that is between `low` and `high` Hz.

    By Welch's method with windows of 0.5 s, without the first 0.1 s. 0 for a silent nucleus or a run shorter than 0.6 s.
    """
    edges, rate = binned(result, "spikes", 1 * ms, start=100 * ms, neurons=result.model.slices[nucleus])
    rate = rate[np.isclose(np.diff(edges), edges[1] - edges[0])] if len(rate) else rate  # without a narrower last bin
    if len(rate) < 500 or not rate.any():
        return 0.0
    window = np.hanning(501)[:-1]
    power, frequency = mlab.psd(
        rate, NFFT=500, Fs=1000 / (edges[1] - edges[0]), window=window, noverlap=250, detrend="mean"
    )
    whole = power[(frequency >= 1) & (frequency <= 100)].sum()
    return float(power[(frequency >= low) & (frequency <= high)].sum() / whole) if whole > 0 else 0.0


def plot(result):
    sizes = result.model.sizes
    figure, axes = plots.figure(height=6)
    plots.raster(result, "spikes", populations=sizes, axes=axes)
    plots.title(axes, f"{sum(sizes.values())} neurons in {len(sizes)} nuclei, dt {float(result.model.dt / ms):g} ms")
    traces = {"traces": _traced.figure(result)} if "trace.t" in result else {}
    return {"raster": figure, "rates": _rates(result), **traces}


def _rates(result):
    """All nuclei in one pair of axes, each scaled to its highest rate, which matplotlib draws in a third of the time of seven."""
    slices, rates = result.model.slices, mean_rates(result)
    figure, axes = plots.figure(height=1.1 * len(slices))
    beside = axes.get_yaxis_transform()
    bases, ticks = -1.2 * np.arange(len(slices)), {}
    for position, (name, base) in enumerate(zip(slices, bases, strict=True)):
        edges, values = binned(result, "spikes", 5 * ms, neurons=slices[name])
        most = max(values.max(initial=0), 1)
        heights = base + np.append(values, values[-1] if len(values) else 0) / most
        axes.fill_between(edges, base, heights, step="post", color=f"C{position}", alpha=0.8, linewidth=0)
        axes.plot(edges[[0, -1]], [base + rates[name] / most] * 2, color="0.3", linewidth=0.8, linestyle="--")
        axes.text(-0.08, base + 0.5, name, transform=beside, va="center", ha="center", rotation=90)
        axes.text(1.01, base + 0.5, f"{rates[name]:.1f} Hz", transform=beside, va="center", fontsize=9)
        level = _round(most)
        ticks |= {base: "0", base + level / most / 2: f"{level / 2:g}", base + level / most: f"{level:g}"}
    axes.hlines(bases, 0, edges[-1], color="black", linewidth=0.8)
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.spines[["left", "bottom"]].set_visible(False)
    plots.title(axes, f"rate (Hz) in bins of {edges[1] - edges[0]:g} ms, and its mean (dashed)")
    axes.set(xlabel="time (ms)", xlim=(0, edges[-1]), ylim=(bases[-1] - 0.01, 1.1))
    return figure


def _round(most):
    """The largest of 1, 2, 4 and 8 times a power of ten that is not above `most`."""
    power = 10.0 ** np.floor(np.log10(most))
    return power * max(factor for factor in (1, 2, 4, 8) if factor * power <= most)


def measure(seed=1, scheme=""):
    """The differences from an independent simulator at a tenth of the size; with a `scheme` the rates (Hz) of one second.

    The scheme is "documented", "coded", or "coded minus documented", with the same noise.
    """
    if not scheme:
        return _past_spikes.basal_ganglia()

    def rates(as_coded):
        return mean_rates(simulate(BasalGanglia(as_coded=as_coded), 1 * second, record, seed=seed))

    if scheme == "coded minus documented":
        return {"CTX": rates(True)["CTX"] - rates(False)["CTX"]}
    return rates(scheme == "coded")


#: Standard deviations of the rates (Hz) from seed to seed, of seeds 1 to 20 and 1 to 12 of this model. As coded GPi and STN
#: fire in single volleys, and D2 is silent.
SPREAD = {"CTX": 0.030, "D1": 0.35, "D2": 0.91, "GPi": 0.33, "TA": 0.35, "TI": 0.46, "STN": 0.14}
SPREAD_AS_CODED = {"CTX": 0.034, "D1": 0.2, "D2": 0.0, "GPi": 0.5, "TA": 0.4, "TI": 0.4, "STN": 0.5}


def _claims():
    yield from _past_spikes.claims(4025, long=True)
    runs = _reference.load("izhi_bg_rates")
    known = {
        scheme: {name: np.array([run["rate_0_1000"][name] for run in runs[variant]]) for name in runs[variant][0]["rate_0_1000"]}
        for scheme, variant in (("documented", "readme"), ("coded", "code_like"))
    }  # fmt: skip
    for scheme, spreads, seeds in (("documented", SPREAD, 6), ("coded", SPREAD_AS_CODED, 3)):
        for name, spread in spreads.items():
            values = known[scheme][name.replace("GPi", "Gpi")]
            yield Claim(
                quantity=name, unit="Hz", expected=float(values.mean()), seeds=seeds, spread=spread,
                error=spread / len(values) ** 0.5, protocol={"scheme": scheme}, long=True,
                reason=f"3.3 standard errors; the standard deviation from seed to seed is {spread:g}" if spread else "silent",
                source=f"NumPy program that sums every kernel over past spikes, {len(values)} seeds",
            )  # fmt: skip
    yield Claim(
        quantity="CTX", unit="Hz", expected=float((known["coded"]["CTX"] - known["documented"]["CTX"][:2]).mean()), seeds=3,
        spread=0.013, error=0.013 / 2**0.5, protocol={"scheme": "coded minus documented"}, long=True,
        reason="3.3 standard errors; the standard deviation of the difference over eight seeds is 0.013, and a pause of one "
        "step after each spike would give -0.139",
        source="NumPy program that sums every kernel over past spikes, 2 seeds",
    )  # fmt: skip


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
