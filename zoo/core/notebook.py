"""Jupyter notebooks: figures as the value of a cell, and a progress line below it.

Figures of the zoo are no pyplot figures, so a notebook would not draw them by itself.
"""

import base64
import io
import sys
from html import escape


def shell():
    """The IPython shell of a notebook, or None in a terminal; does not import IPython."""
    ipython = sys.modules.get("IPython")
    found = ipython.get_ipython() if ipython else None
    return found if getattr(found, "kernel", None) is not None and not _left else None


_left = []


def leave() -> None:
    """Make this process, a fork of a notebook's, one that no notebook listens to."""
    _left.append(True)


def show_figures() -> None:
    """Let the running notebook draw a matplotlib Figure, or a dictionary of them, that is the value of a cell."""
    if (found := shell()) is None:
        return
    from matplotlib.figure import Figure

    formatters = found.display_formatter
    formatters.formatters["image/png"].for_type(Figure, _png)
    formatters.mimebundle_formatter.for_type(dict, _bundle)


def _png(figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=100, bbox_inches="tight")
    return picture.getvalue()


def _bundle(value, **_):
    """The figures of a dictionary of figures as HTML; None for every other dictionary."""
    from matplotlib.figure import Figure

    if not value or not all(isinstance(item, Figure) for item in value.values()):
        return None
    pictures = {str(name): base64.b64encode(_png(figure)).decode() for name, figure in value.items()}
    html = "".join(
        f'<figure><img alt="{escape(name)}" src="data:image/png;base64,{data}"></figure>'
        for name, data in pictures.items()
    )
    # A viewer without HTML shows the first one.
    return {"text/html": html, "image/png": next(iter(pictures.values()))}


class Output:
    """A text below the running cell; each text replaces the one before."""

    def __init__(self):
        self.handle = None

    def write(self, text: str) -> None:
        """Show `text` instead of the previous one; an empty text removes it."""
        from IPython.display import display

        bundle = {"text/plain": text}
        if self.handle is None:
            self.handle = display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)
