"""MNIST, Fashion-MNIST, KMNIST and EMNIST by the official builders of tensorflow_datasets, without TensorFlow.

The builders' files, checksums, features and versions, and the folder that they prepare, stay the same; the steps that need
TensorFlow are replaced: unpacking, reading idx files, encoding PNG. Two things differ: the images keep the order of the
files, and all images of a file are read (see emnist/letters in `sources.py`).
"""

import contextlib
import io
import os
import shutil
from pathlib import Path

import numpy as np

from zoo.core.errors import ZooError
from zoo.core.progress import Line
from zoo.images import idx, sources
from zoo.images.sources import SIDE, SPLITS, Source

#: Images decoded at a time.
CHUNK = 1000


def prepare(source: Source, folder: Path, files: Path) -> None:
    """Prepare `source` in the TFDS folder `folder` from its official files in `files`; nothing is downloaded."""
    tfds = _tfds()
    with Line(source.name) as line:
        builder = _builder(source, folder, line)
        home = Path(builder.data_dir)
        if home.parent.is_dir():
            for left in home.parent.glob("*incomplete*"):  # of a process that was killed
                shutil.rmtree(left, ignore_errors=True)
        config = tfds.download.DownloadConfig(
            manual_dir=files, try_download_gcs=False, force_checksums_validation=True, register_checksums=False
        )
        with contextlib.redirect_stdout(io.StringIO()):  # the progress line replaces it
            builder.download_and_prepare(download_dir=folder / "downloads", download_config=config)
    shutil.rmtree(folder / "downloads", ignore_errors=True)  # only empty folders: the files existed


def read(source: Source, folder: Path) -> dict | None:
    """Images (count, 28, 28) and labels (count,) of both splits from TFDS, or None when it has not prepared them.

    Keys are "train_images", "train_labels", "test_images", "test_labels". Raises ZooError when the folder is damaged.
    """
    tfds = _tfds()
    builder = _builder(source, folder)
    if not Path(builder.data_dir).is_dir():
        return None
    arrays = {}
    try:
        with Line(source.name) as line:
            for split in SPLITS:
                data = builder.as_data_source(split, decoders={"image": tfds.decode.SkipDecoding()})
                images, labels = np.empty((len(data), SIDE, SIDE), np.uint8), np.empty(len(data), np.uint8)
                for start in range(0, len(data), CHUNK):
                    line.show(start / len(data), f"{start} of {len(data)} images read, {split}")
                    chunk = range(start, min(start + CHUNK, len(data)))
                    for position, example in zip(chunk, data.__getitems__(list(chunk)), strict=True):
                        images[position], labels[position] = _pixels(example["image"]), example["label"]
                arrays |= {f"{split}_images": images, f"{split}_labels": labels}
    except Exception as error:  # array_record and its protobufs have no exception classes
        reason = str(error).partition("\n")[0]
        raise ZooError(
            f"{builder.data_dir} is damaged ({reason}); remove it and run zoo data prepare {source.name}."
        ) from error
    return arrays


def _tfds():
    """tensorflow_datasets without its log; imported at the first use, which takes a second."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ZooError(f"tensorflow-datasets cannot be imported ({error}); pip install tensorflow-datasets.") from error
    tfds.disable_progress_bar()
    return tfds


def _builder(source, folder, line=None):
    """The official builder of `source`, as a subclass that needs no TensorFlow."""
    # The module must be imported, and thus registered, before registration is skipped.
    from tensorflow_datasets.core import registered
    from tensorflow_datasets.core.download import checksums
    from tensorflow_datasets.image_classification import mnist

    official = getattr(mnist, source.builder)
    infos = {
        file.url: checksums.UrlInfo(size=file.size, checksum=file.sha256, filename=file.name)
        for file in sources.official_files(source)
    }

    with registered.skip_registration():

        class WithoutTensorFlow(official):
            __module__ = official.__module__  # the name in dataset_info.json
            name = official.name
            url_infos = infos

            def _info(self):
                info = super()._info()
                info.as_proto.disable_shuffling = True
                return info

            def _split_generators(self, dl_manager):
                return super()._split_generators(_AsDownloaded(dl_manager))

            def _generate_examples(self, num_examples, data_path, label_path):
                images, labels = idx.read(data_path, 3), idx.read(label_path, 1)
                for position, (image, label) in enumerate(zip(images, labels, strict=True)):
                    if line and position % CHUNK == 0:
                        line.show(position / len(labels), f"{position} of {len(labels)} images written")
                    yield position, {"image": _png(image), "label": int(label)}

    config = source.name.partition("/")[2] or None
    # Never "parquet" (it keeps 3,400 of 60,000 images).
    return WithoutTensorFlow(data_dir=folder, config=config, file_format="array_record")


class _AsDownloaded:
    """A download manager that leaves files packed: `idx.read` reads them so, also inside a zip archive."""

    def __init__(self, manager):
        self.manager = manager

    def download_and_extract(self, urls):
        return self.manager.download(urls)

    def extract(self, paths):
        return paths


def _png(image):
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def _pixels(png):
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)))
