"""The one error of the zoo: a sentence for the person who asked."""

import difflib


class ZooError(ValueError):
    """Bad input or a missing tool, said in one sentence that names the thing and the way out.

    The command line prints the sentence and exits with code 2, without a traceback.
    """


def unknown(kind: str, name: str, known, hint: str = "") -> ZooError:
    """An error for a name that is not known, with the nearest names."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        way_out = f"did you mean {' or '.join(near)}?"
    elif hint:
        way_out = hint
    else:
        way_out = f"known: {', '.join(known) or 'none'}."
    return ZooError(f"there is no {kind} named {name!r}; {way_out}")
