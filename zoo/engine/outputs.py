"""The outputs of a run by name, and the conversion of raw arrays to quantities."""

import dataclasses

import numpy as np
from brian2 import (
    EventMonitor,
    PopulationRateMonitor,
    Quantity,
    SpikeMonitor,
    StateMonitor,
    Synapses,
)
from brian2.units.fundamentalunits import Dimension

from zoo.core.errors import ZooError
from zoo.network import binding


@dataclasses.dataclass(frozen=True)
class Output:
    """An output array of a run: its dimension and data type; `columns` is the number of recorded indices."""

    variable: object
    dimensions: Dimension
    dtype: np.dtype
    shared: bool
    columns: int | None = None
    #: For indices, the first neuron, from which they count.
    first: int = 0
    #: Whether it is the time of a last event, which counts from the end of the run.
    is_last: bool = False

    def quantity(self, numbers, end):
        if self.first or self.is_last:
            numbers = numbers - (self.first or end)
        if self.columns is not None:
            rows = numbers.reshape(-1, self.columns) if self.columns else np.zeros((0, 0))
            numbers = np.ascontiguousarray(rows.T)
        elif self.shared:
            numbers = numbers.reshape(())
        return numbers if self.dimensions.is_dimensionless else Quantity(numbers, dim=self.dimensions, copy=False)

    def without_variable(self):
        return dataclasses.replace(self, variable=None)


def outputs(network, state):
    """The outputs of a run by name."""
    found = {}
    # By the names of the objects; the variables of a monitor keep the order in which they were given.
    for item in sorted(network.objects, key=lambda item: item.name):
        if isinstance(item, (SpikeMonitor, EventMonitor)):
            names = [*item.record_variables, "count"]
        elif isinstance(item, StateMonitor):
            names = ["t", *item.record_variables]
            if "record" in names:
                raise ZooError(
                    f"the monitor {item.name} records a variable named record, and {item.name}.record is the name of its "
                    "recorded indices; rename the variable."
                )
            found[f"{item.name}.record"] = _output(item.variables["_indices"])
        elif isinstance(item, PopulationRateMonitor):
            names = ["t", "rate"]
        else:
            continue
        for name in names:
            columns = item.n_indices if isinstance(item, StateMonitor) and name != "t" else None
            found[f"{item.name}.{name}"] = _output(item.variables[name], columns)
    groups = {item.name: item for item in network.objects}
    for name in binding.carried(network, state):
        group, _, variable = name.partition(".")
        item = groups[group]
        if isinstance(item, Synapses) and variable in binding.ENDS:
            end = item.source if variable == "i" else item.target
            output = _output(item.variables[binding.ENDS[variable]])
            found[name] = dataclasses.replace(output, first=binding.first_neuron(end))
        else:
            found[name] = dataclasses.replace(_output(item.variables[variable]), is_last=variable in binding.LAST)
    return found


def _output(variable, columns=None):
    return Output(variable, variable.dim, np.dtype(variable.dtype), variable.scalar, columns)
