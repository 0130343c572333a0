"""The line in a terminal: what is left, also of work that another process began."""

import io

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
