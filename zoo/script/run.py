"""A plain Brian2 script on the fast device: `zoo run script.py`, and `--compare` with Brian2's device; `zoo build`, `zoo show`."""

import ast
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from zoo.core.errors import ZooError
from zoo.core.files import shown
from zoo.script.child import CANNOT

#: The seed of both runs of a comparison: a script may set another one.
SEED = 0


def is_script(path: Path) -> bool:
    """Whether a Python file is a plain script: it imports no names of the zoo, and defines no `main` with options.

    Raises ZooError when the file is missing or not Python.
    """
    if not path.is_file():
        raise ZooError(f"no file {path}.")
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise ZooError(f"{path.name}, line {getattr(error, 'lineno', None) or 1}, cannot be read: {error}.") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "zoo":
            return False
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "zoo":
            return False
    runs_itself = any(isinstance(node, ast.If) and "__name__" in ast.unparse(node.test) for node in tree.body)
    has_main = any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)
    return runs_itself or not has_main


def named(name: str) -> Path | None:
    """The path of the plain script that a name on the command line stands for, or None."""
    return Path(name) if name.endswith(".py") and is_script(Path(name)) else None


def folder_first(arguments: list) -> tuple:
    """The folder of --out, if it comes first in the arguments, or None; and the other arguments, which are the script's."""
    if arguments[:1] != ["--out"]:
        return None, arguments
    if len(arguments) < 2:
        raise ZooError("--out needs a folder after it.")
    return Path(arguments[1]), arguments[2:]


def run(path: Path, arguments: list, out: Path) -> int:
    """Run a script on the zoo's device, or on Brian2's runtime device if only this can; returns its exit code."""
    code, record = _child("zoo", None, out, path, arguments)
    if code == CANNOT:
        print(
            f"zoo: {path.name} needs Brian2's runtime device: {record['reason']}. It starts again there.",
            file=sys.stderr,
        )
        code, record = _child("runtime", None, out, path, arguments)
    if record is not None:
        print(f"zoo: {path.name} ran on {_named(record)}; its figures and arrays are in {shown(out)}.", file=sys.stderr)
    return code


def compare(path: Path, arguments: list) -> int:
    """Run a script on the zoo's device and on Brian2's C++ device, and print times and the largest differences."""
    records, arrays = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for mode in ("zoo", "stock"):
            out = Path(folder) / mode
            out.mkdir()
            code, records[mode] = _child(mode, SEED, out, path, arguments)
            if code == CANNOT:
                raise ZooError(
                    f"{path.name} needs Brian2's runtime device: {records[mode]['reason']}; nothing to compare."
                )
            if code:
                return code
            arrays[mode] = _arrays(out)
    print(f"zoo: programs {_sum(records['zoo'])}, Brian2's {_sum(records['stock'])}")
    print(*_differences(arrays["zoo"], arrays["stock"]), sep="\n")
    return 0


def build(path: Path, arguments: list, out: Path) -> str:
    """Write the C++ project of the first program of a script to the folder `out`, which must be empty.

    Returns the place in the script where it is complete, such as "line 12", or "" for its end.
    """
    if any(out.iterdir()):
        raise ZooError(f"{shown(out)} is not empty; zoo build writes into a new folder.")
    with tempfile.TemporaryDirectory() as folder:
        place = _up_to_program("build", Path(folder), path, arguments)
        project = Path(folder) / "project"
        if not project.is_dir():
            raise ZooError(f"{path.name} runs no network, so there is nothing to build.")
        for part in project.iterdir():
            shutil.move(part, out / part.name)
    return place


def equations(path: Path, arguments: list) -> list:
    """The lines about a script: its docstring, and what the networks of its first program compute."""
    with tempfile.TemporaryDirectory() as folder:
        place = _up_to_program("show", Path(folder), path, arguments)
        lines = (Path(folder) / "equations.txt").read_text().splitlines()
    about = (ast.get_docstring(ast.parse(path.read_bytes())) or path.name).splitlines()
    if place:
        lines += ["", f"This is the script up to {place}, where its first program is complete."]
    return [*about, "", *(lines or ["It runs no network."])]


def _up_to_program(mode, folder, path, arguments):
    """Run a script until its first program is complete; returns the place."""
    code, record = _child(mode, None, folder, path, arguments)
    if code == CANNOT:
        raise ZooError(f"{path.name} has no C++ program, because it needs Brian2's runtime device: {record['reason']}.")
    if code or record is None:
        raise ZooError(f"{path.name} ended with exit code {code} before its first program was complete.")
    return record.get("place", "").removeprefix(f"{path.name}, ")


def _child(mode, seed, out, path, arguments):
    """Run a script in a separate process; returns its exit code, and the record of the run or None."""
    (out / "script.json").unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "zoo.script.child",
        mode,
        "" if seed is None else str(seed),
        str(out.resolve()),
        str(path),
    ]
    # A comparison prints the output of the script once.
    silent = mode in ("stock", "show")
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.DEVNULL if silent else None)
    stopped = False
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:  # the script gets it too: a simulation ends with the results that it has
            stopped = True
    if stopped and (code or seed is not None):
        raise KeyboardInterrupt
    try:
        return code, json.loads((out / "script.json").read_text())
    except (OSError, ValueError):
        return code, None


def _named(record):
    names = {"zoo": "the zoo's C++ device", "RuntimeDevice": "Brian2's runtime device"}
    return names.get(record["device"], record["device"]) + (f" (program {_sum(record)})" if record["seconds"] else "")


def _sum(record):
    return f"{sum(record['seconds']):.3g} s"


def _arrays(out):
    import numpy as np

    with np.load(out / "arrays.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _differences(ours, theirs):
    """A line for each recorded array: equal, or the difference, and the time from which spikes differ."""
    import numpy as np

    lines = []
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            lines.append(f"{name}: recorded by one of them only")
        elif one.shape != other.shape:
            lines.append(f"{name}: {one.shape} against {other.shape} values")
        elif np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
            lines.append(f"{name}: equal, {one.size} values")
        else:
            lines.append(f"{name}: largest difference {np.nanmax(np.abs(one - other)):.3g}, {one.size} values")
    return lines or ["the script has no monitors whose values could be compared"]
