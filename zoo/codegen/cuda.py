"""brian2cuda's device with one translation unit, and with its errors corrected or refused.

This file imports brian2cuda, which is optional: `zoo.device.backends` imports it when CUDA is selected.
"""

import logging
import re
from pathlib import Path

import numpy as np
from brian2 import EventMonitor, PopulationRateMonitor, StateMonitor, Synapses, prefs
from brian2.core.functions import Function
from brian2.core.variables import ArrayVariable, DynamicArrayVariable
from brian2.synapses.synapses import SynapticPathway
from brian2.utils.stringtools import get_identifiers
from brian2cuda.codeobject import CUDAStandaloneAtomicsCodeObject, CUDAStandaloneCodeObject
from brian2cuda.device import CUDAStandaloneDevice
from brian2cuda.utils import gputools

from zoo.codegen.analysis import seen_through
from zoo.codegen.unity import copied, unite
from zoo.core import quantities
from zoo.core.errors import ZooError

INCLUDE = Path(__file__).parent / "include"

MAKEFILE = """\
# make && ./main
# With CUDA in another folder: make NVCC=/usr/local/cuda/bin/nvcc
# For another GPU: make ARCH=sm_80
NVCC ?= nvcc
ARCH ?= {arch}
CURAND ?=
LIBRARIES ?= -lcurand
FLAGS = -std=c++17 -arch=$(ARCH) {options} -w -I. $(CURAND) {compiler_flags}

main: {objects}
	$(NVCC) -arch=$(ARCH) {objects} -o main $(LIBRARIES) {linker_flags}

%.o: %.cu
	$(NVCC) -c $(FLAGS) $< -o $@

%.o: %.cpp
	$(NVCC) -c $(FLAGS) $< -o $@

ptx: unity.cu
	$(NVCC) -ptx $(FLAGS) unity.cu -o unity.ptx

.PHONY: clean ptx
clean:
	rm -f main unity.ptx {objects}
"""

#: Options of nvcc. The host code creates synapses and starts kernels.
OPTIONS = "-O3"

#: Preferences of brian2cuda: it detects nothing on this machine, as sources do not depend on it.
PREFERENCES = {
    "detect_gpus": False,
    "detect_cuda": False,
    "gpu_id": 0,
    "cuda_path": "/nonexistent",
    "cuda_runtime_version": 13.0,
    "extra_compile_args_nvcc": [],
}
#: Changes in files of a project: name, old text, new text.
CORRECTIONS = (
    # Not all installations of CUDA have the profiler's header, and nothing uses it.
    ("main.cu", '#include "cuda_profiler_api.h"\n', ""),
    # In one translation unit a variable of the GPU is only defined, not also declared.
    ("objects.h", "extern __device__", "__device__"),
    # Clocks tick together when their times are equal; after 64 s these differ by rounding.
    ("network.cu", "#define Clock_epsilon 1e-14", "#define Clock_epsilon 1e-9"),
    # Otherwise the first thread changes a value before the others read it, and their queues are never created.
    (
        "brianlib/spikequeue.h",
        "bool initialize_semaphores = (!semaphore);\n",
        "bool initialize_semaphores = (!semaphore);\n        __syncthreads();\n",
    ),
)
# Kernels for the elements of a group; Synapses may have none, and CUDA does not start kernels for zero elements.
_MAYBE_NO_ELEMENTS = ("group_variable_set", "group_variable_set_conditional", "stateupdate", "summed_variable")
_NO_ELEMENTS = re.compile(r"(\n *const int _N = [^;\n]+;\n)(\s*///// ADDITIONAL_HOST_CODE)")

# The counter of the loops over synapses: j, which is also a name in the statements of synapses.
_COUNTER = re.compile(
    r"(\bint |; |propagating_synapses\[|_vectorisation_idx = |synapse_bundle\[|synapses_queue\[bid\]\.at\()j"
    r"(?= = tid;| = syn_in_bundle_idx;| < num_synapses;| < bundle_size;| < queue_size;|\+=|[\]);])"
)

#: Megabytes for the spike queues of heterogeneous delays; brian2cuda's 128 are too few for large networks.
HEAP = 512


#: Indices through which only one thread accesses an element of a group or of a part of it.
_OWN = ({"_idx"}, {"_sub_idx"})

# Messages of brian2cuda at every build.
logging.getLogger("brian2.brian2cuda").setLevel(logging.WARNING)


class SharedUpdateCodeObject(CUDAStandaloneCodeObject):
    """Statements on shared variables, for one thread."""

    templater = CUDAStandaloneCodeObject.templater.derive("zoo.codegen")


class ZooCudaDevice(CUDAStandaloneDevice):
    """brian2cuda's device for one GPU architecture, `arch`."""

    arch = "sm_90"

    def __init__(self):
        super().__init__()
        #: Code object -> the code object that sets shared variables before it.
        self.shared_updates = {}

    def code_object(self, owner, name, abstract_code, variables, template_name, variable_indices, **options):
        def made(name, code, template=template_name, **more):
            code_object = super(ZooCudaDevice, self).code_object(
                owner, name, code, variables, template, variable_indices, **{**options, **more}
            )
            _check_poisson(code_object)
            return code_object

        if "record_variables" in (options.get("template_kwds") or {}):  # in the order of a set
            names = dict(sorted(options["template_kwds"]["record_variables"].items()))
            options["template_kwds"] = {**options["template_kwds"], "record_variables": names}
        if template_name.startswith("synapses_create"):
            # The template sorts a set of variables by name, which two delays share.
            registered = owner._registered_variables
            owner._registered_variables = sorted(registered, key=lambda variable: self.get_array_name(variable, False))
            try:
                return made(name, abstract_code)
            finally:
                owner._registered_variables = registered
        if isinstance(owner, StateMonitor) and isinstance(owner.source, Synapses):
            self._keep_ends(owner.source, variables)
        if template_name not in ("stateupdate", "group_variable_set", "group_variable_set_conditional"):
            return made(name, abstract_code)
        written = seen_through(abstract_code, variables, variable_indices)
        shared = {key for key, indices in written.items() if "0" in indices}
        elsewhere = {key for key, indices in written.items() if indices not in _OWN} - shared
        if elsewhere:
            if shared:
                _refuse_shared(owner)
            code_object = made(name, abstract_code, codeobj_class=CUDAStandaloneAtomicsCodeObject)
            _check_atomic(code_object, abstract_code, _names(elsewhere, variables))
            return code_object
        if not shared or template_name.startswith("group_variable_set"):  # which sets a shared variable once
            return made(name, abstract_code)
        first, rest = _parted(owner, abstract_code, variables, shared)
        once = {"template": "shared_update", "codeobj_class": SharedUpdateCodeObject}
        if not rest:
            return made(name, first, **once)
        code_object = made(name, rest)
        self.shared_updates[code_object.name] = made(name.rstrip("*") + "_shared*", first, **once).name
        return code_object

    def fill_with_array(self, var, arr):
        super().fill_with_array(var, arr)
        self._send_delays(var)

    def variableview_set_with_index_array(self, variableview, *arguments, **options):
        super().variableview_set_with_index_array(variableview, *arguments, **options)
        self._send_delays(variableview.variable)

    def _send_delays(self, variable):
        """brian2cuda keeps the delays of an array on the host, where the checks of a run copy them back from the GPU."""
        if variable.name == "delay" and isinstance(variable, DynamicArrayVariable):
            self.insert_code("main", f"{sent(variable, self.get_array_name(variable, access_data=False))};")

    def _keep_ends(self, synapses, variables):
        """brian2cuda removes the indices of pre- and postsynaptic cells when only a monitor uses them."""
        used = {self.get_array_name(v, False) for v in variables.values() if isinstance(v, DynamicArrayVariable)}
        for end, removed in (
            ("_synaptic_pre", self.delete_synaptic_pre),
            ("_synaptic_post", self.delete_synaptic_post),
        ):
            name = self.get_array_name(synapses.variables[end], False)
            if name in used:
                removed[name] = False

    def network_run(self, net, duration, *arguments, **options):
        super().network_run(net, duration, *arguments, **options)
        lines = [arguments for kind, arguments in self.main_queue if kind == "run_network"][-1][1]
        # brian2cuda iterates over a set of clocks, whose order differs between processes.
        buffers = [line for line in lines if line.endswith("_run_random_number_buffer);")]
        start = lines.index(buffers[0])
        lines[start : start + len(buffers)] = sorted(buffers)
        # The profiler would need a separate header.
        lines.remove("CUDA_SAFE_CALL(cudaProfilerStop());")
        for name, shared in self.shared_updates.items():
            for position, line in enumerate(lines):
                if line.endswith(f", _run_{name});"):
                    lines.insert(position, line.replace(f"_run_{name})", f"_run_{shared})"))
                    break

    def build(self, *arguments, **options):
        # Blocks share the synapses of a neuron: useful for heterogeneous delays, a waste of memory otherwise.
        name = "devices.cuda_standalone.parallel_blocks"
        if prefs[name] == 1 and any(self._has_delays(synapses) for synapses in self.synapses):
            prefs[name] = None
        super().build(*arguments, **options)

    def _has_delays(self, synapses):
        """Whether the synapses of a pathway have different delays."""
        delays = {
            self.get_array_name(path.variables["delay"], False)
            for path in synapses._pathways
            if not path.variables["delay"].scalar
        }
        for kind, arguments in self.main_queue:
            if kind.startswith("set_") and isinstance(arguments[0], str) and arguments[0] in delays:
                return True
            if kind == "run_code_object" and arguments[0].template_name.startswith("group_variable_set"):
                owner = arguments[0].owner
                if isinstance(owner, SynapticPathway) and owner.synapses.name == synapses.name:
                    return True
        return False

    def copy_source_files(self, writer, directory):
        super().copy_source_files(writer, directory)
        for header in ("zoo.h", "finite.h", "exact.h", "zoo_cuda.h"):
            writer.write(header, (INCLUDE / header).read_text())
        # Sources added after this point are the user's.
        self.generated_sources = sorted(writer.source_files)

    def generate_makefile(self, writer, cpp_compiler, cpp_compiler_flags, cpp_linker_flags, debug, disable_asserts):
        texts = {name: (Path(self.project_dir) / name).read_text() for name in self.generated_sources}
        for code_object in self.code_objects.values():
            if code_object.template_name in _MAYBE_NO_ELEMENTS:
                name = f"code_objects/{code_object.name}.cu"
                texts[name] = _NO_ELEMENTS.sub(r"\1    if (_N == 0) return;\n\2", texts[name])
            elif code_object.template_name == "synapses":
                name = f"code_objects/{code_object.name}.cu"
                texts[name] = _COUNTER.sub(r"\1_number", texts[name])
            elif code_object.template_name == "statemonitor":
                name, monitor = f"code_objects/{code_object.name}.cu", code_object.owner
                # Of a monitor cells_v the times have another name where cells have a variable v_t.
                t = self.get_array_name(monitor.variables["t"], access_data=False)
                texts[name] = re.sub(rf"\b_dynamic_array_{monitor.name}_t\b", t, texts[name])
        # In one translation unit a variable of the GPU is only defined, not also declared.
        texts["objects.cu"] = re.sub(r"^__device__ [^()=\n]*brian::\w+;$", "", texts["objects.cu"], flags=re.MULTILINE)
        writer.write("objects.cu", texts["objects.cu"])
        for name, old, new in CORRECTIONS:
            path = Path(self.project_dir) / name
            text = path.read_text()
            if old not in text:
                raise ZooError(f"{name} of this version of brian2cuda differs; the zoo supports 1.0b1.")
            path.write_text(text.replace(old, new))
        writer.write("unity.cu", _united(texts))
        objects, folders = copied(writer.source_files.difference([*texts, "unity.cu"]), Path(self.project_dir))
        flags = [*(flag for flag in cpp_compiler_flags if flag.startswith(("-D", "-U", "-I"))), *folders]
        text = MAKEFILE.format(
            arch=self.arch,
            options=OPTIONS,
            compiler_flags=" ".join(flags),
            linker_flags=" ".join(flag for flag in cpp_linker_flags if flag.startswith(("-l", "-L"))),
            objects=" ".join(["unity.o", *objects]),
        )
        writer.write("makefile", text)


def prepare(arch):
    """Set brian2cuda's preferences, which the caller restores, for the architecture `arch`; returns a new device."""
    for name, value in PREFERENCES.items():
        prefs[f"devices.cuda_standalone.cuda_backend.{name}"] = list(value) if isinstance(value, list) else value
    digits = re.search(r"\d+", arch)[0]
    prefs["devices.cuda_standalone.cuda_backend.compute_capability"] = float(f"{digits[:-1]}.{digits[-1]}")
    if prefs["devices.cuda_standalone.cuda_backend.gpu_heap_size"] == 128:
        prefs["devices.cuda_standalone.cuda_backend.gpu_heap_size"] = HEAP
    gputools.reset_gpu_selection()
    gputools.reset_cuda_installation()
    device = ZooCudaDevice()
    device.arch = arch
    return device


def sent(variable, name) -> str:
    """The C++ statement that copies the array `name` of `variable` to the GPU."""
    if isinstance(variable, DynamicArrayVariable):
        return f"zoo::send({name}, dev{name})"
    return f"zoo::send({name}, dev{name}, {variable.values.size if hasattr(variable, 'values') else variable.size})"


def fetched(variable, name) -> str:
    """The C++ statement that copies the array `name` of `variable` from the GPU."""
    if isinstance(variable, DynamicArrayVariable):
        return f"zoo::fetch({name}, dev{name})"
    return f"zoo::fetch({name}, dev{name}, {variable.size})"


def recorders(network) -> list:
    """The monitors of a network for `normalised`: (kind, name, recorded variables)."""
    kinds = {EventMonitor: "events", StateMonitor: "states", PopulationRateMonitor: "rates"}
    found = []
    for item in network.objects:
        for cls, kind in kinds.items():
            if isinstance(item, cls):
                found.append((kind, item.name, list(getattr(item, "record_variables", ["t", "rate"]))))
    return found


def normalised(arrays: dict, recorders: list) -> dict:
    """`arrays` in the form of other backends.

    The GPU records events of a time step in any order; here they are sorted by index. Its other monitors have space for
    the whole run, which a stopped run has only partly filled.
    """
    tidy = dict(arrays)
    for kind, monitor, names in recorders:
        keys = [f"{monitor}.{name}" for name in names]
        t = np.asarray(arrays.get(f"{monitor}.t", ()))
        if kind == "events":
            if f"{monitor}.t" in arrays and f"{monitor}.i" in arrays:
                order = np.lexsort((np.asarray(arrays[f"{monitor}.i"]), t))
                tidy |= {key: arrays[key][order] for key in keys}
        elif kind == "states":
            tidy |= {key: arrays[key][:, : len(t)] for key in keys}
        else:
            back = np.flatnonzero(np.diff(t) <= 0)
            tidy |= {key: arrays[key][: back[0] + 1] for key in keys if len(back)}
    return tidy


def _parted(owner, abstract_code, variables, shared):
    """The statements that set shared variables, and the others, each with the intermediate values that it needs."""
    block, lines = _lines(abstract_code)
    targets = [re.match(r"\w+", line)[0] for line in lines]
    names = {name for name, variable in variables.items() if id(variable) in shared}
    is_array = [isinstance(variables.get(target), ArrayVariable) for target in targets]
    first = _with_needed(lines, targets, [target in names for target in targets], is_array)
    rest = _with_needed(
        lines,
        targets,
        [known and target not in names for target, known in zip(targets, is_array, strict=True)],
        is_array,
    )
    last = max(position for position, target in enumerate(targets) if target in names)
    for position, line in enumerate(lines):
        # The rest runs later: it would read a changed variable, and draw another random number.
        early = position < last and get_identifiers(line) & names
        drawn_twice = line in first and get_identifiers(line) & {"rand", "randn", "poisson"}
        if line in rest and (early or drawn_twice):
            _refuse_shared(owner)
    if {"rand", "randn", "poisson"} & get_identifiers("\n".join(first)):
        _refuse_shared(owner)
    texts = ["\n".join(part) for part in (first, rest)]
    return [{block: text} if isinstance(abstract_code, dict) and text else text for text in texts]


def _refuse_shared(owner):
    raise ZooError(
        f"the statements of {owner.name} set a shared variable in a way that a GPU would repeat for every neuron; set "
        "shared variables in a separate run_regularly, without random numbers, or use --backend cpp."
    )


def _names(keys, variables):
    return {name for name, variable in variables.items() if id(variable) in keys}


def _check_atomic(code_object, abstract_code, names):
    """Elements that several threads change need operations that do not interfere with each other."""
    _, lines = _lines(abstract_code)
    whole = all(re.match(r"\w+\s*[-+*/]=", line) for line in lines if re.match(r"\w+", line)[0] in names)
    if not whole or not re.search(r"^\s*_brian_atomic\w+\(&", code_object.code.cu_file, re.MULTILINE):
        raise ZooError(
            f"the statements of {code_object.owner.name} change {', '.join(sorted(names))} of other elements in an order "
            "that a GPU does not keep; write them with += or *= and without reading what they change, or use --backend cpp."
        )


def _lines(abstract_code):
    """The name of the block of statements, and its lines."""
    [(block, code)] = abstract_code.items() if isinstance(abstract_code, dict) else [(None, abstract_code)]
    return block, [line.strip() for line in code.splitlines() if line.strip()]


def _with_needed(lines, targets, wanted, is_array):
    """The wanted lines, preceded by those that compute their intermediate values."""
    kept, needed = [], set()
    for line, target, take, array in reversed(list(zip(lines, targets, wanted, is_array, strict=True))):
        if take or (not array and target in needed):
            kept.append(line)
            needed |= get_identifiers(line.partition("=")[2])
    return kept[::-1]


def check(network, owners: list) -> None:
    """Raise ZooError for features that brian2cuda lacks or computes wrong; `owners` resolve names in the network."""
    for owner in owners:
        for name, value in (owner.namespace or {}).items():
            if isinstance(value, Function) and value.implementations.get(CUDAStandaloneCodeObject) is None:
                raise ZooError(
                    f"the function {name!r} of {owner.name} has no version for a GPU; add one with "
                    '@implementation("cuda", "__host__ __device__ ..."), or use --backend cpp.'
                )
    clocks = {item.clock for item in network.objects if hasattr(item.clock, "dt")}
    for item in network.objects:
        if isinstance(item, Synapses):
            _check_clocks(item, clocks)
        if isinstance(item, StateMonitor) and item.n_indices == 0:
            raise ZooError(
                f"the StateMonitor {item.name} records nothing, which brian2cuda does not support; remove it."
            )


def _check_poisson(code_object):
    """brian2cuda compiles the present value of a shared variable, the mean, into the program, so that it could not change."""
    for name in re.findall(r"\b_poisson\((\w+), _vectorisation_idx\)", code_object.code.cu_file):
        variable = code_object.variables.get(name)
        if isinstance(variable, ArrayVariable) and variable.scalar:
            raise ZooError(
                f"{code_object.owner.name} draws poisson({name}) of a shared variable, which brian2cuda compiles in; write "
                f"poisson({name} + 0*i), or use --backend cpp."
            )


def _check_clocks(synapses, clocks):
    """Spikes with a constant delay wait for a number of loop iterations, whichever clock they belong to."""
    for pathway in synapses._pathways:
        if not pathway.variables["delay"].scalar:
            continue
        dt = float(pathway.source.clock.dt)
        for clock in (synapses.clock, *clocks):
            turns = float(clock.dt) / dt
            if abs(turns - max(round(turns), 1)) > 1e-6 or (clock is synapses.clock and round(turns) != 1):
                raise ZooError(
                    f"{synapses.name} has a constant delay, which brian2cuda applies wrongly where a time step "
                    f"({quantities.format(clock.dt)}) is not that of {pathway.source.name} ({quantities.format(pathway.source.clock.dt)})"
                    " or, for other objects, a multiple of it; change the time step, or use --backend cpp."
                )


def _united(texts):
    """One translation unit; code that brian2cuda leaves outside namespaces gets one."""
    parts = {}
    for name, text in texts.items():
        if name.startswith("code_objects/before_run_"):
            text = re.sub(
                r"///// Support code /////\n(.*?)(?=\nvoid _before_run_)",
                r"namespace {\n\1\n}\n",
                text,
                flags=re.DOTALL,
            )
        parts[name] = text
    return unite(parts)
