"""Encoders against closed forms and statistics."""

import numpy as np
import pytest
from brian2 import Hz, Network, SpikeGeneratorGroup, SpikeMonitor, ms, prefs, second
from scipy import stats

from tests.conftest import BACKENDS
from zoo import Result, ZooError, datasets, encoding, simulate
from zoo.experiments import encodings
from zoo.models.equations.learning_grid import INPUTS

DIGITS = datasets.load("digits").images[:50]


def test_rates_have_one_norm():
    rates = encoding.rates(DIGITS, white=100 * Hz, norm=9)
    assert rates.shape == (50, 784) and rates.dim is Hz.dim
    assert np.allclose(np.linalg.norm(np.asarray(rates), axis=1), 900)


def test_rates_have_one_sum():
    rates = np.asarray(encoding.rates(DIGITS, white=100 * Hz, norm=80, order=1))
    assert np.allclose(rates.sum(axis=1), 8000)
    # Scaling changes no relation between the pixels of an image.
    raw = np.asarray(encoding.rates(DIGITS, white=100 * Hz, norm=None))
    assert np.allclose(rates / rates.max(axis=1, keepdims=True), raw / raw.max(axis=1, keepdims=True))


def test_rates_without_a_norm_are_pixel_values():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 0, 1], image[0, 0, 2] = 255, 51
    rates = np.asarray(encoding.rates(image, white=100 * Hz, norm=None))
    assert np.allclose(rates[0, :4], [0, 100, 20, 0]) and rates.sum() == pytest.approx(120)


def test_rates_that_time_steps_have_no_room_for():
    """Four white pixels, scaled to the norm 9 instead of 2, have 4.5 times the rate of white."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 0, :4] = 255
    assert np.asarray(encoding.rates(image, 400 * Hz, norm=9, dt=0.5 * ms)).max() == pytest.approx(1800)
    with pytest.raises(ZooError, match=r"up to 2\.25\*kHz, and dt = 0\.5\*ms allows at most 2\*kHz"):
        encoding.rates(image, 500 * Hz, norm=9, dt=0.5 * ms)


@pytest.mark.parametrize("intensity", encoding.INTENSITIES)
def test_a_black_image_stays_black(intensity):
    rates = encoding.rates(np.zeros((2, 28, 28), np.uint8), **encoding.INTENSITIES[intensity])
    assert np.all(np.asarray(rates) == 0)


def test_intensities_are_those_of_mean_digits():
    """The embedded digits have about the norms of MNIST, so that no choice is stronger than the others by much."""
    totals = [
        np.asarray(encoding.rates(datasets.load("digits").images, white=1 * Hz, **options)).sum(axis=1).mean()
        for options in encoding.INTENSITIES.values()
    ]
    assert np.allclose(totals, totals[0], rtol=0.05)


def test_rates_of_features_are_those_of_pixels_as_bright():
    values = DIGITS.reshape(50, -1) / 255
    assert np.allclose(np.asarray(encoding.rates(values)), np.asarray(encoding.rates(DIGITS)))


@pytest.mark.parametrize("options", [{"norm": 0}, {"norm": -1}, {"norm": 9, "order": 3}, {"norm": np.nan}])
def test_a_norm_that_is_none(options):
    with pytest.raises(ZooError, match="positive norm of order 1 or 2"):
        encoding.rates(DIGITS, **options)


def test_latencies_by_hand():
    image = np.array([[[255, 51], [1, 0]]], np.uint8)
    times = encoding.latencies(image, window=100 * ms)
    assert times.dim is second.dim
    assert np.allclose(np.asarray(times / ms), [[0, 80, 100 * 254 / 255, np.inf]])
    assert np.allclose(np.asarray(encoding.latencies(image, least=0.2) / ms), [[0, np.inf, np.inf, np.inf]])
    assert np.asarray(encoding.latencies(np.array([[1.7]])))[0, 0] == 0


def test_the_brighter_the_earlier():
    times = np.asarray(encoding.latencies(DIGITS))
    for image, own in zip(DIGITS.reshape(50, -1).astype(int), times, strict=True):
        order = np.argsort(own, kind="stable")
        assert np.all(np.diff(image[order]) <= 0)
        assert np.array_equal(np.isinf(own), image == 0)


def test_a_spike_at_the_end_of_an_image_belongs_to_the_next_one():
    times = np.array([[3.0, 4.0]]) * ms
    assert np.allclose(np.asarray(encoding.spike_train(times, 4.1 * ms)[1] / ms), [3, 4])
    with pytest.raises(ZooError, match="has a spike after"):
        encoding.spike_train(times, 4 * ms)


def test_spike_train_in_brian2(monkeypatch):
    """Every input of every image fires once, in the presentation of its image, at its time."""
    window, presentation, count = 40 * ms, 50 * ms, 4
    times = encoding.latencies(DIGITS[:count], window=window)
    indices, spikes = encoding.spike_train(times, presentation)
    assert np.all(np.diff(np.asarray(spikes)) >= 0) and len(indices) == np.isfinite(np.asarray(times)).sum()
    monkeypatch.setitem(prefs, "codegen.target", "numpy")
    inputs = SpikeGeneratorGroup(784, indices, spikes, name="inputs")
    monitor = SpikeMonitor(inputs)
    Network(inputs, monitor).run(count * presentation)
    image = (np.asarray(monitor.t / ms) + 1e-9) // 50
    for number in range(count):
        own = image == number
        found = np.full(784, np.inf)
        found[np.asarray(monitor.i)[own]] = np.asarray(monitor.t / ms)[own] - 50 * number
        expected = np.asarray(times[number] / ms)
        assert np.array_equal(np.isinf(found), np.isinf(expected))
        alive = np.isfinite(expected)
        # A spike comes at the start of its time step of .1 ms.
        assert np.all(found[alive] <= expected[alive] + 1e-9) and np.all(found[alive] > expected[alive] - 0.1 - 1e-9)


def test_spike_train_refuses_spikes_after_the_image():
    with pytest.raises(ZooError, match=r"shown for 50. ms"):
        encoding.spike_train(encoding.latencies(DIGITS, window=60 * ms), 50 * ms)
    indices, spikes = encoding.spike_train(encoding.latencies(np.zeros((3, 28, 28), np.uint8)), 50 * ms)
    assert len(indices) == len(spikes) == 0


PLAIN = np.full((1, 28, 28), 200, np.uint8)


@pytest.mark.parametrize("name", ["dog", "gabor"])
def test_a_plain_image_has_no_features(name):
    """Float32 filters of values up to 1: what is left is rounding."""
    assert np.abs(encoding.features(PLAIN, name)).max() < 2e-6


@pytest.mark.parametrize("name", encoding.FEATURES)
def test_features_are_between_0_and_1(name):
    for images in (DIGITS, np.random.default_rng(0).integers(0, 2, (20, 28, 28)).astype(np.uint8) * 255):
        values = encoding.features(images, name)
        assert values.shape == (len(images), INPUTS[name])
        assert values.min() >= 0 and 0.3 < values.max() <= 1 + 1e-6


def _wave(wavelength, angle, phase=0.0, size=56):
    """A grating .5 + .5 cos as an image of bytes that is not rounded."""
    y, x = np.mgrid[:size, :size]
    return 127.5 * (1 + np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / wavelength + phase))[None]


@pytest.mark.parametrize("wavelength", [4, 7, 12])
def test_dog_of_a_grating(wavelength):
    """A Gaussian of the width s passes a wave of the length L with exp(-2 (pi s/L)^2), far from the border.

    Within 2 %: the kernel is sampled, and cut off at 4 s.
    """
    on, off = encoding.dog(_wave(wavelength, 0), 1, 2).reshape(2, 56, 56)
    passed = [np.exp(-2 * (np.pi * s / wavelength) ** 2) for s in (1, 2)]
    r = np.arange(-20, 21)
    plane = [np.exp(-(r**2) / (2 * s**2)) / np.exp(-(r**2) / (2 * s**2)).sum() for s in (1, 2)]
    peak = np.maximum(np.outer(plane[0], plane[0]) - np.outer(plane[1], plane[1]), 0).sum()
    wave = 0.5 * (passed[0] - passed[1]) / peak * np.cos(2 * np.pi * np.arange(56) / wavelength)
    inside = slice(12, 44)
    assert np.allclose((on - off)[28, inside], wave[inside], atol=0.02 * np.abs(wave).max())
    assert np.all((on == 0) | (off == 0))


def test_on_and_off_swap_when_the_image_is_inverted():
    """|on - off'| is rounding only, as the filter is linear and a plain image has no features."""
    on, off = np.split(encoding.dog(DIGITS), 2, axis=1)
    other_on, other_off = np.split(encoding.dog(255 - DIGITS), 2, axis=1)
    assert np.abs(on - other_off).max() < 2e-6 and np.abs(off - other_on).max() < 2e-6


def test_dog_of_one_pixel_is_its_kernel():
    """The difference of two sampled Gaussians, divided by the sum of its positive part."""
    image = np.zeros((1, 41, 41), np.uint8)
    image[0, 20, 20] = 255
    on, off = encoding.dog(image).reshape(2, 41, 41)
    r = np.arange(-20, 21)
    one, two = (np.where(abs(r) <= 4 * s, np.exp(-(r**2) / (2 * s**2)), 0) for s in (1, 2))
    kernel = np.outer(one, one) / one.sum() ** 2 - np.outer(two, two) / two.sum() ** 2
    assert np.allclose(on - off, kernel / np.maximum(kernel, 0).sum(), atol=1e-6)
    assert on.sum() == pytest.approx(1, abs=1e-5) and off.sum() == pytest.approx(1, abs=1e-5)


def test_gabor_filters_are_balanced():
    filters = encoding.gabor_filters()
    assert filters.shape == (4, 11, 11)
    assert np.allclose(filters.sum(axis=(1, 2)), 0, atol=1e-6)
    assert np.allclose(np.maximum(filters, 0).sum(axis=(1, 2)), 1, atol=1e-6)
    assert np.array_equal(filters, filters[:, ::-1, ::-1]), "even"
    assert np.allclose(filters[2], filters[0].T, atol=1e-7) and np.allclose(filters[3], filters[1][:, ::-1], atol=1e-7)


@pytest.mark.parametrize("phase", [0.0, 1.0])
@pytest.mark.parametrize("k", range(4))
def test_gabor_of_a_grating(k, phase):
    """The answer to a grating is |sum of weights times cos| times the wave there; of 2 x 2 pixels the largest.

    Exact but for float32: the filter is correlated with a wave by hand.
    """
    filters = encoding.gabor_filters()
    y, x = np.mgrid[-5:6, -5:6]
    angle = k * np.pi / 4
    answers = encoding.gabor(_wave(6, angle, phase)).reshape(4, 28, 28)[:, 5:-5, 5:-5]
    rows, columns = np.mgrid[:56, :56]
    for own, weights in enumerate(filters):
        amplitude = 0.5 * (weights * np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / 6)).sum()
        there = np.cos(2 * np.pi * (columns * np.cos(angle) + rows * np.sin(angle)) / 6 + phase)
        largest = np.abs(amplitude * there).reshape(28, 2, 28, 2).max(axis=(1, 3))[5:-5, 5:-5]
        assert np.allclose(answers[own], largest, atol=2e-6)
    assert answers.max(axis=(1, 2)).argmax() == k
    # 45 degrees away exp(-(sigma |k - k'|)^2/2) = .28 is left; the constant that is taken away makes it .29.
    assert np.sort(answers.max(axis=(1, 2)))[-2] < 0.3 * answers.max()


@pytest.mark.parametrize(("name", "k"), [("|", 0), ("/", 1), ("-", 2), ("\\", 3)])
def test_bars_are_found_by_their_orientation(name, k):
    image = np.zeros((1, 28, 28), np.uint8)
    line = np.arange(4, 24)
    rows, columns = {"|": (line, 14), "/": (27 - line, line), "-": (14, line), "\\": (line, line)}[name]
    image[0, rows, columns] = 255
    assert encoding.gabor(image).reshape(4, -1).sum(axis=1).argmax() == k


def test_bytes_of_features():
    assert np.array_equal(encoding.as_bytes(np.array([0, 0.2, 0.5019, 1, 1.2, -1])), [0, 51, 128, 255, 255, 0])
    values = encoding.features(DIGITS, "gabor")
    assert np.abs(encoding.as_bytes(values) / 255 - values).max() <= 0.5 / 255 + 1e-7


def test_features_by_name():
    with pytest.raises(ZooError, match="did you mean gabor"):
        encoding.features(DIGITS, "gabot")


def test_features_help_a_linear_readout():
    """Ridge regression on 1,500 digits, classified on 500: pixels 84.2, on and off 86.0, Gabor 95.6, upright 88.8 %; s.e. 1.6."""
    right = {}
    for name in ("pixels", "dog", "gabor", "upright"):
        parts = []
        for split in datasets.SPLITS:
            values = encoding.features(datasets.load("digits", split).images, name).astype(float)
            parts.append(np.c_[values / np.linalg.norm(values, axis=1, keepdims=True), np.ones(len(values))])
        train, test = parts
        wanted = np.eye(10)[datasets.load("digits").labels]
        weights = np.linalg.solve(train.T @ train + np.eye(train.shape[1]), train.T @ wanted)
        right[name] = ((test @ weights).argmax(axis=1) == datasets.load("digits", "test").labels).mean()
    assert right["gabor"] > right["pixels"] + 0.05 and right["dog"] > right["pixels"] - 0.02, right
    assert right["upright"] > right["pixels"] + 0.02, right


@pytest.fixture(scope="module", params=BACKENDS)
def shown(request):
    return encodings.main(backend=request.param, seed=5)


def test_upright_images_have_no_slant():
    """Rows and columns of the ink are uncorrelated, its centre stays; an upright image stays as it is.

    Rounded bytes, and ink that leaves the image, leave a slant below 0.02, where digits have some 0.25.
    """
    y, x = np.mgrid[:28, :28] - 13.5

    def slants(images):
        ink = images / images.sum(axis=(1, 2), keepdims=True)
        own_y, own_x = ((ink * axis).sum(axis=(1, 2)) for axis in (y, x))
        dy, dx = y - own_y[:, None, None], x - own_x[:, None, None]
        return (ink * dx * dy).sum(axis=(1, 2)) / (ink * dy**2).sum(axis=(1, 2)), own_x

    made = encoding.upright(DIGITS)
    (before, centre), (after, moved) = slants(DIGITS), slants(made)
    assert np.abs(before).mean() > 0.2 and np.abs(after).max() < 0.02 and np.abs(moved - centre).max() < 0.1
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 4:24, 12:15] = 200
    assert np.array_equal(encoding.upright(bar), bar)
    sheared = np.zeros_like(bar)
    for row in range(4, 24):
        sheared[0, row, row // 2 + 5 : row // 2 + 8] = 200
    made_of_it = encoding.upright(sheared)
    assert np.abs(slants(made_of_it)[0]) < 0.02 < slants(sheared)[0]
    assert (
        np.abs(made_of_it.sum(axis=2).astype(int) - sheared.sum(axis=2)).max() <= 2
    )  # four pixels of a row are rounded
    assert np.array_equal(encoding.features(DIGITS, "upright_gabor"), encoding.gabor(made))
    assert not encoding.upright(np.zeros((2, 28, 28), np.uint8)).any() and len(encoding.upright(DIGITS[:0])) == 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_poisson_counts(backend):
    """Counts of bins with probability p = rate dt, by input and in total; a false alarm in 1e6.

    With 3.5 s there are 80,000 to 120,000 spikes of each code: rates that are 2 % off are seen.
    """
    shown = encodings.main(backend=backend, seed=5, duration=3.5 * second)
    image = shown["encoding.image"][None]
    features = [encoding.features(image, name) for name in ("pixels", "dog", "gabor")]
    pixels, dog, gabor = (np.asarray(encoding.rates(values)[0]) for values in features)
    counts = np.asarray(shown["spikes.count"])
    steps = 7000
    for own, rates in ((counts[:784], pixels), (counts[1568:3136], dog), (counts[3136:], gabor)):
        p = rates * 0.5e-3
        assert p.max() < 1 and np.all(own[p == 0] == 0)
        mean, variance = steps * p.sum(), steps * (p * (1 - p)).sum()
        assert abs(own.sum() - mean) < stats.norm.isf(1e-7) * np.sqrt(variance)
        # Pearson's sum over inputs that expect at least 10 spikes, where each term is about chi squared.
        often = steps * p > 10
        chi = ((own - steps * p)[often] ** 2 / (steps * p * (1 - p))[often]).sum()
        assert stats.chi2.isf(1 - 1e-7, often.sum()) < chi < stats.chi2.isf(1e-7, often.sum())


def test_latency_spikes(shown):
    """One spike for every light pixel, in the time step that is nearest."""
    image = shown["encoding.image"]
    own = (shown["spikes.i"] >= 784) & (shown["spikes.i"] < 1568)
    expected = np.asarray(encoding.latencies(image[None], window=175 * ms)[0] / ms)
    found = np.full(784, np.inf)
    found[shown["spikes.i"][own] - 784] = np.asarray(shown["spikes.t"] / ms)[own]
    assert own.sum() == (image > 0).sum() and np.array_equal(np.isinf(found), np.isinf(expected))
    # Half a time step of .5 ms.
    alive = np.isfinite(expected)
    assert np.abs(found[alive] - expected[alive]).max() < 0.25 + 1e-6


def test_the_figure_has_image_features_and_spikes(shown):
    figures = encodings.plot(shown)
    axes = figures["encodings"].axes
    assert [a.get_title() for a in axes if a.images][:8] == ["image", "time of the spike", "on", "off", *"|/–\\"]
    rasters = [a for a in axes if a.collections and a.get_xlim()[1] == 350]
    assert len(rasters) == 4 and rasters[-1].get_xlabel() == "time (ms)"
    points = [len(a.collections[0].get_offsets()) for a in rasters]
    assert sum(points) == len(shown["spikes.t"]) and [
        str(n) in a.get_title("left") for n, a in zip(points, rasters, strict=True)
    ]


@pytest.mark.slow
def test_encodings_as_a_command(zoo_command, tmp_path):
    process = zoo_command(
        "run", "encodings", "--image", "3", "--backend", "runtime", "--intensity", "L1", "--out", "out"
    )
    assert process.returncode == 0, process.stderr
    result = Result.load(tmp_path / "out")
    assert "pixels, latency" in process.stdout and (tmp_path / "out/encodings.png").stat().st_size > 50_000
    assert np.array_equal(result["encoding.image"], datasets.load("digits").images[3])
    assert zoo_command("plot", "out", "--out", "again").returncode == 0


def test_an_image_or_intensity_that_is_not_there():
    for options, word in (({"image": 1500}, "0 to 1499"), ({"image": -1}, "0 to 1499"), ({"intensity": "L3"}, "'L3'")):
        with pytest.raises(ZooError, match=word):
            encodings.main(**options)


def test_another_seed_gives_other_poisson_spikes_and_the_same_latencies():
    model = encodings.Inputs(n=2)
    values = {"inputs.rate": [100, 0] * Hz, "inputs.onset": [-1, 0.02] * second}
    one, two = (
        simulate(model, 100 * ms, encodings.record, backend="runtime", seed=seed, values=values) for seed in (1, 2)
    )
    assert not np.array_equal(one["spikes.t"], two["spikes.t"])
    assert [list(np.asarray(r["spikes.t"] / ms)[r["spikes.i"] == 1]) for r in (one, two)] == [[20.0], [20.0]]
