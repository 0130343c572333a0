"""Backends: what is known, what is missing, and how to get it."""

import sys
from types import ModuleType

import pytest

from zoo import ZooError, device


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


def test_cuda_without_brian2cuda(monkeypatch):
    monkeypatch.setitem(sys.modules, "brian2cuda", None)
    with pytest.raises(ZooError, match=r"brian2cuda.*pip install 'brian2-zoo\[cuda\]'"):
        device.check("cuda")


def test_cuda_without_nvcc(monkeypatch):
    monkeypatch.setitem(sys.modules, "brian2cuda", ModuleType("brian2cuda"))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CUDA_PATH", raising=False)
    with pytest.raises(ZooError, match="nvcc.*CUDA toolkit"):
        device.check("cuda")
