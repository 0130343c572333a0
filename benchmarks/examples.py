"""Brian2's own examples on Brian2's C++ device and on the zoo's: equal numbers, and user CPU seconds of one thread.

    python -m benchmarks.examples [--only WORD] [--most SECONDS] [--out FILE]

downloads the source distribution of the installed Brian2 from PyPI, runs every example on both devices with one seed, for
at most 0.2 s of simulated time in each `run`, and writes a table (make gallery: docs/brian2-examples.md). A third run,
of Brian2's device with another order of additions, shows whether spikes that differ come from rounding: without
-ffast-math the same sums have other last bits.
"""

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import brian2
import numpy as np

#: Simulated seconds of each run.
MOST = 0.2
#: Wall seconds after which an example is given up.
PATIENCE = 600
MODES = ("zoo", "stock", "rounded")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="examples whose path has this word")
    parser.add_argument("--most", type=float, default=MOST, help="simulated seconds of each run")
    parser.add_argument("--out", type=Path, help="file for the table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        examples = _examples(Path(folder))
        rows = []
        for path in sorted(examples.rglob("*.py")):
            name = str(path.relative_to(examples))
            if options.only in name:
                rows.append((name, *_row(path, options.most, Path(folder))))
                print(_line(rows[-1]), flush=True)
        lines = _table(rows)
    print(*lines[-4:], sep="\n")
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")


def _examples(folder):
    """The examples of the source distribution of the installed Brian2."""
    version = brian2.__version__
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        "brian2",
        f"brian2=={version}",
    ]
    subprocess.run(command, cwd=folder, check=True)
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return next(folder.glob("*/examples"))


def _row(path, most, folder):
    """What became of an example: words, and the CPU seconds of programs and builds on the zoo's and on Brian2's device."""
    found = {}
    for mode in MODES:
        if mode == "rounded" and (not found or "equal" in _compared(found["zoo"], found["stock"])):
            continue
        out = Path(tempfile.mkdtemp(dir=folder))
        environment = {**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "ZOO_CACHE": str(out / "cache")}
        command = [sys.executable, "-m", "benchmarks.example", mode, str(most), str(out), str(path)]
        try:
            process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return (f"{mode}: longer than {PATIENCE} s", None)
        if process.returncode:
            last = (process.stderr.strip().splitlines() or ["no message"])[-1]
            return (f"{mode}: {last[:150]}", None)
        record = json.loads((out / "record.json").read_text())
        with np.load(out / "arrays.npz", allow_pickle=False) as file:
            record["arrays"] = {name: file[name] for name in file.files}
        found[mode] = record
    words = _compared(found["zoo"], found["stock"])
    if "rounded" in found:
        words += "; Brian2 without -ffast-math: " + _compared(found["rounded"], found["stock"])
    return words, [(found[mode]["run"], found[mode]["build"]) for mode in ("zoo", "stock")]


def _compared(one, other):
    """Whether the recorded numbers of two runs are equal, else when the first spike differs, or how far values are apart."""
    ours, theirs = one["arrays"], other["arrays"]
    spikes = [name for name in theirs if name.endswith(".i")]
    first = []
    for name in spikes:
        times = name.replace(".i", ".t")
        pairs = [set(zip(a[times].tolist(), a[name].tolist(), strict=True)) for a in (ours, theirs)]
        first += sorted(pairs[0] ^ pairs[1])[:1]
    if first:
        return f"spikes differ from {1000 * min(first)[0]:.1f} ms on"
    if all(np.array_equal(ours.get(name), value, equal_nan=value.dtype.kind == "f") for name, value in theirs.items()):
        return f"equal: {sum(map(np.size, theirs.values()))} numbers"
    apart = max(
        float(np.max(np.abs(ours[name] - value)) / (np.max(np.abs(value)) or 1))
        for name, value in theirs.items()
        if ours[name].shape == value.shape and value.size
    )
    return f"{'spikes equal, ' if spikes else ''}values within {apart:.1g} of the largest"


def _line(row):
    name, words, times = row
    if times is None:
        return f"| {name} | {words} | | | |"
    (run, build), (their_run, their_build) = times
    return f"| {name} | {words} | {their_run:.2f} | {their_run / max(run, 1e-3):.1f} | {their_build / max(build, 1e-3):.1f} |"


def _table(rows):
    measured = [row for row in rows if row[2] is not None]
    ratios = [row[2][1][0] / max(row[2][0][0], 1e-3) for row in measured if row[2][1][0] >= 0.2]
    lines = [
        "# Brian2's examples on both devices",
        "",
        f"This page compares the zoo's C++ device with Brian2's on the examples of Brian2 {brian2.__version__}; `make gallery` writes it.",
        "",
        "| example | numbers | Brian2, CPU s | program: times faster | build: times cheaper |",
        "|---|---|---:|---:|---:|",
        *map(_line, rows),
        "",
        f"{len(measured)} of {len(rows)} examples run on both devices.",
    ]
    if ratios:
        mean = float(np.exp(np.mean(np.log(ratios))))
        lines.append(
            f"The programs of the {len(ratios)} that take Brian2 0.2 CPU s or more are {min(ratios):.1f} to {max(ratios):.1f} "
            f"times faster, {mean:.2f} in the geometric mean."
        )
    return lines


if __name__ == "__main__":
    main()
