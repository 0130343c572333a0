"""Which random numbers of generated statements are drawn before a loop, and what must be known before the draws."""

import pytest

from zoo.codegen.device import without_branches
from zoo.codegen.draws import numbered

READ = ["const char not_refractory = _ptr_r[_idx];", "const double lam = _ptr_lam[_idx];", "double v = _ptr_v[_idx];"]
WRITE = ["_ptr_v[_idx] = v;"]
RARE = "v += 0.1 * rare(_vectorisation_idx);"


def found(*lines):
    return numbered([*READ, *lines, *WRITE], ["rare"])


def kinds(draws):
    return [(draw.kind, draw.conditional) for draw in draws.each]


def test_a_number_of_each_element():
    draws, lines = found(RARE)
    assert kinds(draws) == [("rare", False)] and draws.lines == []
    assert lines[3] == "ZOO_READ(0)"
    assert lines[4] == "v += 0.1 * (rare_draws::type)ZOO_DRAWN(0, rare(_vectorisation_idx));"


def test_numbers_of_some_elements():
    draws, lines = found("if(not_refractory)", "    " + RARE)
    assert lines[3:5] == ["ZOO_READ(0)", "if(not_refractory)"]
    assert kinds(draws) == [("rare", True)]
    assert draws.lines == [*READ, "_taken[0][_k] = not_refractory ? 1 : 0;"]


def test_means_are_computed_first():
    draws, lines = found("const double twice = 2 * lam;", "v += _poisson((twice + 1) * 2, _vectorisation_idx);")
    assert kinds(draws) == [("poisson", False)]
    assert draws.lines == [*READ, "const double twice = 2 * lam;", "_mean[0][_k] = (twice + 1) * 2;"]
    assert "ZOO_DRAWN(0, _poisson((twice + 1) * 2, _vectorisation_idx))" in lines[5]


def test_a_number_before_a_choice():
    draws, _ = found("v = _randn(_vectorisation_idx) * int_(v > 1 && lam < 2);")
    assert kinds(draws) == [("randn", False)]


def test_several_numbers_in_turns():
    draws, _ = found("v = _rand(_vectorisation_idx);", "const double z = _poisson(lam, _vectorisation_idx);", "v += z;")
    assert kinds(draws) == [("rand", False), ("poisson", False)] and draws.lines[-1] == "_mean[1][_k] = lam;"


@pytest.mark.parametrize(
    "lines",
    [
        ["v += 1;"],  # no number
        ["v = v > 1 && _rand(_vectorisation_idx) < 0.5;"],
        ["v = _rand(_vectorisation_idx) - _rand(_vectorisation_idx);"],
        ["v = _poisson(_poisson(lam, _vectorisation_idx), _vectorisation_idx);"],
        ["v = _rand(_vectorisation_idx);", "v += _poisson(v, _vectorisation_idx);"],
        ["v = _rand(_vectorisation_idx);", "const double z = v + lam;", "v = _poisson(z, _vectorisation_idx);"],
        ["if(not_refractory)", "    v = 1;", "v += _poisson(v, _vectorisation_idx);"],
        ["if(v > 1)", "    v = _rand(_vectorisation_idx);"],
        ["if(not_refractory)", "    v = 1;", "else", "    v = _rand(_vectorisation_idx);"],
    ],
)
def test_what_is_drawn_where_it_stands(lines):
    draws, same = found(*lines)
    assert draws is None and same == [*READ, *lines, *WRITE]


def test_additions_without_branches():
    read = ["const char not_refractory = _ptr_r[_postsynaptic_idx];", "double v = _ptr_v[_postsynaptic_idx];"]
    added = without_branches(
        [*read, "if(not_refractory)", "    v += 0.5 * w - (a + b) / c;", "_ptr_v[_postsynaptic_idx] = v;"]
    )
    assert added == [*read, "v += zoo::where(not_refractory, 0.5 * w - (a + b) / c);", "_ptr_v[_postsynaptic_idx] = v;"]
    for statement in ("v = 1.0;", "v *= 2.0;", "v += _rand(_vectorisation_idx);", "count += 1;"):
        lines = [*read, "int64_t count = _ptr_count[_postsynaptic_idx];", "if(not_refractory)", f"    {statement}"]
        assert without_branches(lines) == lines
