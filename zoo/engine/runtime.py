"""A program of Brian2's runtime device, in this Python process."""

import contextlib

import numpy as np
from brian2 import (
    Network,
    TimedArray,
    second,
)

from zoo.core.errors import ZooError
from zoo.device import context
from zoo.engine.base import Program
from zoo.engine.outputs import outputs
from zoo.functions.table import Table
from zoo.network import binding, finite, memory, methods


class RuntimeProgram(Program):
    """Runs in this Python process; builds the network again for every run, as connections also depend on the seed."""

    def __init__(self, model, duration, record, backend):
        super().__init__(model, duration, record, backend)
        with context.runtime(backend, model.dt, 0):
            network, _ = self._assemble(lambda group: self._bind_at_creation(group, {}))
            self._inspect(network)
            outputs(network, model.state)
            for item in network.objects:
                item._network = network.id  # otherwise Brian2 warns about an unused object
            del network

    def _bind_at_creation(self, group, arrays):
        fields = {f"{group.name}.{name}": getattr(self.model, name) for name in binding.declared(self.model, group)}
        for key, place in binding.first_places(group).items():
            if key in fields:
                _assign(place, binding.checked({key: fields[key]}, {key: place.slot})[key])
            if key in arrays:
                _assign(place, arrays[key])

    def _simulate(self, arrays, seed, duration, show):
        with context.runtime(self.backend, self.model.dt, seed):
            network, fields = self._assemble(lambda group: self._bind_at_creation(group, arrays))
            places = binding.places(network)
            with self._in_one_sentence(), _kept_tables(places[key] for key in arrays):
                values = binding.checked(binding.field_values(self.model, fields), self.slots)
                for key, value in {**values, **arrays}.items():
                    if not places[key].is_end:  # initialise() may connect
                        _assign(places[key], value)
                self._initialise(network)
                for key, value in arrays.items():
                    _assign(places[key], value)
                report = (lambda elapsed, completed, start, total: show(completed)) if show else None
                methods.check(type(self.model).__name__, network)
                memory.check_delays(network)
                watch = finite.Watch(network)
                network.add(watch)
                faults = []
                try:
                    network.run(duration, report=report, report_period=0.1 * second, namespace={})
                    watch.finish()
                except finite.Found as found:
                    faults = found.faults
                finally:
                    Network._globally_running = False  # otherwise Brian2 would handle a later Ctrl-C
            completed = min(float(network.t / duration), 1.0)
            found = {
                name: output.quantity(np.array(output.variable.get_value()), float(network.t))
                for name, output in outputs(network, self.model.state).items()
            }
            del network, places, watch
        return found, completed if completed < 1 - 1e-9 else 1.0, faults


def _assign(place, numbers):
    """Set the target `place` of a runtime network; `numbers` come from `binding.checked`."""
    variable = place.variable
    if isinstance(variable, TimedArray):
        variable.values = np.resize(numbers, variable.values.shape)
        # The numpy implementation keeps the old array; create it again.
        (variable._init_1d if variable.values.ndim == 1 else variable._init_2d)()
        return
    if isinstance(variable, Table):
        variable.values[:] = np.resize(numbers, variable.values.shape)
        return
    if place.is_end:
        end = place.synapses.source if variable.name == binding.ENDS["i"] else place.synapses.target
        if not np.array_equal(variable.get_value() - binding.first_neuron(end), numbers):
            raise ZooError(
                f"{place.synapses.name}: the values for synapses belong to other pairs than this seed connects; give the seed of the "
                "run from which they come, or a matrix W[i, j]."
            )
        return
    if numbers.ndim == 2:
        numbers = numbers[place.synapses.i[:], place.synapses.j[:]]
    array = variable.get_value()
    if numbers.size not in (1, array.size):
        raise ZooError(f"{variable.owner.name}.{variable.name} needs {array.size} values, not {numbers.size}.")
    array[:] = numbers


@contextlib.contextmanager
def _kept_tables(places):
    """Gives TimedArrays and Tables their values back: one at the top of a file outlives the run."""
    kept = [
        (place, place.variable.values.copy()) for place in places if isinstance(place.variable, (TimedArray, Table))
    ]
    try:
        yield
    finally:
        for place, values in kept:
            _assign(place, values)
