"""Statements of numerical methods on disk: those that Brian2 derives, and never those of something else."""

import numpy as np
import pytest
from brian2 import Equations, Function, Quantity, get_dimensions, ms, second, volt
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import Constant, Variables
from brian2.stateupdaters.base import StateUpdateMethod, UnsupportedEquationsException
from brian2.stateupdaters.explicit import ExplicitStateUpdater

from zoo.build import cache
from zoo.network import exponential_euler, state_updates

LEAK = Equations("dv/dt = (E - v)/tau : volt\nE : volt")
CUBIC = Equations("dv/dt = (v - v**3 + exp(-k*v))/tau : 1")
NOISE = Equations("dv/dt = -v/tau + tau**-0.5*xi : 1")


class Owner:
    name = "owner"


def _variables(tau=10 * ms, k=2.0, dtype=float, size=3, name="owner", **others):
    """Variables of the equations above."""
    known = Variables(type("Owner", (), {"name": name})())
    for one, dimensions in (("v", volt.dim), ("E", volt.dim)):
        known.add_array(one, size=size, dtype=dtype, dimensions=dimensions)
    known.add_array("dt", size=1, scalar=True, dtype=float, dimensions=second.dim, constant=True)
    found = {**known, "exp": DEFAULT_FUNCTIONS["exp"], **others}
    for one, value in (("tau", tau), ("k", k)):
        is_number = isinstance(value, (float, Quantity))
        found[one] = Constant(one, float(value), dimensions=get_dimensions(value)) if is_number else value
    return found


def _derived(equations, variables, method, **options):
    return StateUpdateMethod.apply_stateupdater(equations, variables, method, **options)


@pytest.mark.parametrize(
    "equations, method",
    [
        (LEAK, "exact"), (LEAK, "euler"), (LEAK, "exponential_euler"), (LEAK, "rk4"), (CUBIC, "rk2"), (CUBIC, "RK4"),
        (NOISE, "euler"), (NOISE, "heun"),
    ],
)  # fmt: skip
def test_statements_are_those_of_brian2(own_cache, monkeypatch, equations, method):
    with exponential_euler.for_every_rate():
        expected = _derived(equations, _variables(), method)
        with state_updates.kept():
            assert _derived(equations, _variables(), method) == expected
        [kept] = (own_cache / "statements").iterdir()
        text = kept.read_text().partition("\n")[2]
        assert (
            exponential_euler.chosen(text, _variables()) if "# rate" in text else text
        ) == expected and kept.stat().st_mode & 0o777 == 0o600

        def refused(*_):
            raise AssertionError("derived again")

        monkeypatch.setattr(cache, "keep_statements", refused)
        with state_updates.kept():
            # Of another group, of another size: that is no part of the statements.
            assert _derived(equations, _variables(size=7, name="other"), method, group_name="other") == expected


def test_what_the_statements_follow_from_is_in_the_key():
    one = state_updates._key(LEAK, _variables(), "euler", None)
    assert one == state_updates._key(Equations("dv/dt = (E - v)/tau : volt\nE : volt"), _variables(), "EULER", None)
    others = [
        state_updates._key(LEAK, _variables(), "rk2", None),
        state_updates._key(LEAK, _variables(), "euler", {"simplify": False}),
        state_updates._key(Equations("dv/dt = (E - v)/tau : volt\nE : volt (constant)"), _variables(), "euler", None),
        state_updates._key(Equations("dv/dt = (v - E)/tau : volt\nE : volt"), _variables(), "euler", None),
        state_updates._key(LEAK, _variables(dtype=np.int32), "euler", None),
        state_updates._key(LEAK, _variables(tau=_variables()["v"]), "euler", None),
    ]
    assert None not in others and len({one, *others}) == 7
    longer = _variables(tau=20 * ms)
    assert state_updates._key(LEAK, longer, "euler", None) == one


def test_another_decay_is_not_derived_anew(own_cache, monkeypatch):
    """Though a small one has another step."""
    short, long = _variables(), _variables(tau=20 * second)
    with exponential_euler.for_every_rate():
        expected = [_derived(LEAK, variables, "exponential_euler") for variables in (short, long)]
        assert "exprel" in expected[1] and "exprel" not in expected[0]
        with state_updates.kept():
            assert _derived(LEAK, short, "exponential_euler") == expected[0]
            monkeypatch.setattr(exponential_euler, "_forms", None)
            assert [_derived(LEAK, variables, "exponential_euler") for variables in (short, long)] == expected


def test_what_may_be_anything_is_never_kept(monkeypatch):
    users = Function(lambda x: x, arg_units=[1], return_unit=1)
    assert state_updates._key(LEAK, _variables(f=users), "euler", None) is None
    assert state_updates._key(LEAK, _variables(), lambda *_: "v = v", None) is None
    assert state_updates._key(LEAK, _variables(), ["exact", "euler"], None) is None, "Brian2 says which it takes"
    assert state_updates._key(LEAK, _variables(), "independent", None) is None, "it warns at each use"
    assert state_updates._key(LEAK, _variables(), "euler", {"option": object()}) is None
    other = ExplicitStateUpdater("x_new = x + 2*dt*f(x,t)")
    monkeypatch.setitem(StateUpdateMethod.stateupdaters, "users", other)
    assert state_updates._key(LEAK, _variables(), "users", None) is None
    monkeypatch.setitem(StateUpdateMethod.stateupdaters, "euler", other)
    assert state_updates._key(LEAK, _variables(), "euler", None) is None


def test_methods_that_cannot_refuse_each_time(own_cache):
    with state_updates.kept():
        for _ in range(2):
            with pytest.raises(UnsupportedEquationsException):
                _derived(CUBIC, _variables(), "exact")
            assert "exp" in _derived(CUBIC, _variables(), ["exact", "euler"])
    assert len(list((own_cache / "statements").iterdir())) == 1


def test_a_damaged_or_foreign_file_is_derived_again(own_cache):
    with state_updates.kept():
        expected = _derived(LEAK, _variables(), "euler")
        [path] = (own_cache / "statements").iterdir()
        whole = path.read_text()
        for text in (whole[:-3], whole.replace("dt", "2*dt"), "", "\xff"):
            path.write_text(text, encoding="latin-1")
            assert cache.statements(path.name) is None
            assert _derived(LEAK, _variables(), "euler") == expected
            assert path.read_text() == whole
        path.chmod(0o666)
        assert cache.statements(path.name) is None


def test_they_go_with_the_cache(own_cache):
    with state_updates.kept():
        _derived(LEAK, _variables(), "euler")
    cache.clear(older_than=1)
    assert list((own_cache / "statements").iterdir())
    cache.clear()
    assert not list((own_cache / "statements").iterdir())
