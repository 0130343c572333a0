"""Reports new groups and assignments while Brian2 makes them."""

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

    `frame` is that of the user's code; a group is reported again with later statements. Groups are NeuronGroup,
    PoissonGroup and Synapses; assignments are those through a VariableView. Yields all groups created there, and subgroups:
    Brian2 only has weak references to them when a variable is linked to them or set by a string, so that they must be kept
    as long as the network, even those outside it.
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

    # The last step of creating a group. With a wrapper of __init__ Brian2 would report that every object was created here.
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
    """The frame of the code that called Brian2."""
    frame = sys._getframe(1)
    while frame is not None and _is_between(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return frame


def _is_between(module):
    """Whether code of `module` is on the stack between the code of a model and this file."""
    first, _, rest = module.partition(".")
    return first in ("brian2", "brian2cuda") or (
        first == "zoo" and rest.partition(".")[0] not in ("models", "experiments")
    )
