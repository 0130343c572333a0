"""Another simulator in a separate process, with one thread."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Failed(Exception):
    """The reason, in one sentence, for a missing result."""


def run(peer: str, work: str, parameters: dict, most_seconds: float = 600) -> dict:
    """The return values of the function `work` of benchmarks/peers/`peer`.py, and the version; raises Failed."""
    environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outcome.npz"
        command = [sys.executable, "-m", "benchmarks.peers", peer, work, json.dumps(parameters), str(file)]
        try:
            ended = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=most_seconds
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"it takes more than {most_seconds:g} s.") from None
        if ended.returncode:
            raise Failed(reason(ended.stderr, ended.returncode))
        with np.load(file) as outcome:
            return dict(outcome)


def reason(messages: str, status: int) -> str:
    """The last line of a traceback as a sentence."""
    missing = re.search(r"No module named '(\w+)", messages)
    if missing:
        return f"the Python module {missing[1]} is not installed; make bench installs it."
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    return f"it ended with status {status}: {lines[-1] if lines else 'no message'}".rstrip(".") + "."
