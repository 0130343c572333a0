"""Brian2's own examples on Brian2's C++ device and on the zoo's: equal numbers, and CPU seconds of one thread.

    python -m benchmarks.gallery [--only WORD ...] [--most SECONDS] [--turns N] [--work DIR] [--stock] [--out FILE]

downloads the source distribution of the installed Brian2 from PyPI, runs every example on both devices with one seed, for
at most one second of simulated time in each `run`, and writes a table (make gallery: docs/brian2-examples.md). The CPU
seconds are medians of programs that run in turns. A third run, of Brian2's device with another order of additions, shows
whether numbers that differ come from rounding: without -ffast-math and fused products the same sums have other last bits.

DIR keeps the programs of each example and its row, and a second run goes on from there: when the zoo's sources have
changed it builds and measures that side again, Brian2's never.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import brian2
import numpy as np

import zoo
from benchmarks.gallery import programs
from benchmarks.gallery.example import NO_PROGRAM, SEED
from zoo.core.files import replacing

ROOT = Path(__file__).parents[2]
#: Simulated seconds of each run.
MOST = 1.0
#: Wall seconds after which an example is given up.
PATIENCE = 1800
#: Programs that take Brian2 this many CPU seconds count in the mean.
COUNTED = 0.2
LAST = "row.json"
#: What Brian2's C++ device leaves out without a word.
IGNORED = "The network operation"
RUNTIME, MISSING = "Brian2's runtime device only", "needs the package"
IC = "a difference of two like potentials over dt"
#: Why the numbers of an example differ.
NOTES = {
    "Kremer_et_al_2011": "The first difference is a spike of a cell of the central barrel at 92.5 ms: a bar leaves its barrel in "
    "exactly this step, at a distance of 6.5 - 6 < 0.5, and the last bit of a product decides. The network amplifies this spike.",
    "Naud_et_al_2008": "The last cell is chaotic: v rises to kilovolts in the step of a spike, where rounding grows with it.",
    "hodgkin_huxley_1952": f"Only Ic, {IC}; v is within 3e-14.",
    "Brette_2012/Fig1": f"V differs by 8e-11 V at most, in the upstroke of the spike; Ic is {IC}.",
    "Brette_2012/Fig4": f"V differs by 2e-11 V at most; Ic is {IC}.",
    "Brette_2012/Fig5A": f"V differs by 1e-8 V at most, in the upstroke of the spike; Ic is {IC}.",
    "Brette_2012/Fig3CF": "V differs by 6e-7 V at most, in the upstroke of the spike; Ic ends as zero but for rounding",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only", nargs="*", default=[""], help="examples whose path has one of these words, in this order"
    )
    parser.add_argument("--most", type=float, default=MOST, help="simulated seconds of each run")
    parser.add_argument(
        "--turns", type=int, default=programs.TURNS, help="turns of programs of less than two CPU seconds"
    )
    parser.add_argument("--work", type=Path, help="folder that keeps programs and rows")
    parser.add_argument("--stock", action="store_true", help="only build and run what does not depend on the zoo")
    parser.add_argument("--out", type=Path, help="file for the table")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        work = options.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        work.mkdir(parents=True, exist_ok=True)
        gallery = Gallery(work.resolve(), options.most, options.turns)
        rows = []
        names = sorted(str(path.relative_to(gallery.examples)) for path in gallery.examples.rglob("*.py"))
        for name in dict.fromkeys(name for word in options.only for name in names if word in name):
            if options.stock:
                print(name, gallery.side(name, "stock").get("failed", "ran"), flush=True)
            elif row := gallery.row(name):
                rows.append((name, row))
                print(_line(*rows[-1]), flush=True)
    if options.stock:
        return
    lines = _page(rows, options.most)
    print(*lines[:10], sep="\n")
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")


class Gallery:
    """The examples of Brian2's source distribution, and what is kept of their runs."""

    def __init__(self, work: Path, most: float, turns: int = programs.TURNS):
        self.most, self.turns = most, turns
        self.examples = _examples(work)
        self.kept = work / f"brian2-{brian2.__version__}" / f"{most:g} s"
        self.key = _key(Path(zoo.__file__).parent)

    def side(self, name: str, mode: str) -> dict:
        """The record of an example on one device: CPU seconds of the build, or why it has `failed`."""
        out = self.kept / name / mode
        file = out / "side.json"
        key = self.key if mode == "zoo" else ""
        if file.exists() and (record := json.loads(file.read_text()))["key"] == key:
            return record
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        record = {"key": key, **_run(self.examples / name, mode, self.most, out)}
        shutil.rmtree(out / "cache", ignore_errors=True)
        _write(file, record)
        return record

    def row(self, name: str) -> dict | None:
        """What became of an example: `words`, and CPU `seconds` of programs and `builds`, ours and theirs; None if it simulates nothing."""
        file = self.kept / name / LAST
        if file.exists() and (row := json.loads(file.read_text()))["key"] == self.key:
            return row
        row = {"key": self.key, **self._row(name)}
        if not row["words"]:
            return None
        _write(file, row)
        return row

    def _row(self, name):
        folder = self.kept / name
        stock = self.side(name, "stock")
        theirs = programs.kept(folder / "stock")
        ours = self.side(name, "zoo") if theirs else {}
        for side, reasons in ((stock, ""), (ours, IGNORED)):
            if (failed := side.get("failed", "")).startswith(f"{NO_PROGRAM}: {reasons}"):
                return {"words": f"{RUNTIME}: {failed.partition(': ')[2].partition(';')[0]}"}
        if stock.get("failed", "").startswith("ModuleNotFoundError"):
            return {"words": f"{MISSING} {stock['failed'].split()[-1]}"}
        if not theirs:
            return {"words": f"Brian2: {stock['failed']}" if "failed" in stock else ""}
        if not programs.kept(folder / "zoo"):
            return {"words": f"zoo: {ours['failed']}"}
        try:
            seconds, found = programs.in_turns(programs.kept(folder / "zoo"), theirs, self.turns)
        except (RuntimeError, ValueError) as error:
            return {"words": f"not measured: {error}"}
        row = {
            "turns": self.turns,
            "words": _words(found),
            "found": found,
            "seconds": seconds,
            "builds": [ours["build"], stock["build"]],
        }
        if found["spikes"] is not None or found["apart"] > programs.ROUNDING:
            self.side(name, "rounded")
            if len(programs.kept(folder / "rounded")) == len(theirs):
                row["rounded"] = programs.apart(programs.kept(folder / "rounded"), theirs)
                row["words"] += "; Brian2 with other last bits: " + _words(row["rounded"])
        if failed := stock.get("failed") or ours.get("failed"):
            row["words"] += (
                f". After its programs the script ends on {'both' if 'failed' in stock else 'the zoo'}: {failed}"
            )
        return row


def _examples(work):
    """The examples of the source distribution of the installed Brian2, which is downloaded once."""
    version = brian2.__version__
    examples = work / f"brian2-{version}" / "examples"
    if not examples.exists():
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
        with tempfile.TemporaryDirectory(dir=work) as folder:
            subprocess.run(command, cwd=folder, check=True)
            [archive] = Path(folder).glob("*.tar.gz")
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
            examples.parent.mkdir(exist_ok=True)
            next(Path(folder).glob("*/examples")).rename(examples)
    return examples


def _key(package):
    """What the zoo's programs depend on."""
    digest = hashlib.sha256(brian2.__version__.encode())
    for part in ("codegen", "script", "build", "functions"):
        for path in sorted((package / part).rglob("*")):
            if path.suffix in (".py", ".h", ".cpp"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _run(path, mode, most, out):
    environment = {
        **os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "ZOO_CACHE": str(out / "cache"),
    }  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.gallery.example", mode, str(most), str(out), str(path)]
    with open(out / "log", "w+") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            code = process.wait(PATIENCE)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)  # with its compilers and programs
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                return {"failed": f"longer than {PATIENCE} s"}
            raise
        log.seek(0)
        lines = log.read().strip().splitlines() or ["no message"]
    record = json.loads((out / "record.json").read_text()) if (out / "record.json").exists() else {}
    return record | ({"failed": lines[-1][:150].replace("|", "/")} if code else {})


def _write(file, record):
    with replacing(file) as new:
        new.write_text(json.dumps(record))


def _words(found):
    if found["equal"]:
        return f"equal: {found['numbers']} numbers"
    if found["spikes"] is not None:
        return f"spikes differ from {1000 * found['spikes']:.1f} ms on"
    if found["values"] is not None:
        return f"values differ from {1000 * found['values']:.1f} ms on, by {found['apart']:.1g} of the largest at most"
    return f"within {found['apart']:.1g} of the largest value"


def _line(name, row):
    words = ". ".join([row["words"], *(note.rstrip(".") for part, note in NOTES.items() if part in name)])
    if "seconds" not in row:
        return f"| {name} | {words} | | | |"
    (run, theirs), (build, their_build) = row["seconds"], row["builds"]
    return f"| {name} | {words} | {theirs:.3f} | {theirs / run:.1f} | {their_build / max(build, 1e-3):.1f} |"


def _page(rows, most):
    measured = [row for _, row in rows if "seconds" in row]
    others = [row["words"] for _, row in rows if "seconds" not in row]
    runtime, packages = (sum(words.startswith(why) for words in others) for why in (RUNTIME, MISSING))
    both = [(row["seconds"][1] / row["seconds"][0], row) for row in measured]
    ratios = [ratio for ratio, row in both if row["seconds"][1] >= COUNTED]
    lines = [
        "# Brian2's examples on both devices",
        "",
        f"This page compares the zoo's C++ device with Brian2's on the examples of Brian2 {brian2.__version__}, each `run` for at "
        f"most {most:g} s of simulated time and with the seed {SEED}; `make gallery` writes it. Every array that a program "
        "writes at its end is compared: recordings, state variables, weights. CPU seconds are medians of up to "
        f"{max((row.get('turns', 1) for row in measured), default=programs.TURNS)} turns; other processes shared the machine.",
        "",
        f"- {len(measured)} of {len(rows)} examples run on both devices. {runtime} need Brian2's runtime device, where `zoo run` "
        f"takes them; {packages} need a package that is not installed; {len(others) - runtime - packages} say what else.",
    ]
    exact = sum(row["found"]["equal"] for row in measured)
    near = sum(
        not row["found"]["equal"] and row["found"]["spikes"] is None and row["found"]["apart"] <= programs.ROUNDING
        for row in measured
    )
    lines.append(
        f"- In {exact} all numbers are equal bit for bit, in {near} all spikes are equal and values are within "
        f"{programs.ROUNDING:g} of the largest of their array."
    )
    if len(measured) > exact + near:
        lines.append(
            f"- In {len(measured) - exact - near} they differ by more. A row then names the simulated time of the first spike, or "
            "value, that differs, and that of Brian2 against itself with other last bits of sums and products, compiled without "
            "-ffast-math and -ffp-contract."
        )
    for chosen, words in (
        (ratios, f"that take Brian2 {COUNTED:g} CPU s or more"),
        ([ratio for ratio, _ in both], "of all"),
    ):
        if chosen:
            lines.append(
                f"- Programs, the {len(chosen)} {words}: {min(chosen):.1f} to {max(chosen):.1f} times faster, {_mean(chosen):.2f} in the geometric mean."
            )
    builds = [row["builds"][1] / max(row["builds"][0], 1e-3) for row in measured]
    if builds:
        lines.append(
            f"- Builds: {min(builds):.1f} to {max(builds):.1f} times cheaper, {_mean(builds):.2f} in the geometric mean."
        )
    return [
        *lines,
        "",
        "| example | numbers | Brian2, CPU s | program: times faster | build: times cheaper |",
        "|---|---|---:|---:|---:|",
        *(_line(*row) for row in rows),
    ]


def _mean(ratios):
    return float(np.exp(np.mean(np.log(ratios))))


if __name__ == "__main__":
    main()
