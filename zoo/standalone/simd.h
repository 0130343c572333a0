// Vector versions of the mathematical functions of state updates.
//
// glibc has them in libmvec, but declares them only under -ffinite-math-only, which would also take away the handling of
// infinities and missing numbers. Other compilers, processors and C libraries use their scalar functions.
#ifndef ZOO_SIMD_H
#define ZOO_SIMD_H

#include <cmath>

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) && !defined(__FAST_MATH__)
#define ZOO_VECTOR __attribute__((simd("notinbranch")))
extern "C" {
#if __GLIBC_PREREQ(2, 22)
ZOO_VECTOR double exp(double) noexcept;
ZOO_VECTOR double log(double) noexcept;
ZOO_VECTOR double pow(double, double) noexcept;
ZOO_VECTOR double sin(double) noexcept;
ZOO_VECTOR double cos(double) noexcept;
#endif
#if __GLIBC_PREREQ(2, 35)
ZOO_VECTOR double expm1(double) noexcept;
ZOO_VECTOR double tanh(double) noexcept;
#endif
}
#endif

namespace zoo {
// (exp(x) - 1)/x without a branch. Where the division would cancel, x is moved by 1e-9: an error of 5e-10 at most. Beyond
// 800 expm1 is infinite, and so is the quotient, as it is for an infinite x.
static inline double exprel(double x) {
    const double far = std::fabs(x) < 1e-9 ? 1e-9 : x;
    return expm1(far) / (far > 800 ? 800 : far);
}
}  // namespace zoo

#endif
