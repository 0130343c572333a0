"""Standalone programs that are kept to run again: their CPU seconds in turns, and how far apart their results are."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy as np

#: Values this far apart, next to the largest of their array, differ by more than rounding that nothing has amplified.
ROUNDING = 1e-9
#: Turns of programs below and above this many CPU seconds.
LONG = 2.0
TURNS, FEW = 5, 1
RECORDINGS = ("StateMonitor", "PopulationRateMonitor")


def keep(project: Path, folder: Path, arguments: list, settings: dict, arrays: list) -> None:
    """Copy the program of `project` into the next numbered folder of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:  # other processes may keep theirs at the same time
        target = folder / str(number)
        try:
            target.mkdir()
            break
        except FileExistsError:
            number += 1
    shutil.copy2(project / "main", target)
    if (project / "static_arrays").exists():
        shutil.copytree(project / "static_arrays", target / "static_arrays")
    text = json.dumps({"arguments": list(arguments), "settings": settings, "arrays": arrays})
    (target / "program.json").write_text(text)


def kept(folder: Path) -> list:
    """The folders of the programs in `folder`, in their order."""
    return sorted((folder / "programs").glob("*"), key=lambda path: int(path.name))


def run(program: Path, results: Path) -> float:
    """Run a program, which writes to the folder `results`; returns its CPU seconds, user and system."""
    facts = json.loads((program / "program.json").read_text())
    command = ["./main", "--results_dir", f"{results}/", *facts["arguments"]]
    environment = {**os.environ, **facts["settings"], "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, cwd=program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"a program ended with exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def in_turns(ours: list, theirs: list, turns: int = TURNS) -> tuple:
    """CPU seconds of all programs of both sides, medians of `turns` if they are short, and how their results compare."""
    seconds, found = [0.0, 0.0], []
    for pair in zip(ours, theirs, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            results = [Path(folder) / side for side in ("ours", "theirs")]
            for path in results:
                path.mkdir()
            times = [[run(*one)] for one in zip(pair, results, strict=True)]
            found.append(compared(pair, results))
            for _ in range((turns if times[1][0] < LONG else FEW) - 1):
                for program, path, measured in zip(pair, results, times, strict=True):
                    measured.append(run(program, path))
        seconds = [total + statistics.median(measured) for total, measured in zip(seconds, times, strict=True)]
    return seconds, joined(found)


def apart(ours: list, theirs: list) -> dict:
    """How the results of programs compare that run once."""
    found = []
    for pair in zip(ours, theirs, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            results = [Path(folder) / side for side in ("ours", "theirs")]
            for program, path in zip(pair, results, strict=True):
                path.mkdir()
                run(program, path)
            found.append(compared(pair, results))
    return joined(found)


def compared(pair, results) -> dict:
    """How the arrays of two programs compare: `numbers` read, whether all are `equal`, the seconds at which the first spike
    differs (`spikes`) and at which a recorded value does by more than ROUNDING (`values`), and the largest difference of a
    value, next to the largest of its array (`apart`)."""
    known = [
        {(array["owner"], array["name"]): array for array in json.loads((path / "program.json").read_text())["arrays"]}
        for path in pair
    ]
    found = {"numbers": 0, "equal": True, "spikes": None, "values": None, "apart": 0.0}
    read = [
        {key: _read(path, array) for key, array in arrays.items()} for path, arrays in zip(results, known, strict=True)
    ]
    for (owner, name), array in known[1].items():
        if name.startswith("_") or (owner, name) not in known[0]:  # scratch space of a device
            continue
        ours, theirs = (arrays[owner, name] for arrays in read)
        found["numbers"] += theirs.size
        if np.array_equal(ours, theirs, equal_nan=theirs.dtype.kind == "f"):
            continue
        found["equal"] = False
        times = [arrays.get((owner, "t")) for arrays in read]
        if array["kind"] in ("SpikeMonitor", "EventMonitor") and name in ("i", "t"):
            pairs = [
                set(zip(t.tolist(), arrays[owner, "i"].tolist(), strict=True))
                for t, arrays in zip(times, read, strict=True)
            ]
            _first(found, "spikes", min((pairs[0] ^ pairs[1]) or {(np.inf, 0)})[0])
        elif ours.shape != theirs.shape:
            continue  # a value at each spike, for instance
        else:
            difference = np.abs(ours.astype(float) - theirs)
            difference[np.isnan(difference)] = np.inf
            difference[(ours == theirs) | ((ours != ours) & (theirs != theirs))] = 0
            finite = np.abs(theirs[np.isfinite(theirs)])
            difference = difference / ((finite.max() if finite.size else 0) or 1)
            found["apart"] = max(found["apart"], float(difference.max()))
            far = difference > ROUNDING
            if array["kind"] in RECORDINGS and far.any():
                rows = far.reshape(len(times[1]), -1).any(axis=1)
                _first(found, "values", float(times[1][np.argmax(rows)]))
    return found


def joined(found: list) -> dict:
    """The comparisons of several programs of one script as one."""
    whole = {"numbers": 0, "equal": True, "spikes": None, "values": None, "apart": 0.0}
    for one in found:
        whole["numbers"] += one["numbers"]
        whole["equal"] &= one["equal"]
        whole["apart"] = max(whole["apart"], one["apart"])
        for key in ("spikes", "values"):
            if one[key] is not None:
                _first(whole, key, one[key])
    return whole


def _first(found, key, time):
    if np.isfinite(time):
        found[key] = time if found[key] is None else min(found[key], time)


def _read(results, array):
    path = results / array["file"]
    return np.fromfile(path, array["type"]) if path.exists() else np.empty(0, array["type"])
