"""The polynomials of zoo/codegen/include/mathematics.h, with their errors.

    python -m benchmarks.minimax

Each approximates a function in an interval by interpolation at Chebyshev's points (mpmath's `chebyfit`), which leaves an error
close to the least possible one. Coefficients are printed from the constant term on, rounded to doubles; the error is the largest
absolute one of the polynomial before this rounding.
"""

import mpmath
from mpmath import mp, mpf, sqrt

mp.dps = 60


def _series(terms):
    """The function that a power series of 60 terms gives; `terms(k)` is the coefficient of the power k."""
    numbers = [terms(k) for k in range(60)]
    return lambda x: mpmath.polyval(numbers[::-1], x)


#: Name -> function, interval and number of coefficients
POLYNOMIALS = {
    "(exp(r) - 1 - r)/r^2": (_series(lambda k: 1 / mpmath.factorial(k + 2)), [-0.3466, 0.3466], 11),
    "(exp(r) - 1 - r - r^2/2)/r^3": (_series(lambda k: 1 / mpmath.factorial(k + 3)), [-0.3466, 0.3466], 10),
    "(log(1 + f) - f + f^2/2)/f^3": (
        lambda f: (mpmath.log1p(f) - f + f * f / 2) / f**3 if f else mpf(1) / 3,
        [sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1],
        20,
    ),
    "(atanh(s)/s - 1 - z/3)/z^2, z = s^2": (_series(lambda k: mpf(1) / (2 * k + 5)), [0, 0.02945], 8),
    "(sin(r)/r - 1)/z, z = r^2": (_series(lambda k: (-1) ** (k + 1) / mpmath.factorial(2 * k + 3)), [0, 0.617], 6),
    "(cos(r) - 1 + z/2)/z^2, z = r^2": (_series(lambda k: (-1) ** k / mpmath.factorial(2 * k + 4)), [0, 0.617], 6),
    "(atan(t)/t - 1)/z, z = t^2": (
        lambda z: (mpmath.atan(sqrt(z)) / sqrt(z) - 1) / z if z else -mpf(1) / 3,
        [0, 1],
        20,
    ),
    "(asin(t)/t - 1)/z, z = t^2": (
        _series(lambda k: mpmath.binomial(2 * k + 2, k + 1) / mpf(4) ** (k + 1) / (2 * k + 3)),
        [0, 0.25],
        13,
    ),
}


def main():
    for name, (function, interval, count) in POLYNOMIALS.items():
        coefficients, error = mpmath.chebyfit(function, interval, count, error=True)
        print(f"{name}: error {float(error):.1e}")
        print("    " + ", ".join(repr(float(c)) for c in reversed(coefficients)))
    third, half_pi = mpf(1) / 3, mp.pi / 2
    for name, number, parts in (
        ("1/3", third, 2),
        ("2/log(2)", 2 / mpmath.log(2), 2),
        ("log(2)", mpmath.log(2), 2),
        ("1/log(10)", 1 / mpmath.log(10), 2),
        ("pi/2", half_pi, 3),
    ):
        print(f"{name}:", ", ".join(map(repr, _parts(number, parts))))
    for name, number, bits, parts in (
        ("log(2)", mpmath.log(2), 32, 2),
        ("log10(2)", mpmath.log10(2), 32, 2),
        ("pi/2", half_pi, 33, 4),
    ):
        print(f"{name}, {bits} bits:", ", ".join(map(repr, _parts(number, parts, bits))))


def _parts(number, count, bits=53):
    """`number` as a sum of doubles, all but the last of which have `bits` bits."""
    found = []
    for k in range(count):
        with mp.workprec(53 if k == count - 1 else bits):
            part = +number
        found.append(float(part))
        number = number - part
    return found


if __name__ == "__main__":
    main()
