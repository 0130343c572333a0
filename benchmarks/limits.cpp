// What a core can do: seconds for each element of the loops that simulations are made of. `limits.py` compiles and runs it
// with the flags of a model; the best of several runs counts.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

#include "simd.h"

static double seconds()
{
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + 1e-9*now.tv_nsec;
}

template <class Loop> static void measure(const char *name, double elements, int times, Loop loop)
{
    double best = 1e9;
    for (int run = 0; run < 9; run++) {
        const double start = seconds();
        for (int k = 0; k < times; k++) {
            loop(k);
            asm volatile("" ::: "memory");
        }
        best = std::min(best, (seconds() - start)/times);
    }
    std::printf("%s %g\n", name, best/elements);
}

// Rows of `n` weights are added to `n` cells, in a random order of rows of a matrix with `rows` of them.
static void rows_added(const char *name, int n, int rows)
{
    std::vector<double> weights((size_t)n*rows, 0.5), cells(n, 0);
    std::vector<int> order(rows);
    for (int k = 0; k < rows; k++) order[k] = k;
    std::shuffle(order.begin(), order.end(), std::mt19937(1));
    double *g = cells.data();
    measure(name, (double)n*rows, std::max(1, 20000000/(n*rows)), [&](int) {
        for (int row : order) {
            const double *w = &weights[(size_t)n*row];
            #pragma GCC ivdep
            for (int j = 0; j < n; j++) g[j] += w[j];
        }
    });
}

int main()
{
    rows_added("row_L1", 1000, 4);
    rows_added("row_L2", 1000, 100);
    rows_added("row_8MB", 1000, 1000);
    rows_added("row_DRAM", 1000, 50000);
    const int n = 1024;
    static double x[n], y[n];
    for (int i = 0; i < n; i++) x[i] = -20 + 0.02*i;
    #define VECTOR(name, expression) \
        measure(name, n, 20000, [&](int) { \
            double *to = y; \
            const double *from = x; \
            asm volatile("" : "+r"(to), "+r"(from)); \
            _Pragma("GCC ivdep") for (int i = 0; i < n; i++) to[i] = expression; \
        })
    VECTOR("exp", zoo::exp(from[i]));
    VECTOR("exprel", zoo::exprel(from[i]));
    VECTOR("division", 1/from[i]);
}
