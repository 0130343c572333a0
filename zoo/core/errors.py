"""The zoo's one exception: a sentence for the user."""

import contextlib
import difflib
import errno
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

# The largest number of names that a message lists, and of characters of the user's text that it repeats.
_NAMES = 20
_CHARACTERS = 80


class ZooError(ValueError):
    """Bad input or a missing tool, in one sentence that names the problem and the remedy.

    The command line prints the sentence and exits with code 2, without a traceback. Further arguments are lines that it
    prints below the sentence unchanged, such as a list of files.
    """

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))


def unknown(kind: str, name: str, known: Iterable[str], hint: str = "") -> ZooError:
    """An error for an unknown name, with the nearest names."""
    known = sorted(known)
    near = difflib.get_close_matches(name[:_CHARACTERS], known, n=3, cutoff=0.5)
    if near:
        way_out = f"did you mean {' or '.join(near)}?"
    elif hint:
        way_out = hint
    else:
        way_out = f"known: {listed(known)}."
    return ZooError(f"unknown {kind} {quoted(name)}; {way_out}")


def listed(names: Iterable[object]) -> str:
    """Names for a message, at most the first twenty."""
    names = list(names)
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return (", ".join(names[:_NAMES]) or "none") + more


def quoted(value: object) -> str:
    """The user's text for a message: in quotes, and shortened when it is long."""
    return shortened(" ".join(repr(value).split()), _CHARACTERS)


def one_line(text: str) -> str:
    """`text` in one line that a terminal can show: a file name may hold a line break, or bytes that are no text."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def is_full(error: BaseException) -> bool:
    """Whether a disk is full; NumPy reports only how much it has written."""
    return isinstance(error, OSError) and (
        error.errno in (errno.ENOSPC, errno.EDQUOT)
        or re.fullmatch(r"\d+ requested and \d+ written", str(error)) is not None
    )


def first_line(error: BaseException | str) -> str:
    """The message of an exception, in one line."""
    said = error.args[0] if isinstance(error, KeyError) and error.args else error  # str(KeyError) puts it in quotes
    lines = str(said).strip().splitlines()
    return shortened(lines[0]) if lines else type(error).__name__


def place(error: BaseException) -> str:
    """The innermost line of the user's code in the traceback of an exception, as ``model.py, line 12``, or "".

    The user's code is all code outside the zoo, Python and installed packages.
    """
    packages = [sys.modules.get(name) for name in ("zoo", "zoo.models", "zoo.experiments")]
    # Only the first: in a clone the path of zoo also has the folder of the clone, where a user may keep files.
    ours = [Path(next(iter(package.__path__))).resolve() for package in packages if package]
    paths = sysconfig.get_paths()
    installed = {Path(paths[kind]).resolve() for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
    # An environment may see the packages of another one.
    installed |= {
        Path(folder).resolve() for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages")
    }
    found = ""
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename).resolve()
        if path.is_file() and not any(path.is_relative_to(folder) for folder in (*ours, *installed)):
            found = f"{path.name}, line {frame.lineno}"
    return found


@contextlib.contextmanager
def in_one_sentence(name: str, explain: Callable[[Exception], ZooError | None] = lambda error: None) -> Iterator[None]:
    """Turns an exception of Brian2, or of a model's code, into a ZooError about the model `name`, with the line.

    `explain(error)` may return a better ZooError.
    """
    try:
        yield
    except (ZooError, MemoryError):
        raise
    except Exception as error:
        if is_full(error):
            raise
        if (explained := explain(error)) is not None:
            raise explained from error
        inner = error
        # For an equation that cannot be parsed, Brian2's message is better than the parser's.
        while inner.__cause__ is not None and not type(inner.__cause__).__module__.startswith("pyparsing"):
            inner = inner.__cause__
        if isinstance(inner, ZooError):
            raise ZooError(str(inner)) from error
        where = place(inner) or place(error)
        frames = traceback.extract_tb(inner.__traceback__)
        said = shortened(" ".join(str(inner).split()) or type(inner).__name__)
        kind = f"{type(inner).__name__}: "
        if isinstance(error, NotImplementedError):
            raise ZooError(f"{name}: {said}") from error
        if frames and where == f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}":
            # The line itself is wrong, not its arguments to Brian2.
            raise ZooError(f"{name} fails in {where}: {kind}{said}") from error
        kind = kind if isinstance(inner, (LookupError, AttributeError, TypeError)) else ""
        raise ZooError(f"Brian2 refuses {name}{f' ({where})' if where else ''}: {kind}{said}") from error


def shortened(text: str, most: int = 500) -> str:
    """`text`, or its beginning when it is long."""
    return text if len(text) <= most else f"{text[: most - 3]}..."
