"""Sizes and times of the pages of models, in Chromium and natively: python -m benchmarks.browser --pages build/site/kept

PAGES/NAME/live holds the page of a model, as `make site` leaves it. Prints a row for each, and writes the table between the
marks of docs/browser.md with --write. CPU seconds are user and system time of the processes of Chromium, of a run without its
figures; the time to the first figure is wall time, from opening the page. A model is compared with its native program at the
same seed. Needs Chromium and the package playwright.
"""

import argparse
import functools
import http.server
import json
import os
import re
import resource
import shutil
import threading
import time
from pathlib import Path

import numpy as np
from brian2 import second
from playwright.sync_api import sync_playwright

from zoo.catalogue import registry
from zoo.catalogue.default import with_main
from zoo.catalogue.options import model_of
from zoo.engine.program import program
from zoo.web import ranges
from zoo.web.folder import write_page
from zoo.web.grid import Grid

ROOT = Path(__file__).parents[1]
MARKS = re.compile(r"(?<=<!-- sizes and times -->\n).*?(?=<!-- end -->)", re.DOTALL)
HEADER = "| model | simulated (ms) | wasm (kB) | js (kB) | data (kB) | native (CPU s) | browser (CPU s) | first figure (s) | spikes |"
# Runs the model of a page once more, without drawing; the spike times (s) of each raster.
RUN = """async () => {
  const { model, engine } = window.zoo;
  const { arrays } = await engine.run({ fields: {}, values: [], duration: model.duration, seed: model.seed });
  return model.plots.filter(({ kind }) => kind === "raster").map(({ monitor }) => Array.from(arrays[`${monitor}.t`]));
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def _processes(root):
    """The processes that the process `root` has started, and theirs."""
    children = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append((int(folder.name), sum(map(int, fields[11:13]))))
    found, todo = {}, [root]
    while todo:
        for pid, ticks in children.get(todo.pop(), []):
            found[pid] = ticks
            todo.append(pid)
    return found


def _cpu_seconds():
    return sum(_processes(os.getpid()).values()) / os.sysconf("SC_CLK_TCK")


def _natively(name, duration):
    """The spike times (s) of each monitor of spikes, and the CPU seconds of the native program; None for a trained grid."""
    experiment = with_main(registry.experiment(name))
    if model_of(experiment) is None:
        experiment = with_main(registry.of_module(name, registry.module("models", name)))
    model, _ = ranges.in_browser(model_of(experiment))
    if Grid.of(model):
        return None, None
    with program(model, duration * second, experiment.record) as built:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = built.run(seed=0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    monitors = [one for one in built.recorded if f"{one}.t" in built.outputs and f"{one}.i" in built.outputs]
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [np.asarray(result[f"{one}.t"]) for one in monitors], spent


def _compared(found, expected):
    """What the table says of the spikes in a browser beside those of the native program."""
    if expected is None:
        return f"{sum(map(len, found))}"
    count = sum(map(len, expected))
    if not count and not sum(map(len, found)):
        return "none"
    apart = []
    for one, two in zip(found, expected, strict=True):
        n = min(len(one), len(two))
        unequal = np.flatnonzero(~np.isclose(one[:n], two[:n], rtol=0, atol=1e-9))
        if len(unequal):
            apart.append(min(one[unequal[0]], two[unequal[0]]))
        elif len(one) != len(two):
            apart.append([*one, *two][n] if n else 0.0)
    if not apart:
        return f"{count:,}, all equal"
    return f"{sum(map(len, found)):,} and {count:,}; equal until {1e3 * min(apart):.0f} ms"


def measured(browser, address, folder, name):
    """The row of a page, as text."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    start = time.perf_counter()
    page.goto(f"{address}/{name}/live/")
    page.wait_for_function(
        "document.body.dataset.milliseconds || document.querySelector('#status.bad')", timeout=240_000
    )
    first = time.perf_counter() - start
    page.wait_for_function("document.body.dataset.runs || document.querySelector('#status.bad')", timeout=240_000)
    status = page.inner_text("#status")
    if "simulated in" not in status or said:
        page.close()
        return f"| `{name}` | {status} {' '.join(said)} |"
    before = _cpu_seconds()
    found = [np.asarray(times) for times in page.evaluate(RUN)]
    spent = _cpu_seconds() - before
    page.close()
    duration = json.loads((folder / "model.json").read_text())["duration"]
    expected, native = _natively(name, duration)
    sizes = [sum(path.stat().st_size for path in folder.glob(part)) // 1000 for part in ("*.wasm", "*.js", "data.bin")]
    shown = "" if native is None else f"{native:.2f}"
    cells = (
        f"`{name}`",
        f"{1e3 * duration:g}",
        *sizes,
        shown,
        f"{spent:.2f}",
        f"{first:.1f}",
        _compared(found, expected),
    )
    return f"| {' | '.join(map(str, cells))} |"


def main():
    parser = argparse.ArgumentParser(description="Measure the pages of models.")
    parser.add_argument("--pages", type=Path, default=ROOT / "build/site/kept")
    parser.add_argument("--models", nargs="*", help="these models only")
    parser.add_argument("--write", action="store_true", help="write the table to docs/browser.md")
    options = parser.parse_args()
    pages = options.pages.resolve()
    handler = functools.partial(_Quiet, directory=str(pages))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = options.models or sorted(path.parent.parent.name for path in pages.glob("*/live/index.html"))
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in names:
            folder = pages / name / "live"
            write_page(folder, json.loads((folder / "model.json").read_text()), "wasm")
            rows.append(measured(browser, f"http://127.0.0.1:{server.server_address[1]}", folder, name))
            print(rows[-1], flush=True)
        browser.close()
    if options.write:
        path = ROOT / "docs/browser.md"
        table = "\n".join([HEADER, "|---|---|---|---|---|---|---|---|---|", *rows]) + "\n"
        path.write_text(MARKS.sub(lambda _: table, path.read_text()))


if __name__ == "__main__":
    main()
