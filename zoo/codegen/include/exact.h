// Numbers with their rounding error, for coefficients that divide by differences (see zoo/network/methods.py).
#ifndef ZOO_EXACT_H
#define ZOO_EXACT_H

#include <cmath>

namespace zoo {

// The error of one operation, as in zoo/network/methods.py.
const double ROUNDING = 0.25;

// The error is in units of the machine precision.
struct Rounded {
    double value, error;
    explicit Rounded(double value, double error = 0) : value(value), error(error) {}
};

inline Rounded operator+(const Rounded &a, const Rounded &b)
{
    const double value = a.value + b.value;
    return Rounded(value, std::hypot(std::hypot(a.error, b.error), ROUNDING*value));
}

inline Rounded operator*(const Rounded &a, const Rounded &b)
{
    const double value = a.value*b.value;
    return Rounded(value, std::hypot(std::hypot(a.value*b.error, b.value*a.error), ROUNDING*value));
}

inline Rounded exp_of(const Rounded &a)
{
    const double value = std::exp(a.value);
    return Rounded(value, value*std::hypot(a.error, ROUNDING));
}

inline Rounded power(const Rounded &a, double exponent)
{
    const double value = std::pow(a.value, exponent);
    return Rounded(value, std::hypot(exponent*std::pow(a.value, exponent - 1)*a.error, ROUNDING*value));
}

// Compare bits first: with -ffast-math the compiler assumes that every number is finite.
inline bool is_lost(const Rounded &a, double most)
{
    const double numbers[] = {a.value, a.error};
    return finite::first_fault<double>(numbers, 0, 2, false) < 2 || 2.220446049250313e-16*a.error > most*std::fabs(a.value);
}

}  // namespace zoo

#endif
