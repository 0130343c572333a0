"""Statistics of spike trains against Elephant on the same spikes, and against cases that can be counted by hand."""

import json

import numpy as np
import pytest
from brian2 import Hz, ms, second

from tests.conftest import REFERENCE
from zoo import ZooError, statistics

ELEPHANT = json.loads((REFERENCE / "elephant_statistics.json").read_text())


def _cells():
    t = [time for train in ELEPHANT["trains_s"] for time in train]
    i = [number for number, train in enumerate(ELEPHANT["trains_s"]) for _ in train]
    # In an order as of a monitor: by time.
    order = np.argsort(t, kind="stable")
    return statistics.from_arrays(np.array(t)[order], np.array(i)[order], len(ELEPHANT["trains_s"]), 0, 4)


# Both compute the same formulas in double precision.
@pytest.mark.parametrize(
    ("name", "compute"),
    [
        ("mean_firing_rate_hz", statistics.rates_of_cells),
        ("cv", lambda cells: statistics.cvs(cells, least=3)),
        ("cv2_mean", statistics.cv2),
        ("fanofactor_50ms", lambda cells: statistics.fano_of_cells(cells, 50 * ms)),
        ("correlations_20ms", lambda cells: statistics.correlations(cells, 20 * ms)),
        ("population_counts_3ms", lambda cells: statistics.counts(cells, 3 * ms)),
        ("psd_hz", lambda cells: statistics.spectrum(cells, 1 * ms, 500 * ms)[0]),
        ("psd", lambda cells: statistics.spectrum(cells, 1 * ms, 500 * ms)[1]),
    ],
)
def test_as_elephant(name, compute):
    expected = np.array(ELEPHANT[name])
    assert np.size(expected) and np.allclose(compute(_cells()), expected, rtol=1e-9, atol=1e-12)


def _trains(*trains, end=1.0):
    t = [time for train in trains for time in train]
    i = [number for number, train in enumerate(trains) for _ in train]
    return statistics.from_arrays(t, i, len(trains), 0, end)


def test_a_regular_and_a_silent_cell():
    cells = _trains(np.arange(0.05, 1, 0.1), [])
    assert statistics.rate(cells) == 5 and statistics.silent(cells) == 0.5
    assert statistics.rates_of_cells(cells).tolist() == [10, 0]
    assert statistics.cv(cells) == pytest.approx(0, abs=1e-12) and statistics.cv2(cells) == pytest.approx(0, abs=1e-12)
    length, owner = statistics.intervals(cells)
    assert np.allclose(length, 0.1) and owner.tolist() == [0] * 9


def test_alternating_intervals():
    """Intervals of 1 and 3 ms: CV = 1/2, CV2 = 2*2/4 = 1."""
    cells = _trains(np.cumsum([1, 3] * 20) * 1e-3)
    assert statistics.cv2(cells) == pytest.approx(1)
    length, _ = statistics.intervals(cells)
    assert statistics.cv(cells) == pytest.approx(length.std() / length.mean())
    assert statistics.histogram(length, [0, 2e-3, 4e-3]).tolist() == [19 / 39, 20 / 39]


def test_few_spikes_have_no_coefficient():
    cells = _trains([0.1, 0.2, 0.4, 0.5, 0.7])
    assert np.isnan(statistics.cv(cells)) and not np.isnan(statistics.cv(cells, least=5))


def test_spikes_on_edges_of_bins_belong_to_the_later_bin():
    """Times of Brian2 are products of step and dt: 3*0.1 ms is below and 7*0.1 ms above its decimal number."""
    step = np.arange(0, 1000, 3)
    cells = _trains(step * 1e-4, end=0.0999)
    assert statistics.counts(cells, 0.3 * ms).tolist() == [1.0] * 333
    assert statistics.from_arrays(step * 1e-4, 0 * step, 1, 0.03, 0.06).t.size == 100


def test_windows_and_cells():
    with pytest.raises(ZooError, match="end must be after start"):
        statistics.from_arrays([], [], 1, 1, 1)
    with pytest.raises(ZooError, match="at most the window"):
        statistics.counts(_trains([0.1]), 2 * second)
    with pytest.raises(ZooError, match="a spectrum needs"):
        statistics.spectrum(_trains([0.1], end=0.2))
    empty = _trains([], [])
    assert (
        statistics.rate(empty) == 0
        and np.isnan(statistics.fano(empty))
        and np.isnan(statistics.correlation(empty, 5 * ms))
    )


def test_synchrony():
    """All cells together: the population's count is n in one bin of 20, 0 in others; Fano factor n (1 - 1/20)."""
    train = np.arange(0.001, 1, 0.06)
    cells = _trains(*[train] * 10, end=1.02)
    assert statistics.fano(cells, 3 * ms) == pytest.approx(10 * (1 - 1 / 20))
    assert statistics.coherence(cells, 3 * ms) == pytest.approx(1)
    assert statistics.correlation(cells, 3 * ms) == pytest.approx(1)
    apart = _trains(train, train + 0.03, end=1.02)
    assert statistics.coherence(apart, 3 * ms) == 0


def test_a_rhythm_has_a_peak():
    """Inhomogeneous Poisson processes at 40 cos: the frequency within a fifth of the bin of 2 Hz."""
    generator = np.random.default_rng(5)
    t = np.arange(0, 4, 1e-4)
    drawn = generator.random((200, len(t))) < 20e-4 * (1 + np.cos(2 * np.pi * 40.7 * t))
    i, step = np.nonzero(drawn)
    cells = statistics.from_arrays(t[step], i, 200, 0, 4)
    frequency, prominence = statistics.peak(cells, 20 * Hz, 100 * Hz)
    assert abs(frequency - 40.7) < 0.4 and prominence > 20


def test_distance_of_distributions():
    assert statistics.distance([1, 2, 3, 4], [1, 2, 3, 4]) == 0
    assert statistics.distance([1, 2], [3, 4]) == 1
