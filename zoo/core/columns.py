"""Rows of text as a table with aligned columns."""


def columns(rows, right=()) -> list:
    """One line per row; the columns numbered in `right` are aligned to the right, the others to the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
