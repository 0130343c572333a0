"""What `zoo run` does with a file that has a model and no main: run it and record all spikes."""

import dataclasses

from brian2 import NeuronGroup, SpikeMonitor, second

from zoo import catalogue, plots
from zoo.program import simulate


def record_spikes(network):
    """A SpikeMonitor for every group that spikes."""
    groups = [item for item in network.objects if isinstance(item, NeuronGroup) and "spike" in item.events]
    return [SpikeMonitor(group, name=f"{group.name}_spikes") for group in groups]


def default_main(model_class, record):
    """A main for `model_class` and the monitors of `record`."""

    def main(model=model_class(), duration=1 * second, backend="cpp", seed=0):
        return simulate(model, duration, record, backend=backend, seed=seed)

    return main


def with_main(experiment):
    """An experiment that has a main; for a file or module without one, one that runs its model.

    It uses the file's own `record` and `plot`, or records all spikes and draws an overview.
    """
    if experiment.main:
        return experiment
    record = experiment.record or record_spikes
    main = default_main(catalogue.model_in(experiment.module), record)
    return dataclasses.replace(experiment, main=main, record=record, plot=experiment.plot or plots.overview)
