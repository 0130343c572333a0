"""Quantities from text and to text."""

import warnings

import numpy as np
import pytest
from brian2 import Hz, Quantity, Unit, amp, cm, metre, ms, msiemens, mV, nA, second, siemens, uA, uF, volt
from brian2.units.fundamentalunits import get_dimensions
from hypothesis import given
from hypothesis import strategies as st

from zoo import ZooError
from zoo.core import quantities


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
     "9**9**9", "nan", "inf*ms", "1e999", "1/(0*mV)", "[1, nan]", "[1, [2, 3]]", "exp(1)", "1 < 2", "ms**200", "pi",
     "2**(1*ms)", "1/0", "(" * 5_000, "1j", "(-1)**0.5", "furlong", "lambda: 1", "[i for i in 3]", "\0"],
)  # fmt: skip
def test_what_is_no_quantity_is_refused_in_one_sentence(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy divides by zero with a warning
        with pytest.raises(ZooError) as error:
            quantities.parse(text)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


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


@pytest.mark.parametrize("power", ["101", "-101", "1e9", "-1e9"])
def test_exponents_of_units_have_a_limit(power):
    """Brian2 keeps every dimension that there has been."""
    assert quantities.parse("1*ms**100") and quantities.parse("1*ms**-100")
    with pytest.raises(ZooError, match="an exponent must be a number between -100 and 100"):
        quantities.parse(f"1*ms**{power}")


@given(st.tuples(*[st.integers(-3, 3)] * 7))
def test_every_unit_reads_back(powers):
    from brian2.units.fundamentalunits import get_or_create_dimension, get_unit

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
    assert isinstance(quantities.parse("2*uA/cm**2"), Quantity) and quantities.parse("2*amp") == 2 * amp


def test_the_unit_of_a_dimension_does_not_depend_on_what_was_used_before():
    """Brian2 answers with the unit of this dimension that was made last."""
    for unit, text in ((siemens / metre**2, "siemens/metre**2"), (volt, "volt"), (Hz, "hertz"), (metre, "metre")):
        Unit(1.0, dim=unit.dim)
        assert quantities.si_text(unit.dim) == text and quantities.unit_text(Unit(1.0, dim=unit.dim)) == text
        assert quantities.si_text(unit.dim / unit.dim) == "1"
        assert quantities.parse(text).dim is unit.dim and float(np.asarray(quantities.parse(text))) == 1


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (uF / cm**2, "uF/cm**2"),
        (msiemens / cm**2, "msiemens/cm**2"),
        (mV, "mV"),
        (nA, "nA"),
        (Hz, "Hz"),
        (1, "1"),
        (volt, "volt"),
    ],
)
def test_units_are_written_as_people_write_them(unit, text):
    assert quantities.unit_text(unit) == text


def test_a_list_of_quantities_is_an_array():
    assert np.array_equal(quantities.check("v", [1 * mV, 2 * mV], volt), [1, 2] * mV)
    with pytest.raises(ZooError, match="v is an array of shape .2,. in volt"):
        quantities.check("v", [1 * mV, 2 * mV], second)
    with pytest.raises(ZooError, match="^v "):
        quantities.check("v", [1 * mV, 2 * second], volt)


def test_an_example_has_the_unit_that_is_asked_for():
    with pytest.raises(ZooError, match=r"tau is 20\*mV.*such as 20\*second"):
        quantities.check("tau", 20 * mV, second, "20*mV")
    with pytest.raises(ZooError, match=r"such as 5\*ms"):
        quantities.check("tau", 20 * mV, second, "5*ms")


def test_one_number():
    assert quantities.check_one("tau", 3 * ms, second) == 3 * ms and quantities.check_one("x", 2, 1) == 2
    for value in ([1, 2] * ms, [3] * ms, 5 * mV, np.nan * ms):
        with pytest.raises(ZooError, match="^tau "):
            quantities.check_one("tau", value, second)


T = np.arange(6) * ms


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("exp(-t/(2*ms))*int(t < 3*ms)", np.exp(-np.arange(6) / 2) * (np.arange(6) < 3)),
        ("(t/(5*ms))*exp(1 - t/(5*ms))", np.arange(6) / 5 * np.exp(1 - np.arange(6) / 5)),
        ("2**(-t/ms)", 0.5 ** np.arange(6)),
        ("w*abs(-t)**2/ms", 3 * mV * np.arange(6) ** 2 * ms),
        ("int(1*ms <= t < 4*ms and t != 2*ms)", [0, 1, 0, 1, 0, 0]),
        ("int(t == 0*ms or t >= 5*ms)", [1, 0, 0, 0, 0, 1]),
        ("clip(t, 1*ms, 2*ms)", [1, 1, 2, 2, 2, 2] * ms),
        ("sqrt(1 + t/ms)*cos(pi)", -np.sqrt(1 + np.arange(6))),
        ("log(e) + tanh(0) + sin(0)", 1),
        ("w", 3 * mV),
    ],
)
def test_evaluate(text, value):
    read = quantities.evaluate(text, {"t": T, "w": 3 * mV})
    assert np.allclose(np.asarray(read), np.asarray(value), rtol=1e-14, atol=0)
    assert get_dimensions(read) is get_dimensions(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exp(-t)", "dimensionless"),
        ("exp(-t/tau)", "unknown name 'tau'"),
        ("eval('1')", "unknown function 'eval'"),
        ("rand()", "unknown function 'rand'"),
        ("t < 3", "same unit"),
        ("t == 3", "same unit"),
        ("t + 3", "units do not match"),
        ("int(t)", "without a unit"),
        ("1/t", "divide by zero"),
        ("sqrt(-1 - t/ms)", "invalid value"),
        ("exp(1e6*t/ms)", "overflow"),
        ("[1, 2]*t", "broadcast"),
        ("t.real", "only numbers"),
        ("t is w", "comparisons"),
        ("t if 1 else 2", "only numbers"),
        ("clip(a=3)", "only numbers"),
        ("exp(1, 2, 3)", "argument"),
        ("t**t", "exponent|units do not match"),
        ("t +", "an expression of"),
    ],
)
def test_evaluate_refuses_in_one_sentence(text, words):
    with pytest.raises(ZooError, match=words) as error:
        quantities.evaluate(text, {"t": T, "w": 3 * mV})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["2*rand()", "5*int(t < 15*ms)", "clip(randn(), 0, inf)", "-w*exp(-t/(3*ms))", "int(i == 2)"]
)
def test_expressions_for_equations(text):
    quantities.check_expression("the drive", text, ["t", "i", "w"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5; v = 3", "must be one expression"),
        ("", "must be one expression"),
        ("v + 1", "where v is unknown; known: t, i"),
        ("2*(i == t)", "makes a comparison a number"),
        ("rand()/0", "divides by zero"),
    ],
)
def test_expressions_that_equations_would_not_take(text, words):
    with pytest.raises(ZooError, match=f"the drive is .*{words}"):
        quantities.check_expression("the drive", text, ["t", "i"])
