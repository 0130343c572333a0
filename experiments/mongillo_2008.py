"""Working memory without spikes: a cue, silence, and a readout, as in figure 2 of Mongillo et al. (2008).

    zoo run mongillo_2008                            the memory is silent until the readout
    zoo run mongillo_2008 --mu_E 23.1*mV             volleys recur
    zoo run mongillo_2008 --more_cue 0               the readout without a cue

Chapter: cognition
"""

import numpy as np
from brian2 import StateMonitor, ms, mV, second

from zoo import cli, plots, simulate
from zoo.experiments import _reference, _selective
from zoo.models.mongillo_2008 import Mongillo2008

#: Windows of the rates, in seconds.
WINDOWS = {"before": (0.5, 1), "cue": (1, 1.35), "delay": (1.6, 2.4), "readout": (2.5, 2.8), "late": (3, 3.5)}
#: The time (s) at which the synapses are read in the delay.
READ = 2.4


def record(network):
    """The spikes, and every 50 ms facilitation and resources of the excitatory cells."""
    synapses = StateMonitor(network["excitatory"], ("u", "x"), record=True, dt=50 * ms, name="release")
    return [*_selective.record(network), synapses]


def release(result, population):
    """Times (s), and u and x of the cells of a selective population, (cells, times)."""
    size = result.model.sizes[population]
    first = size * result.model.selective.index(population)
    u, x = (np.asarray(result[f"release.{name}"])[first : first + size] for name in ("u", "x"))
    return np.asarray(result["release.t"]), u, x


def main(model=Mongillo2008(), duration=3.5 * second, backend="cpp", seed=0):
    """Run one trial; print the rates in the windows."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    return _selective.with_rates(result, WINDOWS, digits=2)


def plot(result):
    model = result.model
    figure, (raster, rates, synapses) = _selective.frame(3, (3, 1.2, 1.2), height=8)
    _selective.raster(result, tuple(model.sizes), raster)
    _selective.rate_lines(result, ("S1", "S2", "inhibitory"), rates)
    for population, line in (("S1", "-"), ("S2", ":")):
        t, u, x = release(result, population)
        synapses.plot(t * 1000, u.mean(axis=0), line, color="C4", label=f"u of {population}")
        synapses.plot(t * 1000, x.mean(axis=0), line, color="C5", label=f"x of {population}")
    synapses.set(ylabel="u, x", xlabel="time (ms)", ylim=(0, 1.05), xlim=(0, float(result.duration / ms)))
    for axes in (rates, synapses):
        axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    shown = {
        "cue": (model.more_cue, model.cue, model.cue_lasts),
        "readout": (model.more_readout, model.readout, model.readout_lasts),
    }
    for text, (more, start, lasts) in shown.items():
        if more:
            for axes, label in ((raster, text), (rates, ""), (synapses, "")):
                _selective.span(axes, start, start + lasts, label)
    plots.title(raster, f"$\\mu_E$ = {float(model.mu_E / mV):g} mV")
    return {"trial": figure}


def measure(mu_E, seed=1):
    """Rates (Hz) of populations in `WINDOWS` with the mean input `mu_E` (mV), and u x in the delay."""
    result = simulate(Mongillo2008(mu_E=mu_E * mV), 3.5 * second, record, seed=seed)
    found = {}
    for window, (start, end) in WINDOWS.items():
        rates = _selective.rates(result, start * second, end * second)
        found |= {f"{name}_{window}": rate for name, rate in rates.items()}
    for population in ("S1", "S2"):
        t, u, x = release(result, population)
        found[f"ux_{population}"] = float((u * x)[:, np.argmin(abs(t - READ))].mean())
    return found


def _claims():
    """In S1, in another selective population, and in inhibitory cells; with the larger input the delay is not silent."""
    quantities = {
        "22.8": (
            *("S1_before", "inhibitory_before", "S1_cue", "S2_cue", "inhibitory_cue", "S1_delay", "S2_delay"),
            *("ux_S1", "ux_S2", "S1_readout", "S2_readout", "inhibitory_readout", "S1_late"),
        ),
        "23.1": ("S1_before", "S1_cue", "S1_delay", "S2_delay", "ux_S2"),
    }
    for mu, names in quantities.items():
        runs = _reference.load("mongillo2008")["mu_E"][mu]
        yield from _reference.of_seeds(
            runs,
            {name: "" if name.startswith("ux") else "Hz" for name in names},
            source=f"C++ program mongillo2008.cpp, {len(runs)} networks",
            protocol={"mu_E": float(mu)},
            long=True,
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
