"""What the comparison with other simulators is made of; the comparison itself is `make bench`."""

import numpy as np
import pytest
from brian2 import SpikeMonitor, ms

from benchmarks.peers import inputs, process, table
from benchmarks.peers.networks import IzhikevichJumps
from zoo import simulate


def test_the_ratio_is_the_median_over_pairs_not_of_sums():
    pairs = [table.Pair(theirs=2, ours=1), table.Pair(theirs=30, ours=10), table.Pair(theirs=0.5, ours=0.1)]
    assert table.ratio(pairs) == 3


def test_a_line_shows_medians_rates_and_the_part_that_is_the_same():
    pairs = [table.Pair(1.0, 0.5), table.Pair(3.0, 1.0), table.Pair(9.0, 0.25)]
    line = table.Line("Other 1.0", pairs, rates=(20.5, 20.25), same=1.0, note="another scheme")
    first, second = line.text().split("\n")
    assert first.split() == ["Other", "1.0", "3.000", "0.5000", "3.0", "20.50", "20.25", "all"]
    assert second.strip() == "another scheme"


def test_a_line_without_runs_has_its_reason():
    assert table.Line("Other", note="it is not for sale.").text().split() == [
        "Other",
        "not",
        "measured:",
        "it",
        "is",
        "not",
        "for",
        "sale.",
    ]


@pytest.mark.parametrize("part, text", [(1.0, "all"), (0.999999, "99.99 %"), (0.5, "50.00 %"), (0.0, "0.00 %")])
def test_only_all_spikes_are_all(part, text):
    assert table.percent(part) == text


SPIKES = np.array([1.0, 5.0, 5.0]), np.array([0, 0, 7])


@pytest.mark.parametrize(
    "theirs, part",
    [
        (SPIKES, 1),
        ((SPIKES[0] + 0.1, SPIKES[1]), 1),  # a time step later
        ((SPIKES[0] + 0.2, SPIKES[1]), 0),
        ((SPIKES[0], SPIKES[1] + 1), 0),  # other cells
        ((SPIKES[0][:2], SPIKES[1][:2]), 4 / 5),  # 2 of ours and 2 of theirs
        ((np.array([]), np.array([], int)), 0),
    ],
)
def test_spikes_are_the_same_in_the_same_cell_within_a_step(theirs, part):
    assert table.same(SPIKES, theirs, 0.1) == part and table.same(theirs, SPIKES, 0.1) == part


def test_silence_is_the_same_as_silence():
    silence = np.array([]), np.array([], int)
    assert table.same(silence, silence, 0.1) == 1


@pytest.mark.parametrize(
    "messages, sentence",
    [
        ("Traceback\nModuleNotFoundError: No module named 'nest.ll'", "the Python module nest is not installed"),
        ("Traceback\nValueError: no such cell\n\n", "it ended with status 3: ValueError: no such cell."),
        ("", "it ended with status 3: no message."),
    ],
)
def test_a_failure_is_a_sentence(messages, sentence):
    assert process.reason(messages, 3).startswith(sentence)


def test_a_simulator_that_is_not_there_is_a_sentence():
    with pytest.raises(process.Failed, match="is not installed|ended with status"):
        process.run("no_such_simulator", "grid", {})


def test_cells_are_connected_to_different_ones():
    drawn = inputs.izhikevich(50, 20)
    assert np.all(np.bincount(drawn["pre"]) == 20) and len(set(zip(drawn["pre"], drawn["post"], strict=True))) == 1000


def test_the_input_of_the_grid_leaves_time_to_send_it():
    t, i = inputs.grid_events(10, 2000, 30, 0.025)
    assert t.min() >= inputs.GRID_DELAY and np.all(np.diff(t) >= 0) and set(i) == set(range(100))
    # 100 cells for 1.995 s: 5985 spikes, sd 77; five of them have a false alarm in 2 million.
    assert abs(len(t) - 5985) < 5 * 77


def test_jumps_come_behind_the_step_and_before_the_threshold():
    """The arithmetic of NEST's izhikevich: v <- v + dt v' + jumps, then the threshold."""
    model, duration = IzhikevichJumps(n=20, k=20, I=30), 30
    found = simulate(model, duration * ms, lambda net: [SpikeMonitor(net["cells"], name="spikes")], backend="runtime")
    drawn, dt, expected = inputs.izhikevich(20, 20), 0.1, []
    w, v, u = drawn["w"].reshape(20, 20), drawn["v"], drawn["u"]
    spiked = np.zeros(20, bool)
    for step in range(round(duration / dt)):
        v, u = v + dt * (0.04 * v**2 + 5 * v + 140 - u + 30), u + dt * 0.02 * (0.2 * v - u)
        v = v + w[spiked].sum(axis=0)
        spiked = v >= 30
        v[spiked] = -65
        u[spiked] += 8
        expected += [(step, cell) for cell in np.flatnonzero(spiked)]
    steps = np.rint(np.asarray(found["spikes.t"] / ms) / dt).astype(int)
    assert len(expected) > 40 and sorted(zip(steps, found["spikes.i"], strict=True)) == expected
