"""CPU seconds of the simulation loop of a compiled Brian2 program, without set-up and results.

The synapses of a pathway are sorted before the loop starts, as in NEST.
"""

import os
import tempfile
from pathlib import Path

from brian2 import get_device

_FILE = "ZOO_BENCHMARK_SECONDS"

_BEFORE = "const std::clock_t benchmark_start = std::clock();"
_AFTER = f"""\
if (const char *file = std::getenv("{_FILE}"))
    std::ofstream(file) << double(std::clock() - benchmark_start)/CLOCKS_PER_SEC;"""


def timed(record):
    """`record`, the function that creates the monitors of a program; the program also measures its loop."""

    def recording(network):
        device = get_device()
        device.insert_code("before_network_run", _BEFORE)
        device.insert_code("after_network_run", _AFTER)
        return record(network)

    return recording


def run(program, values, **options) -> tuple:
    """CPU seconds of the loop, and the Result of `program.run(values, **options)`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "seconds"
        os.environ[_FILE] = str(file)
        try:
            result = program.run(values, **options)
        finally:
            del os.environ[_FILE]
        return float(file.read_text()), result
