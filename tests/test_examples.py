"""The comparison of Brian2's examples: what it calls equal, and where spikes and values begin to differ."""

import json
import multiprocessing
from types import SimpleNamespace

import numpy as np
import pytest
from brian2 import NeuronGroup, SpikeMonitor, StateMonitor

from benchmarks.gallery import __main__ as gallery
from benchmarks.gallery import example, programs

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
    assert (
        "3 of 4 examples run on both devices. 0 need Brian2's runtime device" in text and "; 1 say what else." in text
    )
    assert "In 3 all numbers are equal" in text
    assert "4.0 to 9.0 times faster, 6.00 in the geometric mean" in text
    assert "| d.py | zoo: no package | | | |" in text


def test_the_kind_of_a_monitor_is_known():
    """Brian2's variables know a proxy of their owner."""
    cells = NeuronGroup(2, "v : 1", threshold="v > 1")
    monitors = [SpikeMonitor(cells), StateMonitor(cells, "v", record=True)]
    arrays = [monitor.variables["t"] for monitor in monitors]
    device = SimpleNamespace(arrays=arrays, get_array_filename=lambda variable: variable.name)
    assert [array["kind"] for array in example._arrays(device)] == ["SpikeMonitor", "StateMonitor"]


def test_a_pool_of_a_script_runs_in_order(monkeypatch):
    monkeypatch.setattr(multiprocessing.context.BaseContext, "Pool", multiprocessing.context.BaseContext.Pool)
    monkeypatch.setattr(multiprocessing, "Pool", multiprocessing.Pool)
    example._one_by_one()
    for pool in (multiprocessing.Pool(3), multiprocessing.get_context("fork").Pool(processes=3)):
        with pool:
            assert pool._processes == 1


def test_a_build_that_one_device_leaves_to_the_other_counts_once(monkeypatch):
    spent = [0.0]

    class Brian2s:
        def compile_source(self):
            spent[0] += 3

    class Zoos(Brian2s):
        def compile_source(self):
            super().compile_source()

    monkeypatch.setattr(example, "_cpu", lambda: spent[0])
    seconds, inside = {"build": 0.0}, []
    for device in (Brian2s, Zoos):
        example._timed(device, seconds, inside)
    Zoos().compile_source()
    assert seconds == {"build": 3.0}
    Brian2s().compile_source()
    assert seconds == {"build": 6.0}


def _failing(tmp_path, monkeypatch, stock, zoo):
    """The row of an example whose scripts end with these messages; None for a side that runs."""
    (tmp_path / "brian2-x" / "examples").mkdir(parents=True)
    monkeypatch.setattr(gallery.brian2, "__version__", "x")
    found = gallery.Gallery(tmp_path, 1.0)
    failures = {"stock": stock, "zoo": zoo}
    monkeypatch.setattr(programs, "kept", lambda folder: [] if failures[folder.name] else [folder])
    for mode, failed in failures.items():
        (found.kept / "a.py" / mode).mkdir(parents=True)
        record = {"key": found.key if mode == "zoo" else "", "build": 1.0} | ({"failed": failed} if failed else {})
        (found.kept / "a.py" / mode / "side.json").write_text(json.dumps(record))
    return found.row("a.py")["words"]


@pytest.mark.parametrize(
    ("stock", "zoo", "words"),
    [
        ("no standalone program: it calls store()", None, "Brian2's runtime device only: it calls store()"),
        (
            None,
            "no standalone program: The network operation x is",
            "Brian2's runtime device only: The network operation x is",
        ),
        (None, "no standalone program: it calls store()", "zoo: no standalone program: it calls store()"),
        ("ModuleNotFoundError: No module named 'cv2'", None, "needs the package 'cv2'"),
    ],
)
def test_a_script_without_a_program(tmp_path, monkeypatch, stock, zoo, words):
    assert _failing(tmp_path, monkeypatch, stock, zoo) == words
