"""Results in the formats of other tools, read back by their own libraries."""

import numpy as np
import pytest
from brian2 import SpikeMonitor, StateMonitor, ms, mV

from tests.conftest import assert_refused
from tests.toys import Cells
from zoo import Result, ZooError, exchange, simulate


def record(network):
    cells = network["cells"]
    return [
        SpikeMonitor(cells, name="spikes"),
        SpikeMonitor(cells, name="counts", record=False),
        StateMonitor(cells, ["v", "x"], record=[0, 3], dt=0.5 * ms, name="trace"),
    ]


@pytest.fixture(scope="module")
def result():
    found = simulate(Cells(drive=[9, 11, 12, 13, 14] * mV), 40 * ms, record, backend="runtime", seed=1)
    assert found["spikes.count"][0] == 0 and found["spikes.count"].sum() > 5
    return found.with_numbers(rate=3.5)


def train(result, index):
    return np.sort(np.asarray(result["spikes.t"] / ms)[result["spikes.i"] == index])


def test_neo(result):
    pytest.importorskip("neo")
    (segment,) = exchange.to_neo(result).segments
    assert len(segment.spiketrains) == 5
    for index, found in enumerate(segment.spiketrains):
        assert np.array_equal(found.rescale("ms").magnitude, train(result, index))
        assert found.annotations == {"monitor": "spikes", "index": index} and float(found.t_stop.rescale("ms")) == 40
    voltage, plain = sorted(segment.analogsignals, key=lambda signal: signal.name)
    assert [voltage.name, plain.name] == ["trace.v", "trace.x"]
    assert np.array_equal(voltage.rescale("V").magnitude.T, np.asarray(result["trace.v"]))
    assert (
        np.isclose(float(voltage.sampling_period.rescale("ms")), 0.5)
        and plain.units.dimensionality.string == "dimensionless"
    )
    assert voltage.array_annotations["index"].tolist() == [0, 3]


def test_elephant_reads_it(result):
    elephant = pytest.importorskip("elephant.statistics")
    (segment,) = exchange.to_neo(result).segments
    rates = [float(elephant.mean_firing_rate(found).rescale("Hz")) for found in segment.spiketrains]
    assert np.allclose(rates, np.asarray(result["spikes.count"]) / 0.04)


def test_nwb(result, tmp_path):
    pynwb = pytest.importorskip("pynwb")
    exchange.write_nwb(result, tmp_path / "run.nwb")
    with pynwb.NWBHDF5IO(tmp_path / "run.nwb", "r") as io:
        file = io.read()
        assert file.units["index"][:].tolist() == list(range(5)) and set(file.units["monitor"][:]) == {"spikes"}
        for index in range(5):
            assert np.allclose(file.units["spike_times"][index], 1e-3 * train(result, index), rtol=1e-14, atol=0)
        series = file.acquisition["trace.v"]
        assert np.array_equal(series.data[:].T, np.asarray(result["trace.v"])) and series.unit == "volt"
        assert np.isclose(series.rate, 2000) and series.starting_time == 0
        assert "neurons 0, 3" in series.description
    assert not pynwb.validate(path=str(tmp_path / "run.nwb"))


def test_sonata(result, tmp_path):
    pytest.importorskip("h5py")
    libsonata = pytest.importorskip("libsonata")
    exchange.write_sonata(result, tmp_path / "run.h5")
    spikes = libsonata.SpikeReader(str(tmp_path / "run.h5"))["spikes"]
    assert spikes.sorting == "by_time" and spikes.time_units == "ms"
    pairs = spikes.get()
    assert [time for _, time in pairs] == sorted(time for _, time in pairs)
    for index in range(5):
        assert np.array_equal(np.sort([time for node, time in pairs if node == index]), train(result, index))
    report = libsonata.ElementReportReader(str(tmp_path / "run.h5"))["trace.v"]
    assert report.get_node_ids() == [0, 3] and report.data_units == "volt" and np.allclose(report.times, (0, 40, 0.5))
    # Reports of SONATA have single precision.
    assert np.allclose(report.get().data.T, np.asarray(result["trace.v"]), rtol=1e-6)


def test_times_that_are_not_equally_far_apart(result):
    arrays = {**result.arrays, "trace.t": result["trace.t"] ** 2 / ms}
    with pytest.raises(ZooError, match="not equally far apart"):
        list(exchange._traces(Result(arrays, result.model, result.duration, "runtime", 1)))


@pytest.mark.parametrize(("format", "ending"), [("nwb", ".nwb"), ("sonata", ".h5")])
def test_the_command(result, tmp_path, zoo_here, format, ending):
    pytest.importorskip("pynwb" if format == "nwb" else "h5py")
    result.save(tmp_path / "run")
    process = zoo_here("convert", "run", "--to", format)
    assert (
        process.returncode == 0 and (tmp_path / f"run/spikes{ending}").exists() and f"spikes{ending}" in process.stdout
    )
    assert zoo_here("convert", "run", "--to", format, "--out", f"other{ending}").returncode == 0
    assert (tmp_path / f"other{ending}").exists()


def test_bad_input_is_one_sentence(result, tmp_path, zoo_here, monkeypatch):
    result.save(tmp_path / "run")
    assert_refused(zoo_here("convert", "run"), "--to")
    assert_refused(zoo_here("convert", "run", "--to", "nwp"), "nwb")
    assert_refused(zoo_here("convert", "nowhere", "--to", "nwb"), "not a result folder")
    assert_refused(zoo_here("convert", "run", "--to", "sonata", "--out", "no/such/folder.h5"), "cannot be written")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for format, extra in (("nwb", "brian2-zoo[nwb]"), ("sonata", "brian2-zoo[sonata]")):
        assert_refused(zoo_here("convert", "run", "--to", format), extra)
    with pytest.raises(ZooError, match="neo"):
        exchange.to_neo(result)


def test_units_of_neo():
    pq = pytest.importorskip("quantities")
    for text, base in (
        ("amp", pq.A),
        ("siemens/metre**2", pq.S / pq.m**2),
        ("hertz", pq.Hz),
        ("volt", pq.V),
        ("1", pq.dimensionless),
    ):
        assert exchange._pq_unit(pq, text).simplified == (1 * base).simplified
