"""`zoo data`: what data sets there are, and having them ready, also without a network."""

from pathlib import Path

from zoo.core.errors import ZooError, unknown
from zoo.images import datasets, sources

COMMANDS = ("list", "files", "prepare")


def run(what: str, name: str | None, manual_dir: str | None) -> None:
    """`zoo data list`, `zoo data files NAME`, `zoo data prepare NAME [--manual-dir DIR]`."""
    if what not in COMMANDS:
        raise unknown("data command", what, COMMANDS)
    if what == "list":
        print(*_table(), sep="\n")
        return
    if name is None:
        raise ZooError(f"zoo data {what} needs the name of a data set behind it; see zoo data list.")
    if what == "files":
        source = sources.find(name)
        print(datasets.instructions(source) if source.builder else f"{name} comes with the zoo.")
        return
    path = datasets.prepare(name, Path(manual_dir) if manual_dir else None)
    for split in sources.SPLITS:
        data = datasets.load(name, split)
        print(f"{name} {split}: {len(data)} images of {len(data.classes)} classes")
    print(f"wrote {path}")


def _table():
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
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = {1, 2, 3, 4}
    for row in rows:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
    yield f"\nprepared data sets are in {datasets.folder()}"


def _state(source):
    if not source.builder:
        return "embedded"
    return "ready" if datasets.npz(source).is_file() else "-"
