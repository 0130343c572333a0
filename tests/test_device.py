"""Backends: what is known, what is missing, and how to get it."""

import sys
from types import ModuleType

import pytest
from brian2 import Network, NeuronGroup, linked_var, ms

from tests.conftest import BACKENDS
from zoo import Model, ZooError, cuda_toolkit, device, simulate


def test_an_unknown_backend_gets_the_nearest():
    with pytest.raises(ZooError, match="'cup'.*did you mean"):
        device.check("cup")


def test_make_is_named(monkeypatch, tmp_path):
    (tmp_path / "g++").write_text("#!/bin/sh\n")
    (tmp_path / "g++").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(ZooError, match="needs make"):
        device.check("cpp")


def test_another_compiler_is_named(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler -O9")
    with pytest.raises(ZooError, match="needs no-such-compiler"):
        device.check("cpp")


def test_cuda_needs_a_newer_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    with pytest.raises(ZooError, match="Python 3.12 or newer.*--backend cpp"):
        device.check("cuda")


@pytest.fixture
def newer_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))


def test_cuda_without_brian2cuda(monkeypatch, newer_python):
    monkeypatch.setitem(sys.modules, "brian2cuda", None)
    with pytest.raises(ZooError, match=r"brian2cuda.*pip install 'brian2-zoo\[cuda\]'"):
        device.check("cuda")


def test_cuda_without_nvcc(monkeypatch, newer_python):
    monkeypatch.setitem(sys.modules, "brian2cuda", ModuleType("brian2cuda"))
    monkeypatch.setattr(cuda_toolkit, "nvcc", lambda: None)
    with pytest.raises(ZooError, match="nvcc.*CUDA toolkit"):
        device.check("cuda")
    device.check("cuda", compiled=False, arch="sm_90")  # sources need no compiler


def test_cuda_without_a_gpu(monkeypatch, newer_python, tmp_path):
    monkeypatch.setitem(sys.modules, "brian2cuda", ModuleType("brian2cuda"))
    monkeypatch.setattr(cuda_toolkit, "nvcc", lambda: tmp_path / "nvcc")
    monkeypatch.setattr(cuda_toolkit, "gpu", lambda: None)
    with pytest.raises(ZooError, match="no NVIDIA GPU.*--arch sm_90"):
        device.check("cuda")
    device.check("cuda", arch="9.0")
    with pytest.raises(ZooError, match="sm_90"):
        device.check("cuda", arch="hopper")
    monkeypatch.setattr(cuda_toolkit, "gpu", lambda: cuda_toolkit.GPU("Tesla T4", "7.5", "580.1"))
    device.check("cuda")
    assert device.architecture(None) == "sm_75"


def test_an_architecture_is_of_gpus_only():
    with pytest.raises(ZooError, match="matter of --backend cuda"):
        device.check("cpp", arch="sm_90")


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
