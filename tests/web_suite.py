"""Pages in a browser: every model runs there and reacts to its sliders. `make test-web` runs this file.

It needs Emscripten, Chromium, and the packages playwright and axe-playwright-python. `ZOO_WEB=NAME,NAME` chooses models.
"""

import functools
import http.server
import os
import re
import shutil
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from brian2 import second
from playwright.sync_api import sync_playwright

from tests.conftest import ROOT
from zoo.catalogue import registry
from zoo.catalogue.default import with_main
from zoo.catalogue.options import model_of, parameters_of
from zoo.core import packages
from zoo.core.errors import ZooError
from zoo.engine.program import simulate
from zoo.web import folder, ranges
from zoo.web.explore import Explorer

# Rounding differs between the processor and the browser (other vectors, no fused products): chaotic networks lose the times of
# their spikes within some 100 ms, and their counts then differ as those of two seeds do. All others have equal spikes.
CHAOTIC = {
    *(
        "basal_ganglia",
        "brunel_2000",
        "brunel_hakim",
        "brunel_wang_2001",
        "clustered_network",
        "coba",
        "cobahh",
        "compte_2000",
    ),
    *(
        "cuba",
        "izhikevich_network",
        "izhikevich_nuclei",
        "izhikevich_population",
        "mongillo_2008",
        "nicola_clopath_2017",
    ),
    *(
        "polychronization",
        "potjans_diesmann",
        "synfire_chain",
        "vogels_2011",
        "wang_2002",
        "wang_buzsaki_network",
        "hh_grid",
    ),
}
# They learn from images, and come without a trained state.
WITHOUT_A_PAGE = {"lif_mnist_grid", "diehl_cook_2015"}

NAMES = [name for name in packages.entries("models") if name not in WITHOUT_A_PAGE]
if os.environ.get("ZOO_WEB"):
    NAMES = [name for name in NAMES if any(part in name for part in os.environ["ZOO_WEB"].split(","))]


# The site that make site has built; without it the tests of the site are skipped.
SITE = Path(os.environ.get("ZOO_SITE", ROOT / "build/site/html"))
needs_site = pytest.mark.skipif(not (SITE / "index.html").exists(), reason="make site has not been run")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A page whose errors are those of the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert not said


def _parts(name):
    experiment = with_main(registry.experiment(name))
    model = model_of(experiment)
    if model is None:  # an experiment with several models
        experiment = with_main(registry.of_module(name, registry.module("models", name)))
        model = model_of(experiment)
    own = parameters_of(experiment)
    duration = own["duration"].default if "duration" in own else None
    model, _ = ranges.in_browser(model)
    return experiment, model, ranges.duration(model, 1 * second if duration is None else duration)


def _server(folder):
    """A server of the files in `folder`, in a thread."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _address(server):
    return f"http://127.0.0.1:{server.server_address[1]}/"


@pytest.fixture(scope="module")
def site():
    """The address of the site."""
    server = _server(SITE)
    yield _address(server)
    server.shutdown()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """name -> the address of its page, built at the first call."""
    made, servers = {}, []

    def serve(name):
        if name not in made:
            experiment, model, duration = _parts(name)
            out = tmp_path_factory.mktemp(name)
            folder.write(model, duration, experiment.record, out, name=name)
            servers.append(_server(out))
            made[name] = _address(servers[-1])
        return made[name]

    yield serve
    for server in servers:
        server.shutdown()


def _settled(page, runs=1):
    """Wait for the `runs`-th complete run; returns what the page says."""
    page.wait_for_function(
        f"Number(document.body.dataset.runs || 0) >= {runs} || document.querySelector('#status.bad')", timeout=240_000
    )
    return page.inner_text("#status")


# The columns of pixels of a figure that have a colour of data.
DRAWN = """(canvas) => {
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let k = 0; k < data.length; k += 4) {
    const [r, g, b, a] = data.slice(k, k + 4);
    if (a > 100 && Math.max(r, g, b) - Math.min(r, g, b) > 60) found.add((k / 4) % width);
  }
  return found.size;
}"""


@pytest.mark.parametrize("name", NAMES)
def test_a_model_runs_in_the_browser(name, page, served):
    page.goto(served(name))
    said = _settled(page)
    assert "simulated in" in said, said
    figures = page.query_selector_all(".panel:not([hidden]) canvas")
    assert figures and page.query_selector_all("#equations math")
    drawn = [canvas.evaluate(DRAWN) for canvas in figures]
    spikes = page.evaluate("window.zoo.panels.panels.map((panel) => panel.made?.data[0].length ?? null)")
    assert all(columns or not points for columns, points in zip(drawn, spikes, strict=False)), (drawn, spikes)
    if page.evaluate("Boolean(window.zoo.model.grid)"):  # trained, which the model is not: it has a test below
        return
    experiment, model, duration = _parts(name)
    result = simulate(model, duration, experiment.record)
    for k, plot in enumerate(page.evaluate("window.zoo.model.plots")):
        if plot["kind"] != "raster":
            continue
        monitor = plot["monitor"]
        found = page.evaluate(
            f"(() => {{ const {{ made }} = window.zoo.panels.panels[{k}]; return made ? [...made.data[0]] : null; }})()"
        )
        expected = np.asarray(result[f"{monitor}.t"]) * 1e3
        if found is None:  # a single cell, whose traces show its spikes
            continue
        if name in CHAOTIC:
            assert len(found) == pytest.approx(len(expected), rel=0.15)
        else:
            assert np.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_each_slider_starts_a_run(name, page, served):
    page.goto(f"{served(name)}#duration=20")
    _settled(page)
    for slider in page.query_selector_all("#controls input[type=range]"):
        runs = int(page.get_attribute("body", "data-runs") or 0)
        before = page.url
        slider.focus()
        forth, back = ("ArrowRight", "ArrowLeft")[:: -1 if slider.evaluate("(one) => one.value === one.max") else 1]
        page.keyboard.press(forth)
        said = _settled(page, runs + 1)
        assert page.url != before, "the address holds the settings"
        assert said
        page.keyboard.press(back)
        page.wait_for_function("!document.querySelector('#status').textContent.startsWith('Simulating')")


@pytest.mark.parametrize("name", sorted(WITHOUT_A_PAGE))
def test_a_model_without_a_page_says_why(name, tmp_path):
    with pytest.raises(ZooError, match="no trained state of it comes with the zoo"):
        folder.write(registry.model(name)(), 1 * second, None, tmp_path)


@pytest.mark.parametrize("value", ["1e300", "-1e300", "0", "-1"])
def test_absurd_values_get_a_sentence(value, page, served):
    page.goto(f"{served('fitzhugh_nagumo')}#duration=50")
    _settled(page)
    for number in page.query_selector_all("#controls input[type=number]"):
        number.fill(value)
    page.wait_for_timeout(1500)
    said = page.inner_text("#status")
    assert said.endswith(".") and "undefined" not in said
    page.click("#reset")
    page.wait_for_function("!document.querySelector('#status.bad')")


def test_a_link_restores_the_settings(page, served):
    page.goto(f"{served('fitzhugh_nagumo')}#phi=0.2&duration=300&seed=7")
    _settled(page)
    assert page.input_value("#control-phi-number") == "0.2"
    assert page.input_value("#duration") == "300" and page.input_value("#seed") == "7"
    page.click("#reset")
    assert page.input_value("#control-phi-number") == "0.08" and "phi" not in page.url


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (800, "dark"), (1400, "light")])
def test_it_is_accessible_and_fits(width, scheme, page, served):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(served("fitzhugh_nagumo"))
    _settled(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_downloads(page, served):
    page.goto(f"{served('izhikevich_population')}#duration=50")
    _settled(page)
    with page.expect_download() as waiting:
        page.click("text=CSV >> nth=0")
    lines = waiting.value.path().read_text().splitlines()
    assert lines[0] == "time_ms,neuron" and len(lines) > 100
    with page.expect_download() as waiting:
        page.click("text=PNG >> nth=0")
    assert waiting.value.path().read_bytes()[:4] == b"\x89PNG"


def test_explore(page):
    experiment, model, duration = _parts("fitzhugh_nagumo")
    explorer = Explorer(model, duration, experiment.record)
    done = []

    def look():
        try:
            page.goto(explorer.address)
            _settled(page)
            page.fill("#control-phi-number", "0.1")
            done.append(_settled(page, 2))
        finally:
            explorer.close()

    serving = threading.Thread(target=explorer.serve)
    serving.start()
    look()
    serving.join(20)
    assert "simulated in" in done[0]


def test_a_trained_grid_answers_to_digits(page, served):
    """At least eight of the ten examples: this grid is right in 88 of 100 (a false alarm in 30 without the fixed seed)."""
    page.goto(served("hh_mnist_grid"))
    _settled(page)
    answers = []
    for digit in range(10):
        runs = int(page.get_attribute("body", "data-runs"))
        page.click(f".examples button:nth-child({digit + 1})")
        page.wait_for_function(f"Number(document.body.dataset.runs) > {runs}")
        answers.append(page.inner_text(".answer"))
    assert sum(answer == str(digit) for digit, answer in enumerate(answers)) >= 8, answers
    box = page.locator("#pad").bounding_box()
    runs = int(page.get_attribute("body", "data-runs"))
    page.mouse.move(box["x"] + 125, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 210, steps=10)
    page.mouse.up()
    page.wait_for_function(f"Number(document.body.dataset.runs) > {runs}")
    assert page.inner_text(".answer") == "1"
    page.click("text=Clear")
    page.wait_for_function("document.querySelector('.answer').textContent === 'no spikes'")


@needs_site
def test_links_of_the_site_lead_to_files():
    broken = []
    for page in sorted(page for page in SITE.rglob("*.html") if "_static" not in page.parts):  # a template of the theme
        for target in re.findall(r'(?:href|src)="([^"#]+)', page.read_text(errors="replace")):
            path = unquote(urlsplit(target).path)
            if re.match(r"[a-z]+:|//", target) or not path:
                continue
            place = page.parent / path
            if not ((place / "index.html") if place.is_dir() else place).exists():
                broken.append((str(page.relative_to(SITE)), target))
    assert not broken


@needs_site
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "gallery", "models/fitzhugh_nagumo", "tutorials/index", "docs/browser"])
def test_the_site_is_accessible_and_fits(name, scheme, browser, site):
    context = browser.new_context(viewport={"width": 400, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site}{name}.html")
    page.wait_for_timeout(1000)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


@needs_site
def test_the_site_finds_a_model(browser, site):
    page = browser.new_page()
    page.goto(f"{site}search.html?q=FitzHugh")
    page.wait_for_selector("#search-results li a", timeout=30_000)
    links = [link.get_attribute("href") for link in page.query_selector_all("#search-results li a")]
    assert any("models/fitzhugh_nagumo" in link for link in links), links
    page.close()
