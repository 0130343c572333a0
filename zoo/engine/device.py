"""The Brian2 device context: everything that a backend sets up, and its undoing.

Only this file, `program.py` and `standalone/` touch Brian2's device, clock and seed.
"""

import contextlib
import functools
import gc
import re
import shutil
import sys
from pathlib import Path

import brian2
import numpy as np
import scipy.linalg
from brian2 import (
    Equations,
    Group,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    Subgroup,
    Synapses,
    TimedArray,
    defaultclock,
    get_device,
    ms,
    prefs,
    seed,
    set_device,
)
from brian2.codegen import cpp_prefs
from brian2.core.base import BrianObject
from brian2.core.variables import ArrayVariable, DynamicArrayVariable, VariableView
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.GSLcodeobject import GSLCPPStandaloneCodeObject
from brian2.devices.device import all_devices, reset_device
from brian2.stateupdaters.GSL import GSLStateUpdater

from zoo.build import compiler, cuda_toolkit
from zoo.codegen.arithmetic import StockDevice, exact_numpy
from zoo.codegen.deferred import names_looked_up
from zoo.codegen.device import EXTRA_FLAGS, INCLUDE, ZooDevice
from zoo.core import quantities
from zoo.core.errors import ZooError, unknown
from zoo.engine import binding, exponential_euler, finite, memory, methods, namespaces
from zoo.functions.byte_table import ByteTable

BACKENDS = ("runtime", "cython", "cpp", "cpp-stock", "cuda")
STANDALONE = {"cpp": ZooDevice, "cpp-stock": StockDevice}  # and cuda, whose package may be missing

# Brian2 takes its own devices only; in 2.9 the code of the C++ device cannot be generated.
_WITH_GSL = ("cpp-stock", "cython") if issubclass(GSLCPPStandaloneCodeObject, CPPStandaloneCodeObject) else ("cython",)

# The name under which Brian2 knows our device while it is active.
_NAME = "brian2-zoo"

_SEED = """\
for (size_t i = 0; i < brian::_random_generators.size(); i++)
    brian::_random_generators[i].seed(zoo_parameters.seed + i);"""
_CUDA_SEED = "brian::random_number_buffer.set_seed(zoo_parameters.seed);"

# Behind it Brian2 makes the queues of spikes.
_LAST_VALUES = "zoo_parameters.apply_again(zoo_set);"

# What stands in the main function until all of the network is known.
_SETTER = "// zoo_set"

# Brian2 has them as a set, and draws the noise of equations in the order of the set: it would be another one in every process, and
# the same seed would give other numbers.
Equations.stochastic_variables = property(
    lambda self: sorted(name for name in self.identifiers if name == "xi" or name.startswith("xi_"))
)


def check(backend: str, compiled: bool = True, arch: str | None = None) -> None:
    """Raise ZooError, with the way out, when `backend` is unknown or this machine cannot compile for it.

    `arch` is the architecture that a GPU program is asked for, by default that of the GPU of this machine.
    """
    if backend not in BACKENDS:
        raise unknown("backend", backend, BACKENDS)
    if arch is not None and backend != "cuda":
        raise ZooError(f"an architecture ({arch}) is a matter of --backend cuda, not of {backend!r}.")
    if compiled and is_standalone(backend):
        lacking = compiler.missing()
        if lacking and not compiler.is_borrowed():
            tool, package = lacking
            raise ZooError(
                f"the backend {backend!r} compiles C++ and needs {tool}, which is not installed; install {package} "
                f"(Debian, Ubuntu: apt-get install {package}) or take --backend runtime."
            )
    if backend == "cuda":
        check_cuda(compiled, arch)
    if backend == "cpp" and prefs.devices.cpp_standalone.openmp_threads:
        raise ZooError(
            "the backend 'cpp' uses one thread; set Brian2's preference devices.cpp_standalone.openmp_threads to 0, or take "
            "the backend 'cpp-stock', which knows OpenMP."
        )


def is_standalone(backend: str) -> bool:
    """Whether `backend` compiles a program of its own."""
    return backend not in ("runtime", "cython")


def check_cuda(compiled: bool, arch: str | None):
    """Raise ZooError naming the first thing that is missing for CUDA."""
    if sys.version_info < (3, 12):
        raise ZooError(
            f"the backend 'cuda' needs Python 3.12 or newer for brian2cuda, and this is {sys.version.split()[0]}; take "
            "--backend cpp, or an environment with a newer Python."
        )
    try:
        import brian2cuda  # noqa: F401
    except ImportError as error:
        raise ZooError(
            f"the backend 'cuda' needs the package brian2cuda ({error}); install it with pip install 'brian2-zoo[cuda]'."
        ) from None
    if compiled and not cuda_toolkit.nvcc():
        raise ZooError(
            f"the backend 'cuda' needs nvcc, NVIDIA's compiler, which is not installed; {cuda_toolkit.INSTALL}."
        )
    architecture(arch)


def architecture(arch: str | None) -> str:
    """What a GPU program is compiled for: `arch`, or that of the GPU of this machine. Raises ZooError without either."""
    if arch is not None:
        return cuda_toolkit.check_arch(arch)
    found = cuda_toolkit.gpu()
    if not found:
        raise ZooError(
            "there is no NVIDIA GPU here, or no driver (nvidia-smi shows none); take --backend cpp, or name the GPU of "
            "another machine in zoo build NAME --backend cuda --arch sm_90 (H100, H200) --out DIR."
        )
    return found.arch


def comes_compiled(backend: str) -> bool:
    """Whether an exported project has its program with it: that of a GPU, which hardly depends on the processor."""
    return backend == "cuda" and cuda_toolkit.nvcc() is not None


def gpu_of(backend: str, arch: str | None) -> str | None:
    """The GPU architecture that a program of `backend` is for, or None."""
    return architecture(arch) if backend == "cuda" else None


def make_variables(backend: str, arch: str | None) -> list:
    """The arguments for make besides the target."""
    return cuda_toolkit.make_variables(cuda_toolkit.nvcc(), architecture(arch)) if backend == "cuda" else []


def tools(backend: str) -> list:
    """Texts that differ when other tools than the C++ compiler would make another program."""
    return [cuda_toolkit.said(str(cuda_toolkit.nvcc()), "--version")] if backend == "cuda" else []


def environment(backend: str) -> dict:
    """What a program of `backend` needs in its environment."""
    return {"LD_LIBRARY_PATH": cuda_toolkit.library_path()} if backend == "cuda" else {}


def recorders(backend: str, network) -> list:
    """What `tidied` has to know of the monitors of `network`."""
    return _cuda().recorders(network) if backend == "cuda" else []


def tidied(arrays: dict, recorders: list) -> dict:
    """`arrays` as all backends give them."""
    return _cuda().tidied(arrays, recorders) if recorders else arrays


def _cuda():
    from zoo.codegen import cuda  # imports brian2cuda

    return cuda


@contextlib.contextmanager
def runtime(backend, dt, seed_number):
    """Brian2's runtime device with time step `dt` and seeded random numbers; the caller's settings come back."""
    _refuse_other_clock(dt)
    with _kept_preferences(), _kept_random_state():
        set_device("runtime")
        before = defaultclock.dt
        try:
            defaultclock.dt = dt
            prefs.codegen.target = "cython" if backend == "cython" else "numpy"
            seed(seed_number)
            with (
                _guarded_settings(),
                _refused_numpy_seed(),
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
    """A fresh standalone device with time step `dt`; yields it. Nothing of it is left behind.

    NumPy's random numbers begin anew: what Python draws while it builds a network is structure, and the same every time.
    """
    _refuse_other_clock(dt)
    # Brian2 names an object neurongroup_1 while an older neurongroup lives, and a name is part of the sources.
    if any(reference() is not None for reference in BrianObject.__instances__()):
        gc.collect()  # a tenth of a second, which a first run saves
    is_cuda = backend == "cuda"
    if is_cuda:
        _cuda()  # makes its preferences known
    with _kept_preferences(), _kept_random_state(), names_looked_up(), exponential_euler.for_every_rate():
        before = defaultclock.dt
        device = _cuda().prepare(architecture(arch)) if is_cuda else STANDALONE[backend]()
        all_devices[_NAME] = device
        # As all of C++11; Brian2 would ask a C compiler, which need not be here.
        cpp_prefs._compiler_supports_c99 = True
        prefs.codegen.cpp.headers += ['"zoo.h"']
        # Brian2 adds the folders of the Python environment, which would tie a build to it.
        for preference in ("include_dirs", "library_dirs", "runtime_library_dirs"):
            prefs[f"codegen.cpp.{preference}"] = []
        if is_cuda:
            prefs.codegen.cpp.headers += ['"zoo_cuda.h"']
        if backend == "cpp":
            prefs.codegen.cpp.headers += ['"simd.h"']
            prefs.codegen.cpp.extra_compile_args_gcc += EXTRA_FLAGS
        set_device(_NAME, build_on_run=False)
        np.random.seed(0)
        try:
            defaultclock.dt = dt
            device.insert_code("main", "zoo::follow_parent();\nconst zoo::Parameters zoo_parameters(args);")
            device.insert_code("main", _SETTER)
            device.insert_code("main", _CUDA_SEED if is_cuda else _SEED)
            device.run_args_applied = True  # or Brian2 would set them as well, from the unfiltered arguments
            with _guarded_settings():
                yield device
        finally:
            defaultclock.dt = before  # Brian2 hands the time step on to the device that comes back
            reset_device()
            del all_devices[_NAME]
            device.reinit()  # lets go of the code objects, also while a caller still holds the device


def _refuse_other_clock(dt):
    """The time step of a model is its field: `defaultclock.dt` at the top of a file would not be looked at."""
    if not _are_equal(defaultclock.dt, dt) and not _are_equal(defaultclock.dt, 0.1 * ms):  # which is Brian2's default
        raise ZooError(
            f"defaultclock.dt is {quantities.format(defaultclock.dt)}, and the field dt of the model is {quantities.format(dt)}; set the "
            "time step with the field, dt: second = ..., and leave defaultclock alone."
        )


def check_settings(model) -> None:
    """Raise ZooError when `build`, `record` or `initialise` of `model` has set the time step, or the device."""
    _check_device()
    if not _are_equal(defaultclock.dt, model.dt):
        raise ZooError(
            f"{type(model).__name__} sets defaultclock.dt to {quantities.format(defaultclock.dt)}, and its field dt is "
            f"{quantities.format(model.dt)}; set the time step with the field, dt: second = ..., and leave defaultclock alone."
        )


def _are_equal(one, other):
    return abs(float(one) - float(other)) < 1e-9 * float(other)


@contextlib.contextmanager
def _guarded_settings():
    """In the block, Brian2's `seed` is refused: it would give all runs the same random numbers. The device comes back."""

    def refuse(number=None):
        raise ZooError("seed() would give every run the same random numbers; the seed is an option, --seed or seed=.")

    device = get_device()
    device.seed = refuse
    try:
        yield
    finally:
        while get_device() is not device:  # somebody has called set_device
            reset_device()
        del device.seed


@contextlib.contextmanager
def _cables_as_in_cpp():
    """In the block NaN in a cable goes into its v, as in C++, where the checks of the zoo find it; SciPy would end the run."""
    solve = scipy.linalg.solve_banded
    scipy.linalg.solve_banded = functools.partial(solve, check_finite=False)
    try:
        yield
    finally:
        scipy.linalg.solve_banded = solve


@contextlib.contextmanager
def _refused_numpy_seed():
    """In the block, `numpy.random.seed` is refused: Brian2's runtime device draws with the generator that it seeds."""

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


def _check_device():
    """Raise ZooError when the model's code has called `set_device`: the active device is not the one of this run."""
    if "seed" not in vars(get_device()):
        raise ZooError("set_device() does not go into a model; the device is the option --backend, or backend=.")


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
        _check_device()
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


def assigned(variable):
    """The number that Python code has given to an array of one element; None when a standalone program computes it."""
    device = get_device()
    try:
        return float(variable.get_value()[0])
    except NotImplementedError:
        name = device.get_array_name(variable, access_data=False)
        known = [item[-1] for kind, item in device.main_queue if kind == "set_by_single_value" and item[0] == name]
        return float(known[-1]) if known else None


# What changes a network while a model only makes it, and what to do instead.
_NOT_WHILE_BUILDING = {
    "network_run": "calls run(), whose spikes would count with those of the result; take a longer duration and analyse from "
    "a later time, or start from the state of another run (Model.state)",
    "network_store": "calls store(); name the variables to keep in Model.state",
    "network_restore": "calls restore(); give values to Program.run, such as the state of another run",
    "build": "calls device.build(); zoo build NAME --out DIR writes a C++ project",
}


@contextlib.contextmanager
def only_building(name):
    """In the block Brian2 makes objects of the model `name`; raises ZooError for what would run them."""
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


def bind_at_creation(group):
    """In the program, values stand in the variables of `group` from here on."""
    device = get_device()
    places = binding.first_places(group)
    if places:
        names = ", ".join(f'"{key}"' for key in places)
        device.insert_code("main", f"zoo_parameters.apply({{{names}}}, zoo_set);")
    for place in places.values():
        device.array_cache[place.variable] = None  # Python does not know them


def bind_fields():
    """In the program, all of its values stand in the variables from here on."""
    get_device().insert_code("main", "zoo_parameters.apply(zoo_set);")


def bind_values():
    """The values of the command line once more, behind `initialise`."""
    get_device().insert_code("main", _LAST_VALUES)


def refuse(backend, network):
    """Raise ZooError for what the program of a network would leave out without a word, or do wrong."""
    for item in network.objects:
        if isinstance(item, NetworkOperation):
            raise ZooError(
                f"the network operation {item.name!r} is a Python function, which standalone code cannot call; write it "
                "as equations (run_regularly, summed variables) or take --backend runtime."
            )
    if backend == "cuda":
        _cuda().check(network, namespaces.owners(network))


def check_links(network):
    """Raise ZooError for two variables linked through subgroups to variables of one name: Brian2 takes one index for both."""
    for group in network.sorted_objects:
        indices = {}
        for name in sorted(getattr(group, "_linked_variables", ())):
            index = group.variables.indices.get(name, "")
            if "_index_" in index and indices.setdefault(index, name) != name:
                raise ZooError(
                    f"{group.name}.{indices[index]} and {group.name}.{name} are linked to variables of one name through "
                    "subgroups, of which Brian2 keeps one only; link them to the whole group, linked_var(group, name, "
                    "index=[...])."
                )


def check_methods(backend, network):
    """Raise ZooError for a numerical method that Brian2 does not have on `backend`."""
    for item in network.sorted_objects:
        method = getattr(item, "method_choice", None)
        if backend not in _WITH_GSL and (
            isinstance(method, GSLStateUpdater) or (isinstance(method, str) and method.startswith("gsl"))
        ):
            raise ZooError(
                f"{item.name} has a method of the GNU Scientific Library, which Brian2 {brian2.__version__} does not "
                f"have on the backend {backend!r}; take --backend {' or --backend '.join(_WITH_GSL)}."
            )


def complete(device, network, folder: Path) -> None:
    """Add the zoo's lines to what `device` has recorded of `network`, which has run, and write its static arrays to `folder`."""
    _write_setter(device, network)
    position = device.main_queue.index(("insert_code", _LAST_VALUES))
    device.main_queue[position + 1 : position + 1] = [
        ("insert_code", line) for line in _checked_delays(device, network)
    ]
    _sort_assignments(device)
    _numbers_to_data(device)
    _duration_to_data(device, network)
    device.insert_code("after_end", "if (!zoo::finite::faults().empty()) return zoo::finite::FAULT;")
    (folder / "static_arrays").mkdir(exist_ok=True)
    device.write_static_arrays(str(folder))


def write_project(device, folder: Path) -> None:
    """Write the sources of the network that `device` has recorded, and that is complete, to `folder`."""
    device.build(directory=str(folder), compile=False, run=False, with_output=False)
    for header in ("zoo.h", "finite.h", "exact.h"):
        shutil.copy(INCLUDE / header, folder)


def files_elsewhere(device, folder: Path) -> list:
    """The header files that a person's own C++ functions use and that are not in the project `folder`."""
    keywords = [code_object.compiler_kwds for code_object in device.code_objects.values()]
    if not any(words.get(name) for words in keywords for name in ("sources", "headers", "include_dirs")):
        return []  # looking takes a third of a second
    folders = [path for words in keywords for path in words.get("include_dirs", [])]
    if hasattr(device, "arch"):
        # g++ does not read CUDA: the files that are named, and everything beside the headers.
        named = [path for words in keywords for path in words.get("sources", [])]
        beside = [path for folder in folders for path in sorted(Path(folder).glob("*.[hc]*"))]
        return [path for path in dict.fromkeys(map(Path, (*named, *beside))) if path.is_file()]
    return compiler.files_elsewhere(folder, folders)


def _write_setter(device, network):
    """The C++ function that sets a variable by its name."""
    lines = ["const auto zoo_set = [&](const std::string &name, const std::string &text) {", "    if (false) {}"]
    for key, place in binding.places(network).items():
        call = _setting(device, place)
        if call:
            call += "" if place.is_end else _sent(device, place.variable)
            if place.slot.least == 0:
                array = device.get_array_name(place.variable, access_data=False)
                call += f"; zoo::check_no_negative(name, {array})"
            lines.append(f'    else if (name == "{key}") {{ {call}; }}')
    lines += ['    else zoo::refuse("there is no variable named \'" + name + "\'.");', "};"]
    device.main_queue[device.main_queue.index(("insert_code", _SETTER))] = ("insert_code", "\n".join(lines))


def _setting(device, place):
    variable = place.variable
    if isinstance(variable, TimedArray):
        name = device.timed_arrays.get(variable)
        return name and f"zoo::set(name, text, {name}_values, {variable.values.size})"
    if isinstance(variable, ByteTable):
        used = any(variable is known for code in device.code_objects.values() for known in code.variables.values())
        array = f"reinterpret_cast<unsigned char *>({variable.name}_values)"
        return used and f"zoo::set(name, text, {array}, {variable.values.size})"
    if not isinstance(variable, DynamicArrayVariable):
        return f"zoo::set(name, text, {device.get_array_name(variable)}, {variable.size})"
    array = device.get_array_name(variable, access_data=False)
    if place.synapses is None:
        return f"zoo::set(name, text, {array}.data(), {array}.size())"
    synapses = place.synapses
    pre, post = (
        device.get_array_name(synapses.variables[name], access_data=False)
        for name in ("_synaptic_pre", "_synaptic_post")
    )
    if place.is_end:
        end = synapses.source if array == pre else synapses.target
        return f"zoo::check_ends(name, text, {array}, {binding.first_neuron(end)})"
    sizes = ", ".join(
        str(number) for end in (synapses.source, synapses.target) for number in (binding.first_neuron(end), len(end))
    )
    return f"zoo::set_synapses(name, text, {array}, {pre}, {post}, {sizes})"


def _sent(device, variable):
    """Behind an assignment, the copy to the GPU when there is one."""
    if not hasattr(device, "arch"):
        return ""
    if isinstance(variable, (TimedArray, ByteTable)):
        name = f"{variable.name}_values"
    else:
        name = device.get_array_name(variable, access_data=False)
    return f"; {_cuda().sent(variable, name)}"


def _sort_assignments(device):
    """Brian2 sets the clocks in the order of a set of objects, which is another one in every process.

    Neighbouring assignments of single numbers to different arrays commute: sorted by name they are always the same code.
    """
    queue = device.main_queue
    start = 0
    while start < len(queue):
        end = start
        while end < len(queue) and queue[end][0] == "set_by_single_value":
            end += 1
        queue[start:end] = sorted(queue[start:end], key=lambda entry: entry[1][0])
        start = end + 1


def _numbers_to_data(device):
    """Single numbers that Python code assigns stand as literals in the sources; make them static arrays.

    Then another initial value is other data and the same program.
    """
    numbers = []

    def data(value):
        numbers.append(float(value))
        return f"_static_array_zoo_numbers[{len(numbers) - 1}]"

    for position, (kind, arguments) in enumerate(device.main_queue):
        if kind not in ("set_by_constant", "set_by_single_value") or arguments[0].endswith("space"):
            continue  # brian2cuda sets those of spikes, which are no numbers of anybody
        if kind == "set_by_constant":
            array, value, is_dynamic = arguments
            size = f"{array}.size()" if is_dynamic else f"_num_{array}"
            line = f"for (size_t i = 0; i < {size}; i++) {array}[i] = {data(value)};"
            if hasattr(device, "arch"):
                line += f" zoo::send({array}, dev{array}{'' if is_dynamic else ', ' + size});"
        else:
            array, item, text = arguments
            if not re.fullmatch(r"[-+ ]*[\d.]+(e[-+]?\d+)?", str(text)):
                continue
            line = f"{array}[{item}] = {data(str(text).replace(' ', ''))};"
            if hasattr(device, "arch"):
                whole = array in device.dynamic_arrays.values()
                line += f" zoo::send({array}, dev{array}{'' if whole else f', _num_{array}'});"
        device.main_queue[position] = ("insert_code", line)
    if numbers:
        device.static_array("zoo_numbers", np.array(numbers))


def _duration_to_data(device, network):
    """The duration of the last run becomes a parameter, and the program tells how far it is."""
    runs = [arguments for kind, arguments in device.main_queue if kind == "run_network"]
    lines = runs[-1][1]
    text = f"{network.name}.run("
    # What somebody has inserted before and behind runs may look like one.
    inserted = sum(line.startswith(text) for line in device.code_lines["before_network_run"])
    call = [position for position, line in enumerate(lines) if line.startswith(text)][inserted]
    line = re.sub(r"\([^,]+,", "(zoo_parameters.duration,", lines[call], count=1)
    look = [_watching(device, one) for one in finite.watched(network)]
    begin = f"zoo::finite::start({network.name}, {finite.most(network)});"
    end = f"zoo::finite::finish({network.name}.t, brian::results_dir);"
    # What a GPU computes is looked at when it has come back from there.
    before, after = ([], [*look, end]) if hasattr(device, "arch") else ([*look, begin], [end])
    lines[call : call + 1] = [
        *_checked_solutions(device, network),
        *before,
        f"zoo::progress::start(&{network.name}.t);",
        line,
        "zoo::progress::stop();",
        *after,
    ]


def _checked_solutions(device, network):
    """The C++ lines that refuse an exact solution which cannot be computed with the values of the run."""
    lines = []
    for group, expressions, variables in methods.coefficients(network):
        sizes, numbers = ["1"], ["const zoo::Rounded __free_(1.0);"]
        for name, variable in variables.items():
            if isinstance(variable, ArrayVariable):
                array = device.get_array_name(variable, access_data=False)
                if hasattr(device, "arch"):
                    lines.append(f"{_cuda().fetched(variable, array)};")
                if not variable.scalar:
                    is_dynamic = isinstance(variable, DynamicArrayVariable)
                    sizes = [f"{array}.size()" if is_dynamic else str(variable.size)]
                value = f"{array}[{0 if variable.scalar else 'k'}]"
            else:
                value = repr(float(variable.get_value()))
            numbers.append(f"const zoo::Rounded _{name}_({value});")
        lost = " || ".join(f"zoo::is_lost({methods.in_cpp(one)}, {methods.MOST})" for one in expressions)
        lines += [
            f"for (size_t k = 0; k < {sizes[0]}; k++) {{",
            *(f"    {line}" for line in numbers),
            f'    if ({lost}) zoo::refuse("{methods.sentence(group)}");',
            "}",
        ]
    return lines


def _checked_delays(device, network):
    """The C++ lines that refuse delays which a queue of spikes cannot have."""
    lines = []
    for name, variable, clock in memory.delays(network):
        array = device.get_array_name(variable, access_data=False)
        if hasattr(device, "arch"):
            lines.append(f"{_cuda().fetched(variable, array)};")
        is_dynamic = isinstance(variable, DynamicArrayVariable)
        place = (f"{array}.data()", f"{array}.size()") if is_dynamic else (array, str(variable.size))
        dt = f"{device.get_array_name(clock.variables['dt'])}[0]"
        lines.append(memory.delays_in_cpp(name, *place, dt))
    return lines


def _watching(device, one):
    """The C++ statements that have a variable looked at."""
    array = device.get_array_name(one.variable, access_data=False)
    is_dynamic = isinstance(one.variable, DynamicArrayVariable)
    place = f"{array}.data(), {array}.size()" if is_dynamic else f"{array}, {one.variable.size}"
    fetched = f"{_cuda().fetched(one.variable, array)}; " if hasattr(device, "arch") else ""
    return f'{fetched}zoo::finite::watch("{one.key}", {place}, {"true" if one.may_be_infinite else "false"});'


@contextlib.contextmanager
def _kept_preferences():
    names = [
        "codegen.target",
        "codegen.cpp.headers",
        "codegen.cpp.include_dirs",
        "codegen.cpp.library_dirs",
        "codegen.cpp.runtime_library_dirs",
        "codegen.cpp.extra_compile_args_gcc",
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
def _kept_random_state():
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)
