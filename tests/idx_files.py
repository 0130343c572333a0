"""Small idx files for tests."""

import gzip
import struct

import numpy as np


def pack(array) -> bytes:
    """An array of bytes in the idx format."""
    return (
        bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(np.uint8).tobytes()
    )


def write(folder, name, array, compressed=True):
    """An idx file `name` (without .gz) in `folder`; its path."""
    path = folder / (f"{name}.gz" if compressed else name)
    path.write_bytes(gzip.compress(pack(array), mtime=0) if compressed else pack(array))
    return path


def images(count, seed=0):
    """Random images; no two are alike, and none is its own transpose."""
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28)).astype(np.uint8)


def write_set(folder, source, compressed=True, seed=0):
    """All four files of `source` with random images; labels go round. Returns name -> array as in the files."""
    arrays = {}
    for split in ("train", "test"):
        count = source.count(split)
        labels = np.arange(count) % len(source.classes) + source.first_label
        for name, array in zip(source.idx_names(split), (images(count, seed), labels.astype(np.uint8)), strict=True):
            write(folder, name, array, compressed)
            arrays[name] = array
    return arrays
