"""Models: fields with units, frozen, with one clear sentence for what does not fit."""

import dataclasses
from typing import ClassVar

import numpy as np
import pytest
from brian2 import Hz, Network, cm, ms, mV, nA, pF, second, uF, volt

from tests.toys import Cells
from zoo import Model, ZooError, replace
from zoo.catalogue import registry as catalogue
from zoo.model import Depending, annotations, default


def test_members_of_model():
    """Model stays small: what a model does is in its strings and in Brian2's objects."""
    own = {name for name in vars(Model) if not name.startswith("_")}
    assert own == {"dt", "state", "namespace", "check_duration", "build", "initialise"}


def test_fields_are_keyword_only_and_frozen():
    model = Cells(n=3, tau=5 * ms)
    assert (model.n, model.tau, model.drive) == (3, 5 * ms, 20 * mV)
    assert model.dt == 0.1 * ms
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.n = 4
    with pytest.raises(TypeError):
        Cells(3)


def test_a_new_default_keeps_the_unit():
    class Slow(Cells):
        tau = 50 * ms

    assert (Slow().tau, Slow(tau=7 * ms).tau, Cells().tau) == (50 * ms, 7 * ms, 10 * ms)
    assert list(annotations(Slow)) == list(annotations(Cells))
    with pytest.raises(ZooError, match=r"tau is 3\*mV"):
        Slow(tau=3 * mV)


def test_a_class_variable_is_no_field():
    class Counted(Cells):
        known: ClassVar[dict] = {"a": 1}

    assert Counted.known == {"a": 1} and "known" not in annotations(Counted)
    assert Counted(n=2).n == 2


def test_a_field_without_a_default_is_refused():
    with pytest.raises(ZooError, match="the field extra of Bare has no default; write extra: unit = value"):

        class Bare(Cells):
            extra: second


def test_defaults_stay_on_the_class():
    assert Cells.tau == 10 * ms


def test_a_subclass_inherits_and_overrides():
    class Slow(Cells):
        tau: second = 50 * ms
        extra: 1 = 2

    assert list(annotations(Slow)) == ["dt", "n", "tau", "drive", "w", "delay", "cell", "extra"]
    assert (Slow().tau, Slow().drive, Slow().extra, Cells().tau) == (50 * ms, 20 * mV, 2, 10 * ms)


def test_an_array_is_copied():
    drive = np.array([1.0, 2.0]) * mV
    model = Cells(n=2, drive=drive)
    drive[:] = 0 * mV
    assert np.array_equal(model.drive, [1, 2] * mV)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("tau", 5 * mV, "tau is 5*mV; it must be a quantity in second, such as 10*ms"),
        ("tau", 5, "tau is 5"),
        ("tau", np.nan * ms, "finite"),
        ("drive", [1, np.inf] * mV, "finite"),
        ("n", 0, "n is 0; it is a count"),
        ("n", -3, "at least 1"),
        ("n", 2.5, "whole number"),
        ("n", True, "whole number"),
        ("cell", 3, "text"),
        ("dt", 0 * ms, "longer than 0"),
    ],
)
def test_bad_values(field, value, words):
    with pytest.raises(ZooError) as error:
        Cells(**{field: value})
    assert words in str(error.value) and "\n" not in str(error.value)


def test_replace_names_the_nearest_field():
    assert replace(Cells(), n=7).n == 7
    with pytest.raises(ZooError, match="'taw'.*did you mean tau"):
        replace(Cells(), taw=3 * ms)


@pytest.mark.parametrize("name", ["t", "i", "j_pre", "N_post", "lastspike", "lastupdate", "xi_1"])
def test_names_that_brian2_gives_to_variables(name):
    with pytest.raises(ZooError, match=f"{name} has a name that Brian2 gives to a variable"):
        type("Bad", (Model,), {"__annotations__": {name: volt}, name: 1 * mV})


@pytest.mark.parametrize("name", ["e", "pi", "inf", "exp", "clip", "exprel", "rand", "ms", "mV", "amp", "metre"])
def test_names_of_brian2s_constants_units_and_functions(name):
    for kind in (1, int, bool):
        with pytest.raises(ZooError, match=f"Bad.{name} has the name of a constant, unit or function of Brian2"):
            type("Bad", (Model,), {"__annotations__": {name: kind}, name: kind(1) if kind in (int, bool) else 1.0})
    assert type("Good", (Model,), {"__annotations__": {name: str}, name: "text"})()  # no string reads a text


def test_a_count_must_not_be_a_variable_of_the_equations():
    from zoo import simulate

    class Gated(Cells):
        cell: str = Cells.cell + "n : 1"

    with pytest.raises(ZooError, match="field n of Gated"):
        simulate(Gated(), 1 * ms, backend="runtime")


def test_the_namespace_has_the_numbers_with_one_value():
    namespace = Cells(drive=[1, 2, 3, 4, 5] * mV).namespace
    assert namespace == {"n": 5, "tau": 10 * ms, "w": 0 * mV, "delay": 1 * ms}


def test_repr_shows_what_differs():
    assert repr(Cells()) == "Cells()"
    assert repr(Cells(n=3, tau=2 * ms)) == "Cells(n=3, tau=2*ms)"


def test_annotations_may_be_text():
    exec(
        "from __future__ import annotations\nfrom zoo import Model\nfrom brian2 import second, ms, nA, amp\n"
        "class Texts(Model):\n    tau: second = 1*ms\n    I: amp = 1*nA\n",
        globals(),
    )
    assert globals()["Texts"](I=2 * nA).I == 2 * nA
    with pytest.raises(ZooError):
        globals()["Texts"](tau=3 * nA)


def test_build_has_to_be_written():
    class Empty(Model):
        pass

    with pytest.raises(ZooError, match="Empty has no build"):
        from zoo import simulate

        simulate(Empty(), 1 * ms, backend="runtime")


def test_rows_of_a_table():
    @dataclasses.dataclass(frozen=True)
    class Row:
        name: str
        n: int

    class Table(Model):
        rows: tuple[Row, ...] = (Row("a", 1),)

        def build(self):
            return Network()

    assert Table(rows=({"name": "b", "n": 2},)).rows == (Row("b", 2),)
    with pytest.raises(ZooError, match="rows of Row"):
        Table(rows=(3,))


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    weight: object = 1.0


@pytest.mark.parametrize("weight", [np.nan, np.inf, np.array([1, np.nan]), Row("inner", np.nan)])
def test_rows_with_missing_numbers_are_refused(weight):
    class Tabled(Model):
        rows: tuple[Row, ...] = (Row("a"),)

    assert Tabled(rows=[Row("b", np.ones((2, 2)))]).rows[0].name == "b"
    assert repr(Tabled(rows=[Row("b", np.ones((2, 2)))])).startswith("Tabled(rows=")
    with pytest.raises(ZooError, match="weight = .*all numbers have to be finite"):
        Tabled(rows=[Row("b", weight)])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tau": 0 * ms}, r"tau is 0\*second; a time constant has to be above 0"),
        ({"tau": -5 * ms}, r"tau is -5\*ms; a time constant has to be above 0"),
        ({"delay": -1 * ms}, r"delay is -1\*ms; a delay cannot be negative"),
    ],
)
def test_signs_of_times(fields, words):
    with pytest.raises(ZooError, match=words):
        Cells(**fields)


@pytest.mark.parametrize("name", ["hodgkin_huxley", "morris_lecar", "hh_grid", "hh_mnist_grid"])
def test_a_capacitance_is_above_0(name):
    model = catalogue.model(name)
    field = "C" if hasattr(model, "C") else "C_m"
    for value in (0, -1):
        with pytest.raises(ZooError, match=rf"^{field} is .*; a capacitance has to be above 0\.$"):
            model(**{field: value * uF / cm**2})


def test_a_capacitance_is_one_by_its_unit():
    class Membrane(Model):
        whole: pF = 100 * pF  # of a cell, one or one per cell
        C: 1 = 0  # without a unit it may be anything

    assert len(Membrane(whole=[1, 2] * pF).whole) == 2
    with pytest.raises(ZooError, match="whole is .*; a capacitance has to be above 0"):
        Membrane(whole=[1, 0] * pF)


def test_rates_are_not_negative():
    class Driven(Model):
        rate_in: Hz = 5 * Hz
        tauon: second = -1 * ms  # not a time constant by its name

    assert Driven(rate_in=0 * Hz).tauon == -1 * ms
    with pytest.raises(ZooError, match=r"rate_in is .*; a rate cannot be negative"):
        Driven(rate_in=[1, -1] * Hz)


def test_rows_that_are_none():
    class Tabled(Model):
        rows: tuple[Row, ...] = (Row("a"),)

    for value in (5, None, [{"weight": 2}], [{"nothing": 2}]):
        with pytest.raises(ZooError, match=r"rows has to be a list of rows, Row\(...\)"):
            Tabled(rows=value)


def test_dt_is_one_number():
    with pytest.raises(ZooError, match="dt is .*must be one number"):
        Cells(dt=[0.1, 0.2] * ms)


def test_a_default_that_depends_on_other_fields():
    class Grid(Model):
        n: int = 10
        rho: 1 = Depending(lambda model: 20 / model.n**2)
        tau: second = Depending(lambda model: model.n * ms)

    assert Grid().rho == 0.2 and Grid(n=20).rho == 0.05 and Grid(n=20, rho=0.3).rho == 0.3
    assert replace(Grid(), n=20).tau == 20 * ms, "it follows"
    assert replace(Grid(rho=0.3), n=20).rho == 0.3, "what was set stays"
    assert replace(Grid(), n=20, rho=0.2).rho == 0.2, "also when it is what another n would have"
    assert repr(Grid(n=20)) == "Grid(n=20)" and "rho=0.3" in repr(Grid(rho=0.3))
    assert default(Grid(n=5), "rho") == 0.8 and default(Grid(), "n") == 10
    with pytest.raises(ZooError, match="tau"):
        Grid(tau=3)
