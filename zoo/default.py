"""What `zoo run` does with a file that has a model and no main: run it and record all spikes."""

from brian2 import NeuronGroup, SpikeMonitor, second

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
