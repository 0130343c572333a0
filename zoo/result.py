"""Result: the output of a run, a mapping from "group.variable" to quantities, and its folder on disk."""

import contextlib
import contextvars
import dataclasses
import functools
import hashlib
import json
import platform
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from brian2 import second
from brian2.units.fundamentalunits import get_dimensions

from zoo import __version__
from zoo.core import files, packages, quantities, stored
from zoo.core.errors import ZooError, first_line, listed, quoted
from zoo.core.quantities import QuantityLike
from zoo.model import Model, annotations

_collected: contextvars.ContextVar[list | None] = contextvars.ContextVar("results", default=None)

# The format of run.json and arrays.npz; other formats are not read.
FORMAT = 2


@dataclasses.dataclass(frozen=True, eq=False)
class Result(Mapping[str, Any]):
    """The numbers of one run under the names "monitor.variable", with the model and the settings that gave them.

    A SpikeMonitor `spikes` gives ``spikes.i``, ``spikes.t`` and ``spikes.count``; a StateMonitor `trace` of v gives
    ``trace.t``, ``trace.v`` of shape (recorded, time) and ``trace.record``, the recorded indices; a
    PopulationRateMonitor `rate` gives ``rate.t`` and ``rate.rate``. It also has the variables in `Model.state`.
    """

    arrays: dict[str, Any]
    #: The model of the run; in a loaded result its Parameters when the class is not available.
    model: "Model | Parameters"
    duration: QuantityLike
    backend: str
    seed: int
    #: The names of `arrays` from which another run can start.
    state_names: tuple[str, ...] = ()
    #: The strings of the Brian2 objects: object name -> part -> text.
    equations: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    #: The monitors: name -> "kind", such as "SpikeMonitor", "dt" of its clock in seconds, and
    #: "of", what an index counts: "neuron", "synapse" or "compartment".
    monitors: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    #: The key of the compiled program; None on the runtime backend.
    key: str | None = None
    #: Wall time of "build" and "run" in seconds.
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    #: The simulated fraction of the duration; below 1 when the run was stopped.
    completed: float = 1.0
    #: Numbers that an experiment adds.
    numbers: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: The name of the experiment, by which `zoo plot` finds its figures.
    experiment: str = ""
    versions: dict[str, str | None] = dataclasses.field(default_factory=lambda: versions())

    def __getitem__(self, name: str) -> Any:
        try:
            return self.arrays[name]
        except KeyError:
            raise KeyError(f"{name!r} is not in this result; it has {listed(sorted(self.arrays))}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __repr__(self) -> str:
        name = self.model.name if isinstance(self.model, Parameters) else type(self.model).__name__
        return f"<Result of {name} on {self.backend}: {listed(sorted(self.arrays))}>"

    @property
    def state(self) -> dict[str, Any]:
        """The values for `Program.run` with which the next run continues this one."""
        return {name: self.arrays[name] for name in self.state_names}

    def with_numbers(self, **numbers: Any) -> "Result":
        """The same result with further numbers of an experiment."""
        return dataclasses.replace(self, numbers={**self.numbers, **numbers})

    def with_only(self, arrays: Mapping[str, Any]) -> "Result":
        """The same result with other arrays."""
        return dataclasses.replace(self, arrays=dict(arrays))

    def save(self, folder: str | Path) -> Path:
        """Write run.json and arrays.npz into `folder`, by renames; its other files stay.

        Numbers are in SI units. Raises ZooError when the folder cannot be written.
        """
        folder = Path(folder)
        arrays = {name: np.asarray(value) for name, value in self.arrays.items()}
        model = self.model if isinstance(self.model, Parameters) else Parameters.of(self.model)
        record = {
            "format": FORMAT,
            "experiment": self.experiment,
            "model": model.name,
            "module": model.module,
            "parameters": {
                name: stored.to_json(value, f"parameters/{name}", arrays) for name, value in model.values.items()
            },
            "equations": self.equations,
            "monitors": self.monitors,
            "duration": stored.to_json(self.duration),
            "backend": self.backend,
            "seed": int(self.seed),
            "state": list(self.state_names),
            "units": {name: quantities.si_text(get_dimensions(value)) for name, value in self.arrays.items()},
            "key": self.key,
            "seconds": {name: float(value) for name, value in self.seconds.items()},
            "completed": float(self.completed),
            "numbers": {name: stored.to_json(value, f"numbers/{name}", arrays) for name, value in self.numbers.items()},
            "versions": self.versions,
        }
        with files.cannot_write(folder):
            folder.mkdir(parents=True, exist_ok=True)
            # run.json holds the hash of arrays.npz, so that a mixture of two results is detected.
            with files.replacing(folder / "arrays.npz", folder / "run.json") as (data, text):
                _write_arrays(data, arrays)
                record["sha256"] = _hash(data)
                text.write_text(json.dumps(record, indent=1) + "\n")
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> "Result":
        """Read the files of `save`; raises ZooError when the folder holds no result or a damaged one."""
        folder = Path(folder)
        try:
            record = json.loads((folder / "run.json").read_text())
            written = record["format"]
            if written == FORMAT:
                return cls._of(record, folder)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ZooError(f"{folder} is not a result folder: it has no {Path(error.filename).name}.") from None
        except Exception as error:  # anything may be in these files
            raise ZooError(f"the result in {folder} is damaged ({first_line(error)}); run it again.") from None
        raise ZooError(
            f"the result in {folder} has the format {quoted(written)}, and this version of the zoo reads {FORMAT}; "
            "run it again."
        )

    @classmethod
    def _of(cls, record, folder):
        """The result of a run.json; raises various exceptions when it is damaged."""
        if _hash(folder / "arrays.npz") != record["sha256"]:
            raise ValueError("arrays.npz does not belong to run.json")
        with np.load(folder / "arrays.npz", allow_pickle=False) as file:
            numbers = {name: file[name] for name in file.files}
        arrays = {name: stored.with_unit(numbers[name], unit) for name, unit in _entry(record, "units", dict).items()}
        parameters, more = (
            {name: stored.from_json(value, numbers) for name, value in _entry(record, part, dict).items()}
            for part in ("parameters", "numbers")
        )
        completed = float(record["completed"])
        if not 0 <= completed <= 1:
            raise ValueError(f"completed is {completed}, which is no fraction of the duration")
        return cls(
            arrays=arrays,
            model=_model(_entry(record, "model", str), _entry(record, "module", str), parameters),
            duration=quantities.check_one("duration", stored.from_json(record["duration"], {}), second),
            backend=_entry(record, "backend", str),
            seed=_entry(record, "seed", int),
            state_names=tuple(name for name in _entry(record, "state", list) if name in arrays),
            equations=_entry(record, "equations", dict),
            # Results of earlier versions have none.
            monitors=_monitors(_entry(record, "monitors", dict)) if "monitors" in record else {},
            key=_entry(record, "key", (str, type(None))),
            seconds={name: float(value) for name, value in _entry(record, "seconds", dict).items()},
            completed=completed,
            numbers=more,
            experiment=_entry(record, "experiment", str),
            versions=_entry(record, "versions", dict),
        )


@contextlib.contextmanager
def collect() -> Iterator[list[Result]]:
    """A list of all Results created inside the block, for callers that only start an experiment."""
    results = []
    token = _collected.set(results)
    try:
        yield results
    finally:
        _collected.reset(token)


def collected(result: Result) -> Result:
    """Add `result` to the list of the enclosing `collect`, if any."""
    if _collected.get() is not None:
        _collected.get().append(result)
    return result


def versions() -> dict[str, str | None]:
    """The versions of everything on which the numbers of a run depend."""
    return {
        "brian2-zoo": __version__,
        "brian2": brian2.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "git": _revision(),
    }


@functools.cache
def _revision():
    """The git revision of this package's checkout, with "+" appended when files differ, or None."""
    checkout = Path(__file__).parents[1]
    if not (checkout / ".git").exists():
        return None
    try:
        revision = subprocess.run(
            ["git", "-C", checkout, "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"],
            capture_output=True, text=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return revision.stdout.strip() or None


@dataclasses.dataclass(frozen=True)
class Parameters:
    """The parameters of a model whose class is not available; its fields are attributes."""

    name: str
    module: str
    values: dict[str, Any]

    @classmethod
    def of(cls, model: Model) -> "Parameters":
        values = {name: getattr(model, name) for name in annotations(type(model))}
        return cls(type(model).__name__, type(model).__module__, values)

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("values", ()):
            return self.__dict__["values"][name]
        raise AttributeError(f"{self.__dict__.get('name')} has no parameter {name!r}")


def _model(name, module, parameters):
    """The model of a stored result, else its bare parameters: when its class is not at hand, or no longer takes the values.

    A field that the class has got since takes its default, one that it has lost is left out; standard error says which.
    """
    bare = Parameters(name, module, parameters)
    try:
        model_class = packages.model_class(module, name)
    except ZooError:  # its package cannot be imported
        return bare
    if model_class is None:
        return bare
    kinds = annotations(model_class)
    kept = {field: value for field, value in parameters.items() if field in kinds}
    if not stored.is_whole(kept):
        return bare
    lost = parameters.keys() - kinds.keys()
    try:
        model = model_class(**{field: stored.as_annotated(value, kinds[field], lost) for field, value in kept.items()})
    except (ZooError, TypeError):  # a check that is newer than the result, or a row without a field that it needs now
        return bare
    _print_changes(name, tuple(sorted(kinds.keys() - parameters.keys())), tuple(sorted(lost)))
    return model


@functools.cache
def _print_changes(name, new, lost):
    """Print once what a model has gained, and lost, since a result was stored."""
    parts = [f"new, with the default: {listed(new)}"] if new else []
    parts += [f"left out: {listed(lost)}"] if lost else []
    if parts:
        print(f"zoo: {name} has changed since this result ({'; '.join(parts)}).", file=sys.stderr)


def _entry(record, name, kind):
    """An entry of run.json; raises TypeError when it has another type."""
    if not isinstance(record[name], kind) or isinstance(record[name], bool):
        raise TypeError(f"{name} is {quoted(record[name])}")
    return record[name]


def _monitors(record):
    """The monitors of a run.json; raises various exceptions when they are damaged."""
    found = {}
    for name, monitor in record.items():
        kind, dt, of = (
            _entry(monitor, "kind", str),
            float(_entry(monitor, "dt", (int, float))),
            _entry(monitor, "of", str),
        )
        if not 0 < dt < float("inf"):
            raise ValueError(f"the time step of {name} is {dt}")
        found[name] = {"kind": kind, "dt": dt, "of": of}
    return found


def _write_arrays(path, arrays):
    """As numpy.savez_compressed, whose argument names no array could have."""
    with zipfile.ZipFile(
        path, "w", zipfile.ZIP_DEFLATED, compresslevel=4
    ) as archive:  # as small as 6, in half the time
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise ZooError(
                    f"{name} is an array of Python objects; a result stores arrays of numbers and of strings."
                )
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def _hash(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
