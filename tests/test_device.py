"""Backends: what is known, what is missing, and how to get it."""

import sys
from types import ModuleType

import numpy as np
import pytest
from brian2 import (
    Equations,
    Network,
    NeuronGroup,
    defaultclock,
    euler,
    get_device,
    linked_var,
    ms,
    second,
    seed,
    set_device,
)

from tests.conftest import BACKENDS
from zoo import Model, ZooError, program, simulate
from zoo.build import cuda_toolkit
from zoo.device import backends


def test_an_unknown_backend_gets_the_nearest():
    with pytest.raises(ZooError, match="'cup'.*did you mean"):
        backends.check("cup")


def test_make_is_named(monkeypatch, tmp_path):
    (tmp_path / "g++").write_text("#!/bin/sh\n")
    (tmp_path / "g++").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(ZooError, match="needs make"):
        backends.check("cpp")


def test_another_compiler_is_named(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler -O9")
    with pytest.raises(ZooError, match="needs no-such-compiler"):
        backends.check("cpp")


def test_cuda_needs_a_newer_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    with pytest.raises(ZooError, match="Python 3.12 or newer.*--backend cpp"):
        backends.check("cuda")


@pytest.fixture
def newer_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))


def test_cuda_without_brian2cuda(monkeypatch, newer_python):
    monkeypatch.setitem(sys.modules, "brian2cuda", None)
    with pytest.raises(ZooError, match=r"brian2cuda.*pip install 'brian2-zoo\[cuda\]'"):
        backends.check("cuda")


def test_cuda_without_nvcc(monkeypatch, newer_python):
    monkeypatch.setitem(sys.modules, "brian2cuda", ModuleType("brian2cuda"))
    monkeypatch.setattr(cuda_toolkit, "nvcc", lambda: None)
    with pytest.raises(ZooError, match="nvcc.*CUDA toolkit"):
        backends.check("cuda")
    backends.check("cuda", compiled=False, arch="sm_90")  # sources need no compiler


def test_cuda_without_a_gpu(monkeypatch, newer_python, tmp_path):
    monkeypatch.setitem(sys.modules, "brian2cuda", ModuleType("brian2cuda"))
    monkeypatch.setattr(cuda_toolkit, "nvcc", lambda: tmp_path / "nvcc")
    monkeypatch.setattr(cuda_toolkit, "gpu", lambda: None)
    with pytest.raises(ZooError, match="no NVIDIA GPU.*--arch sm_90"):
        backends.check("cuda")
    backends.check("cuda", arch="9.0")
    with pytest.raises(ZooError, match="sm_90"):
        backends.check("cuda", arch="hopper")
    monkeypatch.setattr(cuda_toolkit, "gpu", lambda: cuda_toolkit.GPU("Tesla T4", "7.5", "580.1"))
    backends.check("cuda")
    assert backends.architecture(None) == "sm_75"


def test_an_architecture_is_of_gpus_only():
    with pytest.raises(ZooError, match="needs --backend cuda"):
        backends.check("cpp", arch="sm_90")


# What belongs to a run, and where plain scripts of Brian2 set it.


class Settings(Model):
    """Its code sets what `where` and `what` say."""

    dt: second = 0.05 * ms
    where: str = "build"
    what: str = ""
    state = ("cells.x",)

    def build(self):
        cells = NeuronGroup(3, "x : 1", dt=0.1 * ms, name="cells")
        self._set("build")
        return Network(cells)

    def initialise(self, network):
        self._set("initialise")
        network["cells"].x = "rand()"

    def _set(self, where):
        if where == self.where:
            SETTINGS[self.what]()


SETTINGS = {
    "": lambda: None,
    "clock": lambda: setattr(defaultclock, "dt", 0.01 * ms),
    "seed": lambda: seed(5),
    "device": lambda: set_device("runtime" if type(get_device()).__name__ != "RuntimeDevice" else "cpp_standalone"),
    "numpy": lambda: np.random.seed(5),
}


@pytest.mark.parametrize("backend", ["runtime", "cpp-stock"])
@pytest.mark.parametrize(
    ("what", "where", "words"),
    [
        ("clock", "build", r"Settings sets defaultclock.dt to 10\*us, but its field dt is 50\*us"),
        ("clock", "initialise", r"Settings sets defaultclock.dt to 10\*us"),
        ("seed", "build", r"seed\(\) would give every run the same random numbers"),
        ("seed", "initialise", r"seed\(\) would give every run the same random numbers"),
        ("device", "build", r"a model must not call set_device\(\)"),
    ],
)
def test_a_model_does_not_set_what_belongs_to_a_run(what, words, where, backend):
    before = get_device()
    with (
        pytest.raises(ZooError, match=words),
        program(Settings(what=what, where=where), 1 * ms, backend=backend, compiled=False) as p,
    ):
        p.run()
    assert get_device() is before


@pytest.mark.parametrize("where", ["build", "initialise"])
def test_numpys_seed_is_refused_where_brian2_draws_with_it(where):
    model = Settings(what="numpy", where=where)
    with pytest.raises(ZooError, match=r"numpy.random.seed\(\) would seed Brian2 as well"):
        simulate(model, 1 * ms, backend="runtime")
    with program(model, 1 * ms, backend="cpp-stock", compiled=False):  # where it concerns Python alone
        pass
    np.random.seed(1)  # as it was


def test_the_clock_of_a_script_is_not_ignored():
    try:
        defaultclock.dt = 0.02 * ms
        with pytest.raises(
            ZooError,
            match=r"defaultclock.dt is 20\*us, but the field dt of the model is 50\*us; set the time step with",
        ):
            simulate(Settings(), 1 * ms, backend="runtime")
        assert simulate(Settings(dt=0.02 * ms), 1 * ms, backend="runtime").model.dt == 0.02 * ms
    finally:
        defaultclock.dt = 0.1 * ms


@pytest.mark.parametrize("backend", BACKENDS)
def test_links_to_subgroups(backend):
    """One cell of a group, two of them, and a group of one: the linked values, though nobody holds the subgroups."""

    class Linked(Model):
        state = ("one.y", "two.y")

        def build(self):
            source = NeuronGroup(6, "x : 1", name="source")
            alone = NeuronGroup(1, "z : 1", name="alone")
            one = NeuronGroup(1, "x : 1 (linked)\nalone : 1 (linked)\ny : 1", name="one")
            one.x = linked_var(source[4:5], "x")
            one.alone = linked_var(alone[0:1], "z")
            two = NeuronGroup(2, "x : 1 (linked)\nalone : 1 (linked)\ny : 1", name="two")
            two.x = linked_var(source[2:6][1:3].x)
            two.alone = linked_var(alone, "z")
            for group in (one, two):
                group.run_regularly("y = x + 100*alone", dt=0.1 * ms, name=f"copy_{group.name}")
            return Network(source, alone, one, two)

        def initialise(self, network):
            network["source"].x = "i"
            network["alone"].z = 7

    result = simulate(Linked(), 0.1 * ms, backend=backend)
    assert result["one.y"].tolist() == [704] and result["two.y"].tolist() == [703, 704]


def test_two_links_that_brian2_would_mix_up_are_refused():
    """It gave x and y the same cells of the source."""

    class Mixed(Model):
        def build(self):
            source = NeuronGroup(6, "v : 1", name="source")
            cells = NeuronGroup(2, "x : 1 (linked)\ny : 1 (linked)", name="cells")
            cells.x = linked_var(source[:2], "v")
            cells.y = linked_var(source[4:], "v")
            return Network(source, cells)

    with pytest.raises(ZooError, match="cells.x and cells.y are linked .* index="):
        simulate(Mixed(), 0.1 * ms, backend="runtime")


def test_noise_is_drawn_in_the_order_of_its_names():
    """In the order of a set, the same seed would give other numbers in every process. (Six terms: 1 of 720 sets is sorted.)"""
    terms = " + ".join(f"xi_{letter}*second**-0.5" for letter in "fbdace")
    lines = euler(Equations(f"dv/dt = -v/(10*ms) + {terms} : 1")).splitlines()
    assert [line.split()[0] for line in lines[:6]] == [f"xi_{letter}" for letter in "abcdef"]
