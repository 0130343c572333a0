"""Random numbers of a loop that are drawn before it, many at a time: the same numbers in the same order.

The generated statements name each number (ZOO_READ and ZOO_DRAWN), and templates/draws.cpp draws them all before the loop. A neuron that
is refractory draws nothing, and a Poisson number has a mean: both are computed before the draws by the statements that come
before them.
"""

import re
from dataclasses import dataclass

import numpy as np
from brian2 import Equations
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import Constant
from brian2.input import binomial
from brian2.input.binomial import BinomialFunction
from brian2.parsing.expressions import _get_value_from_expression
from brian2.utils.stringtools import get_identifiers

from zoo.codegen.numbers import WEIGHT

# Brian2 has them as a set, and draws the noise of equations in the order of the set, which differs between processes: the
# same seed would give different numbers.
Equations.stochastic_variables = property(
    lambda self: sorted(name for name in self.identifiers if name == "xi" or name.startswith("xi_"))
)

#: The class_name of the code object that has the functions of `inverted`.
TARGET = "brian2-zoo"

# C++ operators that skip what stands behind them in an expression
_CHOICE = re.compile(r"&&|\|\||\?")
_ASSIGNMENT = re.compile(r"(?:const )?(?:[\w:]+ )?(\w+)(\[_idx\])? [-+*/]?= ")
_BRIAN2S = {"_rand": "rand", "_randn": "randn"}
_CONDITION = re.compile(r"if ?\((\w+)\)$")

# What a PoissonInput with a number as its weight does; one with a string has brackets around it
_POISSON_INPUT = re.compile(r"(?P<before>(?P<target>\w+) \+= (?P<numbers>\w+)\(\)\*)(?P<weight>[^(].*)")

# Brian2's two ways to draw a number, whose constants are data; the first of them says which way
_BINOMIAL = """
static inline double %NAME%_of(double U, bool &again)
{
    const double *const numbers = _namespace%NAME%_numbers;
    const double N = numbers[1], P = numbers[2], Q = numbers[3], QN = numbers[4], bound = numbers[5];
    long X = 0;
    double px = QN;
    while (U > px)
    {
        X++;
        if (X > bound) { again = true; return 0; }
        U -= px;
        px = ((N-X+1) * P * px)/(X*Q);
    }
    return numbers[6] ? N-X : X;
}
static inline double %NAME%(const int vectorisation_idx)
{
    if (_namespace%NAME%_numbers[0])
        return (float)(_randn(vectorisation_idx) * _namespace%NAME%_numbers[2] + _namespace%NAME%_numbers[1]);
    for (;;) {
        bool again = false;
        const double number = %NAME%_of(_rand(vectorisation_idx), again);
        if (!again) return number;
    }
}
struct %NAME%_draws {
    static const zoo::Inversion &inversion() { static const zoo::Inversion found(%NAME%_of); return found; }
    // Whether each number is decided by one in [0, 1)
    static bool is_uniform() { return !_namespace%NAME%_numbers[0] && inversion().again >= 1; }
    template <class Generator> static void many(Generator &generator, double *to, size_t n)
    {
        if (_namespace%NAME%_numbers[0]) {
            const double mean = _namespace%NAME%_numbers[1], deviation = _namespace%NAME%_numbers[2];
            zoo::Bulk::randns(generator, to, n);
            for (size_t k = 0; k < n; k++) to[k] = (float)(to[k] * deviation + mean);
        } else {
            many_uniform(generator, to, n);
        }
    }
    template <class Generator> static void many_uniform(Generator &generator, double *to, size_t n)
    {
        zoo::Bulk::inverted(generator, inversion(), to, n);
    }
};
"""

# Of Brian2's template that makes synapses one by one, see connected()
_OUTER = re.compile(r"for\(size_t (_[ij])=0; \1<(_N_\w+); \1\+\+\)\n")
_ADDED = re.compile(
    r"(\w+)\[_pre_idx\] \+= 1;\s*(\w+)\[_post_idx\] \+= 1;\s*(\w+)\.push_back\(_pre_idx\);\s*(\w+)\.push_back\(_post_idx\);"
)
_END = "// now we need to resize all registered variables"
_JUMP = re.compile(
    r"const double _r = _rand\(_vectorisation_idx\);\s*if\(_r==0\.0\) break;(\s*const int _jump = floor\()log\(_r\)"
)
# Where it looks at all pairs, or at each with a chance
_PAIRS = re.compile(r"for\(long (\w+)=_uiter_low; \1<_uiter_high; \1\+=_uiter_step\)\n")
_SAMPLED = re.compile(r"for\(long (\w+)=_uiter_low; _iter_sign\*\1<_iter_sign\*_uiter_high; \1 \+= _uiter_step\)\n")
_SKIPPED = re.compile(r" else \{\s*if \(_uniform\(\)>=_uiter_p\) continue;\s*\}")
_ALL = re.compile(
    r"const int32_t _iter_low = 0;\s*const int32_t _iter_high = N_(?:pre|post);\s*const int32_t _iter_step = 1;"
)
_CHOSEN = re.compile(
    r"(?P<raw>_raw_(?:pre|post)_idx) = _(?P<inner>[ij]) \+ (?P<offset>\w+);\s*\{(?P<block>(?:(?!_raw_\w+ = ).)*?)"
    r"__cond = _cond;\s*\}\s*_cond = __cond;\s*if\(!_cond\) continue;",
    re.DOTALL,
)
_IN_RANGE = re.compile(r"if\(_[ij]<0 \|\| _[ij]>=_N_(?:pre|post)\)\s*\{.*?\n\s*\}\n", re.DOTALL)
_CHANCE = re.compile(r"const char _cond = true && \(_uniform\(\) < (?=.*;$)", re.MULTILINE)
_BEGINNING = re.compile(r"^void _run_\w+\(\)\s*\{", re.MULTILINE)


@dataclass(frozen=True)
class Draw:
    """One number: rand, randn, poisson or the name of a BinomialFunction; whether not every element draws it."""

    kind: str
    conditional: bool

    @property
    def call(self):
        """C++ for one number, of the element _k of a chunk; `%d` is its place among the draws of an element."""
        if self.kind in ("rand", "randn"):
            return f"brian::_random_generators[0].{self.kind}()"
        return "_poisson(_mean[%d][_k], 0)" if self.kind == "poisson" else f"{self.kind}(0)"


@dataclass(frozen=True)
class Draws:
    """The numbers that an element draws, in order, and the lines that compute their conditions and means."""

    each: tuple
    lines: list


def drawn(variables):
    """The names of the functions whose numbers can be drawn before a loop."""
    return ("rand", "randn", "poisson", *(name for name, variable in variables.items() if is_binomial(variable)))


def is_binomial(variable):
    """Whether this is a BinomialFunction with the C++ of `inverted`; one from before the zoo was imported has not."""
    return isinstance(variable, BinomialFunction) and TARGET in variable.implementations


def numbered(lines, binomials):
    """The Draws of generated statements, and the statements with their calls numbered for templates/draws.cpp.

    None in the place of Draws when it is not known before the statements what is drawn, as after "and" and "or", or when C++
    may call two functions in another order.
    """
    names = "|".join(["_randn?", *map(re.escape, binomials)])
    call = re.compile(
        rf"\b(?P<name>{names})\(_vectorisation_idx\)|\b_poisson\((?P<mean>(?:(?!_vectorisation_idx).)*), _vectorisation_idx\)"
    )
    any_call = re.compile(rf"\b(?:{names}|_poisson)\(")
    each, before, found, unknown, murky = [], [], [], set(), False
    for previous, line in zip(["", *lines], lines, strict=False):
        calls, assignment = list(call.finditer(line)), _ASSIGNMENT.match(line.strip())
        within = previous.strip().startswith(("if", "else"))
        condition = _CONDITION.match(previous.strip())
        if len(any_call.findall(line)) != len(calls) or len(calls) > 1:
            return None, lines
        if not calls:
            found.append(line)
            if within or _mentions(line, unknown):
                # What the draws before the loop do not know.
                murky = murky or not assignment
                unknown.add(assignment[1] if assignment else "")
            elif not _CONDITION.match(line.strip()):
                murky = murky or not line.strip().endswith(";")
                before.append(line)
            continue
        if not assignment or _CHOICE.search(line[: calls[0].start()]) or (within and not condition):
            return None, lines
        [only] = calls
        number, mean = len(each), only["mean"]
        if (condition or mean) and (murky or _mentions(f"{condition and condition[1]} {mean}", unknown)):
            return None, lines
        if condition:
            before.append(f"_taken[{number}][_k] = {condition[1]} ? 1 : 0;")
        if mean:
            before.append(f"_mean[{number}][_k] = {mean};")
        kind = "poisson" if mean else _BRIAN2S.get(only["name"], only["name"])
        each.append(Draw(kind, bool(condition)))
        found.insert(
            len(found) - within, f"ZOO_READ({number})"
        )  # before the "if", so that a loop of vectors reads it anyway
        found.append(call.sub(lambda match: f"ZOO_DRAWN({number}, {match[0]})", line))  # noqa: B023
        unknown.add(assignment[1])
    if not each:
        return None, lines
    needed = [k for k, line in enumerate(before) if line.startswith(("_taken[", "_mean["))]
    return Draws(tuple(each), before[: needed[-1] + 1] if needed else []), found


def _mentions(text, names):
    return not names.isdisjoint(re.findall(r"\w+", text))


class _Code(dict):
    """C++ of a function, as Brian2 has it, and the `numbers` that it reads."""

    numbers = ()


def inverted(n, p, use_normal, name):
    """The C++ of a BinomialFunction, as Brian2 asks for it: its own, and the same for numbers that are drawn already.

    n and p, and which of Brian2's two ways it goes, are data (see `add_numbers`).
    """
    code = _Code(support_code=_BINOMIAL.replace("%NAME%", name))
    if use_normal:
        mean, deviation = binomial._pre_calc_constants_approximated(n, p)
        numbers = [1, mean, deviation, 0, 0, 0, 0]
    else:
        reverse, q, least, none, bound = binomial._pre_calc_constants(n, p)
        numbers = [0, int(n), least, q, none, bound, reverse]
    # As Brian2 writes them into its code.
    code.numbers = np.array([float(f"{number:.15f}") for number in numbers])
    return code, {"_rand": DEFAULT_FUNCTIONS["rand"], "_randn": DEFAULT_FUNCTIONS["randn"]}


def add_numbers(function: BinomialFunction) -> None:
    """Let programs read n and p of a BinomialFunction with the C++ of `inverted`."""
    implementation = function.implementations[TARGET]
    code = implementation.get_code(None)
    if isinstance(code, _Code):
        function.implementations.add_implementation(
            TARGET,
            dict(code),
            namespace={f"{function.name}_numbers": code.numbers},
            dependencies=implementation.dependencies,
            name=function.name,
        )


def name_weight(abstract_code: dict, variables: dict, variable_indices: dict) -> None:
    """Name the weight of a PoissonInput in its code, where Brian2 has written a number, as the constant `WEIGHT`.

    The unit goes too, because it depends on the size of the number.
    """
    found = _POISSON_INPUT.fullmatch(abstract_code.get(None) or "")
    if not found or not is_binomial(variables.get(found["numbers"])):
        return
    weight = float(_get_value_from_expression(found["weight"], variables))
    for unit in get_identifiers(found["weight"]):
        variables.pop(unit)
        variable_indices.pop(unit, None)
    variables[WEIGHT] = Constant(WEIGHT, weight, dimensions=variables[found["target"]].dim)
    abstract_code[None] = f"{found['before']}{WEIGHT}"


def connected(text, draws_only_uniform):
    """The C++ of Brian2's template that makes synapses one by one, changed to add many at a time, see include/connect.h.

    Where uniform numbers are the only ones that it draws, it takes them from blocks.
    """
    outer, added = _OUTER.findall(text), _ADDED.findall(text)
    if len(outer) != 1 or len(added) != 1 or text.count(_END) != 1:
        raise RuntimeError("Brian2 has another template for making synapses than the zoo knows")
    [(row, rows)], [(outgoing, incoming, pre, post)] = outer, added
    connector = f"zoo::Connector _connector({pre}, {post}, {outgoing}, {incoming}, {rows});\n    "
    text = _OUTER.sub(lambda match: connector + match[0], text)
    text = _ADDED.sub(f"_connector.add(_pre_idx, _post_idx, {row});", text)
    text = text.replace(_END, f"_connector.flush({rows});\n    {_END}")
    if draws_only_uniform:
        begin = _BEGINNING.search(text).end()
        head, body = text[:begin], text[begin:]
        body = _JUMP.sub(r"const double _log = _uniform.log();\n if(_log < -1e300) break;\1_log", body)
        body = body.replace("_rand(_vectorisation_idx)", "_uniform()")
        body = _conditions_first(body, row)
        text = f"{head}\n    zoo::Fractions _uniform(zoo::Bulk::twister(brian::_random_generators[0]));{body}"
    return f'#include "connect.h"\n{text}'


def _conditions_first(body, row):
    """Where each pair of neurons has its condition, a loop of vectors for those of a neuron, then the pairs for which it holds.

    Where each pair is taken with one probability of .25 or more, the same; below that Brian2 draws how many it leaves out.
    """
    sampled = _SAMPLED.findall(body)
    pairs, chosen = sampled or _PAIRS.findall(body), list(_CHOSEN.finditer(body))
    if len(pairs) != 1 or len(chosen) != 1 or not _ALL.search(body) or (sampled and not _SKIPPED.search(body)):
        return body
    [k], [found] = pairs, chosen
    inner, block = found["inner"], _IN_RANGE.sub("", found["block"])
    # Pairs without a condition: the one that was found is that of the outer loop.
    is_free = bool(sampled) and row == f"_{inner}"
    if is_free:
        inner, block = {"i": "j", "j": "i"}[inner], ""
    block, chances = _CHANCE.subn(f"const char _cond = _number[{k}] < (", block)
    if (
        f"const int32_t _{inner} = {k};" not in body
        or "_uniform" in block
        or row == f"_{inner}"
        or (sampled and chances)
    ):
        return body
    outer_end = "_pre_idx" if inner == "j" else "_post_idx"
    raw = f"{found['raw']} = _{found['inner']} + {found['offset']};"
    many = "_uniform.many(_numbers, _uiter_high)"
    first, following = "zoo::next_one(_holds, 0)", f"zoo::next_one(_holds, {k} + 1)"
    if sampled:
        first, following = f"_jump_algo ? 0 : {first}", f"_jump_algo ? {k} + 1 : {following}"
    loops = f"""{"if(!_jump_algo) " if sampled else ""}{{
            _holds.resize(_uiter_high);
            char *const _hold = _holds.data();
            {f"const double *const _number = {many};" if chances or sampled else ""}
            #pragma GCC ivdep
            for(long {k}=0; {k}<_uiter_high; {k}++)
            {{
                const long _{inner} = {k}, {outer_end} = _raw{outer_end};
                {"" if is_free else f"const size_t {raw}"}
                (void)_{inner}; (void){outer_end};
                {{{block}
                    _hold[{k}] = {f"_number[{k}] < _uiter_p" if sampled else ""}{"" if is_free else " && _cond" if sampled else "_cond"} ? 1 : 0;
                }}
            }}
        }}
        for(long {k}={first}; {k}<_uiter_high; {k}={following})
"""
    # The condition has been computed, but not for the pairs that Brian2 jumps to.
    body = body.replace(found[0], found[0] if sampled else raw)
    body = (_SAMPLED if sampled else _PAIRS).sub(lambda match: loops, body)
    body = _SKIPPED.sub("", body)
    return _OUTER.sub(
        lambda match: f"std::vector<char> _holds;\n    std::vector<double> _numbers;\n    {match[0]}", body
    )
