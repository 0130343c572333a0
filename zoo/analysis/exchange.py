"""Results in exchange formats: Neo objects for Elephant, NWB files, and SONATA files.

Each needs its library: pip install 'brian2-zoo[neo]', '[nwb]' or '[sonata]'. Neo and NWB hold every entry of a result; a
sentence on standard error names the entries that a SONATA file cannot hold.
"""

import contextlib
import dataclasses
import importlib.util
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import Quantity
from brian2.units.fundamentalunits import get_dimensions

from zoo.analysis import rates
from zoo.core import files, quantities, stored
from zoo.core.errors import ZooError
from zoo.network import memory
from zoo.result import Result

# The largest number of indices in a description; the scratch of the file holds all of them.
_MOST_INDICES = 20


@dataclasses.dataclass(frozen=True)
class _Trains:
    """The recording of a monitor of spikes, or of other events, sorted by neuron and then by time."""

    monitor: str
    kind: str  # SpikeMonitor or EventMonitor
    of: str  # what an index counts
    t: np.ndarray  # s
    i: np.ndarray
    count: int  # neurons, also silent ones
    variables: dict  # name -> values at the events, and their unit

    @property
    def ends(self):
        """The index after the last event of every neuron."""
        return np.searchsorted(self.i, np.arange(self.count), side="right")

    def split(self, values):
        """`values` of the events as an array for every neuron."""
        return np.split(values, self.ends[:-1])


@dataclasses.dataclass(frozen=True)
class _Series:
    """A variable of a StateMonitor, or the rate of a PopulationRateMonitor."""

    monitor: str
    variable: str
    values: np.ndarray  # (recorded, time)
    unit: str
    t: np.ndarray  # s
    step: float | None  # s; None when the times are not equidistant
    indices: np.ndarray | None  # None for a rate
    of: str  # what an index counts

    @property
    def name(self):
        return f"{self.monitor}.{self.variable}"

    @property
    def start(self):
        return float(self.t[0]) if len(self.t) else 0.0


def to_neo(result: Result) -> Any:
    """A neo.Block with one Segment: a SpikeTrain for each neuron of a SpikeMonitor, also a silent one, and an AnalogSignal
    for each variable of a StateMonitor and the rate of a PopulationRateMonitor, in SI units.

    Annotations hold monitor, kind (an EventMonitor's trains are no spikes) and index; array annotations hold the variables
    at each spike. Annotations of the block hold everything else: numbers, states, counts. A signal whose times are not
    equidistant is an IrregularlySampledSignal. Raises ZooError without the library.
    """
    _need("neo", "neo")
    import neo
    import quantities as pq  # Neo's, not the zoo's

    segment = neo.Segment(name=_title(result))
    stop = rates.simulated(result)
    trains, series, others = _contents(result)
    for found in trains:
        times = found.split(found.t / 1e-3)
        variables = {name: (found.split(values), unit) for name, (values, unit) in found.variables.items()}
        for index in range(found.count):
            # A spike in the last step may be at the very end.
            train = neo.SpikeTrain(
                times[index] * pq.ms, t_stop=max(stop, *times[index][-1:], 0) * pq.ms, name=f"{found.monitor} {index}"
            )
            train.annotate(monitor=found.monitor, index=index, kind=found.kind, of=found.of)
            train.array_annotate(**{n: _in_pq(pq, values[index], unit) for n, (values, unit) in variables.items()})
            segment.spiketrains.append(train)
    for found in series:
        named = {"units": _pq_unit(pq, found.unit), "name": found.name}
        if found.step is None:
            signal = neo.IrregularlySampledSignal(found.t * pq.s, found.values.T, **named)
            segment.irregularlysampledsignals.append(signal)
        else:
            signal = neo.AnalogSignal(
                found.values.T, t_start=found.start * pq.s, sampling_period=found.step * pq.s, **named
            )
            segment.analogsignals.append(signal)
        signal.annotate(monitor=found.monitor, variable=found.variable)
        if found.indices is not None:
            signal.annotate(of=found.of)
            signal.array_annotate(index=found.indices)
    block = neo.Block(name=_title(result))
    block.annotate(**{name: _in_pq(pq, value, unit) for name, (value, unit) in others.items()})
    block.segments.append(segment)
    return block


def write_nwb(result: Result, path: str | Path) -> None:
    """Write an NWB file: its units are the neurons of all SpikeMonitors, with the columns `monitor`, `kind` (an EventMonitor's
    are no spikes) and `index`, and one for each variable at the spikes. Its acquisition has a TimeSeries (time, recorded) in SI
    units for each variable of a StateMonitor and the rate of a PopulationRateMonitor. Its scratch holds everything else:
    numbers, states, counts, recorded indices.

    Raises ZooError without the library. The start of the session is the time of writing, as a simulation has none.
    """
    _need("pynwb", "nwb")
    from pynwb import NWBHDF5IO, NWBFile, TimeSeries

    file = NWBFile(
        session_description=f"simulation of {_title(result)}",
        identifier=f"{_title(result)}-seed-{result.seed}-{result.key or 'runtime'}",
        session_start_time=datetime.now(UTC),
        source_script=f"zoo run {result.experiment}" if result.experiment else None,
        source_script_file_name=result.experiment or None,
    )
    trains, series, others = _contents(result)
    others |= _add_units(file, trains)
    for found in series:
        where = (
            {"timestamps": found.t} if found.step is None else {"starting_time": found.start, "rate": 1 / found.step}
        )
        file.add_acquisition(
            TimeSeries(name=found.name, data=found.values.T, unit=found.unit, description=_described(found), **where)
        )
        if found.indices is not None:
            others[f"{found.monitor}.record"] = found.indices, "1"
    for name, (value, unit) in others.items():
        said = name if unit == "1" else f"{name}, in {unit}"
        text = np.asarray(value).dtype.kind == "U"
        file.add_scratch(
            np.asarray(value).tolist() if text else np.asarray(value),
            name=re.sub("[/:]", "_", name),  # which NWB reserves for paths
            description=said,
        )
    with _new_hdf5(path) as hdf5, NWBHDF5IO(file=hdf5, mode="w") as io:
        io.write(file)


def _add_units(file, trains):
    """The units of an NWB file: a row for each neuron of each monitor. Returns the variables without any values."""
    empty = {}
    if not trains:
        return empty
    file.add_unit_column("monitor", "the monitor that recorded this neuron")
    file.add_unit_column("kind", "SpikeMonitor, or EventMonitor: events that are no spikes")
    file.add_unit_column("index", "the index of the neuron, or compartment, in the group that the monitor records")
    for found in trains:
        for index, times in enumerate(found.split(found.t)):
            file.add_unit(spike_times=times, monitor=found.monitor, kind=found.kind, index=index)
    sizes = [found.count for found in trains]
    for position, found in enumerate(trains):
        before, after = sum(sizes[:position]), sum(sizes[position + 1 :])
        ends = np.concatenate([np.zeros(before, int), found.ends, np.full(after, len(found.t))])
        for name, (values, unit) in found.variables.items():
            column = f"{found.monitor}.{name}"
            if not len(values):  # which pynwb does not accept as a column
                empty[column] = values, unit
                continue
            file.add_unit_column(column, f"{name} at the events of {found.monitor}, in {unit}", data=values, index=ends)
    return empty


def _described(found):
    if found.indices is None:
        return "the rate of a population"
    if len(found.indices) > _MOST_INDICES:
        return (
            f"{found.variable} of {len(found.indices)} {found.of}s, whose indices are {found.monitor}.record in scratch"
        )
    return f"{found.variable} of the {found.of}s {', '.join(map(str, found.indices.tolist()))}"


def write_sonata(result: Result, path: str | Path) -> None:
    """Write a SONATA file: `/spikes/MONITOR` with node_ids and timestamps (ms) sorted by time, and `/report/MONITOR.VARIABLE`
    with the values (time, recorded) in SI units of each variable of a StateMonitor. Compartments are elements of node 0.

    SONATA cannot hold variables at spikes, values of synapses, population rates, counts, states and numbers, values outside
    single precision, and variables without samples; a sentence on standard error names them. Raises ZooError without the
    library.
    """
    _need("h5py", "sonata")
    import h5py

    trains, series, others = _contents(result)
    left_out = list(others)
    with _new_hdf5(path) as file:
        file.attrs["magic"] = np.uint32(0x0A7A)
        file.attrs["version"] = np.array([0, 1], dtype=np.uint32)
        for found in trains:
            group = file.create_group(f"spikes/{found.monitor}")
            kinds = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")
            group.attrs.create("sorting", 2, dtype=kinds)
            group.attrs["kind"] = found.kind
            nodes = found.i
            if found.of == "compartment":  # of the one cell
                nodes = np.zeros_like(nodes)
                left_out.append(f"{found.monitor}.i")
            order = np.lexsort([nodes, found.t])
            group["node_ids"] = nodes[order].astype(np.uint64)
            group["timestamps"] = found.t[order] / 1e-3
            group["timestamps"].attrs["units"] = "ms"
            left_out += [f"{found.monitor}.{name}" for name in found.variables]
        for found in series:
            # A rate has no node, and a synapse is no node; a report has samples, one time step, and single precision.
            if (
                found.indices is None
                or found.of == "synapse"
                or found.step is None
                or not len(found.t)
                or not _in_single(found.values)
            ):
                left_out.append(found.name)
                continue
            group = file.create_group(f"report/{found.name}")
            group["data"] = found.values.T.astype(np.float32)
            group["data"].attrs["units"] = found.unit
            _map(group.create_group("mapping"), found)
    if left_out:
        memory.warn(f"a SONATA file cannot hold these, which are not in {files.shown(path)}: {', '.join(left_out)}.")


def _map(group, found):
    """The node and element of each column of a report, and its times."""
    count = len(found.values)
    if found.of == "compartment":
        nodes, pointers, elements = [0], [0, count], found.indices
    else:
        nodes, pointers, elements = found.indices, np.arange(count + 1), np.zeros(count)
    group["node_ids"] = np.asarray(nodes).astype(np.uint64)
    group["index_pointers"] = np.asarray(pointers).astype(np.uint64)
    group["element_ids"] = np.asarray(elements).astype(np.uint32)
    group["time"] = 1e3 * np.array([found.start, found.start + found.step * found.values.shape[1], found.step])
    group["time"].attrs["units"] = "ms"
    group.attrs["sorted"] = np.uint8(np.all(np.diff(np.asarray(nodes)) > 0))


def _in_single(values):
    """Whether single precision holds the values: integers exactly, others neither as infinite nor as 0."""
    with np.errstate(over="ignore", under="ignore"):
        single = values.astype(np.float32)
    if values.dtype.kind in "iub":
        return np.array_equal(single.astype(np.float64), values)
    return np.array_equal(np.isinf(single), np.isinf(values)) and np.array_equal(single == 0, values == 0)


@contextlib.contextmanager
def _new_hdf5(path):
    """An HDF5 file that gets its name when it is complete."""
    import h5py

    # `replacing` holds the lock that HDF5 would take.
    with (
        files.cannot_write(Path(path).parent),
        files.replacing(path) as new,
        h5py.File(new, "w", locking=False) as file,
    ):
        yield file


def _contents(result):
    """Every entry of a result, in SI numbers: recorded events, time series, and name -> value and unit of all others."""
    left = dict(result)

    def said(monitor, what, default):
        return result.monitors.get(monitor, {}).get(what, default)

    def take(name):
        value = left.pop(name)
        return np.asarray(value), quantities.si_text(get_dimensions(value))

    def variables(monitor, size):
        """The variables with `count` numbers; an experiment may have added others."""
        names = [name for name in left if name.startswith(f"{monitor}.") and np.size(left[name]) == size]
        return {name.removeprefix(f"{monitor}."): take(name) for name in names}

    trains, series = [], []
    for monitor in rates.spike_monitors(result):
        if not {f"{monitor}.t", f"{monitor}.i"} <= set(left):  # created with record=False
            continue
        t, i, count = (take(f"{monitor}.{part}")[0] for part in ("t", "i", "count"))
        order = np.lexsort([t, i])
        at_events = {name: (values[order], unit) for name, (values, unit) in variables(monitor, len(t)).items()}
        kind, of = said(monitor, "kind", "SpikeMonitor"), said(monitor, "of", "neuron")
        trains.append(_Trains(monitor, kind, of, t[order], i[order], len(count), at_events))
    for monitor in [*rates.state_monitors(result), *rates.rate_monitors(result)]:
        if f"{monitor}.t" not in left:
            continue
        t = take(f"{monitor}.t")[0]
        indices = take(f"{monitor}.record")[0] if f"{monitor}.record" in left else None
        step, of = _step(result, monitor, t), said(monitor, "of", "neuron")
        rows = 1 if indices is None else len(indices)
        for variable, (values, unit) in variables(monitor, rows * len(t)).items():
            series.append(_Series(monitor, variable, values.reshape(rows, len(t)), unit, t, step, indices, of))
    others = {name: take(name) for name in list(left)}
    return trains, series, others | {name: _number(value) for name, value in result.numbers.items()}


def _step(result, monitor, t):
    """The time step of a monitor in seconds, or None when its times are not equidistant."""
    if monitor in result.monitors:
        step = result.monitors[monitor]["dt"]
    elif len(t) > 1:
        step = (t[-1] - t[0]) / (len(t) - 1)
    else:
        return None
    # As for rates: the rounding error of t is below a thousandth of a step, the offset of another clock above.
    return step if np.all(np.abs(t - (t[:1] + step * np.arange(len(t)))) < 1e-3 * step) else None


def _number(value):
    """A number of an experiment and its unit; anything but numbers, strings and arrays as the JSON of run.json."""
    if isinstance(value, (bool, int, float, str, np.generic, np.ndarray)) and not np.asarray(value).dtype.hasobject:
        unit = quantities.si_text(get_dimensions(value)) if isinstance(value, Quantity) else "1"
        return np.asarray(value), unit
    return np.asarray(json.dumps(stored.to_json(value))), "1"


def _title(result):
    return result.experiment or getattr(result.model, "name", type(result.model).__name__)


def _in_pq(pq, value, unit):
    """A value with its unit in Neo."""
    value = np.asarray(value)
    if unit != "1":
        return pq.Quantity(value, _pq_unit(pq, unit))
    return value if value.ndim else value.item()


def _pq_unit(pq, text):
    """An SI unit of the zoo in the units of Neo, which uses other names."""
    other = {"amp": "A", "second": "s", "metre": "m", "siemens": "S", "volt": "V", "1": "dimensionless"}
    for name, short in other.items():
        text = short if text == name else text.replace(name, short)
    return pq.CompoundUnit(text) if set(text) & set("*/") else pq.Quantity(1, text).units


def _need(library, extra):
    if importlib.util.find_spec(library) is None:
        raise ZooError(f"this needs {library}, which is not installed: pip install 'brian2-zoo[{extra}]'.")


#: Format of a file -> the function that writes it, and the ending of its name.
FORMATS = {"nwb": (write_nwb, ".nwb"), "sonata": (write_sonata, ".h5")}
