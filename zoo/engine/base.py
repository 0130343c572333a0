"""Base of the programs of all backends: checks values, names results, reports errors in one sentence."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from brian2 import (
    BrianObject,
    Clock,
    TimedArray,
    second,
)
from numpy.typing import ArrayLike

from zoo.core import progress, quantities
from zoo.core.errors import ZooError, in_one_sentence
from zoo.core.quantities import QuantityLike
from zoo.device import backends, guards, refused
from zoo.device.watched import watched
from zoo.engine import described
from zoo.engine.assembly import assemble
from zoo.model import Model
from zoo.network import binding, finite, memory, namespaces
from zoo.result import Result, collected, versions

#: "group.variable" -> value
Values = Mapping[str, ArrayLike]

#: An experiment's monitors for a Brian2 Network: one, or a list of them.
Record = Callable[[Any], Iterable[BrianObject] | BrianObject]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C stopped a run; `result` holds the simulation so far, with `completed` below 1."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


class NotFinite(ZooError):
    """A state variable has become NaN or infinite; `result` holds the simulation so far, with `completed` below 1."""

    def __init__(self, sentence: str, result: Result) -> None:
        super().__init__(sentence)
        self.result = result


class Program:
    """A built model. `program` makes it, and ends it with its with block."""

    model: Model
    duration: QuantityLike
    backend: str
    #: What `run` takes: "group.variable" -> its dimension, data type and shape (see `zoo.network.binding.InputSpec`).
    slots: Mapping[str, binding.InputSpec]
    #: Of the compiled program in the cache; None on the runtime backend.
    key: str | None = None
    #: Wall time of building, and of compiling when the cache did not have the program.
    build_seconds: float
    #: Whether the with block is over.
    ended: bool = False
    declared: dict = {}  # field -> names of the groups whose equations declare it

    def __init__(self, model: Model, duration: QuantityLike, record: Record | None, backend: str) -> None:
        self.model = model
        self.duration = self._checked_duration(duration)
        self.record = record
        self.backend = backend
        self.build_seconds = 0.0
        self._warned = set()  # durations

    def run(
        self,
        values: Values = {},
        *,
        seed: int = 0,
        duration: QuantityLike | None = None,
        show: Callable[[float], object] | None = None,
    ) -> Result:
        """Run with other values, initial values, weights or TimedArray values, and another seed; nothing is compiled.

        `values` maps "group.variable" to a number, an array (neurons,), or for synapses a matrix W[i, j]; `slots` has the
        keys, their dimensions and shapes. `seed` is an integer from 0 to 4294967295. `duration` (a time) replaces that
        of the program. `show(fraction)` is called while the program runs; without it a terminal shows a line. When the
        monitors will need more memory than is free, a sentence on standard error says so before the run.

        Raises ZooError for a key that the network does not have and a value that does not fit, NotFinite when a state
        variable becomes NaN or infinite, Interrupted after Ctrl-C; the last two have the `result` until then.
        """
        if self.ended:
            raise ZooError(
                f"the program of {type(self.model).__name__} has ended with its with block; call run() inside the block."
            )
        arrays = binding.checked(values, self.slots)
        seed = _checked_seed(seed)
        if duration is not None:
            duration = self._checked_duration(duration)
            self._check_all_steps(duration)
        duration = self.duration if duration is None else duration
        self._warn_of_memory(duration)
        with progress.Line(type(self.model).__name__) as line:

            def tell(fraction):
                total = float(duration)
                line.show(fraction, f"{fraction * total:.3g} of {total:.3g} s simulated")

            start = time.monotonic()
            outputs, completed, faults = self._simulate(
                arrays, seed, duration, show or (tell if line.visible else None)
            )
        seconds = {"build": round(self.build_seconds, 3), "run": round(time.monotonic() - start, 3)}
        result = Result(
            arrays=outputs,
            model=self.model,
            duration=duration,
            backend=self.backend,
            seed=seed,
            state_names=self.carried,
            equations=described.with_delays(self.equations, arrays),
            monitors=self.recorded,
            key=self.key,
            seconds=seconds,
            completed=completed,
            versions=versions(),
        )
        if faults:
            sentence = finite.sentence(type(self.model).__name__, faults, self.equations, self.model.dt)
            sound = max(min(fault.finite_until for fault in faults), 0) / float(duration)
            raise NotFinite(sentence, dataclasses.replace(result, completed=min(sound, completed)))
        if completed < 1:
            raise Interrupted(result)
        return collected(result)

    def _warn_of_memory(self, duration):
        """Warn, once for each duration, when the monitors will need more memory than is free."""
        if float(duration) not in self._warned:
            sentence = memory.warning(self.monitors, duration, backends.is_standalone(self.backend))
            if sentence:
                self._warned.add(float(duration))
                memory.warn(sentence)

    def _checked_duration(self, duration):
        duration = quantities.check_one("duration", duration, second)
        if duration < self.model.dt:
            raise ZooError(
                f"the duration is {quantities.format(duration)}, less than the time step {quantities.format(self.model.dt)}."
            )
        _check_steps(duration, self.model.dt)
        self.model.check_duration(duration)
        return duration

    def _check_all_steps(self, duration):
        for name, dt in self.clocks.items():
            _check_steps(duration, dt, f" of {name}")
        for name, dt in self.tables.items():
            if float(duration) / float(dt) >= memory.MOST_ELEMENTS or float(dt) / float(self.model.dt) > 2**53:
                raise ZooError(
                    f"the TimedArray {name} has steps of {quantities.format(dt)}; Brian2 allows {memory.MOST_ELEMENTS:,} of them in "
                    f"a run, which takes {quantities.format(duration)}, and they may be no longer than 9e15 time steps; give it another dt."
                )

    def _assemble(self, on_group_created):
        """As `assemble`, with the monitors."""
        with self._in_one_sentence():
            network, self.declared = assemble(self.model, on_group_created, self._monitors)
            guards.check_settings(self.model)
            refused.check_methods(self.backend, network)
            refused.check_links(network)
        return network, self.declared

    @contextlib.contextmanager
    def _in_one_sentence(self):
        explain = lambda error: namespaces.unresolved(self.model, self.declared, error)  # noqa: E731
        with in_one_sentence(type(self.model).__name__, explain), namespaces.unambiguous(self.model):
            yield

    def _initialise(self, network):
        nothing = lambda *_: None  # noqa: E731
        with guards.only_building(type(self.model).__name__), watched(nothing, nothing) as groups:
            self.model.initialise(network)
        network.groups += groups  # their standalone code is written later
        guards.check_settings(self.model)

    def _monitors(self, network):
        if self.record is None:
            return []
        monitors = self.record(network)
        if isinstance(monitors, BrianObject):
            return [monitors]
        if isinstance(monitors, Iterable):
            monitors = list(monitors)
            if all(isinstance(item, BrianObject) for item in monitors):
                return monitors
        raise ZooError(f"record(network) must return a list of Brian2 monitors, not {monitors!r}.")

    def _inspect(self, network):
        """Keep the description of the complete network."""
        self.clocks: dict[str, Any] = {item.name: item.clock.dt for item in network.sorted_objects}
        self.tables: dict[str, Any] = {
            array.name: array.dt * second for array in binding.tables(network) if isinstance(array, TimedArray)
        }
        self._check_all_steps(self.duration)
        self.slots = {key: place.slot for key, place in binding.places(network).items()}
        self.monitors: list[Any] = memory.recorders(network)
        self.equations: dict[str, dict[str, str]] = described.describe(network)
        self.recorded: dict[str, dict[str, Any]] = described.recorded(network)
        self.carried: tuple[str, ...] = tuple(binding.carried(network, self.model.state))


def _check_steps(duration, dt, whose=""):
    """Refuse a duration of too many steps, and a step that is too long for it.

    Beyond 2^53 two times are the same number, beyond 2^63 Brian2 takes no step.
    """
    if float(duration) / float(dt) > 2**53:
        raise ZooError(
            f"{quantities.format(duration)} are {float(duration) / float(dt):.2g} time steps{whose} of {quantities.format(dt)}, more than "
            "can be counted (9e15); choose a shorter duration, or longer steps."
        )
    if whose and float(duration) / float(dt) <= Clock.epsilon_dt:
        # To Brian2 the end of such a run is its start. Which of two clocks at one time ends a run depends on their addresses.
        raise ZooError(
            f"the time step{whose} of {quantities.format(dt)} is more than 10,000 times as long as the run of {quantities.format(duration)}, "
            "and Brian2 may then simulate nothing; choose a longer duration, or a shorter step."
        )


def _checked_seed(seed):
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ZooError(f"the seed must be an integer from 0 to 4294967295, not {seed!r}.")
    return int(seed)
