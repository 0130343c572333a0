// Numbers with a bound of their rounding error, for coefficients that divide by differences (see zoo/methods.py).
#ifndef ZOO_EXACT_H
#define ZOO_EXACT_H

#include <cmath>

namespace zoo {

// The error is in units of the machine precision.
struct Rounded {
    double value, error;
    explicit Rounded(double value, double error = 0) : value(value), error(error) {}
};

inline Rounded operator+(const Rounded &a, const Rounded &b)
{
    const double value = a.value + b.value;
    return Rounded(value, a.error + b.error + std::fabs(value));
}

inline Rounded operator*(const Rounded &a, const Rounded &b)
{
    const double value = a.value*b.value;
    return Rounded(value, std::fabs(a.value)*b.error + std::fabs(b.value)*a.error + std::fabs(value));
}

inline Rounded exp_of(const Rounded &a)
{
    const double value = std::exp(a.value);
    return Rounded(value, value*(a.error + 1));
}

inline Rounded power(const Rounded &a, double exponent)
{
    const double value = std::pow(a.value, exponent);
    return Rounded(value, std::fabs(exponent*std::pow(a.value, exponent - 1))*a.error + std::fabs(value));
}

// Bits are compared first: -ffast-math takes every number for a finite one.
inline bool is_lost(const Rounded &a, double most)
{
    const double numbers[] = {a.value, a.error};
    return finite::first_fault<double>(numbers, 0, 2, false) < 2 || 2.220446049250313e-16*a.error > most*std::fabs(a.value);
}

}  // namespace zoo

#endif
