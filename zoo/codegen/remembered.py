"""Pure functions of Brian2 that building a network calls many times with the same arguments, answered from memory.

A point of a sweep builds its network anew, and Python is most of what a small one costs: of 23 ms for five cells these
functions took 7.
"""

import contextlib
import functools

from brian2 import BrianLogger, Clock, Quantity, second
from brian2.codegen import translation
from brian2.core import preferences
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import Subexpression
from brian2.equations.equations import Equations, check_identifier_basic
from brian2.units import fundamentalunits
from brian2.utils.logger import LOG_LEVELS
from brian2.utils.stringtools import get_identifiers

# Results of one function that are kept.
_MOST = 4096

_BRIAN2S_FUNCTIONS = {id(function) for function in DEFAULT_FUNCTIONS.values()}


def by_code(function):
    """A decorator that keeps the results of `function(code, variables, ...)`.

    They may depend on the names in `code`, and on the kinds of those `variables` that these names mean, subexpressions
    followed; never on values. The same object comes back each time.
    """
    known = {}

    @functools.wraps(function)
    def remembered(code, variables, *arguments):
        kinds = _kinds(code, variables)
        if kinds is None:
            return function(code, variables, *arguments)
        key = code, kinds, arguments
        if key not in known:
            if len(known) >= _MOST:
                known.clear()
            known[key] = function(code, variables, *arguments)
        return known[key]

    return remembered


def _kinds(code, variables):
    """What `code` may depend on; None where a user's function is among it, which may mean anything."""
    found, new = {}, set(get_identifiers(code))
    while new:
        name = new.pop()
        if name in found or name not in variables:
            continue
        variable = variables[name]
        if isinstance(variable, Function):
            if id(variable) not in _BRIAN2S_FUNCTIONS:
                return None
            found[name] = id(variable)
        elif isinstance(variable, Subexpression):
            found[name] = variable.expr, variable.dtype, variable.scalar
            new |= get_identifiers(variable.expr)
        else:
            found[name] = type(variable), variable.dtype, variable.scalar
    return frozenset(found.items())


def _make_statements():
    # Brian2 keeps its results, too, by a hash of all variables of a group, which takes ten times as long as the statements.
    make = getattr(translation.make_statements, "__wrapped__", translation.make_statements)
    make_one = by_code(make)

    def remembered(code, variables, dtype, optimise=True, blockname=""):
        return (make if optimise else make_one)(code, variables, dtype, optimise, blockname)

    return remembered


def _views():
    # A view of preferences writes its documentation whenever one is made, as in `prefs.codegen.target`.
    make, known = preferences.BrianGlobalPreferencesView, {}

    def remembered(name, all_prefs):
        if name not in known:
            known[name] = make(name, all_prefs)
        return known[name]

    return remembered


_check_identifier_basic = functools.lru_cache(_MOST)(check_identifier_basic)


def _check_identifier(identifier):
    for check in Equations.identifier_checks:
        (_check_identifier_basic if check is check_identifier_basic else check)(identifier)


@functools.lru_cache(_MOST)
def _seconds(number):
    return repr(Quantity(number, dim=second.dim))


def _clock(clock):
    # Each new object prints its clock for a log that nobody reads.
    return f"Clock(dt={_seconds(clock.dt_)}, name={clock.name!r})"


def _diagnostic(self, *arguments, **options):
    # Each new object and array writes a dozen lines to a file that nobody reads, a twentieth of a point; a console that
    # shows them still does.
    if BrianLogger.console_handler.level <= LOG_LEVELS["DIAGNOSTIC"]:
        _brian2s_diagnostic(self, *arguments, **options)


_brian2s_diagnostic = BrianLogger.diagnostic

_REPLACED = (
    (translation, "make_statements", _make_statements()),
    (preferences, "BrianGlobalPreferencesView", _views()),
    (fundamentalunits, "get_unit", functools.lru_cache(_MOST)(fundamentalunits.get_unit)),
    (Equations, "check_identifier", staticmethod(_check_identifier)),
    (Clock, "__repr__", _clock),
    (BrianLogger, "diagnostic", _diagnostic),
)


@contextlib.contextmanager
def pure_functions():
    """In the block Brian2 takes the results of these functions from memory."""
    kept = [(owner, name, vars(owner)[name]) for owner, name, _ in _REPLACED]
    for owner, name, ours in _REPLACED:
        setattr(owner, name, ours)
    try:
        yield
    finally:
        for owner, name, brian2s in kept:
            setattr(owner, name, brian2s)
