"""Models: fields with units, frozen, with one clear sentence for what does not fit."""

import dataclasses
import re
from typing import ClassVar

import numpy as np
import pytest
from brian2 import Hz, Network, ms, mV, nA, pF, second, volt

from tests.toys import Cells
from zoo import Model, ZooError, replace
from zoo.catalogue import registry as catalogue
from zoo.core import packages
from zoo.model import annotations


def test_members_of_model():
    """Model stays small: what a model does is in its strings and in Brian2's objects."""
    own = {name for name in vars(Model) if not name.startswith("_")}
    assert own == {"dt", "limits", "explore", "state", "namespace", "check_duration", "build", "initialise"}


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
        ("n", 2.5, "integer"),
        ("n", True, "integer"),
        ("cell", 3, "string"),
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
    with pytest.raises(ZooError, match=f"{name} has the name of a variable that Brian2 adds"):
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
    with pytest.raises(ZooError, match="weight = .*all numbers must be finite"):
        Tabled(rows=[Row("b", weight)])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tau": 0 * ms}, r"^tau is 0\*second; it must be above 0\.$"),
        ({"tau": [5, -5] * ms}, r"^tau is -5\*ms; it must be above 0\.$"),
        ({"delay": -1 * ms}, r"^delay is -1\*ms; it must be at least 0\.$"),
    ],
)
def test_values_outside_the_limits(fields, words):
    with pytest.raises(ZooError, match=words):
        Cells(**fields)
    assert Cells(delay=0 * ms).delay == 0 * ms


class Limited(Cells):
    p: 1 = 0.5
    v_t: volt = 10 * mV
    steps: int = 2
    kind: str = "a"
    taum: second = 5 * ms

    limits = {"p": (0, 1), "v_t": (-5 * mV, 20 * mV), "steps": "< 4", "kind": ("a", "b"), "taum": "> 0.5*ms"}


@pytest.mark.parametrize(
    ("field", "good", "bad", "words"),
    [
        ("p", [0, 1, 0.3], [-0.1, 1.1], "it must be from 0 to 1"),
        ("v_t", [-5 * mV, 20 * mV], [-6 * mV, 21 * mV], r"it must be from -5\*mV to 20\*mV"),
        ("steps", [3, -1], [4], "steps is 4; it must be below 4"),
        ("kind", ["a", "b"], ["c"], "unknown kind 'c'"),
        ("taum", [0.6 * ms], [0.5 * ms, -5 * ms], r"it must be above 0.5\*ms"),
        ("tau", [1 * ms], [-1 * ms], "it must be above 0"),  # of the base class
    ],
)
def test_kinds_of_limits(field, good, bad, words):
    for value in good:
        assert getattr(Limited(**{field: value}), field) == value
    for value in bad:
        with pytest.raises(ZooError, match=words):
            Limited(**{field: value})
        with pytest.raises(ZooError, match=words):
            replace(Limited(), **{field: value})


def test_a_subclass_may_have_other_limits():
    class Free(Limited):
        limits = {"tau": "> -1*second", "p": (0, 2)}  # noqa: RUF012

    assert Free(tau=-5 * ms, p=2).p == 2
    with pytest.raises(ZooError, match="taum"):
        Free(taum=-1 * ms)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"taw": "> 0"}, "'taw'.*tau"),
        ({"tau": "positive"}, "no comparison with a number"),
        ({"tau": "> 5*mV"}, "not in second"),
        ({"tau": (0, 5)}, "not in second"),
        ({"tau": (0, 1, 2)}, "a range must have two ends"),
        ({"tau": ("a", "b")}, "the field does not have"),
        ({"cell": "> 0"}, "the field is no number"),
    ],
)
def test_limits_that_cannot_be(table, words):
    with pytest.raises(ZooError, match=words):
        type("Bad", (Cells,), {"limits": table})


def test_names_declare_nothing():
    """A time constant, a delay or a rate is known by what a class declares, not by its name."""

    class Named(Model):
        tau: second = -1 * ms
        delay_x: second = -1 * ms
        rate: Hz = -1 * Hz
        C: pF = 0 * pF
        n_x: int = 0

    assert Named().tau == -1 * ms


def test_the_models_declare_what_their_time_constants_may_be():
    """Time constants and capacitances of the zoo are above 0; what is given is refused by the name of the field."""
    checked = set()
    for name in packages.entries("models"):
        model_class = catalogue.model(name)
        for field in dataclasses.fields(model_class):
            # Refractory periods may be 0; C of Brunel and Hakim (1999) is a number of synapses.
            if re.match(r"tau(?!_(rp|ref|arp)(_|$))|C(_m)?$", field.name) and field.type is not int:
                checked.add(f"{name}.{field.name}")
                for number in (0, -1):
                    with pytest.raises(ZooError, match=rf"^{field.name} is .*; it must be above 0\.$"):
                        model_class(**{field.name: number * field.type})
    assert checked >= {
        *(f"basal_ganglia.tau_{x}" for x in "ei"), *(f"hh_grid.{x}" for x in ("C_m", "tau_e", "tau_i")),
        *(f"hh_mnist_grid.{x}" for x in ("C_m", "tau_e", "tau_ei", "tau_i", "tau_x", "tau_y", "tau_y_slow")),
        *(f"lif_mnist_grid.{x}" for x in ("tau_m_E", "tau_m_I", "tau_e", "tau_i", "tau_x", "tau_y", "tau_theta")),
        "hodgkin_huxley.C", "morris_lecar.C", "izhikevich_population.tau", "leaky_integrate_and_fire.tau_m",
    }  # fmt: skip


def test_rows_that_are_none():
    class Tabled(Model):
        rows: tuple[Row, ...] = (Row("a"),)

    for value in (5, None, [{"weight": 2}], [{"nothing": 2}]):
        with pytest.raises(ZooError, match=r"rows must be a list of rows, Row\(...\)"):
            Tabled(rows=value)


def test_dt_is_one_number():
    with pytest.raises(ZooError, match="dt is .*must be one number"):
        Cells(dt=[0.1, 0.2] * ms)


def test_what_was_given_stays():
    """Also a value that is equal to the default, when another field changes."""
    model = replace(Cells(tau=Cells.tau, n=3), n=20)
    assert model.tau == Cells.tau and model.n == 20 and repr(model) == "Cells(n=20)"
