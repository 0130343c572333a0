"""Random numbers of the C++ device, many at a time: those of Brian2's own generator in the same order.

rand() bit for bit, and the binomial and Poisson numbers that come from it. In randn() the compiler may fuse the one or the other product of a sum of squares, also in two copies of
Brian2's own function: one ulp of the sum, which a small number is the root of the logarithm of. That none is missing shows in the
numbers behind it.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.devices import cpp_standalone
from brian2.input.binomial import _generate_cpp_code

from tests.conftest import ROOT
from zoo.build import compiler
from zoo.codegen import device, draws

pytestmark = [
    pytest.mark.skipif(compiler.missing() is not None, reason="needs a C++ compiler"),
    pytest.mark.usefixtures("optimised"),
]

FLAGS = ["-std=c++11", "-O3", "-ffast-math", "-fno-finite-math-only", "-march=native"]

# Plays "bK n" (n numbers of the binomial function K) and "p n" (Poisson numbers of means up to 13, zero and below), "q n" (of means that many have), "t n" (the same, drawn by threads), with
# Brian2's functions and ours many at a time, "i n" (of a falling function that often wants another number), "r n" (n numbers
# of rand) and "n n" (of randn) with the generator of Brian2 and with ours, "R n" and "N n" with ours many at a time; "s seed" begins anew, "w" writes the state of both and reads ours back. Prints how many numbers were compared, and which
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

stock::RandomGenerator one;
ours::RandomGenerator two;
namespace stock {
double _rand(int) { return one.rand(); }
double _randn(int) { return one.randn(); }
%s
}
namespace ours {
double _rand(int) { return two.rand(); }
double _randn(int) { return two.randn(); }
%s
}

// Steps down at thirds and by two at .5, and refuses numbers from .7 on.
static long falling(double number, bool &again)
{
    again = number >= 0.7;
    return 5 - (number >= 1/3.) - 2*(number >= 0.5) - (number >= 2/3.);
}

int main(int, char **arguments)
{
    zoo::threads() = std::stoi(arguments[1]);
    long compared = 0, different = 0;
    std::string what;
    for (unsigned long n; std::cin >> what >> n;) {
        if (what == "s") {
            one.seed(n);
            two.seed(n);
            continue;
        }
        std::vector<double> numbers(n + 1, -1);
        if (what == "p" || what == "q" || what == "t" || what[0] == 'b') {
            static const double of_populations[] = {1e-3, 0.13, 0.9, 2.32, 4.999, 5, 9.9};
            std::vector<double> means(n);
            for (unsigned long k = 0; k < n; k++)
                means[k] = what == "p" ? 0.25*(double)(k*k %% 53) - 0.25 : what == "q" || what == "t" ? of_populations[k/997 %% 7] : 0;
            BINOMIALS
            else if (what == "t") {
                static zoo::Poissons poissons;
                poissons.means = means;
                different += !poissons.draw(zoo::Bulk::twister(two));
                std::copy(poissons.numbers.begin(), poissons.numbers.end(), numbers.begin());
            }
            else zoo::Bulk::poissons(two, means.data(), numbers.data(), n, [](double mean) { return ours::_poisson(mean, 0); });
            for (unsigned long k = 0; k < n; k++) {
                const double expected = what[0] != 'b' ? stock::_poisson(means[k], 0) : binomials[what[1] - '0'](0);
                different += numbers[k] != expected;
            }
            different += numbers[n] != -1;
            compared += n;
            continue;
        }
        if (what == "i") {
            zoo::Bulk::inverted(two, zoo::Inversion(falling), numbers.data(), n);
            for (unsigned long k = 0; k < n; k++) {
                bool again = true;
                long expected = 0;
                while (again) expected = falling(one.rand(), again);
                different += numbers[k] != expected;
            }
            different += numbers[n] != -1;
            compared += n;
            continue;
        }
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
#ifndef _LIBCPP_VERSION  // which writes another text than libstdc++
        different += first.str() != second.str();
#endif
        if (k %% 100 == 0) second >> twister;
    }
    std::printf("[%%ld, %%ld]\n", compared, different);
}
"""


#: n and p of binomial functions: rare and usual events, p over a half, many, certain and impossible ones, a normal number.
BINOMIALS = [(1000, 0.0002), (1000, 0.004), (7, 0.9), (40, 0.5), (3, 1.0), (5, 0.0), (2000, 0.006), (12, 0.3)]


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    text = (Path(cpp_standalone.__file__).parent / "templates/objects.cpp").read_text()
    brian2s = re.search(r"class RandomGenerator \{.*?\n\};", text, re.DOTALL)[0]
    ours = brian2s.replace(device._GENERATOR, device._OURS)
    assert device.BULK and ours != brian2s
    folder = tmp_path_factory.mktemp("random")
    poisson = DEFAULT_FUNCTIONS["poisson"].implementations[CPPCodeGenerator].get_code(None)
    poisson = poisson.get("support_code", poisson) if isinstance(poisson, dict) else poisson
    texts = [[], []]
    for k, (n, p) in enumerate(BINOMIALS):
        normal = n * p > 5 and n * (1 - p) > 5
        name = f"binomial_{k}"
        texts[0].append(_generate_cpp_code(n, p, normal, name)[0]["support_code"])
        code, _ = draws.inverted(n, p, normal, name)
        numbers = ", ".join(map(repr, code.numbers.tolist()))
        texts[1] += [f"static double _namespace{name}_numbers[] = {{{numbers}}};", code["support_code"]]
    names = [f"binomial_{k}" for k in range(len(BINOMIALS))]
    chosen = "".join(
        f'if (what == "b{k}") ours::{name}_draws::many(two, numbers.data(), n);\nelse ' for k, name in enumerate(names)
    )
    listed = ", ".join(f"[](int) {{ return (double)stock::{name}(0); }}" for name in names)
    chosen = f"double (*const binomials[])(int) = {{{listed}}};\n{chosen.rstrip().removesuffix('else')}"
    functions = ["\n".join([*text, poisson]) for text in texts]
    main = (HARNESS % (brian2s, ours, *functions)).replace("BINOMIALS\n", chosen + "\n")
    (folder / "main.cpp").write_text(main)
    command = [*compiler.cxx(), *FLAGS, f"-I{ROOT / 'zoo/codegen/include'}", "main.cpp", "-pthread", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "main"


def played(harness, text, threads=1):
    process = subprocess.run([harness, str(threads)], input=text, capture_output=True, text=True, check=True)
    return json.loads(process.stdout)


def test_the_numbers_are_brian2s(harness):
    """Blocks of all lengths around those of the generator (312 numbers) and of the pairs (128), and remainders of pairs."""
    lengths = [1, 2, 3, 7, 255, 256, 257, 311, 312, 313, 623, 625, 1024, 4999]
    text = "s 5 " + " ".join(f"{what} {n}" for n in lengths for what in ("R", "N", "r", "N", "n", "R", "N"))
    compared, different = played(harness, text)
    assert (compared, different) == (7 * sum(lengths), 0)


@pytest.mark.parametrize("kind", [*(f"b{k}" for k in range(len(BINOMIALS))), "p", "q", "i"])
def test_binomial_and_poisson_numbers(harness, kind):
    """Also in turns with others, so that numbers begin in the middle of a block and of a pair."""
    text = f"s 7 {kind} 1000000 " + " ".join(
        f"{what} {n}" for n in (1, 3, 63, 64, 65, 257) for what in (kind, "n", kind, "r")
    )
    assert played(harness, text) == [1000000 + 4 * 453, 0]


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_poisson_numbers_that_threads_draw(harness, threads):
    """Of one mean and of several, few and many, from anywhere in the stream."""
    lengths = [1, 2, 63, 500, 996, 997, 998, 5000, 15434, 30000]
    text = "s 3 " + " ".join(f"t {n} r 7 n 3 t 2000" for n in 10 * lengths)
    assert played(harness, text, threads) == [10 * (sum(lengths) + 2010 * len(lengths)), 0]


@pytest.mark.parametrize("seed", [0, 1, 4294967295])
def test_a_seed_begins_anew(harness, seed):
    """Also where the second number of a pair was left over."""
    assert played(harness, f"s 1 N 3 s {seed} N 1001 R 1000 s {seed} n 11 N 1000000 R 9") == [1002024, 0]
