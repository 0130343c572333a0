"""Backends: what is known, what is missing, and how to get it."""

import sys
from types import ModuleType

import pytest
from brian2 import Equations, euler

from zoo import ZooError, cuda_toolkit, device


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


def test_noise_is_drawn_in_the_order_of_its_names():
    """In the order of a set, the same seed would give other numbers in every process. (Six terms: 1 of 720 sets is sorted.)"""
    terms = " + ".join(f"xi_{letter}*second**-0.5" for letter in "fbdace")
    lines = euler(Equations(f"dv/dt = -v/(10*ms) + {terms} : 1")).splitlines()
    assert [line.split()[0] for line in lines[:6]] == [f"xi_{letter}" for letter in "abcdef"]
