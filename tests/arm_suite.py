"""Programs for another processor: cross-compiled for ARM, and run on an emulator of it. `make test-arm` runs this file.

Each project is what `zoo build` writes. Here it is compiled for this machine and for ARM, and both programs run with one seed:
the same random numbers, delays and order of events. What differs is rounding: sums are split over vectors of another width.
In these durations the differences stay far below those that would move a spike to another time step, so all spikes are equal.
"""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from brian2 import ms, second

from zoo.engine.export import export
from zoo.experiments import basal_ganglia, hh_grid, izhikevich_population
from zoo.images import datasets
from zoo.models.basal_ganglia import BasalGanglia
from zoo.models.hh_grid import HHGrid
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.izhikevich_population import IzhikevichPopulation
from zoo.training import learner

COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"
LIBRARIES = "/usr/aarch64-linux-gnu"

SCRIPT = """
from brian2 import *
seed(4)
tau = 20*ms
inputs = PoissonGroup(80, rates=25*Hz)
cells = NeuronGroup(10, '''dv/dt = (ge*(0*mV - v) - 74*mV - v)/(10*ms) : volt
dge/dt = -ge/(5*ms) : 1''', threshold='v > -54*mV', reset='v = -60*mV', method='euler')
cells.v = -70*mV
synapses = Synapses(inputs, cells, '''w : 1
dA_in/dt = -A_in/tau : 1 (event-driven)
dA_out/dt = -A_out/tau : 1 (event-driven)''',
    on_pre='''ge += w
    A_in += 0.002
    w = clip(w + A_out, 0, 0.06)''',
    on_post='''A_out -= 0.0021
    w = clip(w + A_in, 0, 0.06)''')
synapses.connect()
synapses.w = 'rand()*0.06'
synapses.delay = 'rand()*3*ms'
spikes = SpikeMonitor(cells, name='spikes')
run(500*ms)
"""


def _script(folder):
    path = folder.parent / "stdp.py"
    path.write_text(SCRIPT)
    command = [sys.executable, "-m", "zoo", "build", str(path), "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)


def _exported(model, duration, record):
    return lambda folder: export(model, duration, record, folder, seed=5)


def _images(folder):
    model = HHMnistGrid(n=10, n_images=3, presentation=100 * ms)
    export(model, 300 * ms, learner.record, folder, seed=5)
    (folder / "values").mkdir(exist_ok=True)
    with open(folder / "parameters.txt", "a") as file:
        for name, values in model.shown(datasets.load("digits").images[:3]).items():
            np.asarray(values).tofile(folder / f"values/{name}.shown")
            file.write(f"{name}=values/{name}.shown\n")


#: Project -> what writes it into an empty folder.
PROJECTS = {
    "izhikevich_population": _exported(IzhikevichPopulation(), 0.2 * second, izhikevich_population.record),
    "hh_grid": _exported(HHGrid(n=5), 100 * ms, hh_grid.record),
    "hh_mnist_grid": _images,
    "basal_ganglia": _exported(BasalGanglia(scale=0.2), 200 * ms, basal_ganglia.record),
    "a script with STDP and delays": _script,
}


def _spikes(folder):
    rows = json.loads((folder / "results.json").read_text())
    return [
        np.fromfile(folder / "results" / rows[name]["file"], rows[name]["type"]) for name in ("spikes.t", "spikes.i")
    ]


@pytest.mark.parametrize("name", PROJECTS)
def test_a_program_gives_the_same_spikes_on_arm(name, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    PROJECTS[name](here)
    shutil.copytree(here, there)
    for folder, compiler, start in ((here, "g++", []), (there, COMPILER, [EMULATOR, "-L", LIBRARIES])):
        process = subprocess.run(["make", f"CXX={compiler}"], cwd=folder, capture_output=True, text=True)
        assert process.returncode == 0, process.stdout + process.stderr
        process = subprocess.run([*start, "./main"], cwd=folder, capture_output=True, text=True)
        assert process.returncode == 0, process.stderr
    assert b"\xb7\x00" == (there / "main").read_bytes()[18:20]  # ELF's number of this processor, 183
    (t, i), (t_arm, i_arm) = _spikes(here), _spikes(there)
    assert len(t) > 20
    assert np.array_equal(t, t_arm) and np.array_equal(i, i_arm)
