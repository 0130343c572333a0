"""`zoo show`: the card of a model, the options of an experiment."""

import inspect

from zoo.command.verb import Verb
from zoo.core import packages


def _run(arguments):
    name = VERB.first(arguments)
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
    "print the source, equations and parameters of a model, or the options of an experiment",
    _run,
)
