"""Claim: a published or independently computed number that a model must give, and how closely.

An experiment lists its claims, and `measure` returns what they compare:

    CLAIMS = (
        Claim(
            quantity="rate", unit="Hz", expected=59.56, tolerance=0.6, spread=0.1, seeds=5,
            reason="1 %: connections are drawn anew with every seed",
            source="NEST 3.10",
        ),
    )

    def measure(seed=1, duration=1 * second):
        return {"rate": statistics.rate(...)}

`zoo verify` runs them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Standard errors by which a mean over all seeds may differ from the expected value: a false alarm in a thousand claims.
ALL_SEEDS = 3.3
#: Standard errors for a mean over the first seeds; when they differ by more, all seeds decide.
FIRST_SEEDS = 2.0
#: The number of first seeds.
FIRST = 2


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A number, or several, or a text, that `measure` of an experiment must return under the name `quantity`.

    `expected` is in `unit`. A number may differ by `tolerance`, whose `reason` is a sentence. Where seeds matter the mean
    over `seeds` of them counts; it may also differ by what the `spread` from seed to seed (a standard deviation) and the
    standard `error` of the expected number allow. `protocol` holds the arguments of `measure` besides the seed.
    `model` is the name of a model, where it is not that of the experiment. `long` marks what takes more than a minute.
    """

    quantity: str
    expected: float | str | tuple[float, ...]
    unit: str = ""
    tolerance: float = 0.0
    reason: str = ""
    source: str
    seeds: int = 1
    spread: float = 0.0
    error: float = 0.0
    protocol: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    long: bool = False

    def allowed(self, seeds: int, errors: float = ALL_SEEDS) -> float:
        """The largest difference between `expected` and a mean over so many `seeds`, in `unit`."""
        return max(self.tolerance, errors * float(np.hypot(self.spread / np.sqrt(seeds), self.error)))

    def difference(self, measured: ArrayLike) -> float:
        """The largest difference in `unit` of `measured` (any shape) from what is expected; infinite for another shape."""
        if isinstance(self.expected, str):
            return 0.0 if str(measured) == self.expected else np.inf
        expected, found = np.asarray(self.expected, float), np.asarray(measured, float)
        if expected.shape != found.shape or not np.isfinite(found).all():
            return np.inf
        return float(np.abs(found - expected).max(initial=0.0))


@dataclass(frozen=True)
class Verdict:
    """What was measured for a claim: the mean over `seeds`, or a text, and the difference that was `allowed`."""

    claim: Claim
    measured: str | NDArray[Any]
    seeds: int
    allowed: float

    @property
    def holds(self) -> bool:
        """Whether the claim holds."""
        return self.claim.difference(self.measured) <= self.allowed
