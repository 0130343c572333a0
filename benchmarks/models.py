"""What each model costs: python -m benchmarks.models [NAME ...]

One row for each model: the lines of its page, its claims that hold in docs/verification.md, and the CPU seconds (user and
system, of one run) of `zoo run NAME` with an empty cache of programs and once more with what that run left.
"""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.warm import spent
from zoo.catalogue import verification
from zoo.core import packages

ROOT = Path(__file__).parents[1]


def claims(name, page):
    """How many claims of a model hold in the page, and how many it has there."""
    held = total = 0
    for experiment, chosen in verification.chosen([name]):
        rows = page[experiment.name].splitlines()
        for claim in chosen:
            row = next((row for row in rows if row.startswith(f"| {verification.label(claim)} |")), "")
            held, total = held + ("| holds |" in row), total + 1
    return held, total


def main(*names):
    parts = (ROOT / "docs/verification.md").read_text().split("\n## ")[1:]
    page = {part.partition("\n")[0]: part for part in parts}
    print("| model | lines | claims that hold | CPU s, first run | CPU s, again |\n|---|---:|---:|---:|---:|")
    for name in names or packages.entries("models"):
        held, total = claims(name, page)
        with tempfile.TemporaryDirectory() as folder:
            os.environ["ZOO_CACHE"] = f"{folder}/cache"
            command = [sys.executable, "-m", "zoo", "run", name, "--out", f"{folder}/out"]
            first, again = (spent(command)[0] for _ in range(2))
        lines = len((ROOT / f"models/{name}.py").read_text().splitlines())
        print(f"| {name} | {lines} | {held} of {total} | {first:.1f} | {again:.1f} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
