"""The user's labelled images, any number of images and classes: an .npz file, or a folder with idx files.

    folder     train-images-idx3-ubyte, train-labels-idx1-ubyte; for testing t10k-... or test-...; each also as .gz
    .npz       images, labels (or train_images, train_labels); for testing test_images, test_labels; names in classes

Images are (count, 28, 28), integers from 0 (black) to 255 (white). Labels are (count,), integers or strings; with
`classes` they index its names from 0.
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from zoo.core.errors import ZooError, first_line, listed
from zoo.images import idx
from zoo.images.sources import SIDE

# The prefixes of idx files and arrays, the usual one first.
IDX = {"train": ("train",), "test": ("t10k", "test")}
NPZ = {"train": ("", "train_"), "test": ("test_",)}


def load(place: Path, split: str) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Images and labels of "train" or "test" as bytes and numbers from 0, and the names of the classes.

    The classes are those of the training images. Raises ZooError for missing or inconsistent files and arrays.
    """
    place = Path(place)
    parts, names = _from_npz(place) if place.is_file() else _from_folder(place)
    where = f"{place} ({split})"
    _, labels = _checked(f"{place} (train)", *parts["train"])
    if names is not None:
        _within(f"{place} (train)", labels, names)
    elif len(np.unique(labels)) < 2:
        raise ZooError(f"{place} has only one class, {labels[0]}.")
    if split not in parts:
        raise ZooError(
            f"{place} has no test images ({_wanted(place)}); --held-out draws them from the training images."
        )
    found, own = _checked(where, *parts[split])
    if names is None:
        known = np.unique(labels)
        names = tuple(map(str, known))
        new = np.setdiff1d(own, known)
        if len(new):
            raise ZooError(f"{where} has the label {new[0]}, which no training image has.")
        own = np.searchsorted(known, own)
    else:
        _within(where, own, names)
    return found, own.astype(np.intp), names


def _within(where, labels, names):
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(names):
        raise ZooError(
            f"the labels of {where} must be integers from 0 to {len(names) - 1}, one for each name in classes."
        )


def _wanted(place):
    if place.is_file():
        return "test_images, test_labels"
    return "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte"


def _from_folder(place):
    """Split -> (images, labels) of the existing files, and None: idx files have no names of classes."""
    if not place.is_dir():
        raise ZooError(f"no file or folder {place}; --data-dir is a folder with idx files, or an .npz file.")
    parts = {}
    for split, begins in IDX.items():
        for begin in begins:
            paths = [_either(place, f"{begin}-{rest}") for rest in ("images-idx3-ubyte", "labels-idx1-ubyte")]
            if any(paths) and not all(paths):
                raise ZooError(f"{place} has {begin}-images or {begin}-labels, and needs both.")
            if all(paths) and split not in parts:
                parts[split] = (idx.read(paths[0], 3), idx.read(paths[1], 1))
    if "train" in parts:
        return parts, None
    archives = sorted(place.glob("*.npz"))
    if len(archives) == 1:
        return _from_npz(archives[0])
    raise ZooError(
        f"{place} has neither train-images-idx3-ubyte and train-labels-idx1-ubyte, with or without .gz, nor a single .npz file "
        "with the arrays images and labels."
    )


def _either(place, name):
    return next((path for path in (place / f"{name}.gz", place / name) if path.is_file()), None)


def _from_npz(path):
    """Split -> (images, labels), and the names of the classes, or None."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ZooError(f"{path} cannot be read as an .npz file of images and labels ({first_line(error)}).") from None
    parts = {}
    for split, begins in NPZ.items():
        for begin in begins:
            if {f"{begin}images", f"{begin}labels"} <= arrays.keys() and split not in parts:
                parts[split] = arrays[f"{begin}images"], arrays[f"{begin}labels"]
    if "train" not in parts:
        raise ZooError(f"{path} has the arrays {listed(sorted(arrays)) or 'none'}; it needs images and labels.")
    return parts, tuple(map(str, np.atleast_1d(arrays["classes"]))) if "classes" in arrays else None


def _checked(where, images, labels):
    """Images as bytes, and labels; raises ZooError for wrong shapes, values or numbers."""
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        shape = " x ".join(map(str, images.shape))
        raise ZooError(f"the images of {where} are an array of {shape}; they must be (count, {SIDE}, {SIDE}).")
    if images.dtype.kind not in "iu" or (len(images) and (images.min() < 0 or images.max() > 255)):
        raise ZooError(f"the images of {where} must be integers from 0 (black) to 255 (white).")
    if labels.ndim != 1 or labels.dtype.kind not in "iuU":
        raise ZooError(f"the labels of {where} must be one integer, or one string, for each image.")
    if len(images) != len(labels):
        raise ZooError(f"{where} has {len(images)} images and {len(labels)} labels.")
    if not len(images):
        raise ZooError(f"{where} has no images.")
    return images.astype(np.uint8), labels
