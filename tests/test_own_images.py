"""Images of the user."""

import re

import numpy as np
import pytest

from tests.idx_files import images, write
from zoo import ZooError, datasets


def test_own_images_from_idx_files(tmp_path):
    """Any number of images and classes; labels need not begin at 0; t10k and test are names for the same."""
    labels = np.array([3, 9, 9, 3, 7], np.uint8)
    for begin, count in (("train", 5), ("test", 2)):
        write(tmp_path, f"{begin}-images-idx3-ubyte", images(count), compressed=begin == "train")
        write(tmp_path, f"{begin}-labels-idx1-ubyte", labels[:count])
    train, test = (datasets.load("own", split, data_dir=tmp_path) for split in ("train", "test"))
    assert train.classes == test.classes == ("3", "7", "9")
    assert train.labels.tolist() == [0, 2, 2, 0, 1] and test.labels.tolist() == [0, 2]
    assert np.array_equal(train.images, images(5)) and len(test) == 2


def test_own_images_from_an_npz_file(tmp_path):
    arrays = {"images": images(4), "labels": np.array([0, 2, 1, 0]), "classes": np.array(["a", "b", "c", "unseen"])}
    np.savez(tmp_path / "mine.npz", **arrays, test_images=images(3).astype(int), test_labels=[1, 1, 3])
    for place in (tmp_path, tmp_path / "mine.npz"):
        test = datasets.load("own", "test", data_dir=place)
        assert test.classes == ("a", "b", "c", "unseen") and test.labels.tolist() == [1, 1, 3]
        assert test.images.dtype == np.uint8 and np.array_equal(test.images, images(3))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": np.zeros((4, 32, 32), np.uint8)}, "4 x 32 x 32; they must be (count, 28, 28)"),
        ({"images": images(4) / 255}, "integers from 0 (black) to 255"),
        ({"labels": [0, 1]}, "4 images and 2 labels"),
        ({"labels": [1, 1, 1, 1]}, "one class"),
        ({"classes": ["a", "b"], "labels": [0, 1, 2, 0]}, "from 0 to 1"),
        ({"test_images": images(1), "test_labels": [5]}, "the label 5, which no training image has"),
        ({"labels": np.array([{}, 1, 2, 3], dtype=object)}, "cannot be read"),
        ({"labels": None}, "it needs images and labels"),
        ({}, "--held-out"),
    ],
)
def test_own_images_that_do_not_fit(change, words, tmp_path):
    arrays = {"images": images(4), "labels": [0, 1, 2, 0], **change}
    np.savez(tmp_path / "mine.npz", **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(ZooError, match=re.escape(words)):
        datasets.load("own", "test", data_dir=tmp_path / "mine.npz")


def test_no_images_to_test_with(tmp_path):
    """The official names too: the sentence says how to go without."""
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ZooError, match="no t10k-images-idx3-ubyte.*--held-out"):
        datasets.load("mnist", "test", data_dir=tmp_path)
    with pytest.raises(ZooError, match="no file or folder"):
        datasets.load("own", data_dir=tmp_path / "none")
    with pytest.raises(ZooError, match="--data-dir"):
        datasets.load("own")
