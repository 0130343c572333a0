"""Figures and progress in a Jupyter notebook, run by a kernel."""

import pytest

from tests.conftest import ROOT

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

CELLS = (
    """
import numpy as np
from brian2 import ms
from zoo import Result, plots, progress
from tests.toys import Cells
spikes = {"spikes.t": [1, 2]*ms, "spikes.i": np.array([0, 1]), "spikes.count": np.array([1, 1])}
result = Result(arrays=spikes, model=Cells(), duration=10*ms, backend="cpp", seed=0)
""",
    "plots.raster(result)",
    "figures = {'raster': plots.raster(result), 'rate': plots.population_rate(result)}; figures",
    "{'no': 'figure'}",
    "plots.raster(result); None",
    """
progress.NOTEBOOK_SECONDS = 0
with progress.Line("work") as line:
    visible = line.visible
    line.show(0.5, "half")
    line.show(0.75, "more")
visible
""",
    "%matplotlib inline\nimport matplotlib.pyplot",
    "plots.raster(result)",
)


@pytest.fixture(scope="module")
def outputs():
    """The outputs of every cell, and all messages that told the notebook to replace one."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    replaced = []

    class Client(nbclient.NotebookClient):
        def process_message(self, message, cell, index):
            if message["msg_type"] in ("display_data", "update_display_data"):
                replaced.append(message["content"]["data"].get("text/plain"))
            return super().process_message(message, cell, index)

    Client(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    return [cell.outputs for cell in notebook.cells], replaced


def test_a_figure_is_shown_once(outputs):
    for number in (1, 7):  # before and after matplotlib has set the notebook up itself
        (output,) = outputs[0][number]
        assert output.output_type == "execute_result" and len(output.data["image/png"]) > 1000
    assert outputs[0][4] == [], "and not when it is not asked for"


def test_a_dictionary_of_figures_is_shown(outputs):
    (output,) = outputs[0][2]
    assert output.data["text/html"].count("<img") == 2
    (output,) = outputs[0][3]
    assert output.data == {"text/plain": "{'no': 'figure'}"}, "other dictionaries are as they were"


def test_progress_is_replaced_and_taken_away(outputs):
    cells, shown = outputs
    assert shown[0].startswith("work |  50 % | half") and shown[1].startswith("work |  75 % | more") and shown[2] == ""
    display, value = cells[5]
    assert display.data["text/plain"] == "" and value.data["text/plain"] == "True"
