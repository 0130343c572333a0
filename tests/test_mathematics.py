"""The mathematical functions of the device: accurate, right at all limits, vectors on every compiler, the same bits in remainders."""

import itertools
import math
import platform
import shutil
import subprocess

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, ms

from tests.conftest import BACKENDS
from zoo import Model, simulate
from zoo.codegen.device import EXTRA_FLAGS, INCLUDE

pytestmark = [pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++"), pytest.mark.usefixtures("optimised")]

# A program without FMA makes its sums and products in other functions of the header.
X86 = platform.machine() in ("x86_64", "AMD64")
TARGETS = [["-march=native", *EXTRA_FLAGS], *([["-march=x86-64-v2"]] if X86 else [])]
PROGRAMS = [(c, t) for c, t in itertools.product(("g++", "clang++"), TARGETS) if shutil.which(c)]

FUNCTIONS = (
    "moderate_exp", "exp", "expm1", "exprel", "log", "log10", "log1p", "sinh", "cosh", "tanh", "near_sin", "near_cos", "near_tan",
    "asin", "acos", "atan", "pow", "sin", "cos", "tan",
)  # fmt: skip
BRANCHED = ("sin", "cos", "tan")

# Reads "function length", x and y from input.bin, and writes f(x) or f(x, y), computed in pieces of `length` elements.
HARNESS = """
#include "simd.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
%s
int main(int, char **arguments)
{
    const size_t n = std::atol(arguments[2]), length = std::atol(arguments[3]);
    std::vector<double> x(n), y(n), z(n);
    FILE *file = std::fopen("input.bin", "rb");
    if (std::fread(x.data(), 8, n, file) + std::fread(y.data(), 8, n, file) != 2*n) return 1;
    std::fclose(file);
    for (size_t k = 0; k < n; k += length) {
        const size_t part = n - k < length ? n - k : length;
        %s
    }
    file = std::fopen("output.bin", "wb");
    std::fwrite(z.data(), 8, n, file);
    std::fclose(file);
}
"""
_LOOP = """
__attribute__((noinline)) static void f_{0}(const double *x, const double *y, double *z, size_t n)
{{
    (void)y;
    #pragma GCC ivdep
    for (size_t i = 0; i < n; i++) z[i] = zoo::{0}({1});
}}"""
_CALL = 'if (!std::strcmp(arguments[1], "{0}")) f_{0}(&x[k], &y[k], &z[k], part);'


class Program:
    """A compiled harness; called with the name of a function and arguments it returns values."""

    def __init__(self, compiler, target, folder):
        arguments = {name: "x[i], y[i]" if name == "pow" else "x[i]" for name in FUNCTIONS}
        loops = "\n".join(_LOOP.format(*pair) for pair in arguments.items())
        calls = "\n        ".join(_CALL.format(name) for name in FUNCTIONS)
        (folder / "main.cpp").write_text(HARNESS % (loops, calls))
        flags = [
            "-std=c++11",
            "-O3",
            "-ffast-math",
            "-fno-finite-math-only",
            "-Wno-unknown-pragmas",
            f"-I{INCLUDE}",
            *target,
        ]
        report = "-Rpass=loop-vectorize" if compiler == "clang++" else "-fopt-info-vec-optimized"
        command = [compiler, *flags, report, "-c", "main.cpp"]
        self.report = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stderr
        # Without -ffast-math, which at linking makes 0 of all subnormal numbers.
        subprocess.run([compiler, "main.o", "-o", "main"], cwd=folder, check=True)
        self.folder = folder

    def __call__(self, name, x, y=None, length=1024):
        x = np.ascontiguousarray(x, float)
        y = x if y is None else np.ascontiguousarray(y, float)
        (self.folder / "input.bin").write_bytes(x.tobytes() + y.tobytes())
        subprocess.run(["./main", name, str(len(x)), str(length)], cwd=self.folder, check=True)
        return np.fromfile(self.folder / "output.bin")


@pytest.fixture(scope="module", params=PROGRAMS, ids=lambda pair: f"{pair[0]}{pair[1][0]}")
def functions(request, tmp_path_factory):
    return Program(*request.param, tmp_path_factory.mktemp("mathematics"))


def even(low, high):
    return np.random.default_rng(1).uniform(low, high, 100_000)


def wide(low, high):
    """Numbers of both signs whose logarithms are even."""
    return np.exp(even(math.log(low), math.log(high))) * np.random.default_rng(2).choice([-1, 1], 100_000)


long = np.longdouble
#: Name, function of extended precision, arguments, and the largest error in units in the last place: the algorithms' own, found with
#: 10^6 arguments, rounded up. Of tan, sinh, asin and so on the last operation has operands that are rounded.
ACCURACY = [
    ("moderate_exp", np.exp, [even(-3, 3), even(-707, 707)], 1),
    ("exp", np.exp, [even(-3, 3), even(-708.39, 709.78)], 1),
    ("expm1", np.expm1, [even(-2, 2), wide(1e-300, 700)], 1.05),
    ("exprel", lambda x: np.expm1(x) / x, [even(-3, 3), wide(1e-12, 700)], 1.6),
    ("log", np.log, [even(0.5, 2), abs(wide(5e-324, 1.7e308))], 1),
    ("log10", np.log10, [even(0.5, 2), abs(wide(5e-324, 1.7e308))], 1),
    ("log1p", np.log1p, [even(-0.99, 2), abs(wide(1e-300, 1e300)), wide(1e-20, 0.9)], 1),
    ("sinh", np.sinh, [even(-3, 3), wide(1e-300, 710)], 2.2),
    ("cosh", np.cosh, [even(-3, 3), wide(1e-300, 710)], 1.6),
    ("tanh", np.tanh, [even(-3, 3), wide(1e-300, 30)], 1),
    ("near_sin", np.sin, [even(-10, 10), even(-1e5, 1e5), wide(1e-300, 1e6)], 1),
    ("near_cos", np.cos, [even(-10, 10), even(-1e5, 1e5), wide(1e-300, 1e6)], 1),
    ("near_tan", np.tan, [even(-10, 10), even(-1e5, 1e5)], 2.2),
    ("asin", np.arcsin, [even(-1, 1), wide(1e-300, 1)], 2),
    ("acos", np.arccos, [even(-1, 1), wide(1e-300, 1)], 1.6),
    ("atan", np.arctan, [even(-3, 3), wide(1e-300, 1e300)], 1.8),
]  # fmt: skip

extended = pytest.mark.skipif(np.finfo(long).eps > 1e-18, reason="needs numbers of extended precision to compare with")


def error(found, expected):
    """The largest error in units in the last place of the expected numbers."""
    return float(np.max(abs(found.astype(long) - expected) / np.spacing(abs(expected.astype(float)))))


@extended
@pytest.mark.parametrize(("name", "exact", "arguments", "bound"), ACCURACY, ids=[row[0] for row in ACCURACY])
def test_errors_are_bounded(functions, name, exact, arguments, bound):
    for x in arguments:
        expected = exact(x.astype(long))
        normal = abs(expected) > 2.3e-308  # the others have fewer digits: half a unit in the last place is more of them
        found = functions(name, x)
        assert error(found[normal], expected[normal]) <= bound
        assert np.all(abs(found[~normal] - expected[~normal]) <= 5e-324)


@extended
def test_powers_are_within_a_unit_in_the_last_place(functions):
    rng = np.random.default_rng(3)
    x = abs(wide(1e-300, 1e300))
    y = rng.uniform(-745, 709, x.size) / np.log(x) * rng.uniform(0, 1, x.size)
    pairs = [(x, y), (even(0.5, 2), rng.uniform(-100, 100, x.size)), (np.full(x.size, 2.1), even(-900, 900)),
             (even(0, 10), np.full(x.size, 2.7)), (np.full(x.size, 1 + 1e-10), even(-1e12, 1e12))]  # fmt: skip
    for x, y in pairs:
        # The error of extended precision itself is up to 1024 times that of its logarithm, of which 2^-11 of a unit are left.
        assert error(functions("pow", x, y), np.power(x.astype(long), y.astype(long))) <= 1


LIMITS = [0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 5e-324, -5e-324, 1e-310, 2.3e-308, 1e-20, -1e-20, 700.0, -700.0,
          710.0, 750.0, -710.0, -750.0, 1e300, -1e300, 1.7976931348623157e308, math.inf, -math.inf, math.nan, 2.0**52 + 1,
          2.0**53, -(2.0**52) - 1, -(2.0**53) - 2, 1.0000000000000002, 0.9999999999999999]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if not name.startswith(("near", "moderate", "p"))])
def test_limits(functions, name):
    x = np.array(LIMITS)
    numpys = {"asin": np.arcsin, "acos": np.arccos, "atan": np.arctan}
    with np.errstate(all="ignore"):
        expected = (
            numpys[name](x) if name in numpys else (np.expm1(x) / x if name == "exprel" else getattr(np, name)(x))
        )
    if name == "exp":
        expected[abs(expected) < 2.3e-308] = 0
    if name == "exprel":
        expected[x == 0], expected[x == math.inf] = 1, math.inf
    # A few units in the last place, as the errors of numpy's functions add to ours.
    np.testing.assert_allclose(functions(name, x), expected, rtol=5e-16, atol=5e-324)


def test_limits_of_powers(functions):
    x, y = np.array(list(itertools.product(LIMITS, LIMITS))).T
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    np.testing.assert_allclose(functions("pow", x, y), expected, rtol=5e-16, atol=5e-324)


def test_sines_of_large_numbers_are_exact(functions):
    x = np.array([1e6, 1e9, 1e9 + 1, 1e15, 1e22, -1e22, 1e300, 6381956970095103 * 2.0**797])
    for name, exact in (("sin", math.sin), ("cos", math.cos), ("tan", math.tan)):
        # tan of the last number, which is next to a multiple of pi/2, is 10^18; glibc's are exact to a unit in the last place.
        np.testing.assert_allclose(functions(name, x), [exact(number) for number in x], rtol=5e-16)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_remainder_has_the_bits_of_a_vector(functions, name):
    """A loop of 67 equal arguments has several vectors, and a remainder."""
    values = {"asin": even(-1, 1), "acos": even(-1, 1)}.get(name, even(-6, 6))[:500]
    found = functions(name, np.repeat(values, 67), np.repeat(values[::-1], 67), length=67).reshape(-1, 67)
    assert np.array_equal(found, np.repeat(found[:, :1], 67, axis=1), equal_nan=True)


def test_loops_are_vectorised(functions):
    phrase = "loop vectorized using" if "loop vectorized using" in functions.report else "vectorized loop"
    lines = {line.split(":")[1] for line in functions.report.splitlines() if phrase in line}
    assert len(lines) >= len(FUNCTIONS) - len(BRANCHED), functions.report


class Twins(Model):
    """Cells in the same state, and the last in another one."""

    n: int = 51

    def build(self):
        cells = NeuronGroup(
            self.n,
            """
            dv/dt = (0.5*v**2.7/(v**2.7 + 0.3) + tanh(v)*0.1 - v*0.4 + 0.1*cosh(w) - 0.2*log10(1 + v**2))/ms : 1
            dw/dt = (log(1 + v) - sin(w) + 0.3*cos(x*v) + 0.1*tan(0.1*v) + arctan(w))/ms : 1
            du/dt = (exp(-v) - 0.3*exprel(u) + 0.1*log1p(v) + 0.1*expm1(-u) + 0.01*arcsin(0.1*sin(w)))/ms : 1
            x : 1
            """,
            method="euler",
            name="cells",
        )
        cells.v, cells.w, cells.u, cells.x = 0.71, 0.2, 0.3, "1 + 1e12*int(i == 50)"
        return Network(cells)


class Neighbours(Model):
    """Two Hodgkin-Huxley cells without a connection; the drive of the second is a parameter."""

    other: float = 8

    def build(self):
        cells = NeuronGroup(
            2,
            """
            dv/dt = (-(v + 65)*0.3 + 20*m*n + x)/ms : 1
            dm/dt = (0.1/exprel(-(v + 40)/10)*(1 - m) - 4*exp(-(v + 65)/18)*m)/ms : 1
            dn/dt = (0.1/exprel(-(v + 55)/10)*(1 - n) - 0.125*exp(-(v + 65)/80)*n)/ms : 1
            x : 1
            """,
            method="exponential_euler",
            name="cells",
        )
        cells.v, cells.x = -65, [8, self.other]
        return Network(cells)


def recorded(*names):
    return lambda network: [StateMonitor(network["cells"], list(names), record=True, name="trace")]


cpp = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")


@cpp
def test_equal_cells_have_equal_values():
    """Also next to a cell whose cosine, of 10^12, is beyond the reach of vectors."""
    result = simulate(Twins(), 3 * ms, recorded("v", "w", "u"))
    stock = simulate(Twins(), 0.2 * ms, recorded("v", "w", "u"), backend="cpp-stock")
    for name in ("v", "w", "u"):
        values = np.asarray(result[f"trace.{name}"])
        assert np.array_equal(values[:50], np.repeat(values[:1], 50, axis=0))
        # Steps of rounding; the argument of the last cosine has a rounding of 10^-4 from the second step on.
        assert np.allclose(values[:, :2], np.asarray(stock[f"trace.{name}"]), rtol=1e-15, atol=1e-15)


@cpp
def test_a_cell_does_not_notice_another_one_that_leaves_the_reach_of_shared_exponentials():
    """At a drive of 3000 the second cell is at 10 V, where exp(10 V/10 mV) is no number that powers of one exponential give."""
    traces = [np.asarray(simulate(Neighbours(other=other), 30 * ms, recorded("v"))["trace.v"]) for other in (8, 3000)]
    assert traces[1][1].max() > 1000
    assert np.array_equal(traces[0][0], traces[1][0])
