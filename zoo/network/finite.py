"""Checks that the state variables of a run are numbers: which ones, how often, and the message when one is not.

NaN is an error in every variable that the run changes. An infinite number is an error in variables with a differential
equation; elsewhere it may mean "never", as in a table of spike times.
"""

import re
from dataclasses import dataclass

import numpy as np
from brian2 import BrianObject, NeuronGroup, SpatialNeuron, second
from brian2.core.variables import ArrayVariable
from brian2.groups.group import CodeRunner, Group
from brian2.synapses.synapses import SummedVariableUpdater

from zoo.core import quantities
from zoo.core.errors import ZooError, listed

#: Time steps between two checks, after the first checks in steps 1, 2, 4, 8... As in finite.h.
PERIOD = 100

_ASSIGNED = re.compile(r"(?:^|[\n;])\s*(\w+)\s*[-+*/%]{0,2}=(?!=)")


@dataclass(frozen=True)
class Watched:
    """A variable that the run changes."""

    variable: ArrayVariable
    may_be_infinite: bool

    @property
    def key(self) -> str:
        return f"{self.variable.owner.name}.{self.variable.name}"


@dataclass(frozen=True)
class Fault:
    """An element that is not a finite number. `finite_until` (s) is the last check that its whole array passed, or below 0."""

    key: str
    index: int
    kind: str  # nan, inf
    finite_until: float
    time: float  # s


def read(text: str) -> list:
    """The errors in not_finite.txt of a standalone program."""
    lines = [line.split() for line in text.splitlines()]
    return [Fault(key, int(index), kind, float(until), float(time)) for key, index, kind, until, time in lines]


def watched(network) -> list:
    """The variables that a run of `network` changes; needs the code objects of the network."""
    ruled, changed = {}, {}
    for item in network.sorted_objects:
        if isinstance(item, Group):
            for name in getattr(getattr(item, "equations", None), "diff_eq_names", ()):
                ruled[id(item.variables[name])] = item.variables[name]
            for equation in getattr(item, "event_driven", None) or {}:
                if equation in item.event_driven.diff_eq_names:
                    ruled[id(item.variables[equation])] = item.variables[equation]
        if isinstance(item, SpatialNeuron):  # whose equations no longer contain that of v
            ruled[id(item.variables["v"])] = item.variables["v"]
        if isinstance(item, SummedVariableUpdater):
            changed[id(item.target_var)] = item.target_var
        elif isinstance(item, CodeRunner):
            names = set(_ASSIGNED.findall(item.abstract_code or ""))
            for code_object in item.code_objects:
                for name in names & set(code_object.variables):
                    changed[id(code_object.variables[name])] = code_object.variables[name]
    found = [
        Watched(variable, number not in ruled)
        for number, variable in {**changed, **ruled}.items()
        if isinstance(variable, ArrayVariable) and np.dtype(variable.dtype).kind == "f"
    ]
    return sorted(found, key=lambda one: one.key)


def most(network) -> int:
    """The number of elements of one array in one check: all neurons, or a part of many synapses at a time."""
    sizes = [len(item) for item in network.objects if isinstance(item, NeuronGroup)]
    return max([1000, *sizes])


class Found(ZooError):
    """Ends a run of the runtime device at an error."""

    def __init__(self, faults: list):
        super().__init__(faults)
        self.faults = faults


@dataclass
class _Array:
    watched: Watched
    next: int = 0  # where the next check starts
    finite_until: float = -1.0


class Watch(BrianObject):
    """Checks the variables of a network of the runtime device at the end of time steps, and raises `Found`."""

    def __init__(self, network):
        clock = min((item.clock for item in network.sorted_objects), key=lambda clock: clock.dt_)
        super().__init__(clock=clock, when=f"after_{network.schedule[-1]}", name="zoo_watch")
        self._sizes = most(network)
        self._network_to_watch = network
        self._arrays = None
        self._steps, self._due = 0, 1

    def run(self):
        self._steps += 1
        if self._steps == self._due:
            self._due += min(self._due, PERIOD)
            self._check(float(self.clock.t_ + self.clock.dt_), self._sizes)

    def finish(self):
        """Check everything, at the end."""
        for array in self._arrays or ():
            array.next = 0
        self._check(float(self._network_to_watch.t), None)

    def _check(self, now, size):
        if self._arrays is None:  # code objects exist from here on
            self._arrays = [_Array(one) for one in watched(self._network_to_watch)]
        faults = []
        for array in self._arrays:
            numbers = array.watched.variable.get_value()
            part = numbers[array.next :][:size]
            is_fault = np.isnan(part) if array.watched.may_be_infinite else ~np.isfinite(part)
            if is_fault.any():
                index = int(np.argmax(is_fault))
                kind = "nan" if np.isnan(part[index]) else "inf"
                faults.append(Fault(array.watched.key, array.next + index, kind, array.finite_until, now))
                continue
            if part.size == numbers.size:
                array.finite_until = now
            array.next += part.size
            if array.next >= numbers.size:
                array.next = 0
        if faults:
            raise Found(faults)


def sentence(model: str, faults: list, equations: dict, dt) -> str:
    """The message for `faults`; `equations` are those of a result, and name the method of a group."""
    first = faults[0]
    group, _, _ = first.key.partition(".")
    others = [fault.key for fault in faults[1:]]
    by = f"by {_time(first.time)}"
    if first.finite_until > 0:
        by = f"between {_time(first.finite_until)} and {_time(first.time)}"
    method = equations.get(group, {}).get("method")
    reason = f"the method {method!r} is unstable at dt = {_time(float(dt))}, or " if method else ""
    return (
        f"{model}: {first.key} becomes {'NaN' if first.kind == 'nan' else 'infinite'} in element {first.index} {by} of "
        f"simulated time{', as ' + ('does ' if len(others) == 1 else 'do ') + listed(others) if others else ''}; {reason}a "
        f"term divides by zero or grows without limit: try a smaller time step, such as --dt {quantities.format(dt / 2)}, or "
        "another method."
    )


def _time(seconds):
    return quantities.format(seconds * second).replace("*", " ")
