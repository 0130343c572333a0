"""CPU seconds to build every model without a cache: python -m benchmarks.builds [names]

Each model is built in a separate process with an empty cache: `python` is Brian2's import and code generation, `c++` the
compiler.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile

from brian2 import second

from zoo import program
from zoo.catalogue import registry as catalogue
from zoo.core import packages


def build(name):
    """CPU seconds of Python and of the compiler for the model `name`."""
    with program(catalogue.model(name)(), 1 * second):
        return [sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]


def main(*names):
    print(f"{'':28} {'python':>7} {'c++':>7} {'all':>7}")
    for name in names or packages.entries("models"):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "benchmarks.builds", "build", name]
            environment = {**os.environ, "ZOO_CACHE": folder}
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            print(f"{name:28} {done.stderr.splitlines()[-1]}")
            continue
        python, compiler = json.loads(done.stdout.splitlines()[-1])
        print(f"{name:28} {python:7.1f} {compiler:7.1f} {python + compiler:7.1f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"]:
        print(json.dumps(build(sys.argv[2])))
    else:
        main(*sys.argv[1:])
