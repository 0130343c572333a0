"""The limits of one core, measured: python -m benchmarks.limits

Nanoseconds to add a weight of a row to a cell, with the weights in caches of several sizes and in memory, and for a vector
exponential and a division; compiled with the flags of a model.
"""

import subprocess
import tempfile
from pathlib import Path

from brian2 import prefs

from zoo.build import compiler
from zoo.codegen.device import EXTRA_FLAGS, INCLUDE

SOURCE = Path(__file__).with_suffix(".cpp")


def measured() -> dict:
    """Name -> seconds for one element."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "limits"
        flags = [*prefs["codegen.cpp.extra_compile_args_gcc"], *EXTRA_FLAGS]
        subprocess.run([*compiler.cxx(), *flags, f"-I{INCLUDE}", SOURCE, "-o", program], check=True)
        lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: float(number) for name, number in (line.split() for line in lines)}


def main():
    for name, seconds in measured().items():
        print(f"{name:12} {1e9 * seconds:6.3f} ns")


if __name__ == "__main__":
    main()
