"""The device's mathematical functions (zoo/codegen/include/mathematics.h) in a loop: nanoseconds for one element.

    python -m benchmarks.mathematics [compilers]

"ours" against the C library: "vector" is glibc's libmvec, where g++ may call it, and "scalar" one call for each element. The best
of several runs counts; arguments and results are in the first cache.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from zoo.codegen.device import EXTRA_FLAGS, INCLUDE

FLAGS = [
    "-std=c++11",
    "-O3",
    "-ffast-math",
    "-fno-finite-math-only",
    "-march=native",
    "-Wno-unknown-pragmas",
    *EXTRA_FLAGS,
]
#: Name in C++ -> interval of the arguments; pow takes them to the power 2.7.
FUNCTIONS = {
    "exp": (-20, 20), "expm1": (-20, 20), "exprel": (-20, 20), "log": (0.01, 100), "log10": (0.01, 100), "log1p": (0.01, 100),
    "sinh": (-5, 5), "cosh": (-5, 5), "tanh": (-5, 5), "near_sin": (-10, 10), "near_cos": (-10, 10), "near_tan": (-10, 10),
    "asin": (-1, 1), "acos": (-1, 1), "atan": (-5, 5), "pow": (0.01, 100),
}  # fmt: skip
LIBMVEC = """
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
extern "C" {
%s
}
#endif
"""
PROGRAM = """
#include "mathematics.h"
#include <algorithm>
#include <cstdio>
#include <ctime>
template <class Loop> static double nanoseconds(Loop loop)
{
    double best = 1e9;
    for (int run = 0; run < 7; run++) {
        timespec before, after;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        for (int k = 0; k < %d; k++) {
            loop();
            asm volatile("" ::: "memory");
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
        best = std::min(best, (after.tv_sec - before.tv_sec)*1e9 + (after.tv_nsec - before.tv_nsec));
    }
    return best/%d/1024;
}
alignas(64) static double x[1024], y[1024];
int main()
{
    %s
}
"""


def measured(compiler, libmvec, ours, times=2000):
    """Name -> nanoseconds for one element."""
    declared = "\n".join(
        f'__attribute__((simd("notinbranch"))) double {name.removeprefix("near_")}(double{", double" * (name == "pow")}) noexcept;'
        for name in FUNCTIONS
        if name != "exprel"
    )
    lines = []
    for name, (low, high) in FUNCTIONS.items():
        plain = name.removeprefix("near_")
        power = ", 2.7" if name == "pow" else ""
        call = f"zoo::{name}(from[i]{power})" if ours else f"{plain}(from[i]{power})"
        call = "expm1(from[i])/from[i]" if name == "exprel" and not ours else call
        lines.append(
            f"for (int i = 0; i < 1024; i++) x[i] = {low} + {high - low}*(i + 0.5)/1024;"
            f'std::printf("{plain} %g\\n", nanoseconds([&]() {{ double *to = y; const double *from = x;'
            'asm volatile("" : "+r"(to), "+r"(from));'
            f'_Pragma("GCC ivdep") for (int i = 0; i < 1024; i++) to[i] = {call}; }}));'
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "main.cpp"
        source.write_text(
            "#include <cmath>\n" + LIBMVEC % declared * libmvec + PROGRAM % (times, times, "\n".join(lines))
        )
        subprocess.run([compiler, *FLAGS, f"-I{INCLUDE}", source, "-o", f"{folder}/main"], check=True)
        found = subprocess.run([f"{folder}/main"], capture_output=True, text=True, check=True).stdout
    return {line.split()[0]: float(line.split()[1]) for line in found.splitlines()}


def main(*compilers):
    for compiler in compilers or ("g++", "clang++"):
        if not shutil.which(compiler):
            continue
        columns = {"ours": measured(compiler, False, True)}
        if compiler == "g++":
            columns["vector"] = measured(compiler, True, False)
        columns["scalar"] = measured(compiler, False, False, times=300)
        print(f"{compiler:8}" + "".join(f"{name:>8}" for name in columns))
        for name in columns["ours"]:
            print(f"{name:8}" + "".join(f"{column[name]:8.2f}" for column in columns.values()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
