"""The monitors of a result, and firing rates from them, counted in whole time steps."""

from typing import Any

import numpy as np
from brian2 import ms, second
from numpy.typing import NDArray

from zoo.core import quantities
from zoo.core.errors import ZooError, listed
from zoo.core.quantities import QuantityLike
from zoo.result import Result

_SPIKES = ("SpikeMonitor", "EventMonitor")
# Brian2 computes t as step*dt, and the quotient t/dt is off by rounding, 1e-6 of a step after 10^9 steps. A thousandth
# of a step is above that and below the offset of any other clock.
_ROUNDING = 1e-3


def spike_monitors(result: Result) -> list[str]:
    """The names of the monitors of spikes, or of other events, of a result."""
    return _of_kind(result, _SPIKES, "count")


def state_monitors(result: Result) -> list[str]:
    """The names of the StateMonitors of a result."""
    return _of_kind(result, ("StateMonitor",), "record")


def rate_monitors(result: Result) -> list[str]:
    """The names of the PopulationRateMonitors of a result."""
    return _of_kind(result, ("PopulationRateMonitor",), "rate")


def _of_kind(result, kinds, entry):
    """By the types of monitors in the result; without them, by an entry that only such a monitor has."""
    names = [name.removesuffix(f".{entry}") for name in result if name.endswith(f".{entry}")]
    return [
        name
        for name in names
        if (
            result.monitors[name]["kind"] in kinds
            if name in result.monitors
            else f"{name}.{entry}" not in result.state_names and (entry != "rate" or f"{name}.t" in result)
        )
    ]


def time_step(result: Result, monitor: str) -> QuantityLike:
    """The time step of the clock of a monitor; if the result does not have it, that of the model."""
    if monitor in result.monitors:
        return result.monitors[monitor]["dt"] * second
    return getattr(result.model, "dt", 0.1 * ms)


def simulated(result: Result) -> float:
    """The simulated time in milliseconds: less than the duration when the run was stopped."""
    return float(result.duration / ms) * result.completed


def mean_rate(result: Result, monitor: str | None = None) -> float:
    """Spikes per neuron and second, in Hz, from a monitor of spikes or of a population rate.

    Raises ZooError when the result has no such monitor, or several and `monitor` names none.
    """
    monitor = monitor_of(result, monitor)
    if monitor in rate_monitors(result):
        values = np.asarray(result[f"{monitor}.rate"])
        return float(values.mean()) if len(values) else 0.0
    counts = result[f"{monitor}.count"]
    # Nothing was simulated, or no neurons exist: no spikes.
    return float(np.mean(counts)) / (simulated(result) / 1000) if len(counts) and result.completed else 0.0


def binned(
    result: Result,
    monitor: str | None = None,
    bin: QuantityLike = 5 * ms,
    *,
    start: QuantityLike = 0 * ms,
    neurons: slice = slice(None),
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Edges in ms, and the rate in Hz in each of the bins [edge, next edge).

    Both are arrays, (bins + 1,) and (bins,). A bin is an integer number of time steps of the monitor: `bin` (a time) and
    `start` (a time) are rounded. The last bin may be narrower; its
    rate is that of its width. `neurons` selects neurons of a spike monitor, as an index selects elements of an array.
    Raises ZooError for a bin that is shorter than half a step.
    """
    monitor = monitor_of(result, monitor)
    dt = float(time_step(result, monitor))
    width = _in_steps(float(quantities.check_one("bin", bin, second, "5*ms")), dt)
    if width < 1:
        raise ZooError(f"bin is {quantities.format(bin)}, shorter than the time step {quantities.format(dt * second)}.")
    first = _in_steps(float(quantities.check_one("start", start, second, "5*ms")), dt)
    if first < 0:
        raise ZooError(f"start is {quantities.format(start)}, before the run.")
    # The last step of Brian2 may begin before the end of the duration and end after it.
    total = max(int(np.ceil(simulated(result) / 1000 / dt - _ROUNDING)), first)
    edges = np.append(np.arange(first, total, width), total)
    if monitor in rate_monitors(result):
        if not isinstance(neurons, slice) or neurons != slice(None):
            raise ZooError(
                f"{monitor} records the rate of all its neurons together; select neurons from a spike monitor."
            )
        steps, weights = _steps(result[f"{monitor}.t"], dt), np.asarray(result[f"{monitor}.rate"])
        share = 1.0
    else:
        check_recorded(result, monitor)
        chosen = np.arange(len(result[f"{monitor}.count"]) if f"{monitor}.count" in result else neurons.stop)[neurons]
        own = np.isin(np.asarray(result[f"{monitor}.i"]), chosen)
        steps, weights = _steps(result[f"{monitor}.t"], dt)[own], None
        share = max(len(chosen), 1) * dt
    # Integers: with floats a spike on an edge would fall into either bin.
    # A stopped run may have its last spike at the very end of the simulated time.
    place = (np.minimum(steps, total - 1) - first) // width
    inside = (steps >= first) & (steps <= total) & (total > first)
    sums = np.bincount(place[inside], None if weights is None else weights[inside], minlength=len(edges) - 1)
    return edges * dt * 1000, sums[: len(edges) - 1] / (share * np.diff(edges))


def bin_width(result: Result, monitor: str, bin: QuantityLike) -> QuantityLike:
    """The width, a time, that `binned` uses instead of `bin` (a time)."""
    dt = time_step(result, monitor)
    return _in_steps(float(bin), float(dt)) * dt


def monitor_of(result: Result, wanted: str | None) -> str:
    """The wanted monitor, or the only spike monitor, or without spike monitors the only population rate monitor.

    Raises ZooError when there is none, or more than one.
    """
    spikes, rates = spike_monitors(result), rate_monitors(result)
    if wanted is None and not spikes and rates:
        return one(wanted, rates, "population rate monitor")
    return wanted if wanted in rates or f"{wanted}.i" in result else one(wanted, spikes, "spike monitor")


def check_recorded(result: Result, monitor: str) -> None:
    """Raise ZooError for a monitor of spikes that has only counted them."""
    if f"{monitor}.t" not in result:
        raise ZooError(f"{monitor} has counted its spikes, not recorded them (record=False).")


def one(wanted: str | None, there: list[str], kind: str) -> str:
    """The wanted name, or the only one; raises ZooError with the existing names."""
    if wanted is None and len(there) == 1:
        return there[0]
    if wanted in there:
        return wanted
    names = listed(there)
    if wanted is None:
        raise ZooError(f"this result has {len(there)} {kind}s ({names}); name one of them.")
    raise ZooError(f"this result has no {kind} {wanted!r}; it has {names}.")


def _in_steps(time, dt):
    return int(np.floor(time / dt + 0.5))


def _steps(t, dt):
    """The step of each time."""
    return np.floor(np.asarray(t) / dt + _ROUNDING).astype(np.int64)
