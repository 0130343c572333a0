"""Results in the formats of other tools, read back by their own libraries."""

import dataclasses
import re

import numpy as np
import pytest
from brian2 import (
    Cylinder,
    EventMonitor,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpatialNeuron,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    second,
    um,
)

from tests.conftest import assert_refused
from tests.toys import Cells
from zoo import Model, Result, ZooError, simulate
from zoo.analysis import exchange


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
        assert (
            found.annotations == {"monitor": "spikes", "index": index, "kind": "SpikeMonitor", "of": "neuron"}
            and float(found.t_stop.rescale("ms")) == 40
        )
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


class Various(Model):
    """Every kind of entry that a result can have."""

    state = ("cells.v", "synapses.w", "cells.level")

    def build(self):
        cells = NeuronGroup(
            3,
            """dv/dt = 1/(10*ms) : 1
               big : integer
               odd : boolean
               level : volt (shared)""",
            threshold="v > 0.9", reset="v = 0", method="euler", events={"half": "v > 0.5 and v < 0.52"}, name="cells",
        )  # fmt: skip
        synapses = Synapses(cells, cells, "w : siemens", name="synapses")
        synapses.connect()
        cable = SpatialNeuron(
            Cylinder(diameter=1 * um, length=100 * um, n=5), "Im = 0*amp/meter**2 : amp/meter**2",
            threshold="t > 3*ms", refractory=1000 * ms, threshold_location=2, method="exponential_euler", name="cable",
        )  # fmt: skip
        return Network(cells, synapses, cable)

    def initialise(self, network):
        network["cells"].v = "0.2*i"
        network["cells"].big = "2**24 + 1 + i"  # which single precision rounds
        network["cells"].odd = "i % 2 == 1"
        network["cells"].level = 3 * mV
        network["synapses"].w = "(i + 10*j)*nS"


def record_all(network):
    cells = network["cells"]
    return [
        SpikeMonitor(cells, ["v", "big", "odd", "level"], name="spikes"),
        SpikeMonitor(cells, record=False, name="counts"),
        SpikeMonitor(network["cable"], name="cable_spikes"),
        EventMonitor(cells, "half", "v", name="halves"),
        PopulationRateMonitor(cells, name="rate"),
        StateMonitor(cells, ["v", "big", "odd", "level"], record=[0, 2], dt=30 * ms, name="once"),
        StateMonitor(cells, "v", record=[], name="nobody"),
        StateMonitor(network["synapses"], "w", record=[1, 5], dt=1 * ms, name="weights"),
        StateMonitor(network["cable"], "v", record=[1, 3], dt=1 * ms, name="cable_v"),
    ]


@pytest.fixture(scope="module")
def various():
    found = simulate(Various(), 20 * ms, record_all, backend="runtime")
    assert len(found["once.t"]) == 1 and found["spikes.count"].sum() == 6 and found["halves.count"].sum() > 6
    return found.with_numbers(gain=2.5, place="left", rows=np.arange(3), pair={"a": 1}, drop=2 * mV)


def series_of(result):
    """The names of all variables that have been recorded in time."""
    kinds = {name: monitor["kind"] for name, monitor in result.monitors.items()}
    return {
        name
        for name in result
        if kinds.get(name.partition(".")[0]) in ("StateMonitor", "PopulationRateMonitor")
        and not name.endswith((".t", ".record"))
    }


OTHERS = {
    "cells.v", "cells.level", "synapses.w", "synapses.i", "synapses.j", "counts.count",
    "gain", "place", "rows", "pair", "drop",
}  # fmt: skip
AT_SPIKES = {"spikes.v", "spikes.big", "spikes.odd", "spikes.level", "halves.v"}


def at_spikes(result, monitor, variable, index):
    order = np.argsort(result[f"{monitor}.t"][result[f"{monitor}.i"] == index])
    return np.asarray(result[f"{monitor}.{variable}"])[result[f"{monitor}.i"] == index][order]


def test_neo_has_every_entry(various):
    pytest.importorskip("neo")
    block = exchange.to_neo(various)
    (segment,) = block.segments
    signals = {signal.name: signal for signal in segment.analogsignals}
    assert set(signals) == series_of(various)
    for name, signal in signals.items():
        assert np.array_equal(signal.magnitude.T, np.asarray(various[name]).reshape(signal.shape[::-1])), name
        assert signal.dtype == various[name].dtype
    assert signals["rate.rate"].units.dimensionality.string == "Hz" and signals["rate.rate"].shape == (200, 1)
    assert float(signals["once.v"].sampling_period.rescale("ms")) == 30
    assert signals["weights.w"].annotations["of"] == "synapse"
    for train in segment.spiketrains:
        monitor, index = train.annotations["monitor"], train.annotations["index"]
        own = {name.partition(".")[2] for name in AT_SPIKES if name.startswith(f"{monitor}.")}
        assert set(train.array_annotations) == own
        for variable in own:
            assert np.array_equal(train.array_annotations[variable], at_spikes(various, monitor, variable, index))
    assert {train.annotations["kind"] for train in segment.spiketrains if "halves" in train.name} == {"EventMonitor"}
    assert set(block.annotations) == OTHERS
    assert block.annotations["synapses.w"].units.dimensionality.string == "S" and block.annotations["place"] == "left"
    assert np.array_equal(block.annotations["cells.v"], various["cells.v"])


def test_nwb_has_every_entry(various, tmp_path):
    pynwb = pytest.importorskip("pynwb")
    exchange.write_nwb(various, tmp_path / "run.nwb")
    with pynwb.NWBHDF5IO(tmp_path / "run.nwb", "r") as io:
        file = io.read()
        assert set(file.acquisition) == series_of(various)
        for name, series in file.acquisition.items():
            assert np.array_equal(series.data[:].T, np.asarray(various[name]).reshape(series.data.shape[::-1])), name
        assert file.acquisition["once.big"].data.dtype == np.int32
        once, weights = file.acquisition["once.level"], file.acquisition["weights.w"]
        assert np.isclose(once.rate, 1 / 0.03) and once.unit == "volt"
        assert weights.unit == "siemens" and weights.description == "w of the synapses 1, 5"
        units = file.units.to_dataframe()
        assert set(units.columns) == {"monitor", "kind", "index", "spike_times", *AT_SPIKES}
        for _, row in units.iterrows():
            for name in AT_SPIKES:
                monitor, _, variable = name.partition(".")
                there = at_spikes(various, monitor, variable, row["index"]) if monitor == row["monitor"] else []
                assert np.array_equal(row[name], there)
        assert set(units["kind"][units["monitor"] == "halves"]) == {"EventMonitor"}
        scratch = {name: np.array(value.data) for name, value in file.scratch.items()}
        assert OTHERS | {"once.record", "nobody.record", "weights.record", "cable_v.record"} == set(scratch)
        for name in OTHERS & set(various):
            assert np.array_equal(scratch[name], np.asarray(various[name])), name
        assert scratch["gain"] == 2.5 and file.scratch["drop"].description == "drop, in volt"
    assert not pynwb.validate(path=str(tmp_path / "run.nwb"))


def test_sonata_names_what_it_leaves_out(various, tmp_path, capsys):
    pytest.importorskip("h5py")
    libsonata = pytest.importorskip("libsonata")
    exchange.write_sonata(various, tmp_path / "run.h5")
    (sentence,) = capsys.readouterr().err.splitlines()
    left_out = set(re.fullmatch(r".*: (.*)\.", sentence)[1].split(", "))
    # Single precision rounds 2^24 + 1, and a number of a synapse is none of a node.
    assert (
        left_out == OTHERS | AT_SPIKES | {"rate.rate", "weights.w", "cable_spikes.i", "once.big"}
        and "run.h5" in sentence
    )
    reports = libsonata.ElementReportReader(str(tmp_path / "run.h5"))
    assert set(reports.get_population_names()) == series_of(various) - left_out
    assert reports["once.v"].times == (0, 30, 30) and reports["once.v"].get().data.shape == (1, 2)
    # The compartments of a cable are elements of one node.
    assert reports["cable_v.v"].get().ids.tolist() == [[0, 1], [0, 3]]
    spikes = libsonata.SpikeReader(str(tmp_path / "run.h5"))
    assert set(spikes.get_population_names()) == {"spikes", "halves", "cable_spikes"}
    assert len(spikes["spikes"].get()) == 6 and [node for node, _ in spikes["cable_spikes"].get()] == [0]


def test_neither_spikes_nor_samples(various, tmp_path, capsys):
    """As of a run that was stopped at once."""
    pynwb, libsonata = pytest.importorskip("pynwb"), pytest.importorskip("libsonata")
    cut = {name: value[..., :0] for name, value in various.items() if name.startswith(("spikes.", "once."))}
    cut |= {name: various[name] for name in ("spikes.count", "once.record")}
    result = various.with_only(cut)
    (segment,) = exchange.to_neo(result).segments
    assert len(segment.spiketrains) == 3 and {signal.shape for signal in segment.analogsignals} == {(0, 2)}
    exchange.write_nwb(result, tmp_path / "run.nwb")
    with pynwb.NWBHDF5IO(tmp_path / "run.nwb", "r") as io:
        file = io.read()
        assert len(file.units["index"]) == 3 and file.acquisition["once.v"].data.shape == (0, 2)
        assert {"spikes.v", "spikes.big"} < set(file.scratch)
    assert not pynwb.validate(path=str(tmp_path / "run.nwb"))
    exchange.write_sonata(result, tmp_path / "run.h5")
    assert libsonata.SpikeReader(str(tmp_path / "run.h5"))["spikes"].get() == []
    assert "once.v" in capsys.readouterr().err


def test_times_that_are_not_equally_far_apart(result, tmp_path, capsys):
    """They stand beside the values; SONATA has no place for them."""
    pytest.importorskip("neo")
    pynwb = pytest.importorskip("pynwb")
    times = result["trace.t"] ** 2 / ms
    uneven = dataclasses.replace(result.with_only({**result.arrays, "trace.t": times}), monitors={})
    (segment,) = exchange.to_neo(uneven).segments
    signal = segment.irregularlysampledsignals[0]
    assert not segment.analogsignals and np.allclose(signal.times.rescale("s").magnitude, np.asarray(times), rtol=1e-14)
    exchange.write_nwb(uneven, tmp_path / "run.nwb")
    with pynwb.NWBHDF5IO(tmp_path / "run.nwb", "r") as io:
        assert np.array_equal(io.read().acquisition["trace.v"].timestamps[:], np.asarray(times))
    exchange.write_sonata(uneven, tmp_path / "run.h5")
    assert "trace.v, trace.x" in capsys.readouterr().err


def test_rounded_times_are_equally_far_apart(result):
    """10^10 steps of 10 µs on, rounding makes the differences of t differ by more than a millionth of a step."""
    pytest.importorskip("neo")
    t = 1e5 + 1e-5 * np.arange(1000)
    assert np.ptp(np.diff(t)) > 1e-6 * 1e-5
    arrays = {"trace.t": t * second, "trace.v": np.zeros((1, 1000)), "trace.record": np.array([0])}
    (segment,) = exchange.to_neo(Result(arrays, result.model, 2e5 * second, "runtime", 1)).segments
    assert float(segment.analogsignals[0].sampling_period) == pytest.approx(1e-5, rel=1e-6)


def test_the_indices_of_many_neurons_are_numbers(result, tmp_path):
    pynwb = pytest.importorskip("pynwb")
    arrays = {"trace.t": [0, 1] * ms, "trace.v": np.zeros((100, 2)), "trace.record": np.arange(100)}
    exchange.write_nwb(Result(arrays, result.model, 2 * ms, "runtime", 1), tmp_path / "run.nwb")
    with pynwb.NWBHDF5IO(tmp_path / "run.nwb", "r") as io:
        file = io.read()
        description = file.acquisition["trace.v"].description
        assert description == "v of 100 neurons, whose indices are trace.record in scratch"
        assert np.array_equal(file.scratch["trace.record"].data[:], np.arange(100))


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
