"""The table of Brian2's examples: what it calls equal, and where spikes begin to differ."""

import numpy as np

from benchmarks import examples


def _record(times, cells=None, v=(0.0, 1.0)):
    arrays = {"spikes.t": np.array(times), "spikes.i": np.array(cells or [0] * len(times)), "trace.v": np.array(v)}
    return {"arrays": arrays}


def test_words_for_two_runs():
    one = _record([0.001, 0.002])
    assert examples._compared(one, _record([0.001, 0.002])) == "equal: 6 numbers"
    assert examples._compared(one, _record([0.001, 0.003])) == "spikes differ from 2.0 ms on"
    assert examples._compared(one, _record([0.001])) == "spikes differ from 2.0 ms on"
    assert examples._compared(one, _record([0.001, 0.002], cells=[0, 1])) == "spikes differ from 2.0 ms on"
    assert (
        examples._compared(one, _record([0.001, 0.002], v=(0.0, 2.0)))
        == "spikes equal, values within 0.5 of the largest"
    )


def test_the_mean_is_of_those_that_take_time():
    rows = [
        ("a.py", "equal", [(0.1, 1.0), (0.4, 5.0)]),
        ("b.py", "equal", [(0.1, 1.0), (0.9, 5.0)]),
        ("c.py", "equal", [(0.001, 1.0), (0.1, 5.0)]),
        ("d.py", "zoo: no package", None),
    ]
    text = "\n".join(examples._table(rows))
    assert "3 of 4 examples" in text and "4.0 to 9.0 times faster, 6.00 in the geometric mean" in text
    assert "| d.py | zoo: no package | | | |" in text
