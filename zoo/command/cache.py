"""`zoo cache`: the compiled programs."""

from zoo.command.verb import Option, Verb
from zoo.core.errors import ZooError, unknown

_WORDS = ("list", "size", "clear")


def _run(arguments):
    from zoo.build import cache
    from zoo.core.progress import span

    what = arguments[0] if arguments and not arguments[0].startswith("-") else "list"
    others = arguments[1:] if arguments[:1] == [what] else arguments
    options = VERB.parse(others, f"cache {what}", ("older_than",) if what == "clear" else ())
    if what == "list":
        for entry in cache.entries():
            print(f"{entry.key}  {entry.size / 1e6:6.1f} MB  {entry.model}")
    elif what == "size":
        found = cache.entries()
        print(f"{len(found)} programs, {sum(entry.size for entry in found) / 1e6:.1f} MB in {cache.folder()}")
    elif what == "clear":
        days = _days(options["older_than"]) if "older_than" in options else 0.0
        removed = cache.clear(older_than=days)
        older = f" unused for {span(days * cache.DAY)}" if days else ""
        print(f"removed {len(removed)} programs{older}, {sum(entry.size for entry in removed) / 1e6:.1f} MB")
    else:
        raise unknown("cache command", what, _WORDS)


def _days(text):
    """The number of days in "30", or in a time such as "12*hour"."""
    from brian2 import Quantity, second

    from zoo.build.cache import DAY
    from zoo.core import quantities

    age = quantities.evaluate(text, {"day": DAY * second, "hour": 3600 * second, "minute": 60 * second})
    if isinstance(age, Quantity):
        age = quantities.check_one("--older-than", age, second, "12*second") / (DAY * second)
    age = quantities.check_one("--older-than", age, 1, "30")
    if age < 0:
        raise ZooError(f"--older-than {text} is in the future; give days, such as 30, or a time, such as 12*hour.")
    return float(age)


VERB = Verb(
    "cache",
    ("[list|size]", "clear [--older-than TIME]"),
    "list or remove the compiled programs, or print their size",
    _run,
    (Option("older_than", "TIME", 'clear: only programs unused for 30 (days), or "12*hour"', "all"),),
)
