// The mathematical functions of the device. They have no branches and no calls, so that compilers can vectorise a loop that
// uses them on every processor; an element has the same bits in a vector and in the remainder of a loop.
//
// tests/test_mathematics.py measures the largest errors. The sign of a zero may be lost, as -ffast-math permits.
// benchmarks/minimax.py prints the coefficients of the polynomials and the parts of the constants.
#ifndef ZOO_MATHEMATICS_H
#define ZOO_MATHEMATICS_H

#include <cmath>
#include <cstdint>
#include <limits>

#define ZOO_INLINE static inline __attribute__((always_inline))

namespace zoo {
namespace mathematics {

const double INF = std::numeric_limits<double>::infinity();
const double NOT_A_NUMBER = std::numeric_limits<double>::quiet_NaN();
// A number below 2^51 plus this has its nearest integer in the last bits.
const double SHIFT = 6755399441055744.0;  // 1.5*2^52
const double LOG2E = 1.4426950408889634;
// 32 bits, whose product with an exponent is exact, and the rest
const double LN2_HIGH = 0.6931471806019545, LN2_LOW = -4.2009150726810846e-11;

ZOO_INLINE uint64_t bits(double x)
{
    uint64_t y;
    __builtin_memcpy(&y, &x, 8);
    return y;
}

ZOO_INLINE double number(uint64_t x)
{
    double y;
    __builtin_memcpy(&y, &x, 8);
    return y;
}

// -ffast-math may reorder sums, and would replace a rounding error by 0. It leaves sums and products alone whose operands are
// unknown to the compiler, and fused multiply-adds. madd(a, b, c) is a*b + c,
// remainder(c, a, b) is c - a*b of close numbers.
__attribute__((weak)) void *null_pointer;
ZOO_INLINE double hidden(double x) { return number(bits(x) ^ (uintptr_t)null_pointer); }
#if defined(__FMA__) || defined(__FP_FAST_FMA)
#define ZOO_FMA
#endif
#if defined(ZOO_FMA) && !defined(__clang__)
ZOO_INLINE double sum(double a, double b) { return __builtin_fma(a, hidden(1), b); }
ZOO_INLINE double product(double a, double b) { return __builtin_fma(a, b, hidden(0)); }
#else  // clang replaces the fused operation by a plain sum where a is 1
ZOO_INLINE double sum(double a, double b) { return hidden(a + b); }
ZOO_INLINE double product(double a, double b) { return hidden(a*b); }
#endif
#ifdef ZOO_FMA
ZOO_INLINE double madd(double a, double b, double c) { return __builtin_fma(a, b, c); }
ZOO_INLINE double product_error(double a, double b, double p) { return madd(a, b, -p); }
ZOO_INLINE double remainder(double c, double a, double b) { return madd(-a, b, c); }
#else
ZOO_INLINE double madd(double a, double b, double c) { return sum(product(a, b), c); }
ZOO_INLINE double product_error(double a, double b, double p)
{
    // Halves of 26 and 27 bits, whose products are exact
    const uint64_t upper = 0xfffffffff8000000;
    const double ah = number(bits(a) & upper), al = sum(a, -ah), bh = number(bits(b) & upper), bl = sum(b, -bh);
    return madd(al, bl, madd(al, bh, madd(ah, bl, madd(ah, bh, -p))));
}
ZOO_INLINE double remainder(double c, double a, double b)
{
    const double p = product(a, b);
    return sum(sum(c, -p), -product_error(a, b, p));
}
#endif

// a*b + c where nothing cancels, as in a polynomial: there clang can be told to keep the order, which costs nothing. In sums
// whose rounding error a later line computes it is not enough, as its machine code is simplified, too; nor are gcc's barriers.
ZOO_INLINE double term(double a, double b, double c)
{
#if defined(__clang__) && !defined(ZOO_FMA)
    #pragma clang fp reassociate(off)
    return a*b + c;
#else
    return madd(a, b, c);
#endif
}

ZOO_INLINE double absolute(double x) { return number(bits(x) & 0x7fffffffffffffff); }
ZOO_INLINE uint64_t sign(double x) { return bits(x) & 0x8000000000000000; }
ZOO_INLINE double with_sign(double x, uint64_t sign) { return number(bits(x) ^ sign); }

// Polynomials c0 + c1 x + c2 x^2... as trees, whose parts can be computed in parallel
ZOO_INLINE double tree(double x, double c0, double c1) { return term(c1, x, c0); }
ZOO_INLINE double tree(double x, double x2, double c0, double c1, double c2, double c3)
{
    return term(tree(x, c2, c3), x2, tree(x, c0, c1));
}
ZOO_INLINE double tree(double x, double x2, double x4, double c0, double c1, double c2, double c3, double c4, double c5,
                       double c6, double c7)
{
    return term(tree(x, x2, c4, c5, c6, c7), x4, tree(x, x2, c0, c1, c2, c3));
}

// exp(r) for |r| <= log(2)/2
ZOO_INLINE double short_exp(double r)
{
    const double r2 = r*r, r4 = r2*r2;
    const double low = tree(r, r2,
        0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326136);
    const double high = tree(r, r2,
        0.001388888888888375, 0.00019841269874815834, 2.480158732554432e-05, 2.7557255406285044e-06);
    const double rest = term(2.0914685161418067e-09, r2, tree(r, 2.7557273647451087e-07, 2.5105214474751413e-08));
    return term(term(term(rest, r4, high), r4, low), r2, r) + 1;
}

// exp(r) - 1 - r, with more digits
ZOO_INLINE double exp_excess(double r)
{
    const double r2 = r*r, r4 = r2*r2;
    const double low = tree(r, r2,
        0.16666666666666669, 0.041666666666666664, 0.008333333333330063, 0.0013888888888886552);
    const double high = tree(r, r2,
        0.00019841269863050506, 2.4801587317142276e-05, 2.7557268464831627e-06, 2.7557282973002415e-07);
    return term(product(r, r2), term(term(tree(r, 2.510038319586702e-08, 2.091123498804083e-09), r4, high), r4, low), product(0.5, r2));
}

// n and r with x = n log(2) + r; n is in the last bits of `shifted`, and `low` is the rounding error of r.
ZOO_INLINE double exp_reduced(double x, double &shifted, double &low)
{
    shifted = madd(x, LOG2E, SHIFT);
    const double n = shifted - SHIFT, high = madd(n, -LN2_HIGH, x), r = madd(n, -LN2_LOW, high);
    low = madd(n, -LN2_LOW, sum(high, -r));
    return r;
}

// expm1(x)/4 = high + low for |x| <= 710.48
ZOO_INLINE double quarter_expm1(double x, double &low)
{
    double shifted, r_low;
    const double r = exp_reduced(x, shifted, r_low);
    const double scale = number((bits(shifted) + 1021) << 52), less = sum(scale, -0.25);  // 2^n/4
    const double main = madd(scale, r, less), lost = madd(scale, r, sum(less, -main));
    const double rest = madd(scale, sum(exp_excess(r), r_low), lost);
    const double high = sum(main, rest);
    low = sum(sum(main, -high), rest);
    return high;
}

ZOO_INLINE double clamped(double x, double least, double most)  // which leaves NaN
{
    const double y = x < least ? least : x;
    return y > most ? most : y;
}

// The exponent k of a positive x = 2^k m, m from sqrt(1/2) to sqrt(2)
ZOO_INLINE double exponent(double x, double &m)
{
    const bool tiny = x < 2.2250738585072014e-308;
    const uint64_t normal = bits(tiny ? x*18014398509481984.0 : x);  // 2^54
    const uint64_t distance = normal - 0x3fe6a09e667f3bcd + ((uint64_t)1 << 62);  // from sqrt(1/2), plus 1024 exponents
    m = number(normal - (distance & 0xfff0000000000000) + ((uint64_t)1 << 62));
    return number((distance >> 52) | 0x4330000000000000) - (tiny ? 4503599627370496.0 + 1078 : 4503599627370496.0 + 1024);
}

// f - log(1 + f) for 1 + f from sqrt(1/2) to sqrt(2)
ZOO_INLINE double log_defect(double f)
{
    const double f2 = f*f, f4 = f2*f2, f8 = f4*f4;
    const double low = tree(f, f2, f4,
        0.33333333333333337, -0.2499999999999993, 0.19999999999993223, -0.16666666666697305, 0.1428571428759174,
        -0.12499999997109267, 0.11111110909841072, -0.0999999999631727);
    const double middle = tree(f, f2, f4,
        0.09090919875998202, -0.08333345056413204, 0.0769198812013375, -0.0714223204915847, 0.06671985555271291,
        -0.06265031869518063, 0.05837018351464999, -0.05368280388050548);
    const double high = tree(f, f2,
        0.0537187789066478, -0.06129561980727906, 0.0566642324205218, -0.025061228095282464);
    const double cubic = term(term(high, f8, middle), f8, low);
    return product(f2, term(-f, cubic, 0.5));
}

ZOO_INLINE double log_or_limit(double y, double x)
{
    const double limit = x == 0 ? -INF : x > 0 ? x : NOT_A_NUMBER;
    return x > 0 && x < INF ? y : limit;
}

// The quadrant of x in the last bits of the result, and x less as many pi/2 as high + low. |x| <= FAR
#ifdef ZOO_FMA
const double FAR = 1e9;
#else
const double FAR = 1e6;
#endif
ZOO_INLINE uint64_t quadrant(double x, double &high, double &low)
{
    const double shifted = madd(x, 0.6366197723675814, SHIFT), n = shifted - SHIFT;
#ifdef ZOO_FMA
    const double left = madd(n, -1.5707963267948966, x);  // exact
    const double part = product(n, 6.123233995736766e-17), error = product_error(n, 6.123233995736766e-17, part);
    high = sum(left, -part);
    low = madd(n, 1.4973849048591698e-33, sum(sum(sum(left, -high), -part), -error));
#else
    // Three parts of 33 bits, whose products with n are exact, and the rest
    const double left = madd(n, -1.5707963267341256, x), part = product(n, 6.077100506303966e-11), third = product(n, 2.0222662487111665e-21);
    const double some = sum(left, -part), some_low = sum(sum(left, -some), -part);
    const double rest = sum(some_low, -third), lost = sum(sum(some_low, -rest), -third);
    high = sum(some, rest);
    low = madd(n, -8.4784276603689e-32, sum(sum(sum(some, -high), rest), lost));
#endif
    return bits(shifted);
}

// sin and cos of r + low, |r| <= pi/4
ZOO_INLINE double sin_part(double r, double low)
{
    const double z = r*r, z2 = z*z;
    const double cubic = term(tree(z, -2.5051131372218632e-08, 1.5918095236696272e-10), z2*z2, tree(z, z2,
        -0.16666666666666666, 0.008333333333330946, -0.000198412698367542, 2.7557316100283695e-06));
    return term(product(r, z), cubic, term(-0.5*z, low, low)) + r;
}

ZOO_INLINE double cos_part(double r, double low)
{
    const double z = r*r, z2 = z*z;
    const double quartic = term(tree(z, 2.087614597263508e-09, -1.1382611119025631e-11), z2*z2, tree(z, z2,
        0.041666666666666664, -0.0013888888888887395, 2.480158729876295e-05, -2.755731727031051e-07));
    const double one = madd(-0.5, z, 1), lost = madd(-0.5, z, sum(1, -one));
    return madd(z2, quartic, madd(-r, low, lost)) + one;
}

// log2(x) = high + low for x from 0 to infinity
ZOO_INLINE double exact_log2(double x, double &low)
{
    // log(m) = 2 atanh(s) with s = (m - 1)/(m + 1), in numbers of two parts
    double m;
    const double k = exponent(x, m), f = m - 1, d = sum(m, 1), d_low = sum(m, -sum(d, -1)), inverse = 1/d;
    const double s = product(f, inverse), s_low = product(madd(-s, d_low, remainder(f, s, d)), inverse);
    const double z = product(s, s), z_low = madd(2*s, s_low, product_error(s, s, z)), z2 = z*z;
    const double tail = product(z, tree(z, z2, z2*z2,
        0.2, 0.14285714285714685, 0.11111111110827367, 0.0909090916782708, 0.07692297467298959, 0.06667403106050301,
        0.05853097844940682, 0.058618018114527055));
    const double a = sum(0.3333333333333333, tail), a_low = sum(sum(sum(0.3333333333333333, -a), tail), 1.850371707708594e-17);
    const double b = product(z, a), b_low = madd(z, a_low, madd(z_low, a, product_error(z, a, b)));
    const double c = product(s, b), c_low = madd(s, b_low, madd(s_low, b, product_error(s, b, c)));
    const double h = sum(s, c), h_low = sum(sum(sum(s, -h), c), sum(c_low, s_low));
    const double g = product(h, 2.8853900817779268);
    const double g_low = madd(h, 4.0710547481862066e-17, madd(h_low, 2.8853900817779268, product_error(h, 2.8853900817779268, g)));
    const double y = sum(k, g);
    low = sum(sum(sum(k, -y), g), g_low);
    const double limit = x == 0 ? -INF : x;
    return x > 0 && x < INF ? y : limit;
}

// 2^(w + low)
ZOO_INLINE double exact_exp2(double w, double low)
{
    const bool is_far = !(absolute(w) < 1080);
    const double near = clamped(w, -1080, 1080), shifted = sum(near, SHIFT), u = sum(near, -sum(shifted, -SHIFT));
    const double main = product(u, 0.6931471805599453), left = is_far ? 0 : low;
    const double rest = madd(left, 0.6931471805599453, madd(u, 2.3190468138462996e-17, product_error(u, 0.6931471805599453, main)));
    const double r = sum(main, rest), r_low = sum(sum(main, -r), rest);
    const double y = sum(sum(exp_excess(r), madd(r, r_low, r_low)), r) + 1;
    // In two steps, because a single factor may be subnormal
    const bool tiny = w < -1000, huge = w > 1000;
    const uint64_t back = tiny ? (uint64_t)100 << 52 : huge ? -((uint64_t)100 << 52) : 0;
    return number(bits(y) + (bits(shifted) << 52) + back)*(tiny ? 7.888609052210118e-31 : huge ? 1.2676506002282294e+30 : 1);
}

// exp(x) for |x| < 708
ZOO_INLINE double moderate_exp(double x)
{
    // As in exp_reduced, whose rounding error is of no use here
    const double shifted = madd(x, LOG2E, SHIFT), n = shifted - SHIFT;
    const double y = short_exp(term(n, -LN2_LOW, term(n, -LN2_HIGH, x)));
    return number(bits(y) + (bits(shifted) << 52));
}

// Subnormal results are flushed to 0: keeping them made the Hodgkin-Huxley benchmarks 6 to 9 % slower.
ZOO_INLINE double exp(double x)
{
    const double y = x < -708.39 ? 0 : moderate_exp(x);
    return x > 709.782712893384 ? INF : y;
}

ZOO_INLINE double expm1(double x)
{
    double low;
    return 4*quarter_expm1(clamped(x, -50, 710.48), low);
}

// (exp(x) - 1)/x. Beyond 800 expm1 is infinite, and so is the quotient, as it is for an infinite x.
ZOO_INLINE double exprel(double x)
{
    const bool is_one = absolute(x) < 1e-16;
    const double y = is_one ? 1 : x;
    const double quotient = expm1(y)/(y > 800 ? 800 : y);
    return is_one ? 1 : quotient;
}

ZOO_INLINE double sinh(double x)
{
    double low;
    const double q = quarter_expm1(clamped(absolute(x), 0, 710.48), low);
    return with_sign(2*(q + q/madd(4, q, 1)), sign(x));
}

ZOO_INLINE double cosh(double x)
{
    double low;
    const double half = madd(2, quarter_expm1(clamped(absolute(x), 0, 710.48), low), 0.5);
    return half + 0.25/half;
}

ZOO_INLINE double tanh(double x)
{
    // q/(q + 1/2), q = expm1(2 |x|)/4, with the errors of q, of the sum and of the quotient
    double low;
    const double q = quarter_expm1(2*clamped(absolute(x), 0, 22), low), d = sum(q, 0.5);
    const double larger = q > 0.5 ? q : 0.5, smaller = q > 0.5 ? 0.5 : q;
    const double d_low = sum(sum(sum(larger, -d), smaller), low), inverse = 1/d;
    const double y = product(q, inverse), left = madd(-y, d_low, sum(remainder(q, y, d), low));
    return with_sign(madd(left, inverse, y), sign(x));
}

ZOO_INLINE double log(double x)
{
    double m;
    const double k = exponent(x, m), f = m - 1;
    const double y = madd(k, LN2_HIGH, sum(f, madd(k, LN2_LOW, -log_defect(f))));
    return log_or_limit(y, x);
}

ZOO_INLINE double log1p(double x)
{
    // The rounding error of 1 + x moves the result by its quotient with 1 + x.
    double m;
    const double u = sum(1, x), other = sum(u, -1);
    const double error = x < 1 ? sum(x, -other) : sum(1, -sum(u, -x));
    const double k = exponent(u, m), f = m - 1;
    const double left = madd(k, LN2_LOW, sum(error/u, -log_defect(f)));
    const double y = madd(k, LN2_HIGH, sum(f, left));
    return log_or_limit(u == 1 ? x : y, u == 1 ? 1 : u);
}

ZOO_INLINE double log10(double x)
{
    double m;
    const double k = exponent(x, m), f = m - 1, defect = log_defect(f);
    const double p = product(f, 0.4342944819032518);
    const double rest = madd(defect, -0.4342944819032518, madd(f, 1.098319650216765e-17, product_error(f, 0.4342944819032518, p)));
    const double y = madd(k, 0.3010299956658855, sum(p, madd(k, -1.9043128467164274e-12, rest)));
    return log_or_limit(y, x);
}

// a where q is even and b where it is odd; of ? : compilers may make a branch, which keeps a loop from vectors.
ZOO_INLINE double even_or_odd(uint64_t q, double a, double b)
{
    const uint64_t odd = -(q & 1);
    return number((bits(a) & ~odd) | (bits(b) & odd));
}

// sin, cos and tan for |x| <= FAR; see zoo::sin
ZOO_INLINE double near_sin(double x)
{
    double r, low;
    const uint64_t q = quadrant(x, r, low);
    return with_sign(even_or_odd(q, sin_part(r, low), cos_part(r, low)), (q & 2) << 62);
}

ZOO_INLINE double near_cos(double x)
{
    double r, low;
    const uint64_t q = quadrant(x, r, low);
    return with_sign(even_or_odd(q, cos_part(r, low), sin_part(r, low)), ((q + 1) & 2) << 62);
}

ZOO_INLINE double near_tan(double x)
{
    double r, low;
    const uint64_t q = quadrant(x, r, low);
    const double s = sin_part(r, low), c = cos_part(r, low);
    return with_sign(even_or_odd(q, s, c)/even_or_odd(q, c, s), (q & 1) << 63);
}

// For any x; the branch prevents vectorisation.
ZOO_INLINE double sin(double x) { return absolute(x) <= FAR ? near_sin(x) : std::sin(x); }
ZOO_INLINE double cos(double x) { return absolute(x) <= FAR ? near_cos(x) : std::cos(x); }
ZOO_INLINE double tan(double x) { return absolute(x) <= FAR ? near_tan(x) : std::tan(x); }

ZOO_INLINE double atan(double x)
{
    const double a = absolute(x);
    const bool large = a > 1;
    const double t = (large ? -1 : a)/(large ? a : 1), z = t*t, z2 = z*z, z4 = z2*z2, z8 = z4*z4;
    const double low = tree(z, z2, z4,
        -0.3333333333333333, 0.1999999999999753, -0.14285714285384132, 0.11111111093490827, -0.09090908590891934,
        0.07692298971033217, -0.06666564699289104, 0.05881506877793656);
    const double middle = tree(z, z2, z4,
        -0.052579733342841106, 0.04737749579527779, -0.04260356632601652, 0.03749486812535247, -0.031277189066996385,
        0.023696731580048622, -0.015535152475414177, 0.008368931178450162);
    const double high = tree(z, z2,
        -0.0034958859739163094, 0.0010496035084968515, -0.00019996189377901382, 1.806195461861215e-05);
    const double cubic = term(term(high, z8, middle), z8, low);
    const double rest = sum(t, madd(product(t, z), cubic, large ? 6.123233995736766e-17 : 0));
    return with_sign(large ? 1.5707963267948966 + rest : rest, sign(x));
}

// asin(t) - t for z = t^2 up to 1/4
ZOO_INLINE double asin_tail(double t, double z)
{
    const double z2 = z*z, z4 = z2*z2;
    const double low = tree(z, z2, z4,
        0.16666666666666669, 0.07499999999998433, 0.04464285714635543, 0.030381944138531247, 0.02237217294214989,
        0.017352392720869973, 0.013971212973552933, 0.011479177415184906);
    const double high = tree(z, z2,
        0.01032281435018578, 0.005457506718640358, 0.01740087944269402, -0.014851887071247204);
    return product(product(t, z), term(term(0.028757851367421566, z4, high), z4*z4, low));
}

ZOO_INLINE double asin(double x)
{
    const double a = absolute(x);
    const bool large = a > 0.5;
    const double z = large ? 0.5 - 0.5*a : a*a, t = large ? std::sqrt(z) : a, tail = asin_tail(t, z);
    const double above = sum(1.5707963267948966, -2*t) - madd(2, tail, -6.123233995736766e-17);
    return with_sign(large ? above : t + tail, sign(x));
}

ZOO_INLINE double acos(double x)
{
    const double a = absolute(x);
    const bool large = a > 0.5;
    const double z = large ? 0.5 - 0.5*a : a*a, t = large ? std::sqrt(z) : x, tail = asin_tail(t, z);
    const double twice = 2*(t + tail), pi = 2*1.5707963267948966;
    const double below = x < 0 ? pi - sum(twice, -2*6.123233995736766e-17) : twice;
    return large ? below : sum(1.5707963267948966, -sum(t, -sum(6.123233995736766e-17, -tail)));
}

ZOO_INLINE double pow(double x, double y)
{
    double low;
    const double size = absolute(x), log2 = exact_log2(size, low);
    const double power = clamped(y, -1e300, 1e300);  // as infinity times 0 is no number
    const double w = product(power, log2), error = madd(power, low, product_error(power, log2, w));
    const double positive = exact_exp2(w, error);
    // A negative x needs an integer exponent. All doubles from 2^52 on are integers, and from 2^53 on they are even.
    const double large = absolute(y), shifted = sum(large, 4503599627370496.0);
    const double whole = large < 4503599627370496.0 ? sum(shifted, -4503599627370496.0) : large;
    const uint64_t last = bits(large < 4503599627370496.0 ? shifted : large < 9007199254740992.0 ? large : 0) << 63;
    const double signed_power = with_sign(positive, whole == large ? sign(x) & last : 0);
    const double allowed = size < INF ? whole : large;
    const double result = allowed == large ? signed_power : x < 0 ? NOT_A_NUMBER : signed_power;
    return x == 1 ? 1 : y == 0 ? 1 : result;
}

}  // namespace mathematics

using mathematics::moderate_exp;
using mathematics::exp;
using mathematics::expm1;
using mathematics::exprel;
using mathematics::log;
using mathematics::log1p;
using mathematics::log10;
using mathematics::sinh;
using mathematics::cosh;
using mathematics::tanh;
using mathematics::near_sin;
using mathematics::near_cos;
using mathematics::near_tan;
using mathematics::sin;
using mathematics::cos;
using mathematics::tan;
using mathematics::asin;
using mathematics::acos;
using mathematics::atan;
using mathematics::pow;
}  // namespace zoo

#endif
