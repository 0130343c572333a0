"""Firing rates against counts by hand, for every kind of monitor, clock and width of a bin."""

import dataclasses

import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    second,
)

from zoo import Model, Result, ZooError, plots, simulate
from zoo.analysis.rates import binned, mean_rate, rate_monitors, spike_monitors, state_monitors
from zoo.sweeps import point


class Every(Model):
    """Ten cells, of which cell k fires in every step that `every` divides, and two on another clock."""

    every: int = 4

    def build(self):
        # A variable may have the name of an entry of a monitor.
        cells = NeuronGroup(
            10, "count : 1\nrate : 1", threshold=f"timestep(t, dt) % {self.every} == 0 and i != 3", reset="",
            events={"odd": "i % 2 == 1 and timestep(t, dt) == 1"}, name="cells",
        )  # fmt: skip
        fast = NeuronGroup(2, "v : 1", threshold="True", reset="", dt=0.025 * ms, name="fast")
        pairs = Synapses(cells, cells, "w : 1", name="pairs")
        pairs.connect(j="i")
        return Network(cells, fast, pairs)


def record(network):
    cells = network["cells"]
    return [
        SpikeMonitor(cells, name="spikes"),
        SpikeMonitor(cells[2:5], name="three"),
        SpikeMonitor(cells, record=False, name="counted"),
        EventMonitor(cells, "odd", name="events"),
        SpikeMonitor(network["fast"], name="fast_spikes"),
        PopulationRateMonitor(cells[2:4], name="pair_rate"),
        StateMonitor(cells, ["count", "rate"], record=[5, 1], dt=1 * ms, name="trace"),
        StateMonitor(network["pairs"], "w", record=[2], dt=1 * ms, name="weights"),
    ]


@pytest.fixture(scope="module")
def result():
    return simulate(Every(), 12 * ms, record, backend="runtime")


def test_the_monitors_of_a_result_are_known_by_their_kind(result, tmp_path):
    """Also those that record a variable named count or rate, and in a result folder."""
    result.save(tmp_path)
    for found in (result, Result.load(tmp_path)):
        assert spike_monitors(found) == ["counted", "events", "fast_spikes", "spikes", "three"]
        assert state_monitors(found) == ["trace", "weights"] and rate_monitors(found) == ["pair_rate"]
        assert found.monitors["weights"] == {"kind": "StateMonitor", "dt": 1e-3, "of": "synapse"}
        assert found.monitors["fast_spikes"] == {"kind": "SpikeMonitor", "dt": 2.5e-5, "of": "neuron"}


def test_mean_rates_against_counts_by_hand(result):
    """120 steps; nine of ten cells fire in 30 of them, two of the three cells of a subgroup, one of a pair."""
    by_hand = {
        "rate_spikes_hz": 9 * 30 / 10 / 0.012,
        "rate_three_hz": 2 * 30 / 3 / 0.012,
        "rate_counted_hz": 9 * 30 / 10 / 0.012,
        "rate_events_hz": 5 / 10 / 0.012,
        "rate_fast_spikes_hz": 1 / 0.025e-3,
        "rate_pair_rate_hz": 30 / 2 / 0.012,
    }
    found = point.numbers(result)
    assert set(found) == set(by_hand)
    for name, value in by_hand.items():
        assert found[name] == pytest.approx(value, rel=1e-12), name  # sums of a few numbers


def test_the_mean_rate_of_a_stopped_run_is_that_of_its_part(result):
    half = dataclasses.replace(result, completed=0.5)
    assert mean_rate(half, "spikes") == pytest.approx(2 * mean_rate(result, "spikes"), rel=1e-12)
    assert mean_rate(dataclasses.replace(result, completed=0), "spikes") == 0


@pytest.mark.parametrize(
    ("dt", "every"), [(0.1, 3), (0.1, 7), (0.1, 39), (0.3, 1), (0.3, 11), (0.025, 3), (0.025, 201)]
)
def test_one_spike_in_every_bin(dt, every):
    """A cell that fires in every k-th step has one spike in each bin of k steps, on whatever side of k dt its label is."""
    steps = 40 * every + every // 2 + 1  # the last bin is narrower where k > 1, and has its one spike too
    t = np.arange(0, steps, every) * (dt * 1e-3)
    arrays = {"s.t": t * second, "s.i": np.zeros(len(t), int), "s.count": np.array([len(t)])}
    found = Result(arrays, Every(dt=dt * ms), steps * dt * ms, "runtime", 0)
    edges, rates = binned(found, bin=every * dt * ms)
    assert np.allclose(edges, np.append(np.arange(41) * every, steps) * dt)
    assert np.allclose(rates * np.diff(edges) / 1000, 1, rtol=1e-12)


def test_bins_of_monitors_with_clocks_of_their_own(result):
    """0.05 ms are two steps of the fast cells, and less than a step of the others."""
    edges, rates = binned(result, "fast_spikes", 0.05 * ms)
    assert len(rates) == 240 and np.allclose(rates, 1 / 0.025e-3)
    assert np.allclose(binned(result, "pair_rate", 0.4 * ms)[1], 1 / 2 / 0.4e-3)
    assert np.allclose(binned(result, "three", 0.4 * ms, neurons=slice(0, 1))[1], 1 / 0.4e-3)
    assert np.allclose(binned(result, "three", 0.4 * ms, neurons=slice(1, 2))[1], 0)  # cell 3
    edges, rates = binned(result, "spikes", 1.2 * ms, start=10 * ms)
    assert np.allclose(edges, [10, 11.2, 12]) and np.allclose(rates * np.diff(edges) / 1000, [0.9 * 3, 0.9 * 2])


def test_a_bin_that_is_no_whole_number_of_steps_is_rounded_and_said(result):
    axes = plots.population_rate(result, "spikes", bin=0.43 * ms).axes[0]
    values, edges, _ = axes.patches[0].get_data()
    assert np.allclose(edges[:3], [0, 0.4, 0.8]) and "bins of 0.4 ms" in axes.get_ylabel()
    assert np.allclose(values, 0.9 / 0.4e-3)
    assert plots.population_rate(result, "spikes", bin=0.4 * ms).axes[0].get_ylabel() == "rate (Hz)"
    for bad, words in (
        (0.04 * ms, "shorter than the time step"),
        (-1 * ms, "shorter"),
        (3, "in second"),
        (np.nan * ms, "finite"),
    ):
        with pytest.raises(ZooError, match=words):
            binned(result, "spikes", bad)
    with pytest.raises(ZooError, match="record=False"):
        binned(result, "counted")


def test_the_last_step_of_a_duration_that_is_no_whole_number_of_steps():
    """Brian2 simulates three steps of 1 ms for 2.5 ms; each has a spike, and a bin of its own."""
    found = simulate(Every(every=1, dt=1 * ms), 2.5 * ms, record, backend="runtime")
    edges, rates = binned(found, "spikes", 1 * ms)
    assert np.allclose(edges, [0, 1, 2, 3]) and np.allclose(rates, 900)


def test_a_variable_named_record_is_refused():
    class Recorded(Model):
        def build(self):
            return Network(NeuronGroup(2, "record : 1", name="cells"))

    with pytest.raises(ZooError, match="variable named record"):
        simulate(
            Recorded(),
            1 * ms,
            lambda net: [StateMonitor(net["cells"], "record", record=True, name="m")],
            backend="runtime",
        )


def test_a_run_with_only_a_rate_monitor_has_a_number_and_a_figure(result):
    only = dataclasses.replace(result, arrays={name: result[name] for name in ("pair_rate.t", "pair_rate.rate")})
    assert mean_rate(only) == pytest.approx(1250) and list(plots.overview(only)) == ["pair_rate"]
    assert np.allclose(binned(only, bin=4 * ms)[1], 1250)
    assert list(point.numbers(only)) == ["rate_pair_rate_hz"]
    assert set(plots.overview(result)) == {"all_spikes", "pair_rate", "trace", "weights"}


class Regular(Model):
    """Cell i fires every i + 1 ms from 0 on; the generator has three cells and three spikes."""

    def build(self):
        cells = NeuronGroup(
            5, "x : 1", threshold="timestep(t, dt) % (10*(i + 1)) == 0", reset="",
            events={"blip": "i == 2 and timestep(t, dt) % 20 == 0"}, name="cells",
        )  # fmt: skip
        return Network(cells, SpikeGeneratorGroup(3, [0, 0, 2], [1, 2, 3] * ms, name="source"))


def test_mean_rates_of_every_kind_of_monitor():
    """In 60 ms the cells fire 60, 30, 20, 15 and 12 times; those of a subgroup are two, and events are counted like spikes."""

    def record(net):
        cells, some = net["cells"], net["cells"][1:3]
        return [
            SpikeMonitor(cells, name="all"),
            SpikeMonitor(cells, record=False, name="counted"),
            SpikeMonitor(cells, variables="x", name="with_x"),
            SpikeMonitor(some, name="some"),
            SpikeMonitor(some, record=False, name="some_counted"),
            EventMonitor(cells, "blip", name="blips"),
            EventMonitor(cells, "blip", variables="x", record=False, name="blips_counted"),
            SpikeMonitor(net["source"], name="source_spikes"),
            PopulationRateMonitor(cells, name="population"),
            PopulationRateMonitor(some, name="some_population"),
            StateMonitor(cells, "x", record=[1], name="trace"),
        ]

    everything, two, blips = 137 / 5 / 0.06, 50 / 2 / 0.06, 30 / 5 / 0.06
    expected = {
        "all": everything, "counted": everything, "with_x": everything, "population": everything,
        "some": two, "some_counted": two, "some_population": two, "blips": blips, "blips_counted": blips,
        "source_spikes": 3 / 3 / 0.06,
    }  # fmt: skip
    result = simulate(Regular(), 60 * ms, record, backend="runtime")
    assert point.numbers(result) == pytest.approx({f"rate_{name}_hz": rate for name, rate in expected.items()})


@pytest.mark.parametrize(
    "neurons", [slice(0, 10, 3), slice(9, None, -3), [0, 3, 6, 9], np.arange(10) % 3 == 0, slice(-10, None, 3)]
)
def test_every_selection_of_neurons_counts_these_and_no_others(result, neurons):
    """Of cells 0, 3, 6 and 9 all but cell 3 fire in three steps of 1.2 ms: 3*3/(4*1.2 ms) = 1875 Hz."""
    edges, values = binned(result, "spikes", 1.2 * ms, neurons=neurons)
    np.testing.assert_allclose(values[0], 1875, rtol=1e-12)  # sums of whole numbers, and one quotient
    assert len(edges) == 11


@pytest.mark.parametrize(
    ("monitor", "options", "words"),
    [
        ("pair_rate", {"neurons": slice(0, 1)}, "rate of all its neurons together"),
        ("spikes", {"start": 2}, "start is 2; it must be a quantity in second"),
        ("spikes", {"start": -1 * ms}, "before the run"),
    ],
)
def test_what_bins_cannot_be_taken_of(result, monitor, options, words):
    with pytest.raises(ZooError, match=words):
        binned(result, monitor, **options)
