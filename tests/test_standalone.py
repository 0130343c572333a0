"""The C++ device: one translation unit and vectorised mathematics give Brian2's own numbers."""

import os
import shlex
import subprocess
import sys

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, ms

from tests.conftest import BACKENDS, ROOT
from tests.toys import Cells, voltages
from zoo import Model, program, simulate
from zoo.build import compiler
from zoo.codegen.unity import in_each_dialect, unite

pytestmark = [
    pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make"),
    pytest.mark.usefixtures("optimised"),
]

SOURCES = {
    "code_objects/one.cpp": """
#define FACTOR 2
namespace {
static inline int helper() { return FACTOR; }
}
void _run_one()
{
    using namespace brian;
    state += helper();
}
""",
    "code_objects/two.cpp": """
#define FACTOR 30
namespace {
static inline int helper() { return FACTOR; }
}
void _run_two()
{
    using namespace brian;
    state += helper();
}
""",
    "code_objects/three.cpp": """
void _run_three()
{
    using namespace brian;
    const int FACTOR = 400;
    state += FACTOR;
}
""",
    "main.cpp": """
#include <cstdio>
namespace brian { int state = 0; }
void _run_one(); void _run_two(); void _run_three();
int main() { _run_one(); _run_two(); _run_three(); std::printf("%d", brian::state); }
""",
}


def test_helpers_and_macros_of_the_same_name_stay_apart(tmp_path):
    (tmp_path / "main.cpp").write_text(SOURCES["main.cpp"])
    (tmp_path / "unity.cpp").write_text("namespace brian { extern int state; }\n" + unite(SOURCES))
    subprocess.run([*compiler.cxx(), "-I.", "unity.cpp", "-o", "main"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "main"], capture_output=True, text=True).stdout == "432"


def test_no_object_reads_the_cpu_time():
    """A system call, of which profile=True has two for each object and step: 30 % of Wang (2002)."""
    profiled = "void _run_one() { const std::clock_t _start_time = std::clock(); }"
    text = unite({"code_objects/one.cpp": profiled, "network.cpp": ""})
    assert "std::clock()" not in text and "_start_time = std::zoo_clock();" in text
    assert text.index("clock_t zoo_clock()") < text.index("_start_time")


def test_independent_loops_are_marked_for_each_compiler():
    """clang does not read gcc's mark; without its own it checks at run time which arrays overlap, and gives up where they are many."""
    loop = "    #pragma GCC ivdep\n    for (;;);\n"
    assert in_each_dialect(loop).splitlines() == [
        "#ifdef __clang__", "#pragma clang loop vectorize(assume_safety)", "#else", "#pragma GCC ivdep", "#endif",
        "    for (;;);",
    ]  # fmt: skip
    with pytest.raises(AssertionError):
        in_each_dialect("int a; #pragma GCC ivdep")
    with program(Cells(), 1 * ms, voltages, compiled=False) as built:
        for name in ("unity.cpp", "random.h"):
            text = (built.project / name).read_text()
            assert text.count("#pragma clang loop") == text.count("#pragma GCC ivdep") > 0


def test_one_source_is_compiled():
    with program(Cells(), 1 * ms, voltages, compiled=False) as built:
        makefile = (built.project / "makefile").read_text()
        assert "main: unity.o" in makefile
        assert (built.project / "unity.cpp").read_text().count("//////// code_objects/") > 5


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "other"), [("cpp", "cpp-stock")])
def test_the_same_numbers_as_brian2s_device(backend, other):
    """Nothing but the compilation differs as long as no exponential is vectorised: bit for bit."""
    one, two = (simulate(Cells(n=30), 30 * ms, voltages, backend=name, seed=4) for name in (backend, other))
    assert np.array_equal(np.asarray(one["trace.v"]), np.asarray(two["trace.v"]))


class Decay(Model):
    """The smallest network with a monitor: each source of Brian2's own device compiles for a second."""

    def build(self):
        cells = NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", method="exact", name="cells")
        cells.v = [1, -2]
        return Network(cells)


@pytest.mark.slow
def test_brian2s_device_with_its_own_makefile(as_brian2_compiles):
    with program(Decay(), 2 * ms, voltages, backend="cpp-stock") as built:
        assert not (built.project / "unity.cpp").exists()
        v = np.asarray(built.run()["trace.v"])
    # 20 products with the same factor, half an ulp each.
    assert np.allclose(v, np.outer([1, -2], np.exp(-np.arange(20) / 100)), rtol=20 * 1.2e-16, atol=0)


class Functions(Model):
    """y = f(x) for many x."""

    n: int = 4001

    def build(self):
        cells = NeuronGroup(
            self.n,
            """
            x : 1
            z : 1
            y_exprel : 1
            y_exp : 1
            y_expm1 : 1
            y_log : 1
            y_tanh : 1
            """,
            name="cells",
        )
        cells.run_regularly(
            """
            y_exprel = exprel(x)
            z = x
            y_exp = exp(z)
            y_expm1 = expm1(x)
            y_log = log(abs(x))
            y_tanh = tanh(x)
            """,
            dt=self.dt,
            when="start",
        )
        return Network(cells)


NAMES = ("exprel", "exp", "expm1", "log", "tanh")


def _values(x):
    record = lambda net: [StateMonitor(net["cells"], [f"y_{n}" for n in NAMES], record=True, when="end", name="y")]  # noqa: E731
    with program(Functions(n=len(x)), 0.1 * ms, record) as built:
        result = built.run({"cells.x": x})
    return {name: np.asarray(result[f"y.y_{name}"])[:, 0] for name in NAMES}


def test_vector_functions_are_accurate():
    x = np.concatenate([np.linspace(-60, 60, 3001), np.geomspace(1e-12, 1, 500), -np.geomspace(1e-12, 1, 500)])
    x = x[x != 0]
    found = _values(x)
    # Within 1 to 2 units in the last place of ours (tests/test_mathematics.py), and those of numpy's.
    for name, expected in (
        ("exp", np.exp(x)), ("expm1", np.expm1(x)), ("log", np.log(np.abs(x))), ("tanh", np.tanh(x)),
    ):  # fmt: skip
        assert np.allclose(found[name], expected, rtol=5 * 2.3e-16, atol=5e-17), name
    assert np.allclose(found["exprel"], np.expm1(x) / x, rtol=1e-9)
    far = np.abs(x) > 1e-8
    assert np.allclose(found["exprel"][far], (np.expm1(x) / x)[far], rtol=6 * 2.3e-16)


def test_the_gap_of_exprel_is_closed_and_infinities_stay():
    found = _values(np.array([0.0, -0.0, 800.0, -800.0, 1e-300] * 4))
    assert np.allclose(found["exprel"][[0, 1, 4]], 1, rtol=1e-9)
    assert np.isinf(found["exprel"][2]) and found["exprel"][3] == pytest.approx(1 / 800)
    assert np.isinf(found["exp"][2]) and found["exp"][3] == 0 and np.isneginf(found["log"][0])


def test_the_headers_are_part_of_the_installation():
    assert '"zoo.codegen": ["include/*", "templates/*"]' in (ROOT / "setup.py").read_text()
    headers = {
        "zoo.h",
        "zoo_cuda.h",
        "simd.h",
        "mathematics.h",
        "queue.h",
        "runs.h",
        "threads.h",
        "arrays.h",
        "cable.h",
        "connect.h",
        "random.h",
        "outputs.h",
        "dynamic_array.h",
        "finite.h",
        "exact.h",
    }
    assert {path.name for path in (ROOT / "zoo/codegen/include").glob("*.h")} == headers


RECORDED = r"""
#include "outputs.h"
#include "dynamic_array.h"
static void written(const char *name, const char *from, size_t n, size_t part)
{
    zoo::Output file;
    file.open(zoo::output("./", name), std::ios::binary | std::ios::out);
    for (size_t k = 0; file.is_open() && k < n; k += part) file.write(from + k, std::min(part, n - k));
}
int main()
{
    const size_t n = 1000003;
    std::vector<char> numbers(n);
    for (size_t k = 0; k < n; k++) numbers[k] = k < 300000 || k > 600000 ? 0 : k % 127;
    written("whole", numbers.data(), n, n);
    written("rows", numbers.data(), n, 3203);
    written("unwanted", numbers.data(), n, n);
    DynamicArray2D<double> array;
    for (int row = 0; row < 3000; row++) {
        array.resize(row + 1, 70);
        for (int k = 0; k < 70; k++) array(row, k) += 70*row + k;
    }
    array.resize(2000, 70);
    array.resize(2002, 72);
    array.resize(2005, 3);
    zoo::Output file;
    file.open("array", std::ios::binary | std::ios::out);
    for (int row = 0; row < array.n; row++)
        if (!array(row).empty()) file.write((char *)&array(row, 0), array.m*sizeof(double));
    array.resize(0, 0);
    return array.n;
}
"""


def test_recordings_and_their_files(tmp_path):
    """Files of rows are written in blocks, with holes for zeros; an array of rows keeps its numbers when it changes its size."""
    include = ROOT / "zoo/codegen/include"
    (tmp_path / "main.cpp").write_text(RECORDED)
    subprocess.run([*compiler.cxx(), "-std=c++11", f"-I{include}", "main.cpp", "-o", "main"], cwd=tmp_path, check=True)
    wanted = {**os.environ, "ZOO_OUTPUTS": "whole\nrows"}
    subprocess.run([tmp_path / "main"], cwd=tmp_path, check=True, env=wanted)
    k = np.arange(1000003)
    expected = np.where((k < 300000) | (k > 600000), 0, k % 127).astype("int8")
    for name in ("whole", "rows"):
        assert np.array_equal(np.fromfile(tmp_path / name, "int8"), expected)
    if sys.platform == "linux":
        assert (tmp_path / "rows").stat().st_blocks * 512 < 500_000
    assert not (tmp_path / "unwanted").exists()
    rows = np.fromfile(tmp_path / "array").reshape(2005, 3)
    assert np.array_equal(rows[:2000], 70 * np.arange(2000)[:, np.newaxis] + np.arange(3)) and not rows[2000:].any()


def test_a_state_update_with_exponentials_is_vectorised(tmp_path):
    """The compiler says so itself; without the header and the flag it gives up."""
    from zoo.models.hh_mnist_grid import HHMnistGrid

    with program(HHMnistGrid(n=4, n_images=1), 350 * ms, compiled=False) as built:
        said = subprocess.run(
            ["make", "-n", "--no-print-directory", "unity.o"],
            cwd=built.project,
            env=compiler.environment(),
            capture_output=True,
            text=True,
        ).stdout
        name = "code_objects/excitatory_stateupdater_codeobject.cpp"
        command = [{"unity.cpp": name, "unity.o": str(tmp_path / "o")}.get(word, word) for word in shlex.split(said)]
        report = ["-fopt-info-vec-optimized"] if "clang" not in command[0] else ["-Rpass=loop-vectorize", "-Wall"]
        process = subprocess.run([*command, *report], cwd=built.project, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert "loop vectorized" in process.stderr or "vectorized loop" in process.stderr


def test_a_compiler_gets_no_flag_of_another_processor(tmp_path):
    """An exported project is compiled on any machine: a compiler for ARM knows neither this processor nor wide vectors."""
    cross = tmp_path / "cross-g++"
    cross.write_text('#!/bin/sh\ncase "$*" in *-march=native*|*-mprefer*) exit 1;; esac\n')
    cross.chmod(0o755)
    with program(Cells(), 1 * ms, voltages, compiled=False) as built:
        found = {}
        for command in ("c++", str(cross)):
            process = subprocess.run(
                ["make", "-n", "--no-print-directory", f"CXX={command}"],
                cwd=built.project,
                capture_output=True,
                text=True,
            )
            assert process.returncode == 0 and "-ffast-math" in process.stdout
            found[command] = {word for word in process.stdout.split() if word.startswith("-m")}
    assert "-march=native" in found["c++"] and not found[str(cross)]
