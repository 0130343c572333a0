"""`zoo convert`: a result in an exchange format."""

from pathlib import Path

from zoo.command.verb import Option, Verb
from zoo.core.errors import ZooError, unknown
from zoo.core.files import shown


def _run(arguments):
    folder = Path(VERB.first(arguments, "a result folder", "convert --help"))
    options = VERB.parse(arguments[1:])
    from zoo.analysis import exchange
    from zoo.result import Result

    if "to" not in options:
        raise ZooError(f"zoo convert needs a format: --to {' or --to '.join(exchange.FORMATS)}.")
    if options["to"] not in exchange.FORMATS:
        raise unknown("format", options["to"], exchange.FORMATS)
    write, ending = exchange.FORMATS[options["to"]]
    path = Path(options.get("out", folder / f"spikes{ending}"))
    write(Result.load(folder), path)
    print(f"wrote {shown(path)}")


VERB = Verb(
    "convert",
    ("DIR --to FORMAT [--out FILE]",),
    "write a result in a format that other tools read: nwb, sonata",
    _run,
    (
        Option("to", "FORMAT", "nwb: all entries; sonata: spikes and traces"),
        Option("out", "FILE", "file to write", "in DIR"),
    ),
)
