"""What reads input gets what nobody would write: a value, or one sentence; no other error, no hang, no file elsewhere.

A few hundred cases for every reader, and in the tests marked slow twenty thousand, which are 235,000 texts and files in all
(make test-slow).
"""

import csv
import gzip
import io
import json
import resource
import string

import numpy as np
import pytest
from brian2 import Quantity, ms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.idx_files import images, pack
from tests.toys import Cells
from zoo import Result, Sweep, ZooError
from zoo.catalogue.options import whole_number
from zoo.core import quantities
from zoo.functions.kernels import kernel_strings
from zoo.images import idx
from zoo.result import _hash
from zoo.sweeps import axes
from zoo.sweeps.sweep import Plan

FEW, MANY = 200, 20_000
both = pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])

# Pieces of what people write, so that some of it comes close to making sense.
PIECES = [
    *["0", "1", "9", ".", "e", "+", "-", "*", "/", "**", "(", ")", "[", "]", "{", "}", ",", ":", ";", "=", "<", ">", "!", "==", "<", "and", "or", "not", "if", "else", "lambda"], " ", "\n", "\t", "\0", "'", '"', "#",
    "1e308", "1e999", "nan", "inf", "-", "9" * 400, "1j", "0x10", "ms", "mV", "siemens", "cm**2", "t", "i", "exp", "sin", "int",
    "rand()", "__import__('os')", "().__class__", "x.y", "f(t)", "exp(-t/(10*ms))", "log", "uniform(", "normal(0,1):3", "é", "\u202e", "٣",
]  # fmt: skip
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.text(max_size=40))
plain = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(autouse=True, scope="module")
def little_memory():
    """A reader that believes a number in a file and asks for all of the memory gets none."""
    kept = resource.getrlimit(resource.RLIMIT_AS)
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2 * 2**30, kept[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, kept)


def tried(read, *arguments):
    """Nothing but a value or a ZooError of one line comes of it."""
    try:
        return read(*arguments)
    except ZooError as error:
        assert str(error) and "\n" not in str(error) and len(str(error)) < 2000
        return None


def fuzzed(count, **strategies):
    """`given` for so many cases; none may take a minute, on a machine that is busy."""
    options = settings(
        max_examples=count, deadline=60_000, suppress_health_check=list(HealthCheck), database=None, derandomize=True
    )
    return lambda function: options(given(**strategies)(function))


def edits(data):
    """Strategy: `data` with bytes changed, taken out, put in, and its end cut off."""
    edit = st.tuples(
        st.integers(0, len(data)), st.sampled_from(["set", "cut", "add", "end"]), st.binary(min_size=1, max_size=4)
    )

    def edited(steps):
        found = bytearray(data)
        for place, how, content in steps:
            if how == "end":
                del found[place:]
            else:
                found[place : place + (0 if how == "add" else len(content))] = b"" if how == "cut" else content
        return bytes(found)

    return st.lists(edit, min_size=1, max_size=4).map(edited)


@both
def test_quantities_and_expressions(count):
    @fuzzed(count, text=texts)
    def check(text):
        tried(quantities.parse, text)
        tried(quantities.evaluate, text, {"t": np.arange(3) * ms})
        tried(quantities.check_expression, "weight", text, ["i", "j"])
        tried(whole_number, "n", text)

    check()


@pytest.mark.parametrize("count", [FEW // 2, pytest.param(MANY // 4, marks=pytest.mark.slow)])
def test_kernels(count):
    @fuzzed(count, text=texts, window=st.sampled_from([30 * ms, 0 * ms, 1e9 * ms, -1 * ms]))
    def check(text, window):
        tried(kernel_strings, text, window)

    check()


@both
def test_axes_of_sweeps(count, tmp_path):
    @fuzzed(count, text=texts, cells=st.lists(st.lists(st.text(max_size=6), max_size=3), max_size=4))
    def check(text, cells):
        found = tried(axes.values_of, "x", text, np.random.default_rng(0))
        assert found is None or (found and all(isinstance(value, str) for value in found))
        file = io.StringIO()
        csv.writer(file).writerows(cells)
        (tmp_path / "points.csv").write_text(file.getvalue(), encoding="utf-8", errors="replace")
        tried(axes.table, tmp_path / "points.csv")

    check()


@both
def test_idx_files(count, tmp_path):
    whole = pack(images(3))
    path = tmp_path / "file"

    @fuzzed(count, data=edits(whole[:40]), compressed=edits(gzip.compress(whole, mtime=0)), labels=st.booleans())
    def check(data, compressed, labels):
        for content in (data, data + whole[40:], compressed):
            path.write_bytes(content)
            tried(idx.read, path, 1 if labels else 3)

    check()


@pytest.fixture
def result_folder(tmp_path):
    arrays = {"spikes.t": np.arange(3.0) * ms, "spikes.i": np.arange(3)}
    model = Cells(n=3, drive=Quantity([1.0, 2, 3], dim=Cells().drive.dim))
    return (
        Result(arrays, model, 20 * ms, "cpp", 0).with_numbers(rate=3.5, many=np.arange(100)).save(tmp_path / "result")
    )


def replaced(record, path, value):
    """A copy of a record of JSON with the leaf or branch at `path`, a list of numbers, replaced by `value`."""
    record = json.loads(json.dumps(record))
    place, last = record, None
    for number in path:
        keys = list(place) if isinstance(place, dict) else list(range(len(place))) if isinstance(place, list) else []
        if not keys:
            break
        last = (place, keys[number % len(keys)])
        place = place[last[1]]
    if last is None:
        return value
    last[0][last[1]] = value
    return record


def around(folder):
    return sorted(str(path) for path in folder.parent.rglob("*"))


@both
def test_result_folders(count, result_folder):
    text, data = (result_folder / "run.json").read_text(), (result_folder / "arrays.npz").read_bytes()
    record, before = json.loads(text), around(result_folder)
    names = st.sampled_from(["../../x", "/etc/passwd", "a/b", ""])

    @fuzzed(count, path=st.lists(st.integers(0, 40), max_size=4), value=values | names, bytes_=edits(text.encode()))
    def check_text(path, value, bytes_):
        for content in (json.dumps(replaced(record, path, value)).encode(), bytes_):
            (result_folder / "run.json").write_bytes(content)
            found = tried(Result.load, result_folder)
            assert found is None or isinstance(found, Result)

    @fuzzed(count // 2, bytes_=edits(data), honest=st.booleans())
    def check_arrays(bytes_, honest):
        (result_folder / "arrays.npz").write_bytes(bytes_)
        own = {**record, "sha256": _hash(result_folder / "arrays.npz")} if honest else record
        (result_folder / "run.json").write_text(json.dumps(own))
        tried(Result.load, result_folder)

    check_text()
    check_arrays()
    assert around(result_folder) == before


@both
def test_folders_of_sweeps(count, tmp_path):
    points = tuple({"x": str(k), "seed": "0"} for k in range(3))
    Sweep.create(tmp_path / "sweep", Plan("basal_ganglia", ("x", "seed"), points, {"n": "3"}))
    text = (tmp_path / "sweep/sweep.json").read_text()
    plan, before = json.loads(text), around(tmp_path / "sweep")
    line = {"index": 1, "status": "ok", "error": "", "numbers": {"y": 1.5}, "seconds": {"all": 1.0}, "cpu_seconds": 0.5}

    @fuzzed(
        count,
        path=st.lists(st.integers(0, 40), max_size=4),
        value=values,
        bytes_=edits(text.encode()),
        own=st.booleans(),
    )
    def check(path, value, bytes_, own):
        journal = tmp_path / "sweep/journal/1.jsonl"
        journal.write_text(json.dumps(replaced(line, path, value)) + "\n" + json.dumps(line), errors="replace")
        for content in (text.encode() if own else bytes_, json.dumps(replaced(plan, path, value)).encode()):
            (tmp_path / "sweep/sweep.json").write_bytes(content)
            found = tried(Sweep.load, tmp_path / "sweep")
            if found is not None:
                assert len(found.table) == len(found.plan.points)
                found.failed, found.missing, found.units
        journal.unlink()

    check()
    assert around(tmp_path / "sweep") == before


def test_the_pieces_are_not_all_nonsense():
    """Or the readers would be tried with nothing that comes near to what they read."""
    read = 0

    @fuzzed(FEW, text=texts)
    def count(text):
        nonlocal read
        read += tried(quantities.parse, text) is not None

    count()
    assert read >= 3 and set(string.digits) & set("".join(PIECES))
