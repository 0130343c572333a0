"""Guards against setting the device, the time step or the seed, and against running, while a model is built."""

import contextlib

import numpy as np
from brian2 import (
    defaultclock,
    get_device,
    ms,
)
from brian2.devices.device import reset_device

from zoo.core import quantities
from zoo.core.errors import ZooError

# Functions that a model must not call while it creates its network, and what to do instead.
_NOT_WHILE_BUILDING = {
    "network_run": "calls run(), whose spikes would be part of the result; use a longer duration and analyse from "
    "a later time, or start from the state of another run (Model.state)",
    "network_store": "calls store(); name the variables to keep in Model.state",
    "network_restore": "calls restore(); give values to Program.run, such as the state of another run",
    "build": "calls device.build(); zoo build NAME --out DIR writes a C++ project",
}


@contextlib.contextmanager
def only_building(name):
    """In the block Brian2 creates the objects of the model `name`; raises ZooError for calls that would run them."""
    device = get_device()

    def refusing(sentence):
        def refuse(*_, **__):
            raise ZooError(f"{name} {sentence}.")

        return refuse

    for attribute, sentence in _NOT_WHILE_BUILDING.items():
        setattr(device, attribute, refusing(sentence))
    try:
        yield
    finally:
        for attribute in _NOT_WHILE_BUILDING:
            delattr(device, attribute)


def check_settings(model) -> None:
    """Raise ZooError when `build`, `record` or `initialise` of `model` has set the time step, or the device."""
    check_device()
    if not _are_equal(defaultclock.dt, model.dt):
        raise ZooError(
            f"{type(model).__name__} sets defaultclock.dt to {quantities.format(defaultclock.dt)}, but its field dt is "
            f"{quantities.format(model.dt)}; set the time step with the field, dt: second = ..., not with defaultclock."
        )


def check_device():
    """Raise ZooError when the model's code has called `set_device`: the active device is not the one of this run."""
    if "seed" not in vars(get_device()):
        raise ZooError("a model must not call set_device(); the device is the option --backend, or backend=.")


def refuse_other_clock(dt):
    """Refuse another `defaultclock.dt` at the top of a file: the time step of a model is its field."""
    if not _are_equal(defaultclock.dt, dt) and not _are_equal(defaultclock.dt, 0.1 * ms):  # which is Brian2's default
        raise ZooError(
            f"defaultclock.dt is {quantities.format(defaultclock.dt)}, but the field dt of the model is {quantities.format(dt)}; set the "
            "time step with the field, dt: second = ..., not with defaultclock."
        )


def _are_equal(one, other):
    return abs(float(one) - float(other)) < 1e-9 * float(other)


@contextlib.contextmanager
def guarded_settings():
    """In the block, Brian2's `seed` is refused: it would give all runs the same random numbers. Restores the device."""

    def refuse(number=None):
        raise ZooError("seed() would give every run the same random numbers; the seed is an option, --seed or seed=.")

    device = get_device()
    device.seed = refuse
    try:
        yield
    finally:
        while get_device() is not device:  # set_device was called
            reset_device()
        del device.seed


@contextlib.contextmanager
def refused_numpy_seed():
    """In the block, `numpy.random.seed` is refused: Brian2's runtime device uses the generator that it seeds."""

    def refuse(*arguments):
        raise ZooError(
            "numpy.random.seed() would seed Brian2 as well on the backend runtime, and give every run the same random numbers; "
            "draw from numpy.random.default_rng(5)."
        )

    numpy_seed = np.random.seed
    np.random.seed = refuse
    try:
        yield
    finally:
        np.random.seed = numpy_seed
