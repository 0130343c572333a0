"""Progress in the terminal: one line for a long task, or a small table for many tasks."""

import collections
import contextlib
import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable

from zoo.core import notebook

# Seconds between two texts in a notebook.
NOTEBOOK_SECONDS = 0.3


class Line:
    """A line that is rewritten in place, in a terminal or below the cell of a notebook; silent elsewhere.

        with Line("basal_ganglia") as line:
            line.show(0.25, "0.25 of 1 s simulated")

    `first` is the fraction that an earlier process has done; the remaining time is estimated without it.
    """

    def __init__(self, title: str, first: float = 0.0) -> None:
        self.title: str = title
        self.terminal: bool = sys.stderr.isatty()
        self.output: notebook.Output | None = (
            notebook.Output() if not self.terminal and notebook.shell() is not None else None
        )
        self.visible: bool = self.terminal or self.output is not None
        self.start: float = time.monotonic()
        self.written: float = self.start
        self.first: float = first
        self.width: int = 0

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, fraction: float, what: str = "") -> None:
        """Show a fraction between 0 and 1, the text `what`, and the elapsed and remaining time."""
        if not self.visible:
            return
        elapsed = time.monotonic() - self.start
        parts = [self.title, f"{100 * fraction:3.0f} %", what, f"{span(elapsed)} elapsed"]
        done = fraction - self.first
        if done > 0.01 * (1 - self.first) and fraction < 1:
            parts.append(f"{span(elapsed * (1 - fraction) / done)} left")
        if self.output:
            # Short tasks need no line, and a browser draws slowly.
            if time.monotonic() - self.written > NOTEBOOK_SECONDS:
                text = " | ".join(part for part in parts if part)
                self.output.write(text)
                self.width, self.written = len(text), time.monotonic()
            return
        # A line that the terminal wraps could not be erased.
        text = " | ".join(part for part in parts if part)[: _size()[0] - 1]
        sys.stderr.write("\r" + text.ljust(self.width))
        sys.stderr.flush()
        self.width = len(text)

    def clear(self) -> None:
        """Erase the line."""
        if self.width and self.output:
            self.output.write("")
        elif self.width:
            sys.stderr.write("\r" + " " * self.width + "\r")
            sys.stderr.flush()
        self.width = 0


class Table:
    """A few lines that are redrawn in place: the state of many points; a `Line` where the terminal cannot move its cursor.

        with Table("basal_ganglia", 100, name) as table:
            table.running[7] = time.monotonic()
            table.add(7, "")

    `count` is the number of points, and `name(index)` the label of one. The caller keeps `running`, which maps the running
    points to their start times. Silent when standard error is no terminal.
    """

    #: The least number of seconds between two drawings; the largest number of running points and failures shown.
    often: float = 0.1
    shown: int = 8
    failures: int = 3

    def __init__(self, title: str, count: int, name: Callable[[int], str]) -> None:
        self.title: str = title
        self.count: int = count
        self.name: Callable[[int], str] = name
        self.running: dict[int, float] = {}
        self.done: int = 0
        self.failed: int = 0
        #: The last failures: (index, error).
        self.last: collections.deque[tuple[int, str]] = collections.deque(maxlen=self.failures)
        self.start: float = time.monotonic()
        self.drawn: float | None = None
        terminal = sys.stderr.isatty()
        self.visible: bool = terminal and os.environ.get("TERM", "dumb") != "dumb"
        self.colours: bool = not os.environ.get("NO_COLOR")
        self.line: Line | None = (
            Line(title) if not self.visible and (terminal or notebook.shell() is not None) else None
        )
        self.widths: list[int] = []  # of the lines in the terminal

    def __enter__(self) -> "Table":
        self.draw()
        return self

    def __exit__(self, *_: object) -> None:
        if self.line:
            self.line.clear()
        self._replace([])

    def add(self, index: int, error: str) -> None:
        """The point `index` is done; `error` is empty unless it failed."""
        self.done += 1
        if error:
            self.failed += 1
            self.last.append((index, error))

    def draw(self) -> None:
        """Draw the current state, unless the last drawing is less than `often` seconds old."""
        now = time.monotonic()
        if self.drawn is not None and now - self.drawn < self.often and self.done < self.count:
            return
        self.drawn = now
        if self.line:
            self.line.show(self.done / max(self.count, 1), f"{self.done} of {self.count} done, {self.failed} failed")
        if self.visible:
            columns, lines = _size()
            drawn = [self._cut(parts, columns - 1) for parts in self._lines(now, columns - 1)[: max(lines - 1, 1)]]
            self._replace(drawn)

    def _lines(self, now, width):
        """The lines as lists of (text, colour)."""
        elapsed = now - self.start
        rate = self.done / max(elapsed, 1e-9)
        left = f"{span((self.count - self.done) / rate)} left" if 0 < self.done < self.count else ""
        failed = (f"{self.failed} failed", "31" if self.failed else "")
        running = f"{len(self.running)} running" if self.running else ""
        times = [running, f"{rate:.3g}/s" if self.done else "", f"{span(elapsed)} elapsed", left]
        bar = min(width, 60) - 6
        full = bar * self.done // max(self.count, 1)
        yielded = [
            [(self.title, "1")],
            [("━" * full, "32"), ("─" * (bar - full), "2"), (f" {100 * self.done // max(self.count, 1):3} %", "")],
            [(f"{self.done} of {self.count} done, ", ""), failed, *((f", {part}", "") for part in times if part)],
        ]
        oldest = sorted(self.running.items(), key=lambda item: item[1])
        for index, since in oldest[: self.shown]:
            yielded.append([(f"  running {span(now - since):>7}  ", "2"), (f"{index} {self.name(index)}", "")])
        if len(oldest) > self.shown:
            yielded.append([(f"  and {len(oldest) - self.shown} more", "2")])
        for index, error in self.last:
            yielded.append([(f"  failed  {index} ", "31"), (f"{self.name(index)}: {error}", "")])
        return yielded

    def _cut(self, parts, width):
        """A line as (text with colours, its width), at most `width` wide: a wrapped line could not be erased."""
        text, used = "", 0
        for part, colour in parts:
            kept = ""
            for character in part:
                character = character if character.isprintable() else "?"
                wide = 2 if unicodedata.east_asian_width(character) in "WF" else 1
                if used + wide > width:
                    break
                kept, used = kept + character, used + wide
            text += f"\x1b[{colour}m{kept}\x1b[0m" if colour and kept and self.colours else kept
        return text, used

    def _replace(self, lines):
        """Replace the lines in the terminal by `lines`."""
        if not lines and not self.widths:
            return
        columns, _ = _size()  # a terminal that has become narrower has wrapped them
        up = sum(1 + max(width - 1, 0) // columns for width in self.widths)
        new = "".join(f"{text}\x1b[K\n" for text, _ in lines)
        sys.stderr.write((f"\x1b[{up}A\r" if up else "") + new + "\x1b[J")
        sys.stderr.flush()
        self.widths = [width for _, width in lines]


def _size():
    """Columns and lines of the terminal of standard error; standard output may be a file."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        columns, lines = os.get_terminal_size(sys.stderr.fileno())
        if columns and lines:
            return columns, lines
    return shutil.get_terminal_size()


def span(seconds: float) -> str:
    """A time span for people: ``8 s``, ``3 min 20 s``, ``2 h 05 min``."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"
