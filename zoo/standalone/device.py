"""A Brian2 C++ standalone device that compiles one translation unit and vectorises exponentials."""

import shutil
from pathlib import Path

from brian2.codegen.targets import codegen_targets
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from zoo.standalone.unity import unite

HERE = Path(__file__).parent

# gcc gives up on vectorising a loop with more than ten run-time checks for overlapping arrays; state updates have more.
EXTRA_FLAGS = ["--param=vect-max-version-for-alias-checks=1000"]

MAKEFILE = """\
# make && ./main
CXX ?= g++
FLAGS = -Wno-write-strings {compiler_flags} -I.

main: {objects}
	$(CXX) {objects} -o main {linker_flags}

%.o: %.cpp
	$(CXX) -c $(FLAGS) $< -o $@

%.o: %.c
	$(CC) -c $(FLAGS) $< -o $@

.PHONY: clean
clean:
	rm -f main {objects}
"""


class ZooCodeObject(CPPStandaloneCodeObject):
    """Brian2's code object, a class of its own so that functions can have implementations for it."""

    class_name = "brian2-zoo"


codegen_targets.add(ZooCodeObject)
DEFAULT_FUNCTIONS["exprel"].implementations.add_implementation(
    ZooCodeObject,
    code="static inline double _exprel(double x) { return zoo::exprel(x); }",
    name="_exprel",
)


class ZooDevice(CPPStandaloneDevice):
    """Brian2's C++ standalone device with a build of one translation unit."""

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or ZooCodeObject

    def copy_source_files(self, writer, directory):
        super().copy_source_files(writer, directory)
        shutil.copy(HERE / "simd.h", directory)
        # What is added to the sources behind this point comes from the user.
        self.generated_sources = sorted(writer.source_files)

    def generate_makefile(self, writer, compiler, compiler_flags, linker_flags, nb_threads, debug):
        texts = {name: (Path(self.project_dir) / name).read_text() for name in self.generated_sources}
        others = sorted(writer.source_files.difference(texts))
        writer.write("unity.cpp", unite(texts))
        objects = ["unity.o"]
        for number, name in enumerate(others):
            # A copy, as the project is to be taken away; its neighbours are found where it came from.
            source = Path(name).absolute()
            copied = Path("user") / f"{number}{source.suffix}"
            (Path(self.project_dir) / "user").mkdir(exist_ok=True)
            shutil.copy(source, Path(self.project_dir) / copied)
            compiler_flags += f' -I"{source.parent}"'
            objects.append(str(copied.with_suffix(".o")))
        writer.write(
            "makefile",
            MAKEFILE.format(compiler_flags=compiler_flags, linker_flags=linker_flags, objects=" ".join(objects)),
        )
