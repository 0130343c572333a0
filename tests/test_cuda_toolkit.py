"""What is found of CUDA on a machine."""

import pytest

from tests.test_doctor import machine, with_cuda  # noqa: F401
from zoo import ZooError
from zoo.build import cuda_toolkit


@pytest.mark.parametrize("text", ["sm_90", "9.0", "90", " sm_90 "])
def test_an_architecture_is_read_in_each_way_it_is_written(text):
    assert cuda_toolkit.check_arch(text) == "sm_90"
    assert cuda_toolkit.check_arch("sm_120") == cuda_toolkit.check_arch("12.0") == "sm_120"


@pytest.mark.parametrize("text", ["", "hopper", "sm_", "9", "sm_90; rm"])
def test_another_text_is_refused(text):
    with pytest.raises(ZooError, match="sm_90"):
        cuda_toolkit.check_arch(text)


def test_the_toolkit_of_cuda_path_goes_first(machine, tmp_path, monkeypatch):  # noqa: F811
    assert cuda_toolkit.nvcc() is None
    machine("nvcc", "")
    assert cuda_toolkit.nvcc() == tmp_path / "bin/nvcc"
    with_cuda(machine, tmp_path / "cuda")
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "cuda"))
    found = cuda_toolkit.nvcc()
    assert found == tmp_path / "cuda/bin/nvcc" and cuda_toolkit.version(found) == "13.0"
    assert cuda_toolkit.make_variables(found, "sm_90") == [
        f"NVCC={found}",
        "ARCH=sm_90",
        f"CURAND=-isystem {tmp_path}/cuda/include",
        f"LIBRARIES=-Xlinker {tmp_path}/cuda/lib64/libcurand.so",
    ]
    (tmp_path / "cuda/lib64/libcurand.so").unlink()
    with pytest.raises(ZooError, match="cuRAND"):
        cuda_toolkit.make_variables(found, "sm_90")


def test_the_library_of_the_python_package_has_a_longer_name(machine, tmp_path, monkeypatch):  # noqa: F811
    package = tmp_path / "nvidia/cu13"
    with_cuda(machine, package)
    (package / "lib64/libcurand.so").rename(package / "lib64/libcurand.so.10")
    monkeypatch.setattr(cuda_toolkit, "_packages", lambda: (package,))
    assert cuda_toolkit.nvcc() == package / "bin/nvcc"
    assert cuda_toolkit.curand_library(cuda_toolkit.nvcc()) == package / "lib64/libcurand.so.10"
    monkeypatch.setenv("LD_LIBRARY_PATH", "/other")
    assert cuda_toolkit.library_path() == f"{package}/lib64:/other"


def test_the_first_visible_gpu(machine, monkeypatch):  # noqa: F811
    assert cuda_toolkit.gpu() is None
    cuda_toolkit.said.cache_clear()
    machine("nvidia-smi", "Tesla T4, 7.5, 580.1\nNVIDIA H200, 9.0, 580.1")
    assert cuda_toolkit.gpu().arch == "sm_75"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert cuda_toolkit.gpu() == cuda_toolkit.GPU("NVIDIA H200", "9.0", "580.1")
    for nothing in ("", "7", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", nothing)
        assert cuda_toolkit.gpu() is None


def test_a_driver_is_as_new_as_its_cuda():
    assert [cuda_toolkit.driver_for(release) for release in ("12.4", "13.0", "14.1")] == [525, 580, 580]
