"""Results: a mapping, and the same mapping back from disk."""

import dataclasses
import json
import pickle
import shutil

import numpy as np
import pytest
from brian2 import Quantity, TimedArray, ms, mV, second, siemens
from brian2.units.fundamentalunits import get_dimensions

from tests import toys
from tests.conftest import REFERENCE
from tests.toys import Cells
from zoo import Model, Result, ZooError
from zoo.core import packages, stored
from zoo.models.izhikevich_population import IzhikevichPopulation
from zoo.result import Parameters, collect, collected

OLD = sorted(path.name for path in (REFERENCE / "results_0.1.0").iterdir() if path.is_dir())


def _result(model=None, **changes):
    arrays = {
        "spikes.t": np.array([1.0, 2.5]) * ms,
        "spikes.i": np.array([3, 1], dtype=np.int32),
        "trace.v": np.arange(6.0).reshape(2, 3) * mV,
        "cells.g": np.array(0.5) * siemens,
        "cells.k": np.array(3),
        "cells.flag": np.array([True, False]),
        "nothing.t": np.zeros(0) * second,
    }
    result = Result(
        arrays=arrays, model=model or Cells(n=3, drive=[1, 2, 3] * mV), duration=20 * ms, backend="cpp", seed=7,
        state_names=("cells.k",), equations={"cells": {"model": "dv/dt = -v/tau : volt"}}, key="abc",
        seconds={"build": 1.5, "run": 0.2}, numbers={"rate": 3.5}, experiment="toy",
    )  # fmt: skip
    return dataclasses.replace(result, **changes)


def _same(one, other):
    assert set(one) == set(other)
    for name in one:
        assert np.array_equal(np.asarray(one[name]), np.asarray(other[name])), name
        assert np.asarray(one[name]).dtype == np.asarray(other[name]).dtype, name
        assert np.shape(one[name]) == np.shape(other[name]), name
        assert getattr(one[name], "dim", None) == getattr(other[name], "dim", None), name


def test_a_mapping():
    result = _result()
    assert len(result) == 7 and "spikes.t" in result and list(result)[0] == "spikes.t"
    assert result["trace.v"][1, 2] == 5 * mV
    with pytest.raises(KeyError, match="it has cells.flag"):
        result["spikes.x"]
    assert "Cells on cpp" in repr(result)
    assert result.state == {"cells.k": 3}


def test_the_same_mapping_back(tmp_path):
    saved = _result()
    saved.save(tmp_path / "a folder/é")
    loaded = Result.load(tmp_path / "a folder/é")
    _same(saved, loaded)
    for name in ("duration", "backend", "seed", "equations", "key", "seconds", "numbers", "experiment", "completed"):
        assert getattr(saved, name) == getattr(loaded, name), name
    assert loaded.state == saved.state and loaded.versions == saved.versions


def test_the_model_comes_back_when_it_is_of_the_zoo(tmp_path):
    model = IzhikevichPopulation(n=7, tau=3 * ms, a=np.linspace(0.01, 0.02, 7))
    _result(model).save(tmp_path)
    loaded = Result.load(tmp_path).model
    assert isinstance(loaded, IzhikevichPopulation)
    assert (loaded.n, loaded.tau, loaded.neuron) == (7, 3 * ms, model.neuron) and np.array_equal(loaded.a, model.a)


def test_another_model_comes_back_as_its_parameters(tmp_path):
    _result().save(tmp_path)
    loaded = Result.load(tmp_path).model
    assert isinstance(loaded, Parameters) and loaded.name == "Cells"
    assert loaded.n == 3 and loaded.tau == 10 * ms and np.array_equal(loaded.drive, [1, 2, 3] * mV)
    with pytest.raises(AttributeError, match="no parameter 'nothing'"):
        loaded.nothing
    Result.load(tmp_path).save(tmp_path / "again")
    _same(_result(), Result.load(tmp_path / "again"))


def test_a_model_that_has_changed_since_comes_back_with_its_new_defaults(tmp_path, capsys):
    _result(IzhikevichPopulation(n=7)).save(tmp_path)
    parameters = json.loads((tmp_path / "run.json").read_text())["parameters"]
    del parameters["tau"], parameters["b"]
    _edit(tmp_path, parameters={**parameters, "old": 5})
    for _ in range(2):
        loaded = Result.load(tmp_path).model
    assert isinstance(loaded, IzhikevichPopulation) and loaded.n == 7 and loaded.tau == IzhikevichPopulation().tau
    [line] = capsys.readouterr().err.splitlines()  # once
    assert "IzhikevichPopulation has changed" in line and "default: b, tau;" in line and "left out: old" in line
    # What the class refuses, or cannot take, stays as it was stored.
    for value in (0, {"row": {"colour": "red"}}, {"text": "<lambda>"}):
        _edit(tmp_path, parameters={**parameters, "n": value})
        assert isinstance(Result.load(tmp_path).model, Parameters)


def test_rows_that_have_changed_since_come_back_with_their_new_defaults(tmp_path, monkeypatch, capsys):
    _saved_and_loaded(toys.Wired(projections=[toys.Projection("A", 3, 2, toys.Kernel("t"))]), tmp_path, monkeypatch)
    parameters = json.loads((tmp_path / "run.json").read_text())["parameters"]
    row = parameters["projections"][0]["row"]
    del row["delay"]
    row["kernel"]["row"]["colour"] = "red"
    _edit(tmp_path, parameters=parameters)
    loaded = Result.load(tmp_path).model
    assert loaded.projections == (toys.Projection("A", 3, 0, toys.Kernel("t")),)
    assert "Wired has changed since this result (left out: colour of Kernel)." in capsys.readouterr().err
    del row["name"]  # which has no default
    _edit(tmp_path, parameters=parameters)
    assert isinstance(Result.load(tmp_path).model, Parameters)


@pytest.mark.parametrize("name", OLD)
def test_results_of_0_1_0_are_read_and_drawn(name, tmp_path, zoo_here):
    """Made by tests/reference/results_0.1.0/make.py; their models are in modules called models.NAME."""
    shutil.copytree(REFERENCE / "results_0.1.0" / name, tmp_path / "old")
    result = Result.load(tmp_path / "old")
    assert result.versions["brian2-zoo"] == "0.1.0" and type(result.model).__module__ == f"zoo.models.{name}"
    assert f'"module": "models.{name}"' in (tmp_path / "old/run.json").read_text()
    assert sum(map(np.size, result.values())) > 50
    done = zoo_here("plot", "old")
    assert done.returncode == 0 and list((tmp_path / "old").glob("*.png")), done.stderr


def test_large_parameters_go_into_the_arrays(tmp_path):
    drive = np.linspace(0, 1, 1000) * mV
    _result(Cells(n=1000, drive=drive)).save(tmp_path)
    assert len((tmp_path / "run.json").read_text()) < 5000
    assert np.array_equal(Result.load(tmp_path).model.drive, drive)


def test_rows_come_back(tmp_path):
    from zoo.models.basal_ganglia import BasalGanglia

    _result(BasalGanglia(scale=0.1)).save(tmp_path)
    assert Result.load(tmp_path).model.nuclei == BasalGanglia().nuclei


def _saved_and_loaded(model, tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "model_class", lambda module, name: getattr(toys, name, None))
    _result(model).save(tmp_path)
    return Result.load(tmp_path).model


def test_tables_with_arrays_come_back(tmp_path, monkeypatch):
    """Large ones are in arrays.npz, and small ones in run.json."""
    large, small = np.random.default_rng(0).normal(size=(50, 40)), np.array([[1, 2], [3, 4]])
    rows = (
        toys.Projection("A", large, np.linspace(1, 2, 100) * ms, toys.Kernel("exp(-t/(20*ms))", 50 * ms)),
        toys.Projection("B", small, [3, 4] * ms, None, {"kind": "x", "sizes": (3, 4), 7: [1, None, True]}),
        toys.Projection("C", np.float64(2.5), options=np.int64(3)),
    )
    saved = toys.Wired(projections=rows, options={"a": 3 * mV, "b": {"c": (1, 2)}}, names=["x", "y"])
    loaded = _saved_and_loaded(saved, tmp_path, monkeypatch)
    assert isinstance(loaded, toys.Wired) and len((tmp_path / "run.json").read_text()) < 5000
    for mine, other in zip(rows, loaded.projections, strict=True):
        assert type(other) is toys.Projection and (other.name, other.kernel) == (mine.name, mine.kernel)
        assert np.array_equal(mine.weights, other.weights) and np.shape(mine.weights) == np.shape(other.weights)
        assert np.array_equal(mine.delay, other.delay) and get_dimensions(mine.delay) is get_dimensions(other.delay)
    assert loaded.projections[1].options == rows[1].options and loaded.projections[2].options == 3
    assert type(loaded.projections[0].kernel) is toys.Kernel and loaded.projections[1].weights.dtype == small.dtype
    assert loaded.options == saved.options and loaded.names == saved.names
    with np.load(tmp_path / "arrays.npz") as file:
        assert np.array_equal(file["parameters/projections.0.weights"], large)


def test_rows_of_a_class_that_is_not_at_hand(tmp_path):
    """They are read by name, and stored again they are still the same rows."""
    rows = (toys.Projection("A", np.ones(100), kernel=toys.Kernel("t", 20 * ms)),)
    _result(toys.Wired(projections=rows)).save(tmp_path / "one")
    loaded = Result.load(tmp_path / "one")
    row = loaded.model.projections[0]
    assert isinstance(loaded.model, Parameters) and row.name == "A" and row.kernel.window == 20 * ms
    with pytest.raises(AttributeError, match="no field 'colour'"):
        row.colour
    loaded.save(tmp_path / "two")
    one, two = (json.loads((tmp_path / name / "run.json").read_text())["parameters"] for name in ("one", "two"))
    assert one == two
    assert pickle.loads(pickle.dumps(loaded.model)).projections[0].name == "A"


def test_a_timed_array_comes_back(tmp_path, monkeypatch):
    drive = TimedArray(np.arange(200.0).reshape(100, 2) * mV, dt=2 * ms, name="drive_of_cells")
    loaded = _saved_and_loaded(toys.Wired(drive=drive), tmp_path, monkeypatch).drive
    assert isinstance(loaded, TimedArray) and loaded.name == drive.name and loaded.dt == drive.dt
    assert np.array_equal(loaded.values, drive.values) and loaded(4 * ms, 1) == 5 * mV


def test_what_cannot_be_stored_does_not_come_back_as_something_else(tmp_path, monkeypatch):
    loaded = _saved_and_loaded(toys.Wired(drive=print), tmp_path, monkeypatch)
    assert isinstance(loaded, Parameters) and "print" in loaded.drive


def test_numbers_of_numpy(tmp_path):
    numbers = {
        "a": np.int64(3),
        "b": np.float32(0.5),
        "c": np.bool_(True),
        "d": np.arange(3),
        "e": 2 * mV,
        "f": {"g": 1},
    }
    _result(numbers=numbers, seed=np.int64(7), completed=np.float64(1)).save(tmp_path)
    loaded = Result.load(tmp_path)
    assert loaded.numbers.pop("d").tolist() == [0, 1, 2] and loaded.seed == 7
    assert loaded.numbers == {"a": 3, "b": 0.5, "c": True, "e": 2 * mV, "f": {"g": 1}}


def test_single_numbers_without_a_unit_are_python_numbers():
    assert type(stored.with_unit(3.5, "1")) is float and type(stored.with_unit(np.int64(3), "1")) is int
    assert isinstance(stored.with_unit(0.02, "second"), Quantity) and stored.with_unit([1, 2], "1").shape == (2,)


def test_an_array_may_have_any_name(tmp_path):
    arrays = {name: np.array([1.0, 2.0]) for name in ("file", "args", "allow_pickle", "a b", "é", "x.npy")}
    _result(arrays=arrays).save(tmp_path)
    _same(_result(arrays=arrays), Result.load(tmp_path))


def test_arrays_of_objects_are_refused(tmp_path):
    with pytest.raises(ZooError, match="odd.things is an array of Python objects"):
        _result(arrays={"odd.things": np.array([print], dtype=object)}).save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_run_json_says_everything(tmp_path):
    _result().save(tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["parameters"]["tau"] == {"value": 0.01, "unit": "second"}
    assert record["parameters"]["drive"] == {"value": [0.001, 0.002, 0.003], "unit": "volt"}
    assert "dv/dt" in record["parameters"]["cell"] and record["equations"]["cells"]["model"]
    assert (record["seed"], record["backend"], record["key"]) == (7, "cpp", "abc")
    assert {"brian2", "brian2-zoo", "numpy", "python", "git"} <= set(record["versions"])
    assert record["seconds"] == {"build": 1.5, "run": 0.2}


def test_arrays_are_si_numbers_without_pickles(tmp_path):
    _result().save(tmp_path)
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as file:
        assert np.array_equal(file["spikes.t"], [0.001, 0.0025])
        assert all(file[name].dtype.kind in "fib" for name in file.files)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "run.json").unlink(), "no run.json"),
        (lambda folder: (folder / "arrays.npz").unlink(), "no arrays.npz"),
        (lambda folder: (folder / "run.json").write_text("{"), "damaged"),
        (lambda folder: (folder / "run.json").write_text("[]"), "damaged"),
        (lambda folder: (folder / "run.json").write_text("{}"), "damaged"),
        (lambda folder: (folder / "run.json").write_bytes(b"\xff\xfe"), "damaged"),
        (lambda folder: (folder / "arrays.npz").write_bytes(b"PK\x03\x04"), "damaged"),
        (lambda folder: (folder / "arrays.npz").write_bytes((folder / "arrays.npz").read_bytes()[:-40]), "damaged"),
        (lambda folder: _edit(folder, units={"spikes.t": "furlong"}), "damaged"),
        (lambda folder: _edit(folder, units={"spikes.q": "second"}), "damaged"),
        (lambda folder: _edit(folder, duration=None), "damaged"),
        (lambda folder: _edit(folder, seed="x"), "damaged"),
        (lambda folder: _edit(folder, seed=1e999), "damaged"),
        (lambda folder: _edit(folder, seed=True), "damaged"),
        (lambda folder: _edit(folder, completed=1e999), "damaged"),
        (lambda folder: _edit(folder, completed=-1), "damaged"),
        (lambda folder: _edit(folder, duration={"value": [1, 2], "unit": "second"}), "damaged"),
        (lambda folder: _edit(folder, duration={"value": 1, "unit": "volt"}), "damaged"),
        (lambda folder: _edit(folder, numbers=["x"]), "damaged"),
        (lambda folder: _edit(folder, numbers={"x": {"what": 3}}), "damaged"),
        (lambda folder: _edit(folder, numbers={"x": {}}), "damaged"),
        (lambda folder: _edit(folder, parameters={"x": {"array": "none", "unit": "1"}}), "damaged"),
        (lambda folder: _edit(folder, parameters={"x": {"value": [[1], [2, 3]], "unit": "1"}}), "damaged"),
        (lambda folder: _edit(folder, state=5), "damaged"),
        (lambda folder: _edit(folder, model=None), "damaged"),
        (lambda folder: _edit(folder, seconds={"run": "x"}), "damaged"),
        (lambda folder: _edit(folder, units={"spikes.t": "(" * 5000}), "damaged"),
        (lambda folder: (folder / "run.json").write_text("[" * 100_000), "damaged"),
        (lambda folder: (folder / "run.json").write_text("9" * 10_000), "damaged"),
        (lambda folder: _edit(folder, format=1), "has the format 1"),
        (lambda folder: _edit(folder, format="x" * 500), "has the format 'xxx"),
    ],
)  # fmt: skip
def test_a_damaged_folder_is_one_sentence(tmp_path, damage, words):
    _result().save(tmp_path)
    damage(tmp_path)
    with pytest.raises(ZooError) as error:
        Result.load(tmp_path)
    assert words in str(error.value) and "\n" not in str(error.value) and len(str(error.value)) < 600


def test_a_file_is_no_result_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ZooError, match="file is not a result folder"):
        Result.load(tmp_path / "file")


def _edit(folder, **changes):
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, **changes}))


def test_pickles_are_not_read(tmp_path):
    import hashlib

    _result().save(tmp_path)
    np.savez(tmp_path / "arrays.npz", **{"spikes.t": np.array([print], dtype=object)})
    _edit(tmp_path, sha256=hashlib.sha256((tmp_path / "arrays.npz").read_bytes()).hexdigest(), units={"spikes.t": "1"})
    with pytest.raises(ZooError, match="damaged"):
        Result.load(tmp_path)


def test_no_module_is_imported_because_a_file_says_so(tmp_path):
    import sys

    _result().save(tmp_path)
    _edit(tmp_path, module="antigravity", model="fly")
    assert isinstance(Result.load(tmp_path).model, Parameters)
    assert "antigravity" not in sys.modules


def test_two_halves_of_different_saves_are_noticed(tmp_path):
    _result().save(tmp_path)
    old = (tmp_path / "run.json").read_text()
    _result(numbers={"rate": 9}, arrays={"spikes.t": np.array([5.0]) * ms}).save(tmp_path)
    (tmp_path / "run.json").write_text(old)
    with pytest.raises(ZooError, match="damaged"):
        Result.load(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ZooError, match="cannot be written"):
        _result().save(tmp_path / "file" / "x")


def test_other_files_stay(tmp_path):
    (tmp_path / "raster.png").write_text("figure")
    _result().save(tmp_path)
    _result().save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arrays.npz", "raster.png", "run.json"]


def test_collect():
    with collect() as outer:
        first = collected(_result())
        with collect() as inner:
            collected(_result())
        collected(_result())
    collected(_result())
    assert len(outer) == 2 and len(inner) == 1 and outer[0] is first


def test_with_numbers_and_only():
    result = _result().with_numbers(accuracy=0.5)
    assert result.numbers == {"rate": 3.5, "accuracy": 0.5}
    assert set(result.with_only({"a": np.ones(2)})) == {"a"}


def test_a_field_called_name(tmp_path):
    class Named(Model):
        name: str = "Ada"
        values: 1 = 2

    _result(Named()).save(tmp_path)
    assert Result.load(tmp_path).model.values["name"] == "Ada"
    assert isinstance(_result()["cells.g"], Quantity)
