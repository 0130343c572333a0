"""New groups and assignments, reported while Brian2 makes them."""

import contextlib
import sys

from brian2 import (
    Group,
    NeuronGroup,
    PoissonGroup,
    Subgroup,
    Synapses,
)
from brian2.core.variables import VariableView

from zoo.device import guards


@contextlib.contextmanager
def watched(created, assigned):
    """In the block, call `created(group, frame)` for every new group, and `assigned(view, item, value)` before an assignment.

    `frame` is that of the user's code; with later statements the group comes again. Groups are NeuronGroup,
    PoissonGroup and Synapses; assignments are all that go through a VariableView. Yields all groups made there, and subgroups:
    Brian2 refers to them weakly where a variable is linked to them or set by a string, so that they have to be kept for as
    long as the network, also those that are not in it.
    """
    groups = []

    def enable(group):
        guards.check_device()
        Group._enable_group_attributes(group)
        groups.append(group)
        if not isinstance(group, Subgroup):
            created(group, _users_frame())

    run_regularly, run_on_event, set_item = Group.run_regularly, NeuronGroup.run_on_event, VariableView.set_item

    def watched_run_regularly(group, code, *arguments, **options):
        created(group.source if isinstance(group, Subgroup) else group, _users_frame(), code)
        return run_regularly(group, code, *arguments, **options)

    def watched_run_on_event(group, event, code, *arguments, **options):
        created(group, _users_frame(), code)
        return run_on_event(group, event, code, *arguments, **options)

    def watched_set_item(view, item, value, level=0, namespace=None):
        assigned(view, item, value)
        return set_item(view, item, value, level=level + 1, namespace=namespace)

    # The last step of making a group. Around __init__ Brian2 would say of every object that it was created here.
    kinds = (NeuronGroup, PoissonGroup, Synapses, Subgroup)
    for kind in kinds:
        kind._enable_group_attributes = enable
    Group.run_regularly, NeuronGroup.run_on_event = watched_run_regularly, watched_run_on_event
    VariableView.set_item = watched_set_item
    try:
        yield groups
    finally:
        Group.run_regularly, NeuronGroup.run_on_event = run_regularly, run_on_event
        VariableView.set_item = set_item
        for kind in kinds:
            del kind._enable_group_attributes


def _users_frame():
    """The frame of the code that has called Brian2."""
    frame = sys._getframe(1)
    while frame is not None and _is_between(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return frame


def _is_between(module):
    """Whether code of `module` stands between the code of a model and this file."""
    first, _, rest = module.partition(".")
    return first in ("brian2", "brian2cuda") or (
        first == "zoo" and rest.partition(".")[0] not in ("models", "experiments")
    )
