"""Sweep: an experiment at many points, and the table of their numbers.

A sweep has a folder. `sweep.json` describes the points, a file in `journal/` gets a line for every finished point, and
`table.csv` and `table.npz` are built from these lines: after a kill only the points that were running are lost.
"""

import contextlib
import csv
import dataclasses
import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import get_dimensions
from numpy.typing import NDArray

from zoo.catalogue import registry as catalogue
from zoo.core import files, progress, quantities, system
from zoo.core.errors import ZooError, first_line, quoted, unknown
from zoo.result import versions
from zoo.sweeps import provenance, workers
from zoo.sweeps.axes import as_text, grid, pairs, values_of

FORMAT = 1
#: The largest number of values of an option that are checked before a sweep starts: the first, the last and some between.
CHECKED = 200
#: The number of failed points that the terminal shows; the table has all.
TOLD = 10
#: The possible outcomes of a point. A point without a record is missing.
STATUSES = ("ok", "failed", "crashed", "time limit", "not finite")


@dataclass(frozen=True)
class Plan:
    """An experiment by name or file, and the options of every point as strings.

    `points` differ in the options `names`; all points have the `common` options. With `keep` every point has a folder with
    its result and the files that it writes.
    """

    experiment: str
    names: tuple[str, ...]
    points: tuple[Mapping[str, str], ...]
    common: Mapping[str, str] = field(default_factory=dict)
    keep: bool = False

    def spec(self, index: int, folder: Path) -> dict[str, Any]:
        """The point `index` as plain values, for the process that runs it."""
        own = str(folder.absolute() / "points" / f"{index:05}")
        options = {**self.common, **self.points[index]}
        # `rescue` gets the result when the experiment fails after the simulation.
        kept = {"folder": own if self.keep else None, "rescue": own}
        return {"index": index, "experiment": self.experiment, "options": options, **kept}


class Sweep:
    """A plan, and the records of the finished points, in a folder."""

    def __init__(
        self, folder: str | Path, plan: Plan, records: dict[int, dict[str, Any]], made_by: dict[str, Any]
    ) -> None:
        self.folder: Path = Path(folder)
        self.plan: Plan = plan
        #: The code behind its records (see `zoo.sweeps.provenance`).
        self.made_by: dict[str, Any] = made_by
        #: Index of a point -> its record (see `zoo.point.run`).
        self.records: dict[int, dict[str, Any]] = records

    @classmethod
    def create(cls, folder: str | Path, plan: Plan) -> "Sweep":
        """A sweep in a new folder; raises ZooError when the folder has one."""
        folder = Path(folder)
        if (folder / "sweep.json").exists():
            raise ZooError(
                f"{folder} already holds a sweep; continue it with zoo sweep --resume {folder}, or take another folder with --out."
            )
        with files.cannot_write(folder):
            (folder / "journal").mkdir(parents=True, exist_ok=True)
            (folder / "logs").mkdir(exist_ok=True)
            return cls(folder, plan, {}, {})._written()

    def _written(self):
        """The same sweep, with the present code."""
        self.made_by = provenance.made_by(self.plan.experiment)
        record = {"format": FORMAT, **dataclasses.asdict(self.plan), "made_by": self.made_by, "versions": versions()}
        with files.replacing(self.folder / "sweep.json") as new:
            new.write_text(json.dumps(record, indent=1) + "\n")
        return self

    def begin_again(self) -> None:
        """Forget all records: they move to a folder `journal.old` beside the journal and replace what was there.

        Raises ZooError when another process runs the sweep.
        """
        with files.cannot_write(self.folder), _alone(self.folder, (0, 1)):
            shutil.rmtree(self.folder / "journal.old", ignore_errors=True)
            (self.folder / "journal").rename(self.folder / "journal.old")
            (self.folder / "journal").mkdir()
            self.records = {}
            self._written()

    def check_made_by(self) -> None:
        """Raise ZooError when other code, or another version, would run the missing points."""
        changed = provenance.changes(self.made_by, provenance.made_by(self.plan.experiment))
        if changed:
            raise ZooError(
                f"since the start of the sweep in {self.folder} {changed}: its table would mix two versions. Choose a new folder, or run "
                "all points again with --again (in Python again=True)."
            )

    @classmethod
    def load(cls, folder: str | Path) -> "Sweep":
        """Read a sweep; raises ZooError when the folder holds none, or a damaged one."""
        folder = Path(folder)
        try:
            record = json.loads((folder / "sweep.json").read_text())
            if record["format"] != FORMAT:
                raise ValueError(
                    f"its format is {quoted(record['format'])}, and this version of the zoo reads {FORMAT}"
                )
            plan = _plan(record)
            made_by = _made_by(record.get("made_by", {}))
        except (FileNotFoundError, NotADirectoryError):
            raise ZooError(f"{folder} is no folder of a sweep: it has no sweep.json.") from None
        except Exception as error:  # anything may be in it
            raise ZooError(f"the sweep in {folder} cannot be read ({first_line(error)}); run it again.") from None
        return cls(folder, plan, _journal(folder, len(plan.points)), made_by)

    @property
    def missing(self) -> list[int]:
        """The indices of the points without numbers: not run, or failed."""
        return [k for k in range(len(self.plan.points)) if self.records.get(k, {}).get("status") != "ok"]

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The records of points that ended without numbers."""
        return [record for _, record in sorted(self.records.items()) if record["status"] != "ok"]

    @property
    def units(self) -> dict[str, str]:
        """Column -> its unit as text, for options that are quantities."""
        return {name: unit for name, (_, unit) in self._options().items() if unit != "1"}

    @property
    def table(self) -> NDArray[Any]:
        """A structured array with a row for each point: `index`, the options that differ, `status`, the numbers of the
        experiment (nan for points without them), `seconds` of wall and `cpu_seconds` of user time. In SI units.
        """
        records = [self.records.get(k, {"status": "missing"}) for k in range(len(self.plan.points))]
        columns = {"index": np.arange(len(records))}
        columns |= {name: values for name, (values, _) in self._options().items()}
        columns["status"] = np.array([record["status"] for record in records], dtype=str)
        for name in _merged(record.get("numbers", {}) for record in records):
            column = name
            while not column or column in columns or column in ("seconds", "cpu_seconds"):
                column = f"result_{column}"
            columns[column] = np.array([record.get("numbers", {}).get(name, np.nan) for record in records], dtype=float)
        columns["seconds"] = np.array([record.get("seconds", {}).get("all", np.nan) for record in records], dtype=float)
        columns["cpu_seconds"] = np.array([record.get("cpu_seconds", np.nan) for record in records], dtype=float)
        found = np.zeros(len(records), dtype=[(name, values.dtype) for name, values in columns.items()])
        for name, values in columns.items():
            found[name] = values
        return found

    def frame(self) -> Any:
        """The table as a pandas DataFrame; raises ZooError without pandas."""
        try:
            import pandas
        except ImportError:
            raise ZooError("a DataFrame needs pandas, which is not installed: pip install pandas.") from None
        return pandas.DataFrame(self.table).set_index("index")

    def run(
        self,
        *,
        jobs: int = 1,
        time_limit: float | None = None,
        client: Any = None,
        part: tuple[int, int] = (0, 1),
        tell: Callable[[str], object] = print,
    ) -> None:
        """Run the missing points, in `jobs` processes of this machine or with a Dask `client`.

        A point that takes longer than `time_limit` seconds is stopped. `part` (k, n) runs only every n-th point, from the
        k-th. Writes the table at the end; raises ZooError when another process runs the same points.
        """
        self.check_made_by()
        indices = [index for index in self.missing if index % part[1] == part[0]]
        with files.cannot_write(self.folder), _alone(self.folder, part), _Journal(self.folder) as journal:
            # A worker elsewhere, or one that starts later, may have other files.
            specs = ({**self.plan.spec(index, self.folder), "files": self.made_by["files"]} for index in indices)
            table = progress.Table(Path(self.plan.experiment).name, len(indices), self._said)
            if client is None:
                most = max(1, min(jobs, len(indices)))
                coming = workers.run(specs, most, time_limit, self.folder / "logs", table.running)
            else:
                from zoo.sweeps import cluster

                coming = cluster.run(specs, client, time_limit, table.running)
            try:
                with table, contextlib.closing(coming):
                    self._take(coming, journal, table)
            except KeyboardInterrupt:
                self._stopped(tell)
                raise
            finally:
                self.write_table()
        self._summary(tell)

    def _take(self, coming, journal, table):
        """Write records into the journal, and report them."""
        for arrived in coming:
            if arrived is not None:
                record, log = arrived
                self.records[record["index"]] = record
                journal.add(record)
                self._keep_log(record, log)
                table.add(record["index"], "" if record["status"] == "ok" else f"{record['status']}, {record['error']}")
            table.draw()

    def _keep_log(self, record, log):
        path = self.folder / "logs" / f"point_{record['index']:05}.log"
        if record["status"] == "ok":
            path.unlink(missing_ok=True)
            return
        if log is not None:
            path.write_bytes(log)
        with open(path, "a") as file:
            file.write(f"{record['status']}: {record['error']}\n")

    def write_table(self) -> None:
        """Write table.csv, and table.npz with one array per column and the units in `units`."""
        found, units = self.table, self.units
        names = found.dtype.names
        with files.replacing(self.folder / "table.csv", self.folder / "table.npz") as (text, data):
            with open(text, "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow([f"{name} ({units[name]})" if name in units else name for name in names])
                writer.writerows([_cell(value) for value in row] for row in found.tolist())
            with open(data, "wb") as file:
                np.savez_compressed(file, table=found, units=np.array([units.get(name, "1") for name in names]))

    def _options(self):
        """The options that differ as columns: name -> (numbers in SI units or strings, unit)."""
        return {name: _column([point[name] for point in self.plan.points]) for name in self.plan.names}

    def _said(self, index):
        return " ".join(f"--{name} {text}" for name, text in self.plan.points[index].items())

    def _stopped(self, tell):
        done = len(self.plan.points) - len(self.missing)
        tell(f"{done} of {len(self.plan.points)} points are kept; continue with: zoo sweep --resume {self.folder}")

    def _summary(self, tell):
        total, failed = len(self.plan.points), self.failed
        tell(f"{total - len(self.missing)} of {total} points are in {self.folder / 'table.csv'}")
        for record in failed[:TOLD]:
            tell(f"point {record['index']} ({self._said(record['index'])}), {record['status']}: {record['error']}")
        if failed:
            shown = f", of which {TOLD} are shown" if len(failed) > TOLD else ""
            tell(f"{len(failed)} failed{shown}; logs are in {self.folder / 'logs'}")
            tell(f"run them again with: zoo sweep --resume {self.folder}")


def sweep(
    experiment: str,
    axes: Mapping[str, Any] | None = None,
    *,
    points: Iterable[Mapping[str, Any]] | None = None,
    paired: bool = False,
    common: Mapping[str, Any] = {},
    out: str | Path,
    jobs: int | None = None,
    time_limit: float | None = None,
    client: Any = None,
    keep: bool = False,
    seed: int = 0,
    again: bool = False,
) -> Sweep:
    """Run `experiment`, a name or a file, with every combination of the values of `axes`, and return the Sweep.

    `axes` maps options to their values: quantities, numbers, strings, or a string such as "0:60*mV:13" (see
    `zoo.sweeps.axes`); `paired` combines the first values, then the second values; `points` gives the options of every
    point instead. `common` are options of all points. The folder `out` keeps everything; the same sweep in it is
    continued. When its experiment has changed, `again` runs all points again; without it this is refused. The points run
    in `jobs` parallel processes (all cores when None), or with a Dask `client`. `seed` draws random axes. Raises ZooError.
    """
    plan = make_plan(experiment, axes or {}, points=points, paired=paired, common=common, keep=keep, seed=seed)
    folder = Path(out)
    if (folder / "sweep.json").exists():
        found = Sweep.load(folder)
        if found.plan != plan:
            raise ZooError(f"{folder} holds another sweep; choose another folder.")
        if again:
            found.begin_again()
    else:
        found = Sweep.create(folder, plan)
    found.run(jobs=jobs or os.cpu_count(), time_limit=time_limit, client=client, tell=lambda text: None)
    return found


def make_plan(
    experiment: str,
    axes: Mapping[str, Any],
    *,
    points: Iterable[Mapping[str, Any]] | None = None,
    paired: bool = False,
    common: Mapping[str, Any] = {},
    keep: bool = False,
    seed: int = 0,
) -> Plan:
    """The Plan of a sweep; raises ZooError for an unknown experiment or option, and for an invalid value."""
    from zoo.catalogue.default import with_main
    from zoo.catalogue.options import absolute_paths, parser, settings_of, with_switches

    if experiment.endswith(".py"):
        experiment = str(Path(experiment).absolute())
    loaded = with_main(catalogue.experiment(experiment))
    rng = np.random.default_rng(seed)
    if points is None:
        texts = {name: _texts(name, values, rng) for name, values in axes.items()}
        found = pairs(texts) if paired else grid(texts)
        names = [name for name, values in texts.items() if len(values) > 1]
    else:
        found = [{name: as_text(value) for name, value in point.items()} for point in points]
        if not found or axes:
            raise ZooError("a sweep needs either axes or a list of points, which must not be empty.")
        if any(set(point) != set(found[0]) for point in found):
            raise ZooError("all points of a sweep must have the same options.")
        names = list(found[0])
    common = {name: as_text(value) for name, value in common.items()}
    known = parser("sweep", loaded).names
    for name in {**common, **found[0]}:
        if name not in known:
            raise unknown(f"option of {experiment}", name, known)
    common, found = absolute_paths(loaded, common), [absolute_paths(loaded, point) for point in found]
    for name in names or [None]:  # invalid values are reported now, not by every point
        for text in _some(list(dict.fromkeys(point.get(name) for point in found))):
            changes = {} if name is None else {name: text}
            settings_of(loaded, with_switches(loaded, {**common, **found[0], **changes}))
    fixed = {name: text for name, text in found[0].items() if name not in names}
    rows = tuple({name: point[name] for name in names} for point in found)
    return Plan(experiment, tuple(names), rows, {**common, **fixed}, keep)


def _texts(name, values, rng):
    if isinstance(values, str):
        return values_of(name, values, rng)
    if np.ndim(values) == 0 and not isinstance(values, (list, tuple, range)):
        return [as_text(values)]
    found = [as_text(value) for value in values]
    if not found:
        raise ZooError(f"the axis {name} is empty.")
    return found


def _some(values):
    return (
        values if len(values) <= CHECKED else [values[k] for k in np.linspace(0, len(values) - 1, CHECKED).astype(int)]
    )


def _plan(record):
    points = record["points"]
    names = record["names"]
    if not isinstance(points, list) or not points or not all(set(point) == set(names) for point in points):
        raise ValueError("its points do not have the options in its names")
    texts = [*record["common"].values(), *(text for point in points for text in point.values())]
    if not all(isinstance(text, str) for text in [*names, *texts, record["experiment"]]):
        raise TypeError("an option is no string")
    return Plan(record["experiment"], tuple(names), tuple(points), dict(record["common"]), bool(record["keep"]))


def _made_by(record):
    """The files and versions in a sweep.json; older ones have none, which counts as another version."""
    parts = {part: dict(record.get(part, {})) for part in ("files", "versions")}
    if not all(isinstance(text, str) for found in parts.values() for item in found.items() for text in item):
        raise TypeError("a version is no string")
    return parts


def _journal(folder, count):
    """The last record of every point, without lines that a kill has truncated."""
    found = {}
    for path in sorted((folder / "journal").glob("*.jsonl"), key=lambda path: path.name):
        for line in path.read_text(errors="replace").splitlines():
            try:
                record = json.loads(line)
                index, status = record["index"], record["status"]
                # Text that is not UTF-8 could not be written into the table.
                numbers = {
                    name.encode(errors="replace").decode(): float(value) for name, value in record["numbers"].items()
                }
                seconds = {str(name): float(value) for name, value in record["seconds"].items()}
                checked = {"error": str(record["error"]), "cpu_seconds": float(record["cpu_seconds"])}
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                continue
            if type(index) is not int or not 0 <= index < count or status not in STATUSES:
                continue
            # A failed point that was run again keeps its numbers, whichever file is read first.
            if found.get(index, {}).get("status") != "ok":
                found[index] = {"index": index, "status": status, "numbers": numbers, "seconds": seconds, **checked}
    return found


class _Journal:
    """A separate file for every process that adds records."""

    def __init__(self, folder):
        name = f"{time.time_ns()}-{socket.gethostname()}-{os.getpid()}.jsonl"
        self.path = folder / "journal" / name
        self.synced = 0.0

    def __enter__(self):
        self.file = open(self.path, "w")
        return self

    def __exit__(self, *_):
        self.file.close()
        if not self.path.stat().st_size:
            self.path.unlink()

    def add(self, record):
        self.file.write(json.dumps(record) + "\n")
        self.file.flush()
        if time.monotonic() - self.synced > 1:  # a kill loses nothing that was flushed; a power cut loses one second
            os.fsync(self.file.fileno())
            self.synced = time.monotonic()


@contextlib.contextmanager
def _alone(folder, part):
    """Refuse to run the same points in two processes at the same time."""
    with open(folder / f".lock-{part[0]}-{part[1]}", "w") as lock:
        try:
            system.lock_for_process(lock)
        except (BlockingIOError, PermissionError):
            raise ZooError(f"another process runs the sweep in {folder}; wait for it, or stop it.") from None
        except OSError:  # a file system without locks
            pass
        yield


def _column(texts):
    """Strings as one array: integers, numbers in SI units with their unit, or strings."""
    with contextlib.suppress(ZooError):
        found = [quantities.parse(text) for text in texts]
        dimensions = {get_dimensions(value) for value in found if np.any(np.asarray(value) != 0)}
        if all(np.ndim(value) == 0 for value in found) and len(dimensions) <= 1:
            numbers = np.array([float(value) for value in found])
            unit = quantities.si_text(dimensions.pop()) if dimensions else "1"
            whole = unit == "1" and all(text.lstrip("-").isdigit() for text in texts)
            return (numbers.astype(int) if whole else numbers), unit
    return np.array(texts, dtype=str), "1"


def _merged(mappings):
    """All keys, in the order of their first occurrence."""
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))


def _cell(value):
    return "" if isinstance(value, float) and np.isnan(value) else value
