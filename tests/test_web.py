"""Pages: equations in MathML, ranges of sliders, the phase plane, and the server of zoo explore. `make test-web` has a browser."""

import contextlib
import json
import re
import shutil
import threading
import time
import urllib.error
import urllib.request
import xml.dom.minidom

import numpy as np
import pytest
from brian2 import ms, mV, second, volt

from tests.conftest import BACKENDS, ROOT
from tests.toys import Cells, voltages
from zoo import ZooError, simulate
from zoo.catalogue import cards, registry
from zoo.catalogue.default import record_overview
from zoo.command.main import command
from zoo.core import packages
from zoo.engine import changes
from zoo.engine.program import program
from zoo.model import Model, annotations, replace
from zoo.models.adaptive_exponential import AdaptiveExponential
from zoo.models.fitzhugh_nagumo import FitzHughNagumo
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.web import description, emscripten, folder, mathml, ranges
from zoo.web.explore import Explorer

needs_cpp = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")


def _text(math):
    """The text of a MathML element, which must be well-formed."""
    xml.dom.minidom.parseString(math)
    return re.sub(r"<[^>]+>", "", math)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("dv/dt = -v/tau_m", "dvdt=−vτm"),
        ("x = a*(b - c)*2", "x=a⋅(b−c)⋅2"),
        ("x = a - (b - c)", "x=a−(b−c)"),
        ("x = (a - b) - c", "x=a−b−c"),
        ("x = -(a + b)*c", "x=−(a+b)⋅c"),
        ("x = (-a)**2 + a**-2", "x=(−a)2+a−2"),
        ("x = (a/b)**2", "x=(ab)2"),
        ("g_post += w", "gpost←gpost+w"),
        ("w *= 1 - p", "w←w⋅(1−p)"),
        ("v > -50*mV and not refractory", "v>−50mVandnotrefractory".replace(">", "&gt;")),
        ("y = int(t > onset)*exp(-t/tau)", "y=[t&gt;onset]⋅e−t/τ"),
        ("y = exp((a - b)/c)", "y=e(a−b)/c"),
        ("y = 2.5e-7*sqrt(abs(x))", "y=2.5⋅10-7⋅|x|"),
        ("v = c; u += d", "v=cu←u+d"),
    ],
)
def test_formulas_keep_the_order_and_the_brackets_that_they_need(written, shown):
    assert _text(mathml.math(written)) == shown


@pytest.mark.slow
def test_every_formula_of_a_large_model_is_typeset():
    parts = cards.inspect_model(HHMnistGrid()).parts
    lines = [line for title, text in parts for line in mathml.lines(text) if not title.endswith("method")]
    assert len(lines) > 60
    assert not [line["text"] for line in lines if not line["math"] or not _text(line["math"])]
    assert {"(a)", "(15)", "(12)"} <= {line["note"] for line in lines}
    assert not any(re.match(r"\w+ *:", line["text"]) for line in lines), "declarations are controls, not equations"


def _described(model, record=None, **options):
    with program(model, 20 * ms, record, compiled=False) as built:
        return description.describe(built, "toy", 3, **options)


@needs_cpp
def test_controls_are_the_numbers_that_a_program_reads():
    found = _described(Cells(n=4, tau=5 * ms), voltages)
    controls = {control["name"]: control for control in found["controls"]}
    assert controls["tau"]["unit"] == "ms" and controls["tau"]["value"] == 5 and controls["tau"]["scale"] == 1e-3
    assert (controls["tau"]["low"], controls["tau"]["high"], controls["tau"]["logarithmic"]) == (0.5, 50, True)
    assert "n" not in controls and "n" in {row["name"] for row in found["fixed"]}
    everything = _described(Cells(n=4, tau=5 * ms), voltages, everything=True)
    n = next(control for control in everything["controls"] if control["name"] == "n")
    assert n["integer"] and n["change"] == "built again" and not n["targets"]
    assert found["seed"] == 3 and found["duration"] == 0.02 and json.dumps(found)
    assert [plot["kind"] for plot in found["plots"]] == ["trace", "histogram", "histogram"], "and the state"


@needs_cpp
def test_ranges_that_the_model_gives():
    class Ranged(Cells):
        explore = {"tau": (1 * ms, 40 * ms)}  # noqa: RUF012

    class Unknown(Cells):
        explore = {"taus": (1 * ms, 40 * ms)}  # noqa: RUF012

    class Reversed(Cells):
        explore = {"tau": (40 * ms, 1 * ms)}  # noqa: RUF012

    tau = next(control for control in _described(Ranged(), voltages)["controls"] if control["name"] == "tau")
    assert (tau["low"], tau["high"], tau["logarithmic"]) == (1, 40, False)
    with pytest.raises(ZooError, match=r"unknown field in explore of Unknown 'taus'; did you mean tau\?"):
        _described(Unknown(), voltages)
    with pytest.raises(ZooError, match="the smaller one first"):
        _described(Reversed(), voltages)


def test_the_table_of_every_model_can_be_read():
    """Also ranges of whole numbers; and what a browser changes is shown in one unit."""
    notes = {}
    for name in packages.entries("models"):
        module = registry.module("models", name)
        classes = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
        for one in classes:
            if issubclass(one, Model):
                assert set(ranges.table(one())) <= {"duration", *annotations(one)}
                notes[name] = ranges.in_browser(one())[1]
    assert "n_e = 1000 instead of 4000" in notes["clustered_network"]
    assert "w_e = 1.5 nS instead of 0.3 nS" in notes["vogels_2011"]


@pytest.mark.slow
@needs_cpp
def test_sliders_that_the_table_leaves_out_and_a_smaller_network():
    class Table(Cells):
        explore = {"tau": None, "n": 2, "duration": 5 * ms}  # noqa: RUF012

    model, note = ranges.in_browser(Table())
    assert model.n == 2 and note.endswith(f": n = 2 instead of {Table.n}.")
    chosen, nothing = ranges.in_browser(Table(n=7))
    assert chosen.n == 7 and nothing == ""
    assert ranges.duration(model, 1 * ms) == 5 * ms and ranges.duration(Cells(), 1 * ms) == 1 * ms
    assert "tau" not in {control["name"] for control in _described(model, voltages)["controls"]}
    assert "tau" in {control["name"] for control in _described(model, voltages, everything=True)["controls"]}


@pytest.mark.slow
@needs_cpp
def test_potentials_have_as_much_room_on_both_sides():
    found = {control["name"]: control for control in _described(AdaptiveExponential(), record_overview)["controls"]}
    assert (found["E_L"]["low"], found["E_L"]["high"], found["E_L"]["logarithmic"]) == (-110, -30, False)
    assert found["onset"]["unit"] == "ms" and (found["onset"]["low"], found["onset"]["high"]) == (0, 500)


@needs_cpp
def test_a_field_that_python_reads_as_well_is_no_data_of_a_page():
    class Derived(Cells):
        def initialise(self, network):
            network["cells"].v = float(self.tau) * volt

    assert "tau" in changes.fields_of_program(Cells()) and "tau" not in changes.fields_of_program(Derived())


@pytest.mark.slow
@needs_cpp
def test_explore_keeps_its_program_for_numbers_that_are_data():
    """A number that is data runs the program again; another one builds: both give what `simulate` gives."""
    explorer = Explorer(Cells(), 20 * ms, voltages)
    try:
        built = explorer._built
        for fields, kept in (({"tau": 0.008}, True), ({"n": 3}, False), ({}, False)):
            body = explorer._simulated({"fields": fields, "duration": 0.01, "seed": 2})
            head, _, raw = body.partition(b"\n")
            [row] = [row for row in json.loads(head)["arrays"] if row["name"] == "trace.v"]
            found = np.frombuffer(raw[row["offset"] : row["offset"] + row["size"]], row["type"])
            model = replace(
                Cells(), **{name: value * second if name == "tau" else value for name, value in fields.items()}
            )
            expected = simulate(model, 10 * ms, voltages, seed=2)["trace.v"]
            assert np.array_equal(found.reshape(-1, model.n).T, np.asarray(expected)), fields
            assert (explorer._built is built) is kept
    finally:
        explorer.close()


@pytest.mark.slow
@needs_cpp
def test_explore_in_a_notebook_lets_the_kernel_go_on():
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    cells = (
        "import zoo\nfrom brian2 import ms\nfrom tests.toys import Cells, voltages\nzoo.explore(Cells(), 20*ms, voltages)",
        "zoo.simulate(Cells(), 10*ms, voltages)['trace.v'].shape",
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = nbclient.NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(ROOT)}})
    request = {"fields": {"tau": 0.008}, "duration": 0.01, "seed": 2}
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        [shown] = [output for output in notebook.cells[0].outputs if output.output_type == "display_data"]
        address = re.search(r'src="(http://127[^"]+)"', shown.data["text/html"])[1]
        assert "(5, 100)" in notebook.cells[1].outputs[-1].data["text/plain"]
        assert _asked(address)[0] == 200 and _asked(f"{address}run", request)[0] == 200
    with pytest.raises(OSError):  # it ends with the kernel
        for _ in range(100):
            _asked(address)
            time.sleep(0.2)


@pytest.mark.slow
@needs_cpp
def test_derivatives_of_the_phase_plane():
    found = _described(FitzHughNagumo(), record_overview)["phase"]
    assert found["variables"] == ["v", "w"]
    assert found["derivatives"][1] == "1000.0*p.phi*(p.a - p.b*y + x)"
    assert "Math.pow(x, 3)" in found["derivatives"][0] and "p.amplitude" in found["derivatives"][0]
    adapting = _described(AdaptiveExponential(), record_overview)["phase"]
    # V_peak has no slider: its value is in the code.
    assert "Math.exp" in adapting["derivatives"][0] and "Math.min(0.0, " in adapting["derivatives"][0]
    assert _described(Cells(), voltages)["phase"] is None


@contextlib.contextmanager
def _explored(model, record):
    explorer = Explorer(model, 20 * ms, record)
    thread = threading.Thread(target=explorer.serve)
    thread.start()
    try:
        yield explorer
    finally:
        explorer.close()
        thread.join(20)
    assert not thread.is_alive()


def _asked(address, body=None, headers=()):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(address, data=data, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.slow
@needs_cpp
def test_explore_runs_the_model_for_its_page_only():
    model = Cells(drive=[9, 11, 12, 13, 14] * mV)
    with _explored(model, voltages) as explorer:
        address, other = explorer.address, f"http://127.0.0.1:{explorer.server.server_address[1]}"
        status, page = _asked(address)
        assert status == 200 and b'data-engine="native"' in page
        assert all(_asked(address + name)[0] == 200 for name in ("page.js", "panels.js", "model.json", "uplot.js"))
        request = {"fields": {"tau": 0.008}, "duration": 0.01, "seed": 2}

        status, body = _asked(address + "run", request)
        head, _, raw = body.partition(b"\n")
        [row] = [row for row in json.loads(head)["arrays"] if row["name"] == "trace.v"]
        found = np.frombuffer(raw[row["offset"] : row["offset"] + row["size"]], row["type"])
        expected = simulate(Cells(drive=model.drive, tau=8 * ms), 10 * ms, voltages, seed=2)["trace.v"]
        assert status == 200 and np.array_equal(found.reshape(-1, 5).T, np.asarray(expected))

        for refused in (
            _asked(other + "/"),
            _asked(other + "/page.js"),
            _asked(other + "/wrong/run", request),
            _asked(address + "run", request, {"Origin": "http://elsewhere.example"}),
            _asked(address + "run", request, {"Host": "elsewhere.example"}),
            _asked(address, headers={"Host": f"elsewhere.example:{explorer.server.server_address[1]}"}),
        ):
            assert refused[0] == 403
        for outside in ("../page.js", "%2e%2e/alive", "../../../../../../etc/passwd", "alive", "/etc/passwd"):
            assert _asked(address + outside)[0] in (403, 404)
        for wrong, words in (
            ({**request, "fields": {"tau": -1}}, "tau"),
            ({**request, "fields": {"taus": 1}}, "did you mean tau?"),
            ({**request, "fields": {"tau": "1"}}, "tau must be a number"),
            ({**request, "duration": 0}, "duration"),
            ({**request, "duration": "x"}, "duration must be a number"),
            ({**request, "seed": -1}, "seed"),
            ([1], "a request needs fields"),
            (b"{", "not JSON"),
        ):
            status, body = _asked(address + "run", wrong)
            assert status == 400 and words in body.decode(), (wrong, body)
        assert _asked(address + "run", request)[0] == 200, "it goes on after what it refused"


@pytest.mark.slow
@needs_cpp
def test_explore_stops_a_run():
    with _explored(Cells(n=200), None) as explorer:
        answers = []
        request = {"fields": {}, "duration": 3000, "seed": 0}
        run = threading.Thread(target=lambda: answers.append(_asked(explorer.address + "run", request)))
        run.start()
        while not answers and b"Simulating" not in _asked(explorer.address + "progress")[1]:
            pass
        assert _asked(explorer.address + "stop", {})[0] == 200
        run.join(60)
        assert answers and answers[0][0] == 409
        assert _asked(explorer.address + "run", {**request, "duration": 0.01})[0] == 200


@needs_cpp
def test_explore_of_a_model_opens_its_page(monkeypatch, capsys):
    import zoo
    from zoo.web import explore

    opened = []
    monkeypatch.setattr(explore.webbrowser, "open", opened.append)

    def served(explorer):
        assert _asked(explorer.address)[0] == 200
        explorer.close()

    monkeypatch.setattr(Explorer, "serve_until_interrupted", served)
    zoo.explore(Cells(), 20 * ms, voltages)
    [address] = opened
    assert f"Cells is at {address} until Ctrl-C." in capsys.readouterr().out


def test_a_page_needs_emscripten(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert command(["build", "fitzhugh_nagumo", "--backend", "wasm", "--out", str(tmp_path / "page")]) == 2
    assert "apt-get install emscripten" in capsys.readouterr().err
    assert not (tmp_path / "page").exists()


def test_a_page_is_written_into_a_new_folder(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(emscripten, "check", lambda: None)
    (tmp_path / "mine.txt").write_text("mine")
    assert command(["build", "fitzhugh_nagumo", "--backend", "wasm", "--out", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_files_of_a_page_are_those_that_its_scripts_name():
    names = {path.name for path in folder.PAGE.iterdir()}
    texts = [path.read_text() for path in folder.PAGE.iterdir() if path.name != "uplot.js"]
    named = {name for text in texts for name in re.findall(r"[\"'/](\w+\.(?:js|css))[\"']", text)}
    assert named - {"program.js", "phase.js"} <= names
    assert names - named <= {"index.html", "uplot-LICENSE.txt"}
