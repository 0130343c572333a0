"""The table of the study of grids that learn, in Markdown, and its place in a document."""

from pathlib import Path

from zoo import ZooError
from zoo.core import files
from zoo.training.evaluation import READOUTS

#: The marks between which a document has the table.
BEGIN, END = "<!-- table of learning_performance -->\n", "<!-- end of the table -->\n"


def table(rows, measured):
    """The lines of a table in Markdown of those `rows` that are in `measured`, name -> `_study_record.brief`."""
    titles = [
        "row", "cell", "n", "images", "data", "settings", "seeds", *READOUTS, "nearest centroid",
        "silent", "CPU s",
    ]  # fmt: skip
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * 2}{'---:|' * 2}{'---|' * 2}{'---:|' * 8}"]
    for row in rows:
        own = measured.get(row.name)
        if own is None:
            continue
        data = row.dataset + ", held out" * own["held_out"]
        cells = [row.name, row.cell, row.n, f"{own['images']:,}", data, row.setting, own["seeds"]]
        cells += [_mean_and_error(own, title) for title in READOUTS]
        cells += [f"{own['nearest_centroid']:.1f}", f"{own['silent']:.1f}", f"{own['cpu_seconds']:.0f}"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def _mean_and_error(own, title):
    error = f" ± {own['error'][title]:.1f}" if own["error"] else ""
    return f"{own['mean'][title]:.1f}{error}"


def write_into(document, lines):
    """Write the table between its marks."""
    try:
        text = Path(document).read_text()
    except OSError as error:
        raise ZooError(f"{document} cannot be read ({error.strerror}).") from None
    if BEGIN not in text or END not in text:
        raise ZooError(f"{document} has no {BEGIN.strip()} and {END.strip()} for the table.")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    with files.cannot_write(Path(document).parent), files.replacing(document) as new:
        new.write_text(before + BEGIN + "".join(f"{line}\n" for line in lines) + END + after)
