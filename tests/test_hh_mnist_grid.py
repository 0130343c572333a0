"""The Hodgkin-Huxley grids: wiring, what happens between images, and that they learn."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from brian2 import Hz, SpikeMonitor, StateMonitor, cm, metre, ms, mV, second, siemens, uA

from tests.conftest import BACKENDS, COMPILED, optimising
from zoo import Result, ZooError, datasets, encoding, program, replace, simulate
from zoo.catalogue import options
from zoo.catalogue import registry as catalogue
from zoo.experiments import hh_mnist_grid, lif_mnist_grid
from zoo.model import annotations
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.lif_mnist_grid import LIFMnistGrid
from zoo.training import checkpoint, learning, session, settings, trained
from zoo.training.plan import Plan

every_backend = pytest.mark.parametrize("backend", BACKENDS)
compiled_or_slow = pytest.mark.parametrize("backend", COMPILED)
fast = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
BACKEND = "cpp" if "cpp" in BACKENDS else "runtime"

PIXELS = 784

# A program of this model compiles for 8 s: tests share these. SHARED goes with `watched`, LONG with `with_pixels`, SMALL with
# `hh_mnist_grid.record`, as trainings do.
SHARED = {"n": 2, "n_images": 2, "presentation": 300 * ms}
LONG = {"n": 3, "n_images": 150, "presentation": 100 * ms}
SMALL = {"n": 3, "n_images": 8, "presentation": 60 * ms}
TRACED = ("v", "m", "h", "n_K", "g_e", "g_i")


def watched(network):
    trace = StateMonitor(network["excitatory"], TRACED, record=True, order=9, name="trace")
    return [*hh_mnist_grid.record(network), trace]


def with_pixels(network):
    return [*hh_mnist_grid.record(network), SpikeMonitor(network["pixels"], name="pixel_spikes")]


DIGITS = datasets.load("digits").images


def _images(model, count):
    return model.shown(DIGITS[:count])


def _kept(*names, **fields):
    """The model with other variables in its state."""
    return type("Kept", (HHMnistGrid,), {"state": names})(**fields)


@every_backend
@pytest.mark.parametrize(
    ("fields", "record"),
    [
        pytest.param(SHARED, watched, id="2"),
        pytest.param(SMALL, hh_mnist_grid.record, id="3", marks=pytest.mark.slow),
    ],
)
def test_wiring(backend, fields, record):
    """E to I at the same place, I to all other E, every pixel to every E."""
    model = _kept(
        "learned.i", "learned.j", "excite.i", "excite.j", "inhibit.i", "inhibit.j", "inhibit_own.i", "inhibit_own.j",
        **fields,
    )  # fmt: skip
    result = simulate(model, 1 * ms, record, backend=backend)
    cells = model.n**2
    assert np.array_equal(result["excite.i"], np.arange(cells)) and np.array_equal(result["excite.j"], np.arange(cells))
    pairs = set(zip(result["inhibit.i"].tolist(), result["inhibit.j"].tolist(), strict=True))
    assert pairs == {(i, j) for i in range(cells) for j in range(cells) if i != j}
    assert len(result["inhibit.i"]) == cells * (cells - 1), "no pair twice"
    assert np.array_equal(result["inhibit_own.i"], np.arange(cells))
    assert np.array_equal(result["inhibit_own.j"], np.arange(cells))
    assert len(result["learned.i"]) == PIXELS * cells
    assert np.array_equal(np.bincount(result["learned.j"]), np.full(cells, PIXELS))


def _gates(v):
    """Steady states of m, h, n at v in mV, as printed in the paper (shifted to -65 mV)."""
    alpha_m, beta_m = 0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10)), 4 * np.exp(-(v + 65) / 18)
    alpha_h, beta_h = 0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10))
    alpha_n, beta_n = 0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10)), 0.125 * np.exp(-(v + 65) / 80)
    return alpha_m / (alpha_m + beta_m), alpha_h / (alpha_h + beta_h), alpha_n / (alpha_n + beta_n)


@compiled_or_slow
def test_every_image_starts_at_rest(backend):
    """The first step of the second image begins where the first image began, with the gates of the paper."""
    model = HHMnistGrid(**SHARED)
    end = model.presentation + model.dt
    result = simulate(model, end, watched, backend=backend, values=_images(model, 2))
    steps = round(float(model.presentation / model.dt))
    assert np.ptp(np.asarray(result["trace.v"])) > 0.001, "something happened in between"
    for step in (0, steps):
        at = {name: np.asarray(result[f"trace.{name}"])[:, step] for name in TRACED}
        assert np.all(at["v"] == -0.065) and np.all(at["g_e"] == 0) and np.all(at["g_i"] == 0)
        for name, expected in zip(("m", "h", "n_K"), _gates(-65.0), strict=True):
            assert np.allclose(at[name], expected, rtol=1e-9), name


@pytest.mark.parametrize(  # 15,000 steps, for which numpy takes 20 s
    "backend", COMPILED
)
def test_a_resting_cell_stays_at_rest_and_a_driven_one_fires(backend):
    """theta is a current: at 0 the cell rests near -65 mV; from 6.3 µA/cm² on it fires repetitively (1952, 6.3 C)."""

    def record(network):
        return [
            SpikeMonitor(network["excitatory"], name="spikes"),
            StateMonitor(network["excitatory"], "v", record=[0], name="trace"),
        ]

    model = HHMnistGrid(n=2, n_images=1, presentation=300 * ms, learning=0, theta_least=-20 * uA / cm**2, dt=0.02 * ms)
    theta = -np.array([0, 5, 7, 10]) * uA / cm**2
    with program(model, 300 * ms, record, backend=backend) as built:
        result = built.run({"excitatory.theta": theta, "inhibit.G_ie": 0 * siemens / metre**2})
    counts = result["spikes.count"]
    assert abs(np.asarray(result["trace.v"])[0, -1] + 0.065) < 2e-4
    assert counts[0] == 0 and counts[1] <= 1
    # 10 µA/cm² gives 68.3 Hz in the converged solution; the time step of 0.02 ms costs less than 2 %.
    assert 17 <= counts[2] <= 18 and 19 <= counts[3] <= 21


@compiled_or_slow
def test_without_learning_weights_and_theta_stay(backend):
    model = HHMnistGrid(**SHARED, gain=2)
    with program(model, model.presentation, watched, backend=backend) as built:
        learned = built.run(_images(model, 2)).state
        run = built.run({**learned, **_images(model, 2), "excitatory.learning": 0}, duration=2 * model.presentation)
    assert len(run["spikes.t"]) > 0
    still = run.state
    for name in learned:
        assert np.array_equal(np.asarray(learned[name]), np.asarray(still[name])), name


@pytest.mark.slow
def test_theta_comes_to_the_aimed_rate():
    """With constant steps the cells come to rho spikes an image."""
    model = HHMnistGrid(**LONG, rho=0.5, delta_more=0, delta_0=0.2 * uA / cm**2, A_plus_0=0, A_minus_0=0)
    values = model.shown(np.repeat(DIGITS[:5], 30, axis=0))
    with program(model, 150 * 100 * ms, with_pixels, backend=BACKEND) as built:
        first = built.run(values, seed=1)
        later = built.run({**first.state, **values}, seed=2)
    counts = later["spikes.count"] / 150
    # theta wanders by a few steps around its level: the count is off by as many spikes in 150 images.
    assert np.allclose(counts, 0.5, atol=0.07), counts


def test_annealing():
    model = _kept("excitatory.k", "excitatory.A_plus", "excitatory.delta", **SHARED)
    with program(model, 1 * ms, watched, backend=BACKEND) as built:
        for k, scale, delta in ((0, 1, 13), (8000, np.exp(-1), 1 + 12 * np.exp(-10)), (1e6, 0.07, 1)):
            result = built.run({"excitatory.k": k})
            assert result["excitatory.A_plus"] == pytest.approx(model.A_plus_0 * scale)
            assert float(result["excitatory.delta"] / model.delta_0) == pytest.approx(delta)
            assert result["excitatory.k"] == k + 1


def test_inputs_are_poisson_at_their_rates():
    """Exact intervals: counts have the mean and the variance of a Poisson process, at every rate.

    An interval that an image cuts off begins anew with the next image, as the process has no memory.
    """
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image.reshape(-1)[:392], image.reshape(-1)[392:700] = 34, 255
    model = HHMnistGrid(**LONG, intensity="none", white=150 * Hz)
    values = model.shown(np.repeat(image, 150, axis=0))
    result = simulate(model, 15 * second, with_pixels, backend=BACKEND, values=values, seed=6)
    counts = result["pixel_spikes.count"]
    assert np.all(counts[700:] == 0)
    for own, mean in ((counts[:392], 300), (counts[392:700], 2250)):
        n = len(own)
        assert abs(own.mean() - mean) < 5 * np.sqrt(mean / n)
        # Two intervals of one step coincide now and then, which moves a spike and loses none.
        assert abs(own.var(ddof=1) / mean - 1) < 5 * np.sqrt(2 / n)


@compiled_or_slow
@pytest.mark.parametrize("intensity", ["none", "L1", "L2"])
def test_pixels_become_rates(backend, intensity):
    """Byte by byte what `encoding.rates` says, for images of very different brightness."""
    model = _kept("pixels.rate", **SHARED, intensity=intensity)
    given = {"white": model.white, **encoding.INTENSITIES[intensity]}
    with program(model, 1 * ms, watched, backend=backend) as built:
        for image in (DIGITS[:1], np.minimum(DIGITS[1:2], 60), np.zeros((1, 28, 28), np.uint8)):
            result = built.run(model.shown(image))
            assert np.allclose(
                np.asarray(result["pixels.rate"]),
                np.asarray(encoding.rates(image, **given))[0],
                rtol=1e-12,
                atol=1e-9,
            )


def test_latencies():
    """One spike for a light pixel, the earlier the brighter; none for a black one."""
    image = np.zeros((2, 28, 28), dtype=np.uint8)
    image[0].reshape(-1)[:3] = 255, 51, 1
    image[1].reshape(-1)[1] = 204
    model = HHMnistGrid(n=1, n_images=2, code="latency", intensity="none", presentation=150 * ms, window=100 * ms)

    def record(network):
        return [SpikeMonitor(network["pixels"], name="spikes")]

    result = simulate(model, 300 * ms, record, backend=BACKEND, values=model.shown(image))
    assert np.array_equal(result["spikes.i"], [0, 1, 2, 1])
    expected = np.array([0, 80, 100 * 254 / 255, 150 + 20])
    late = np.asarray(result["spikes.t"] / ms) - expected
    assert np.all((late > -1e-9) & (late < float(model.dt / ms) + 1e-9)), "in the first step behind its time"


@pytest.mark.parametrize(("features", "inputs"), [("dog", 1568), ("gabor", 784)])
def test_features_drive_the_inputs(features, inputs):
    model = HHMnistGrid(features=features, n_images=3)
    values = model.shown(DIGITS[:2])
    assert model.inputs == inputs and values["images.values"].shape == (3, inputs)
    own = encoding.features(DIGITS[:2], features)
    assert np.abs(values["images.values"][:2] / 255 - own).max() <= 0.5 / 255 + 1e-6
    assert np.allclose(np.linalg.norm(own * values["scale.values"][:2, None], axis=1), 9.26)


@compiled_or_slow
@pytest.mark.parametrize(("norm", "order", "W"), [("L1", 1, 70), ("L2", 2, 5)])
def test_weights_have_their_norm_at_every_image(backend, norm, order, W):
    """Learning changes them within an image; the next one begins with the norm W again, in this run or another."""
    model = HHMnistGrid(**SHARED, W=W, norm=norm, gain=2)
    with program(model, model.presentation, watched, backend=backend) as built:
        first = built.run(_images(model, 2), seed=3)
        second = built.run({**first.state, "excitatory.learning": 1}, duration=model.dt)
        both = built.run(_images(model, 2), seed=3, duration=model.presentation + model.dt)
    size = lambda w: np.linalg.norm(w.reshape(PIXELS, 4), ord=order, axis=0)  # noqa: E731
    assert np.abs(size(first["learned.w"]) - W).max() > 1e-3, "STDP moved them"
    for result in (second, both):
        # Sums of 784 numbers, divided once.
        assert np.allclose(size(result["learned.w"]), W, rtol=1e-12)
    assert np.allclose(model.normalised(first["learned.w"]), second["learned.w"], rtol=1e-12, atol=1e-15)


@pytest.mark.slow
def test_a_refractory_period_of_a_hodgkin_huxley_cell():
    """A cell at 70 Hz, made to count no second spike within 20 ms, counts every second one."""
    counts = [
        _driven(HHMnistGrid(**SHARED, t_ref_E=t_ref, theta_least=-20 * uA / cm**2), -10)[0]
        for t_ref in (0 * ms, 20 * ms)
    ]
    assert counts[0] > 15 and abs(counts[0] - 2 * counts[1]) <= 1


def _driven(model, theta):
    """Spikes in 300 ms at a constant theta (µA/cm²)."""
    model = replace(model, learning=0, presentation=300 * ms)
    with program(model, 300 * ms, watched, backend=BACKEND) as built:
        return built.run({"excitatory.theta": theta * uA / cm**2, "inhibit.G_ie": 0 * siemens / metre**2})[
            "spikes.count"
        ]


@pytest.mark.slow
def test_the_time_step_of_the_ball_and_stick():
    """The implicit step at 0.25 ms is within a tenth of the rate at 0.025 ms, from near the onset to far above it."""
    theta = -np.array([30, 45, 60, 75])
    fine, coarse = (
        _driven(HHMnistGrid.tuned(n=2, n_images=1, cell="ball_and_stick", dt=dt, theta_least=-100 * uA / cm**2), theta)
        for dt in (0.025 * ms, 0.25 * ms)
    )
    assert fine.min() > 15 and np.all(abs(coarse - fine) <= 0.1 * fine + 1), (fine, coarse)


@pytest.mark.slow
@every_backend
def test_theta_of_the_integrate_and_fire_cells(backend):
    """0.05 mV more for every spike, and exp(-500 ms/10,000 s) of it is left at the next image."""
    model = LIFMnistGrid(n=2, n_images=2, theta_least=-1 * mV)
    start = np.array([0, 1, 2, 3]) * mV
    with program(model, 2 * model.presentation, hh_mnist_grid.record, backend=backend) as built:
        result = built.run({**_images(model, 2), "excitatory.theta": start, "learned.w": 0.3})
        still = built.run({**_images(model, 2), "excitatory.theta": start, "excitatory.learning": 0})
    times, cells = np.asarray(result["spikes.t"]), result["spikes.i"]
    first = np.bincount(cells[times < 0.35], minlength=4)
    second = np.bincount(cells, minlength=4) - first
    assert first.sum() and second.sum()
    left = np.exp(-0.5 / 1e4)
    expected = ((np.asarray(start) * left + 5e-5 * first) * left) + 5e-5 * second
    assert np.allclose(np.asarray(result["excitatory.theta"]), expected, rtol=1e-9)
    assert np.array_equal(np.asarray(still["excitatory.theta"]), np.asarray(start))


def test_what_is_hardly_answered_is_shown_again():
    """With half of the gain more each time, as often as the model says, and only what has too few spikes."""

    class Once(session.Session):
        def __init__(self, model):
            self.model, self.asked = model, []

        def _shown(self, stage, images, stronger):
            self.asked.append((stronger, images.tolist()))
            spikes = np.where(images * stronger < 15, 0, 7)
            return spikes[:, None] * [1, 0], spikes

    shown = Once(HHMnistGrid(spikes_least=5, again=2))
    counts, spikes = shown._shown_until_answered("train", np.array([30, 4, 16, 9]))
    assert shown.asked == [(1, [30, 4, 16, 9]), (1.5, [4, 9]), (2, [4, 9])]
    assert np.array_equal(spikes, [7, 0, 7, 7]) and np.array_equal(counts[:, 0], spikes)


def test_counts_per_image():
    """Spikes are counted for the image that was shown when they came, or weighted by when they came in it."""
    times = np.array([0, 0.34975, 0.35, 0.7, 1.04975]) * second  # starts of time steps
    result = {"spikes.t": times, "spikes.i": np.array([0, 1, 1, 2, 3])}
    model = HHMnistGrid(n=2, presentation=350 * ms)
    counts, spikes = session.count_spikes(result, model, 3)
    assert np.array_equal(counts, [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]) and counts.dtype.kind == "i"
    assert np.array_equal(spikes, [2, 1, 2])
    counts, spikes = session.count_spikes(result, replace(model, count_decay=100 * ms), 3)
    assert np.allclose(counts, [[1, np.exp(-3.4975), 0, 0], [0, 1, 0, 0], [0, 0, 1, np.exp(-3.4975)]])
    assert np.array_equal(spikes, [2, 1, 2])


def test_settings_for_n():
    """rho is 3 spikes an image of the whole grid; between the sizes that have settings they are in between."""
    assert HHMnistGrid().rho == 0.03 and HHMnistGrid.tuned(cell="ball_and_stick").rho == 0.2
    assert values_of(HHMnistGrid.tuned()) == values_of(HHMnistGrid()), "the first row is the defaults"
    sizes = [HHMnistGrid.tuned(n=n).G_ie for n in (5, 10, 15, 20, 30)]
    assert np.allclose(sizes, [20, 20, 30, 40, 40])  # siemens per square metre
    rho = [HHMnistGrid.tuned(n=n).rho for n in (5, 10, 15, 20, 30)]
    assert np.allclose(rho, [3 / 25, 3 / 100, 2.7 / 225, 2.4 / 400, 2.4 / 900])


def values_of(model):
    return {name: str(getattr(model, name)) for name in annotations(type(model))}


def test_what_is_given_stays():
    """In a copy too, whether or not it is the default; the class knows no size but its own."""
    assert replace(HHMnistGrid(rho=0.03), n=20).rho == 0.03 and HHMnistGrid(n=20).rho == 0.03
    assert HHMnistGrid.tuned(n=20, rho=0.03).rho == 0.03 and HHMnistGrid.tuned(n=20).rho == 0.006
    tested = HHMnistGrid.tuned(n=20, G_ie_test=7 * siemens / metre**2)
    assert tested.G_own_test == tested.G_ie_test == 7 * siemens / metre**2, "these two go together"


def test_settings_for_features():
    """Gabor features have settings of their own with point cells; whoever sets a field has the last word."""
    pixels, gabor = HHMnistGrid.tuned(), HHMnistGrid.tuned(features="gabor")
    assert (pixels.rule, gabor.rule) == ("pair", "pair_all") and gabor.rho == 0.02
    assert gabor.G_own_test == gabor.G_ie_test == 2 * gabor.G_ie and gabor.G_in < pixels.G_in
    assert HHMnistGrid.tuned(features="dog").rho == pixels.rho
    assert values_of(HHMnistGrid.tuned(features="upright_gabor")) == values_of(gabor) | {"features": "upright_gabor"}
    assert values_of(HHMnistGrid.tuned(features="upright")) == values_of(pixels) | {"features": "upright"}
    assert HHMnistGrid.tuned(features="gabor", rho=1).rho == 1
    dendrite = HHMnistGrid.tuned(cell="ball_and_stick", features="gabor")
    assert (dendrite.rule, dendrite.rho, dendrite.presentation) == ("pair", 0.2, 350 * ms)


def test_integrate_and_fire_cells_have_settings_and_those_of_the_program():
    """The class has the numbers of the program of Diehl & Cook; the experiments run `tuned`, which learns faster."""
    program, tuned = LIFMnistGrid(), LIFMnistGrid.tuned(n=3)
    assert (program.rule, program.delta_more, program.A_plus_0) == ("triplet", 0, 0.01)
    assert (tuned.rule, tuned.delta_more, tuned.n) == ("pair", 12, 3)
    assert LIFMnistGrid.tuned(rule="triplet").rule == "triplet"
    shown = options.settings_of(catalogue.experiment("lif_mnist_grid"), {"n": "3"})["model"]
    assert values_of(shown) == values_of(tuned) and settings.asked(tuned) == ["n"]


def test_a_cell_has_its_equations():
    for cell, other in (("point", "ball_and_stick"), ("ball_and_stick", "point")):
        with pytest.raises(ZooError, match=f"not those of a cell '{other}'; HHMnistGrid.tuned"):
            replace(HHMnistGrid.tuned(cell=cell), cell=other)


def test_options_choose_settings():
    """`zoo run` and every point of a sweep make the model of texts in the same place, with `tuned`."""
    experiment = catalogue.experiment("hh_mnist_grid")
    for texts, model in (
        ({}, HHMnistGrid()),
        ({"n": "20"}, HHMnistGrid.tuned(n=20)),
        ({"n": "20", "rho": "0.03"}, HHMnistGrid.tuned(n=20, rho=0.03)),
        ({"cell": "ball_and_stick", "n": "12"}, HHMnistGrid.tuned(cell="ball_and_stick", n=12)),
    ):
        assert values_of(options.settings_of(experiment, texts)["model"]) == values_of(model)


@pytest.mark.parametrize("field", ["features", "intensity", "code", "rule", "norm", "cell"])
def test_choices(field):
    with pytest.raises(ZooError, match=f"{field}.*'no'"):
        HHMnistGrid(**{field: "no"})


# Training

PLAN = {"train": 40, "epochs": 2, "label": 16, "test": 16}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken")
    return _plain(hh_mnist_grid.main(model=HHMnistGrid.tuned(**SMALL), **PLAN, seed=5, backend=BACKEND, out=out))


def _plain(result):
    """What two results of the same plan must have in common."""
    numbers = {name: value for name, value in result.numbers.items() if name != "cpu_seconds"}
    return numbers, {name: np.asarray(value) for name, value in result.items()}


def _same(one, two):
    assert one[0] == two[0] and one[1].keys() == two[1].keys()
    for name, array in one[1].items():
        assert np.array_equal(array, two[1][name], equal_nan=array.dtype.kind == "f"), name
    return True


def test_the_same_seed_is_the_same_training(unbroken):
    again, other = (
        _plain(hh_mnist_grid.main(model=HHMnistGrid.tuned(**SMALL), **PLAN, seed=seed, backend=BACKEND))
        for seed in (5, 6)
    )
    assert _same(unbroken, again)
    assert not np.array_equal(unbroken[1]["learned.w"], other[1]["learned.w"])
    assert set(unbroken[0]) >= {
        "test_accuracy", "accuracy_class_means", "accuracy_proportional_vote", "accuracy_naive_bayes",
        "accuracy_nearest_weights", "chance", "nearest_centroid", "silent_images", "cells_without_class",
    }  # fmt: skip


@pytest.mark.parametrize("runs", [3, 11, 13], ids=["learning", "labelling", "testing"])
def test_a_stopped_training_goes_on(unbroken, runs, tmp_path, monkeypatch, capsys):
    """Ctrl-C in the middle of a chunk; and what was begun with other options is not gone on with."""
    count, real = [0], session.Session.chunk

    def chunk(self, *arguments):
        count[0] += 1
        if count[0] > runs:
            raise KeyboardInterrupt
        real(self, *arguments)

    monkeypatch.setattr(session.Session, "chunk", chunk)
    with pytest.raises(KeyboardInterrupt):
        hh_mnist_grid.main(model=HHMnistGrid.tuned(**SMALL), **PLAN, seed=5, backend=BACKEND, out=tmp_path)
    assert f"--resume {tmp_path}" in capsys.readouterr().out
    monkeypatch.undo()
    with pytest.raises(ZooError, match=r"--train is 99.*has 40"):
        hh_mnist_grid.main(train=99, resume=tmp_path)
    with pytest.raises(ZooError, match="--G_in"):
        hh_mnist_grid.main(model=HHMnistGrid(G_in=1 * siemens / metre**2), resume=tmp_path)
    with pytest.raises(ZooError, match="hh_mnist_grid, not of lif_mnist_grid"):
        lif_mnist_grid.main(resume=tmp_path)
    assert _same(unbroken, _plain(hh_mnist_grid.main(resume=tmp_path)))
    assert _same(unbroken, _plain(hh_mnist_grid.main(resume=tmp_path))), "also when there is nothing left to do"


@fast
def test_a_killed_training_goes_on(unbroken, tmp_path, zoo_here):
    """kill -9 as soon as there is a checkpoint; the file that was being written does not matter."""
    options = [f"--{name}={value}" for name, value in {**SMALL, **PLAN, "presentation": "60*ms", "seed": 5}.items()]
    for attempt in range(
        5
    ):  # from the first checkpoint to the end it takes 0.3 s, in which a busy machine may not look
        folder = tmp_path / str(attempt)
        command = [sys.executable, "-m", "zoo", "run", "hh_mnist_grid", *options, "--out", str(folder)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while process.poll() is None and not (folder / checkpoint.CHECKPOINT).exists():
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()
        if not (folder / "run.json").exists():
            break
    else:
        pytest.fail("it came to its end every time before it was killed")
    done = checkpoint.load_checkpoint(folder)[2]
    assert 0 < done.chunks < 14
    finished = zoo_here("run", "--resume", folder)  # the folder says of what
    assert finished.returncode == 0, finished.stderr
    assert not (folder / "experiment.json").exists(), "run.json says it"
    lines = finished.stdout.splitlines()
    for title in ("class means", "proportional vote", "naive Bayes", "nearest weights"):
        number = unbroken[0][f"accuracy_{title.replace(' ', '_').lower()}"]
        assert f"test accuracy ({title}): {100 * number:.1f} % of 16" in lines
    assert any(line.startswith("cpu seconds: ") for line in lines)
    assert _same(unbroken, _plain(Result.load(folder)))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing"], ids=["empty", "torn"])
def test_a_damaged_checkpoint(content, tmp_path):
    (tmp_path / checkpoint.CHECKPOINT).write_bytes(content)
    with pytest.raises(ZooError, match="damaged"):
        hh_mnist_grid.main(resume=tmp_path)


def test_no_checkpoint(tmp_path):
    with pytest.raises(ZooError, match=f"no {checkpoint.CHECKPOINT}"):
        hh_mnist_grid.main(resume=tmp_path)


@pytest.mark.slow
def test_a_trained_state_in_little_space(tmp_path, monkeypatch):
    """Written and read again it classifies as before; bytes for weights change a spike here and there."""
    options = {**PLAN, "train": 120, "label": 120, "test": 60}
    model = HHMnistGrid.tuned(n=4, n_images=30, presentation=150 * ms)
    result = hh_mnist_grid.main(
        model=model, **options, seed=2, backend=BACKEND, save_state=tmp_path / "hh_mnist_grid_n4.npz"
    )
    assert (tmp_path / "hh_mnist_grid_n4.npz").stat().st_size < 30_000
    plan = Plan(test=60, seed=2, backend=BACKEND)
    again = learning.evaluate_pretrained(HHMnistGrid.tuned(n=4), plan, tmp_path)
    assert again.model.presentation == 150 * ms, "it has its settings with it"
    assert np.allclose(again["learned.w"], result["learned.w"], atol=1.5 / 255)
    assert np.array_equal(again["readout.classes"], result["readout.classes"])
    assert abs(again.numbers["accuracy_nearest_weights"] - result.numbers["accuracy_nearest_weights"]) < 0.04
    # Other noise and 60 images: five standard errors of a difference.
    assert abs(again.numbers["test_accuracy"] - result.numbers["test_accuracy"]) < 5 * np.sqrt(2 * 0.25 / 60)
    with pytest.raises(ZooError, match="with gabor and n = 4 comes with the zoo; none does"):
        learning.evaluate_pretrained(HHMnistGrid.tuned(n=4, features="gabor"), plan, tmp_path)
    with pytest.raises(ZooError, match="n = 5 comes with the zoo; n = 4 does"):
        learning.evaluate_pretrained(HHMnistGrid.tuned(n=5), plan, tmp_path)
    with pytest.raises(ZooError, match="leave out --G_in"):
        learning.evaluate_pretrained(HHMnistGrid.tuned(n=4, G_in=1 * siemens / metre**2), plan, tmp_path)
    path = tmp_path / "hh_mnist_grid_n4.npz"
    file = hh_mnist_grid.main(pretrained=path, test=60, seed=2, backend=BACKEND)
    assert _same(_plain(again), _plain(file)), "by its name it is the same grid, whatever n is by default"
    with pytest.raises(ZooError, match="leave out --n"):
        hh_mnist_grid.main(model=HHMnistGrid.tuned(n=5), pretrained=path)
    with pytest.raises(ZooError, match="hh_mnist_grid, not to lif_mnist_grid"):
        lif_mnist_grid.main(pretrained=path)
    with pytest.raises(ZooError, match="--save-state FILE"):
        hh_mnist_grid.main(pretrained=tmp_path / "none.npz")


def _rewritten(path, change):
    """The file `path` with another record."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    record = json.loads(str(arrays.pop("record")))
    change(record)
    np.savez(path, record=np.array(json.dumps(record)), **arrays)


@fast
@optimising()
@pytest.mark.parametrize(
    ("n", "features"),
    [(10, "pixels"), *(pytest.param(*own, marks=pytest.mark.slow) for own in ((20, "pixels"), (10, "upright")))],
)
def test_the_trained_grids_that_come_with_the_zoo(n, features):
    """They hold no equations, and know most of 100 digits: five standard errors below what their claims state, 91 %."""
    kind = "" if features == "pixels" else f"_{features}"
    with np.load(datasets.EMBEDDED / f"hh_mnist_grid{kind}_n{n}.npz") as file:
        record = json.loads(str(file["record"]))
    assert not any(":" in value for value in record["parameters"].values() if isinstance(value, str))
    result = hh_mnist_grid.main(model=HHMnistGrid.tuned(n=n, features=features), pretrained=True, test=100)
    assert result.model.features == features
    assert result.numbers["test_accuracy"] > 0.91 - 5 * np.sqrt(0.91 * 0.09 / 100)


def test_a_state_outlives_a_change_of_the_model(tmp_path, capsys):
    """Equations come from the model; a setting that is new takes its default, one that is gone is left out: both are said."""
    path = tmp_path / "state.npz"
    path.write_bytes((datasets.EMBEDDED / "hh_mnist_grid_n10.npz").read_bytes())

    def older(record):
        record["parameters"] |= {"excitatory": "dv/dt = -v/(7*ms) : volt", "leftover": 3.5}
        del record["parameters"]["gain_test"]

    _rewritten(path, older)
    model, _ = trained.load_state(path, "", HHMnistGrid())
    said = capsys.readouterr().out
    assert model.excitatory == HHMnistGrid().excitatory
    assert (
        "gain_test = 1.3: they take their defaults" in said
        and "leftover = 3.5, which HHMnistGrid no longer has" in said
    )
    own = HHMnistGrid(pixel=HHMnistGrid().pixel + "unused : 1\n")
    _rewritten(path, lambda record: record.update(settings.model_record(own, {})))
    with pytest.raises(ZooError, match="other equations for pixel"):
        trained.load_state(path, "", HHMnistGrid())
    assert trained.load_state(path, "", own)[0].pixel == own.pixel


def test_pretrained_is_a_switch_or_a_file():
    experiment = catalogue.experiment("hh_mnist_grid")
    for arguments, value in (
        ([], False),
        (["--pretrained", "--n", "20"], True),
        (["--pretrained", "/a/state.npz"], Path("/a/state.npz")),
    ):
        texts = options.parser("run", experiment).parse(arguments)
        assert options.settings_of(experiment, texts)["pretrained"] == value
    for text, value in (("true", True), ("/a/state.npz", Path("/a/state.npz"))):  # of a sweep
        texts = options.with_switches(experiment, {"pretrained": text})
        assert options.settings_of(experiment, texts)["pretrained"] == value


def test_a_checkpoint_outlives_a_change_of_equations(tmp_path, capsys):
    model, plan = HHMnistGrid(n=2), Plan()
    checkpoint.save_checkpoint(tmp_path / checkpoint.CHECKPOINT, model, plan, session.Progress())
    assert checkpoint.load_checkpoint(tmp_path, model)[0].excitatory == model.excitatory
    assert not capsys.readouterr().out
    _rewritten(tmp_path / checkpoint.CHECKPOINT, lambda record: record["equations"].update(excitatory="0"))
    assert checkpoint.load_checkpoint(tmp_path, model)[0].excitatory == model.excitatory
    assert "the equations of excitatory have changed" in capsys.readouterr().out


def test_a_rate_has_room_in_the_time_steps():
    """One spike in 0.25 ms is 4 kHz; what scales an image to a common norm counts too."""
    with pytest.raises(ZooError, match=r"40\*kHz, and dt = 250\*us allows at most 4\*kHz"):
        HHMnistGrid(white=40e3 * Hz)
    thin = np.zeros((2, 28, 28), np.uint8)
    thin[1, 0, :4] = 255  # the norm of four white pixels is 2
    assert HHMnistGrid(white=863 * Hz).shown(thin)["scale.values"][1] == pytest.approx(9.26 / 2)
    with pytest.raises(ZooError, match=r"up to 4\.005\*kHz"):
        HHMnistGrid(white=865 * Hz).shown(thin)
    HHMnistGrid(white=865 * Hz, intensity="none").shown(thin)
    HHMnistGrid(white=40e3 * Hz, code="latency")


def test_images_of_the_user(tmp_path):
    """Three classes with names; those to test with are drawn from the others."""
    data = datasets.load("digits")
    chosen = np.flatnonzero(data.labels < 3)[:90]
    np.savez(tmp_path / "mine.npz", images=data.images[chosen], labels=np.array(["x", "y", "z"])[data.labels[chosen]])
    plan = {"train": 60, "label": 60, "test": 30, "epochs": 1, "backend": BACKEND, "data_dir": tmp_path / "mine.npz"}
    with pytest.raises(ZooError, match="--held-out"):
        hh_mnist_grid.main(model=HHMnistGrid.tuned(**SMALL), **plan)
    with pytest.raises(ZooError, match="give --train 60 or less"):
        hh_mnist_grid.main(model=HHMnistGrid.tuned(**SMALL), **{**plan, "train": 61}, held_out=True)
    state = tmp_path / "state.npz"
    result = hh_mnist_grid.main(model=HHMnistGrid.tuned(**SMALL), **plan, held_out=True, save_state=state)
    assert result.numbers["class_names"] == ["x", "y", "z"] and result.numbers["plan"]["dataset"] == "own"
    assert result["readout.confusion"].shape == (3, 4) and result["readout.confusion"].sum() == 30
    left = hh_mnist_grid.plot(result)["accuracy"].axes[0]
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["x", "y", "z"]
    with pytest.raises(ZooError, match="3 classes x, y, z.*10 classes"):
        hh_mnist_grid.main(pretrained=state)


@fast
@optimising()
def test_it_learns():
    """1,000 images: far above chance, above its own untrained self, and the weights look like digits."""
    plan = {"epochs": 1, "label": 1000, "test": 500, "seed": 1}
    result = hh_mnist_grid.main(train=1000, **plan)
    untrained = hh_mnist_grid.main(model=HHMnistGrid(A_plus_0=0, A_minus_0=0), **{**plan, "label": 300}, train=300)
    accuracy = result.numbers["test_accuracy"]
    # 500 images have a standard error of 2 points, and seeds differ by 2 points.
    assert accuracy > 0.55 and accuracy > untrained.numbers["test_accuracy"] + 0.3
    assert result["readout.confusion"].sum() == 500
    fields = np.asarray(result["learned.w"]).reshape(PIXELS, 100)
    data = datasets.load("digits").first(1000)
    mean_digit = data.images.reshape(1000, PIXELS).mean(axis=0)
    assert fields[mean_digit == 0].mean() < 0.25 * fields[mean_digit > 60].mean(), "the border has faded"
    # A field resembles the digits of its class more than those of other classes.
    unit = lambda x: x / np.linalg.norm(x, axis=0)  # noqa: E731
    means = np.stack([data.images[data.labels == c].reshape(-1, PIXELS).mean(axis=0) for c in range(10)], axis=1)
    nearest = (unit(fields).T @ unit(means)).argmax(axis=1)
    classes = result["readout.classes"]
    assert (nearest == classes)[classes >= 0].mean() > 0.5


def test_progress_tells_images_accuracy_and_speed(monkeypatch):
    class Told(list):
        visible = True

        def show(self, fraction, what):
            self.append((fraction, what))

    class Built:
        model = HHMnistGrid(n=2, n_images=10, again=0, presentation=350 * ms)
        slots = {}  # noqa: RUF012

        def run(self, values, seed, duration, show):
            clock[0] += 2
            show(0.5)
            spikes = {"spikes.t": np.arange(10) * 0.35 * second, "spikes.i": np.arange(10) % 2}
            learned = {"learned.w": np.ones(784 * 4), "excitatory.theta": np.zeros(4), "excitatory.k": 10}
            return type("Ran", (dict,), {"state": learned})(spikes)

    clock = [0]
    monkeypatch.setattr(session.time, "monotonic", lambda: clock[0])
    told = Told()
    shown = session.Session(Built(), 0, session.Progress(images=1000), told, 2000)
    for _ in range(3):
        shown.chunk("train", DIGITS[:10], np.arange(10) % 2, 2)
    # Five images after two seconds, and what an earlier process has shown does not count as fast.
    assert told[0] == (1005 / 2000, "learning, 1,005 of 2,000 images, 2 images/s")
    assert told[2] == (1025 / 2000, "learning, 1,025 of 2,000 images, 100.0 % right, 4 images/s")


def test_an_unfinished_training_is_not_overwritten(tmp_path):
    model, plan = HHMnistGrid(n=3), Plan(train=200, epochs=1, test=10)
    done = session.Progress(chunks=1, images=100)
    checkpoint.save_checkpoint(tmp_path / checkpoint.CHECKPOINT, model, plan, done)
    with pytest.raises(ZooError, match="stopped after 100 images; resume it with .*--resume"):
        learning.learn(model, plan, tmp_path, None)
    done.chunks = len(plan.chunks(model.n_images))
    checkpoint.save_checkpoint(tmp_path / checkpoint.CHECKPOINT, model, plan, done)
    checkpoint.refuse_unfinished(tmp_path, "hh_mnist_grid")  # of a training that has ended a new one takes the place
