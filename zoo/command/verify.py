"""`zoo verify`: whether models give the published numbers."""

import itertools
from pathlib import Path

from zoo.command.verb import Option, Verb
from zoo.core.columns import columns
from zoo.core.errors import ZooError

#: The exit code when a claim fails.
FAILED = 1

HEAD = ("claim", "expected", "measured", "may differ by", "verdict", "source")


def _run(arguments):
    names = list(itertools.takewhile(lambda argument: not argument.startswith("-"), arguments))
    options = VERB.parse(arguments[len(names) :])
    from zoo.catalogue import verification
    from zoo.core import files
    from zoo.core.progress import Line

    if options.get("all", False) == bool(names):
        raise ZooError("zoo verify needs names of experiments or models, or --all, and not both; see zoo list.")
    failed, number, pages = 0, 0, []
    for experiment, claims in verification.chosen(names or verification.with_claims()):
        verdicts = []
        with Line(f"verify {experiment.name}") as line:
            line.show(0)
            for verdict in verification.verdicts(experiment, claims, options.get("quick", False)):
                verdicts.append(verdict)
                line.show(len(verdicts) / len(claims), f"{len(verdicts)} of {len(claims)} claims")
        rows = [verification.row(verdict) for verdict in verdicts]
        print(experiment.name, *(f"  {text}" for text in columns([HEAD, *rows])), "", sep="\n", flush=True)
        pages.append((experiment.name, verdicts, rows))
        failed += sum(not verdict.holds for verdict in verdicts)
        number += len(verdicts)
    print(f"{number - failed} of {number} claims hold")
    if "out" in options:
        with files.replacing(Path(options["out"])) as new:
            new.write_text(_page(pages, number, failed))
    return FAILED if failed else 0


def _page(pages, number, failed):
    """The verdicts as a page in Markdown."""
    lines = [
        "# Verification",
        "",
        "This page lists what the models are held to, and what they give; `zoo verify --all --out docs/verification.md` runs",
        "every claim and writes it. A number may differ by its tolerance, whose reason follows each table; a mean over seeds",
        "may differ by 3.3 standard errors, a false alarm in a thousand claims.",
        "",
        f"{number - failed} of {number} claims hold.",
    ]
    for name, verdicts, rows in pages:
        lines += ["", f"## {name}", "", _line(HEAD), _line(["---"] * len(HEAD)), *map(_line, rows)]
        reasons = dict.fromkeys(
            f"- {verdict.claim.quantity}: {verdict.claim.reason}" for verdict in verdicts if verdict.claim.reason
        )
        lines += ["", *reasons] if reasons else []
    return "\n".join(lines) + "\n"


def _line(cells):
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


VERB = Verb(
    "verify",
    ("NAME|FILE.py ... [--quick]", "--all [--quick]"),
    "run the claims of experiments or models: published numbers that they must give",
    _run,
    options=(
        Option("all", "", "all claims of the zoo"),
        Option("quick", "", "only claims that take less than a minute, with two seeds at most"),
        Option("out", "FILE", "also write the table as Markdown"),
    ),
    details="The exit code is 1 when a claim fails.",
)
