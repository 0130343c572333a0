"""Results as the field's other tools read them: Neo objects for Elephant, NWB files, and SONATA files.

Each needs its library: pip install 'brian2-zoo[neo]', '[nwb]' or '[sonata]'.
"""

import contextlib
import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from brian2 import ms, second
from brian2.units.fundamentalunits import get_dimensions

from zoo import files, plots, quantities
from zoo.errors import ZooError
from zoo.result import Result


def to_neo(result: Result):
    """A neo.Block with one Segment: a SpikeTrain for each neuron of a SpikeMonitor, also a silent one, and an AnalogSignal
    for each variable of a StateMonitor, in SI units. Annotations say monitor and index.

    Raises ZooError without the library, and for a StateMonitor whose times are not equally far apart.
    """
    _need("neo", "neo")
    import neo
    import quantities as pq  # that of Neo, not ours

    segment = neo.Segment(name=_title(result))
    stop = plots.simulated(result)
    for monitor, _, count, trains in _spikes(result):
        for index in range(count):
            # A spike in the last step may stand at the very end.
            train = neo.SpikeTrain(
                trains[index] * pq.ms, t_stop=max(stop, *trains[index][-1:], 0) * pq.ms, name=f"{monitor} {index}"
            )
            train.annotate(monitor=monitor, index=index)
            segment.spiketrains.append(train)
    for monitor, variable, values, unit, start, step in _traces(result):
        signal = neo.AnalogSignal(
            values.T,
            units=_pq_unit(pq, unit),
            t_start=start * pq.s,
            sampling_period=step * pq.s,
            name=f"{monitor}.{variable}",
        )
        signal.annotate(monitor=monitor, variable=variable)
        signal.array_annotate(index=np.asarray(result[f"{monitor}.record"]))
        segment.analogsignals.append(signal)
    block = neo.Block(name=_title(result))
    block.annotate(**{name: value for name, value in result.numbers.items() if np.ndim(value) == 0})
    block.segments.append(segment)
    return block


def write_nwb(result: Result, path) -> None:
    """Write an NWB file: its units are the neurons of all SpikeMonitors, with the columns `monitor` and `index`, its
    acquisition has a TimeSeries (time, recorded) in SI units for each variable of a StateMonitor.

    Raises ZooError as `to_neo`. The start of the session is the moment of writing: a simulation has none.
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
    spikes = list(_spikes(result))
    if spikes:
        file.add_unit_column("monitor", "the spike monitor that has seen this neuron")
        file.add_unit_column("index", "the number of the neuron in what the monitor records")
    for monitor, _, count, trains in spikes:
        for index in range(count):
            file.add_unit(spike_times=trains[index] * 1e-3, monitor=monitor, index=index)
    for monitor, variable, values, unit, start, step in _traces(result):
        indices = ", ".join(map(str, np.asarray(result[f"{monitor}.record"]).tolist()))
        series = TimeSeries(
            name=f"{monitor}.{variable}", data=values.T, unit=unit, starting_time=start, rate=1 / step,
            description=f"{variable} of the neurons {indices}",
        )  # fmt: skip
        file.add_acquisition(series)
    with _new_hdf5(path) as hdf5, NWBHDF5IO(file=hdf5, mode="w") as io:
        io.write(file)


def write_sonata(result: Result, path) -> None:
    """Write a SONATA file: `/spikes/MONITOR` with node_ids and timestamps (ms) sorted by time, and `/report/MONITOR.VARIABLE`
    with the values (time, recorded) in SI units of each variable of a StateMonitor.

    Raises ZooError as `to_neo`.
    """
    _need("h5py", "sonata")
    import h5py

    with _new_hdf5(path) as file:
        file.attrs["magic"] = np.uint32(0x0A7A)
        file.attrs["version"] = np.array([0, 1], dtype=np.uint32)
        for monitor, (t, i), _, _ in _spikes(result):
            group = file.create_group(f"spikes/{monitor}")
            kinds = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")
            group.attrs.create("sorting", 2, dtype=kinds)
            order = np.lexsort([i, t])
            group["node_ids"] = np.asarray(i)[order].astype(np.uint64)
            group["timestamps"] = t[order]
            group["timestamps"].attrs["units"] = "ms"
        for monitor, variable, values, unit, start, step in _traces(result):
            group = file.create_group(f"report/{monitor}.{variable}")
            group["data"] = values.T.astype(np.float32)
            group["data"].attrs["units"] = unit
            count = len(values)
            group["mapping/node_ids"] = np.asarray(result[f"{monitor}.record"]).astype(np.uint64)
            group["mapping/index_pointers"] = np.arange(count + 1, dtype=np.uint64)
            group["mapping/element_ids"] = np.zeros(count, dtype=np.uint32)
            group["mapping/time"] = 1e3 * np.array([start, start + step * values.shape[1], step])
            group["mapping/time"].attrs["units"] = "ms"
            group["mapping"].attrs["sorted"] = np.uint8(np.all(np.diff(np.asarray(result[f"{monitor}.record"])) > 0))


@contextlib.contextmanager
def _new_hdf5(path):
    """An HDF5 file that takes its place when it is complete."""
    import h5py

    # The lock that HDF5 would take is held by `replacing`, for the same reason.
    with (
        files.cannot_write(Path(path).parent),
        files.replacing(path) as new,
        h5py.File(new, "w", locking=False) as file,
    ):
        yield file


def _spikes(result):
    """Monitor, (times in ms, indices), number of neurons, and for each of them its times, for every SpikeMonitor."""
    for monitor in plots.spike_monitors(result):
        if f"{monitor}.t" not in result:  # made with record=False
            continue
        t, i = np.asarray(result[f"{monitor}.t"] / ms), np.asarray(result[f"{monitor}.i"])
        count = len(result[f"{monitor}.count"])
        order = np.lexsort([t, i])
        trains = np.split(t[order], np.searchsorted(i[order], np.arange(1, count)))
        yield monitor, (t, i), count, trains


def _traces(result):
    """Monitor, variable, values (recorded, time), unit as text, first time and step in seconds, for what is recorded."""
    for monitor in plots.state_monitors(result):
        t = np.asarray(result[f"{monitor}.t"] / second)
        if len(t) < 2:
            continue
        step = (t[-1] - t[0]) / (len(t) - 1)
        if not np.allclose(np.diff(t), step, rtol=1e-6, atol=0):
            raise ZooError(f"the times of {monitor} are not equally far apart, and these files need a sampling rate.")
        for name in result:
            variable = name.removeprefix(f"{monitor}.")
            if name == variable or variable in ("t", "record", "N"):
                continue
            values = np.atleast_2d(np.asarray(result[name], dtype=float))
            yield monitor, variable, values, quantities.si_text(get_dimensions(result[name])), t[0], step


def _title(result):
    return result.experiment or getattr(result.model, "name", type(result.model).__name__)


def _pq_unit(pq, text):
    """An SI unit of ours in the units of Neo, which knows other names."""
    other = {"amp": "A", "second": "s", "metre": "m", "siemens": "S", "volt": "V", "1": "dimensionless"}
    for name, short in other.items():
        text = short if text == name else text.replace(name, short)
    return pq.CompoundUnit(text) if set(text) & set("*/") else pq.Quantity(1, text).units


def _need(library, extra):
    if importlib.util.find_spec(library) is None:
        raise ZooError(f"this needs {library}, which is not installed: pip install 'brian2-zoo[{extra}]'.")


#: Format of a file -> what writes it, and how its name ends.
FORMATS = {"nwb": (write_nwb, ".nwb"), "sonata": (write_sonata, ".h5")}
