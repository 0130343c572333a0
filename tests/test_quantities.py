"""Quantities from text and to text."""

import numpy as np
import pytest
from brian2 import Hz, Quantity, amp, cm, metre, ms, msiemens, mV, nA, second, siemens, uA, volt
from hypothesis import given
from hypothesis import strategies as st

from zoo import ZooError, quantities


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20*ms", 20 * ms),
        ("-65*mV", -65 * mV),
        (".3*msiemens/cm**2", 0.3 * msiemens / cm**2),
        ("1/ms", 1 / ms),
        ("(2 + 3)*nA", 5 * nA),
        ("5", 5.0),
        ("1e-3", 1e-3),
        ("[1, 2.5]*mV", [1, 2.5] * mV),
        ("[1*mV, 2*mV]", [1, 2] * mV),
        ("-(3*Hz)", -3 * Hz),
    ],
)
def test_parse(text, value):
    read = quantities.parse(text)
    assert np.array_equal(np.asarray(read), np.asarray(value))
    assert getattr(read, "dim", None) == getattr(value, "dim", None)


@pytest.mark.parametrize(
    "text",
    ["", "20 ms", "ms(3)", "__import__('os')", "a.b", "3 if 1 else 2", "'x'", "[]", "[1, 2*ms]", "1 + 1*ms", "True", "x" * 20_000,
     "9**9**9", "2**(1*ms)", "1/0", "(" * 5_000, "1j", "(-1)**0.5", "furlong", "lambda: 1", "[i for i in 3]"],
)  # fmt: skip
def test_what_is_no_quantity_is_refused_in_one_sentence(text):
    with pytest.raises(ZooError) as error:
        quantities.parse(text)
    assert "\n" not in str(error.value)


def test_an_unknown_unit_gets_the_nearest_ones():
    with pytest.raises(ZooError, match="did you mean .*msecond"):
        quantities.parse("3*msecnd")


# Smaller numbers are shown with prefixes beyond those that doubles hold exactly.
@given(st.floats(1e-15, 1e12) | st.floats(-1e12, -1e-15) | st.just(0.0))
def test_a_written_quantity_reads_back(number):
    for unit in (second, volt, siemens / metre**2, 1):
        value = number * unit
        read = quantities.parse(quantities.format(value))
        assert np.isclose(float(np.asarray(read)), float(np.asarray(value)), rtol=1e-14, atol=0)


@given(st.tuples(*[st.integers(-3, 3)] * 7))
def test_every_unit_reads_back(powers):
    from brian2.units.fundamentalunits import get_dimensions, get_or_create_dimension, get_unit

    dimensions = get_or_create_dimension(tuple(map(float, powers)))
    read = quantities.parse(quantities.unit_text(get_unit(dimensions)))
    assert get_dimensions(read) is dimensions
    assert float(np.asarray(read)) == 1


def test_check_copies_and_freezes():
    mine = np.array([1.0, 2.0]) * mV
    checked = quantities.check("v", mine, volt)
    mine[0] = 5 * mV
    assert checked[0] == 1 * mV
    with pytest.raises(ValueError):
        np.asarray(checked)[0] = 0


@pytest.mark.parametrize("value", [np.nan * ms, np.inf * ms, [1, np.nan] * ms])
def test_check_refuses_what_is_not_finite(value):
    with pytest.raises(ZooError, match="finite"):
        quantities.check("tau", value, second)


@pytest.mark.parametrize(("value", "unit"), [(5 * mV, second), (5, second), (5 * mV, 1), ("5", second), (None, 1)])
def test_check_refuses_another_dimension(value, unit):
    with pytest.raises(ZooError, match="^tau "):
        quantities.check("tau", value, unit)


def test_the_unit_of_a_density_is_readable():
    assert np.isclose(quantities.parse(quantities.unit_text(uA / cm**2)) / (uA / cm**2), 1, rtol=1e-15)
    assert quantities.format(2 * uA / cm**2, uA / cm**2).startswith("2*")
    assert isinstance(quantities.parse("2*uA/cm**2"), Quantity) and quantities.parse("2*amp") == 2 * amp
