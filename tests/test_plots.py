"""Figures: what is asked for is in them, in the right place and unit."""

import dataclasses
import warnings

import numpy as np
import pytest
from brian2 import Hz, ms, mV
from matplotlib import image
from matplotlib.figure import Figure

from tests.toys import Cells
from zoo import Result, ZooError, plots


def _result(**arrays):
    standard = {
        "spikes.t": np.array([10.0, 20.0, 30.0, 90.0]) * ms,
        "spikes.i": np.array([0, 4, 4, 2]),
        "spikes.count": np.array([1, 0, 1, 0, 2]),
        "trace.t": np.arange(100.0) * ms,
        "trace.v": np.outer([1.0, 2.0], np.arange(100.0)) * mV,
        "trace.g": np.ones((2, 100)),
        "trace.record": np.array([0, 3]),
    }
    return Result(arrays={**standard, **arrays}, model=Cells(), duration=100 * ms, backend="cpp", seed=0)


def _points(axes):
    return np.concatenate([collection.get_offsets() for collection in axes.collections])


def test_raster_has_every_spike_at_its_place():
    figure = plots.raster(_result())
    (axes,) = figure.axes
    assert np.allclose(_points(axes), [[10, 0], [20, 4], [30, 4], [90, 2]])
    assert axes.get_xlim() == (0, 100) and axes.get_ylim() == (-0.5, 4.5)
    assert axes.get_xlabel() == "time (ms)" and axes.get_ylabel() == "neuron"
    assert "4 spikes of 5 neurons, mean rate 8 Hz" in axes.get_title(loc="left")


def test_populations_have_colours_and_names():
    (axes,) = plots.raster(_result(), populations={"A": 2, "B": 3}).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A (2)", "B (3)"]
    assert [len(collection.get_offsets()) for collection in axes.collections] == [1, 3]
    assert not np.array_equal(axes.collections[0].get_facecolor(), axes.collections[1].get_facecolor())


def test_a_monitor_that_only_counts_has_no_raster():
    """SpikeMonitor(record=False): named, or alone, it is one sentence; beside others it is left out."""
    counted = {"counted.count": np.array([1, 2])}
    (axes,) = plots.raster(_result(**counted)).axes
    assert np.allclose(_points(axes), [[10, 0], [20, 4], [30, 4], [90, 2]])
    alone = dataclasses.replace(_result(), arrays=counted)
    for result, monitor in ((alone, None), (alone, "counted"), (_result(**counted), ["spikes", "counted"])):
        with pytest.raises(ZooError, match=r"counted has counted its spikes, not recorded them \(record=False\)"):
            plots.raster(result, monitor)
    assert plots.overview(alone) == {}


def test_several_populations_share_a_raster():
    """One band a monitor, from below; a band of a few neurons is high enough for its name."""
    arrays = {
        "few_spikes.t": np.array([5.0, 6.0]) * ms,
        "few_spikes.i": np.array([0, 1]),
        "few_spikes.count": np.array([1, 1]),
        "spikes_many.t": np.array([7.0, 8.0, 9.0]) * ms,
        "spikes_many.i": np.array([0, 500, 999]),
        "spikes_many.count": np.zeros(1000),
    }
    result = dataclasses.replace(_result(), arrays=arrays)
    (axes,) = plots.raster(result).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["few (2)", "many (1000)"]
    few, many = (collection.get_offsets() for collection in axes.collections)
    height = 0.04 * 1002
    assert np.allclose(few, [[5, height / 4 - 0.5], [6, height * 3 / 4 - 0.5]])
    assert np.allclose(many, [[7, height], [8, height + 500], [9, height + 999]])
    assert axes.get_ylim() == (-0.5, height + 999.5)
    assert "5 spikes of 1002 neurons" in axes.get_title(loc="left") and set(plots.overview(result)) == {"all_spikes"}
    (one,) = plots.raster(result, "spikes_many").axes
    assert one.get_ylabel() == "neuron" and one.get_ylim() == (-0.5, 999.5)
    assert len(plots.raster(result, ["spikes_many", "few_spikes"]).axes[0].collections) == 2


def test_labels_say_what_was_recorded():
    result = dataclasses.replace(_result(), monitors={"trace": {"kind": "StateMonitor", "dt": 1e-4, "of": "synapse"}})
    axes = plots.traces(result).axes[0]
    assert [line.get_label() for line in axes.lines] == ["synapse 0", "synapse 3"]
    assert "2 recorded synapses" in axes.get_title("left")
    names = [line.get_label() for line in plots.traces(result, names=["TI 0", "TI 5"]).axes[0].lines]
    assert names == ["TI 0", "TI 5"]


def test_a_cell_with_traces_needs_no_raster():
    one = {"spikes.i": np.zeros(4, int), "spikes.count": np.array([4])}
    assert set(plots.overview(_result(**one))) == {"trace"}


def test_a_raster_of_millions_is_thinned():
    many = plots.MOST_POINTS * 3
    t = np.linspace(0, 100, many) * ms
    figure = plots.raster(_result(**{"spikes.t": t, "spikes.i": np.zeros(many, int), "spikes.count": np.array([many])}))
    assert 0 < len(_points(figure.axes[0])) <= plots.MOST_POINTS


def test_population_rate_is_spikes_per_neuron_and_second():
    (axes,) = plots.population_rate(_result(), bin=50 * ms).axes
    values, edges, _ = axes.patches[0].get_data()
    assert np.allclose(values, [3 / 5 / 0.05, 1 / 5 / 0.05]) and np.allclose(edges, [0, 50, 100])


def test_the_last_bin_of_a_rate_ends_with_the_simulation():
    """40 ms, and 30 ms, in bins of 20 ms: the rate of half a bin is that of its own width."""
    for share, edges, rates in (
        (0.4, [0, 20, 40], [1 / 5 / 0.02, 2 / 5 / 0.02]),
        (0.3, [0, 20, 30], [10, 2 / 5 / 0.01]),
    ):
        result = dataclasses.replace(_result(), completed=share)
        axes = plots.population_rate(result, bin=20 * ms).axes[0]
        values, shown, _ = axes.patches[0].get_data()
        assert np.allclose(shown, edges) and np.allclose(values, rates) and axes.get_xlim() == (0, edges[-1])


def test_a_stopped_run_is_drawn_to_where_it_came():
    """Not to the end of the duration that was planned."""
    t = np.arange(40.0)
    arrays = {"trace.t": t * ms, "trace.v": np.outer([1.0, 2.0], t) * mV, "trace.g": np.ones((2, 40))}
    stopped = dataclasses.replace(_result(**arrays), completed=0.4)
    figures = plots.overview(stopped)
    assert figures["spikes"].axes[0].get_xlim() == (0, 40) and "mean rate 20 Hz" in figures["spikes"].axes[0].get_title(
        "left"
    )
    assert figures["trace"].axes[0].get_xlim() == (0, 40)
    nothing = {name: value[..., :0] if name.startswith("trace.") and name[6:] != "record" else value
               for name, value in stopped.arrays.items()}  # fmt: skip
    none = {"spikes.t": np.zeros(0) * ms, "spikes.i": np.zeros(0, int), "spikes.count": np.zeros(5, int)}
    for completed in (0, 1e-9):
        before = dataclasses.replace(stopped, arrays={**nothing, **none}, completed=completed)
        assert set(plots.overview(before)) == {"spikes", "trace"} and plots.mean_rate(before) == 0


def test_a_state_monitor_that_recorded_nothing():
    """StateMonitor(record=False), and one of more neurons than a legend has names for."""
    arrays = {"trace.record": np.zeros(0, int), "trace.v": np.zeros((0, 100)) * mV, "trace.g": np.zeros((0, 100))}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plots.traces(_result(**arrays)).axes[0].lines[:] == []
    many = {"trace.record": np.arange(50), "trace.v": np.zeros((50, 100)) * mV, "trace.g": np.zeros((50, 100))}
    axes = plots.traces(_result(**many)).axes[0]
    assert axes.get_legend() is None and "50 recorded neurons" in axes.get_title("left")


def test_traces_have_units_and_a_line_for_each_neuron():
    figure = plots.traces(_result(), variables=("v", "g"), labels={"g": "gate"})
    v, g = figure.axes
    assert v.get_ylabel() == "v (mV)" and g.get_ylabel() == "gate"
    assert [line.get_label() for line in v.lines] == ["neuron 0", "neuron 3"]
    assert np.allclose(v.lines[1].get_ydata(), 2 * np.arange(100))


def test_large_grids_and_many_classes_have_scales_in_the_place_of_numbers():
    figure, axes = plots.figure()
    plots.class_map(np.arange(1600).reshape(40, 40) % 10, axes=axes)
    assert not axes.texts and len(figure.axes) == 2 and figure.axes[1].get_ylabel() == "class"
    figure, axes = plots.figure()
    plots.confusion(np.ones((47, 48), int), axes=axes)
    assert not axes.texts and len(figure.axes) == 2 and len(axes.get_xticks()) <= 13
    assert axes.get_xticklabels()[-1].get_text() == "none"


def test_units_in_labels():
    assert plots.typeset("uA/cm**2") == "µA/cm²" and plots.typeset("mV") == "mV" and plots.typeset("um") == "µm"


def test_names_of_classes():
    """Names that are no numbers stand at the axes of a confusion matrix and at a scale of the class map."""
    names = ["Bag", "Coat", "Dress"]
    _, axes = plots.figure()
    plots.confusion(np.ones((3, 4), int), names, axes=axes)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [*names, "none"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == names
    figure, axes = plots.figure()
    plots.class_map(np.array([[0, 2]]), names, axes=axes)
    assert [tick.get_text() for tick in figure.axes[1].get_yticklabels()] == ["0  Bag", "1  Coat", "2  Dress"]


def test_mean_rate_of_a_stopped_run():
    assert plots.mean_rate(_result()) == pytest.approx(8)
    assert plots.mean_rate(dataclasses.replace(_result(), completed=0.5)) == pytest.approx(16)


def test_what_is_not_there_is_said():
    empty = Result(arrays={}, model=Cells(), duration=100 * ms, backend="cpp", seed=0)
    with pytest.raises(ZooError, match="0 spike monitors"):
        plots.raster(empty)
    with pytest.raises(ZooError, match="no spike monitor 'other'; it has spikes"):
        plots.raster(_result(), "other")


def test_no_spikes_is_a_figure_too():
    none = _result(**{"spikes.t": np.zeros(0) * ms, "spikes.i": np.zeros(0, int), "spikes.count": np.zeros(5)})
    assert plots.raster(none).axes[0].get_ylim() == (-0.5, 4.5)
    plots.population_rate(none)


def test_overview():
    assert set(plots.overview(_result())) == {"spikes", "trace"}


def test_scaled():
    values, unit = plots.scaled([1, 2] * mV)
    assert unit == "mV" and np.allclose(values, [1, 2])
    assert plots.scaled(np.ones(2))[1] == "" and plots.scaled(1 * Hz)[1] == "Hz"


def test_mosaic_puts_every_field_at_its_place():
    _, axes = plots.figure()
    fields = np.zeros((6, 4))
    fields[4] = [1, 2, 3, 4]  # row 1, column 1 of a 2 x 3 grid
    plots.mosaic(fields, (2, 3), (2, 2), axes=axes)
    picture = axes.images[0].get_array()
    assert picture.shape == (5, 8)
    assert np.array_equal(picture[3:5, 3:5], [[1, 2], [3, 4]])
    assert np.nansum(np.ma.filled(picture.astype(float), 0)) == 10, "all other fields are 0"


def test_class_map_and_confusion_write_their_numbers():
    _, axes = plots.figure()
    plots.class_map(np.array([[1, -1], [2, 3]]), axes=axes)
    assert [text.get_text() for text in axes.texts] == ["1", "2", "3"]
    _, axes = plots.figure()
    plots.confusion(np.array([[5, 0, 1], [2, 3, 0]]), axes=axes)
    assert [text.get_text() for text in axes.texts] == ["5", "1", "2", "3"]
    assert axes.get_xticklabels()[-1].get_text() == "none"


def test_a_png_is_drawn_once_and_as_matplotlib_does(tmp_path, monkeypatch):
    """Layout and pixels are those of savefig, which draws twice; the figure keeps its layout engine and its dpi."""
    figure = plots.traces(_result())
    engine, dpi = figure.get_layout_engine(), figure.dpi
    drawn = []
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda self, renderer: (drawn.append(1), draw(self, renderer)))
    plots.save({"ours": figure}, tmp_path)
    assert len(drawn) == 1 and figure.get_layout_engine() is engine and figure.dpi == dpi
    plots.traces(_result()).savefig(tmp_path / "theirs.png", dpi=120)
    assert len(drawn) == 3, "if savefig draws once, save need not do it"
    ours, theirs = (image.imread(tmp_path / f"{name}.png") for name in ("ours", "theirs"))
    assert ours.shape == theirs.shape and np.array_equal(ours, theirs)


def test_only_the_lowest_of_shared_axes_has_ticks():
    _, axes = plots.figure(2, 2, sharex=True)
    assert [part.xaxis.get_visible() for part in axes.flat] == [False, False, True, True]
    _, axes = plots.figure(2)
    assert all(part.xaxis.get_visible() for part in axes)


def test_figures_in_several_formats(tmp_path, capsys):
    from PIL import Image

    with plots.saving(["pdf", "svg", "png", "svg"], 300):
        plots.save({"raster": plots.raster(_result())}, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"raster.pdf", "raster.svg", "raster.png"}
    assert capsys.readouterr().out.count("wrote") == 3
    assert Image.open(tmp_path / "raster.png").size == (8 * 300, 4.5 * 300)
    # Text is text and not the outlines of its letters.
    assert ">time (ms)</text>" in (tmp_path / "raster.svg").read_text()
    pdf = (tmp_path / "raster.pdf").read_bytes()
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf
    plots.save({"after": plots.raster(_result())}, tmp_path)
    assert Image.open(tmp_path / "after.png").size == (8 * 120, 4.5 * 120)
    assert not (tmp_path / "after.svg").exists()


def test_a_raster_of_many_spikes_is_a_small_svg(tmp_path):
    """A dot has 90 bytes in an SVG: 30,000 of them are a picture inside of it."""
    many = np.arange(30_000)
    result = _result(**{"spikes.t": many / 300 * ms, "spikes.i": many % 5})
    with plots.saving(["svg"]):
        plots.save({"raster": plots.raster(result)}, tmp_path)
    text = (tmp_path / "raster.svg").read_text()
    assert len(text) < 300_000 and "<image" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"formats": ["png", "bmp"]}, "unknown figure format 'bmp'; known: eps, .*pdf, png, .*svg"),
        ({"formats": [""]}, "unknown figure format ''"),
        ({"dpi": 0}, "dpi is 0; it must be from 1 to 1200"),
        ({"dpi": 10**6}, "dpi is 1000000"),
    ],
)
def test_formats_that_there_are_not(arguments, words):
    with pytest.raises(ZooError, match=words), plots.saving(**arguments):
        pass


def test_windows(tmp_path, monkeypatch, capsys):
    """The figures themselves are in the windows, once, when all are saved; without a display a sentence says so."""
    from matplotlib import pyplot
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    pyplot.close("all")  # those of other tests
    pyplot.switch_backend("agg")
    shown = []
    monkeypatch.setattr(pyplot, "show", lambda block: shown.append([pyplot.figure(n) for n in pyplot.get_fignums()]))
    figures = {name: plots.raster(_result()) for name in ("one", "two")}
    with plots.saving(show=True):
        plots.save(figures, tmp_path)
    assert shown == [] and "no display" in capsys.readouterr().err and (tmp_path / "two.png").exists()
    # As a canvas of a window toolkit says it.
    monkeypatch.setattr(FigureCanvasAgg, "required_interactive_framework", "tk")
    with plots.saving(show=True):
        plots.save(figures, tmp_path)
        assert shown == []
    assert shown == [list(figures.values())] and pyplot.get_fignums() == [] and capsys.readouterr().err == ""
    with plots.saving(show=True):
        pass
    assert len(shown) == 1 and "no figure to show" in capsys.readouterr().err
    monkeypatch.setattr(pyplot, "figure", lambda *_, **__: (_ for _ in ()).throw(ImportError("no Qt")))
    with plots.saving(show=True):
        plots.save(figures, tmp_path)
    assert "cannot open windows" in capsys.readouterr().err
