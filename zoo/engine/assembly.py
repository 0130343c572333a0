"""The network of a model, with complete namespaces and its declared fields."""

from brian2 import (
    Network,
)

from zoo.core.errors import ZooError
from zoo.device import guards
from zoo.device.watched import watched
from zoo.engine import time_constants
from zoo.network import binding, memory, namespaces


def assemble(model, on_group_created=lambda group: None, monitors=lambda network: ()):
    """The network of `model` with `monitors(network)`, and the declared fields: name -> names of groups.

    `on_group_created(group)` is called for every group as soon as it is created.
    """
    constants = namespaces.constants(model)

    def created(group, frame, code=""):
        if code:
            return namespaces.refuse_locals(model, group, frame, code)
        namespaces.complete(model, group, binding.declared(model, group), constants)
        namespaces.refuse_locals(model, group, frame)
        on_group_created(group)

    def assigned(view, item, value):
        binding.refuse_overwriting(model, view, item, value)

    with (
        guards.only_building(type(model).__name__),
        memory.limits(),
        watched(created, assigned) as groups,
    ):
        network = model.build()
        if not isinstance(network, Network):
            raise ZooError(f"{type(model).__name__}.build must return a Brian2 Network, not {network!r}.")
        network.groups = groups
        network._name = "network"  # Brian2 numbers the live networks; the name is part of the sources
        declared = binding.declared_in(model, network)
        namespaces.settle(model, network, declared, constants)
        time_constants.refuse_negative(model, network)
        network.add(monitors(network))
    return network, declared
