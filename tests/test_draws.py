"""Which random numbers of generated statements are drawn before a loop, and what must be known before the draws."""

import subprocess
import sys

import pytest

from zoo.codegen.device import without_branches
from zoo.codegen.draws import connected, numbered

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
    assert lines[4] == "v += 0.1 * ZOO_DRAWN(0, rare(_vectorisation_idx));"


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


SCRIPT = """
import zoo
from brian2 import *
set_device("zoo", build_on_run=False)
cells = NeuronGroup(50, "x : 1", threshold="x > 1", reset="x = 0")
objects = [cells]
for name, wiring in {
    "chance": dict(p="exp(-(x_pre - x_post)**2)"), "pairs": dict(condition="i != j"), "few": dict(p=0.1), "some": dict(condition="i != j", p=0.5),
    "half": dict(p=0.5),
    "noise": dict(condition="i != j", p="0.5*randn()"),
}.items():
    objects.append(Synapses(cells, cells, on_pre="x += 1", name=name))
    objects[-1].connect(**wiring)
Network(objects).run(1*ms)
device.build(directory="project", compile=False, run=False)
"""


def test_how_synapses_are_made(tmp_path):
    """What is fast for each wiring; that it makes Brian2's synapses shows in test_device_features.py."""
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, check=True, capture_output=True)
    names = "chance", "pairs", "few", "some", "half", "noise"
    files = (tmp_path / f"project/code_objects/{name}_synapses_create_generator_codeobject.cpp" for name in names)
    chance, pairs, few, some, half, noise = (file.read_text() for file in files)
    assert all(
        "_connector.add(_pre_idx, _post_idx, _i)" in text and ".push_back" not in text
        for text in (chance, pairs, few, some, half, noise)
    )
    assert "_number[_k] < (" in chance and "_uniform()" not in chance
    assert "zoo::next_one" in pairs and "_number[" not in pairs
    assert "_number[_k] < _uiter_p && _cond ?" in some and "_uniform()" not in some
    assert "_number[_k] < _uiter_p ?" in half and "_uniform()" not in half
    assert "_uniform.log()" in few and "log(_r)" not in few
    assert "_uniform" not in noise, "other numbers come from the same stream"


def test_another_template_of_brian2_is_noticed():
    with pytest.raises(RuntimeError, match="another template"):
        connected("for(size_t _i=0; _i<_N_pre; _i++)\n{}", True)
