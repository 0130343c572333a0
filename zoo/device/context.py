"""The Brian2 device context of a backend: its set-up and its removal."""

import contextlib
import functools
import gc

import numpy as np
from brian2 import (
    Network,
    defaultclock,
    prefs,
    seed,
    set_device,
)
from brian2.codegen import cpp_prefs
from brian2.codegen.codeobject import CodeObject
from brian2.codegen.translation import make_statements
from brian2.core.base import BrianObject
from brian2.core.names import Nameable
from brian2.devices.device import all_devices, reset_device

from zoo.codegen.arithmetic import StockDevice, exact_numpy
from zoo.codegen.device import EXTRA_FLAGS, ZooDevice
from zoo.codegen.remembered import pure_functions
from zoo.device import backends, guards, values
from zoo.network import exponential_euler, state_updates

STANDALONE = {"cpp": ZooDevice, "cpp-stock": StockDevice}  # also cuda, whose package may be missing

# The name of the zoo's device in Brian2 while it is active.
_NAME = "brian2-zoo"

# What Brian2 gives a name to and only one network uses.
_NAMED = (BrianObject, CodeObject, Network)

_SEED = """\
for (size_t i = 0; i < brian::_random_generators.size(); i++)
    brian::_random_generators[i].seed(zoo_parameters.seed + i);"""

_CUDA_SEED = "brian::random_number_buffer.set_seed(zoo_parameters.seed);"


@contextlib.contextmanager
def runtime(backend, dt, seed_number):
    """Brian2's runtime device with time step `dt` and seeded random numbers; restores the caller's settings."""
    guards.refuse_other_clock(dt)
    with _kept_preferences(), _kept_random_state():
        set_device("runtime")
        before = defaultclock.dt
        try:
            defaultclock.dt = dt
            prefs.codegen.target = "cython" if backend == "cython" else "numpy"
            seed(seed_number)
            with (
                guards.guarded_settings(),
                guards.refused_numpy_seed(),
                _cables_as_in_cpp(),
                exact_numpy(),
                exponential_euler.for_every_rate(),
            ):
                yield
        finally:
            defaultclock.dt = before
            reset_device()
            gc.collect()


@contextlib.contextmanager
def standalone(backend, dt, arch=None):
    """A new standalone device with time step `dt`; yields it and then removes it completely.

    NumPy's random numbers are seeded: numbers that Python draws while it builds a network are structure, and always the same.
    """
    guards.refuse_other_clock(dt)
    if any(reference() is not None for kind in _NAMED for reference in kind.__instances__()):
        gc.collect()  # takes a tenth of a second, which a first run saves; for names of clocks and of TimedArrays
    is_cuda = backend == "cuda"
    if is_cuda:
        backends.cuda()  # registers its preferences
    with (
        _kept_preferences(),
        _kept_random_state(),
        _names_from_the_start(),
        pure_functions(),
        state_updates.kept(),
        exponential_euler.for_every_rate(),
    ):
        before = defaultclock.dt
        device = backends.cuda().prepare(backends.architecture(arch)) if is_cuda else STANDALONE[backend]()
        all_devices[_NAME] = device
        # As in all of C++11; Brian2 would ask a C compiler, which may be missing.
        cpp_prefs._compiler_supports_c99 = True
        prefs.codegen.cpp.headers += ['"zoo.h"']
        # Brian2 adds the folders of the Python environment, which would tie a build to it.
        for preference in ("include_dirs", "library_dirs", "runtime_library_dirs"):
            prefs[f"codegen.cpp.{preference}"] = []
        if is_cuda:
            prefs.codegen.cpp.headers += ['"zoo_cuda.h"']
        if backend == "cpp":
            prefs.codegen.cpp.headers += ['"simd.h"']
            prefs.devices.cpp_standalone.openmp_threads = 0  # the number of threads is data: see threads.py
            prefs.codegen.cpp.extra_compile_args_gcc += EXTRA_FLAGS
        set_device(_NAME, build_on_run=False)
        np.random.seed(0)
        try:
            defaultclock.dt = dt
            device.insert_code("main", "zoo::follow_parent();\nconst zoo::Parameters zoo_parameters(args);")
            if backend == "cpp":
                device.insert_code("main", "zoo::threads() = zoo_parameters.threads;")
            device.insert_code("main", values.SETTER)
            device.insert_code("main", _CUDA_SEED if is_cuda else _SEED)
            device.run_args_applied = True  # otherwise Brian2 would also set them, from the unfiltered arguments
            with guards.guarded_settings():
                yield device
        finally:
            defaultclock.dt = before  # Brian2 passes the time step to the device that becomes active again
            reset_device()
            del all_devices[_NAME]
            device.reinit()  # releases the code objects, even if a caller still holds the device
            # Brian2's cache of statements holds functions, and those of a PoissonInput have names of objects.
            make_statements._cache.clear()


@contextlib.contextmanager
def _cables_as_in_cpp():
    """In the block NaN in a cable gets into its v, as in C++, where the checks of the zoo find it; SciPy would end the run."""
    import scipy.linalg  # a tenth of a second, which only this backend needs

    solve = scipy.linalg.solve_banded
    scipy.linalg.solve_banded = functools.partial(solve, check_finite=False)
    try:
        yield
    finally:
        scipy.linalg.solve_banded = solve


@contextlib.contextmanager
def _kept_preferences():
    names = [
        "codegen.target",
        "codegen.cpp.headers",
        "codegen.cpp.include_dirs",
        "codegen.cpp.library_dirs",
        "codegen.cpp.runtime_library_dirs",
        "codegen.cpp.extra_compile_args_gcc",
        "devices.cpp_standalone.openmp_threads",
    ]
    kept = {
        name: prefs[name] for name in (*names, *(name for name in prefs if name.startswith("devices.cuda_standalone")))
    }
    try:
        for name, value in kept.items():
            prefs[name] = list(value) if isinstance(value, list) else value
        yield
    finally:
        for name, value in kept.items():
            prefs[name] = value


@contextlib.contextmanager
def _names_from_the_start():
    """In the block new objects get the names that they get in a new process.

    Brian2 calls a group neurongroup_1 while another neurongroup lives, and a name is part of the sources. Clocks and
    TimedArrays made before the block count: a model can use them beside its own.
    """
    earlier = {reference for kind in _NAMED for reference in kind.__instances__()}
    Nameable.__instances__ = classmethod(lambda cls: cls.__instancefollower__.get(cls) - earlier)
    try:
        yield
    finally:
        del Nameable.__instances__


@contextlib.contextmanager
def _kept_random_state():
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)
