"""Inhibition learns to balance excitation: rates and weights second by second, and a raster before learning and at the end.

    zoo run vogels_2011
    zoo run vogels_2011 --n_e 1600 --n_i 400 --p 0.1

Chapter: plasticity
"""

import numpy as np
from brian2 import StateMonitor, ms, nS, second
from brian2.utils.logger import catch_logs

from zoo import cli, plots, simulate, statistics
from zoo.experiments import _networks, _reference
from zoo.experiments._networks import record
from zoo.models.vogels_2011 import Vogels2011

SECOND = 1 * second
RASTER = 200 * ms
CELLS = 200  # excitatory cells of a raster
SAMPLE = 10_000  # learned weights that are recorded


def recorder(model):
    """A `record` of all spikes, and once a second of a sample of the learned weights."""
    # The number of synapses is drawn in the program, with a standard deviation below its root.
    expected = float(model.p) * model.n_e * model.n_i
    sure = int(expected - 6 * expected**0.5)
    if sure < 1:
        return record
    sample = np.arange(0, sure, -(-sure // SAMPLE))

    def record_weights(network):
        with catch_logs():  # Brian2 warns that it cannot check the sample
            weights = StateMonitor(network["learned"], "w", record=sample, dt=SECOND, name="weights")
        return [*record(network), weights]

    return record_weights


def main(model=Vogels2011(), duration=5 * second, backend="cpp", seed=0):
    """Run the network; rates and irregularity are those of the last fifth."""
    result = simulate(model, duration, recorder(model), backend=backend, seed=seed)
    return _networks.with_rates(result, 0.8 * duration)


def plot(result):
    n_e, end = result.model.n_e, result.duration
    length = min(RASTER, end / 2)
    figure, panels = plots.figure(2, 2, width=10, height=6)
    for axes, start, title in zip(
        panels[0], (min(float(result.model.onset), float(end)) * second - length, end - length),
        ("before learning", "at the end"), strict=True,
    ):  # fmt: skip
        cells = statistics.spikes(result, "spikes", start=start, end=start + length, neurons=slice(0, min(CELLS, n_e)))
        axes.plot(cells.t * 1000, cells.i, ".", color="C0", markersize=2)
        axes.set(xlabel="time (ms)", ylabel="cell of E", xlim=(cells.start * 1000, cells.end * 1000))
        plots.title(axes, f"{title}: {statistics.rate(cells):.3g} Hz")
    rates, weights = panels[1]
    width = min(SECOND, end)
    for number, (name, cells) in enumerate(_networks.populations(result).items()):
        counts = statistics.counts(cells, width)
        rates.stairs(
            counts / cells.n / float(width),
            np.arange(len(counts) + 1) * float(width),
            color=f"C{number}",
            label=name,
            baseline=None,
        )
    rates.axhline(float(result.model.rho_0), color="k", linestyle=":", linewidth=1, label=r"$\rho_0$")
    rates.set(xlabel="time (s)", ylabel="rate (Hz)", yscale="log")
    rates.legend(frameon=False, ncols=3)
    if "weights.w" in result:  # not of a run with `record`
        weights.plot(np.asarray(result["weights.t"]), np.asarray(result["weights.w"] / nS).mean(axis=0), ".-")
    weights.set(xlabel="time (s)", ylabel="mean weight I to E (nS)", ylim=(0, None))
    for axes in (rates, weights):
        axes.set_xlim(0, float(end))
    return {"balance": figure}


def measure(duration=20, seed=1):
    """Rates (Hz) of each second, mean learned weights (nS) at its end, and irregularity before learning and in the last 5 s."""
    model = Vogels2011()
    # With a record of the weights at the end.
    result = simulate(model, duration * second + model.dt, recorder(model), seed=seed)
    found = {}
    for number in range(duration):
        for name, cells in _networks.populations(result, number * second, (number + 1) * second).items():
            found[f"rate {name} in second {number + 1}"] = statistics.rate(cells)
        found[f"weight after {number + 1} s"] = float(np.asarray(result["weights.w"][:, number + 1] / nS).mean())
    end = _networks.populations(result, (duration - 5) * second, duration * second)["E"]
    found["cv"] = statistics.cv(end)
    found["sd of rates"] = float(statistics.rates_of_cells(end).std())
    return found


def _claims():
    runs = {}
    for seed, run in _reference.load("vogels2011")["runs"]["default"].items():
        found = {"cv": run["end"]["cv_E"], "sd of rates": run["end"]["sd_of_rates_over_cells"]}
        for number in COMPARED:
            found[f"rate E in second {number}"] = run["rate_E_per_s"][number - 1]
            found[f"rate I in second {number}"] = run["rate_I_per_s"][number - 1]
            if number > 1:
                found[f"weight after {number} s"] = run["mean_w_IE_nS_per_s"][number - 1]
        runs[seed] = found
    units = {"rate": "Hz", "weight": "nS", "cv": "", "sd": "Hz"}
    return _reference.of_seeds(
        runs,
        {name: units[name.split()[0]] for name in runs["1"]},
        source="C++ program, five networks of 20 s",
        long=True,
    )


#: Seconds of the course that are compared: before learning, the fall of the rate, and the slow approach.
COMPARED = (1, 2, 3, 5, 10, 20)
CLAIMS = _claims()

if __name__ == "__main__":
    cli(main)
