"""A compiled program in the cache, and the folder of its data."""

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from zoo.build import cache, compiler
from zoo.codegen import fingerprint
from zoo.core import scratch
from zoo.core.errors import ZooError
from zoo.device import backends, context, main_lines, refused, values
from zoo.engine import process, project, time_constants
from zoo.engine.base import Program
from zoo.engine.outputs import outputs
from zoo.network import binding, finite
from zoo.result import versions

# Exit code of a program that found NaN or infinity, see finite.h.
_FAULT = 3

# The length of an environment variable that every system accepts.
_LONGEST = 100_000


class StandaloneProgram(Program):
    """A compiled program in the cache and a folder with its static arrays."""

    def __init__(self, model, duration, record, backend, folder, compiled, arch, threads=1):
        super().__init__(model, duration, record, backend)
        self.arch = arch
        self.threads = threads
        self.folder = folder
        self.project = folder / "project"
        self.project.mkdir()
        self._arrays = self.project / "static_arrays"
        self._written = False
        #: Fields by which differential equations divide, known where the sources are written.
        self.time_constants = set()
        start = time.monotonic()
        self._also = sorted(f"{name} {version}" for name, version in _building_versions().items())
        with scratch.room(folder):
            if compiled:
                self._also += backends.tools(backend)
                self._make_variables = backends.make_variables(backend, arch)
                self._make()
            else:
                self._build()
        self.build_seconds = time.monotonic() - start

    def _make(self, known=cache.known):
        """Build the network, and compile its program unless it exists; `known` maps its fingerprint to its key."""
        mark = self._build(known)
        if self._written:
            self.key = cache.key_of(self.project, elsewhere=self._elsewhere, also=self._also)
            self.binary()
            if mark:
                cache.remember(mark, self.key)

    def _build(self, known=None):
        """Build the network, and write its sources unless `known(fingerprint)` is the key of its program.

        Returns the fingerprint, or None when it does not determine the sources. Keeps no Brian2 objects.
        """
        with context.standalone(self.backend, self.model.dt, self.arch) as brian2_device:
            network, fields = self._assemble(values.bind_at_creation)
            refused.refuse(self.backend, network)
            with self._in_one_sentence():
                values.bind_fields()
                self._initialise(network)
                values.bind_values()
                self._inspect(network)
                network.run(self.duration, namespace={})
                main_lines.complete(brian2_device, network, self.project)
                mark = None
                if known:
                    also = [*compiler.identity(), *self._also, *self._make_variables]
                    mark = fingerprint.fingerprint(brian2_device, also)
                self.key = mark and known(mark)
                if not self.key:
                    self.time_constants = time_constants.of(self.model, network)
                    project.write_project(brian2_device, self.project)
                    self._elsewhere = project.files_elsewhere(brian2_device, self.project)
                    self._written = True
                    if getattr(brian2_device, "surprises", True) or self._elsewhere:
                        mark = None
            self.defaults = binding.checked(binding.field_values(self.model, fields), self.slots)
            self.outputs = {
                name: (output.without_variable(), brian2_device.get_array_filename(output.variable))
                for name, output in outputs(network, self.model.state).items()
            }
            #: Name -> the constant of strings that a program reads.
            numbers = getattr(brian2_device, "numbers", None)
            self.constants = numbers.named() if numbers else {}
            self.numbers = {k: (one.name, one.number) for k, one in enumerate(numbers.known)} if numbers else {}
            self.recorders = backends.recorders(self.backend, network)
            del network, fields
        return mark

    def binary(self) -> Path:
        """The compiled program, from the cache or newly compiled."""
        if not self._written:
            if found := cache.find(self.key):
                return found
            self._make(lambda _: None)  # the cache was cleared in the meantime
        return cache.program(self.key, type(self.model).__name__, self._compile)

    def _compile(self, staging):
        name = type(self.model).__name__
        if compiler.is_borrowed():
            raise compiler.Needed(
                {"key": self.key, "model": name, "also": self._also, "sources": project.sources(self.project)}
            )
        project.compile_project(self.project, name, self.key, self._make_variables)
        shutil.copy(self.project / "main", staging / "main")

    def _simulate(self, arrays, seed, duration, show):
        with scratch.room(self.folder), self._run_folder() as folder:
            (folder / "static_arrays").symlink_to(self._arrays)
            (folder / "results").mkdir()
            values.write_parameters(folder, self.defaults, seed, duration, self.threads)
            arguments = values.write_values(folder, arrays)
            status, messages = self._execute(folder, arguments, float(duration), show)
            faults = []
            if status == _FAULT:
                faults = finite.read((folder / "results/not_finite.txt").read_text())
            elif status or "Error" in messages or "ERROR" in messages:
                raise ZooError(process.failure(type(self.model).__name__, status, messages))
            said = (folder / "results/last_run_info.txt").read_text().split()
            if len(said) < 2:  # the last file that a program writes
                raise ZooError(f"the results of {type(self.model).__name__} are incomplete; is {folder.parent} full?")
            completed = float(said[1])
            end = completed * float(duration)
            found = {}
            for name, (output, file) in self.outputs.items():
                found[name] = output.quantity(np.fromfile(folder / "results" / file, dtype=output.dtype), end)
        return backends.normalised(found, self.recorders), completed, faults

    @contextlib.contextmanager
    def _run_folder(self):
        """A new folder for a run inside that of the program, whose lock protects it."""
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def environment(self) -> dict:
        """The environment of a run, which lists the results to write."""
        found = {**os.environ, **backends.environment(self.backend), "LD_BIND_NOW": "1"}
        wanted = "\n".join(["last_run_info.txt", *(file for _, file in self.outputs.values())])
        return {**found, "ZOO_OUTPUTS": wanted} if len(wanted) < _LONGEST else found

    def _execute(self, folder, arguments, duration, show):
        """Run the program in `folder`; returns its exit status and its messages."""
        arguments = ["--results_dir", "results/", *arguments]
        return process.execute(self.binary, arguments, folder, self.environment(), duration, show)


def _building_versions():
    return {name: version for name, version in versions().items() if name in ("brian2", "brian2-zoo")}
