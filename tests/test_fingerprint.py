"""Fingerprints of networks: whatever Python code computes in `build`, a program is used again only where it is the right one."""

import dataclasses
import functools
import os
import random
import subprocess
import sys
from types import SimpleNamespace

import jinja2
import numpy as np
import pytest
from brian2 import (
    Equations,
    Function,
    Network,
    NeuronGroup,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    ms,
    mV,
    prefs,
    volt,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import BACKENDS, ROOT
from tests.toys import Cells, spikes
from zoo import Model, program
from zoo.build import cache
from zoo.codegen import deferred, fingerprint
from zoo.codegen.device import ZooCodeObject
from zoo.device import main_lines
from zoo.engine.standalone import StandaloneProgram

pytestmark = [
    pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make"),
]

SETTING = {"factor": 1.0}

#: Ways in which Python code comes to a number when a network is built; `drive` is a field that the equations declare.
WAYS = {
    "field": lambda model: float(model.drive),
    "namespace": lambda model: float(model.namespace["drive"]),
    "union": lambda model: float((model.namespace | {})["drive"]),
    "dict": lambda model: float(dict(model.namespace)["drive"]),
    "unpacked": lambda model: (lambda drive, **others: float(drive))(**model.namespace),
    "vars": lambda model: float(vars(model)["drive"]),
    "asdict": lambda model: float(dataclasses.asdict(model)["drive"]),
    "object": lambda model: float(object.__getattribute__(model, "drive")),
    "early": lambda model: model.early,
    "property": lambda model: model.late,
    "closure": lambda model: model.given(),
    "class": lambda model: type(model).shared,
    "global": lambda model: SETTING["factor"],
    "mutable": lambda model, kept=[1.0]: kept[0] * SETTING["factor"],  # noqa: B006
    "numpy": lambda model: np.random.uniform() * float(model.drive),
    "random": lambda model: random.random(),
}


def _constant(model, number, names):
    names["half"] = number / 2


def _text(model, number, names):
    names["equation"] = f"y = {number!r} : 1"


def _size(model, number, names):
    names["n"] = 2 + int(1e4 * number) % 50


def _function(model, number, names):
    code = f"double shifted(double x) {{ return x + {number!r}; }}"
    names["shifted"] = Function(lambda x: x + number, arg_units=[1], return_unit=1)
    names["shifted"].implementations.add_implementation("cpp", code)
    names["equation"] = "y = shifted(1) : 1"


def _context(model, number, names):
    """A function whose C++ is made anew wherever it is used."""
    names["f"] = Function(lambda x: x, arg_units=[1], return_unit=1)
    names["f"].implementations.add_dynamic_implementation("cpp", lambda owner: f"double f(double x) {{return {number};}}",
                                                         namespace=lambda owner: {})  # fmt: skip
    names["equation"] = "y = f(1) : 1"


def _played(model, number, names):
    names["played"] = TimedArray([number, 2 * number], dt=1 * ms, name="played")
    names["equation"] = "y = played(t) : 1"


def _played_with(model, number, names):
    names["played"] = TimedArray([1, 2], dt=(1 + int(1e4 * number) % 7) * ms, name="played")
    names["equation"] = "y = played(t) : 1"


USES = {
    "constant": _constant, "text": _text, "size": _size, "function": _function, "context": _context, "table": _played,
    "step of a table": _played_with, "initial value": None, "values": None, "expression": None, "pairs": None,
    "connections": None, "time step": None, "order": None, "threshold": None, "delay": None,
}  # fmt: skip


class Computing(Model):
    """Cells of which one number comes about in one of WAYS and goes into one of USES."""

    drive: volt = 20 * mV
    way: str = "field"
    use: str = "constant"
    shared = 1.0

    def __post_init__(self):
        super().__post_init__()
        drive = float(self.drive)
        object.__setattr__(self, "early", drive)
        object.__setattr__(self, "given", lambda: drive)

    late = functools.cached_property(lambda self: float(self.drive))

    def build(self):
        number = WAYS[self.way](self)
        names = {"n": 3, "half": 1.0, "equation": "y = half : 1"}
        if USES[self.use]:
            USES[self.use](self, number, names)
        is_ = self.use.__eq__
        cells = NeuronGroup(
            names.pop("n"), f"dx/dt = (y - x)/(5*ms) : 1\n{names.pop('equation')}\ndrive : volt (shared)",
            threshold=f"x > {number!r}" if is_("threshold") else "x > 2", reset="x = 0", method="euler", name="cells",
            namespace={**self.namespace, **names}, dt=(1 + int(1e4 * number) % 5) * ms if is_("time step") else None,
            order=int(1e4 * number) % 5 if is_("order") else 0,
        )  # fmt: skip
        pairs = Synapses(cells, cells, "w : 1", on_pre="x += w", name="pairs",
                         delay=number * ms if is_("delay") else 1 * ms)  # fmt: skip
        if is_("pairs"):
            pairs.connect(i=[0, 1], j=[1, int(1e4 * number) % 3])
        else:
            pairs.connect(f"i < j + {number!r}" if is_("connections") else "i < j")
        if is_("initial value"):
            cells.x = number
        if is_("values"):
            cells.x = number * np.arange(len(cells))
        if is_("expression"):
            cells.x = f"{number!r}*i"
        return Network(cells, pairs)


def record(network):
    return [StateMonitor(network["cells"], "x", record=[0], name="trace")]


def _made(model, compiled=True):
    """A program, and what a run takes of it: files of arrays, values of fields, names of results."""
    random.seed(1)
    with program(model, 5 * ms, record, compiled=compiled) as built:
        arrays = {path.name: path.read_bytes() for path in (built.project / "static_arrays").iterdir()}
        if not compiled:
            built.key = cache.key_of(built.project, also=built._also)
        return built, (
            built.key,
            arrays,
            {name: value.tolist() for name, value in built.defaults.items()},
            built.outputs,
        )


def _check(way, use):
    for drive in (20, 30):
        SETTING["factor"] = Computing.shared = drive / 10
        model = Computing(drive=drive * mV, way=way, use=use)
        found = _made(model)[1]
    assert found == _made(model, compiled=False)[1], (way, use)


@pytest.fixture
def uncompiled(monkeypatch, own_cache):
    """Programs are written and not compiled."""
    monkeypatch.setattr(StandaloneProgram, "binary", lambda self: None)
    monkeypatch.setattr(cache, "_valid", lambda path: path)


@pytest.mark.parametrize("way", sorted(WAYS))
def test_constants_from_anywhere(uncompiled, way):
    """A number in equations, which showed the rate of the first value three times in a sweep."""
    _check(way, "constant")


@pytest.mark.slow
def test_a_program_that_is_found_again_is_the_one_that_would_be_made(uncompiled):
    @settings(max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.sampled_from(sorted(WAYS)), st.sampled_from(sorted(USES)))
    def check(way, use):
        _check(way, use)

    check()
    for use in USES:
        _check("union", use)


def test_what_is_data_writes_no_sources(uncompiled):
    """Declared fields, initial values, numbers and arrays that Python assigns, values of a table, delays."""
    for use in ("initial value", "values", "table", "pairs"):
        written = [_made(Computing(drive=drive * mV, use=use))[0]._written for drive in (20, 30, 40)]
        assert written == [True, False, False], use
    with program(Cells(), 5 * ms, spikes) as one, program(Cells(drive=25 * mV), 9 * ms, spikes) as two:
        assert one._written and not two._written


def test_a_program_that_exists_compiles_no_template(uncompiled, monkeypatch):
    with program(Cells(), 5 * ms, spikes):
        pass
    ZooCodeObject.templater.env.cache.clear()
    compiled = []
    compile_template = jinja2.Environment.compile
    monkeypatch.setattr(
        jinja2.Environment, "compile", lambda *a, **k: (compiled.append(1), compile_template(*a, **k))[1]
    )
    with program(Cells(drive=25 * mV), 5 * ms, spikes) as found:
        assert not found._written and not compiled
    with program(Cells(n=7), 5 * ms, spikes) as new:
        assert new._written and compiled, "templates are compiled there"


def test_the_generator_asks_for_nothing_else(uncompiled, monkeypatch):
    """Or the program would be made anew each time."""
    with program(Cells(), 5 * ms, spikes) as built:
        assert built._written
    monkeypatch.setattr(deferred, "KNOWN", [name for name in deferred.KNOWN if name != "_registered_variables"])
    for _ in range(2):
        with program(Cells(n=8), 5 * ms, spikes) as built:
            assert built._written  # what it asks for besides is in no fingerprint


def test_every_property_of_an_array_counts():
    """Arrays of constants, such as those that a function of a user has: values, type, shape and dimension."""
    written = [
        fingerprint._Writer(None)(value)
        for value in (
            np.array([1.0, 2.0]),
            np.array([1.0, 3.0]),
            np.array([1, 2]),
            np.array([[1.0, 2.0]]),
            [1.0, 2.0] * mV,
        )
    ]
    assert len(set(written)) == len(written)


def test_the_fingerprint_is_the_same_in_another_process(own_cache):
    """Whatever order sets have there."""
    flags = list(prefs["codegen.cpp.extra_compile_args_gcc"])
    code = (
        "from brian2 import ms, prefs; import sys; sys.path.insert(0, '.'); from tests.toys import Cells, spikes\n"
        f"from zoo import program; prefs['codegen.cpp.extra_compile_args_gcc'] = {flags}\n"
        "with program(Cells(), 5*ms, spikes) as built: print(built._written)"
    )
    with program(Cells(), 5 * ms, spikes) as built:
        assert built._written
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
                             capture_output=True, text=True)  # fmt: skip
    assert process.stdout.strip() == "False", process.stderr


def test_clocks_without_code_come_in_one_order():
    """Brian2 has them as a set, in the order of their addresses."""
    add = "network.add(&{}, NULL);".format
    device = SimpleNamespace(
        main_queue=[
            ("run_network", (None, ["network.add(&defaultclock, _run_a);", add("T"), add("S"), "network.run();"]))
        ]
    )
    main_lines._sort_assignments(device)
    assert device.main_queue[0][1][1] == ["network.add(&defaultclock, _run_a);", add("S"), add("T"), "network.run();"]


def test_noise_is_drawn_in_one_order():
    """Brian2 has its names as a set, so that the same seed gave other numbers in another process."""
    terms = [f"xi_{letter}/second**.5" for letter in "fbdaec"]
    assert Equations(f"dv/dt = {' + '.join(terms)} : 1").stochastic_variables == [f"xi_{letter}" for letter in "abcdef"]


def test_templates_sort_names_that_differ_in_case_only():
    """Synapses with u and U: Brian2's template of new synapses had them in the order of a set, in each process another."""
    template = ZooCodeObject.templater.env.from_string(
        "{{ names | sort | join }} {{ names | sort(reverse=True) | join }}"
    )
    assert {template.render(names=names) for names in ("uUb", "Ubu", "buU")} == {"bUu uUb"}


@pytest.mark.slow
def test_a_program_that_was_removed_is_made_again(own_cache):
    with program(Cells(), 5 * ms, spikes) as built:
        first = built.run(seed=1)
    (kept,) = (own_cache / "known").iterdir()
    assert kept.read_text() == built.key
    cache.clear()
    assert not kept.exists()
    with program(Cells(), 5 * ms, spikes) as built:
        assert built._written
        cache.clear()
        again = built.run(seed=1)
    assert np.array_equal(first["spikes.t"], again["spikes.t"])
    assert defaultclock.dt == 0.1 * ms
