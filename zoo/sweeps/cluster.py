"""The points of a sweep on other machines: with Dask, or as an array of SLURM tasks."""

import contextlib
import importlib.util
import logging
import queue
import re
import shlex
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from zoo.build import cache, compiler
from zoo.core import scratch
from zoo.core.errors import ZooError, first_line
from zoo.engine.project import from_sources
from zoo.sweeps import workers

# Seconds to reach a scheduler.
_PATIENCE = 10

# A thread of a Dask worker keeps its process from one point to the next.
_own = threading.local()


@contextlib.contextmanager
def client(kind: str | None, address: str | None, file: str | None, jobs: int):
    """A Dask client for the block, or None without arguments.

    `kind` is "local" for a cluster of `jobs` workers on this machine; `address` or `file` locate a scheduler. Raises
    ZooError without dask.distributed, and when no scheduler answers.
    """
    if not (kind or address or file):
        yield None
        return
    if kind not in (None, "local"):
        raise ZooError(f"--cluster is {kind!r}; give local, or the address of a scheduler with --scheduler.")
    if importlib.util.find_spec("distributed") is None:
        raise ZooError("a cluster needs dask.distributed; install it with: pip install 'brian2-zoo[cluster]'")
    from distributed import Client, LocalCluster

    if file and not Path(file).is_file():  # Dask would wait for it
        raise ZooError(f"no Dask scheduler answers: no file {file}.")
    # The sweep reports a lost scheduler or worker; Dask would log tracebacks.
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        try:
            if kind:
                # Threads, as each has a separate process for its points.
                local = LocalCluster(n_workers=1, threads_per_worker=jobs, processes=False, dashboard_address=None)
                found = Client(stack.enter_context(local))
            elif address:
                found = Client(address, timeout=_PATIENCE)
            else:
                found = Client(scheduler_file=file, timeout=_PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise ZooError(f"no Dask scheduler answers at {address or file} ({first_line(error)}).") from None
        yield stack.enter_context(found)


def run(specs: Iterable, client, limit: float | None, running: dict) -> Iterator:
    """Run the points `specs` with a Dask `client`; yields (record, None) as they come, None and `running` as `workers.run`.

    The compiler of this machine compiles for workers without a compiler: such a worker sends the sources, and gets its
    point again with the program.
    """
    from distributed import as_completed

    topic = f"zoo-sweep-{uuid.uuid4()}"  # on which workers report the points that they start
    lender = compiler.described()
    known = {}
    for spec in specs:
        known[client.submit(_point, {**spec, "lender": lender}, limit, topic, pure=False)] = spec, {}
    coming = as_completed(list(known))
    client.subscribe_topic(topic, lambda event: running.setdefault(event[1], time.monotonic()))
    try:
        for future in _patiently(coming):
            if future is None:
                yield None
                continue
            spec, programs = known.pop(future)
            running.pop(spec["index"], None)
            if future.status == "cancelled":
                raise ZooError(
                    "the Dask scheduler has gone away; continue with zoo sweep --resume when another one runs."
                )
            if future.status == "error":  # the worker was lost, each time that Dask tried
                record = workers.lost(spec, "crashed", f"{first_line(future.exception())}.", 0.0)
            else:
                record = future.result()
            if record["status"] == "needs a program":
                record = _answered(record, programs)
                if record is None:
                    again = client.submit(
                        _point, {**spec, "lender": lender}, limit, topic, *programs.values(), pure=False
                    )
                    known[again] = spec, programs
                    coming.add(again)
            future.release()
            if record is not None:
                yield record, None
        if known:
            raise ZooError("Dask ended before all points were done; continue with zoo sweep --resume.")
    finally:
        with contextlib.suppress(Exception):  # the scheduler may be lost
            client.unsubscribe_topic(topic)


def _patiently(coming):
    """The futures of `coming`, and None for every second in which none comes."""
    arrived = queue.SimpleQueue()

    def wait():
        try:
            for future in coming:
                arrived.put(future)
                taken.acquire()  # `coming` may grow until then
        finally:
            arrived.put(None)

    taken = threading.Semaphore(0)
    threading.Thread(target=wait, daemon=True).start()
    while True:
        try:
            future = arrived.get(timeout=1.0)
        except queue.Empty:
            yield None
            continue
        if future is None:
            return
        yield future
        taken.release()


def _answered(record, programs):
    """Put the program that a worker asks for into `programs`, or return the record of its failure."""
    request = record.pop("request")
    try:
        if request["key"] in programs:
            raise ZooError(f"its worker has no compiler, and lost the program of {request['model']} that it got.")
        programs[request["key"]] = from_sources(request)
    except (ZooError, OSError, ValueError) as error:  # a full disk, a damaged request: the sweep has other points
        return record | {"status": "failed", "error": str(error)}
    return None


def _point(spec, limit, topic, *programs):
    """Run one point on a Dask worker, in a separate process as on this machine; `programs` were sent for it."""
    from distributed import get_worker

    get_worker().log_event(topic, spec["index"])
    try:
        for sent in programs:
            cache.receive(**sent)
    except (ZooError, OSError) as error:
        return workers.lost(spec, "failed", str(error), 0.0)
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


def _directive(path):
    """A path for a line of #SBATCH: sbatch splits at spaces like a shell, and replaces %."""
    return re.sub(r"([\s\\\"'#])", r"\\\1", str(path)).replace("%", "%%")


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
#SBATCH --output={_directive(sweep.folder.absolute() / "logs")}/slurm_%a.log

# Each task runs every {tasks}th point. All nodes must see the folder. When all tasks have ended,
#     zoo sweep --resume {folder}
# runs the missing points and writes the whole table.
zoo sweep --resume {folder} --part "$SLURM_ARRAY_TASK_ID/{tasks}" --jobs 1{more}
""")
    return path
