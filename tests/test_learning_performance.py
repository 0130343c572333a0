"""The study: rows that are measured once, a table without guesses, figures of all that was measured."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms

from tests.conftest import BACKENDS
from zoo import Result, ZooError, plots
from zoo.command import main
from zoo.experiments import _learning_figures, _reference, _study_record, learning_performance
from zoo.experiments._study_rows import ROWS, Row
from zoo.experiments._study_table import BEGIN, END, table
from zoo.training import checkpoint, learning, session

FIELDS = {"presentation": 60 * ms, "n_images": 20}
SMALL = (
    Row("small", n=3, train=120, dataset="digits", label=60, test=40, fields=FIELDS),
    Row("lif", "lif", n=3, train=120, dataset="digits", label=60, test=40, fields={**FIELDS, "again": 0}),
    Row("gone", n=3, train=120, dataset="mnist"),
)
pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    out = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ROWS, "small", SMALL)
        yield out, learning_performance.main("small", seeds=2, data_dir=out / "nothing", out=out)


def test_a_stopped_study_is_resumed_with_its_options(tmp_path, monkeypatch, capsys):
    """zoo run --resume DIR, as for trainings and sweeps; options that differ are refused, and other folders."""
    measured = []

    def stopped(row, plan, folder, only_tell):
        measured.append((row.name, plan.seed, plan.data_dir, folder.relative_to(out)))
        folder.mkdir(parents=True, exist_ok=True)
        raise KeyboardInterrupt

    out, command = tmp_path / "study", ["run", "learning_performance"]
    monkeypatch.setitem(ROWS, "small", SMALL)
    monkeypatch.setattr(learning_performance, "_measured", stopped)
    monkeypatch.chdir(tmp_path)
    options = ["--rows", "gone", "--seeds", "2", "--data_dir", "images"]
    assert main.command([*command, *options, "--out", str(out)]) == 130
    monkeypatch.chdir(out)
    for arguments in ([*command, "--resume", str(out)], ["run", "--resume", str(out)]):
        assert main.command(arguments) == 130
    assert measured == [("gone", 0, tmp_path / "images", Path("rows/gone/seed_0"))] * 3
    assert main.command([*command, "--seeds", "3", "--resume", str(out)]) == 2
    assert "was begun with 2" in capsys.readouterr().err
    assert main.command([*command, "--resume", str(tmp_path)]) == 2
    assert "nothing that learning_performance could continue" in capsys.readouterr().err


@pytest.mark.slow
def test_rows_are_measured_once(study, monkeypatch, capsys):
    out, result = study
    monkeypatch.setitem(ROWS, "small", SMALL)
    monkeypatch.setattr(learning, "learn", None)  # whoever learns now fails
    again = learning_performance.main("small", seeds=2, data_dir=out / "nothing", out=out)
    assert again.numbers == result.numbers
    assert all(np.array_equal(again[name], result[name], equal_nan=result[name].dtype.kind == "f") for name in result)
    changed = (dataclasses.replace(SMALL[0], fields={**FIELDS, "rho": 0.5}),)
    monkeypatch.setitem(ROWS, "small", changed)
    with pytest.raises(TypeError):  # other settings are another measurement
        learning_performance.main("small", seeds=1, out=out)


@pytest.mark.slow
def test_a_row_that_was_stopped_goes_on(tmp_path, study, monkeypatch):
    """It ends with the numbers of the one that was not, and nothing is left of its checkpoint."""
    _, whole = study
    monkeypatch.setitem(ROWS, "small", SMALL[:1])
    count, real = [0], session.Session.chunk

    def chunk(self, *arguments):
        count[0] += 1
        if count[0] > 4:
            raise KeyboardInterrupt
        real(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.Session, "chunk", chunk)
        with pytest.raises(KeyboardInterrupt):
            learning_performance.main("small", seeds=1, out=tmp_path)
    folder = tmp_path / "rows/small/seed_0"
    assert checkpoint.load_checkpoint(folder)[2].chunks == 4
    result = learning_performance.main("small", seeds=1, out=tmp_path)
    assert np.array_equal(result["small/accuracy"][0], whole["small/accuracy"][0], equal_nan=True)
    assert not (folder / checkpoint.CHECKPOINT).exists()
    assert Result.load(folder).experiment == "hh_mnist_grid"


def test_the_table_has_what_was_measured_and_nothing_else(study):
    out, result = study
    lines = (out / "table.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(row) for row in cells}) == 1 and len(lines) == 4
    by_name = {row[0]: dict(zip(cells[0], row, strict=True)) for row in cells[2:]}
    assert "gone" not in by_name
    values = 100 * result["small/test"]
    assert by_name["small"]["class means"] == f"{values.mean():.1f} ± {np.abs(values[0] - values[1]) / 2:.1f}"
    assert by_name["small"]["seeds"] == "2" and by_name["lif"]["cell"] == "integrate-and-fire"


def test_the_table_in_a_document(study, tmp_path, monkeypatch):
    out, _ = study
    monkeypatch.setitem(ROWS, "small", SMALL)
    document = tmp_path / "learning.md"
    document.write_text(f"# Before\n{BEGIN}old\n{END}behind\n")
    learning_performance.main("small", seeds=2, only_tell=True, document=document, out=out)
    text = document.read_text()
    assert text.startswith("# Before\n" + BEGIN + "| row ") and text.endswith(END + "behind\n") and "old" not in text
    document.write_text("nothing")
    with pytest.raises(ZooError, match="for the table"):
        learning_performance.main("small", seeds=2, only_tell=True, document=document, out=out)


def test_figures(study):
    _, result = study
    figures = learning_performance.plot(result)
    assert set(figures) == {
        "learning_curves", "accuracy", "receptive_fields", "classes", "confusion", "weights", "homeostasis_spikes",
        "homeostasis_theta",
    }  # fmt: skip
    for name, figure in figures.items():
        assert figure.axes and all(axes.has_data() for axes in figure.axes), name


def test_maps_of_features_are_side_by_side():
    """Of four orientations the first is above the third and left of the second."""
    w = np.repeat(np.arange(4), 196)[:, None]
    _, axes = plots.figure()
    _learning_figures.receptive_fields(w, 1, "gabor", axes)
    picture = axes.images[0].get_array()
    assert picture.shape == (28, 28)
    assert [picture[0, 0], picture[0, 27], picture[27, 0], picture[27, 27]] == [0, 1, 2, 3]
    _learning_figures.receptive_fields(np.repeat([0, 1], 784)[:, None], 1, "dog", plots.figure()[1])


def test_every_row_is_a_network():
    names = [row.name for row in ROWS["all"]]
    assert (
        len(names) == len(set(names)) == sum(len(rows) for group, rows in ROWS.items() if group not in ("all", "small"))
    )
    for row in ROWS["all"]:
        assert row.model.n == row.n and row.plan(0, None).train == row.train
    assert {row.n for row in ROWS["sizes"]} == {10, 15, 20}


@pytest.mark.parametrize(("rows", "name"), [("quik", "quik"), ("digits_hh_n10,nothing", "nothing")])
def test_unknown_rows(rows, name, tmp_path):
    with pytest.raises(ZooError, match=f"row.*'{name}'"):
        learning_performance.main(rows, out=tmp_path)


def test_held_out_images_are_not_learned_from():
    """Rows of all images learn from the others, and say so in the table; embedded digits have test images of their own."""
    whole, part, digits = Row("a", train=60_000), Row("b", train=8000), Row("c", train=1000, dataset="digits", test=500)
    plans = [row.plan(0, None, held_out=True) for row in (whole, part, digits)]
    assert [plan.train for plan in plans] == [50_000, 8000, 1000]
    assert [plan.held_out for plan in plans] == [True, True, False]
    assert whole.plan(0, None).train == 60_000 and not whole.plan(0, None).held_out


def test_the_table_tells_what_was_held_out(study):
    plan = {"train": 50_000, "held_out": True}
    found = Result.load(study[0] / "rows/small/seed_0")
    found = found.with_numbers(plan={**found.numbers["plan"], **plan})
    row = Row("small", n=3, train=60_000)
    line = table((row,), {"small": _study_record.brief(row, [found])})[-1]
    assert "| 50,000 | mnist, held out |" in line


def test_what_comes_with_the_zoo_is_told(tmp_path):
    """Without a measurement here, rows have the numbers of the record, and the figures that compare them are drawn."""
    result = learning_performance.main("all", only_tell=True, out=tmp_path)
    points = {own["name"]: own for own in result.numbers["points"]}
    known = _reference.load("learning_performance")["rows"]
    assert set(points) == set(known), "a measurement of a row that no longer exists, or has other settings"
    assert points["hh_n10_8000"]["mean"] == known["hh_n10_8000"]["mean"]
    assert len((tmp_path / "table.md").read_text().splitlines()) == len(known) + 2
    figures = learning_performance.plot(result)
    assert set(figures) == {"cells", "images", "features", "settings"}
    assert all(axes.has_data() for figure in figures.values() for axes in figure.axes)


def test_measurements_are_added_to_a_file(study, tmp_path):
    out, _ = study
    path = tmp_path / "kept.json"
    row = SMALL[0]
    briefly = _study_record.brief(row, [Result.load(out / f"rows/small/seed_{seed}") for seed in range(2)])
    path.write_text('{"rows": {"other": 1, "small": 2}}')
    _study_record.add(path, {"small": briefly})
    assert json.loads(path.read_text())["rows"] == {"other": 1, "small": briefly}
    assert briefly["seeds"] == 2 and briefly["images"] == 120
    path.write_text("nothing")
    with pytest.raises(ZooError, match="no measurements"):
        _study_record.add(path, {"small": briefly})
