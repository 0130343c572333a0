"""A standalone C++ or CUDA project for other machines: sources, data, default parameters, and a README."""

import json
import shutil
from pathlib import Path

import numpy as np

from zoo.core import quantities, scratch
from zoo.core.errors import ZooError
from zoo.core.limits import Limit
from zoo.device import backends, values
from zoo.engine.changes import fields_as_constants
from zoo.engine.program import program
from zoo.model import annotations

README = """\
# {model}

A simulation in {language}, written by Brian2 and the Brian2 model zoo. It needs {tools}, no Python.

    make && ./main

simulates {duration} s and writes its results to `results/`.
{hint}
## Parameters

`parameters.txt` holds the defaults; the command line takes precedence. Numbers are in SI units (volt, second, siemens):

    ./main seed=3 duration=2 {example}
{threads}
One number sets all elements of a variable. A file sets each of them: `name=values/file` holds the values as raw numbers
of the given type. For synapses `name=@values/file` is a matrix: a row for each source neuron, with one value for each
target neuron. A file name must not begin with a digit, a sign or a dot. A name without a dot is a constant that equations
read, one number. `limits.txt` has the limits of numbers that the model declares.

{parameters}

## Results

Raw arrays in the byte order of this machine. `results/last_run_info.txt` has the run time in seconds and the simulated
fraction of the duration (below 1 after Ctrl-C).

{results}
"""

_CUDA_HINT = """
{compiled}It is for the GPU architecture {arch}; for another one: `make clean && make ARCH=sm_80`. With CUDA in another folder:
`make NVCC=/usr/local/cuda/bin/nvcc`. It runs on the first visible GPU; `CUDA_VISIBLE_DEVICES=1 ./main` selects the second.
If the library cuRAND is not on the linker's path: `make LIBRARIES="-Xlinker /path/to/libcurand.so.10"`, headers with
`CURAND="-isystem /path/to/include"`. A program that does not find the library needs its folder in LD_LIBRARY_PATH.
"""


_THREADS = """
`threads=2` lets two threads share the work, with the same results.
"""


def export(model, duration, record, folder, *, backend="cpp", seed=0, arch=None, threads=1) -> bool:
    """Write the project of `model` into `folder`, which must be empty; raises ZooError otherwise.

    `threads` is the default number of threads of a program of the backend cpp. With nvcc a CUDA project is also compiled, for the GPU architecture `arch` or that of this machine. Returns whether
    the program `main` exists.
    """
    folder = Path(folder)
    if not backends.is_standalone(backend):
        raise ZooError(f"zoo build writes C++; the backend {backend!r} has none, use --backend cpp.")
    if any(folder.iterdir()):
        raise ZooError(f"{folder} is not empty; zoo build writes into a new folder.")
    backends.check(backend, compiled=False, arch=arch)
    compiled = backends.comes_compiled(backend)
    with (
        scratch.folder() as work,
        program(model, duration, record, backend=backend, compiled=compiled, arch=arch, threads=threads) as built,
    ):
        new = work / "project"
        shutil.copytree(built.project, new, ignore=shutil.ignore_patterns("*.o", "results"))
        if compiled:
            shutil.copy(built.binary(), new / "main")
        (new / "results").mkdir(exist_ok=True)
        constants = fields_as_constants(model) if built.constants else {}
        defaults = {**built.defaults, **{name: np.array([one.number]) for name, one in constants.items()}}
        values.write_parameters(new, defaults, seed, duration, threads)
        (new / "limits.txt").write_text("".join(f"{line}\n" for line in limits(built, constants)))
        (new / "README.md").write_text(_readme(built, compiled, constants))
        (new / "results.json").write_text(json.dumps(_results(built), indent=1) + "\n")
        for path in new.iterdir():
            shutil.move(path, folder / path.name)
    return compiled


def limits(built, constants):
    """Lines "name > number" of the values that the model refuses, a time constant that is not above 0 among them.

    `constants` has the fields that the program reads as constants.
    """
    for field in annotations(type(built.model)):
        limit = built.model._limits.get(field)
        bounds = [*limit.bounds] if isinstance(limit, Limit) else []
        if field in built.time_constants and (">", 0.0) not in bounds:
            bounds.append((">", 0.0))
        names = [f"{group}.{field}" for group in built.declared.get(field, ())] + [field] * (field in constants)
        for name in names:
            yield from (f"{name} {comparison} {number!r}" for comparison, number in bounds)


def _readme(built, compiled, constants):
    rows = []
    for name, slot in sorted(built.slots.items()):
        size = (
            "one per synapse" if slot.shape is None else "one" if slot.shape == () else " x ".join(map(str, slot.shape))
        )
        default = built.defaults.get(name)
        shown = "" if default is None else f"{default.item():.15g}" if default.size == 1 else f"values/{name}"
        rows.append((f"`{name}`", _unit(slot.dimensions), size, slot.dtype.name, shown))
    rows += [
        (f"`{name}`", _unit(one.dim), "one", np.dtype(one.dtype).name, f"{one.number:.15g}")
        for name, one in sorted(constants.items())
    ]
    results = [
        (f"`results/{row['file']}`", f"`{name}`", row["unit"], row["type"], " x ".join(map(str, row["shape"])))
        for name, row in _results(built).items()
    ]
    example = next((f"{name}={value.item():.6g}" for name, value in built.defaults.items() if value.size == 1), "")
    arch = backends.gpu_of(built.backend, built.arch)
    return README.format(
        model=type(built.model).__name__,
        language="CUDA" if arch else "C++",
        tools=(
            "a GPU with NVIDIA's driver and, to be compiled, CUDA 12 or 13 with cuRAND, a C++ compiler and make"
            if arch
            else "a C++ compiler and make"
        ),
        hint=_CUDA_HINT.format(arch=arch, compiled="`./main` is compiled already. " if compiled else "")
        if arch
        else "",
        duration=f"{float(built.duration):g}",
        example=example,
        threads=_THREADS if backends.has_threads(built.backend) else "",
        parameters=_table(("name", "unit", "elements", "type", "default"), rows),
        results=_table(("file", "name", "unit", "type", "shape"), results),
    )


def _results(built):
    return {
        name: {
            "file": file,
            "type": output.dtype.name,
            "unit": _unit(output.dimensions),
            "shape": [1] if output.shared else ["n"] if output.columns is None else ["time", output.columns],
        }
        for name, (output, file) in built.outputs.items()
    }


def _unit(dimensions):
    return quantities.si_text(dimensions)


def _table(heads, rows):
    lines = [" | ".join(heads), " | ".join("---" for _ in heads), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)
