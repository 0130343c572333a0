"""The table of the study of grids that learn, in Markdown, and its place in a document."""

import math
from pathlib import Path

import numpy as np

from zoo import ZooError
from zoo.core import files
from zoo.training.evaluation import READOUTS, key

NOT_MEASURED = "not measured"
#: The marks between which a document has the table.
BEGIN, END = "<!-- table of learning_performance -->\n", "<!-- end of the table -->\n"


def table(rows, measured):
    """The lines of a table in Markdown: means over seeds and their standard errors in per cent."""
    titles = [
        "row", "cell", "n", "images", "data", "settings", "seeds", *READOUTS, "nearest centroid",
        "silent", "CPU s",
    ]  # fmt: skip
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * 2}{'---:|' * 2}{'---|' * 2}{'---:|' * 8}"]
    for row in rows:
        found = measured.get(row.name, [])
        train = found[0].numbers["plan"]["train"] if found else row.train
        held_out = bool(found) and found[0].numbers["plan"]["held_out"]
        data = row.dataset + ", held out" * held_out
        cells = [row.name, row.cell, row.n, f"{train * row.epochs:,}", data, row.setting]
        if found:
            cells += [len(found), *(_mean_and_error(found, key(title)) for title in READOUTS)]
            cells += [_mean_and_error(found, "nearest_centroid").partition(" ")[0]]
            silent = np.mean([result.numbers["silent_images"] / len(result["testing.labels"]) for result in found])
            cells += [f"{100 * silent:.1f}", f"{np.mean([result.numbers['cpu_seconds'] for result in found]):.0f}"]
        else:
            cells += [0, *[NOT_MEASURED] * 7]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def _mean_and_error(results, name):
    values = 100 * np.array([result.numbers[name] for result in results])
    error = f" ± {values.std(ddof=1) / math.sqrt(len(values)):.1f}" if len(values) > 1 else ""
    return f"{values.mean():.1f}{error}"


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
