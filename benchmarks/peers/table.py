"""The table: ratios of pairs of runs, and the fraction of equal spikes."""

import statistics
from dataclasses import dataclass, field

import numpy as np

COLUMNS = f"{'':42} {'CPU s':>8} {'ours':>8} {'ratio':>7} {'Hz':>7} {'ours':>7} {'same spikes':>12}"


@dataclass
class Pair:
    """Two consecutive runs: CPU seconds of another simulator and of ours."""

    theirs: float
    ours: float


@dataclass
class Line:
    """A line of the table: pairs, mean rates (Hz) of both, and the fraction of equal spikes, if spikes can be equal."""

    name: str
    pairs: list = field(default_factory=list)
    rates: tuple = (float("nan"), float("nan"))
    same: float | None = None
    note: str = ""

    def text(self) -> str:
        if not self.pairs:
            return f"{self.name:42} not measured: {self.note}"
        theirs, ours = (statistics.median(getattr(pair, side) for pair in self.pairs) for side in ("theirs", "ours"))
        same = "" if self.same is None else f"{percent(self.same):>12}"
        line = f"{self.name:42} {theirs:8.3f} {ours:8.4f} {ratio(self.pairs):7.1f} {self.rates[0]:7.2f} {self.rates[1]:7.2f} {same}"
        return line.rstrip() + (f"\n    {self.note}" if self.note else "")


def ratio(pairs: list) -> float:
    """The time of the other simulator divided by ours: the median over the pairs."""
    return statistics.median(pair.theirs / pair.ours for pair in pairs)


def percent(part: float) -> str:
    """100 % means all spikes, without rounding."""
    return "all" if part == 1 else f"{min(100 * part, 99.99):.2f} %"


def same(ours: tuple, theirs: tuple, dt: float) -> float:
    """The fraction of all spikes with a match in the other simulation: the same cell, at most one time step `dt` apart.

    Spikes are times in the unit of dt and cells, (spikes,) each.
    """
    if not len(ours[0]) or not len(theirs[0]):
        return float(len(ours[0]) == len(theirs[0]))
    longest = 10 * dt + max(np.max(ours[0]), np.max(theirs[0]))
    one, two = (np.sort(np.asarray(t, float) + 2 * longest * np.asarray(i)) for t, i in (ours, theirs))
    found = _found(one, two, dt) + _found(two, one, dt)
    return found / (len(one) + len(two))


def _found(one, two, dt):
    after = np.searchsorted(two, one)
    nearest = np.minimum(
        np.abs(two[np.minimum(after, len(two) - 1)] - one), np.abs(two[np.maximum(after - 1, 0)] - one)
    )
    return np.count_nonzero(nearest < 1.01 * dt)
