"""The idx format of MNIST and its successors: plain, compressed, or inside a zip archive.

A file begins with 0, 0, the type of its values (8: bytes), the number of dimensions, and the size of each as four
bytes, the highest first (Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits).
"""

import contextlib
import gzip
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

from zoo.core.errors import ZooError

BYTES = 8
WHAT = {1: "labels", 3: "images"}


def read(path: Path, dimensions: int) -> np.ndarray:
    """The bytes of an idx file as an array: labels (count,) with 1 dimension, images (count, rows, columns) with 3.

    The first bytes of a file show whether it is compressed, not its name. `archive.zip/member` is read from the archive.
    Raises ZooError for a file that is missing, damaged, of another kind, too short or too long.
    """
    path = Path(path)
    try:
        with _opened(path) as stream:
            return _read(path, stream, dimensions)
    except FileNotFoundError:
        raise ZooError(f"no file {path}.") from None
    except EOFError:
        raise ZooError(f"{path} ends in the middle of its compressed data; download it again.") from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise ZooError(f"{path} is damaged ({error}); download it again.") from None
    except OSError as error:
        raise ZooError(f"{path} cannot be read ({error.strerror or error}).") from None


def _read(path, stream, dimensions):
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0":
        raise ZooError(f"{path} is no idx file: it begins with {start!r}, not with two zeros; download it again.")
    if start[2] != BYTES:
        raise ZooError(f"{path} holds values of the idx type 0x{start[2]:02x}; images and labels are bytes, type 0x08.")
    if start[3] != dimensions:
        found = WHAT.get(start[3], f"an array of {start[3]} dimensions")
        hint = "; are the files of images and labels exchanged?" if start[3] in WHAT else "."
        raise ZooError(f"{path} holds {found} instead of {WHAT[dimensions]}{hint}")
    sizes = stream.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise ZooError(f"{path} ends within its header; download it again.")
    shape = struct.unpack(f">{dimensions}I", sizes)
    told = int(np.prod(shape, dtype=object))
    content = bytearray()  # piece by piece, as a damaged header may state any number
    while len(content) <= told and (piece := stream.read(min(1 << 20, told + 1 - len(content)))):
        content += piece
    if len(content) != told:
        rest = "more" if len(content) > told else f"only {len(content)}"
        raise ZooError(
            f"{path} should hold {told} values ({_times(shape)}) by its header and has {rest}; download it again."
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


@contextlib.contextmanager
def _opened(path):
    archive = next((parent for parent in path.parents if parent.suffix == ".zip" and parent.is_file()), None)
    with contextlib.ExitStack() as stack:
        if archive:
            file = stack.enter_context(_member(zipfile.ZipFile(archive), path.relative_to(archive).as_posix()))
        else:
            file = stack.enter_context(path.open("rb"))
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        yield stack.enter_context(gzip.GzipFile(fileobj=file)) if compressed else file


@contextlib.contextmanager
def _member(archive, name):
    with archive:
        if name not in archive.namelist():
            raise ZooError(f"{archive.filename} does not contain {name}; download it again.")
        with archive.open(name) as file:
            yield file


def _times(shape):
    return " x ".join(map(str, shape))
