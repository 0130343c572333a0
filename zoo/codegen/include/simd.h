// Vector versions of the mathematical functions of state updates.
//
// glibc has them in libmvec, but declares them only under -ffinite-math-only, which would also take away the handling of
// infinities and missing numbers. Other compilers, processors and C libraries use their scalar functions.
#ifndef ZOO_SIMD_H
#define ZOO_SIMD_H

#include <cmath>
#include <cstdint>
#include <limits>

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
#ifdef __FMA__
// exp(x) for |x| < 708, of which the compiler makes vector code without a call: 2^n exp(r) with |r| <= ln(2)/2, within 0.9
// ulp. Calls of __builtin_fma are what -ffast-math leaves in their order.
static inline __attribute__((always_inline)) double moderate_exp(double x) {
    const double shifted = __builtin_fma(x, 1.4426950408889634, 6755399441055744.0);  // 1.5*2^52 + n: n in the last bits
    const double n = shifted - 6755399441055744.0;
    const double r = __builtin_fma(n, -2.3190468138462996e-17, __builtin_fma(n, -0.6931471805599453, x));
    // (exp(r) - 1 - r)/r^2: the polynomial of degree 9 with the least largest error, 1.2e-17
    const double r2 = r*r, r4 = r2*r2;
    const double q01 = __builtin_fma(0.16666666666666585, r, 0.5000000000000001);
    const double q23 = __builtin_fma(0.008333333333423277, r, 0.04166666666662562);
    const double q45 = __builtin_fma(0.00019841269582612501, r, 0.0013888888916590517);
    const double q67 = __builtin_fma(2.7557580592969227e-06, r, 2.4801522127265735e-05);
    const double q89 = __builtin_fma(2.49846661852215e-08, r, 2.761974206824273e-07);
    const double q47 = __builtin_fma(q67, r2, q45);
    const double q = __builtin_fma(__builtin_fma(q89, r4, q47), r4, __builtin_fma(q23, r2, q01));
    double y = __builtin_fma(q, r2, r) + 1;
    uint64_t bits, power;
    __builtin_memcpy(&bits, &y, 8);
    __builtin_memcpy(&power, &shifted, 8);
    bits += power << 52;
    __builtin_memcpy(&y, &bits, 8);
    return y;
}

// The same for all numbers; results that are not normal numbers are 0.
static inline __attribute__((always_inline)) double exp(double x) {
    const double y = x < -708.39 ? 0 : moderate_exp(x);
    return x > 709.78 ? std::numeric_limits<double>::infinity() : y;
}
#else
using std::exp;
static inline double moderate_exp(double x) { return std::exp(x); }
#endif

// (exp(x) - 1)/x without a branch. Beyond 800 expm1 is infinite, and so is the quotient, as it is for an infinite x.
static inline double exprel(double x) {
    const bool is_one = std::fabs(x) < 1e-16;
    const double y = is_one ? 1 : x;
    const double quotient = expm1(y) / (y > 800 ? 800 : y);
    return is_one ? 1 : quotient;
}
}  // namespace zoo

// exprel(x) = _zoo_rise(x, p, q)/(q _zoo_span(x)) where p/q = exp(x): its series, to 3e-16, where p - q would cancel.
static inline double _zoo_rise(double x, double p, double q) {
    const double tail = 1/720. + x*(1/5040. + x*(1/40320. + x/362880.));
    const double series = 1 + x*(1/2. + x*(1/6. + x*(1/24. + x*(1/120. + x*tail))));
    return std::fabs(x) < 0.1 ? series*q : p - q;
}
static inline double _zoo_base(double x) { return zoo::moderate_exp(x); }
static inline double _zoo_span(double x) { return std::fabs(x) < 0.1 ? 1 : x; }

#endif
