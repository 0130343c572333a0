"""One line in the terminal that tells how far a long piece of work is."""

import shutil
import sys
import time


class Line:
    """A line that is rewritten in place; silent when standard error is no terminal.

    with Line("basal_ganglia") as line:
        line.show(0.25, "0.25 of 1 s simulated")

    `first` is the fraction that an earlier process has done, which says nothing of the time that is left.
    """

    def __init__(self, title: str, first: float = 0.0):
        self.title = title
        self.visible = sys.stderr.isatty()
        self.start = time.monotonic()
        self.first = first
        self.width = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clear()

    def show(self, fraction: float, what: str = "") -> None:
        """Show a fraction between 0 and 1, what was done, and the elapsed and remaining time."""
        if not self.visible:
            return
        elapsed = time.monotonic() - self.start
        parts = [self.title, f"{100 * fraction:3.0f} %", what, f"{span(elapsed)} elapsed"]
        done = fraction - self.first
        if done > 0.01 * (1 - self.first) and fraction < 1:
            parts.append(f"{span(elapsed * (1 - fraction) / done)} left")
        # A line that the terminal wraps could not be taken back.
        text = " | ".join(part for part in parts if part)[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write("\r" + text.ljust(self.width))
        sys.stderr.flush()
        self.width = len(text)

    def clear(self) -> None:
        """Take the line away again."""
        if self.width:
            sys.stderr.write("\r" + " " * self.width + "\r")
            sys.stderr.flush()
            self.width = 0


def span(seconds: float) -> str:
    """A time span as people say it: ``8 s``, ``3 min 20 s``, ``2 h 05 min``."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"
