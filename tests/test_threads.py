"""Threads of the C++ device: the same bits for every number of them."""

import numpy as np
import pytest
from brian2 import prefs

from tests.conftest import BACKENDS, assert_refused, optimising
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
