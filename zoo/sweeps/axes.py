"""The points of a sweep: the value of every option at each point, as text for `zoo run`.

500,1000                    these values
0:60*mV:13                  13 values from 0 to 60 mV, both included; the unit of one end is that of the other
1:1000:4:log                4 values from 1 to 1000 in equal ratios
0:10                        the integers 0 to 9
uniform(0, 60*mV):20        20 values drawn between the two; also normal(mean, sd) and loguniform(low, high)
"""

import csv
import io
import itertools
import re
from pathlib import Path

import numpy as np
from brian2 import Quantity, have_same_dimensions
from brian2.units.fundamentalunits import get_dimensions

from zoo.core import quantities
from zoo.core.errors import ZooError, quoted, unknown

#: The largest number of points; more are a mistyped colon.
MOST = 1_000_000

DISTRIBUTIONS = {
    "uniform": lambda rng, low, high, size: rng.uniform(low, high, size),
    "loguniform": lambda rng, low, high, size: np.exp(rng.uniform(np.log(low), np.log(high), size)),
    "normal": lambda rng, mean, sd, size: rng.normal(mean, sd, size),
}


def values_of(name: str, text: str, rng: np.random.Generator) -> list:
    """The values of the axis `text`, as strings; `rng` draws random values.

    Raises ZooError for a range that cannot be read, is empty or is too long.
    """
    parts = _split(text, ":")
    drawn = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*", parts[0], re.DOTALL)
    if drawn and len(parts) == 2:
        if drawn[1] not in DISTRIBUTIONS:
            raise unknown("distribution", drawn[1], DISTRIBUTIONS)
        return _drawn(name, drawn[1], _split(drawn[2], ","), _count(name, text, parts[1]), rng)
    if 2 <= len(parts) <= 4 and all(part.strip() for part in parts) and _is_number(parts[0]):
        return _range(name, text, parts)
    found = [part.strip() for part in _split(text, ",")]
    if not all(found):
        raise ZooError(
            f"--{name} {quoted(text)} has an empty value; write values separated by commas, or start:stop:count."
        )
    return found


def grid(axes: dict) -> list:
    """All combinations of the values of `axes`, name -> strings, the last axis fastest; one dictionary per point."""
    _check_length(np.prod([len(axis) for axis in axes.values()], dtype=float))
    return [dict(zip(axes, combination, strict=True)) for combination in itertools.product(*axes.values())]


def pairs(axes: dict) -> list:
    """The first values of all axes, then the second values, ...; an axis with one value has it in all points."""
    lengths = {name: len(axis) for name, axis in axes.items() if len(axis) != 1}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"--{name} has {length}" for name, length in lengths.items())
        raise ZooError(f"paired axes must have the same number of values: {said}.")
    size = max(lengths.values(), default=1)
    return [{name: axis[k if len(axis) > 1 else 0] for name, axis in axes.items()} for k in range(size)]


def table(path) -> list:
    """The points of a CSV file: a line with the names of options, then one line per point."""
    path = Path(path)
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:  # Excel writes a byte-order mark first
            text = file.read()
        first = text.lstrip().partition("\n")[0]
        separator = max(",;\t", key=first.count)
        lines = [
            line for line in csv.reader(io.StringIO(text), delimiter=separator) if any(cell.strip() for cell in line)
        ]
    except OSError as error:
        raise ZooError(f"{path} cannot be read ({error.strerror}).") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ZooError(f"{path} is no CSV file ({error}).") from None
    if len(lines) < 2:
        raise ZooError(f"{path} has no points: it needs a line with the names of options, then a line for each point.")
    names, units = zip(*map(_heading, lines[0]), strict=True)
    if _OF_TABLE <= set(names):
        raise ZooError(
            f"{path} is the table of a sweep, with its results (column status); keep only the columns of options: remove index, status, "
            "seconds and the columns after status."
        )
    if not all(re.fullmatch(r"[A-Za-z]\w*", name) for name in names) or len(set(names)) < len(names):
        raise ZooError(f"the first line of {path} must have a different name for every column.")
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(names):
            raise ZooError(f"line {number} of {path} has {len(line)} values for {len(names)} columns.")
        for cell in line:
            # Many languages write 1.5 as 1,5, which would be a list of two numbers here.
            if re.fullmatch(r"[-+]?\d+,\d+(e[-+]?\d+)?", cell.strip(), re.IGNORECASE):
                point, both = cell.strip().replace(",", "."), cell.strip().replace(",", ", ")
                raise ZooError(
                    f"line {number} of {path} has {quoted(cell.strip())}: write {point} for one number, or [{both}] for two."
                )
    _check_length(len(lines) - 1)
    return [
        {name: _cell(cell.strip(), unit) for name, cell, unit in zip(names, line, units, strict=True)}
        for line in lines[1:]
    ]


# Columns of the table of a sweep that points do not have.
_OF_TABLE = {"index", "status", "seconds", "cpu_seconds"}


def _heading(cell):
    """The option of a column, and its unit: "drive (volt)" has numbers in volt."""
    name, bracket, rest = cell.strip().partition(" (")
    unit = rest.removesuffix(")") if bracket and rest.endswith(")") else ""
    return (name if unit else cell.strip()).lstrip("-").replace("-", "_"), unit


def _cell(text, unit):
    return f"{text}*({unit})" if unit and re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", text, re.IGNORECASE) else text


def as_text(value) -> str:
    """A value as the text of an option: a quantity, a number, a list of them, a switch, or an unchanged string."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (int, np.integer)) and not isinstance(value, Quantity):
        return str(int(value))
    unit = quantities.si_text(get_dimensions(value))
    numbers = np.asarray(value, dtype=float)
    text = _number(numbers) if numbers.ndim == 0 else f"[{', '.join(map(_number, numbers))}]"
    return text if unit == "1" else f"{text}*({unit})" if re.search(r"\W", unit) else f"{text}*{unit}"


def _number(number):
    """The shortest text of the same number; an integer has no decimal point, for counts."""
    return str(int(number)) if number == int(number) and abs(number) < 2**53 else repr(float(number))


def _range(name, text, parts):
    first, last = _ends(name, text, parts[:2])
    first, last = in_one_unit(parts[:2], first, last)
    if not have_same_dimensions(first, last):
        raise ZooError(f"--{name} {quoted(text)} has ends with different units.")
    if len(parts) == 2:
        if not all(isinstance(end, float) and end == int(end) for end in (first, last)) or first >= last:
            raise ZooError(
                f"--{name} {quoted(text)} must be a range of integers, low:high, or have a count: start:stop:count."
            )
        _check_length(last - first)
        return [str(number) for number in range(int(first), int(last))]
    count = _count(name, text, parts[2])
    if len(parts) == 4 and parts[3].strip() != "log":
        raise ZooError(
            f"--{name} {quoted(text)} ends in {quoted(parts[3])}; a range is start:stop:count or start:stop:count:log."
        )
    ends = float(first), float(last)
    unit = _typed_unit(parts[1], last) or _typed_unit(parts[0], first)
    if unit:  # so that the points have the numbers and the unit as typed
        ends = tuple(float(f"{end / float(quantities.parse(unit)):.15g}") for end in ends)
    if not np.isfinite(ends[1] - ends[0]):
        raise ZooError(f"--{name} {quoted(text)} is longer than the largest floating-point number.")
    if len(parts) == 4:
        if min(ends) <= 0:
            raise ZooError(f"--{name} {quoted(text)} is a range of ratios, whose ends must be above 0.")
        numbers = np.geomspace(*ends, count)
    else:
        numbers = np.linspace(*ends, count)
    if unit:
        return [f"{_number(float(f'{number:.15g}'))}*{unit}" for number in numbers]
    return _texts(numbers, last)


def _ends(name, text, parts):
    """The two numbers of a range or a distribution."""
    found = [quantities.parse(part) for part in parts]
    if any(np.ndim(end) for end in found):
        raise ZooError(f"--{name} {quoted(text)} has a list instead of one number.")
    return found


def in_one_unit(texts, first, last):
    """The ends of a range, one of which may be a bare number: 50:800*ms starts at 50 ms, 50*ms:800 ends at 800 ms."""
    bare = [not isinstance(end, Quantity) and re.fullmatch(r"\s*[-+]?[\d.]+(e[-+]?\d+)?\s*", text, re.IGNORECASE) is not None
            for text, end in zip(texts, (first, last), strict=True)]  # fmt: skip
    if bare[0] and isinstance(last, Quantity):
        first = first * _unit_in(texts[1], last)
    elif bare[1] and isinstance(first, Quantity):
        last = last * _unit_in(texts[0], first)
    return first, last


def typed_unit(text: str) -> str:
    """The unit in the text of a quantity, after its number; empty when it is written in another way."""
    found = re.fullmatch(r"\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*\*\s*([a-zA-Z][\w*/ ().-]*?)\s*", text, re.IGNORECASE)
    return found[1].replace(" ", "") if found else ""


def _typed_unit(text, value):
    return typed_unit(text) if isinstance(value, Quantity) else ""


def _unit_in(text, value):
    unit = typed_unit(text)
    return quantities.parse(unit) if unit else Quantity(1.0, dim=value.dim)


def _drawn(name, distribution, ends, count, rng):
    if len(ends) != 2:
        raise ZooError(f"--{name}: {distribution} needs two numbers in brackets.")
    first, second = _ends(name, f"{distribution}({', '.join(ends)})", ends)
    first, second = in_one_unit(ends, first, second)
    if not have_same_dimensions(first, second):
        raise ZooError(f"--{name}: {distribution} has numbers of different units.")
    low, high = float(first), float(second)
    if (distribution == "normal" and high < 0) or (distribution != "normal" and not low < high):
        raise ZooError(f"--{name}: {distribution}({ends[0].strip()}, {ends[1].strip()}) is empty.")
    if distribution == "loguniform" and low <= 0:
        raise ZooError(f"--{name}: the ends of loguniform must be above 0.")
    numbers = DISTRIBUTIONS[distribution](rng, low, high, count) if np.isfinite(high - low) else np.array([np.inf])
    if not np.isfinite(numbers).all():
        raise ZooError(f"--{name}: {distribution}({ends[0].strip()}, {ends[1].strip()}) gives infinite numbers.")
    return _texts(numbers, second)


def _texts(numbers, like):
    """SI numbers with the dimension of `like` as strings."""
    dimensions = get_dimensions(like)
    return [as_text(Quantity(number, dim=dimensions)) for number in numbers]


def _count(name, text, part):
    try:
        count = int(part)
    except ValueError:
        raise ZooError(f"--{name} {quoted(text)}: {quoted(part)} is no number of values.") from None
    if count < 1:
        raise ZooError(f"--{name} {quoted(text)} has no values.")
    _check_length(count)
    return count


def _check_length(count):
    if count > MOST:
        raise ZooError(f"these are {count:.3g} points; a sweep has at most {MOST:,}.")


def _is_number(text):
    """Whether an axis begins like a range, not like an equation with colons."""
    return re.match(r"\s*[-+.\d(]", text) is not None


def _split(text, separator):
    """Parts of `text` between separators outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
