"""Labelled images: `load(name, split)`; embedded, from the user's idx files, or from the official files through TFDS.

Every data set that TFDS has prepared is stored as one .npz file, which is read in half a second. All files are under
`folder()`; a data set is never replaced by another one.
"""

import contextlib
import hashlib
import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.build import cache
from zoo.core import files, system
from zoo.core.errors import ZooError, unknown
from zoo.images import fetch, idx, own_images, sources
from zoo.images.sources import SIDE, SPLITS, Source

EMBEDDED = Path(__file__).parent / "data"
NAMES = tuple(sources.SOURCES)
#: The name of the user's images.
OWN = "own"
OWN_HINT = ". (For your own images give --data-dir without --dataset.)"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images (count, 28, 28) of bytes, integer labels (count,), the names of the classes, and their source."""

    images: NDArray[Any]
    labels: NDArray[Any]
    classes: tuple[str, ...]
    name: str = ""
    split: str = "train"

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> "Dataset":
        """The first `count` images; raises ZooError when there are fewer."""
        if not 0 < count <= len(self):
            raise ZooError(f"{count} images were requested; this part of the data set has {len(self)}.")
        return self._at(slice(count))

    def hold_out(self, count: int, *, seed: int | None = None) -> tuple["Dataset", "Dataset"]:
        """Training images in two parts, the second of `count` images: to choose settings without the test images.

        The last images of the files are held out, as the authors of EMNIST do; with a `seed` they are drawn at random.
        Raises ZooError for test images, which must not influence any choice.
        """
        if self.split != "train":
            raise ZooError(f"images are held out of the training images, not of {self.name} {self.split}.")
        if not 0 < count < len(self):
            raise ZooError(f"{count} images cannot be held out of {len(self)}.")
        order = np.arange(len(self)) if seed is None else np.random.default_rng(seed).permutation(len(self))
        return self._at(order[:-count]), self._at(order[-count:])

    def _at(self, chosen):
        return Dataset(self.images[chosen], self.labels[chosen], self.classes, self.name, self.split)


def load(name: str, split: str = "train", *, data_dir: str | Path | None = None) -> Dataset:
    """The images of a data set of `NAMES` for "train" or "test".

    With `data_dir` the idx files in this folder are read, compressed or not, under their official names; the name "own"
    reads any images there (`zoo.images.own_images`). Without it the official files are downloaded and prepared at the
    first use. EMNIST is upright; the labels are 0, 1, ... in the order of `classes`. Raises ZooError for an unknown name,
    for files of another data set, and without a network.
    """
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    if name == OWN:
        if data_dir is None:
            raise ZooError("your own images need --data-dir: a folder with idx files, or an .npz file.")
        return Dataset(*own_images.load(Path(data_dir), split), str(data_dir), split)
    source = sources.find(name)
    if name == "digits":
        if data_dir is not None:
            raise ZooError(
                f"digits comes with the zoo and takes no data_dir; {data_dir} may hold mnist, or be your own."
            )
        images, labels = _from_npz(EMBEDDED / "digits.npz", split)
        where = "digits.npz"
    elif data_dir is not None:
        images, labels = _from_idx(source, split, Path(data_dir))
        where = data_dir
    else:
        images, labels = _kept(source, split)
        where = npz(source)
    return Dataset(*_checked(source, split, images, labels, where), source.classes, name, split)


def named(dataset: str, data_dir: Path | None) -> str:
    """The data set of an experiment's options: a folder given without a name holds the user's images."""
    return OWN if dataset == "digits" and data_dir is not None else dataset


def prepare(name: str, manual_dir: str | Path | None = None) -> Path:
    """Prepare a data set on this machine; returns its .npz file.

    The official files are read from `manual_dir`, or downloaded. Raises ZooError when they are missing or differ.
    """
    source = sources.find(name)
    if not source.builder:
        raise ZooError(f"{name} comes with the zoo and needs no preparation.")
    with _lock(source):
        _prepare(source, manual_dir)
    return npz(source)


def folder() -> Path:
    """The folder of the data sets: ZOO_DATA, or the folder data in the zoo's cache."""
    return Path(os.environ["ZOO_DATA"]).absolute() if os.environ.get("ZOO_DATA") else cache.folder() / "data"


def downloads(source: Source) -> Path:
    """The folder of the official files of `source`, under their plain names."""
    return folder() / "downloads" / source.family


def npz(source: Source) -> Path:
    """The file of a prepared data set."""
    return folder() / f"{source.name.replace('/', '-')}.npz"


def instructions(source: Source) -> str:
    """The official files of `source`, and how to use them on a machine without a network."""
    rows = [f"  {file.url}  {file.size:,} bytes  sha256 {file.sha256}" for file in sources.official_files(source)]
    return "\n".join(
        [
            *rows,
            f"Put {'it' if len(rows) == 1 else 'them'} into a folder DIR and run: "
            f"zoo data prepare {source.name} --manual-dir DIR",
            f"(or put them into {downloads(source)}; or give a folder of idx files in each run: --data-dir DIR).",
        ]
    )


def _kept(source, split):
    """Images and labels of a prepared data set; prepares it when it is missing or damaged."""
    with contextlib.suppress(*_UNREADABLE):
        return _from_npz(npz(source), split)
    with _lock(source):
        with contextlib.suppress(*_UNREADABLE):  # another process may have written it in the meantime
            return _from_npz(npz(source), split)
        arrays = _prepare(source)
    return arrays[f"{split}_images"], arrays[f"{split}_labels"]


_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def _from_npz(path, split):
    with np.load(path, allow_pickle=False) as file:
        return file[f"{split}_images"], file[f"{split}_labels"]


def _prepare(source, manual_dir=None):
    from zoo.images import tfds_data

    home = folder() / "tensorflow_datasets"
    arrays = tfds_data.read(source, home)
    if arrays is None:
        tfds_data.prepare(source, home, _official(source, manual_dir))
        arrays = tfds_data.read(source, home)
    for split in SPLITS:
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        if source.transposed:
            images = images.swapaxes(1, 2)
        images, labels = _checked(source, split, images, labels - np.uint8(source.first_label), home)
        arrays |= {f"{split}_images": np.ascontiguousarray(images), f"{split}_labels": labels}
    with _cannot_write(), files.replacing(npz(source)) as new:
        np.savez_compressed(new, **arrays)
    return arrays


def _official(source, manual_dir):
    """The folder with the official files of `source`, complete and checked."""
    official = sources.official_files(source)
    if manual_dir is not None:
        place = Path(manual_dir)
        missing = [file for file in official if not (place / file.name).is_file()]
        if missing:
            names = ", ".join(file.name for file in missing)
            raise ZooError(f"{place} has no {names}. The official files of {source.name} are:", instructions(source))
    else:
        place = downloads(source)
        with _cannot_write():
            place.mkdir(parents=True, exist_ok=True)
        missing = [file for file in official if not (place / file.name).is_file()]
        try:
            fetch.download(missing, place, source.name)
        except fetch.Unreachable as reason:
            raise ZooError(
                f"{source.name} is not on this machine, and {reason}. Its files:",
                instructions(source),
                "The 2,000 digits that come with the zoo need no files: --dataset digits.",
            ) from None
    for file in official:
        fetch.verify(place / file.name, file)
    return place


def _from_idx(source, split, place):
    if not place.is_dir():
        raise ZooError(f"no folder {place}; it should hold {' and '.join(source.idx_names(split))}, or both as .gz.")
    if (
        split == "test"
        and _either(place, source.idx_names("test")[0]) is None
        and _either(place, source.idx_names("train")[0])
    ):
        raise ZooError(
            f"{place} has no {source.idx_names('test')[0]}, with or without .gz; --held-out draws test images "
            "from the training images."
        )
    paths = [_either(place, name) for name in source.idx_names(split)]
    if None in paths:
        raise ZooError(f"{place} has no {source.idx_names(split)[paths.index(None)]}, with or without .gz.")
    images, labels = idx.read(paths[0], 3), idx.read(paths[1], 1)
    _same_content(source, paths[0], images)
    _same_content(source, paths[1], labels)
    if source.first_label and len(labels) and labels.min() < source.first_label:
        raise ZooError(
            f"{paths[1]} has the label {labels.min()}; those of {source.name} start at {source.first_label}."
        )
    return (images.swapaxes(1, 2) if source.transposed else images), labels - np.uint8(source.first_label)


def _either(place, name):
    for found in (place / f"{name}.gz", place / name, place / "gzip" / f"{name}.gz"):
        if found.is_file():
            return found
    if (place / "gzip.zip").is_file():
        return place / "gzip.zip" / "gzip" / f"{name}.gz"
    return None


def _same_content(source, path, array):
    """Several data sets share names and sizes, so that only the contents of a file identify its data set."""
    own = path.name.removesuffix(".gz")
    digest = hashlib.sha256(bytes([0, 0, idx.BYTES, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape))
    digest.update(array)
    found = digest.hexdigest()
    for other in sources.SOURCES.values():
        for name, sha256 in other.contents:
            if sha256 == found and (other is not source or name != own):
                raise ZooError(f"{path} is {name} of {other.name}, not {own} of {source.name}.")
    expected = dict(source.contents).get(own)
    if expected and len(array) in source.counts and found != expected:
        raise ZooError(
            f"{path} is not {own} of {source.name}: the sha256 of its contents is {found} and should be {expected}; "
            "download it again."
        )


def _checked(source, split, images, labels, where):
    """`images` and `labels` if they match `source`; raises ZooError otherwise."""
    count = source.count(split)
    if len(images) != len(labels):
        raise ZooError(f"{where} has {len(images)} images and {len(labels)} labels for {source.name} {split}.")
    if len(images) != count:
        hint = "; are the files of train and test exchanged?" if len(images) in source.counts else OWN_HINT
        raise ZooError(f"{where} has {len(images)} images for {source.name} {split}, which has {count}{hint}")
    if images.shape[1:] != (SIDE, SIDE):
        raise ZooError(f"the images of {where} have {images.shape[1]} x {images.shape[2]} pixels, not {SIDE} x {SIDE}.")
    present = np.bincount(labels, minlength=len(source.classes))
    if len(present) > len(source.classes):
        highest = len(source.classes) - 1 + source.first_label
        raise ZooError(
            f"{where} has labels up to {labels.max() + source.first_label}; {source.name} has up to {highest}."
        )
    if not present.all():
        absent = ", ".join(np.array(source.classes)[present == 0])
        raise ZooError(f"{where} has no image of class {absent} for {source.name} {split}.")
    return images, labels


@contextlib.contextmanager
def _lock(source):
    """One process at a time prepares a data set; others wait."""
    with _cannot_write():
        folder().mkdir(parents=True, exist_ok=True)
        handle = os.open(folder() / f".{source.family}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        system.lock(handle)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _cannot_write():
    try:
        yield
    except OSError as error:
        raise ZooError(
            f"{folder()} cannot be written ({error.strerror or error}); set ZOO_DATA to another folder."
        ) from None
