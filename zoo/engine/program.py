"""Program: a built model that runs many times with other values and seeds, without recompiling.

with program(model, 1*second, record) as p:
    first = p.run({"cells.drive": 30*mV}, seed=1)
    second = p.run({**first.state, "cells.drive": 35*mV}, seed=1)

A state holds the pairs of its values for synapses; a seed that connects other pairs is refused.
"""

import contextlib
from collections.abc import Iterator

from zoo.core import scratch
from zoo.core.errors import ZooError
from zoo.core.quantities import QuantityLike
from zoo.device import backends
from zoo.device.threads import chosen
from zoo.engine.base import Interrupted as Interrupted
from zoo.engine.base import NotFinite as NotFinite
from zoo.engine.base import Program as Program
from zoo.engine.base import Record, Values
from zoo.engine.runtime import RuntimeProgram
from zoo.engine.standalone import StandaloneProgram
from zoo.model import Model
from zoo.result import Result


@contextlib.contextmanager
def program(
    model: Model,
    duration: QuantityLike,
    record: Record | None = None,
    *,
    backend: str = "cpp",
    compiled: bool = True,
    arch: str | None = None,
    threads: int | None = None,
) -> Iterator[Program]:
    """A `Program` of `model` for the block of a with statement.

    `duration` (a time) is that of a run; `record(network)` returns the monitors, one or a list; `backend` is "runtime" (numpy), "cython", "cpp", "cpp-stock" (Brian2's own C++
    standalone device) or "cuda". With `compiled=False` a standalone program is only written, to its folder `project`.
    `arch`, such as "sm_90", is the GPU that "cuda" compiles for, by default that of this machine. `threads` is the number
    of threads of "cpp", by default that of the environment variable ZOO_THREADS, of Brian2's preference
    devices.cpp_standalone.openmp_threads, or 1; results do not depend on it.
    Raises ZooError for what the backend cannot do or this machine lacks.
    """
    if not isinstance(model, Model):
        raise ZooError(f"program needs a Model, not {model!r}.")
    backends.check(backend, compiled, arch)
    number = chosen(threads, backend)
    with contextlib.ExitStack() as stack:
        if backends.is_standalone(backend):
            folder = stack.enter_context(scratch.folder())
            made = StandaloneProgram(model, duration, record, backend, folder, compiled, arch, number)
        else:
            made = RuntimeProgram(model, duration, record, backend)
        try:
            yield made
        finally:
            made.ended = True


def simulate(
    model: Model,
    duration: QuantityLike,
    record: Record | None = None,
    *,
    backend: str = "cpp",
    values: Values = {},
    seed: int = 0,
    threads: int | None = None,
) -> Result:
    """Build `model`, run it once for `duration` (a time), and return a Result with what `record` asked for.

    `record`, `backend` and `threads` are those of `program`, `values` and `seed` those of `Program.run`. Raises what these two raise:
    ZooError, NotFinite, Interrupted.
    """
    with program(model, duration, record, backend=backend, threads=threads) as built:
        return built.run(values, seed=seed)
