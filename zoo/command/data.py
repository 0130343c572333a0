"""`zoo data`: the data sets, and how to prepare them, also without a network."""

from pathlib import Path

from zoo.command.verb import Option, Verb
from zoo.core.columns import columns
from zoo.core.errors import ZooError, unknown

_WORDS = ("list", "files", "prepare")


def _run(arguments):
    words = [argument for argument in arguments[:2] if not argument.startswith("-")]
    options = VERB.parse(arguments[len(words) :])
    what, name = [*words, *("list", None)[len(words) :]]
    if what not in _WORDS:
        raise unknown("data command", what, _WORDS)
    if what == "list":
        print(*_table(), sep="\n")
        return
    if name is None:
        raise ZooError(f"zoo data {what} needs the name of a data set after it; see zoo data list.")
    from zoo.images import datasets, sources

    if what == "files":
        source = sources.find(name)
        print(datasets.instructions(source) if source.builder else f"{name} comes with the zoo.")
        return
    path = datasets.prepare(name, Path(options["manual_dir"]) if "manual_dir" in options else None)
    for split in sources.SPLITS:
        data = datasets.load(name, split)
        print(f"{name} {split}: {len(data)} images of {len(data.classes)} classes")
    print(f"wrote {path}")


def _table():
    from zoo.images import datasets, sources

    rows = [("name", "train", "test", "classes", "download", "licence", "here", "")]
    for source in sources.SOURCES.values():
        megabytes = sum(file.size for file in sources.official_files(source)) / 1e6 if source.builder else 0
        rows.append(
            (
                source.name,
                *(f"{count:,}" for count in source.counts),
                str(len(source.classes)),
                f"{megabytes:.0f} MB" if megabytes else "",
                source.licence,
                _state(source),
                source.summary,
            )
        )
    yield from columns(rows, right={1, 2, 3, 4})
    yield f"\nprepared data sets are in {datasets.folder()}"


def _state(source):
    from zoo.images import datasets

    if not source.builder:
        return "embedded"
    return "ready" if datasets.npz(source).is_file() else "-"


VERB = Verb(
    "data",
    ("[list]", "files NAME", "prepare NAME [--manual-dir DIR]"),
    "list the data sets of images, or download and prepare one",
    _run,
    (Option("manual_dir", "DIR", "prepare: folder with the files of the data set, for a machine without a network"),),
)
