"""The one error of the zoo: a sentence for the person who asked."""

import difflib

# Names that a message lists, and characters of somebody's text that it repeats, at most.
_NAMES = 20
_CHARACTERS = 80


class ZooError(ValueError):
    """Bad input or a missing tool, said in one sentence that names the thing and the way out.

    The command line prints the sentence and exits with code 2, without a traceback.
    """


def unknown(kind: str, name: str, known, hint: str = "") -> ZooError:
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


def listed(names) -> str:
    """Names for a message, the first twenty of many."""
    names = list(names)
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return (", ".join(names[:_NAMES]) or "none") + more


def quoted(value) -> str:
    """What somebody wrote, as a message repeats it: in quotes, and cut off when it is long."""
    text = repr(value)
    return text if len(text) <= _CHARACTERS else f"{text[: _CHARACTERS - 3]}..."


def first_line(error) -> str:
    """What an exception says, in one line."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
