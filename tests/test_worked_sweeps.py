"""The experiments that are sweeps, and the numbers that they need."""

import numpy as np
import pytest
from brian2 import ms, second

from tests.conftest import BACKENDS
from zoo import Result, Sweep, ZooError
from zoo.experiments import basal_ganglia, dopamine, fi_surface, learning_map
from zoo.models.basal_ganglia import BasalGanglia


def volleys(frequency, duration=2 * second, model=None):
    """Spikes of the STN that come in volleys of this frequency, and of no other nucleus."""
    model = model or BasalGanglia()
    times = np.arange(0.5 / frequency, float(duration), 1 / frequency)
    t = np.repeat(times, 20) + np.tile(np.linspace(0, 0.25 / frequency, 20), len(times))
    i = np.full(len(t), model.slices["STN"].start)
    return Result({"spikes.t": t * second, "spikes.i": i}, model, duration, "runtime", 0)


@pytest.mark.parametrize(("frequency", "low", "high"), [(20, 0.5, 1), (40, 0, 0.1), (3, 0, 0.3)])
def test_power_in_the_beta_band(frequency, low, high):
    """Volleys at 20 Hz have most of their power there, the rest in harmonics; those at 40 Hz none, those at 3 Hz some harmonics."""
    assert low <= basal_ganglia.band_power(volleys(frequency), "STN", 13, 30) <= high


def test_silence_and_short_runs_have_no_power():
    assert basal_ganglia.band_power(volleys(20), "CTX", 13, 30) == 0
    assert basal_ganglia.band_power(volleys(20, duration=500 * ms), "STN", 13, 30) == 0


def test_dopamine_scales_what_cortex_gives_the_striatum():
    def weights(model):
        names, (W, _, _) = list(model.sizes), model.tables
        return {(names[i], names[j]): W[i, j] for i, j in zip(*np.nonzero(W), strict=True)}

    plain, more = weights(BasalGanglia()), weights(BasalGanglia(dopamine=1.5))
    changed = {pair: more[pair] / plain[pair] for pair in plain if more[pair] != plain[pair]}
    assert changed == {("CTX", "D1"): pytest.approx(1.5), ("CTX", "D2"): pytest.approx(0.5)}
    for value in (-0.1, 2.1):
        with pytest.raises(ZooError, match="from 0 to 2"):
            BasalGanglia(dopamine=value)


def test_figures_against_dopamine():
    names = [f"rate_{name}_hz" for name in ("CTX", "D1")] + ["beta_CTX", "beta_D1"]
    table = np.zeros(6, dtype=[("dopamine", float), ("status", "U2"), *((name, float) for name in names)])
    table["dopamine"], table["status"] = np.repeat([0, 1, 2], 2), "ok"
    table["rate_D1_hz"] = [0, 2, 10, 12, 20, 22]
    figures = dopamine.figures(table)
    axes = figures["rates"].axes[0]
    assert [line.get_label() for line in axes.lines] == ["CTX", "D1"]
    assert axes.lines[1].get_ydata().tolist() == [1, 11, 21] and "Hz" in axes.get_ylabel()
    assert set(figures) == {"rates", "beta"}
    table["beta_D1"] = 0.4
    beta = dopamine.figures(table)["beta"].axes[0].lines[1].get_ydata()
    assert np.isnan(beta[0]) and beta[1:].tolist() == [0.4, 0.4], "one of two runs was silent at 0"


@pytest.mark.slow
def test_the_f_I_surface(tmp_path):
    fi_surface.main("5*uA/cm**2:10*uA/cm**2:3", "6.3,10,14", 50 * ms, backend=BACKENDS[-1], jobs=2, out=tmp_path)
    assert (tmp_path / "fi_surface.png").stat().st_size > 5000
    found = Sweep.load(tmp_path / "sweep")
    assert found.units == {"amplitude": "amp/metre**2"} and (found.table["status"] == "ok").all()
    cold = found.table[found.table["T"] == 6.3]["rate_cells_spikes_hz"]
    assert cold[0] <= 20 and cold[-1] >= 40  # below the onset of 6.3 µA/cm² one spike at most, above it one every 15 ms
    axes, bar = fi_surface.plot(found)["fi_surface"].axes
    assert {axes.get_xlabel(), axes.get_ylabel()} == {
        "I (µA/cm²)",
        "temperature (°C)",
    } and bar.get_ylabel() == "rate (Hz)"


def test_silence_and_block_are_told_apart():
    """Both are without oscillations; block is at a current above one that has them, at the same temperature."""
    rows = [(0, 6, 0, 0), (1, 6, 50, 100), (2, 6, 0, 30), (3, 6, 0, 0), (3, 30, 0, 0)]
    table = np.array(rows, dtype=[(name, float) for name in ("amplitude", "T", "rate_steady_hz", "swing_mv")])
    expected = [fi_surface.SILENT, fi_surface.FIRING, fi_surface.OSCILLATING, fi_surface.BLOCKED, fi_surface.SILENT]
    assert fi_surface.states(table).tolist() == expected


@pytest.mark.slow
@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
def test_learning_against_two_parameters(tmp_path):
    learning_map.main("0.01,0.02", "0.5,1", n=2, train=4, test=4, jobs=1, out=tmp_path)
    found = Sweep.load(tmp_path / "sweep")
    assert (found.table["status"] == "ok").all() and len(list(tmp_path.glob("accuracy*.png"))) >= 3
