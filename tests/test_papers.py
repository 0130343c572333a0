"""Published numbers: what the documents and papers say these models do."""

import numpy as np
import pytest
from brian2 import second

from experiments import basal_ganglia, izhikevich_population
from models.basal_ganglia import BasalGanglia
from models.izhikevich_population import IzhikevichPopulation
from tests.conftest import BACKENDS
from zoo import plots, replace, simulate

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")

# Rates over the first second at dt 0.2 ms of five seeds of an independent simulator: mean and standard deviation. D2 is
# near its threshold and varies most.
BASAL_GANGLIA = {
    "CTX": (27.546, 0.035), "D1": (31.733, 0.447), "D2": (5.278, 0.514), "GPi": (56.390, 0.310),
    "TA": (101.219, 0.362), "TI": (101.273, 0.083), "STN": (34.559, 0.138),
}  # fmt: skip


def test_basal_ganglia_rates():
    results = [simulate(BasalGanglia(), 1 * second, basal_ganglia.record, seed=seed) for seed in (1, 2, 3)]
    rates = {name: [basal_ganglia.mean_rates(result)[name] for result in results] for name in BASAL_GANGLIA}
    for name, (mean, spread) in BASAL_GANGLIA.items():
        # The difference of a mean of three and one of five: 4.5 standard errors of it is a false alarm in 1e-5. The
        # spread itself comes from five numbers, hence twice that.
        assert abs(np.mean(rates[name]) - mean) < 9 * spread * np.sqrt(1 / 3 + 1 / 5), (name, rates[name])


def test_basal_ganglia_fire_in_volleys_of_8_hz():
    """Seven to eight synchronous volleys a second in the pallidum, silence between them."""
    result = simulate(BasalGanglia(), 1 * second, basal_ganglia.record, seed=1)
    starts, sizes = result.model.starts, result.model.sizes
    own = (result["spikes.i"] >= starts["TA"]) & (result["spikes.i"] < starts["TA"] + sizes["TA"])
    counts, _ = np.histogram(np.asarray(result["spikes.t"])[own], np.arange(0, 1.0001, 0.005))
    busy = counts > 0
    volleys = np.sum(busy[1:] & ~busy[:-1]) + busy[0]
    assert 7 <= volleys <= 9 and busy.mean() < 0.35


def _rates(model, seeds):
    return [plots.mean_rate(simulate(model, 1 * second, izhikevich_population.record, seed=s), "spikes") for s in seeds]


def test_population_lives_and_is_irregular():
    """21.1 to 23.5 Hz over eight seeds."""
    result = simulate(IzhikevichPopulation(), 1 * second, izhikevich_population.record, seed=1)
    assert 19 < plots.mean_rate(result, "spikes") < 27
    order = np.lexsort((result["spikes.t"], result["spikes.i"]))
    i, t = result["spikes.i"][order], np.asarray(result["spikes.t"])[order]
    cv = [np.std(d) / np.mean(d) for n in range(1000) if len(d := np.diff(t[i == n])) >= 10]
    assert len(cv) > 300 and 0.35 < np.median(cv) < 1.2


@pytest.mark.parametrize(("factor", "low", "high"), [(0.3, 14, 17), (0.8, 100, 260), (1.0, 600, 1400)])
def test_population_runs_away_with_the_weights_of_the_document(factor, low, high):
    """Over eight seeds: 14.8-15.6 Hz with 0.3 N(0, 1), 147-210 with 0.8, 736-1190 with 1, the document's own."""
    assert low < np.mean(_rates(replace(IzhikevichPopulation(), w_sd=factor), (1, 2))) < high
