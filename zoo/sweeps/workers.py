"""Processes of this machine that run the points of a sweep: a crash of one does not affect the others."""

import contextlib
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

from zoo.core import system
from zoo.sweeps import log as logs

# Seconds that a worker has to import Brian2.
_START = 120
# Seconds that a worker has to end.
_END = 5
# The pipes through which forks of this process get their points.
_inputs = weakref.WeakSet()


class Worker:
    """A process that runs one point after the other; the output of the experiment goes to `log`."""

    def __init__(self, number: int, folder: Path, spec: dict):
        self.number = number
        self.log = folder / f"worker_{number}.log"
        self.ready = False
        reading, writing = os.pipe()
        self.process = (_copied if system.FORKS and threading.active_count() == 1 else _started)(self.log, writing)
        os.close(writing)
        self.answers = open(reading, "rb", buffering=0)
        self.unread = b""
        self.give(spec)

    def give(self, spec: dict) -> None:
        """Send it the point `spec` to run."""
        self.spec, self.since = spec, time.monotonic()
        self.logged = self.log.stat().st_size if self.log.exists() else 0
        with contextlib.suppress(BrokenPipeError):  # reading its answer detects its end
            self.process.stdin.write(json.dumps(spec).encode() + b"\n")
            self.process.stdin.flush()

    def record(self) -> dict | None:
        """The outcome of its point, if known; call it when its answer is readable."""
        data = self.answers.read(1 << 20)
        if not data:
            return lost(self.spec, "crashed", how_ended(self.end()), self.elapsed())
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            if self.ready:
                return json.loads(line)
            self.ready, self.since = True, time.monotonic()
        return None

    def wait(self, limit: float | None) -> dict | None:
        """Its record, or None if none arrives within a second."""
        ready, _, _ = select.select([self.answers], [], [], 1.0)
        return self.record() if ready else self.late(limit)

    def late(self, limit: float | None) -> dict | None:
        """The record of a point that takes longer than `limit` seconds; ends the worker."""
        if not self.ready and self.elapsed() > _START:
            self.end()
            return lost(self.spec, "crashed", f"its process did not start within {_START} s.", self.elapsed())
        if not self.ready or limit is None or self.elapsed() <= limit:
            return None
        self.end()
        return lost(self.spec, "time limit", f"it took longer than {limit:g} s.", self.elapsed())

    def said(self) -> bytes:
        """The last 16 MB of the output of its point."""
        with contextlib.suppress(OSError), open(self.log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            # A long log, or one that is shorter now, was emptied when the point started.
            begin = self.logged if self.logged <= min(size, logs.LONG) else 0
            file.seek(max(begin, size - 2**24))
            return file.read()
        return b""

    def elapsed(self) -> float:
        """Seconds since it got its point."""
        return time.monotonic() - self.since

    def ended(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def finish(self) -> None:
        """Let the idle process end by itself and remove its folders; kill it if it does not."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        select.select([self.answers], [], [], _END)  # which it closes
        self.end()

    def end(self) -> int:
        """Kill it and the program that it runs; returns its exit code."""
        if not self.ended():
            with contextlib.suppress(ProcessLookupError):
                system.kill_group(self.process.pid)
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        return self.process.wait()


def _started(log, descriptor):
    """A new process in a separate session: Ctrl-C in the terminal reaches the sweep, which ends its workers."""
    with open(log, "wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "zoo.sweeps.point", str(log), str(descriptor)], stdin=subprocess.PIPE, stdout=file,
            stderr=file, pass_fds=[descriptor], start_new_session=True,
        )  # fmt: skip


def _copied(log, descriptor):
    """A fork of this process, which has imported Brian2; safe only without other threads."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(reading)
        stdin = open(writing, "wb", buffering=0)
        _inputs.add(stdin)
        return _Copy(pid, stdin)
    try:
        for other in (writing, *(stdin.fileno() for stdin in _inputs if not stdin.closed)):
            os.close(other)  # otherwise no worker would see the end of its input
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.dup2(reading, 0)
        from zoo.sweeps import point  # whose imports are those of Brian2

        sys.stdin = open(0, closefd=False)
        point.serve(log, descriptor)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


class _Copy:
    """A forked process with the interface of Popen that is used here."""

    def __init__(self, pid, stdin):
        self.pid, self.stdin, self.code = pid, stdin, None

    def poll(self):
        return self._ended(os.WNOHANG)

    def wait(self):
        return self._ended(0)

    def _ended(self, options):
        if self.code is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code


def run(specs: Iterable, jobs: int, limit: float | None, folder: Path, running: dict) -> Iterator:
    """Run the points `specs` in `jobs` processes; yields (record, output of a point that failed) as they come.

    A point that takes longer than `limit` seconds, or whose process ends, gives a record that says so, and another process
    runs the next one. Every second without a record yields None, so that the caller can show the time. `running` is kept
    up to date: the index of each running point -> its start time.
    """
    waiting = iter(specs)
    with contextlib.ExitStack() as stack:
        workers = [Worker(number, folder, spec) for number, spec in enumerate(itertools.islice(waiting, jobs))]
        stack.callback(lambda: [worker.end() for worker in workers])
        while workers:
            ready, _, _ = select.select([worker.answers for worker in workers], [], [], 1.0)
            if not ready:
                running.update((worker.spec["index"], worker.since) for worker in workers)
                yield None
            for worker in list(workers):
                record = worker.record() if worker.answers in ready else worker.late(limit)
                if record is None:
                    continue
                running.pop(record["index"], None)
                well = record["status"] == "ok"
                if not well:
                    yield record, worker.said()
                spec = next(waiting, None)
                if spec is not None and not worker.ended():
                    worker.give(spec)
                else:
                    worker.finish()
                    workers.remove(worker)
                    if spec is not None:
                        workers.append(worker := Worker(worker.number, folder, spec))
                if spec is not None:
                    running[spec["index"]] = worker.since
                if well:
                    yield record, None


def lost(spec: dict, status: str, error: str, seconds: float) -> dict:
    """The record of a point that returned none."""
    record = {"index": spec["index"], "status": status, "error": error, "numbers": {}}
    return record | {"seconds": {"all": seconds}, "cpu_seconds": 0.0}


def how_ended(code: int) -> str:
    """An exit code of a process in words."""
    if code < 0:
        hint = " (not enough memory?)" if -code == signal.SIGKILL else ""
        return f"its process was ended by {signal.Signals(-code).name}{hint}."
    return f"its process ended with exit code {code}."
