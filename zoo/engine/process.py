"""The process of a standalone program: started, followed, stopped by Ctrl-C, and its error message."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import numpy as np

# Seconds that a program has to stop after Ctrl-C before it is killed.
_PATIENCE = 10


def execute(binary, arguments: list, folder: Path, environment: dict, duration: float, show=None) -> tuple:
    """Run a program in `folder`; returns its exit status and its messages.

    `binary()` returns the path of the program, and is called again if the cache was cleared. `show(fraction)` is called
    while the program simulates its `duration` (s).
    """
    environment = {**environment, "ZOO_PARENT": str(os.getpid())}
    reading, writing = os.pipe() if show else (None, None)
    if show:
        environment["ZOO_PROGRESS"] = str(writing)
    with open(folder / "messages.txt", "w+", errors="replace") as messages:
        for attempt in (1, 2):
            try:
                # A separate process group: Ctrl-C reaches the program through this process, and it can finish its files.
                process = subprocess.Popen(
                    [binary(), *arguments], cwd=folder, env=environment, stdout=messages, stderr=messages,
                    pass_fds=[writing] if show else [], start_new_session=True,
                )  # fmt: skip
                break
            except FileNotFoundError:
                if attempt == 2:
                    raise
        try:
            if show:
                os.close(writing)
                _follow(reading, duration, show)
            process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
            if process.poll() in (None, -signal.SIGINT):
                raise  # it was not in its simulation loop: nothing is complete
        finally:
            process.kill()
            process.wait()
            if show:
                os.close(reading)
        messages.seek(0)
        return process.returncode, messages.read()


def _follow(pipe, duration, show):
    while report := os.read(pipe, 4096):
        show(min(float(np.frombuffer(report[-8:])[0]) / duration, 1.0))


def failure(name: str, status: int, messages: str) -> str:
    """The error message of a failed program of the model `name`."""
    said = " ".join(line for line in messages.splitlines() if "rror" in line)[:500]
    if status == 2:  # the program's message about its parameters
        return f"{name}: {said.removeprefix('Error: ')}"
    if status < 0:
        reason = signal.Signals(-status).name
        hint = " (not enough memory?)" if -status == signal.SIGKILL else ""
        return f"the program of {name} was ended by {reason}{hint}. {said}".rstrip()
    return f"the program of {name} failed with exit code {status}: {said or messages[-500:].strip()}"
