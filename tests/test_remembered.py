"""Functions of Brian2 answered from memory: what they answer is what Brian2 answers, and nothing of it stays outside."""

import numpy as np
import pytest
from brian2 import BrianLogger, Clock, Function, Quantity, farad, metre, ms, prefs, second, volt
from brian2.codegen.translation import analyse_identifiers
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import Constant, Subexpression, Variables
from brian2.equations.equations import Equations
from brian2.units import fundamentalunits
from brian2.utils.logger import LOG_LEVELS, get_logger
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from zoo.build import compiler
from zoo.codegen import remembered

NAMES = ("v", "w", "n", "b", "k", "y", "exp", "new")
_expressions = st.recursive(
    st.sampled_from((*NAMES[:6], "2", "0.5")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(" ".join), inner.map(lambda part: f"exp({part})")
    ),
    max_leaves=4,
)
_codes = st.lists(
    st.tuples(st.sampled_from(("v", "w", "new", "y")), st.sampled_from(("=", "+=")), _expressions).map(" ".join),
    min_size=1, max_size=3,
).map("\n".join)  # fmt: skip


class Owner:
    name = "owner"


def _variables(kinds, expression):
    """Variables of the names above: what each is depends on `kinds`."""
    known = Variables(Owner())
    values = dict(kinds)
    for name in ("v", "w"):
        known.add_array(name, size=3, dtype=np.int32 if values.get(name) else float)
    known.add_array("n", size=3, dtype=np.int32)
    known.add_array("b", size=3, dtype=bool)
    known.add_constant("k", 2.0)
    if values.get("y"):
        known.add_subexpression("y", expr=expression, dtype=float)
    found = dict(known)
    if not values.get("exp"):
        found["exp"] = DEFAULT_FUNCTIONS["exp"]
    return found


def _answer(code, variables, recursive):
    try:
        return analyse_identifiers(code, variables, recursive=recursive)
    except Exception as error:
        return type(error), str(error)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(
    _codes,
    st.lists(st.tuples(st.sampled_from(("v", "w", "y", "exp")), st.booleans())),
    st.sampled_from(("v + w", "n*k", "k")),
    st.booleans(),
)
def test_names_in_code_are_those_that_brian2_finds(code, kinds, expression, recursive):
    variables = _variables(kinds, expression)
    expected = _answer(code, variables, recursive)
    with remembered.pure_functions():
        for _ in range(2):
            assert _answer(code, variables, recursive) == expected


def test_results_are_kept_by_what_the_names_mean():
    calls = []

    @remembered.by_code
    def function(code, variables):
        calls.append(code)
        return len(calls)

    variables = _variables({}, "k")
    assert function("v = k", variables) == function("v = k", {**variables}) == 1
    assert function("v = k", {**variables, "unread": Constant("unread", 3)}) == 1
    for other in (
        {**variables, "v": variables["n"]}, {"v": variables["v"]},
        {**variables, "k": Subexpression("k", expr="n", owner=Owner(), device=None, dtype=float)},
        {**variables, "k": Subexpression("k", expr="w", owner=Owner(), device=None, dtype=float)},
    ):  # fmt: skip
        before = len(calls)
        assert function("v = k", other) == before + 1
    users = {**variables, "k": Function(lambda: 1, arg_units=[], return_unit=1)}
    assert function("v = k()", users) != function("v = k()", users), "what it means is not known"


def test_printed_units_and_clocks_are_brian2s():
    dimensions = (second.dim, volt.dim, (farad / metre**2).dim, (volt**3).dim)
    clock = Clock(dt=0.1 * ms, name="a_clock")
    expected = repr(clock), [str(fundamentalunits.get_unit(one)) for one in dimensions]
    with remembered.pure_functions():
        clock_and_units = repr(clock), [str(fundamentalunits.get_unit(one)) for one in dimensions]
        clock.dt = 0.25 * ms
        assert repr(clock) == f"Clock(dt={Quantity(0.25 * ms)!r}, name='a_clock')"
    assert clock_and_units == expected


def test_preferences_are_read_and_set_through_remembered_views():
    kept = prefs.codegen.target
    with remembered.pure_functions():
        assert prefs.codegen.target == kept
        prefs.codegen.target = "numpy"
        assert prefs.codegen.target == prefs["codegen.target"] == "numpy" and "target" in dir(prefs.codegen)
        prefs.codegen.target = kept


def test_wrong_names_are_refused_each_time():
    with remembered.pure_functions():
        for _ in range(2):
            with pytest.raises(SyntaxError, match="not a valid variable name"):
                Equations.check_identifier("3foo")
            with pytest.raises(SyntaxError):
                Equations.check_identifier("xi")
        Equations.check_identifier("foo")


def test_all_comes_back():
    before = [vars(owner)[name] for owner, name, _ in remembered._REPLACED]
    with pytest.raises(ZeroDivisionError), remembered.pure_functions():
        assert [vars(owner)[name] for owner, name, _ in remembered._REPLACED] != before
        raise ZeroDivisionError
    assert [vars(owner)[name] for owner, name, _ in remembered._REPLACED] == before


def test_another_compiler_is_asked_again(tmp_path, monkeypatch):
    """The version of the compiler is part of each key; its file says when it is another one."""
    tool = tmp_path / "cxx"

    def install(version):
        tool.write_text(f"#!/bin/sh\necho {version}\n")
        tool.chmod(0o755)

    install("one")
    monkeypatch.setenv("CXX", str(tool))
    assert compiler.identity()[1] == "one" == compiler.identity()[1]
    install("another")
    assert compiler.identity()[1] == "another"
    monkeypatch.setenv("CXX", str(ROOT / "no_such_compiler"))
    assert compiler.identity()[1] == ""


@pytest.mark.parametrize("shown", [False, True])
def test_diagnostics_are_logged_where_a_console_shows_them(shown, monkeypatch):
    """Brian2 writes a dozen lines for each object to a file; a user who wants to see them does."""
    logged = []
    monkeypatch.setattr(BrianLogger, "_log", lambda self, level, *rest: logged.append(level))
    monkeypatch.setattr(BrianLogger.console_handler, "level", LOG_LEVELS["DIAGNOSTIC" if shown else "DEBUG"])
    logger = get_logger("test")
    with remembered.pure_functions():
        logger.diagnostic("a line")
        logger.debug("another")
    logger.diagnostic("outside")
    assert logged == [*["DIAGNOSTIC"] * shown, "DEBUG", "DIAGNOSTIC"]
