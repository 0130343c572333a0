"""Plain Brian2 scripts: the device "zoo" takes what Brian2's C++ device takes, and `zoo run script.py` takes them to it."""

import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from tests.conftest import BACKENDS, ROOT
from zoo import ZooError
from zoo.device.refused import WITH_GSL
from zoo.script import run as scripts
from zoo.script.device import ScriptDevice

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs a C++ compiler")

KEEP = "import numpy\ndef keep(path, *arrays):\n    numpy.savez(path, *arrays)\n"
CUBA = f"""{KEEP}
import sys
from brian2 import *
import zoo
set_device(sys.argv[1], directory=sys.argv[2])
seed(5)
cells = NeuronGroup(60, '''dv/dt = (ge - v + I)/(20*ms) : volt (unless refractory)
dge/dt = -ge/(5*ms) : volt
I : volt''', threshold='v > 10*mV', reset='v = 0*mV', refractory=5*ms, method='exact')
cells.v = 'rand()*10*mV'
cells.I = 'i*0.3*mV'
synapses = Synapses(cells, cells, 'w : volt', on_pre='ge += w', delay=1.5*ms)
synapses.connect(p=0.2)
synapses.w = 'rand()*0.6*mV'
spikes = SpikeMonitor(cells)
trace = StateMonitor(cells, 'v', record=[0, 59])
run(100*ms)
keep(sys.argv[3], spikes.i[:], spikes.t_[:], trace.v_[:])
"""
DECAY = """
from brian2 import *
cells = NeuronGroup(3, 'dv/dt = -v/(5*ms) : 1', method='exact')
cells.v = 1
trace = StateMonitor(cells, 'v', record=[0])
"""


@pytest.fixture
def python(tmp_path):
    """Runs the text of a script in the folder of the test; returns the finished process."""

    def run(text, *arguments):
        (tmp_path / "script.py").write_text(text)
        process = subprocess.run(
            [sys.executable, "script.py", *map(str, arguments)], cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        )  # fmt: skip
        assert process.returncode == 0, process.stderr
        return process

    return run


@pytest.mark.slow  # Brian2's program takes half a minute to compile
def test_an_unchanged_script_gives_brian2s_numbers(python, tmp_path):
    for device in ("cpp_standalone", "zoo"):
        python(CUBA, device, f"out_{device}", f"{device}.npz")
    theirs, ours = (np.load(tmp_path / f"{device}.npz") for device in ("cpp_standalone", "zoo"))
    assert len(theirs["arr_0"]) > 80
    for name in ("arr_0", "arr_1"):
        assert np.array_equal(theirs[name], ours[name])
    # Effects of spikes are added in another order: the last bits of sums of some ten terms differ.
    np.testing.assert_allclose(ours["arr_2"], theirs["arr_2"], rtol=1e-12, atol=1e-15)


def test_a_program_in_a_used_folder_is_that_of_its_sources(python):
    """Only main.cpp changes between the two; the second has twice the steps."""
    text = (
        "import sys, zoo\nfrom brian2 import *\nset_device('zoo', directory='used')\n" + DECAY +
        "run(float(sys.argv[1])*5*ms)\nprint(len(trace.t), float(cells.v[0]))\n"
    )  # fmt: skip
    for spans, steps in ((1, "50"), (2, "100")):
        found, v = python(text, spans).stdout.split()[-2:]
        assert found == steps and float(v) == pytest.approx(np.exp(-spans), rel=1e-12)


def test_an_unchanged_script_compiles_once(python, tmp_path, own_cache):
    text = (
        "import zoo\nfrom brian2 import *\nset_device('zoo', directory='DIR')\n" + DECAY +
        "net = Network(cells, trace)\nnet.run(5*ms)\nimport pickle\nprint(len(pickle.dumps(net)) > 0)\n"
        "print(device.timers['compile']['make'])\n"
    )  # fmt: skip
    # A network that has run can be pickled for other processes.
    first = python(text.replace("DIR", "one")).stdout.split()
    assert first[-2] == "True" and float(first[-1]) > 0
    assert python(text.replace("DIR", "two")).stdout.split()[-1] == "None"
    assert (tmp_path / "two/results").is_dir()


def test_another_number_compiles_nothing(python, own_cache):
    """A constant, an initial value, a number in a statement, the seed, the duration."""
    text = (
        "import sys, zoo\nfrom brian2 import *\nset_device('zoo', directory=sys.argv[1])\n"
        "a, b, c, d, e = map(float, sys.argv[2:])\nseed(int(d))\ntau = a*ms\n"
        "cells = NeuronGroup(3, 'dv/dt = -v/tau : 1\\nu : 1', threshold='v > 3', reset='v = r', method='exact')\n"
        "r = c\ncells.v = b\ncells.u = 'rand()'\nspikes = SpikeMonitor(cells)\nrun(e*ms)\n"
        "print(float(cells.v[0]), spikes.num_spikes, float(cells.u[0]), device.timers['compile']['make'] is None)\n"
    )
    numbers = ((5, 1, 0, 1, 10), (7, 4, 0.5, 1, 20), (5, 1, 0, 2, 10))
    found = [python(text, f"d{k}", *row).stdout.split()[-4:] for k, row in enumerate(numbers)]
    assert [row[3] for row in found] == ["False", "True", "True"]
    # The reset comes after the step of the equations in which the threshold was crossed.
    expected = [np.exp(-10 / 5), 0.5 * np.exp(-19.9 / 7), np.exp(-10 / 5)]
    np.testing.assert_allclose([float(row[0]) for row in found], expected, rtol=1e-12)
    assert [row[1] for row in found] == ["0", "3", "0"]
    assert found[0][2] == found[1][2] != found[2][2]


def test_constants_among_the_arguments_of_a_run(python):
    process = python(
        "import zoo\nfrom brian2 import *\nset_device('zoo', build_on_run=False)\ntau, k, E = 10*ms, 2, 3*mV\n"
        "cells = NeuronGroup(2, 'dv/dt = -v/tau : volt', method='exact', name='cells')\n"
        "others = NeuronGroup(2, 'dx/dt = -x/tau : 1\\ny : 1', method='exact', name='others', namespace={'tau': 20*ms})\n"
        "cells.v = 'E*(1 + i)'\nothers.x = 1\nothers.y = 'i % k'\nrun(10*ms)\ndevice.build(directory='one', run=False)\n"
        "def row(run_args=None):\n"
        "    device.run(run_args=run_args)\n    print('row', float(cells.v[0]/mV), float(others.x[0]))\n"
        "row()\nrow({'E': 6*mV})\nrow({'cells.tau': 5*ms, cells.v: 1*mV})\nrow(['others.tau=0.01'])\n"
        "for wrong in ({'tau': 5*ms}, {'k': 3}, {'E': 5*ms}):\n"
        "    try:\n        device.run(run_args=wrong)\n    except Exception as error:\n        print('no', error)\n"
    )
    lines = process.stdout.splitlines()
    rows = np.array([line.split()[1:] for line in lines if line.startswith("row")], dtype=float)
    decayed = [np.exp(-1), np.exp(-0.5)]
    expected = [[3, 1], [6, 1], [np.exp(-1), 1], [3, np.exp(-0.5)]] * np.array(decayed)
    np.testing.assert_allclose(rows, expected, rtol=1e-12)
    refused = [line for line in lines if line.startswith("no")]
    assert "'tau' is no constant" in refused[0] and "several values" in refused[0] and "it reads E." in refused[0]
    assert "'k' is no constant" in refused[1] and "units" in refused[2]


def test_what_scripts_ask_of_brian2s_device(python, tmp_path):
    """Its class, debug=True, a TimedArray, headers that the preference drops or that have no guard, delete()."""
    (tmp_path / "mine.h").write_text("inline double twice(double x) { return 2*x; }\n")
    process = python(
        f"""{KEEP}
import os, zoo
from brian2 import *
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
set_device('zoo', directory='here', debug=True)
prefs.codegen.cpp.headers = ['<cstdio>']
@implementation('cpp', '// in mine.h', headers=['"mine.h"'], include_dirs=[os.getcwd()])
@check_units(x=1, result=1)
def twice(x):
    return 2*x
stimulus = TimedArray([0.5, 0.25], dt=1*ms)
cells = NeuronGroup(3, 'dv/dt = (twice(exp(-v)) - v + stimulus(t))/(5*ms) : 1', threshold='v > 5', reset='v = twice(0.1)', method='euler')
net = Network(cells)
net.run(1*ms, report='std::cout << "reported " << completed << std::endl;')
print(get_device().__class__ is CPPStandaloneDevice, isinstance(get_device(), CPPStandaloneDevice))
print('-DDEBUG' in open('here/makefile').read(), float(cells.v[0]) > 0)
device.delete()
print(os.path.exists('here'))
"""
    )
    lines = process.stdout.splitlines()
    assert lines[-3:] == ["True True", "True True", "False"]
    assert "reported 1" in lines
    assert "could not be deleted" not in process.stderr


def test_the_preference_for_openmp_gives_the_number_of_threads(python, tmp_path):
    process = python(
        "import zoo\nfrom brian2 import *\nset_device('zoo', directory='two', build_on_run=False)\n"
        "prefs.devices.cpp_standalone.openmp_threads = 2\n" + DECAY +
        "run(1*ms)\ndevice.build(directory='two', compile=False, run=False)\n"
    )  # fmt: skip
    assert not process.returncode, process.stderr
    assert "zoo::threads() = zoo::threads_of_environment(2);" in (tmp_path / "two/main.cpp").read_text()
    assert "#pragma omp" not in (tmp_path / "two/code_objects/neurongroup_stateupdater_codeobject.cpp").read_text()


def test_network_operations_are_refused_by_name(python):
    process = python(
        "import zoo\nfrom brian2 import *\nset_device('zoo')\n" + DECAY +
        "@network_operation(dt=1*ms)\ndef kick():\n    cells.v = 1\n"
        "try:\n    run(1*ms)\nexcept NotImplementedError as error:\n    print(error)\n"
    )  # fmt: skip
    assert "network operation networkoperation is Python code" in process.stdout


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from brian2 import *\nrun(1*ms)", True),
        ("import zoo\nfrom brian2 import *\nset_device('zoo')", True),
        ("def main():\n    run(1)\nif __name__ == '__main__':\n    main()", True),
        ("from brian2 import *\nfrom zoo import Model\nclass A(Model):\n    n: int = 3", False),
        ("import zoo\nclass A(zoo.Model):\n    n: int = 3", False),
        ("def main(seed=0):\n    return 1", False),
    ],
)
def test_what_a_script_is(tmp_path, text, expected):
    (tmp_path / "file.py").write_text(text)
    assert scripts.is_script(tmp_path / "file.py") is expected


def test_a_file_that_is_no_python(tmp_path):
    (tmp_path / "file.py").write_text("def (:\n")
    with pytest.raises(ZooError, match=r"file.py, line 1, cannot be read"):
        scripts.is_script(tmp_path / "file.py")
    with pytest.raises(ZooError, match="no file"):
        scripts.is_script(tmp_path / "none.py")


@pytest.mark.slow
def test_a_seed_holds_for_every_network_of_a_script(zoo_command, tmp_path):
    """In the runtime the random numbers of the second network follow those of the first, the same in every run."""
    (tmp_path / "drawn.py").write_text("""
from brian2 import *
seed(3)
for k in range(2):
    cells = NeuronGroup(5, "x : 1")
    cells.x = "rand()"
    net = Network(cells)
    net.run(0.1*ms)
    print("x", list(cells.x))
""")
    drawn = [zoo_command("run", "drawn.py").stdout.splitlines() for _ in range(2)]
    one, two = (line for line in drawn[0] if line.startswith("x "))
    assert drawn[0] == drawn[1] and one != two


RUNTIME = """
from brian2 import *
import sys
print("arguments", sys.argv[1:])
seed(3)
cells = NeuronGroup(50, 'dv/dt = (1.1 - v)/(10*ms) : 1', threshold='v > 1', reset='v = 0', method='exact')
cells.v = 'rand()'
spikes = SpikeMonitor(cells)
counted = SpikeMonitor(cells, record=False, name='counted')
run(20*ms)
cells.v = 0.5
run(20*ms)
print("spikes", spikes.num_spikes, float(cells.v[3]))
plot(spikes.t/ms, spikes.i, '.')
show()
for tau in (5*ms, 8*ms):
    others = NeuronGroup(2, 'dx/dt = -x/tau : 1', method='exact')
    others.x = 1
    net = Network(others, StateMonitor(others, 'x', record=[0], name='decay'))
    net.run(10*ms, profile=True)
    print("x", float(others.x[0]))
print("profiled", [name for name, _ in net.get_profiling_info()])
"""


def test_a_runtime_script_runs_on_the_fast_device(zoo_command, tmp_path):
    """Two runs of one network, then two more networks: three programs, the last two the same but for a number."""
    (tmp_path / "plain.py").write_text(RUNTIME)
    process = zoo_command("run", "plain.py", "one", "--two")
    assert process.returncode == 0, process.stderr
    assert "arguments ['one', '--two']" in process.stdout
    assert "ran on the zoo's C++ device" in process.stderr
    values = [float(line.split()[1]) for line in process.stdout.splitlines() if line.startswith("x ")]
    assert values == pytest.approx([np.exp(-2), np.exp(-1.25)], rel=1e-12)
    spikes, v = next(line.split()[1:] for line in process.stdout.splitlines() if line.startswith("spikes"))
    # From .5 to 1 takes 10 ms ln 6 = 17.92 ms: one spike each in the second run, then 20 - 18 ms from 0.
    assert int(spikes) > 50 and float(v) == pytest.approx(1.1 * (1 - np.exp(-0.2)), abs=1e-9)
    assert "_stateupdater_codeobject'" in process.stdout
    folder = tmp_path / "results/plain"
    assert (folder / "figure_1.png").stat().st_size > 5000
    arrays = np.load(folder / "arrays.npz")
    assert len(arrays["spikemonitor.t"]) == arrays["counted.count"].sum() == int(spikes)
    ends = [arrays[f"{name}.x"][0, -1] for name in ("decay", "decay_2")]  # at the start of the last step
    assert ends == pytest.approx([np.exp(-9.9 / 5), np.exp(-9.9 / 8)], rel=1e-9)
    assert len(json.loads((folder / "script.json").read_text())["seconds"]) == 3


KNOWN = """
from brian2 import *
for n in (2, 3):
    cells = NeuronGroup(n, '''dv/dt = (tau/second - v)/tau : 1
    tau : second (constant)
    faster : second (constant)
    half = tau/2 : second
    twice = 2*v : 1''', threshold='v > 9', reset='v = 0; faster += tau', method='exact')
    cells.tau = 5*ms
    cells.v = 1
    print("before", cells.half[:]/ms)
    net = Network(cells)
    net.run(5*ms)
    cells.v[0] = 1 + cells.tau[1]/second
    net.run(5*ms)
    print("after", cells.twice[:])
"""


@pytest.mark.slow
def test_known_values_need_no_program(zoo_command, tmp_path):
    """Expressions of constants are computed before the first run, and between two; what a reset assigns is no constant."""
    (tmp_path / "plain.py").write_text(KNOWN.replace("cells.tau[1]", "cells.faster[1]"))
    process = zoo_command("run", "plain.py")
    assert process.returncode == 0, process.stderr
    assert "plain.py needs Brian2's runtime device: it changes objects of a network after" in process.stderr
    (tmp_path / "plain.py").write_text(KNOWN)
    process = zoo_command("run", "plain.py")
    assert process.returncode == 0, process.stderr
    assert "ran on the zoo's C++ device" in process.stderr
    values = [line.split("[")[1].rstrip("]").split() for line in process.stdout.splitlines() if "[" in line]
    one, other = 0.005 + np.exp(-1), 0.005 + 0.995 * np.exp(-2)
    expected = [[2.5] * 2, [2 * one, 2 * other], [2.5] * 3, [2 * one, 2 * other, 2 * other]]
    assert [[float(value) for value in row] for row in values] == [pytest.approx(row, rel=1e-7) for row in expected]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        pytest.param(
            "more = NeuronGroup(2, 'w : 1\\nz = 2*w : 1', name='more')\nmore.w = 'rand()'\nprint(more.z[0])\nrun(1*ms)\n",
            "it reads w of more before the first run",
            marks=pytest.mark.slow,
        ),
        pytest.param(  # Brian2's message has advice, too
            "links = Synapses(cells, cells, 'w : 1')\nlinks.connect()\nseen = StateMonitor(links, 'w', record=True)\nrun(1*ms)\n",
            "Cannot determine the actual indices to record for record=True. It starts again there.\n",
            marks=pytest.mark.slow,
        ),
        ("run(1*ms, report=lambda *state: print('state'))\n", "a run() reports its progress to a Python function"),
        ("run(1*ms)\nprint(cells.v[0])\nrun(1*ms)\n", "it reads results between two runs of the same objects"),
        pytest.param(
            "run(1*ms)\nprint(cells.v[0])\ncells.v = 2\nrun(1*ms)\n",
            "it changes objects of a network after reading its results",
            marks=pytest.mark.slow,
        ),
        ("@network_operation\ndef kick():\n    cells.v = 1\nrun(1*ms)\n", "The network operation"),
        pytest.param(
            "print(trace.t)\nstore()\nrun(1*ms)\n",
            "it reads t of statemonitor before the first run",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_scripts_that_need_the_runtime_device(zoo_command, tmp_path, lines, reason):
    (tmp_path / "plain.py").write_text(DECAY + lines + "print('end', float(cells.v[0]))\n")
    process = zoo_command("run", "plain.py")
    assert process.returncode == 0, process.stderr
    assert f"plain.py needs Brian2's runtime device: {reason}" in process.stderr
    assert "ran on Brian2's runtime device" in process.stderr and process.stdout.count("end") == 1


@pytest.mark.skipif("cpp-stock" in WITH_GSL, reason="this Brian2 has them in C++")
def test_methods_of_gsl_need_the_runtime_device(zoo_command, tmp_path):
    lines = "more = NeuronGroup(2, 'dw/dt = -w/ms : 1', method='gsl_rkf45', name='more')\nprefs.codegen.target = 'numpy'\nrun(1*ms)\n"
    (tmp_path / "plain.py").write_text(DECAY + lines)
    process = zoo_command("run", "plain.py")
    assert "plain.py needs Brian2's runtime device: more has a method of the GNU Scientific Library" in process.stderr
    assert "when preparing an object" in process.stderr.partition("starts again")[2]  # numpy has none


PROCESSES = """
import multiprocessing, pickle
from brian2 import *
def spikes(drive):
    device.run(results_directory=f"results_{drive}", run_args={cells.I: drive})
    return int(monitor.num_spikes)
set_device('cpp_standalone', build_on_run=False)
cells = NeuronGroup(4, 'dv/dt = (I - v)/(5*ms) : 1\\nI : 1 (constant)', threshold='v > 0.9', reset='v = 0', method='exact', name='cells')
monitor = SpikeMonitor(cells)
net = Network(cells, monitor)
net.run(20*ms)
device.build(directory='one', run=False)
with multiprocessing.Pool(2) as pool:
    print("spikes", pool.map(spikes, [0.5, 1.5]))
print("pickled", type(pickle.loads(pickle.dumps(get_device()))).__name__, len(pickle.dumps(net)) > 0)
"""


def test_one_program_runs_in_several_processes(zoo_command, tmp_path):
    """Brian2's documented way: the processes get the device, which `zoo run` has put in the place of Brian2's."""
    (tmp_path / "plain.py").write_text(PROCESSES)
    process = zoo_command("run", "plain.py")
    assert process.returncode == 0, process.stderr
    # From 0 to .9 of 1.5 takes 5 ms ln 2.5 = 4.58 ms, 46 steps: 4 spikes of each cell in 20 ms.
    assert "spikes [0, 16]" in process.stdout and "pickled ScriptDevice True" in process.stdout


@pytest.mark.slow
def test_a_script_may_delete_its_results(zoo_command, tmp_path):
    (tmp_path / "plain.py").write_text(
        DECAY.replace("import *", "import *\nset_device('cpp_standalone')") + "run(1*ms)\ndevice.delete()\n"
    )
    process = zoo_command("run", "plain.py")
    assert process.returncode == 0, process.stderr
    assert not np.load(tmp_path / "results/plain/arrays.npz").files


def test_an_error_of_the_script_is_its_own(zoo_command, tmp_path):
    (tmp_path / "plain.py").write_text(DECAY + "run(1*ms)\nraise ValueError('mine')\n")
    process = zoo_command("run", "plain.py")
    assert process.returncode == 1 and "ValueError: mine" in process.stderr


@pytest.mark.parametrize(
    ("lines", "code", "out", "error"),
    [
        # As Brian2 in a simulation, which ends with the results that it has.
        ("signal.signal(signal.SIGINT, lambda *_: None)", 0, "end\n", "zoo: plain.py ran on the zoo's C++ device"),
        pytest.param("", 130, "", "zoo: stopped.\n", marks=pytest.mark.slow),
    ],
)
def test_ctrl_c_is_for_the_script(zoo_command, tmp_path, lines, code, out, error):
    """A terminal sends it to all processes: the command ended, and the script simulated on without it."""
    stop = "os.killpg(0, signal.SIGINT)\ntime.sleep(0.5)\nprint('end')\n"
    (tmp_path / "plain.py").write_text(f"import os, signal, time\n{lines}\n{stop}")
    process = zoo_command("run", "plain.py", start_new_session=True)
    assert (process.returncode, process.stdout) == (code, out) and process.stderr.startswith(error)


def test_a_missing_compiler_is_one_sentence(zoo_command, tmp_path):
    (tmp_path / "plain.py").write_text(DECAY + "run(1*ms)\n")
    process = zoo_command("run", "plain.py", env={**os.environ, "CXX": "no-such-compiler", "ZOO_CACHE": str(tmp_path)})
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == "zoo: the simulation is compiled, and no-such-compiler is not installed; install g++.\n"


def test_a_full_disk_is_one_sentence(monkeypatch, tmp_path):
    """Brian2 reads the last file of a program, which is empty then."""

    def incomplete(self, *arguments):
        raise ValueError("not enough values to unpack (expected 2, got 0)")

    monkeypatch.setattr(CPPStandaloneDevice, "run", incomplete)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    with pytest.raises(ZooError, match=f"incomplete: {tmp_path} is full"):
        ScriptDevice().run(str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**9))
    with pytest.raises(ValueError, match="expected 2"):
        ScriptDevice().run(str(tmp_path))


@pytest.mark.slow  # Brian2's program takes half a minute to compile
def test_compare(zoo_command, tmp_path):
    (tmp_path / "plain.py").write_text(RUNTIME.partition("plot(")[0])
    process = zoo_command("run", "plain.py", "--compare", "one")
    assert process.returncode == 0, process.stderr
    assert process.stdout.count("arguments ['one']") == 1
    assert "programs" in process.stdout and "spikemonitor.t: equal" in process.stdout


@pytest.mark.parametrize(
    "module",
    [
        "zoo.script.device",
        "zoo.engine.program",
        pytest.param("zoo.codegen.device", marks=pytest.mark.slow),
        pytest.param("zoo.sweeps.cluster", marks=pytest.mark.slow),
    ],
)
def test_any_module_may_be_imported_first(module):
    """`import zoo` waits for Brian2, which the first of these modules imports."""
    text = f"import {module}\nfrom brian2 import set_device, get_device\nset_device('zoo')\nprint(type(get_device()).__name__)"
    process = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert process.stdout == "ScriptDevice\n", process.stderr


STEPS = """
'''Three cells decay.'''
import sys
""" + DECAY.replace("-v/(5*ms)", "-v/tau") + """
tau = float(sys.argv[1])*ms
run(10*ms)
steps = len(trace.t)
open('results.txt', 'w').write(str(steps))
"""  # fmt: skip


def test_the_project_of_a_script(zoo_command, tmp_path):
    """It has what the script says up to the first result that it reads, and needs nothing of the zoo."""
    (tmp_path / "plain.py").write_text(STEPS)
    process = zoo_command("build", "plain.py", "--out", "project", "2")
    assert process.returncode == 0, process.stderr
    assert "plain.py up to line" in process.stdout and not (tmp_path / "results.txt").exists()
    project = tmp_path / "project"
    assert "results.json" in (project / "README.md").read_text()
    assert sys.prefix not in (project / "makefile").read_text()
    for command in (["make"], ["./main"]):
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    row = json.loads((project / "results.json").read_text())["neurongroup.v"]
    found = np.fromfile(project / "results" / row["file"], row["type"])
    assert row["unit"] == "1" and found == pytest.approx(np.full(3, np.exp(-5)), rel=1e-12)
    again = zoo_command("build", "plain.py", "--out", "project", "2")
    assert again.returncode == 2 and "not empty" in again.stderr


def test_the_equations_of_a_script(zoo_command, tmp_path):
    (tmp_path / "plain.py").write_text(STEPS)
    process = zoo_command("show", "plain.py", "2")
    assert process.returncode == 0, process.stderr
    lines = [line.strip() for line in process.stdout.splitlines()]
    assert lines[0] == "Three cells decay."
    assert {"dv/dt = -v/tau : 1", "exact", "tau  2*ms"} <= set(lines)
    assert not (tmp_path / "results.txt").exists()


@pytest.mark.parametrize(
    "device",
    [
        "",
        pytest.param("set_device('cpp_standalone')\n", marks=pytest.mark.slow),
        pytest.param("set_device('zoo', build_on_run=False)\n", marks=pytest.mark.slow),
    ],
)
def test_equations_of_every_network_of_the_first_program(zoo_command, tmp_path, device):
    """Also with a network operation, which only Brian2's runtime device runs, and with a device of the script."""
    body = DECAY.replace("from brian2 import *", "from brian2 import *\n" + device)
    kick = "" if device else "@network_operation\ndef kick():\n    pass\n"
    last = "device.build()\n" if "False" in device else ""
    (tmp_path / "plain.py").write_text(f"import zoo\n{body}{kick}run(1*ms)\nrun(1*ms)\n{last}")
    process = zoo_command("show", "plain.py")
    assert process.returncode == 0, process.stderr
    assert "dv/dt = -v/(5*ms) : 1" in process.stdout
    assert ("Python function kick" in process.stdout) is (not device)


@pytest.mark.parametrize("arguments", [["build", "plain.py"], ["build", "plain.py", "1", "--out", "x"]])
def test_a_project_needs_its_folder_directly_after_the_script(zoo_command, tmp_path, arguments):
    (tmp_path / "plain.py").write_text(STEPS)
    process = zoo_command(*arguments)
    assert process.returncode == 2 and "directly after the file: --out DIR" in process.stderr


def test_a_script_that_has_no_program(zoo_command, tmp_path):
    (tmp_path / "plain.py").write_text("from brian2 import *\nprint('no network')\n")
    process = zoo_command("build", "plain.py", "--out", "project")
    assert process.returncode == 2 and "runs no network" in process.stderr and not (tmp_path / "project").exists()
    (tmp_path / "plain.py").write_text(DECAY + "print(trace.t)\nrun(1*ms)\n")
    process = zoo_command("build", "plain.py", "--out", "project")
    assert process.returncode == 2 and "before the first run" in process.stderr
