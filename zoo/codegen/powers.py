"""Which exponentials are powers of a common one, and the products that compute these powers."""

import math
from fractions import Fraction

import numpy as np

#: Largest power of a shared exponential.
HIGHEST = 96

#: Largest argument of an exponential that is shared.
REACH = 40

#: The cost of an exponential, in multiplications.
_EXPONENTIAL = 20


def common_range(members):
    """The values of a variable between which slope*x + intercept is between -REACH and REACH for all members."""
    numbers = [(slope, float(intercept)) for slope, intercept in members if intercept.is_number]
    low = max((-REACH * np.sign(a) - b) / a for a, b in numbers) if numbers else -math.inf
    high = min((REACH * np.sign(a) - b) / a for a, b in numbers) if numbers else math.inf
    return float(low), float(high)


def grouped(slopes, distinct):
    """(unit, members) for every group of exponentials for which a common one saves time."""
    best, saved = [], 0
    for partition in _partitions(slopes if len(slopes) <= 7 else slopes[:7]):
        groups, gain = [], 0
        for part in partition:
            members = [(slope, intercept) for slope, intercept in distinct if abs(slope) in part]
            unit = _unit(part)
            if unit is None or len(members) < 2:
                continue
            chain = products_of(sorted({round(slope / unit) for slope in part}))
            gain += (len(members) - 1) * _EXPONENTIAL - len(chain)
            groups.append((unit, members))
        if gain > saved:
            best, saved = groups, gain
    return best


def _partitions(items):
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for partition in _partitions(rest):
        for k in range(len(partition)):
            yield [*partition[:k], [first, *partition[k]], *partition[k + 1 :]]
        yield [[first], *partition]


def _unit(slopes):
    """The largest number of which all slopes are integer multiples, at most HIGHEST times; None if none exists."""
    ratios = [Fraction(slope / slopes[0]).limit_denominator(HIGHEST) for slope in slopes]
    if any(abs(float(ratio) * slopes[0] / slope - 1) > 2e-15 for ratio, slope in zip(ratios, slopes, strict=True)):
        return None
    denominator = math.lcm(*(ratio.denominator for ratio in ratios))
    powers = [int(ratio * denominator) for ratio in ratios]
    powers = [power // math.gcd(*powers) for power in powers]
    return slopes[0] / powers[0] if max(powers) <= HIGHEST else None


def products_of(powers):
    """Products (k, i, j), k = i + j, in an order that computes all `powers` from the first."""
    known, products = {1}, []

    def make(power):
        if power in known:
            return
        one = next((k for k in sorted(known, reverse=True) if power - k in known), None)
        if one is None:
            one = (power + 1) // 2 if power % 2 == 0 else power - 1
            make(one)
            make(power - one)
        known.add(power)
        products.append((power, one, power - one))

    for power in powers:
        make(power)
    return products
