"""The points of a sweep on other machines: by Dask, or by an array of SLURM tasks."""

import contextlib
import importlib.util
import logging
import shlex
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from zoo import scratch, workers
from zoo.errors import ZooError, first_line

# Seconds to reach a scheduler.
_PATIENCE = 10

# A thread of a Dask worker keeps its process from one point to the next.
_own = threading.local()


@contextlib.contextmanager
def client(kind: str | None, address: str | None, file: str | None, jobs: int):
    """A Dask client for the block, or None when nothing is asked for.

    `kind` is "local" for a cluster of `jobs` workers on this machine, `address` or `file` say where a scheduler is. Raises
    ZooError without dask.distributed, and when no scheduler answers.
    """
    if not (kind or address or file):
        yield None
        return
    if kind not in (None, "local"):
        raise ZooError(f"--cluster is {kind!r}; there is local, or an address of your own with --scheduler.")
    if importlib.util.find_spec("distributed") is None:
        raise ZooError("a cluster needs dask.distributed; install it with: pip install 'brian2-zoo[cluster]'")
    from distributed import Client, LocalCluster

    if file and not Path(file).is_file():  # Dask would wait for it
        raise ZooError(f"no Dask scheduler answers: there is no file {file}.")
    # What Dask logs, with tracebacks, when a scheduler or a worker goes away, is said by the sweep.
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        try:
            if kind:
                # Threads, as each has a process of its own for its points.
                local = LocalCluster(n_workers=1, threads_per_worker=jobs, processes=False, dashboard_address=None)
                found = Client(stack.enter_context(local))
            elif address:
                found = Client(address, timeout=_PATIENCE)
            else:
                found = Client(scheduler_file=file, timeout=_PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise ZooError(f"no Dask scheduler answers at {address or file} ({first_line(error)}).") from None
        yield stack.enter_context(found)


def run(specs: Iterable, client, limit: float | None) -> Iterator:
    """Run the points `specs` by a Dask `client`; yields (record, None) as they come, as `workers.run`."""
    from distributed import as_completed

    known = {}
    for spec in specs:
        known[client.submit(_point, spec, limit, pure=False)] = spec
    coming = as_completed(list(known), with_results=False)
    for future in coming:
        spec = known.pop(future)
        if future.status == "cancelled":
            raise ZooError("the Dask scheduler has gone away; go on with zoo sweep --resume when there is another one.")
        if future.status == "error":  # the worker was lost, each time that Dask tried
            yield workers.lost(spec, "crashed", f"{first_line(future.exception())}.", 0.0), None
        else:
            yield future.result(), None
        future.release()


def _point(spec, limit):
    """Run one point on a Dask worker, behind the same wall as on this machine."""
    worker = getattr(_own, "worker", None)
    if worker is None or worker.ended():
        folder = _own.stack = contextlib.ExitStack()
        _own.worker = worker = workers.Worker(0, folder.enter_context(scratch.folder()), spec)
    else:
        worker.give(spec)
    while True:
        record = worker.wait(limit)
        if record is not None:
            return record


def write_slurm(sweep, tasks: int, limit: str | None) -> Path:
    """Write `sweep.slurm`, an array of `tasks` that share the points of a sweep; returns its path."""
    folder = shlex.quote(str(sweep.folder.absolute()))
    more = f" --time_limit {shlex.quote(limit)}" if limit else ""
    path = sweep.folder / "sweep.slurm"
    path.write_text(f"""\
#!/bin/bash
#SBATCH --job-name=zoo-sweep
#SBATCH --array=0-{tasks - 1}
#SBATCH --cpus-per-task=1
#SBATCH --output={sweep.folder.absolute()}/logs/slurm_%a.log

# Each task runs every {tasks}th point. The folder has to be seen by all nodes. When all have ended,
#     zoo sweep --resume {folder}
# runs what is missing and writes the whole table.
zoo sweep --resume {folder} --part "$SLURM_ARRAY_TASK_ID/{tasks}" --jobs 1{more}
""")
    return path
