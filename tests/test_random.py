"""Random numbers of the C++ device, many at a time: those of Brian2's own generator in the same order.

rand() bit for bit. In randn() the compiler may fuse the one or the other product of a sum of squares, also in two copies of
Brian2's own function: one ulp of the sum, which a small number is the root of the logarithm of. That none is missing shows in the
numbers behind it.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest
from brian2.devices import cpp_standalone

from tests.conftest import ROOT
from zoo.build import compiler
from zoo.codegen import device

pytestmark = pytest.mark.skipif(compiler.missing() is not None, reason="needs a C++ compiler")

FLAGS = ["-std=c++11", "-O3", "-ffast-math", "-fno-finite-math-only", "-march=native"]

# Plays "r n" (n numbers of rand) and "n n" (of randn) with the generator of Brian2 and with ours, "R n" and "N n" with ours many at
# a time; "s seed" begins anew, "w" writes the state of both and reads ours back. Prints how many numbers were compared, and which
# differ.
HARNESS = r"""
#include "simd.h"
#include "random.h"
#include <cstdio>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace stock { %s }
namespace ours { %s }
namespace stock {
std::ostream &operator<<(std::ostream &out, const RandomGenerator &) { return out; }
std::istream &operator>>(std::istream &in, RandomGenerator &) { return in; }
}
namespace ours {
std::ostream &operator<<(std::ostream &out, const RandomGenerator &) { return out; }
std::istream &operator>>(std::istream &in, RandomGenerator &) { return in; }
}

int main()
{
    stock::RandomGenerator one;
    ours::RandomGenerator two;
    long compared = 0, different = 0;
    std::string what;
    for (unsigned long n; std::cin >> what >> n;) {
        if (what == "s") {
            one.seed(n);
            two.seed(n);
            continue;
        }
        std::vector<double> numbers(n + 1, -1);
        const bool normal = what == "n" || what == "N";
        if (what == "N") zoo::Bulk::randns(two, numbers.data(), n);
        else if (what == "R") zoo::Bulk::rands(two, numbers.data(), n);
        else
            for (unsigned long k = 0; k < n; k++) numbers[k] = normal ? two.randn() : two.rand();
        for (unsigned long k = 0; k < n; k++) {
            const double expected = normal ? one.randn() : one.rand();
            different += !(std::fabs(numbers[k] - expected) <= (normal ? 1e-15*std::fabs(expected) + 5e-16/std::fabs(expected) : 0));
        }
        different += numbers[n] != -1;  // one too many
        compared += n;
    }
    std::mt19937 standard(3);
    zoo::Twister twister(3);
    for (int k = 0; k < 1000; k++) {
        different += standard() != twister();
        std::stringstream first, second;
        first << standard;
        second << twister;
        different += first.str() != second.str();
        if (k %% 100 == 0) second >> twister;
    }
    std::printf("[%%ld, %%ld]\n", compared, different);
}
"""


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    text = (Path(cpp_standalone.__file__).parent / "templates/objects.cpp").read_text()
    brian2s = re.search(r"class RandomGenerator \{.*?\n\};", text, re.DOTALL)[0]
    ours = brian2s.replace(device._GENERATOR, device._OURS)
    assert device.BULK and ours != brian2s
    folder = tmp_path_factory.mktemp("random")
    (folder / "main.cpp").write_text(HARNESS % (brian2s, ours))
    command = [*compiler.cxx(), *FLAGS, f"-I{ROOT / 'zoo/codegen/include'}", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "main"


def played(harness, text):
    process = subprocess.run([harness], input=text, capture_output=True, text=True, check=True)
    return json.loads(process.stdout)


def test_the_numbers_are_brian2s(harness):
    """Blocks of all lengths around those of the generator (312 numbers) and of the pairs (128), and remainders of pairs."""
    lengths = [1, 2, 3, 7, 255, 256, 257, 311, 312, 313, 623, 625, 1024, 4999]
    text = "s 5 " + " ".join(f"{what} {n}" for n in lengths for what in ("R", "N", "r", "N", "n", "R", "N"))
    compared, different = played(harness, text)
    assert (compared, different) == (7 * sum(lengths), 0)


@pytest.mark.parametrize("seed", [0, 1, 4294967295])
def test_a_seed_begins_anew(harness, seed):
    """Also where the second number of a pair was left over."""
    assert played(harness, f"s 1 N 3 s {seed} N 1001 R 1000 s {seed} n 11 N 1000000 R 9") == [1002024, 0]
