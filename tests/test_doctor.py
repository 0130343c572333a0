"""`zoo doctor`: each line says ok or what to do, and the exit code what the default backend needs. The tools are faked."""

import shutil

import pytest

from tests.conftest import BACKENDS
from zoo.build import cuda_toolkit
from zoo.command import doctor

GPU = "NVIDIA H200, 9.0, 580.95.05"


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Makes commands that print a text, which are the only ones of this machine; and nothing of CUDA is elsewhere."""
    bin = tmp_path / "bin"
    bin.mkdir()
    monkeypatch.setenv("PATH", str(bin))
    for name in ("CXX", "CUDA_PATH", "CUDA_VISIBLE_DEVICES", "ZOO_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cuda_toolkit, "_USUAL", ())
    monkeypatch.setattr(cuda_toolkit, "_packages", lambda: ())
    monkeypatch.setattr(cuda_toolkit, "_SYSTEM", tmp_path / "usr")
    cuda_toolkit.said.cache_clear()

    def add(name, text="", folder=bin):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n/bin/cat <<'TEXT'\n{text}\nTEXT\n")
        (folder / name).chmod(0o755)

    add("g++", "g++ (Test) 12.2.0")
    add("make", "GNU Make 4.3")
    yield add
    cuda_toolkit.said.cache_clear()


def with_cuda(add, folder, release="13.0"):
    """A whole toolkit in `folder`."""
    add("nvcc", f"Cuda compilation tools, release {release}, V{release}.1\nsm_80 sm_90", folder / "bin")
    for name in ("include/curand_kernel.h", "lib64/libcurand.so"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()


def lines(process):
    """Name -> (mark, text) of the lines on the screen."""
    found = {}
    for line in process.stdout.splitlines():
        mark, _, rest = line.partition("  ")
        if mark in ("ok", "NO", "--"):
            found[rest[:13].strip()] = (mark, rest[13:].strip())
    return found


def test_a_machine_with_a_compiler_is_well(zoo_here, machine):
    process = zoo_here("doctor")
    assert process.returncode == 0
    found = lines(process)
    assert found["C++ compiler"] == ("ok", "g++ (Test) 12.2.0")
    assert found["C++ standard"] == ("ok", "C++17")
    assert found["make"] == ("ok", "GNU Make 4.3")
    assert {name for name, (mark, _) in found.items() if mark == "NO"} == set()
    assert "has all it needs" in process.stdout
    for name in ("nvcc", "cuRAND", "NVIDIA driver", "GPU"):
        assert found[name][0] == "--"
    assert "pip install 'brian2-zoo[cuda]'" in found["nvcc"][1]


@pytest.mark.parametrize("tool, name", [("g++", "C++ compiler"), ("make", "make")])
def test_what_cpp_needs_counts(zoo_here, machine, tmp_path, tool, name):
    (tmp_path / "bin" / tool).unlink()
    process = zoo_here("doctor")
    assert process.returncode == 1
    mark, said = lines(process)[name]
    assert mark == "NO" and f"apt-get install {tool}" in said
    assert f"The default backend cpp needs: {name}" in process.stdout


def test_a_folder_that_cannot_be_written_counts(zoo_here, machine, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "file/cache"))
    process = zoo_here("doctor")
    assert process.returncode == 1
    mark, said = lines(process)["cache folder"]
    assert mark == "NO" and "set ZOO_CACHE" in said


def test_an_old_compiler_is_told_from_a_new_one(zoo_here, machine, tmp_path):
    (tmp_path / "bin/g++").write_text('#!/bin/sh\ncase "$*" in *c++17*|*c++14*) exit 1;; esac\n')
    process = zoo_here("doctor")
    assert process.returncode == 0
    assert lines(process)["C++ standard"] == ("ok", "C++11, CUDA needs C++17: a newer compiler")


def test_a_whole_gpu_machine(zoo_here, machine, tmp_path, monkeypatch):
    with_cuda(machine, tmp_path / "cuda")
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "cuda"))
    machine("nvidia-smi", GPU)
    found = lines(zoo_here("doctor"))
    assert found["nvcc"] == ("ok", f"13.0, {tmp_path}/cuda/bin/nvcc")
    assert found["cuRAND"] == ("ok", f"{tmp_path}/cuda/include")
    assert found["NVIDIA driver"] == ("ok", "580.95.05")
    assert found["GPU"] == ("ok", "NVIDIA H200, compute capability 9.0 (sm_90)")


def test_an_old_driver_and_a_gpu_that_nvcc_does_not_know(zoo_here, machine, tmp_path, monkeypatch):
    with_cuda(machine, tmp_path / "cuda")
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "cuda"))
    machine("nvidia-smi", "Tesla V100, 7.0, 535.10")
    found = lines(zoo_here("doctor"))
    assert found["NVIDIA driver"] == ("--", "535.10, CUDA 13.0 needs 580; a newer driver or an older toolkit")
    assert found["GPU"][0] == "--" and "compiles for sm_80, sm_90" in found["GPU"][1]


def test_curand_without_its_headers(zoo_here, machine, tmp_path, monkeypatch):
    with_cuda(machine, tmp_path / "cuda")
    (tmp_path / "cuda/include/curand_kernel.h").unlink()
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "cuda"))
    mark, said = lines(zoo_here("doctor"))["cuRAND"]
    assert mark == "--" and said.startswith("the headers are missing")


@pytest.mark.skipif("cpp" not in BACKENDS, reason="g++ and make are not installed")
def test_compile_builds_and_runs(zoo_here, monkeypatch):
    monkeypatch.setattr(doctor, "LOOKS", (doctor._cxx,))
    monkeypatch.setattr(cuda_toolkit, "nvcc", lambda: None)
    process = zoo_here("doctor", "--compile")
    assert process.returncode == 0
    found = lines(process)
    assert found["run runtime"][0] == found["run cpp"][0] == "ok"
    assert found["run cpp"][1].startswith("100 spikes of 100, ")


@pytest.mark.skipif("cpp" not in BACKENDS, reason="g++ and make are not installed")
def test_a_compiler_that_fails_counts(zoo_here, monkeypatch, tmp_path):
    (tmp_path / "broken").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setenv("CXX", str(tmp_path / "broken"))
    monkeypatch.setattr(doctor, "LOOKS", (doctor._cxx,))
    process = zoo_here("doctor", "--compile")
    assert process.returncode == 1
    mark, said = lines(process)["run cpp"]
    assert mark == "NO" and "compiler refuses" in said


def test_it_compiles_only_when_asked(zoo_here, machine):
    assert "run cpp" not in lines(zoo_here("doctor"))
    assert shutil.which("make")
