"""`zoo list`: models and experiments."""

from zoo.command.verb import Verb
from zoo.core import packages
from zoo.core.columns import columns


def _run(arguments):
    VERB.parse(arguments)
    for kind in packages.KINDS:
        print(kind)
        for line in columns([(name, entry.summary) for name, entry in packages.entries(kind).items()]):
            print(f"  {line}")


VERB = Verb("list", ("",), "list the models and experiments", _run)
