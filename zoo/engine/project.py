"""The folder of a standalone program: its sources, written and compiled, also for a machine without a compiler."""

import contextlib
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from zoo.build import cache, compiler
from zoo.codegen.device import INCLUDE
from zoo.core import progress, scratch, system
from zoo.core.errors import ZooError

# The files of a project that are not sources: the data of a run.
_DATA = ("static_arrays", "results")


def write_project(device, folder: Path) -> None:
    """Write the sources of the complete network that `device` has recorded to `folder`."""
    device.build(directory=str(folder), compile=False, run=False, with_output=False)
    for header in ("zoo.h", "finite.h", "exact.h"):
        shutil.copy(INCLUDE / header, folder)


def files_elsewhere(device, folder: Path) -> list:
    """The header files of the user's C++ functions outside the project `folder`."""
    keywords = [code_object.compiler_kwds for code_object in device.code_objects.values()]
    if not any(words.get(name) for words in keywords for name in ("sources", "headers", "include_dirs")):
        return []  # the search takes a third of a second
    folders = [path for words in keywords for path in words.get("include_dirs", [])]
    if hasattr(device, "arch"):
        # g++ does not read CUDA: the named files, and everything in the folders of the headers.
        named = [path for words in keywords for path in words.get("sources", [])]
        beside = [path for folder in folders for path in sorted(Path(folder).glob("*.[hc]*"))]
        return [path for path in dict.fromkeys(map(Path, (*named, *beside))) if path.is_file()]
    return compiler.files_elsewhere(folder, folders)


def compile_project(project: Path, name: str, key: str, variables=()) -> None:
    """Compile the program `main` in the folder `project`; raises ZooError, with the compiler's log, when this fails."""
    log = project.parent / "compiler.log"
    with progress.Line(f"compiling {name}") as line, open(log, "w") as file:
        # A separate process group, so that the compilers that make starts can be stopped too.
        process = subprocess.Popen(
            ["make", f"-j{os.cpu_count()}", "main", *variables], cwd=project, env=compiler.environment(),
            stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
        try:
            while process.poll() is None:
                line.show(0)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
        finally:
            if process.poll() is None:
                system.kill_group(process.pid)
                process.wait()
    if process.returncode:
        kept = cache.log_file(key)
        shutil.copy(log, kept)
        raise ZooError(f"the compiler refuses the code of {name}; its messages are in {kept}.")


def sources(project: Path) -> dict:
    """The sources in the folder `project`: path -> content, one character for each byte."""
    paths = [path for path in sorted(project.rglob("*")) if path.is_file()]
    names = {str(path.relative_to(project)): path for path in paths}
    return {
        name: path.read_bytes().decode("latin-1") for name, path in names.items() if Path(name).parts[0] not in _DATA
    }


def from_sources(request: dict) -> dict:
    """The program that a machine without a compiler requests (see `compiler.Needed`), as arguments for `cache.receive`."""
    key, name = request["key"], request["model"]
    with scratch.folder() as folder:
        project = (folder / "project").resolve()
        for path, content in request["sources"].items():
            target = (project / path).resolve()
            if not target.is_relative_to(project):
                raise ZooError(f"a worker sent sources of {name} with the file {path!r}, outside their folder.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode("latin-1"))
        if cache.key_of(project, also=request["also"]) != key:
            raise ZooError(
                f"the sources of {name} that a worker sent do not match its key; does it have the same version of the zoo?"
            )

        def build(staging):
            compile_project(project, name, key)
            shutil.copy(project / "main", staging / "main")

        content = cache.program(key, name, build).read_bytes()
    return {"key": key, "model": name, "content": content, "sha256": hashlib.sha256(content).hexdigest()}
