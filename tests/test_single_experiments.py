"""The experiments of single neurons: what they print, draw and refuse, and the click that starts a trajectory."""

import re

import matplotlib
import numpy as np
import pytest
from brian2 import cm, ms, mV, nA, second, uA
from matplotlib import pyplot
from matplotlib.backend_bases import MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tests.conftest import BACKENDS
from zoo import Result, ZooError, plots, program
from zoo.command.main import command
from zoo.experiments import _single, fi_curve, firing_patterns, phase_plane, single_neuron
from zoo.models.leaky_integrate_and_fire import LeakyIntegrateAndFire
from zoo.models.morris_lecar import MorrisLecar

BACKEND = BACKENDS[-1]
PLANES = [name for name, row in _single.NEURONS.items() if row.plane]


def lines(axes):
    """The data of the lines of axes that have some."""
    return [line.get_xydata() for line in axes.lines if len(line.get_xydata()) > 1]


def reloaded(result, folder):
    """A result that went through a folder, as `zoo plot` finds it."""
    result.save(folder)
    return Result.load(folder)


# single_neuron -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", _single.NEURONS)
def test_traces_of_every_neuron(name, tmp_path, capsys):
    row = _single.NEURONS[name]
    result = single_neuron.main(neuron=name, backend=BACKEND)
    assert "spikes" in capsys.readouterr().out and result["spikes.count"][0] >= 5
    figures = single_neuron.plot(reloaded(result, tmp_path))
    panels = figures["traces"].axes
    assert [panel.get_ylabel() for panel in panels] == [label for label, _, _ in row.rows]
    for panel, (_, unit, variables) in zip(panels, row.rows, strict=True):
        assert len(lines(panel)) == len(variables)
        for data, variable in zip(lines(panel), variables, strict=True):
            drawn = data[np.isin(data[:, 0], np.asarray(result["trace.t"] / ms))]
            assert np.ptp(drawn[:, 1]) > 0, variable
            low, high = panel.get_ylim()
            values = np.asarray(result[f"trace.{variable}"][0] / unit)
            assert low < values.min() and values.max() < high
    assert ("gates" in figures) == bool(row.gates)


def test_spikes_of_reset_neurons_are_drawn():
    """An integrate-and-fire neuron never has a v above its threshold."""
    result = single_neuron.main(neuron="leaky_integrate_and_fire", backend=BACKEND)
    (data,) = lines(single_neuron.plot(result)["traces"].axes[0])
    peaks = data[data[:, 1] == 0, 0]
    assert np.allclose(peaks, np.asarray(result["spikes.t"] / ms))


def test_gates_of_hodgkin_huxley():
    """At rest m 0.053, h 0.596, n 0.318, with time constants 0.237, 8.516 and 5.459 ms, as textbooks have them."""
    left, right = single_neuron.plot(single_neuron.main(duration=1 * ms, backend=BACKEND))["gates"].axes
    expected = (0.0529, 0.5961, 0.3177), (0.2368, 8.5158, 5.4586)
    for panel, values in zip((left, right), expected, strict=True):
        for data, value in zip(lines(panel), values, strict=True):
            assert np.isfinite(data).all()
            assert abs(np.interp(-65, *data.T) - value) < 1e-4 * max(1, value)
            assert np.abs(np.diff(data[:, 1])).max() < 0.1 * np.ptp(data[:, 1]), "no gap where the formula has 0/0"


def test_many_currents_at_once(capsys):
    result = single_neuron.main(current=np.array([2, 10]) * uA / cm**2, backend=BACKEND)
    assert result["spikes.count"].tolist() == [0, 6]
    assert "I = 2 µA/cm²: 0 spikes" in capsys.readouterr().out
    figure = single_neuron.plot(result)["traces"]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["2 µA/cm²", "10 µA/cm²"]
    assert figure.axes[1].get_ylabel() == "n"


def test_protocols():
    """A ramp, an equation, presets and parameters reach the model."""
    ramp = single_neuron.main(neuron="izhikevich", preset="FS", stimulus="ramp", end=100 * ms, backend=BACKEND)
    assert (ramp.model.a, ramp.model.d) == (0.1, 2)
    current = ramp["trace.I"][0]
    assert 9.9 < current.max() < 10 and np.all(np.diff(current[100:399]) > 0)
    # A current lasts from the first step at onset to the last one before end.
    step = single_neuron.main(neuron="izhikevich", onset=10 * ms, end=20 * ms, duration=30 * ms, backend=BACKEND)
    assert np.flatnonzero(step["trace.I"][0]).tolist() == list(range(40, 80))
    model = _single.choose("hodgkin_huxley", parameters="T = 16.3; g_Na = 100*msiemens/cm**2; stimulus = s = 2 : 1")
    assert model.T == 16.3 and float(model.g_Na) == 1000 and model.stimulus == "s = 2 : 1"
    assert _single.choose("morris_lecar", "snic", "n = 3; stimulus = ramp").n == 3
    assert float(_single.choose("morris_lecar", "snic").V_3 / mV) == 12


# fi_curve ------------------------------------------------------------------------------------------------------------


def test_fi_curve_of_the_integrate_and_fire_neuron(tmp_path, capsys):
    """Up to the time step the closed form, with an onset at (v_t - E_L)/R_m."""
    result = fi_curve.main(neuron="leaky_integrate_and_fire", points=31, backend=BACKEND)
    currents = result["curve.I"]
    assert np.allclose(np.asarray(currents / nA), np.linspace(0, 6, 31))
    exact = np.asarray(LeakyIntegrateAndFire().rate(currents))
    # An interval is rounded up to the next step: at most 0.05 ms more.
    rates = np.asarray(result["curve.rate"])
    firing = exact > 10
    assert np.all(rates[firing] <= exact[firing] + 1e-9) and np.all(rates[firing] > 1 / (1 / exact[firing] + 5.1e-5))
    # A cell that is nearer to its onset fires too rarely to be seen in half a second.
    assert 1.5e-9 < result.numbers["onset_si"] < 1.5005e-9
    assert "onset of repetitive firing at 1.5" in capsys.readouterr().out
    (axes,) = fi_curve.plot(reloaded(result, tmp_path))["fi_curve"].axes
    assert len(lines(axes)[0]) == 31 and axes.get_xlabel() == "I (nA)"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["simulated", "closed form"]


def test_fi_curve_of_hodgkin_huxley():
    """From rest, repetitive firing begins at 6.260 µA/cm² in 2 s; in shorter runs up to 0.003 below."""
    low, high = 6 * uA / cm**2, 7 * uA / cm**2
    result = fi_curve.main(low=low, high=high, points=11, duration=0.5 * second, backend=BACKEND)
    assert 0.0625 < result.numbers["silent_si"] < result.numbers["onset_si"] < 0.063
    assert 48 < result.numbers["onset_hz"] < 53


def test_oscillations_below_the_threshold_are_no_spikes(tmp_path, capsys):
    """The limit cycle of the axon ends at 154.5 µA/cm² (Rinzel and Miller, 1980); its peaks fall below 0 mV near 63."""
    low, high = 50 * uA / cm**2, 170 * uA / cm**2
    result = fi_curve.main(low=low, high=high, points=5, duration=0.4 * second, backend=BACKEND)
    assert "oscillates without spikes (below the threshold) at 80 µA/cm² to 140 µA/cm²" in capsys.readouterr().out
    assert (np.asarray(result["curve.rate"]) > 0).tolist() == [True, False, False, False, False]
    # From the imaginary part of the eigenvalues at 154.5: 1.06 per ms, 169 Hz; slower where the cycle is large.
    oscillation = np.asarray(result["curve.oscillation"])
    assert (
        oscillation[[0, 4]].tolist() == [0, 0] and np.all(np.diff(oscillation[:4]) > 0) and 120 < oscillation[3] < 170
    )
    assert result.numbers["oscillation_from_si"] == pytest.approx(0.8)
    (axes,) = fi_curve.plot(reloaded(result, tmp_path))["fi_curve"].axes
    drawn = [line[:, 0].round(9).tolist() for line in lines(axes)[1:]]
    assert drawn == [[80, 110, 140]] * 2, "no line joins firing and not firing"
    assert "oscillations below v_spike = 0 mV, no spikes" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_ramp_says_where_it_makes_spikes(capsys):
    """It reaches its current at the end of the run."""
    result = single_neuron.main(
        current=40 * uA / cm**2, stimulus="ramp", onset=0 * ms, duration=60 * ms, backend="runtime"
    )
    said = capsys.readouterr().out
    count, first = int(result["spikes.count"][0]), 40 * float(result["spikes.t"][0] / (60 * ms))
    found = re.search(r"ramp from 0 to 40 µA/cm²: (\d+) spikes, from (\S+) µA/cm²", said)
    assert int(found[1]) == count > 1 and float(found[2]) == pytest.approx(first, abs=0.02)


def test_fi_curve_without_an_onset(capsys):
    result = fi_curve.main(neuron="izhikevich", low=-3, high=0, points=4, duration=0.2 * second, backend=BACKEND)
    assert "no onset" in capsys.readouterr().out and not result["curve.rate"].any() and not result.numbers
    assert fi_curve.plot(result)["fi_curve"].axes


def test_a_cell_that_stops_has_no_rate():
    """Ten spikes and then silence; four regular ones; one; none."""
    spikes = [np.arange(10) * 0.02 + 0.41, np.array([0.6, 0.7, 0.8, 0.9]), np.array([0.9]), np.array([])]
    result = Result(
        arrays={
            "spikes.t": np.concatenate(spikes) * second,
            "spikes.i": np.repeat(np.arange(4), [len(times) for times in spikes]),
            "spikes.count": np.array([len(times) for times in spikes]),
        },
        model=LeakyIntegrateAndFire(), duration=1 * second, backend="cpp", seed=0,
    )  # fmt: skip
    assert np.allclose(fi_curve.steady_rates(result), [0, 10, 0, 0])


# phase_plane ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLANES)
def test_phase_planes(name, tmp_path, capsys):
    result = phase_plane.main(neuron=name, backend=BACKEND)
    (axes,) = phase_plane.plot(reloaded(result, tmp_path))["phase_plane"].axes
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[0] == "v-nullcline" and texts[1].endswith("-nullcline")
    assert axes.collections, "a field of arrows"
    found = capsys.readouterr().out.split()
    for kind in texts[2:]:
        assert kind.split()[0] in found
    # Nine trajectories, which start on their grid, move, and are in the window at some time.
    starts = phase_plane._starts(_single.NEURONS[name])
    for number, start in enumerate(starts):
        line = result[f"trajectory.{number}"]
        assert np.allclose(line[:, 0], start) and np.ptp(line[:, :2], axis=1).max() > 0
    assert len(result) == len(starts) + 1, "and the window"


@pytest.mark.slow
def test_fixed_points_outside_the_window(tmp_path, capsys):
    """With I = 2 it is where v - v^3/3 + 2 = (v + a)/b, v = 1.33 and w = 2.54; the axis of w ends at 2."""
    roots = np.roots([-1 / 3, 0, 1 - 1 / 0.8, 2 - 0.7 / 0.8])
    (v,) = roots[np.abs(roots.imag) < 1e-9].real
    expected = f"stable node at v = {v:.5g}, w = {(v + 0.7) / 0.8:.5g}"
    outside = phase_plane.main(current=2.0, duration=1 * ms, backend="runtime")
    assert capsys.readouterr().out == f"{expected}, outside the window; --window shows it\n"
    (axes,) = phase_plane.plot(reloaded(outside, tmp_path))["phase_plane"].axes
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[2:] == ["stable node,\noutside the window:\nv = 1.33, w = 2.54"]
    inside = phase_plane.main(current=2.0, window="w=-1:4", duration=1 * ms, backend="runtime")
    assert capsys.readouterr().out == f"{expected}\n"
    (axes,) = phase_plane.plot(reloaded(inside, tmp_path))["phase_plane"].axes
    assert axes.get_ylim() == (-1, 4) and axes.get_xlim() == (-2.5, 2.5)
    assert axes.get_legend().get_texts()[2].get_text() == "stable node"
    starts = np.array([inside[f"trajectory.{number}"][1, 0] for number in range(9)])
    assert np.allclose(sorted(set(starts)), (-1 + 5 / 6, 1.5, 4 - 5 / 6))
    phase_plane.main(neuron="izhikevich", duration=1 * ms, backend="runtime")
    assert "no fixed point in v = -215 to 160, u = -70 to 65" in capsys.readouterr().out


def test_the_sides_of_a_window_have_the_unit_of_their_variable():
    row = phase_plane._with_window(_single.NEURONS["hodgkin_huxley"], "n_K = .2:.8, v = -0.1*volt:60*mV")
    assert [(axis.name, axis.low, axis.high) for axis in row.plane] == [("v", -100, 60), ("n_K", 0.2, 0.8)]


@pytest.mark.slow
def test_trajectories_have_no_corners():
    """Of two steps the middle is less than half a pixel of a figure of 750 x 550 off the curve; it was 4 with 25 µs."""
    result = phase_plane.main(neuron="hodgkin_huxley", duration=10 * ms, backend="runtime")
    for number in range(9):
        x, y = result[f"trajectory.{number}"] * [[750 / 140], [550]]
        before, after = (np.array([np.diff(x), np.diff(y)])[:, part] for part in (slice(None, -1), slice(1, None)))
        lengths = np.hypot(*before), np.hypot(*after)
        turn = np.abs(before[0] * after[1] - before[1] * after[0]) / np.maximum(np.maximum(*lengths), 1e-9)
        assert np.max(turn / 2) < 0.5


def test_trajectories_of_fitzhugh_nagumo_end_on_the_limit_cycle():
    """The extremes of v over a period, from Euler steps of 0.002 from somewhere else; these are first-order wrong."""
    v, w, extremes = 0.0, 0.0, []
    for step in range(60_000):
        v, w = v + 0.002 * (v - v**3 / 3 - w + 1), w + 0.002 * 0.08 * (v + 0.7 - 0.8 * w)
        if step > 40_000:
            extremes.append(v)
    result = phase_plane.main(backend=BACKEND)
    for number in range(9):
        end = result[f"trajectory.{number}"][0, -800:]
        assert abs(end.max() - max(extremes)) < 0.002 and abs(end.min() - min(extremes)) < 0.002


def test_a_reset_breaks_the_line():
    """At 30 mV it stops, at c it goes on, u + d higher."""
    result = phase_plane.main(neuron="izhikevich", backend=BACKEND)
    line = result["trajectory.4"]
    gaps = np.flatnonzero(np.isnan(line[0]))
    assert len(gaps) >= 3
    assert np.all(line[0, gaps - 1] == 30) and np.allclose(line[0, gaps + 1], -65)
    # u moves a little in the step of the spike.
    assert np.all(np.abs(line[1, gaps + 1] - line[1, gaps - 1] - 8) < 1.5)


def click(axes, x, y, button=1):
    canvas = axes.figure.canvas
    canvas.draw()
    at = axes.transData.transform((x, y))
    canvas.callbacks.process("button_press_event", MouseEvent("button_press_event", canvas, *at, button))


@pytest.mark.parametrize("name", PLANES)
def test_a_click_starts_a_trajectory(name):
    """It starts where the mouse is, and nothing is compiled for it."""
    row = _single.NEURONS[name]
    model = _single.choose(name, onset=0 * ms, n=phase_plane.STARTS**2)
    figure, axes = plots.figure()
    FigureCanvasAgg(figure)
    phase_plane.draw(axes, model, row)
    horizontal, vertical = row.plane
    point = (0.7 * horizontal.low + 0.3 * horizontal.high, 0.4 * vertical.low + 0.6 * vertical.high)
    with program(model, 20 * ms, phase_plane.record, backend=BACKEND) as built:
        phase_plane.listen(axes, lambda start: phase_plane._trajectory(built, start, row, 0))
        before = len(axes.lines)
        click(axes, *point)
        drawn, dot = axes.lines[before:]
        click(axes, *point, button=3)
        figure.canvas.callbacks.process("button_press_event", MouseEvent("button_press_event", figure.canvas, 1, 1, 1))
        assert len(axes.lines) == before + 2, "only a left click, and only inside"
        assert built.run(phase_plane._values(phase_plane._starts(row), model, row)).key == built.key
    # A pixel is a thousandth of the window.
    size = np.array([horizontal.high - horizontal.low, vertical.high - vertical.low])
    assert np.all(np.abs(drawn.get_xydata()[0] - point) / size < 2e-3)
    assert len(drawn.get_xydata()) >= 80 and (np.ptp(drawn.get_xydata()[:5], axis=0) / size).max() > 1e-3
    assert np.allclose(dot.get_xydata()[0], drawn.get_xydata()[0])


def test_the_window(monkeypatch):
    """With --interactive what is clicked is in the result; the window itself stays closed here."""

    def show():
        (axes,) = pyplot.gcf().axes
        click(axes, 1.0, -0.5)
        click(axes, -2.0, 1.5)

    monkeypatch.setattr(pyplot, "show", show)
    monkeypatch.setattr(phase_plane, "_check_backend", lambda: None)
    result = phase_plane.main(interactive=True, backend=BACKEND)
    pyplot.close("all")
    assert len(result) == 9 + 2 + 1
    assert np.allclose(result["trajectory.9"][:, 0], (1, -0.5), atol=0.01)
    assert np.allclose(result["trajectory.10"][:, 0], (-2, 1.5), atol=0.01)


def test_without_a_window():
    assert matplotlib.get_backend().lower() == "agg"
    with pytest.raises(ZooError, match="opens no window"):
        phase_plane.main(interactive=True, backend=BACKEND)


# firing_patterns -----------------------------------------------------------------------------------------------------


def test_twenty_patterns(tmp_path, capsys):
    result = firing_patterns.main(backend=BACKEND)
    assert "A 5" in capsys.readouterr().out
    figure = firing_patterns.plot(reloaded(result, tmp_path))["firing_patterns"]
    (axes,) = figure.axes
    v, magnified, current, bar = (
        np.split(points, np.flatnonzero(np.isnan(points[:, 0])))
        for points in (line.get_xydata() for line in axes.lines)
    )
    assert [len(part) for part in (v, magnified, current, bar)] == [21, 2, 21, 21], "a gap after each, and the rest"
    titles = [text.get_text() for text in axes.texts]
    for number, row in enumerate(result.model.patterns):
        name, (x, y) = firing_patterns.letter(number), firing_patterns._corner(number)
        assert f"{name}  {row.name}" in titles
        trace, below, scale = (np.asarray(part[number])[bool(number) :] - (x, y) for part in (v, current, bar))
        assert np.isclose(trace[0, 0], 0) and trace[-1, 0] <= 1
        assert np.allclose(trace[-1, 0] * row.duration, row.duration, atol=1.01 * row.tau)
        assert np.sum(np.isclose(trace[:, 1], 30)) == len(result[f"{name}.spikes"]) == result.numbers[f"spikes_{name}"]
        assert np.ptp(below[:, 1]) > 10 and below[:, 1].max() < trace[:, 1].min(), "the current is below the trace"
        assert np.isclose(np.ptp(scale[:, 0]) * row.duration, 20)
    assert titles.count("20 x") == 1


# Bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["single_neuron", "--neuron", "izhikevic"], "did you mean izhikevich?"),
        (["single_neuron", "--neuron", "izhikevich", "--preset", "XY"], "known: RS, IB"),
        (["single_neuron", "--preset", "RS"], "hodgkin_huxley has no presets"),
        (["single_neuron", "--current", "10*mV"], "amplitude is 10"),
        (["single_neuron", "--current", "10"], "amplitude is 10"),
        (["single_neuron", "--parameters", "g_na = 3"], "did you mean g_Na"),
        (["single_neuron", "--parameters", "g_Na"], "write name = value"),
        (["single_neuron", "--parameters", "n = 2.5"], "n must be an integer"),
        (["single_neuron", "--stimulus", "stepp"], "did you mean step"),
        (["single_neuron", "--stimulus", "s = foo : 1"], "foo"),
        (
            ["single_neuron", "--neuron", "izhikevich", "--current", "[1, 2]", "--parameters", "a = [1, 2, 3]"],
            "2 and 3",
        ),
        (["fi_curve", "--points", "2"], "at least 3"),
        (["fi_curve", "--low", "9*uA/cm**2", "--high", "3*uA/cm**2"], "low must be a smaller current"),
        (["fi_curve", "--low", "9"], "same unit"),
        (["phase_plane", "--neuron", "leaky_integrate_and_fire"], "one variable"),
        (["phase_plane", "--current", "[1, 2]"], "a single current"),
        (["phase_plane", "--interactive"], "opens no window"),
        (["phase_plane", "--window", "x=0:1"], "known: v, w"),
        (["phase_plane", "--window", "v"], "such as v=-2.5:2.5,w=-1:2"),
        (["phase_plane", "--window", "v=2:1"], "the low side comes first"),
        (["phase_plane", "--window", "v=0:1,v=2:3"], "gives v twice"),
        (["phase_plane", "--window", "v=-1e308:1e308"], "too wide"),
        (["phase_plane", "--neuron", "morris_lecar", "--window", "v=-80:60"], "in mV, such as 10*mV"),
    ],
)
def test_bad_input(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command(["run", *arguments, "--backend", "runtime"]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and said.startswith("zoo: ") and "\n" not in said
    assert not (tmp_path / "results").exists(), "nothing is left behind"


def test_the_command_line_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["--neuron", "morris_lecar", "--preset", "snic", "--current", "30*uA/cm**2", "--backend", BACKEND]
    assert command(["run", "phase_plane", *arguments, "--out", "here"]) == 0
    out = capsys.readouterr().out
    assert "stable node at v = -41.8" in out and "saddle at" in out and "unstable focus" in out
    assert (tmp_path / "here/phase_plane.png").stat().st_size > 30_000
    assert command(["plot", "here"]) == 0


def test_a_result_of_another_model_is_refused():
    result = Result(arrays={}, model=object(), duration=1 * second, backend="cpp", seed=0)
    with pytest.raises(ZooError, match="not of a single neuron"):
        single_neuron.plot(result)
    assert _single.neuron_of(MorrisLecar()).title == "Morris-Lecar model"
