"""The comparison of Brian2's examples: what it calls equal, and where spikes and values begin to differ."""

import json

import numpy as np
import pytest

from benchmarks.gallery import __main__ as gallery
from benchmarks.gallery import programs

ARRAYS = [
    {"file": f"{owner}_{name}", "type": kind, "owner": owner, "kind": monitor, "name": name}
    for owner, monitor, names in (
        ("spikes", "SpikeMonitor", {"t": "float64", "i": "int32"}),
        ("trace", "StateMonitor", {"t": "float64", "v": "float64"}),
    )
    for name, kind in names.items()
]


def _words(folder, **changes):
    """What is said of a program beside one with `changes` of its arrays."""
    recorded = {
        "spikes_t": [0.001, 0.002], "spikes_i": [0, 0], "trace_t": [0, 0.001, 0.002], "trace_v": [0, 1, 2],
    }  # fmt: skip
    sides = []
    for side, written in (("ours", recorded | changes), ("theirs", recorded)):
        path = folder / side
        path.mkdir(exist_ok=True)
        (path / "program.json").write_text(json.dumps({"arrays": ARRAYS}))
        for array in ARRAYS:
            np.array(written[array["file"]], array["type"]).tofile(path / array["file"])
        sides.append(path)
    return gallery._words(programs.joined([programs.compared(sides, sides)]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "equal: 10 numbers"),
        ({"spikes_t": [0.001, 0.003]}, "spikes differ from 2.0 ms on"),
        ({"spikes_t": [0.001], "spikes_i": [0]}, "spikes differ from 2.0 ms on"),
        ({"spikes_i": [0, 1]}, "spikes differ from 2.0 ms on"),
        ({"trace_v": [0, 1.5, 2]}, "values differ from 1.0 ms on, by 0.2 of the largest at most"),
        ({"trace_v": [0, 1 + 1e-12, 2]}, "within 5e-13 of the largest value"),
    ],
)
def test_words_for_two_programs(tmp_path, changes, words):
    assert _words(tmp_path, **changes) == words


def test_the_mean_is_of_those_that_take_time():
    same = {"equal": True, "spikes": None, "values": None, "apart": 0.0}
    rows = [
        (name, {"words": "equal", "found": same, "seconds": seconds, "builds": (1.0, 5.0)})
        for name, seconds in (("a.py", (0.1, 0.4)), ("b.py", (0.1, 0.9)), ("c.py", (0.001, 0.1)))
    ]
    text = "\n".join(gallery._page([*rows, ("d.py", {"words": "zoo: no package"})], 1.0))
    assert "3 of 4 examples" in text and "In 3 all numbers are equal" in text
    assert "4.0 to 9.0 times faster, 6.00 in the geometric mean" in text
    assert "| d.py | zoo: no package | | | |" in text
