// The functions that the code of state updates calls: those of mathematics.h, powers, and parts of shared exponentials.
#ifndef ZOO_SIMD_H
#define ZOO_SIMD_H

#include "mathematics.h"

namespace zoo {

// x to the power y. Compilers turn std::pow with an integer or half-integer y into products and square roots. A macro, because
// inside a function g++ tests too late whether y is a constant.
#define ZOO_POWER(x, y) \
    (__builtin_constant_p(y) && (y) >= -32 && (y) <= 32 && 2*(y) == (int)(2*(y)) ? std::pow((x), (y)) : zoo::pow((x), (y)))

// `value` where the condition (0 or 1) holds, otherwise 0, without a branch
ZOO_INLINE double where(char condition, double value)
{
    return mathematics::number(mathematics::bits(value) & -(uint64_t)condition);
}

// For loops over the arguments of sines: `far` becomes 1 if one is outside the range of near_sin.
ZOO_INLINE double watched_sin(int64_t &far, double x) { far |= mathematics::absolute(x) > mathematics::FAR; return near_sin(x); }
ZOO_INLINE double watched_cos(int64_t &far, double x) { far |= mathematics::absolute(x) > mathematics::FAR; return near_cos(x); }
ZOO_INLINE double watched_tan(int64_t &far, double x) { far |= mathematics::absolute(x) > mathematics::FAR; return near_tan(x); }

}  // namespace zoo

// exprel(x) = _zoo_rise(x, p, q)/(q _zoo_span(x)) where p/q = exp(x): its series, to 3e-16, where p - q would cancel.
ZOO_INLINE double _zoo_rise(double x, double p, double q) {
    const double tail = 1/720. + x*(1/5040. + x*(1/40320. + x/362880.));
    const double series = 1 + x*(1/2. + x*(1/6. + x*(1/24. + x*(1/120. + x*tail))));
    return std::fabs(x) < 0.1 ? series*q : p - q;
}
ZOO_INLINE double _zoo_base(double x) { return zoo::moderate_exp(x); }
ZOO_INLINE double _zoo_span(double x) { return std::fabs(x) < 0.1 ? 1 : x; }

#endif
