"""What `zoo run` does with a file that has a model and no main: run it and record all spikes."""

import dataclasses

from brian2 import NeuronGroup, SpikeMonitor, second

from zoo.errors import ZooError
from zoo.program import simulate


def default_model(model_class):
    """The model with its defaults; raises ZooError when a field has none."""
    open_fields = [
        field.name
        for field in dataclasses.fields(model_class)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if open_fields:
        raise ZooError(f"{model_class.__name__} has no default for {', '.join(open_fields)}; give every field one.")
    return model_class()


def record_spikes(network):
    """A SpikeMonitor for every group that spikes."""
    groups = [item for item in network.objects if isinstance(item, NeuronGroup) and "spike" in item.events]
    return [SpikeMonitor(group, name=f"{group.name}_spikes") for group in groups]


def default_main(model_class, record):
    """A main for `model_class` and the monitors of `record`."""

    def main(model=default_model(model_class), duration=1 * second, backend="cpp", seed=0):
        return simulate(model, duration, record, backend=backend, seed=seed)

    return main
