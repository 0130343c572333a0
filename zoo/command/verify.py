"""`zoo verify`: whether models give the published numbers."""

import itertools
from pathlib import Path

from zoo.command.verb import THREADS, Option, Verb
from zoo.core.columns import columns
from zoo.core.errors import ZooError

#: The exit code when a claim fails.
FAILED = 1

HEAD = ("claim", "expected", "measured", "may differ by", "verdict", "source")


def _run(arguments):
    names = list(itertools.takewhile(lambda argument: not argument.startswith("-"), arguments))
    options = VERB.parse(arguments[len(names) :])
    from zoo.device import threads

    with threads.using(options.get("threads")):
        return _verify(names, options)


def _verify(names, options):
    from zoo.catalogue import verification
    from zoo.core import files
    from zoo.core.progress import Line

    every, out = options.get("all", False), Path(options["out"]) if "out" in options else None
    if every == bool(names):
        raise ZooError("zoo verify needs names of experiments or models, or --all, and not both; see zoo list.")
    if options.get("resume", False) and out is None:
        raise ZooError("--resume continues the page of an interrupted run: name it with --out FILE.")
    sections = _sections(out) if options.get("resume", False) and out.exists() else {}
    verified = []
    for experiment, claims in verification.chosen(names or verification.with_claims()):
        verified.append(experiment.name)
        if experiment.name in sections:
            continue
        verdicts = []
        with Line(f"verify {experiment.name}") as line:
            line.show(0)
            for verdict in verification.verdicts(experiment, claims, options.get("quick", False)):
                verdicts.append(verdict)
                line.show(len(verdicts) / len(claims), f"{len(verdicts)} of {len(claims)} claims")
        rows = [verification.row(verdict) for verdict in verdicts]
        print(experiment.name, *(f"  {text}" for text in columns([HEAD, *rows])), "", sep="\n", flush=True)
        sections[experiment.name] = _section(experiment.name, verdicts, rows)
        if out is not None:  # after each, as all of them take an hour
            with files.replacing(out) as new:
                new.write_text(_page(sections))
    sections = {name: sections[name] for name in verified}
    if out is not None:
        with files.replacing(out) as new:
            new.write_text(_page(sections))
    print(_count(sections))
    return FAILED if any("| FAILS |" in section for section in sections.values()) else 0


def _page(sections):
    """The tables by experiment as a page in Markdown."""
    head = f"""# Verification

This page lists what the models are held to, and what they give; `zoo verify --all --out docs/verification.md` runs
every claim and writes it. A number may differ by its tolerance, whose reason follows each table; a mean over seeds
may differ by 3.3 standard errors, a false alarm in a thousand claims.

{_count(sections)}.
"""
    return "\n".join([head, *sections.values()])


def _section(name, verdicts, rows):
    lines = [f"## {name}", "", _line(HEAD), _line(["---"] * len(HEAD)), *map(_line, rows)]
    reasons = dict.fromkeys(
        f"- {verdict.claim.quantity}: {verdict.claim.reason}" for verdict in verdicts if verdict.claim.reason
    )
    lines += ["", *reasons] if reasons else []
    return "\n".join(lines) + "\n"


def _sections(page):
    """The tables of a page by experiment."""
    parts = page.read_text().split("\n## ")[1:]
    return {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in parts}


def _count(sections):
    held, failed = (sum(text.count(f"| {verdict} |") for text in sections.values()) for verdict in ("holds", "FAILS"))
    return f"{held} of {held + failed} claims hold"


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
        Option("out", "FILE", "also write the tables as Markdown, after each experiment"),
        Option("resume", "", "run only the experiments without a table in FILE, after an interruption"),
        THREADS,
    ),
    details="The exit code is 1 when a claim fails.",
)
