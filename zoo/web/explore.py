"""`zoo explore`: the page of a model on this machine, with the native program behind it.

The server listens on 127.0.0.1 only, below a path that nobody can guess. It answers requests for this address only, runs
nothing for pages of other origins, and serves the files of the page and no others.
"""

import contextlib
import http.server
import json
import os
import queue
import secrets
import signal
import threading
import time
import webbrowser
from pathlib import Path

import numpy as np
from brian2 import Quantity, get_unit, second

from zoo.catalogue.default import record_overview
from zoo.core import notebook, scratch, system
from zoo.core.errors import ZooError, first_line
from zoo.core.quantities import QuantityLike
from zoo.engine.base import Record
from zoo.engine.program import program
from zoo.model import Model, annotations, replace
from zoo.network.binding import InputSpec
from zoo.web import description, folder, ranges

_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
# The longest request: a number for each field of a model.
_MOST_BYTES = 1_000_000


def explore(
    model: Model,
    duration: QuantityLike | None = None,
    record: Record | None = None,
    *,
    backend: str = "cpp",
    seed: int = 0,
) -> None:
    """Open a page with a slider for each number of `model`, in a browser until Ctrl-C, or below the cell of a notebook.

    `duration` (a time) is that of a run, by default that of the model's page or 1 s; `record(network)` returns the monitors,
    by default for all spikes and for the variables of small groups. A notebook goes on: a copy of its process serves the page
    until the kernel ends.
    Raises ZooError for what `program` refuses.
    """

    if duration is None:
        duration = ranges.duration(model, 1 * second)

    def made():
        return Explorer(model, duration, record or record_overview, backend=backend, seed=seed)

    if notebook.shell() is None:
        explorer = made()
        print(f"{type(model).__name__} is at {explorer.address} until Ctrl-C.", flush=True)
        webbrowser.open(explorer.address)
        explorer.serve_until_interrupted()
        return
    from IPython.display import IFrame, display

    if not system.FORKS:
        explorer = made()
        display(IFrame(explorer.address, "100%", 900))
        explorer.serve_until_interrupted()
        return
    with program(model, duration, record or record_overview, backend=backend):
        pass  # compiled here, where the notebook shows the progress and the errors
    display(IFrame(_served_by_a_fork(made), "100%", 900))


def _served_by_a_fork(made) -> str:
    """The address of the Explorer that `made()` returns, in a fork of this process that ends with it.

    Brian2 has one device for a process: the cells of a notebook may use it while the page runs its model.
    """
    reading, writing = os.pipe()
    parent = os.getpid()
    if os.fork():
        os.close(writing)
        with open(reading) as answers:
            answer = json.loads(answers.read() or '{"error": "the process of the page has ended."}')
        if "error" in answer:
            raise ZooError(answer["error"])
        return answer["address"]
    try:
        os.setsid()  # Ctrl-C and the interrupts of the notebook are for its cells
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        answer, explorer = {}, None
        try:
            with (
                open(os.devnull, "w") as silent,
                contextlib.redirect_stdout(silent),
                contextlib.redirect_stderr(silent),
            ):
                notebook.leave()
                explorer = made()
                answer["address"] = explorer.address
                _tell(writing, answer)
                threading.Thread(target=_close_after, args=(parent, explorer), daemon=True).start()
                explorer.serve()
        except Exception as error:
            if not answer:
                _tell(writing, {"error": first_line(error)})
        finally:
            if explorer:
                explorer.close()
    finally:
        os._exit(0)


def _tell(pipe, answer):
    with open(pipe, "w") as file:
        json.dump(answer, file)


def _close_after(parent, explorer):
    """Close `explorer` when the process `parent` has ended."""
    while os.getppid() == parent:
        time.sleep(1)
    explorer.runs.put(None)


class _Stopped(Exception):
    """The page no longer waits for a run."""


class _Run:
    """A request to run the model, and its answer: an HTTP status and a body."""

    def __init__(self, settings):
        self.settings = settings
        self.done = threading.Event()
        self.status, self.body = 500, b""

    def answer(self, status, body):
        self.status, self.body = status, body if isinstance(body, bytes) else body.encode()
        self.done.set()


class Explorer:
    """The page of `model` at `address`. `serve` runs the model in this thread, as Brian2 needs, until Ctrl-C or `close`."""

    def __init__(
        self, model, duration, record=None, *, name: str = "", backend: str = "cpp", seed: int = 0, port: int = 0
    ) -> None:
        self.model, self.record, self.backend = model, record, backend
        self.runs: queue.Queue = queue.Queue()
        self.stop = threading.Event()
        self.text, self.fraction = "", None
        token = secrets.token_urlsafe(24)
        self._scratch = scratch.folder()
        place = self._scratch.__enter__()
        (place / "page").mkdir()
        # The last program, and the fields that it was built with: those that it does not take as data.
        self._programs = contextlib.ExitStack()
        self._built, self._structure = None, None
        self._targets: dict[str, list[str]] = {}
        built = self._program({}, model, duration)
        found = description.describe(built, name or type(model).__name__, seed, everything=True)
        for control in found["controls"]:
            if control["targets"] and all(target in built.slots for target in control["targets"]):
                self._targets[control["name"]] = control["targets"]
        folder.write_page(place / "page", found, "native")
        pages = {f"/{token}/{path.name}": path for path in (place / "page").iterdir()}
        self.pages: dict[str, Path] = {f"/{token}/": place / "page/index.html", **pages}
        self.root: str = f"/{token}/"
        try:
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise ZooError(f"port {port} cannot be used ({error.strerror}); choose another --port.") from None
        self.server.daemon_threads = True
        self.server.explorer = self  # type: ignore[attr-defined]
        self.hosts = {f"{name}:{self.server.server_address[1]}" for name in ("127.0.0.1", "localhost")}
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}{self.root}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def serve(self) -> None:
        """Run what the page asks for until `close`."""
        while (run := self.runs.get()) is not None:
            self.stop.clear()
            try:
                run.answer(200, self._simulated(run.settings))
            except _Stopped:
                run.answer(409, "stopped")
            except ZooError as error:
                run.answer(400, str(error))
            except Exception as error:
                run.answer(500, f"{type(error).__name__}: {first_line(error)}")
            finally:
                self.text, self.fraction = "", None
                run.done.set()

    def serve_until_interrupted(self) -> None:
        """`serve` until Ctrl-C, then `close`."""
        try:
            self.serve()
        except KeyboardInterrupt:
            print()
        finally:
            self.close()

    def close(self) -> None:
        """End `serve` and the server, and remove the files of the page."""
        self.runs.put(None)
        self.server.shutdown()
        self.server.server_close()
        self._programs.close()
        self._scratch.__exit__(None, None, None)

    def _simulated(self, settings):
        model, duration, seed = _read(self.model, settings)
        fields = settings["fields"]

        def show(fraction):
            self.text, self.fraction = f"Simulating, {100 * fraction:.0f} %", fraction
            if self.stop.is_set():
                raise _Stopped

        built = self._program({name: fields[name] for name in fields if name not in self._targets}, model, duration)
        values = {target: getattr(model, name) for name in fields for target in self._targets.get(name, ())}
        start = time.perf_counter()
        result = built.run(values, seed=seed, duration=duration, show=show)
        seconds = time.perf_counter() - start
        return _packed(result.arrays, {name: output for name, (output, _) in built.outputs.items()}, seconds)

    def _program(self, structure, model, duration):
        """The program for the fields `structure`, which it does not take as data; another one is built and compiled."""
        if self._built is None or structure != self._structure:
            self._programs.close()
            self._built, self.text = None, "Building and compiling"
            kept = {name: getattr(model, name) for name in structure}
            context = program(replace(self.model, **kept), duration, self.record, backend=self.backend)
            self._built, self._structure = self._programs.enter_context(context), structure
            # A page takes constants of strings as well; it has asked which of them are nothing else.
            constants = getattr(self._built, "constants", {}).items()
            numbers = {name: InputSpec(one.dim, np.dtype(one.dtype), ()) for name, one in constants}
            self._built.slots = {**numbers, **self._built.slots}
        return self._built


def _read(model, settings):
    """Model, duration and seed of a request {"fields": {name: number in SI units}, "duration": s, "seed": n}."""
    if not isinstance(settings, dict) or not isinstance(settings.get("fields"), dict):
        raise ZooError("a request needs fields, duration and seed.")
    kinds = annotations(type(model))
    fields = {}
    for name, number in {**settings["fields"], "duration": settings.get("duration")}.items():
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise ZooError(f"{name} must be a number.")
    for name, number in settings["fields"].items():
        kind = kinds.get(name)
        if kind is int:
            number = round(number)
        elif isinstance(kind, Quantity):
            number = number * get_unit(kind.dim)
        fields[name] = number
    return replace(model, **fields), settings["duration"] * second, settings.get("seed")


def _packed(arrays, outputs, seconds) -> bytes:
    """A line of JSON, and the arrays that it lists, as the program writes them: time by index for traces."""
    rows, parts, offset = [], [], 0
    for name, output in outputs.items():
        if name not in arrays:
            continue
        values = np.asarray(arrays[name], dtype=output.dtype)
        raw = np.ascontiguousarray(values.T if output.columns is not None else values).tobytes()
        raw += bytes(-len(raw) % 8)
        rows.append({"name": name, "type": output.dtype.name, "offset": offset, "size": values.nbytes})
        parts.append(raw)
        offset += len(raw)
    return b"\n".join([json.dumps({"arrays": rows, "seconds": seconds}).encode(), b"".join(parts)])


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def explorer(self) -> Explorer:
        return self.server.explorer  # type: ignore[attr-defined]

    def do_GET(self):
        if not self._is_ours():
            return self._send(403, b"open the address that zoo explore prints.")
        if self.path == f"{self.explorer.root}progress":
            explorer = self.explorer
            said = {"text": explorer.text, "fraction": explorer.fraction}
            return self._send(200, json.dumps(said).encode(), "application/json")
        path = self.explorer.pages.get(self.path)
        if path is None:
            return self._send(404, b"no such file.")
        return self._send(200, path.read_bytes(), f"{_TYPES.get(path.suffix, 'text/plain')}; charset=utf-8")

    def do_POST(self):
        size = self.headers.get("Content-Length", "")
        if not self._is_ours() or not size.isdigit() or int(size) > _MOST_BYTES:
            self.close_connection = True
            return self._send(403, b"open the address that zoo explore prints.")
        body = self.rfile.read(int(size))
        if self.path == f"{self.explorer.root}stop":
            self.explorer.stop.set()
            return self._send(200, b"")
        if self.path != f"{self.explorer.root}run":
            return self._send(404, b"no such file.")
        try:
            run = _Run(json.loads(body))
        except ValueError:
            return self._send(400, b"the request is not JSON.")
        self.explorer.runs.put(run)
        run.done.wait()
        return self._send(run.status, run.body, "application/octet-stream" if run.status == 200 else "text/plain")

    def _is_ours(self):
        """Whether the request is for this address, with its token, and not from a page of another origin."""
        origin = self.headers.get("Origin")
        hosts = self.explorer.hosts
        return (
            self.headers.get("Host") in hosts
            and (origin is None or origin.partition("://")[2] in hosts)
            and secrets.compare_digest(self.path[: len(self.explorer.root)].encode(), self.explorer.root.encode())
        )

    def _send(self, status, body, kind="text/plain"):
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Nothing: the terminal is for the user."""
