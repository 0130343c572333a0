"""What an axis of a sweep stands for, and one sentence for each that stands for nothing."""

import numpy as np
import pytest
from brian2 import Hz, ms, mV, volt

from zoo import ZooError
from zoo.core import quantities
from zoo.sweeps.axes import as_text, grid, pairs, table, values_of


def values(text, seed=0):
    return values_of("x", text, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500,1000", ["500", "1000"]),
        (" 5*mV ", ["5*mV"]),
        ("[1, 2]*nA, 3*nA", ["[1, 2]*nA", "3*nA"]),
        ("0:10", [str(k) for k in range(10)]),
        ("-2:1", ["-2", "-1", "0"]),
        ("0:4:5", ["0", "1", "2", "3", "4"]),
        ("1:2:3", ["1", "1.5", "2"]),
        ("2:1:2", ["2", "1"]),
        ("5:9:1", ["5"]),
        ("RS,CH", ["RS", "CH"]),
        ("s = sin(2*pi*10*Hz*t) : 1", ["s = sin(2*pi*10*Hz*t) : 1"]),
        ("true,false", ["true", "false"]),
    ],
)
def test_texts(text, expected):
    assert values(text) == expected


def test_zero_has_every_unit():
    found = [quantities.parse(text) for text in values("0:60*mV:13")]
    assert np.allclose([value / mV for value in found], np.linspace(0, 60, 13), rtol=1e-14)


def test_equal_ratios():
    found = [quantities.parse(text) for text in values("1*Hz:1000*Hz:4:log")]
    assert np.allclose([value / Hz for value in found], [1, 10, 100, 1000], rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("uniform(0, 60*mV):50", 0, 60e-3), ("loguniform(1, 100):50", 1, 100), ("normal(5, 0):3", 5, 5)],
)
def test_drawn_values(text, low, high):
    found = [float(quantities.parse(value)) for value in values(text)]
    assert len(found) == int(text.rpartition(":")[2]) and min(found) >= low and max(found) <= high
    assert values(text) == values(text) and ("normal" in text or values(text) != values(text, seed=1))


def test_the_spread_of_normal_numbers():
    found = np.array([float(text) for text in values("normal(5, 2):10000")])
    # Five standard errors: one seed in two million would fail, and this one is fixed.
    assert abs(found.mean() - 5) < 5 * 2 / 100 and abs(found.std() - 2) < 5 * 2 / np.sqrt(20000)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,,2", "empty value"),
        ("", "empty value"),
        ("1*mV:2*nA:3", "ends with different units"),
        ("1*mV:5*mV", "start:stop:count"),
        ("5:1", "start:stop:count"),
        ("1:2:0", "no values"),
        ("1:2:x", "no number of values"),
        ("1:2:3:lin", "start:stop:count:log"),
        ("0:2:3:log", "above 0"),
        ("1:2:99999999999", "at most 1,000,000"),
        ("0:99999999999", "at most 1,000,000"),
        ("unifrom(0, 1):5", "uniform"),
        ("uniform(1, 0):5", "is empty"),
        ("uniform(1):5", "two numbers"),
        ("uniform(1*mV, 2*nA):5", "different units"),
        ("loguniform(0, 1):5", "above 0"),
        ("normal(0, -1):5", "is empty"),
        ("1:2*xyz:3", "xyz"),
        ("0:0", "start:stop:count"),
        ("0:[1, 2]:3", "a list instead of one number"),
        ("(1, 2):3:4", "a list instead of one number"),
        ("uniform([1, 2], 3):4", "a list instead of one number"),
        ("-1e308:1e308:5", "longer than the largest floating"),
        ("uniform(-1e308, 1e308):5", "infinite"),
        ("normal(0, 1.7e308):50", "infinite"),
    ],
)
def test_what_cannot_be_is_one_sentence(text, sentence):
    with pytest.raises(ZooError, match=sentence):
        values(text)


def test_all_combinations_the_last_option_fastest():
    assert grid({"a": ["1", "2"], "b": ["x", "y"]}) == [
        {"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}, {"a": "2", "b": "y"},
    ]  # fmt: skip
    with pytest.raises(ZooError, match="at most 1,000,000"):
        grid({name: ["0"] * 100 for name in "abcd"})


def test_pairs_go_together_and_single_values_with_all():
    assert pairs({"a": ["1", "2"], "b": ["x"], "c": ["5", "6"]}) == [
        {"a": "1", "b": "x", "c": "5"}, {"a": "2", "b": "x", "c": "6"},
    ]  # fmt: skip
    with pytest.raises(ZooError, match="--a has 2, --b has 3"):
        pairs({"a": ["1", "2"], "b": ["x", "y", "z"]})


@pytest.mark.parametrize(
    "value", [3, 0.1, -1e-300, True, 5 * mV, 20 * ms, np.float64(2.5), np.int64(7), [1, 2.5] * mV, 3 * mV / ms, 1 / ms]
)
def test_values_come_back_from_their_texts(value):
    found = quantities.parse(as_text(value)) if not isinstance(value, bool) else as_text(value) == "true"
    assert np.array_equal(np.asarray(found), np.asarray(value))
    assert getattr(found, "dim", None) == getattr(value, "dim", None)


def test_texts_of_large_numbers_are_short():
    """A whole number is written without a point where a count may be meant, up to the largest that a float tells from the next."""
    assert [as_text(number) for number in (3.0, 2.0**53 - 1, 2.0**53, 1e300)] == [
        "3", "9007199254740991", "9007199254740992.0", "1e+300",
    ]  # fmt: skip


def test_points_from_a_file(tmp_path):
    (tmp_path / "points.csv").write_text('drive,--w-sd\n5*mV,"0.1"\n\n6*mV,0.2\n')
    assert table(tmp_path / "points.csv") == [{"drive": "5*mV", "w_sd": "0.1"}, {"drive": "6*mV", "w_sd": "0.2"}]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("drive\n", "has no points"),
        ("", "has no points"),
        ("drive,drive\n1,2\n", "a different name for every column"),
        ("drive,\n1,2\n", "a different name for every column"),
        ("drive,n\n1\n", "line 2 .* has 1 values"),
        ("gain;n\n1,5;2\n", r"line 2 .* has '1,5': write 1.5 for one number, or \[1, 5\] for two"),
        ('gain,n\n"-1,5e3",2\n', "write -1.5e3 for one number"),
        ("drive\n\udcff", "no CSV file"),
    ],
)
def test_files_that_are_no_points(tmp_path, text, sentence):
    (tmp_path / "points.csv").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ZooError, match=sentence):
        table(tmp_path / "points.csv")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ZooError, match="cannot be read"):
        table(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50:800*ms:4", [0.05, 0.3, 0.55, 0.8]),
        ("50*ms:800:4", [0.05, 0.3, 0.55, 0.8]),
        ("-70:-50*mV:3", [-0.07, -0.06, -0.05]),
        ("1:4*uA/cm**2:2", [0.01, 0.04]),  # A/m^2
        ("1e-3*volt:.02:2", [1e-3, 0.02]),
        ("1:100*nA:3:log", [1e-9, 1e-8, 1e-7]),
        ("500*ms:1*second:2", [0.5, 1]),
    ],
)
def test_one_end_of_a_range_may_have_the_unit_of_the_other(text, expected):
    np.testing.assert_allclose([float(quantities.parse(value)) for value in values(text)], expected, rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffdrive,seed\r\n20*mV,1\r\n",
        "drive;seed\n20*mV;1\n",
        "drive\tseed\n20*mV\t1\n",
        "drive (volt),seed\n0.02,1\n",
    ],
)
def test_points_as_other_programs_write_them(tmp_path, text):
    """Excel's mark at the beginning, semicolons, tabs; a unit behind the name, as in the table of a sweep."""
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    (point,) = table(tmp_path / "points.csv")
    assert quantities.parse(point["drive"]) == 0.02 * volt and point["seed"] == "1"


def test_the_table_of_a_sweep_is_named(tmp_path):
    (tmp_path / "table.csv").write_text("index,drive (volt),status,rate,seconds,cpu_seconds\n0,0.02,ok,3,1,1\n")
    with pytest.raises(ZooError, match="is the table of a sweep.*keep only the columns of options"):
        table(tmp_path / "table.csv")
