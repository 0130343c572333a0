"""`zoo show`: the card of a model, the options of an experiment, the equations of a script."""

import inspect

from zoo.command.verb import Verb
from zoo.core import packages
from zoo.script import run as script


def _run(arguments):
    name = VERB.first(arguments)
    if path := script.named(name):
        print(*script.equations(path, arguments[1:]), sep="\n")
        return
    VERB.parse(arguments[1:])
    from zoo.catalogue import cards, registry
    from zoo.catalogue.options import parameters_of

    if name in packages.entries("experiments") and name not in packages.entries("models"):
        experiment = registry.experiment(name)
        print(inspect.getdoc(experiment.module))
        print("\nOptions\n-------", *cards.option_table(experiment, parameters_of(experiment)), sep="\n")
        return
    print(cards.card(registry.model(name)()))


VERB = Verb(
    "show",
    ("NAME|FILE.py",),
    "print the source, equations and parameters of a model, the options of an experiment, or the equations of a Brian2 script",
    _run,
)
