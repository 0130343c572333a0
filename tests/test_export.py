"""Projects to take away: they compile and run with make, without Python, and give the zoo's own numbers."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, ms, mV, second

from tests.conftest import BACKENDS
from tests.toys import Cells, voltages
from zoo import Model, ZooError, simulate
from zoo.engine.export import export

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project of five cells, compiled after it was moved to another place."""
    folder = tmp_path_factory.mktemp("first") / "project"
    folder.mkdir()
    export(Cells(drive=[9, 11, 12, 13, 14] * mV), 20 * ms, voltages, folder, seed=3)
    moved = tmp_path_factory.mktemp("a place with spaces") / "cells"
    shutil.move(folder, moved)
    subprocess.run(["make"], cwd=moved, check=True, capture_output=True)
    return moved


def _run(project, *arguments):
    process = subprocess.run(["./main", *arguments], cwd=project, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    found = {}
    for name, row in json.loads((project / "results.json").read_text()).items():
        found[name] = np.fromfile(project / "results" / row["file"], dtype=row["type"])
    return found


def test_defaults_are_the_models(project):
    expected = simulate(Cells(drive=[9, 11, 12, 13, 14] * mV), 20 * ms, voltages, seed=3)
    found = _run(project)
    assert np.array_equal(found["trace.v"].reshape(-1, 5).T, np.asarray(expected["trace.v"]))


def test_parameters_on_the_command_line(project):
    expected = simulate(Cells(drive=12 * mV), 5 * ms, voltages, seed=9, values={"cells.v": 1 * mV})
    found = _run(project, "seed=9", "duration=0.005", "cells.drive=0.012", "cells.v=0.001")
    assert np.array_equal(found["trace.v"].reshape(-1, 5).T, np.asarray(expected["trace.v"]))


def test_constants_of_equations_on_the_command_line(tmp_path):
    """Those from which Python has computed nothing else."""

    class Decaying(Model):
        tau: second = 5 * ms
        start: 1 = 2
        rounds: int = 3
        every: second = 2 * ms
        exponent: 1 = 2
        half: 1 = 1
        limits = {"start": (0, 5)}

        def build(self):
            cells = NeuronGroup(
                2, "dv/dt = -v/tau : 1", method="exact", name="cells", namespace={"more": self.half / 2}
            )
            cells.v = "start*rounds**exponent + more*half"
            cells.run_regularly("v += every/tau", dt=self.every)
            return Network(cells, StateMonitor(cells, "v", record=True, name="trace"))

    export(Decaying(), 10 * ms, None, tmp_path)
    listed = (tmp_path / "parameters.txt").read_text().split()
    assert listed == ["seed=0", "duration=0.01", "tau=0.005", "start=2.0", "rounds=3"]
    assert "| `tau` | second | one | float64 | 0.005 |" in (tmp_path / "README.md").read_text()
    subprocess.run(["make"], cwd=tmp_path, check=True, capture_output=True)
    found = _run(tmp_path, "tau=0.008", "rounds=4")["trace.v"]
    expected = simulate(Decaying(tau=8 * ms, rounds=4), 10 * ms)["trace.v"]
    assert np.array_equal(found.reshape(-1, 2).T, expected)
    assert (tmp_path / "limits.txt").read_text().splitlines() == ["tau > 0.0", "start >= 0.0", "start <= 5.0"]
    for wrong in ("tau=x", "rounds=1.5", "tau=inf", "exponent=3", "tau=-0.005", "tau=0", "start=6"):
        process = subprocess.run(["./main", wrong], cwd=tmp_path, capture_output=True, text=True)
        assert process.returncode == 2 and wrong.partition("=")[0] in process.stderr


def test_values_from_a_file(project):
    drive = np.array([10.5, 11, 11.5, 12, 12.5]) * 1e-3
    drive.tofile(project / "values/mine")
    found = _run(project, "cells.drive=values/mine")
    expected = simulate(Cells(drive=drive * 1000 * mV), 20 * ms, voltages, seed=3)
    assert np.array_equal(found["trace.v"].reshape(-1, 5).T, np.asarray(expected["trace.v"]))


def test_results_that_nobody_wants_are_not_written(project, tmp_path):
    """The environment names the files, as a program of Python's does; without it all are there."""
    environment = {name: value for name, value in os.environ.items() if name != "ZOO_OUTPUTS"}
    row = json.loads((project / "results.json").read_text())["trace.v"]
    found = []
    for wanted in (None, f"last_run_info.txt\n{row['file']}", ""):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        own = environment if wanted is None else {**environment, "ZOO_OUTPUTS": wanted}
        subprocess.run(["./main", "--results_dir", f"{folder}/"], cwd=project, env=own, check=True)
        found.append({path.name: path.read_bytes() for path in folder.iterdir()})
    everything, some, nothing = found
    assert len(everything) > 10 and some.keys() == {"last_run_info.txt", row["file"]} and not nothing
    assert some[row["file"]] == everything[row["file"]]


def test_the_readme_says_how(project):
    text = (project / "README.md").read_text()
    assert "make && ./main" in text and "simulates 0.02 s" in text
    assert "| `cells.drive` | volt | 5 | float64 | values/cells.drive |" in text
    assert "| `synapses.w` | volt | one per synapse | float64 | 0 |" in text
    row = next(line for line in text.splitlines() if "`trace.v`" in line)
    assert "volt | float64 | time x 5" in row


def test_nothing_of_this_machine_is_in_it(project):
    here = (str(Path.home()), tempfile.gettempdir())
    suffixes = (".cpp", ".h", ".md", ".txt", ".json", "")
    texts = {
        str(path.relative_to(project)): path.read_text(errors="replace")
        for path in project.rglob("*")
        if path.is_file() and path.suffix in suffixes and path.name != "main"
    }
    assert {"makefile", "README.md", "main.cpp", "unity.cpp", "zoo.h"} <= texts.keys()
    assert not [name for name, text in texts.items() if any(folder in text for folder in here)]


@pytest.mark.parametrize("argument", ["nonsense", "cells.nothing=3"])
def test_bad_arguments_end_the_program(project, argument):
    process = subprocess.run(["./main", argument], cwd=project, capture_output=True, text=True)
    assert process.returncode != 0 and argument.split("=")[0] in process.stderr


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(ZooError, match="not empty"):
        export(Cells(), 20 * ms, voltages, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
