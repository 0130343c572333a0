"""The claims of experiments, run and judged.

Seeds are tested in two steps: when the mean over the first two is within two standard errors, the claim holds; otherwise
the mean over all seeds decides, at 3.3 standard errors, which is a false alarm in a thousand claims. Where there are no more
than these two, they decide at once.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from zoo.catalogue import registry
from zoo.catalogue.registry import Experiment
from zoo.claim import ALL_SEEDS, FIRST, FIRST_SEEDS, Claim, Verdict
from zoo.core import packages
from zoo.core.errors import ZooError, listed, unknown

_CLAIMS = re.compile(r"^CLAIMS\b", re.MULTILINE)
# Numbers that a table prints one by one; of more it prints how many there are.
_FEW = 4


def with_claims() -> list[str]:
    """The names of the experiments that have claims, from their files."""
    return [
        name
        for name, entry in packages.entries("experiments").items()
        if entry.path is not None and _CLAIMS.search(entry.path.read_text())
    ]


def chosen(names: Iterable[str]) -> list[tuple[Experiment, tuple[Claim, ...]]]:
    """The experiments of `names`, each with its claims: experiments, models, whose claims may be in several, and files.

    Raises ZooError for an unknown name, and for one without claims.
    """
    found: dict[str, tuple[Experiment, list[Claim]]] = {}
    for name in names:
        if name.endswith(".py") or name in with_claims():
            experiment = registry.experiment(name)
            selected = [(experiment, claim) for claim in claims_of(experiment)]
        elif name in {**packages.entries("models"), **packages.entries("experiments")}:
            every = [registry.experiment(other) for other in with_claims()]
            selected = [(one, claim) for one in every for claim in claims_of(one) if claim.model == name]
        else:
            raise unknown("experiment", name, {**packages.entries("models"), **packages.entries("experiments")})
        if not selected:
            raise ZooError(f"{name} has no claims; experiments with claims: {listed(with_claims())}.")
        for experiment, claim in selected:
            claims = found.setdefault(experiment.name, (experiment, []))[1]
            if claim not in claims:
                claims.append(claim)
    return [(experiment, tuple(claims)) for experiment, claims in found.values()]


def claims_of(experiment: Experiment) -> tuple[Claim, ...]:
    """The claims of an experiment; raises ZooError when it has some and no function `measure`."""
    claims = tuple(getattr(experiment.module, "CLAIMS", ()))
    if claims and not callable(getattr(experiment.module, "measure", None)):
        raise ZooError(f"{experiment.name} has CLAIMS and no function measure(seed=1) that returns what they compare.")
    return claims


def verdicts(experiment: Experiment, claims: Iterable[Claim], quick: bool = False) -> Iterator[Verdict]:
    """The verdicts of `claims`; with `quick` those that are not long, over the first seeds only, at 3.3 standard errors."""
    measure = experiment.module.measure
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        if not (quick and claim.long):
            groups.setdefault(repr(sorted(claim.protocol.items())), []).append(claim)
    for group in groups.values():
        runs: list[Mapping[str, Any]] = []
        protocol = group[0].protocol

        def mean(claim, seeds, runs=runs, protocol=protocol):
            while len(runs) < seeds:
                runs.append(measure(**protocol) if claim.seeds == 1 else measure(seed=len(runs) + 1, **protocol))
            return _mean(experiment, claim, runs[:seeds])

        for claim in group:
            yield _verdict(claim, mean, quick)


def _verdict(claim: Claim, mean: Callable, quick: bool) -> Verdict:
    first = min(claim.seeds, FIRST)
    allowed = claim.allowed(first, ALL_SEEDS if quick or claim.seeds == first else FIRST_SEEDS)
    verdict = Verdict(claim, mean(claim, first), first, allowed)
    if verdict.holds or quick or claim.seeds == first:
        return verdict
    return Verdict(claim, mean(claim, claim.seeds), claim.seeds, claim.allowed(claim.seeds))


def _mean(experiment, claim, runs):
    """The mean of a quantity over runs; nan where their shapes differ."""
    if claim.quantity not in runs[0]:
        raise ZooError(
            f"measure of {experiment.name} returns no {claim.quantity}, which its CLAIMS name; it returns {listed(runs[0])}."
        )
    values = [run[claim.quantity] for run in runs]
    if isinstance(claim.expected, str):
        texts = sorted({str(value) for value in values})
        return texts[0] if len(texts) == 1 else " or ".join(texts)
    if len({np.shape(value) for value in values}) > 1:
        return np.array(np.nan)
    return np.mean([np.asarray(value, float) for value in values], axis=0)


def row(verdict: Verdict) -> tuple[str, ...]:
    """Claim, expected, measured, largest allowed difference, verdict, and source of a line of the table."""
    claim = verdict.claim
    seeds = [f"{verdict.seeds} seeds"] if verdict.seeds > 1 else []
    many = np.ndim(verdict.measured) and np.size(verdict.measured) > _FEW
    difference = claim.difference(verdict.measured)
    return (
        label(claim),
        f"{_text(claim.expected)} {claim.unit}".strip(),
        ", ".join(
            [f"differs by {difference:.2g}" if many and np.isfinite(difference) else _text(verdict.measured), *seeds]
        ),
        "" if isinstance(claim.expected, str) else f"{verdict.allowed:.2g}",
        "holds" if verdict.holds else "FAILS",
        claim.source,
    )


def label(claim: Claim) -> str:
    """The quantity of a claim and its protocol, as the table names it."""
    return ", ".join([claim.quantity, *(f"{name} {_text(value)}" for name, value in claim.protocol.items())])


def _text(value) -> str:
    if isinstance(value, str) or not np.ndim(value):
        return f"{value:.4g}" if isinstance(value, (float, np.ndarray)) and not hasattr(value, "dim") else str(value)
    if np.size(value) > _FEW:
        numbers = np.asarray(value, float)
        return f"{numbers.size} numbers from {numbers.flat[0]:.4g} to {numbers.flat[-1]:.4g}"
    return " ".join(f"{number:.4g}" for number in np.asarray(value, float).flat)
