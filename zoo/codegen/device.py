"""A Brian2 C++ standalone device: loops that vectorise, rows of synapses, one translation unit."""

import platform
import re
from pathlib import Path

import numpy as np
from brian2.codegen.targets import codegen_targets
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import ArrayVariable, AuxiliaryVariable
from brian2.devices import cpp_standalone
from brian2.groups.subgroup import Subgroup
from brian2.input.binomial import BinomialFunction
from brian2.input.timedarray import TimedArray

from zoo.codegen.analysis import all_pure, independent, looked_at, reads
from zoo.codegen.arithmetic import ExactCodeGenerator, add_functions
from zoo.codegen.arrays import shortened
from zoo.codegen.deferred import DeferredCodeObject, DeferringDevice, rendered_last
from zoo.codegen.draws import add_numbers, connected, drawn, inverted, is_binomial, name_weight, numbered
from zoo.codegen.numbers import Numbers, add_steps
from zoo.codegen.prelude import FUNCTIONS
from zoo.codegen.sharing import in_loops, shaping
from zoo.codegen.unity import ALIGNED, copied, in_each_dialect, unite

INCLUDE = Path(__file__).parent / "include"

#: Of every program; models have zoo.h too.
HEADERS = (
    "threads.h", "mathematics.h", "simd.h", "queue.h", "runs.h", "cable.h", "random.h", "outputs.h", "arrays.h", "connect.h",
)  # fmt: skip

# By default gcc uses vectors of half the width of AVX-512, because of processors of 2017.
EXTRA_FLAGS = ["-mprefer-vector-width=512"] if platform.machine() in ("x86_64", "AMD64") else []

#: Functions of Brian2 that the device has versions of its own of, in include/mathematics.h.
MATHEMATICS = (
    "exp", "expm1", "exprel", "log", "log10", "log1p", "sinh", "cosh", "tanh",
    "sin", "cos", "tan", "arcsin", "arccos", "arctan",
)  # fmt: skip

# Templates whose loops are of vectors, with sines among them
VECTORS = ("stateupdate", "summed_variable", "spatialstateupdate")
# Neurons of a group from which on threads may share its loops; those of a smaller one have a constant number of elements.
SHARED_FROM = 64
# Templates whose loops threads may share.
SHARED = ("stateupdate", "threshold")
# Templates with loops before which random numbers can be drawn, as they visit each element once.
DRAWN_BEFORE = ("stateupdate", "threshold", "group_variable_set_conditional")

# Of a boolean; and of an expression without calls
_CONDITION = re.compile(r"if\((\w+)\)$")
_ADDITION = re.compile(r"\s*(\w+) ([+-])= ((?:(?!\w\()[\w\s.*/+()-])+);$")

_ANGLE = re.compile(r"\b_zoo_(sin|cos|tan)\(")
_STORE = re.compile(r"\w+\[\w+\] = ")

# Where a file is opened; see outputs.h
_OUTPUT = re.compile(r'(?<=\.open\()results_dir \+ ("[^"]+")')

# Powers, which vectorise only with the functions of the zoo; and what else all sources need, as a header that is read once
_POWER = "#define _brian_pow(x, y) ZOO_POWER(x, y)"
_ARITHMETIC = f"""\
#ifndef ZOO_ARITHMETIC_H
#define ZOO_ARITHMETIC_H
#include <cmath>
#include <cstdint>
namespace zoo_arithmetic {{
{ExactCodeGenerator.universal_support_code}
}}
#undef _brian_pow
#endif
"""

# A Brian2 with another generator draws numbers one at a time.
_GENERATOR, _OURS = "std::mt19937 gen;", "friend struct zoo::Bulk;\n        zoo::Twister gen;"
BULK = _GENERATOR in (Path(cpp_standalone.__file__).parent / "templates/objects.cpp").read_text()

MAKEFILE = """\
# make && ./main
CXX ?= g++
# Flags for one kind of processor; a compiler for another one ignores those that it does not know.
known = $(foreach flag,$(1),$(shell $(CXX) $(flag) -x c++ -E /dev/null >/dev/null 2>&1 && echo $(flag)))
FLAGS := -Wno-write-strings {compiler_flags} -I. $(call known,{processor_flags})

main: {objects}
	$(CXX) {objects} -pthread -o main {linker_flags}

unity.o: unity.cpp
	$(CXX) -c $(FLAGS) -MMD -MF make.deps $< -o $@

%.o: %.cpp
	$(CXX) -c $(FLAGS) -MMD $< -o $@

%.o: %.c
	$(CC) -c $(FLAGS) -MMD $< -o $@

# Dependencies of the sources, as written by the compiler
-include make.deps $(wildcard user/*.d)

.PHONY: clean
clean:
	rm -f main make.deps user/*.d {objects}
"""


class ZooCodeGenerator(ExactCodeGenerator):
    """Brian2's generator with exact arithmetic; the look-up of both ends of a synapse can be replaced (see templates/synapses.cpp)."""

    universal_support_code = f"using namespace zoo_arithmetic;\n{_POWER}"

    def translate_to_read_arrays(self, read, write, indices):
        lines = super().translate_to_read_arrays(read, write, indices)
        if self.template_name == "stateupdate":
            # A boolean may come from a copy in 64 bits.
            lines = [
                re.sub(r"^const char (\w+) = (\w+\[_idx\]);$", r"const int64_t \1 = ZOO_WIDE(\1, \2);", line)
                for line in lines
            ]
        if self.template_name in ("stateupdate", "summed_variable", "synapses"):
            lines = [
                re.sub(r"^const (\w+) (_(?:pre|post)synaptic_idx) = (.*);$", r"const \1 \2 = ZOO\2(\3);", line)
                for line in lines
            ]
        return lines

    def translate_statement_sequence(self, sc_statements, ve_statements):
        scalar_code, vector_code, keywords = super().translate_statement_sequence(sc_statements, ve_statements)
        if self.template_name == "synapses":
            vector_code = {block: without_branches(lines) for block, lines in vector_code.items()}
        if self.template_name in DRAWN_BEFORE:
            binomials = [name for name, variable in self.variables.items() if is_binomial(variable)]
            draws = {block: numbered(lines, binomials) for block, lines in vector_code.items()}
            keywords["draws"] = {block: found for block, (found, _) in draws.items()}
            vector_code = {block: lines for block, (_, lines) in draws.items()}
        if self.template_name in VECTORS:
            with_angles = {block: lines for block, lines in vector_code.items() if _ANGLE.search("\n".join(lines))}
            keywords["near"] = {
                block: [_ANGLE.sub(r"zoo::near_\1(", line) for line in lines] for block, lines in with_angles.items()
            }
            keywords["angles"] = {block: _arguments(lines) for block, lines in with_angles.items()}
        return scalar_code, vector_code, keywords


def without_branches(lines):
    """Statements of synapses in which what a condition adds to a number is that or 0.

    Whether the next target is refractory is what a processor guesses wrong.
    """
    found = []
    for line in lines:
        condition, addition = _CONDITION.match(found[-1]) if found else None, _ADDITION.match(line)
        if condition and addition and f"double {addition[1]} = " in "\n".join(found):
            line = f"{addition[1]} {addition[2]}= zoo::where({condition[1]}, {addition[3]});"
            found.pop()
        found.append(line)
    return found


def _arguments(lines):
    """Lines that set _far where the argument of a sine is beyond the reach of vectors, and write no array."""
    return [_ANGLE.sub(r"zoo::watched_\1(_far, ", line) for line in lines if not _STORE.match(line)]


class ZooCodeObject(DeferredCodeObject):
    """Brian2's code object with other templates, generator and implementations of functions."""

    class_name = "brian2-zoo"
    templater = rendered_last(DeferredCodeObject.templater.derive("zoo.codegen"))
    generator_class = ZooCodeGenerator


codegen_targets.add(ZooCodeObject)
add_functions(ZooCodeObject)
for _name in MATHEMATICS:
    _function = re.sub("^arc", "a", _name)
    DEFAULT_FUNCTIONS[_name].implementations.add_implementation(
        ZooCodeObject,
        code=f"ZOO_INLINE double _zoo_{_function}(double x) {{ return zoo::{_function}(x); }}",
        name=f"_zoo_{_function}",
    )
if BULK:
    # Of the functions that are made from now on: PoissonInput makes one for itself.
    BinomialFunction.implementations[ZooCodeObject.class_name] = inverted
for _name, _function in FUNCTIONS.items():
    _function.implementations.add_implementation(ZooCodeObject, code="", name=_name)


class ZooDevice(DeferringDevice):
    """Brian2's C++ standalone device with loops that vectorise, rows of synapses, and one translation unit."""

    #: The names of the sources that Brian2 and the zoo have written; None before.
    generated_sources = None

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or ZooCodeObject

    def __init__(self):
        super().__init__()
        #: The constants of namespaces that are data (see `zoo.codegen.numbers`).
        self.numbers = Numbers()
        #: Neurons of a group from which on threads may share its loops.
        self.shared_from = SHARED_FROM

    def readable(self, code_object_class, arguments):
        user, variables, code = (arguments[name] for name in ("owner", "variables", "abstract_code"))
        if not issubclass(code_object_class, ZooCodeObject):
            self.numbers.leave(user.name, variables)
            return variables
        for variable in variables.values():
            if isinstance(variable, TimedArray):
                add_steps(variable, ZooCodeObject)
            if is_binomial(variable):
                add_numbers(variable)
        name_weight(code, variables, arguments["variable_indices"])
        shapes = ()
        if arguments["template_name"] == "stateupdate":
            shapes = shaping(code[None], variables)
        return self.numbers.take(user.name, code, variables, shapes)

    def write_static_arrays(self, directory):
        self.static_arrays.update(self.numbers.arrays())
        super().write_static_arrays(directory)

    def generated(
        self, name, owner, abstract_code, variables, template_name, variable_indices, template_kwds, **options
    ):
        template_kwds = dict(template_kwds)
        own_indices = ["_idx", "_sub_idx"] if isinstance(owner, Subgroup) else ["_idx"]
        if "pathway" in template_kwds:
            own_indices.append("_postsynaptic_idx" if template_kwds["pathway"].prepost == "pre" else "_presynaptic_idx")
        template_kwds["independent"] = independent(abstract_code, variables, variable_indices, own_indices)
        template_kwds["drawable"] = BULK and independent(
            abstract_code, variables, variable_indices, own_indices, drawn=drawn(variables)
        )
        if template_name in SHARED:
            template_kwds["large"] = self._is_large(variables["N"])
        if template_name == "synapses":
            template_kwds["of_synapse"] = looked_at(abstract_code, variables, variable_indices)
        if template_name == "summed_variable":
            # A sum that is read while it grows
            template_kwds["independent"] &= not reads(abstract_code, variables, template_kwds["_target_var"])
        if template_name == "stateupdate":
            indices = {variable_indices[name] for name in variables if name in variable_indices}
            template_kwds["both_ends"] = not indices.isdisjoint(("_presynaptic_idx", "_postsynaptic_idx"))
            in_run = ["_idx", "_postsynaptic_idx"]
            template_kwds["independent_in_run"] = independent(abstract_code, variables, variable_indices, in_run)
        if template_name == "stateupdate" and template_kwds["independent"]:
            abstract_code, rates = in_loops(abstract_code[None], variables)
            template_kwds["rates"] = rates
            template_kwds["booleans"] = {
                name: variable
                for name, variable in sorted(variables.items())
                if isinstance(variable, ArrayVariable) and variable.is_boolean and variable_indices[name] == "_idx"
            }
            variables = {**variables, **FUNCTIONS, "exp": DEFAULT_FUNCTIONS["exp"]}
            variables |= {name: AuxiliaryVariable(name, dtype=np.float64) for name in rates}
        made = super().generated(
            name,
            owner=owner,
            abstract_code=abstract_code,
            variables=variables,
            template_name=template_name,
            variable_indices=variable_indices,
            template_kwds=template_kwds,
            **options,
        )
        if template_name == "synapses_create_generator":
            made.code.cpp_file = connected(made.code.cpp_file, BULK and all_pure(variables, drawn=("rand",)))
        return made

    def _is_large(self, number):
        """Whether threads may share loops over so many elements; `number` is known later for synapses."""
        return isinstance(number, ArrayVariable) or number.get_value() >= self.shared_from

    def copy_source_files(self, writer, directory):
        super().copy_source_files(writer, directory)
        for header in HEADERS:
            writer.write(header, in_each_dialect((INCLUDE / header).read_text()))
        writer.write("brianlib/dynamic_array.h", (INCLUDE / "dynamic_array.h").read_text())
        writer.write("arithmetic.h", _ARITHMETIC)
        objects = _OUTPUT.sub(r"zoo::output(results_dir, \1)", shortened((Path(directory) / "objects.cpp").read_text()))
        writer.write("objects.cpp", objects + self.numbers.defined())
        before, end, after = (Path(directory) / "objects.h").read_text().rpartition("#endif")
        assert end, "objects.h has no guard"
        objects = f'#include "arithmetic.h"\n#include "arrays.h"\n{before}{self.numbers.declared()}{end}{after}'
        if any(codeobj.template_name == "spatialstateupdate" for codeobj in self.code_objects.values()):
            # What Brian2 does before a run has no headers of its own.
            objects = f'#include "cable.h"\n{objects}'
        if BULK:
            objects = '#include "random.h"\n' + objects.replace(_GENERATOR, _OURS)
        writer.write("objects.h", objects)
        # Sources added after this point are the user's.
        self.generated_sources = sorted(writer.source_files)

    def generate_makefile(self, writer, compiler, compiler_flags, linker_flags, nb_threads, debug):
        texts = {name: (Path(self.project_dir) / name).read_text() for name in self.generated_sources}
        objects, flags = copied(writer.source_files.difference(texts), Path(self.project_dir))
        writer.write("unity.cpp", ALIGNED + unite(texts))
        words = compiler_flags.split(" ")
        text = MAKEFILE.format(
            compiler_flags=" ".join(
                [*(word for word in words if word[:2] != "-m"), *flags, *(["-g -DDEBUG"] if debug else [])]
            ),
            processor_flags=" ".join(word for word in words if word[:2] == "-m"),
            linker_flags=f"{linker_flags} -g" if debug else linker_flags,
            objects=" ".join(["unity.o", *objects]),
        )
        writer.write("makefile", text)
