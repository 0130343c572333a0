"""The data sets that the zoo knows, without their images: classes, numbers, official files, licences."""

import importlib.util
import string
from dataclasses import dataclass
from pathlib import Path

from zoo.core.errors import ZooError, unknown

SPLITS = ("train", "test")
SIDE = 28

DIGITS = tuple(string.digits)
BY_CLASS = (*string.digits, *string.ascii_uppercase, *string.ascii_lowercase)
#: Letters whose small and capital forms look alike are one class (G. Cohen et al. 2017, EMNIST, arXiv:1702.05373).
BY_MERGE = (*string.digits, *string.ascii_uppercase, *"abdefghnqrt")


@dataclass(frozen=True)
class File:
    """An official file: its address, plain name, size in bytes and sha256."""

    url: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Source:
    """A data set of images of 28 x 28 pixels.

    `counts` are the numbers of training and test images. `builder` is the class of the official builder in
    tensorflow_datasets (empty for the embedded set); `files` is the prefix of its idx files. `transposed`: the files hold
    columns as rows. The labels in the files start at `first_label`. `contents` maps names of idx files to the known
    sha256 of their contents: several data sets share names and sizes.
    """

    name: str
    summary: str
    classes: tuple[str, ...]
    counts: tuple[int, int]
    licence: str
    builder: str = ""
    prefix: str = ""
    test_name: str = "test"
    transposed: bool = False
    first_label: int = 0
    contents: tuple[tuple[str, str], ...] = ()

    def count(self, split: str) -> int:
        """The number of images of "train" or "test"."""
        return self.counts[SPLITS.index(split)]

    def idx_names(self, split: str) -> tuple[str, str]:
        """The names of the idx files of images and labels, without .gz."""
        part = self.test_name if split == "test" else "train"
        return f"{self.prefix}{part}-images-idx3-ubyte", f"{self.prefix}{part}-labels-idx1-ubyte"

    @property
    def family(self) -> str:
        """The name before the slash: sets with the same family are downloaded together."""
        return self.name.partition("/")[0]


def find(name: str) -> Source:
    """The data set `name`; raises ZooError with the nearest names when it is unknown."""
    if name not in SOURCES:
        raise unknown("data set", name, SOURCES, "zoo data list prints them.")
    return SOURCES[name]


def official_files(source: Source) -> list[File]:
    """The files that tensorflow_datasets would download, from its table of checksums, without importing it."""
    package = importlib.util.find_spec("tensorflow_datasets")
    if package is None:
        raise ZooError("tensorflow-datasets is not installed; pip install tensorflow-datasets importlib_resources.")
    table = Path(package.origin).parent / "url_checksums" / f"{source.family}.txt"
    rows = (line.split("\t") for line in table.read_text().splitlines() if line)
    return [File(url, name, int(size), sha256) for url, size, sha256, name in rows]


def _emnist(config, classes, counts, summary, **options):
    return Source(
        f"emnist/{config}", summary, classes, counts, "public domain (NIST)", "EMNIST", f"emnist-{config}-",
        transposed=True, **options,
    )  # fmt: skip


def _like_mnist(name, summary, classes, licence, builder, contents=()):
    return Source(name, summary, classes, (60_000, 10_000), licence, builder, test_name="t10k", contents=contents)


_FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_HIRAGANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

_ALL = (
    Source("digits", "2,000 digits of MNIST that come with the zoo", DIGITS, (1500, 500), "CC BY-SA 3.0"),
    _like_mnist(
        "mnist", "handwritten digits", DIGITS, "CC BY-SA 3.0", "MNIST",
        contents=(
            ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        ),
    ),
    _like_mnist(
        "fashion_mnist", "articles of clothing", _FASHION, "MIT", "FashionMNIST",
        contents=(
            ("train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
            ("train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
            ("t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            ("t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        ),
    ),
    _like_mnist("kmnist", "cursive Hiragana", _HIRAGANA, "CC BY-SA 4.0", "KMNIST"),
    _emnist("byclass", BY_CLASS, (697_932, 116_323), "digits, capital and small letters"),
    _emnist("bymerge", BY_MERGE, (697_932, 116_323), "the same, look-alikes merged"),
    _emnist("balanced", BY_MERGE, (112_800, 18_800), "the same, as many of each class"),
    # The builder of TFDS reads 88,800 and 14,800 images, the numbers of the paper's table for 37 classes. The test file
    # is sorted by class: this would leave out T to Z. The zoo reads all images of the files.
    _emnist("letters", tuple(string.ascii_uppercase), (124_800, 20_800), "letters, capital or small", first_label=1),
    _emnist("digits", DIGITS, (240_000, 40_000), "digits"),
    _emnist("mnist", DIGITS, (60_000, 10_000), "digits, as many as in MNIST"),
)  # fmt: skip

#: Name -> Source
SOURCES = {source.name: source for source in _ALL}
