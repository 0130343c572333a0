"""The device "zoo" for any Brian2 script: all features of Brian2's C++ standalone device, with the zoo's code generation.

    import zoo
    set_device("zoo")

replaces `set_device("cpp_standalone")`.
"""

import contextlib
import hashlib
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from brian2 import NetworkOperation, Quantity, prefs
from brian2.core.variables import VariableView
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from zoo.build import cache, compiler
from zoo.codegen.device import EXTRA_FLAGS, ZooCodeObject, ZooDevice
from zoo.core.errors import ZooError
from zoo.device import main_lines

NAME = "zoo"
#: Bytes that are left on a disk that counts as full.
FULL = 2**16

# Brian2's function that sets a variable from an argument of the program, and the same for a constant.
_BY_NAME = "void set_variable_by_name(std::string name, std::string s_value) {"
_CONSTANT_BY_NAME = """
    const int constants = set_constants(name, s_value);
    if (constants < 0) {
        std::cerr << "'" << s_value << "' is no value of " << name << "." << std::endl;
        exit(1);
    }
    if (constants) return;"""
_CONSTANTS_OF_THE_RUN = """\
for (const std::string &arg : args)
    brian::set_constants(arg.substr(0, arg.find('=')), arg.substr(arg.find('=') + 1));"""


class _Constant(VariableView):
    """The name of a constant as a key of `run_args`, whose keys Brian2 expects to be variables."""

    def __init__(self, name):
        self.group_name, self.name = None, name


class ScriptDevice(ZooDevice):
    """Brian2's C++ standalone device for scripts, faster; programs are cached by their sources.

    With Brian2's preference `devices.cpp_standalone.openmp_threads` the program has so many threads, which do not need OpenMP.
    """

    #: Of its programs, where the environment does not decide.
    _threads = 1

    # Brian2 (for the GNU Scientific Library) and scripts check whether `device.__class__` is this one.
    __class__ = property(lambda self: CPPStandaloneDevice)

    def __reduce__(self):  # pickle reads it too
        return ScriptDevice, (), self.__dict__

    def activate(self, build_on_run=True, **options):
        flags = prefs.codegen.cpp.extra_compile_args_gcc
        prefs.codegen.cpp.extra_compile_args_gcc = [*flags, *(flag for flag in EXTRA_FLAGS if flag not in flags)]
        super().activate(build_on_run=build_on_run, **options)

    def network_run(self, net, *arguments, level=0, **options):
        for item in net.objects:
            if isinstance(item, NetworkOperation):
                raise NotImplementedError(
                    f"The network operation {item.name} is Python code, which a standalone program cannot run; write it as "
                    "equations or run_regularly, or use the runtime device."
                )
        super().network_run(net, *arguments, level=level + 1, **options)

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or ZooCodeObject

    def copy_source_files(self, writer, directory):
        super().copy_source_files(writer, directory)
        # All sources read objects.h; the preference for headers belongs to the script.
        objects = (Path(directory) / "objects.h").read_text()
        writer.write("objects.h", '#include "simd.h"\n#include "threads.h"\n' + objects)
        if self.numbers.known:
            objects = (Path(directory) / "objects.cpp").read_text()
            assert objects.count(_BY_NAME) == 1
            writer.write("objects.cpp", objects.replace(_BY_NAME, _BY_NAME + _CONSTANT_BY_NAME))

    def build(self, *arguments, **options):
        if not self.has_been_run:
            main_lines.complete_script(self)
        threads = prefs.devices.cpp_standalone.openmp_threads
        self._threads = max(threads, 1)
        try:
            prefs.devices.cpp_standalone.openmp_threads = min(threads, 0)  # Brian2 refuses a negative number
            super().build(*arguments, **options)
        finally:
            prefs.devices.cpp_standalone.openmp_threads = threads

    def generate_main_source(self, writer):
        lines = self.code_lines["after_start"]
        self.code_lines["after_start"] = [f"zoo::threads() = zoo::threads_of_environment({self._threads});", *lines]
        if self.numbers.known:  # before all that reads them
            self.code_lines["after_start"].insert(0, _CONSTANTS_OF_THE_RUN)
        super().generate_main_source(writer)
        self.code_lines["after_start"] = lines

    def run(self, directory=None, results_directory=None, with_output=True, run_args=None):
        if isinstance(run_args, Mapping):
            run_args = {_Constant(key) if isinstance(key, str) else key: value for key, value in run_args.items()}
        try:
            super().run(directory, results_directory, with_output, run_args)
        except (RuntimeError, ValueError) as error:  # its last file, which Brian2 reads, is empty
            folder = Path(directory or self.project_dir)
            if folder.is_dir() and shutil.disk_usage(folder).free < FULL:
                raise ZooError(f"the results of the simulation are incomplete: {folder.absolute()} is full.") from error
            raise

    def _prepare_variableview_run_arg(self, key, value):
        if not isinstance(key, _Constant):
            return super()._prepare_variableview_run_arg(key, value)
        known = self.numbers.named()
        if key.name not in known:
            raise ValueError(
                f"run_args: {key.name!r} is no constant that this program reads, or it has several values; it reads "
                f"{', '.join(sorted(name for name in known if '.' not in name)) or 'none'}."
            )
        number = known[key.name]
        fail_for_dimension_mismatch(Quantity(number.number, dim=number.dim), value, f"run_args: {key.name}")
        if number.function == "zoo_integer" and int(value) != value:
            raise ValueError(f"run_args: {key.name} is an integer, and not {value}.")
        return key.name, repr(np.asarray(value).item()), None, None

    def compile_source(self, directory, compiler_name, debug, clean):
        project = Path(directory)
        if lacking := compiler.missing():
            tool, package = lacking
            raise ZooError(f"the simulation is compiled, and {tool} is not installed; install {package}.")
        if clean or not self._is_known_whole():
            super().compile_source(directory, compiler_name, debug, clean)
            return

        def build(folder):
            CPPStandaloneDevice.compile_source(self, directory, compiler_name, debug, clean)
            shutil.copy2(project / "main", folder / "main")

        found = cache.program(self._key(project), Path(sys.argv[0]).name, build)
        with contextlib.suppress(OSError):
            (project / "main").unlink()  # a running program is not overwritten
        shutil.copy2(found, project / "main")

    def _is_known_whole(self):
        """Whether Brian2 and the zoo have written all sources: a user's headers are in other folders."""
        foreign = ("headers", "sources", "include_dirs", "libraries", "library_dirs")
        return (
            self.generated_sources is not None
            and not any(codeobj.compiler_kwds.get(key) for codeobj in self.code_objects.values() for key in foreign)
            and not self.writer.source_files.difference(self.generated_sources, ["unity.cpp"])
        )

    def _key(self, project):
        digest = hashlib.sha256()
        texts = [
            (name, (project / name).read_text())
            for name in sorted([*self.writer.source_files, *self.writer.header_files])
        ]
        makefile = (project / "makefile").read_text()
        for name, text in [*texts, ("makefile", makefile), *(("compiler", text) for text in compiler.identity())]:
            digest.update(f"{name} {len(text)}\n{text}\n".encode())
        return digest.hexdigest()[:32]

    def delete(self, code=True, data=True, run_args=True, directory=True, force=False):
        if code and self.project_dir is not None and self.generated_sources is not None:
            # Brian2 expects an object file for every source.
            project = Path(self.project_dir)
            for name in [*self.writer.source_files]:
                if not (project / name).with_suffix(".o").exists():
                    with contextlib.suppress(OSError):
                        (project / name).unlink()
                    self.writer.source_files.remove(name)
            (project / "make.deps").touch()
        super().delete(code=code, data=data, run_args=run_args, directory=directory, force=force)


def register() -> None:
    """Register `set_device("zoo")` in Brian2."""
    if NAME not in all_devices:
        all_devices[NAME] = ScriptDevice()
