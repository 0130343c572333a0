"""Data and readout."""

import dataclasses
import hashlib
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from tests.conftest import ROOT, assert_refused
from tests.idx_files import images, pack, write, write_set
from zoo import ZooError, datasets, readout
from zoo.images import sources


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
    assert (ROOT / "zoo/images/data/digits.npz").stat().st_size < 500_000
    text = (ROOT / "zoo/images/data/README.md").read_text()
    assert "LeCun" in text and "CC BY-SA 3.0" in text


def test_first():
    data = datasets.load("digits").first(7)
    assert len(data) == 7 and data.images.shape[0] == 7
    for count in (0, 1501, -1):
        with pytest.raises(ZooError, match=f"{count} images"):
            datasets.load("digits").first(count)


def test_unknown_names():
    with pytest.raises(ZooError, match=r"did you mean .*digits"):
        datasets.load("digit")
    with pytest.raises(ZooError, match="split"):
        datasets.load("digits", "validation")


TRAIN = datasets.load("digits")


@pytest.mark.parametrize("seed", [None, 3])
def test_hold_out(seed):
    rest, held_out = TRAIN.hold_out(400, seed=seed)
    assert len(rest) == 1100 and len(held_out) == 400 and rest.classes == held_out.classes == TRAIN.classes
    images = [{image.tobytes() for image in data.images} for data in (rest, held_out, TRAIN)]
    assert not images[0] & images[1] and images[0] | images[1] == images[2]
    where = {image.tobytes(): label for image, label in zip(TRAIN.images, TRAIN.labels, strict=True)}
    assert all(where[image.tobytes()] == label for image, label in zip(held_out.images, held_out.labels, strict=True))
    assert np.array_equal(held_out.images, TRAIN.images[-400:]) == (seed is None)
    again = TRAIN.hold_out(400, seed=seed)
    assert np.array_equal(again[1].images, held_out.images)


def test_nothing_is_held_out_of_test_images():
    with pytest.raises(ZooError, match="not of digits test"):
        datasets.load("digits", "test").hold_out(100)
    with pytest.raises(ZooError, match="not of digits test"):
        datasets.load("digits", "test").first(300).hold_out(100)
    for count in (0, 1500, -1):
        with pytest.raises(ZooError, match=f"{count} images"):
            TRAIN.hold_out(count)


def test_loading_the_digits_imports_little():
    script = (
        "import sys; from zoo import datasets; datasets.load('digits')\n"
        "print([name for name in ('brian2', 'tensorflow_datasets', 'requests', 'scipy', 'PIL') if name in sys.modules])"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert process.stdout.strip() == "[]", process.stderr


@pytest.mark.parametrize("name", [name for name in datasets.NAMES if name != "digits"])
def test_sources_agree_with_the_official_builders(name):
    """Files, checksums, classes and numbers, but for what is known to be wrong in emnist/letters."""
    from tensorflow_datasets.image_classification import mnist

    source = sources.find(name)
    official = getattr(mnist, source.builder)
    assert {file.url: (file.size, file.sha256, file.name) for file in sources.official_files(source)} == {
        url: (int(info.size), info.checksum, info.filename) for url, info in official.url_infos.items()
    }
    config = name.partition("/")[2]
    builder = official(config=config or None, data_dir="/nonexistent")
    names = builder.info.features["label"].names
    if not config:
        assert list(source.classes) == names and source.counts == (mnist._TRAIN_EXAMPLES, mnist._TEST_EXAMPLES)
        files = {name for split in sources.SPLITS for name in source.idx_names(split)}
        assert {file.name for file in sources.official_files(source)} == {f"{name}.gz" for name in files}
    elif config == "letters":
        assert len(names) == 37 and builder.builder_config.train_examples == 88_800
        assert source.classes == tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ") and source.counts == (26 * 4800, 26 * 800)
    else:
        assert len(source.classes) == len(names) == builder.builder_config.class_number
        assert source.counts == (builder.builder_config.train_examples, builder.builder_config.test_examples)


def test_classes_of_emnist():
    """From the mappings of label to ASCII code that the authors hand out with the files."""
    by_class, by_merge = sources.find("emnist/byclass").classes, sources.find("emnist/bymerge").classes
    assert by_class[10] == "A" and by_class[35] == "Z" and by_class[36] == "a" and by_class[61] == "z"
    assert by_merge[35] == "Z" and by_merge[36] == "a" and by_merge[38] == "d" and by_merge[46] == "t"
    assert sources.find("emnist/balanced").classes == by_merge


@pytest.fixture
def small(monkeypatch):
    """The data set `name` with so many images, and without known content."""

    def shrink(name, counts=(40, 20), contents=()):
        source = dataclasses.replace(sources.find(name), counts=counts, contents=contents)
        monkeypatch.setattr(sources, "SOURCES", {**sources.SOURCES, name: source})
        return source

    return shrink


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("name", ["mnist", "kmnist", "emnist/letters", "emnist/digits"])
def test_files_of_ones_own(small, tmp_path, name, compressed):
    source = small(name, (78, 26))
    arrays = write_set(tmp_path, source, compressed)
    for split in datasets.SPLITS:
        images, labels = (arrays[file] for file in source.idx_names(split))
        data = datasets.load(name, split, data_dir=tmp_path)
        assert np.array_equal(data.images, images.transpose(0, 2, 1) if name.startswith("emnist") else images)
        assert np.array_equal(data.labels, labels - (name == "emnist/letters")) and data.labels.min() == 0
        assert data.classes == source.classes and data.name == name and data.split == split


def test_emnist_as_it_is_handed_out(small, tmp_path):
    """The archive as it is, or unpacked with its folder gzip."""
    source = small("emnist/letters", (52, 26))
    (tmp_path / "there/gzip").mkdir(parents=True)
    write_set(tmp_path / "there/gzip", source)
    unpacked = datasets.load("emnist/letters", data_dir=tmp_path / "there")
    with zipfile.ZipFile(tmp_path / "gzip.zip", "w") as archive:
        for path in (tmp_path / "there/gzip").iterdir():
            archive.write(path, f"gzip/{path.name}")
    packed = datasets.load("emnist/letters", data_dir=tmp_path)
    assert np.array_equal(packed.images, unpacked.images) and len(packed) == 52


def test_emnist_is_upright(small, tmp_path):
    """The files hold columns as rows: a bar in the first row of a file is a bar at the left."""
    source = small("emnist/digits", (20, 10))
    arrays = write_set(tmp_path, source)
    name = source.idx_names("train")[0]
    arrays[name][:] = 0
    arrays[name][:, 0, 5:] = 255
    write(tmp_path, name, arrays[name])
    image = datasets.load("emnist/digits", data_dir=tmp_path).images[0]
    assert image[5:, 0].min() == 255 and image[:, 1:].max() == 0 and image[:5].max() == 0


IMAGE_FILE, LABEL_FILE = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def _swap(folder, one, two):
    (folder / f"{one}.gz").rename(folder / "x")
    (folder / f"{two}.gz").rename(folder / f"{one}.gz")
    (folder / "x").rename(folder / f"{two}.gz")


def _train_and_test(folder):
    _swap(folder, IMAGE_FILE, "t10k-images-idx3-ubyte")
    _swap(folder, LABEL_FILE, "t10k-labels-idx1-ubyte")


WRONG = {
    "no folder": (
        lambda folder: shutil.rmtree(folder),
        "no folder .*; it should hold train-images-idx3-ubyte",
    ),
    "no labels": (
        lambda folder: (folder / f"{LABEL_FILE}.gz").unlink(),
        "has no train-labels-idx1-ubyte, with or without .gz",
    ),
    "images for labels": (
        lambda folder: _swap(folder, IMAGE_FILE, LABEL_FILE),
        "images-.* holds labels instead of images; are",
    ),
    "test for train": (
        _train_and_test,
        "has 20 images for mnist train, which has 40; are the files of train and test exchanged",
    ),
    "labels of test": (lambda folder: _swap(folder, LABEL_FILE, "t10k-labels-idx1-ubyte"), "40 images and 20 labels"),
    "too few": (
        lambda folder: (write(folder, IMAGE_FILE, images(39)), write(folder, LABEL_FILE, np.arange(39) % 10)),
        "has 39 images for mnist train, which has 40\\.",
    ),
    "other pixels": (
        lambda folder: write(folder, IMAGE_FILE, np.zeros((40, 28, 27), np.uint8)),
        "have 28 x 27 pixels, not 28 x 28",
    ),
    "other labels": (
        lambda folder: write(folder, LABEL_FILE, np.arange(40) % 11),
        "has labels up to 10; mnist has up to 9",
    ),
    "a class less": (
        lambda folder: write(folder, LABEL_FILE, np.arange(40) % 9),
        "has no image of class 9 for mnist train",
    ),
    "cut off": (
        lambda folder: (folder / f"{IMAGE_FILE}.gz").write_bytes((folder / f"{IMAGE_FILE}.gz").read_bytes()[:-500]),
        "images-idx3-ubyte.gz ends in the middle",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_files_are_one_sentence(small, tmp_path, wrong):
    change, sentence = WRONG[wrong]
    folder = tmp_path / "mine"
    folder.mkdir()
    write_set(folder, small("mnist"))
    change(folder)
    with pytest.raises(ZooError, match=sentence) as error:
        datasets.load("mnist", data_dir=folder)
    assert str(folder) in str(error.value) and "\n" not in str(error.value)


def test_labels_of_letters_begin_at_1(small, tmp_path):
    source = small("emnist/letters", (52, 26))
    write_set(tmp_path, source)
    for labels, sentence in (
        (np.arange(52) % 27, "has the label 0; .* start at 1"),
        (np.arange(52) % 27 + 1, "up to 27; .* 26"),
    ):
        write(tmp_path, source.idx_names("train")[1], labels)
        with pytest.raises(ZooError, match=sentence):
            datasets.load("emnist/letters", data_dir=tmp_path)


def test_known_content_is_checked(small, tmp_path):
    """One other pixel in a file without a checksum of its own, and the file of another set under the same name."""
    source = small("mnist")
    arrays = write_set(tmp_path, source, compressed=False)
    contents = tuple((name, hashlib.sha256(pack(array)).hexdigest()) for name, array in arrays.items())
    small("mnist", contents=contents)
    assert len(datasets.load("mnist", "test", data_dir=tmp_path)) == 20
    small("kmnist")
    with pytest.raises(ZooError, match="is train-images-idx3-ubyte of mnist, not train-images-idx3-ubyte of kmnist"):
        datasets.load("kmnist", data_dir=tmp_path)
    arrays[IMAGE_FILE][7, 14, 14] ^= 1
    write(tmp_path, IMAGE_FILE, arrays[IMAGE_FILE], compressed=False)
    with pytest.raises(
        ZooError, match=f"is not {IMAGE_FILE} of mnist: the sha256 of its contents is .* should be {contents[0][1]}"
    ):
        datasets.load("mnist", data_dir=tmp_path)


def test_the_digits_take_no_folder(tmp_path):
    with pytest.raises(ZooError, match="digits comes with the zoo"):
        datasets.load("digits", data_dir=tmp_path)


def test_an_experiment_takes_a_folder(zoo_command, tmp_path):
    process = zoo_command("run", "hh_mnist_grid", "--dataset", "mnist", "--data-dir", "here", "--out", "out")
    assert_refused(process, "no folder", str(tmp_path / "here"), IMAGE_FILE)


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
