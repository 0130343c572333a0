"""What made checkpoint.npz and state.npz: version 0.1.0 (commit 606acc1), in a clone of it.

    python make.py        with the clone as the working directory and on PYTHONPATH

A grid of 4 x 4 cells learns 40 digits, is stopped after three chunks (checkpoint.npz), and learns all of them (state.npz).
"""

import sys
from pathlib import Path

from brian2 import ms

from experiments import _learning, hh_mnist_grid
from models.hh_mnist_grid import HHMnistGrid

HERE = Path(__file__).parent
MODEL = HHMnistGrid(n=4, n_images=8, presentation=60 * ms)
PLAN = {"train": 40, "epochs": 1, "label": 16, "test": 16, "seed": 5}


def main():
    hh_mnist_grid.main(model=MODEL, **PLAN, save_state=HERE / "state.npz")
    chunk, shown = _learning.Session.chunk, []

    def stopping(self, *arguments):
        if len(shown) == 3:
            raise KeyboardInterrupt
        shown.append(chunk(self, *arguments))

    _learning.Session.chunk = stopping
    try:
        hh_mnist_grid.main(model=MODEL, **PLAN, out=HERE)
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    sys.exit(main())
