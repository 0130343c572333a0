"""`zoo show`: the card of a model, the options of an experiment, the equations of a script."""

import inspect

from zoo.command.verb import Option, Verb
from zoo.core import packages
from zoo.core.errors import ZooError, unknown
from zoo.script import run as script


def _run(arguments):
    name = VERB.first(arguments)
    if path := script.named(name):
        print(*script.equations(path, arguments[1:]), sep="\n")
        return
    if "cite" in VERB.parse(arguments[1:]):
        print("\n\n".join(_citations(name)))
        return
    from zoo.catalogue import cards, registry
    from zoo.catalogue.options import parameters_of

    if name in packages.entries("experiments") and name not in packages.entries("models"):
        experiment = registry.experiment(name)
        print(inspect.getdoc(experiment.module))
        print("\nOptions\n-------", *cards.option_table(experiment, parameters_of(experiment)), sep="\n")
        return
    print(cards.card(registry.model(name)()))


def _citations(name):
    """The BibTeX entries of the sources of a model or experiment."""
    found = [entry for kind in packages.KINDS if (entry := packages.entries(kind).get(name))]
    if not found:
        raise unknown("model or experiment", name, {**packages.entries("models"), **packages.entries("experiments")})
    keys = dict.fromkeys(key for entry in found for key in entry.cited)
    if not keys:
        raise ZooError(f"{name} names no source in BibTeX; zoo show {name} prints its docstring.")
    known = packages.citations()
    return [known[key] for key in keys]


VERB = Verb(
    "show",
    ("NAME|FILE.py",),
    "print the source, equations and parameters of a model, the options of an experiment, or the equations of a Brian2 script",
    _run,
    options=(Option("cite", "", "only its sources, as BibTeX"),),
)
