"""Statistics of spike trains: rates, irregularity, synchrony, correlations, spectra, and distributions.

Every function takes `Spikes`, the spikes of a population in a window of time:

    cells = statistics.spikes(result, "spikes", start=0.5 * second)
    statistics.rate(cells), statistics.cv(cells), statistics.fano(cells, 3 * ms)

Times are in seconds and rates in Hz, as plain numbers. Where a statistic is not defined (no spikes, too few intervals) it
is nan. Sources: P. Dayan and L. F. Abbott (2001), Theoretical Neuroscience, MIT Press, chapter 1; G. R. Holt et al. (1996),
Journal of Neurophysiology 75:1806-1814, for CV2; X.-J. Wang and G. Buzsáki (1996), Journal of Neuroscience 16:6402-6413,
for the coherence; P. D. Welch (1967), IEEE Transactions on Audio and Electroacoustics 15:70-73, for the spectrum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import ms, second
from numpy.typing import ArrayLike, NDArray

from zoo.analysis import rates
from zoo.core import quantities
from zoo.core.errors import ZooError
from zoo.core.quantities import QuantityLike
from zoo.result import Result

Numbers = NDArray[np.float64]

#: The smallest number of spikes of a cell that has a coefficient of variation.
LEAST = 6
# Spikes are at multiples of the time step, with the last bits of a product: a spike on an edge belongs to the later bin.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Spikes:
    """The spikes of `n` cells in the window [start, end).

    `t` (spikes,) are times and `i` (spikes,) cells, 0 to n - 1, sorted by cell, then by time.
    """

    t: Numbers
    i: NDArray[np.int64]
    n: int
    start: float
    end: float

    @property
    def window(self) -> float:
        """The length of the window in seconds."""
        return self.end - self.start


def spikes(
    result: Result,
    monitor: str | None = None,
    *,
    start: QuantityLike = 0 * ms,
    end: QuantityLike | None = None,
    neurons: slice = slice(None),
) -> Spikes:
    """The spikes that a monitor of `result` has recorded from `start` (a time) to `end` (a time; default: of the run).

    `neurons` selects cells, which are then numbered from 0. Raises ZooError when the result has no such monitor, or the
    window is empty.
    """
    monitor = rates.monitor_of(result, monitor)
    rates.check_recorded(result, monitor)
    chosen = np.arange(len(result[f"{monitor}.count"]))[neurons]
    number = np.full(len(result[f"{monitor}.count"]), -1)
    number[chosen] = np.arange(len(chosen))
    i = number[np.asarray(result[f"{monitor}.i"])]
    first = float(quantities.check_one("start", start, second, "500*ms"))
    last = (
        rates.simulated(result) / 1000 if end is None else float(quantities.check_one("end", end, second, "1*second"))
    )
    own = i >= 0
    return from_arrays(np.asarray(result[f"{monitor}.t"], float)[own], i[own], len(chosen), first, last)


def from_arrays(t: ArrayLike, i: ArrayLike, n: int, start: float, end: float) -> Spikes:
    """The spikes at the times `t` (spikes,) in seconds of the cells `i` (spikes,) that are in the window [start, end).

    Raises ZooError when the window is empty.
    """
    if not start < end:
        raise ZooError(f"the window from {start:g} to {end:g} s is empty; end must be after start.")
    t, i = np.asarray(t, float), np.asarray(i, np.int64)
    own = (t >= start - _ROUNDING) & (t < end - _ROUNDING)
    t, i = t[own], i[own]
    order = np.lexsort((t, i))
    return Spikes(t[order], i[order], n, float(start), float(end))


def rate(cells: Spikes) -> float:
    """Spikes per cell and second, in Hz."""
    return len(cells.t) / cells.n / cells.window if cells.n else np.nan


def rates_of_cells(cells: Spikes) -> Numbers:
    """The rate of each cell in Hz, (n,)."""
    return np.bincount(cells.i, minlength=cells.n) / cells.window


def silent(cells: Spikes) -> float:
    """The fraction of cells without a spike."""
    return float(np.mean(np.bincount(cells.i, minlength=cells.n) == 0)) if cells.n else np.nan


def intervals(cells: Spikes) -> tuple[Numbers, NDArray[np.int64]]:
    """All interspike intervals in seconds, and the cell of each; both (intervals,)."""
    same = cells.i[1:] == cells.i[:-1]
    return np.diff(cells.t)[same], cells.i[1:][same]


def cvs(cells: Spikes, least: int = LEAST) -> Numbers:
    """The coefficient of variation of the intervals of each cell, (n,); nan for cells with fewer than `least` spikes."""
    length, owner = intervals(cells)
    number = np.bincount(owner, minlength=cells.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(owner, length, minlength=cells.n) / number
        # Twice, as a difference of squares would lose the digits of a regular train.
        variance = np.bincount(owner, (length - mean[owner]) ** 2, minlength=cells.n) / number
        return np.where(number >= max(least, 2) - 1, np.sqrt(variance) / mean, np.nan)


def cv(cells: Spikes, least: int = LEAST) -> float:
    """The mean of `cvs` over the cells that have one. It depends on the length of the window."""
    return _mean(cvs(cells, least))


def cv2(cells: Spikes) -> float:
    """The mean over cells with three spikes or more of CV2 = mean of 2|T' - T|/(T' + T) of adjacent intervals."""
    length, owner = intervals(cells)
    same = owner[1:] == owner[:-1]
    local = (2 * np.abs(np.diff(length)) / (length[1:] + length[:-1]))[same]
    number = np.bincount(owner[1:][same], minlength=cells.n)
    with np.errstate(invalid="ignore"):
        return _mean(np.bincount(owner[1:][same], local, minlength=cells.n) / number)


def counts(cells: Spikes, bin: QuantityLike) -> Numbers:
    """The spikes of the population in each whole `bin` (a time) of the window, (bins,).

    Raises ZooError for a bin that is not above 0, or longer than the window.
    """
    width, number = _bins(cells, bin)
    place = np.floor((cells.t - cells.start) / width + _ROUNDING / width).astype(np.int64)
    return np.bincount(place[place < number], minlength=number).astype(float)


def counts_of_cells(cells: Spikes, bin: QuantityLike) -> Numbers:
    """The spikes of each cell in each whole `bin` (a time) of the window, (n, bins); raises ZooError as `counts`."""
    width, number = _bins(cells, bin)
    place = np.floor((cells.t - cells.start) / width + _ROUNDING / width).astype(np.int64)
    own = place < number
    return np.bincount(cells.i[own] * number + place[own], minlength=cells.n * number).reshape(cells.n, number) * 1.0


def fano(cells: Spikes, bin: QuantityLike = 3 * ms) -> float:
    """Synchrony: variance over mean of the population's count in each `bin` (a time); 1 for independent Poisson processes.

    Raises ZooError as `counts`.
    """
    number = counts(cells, bin)
    return float(number.var() / number.mean()) if number.any() else np.nan


def fano_of_cells(cells: Spikes, bin: QuantityLike) -> float:
    """Variability: the mean over active cells of variance over mean of the count in each `bin` (a time).

    Raises ZooError as `counts`.
    """
    number = counts_of_cells(cells, bin)
    with np.errstate(invalid="ignore"):
        return _mean(number.var(axis=1) / number.mean(axis=1))


def correlations(cells: Spikes, bin: QuantityLike) -> Numbers:
    """Pearson's correlation of the counts in each `bin` (a time) of all pairs of active cells, (pairs,).

    Raises ZooError as `counts`.
    """
    number = counts_of_cells(cells, bin)
    number = number[number.std(axis=1) > 0]
    if len(number) < 2:
        return np.array([])
    return np.corrcoef(number)[np.triu_indices(len(number), 1)]


def correlation(cells: Spikes, bin: QuantityLike) -> float:
    """The mean of `correlations` for this `bin` (a time); raises ZooError as `counts`."""
    return _mean(correlations(cells, bin))


def coherence(cells: Spikes, bin: QuantityLike) -> float:
    """The mean over pairs of active cells of sum XY/sqrt(sum X sum Y), where X and Y are 1 in each `bin` (a time) with spikes.

    Raises ZooError as `counts`.
    """
    busy = (counts_of_cells(cells, bin) > 0).astype(float)
    busy = busy[busy.any(axis=1)]
    if len(busy) < 2:
        return np.nan
    busy /= np.sqrt(busy.sum(axis=1, keepdims=True))
    return _mean((busy @ busy.T)[np.triu_indices(len(busy), 1)])


def spectrum(cells: Spikes, bin: QuantityLike = 0.5 * ms, segment: QuantityLike = 500 * ms) -> tuple[Numbers, Numbers]:
    """Frequencies in Hz and the power of the population's rate in Hz²/Hz, both (frequencies,), by Welch's method.

    The rate is that of each `bin` (a time). Hann windows as long as `segment` (a time) overlap by half; the mean of each
    is removed. Raises ZooError when the window is shorter than a segment.
    """
    from scipy.signal import welch

    width, _ = _bins(cells, bin)
    length = round(float(quantities.check_one("segment", segment, second, "500*ms")) / width)
    number = counts(cells, bin)
    if length > len(number):
        raise ZooError(
            f"a spectrum needs a window of {length * width:g} s, a segment; this one has {cells.window:g} s."
        )
    return welch(number / cells.n / width, 1 / width, nperseg=length)


def peak(
    cells: Spikes,
    low: QuantityLike,
    high: QuantityLike,
    bin: QuantityLike = 0.5 * ms,
    segment: QuantityLike = 500 * ms,
) -> tuple[float, float]:
    """The frequency in Hz of the largest power from `low` (a rate) to `high` (a rate), and this power over the median there.

    `bin` (a time) and `segment` (a time) are those of `spectrum`. A parabola through the logarithms of three powers
    refines the frequency. Raises ZooError as `spectrum`.
    """
    frequency, power = spectrum(cells, bin, segment)
    inside = np.flatnonzero((frequency >= float(low)) & (frequency <= float(high)))
    top = inside[np.argmax(power[inside])]
    prominence = float(power[top] / np.median(power[inside])) if power[inside].any() else np.nan
    shift = 0.0
    if 0 < top < len(power) - 1 and power[top - 1 : top + 2].all():
        left, middle, right = np.log(power[top - 1 : top + 2])
        curvature = left - 2 * middle + right
        shift = 0.5 * (left - right) / curvature if curvature else 0.0
    return float(frequency[top] + shift * frequency[1]), prominence


def histogram(values: ArrayLike, bins: ArrayLike) -> Numbers:
    """The fraction of `values` (any shape), such as intervals or weights, between adjacent edges `bins` (edges,); (edges - 1,).

    As in numpy.histogram the last bin includes its upper edge. Values outside count in the total.
    """
    values = np.asarray(values, float).ravel()
    return np.histogram(values, bins)[0] / max(len(values), 1)


def distance(one: ArrayLike, two: ArrayLike) -> float:
    """Kolmogorov-Smirnov distance of the samples `one` (any shape) and `two` (any shape), 0 to 1.

    It is the largest difference of their cumulative distributions.
    """
    from scipy.stats import ks_2samp

    return float(ks_2samp(np.asarray(one, float).ravel(), np.asarray(two, float).ravel()).statistic)


def _bins(cells, bin) -> tuple[float, int]:
    """The width of bins in seconds, and how many of them are in the window as a whole."""
    width = float(quantities.check_one("bin", bin, second, "3*ms"))
    if not 0 < width <= cells.window * (1 + 1e-9):
        raise ZooError(f"bin is {quantities.format(width * second)}; it must be above 0 and at most the window.")
    return width, int(cells.window / width + 1e-6)


def _mean(values: Any) -> float:
    values = np.asarray(values)
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan
