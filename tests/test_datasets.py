"""Data, encoding and readout."""

import numpy as np
import pytest
from brian2 import Hz

from tests.conftest import ROOT
from zoo import ZooError, datasets, encoding, readout


@pytest.mark.parametrize(("split", "count"), [("train", 1500), ("test", 500)])
def test_digits(split, count):
    data = datasets.load("digits", split)
    assert data.images.shape == (count, 28, 28) and data.images.dtype == np.uint8
    assert len(data) == count and data.classes == tuple("0123456789")
    assert np.array_equal(np.bincount(data.labels), np.full(10, count // 10)), "balanced"
    assert data.images.max() == 255 and 0.1 < (data.images > 0).mean() < 0.3


def test_no_image_is_in_both_parts():
    train, test = (datasets.load("digits", split).images.reshape(-1, 784) for split in datasets.SPLITS)
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in test}


def test_the_embedded_set_is_small_and_says_where_it_is_from():
    assert (ROOT / "zoo/data/digits.npz").stat().st_size < 500_000
    text = (ROOT / "zoo/data/README.md").read_text()
    assert "LeCun" in text and "CC BY-SA 3.0" in text


def test_first():
    data = datasets.load("digits").first(7)
    assert len(data) == 7 and data.images.shape[0] == 7
    for count in (0, 1501, -1):
        with pytest.raises(ZooError, match=f"{count} images"):
            datasets.load("digits").first(count)


def test_unknown_names():
    with pytest.raises(ZooError, match="did you mean digits"):
        datasets.load("digit")
    with pytest.raises(ZooError, match="split"):
        datasets.load("digits", "validation")


def test_rates_have_one_norm():
    images = datasets.load("digits").images[:50]
    rates = encoding.rates(images, white=100 * Hz, norm=9)
    assert rates.shape == (50, 784) and rates.dim is Hz.dim
    assert np.allclose(np.linalg.norm(np.asarray(rates), axis=1), 900)


def test_rates_without_a_norm_are_pixel_values():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 0, 1], image[0, 0, 2] = 255, 51
    rates = np.asarray(encoding.rates(image, white=100 * Hz, norm=None))
    assert np.allclose(rates[0, :4], [0, 100, 20, 0]) and rates.sum() == pytest.approx(120)


def test_a_black_image_stays_black():
    assert np.all(np.asarray(encoding.rates(np.zeros((2, 28, 28), np.uint8))) == 0)


COUNTS = np.array([[5, 0, 0, 0], [3, 1, 0, 0], [0, 4, 2, 0], [0, 6, 0, 0]])
LABELS = np.array([0, 0, 1, 1])


def test_assign_by_class_means():
    assert list(readout.assign(COUNTS, LABELS, 3)) == [0, 1, 1, -1]


def test_predict_by_class_means():
    assigned = np.array([0, 1, 1, -1])
    # 5 spikes of the one cell of class 0 against 4 + 2 of the two of class 1; a tie goes to the lower class.
    assert list(readout.predict(np.array([[5, 4, 2, 9], [1, 4, 2, 0], [0, 0, 0, 3]]), assigned, 3)) == [0, 1, -1]


def test_a_class_without_images_or_cells():
    assert list(readout.assign(COUNTS, np.full(4, 2), 3)) == [2, 2, 2, -1]
    assert readout.predict(np.array([[1, 0]]), np.array([2, -1]), 3)[0] == 2


def test_confusion():
    table = readout.confusion(np.array([0, 1, -1, 1]), np.array([0, 0, 1, 1]), 2)
    assert np.array_equal(table, [[1, 1, 0], [0, 1, 1]])


def test_nearest_centroid():
    random = np.random.default_rng(0)
    centres = random.normal(size=(3, 5)) * 10
    labels = random.integers(0, 3, 200)
    points = centres[labels] + random.normal(size=(200, 5))
    predicted = readout.nearest_centroid(points[:100], labels[:100], points[100:], 3)
    assert np.array_equal(predicted, labels[100:])


def test_nearest_centroid_on_the_embedded_digits():
    """The baseline that the experiment prints; the same pixels give the same number everywhere."""
    train, test = datasets.load("digits"), datasets.load("digits", "test")
    flat = [data.images.reshape(len(data), -1) / 255 for data in (train, test)]
    right = readout.nearest_centroid(flat[0], train.labels, flat[1], 10) == test.labels
    assert right.mean() == pytest.approx(0.782)
