"""The idx format: what is read, and one sentence for every kind of file that is not it."""

import gzip
import zipfile

import numpy as np
import pytest

from tests.idx_files import images, pack, write
from zoo import ZooError
from zoo.images import idx

IMAGES, LABELS = images(7), np.arange(7, dtype=np.uint8)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize(("array", "dimensions"), [(IMAGES, 3), (LABELS, 1), (IMAGES[:0], 3)])
def test_what_was_written_is_read(tmp_path, compressed, array, dimensions):
    assert np.array_equal(idx.read(write(tmp_path, "file", array, compressed), dimensions), array)


def test_the_content_tells_whether_a_file_is_compressed(tmp_path):
    """Browsers unpack what they download and leave the name."""
    (tmp_path / "plain.gz").write_bytes(pack(LABELS))
    (tmp_path / "packed").write_bytes(gzip.compress(pack(LABELS)))
    for name in ("plain.gz", "packed"):
        assert np.array_equal(idx.read(tmp_path / name, 1), LABELS)


def test_inside_a_zip_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("gzip/images.gz", gzip.compress(pack(IMAGES)))
    assert np.array_equal(idx.read(tmp_path / "all.zip/gzip/images.gz", 3), IMAGES)
    with pytest.raises(ZooError, match=r"all.zip does not contain gzip/labels.gz"):
        idx.read(tmp_path / "all.zip/gzip/labels.gz", 1)
    (tmp_path / "all.zip").write_bytes(b"PK not really")
    with pytest.raises(ZooError, match="damaged"):
        idx.read(tmp_path / "all.zip/gzip/images.gz", 3)


WHOLE = pack(IMAGES)
PACKED = gzip.compress(WHOLE)


@pytest.mark.parametrize(
    ("content", "dimensions", "sentence"),
    [
        (b"", 3, "no idx file"),
        (b"<!DOCTYPE html>", 3, "no idx file: it begins with b'<!DO'"),
        (gzip.compress(b"<html>"), 3, "no idx file"),
        (WHOLE, 1, "holds images instead of labels; are the files of images and labels exchanged"),
        (pack(LABELS), 3, "holds labels instead of images; are the files of images and labels exchanged"),
        (pack(np.zeros((2, 2), np.uint8)), 3, "holds an array of 2 dimensions instead of images."),
        (b"\0\0\x0d" + WHOLE[3:], 3, "idx type 0x0d"),
        (WHOLE[:9], 3, "ends within its header"),
        (WHOLE[:-1], 3, "should hold 5488 values .7 x 28 x 28. by its header and has only 5487"),
        (WHOLE + b"x", 3, "has more"),
        (PACKED[:-100], 3, "ends in the middle"),
        (PACKED[:-20], 3, "ends in the middle"),
        (PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], 3, "damaged .CRC"),
        (PACKED[:200] + b"\xff\xff\xff\xff" + PACKED[204:], 3, "damaged"),
        (PACKED[:2] + b"\0" + PACKED[3:], 3, "damaged"),
    ],
    # Names without the bytes: those of gzip hold the time, and the workers of pytest-xdist must collect the same names.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_one_sentence(tmp_path, content, dimensions, sentence):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ZooError, match=sentence) as error:
        idx.read(path, dimensions)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_header_that_promises_everything_takes_no_memory(tmp_path):
    (tmp_path / "file").write_bytes(b"\0\0\x08\x03" + b"\xff" * 12 + b"few")
    with pytest.raises(ZooError, match="has only 3"):
        idx.read(tmp_path / "file", 3)


def test_missing_and_unreadable(tmp_path):
    with pytest.raises(ZooError, match=r"no file .*nothing"):
        idx.read(tmp_path / "nothing", 3)
    with pytest.raises(ZooError, match="cannot be read"):
        idx.read(tmp_path, 3)
