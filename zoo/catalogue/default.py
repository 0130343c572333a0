"""The experiment of a file that has a model and no main: run it, record all spikes, and trace single neurons."""

import dataclasses

from brian2 import EventMonitor, NeuronGroup, SpatialNeuron, SpikeMonitor, StateMonitor, Subgroup, second
from brian2.core.spikesource import SpikeSource
from brian2.equations.equations import DIFFERENTIAL_EQUATION

from zoo.analysis import plots
from zoo.catalogue import registry as catalogue
from zoo.engine.program import simulate


def record_spikes(network):
    """Monitors for the spikes and other events of each group that has them."""
    # The spikes of a subgroup are those of its group.
    groups = [item for item in network.objects if isinstance(item, SpikeSource) and not isinstance(item, Subgroup)]
    monitors = []
    for group in groups:
        for event in group.events:
            if event == "spike":
                monitors.append(SpikeMonitor(group, name=f"{group.name}_spikes"))
            else:
                monitors.append(EventMonitor(group, event, name=f"{group.name}_{event}"))
    return monitors


def record_overview(network):
    """All spikes, and the variables with differential equations of small groups, whose traces a figure can label."""
    traced = []
    for group in network.objects:
        if isinstance(group, NeuronGroup) and len(group) <= plots.MOST_NAMES:
            equations = group.user_equations.items()
            names = [name for name, equation in equations if equation.type == DIFFERENTIAL_EQUATION]
            names = [name for name in names if not group.variables[name].scalar]
            if isinstance(group, SpatialNeuron):
                names = ["v", *names]  # which Brian2 solves without an equation in the text
            if names:
                traced.append(StateMonitor(group, names, record=True, name=f"{group.name}_traces"))
    return [*record_spikes(network), *traced]


def default_main(model_class, record):
    """A main for `model_class` and the monitors of `record`."""

    def main(model=model_class(), duration=1 * second, backend="cpp", seed=0):
        return simulate(model, duration, record, backend=backend, seed=seed)

    return main


def with_main(experiment):
    """The experiment, if it has a main; otherwise an experiment that runs the model of the file or module.

    It uses `record` and `plot` of the file, or records all spikes, traces small groups, and draws an overview.
    """
    if experiment.main:
        return experiment
    record = experiment.record or record_overview
    main = default_main(catalogue.model_in(experiment.module), record)
    return dataclasses.replace(experiment, main=main, record=record, plot=experiment.plot or plots.overview)
