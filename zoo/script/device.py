"""The device "zoo" for any Brian2 script: all features of Brian2's C++ standalone device, with the zoo's code generation.

    import zoo
    set_device("zoo")

replaces `set_device("cpp_standalone")`.
"""

import contextlib
import hashlib
import shutil
import sys
from pathlib import Path

from brian2 import NetworkOperation, prefs
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices
from brian2.utils.logger import get_logger

from zoo.build import cache, compiler
from zoo.codegen.arithmetic import ExactCodeObject
from zoo.codegen.device import EXTRA_FLAGS, ZooCodeObject, ZooDevice

logger = get_logger(__name__)

NAME = "zoo"


class ScriptDevice(ZooDevice):
    """Brian2's C++ standalone device for scripts, faster; programs are cached by their sources.

    With Brian2's preference `devices.cpp_standalone.openmp_threads` it writes Brian2's code, as the zoo's has one thread.
    """

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
        return codeobj_class or (ExactCodeObject if _threads() else ZooCodeObject)

    def generated(self, name, **arguments):
        # The methods of the class before the zoo's own: Brian2's templates.
        return super(ZooDevice if _threads() else ScriptDevice, self).generated(name, **arguments)

    def check_openmp_compatible(self, nb_threads):
        if nb_threads:
            logger.info(f"The zoo's code has one thread; with {nb_threads} this is Brian2's code.", "openmp", once=True)
        super().check_openmp_compatible(nb_threads)

    def copy_source_files(self, writer, directory):
        super(ZooDevice if _threads() else ScriptDevice, self).copy_source_files(writer, directory)
        if not _threads():
            # All sources read objects.h; the preference for headers belongs to the script.
            objects = (Path(directory) / "objects.h").read_text()
            writer.write("objects.h", '#include "simd.h"\n' + objects)

    def generate_makefile(self, writer, *arguments, **options):
        super(ZooDevice if _threads() else ScriptDevice, self).generate_makefile(writer, *arguments, **options)

    def compile_source(self, directory, compiler_name, debug, clean):
        project = Path(directory)
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


def _threads():
    return prefs.devices.cpp_standalone.openmp_threads


def register() -> None:
    """Register `set_device("zoo")` in Brian2."""
    if NAME not in all_devices:
        all_devices[NAME] = ScriptDevice()
