"""A device for scripts that were written for Brian2's runtime: the program is built when a result is first read.

A script that calls `run` several times and reads results after the last one is one program. If it reads results and then
builds another network, each network is a program. What a program cannot do (Python code between two runs that reads
results of the first, network operations, `store` and `restore`) raises CannotRun.
"""

import re
import tempfile
import weakref
from collections.abc import Mapping

import brian2
from brian2 import set_device
from brian2.core.base import BrianObject
from brian2.core.variables import ArrayVariable, VariableView
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import reset_device

from zoo.device.refused import WITH_GSL, uses_gsl
from zoo.script.device import ScriptDevice

#: Templates whose code assigns variables with the flag "constant" in its statements only.
_ASSIGN_BY_STATEMENTS = (
    "stateupdate",
    "threshold",
    "reset",
    "synapses",
    "spatialstateupdate",
    "statemonitor",
    "spikemonitor",
    "ratemonitor",
)
_ASSIGNED = re.compile(r"(?:^|;)\s*(\w+)\s*(?:[-+*/%&|^]|//|\*\*|<<|>>)?=(?!=)", re.MULTILINE)


class CannotRun(NotImplementedError):
    """A script needs the runtime device; the text is the reason."""


class Lazy:
    """Builds when the first result is read, or at the end of the script (`finish`), then starts again for the next network.

    Put it before a standalone device of Brian2 among the bases of a class.
    """

    #: Whether programs are built when results are read; false when the script chooses a standalone device.
    lazy = False
    _builds = False
    _queues = False

    def __init__(self):
        super().__init__()
        #: Variables of networks that have run -> their values.
        self.past = weakref.WeakKeyDictionary()
        #: Objects of programs that have run.
        self.ended = weakref.WeakSet()
        #: Networks that have run -> their profiling info, if they were profiled.
        self.profiles = weakref.WeakKeyDictionary()
        #: Wall seconds of the programs.
        self.seconds = []
        #: The last seed that the script or a former program has set; None for a random one.
        self.last_seed = None

    def __reduce__(self):
        """As its class among Brian2's and the zoo's, for processes that run the program which this one has built."""
        kept = {
            name: value for name, value in vars(self).items() if name not in ("past", "ended", "profiles", "seconds")
        }
        return self.plain, (), kept

    def be_lazy(self) -> None:
        """Become Brian2's device for a script without a device."""
        set_device(self, build_on_run=False)
        self.lazy = True

    def activate(self, build_on_run=True, **options):
        self.lazy = False
        super().activate(build_on_run=build_on_run, **options)

    def is_waiting(self) -> bool:
        """Whether run() was called and nothing was built yet."""
        return not self.has_been_run and any(kind == "run_network" for kind, _ in self.main_queue)

    def finish(self) -> None:
        """Build and run the waiting network, keep its results, and start again."""
        if not self.lazy or self._builds or not self.is_waiting():
            return
        self._builds = True
        try:
            with tempfile.TemporaryDirectory(prefix="zoo_script_") as folder:
                self.build(directory=folder, direct_call=False)
                self.seconds.append(self._last_run_time)
                for variable in [*self.arrays, *self.dynamic_arrays, *self.dynamic_arrays_2d]:
                    self.past[variable] = super().get_value(variable)
                for net in self.networks if self.profiled_codeobjects else ():
                    self.profiles[net] = super().network_get_profiling_info(net)
            self._begin_anew()
            # Also objects that no network has run: their arrays were those of this program.
            self.ended.update(item for reference in BrianObject.__instances__() if (item := reference()) is not None)
        finally:
            self._builds = False

    def _begin_anew(self):
        kept = {
            name: getattr(self, name)
            for name in ("past", "ended", "profiles", "seconds", "last_seed", "_last_run_time")
        }
        dt = self.defaultclock.dt
        self.reinit()
        vars(self).update(kept)
        self.activate(build_on_run=False)
        self.defaultclock.dt = dt
        self.lazy = True
        if self.last_seed is not None:
            # In the runtime the generator goes on; a program has its own, and equal numbers in two networks would be wrong.
            self.seed(self.last_seed + 1)

    def seed(self, seed=None):
        self.last_seed = seed
        super().seed(seed)

    def network_run(self, net, *arguments, level=0, **options):
        if self.lazy and any(item in self.ended for item in net.objects):
            raise CannotRun("it reads results between two runs of the same objects")
        if self.lazy and any(callable(value) for value in (*arguments[1:2], options.get("report"))):
            raise CannotRun("a run() reports its progress to a Python function")
        for item in net.objects if self.lazy and "cpp-stock" not in WITH_GSL else ():
            if uses_gsl(item):
                owner = getattr(item, "group", item).name  # of a state updater
                raise CannotRun(
                    f"{owner} has a method of the GNU Scientific Library, which Brian2 {brian2.__version__} does "
                    "not have in C++"
                )
        self._queues = True  # monitors of Brian2 2.10 look whether they have results by now
        try:
            super().network_run(net, *arguments, level=level + 1, **options)
        finally:
            self._queues = False

    def get_value(self, var, access_data=True):
        if var in self.past:
            return self.past[var]
        try:
            return super().get_value(var, access_data)
        except NotImplementedError:
            if not self.lazy or self._builds or self._queues:
                raise
            if not self.is_waiting():
                raise CannotRun(
                    f"it reads {var.name} of {getattr(var.owner, 'name', 'a network')} before the first run"
                ) from None
        self.finish()
        return self.past[var]

    def code_object(self, owner, name, abstract_code, variables, template_name, *arguments, **options):
        # Brian2 forgets the values of all that a code object reads. A constant that it does not assign is still known.
        known = {
            variable: self.array_cache[variable]
            for variable in variables.values()
            if isinstance(variable, ArrayVariable) and variable.constant and self.array_cache.get(variable) is not None
        }
        made = super().code_object(owner, name, abstract_code, variables, template_name, *arguments, **options)
        if self.lazy and template_name in _ASSIGN_BY_STATEMENTS:
            code = "\n".join(abstract_code.values() if isinstance(abstract_code, Mapping) else [abstract_code or ""])
            assigned = [variables.get(found) for found in _ASSIGNED.findall(code)]
            for variable, value in known.items():
                if not any(variable is one for one in assigned):
                    self.array_cache[variable] = value
        return made

    def variableview_get_subexpression_with_index_array(self, variableview, item, run_namespace=None):
        self.finish()
        options = {name: getattr(self, name) for name in ("lazy", "build_on_run", "build_options")}
        set_device("runtime")  # which computes it from the values that it gets from this device
        try:
            return VariableView.get_subexpression_with_index_array(variableview, item, run_namespace=run_namespace)
        finally:
            reset_device()
            vars(self).update(options)  # activate() has changed them

    def get_array_name(self, var, access_data=True):
        try:
            return super().get_array_name(var, access_data)
        except KeyError:
            if self.lazy and var in self.past:
                raise CannotRun("it changes objects of a network after reading its results") from None
            raise

    def network_get_profiling_info(self, net):
        self.finish()
        return self.profiles[net] if net in self.profiles else super().network_get_profiling_info(net)

    def network_store(self, net, *arguments, **options):
        raise CannotRun("it calls store()")

    def network_restore(self, net, *arguments, **options):
        raise CannotRun("it calls restore()")


class LazyZoo(Lazy, ScriptDevice):
    """The zoo's device, built when results are read."""

    plain = ScriptDevice


class LazyStock(Lazy, CPPStandaloneDevice):
    """Brian2's C++ device, built when results are read, for `--compare`."""

    plain = CPPStandaloneDevice
