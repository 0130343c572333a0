"""Threads of the C++ device: the same bits for every number of them."""

import os
import subprocess
import sys

import numpy as np
import pytest
from brian2 import prefs

from tests.conftest import BACKENDS, ROOT, assert_refused, optimising
from tests.test_models import SMALL, _record
from zoo import ZooError, program
from zoo.catalogue import registry as catalogue
from zoo.device.threads import VARIABLE, chosen, using

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")

#: Random networks with plastic synapses, with delays that differ, and with cells of four variables
SOME = ("vogels_2011", "potjans_diesmann", "cobahh")


@pytest.mark.parametrize("name", SOME)
def test_any_number_of_threads_gives_the_same_bits(name, monkeypatch):
    equal_with_all_numbers_of_threads(name, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_any_number_of_threads_gives_the_same_bits_in_loops_of_vectors(name, monkeypatch):
    with optimising():
        equal_with_all_numbers_of_threads(name, monkeypatch)


def equal_with_all_numbers_of_threads(name, monkeypatch):
    monkeypatch.setenv("ZOO_SHARE", "all")  # however small the network
    fields, duration, values = SMALL[name]
    results = []
    with program(catalogue.model(name)(**fields), duration, _record) as built:
        for built.threads in (1, 2, 3, 7):
            results.append(built.run(values, seed=1))
    for key in results[0]:
        expected = np.asarray(results[0][key])
        for result in results[1:]:
            assert expected.tobytes() == np.asarray(result[key]).tobytes(), key


def test_runs_of_synapses_are_found_before_threads_share_them(tmp_path):
    # Whether threads that find them at the same time do harm depends on when they wake up.
    script = """
import zoo
from brian2 import *
set_device("zoo", build_on_run=False)
cells = NeuronGroup(100, "dv/dt = (1 - v)/(10*ms) : 1", method="exact")
synapses = Synapses(cells, cells, "dz/dt = (v_post - z)/(7*ms) : 1 (clock-driven)", method="euler")
synapses.connect()
run(defaultclock.dt)
device.build(directory="here", compile=False, run=False)
"""
    (tmp_path / "script.py").write_text(script)
    process = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    [source] = (tmp_path / "here/code_objects").glob("synapses_stateupdater_codeobject*.cpp")
    text = source.read_text()
    assert 0 < text.index("_of_synapses.of(") < text.index("_section.shared(")


def test_the_number_of_threads_is_given_or_that_of_the_environment_or_of_brian2(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setitem(prefs, "devices.cpp_standalone.openmp_threads", 4)
    assert chosen(None, "cpp") == 4
    assert chosen(None, "runtime") == 1
    with using("2"):
        assert chosen(None, "cpp") == 2
        assert chosen(3, "cpp") == 3
    assert chosen(None, "cpp") == 4


@pytest.mark.parametrize("threads", [0, -1, 257, 1.5, True, "2"])
def test_a_number_of_threads_that_cannot_be_is_refused(threads):
    with pytest.raises(ZooError, match="threads must be an integer from 1 to 256"):
        chosen(threads, "cpp")


def test_threads_that_a_backend_does_not_have_are_refused():
    with pytest.raises(ZooError, match="'runtime' does not take threads"):
        chosen(2, "runtime")


def test_the_command_line_refuses_what_is_no_number(zoo_here):
    process = zoo_here("run", "leaky_integrate_and_fire", "--threads", "many")
    assert_refused(process, "--threads is 'many'; it must be an integer from 1 to 256.")
