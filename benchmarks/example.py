"""One example of `benchmarks.examples` in a process of its own: python -m benchmarks.example MODE MOST OUT FILE.

Runs a script on one C++ device with a seed, each `run` for at most MOST seconds of simulated time, and writes the CPU
seconds of its programs and builds to OUT/record.json, what its monitors have recorded to OUT/arrays.npz.
"""

import json
import os
import resource
import sys
from pathlib import Path

import brian2
from brian2 import Network, prefs, second
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from zoo.script import child
from zoo.script.device import ScriptDevice

SEED = 0


def main(mode: str, most: float, out: Path, path: Path) -> int:
    """Run the script; returns the exit code."""
    _shorten(most)
    seconds = {"run": 0.0, "build": 0.0}
    for device, method, name in (
        (CPPStandaloneDevice, "run", "run"), (CPPStandaloneDevice, "compile_source", "build"),
        (ScriptDevice, "compile_source", "build"),
    ):  # fmt: skip
        _timed(device, method, name, seconds)
    if mode == "rounded":
        prefs.codegen.cpp.extra_compile_args_gcc = [
            flag for flag in prefs.codegen.cpp.extra_compile_args_gcc if flag != "-ffast-math"
        ]
    os.chdir(path.parent)
    code = child.main("zoo" if mode == "zoo" else "stock", SEED, out, path, [])
    record = json.loads((out / "script.json").read_text())
    if "reason" in record:
        print(f"no standalone program: {record['reason']}", file=sys.stderr)
    (out / "record.json").write_text(json.dumps(seconds))
    return code


def _shorten(most):
    run = Network.run

    def shorter(self, duration, *arguments, level=0, **options):
        return run(self, min(duration, most * second), *arguments, level=level + 1, **options)

    Network.run = shorter
    brian2.Network.run = shorter


def _timed(device, method, name, seconds):
    original = getattr(device, method)
    inside = []

    def timed(self, *arguments, **options):
        if inside:  # one calls the other
            return original(self, *arguments, **options)
        inside.append(True)
        before = _cpu()
        try:
            return original(self, *arguments, **options)
        finally:
            seconds[name] += _cpu() - before
            inside.pop()

    setattr(device, method, timed)


def _cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    mode, most, out, path = sys.argv[1:]
    sys.exit(main(mode, float(most), Path(out).resolve(), Path(path).resolve()))
