"""Result: what a run gives, a mapping from "group.variable" to quantities, and its folder on disk."""

import contextlib
import contextvars
import dataclasses
import functools
import hashlib
import json
import platform
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import brian2
import numpy as np
from brian2 import Quantity, second
from brian2.units.fundamentalunits import get_dimensions

import zoo
from zoo import files, quantities
from zoo.errors import ZooError
from zoo.model import Model, annotations

_collected = contextvars.ContextVar("results", default=None)

# Arrays of parameters with more values than this stand in arrays.npz, not in run.json.
_LARGE = 64


@dataclasses.dataclass(frozen=True, eq=False)
class Result(Mapping):
    """The numbers of one run under their names "monitor.variable", and where they come from.

    A SpikeMonitor `spikes` gives ``spikes.i``, ``spikes.t`` and ``spikes.count``; a StateMonitor `trace` of v gives
    ``trace.t``, ``trace.v`` of shape (recorded, time) and ``trace.record``, the recorded indices; a
    PopulationRateMonitor `rate` gives ``rate.t`` and ``rate.rate``. What `Model.state` names is there as well.
    """

    arrays: dict
    #: The model that ran; of a loaded result the model, or its Parameters when the class is not at hand.
    model: "Model | Parameters"
    duration: Quantity
    backend: str
    seed: int
    #: The names of `arrays` that a next run can be started from.
    state_names: tuple = ()
    #: The strings that Brian2 got: object name -> part -> text.
    equations: dict = dataclasses.field(default_factory=dict)
    #: The key of the compiled program, None on the runtime backend.
    key: str | None = None
    #: Wall time of "build" and "run" in seconds.
    seconds: dict = dataclasses.field(default_factory=dict)
    #: The simulated part of the duration; below 1 when the run was stopped.
    completed: float = 1.0
    #: Numbers that an experiment adds.
    numbers: dict = dataclasses.field(default_factory=dict)
    #: The name of the experiment, by which `zoo plot` finds its figures.
    experiment: str = ""
    versions: dict = dataclasses.field(default_factory=lambda: versions())

    def __getitem__(self, name):
        try:
            return self.arrays[name]
        except KeyError:
            raise KeyError(f"{name!r} is not in this result; it has {', '.join(sorted(self.arrays))}") from None

    def __iter__(self):
        return iter(self.arrays)

    def __len__(self):
        return len(self.arrays)

    def __repr__(self):
        name = self.model.name if isinstance(self.model, Parameters) else type(self.model).__name__
        return f"<Result of {name} on {self.backend}: {', '.join(sorted(self.arrays))}>"

    @property
    def state(self) -> dict:
        """What the next run needs to go on from here: values for `Program.run`."""
        return {name: self.arrays[name] for name in self.state_names}

    def with_numbers(self, **numbers) -> "Result":
        """The same result with further numbers of an experiment."""
        return dataclasses.replace(self, numbers={**self.numbers, **numbers})

    def with_only(self, arrays: dict) -> "Result":
        """The same result with these arrays in the place of its own."""
        return dataclasses.replace(self, arrays=dict(arrays))

    def save(self, folder) -> Path:
        """Write run.json and arrays.npz into `folder`, by renames; other files in there stay.

        Numbers are in SI units. Raises ZooError when the folder cannot be written.
        """
        folder = Path(folder)
        arrays = {name: np.asarray(value) for name, value in self.arrays.items()}
        model = self.model if isinstance(self.model, Parameters) else Parameters.of(self.model)
        parameters = {
            name: _to_json(value, f"parameters/{name}", arrays) for name, value in model.values.items()
        }
        record = {
            "format": 1,
            "experiment": self.experiment,
            "model": model.name,
            "module": model.module,
            "parameters": parameters,
            "equations": self.equations,
            "duration": _to_json(self.duration),
            "backend": self.backend,
            "seed": self.seed,
            "state": list(self.state_names),
            "units": {name: _unit(value) for name, value in self.arrays.items()},
            "key": self.key,
            "seconds": self.seconds,
            "completed": self.completed,
            "numbers": self.numbers,
            "versions": self.versions,
        }
        with files.cannot_write(folder):
            folder.mkdir(parents=True, exist_ok=True)
            # Both are complete before the first rename, and one vouches for the other.
            with files.replacing(folder / "arrays.npz") as data, files.replacing(folder / "run.json") as text:
                with open(data, "wb") as file:
                    np.savez_compressed(file, **arrays)
                record["sha256"] = _hash(data)
                text.write_text(json.dumps(record, indent=1) + "\n")
        return folder

    @classmethod
    def load(cls, folder) -> "Result":
        """Read what `save` wrote; raises ZooError when the folder holds no result or a damaged one."""
        folder = Path(folder)
        try:
            record = json.loads((folder / "run.json").read_text())
            if _hash(folder / "arrays.npz") != record["sha256"]:
                raise ValueError("arrays.npz is not the one that run.json was written with")
            with np.load(folder / "arrays.npz", allow_pickle=False) as file:
                stored = {name: file[name] for name in file.files}
            arrays = {name: _quantity(stored[name], unit) for name, unit in record["units"].items()}
            parameters = {name: _from_json(value, stored) for name, value in record["parameters"].items()}
            return cls(
                arrays=arrays,
                model=_model(record["model"], record["module"], parameters),
                duration=quantities.check("duration", _from_json(record["duration"], stored), second),
                backend=str(record["backend"]),
                seed=int(record["seed"]),
                state_names=tuple(name for name in record["state"] if name in arrays),
                equations=dict(record["equations"]),
                key=record["key"],
                seconds=dict(record["seconds"]),
                completed=float(record["completed"]),
                numbers=dict(record["numbers"]),
                experiment=str(record["experiment"]),
                versions=dict(record["versions"]),
            )
        except FileNotFoundError as error:
            raise ZooError(f"{folder} is not a result folder: it has no {Path(error.filename).name}.") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
            raise ZooError(f"the result in {folder} is damaged ({_first_line(error)}); run it again.") from None


@contextlib.contextmanager
def collect():
    """A list that fills with every Result made inside the block, for callers that only start an experiment."""
    results = []
    token = _collected.set(results)
    try:
        yield results
    finally:
        _collected.reset(token)


def collected(result: Result) -> Result:
    """Hand `result` to the enclosing `collect`, if there is one."""
    if _collected.get() is not None:
        _collected.get().append(result)
    return result


def versions() -> dict:
    """Versions of everything that the numbers of a run depend on."""
    return {
        "brian2-zoo": zoo.__version__,
        "brian2": brian2.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "git": _revision(),
    }


@functools.cache
def _revision():
    """The git revision of the checkout that this package runs from, with "+" behind it when files differ, or None."""
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
    """The parameters of a model whose class is not at hand; its fields are attributes."""

    name: str
    module: str
    values: dict

    @classmethod
    def of(cls, model: Model) -> "Parameters":
        values = {name: getattr(model, name) for name in annotations(type(model))}
        return cls(type(model).__name__, type(model).__module__, values)

    def __getattr__(self, name):
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(f"{self.__dict__['name']} has no parameter {name!r}") from None


def _model(name, module, parameters):
    """The model of a stored result, when a class of the zoo still has these fields, else its bare parameters."""
    from zoo import catalogue  # the catalogue imports models only when asked

    model_class = catalogue.model_class(module, name)
    if model_class is not None and set(parameters) == set(annotations(model_class)):
        return model_class(**parameters)
    return Parameters(name, module, parameters)


def _unit(value) -> str:
    return quantities.si_text(get_dimensions(value))


def _quantity(numbers, unit):
    """SI numbers with the unit that `_unit` wrote."""
    dimensions = get_dimensions(quantities.parse(unit))
    if dimensions.is_dimensionless:
        return numbers if np.ndim(numbers) else np.asarray(numbers).item()
    return Quantity(numbers, dim=dimensions)


def _to_json(value, name="", arrays=None):
    """A parameter as JSON: SI numbers and their unit; large arrays go into `arrays` under `name`."""
    if isinstance(value, (Quantity, np.ndarray)):
        numbers = np.asarray(value)
        if arrays is not None and numbers.size > _LARGE:
            arrays[name] = numbers
            return {"array": name, "unit": _unit(value)}
        return {"value": numbers.tolist(), "unit": _unit(value)}
    if dataclasses.is_dataclass(value):
        return {
            field.name: _to_json(getattr(value, field.name), f"{name}.{field.name}", arrays)
            for field in dataclasses.fields(value)
        }
    if isinstance(value, (tuple, list)):
        return [_to_json(item, f"{name}.{position}", arrays) for position, item in enumerate(value)]
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)


def _from_json(value, arrays):
    if isinstance(value, dict) and "unit" in value:
        numbers = arrays[value["array"]] if "array" in value else value["value"]
        return _quantity(np.asarray(numbers), value["unit"])
    if isinstance(value, dict):
        return {name: _from_json(item, arrays) for name, item in value.items()}
    if isinstance(value, list):
        return tuple(_from_json(item, arrays) for item in value)
    return value


def _hash(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_line(error):
    return (str(error) or type(error).__name__).splitlines()[0]
