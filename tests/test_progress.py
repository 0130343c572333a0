"""What the terminal shows: the line of a piece of work, and the table of a sweep, in real terminals of all sizes."""

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import tty

import pytest

from tests.conftest import ROOT
from tests.test_sweep import SQUARES
from zoo import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def _shown(monkeypatch, first, fraction, seconds):
    clock, terminal = [0.0], Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    line = progress.Line("work", first)
    clock[0] = seconds
    line.show(fraction, "some")
    return terminal.getvalue().strip()


def test_time_left(monkeypatch):
    assert _shown(monkeypatch, 0.0, 0.25, 10) == "work |  25 % | some | 10 s elapsed | 30 s left"


def test_what_was_done_before_took_no_time_here(monkeypatch):
    assert _shown(monkeypatch, 0.5, 0.75, 10).endswith("10 s elapsed | 10 s left")
    assert _shown(monkeypatch, 0.5, 0.5, 10).endswith("10 s elapsed"), "nothing is known yet"


class Screen:
    """What a terminal of so many columns and lines shows: the control sequences of the table, and wrapping."""

    def __init__(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.rows, self.row, self.column = [""], 0, 0
        self.wrapped = False

    def feed(self, text):
        for sequence, character in re.findall(r"\x1b\[([\d;]*[A-Za-z])|(.)", text, re.DOTALL):
            kind = sequence[-1:] or character
            if sequence and kind == "A":
                assert self.row >= int(sequence[:-1]), "above the screen"
                self.row -= int(sequence[:-1])
            elif sequence and kind in "KJ":
                self.rows[self.row] = self.rows[self.row][: self.column]
                if kind == "J":
                    del self.rows[self.row + 1 :]
            elif sequence:
                assert kind == "m", sequence
            elif kind == "\r":
                self.column = 0
            elif kind == "\n":
                self._down()
            else:
                assert character.isprintable(), repr(character)
                if self.column >= self.columns:
                    self.wrapped = True
                    self._down()
                line = self.rows[self.row].ljust(self.column)
                self.rows[self.row] = line[: self.column] + character + line[self.column + 1 :]
                self.column += 1
            assert len(self.rows) <= self.lines, "scrolled"
        return "\n".join(self.rows)

    def _down(self):
        self.row, self.column = self.row + 1, 0
        self.rows += [""] * (self.row + 1 - len(self.rows))


def swept(folder, columns=100, lines=24, **environment):
    """The sweep of ten points, of which one fails, in a terminal: everything that it wrote there, and its process."""
    (folder / "squares.py").write_text(SQUARES)
    (folder / "points.csv").write_text(
        "x,how,slow\n" + "\n".join(f"{x},{'raises' if x == 1 else 'well'},0.15" for x in range(10))
    )
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "zoo", "sweep", "squares.py", "--points", "points.csv", "--jobs", "2"], cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment}, stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    written = []
    with contextlib.suppress(OSError):  # the end of a terminal
        while data := os.read(ours, 65536):
            written.append(data)
    os.close(ours)
    out, _ = process.communicate()
    assert process.returncode == 1 and b"9 of 10 points" in out
    return b"".join(written).decode()


@pytest.mark.parametrize(("columns", "lines"), [(100, 24), (30, 24), (100, 4), (8, 3)])
def test_a_table_of_the_points_that_run(tmp_path, columns, lines):
    text = swept(tmp_path, columns, lines)
    screen, shown = Screen(columns, lines), []
    for part in re.split(r"(?=\x1b\[\d+A)", text):  # every redrawing
        shown.append(screen.feed(part))
    assert not screen.wrapped and screen.rows == [""], "nothing of it stays"
    assert "squares"[: columns - 1] in shown[0]
    if columns == 100 and lines == 24:
        assert any("2 running" in drawn for drawn in shown)
        last = [drawn for drawn in shown if "9 of 10 done, 1 failed" in drawn]
        assert last and "failed  1 --x 1 --how raises --slow 0.15: failed, ValueError: no such square" in last[0]
        assert re.search(r"running +\d+ s  9 --x 9", last[0]) and " left" in last[0]


@pytest.mark.slow
def test_colours_where_they_are_wanted(tmp_path):
    assert "\x1b[31m" in swept(tmp_path, TERM="xterm")
    (tmp_path / "again").mkdir()
    assert "m" not in re.findall(r"\x1b\[[\d;]*([A-Za-z])", swept(tmp_path / "again", NO_COLOR="1"))


def test_a_terminal_that_cannot_go_back_has_a_line(tmp_path):
    text = swept(tmp_path, TERM="dumb")
    assert "\x1b" not in text and "\n" not in text and "9 of 10 done, 1 failed" in text


def test_errors_do_not_write_into_the_terminal(monkeypatch):
    """What an experiment says may have control characters, and letters that are two columns wide."""
    terminal = Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    with progress.Table("work", 3, lambda index: "日本語" * 10) as table:
        table.add(0, "\x1b[2J\nfailed")
        table.drawn = None
        table.draw()
    lines = terminal.getvalue().replace("\x1b[K", "").splitlines()
    assert all(
        len(line) + line.count("日") + line.count("本") + line.count("語") < 40 for line in lines if "日" in line
    )
    assert "\x1b[2J" not in terminal.getvalue() and not any(line.startswith("failed") for line in lines)
