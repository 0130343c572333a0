"""Makes digits.npz from the MNIST training files: python zoo/images/data/make_digits.py DIR

DIR holds train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz. It takes the first 200 images of each class in the
order of the files, 150 for training and the next 50 for testing, and shuffles both parts with seed 0.
"""

import gzip
import sys
from pathlib import Path

import numpy as np

TRAIN, TEST = 150, 50


def main(folder: Path) -> None:
    images = _idx(folder / "train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    labels = _idx(folder / "train-labels-idx1-ubyte.gz", 8)
    of_class = [np.flatnonzero(labels == digit) for digit in range(10)]
    random = np.random.default_rng(0)
    parts = {}
    for name, low, high in (("train", 0, TRAIN), ("test", TRAIN, TRAIN + TEST)):
        chosen = random.permutation(np.concatenate([indices[low:high] for indices in of_class]))
        parts |= {f"{name}_images": images[chosen], f"{name}_labels": labels[chosen]}
    np.savez_compressed(Path(__file__).with_name("digits.npz"), **parts)


def _idx(path, header):
    return np.frombuffer(gzip.decompress(path.read_bytes()), dtype=np.uint8, offset=header)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
