"""The one error of the zoo: a sentence for the person who asked."""

import contextlib
import difflib
import errno
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

# Names that a message lists, and characters of somebody's text that it repeats, at most.
_NAMES = 20
_CHARACTERS = 80


class ZooError(ValueError):
    """Bad input or a missing tool, said in one sentence that names the thing and the way out.

    The command line prints the sentence and exits with code 2, without a traceback. Further arguments are lines that it
    prints under the sentence as they are, such as a list of files.
    """

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))


def unknown(kind: str, name: str, known: Iterable[str], hint: str = "") -> ZooError:
    """An error for a name that is not known, with the nearest names."""
    known = sorted(known)
    near = difflib.get_close_matches(name[:_CHARACTERS], known, n=3, cutoff=0.5)
    if near:
        way_out = f"did you mean {' or '.join(near)}?"
    elif hint:
        way_out = hint
    else:
        way_out = f"known: {listed(known)}."
    return ZooError(f"there is no {kind} named {quoted(name)}; {way_out}")


def listed(names: Iterable[object]) -> str:
    """Names for a message, the first twenty of many."""
    names = list(names)
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return (", ".join(names[:_NAMES]) or "none") + more


def quoted(value: object) -> str:
    """What somebody wrote, as a message repeats it: in quotes, and cut off when it is long."""
    return shortened(" ".join(repr(value).split()), _CHARACTERS)


def one_line(text: str) -> str:
    """`text` in one line, as a terminal can show it: a file may have a name with a line break, or no text at all."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def is_full(error: BaseException) -> bool:
    """Whether a disk is full: NumPy says of it only how much it has written."""
    return isinstance(error, OSError) and (
        error.errno in (errno.ENOSPC, errno.EDQUOT)
        or re.fullmatch(r"\d+ requested and \d+ written", str(error)) is not None
    )


def first_line(error: BaseException | str) -> str:
    """What an exception says, in one line."""
    said = error.args[0] if isinstance(error, KeyError) and error.args else error  # str(KeyError) puts it in quotes
    lines = str(said).strip().splitlines()
    return shortened(lines[0]) if lines else type(error).__name__


def place(error: BaseException) -> str:
    """The innermost line of somebody's own code that an exception went through, as ``model.py, line 12``, or "".

    Own code is what is neither the zoo's nor Python's nor an installed package's.
    """
    packages = [sys.modules.get(name) for name in ("zoo", "zoo.models", "zoo.experiments")]
    ours = [Path(folder).resolve() for package in packages if package for folder in package.__path__]
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
    """Turns what Brian2, or the code of a model, raises into a ZooError about the model `name`, with the line.

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
        # Brian2 tells of an equation that cannot be parsed better than the parser does.
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
            # The line itself is wrong, not what Brian2 was given in it.
            raise ZooError(f"{name} fails in {where}: {kind}{said}") from error
        kind = kind if isinstance(inner, (LookupError, AttributeError, TypeError)) else ""
        raise ZooError(f"Brian2 refuses {name}{f' ({where})' if where else ''}: {kind}{said}") from error


def shortened(text: str, most: int = 500) -> str:
    """`text`, or its beginning when it is long."""
    return text if len(text) <= most else f"{text[: most - 3]}..."
