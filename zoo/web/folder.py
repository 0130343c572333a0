"""`zoo build NAME --backend wasm`: a folder that any static host serves, with a page on which the model runs."""

import html
import json
import shutil
from pathlib import Path

from zoo.core import scratch
from zoo.core.errors import ZooError
from zoo.device import values
from zoo.engine import export
from zoo.engine.program import program
from zoo.web import description, emscripten, ranges
from zoo.web.grid import Grid

#: The files of every page.
PAGE = Path(__file__).parent / "page"


def write(model, duration, record, folder: Path, *, name: str = "", seed: int = 0) -> None:
    """Write the page of `model` into `folder`: index.html, its scripts, the program and its data.

    A grid that learns images comes trained, with the grid of the zoo, and shows one image; a large network has the size that
    its table `explore` names. `record(network)` returns the monitors, and `name` begins the names of downloads. Raises ZooError
    without Emscripten, for a folder with files, and for what the C++ program refuses.
    """
    emscripten.check()
    if any(folder.iterdir()):
        raise ZooError(f"{folder} is not empty; a page is written into a new folder.")
    model, note = ranges.in_browser(model)
    grid = Grid.of(model)
    if not grid and hasattr(model, "at_test"):
        raise ZooError(
            f"{type(model).__name__} learns from images, and no trained state of it comes with the zoo: a page would have nothing "
            "to show. hh_mnist_grid has one; zoo run trains the others."
        )
    if grid:
        model, duration, record = grid.model, grid.duration, grid.record
    with scratch.folder() as work, program(model, duration, record, backend="cpp", compiled=False) as built:
        found = description.describe(built, name or type(model).__name__, seed, note=note)
        emscripten.compile_page(Path(built.project), folder, type(model).__name__)
        found["grid"] = grid.describe(built, work) if grid else None
        if grid:  # the pad shows the weights and the votes
            found["plots"] = [plot for plot in found["plots"] if plot["kind"] == "raster"]
        limits = export.limits(built, [control["name"] for control in found["controls"]])
        (work / "limits.txt").write_text("".join(f"{line}\n" for line in limits))
        values.write_parameters(work, built.defaults, seed, duration)
        found["parameters"] = (work / "parameters.txt").read_text()
        found["files"] = _write_data(folder / "data.bin", Path(built.project), work)
    write_page(folder, found, "wasm")


def write_page(folder: Path, found: dict, engine: str) -> None:
    """Write the scripts of the page and the description `found`; `engine` is "wasm" or "native"."""
    for path in PAGE.iterdir():
        if path.name != "index.html" and (engine == "wasm" or path.name != "worker.js"):
            shutil.copy(path, folder / path.name)
    text = (PAGE / "index.html").read_text()
    (folder / "index.html").write_text(text.replace("{title}", html.escape(found["title"])).replace("{engine}", engine))
    found.setdefault("grid", None)
    (folder / "model.json").write_text(json.dumps(found, allow_nan=False) + "\n")
    rates = (found["phase"] or {"derivatives": []})["derivatives"]
    functions = ",\n".join(f"  (x, y, p) => {rate}" for rate in rates)
    (folder / "phase.js").write_text(f"window.zooDerivatives = [\n{functions}\n];\n")


def _write_data(path, project, work):
    """Write the static arrays, the values of fields and their limits to one file; returns where each is."""
    found, offset = [], 0
    sources = [(project, one) for one in sorted(project.glob("static_arrays/*"))]
    sources += [(work, one) for one in [*sorted(work.glob("values/*")), work / "limits.txt"]]
    with open(path, "wb") as file:
        for root, source in sources:
            content = source.read_bytes()
            found.append({"path": str(source.relative_to(root)), "offset": offset, "size": len(content)})
            offset += file.write(content)
    return found
