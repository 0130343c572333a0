"""The memory that groups, synapses and monitors of a network will need, and the free memory: a message before it is used.

A StateMonitor keeps every recorded number until the end of the run, in the program and then in Python, 8 bytes each. The
program has a pointer for each step and variable. Python transposes the arrays one by one, so that the largest exists twice
for a moment; on the runtime backend all do.
"""

import contextlib
import functools
import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from brian2 import PopulationRateMonitor, Quantity, StateMonitor, Synapses, second
from brian2.core.variables import Variables

from zoo.core import quantities, system
from zoo.core.errors import ZooError

# Bytes of a program per step and variable besides its numbers: a pointer, in a vector that is copied when it grows.
_ROW = 24

# The least number of bytes of a time step in a spike queue.
_SLOT = 24
_NEGATIVE = "is negative, or not a number; a spike cannot arrive before it is sent."
_TOO_LONG = "a spike queue has one entry for every step of the longest delay, which are too many; make it shorter."

#: Brian2's indices have 32 bits.
MOST_ELEMENTS = 2**31 - 1


@dataclass(frozen=True)
class Recorder:
    """A monitor that records values of `sizes` bytes from `count` cells in every step `dt`."""

    name: str
    count: int
    sizes: tuple
    dt: float  # s
    is_matrix: bool = True

    def steps(self, duration) -> int:
        return math.ceil(float(duration) / self.dt - 1e-6)

    def arrays(self, duration) -> int:
        """Bytes of all its recordings, including the times."""
        return self.steps(duration) * (8 + self.count * sum(self.sizes))

    def program(self, duration) -> int:
        """The largest number of bytes that a standalone program needs for it at the end."""
        row = 16 + (_ROW * len(self.sizes) if self.is_matrix else 0)
        return self.arrays(duration) + self.steps(duration) * row

    def largest(self, duration) -> int:
        """Bytes of the largest of its arrays."""
        return self.steps(duration) * self.count * max(self.sizes, default=0)


@contextlib.contextmanager
def limits():
    """In the block, groups and known numbers of synapses that cannot fit raise ZooError before they take memory."""
    taken = 0
    room = functools.cache(available)  # which takes as long as a small group

    def take(name, what, count, size):
        nonlocal taken
        if count > MOST_ELEMENTS:
            raise ZooError(f"{name} would have {count:,} {what}, but Brian2 allows {MOST_ELEMENTS:,}; make it smaller.")
        taken += count * size
        if taken > 1e8 and room() is not None and taken > room():
            raise ZooError(
                f"{name} has {count:,} {what}: the network needs at least {_said(taken)} of memory, and {_said(room())} are free; "
                "make it smaller."
            )

    def counting(add, itemsize):
        def add_counted(self, name, size, *arguments, **options):
            owner = self.owner  # whose spike array, a name with "_", has one more element
            take(
                getattr(owner, "name", name),
                "elements",
                int(size) - name.startswith("_"),
                np.dtype(options.get("dtype") or itemsize).itemsize,
            )
            return add(self, name, size, *arguments, **options)

        return add_counted

    def connect(self, condition=None, i=None, j=None, p=1.0, n=1, level=0, **options):
        chosen = isinstance(condition, str) or i is not None or j is not None
        if not chosen and condition is not False and isinstance(p, (int, float)) and isinstance(n, (int, float)):
            size = sum(np.dtype(variable.dtype).itemsize for variable in self._registered_variables)
            take(self.name, "synapses", int(len(self.source) * len(self.target) * p * n), size)
        return whole(self, condition=condition, i=i, j=j, p=p, n=n, level=level + 1, **options)

    kept = Variables.add_array, Variables.add_arange
    whole = Synapses.connect
    Variables.add_array, Variables.add_arange = counting(kept[0], float), counting(kept[1], np.int32)
    Synapses.connect = connect
    try:
        yield
    finally:
        Variables.add_array, Variables.add_arange = kept
        Synapses.connect = whole


def recorders(network) -> list:
    """The monitors of `network` whose memory is known before they run; the number of spikes is not."""
    found = []
    for item in network.objects:
        if isinstance(item, StateMonitor):
            sizes = tuple(np.dtype(item.variables[name].dtype).itemsize for name in item.record_variables)
            found.append(Recorder(item.name, item.n_indices, sizes, float(item.clock.dt)))
        elif isinstance(item, PopulationRateMonitor):
            found.append(Recorder(item.name, 1, (8,), float(item.clock.dt), is_matrix=False))
    return found


def needed(monitors: list, duration: Quantity, standalone: bool) -> int:
    """The peak number of bytes that a run needs for `monitors`."""
    arrays = sum(monitor.arrays(duration) for monitor in monitors)
    python = arrays + max((monitor.largest(duration) for monitor in monitors), default=0)
    if not standalone:
        return python + arrays
    return max(python, sum(monitor.program(duration) for monitor in monitors))


def warning(monitors: list, duration: Quantity, standalone: bool) -> str | None:
    """The warning before a run whose monitors need more memory than is free, or None.

    Raises ZooError with it when they record more than the whole memory of the machine.
    """
    size = needed(monitors, duration, standalone)
    if size < 1e8 or (there_are := available()) is None or size <= there_are:
        return None
    at_least = sum(monitor.arrays(duration) for monitor in monitors)
    if is_certain := at_least > (total() or math.inf):
        size, there_are = at_least, total()
    largest = max(monitors, key=lambda monitor: monitor.arrays(duration))
    others = " with the other monitors" if len(monitors) > 1 else ""
    longer = quantities.format(10 * largest.dt * second)
    sentence = (
        f"the monitor {largest.name!r} will need {_said(size)} of memory{others}, and {_said(there_are)} are free: it records "
        f"{largest.steps(duration):,} steps of {len(largest.sizes)} variables of {largest.count:,} cells; give it a longer dt, such "
        f"as dt={longer}, or fewer cells with record=range(10)."
    )
    if is_certain:
        raise ZooError(sentence)
    return sentence


def check_delays(network) -> None:
    """Raise ZooError for delays in a network of the runtime device that its spike queues cannot have."""
    for name, variable, clock in delays(network):
        dt = float(clock.dt)
        values = np.asarray(variable.get_value(), dtype=float)
        if not np.all(values >= 0):
            raise ZooError(f"{name} {_NEGATIVE}")
        longest = float(np.max(values, initial=0))
        if longest / dt >= MOST_ELEMENTS or longest / dt * _SLOT > (total() or math.inf):
            raise ZooError(f"{name} is {longest:g} s, {longest / dt:.3g} time steps; {_TOO_LONG}")


def delays(network) -> list:
    """(name, variable, clock of the spikes) of the delays of all pathways."""
    return [
        (f"{pathway.name}.delay", pathway.variables["delay"], pathway.source.clock)
        for item in network.sorted_objects
        for pathway in getattr(item, "_pathways", ())
    ]


def delays_in_cpp(name: str, array: str, size: str, dt: str) -> str:
    """The C++ statement that does the same."""
    sentences = f'"{name} {_NEGATIVE}", "{name} is", "{_TOO_LONG}"'
    return f"zoo::check_delays({array}, {size}, {dt}, {MOST_ELEMENTS}, {_SLOT}, {sentences});"


def total() -> int | None:
    """Bytes of memory of this machine, including swap space."""
    with contextlib.suppress(OSError):
        found = re.findall(r"^(?:MemTotal|SwapTotal):\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
        return 1024 * sum(map(int, found)) or None
    return system.memory()  # macOS, whose swap space grows


def available(processes=Path("/proc"), groups=Path("/sys/fs/cgroup")) -> int | None:
    """Bytes of memory that this process can still use: of the machine, or of its control group if it has a limit."""
    free = []
    with contextlib.suppress(OSError):
        found = re.search(r"^MemAvailable:\s+(\d+) kB", (processes / "meminfo").read_text(), re.MULTILINE)
        free += [1024 * int(found[1])] if found else []
    with contextlib.suppress(OSError):
        for line in (processes / "self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                free += _left(groups, path, "memory.max", "memory.current")
            elif "memory" in controllers.split(","):
                free += _left(groups / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes")
    return min(free, default=system.memory())


def _left(root, path, limit, usage):
    """The free memory within the limits of a control group and its parents; the page cache can be reclaimed."""
    left = []
    folder = root / path.strip("/")
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError, ValueError):  # no limit is "max", and a container may not see its path
            most, used = (int((place / name).read_text()) for name in (limit, usage))
            cached = re.search(r"^(?:total_)?inactive_file (\d+)", (place / "memory.stat").read_text(), re.MULTILINE)
            left.append(max(most - used + (int(cached[1]) if cached else 0), 0))
        if place == root:
            break
    return left


def warn(sentence: str) -> None:
    """Print `sentence` on standard error."""
    with contextlib.suppress(OSError):
        print(f"zoo: {sentence}", file=sys.stderr, flush=True)


def _said(size):
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"
