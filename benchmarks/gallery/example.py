"""One example of the gallery in a process of its own: python -m benchmarks.gallery.example MODE MOST OUT FILE.

Runs a script on one C++ device with a seed, each `run` for at most MOST seconds of simulated time. Every program that the
device runs is kept in OUT/programs with its arguments and the names of its arrays, for benchmarks.gallery.programs;
OUT/record.json has the CPU seconds of the builds.
"""

import json
import multiprocessing
import os
import resource
import subprocess
import sys
from pathlib import Path

import brian2
import numpy as np
from brian2 import Network, prefs, second
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from benchmarks.gallery import programs
from zoo.script import child
from zoo.script.device import ScriptDevice

SEED = 0
#: Begins the last line of the log of a script that no standalone device can run.
NO_PROGRAM = "no standalone program"


def main(mode: str, most: float, out: Path, path: Path) -> int:
    """Run the script; returns the exit code."""
    _shorten(most)
    _keep(out / "programs")
    _one_by_one()
    seconds = {"build": 0.0}
    inside = []
    for device in (CPPStandaloneDevice, ScriptDevice):
        _timed(device, seconds, inside)
    prefs.devices.cpp_standalone.extra_make_args_unix = ["-j1"]  # by default a compiler for each file at once
    if mode == "rounded":
        flags = [flag for flag in prefs.codegen.cpp.extra_compile_args_gcc if flag != "-ffast-math"]
        prefs.codegen.cpp.extra_compile_args_gcc = [*flags, "-ffp-contract=off"]  # nor a product and a sum in one step
    np.random.seed(SEED)  # scripts draw from it too, and Brian2's seed leaves it as it is
    os.chdir(path.parent)
    try:
        code = child.main("zoo" if mode == "zoo" else "stock", SEED, out, path, [])
    finally:
        (out / "record.json").write_text(json.dumps(seconds))
    record = json.loads((out / "script.json").read_text())
    if "reason" in record:
        print(f"{NO_PROGRAM}: {record['reason']}", file=sys.stderr)
    return code


def _shorten(most):
    run = Network.run

    def shorter(self, duration, *arguments, level=0, **options):
        return run(self, min(duration, most * second), *arguments, level=level + 1, **options)

    Network.run = shorter
    brian2.Network.run = shorter


def _one_by_one():
    """Let pools have one process: the programs of a script must have the same order on both devices."""
    pool = multiprocessing.context.BaseContext.Pool

    def single(self, processes=None, *arguments, **options):
        return pool(self, 1, *arguments, **options)

    multiprocessing.context.BaseContext.Pool = single
    multiprocessing.Pool = multiprocessing.Pool.__self__.Pool  # bound when it was imported


def _keep(folder):
    """Let every device keep the programs that it runs, also in processes that the script starts."""
    run, call = CPPStandaloneDevice.run, subprocess.call
    commands = []

    def noted(command, *arguments, **options):
        commands.append(command)
        return call(command, *arguments, **options)

    def kept(self, directory=None, *arguments, **options):
        commands.clear()
        subprocess.call = noted
        try:
            run(self, directory, *arguments, **options)
        finally:
            subprocess.call = call
        # The command is ./main --results_dir DIR and what the script adds.
        settings = {**prefs["devices.cpp_standalone.run_environment_variables"], **self.run_environment_variables}
        programs.keep(Path(directory or self.project_dir), folder, commands[-1][3:], settings, _arrays(self))

    CPPStandaloneDevice.run = kept


def _arrays(device):
    """What the program writes: file, type and meaning of every array."""
    found = []
    for variable in device.arrays:
        try:
            owner, kind = variable.owner.name, variable.owner.__class__.__name__  # which may be a proxy
        except (AttributeError, ReferenceError):  # of no object, or of one that is gone
            owner, kind = "", ""
        dtype = np.dtype(variable.dtype)
        found.append(
            {
                "file": device.get_array_filename(variable), "type": "int8" if dtype.kind == "b" else dtype.name,
                "owner": owner, "kind": kind, "name": variable.name,
            }
        )  # fmt: skip
    return found


def _timed(device, seconds, inside):
    """Add the CPU seconds of the compilers that `device` calls to `seconds`; `inside` is not empty during a call that counts."""
    original = device.compile_source

    def timed(self, *arguments, **options):
        if inside:  # one device calls the other
            return original(self, *arguments, **options)
        inside.append(True)
        before = _cpu()
        try:
            return original(self, *arguments, **options)
        finally:
            seconds["build"] += _cpu() - before
            inside.pop()

    device.compile_source = timed


def _cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    mode, most, out, path = sys.argv[1:]
    sys.exit(main(mode, float(most), Path(out).resolve(), Path(path).resolve()))
