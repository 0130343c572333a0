"""Claims, how they are judged, and `zoo verify`; and the claims of the zoo that take less than a minute."""

import json
import re

import numpy as np
import pytest

from tests.conftest import BACKENDS, REFERENCE
from zoo import Claim, ZooError
from zoo.catalogue import registry, verification
from zoo.command.main import command
from zoo.core import packages

EVERY = [
    (name, claim) for name in verification.with_claims() for claim in verification.claims_of(registry.experiment(name))
]


# The claims of one run that take more than four seconds together.
LONGER = {
    "hh_grid",
    "lif_mnist_grid",
    "single_neuron",
    "connor_stevens",
    "pospischil",
    "graupner_brunel_2012",
    "pinsky_rinzel",
}
QUICK = [(name, claim) for name, claim in EVERY if not claim.long]


def _failed(name, claims):
    verdicts = verification.verdicts(registry.experiment(name), claims, quick=True)
    return [verification.row(verdict) for verdict in verdicts if not verdict.holds]


@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name in LONGER else name
        for name in sorted({name for name, claim in QUICK if claim.seeds == 1})
    ],
)
def test_the_claims_of_the_zoo_hold(name):
    """Those of one run."""
    assert not _failed(name, [claim for other, claim in QUICK if other == name and claim.seeds == 1])


@pytest.mark.slow  # networks, several times
@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
@pytest.mark.parametrize("name", sorted({name for name, claim in QUICK if claim.seeds > 1}))
def test_the_claims_over_seeds_hold(name, optimised):
    """Over two seeds at most, with 3.3 standard errors: a false alarm in a thousand claims."""
    assert not _failed(name, [claim for other, claim in QUICK if other == name and claim.seeds > 1])


@pytest.mark.parametrize(("name", "claim"), EVERY, ids=[f"{name}-{number}" for number, (name, _) in enumerate(EVERY)])
def test_every_claim_says_where_from_and_why(name, claim):
    assert claim.source and re.search(r"\d", claim.source)
    assert isinstance(claim.expected, str) or claim.reason, claim.quantity
    assert claim.model in ("", *packages.entries("models"))


def test_every_model_cites_its_sources():
    known = packages.citations()
    cited = {name: entry.cited for name, entry in packages.entries("models").items()}
    assert all(cited.values()), [name for name, keys in cited.items() if not keys]
    assert {key for keys in cited.values() for key in keys} == set(known)
    assert all(re.search(r"year = \{(19|20)\d\d\}", entry) for entry in known.values())


FILE = """
from zoo import Claim

CLAIMS = (
    Claim(quantity="rate", expected=10.0, unit="Hz", tolerance=0.5, reason="half", source="by hand, 2026"),
    Claim(quantity="times", expected=(1.0, 2.0), unit="ms", tolerance={tolerance}, reason="a step", source="by hand, 2026"),
    Claim(quantity="kind", expected="tonic", source="by hand, 2026", protocol={{"current": 2}}),
)

def measure(current=1):
    return {{"rate": 10.2, "times": [1.1, 2.0], "kind": "tonic" if current == 2 else "bursting"}}
"""


@pytest.fixture
def file(tmp_path):
    def written(text=FILE, **values):
        path = tmp_path / "mine.py"
        path.write_text(text.format(**values) if values else text)
        return str(path)

    return written


def test_the_table_and_the_exit_code(file, capsys, tmp_path):
    page = tmp_path / "page.md"
    assert command(["verify", file(tolerance=0.2), "--out", str(page)]) == 0
    out = capsys.readouterr().out
    assert out.count("holds") == 3 and "3 of 3 claims hold" in out and "10.2" in out and "kind, current 2" in out
    assert "| rate | 10 Hz | 10.2 | 0.5 | holds | by hand, 2026 |" in page.read_text()
    assert "- times: a step" in page.read_text()
    assert command(["verify", file(tolerance=0.05)]) == 1
    out = capsys.readouterr().out
    assert out.count("FAILS") == 1 and "2 of 3 claims hold" in out


def test_an_interrupted_page_is_continued(file, capsys, tmp_path):
    one, page = file(tolerance=0.05), tmp_path / "page.md"
    two = tmp_path / "two.py"
    two.write_text(
        FILE.format(tolerance=0.2).replace("return", "open('go'); return").replace("'go'", repr(str(tmp_path / "go")))
    )
    names = [one, str(two), "--out", str(page)]
    assert command(["verify", *names]) == 2  # the second file raises
    assert "## mine.py" in page.read_text() and "2 of 3 claims hold" in page.read_text()
    (tmp_path / "go").touch()
    (tmp_path / "mine.py").write_text(FILE.format(tolerance=0.2))
    capsys.readouterr()
    assert command(["verify", *names, "--resume"]) == 1  # the first is not run again
    out = capsys.readouterr().out
    assert "5 of 6 claims hold" in out and "two.py" in out and "mine.py" not in out
    assert command(["verify", *names]) == 0
    assert page.read_text().count("| holds |") == 6 and page.read_text().index("## mine") < page.read_text().index(
        "## two"
    )


def test_bad_input_is_one_sentence(file, capsys):
    written = FILE.format(tolerance=1)
    for given, sentence in (
        ([], "needs names of experiments or models, or --all"),
        (["--all", "--resume"], "name it with --out"),
        (["adaptive_exponential", "--all"], "needs names of experiments or models, or --all"),
        (["adaptive"], "did you mean adaptive_exponential"),
        ("CLAIMS = ()\n", "has no claims"),
        (written.replace("def measure", "def measured"), "no function measure"),
        (written.replace('"rate": 10.2', '"rates": 10.2'), "returns no rate"),
    ):
        arguments = [file(given)] if isinstance(given, str) else given
        assert command(["verify", *arguments]) == 2
        error = capsys.readouterr().err
        assert sentence in error and error.count("\n") == 1


def _claim(**fields):
    return Claim(**{"quantity": "x", "expected": 10.0, "source": "2026", **fields})


def test_differences():
    assert _claim(tolerance=1).difference(10.5) == 0.5
    assert _claim(expected=(1, 2, 3)).difference([1, 2, 5]) == 2
    assert _claim(expected=()).difference([]) == 0
    for other in ([1, 2], np.nan, [[10.0]]):
        assert _claim().difference(other) == np.inf
    assert _claim(expected="a").difference("a") == 0 and _claim(expected="a").difference("b") == np.inf
    # Standard errors of a mean of four, and of the reference.
    assert _claim(spread=2, error=1).allowed(4, 3) == pytest.approx(3 * np.sqrt(2))
    assert _claim(spread=2, tolerance=9).allowed(4, 3) == 9


class _Experiment:
    """An experiment whose values are known for each seed."""

    name = "toy"

    def __init__(self, values, **fields):
        self.module, self.values, self.seeds = self, values, []
        self.claims = (_claim(seeds=len(values), spread=1, **fields),)

    def measure(self, seed):
        self.seeds.append(seed)
        return {"x": self.values[seed - 1]}

    def verdict(self, quick=False):
        return next(verification.verdicts(self, self.claims, quick), None)


def test_seeds_are_tested_in_two_steps():
    # Two standard errors of a mean of two are 1.41.
    near = _Experiment([11, 11.5, 0, 0, 0])
    assert near.verdict().holds and near.seeds == [1, 2]
    # Beyond them all seeds decide, at 3.3 standard errors: 1.48.
    far = _Experiment([12, 12, 10, 11, 12])
    assert far.verdict().holds and far.seeds == [1, 2, 3, 4, 5]
    assert not _Experiment([12, 12, 12, 11, 12]).verdict().holds
    # No more than two decide at once, at 3.3 standard errors, 2.33.
    assert _Experiment([12, 12]).verdict().holds and not _Experiment([12, 13]).verdict().holds
    # Quick: two seeds at 3.3 standard errors, 2.33.
    quick = _Experiment([12, 12, 12, 12, 12])
    assert quick.verdict(quick=True).holds and quick.seeds == [1, 2]
    assert not _Experiment([13, 12, 0]).verdict(quick=True).holds
    assert _Experiment([10, 10], long=True).verdict(quick=True) is None


def test_one_seed_is_one_call_without_seed():
    class One(_Experiment):
        def measure(self):
            return {"x": 10}

    assert One([0]).verdict().holds


def test_a_name_may_be_that_of_a_model():
    [(experiment, claims)] = verification.chosen(["adaptive_exponential", "adaptive_exponential"])
    assert experiment.name == "adaptive_exponential" and len(claims) == len(set(map(id, claims))) > 8
    with pytest.raises(ZooError, match="has no claims"):
        verification.chosen(["phase_plane"])


def test_nest_agrees_on_brunels_network():
    """As the claims say: NEST's single networks are within 2 % of the mean of five of the C++ program."""
    nest = json.loads((REFERENCE / "published/brunel2000_nest.json").read_text())["points"]
    claims = verification.claims_of(registry.experiment("brunel_2000"))
    compared = {claim.protocol["point"]: claim.expected for claim in claims if claim.quantity == "rate_E"}
    assert sorted(compared) == ["B", "C", "D"]
    for point, expected in compared.items():
        assert abs(nest[point]["seeds"]["1"]["rate_E"] - expected) < 0.02 * expected


def test_nest_agrees_on_the_cortical_microcircuit():
    """As the claims say: the means of NEST's networks of 5 s are within what the claims allow for so many seeds."""
    [run] = (
        run
        for name, run in json.loads((REFERENCE / "published/pd14_nest.json").read_text())["runs"].items()
        if name == "N=0.1 K=0.1 poisson warm=500 record=5000"
    )
    rows = [row["populations"] for row in run["seeds"].values()]
    claims = verification.claims_of(registry.experiment("potjans_diesmann"))
    compared = [claim for claim in claims if claim.protocol["scale"] == 0.1 and "distance" not in claim.quantity]
    assert len(compared) == 24 and len(rows) >= 2
    for claim in compared:
        of, name = claim.quantity.rsplit("_", 1)
        assert abs(np.mean([row[name][of] for row in rows]) - claim.expected) < claim.allowed(len(rows)), claim.quantity
