"""Program: a built model that runs again and again with other values and seeds, without recompiling.

with program(model, 1*second, record) as p:
    first = p.run({"cells.drive": 30*mV}, seed=1)
    second = p.run({**first.state, "cells.drive": 35*mV}, seed=1)

A state has the pairs that its values for synapses belong to; another seed, which connects other pairs, is refused.
"""

import contextlib
import dataclasses
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import (
    BrianObject,
    EventMonitor,
    Network,
    PopulationRateMonitor,
    Quantity,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    second,
)
from brian2.units.fundamentalunits import Dimension
from numpy.typing import ArrayLike

from zoo.build import cache, compiler
from zoo.codegen import fingerprint
from zoo.core import progress, quantities, scratch
from zoo.core.errors import ZooError, in_one_sentence
from zoo.core.quantities import QuantityLike
from zoo.engine import binding, described, device, finite, memory, methods, namespaces
from zoo.functions.byte_table import ByteTable
from zoo.model import Model
from zoo.result import Result, collected, versions

#: "group.variable" -> value
Values = Mapping[str, ArrayLike]
#: An experiment's monitors for a network.
Record = Callable[[Any], Iterable[BrianObject] | BrianObject]

# Characters of an environment variable that every system takes.
_LONGEST = 100_000

# Exit code of a program that found a fault, see standalone/finite.h.
_FAULT = 3

# Seconds that a program has to stop after Ctrl-C before it is killed.
_PATIENCE = 10


class Interrupted(KeyboardInterrupt):
    """Ctrl-C stopped a run; `result` is what was simulated until then, with `completed` below 1."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


class NotFinite(ZooError):
    """A state variable has become NaN or infinite; `result` is what was simulated until then, `completed` is below 1."""

    def __init__(self, sentence: str, result: Result) -> None:
        super().__init__(sentence)
        self.result = result


class Program:
    """A built model. Made by `program`, which also ends it.

    Attributes: `model`, `duration`, `backend`, `slots` (what `run` takes, see `zoo.engine.binding.InputSpec`), `key` (of the compiled
    program in the cache, None on the runtime backend), `build_seconds`.
    """

    model: Model
    duration: QuantityLike
    backend: str
    slots: Mapping[str, binding.InputSpec]
    key: str | None = None
    build_seconds: float
    _declared: dict = {}  # field -> names of the groups whose equations declare it
    ended: bool = False

    def __init__(self, model: Model, duration: QuantityLike, record: Record | None, backend: str) -> None:
        self.model = model
        self.duration = self._checked_duration(duration)
        self.record = record
        self.backend = backend
        self.build_seconds = 0.0
        self._warned = set()  # durations

    def run(
        self,
        values: Values = {},
        *,
        seed: int = 0,
        duration: QuantityLike | None = None,
        show: Callable[[float], object] | None = None,
    ) -> Result:
        """Run with other values, initial values, weights or TimedArray values, and another seed; nothing is compiled.

        `values` maps "group.variable" to a number, an array, or for synapses a matrix W[i, j]; what a network takes is in
        `slots`. `duration` replaces that of the program. `show(fraction)` is called while the program runs; without it
        a terminal shows a line. When the monitors will need more memory than there is, a sentence on standard error says so
        before the run. Raises ZooError for a key the network does not have and a value that does not fit.
        """
        if self.ended:
            raise ZooError(
                f"the program of {type(self.model).__name__} has ended with its with block; call run() inside of the block."
            )
        arrays = binding.checked(values, self.slots)
        seed = _checked_seed(seed)
        if duration is not None:
            duration = self._checked_duration(duration)
            self._check_all_steps(duration)
        duration = self.duration if duration is None else duration
        self._warn_of_memory(duration)
        with progress.Line(type(self.model).__name__) as line:

            def tell(fraction):
                total = float(duration)
                line.show(fraction, f"{fraction * total:.3g} of {total:.3g} s simulated")

            start = time.monotonic()
            outputs, completed, faults = self._simulate(
                arrays, seed, duration, show or (tell if line.visible else None)
            )
        seconds = {"build": round(self.build_seconds, 3), "run": round(time.monotonic() - start, 3)}
        result = Result(
            arrays=outputs,
            model=self.model,
            duration=duration,
            backend=self.backend,
            seed=seed,
            state_names=self.carried,
            equations=described.with_delays(self.equations, arrays),
            monitors=self.recorded,
            key=self.key,
            seconds=seconds,
            completed=completed,
            versions=versions(),
        )
        if faults:
            sentence = finite.sentence(type(self.model).__name__, faults, self.equations, self.model.dt)
            sound = max(min(fault.finite_until for fault in faults), 0) / float(duration)
            raise NotFinite(sentence, dataclasses.replace(result, completed=min(sound, completed)))
        if completed < 1:
            raise Interrupted(result)
        return collected(result)

    def _warn_of_memory(self, duration):
        """Say it once for each duration when the monitors will need more memory than there is."""
        if float(duration) not in self._warned:
            sentence = memory.warning(self.monitors, duration, device.is_standalone(self.backend))
            if sentence:
                self._warned.add(float(duration))
                memory.warn(sentence)

    def _checked_duration(self, duration):
        duration = quantities.check_one("duration", duration, second)
        if duration < self.model.dt:
            raise ZooError(
                f"the duration is {quantities.format(duration)}, less than the time step {quantities.format(self.model.dt)}."
            )
        _check_steps(duration, self.model.dt)
        self.model.check_duration(duration)
        return duration

    def _check_all_steps(self, duration):
        for name, dt in self.clocks.items():
            _check_steps(duration, dt, f" of {name}")
        for name, dt in self.tables.items():
            if float(duration) / float(dt) >= memory.MOST_ELEMENTS or float(dt) / float(self.model.dt) > 2**53:
                raise ZooError(
                    f"the TimedArray {name} has steps of {quantities.format(dt)}; Brian2 counts to {memory.MOST_ELEMENTS:,} of them in "
                    f"a run, which takes {quantities.format(duration)}, and they may be no longer than 9e15 time steps; give it another dt."
                )

    def _assemble(self, on_group_created):
        """As `assemble`, with the monitors."""
        with self._in_one_sentence():
            network, self._declared = assemble(self.model, on_group_created, self._monitors)
            device.check_settings(self.model)
            device.check_methods(self.backend, network)
            device.check_links(network)
        return network, self._declared

    @contextlib.contextmanager
    def _in_one_sentence(self):
        explain = lambda error: namespaces.unresolved(self.model, self._declared, error)  # noqa: E731
        with in_one_sentence(type(self.model).__name__, explain), namespaces.unambiguous(self.model):
            yield

    def _initialise(self, network):
        nothing = lambda *_: None  # noqa: E731
        with device.only_building(type(self.model).__name__), device.watched(nothing, nothing) as groups:
            self.model.initialise(network)
        network.groups += groups  # standalone code is written for them later
        device.check_settings(self.model)

    def _monitors(self, network):
        if self.record is None:
            return []
        monitors = self.record(network)
        if isinstance(monitors, BrianObject):
            return [monitors]
        if isinstance(monitors, Iterable):
            monitors = list(monitors)
            if all(isinstance(item, BrianObject) for item in monitors):
                return monitors
        raise ZooError(f"record(network) has to return a list of Brian2 monitors, not {monitors!r}.")

    def _inspect(self, network):
        """Keep what is known of the network when it is complete."""
        self.clocks = {item.name: item.clock.dt for item in network.sorted_objects}
        self.tables = {
            array.name: array.dt * second for array in binding.tables(network) if isinstance(array, TimedArray)
        }
        self._check_all_steps(self.duration)
        self.slots = {key: place.slot for key, place in binding.places(network).items()}
        self.monitors = memory.recorders(network)
        self.equations = described.describe(network)
        self.recorded = described.recorded(network)
        self.carried = tuple(binding.carried(network, self.model.state))


def assemble(model, on_group_created=lambda group: None, monitors=lambda network: ()):
    """The network of `model` with `monitors(network)`, and the declared fields: name -> names of groups.

    `on_group_created(group)` is called for every group in the moment when it is made.
    """
    constants = namespaces.constants(model)

    def created(group, frame, code=""):
        if code:
            return namespaces.refuse_locals(model, group, frame, code)
        namespaces.complete(model, group, binding.declared(model, group), constants)
        namespaces.refuse_locals(model, group, frame)
        on_group_created(group)

    def assigned(view, item, value):
        binding.refuse_overwriting(model, view, item, value)

    with (
        device.only_building(type(model).__name__),
        memory.limits(),
        device.watched(created, assigned) as groups,
    ):
        network = model.build()
        if not isinstance(network, Network):
            raise ZooError(f"{type(model).__name__}.build has to return a Brian2 Network, not {network!r}.")
        network.groups = groups
        network._name = "network"  # Brian2 counts the networks that are alive; the name is part of the sources
        declared = binding.declared_in(model, network)
        namespaces.settle(model, network, declared, constants)
        network.add(monitors(network))
    return network, declared


class _RuntimeProgram(Program):
    """Runs in this Python process; builds the network anew for every run, as the seed rules the connections too."""

    def __init__(self, model, duration, record, backend):
        super().__init__(model, duration, record, backend)
        with device.runtime(backend, model.dt, 0):
            network, _ = self._assemble(lambda group: self._bind_at_creation(group, {}))
            self._inspect(network)
            _outputs(network, model.state)
            for item in network.objects:
                item._network = network.id  # or Brian2 warns that it was made and never used
            del network

    def _bind_at_creation(self, group, arrays):
        fields = {f"{group.name}.{name}": getattr(self.model, name) for name in binding.declared(self.model, group)}
        for key, place in binding.first_places(group).items():
            if key in fields:
                _assign(place, binding.checked({key: fields[key]}, {key: place.slot})[key])
            if key in arrays:
                _assign(place, arrays[key])

    def _simulate(self, arrays, seed, duration, show):
        with device.runtime(self.backend, self.model.dt, seed):
            network, fields = self._assemble(lambda group: self._bind_at_creation(group, arrays))
            places = binding.places(network)
            with self._in_one_sentence(), _kept_tables(places[key] for key in arrays):
                values = binding.checked(binding.field_values(self.model, fields), self.slots)
                for key, value in {**values, **arrays}.items():
                    if not places[key].is_end:  # initialise() may connect
                        _assign(places[key], value)
                self._initialise(network)
                for key, value in arrays.items():
                    _assign(places[key], value)
                report = (lambda elapsed, completed, start, total: show(completed)) if show else None
                methods.check(type(self.model).__name__, network)
                memory.check_delays(network)
                watch = finite.Watch(network)
                network.add(watch)
                faults = []
                try:
                    network.run(duration, report=report, report_period=0.1 * second, namespace={})
                    watch.finish()
                except finite.Found as found:
                    faults = found.faults
                finally:
                    Network._globally_running = False  # or Brian2 takes a Ctrl-C that comes later for one of its own
            completed = min(float(network.t / duration), 1.0)
            outputs = {
                name: output.quantity(np.array(output.variable.get_value()), float(network.t))
                for name, output in _outputs(network, self.model.state).items()
            }
            del network, places, watch
        return outputs, completed if completed < 1 - 1e-9 else 1.0, faults


class _StandaloneProgram(Program):
    """A compiled program in the cache and a folder with its static arrays."""

    def __init__(self, model, duration, record, backend, folder, compiled, arch):
        super().__init__(model, duration, record, backend)
        self.arch = arch
        self.folder = folder
        self.project = folder / "project"
        self.project.mkdir()
        self._arrays = self.project / "static_arrays"
        self._written = False
        start = time.monotonic()
        self._also = sorted(f"{name} {version}" for name, version in _building_versions().items())
        with scratch.room(folder):
            if compiled:
                self._also += device.tools(backend)
                self._make_variables = device.make_variables(backend, arch)
                self._make()
            else:
                self._build()
        self.build_seconds = time.monotonic() - start

    def _make(self, known=cache.known):
        """Build the network, and compile its program unless there is one; `known` finds its key by the fingerprint."""
        mark = self._build(known)
        if self._written:
            self.key = cache.key_of(self.project, elsewhere=self._elsewhere, also=self._also)
            self.binary()
            if mark:
                cache.remember(mark, self.key)

    def _build(self, known=None):
        """Build the network, and write its sources unless `known(fingerprint)` is the key of its program.

        Returns the fingerprint, or None when it does not stand for these sources. Of Brian2's objects nothing stays.
        """
        with device.standalone(self.backend, self.model.dt, self.arch) as brian2_device:
            network, fields = self._assemble(device.bind_at_creation)
            device.refuse(self.backend, network)
            with self._in_one_sentence():
                device.bind_fields()
                self._initialise(network)
                device.bind_values()
                self._inspect(network)
                network.run(self.duration, namespace={})
                device.complete(brian2_device, network, self.project)
                mark = None
                if known:
                    also = [*compiler.identity(), *self._also, *self._make_variables]
                    mark = fingerprint.fingerprint(brian2_device, also)
                self.key = mark and known(mark)
                if not self.key:
                    device.write_project(brian2_device, self.project)
                    self._elsewhere = device.files_elsewhere(brian2_device, self.project)
                    self._written = True
                    if getattr(brian2_device, "surprises", True) or self._elsewhere:
                        mark = None
            self.defaults = binding.checked(binding.field_values(self.model, fields), self.slots)
            self.outputs = {
                name: (output.without_variable(), brian2_device.get_array_filename(output.variable))
                for name, output in _outputs(network, self.model.state).items()
            }
            self.recorders = device.recorders(self.backend, network)
            del network, fields
        return mark

    def binary(self) -> Path:
        """The compiled program, from the cache or newly made."""
        if not self._written:
            if found := cache.find(self.key):
                return found
            self._make(lambda _: None)  # somebody has cleared the cache since
        return cache.program(self.key, type(self.model).__name__, self._compile)

    def _compile(self, staging):
        name = type(self.model).__name__
        if compiler.is_borrowed():
            raise compiler.Needed(
                {"key": self.key, "model": name, "also": self._also, "sources": sources(self.project)}
            )
        compile_project(self.project, name, self.key, self._make_variables)
        shutil.copy(self.project / "main", staging / "main")

    def _simulate(self, arrays, seed, duration, show):
        with scratch.room(self.folder), self._run_folder() as folder:
            (folder / "static_arrays").symlink_to(self._arrays)
            (folder / "results").mkdir()
            write_parameters(folder, self.defaults, seed, duration)
            arguments = write_values(folder, arrays)
            status, messages = self._execute(folder, arguments, float(duration), show)
            faults = []
            if status == _FAULT:
                faults = finite.read((folder / "results/not_finite.txt").read_text())
            elif status or "Error" in messages or "ERROR" in messages:
                raise ZooError(self._failure(status, messages))
            said = (folder / "results/last_run_info.txt").read_text().split()
            if len(said) < 2:  # the last file that is written
                raise ZooError(
                    f"the results of {type(self.model).__name__} are cut off; is there room in {folder.parent}?"
                )
            completed = float(said[1])
            end = completed * float(duration)
            outputs = {}
            for name, (output, file) in self.outputs.items():
                outputs[name] = output.quantity(np.fromfile(folder / "results" / file, dtype=output.dtype), end)
        return device.tidied(outputs, self.recorders), completed, faults

    @contextlib.contextmanager
    def _run_folder(self):
        """A new folder for a run, in that of the program, which is locked: it needs no lock of its own."""
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def environment(self) -> dict:
        """The environment of a run, in which only those results are written that are read."""
        found = {**os.environ, **device.environment(self.backend), "LD_BIND_NOW": "1"}
        wanted = "\n".join(["last_run_info.txt", *(file for _, file in self.outputs.values())])
        return {**found, "ZOO_OUTPUTS": wanted} if len(wanted) < _LONGEST else found

    def _execute(self, folder, arguments, duration, show):
        """Run the program in `folder`; its exit status and what it said."""
        command = ["--results_dir", "results/", *arguments]
        environment = {**self.environment(), "ZOO_PARENT": str(os.getpid())}
        reading, writing = os.pipe() if show else (None, None)
        if show:
            environment["ZOO_PROGRESS"] = str(writing)
        with open(folder / "messages.txt", "w+", errors="replace") as messages:
            for attempt in (1, 2):
                try:
                    # A group of its own: Ctrl-C reaches the program through us, and the program can finish its files.
                    process = subprocess.Popen(
                        [self.binary(), *command], cwd=folder, env=environment, stdout=messages, stderr=messages,
                        pass_fds=[writing] if show else [], start_new_session=True,
                    )  # fmt: skip
                    break
                except FileNotFoundError:
                    if attempt == 2:  # once is a cache that was cleared at this moment
                        raise
            try:
                if show:
                    os.close(writing)
                    self._follow(reading, duration, show)
                process.wait()
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_PATIENCE)
                if process.poll() in (None, -signal.SIGINT):
                    raise  # it was not yet, or no longer, in its simulation loop: nothing is complete
            finally:
                process.kill()
                process.wait()
                if show:
                    os.close(reading)
            messages.seek(0)
            return process.returncode, messages.read()

    def _follow(self, pipe, duration, show):
        while report := os.read(pipe, 4096):
            show(min(float(np.frombuffer(report[-8:])[0]) / duration, 1.0))

    def _failure(self, status, messages):
        name = type(self.model).__name__
        said = " ".join(line for line in messages.splitlines() if "rror" in line)[:500]
        if status == 2:  # the program's own sentence on its parameters
            return f"{name}: {said.removeprefix('Error: ')}"
        if status < 0:
            reason = signal.Signals(-status).name
            hint = " (not enough memory?)" if -status == signal.SIGKILL else ""
            return f"the program of {name} was ended by {reason}{hint}. {said}".rstrip()
        return f"the program of {name} failed with exit code {status}: {said or messages[-500:].strip()}"


def compile_project(project: Path, name: str, key: str, variables=()) -> None:
    """Make the program `main` in the folder `project`; raises ZooError, with the compiler's log, when it is refused."""
    log = project.parent / "compiler.log"
    with progress.Line(f"compiling {name}") as line, open(log, "w") as file:
        # A group of its own, so that with make also its compilers can be stopped.
        process = subprocess.Popen(
            ["make", f"-j{os.cpu_count()}", "main", *variables], cwd=project, env=compiler.environment(),
            stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
        try:
            while process.poll() is None:
                line.show(0)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if process.returncode:
        kept = cache.log_file(key)
        shutil.copy(log, kept)
        raise ZooError(f"the compiler refuses the code of {name}; its messages are in {kept}.")


# What a project holds besides its sources: the data of a run.
_DATA = ("static_arrays", "results")


def sources(project: Path) -> dict:
    """The sources in the folder `project`: path -> content, a character for each byte."""
    paths = [path for path in sorted(project.rglob("*")) if path.is_file()]
    names = {str(path.relative_to(project)): path for path in paths}
    return {
        name: path.read_bytes().decode("latin-1") for name, path in names.items() if Path(name).parts[0] not in _DATA
    }


def from_sources(request: dict) -> dict:
    """The program that a machine without a compiler asks for (see `compiler.Needed`), as arguments for `cache.receive`."""
    key, name = request["key"], request["model"]
    with scratch.folder() as folder:
        project = (folder / "project").resolve()
        for path, content in request["sources"].items():
            target = (project / path).resolve()
            if not target.is_relative_to(project):
                raise ZooError(f"a worker sent sources of {name} with the file {path!r}, outside their folder.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode("latin-1"))
        if cache.key_of(project, also=request["also"]) != key:
            raise ZooError(
                f"the sources of {name} that a worker sent are not those of its key; has it the same version of the zoo?"
            )

        def build(staging):
            compile_project(project, name, key)
            shutil.copy(project / "main", staging / "main")

        content = cache.program(key, name, build).read_bytes()
    return {"key": key, "model": name, "content": content, "sha256": hashlib.sha256(content).hexdigest()}


@dataclasses.dataclass(frozen=True)
class _Output:
    """An array that a run gives: its dimension and data type; `columns` is the number of recorded indices."""

    variable: object
    dimensions: Dimension
    dtype: np.dtype
    shared: bool
    columns: int | None = None
    #: Of indices, the first neuron that they count from.
    first: int = 0
    #: Whether it is the time of what happened last, which counts from the end of the run.
    is_last: bool = False

    def quantity(self, numbers, end):
        if self.first or self.is_last:
            numbers = numbers - (self.first or end)
        if self.columns is not None:
            rows = numbers.reshape(-1, self.columns) if self.columns else np.zeros((0, 0))
            numbers = np.ascontiguousarray(rows.T)
        elif self.shared:
            numbers = numbers.reshape(())
        return numbers if self.dimensions.is_dimensionless else Quantity(numbers, dim=self.dimensions, copy=False)

    def without_variable(self):
        return dataclasses.replace(self, variable=None)


@contextlib.contextmanager
def program(
    model: Model,
    duration: QuantityLike,
    record: Record | None = None,
    *,
    backend: str = "cpp",
    compiled: bool = True,
    arch: str | None = None,
) -> Iterator[Program]:
    """A `Program` of `model` for the block of a with statement.

    `record(network)` gives the monitors; `backend` is "runtime" (numpy), "cython", "cpp", "cpp-stock" (Brian2's own C++
    standalone device) or "cuda". With `compiled=False` a standalone program is only written, to its folder `project`.
    `arch`, such as "sm_90", is the GPU that "cuda" compiles for, by default that of this machine.
    Raises ZooError for what the backend cannot do or this machine lacks.
    """
    if not isinstance(model, Model):
        raise ZooError(f"program needs a Model, not {model!r}.")
    device.check(backend, compiled, arch)
    with contextlib.ExitStack() as stack:
        if device.is_standalone(backend):
            folder = stack.enter_context(scratch.folder())
            made = _StandaloneProgram(model, duration, record, backend, folder, compiled, arch)
        else:
            made = _RuntimeProgram(model, duration, record, backend)
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
) -> Result:
    """Build `model`, run it once for `duration`, and return what `record` asked for; see `program`."""
    with program(model, duration, record, backend=backend) as built:
        return built.run(values, seed=seed)


def write_parameters(folder: Path, defaults: dict, seed: int, duration) -> None:
    """Write parameters.txt, from which a program takes what the command line does not give."""
    lines = [f"seed={seed}", f"duration={float(duration)!r}", *write_values(folder, defaults)]
    (folder / "parameters.txt").write_text("".join(f"{line}\n" for line in lines))


def write_values(folder: Path, arrays: dict) -> list:
    """The arguments "name=number", "name=file" and "name=@file" (a matrix) of a program; the files go to `folder`."""
    arguments = []
    for name, array in arrays.items():
        if array.size == 1:
            arguments.append(f"{name}={array.item()!r}")
        else:
            (folder / "values").mkdir(exist_ok=True)
            array.tofile(folder / "values" / name)
            arguments.append(f"{name}={'@' if array.ndim == 2 else ''}values/{name}")
    return arguments


def _outputs(network, state):
    """What a run gives, by name."""
    found = {}
    # By the names of the objects; what a monitor records stays in the order in which it was asked for.
    for item in sorted(network.objects, key=lambda item: item.name):
        if isinstance(item, (SpikeMonitor, EventMonitor)):
            names = [*item.record_variables, "count"]
        elif isinstance(item, StateMonitor):
            names = ["t", *item.record_variables]
            if "record" in names:
                raise ZooError(
                    f"the monitor {item.name} records a variable named record, and {item.name}.record is the name of its "
                    "recorded indices; rename the variable."
                )
            found[f"{item.name}.record"] = _output(item.variables["_indices"])
        elif isinstance(item, PopulationRateMonitor):
            names = ["t", "rate"]
        else:
            continue
        for name in names:
            columns = item.n_indices if isinstance(item, StateMonitor) and name != "t" else None
            found[f"{item.name}.{name}"] = _output(item.variables[name], columns)
    groups = {item.name: item for item in network.objects}
    for name in binding.carried(network, state):
        group, _, variable = name.partition(".")
        item = groups[group]
        if isinstance(item, Synapses) and variable in binding.ENDS:
            end = item.source if variable == "i" else item.target
            output = _output(item.variables[binding.ENDS[variable]])
            found[name] = dataclasses.replace(output, first=binding.first_neuron(end))
        else:
            found[name] = dataclasses.replace(_output(item.variables[variable]), is_last=variable in binding.LAST)
    return found


def _output(variable, columns=None):
    return _Output(variable, variable.dim, np.dtype(variable.dtype), variable.scalar, columns)


def _assign(place, numbers):
    """Set what is at `place` of a runtime network; `numbers` come from `binding.checked`."""
    variable = place.variable
    if isinstance(variable, TimedArray):
        variable.values = np.resize(numbers, variable.values.shape)
        # The numpy implementation holds on to the old array; make it anew.
        (variable._init_1d if variable.values.ndim == 1 else variable._init_2d)()
        return
    if isinstance(variable, ByteTable):
        variable.values[:] = np.resize(numbers, variable.values.shape)
        return
    if place.is_end:
        end = place.synapses.source if variable.name == binding.ENDS["i"] else place.synapses.target
        if not np.array_equal(variable.get_value() - binding.first_neuron(end), numbers):
            raise ZooError(
                f"{place.synapses.name}: the values for synapses are of other pairs than this seed connects; give the seed of the "
                "run that they come from, or a matrix W[i, j]."
            )
        return
    if numbers.ndim == 2:
        numbers = numbers[place.synapses.i[:], place.synapses.j[:]]
    array = variable.get_value()
    if numbers.size not in (1, array.size):
        raise ZooError(f"{variable.owner.name}.{variable.name} takes {array.size} values, not {numbers.size}.")
    array[:] = numbers


def _check_steps(duration, dt, whose=""):
    """Beyond 2^53 steps two times are the same number, and beyond 2^63 Brian2 takes no step at all."""
    if float(duration) / float(dt) > 2**53:
        raise ZooError(
            f"{quantities.format(duration)} are {float(duration) / float(dt):.2g} time steps{whose} of {quantities.format(dt)}, more than "
            "can be counted (9e15); take a shorter duration, or longer steps."
        )


@contextlib.contextmanager
def _kept_tables(places):
    """Gives TimedArrays and ByteTables their values back: one at the top of a file outlives the run."""
    kept = [
        (place, place.variable.values.copy()) for place in places if isinstance(place.variable, (TimedArray, ByteTable))
    ]
    try:
        yield
    finally:
        for place, values in kept:
            _assign(place, values)


def _checked_seed(seed):
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ZooError(f"the seed has to be a whole number from 0 to 4294967295, not {seed!r}.")
    return int(seed)


def _building_versions():
    return {name: version for name, version in versions().items() if name in ("brian2", "brian2-zoo")}
