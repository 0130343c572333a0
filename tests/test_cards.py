"""Cards: equations as they were written, and a table of parameters that tells the truth."""

import re

import numpy as np
import pytest
from brian2 import (
    Equations,
    Network,
    NeuronGroup,
    Quantity,
    SpikeGeneratorGroup,
    Synapses,
    ms,
    mV,
    second,
    volt,
)
from brian2.units.fundamentalunits import get_dimensions

from tests.conftest import assert_refused
from tests.test_models import SMALL
from tests.toys import Cells
from zoo import Model, ZooError, program, replace
from zoo.build import cache
from zoo.catalogue import cards
from zoo.catalogue import registry as catalogue
from zoo.model import annotations
from zoo.models.hh_mnist_grid import HHMnistGrid

every_model = pytest.mark.parametrize("name", SMALL)


class Written(Model):
    """Equations in a field, some more from build, statements, and fields of every kind."""

    n: int = 3
    tau: second = 10 * ms  # of the membrane
    drive: volt = 20 * mV  # input
    w: volt = 1 * mV
    every: second = 5 * ms
    offset: volt = 1 * mV
    method: str = "exact"
    threshold: str = "v > 10*mV"
    nudge: str = "v += offset"
    unused: volt = 1 * mV

    cell: str = """
    x                        : 1        # first
    dv/dt = (drive - v)/tau  : volt     # (1)

    drive : volt (constant)
    """

    def build(self):
        cells = NeuronGroup(
            self.n, self.cell + "a_later_one : 1\n", threshold=self.threshold, reset="v = 0*mV", method=self.method,
            namespace=self.namespace, name="cells",
        )  # fmt: skip
        cells.run_regularly(self.nudge, dt=self.every, name="nudged")
        cells[:1].run_regularly("x = 1", dt=self.dt, name="of_a_part")
        source = SpikeGeneratorGroup(1, [0], [1] * ms, name="source")
        synapses = Synapses(source, cells, "w : volt (shared, constant)", on_pre="v_post += w", name="synapses")
        synapses.connect()
        return Network(cells, source, synapses)


def test_equations_stand_as_they_were_written():
    text = cards.card(Written())
    start = text.index("Equations\n---------\n")
    assert text[start : text.index("\n\nParameters")] == (
        "Equations\n---------\n"
        "cells:\n"
        "    x                       : 1                # first\n"
        "    dv/dt = (drive - v)/tau : volt             # (1)\n"
        "    drive                   : volt (constant)\n"
        "    a_later_one             : 1\n"
        "cells, method:\n"
        "    exact\n"
        "cells, threshold:\n"
        "    v > 10*mV\n"
        "cells, reset:\n"
        "    v = 0*mV\n"
        "cells, nudged, every 5*ms:\n"
        "    v += offset\n"
        "cells, of_a_part, every time step:\n"
        "    x = 1\n"
        "synapses, source -> cells:\n"
        "    w : volt (shared, constant)\n"
        "synapses, pre, at a presynaptic spike:\n"
        "    v_post += w"
    )


@every_model
def test_all_that_a_model_writes_is_on_its_card(name):
    """Every line of the equations in its fields, with its comment, in the order of the field."""
    model = catalogue.model(name)()
    if name == "hh_grid":
        model = replace(model, solver="rk4")  # NEURON's scheme takes the equations apart
    shown = [re.sub(r"\s+", "", line) for line in cards.card(model).splitlines()]
    checked = 0
    for field in annotations(type(model)):
        value = getattr(model, field)
        if isinstance(value, str) and "=" in value:
            lines = [re.sub(r"\s+", "", line) for line in value.splitlines() if line.strip()]
            places = [shown.index(line, 0) for line in lines]
            assert places == sorted(places), field
            checked += len(lines)
    assert checked > 5


def test_what_a_change_costs():
    anatomy = cards.inspect_model(Written())
    rows = {row.split()[0][2:]: re.split("  +", row)[3] for row in cards.parameter_table(Written(), anatomy)[1:]}
    data, recompiles = {"drive", "w"}, {"tau", "offset", "method", "threshold", "nudge", "cell"}
    assert rows == {
        name: "data" if name in data else "recompiles" if name in recompiles else "depends"
        for name in annotations(Written)
    }
    _assert_true(Written(), 10 * ms, anatomy)


@every_model
def test_what_is_data_does_not_recompile(name):
    model, duration = _small(name)
    _assert_true(model, duration, cards.inspect_model(model), one_by_one=False)


@pytest.mark.slow
@every_model
def test_what_is_in_equations_recompiles(name):
    model, duration = _small(name)
    _assert_true(model, duration, cards.inspect_model(model))


def _small(name):
    fields, duration, _ = SMALL[name]
    return catalogue.model(name)(**fields), duration


def _assert_true(model, duration, anatomy, one_by_one=True):
    """Changes all data at once, which has to give the same program, and the others one by one: they give other ones."""
    key = _key(model, duration)
    changed = {field: _other(getattr(model, field)) for field in anatomy.declared}
    assert not changed or _key(replace(model, **changed), duration) == key
    for field in anatomy.compiled if one_by_one else ():
        assert _key(replace(model, **{field: _other(getattr(model, field))}), duration) != key, field


def _key(model, duration):
    with program(model, duration, compiled=False) as built:
        return cache.key_of(built.project)


def _other(value):
    if isinstance(value, str) and value == "exact":
        return "euler"
    if isinstance(value, str):
        try:
            Equations(value)
            return value + "\nfurther_variable : 1\n"
        except Exception:
            return value.replace("10*mV", "11*mV") if ">" in value else value + "*2"
    numbers = np.asarray(value, dtype=float)
    return Quantity(numbers * 1.25 + 1e-3 * (numbers == 0), dim=get_dimensions(value))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        ("return nothing", ["M fails in broken.py, line 7", "NameError", "'nothing'"]),
        ("return NeuronGroup(1, 'v : 1').undefined", ["broken.py, line 7", "undefined"]),
        ("return Network(NeuronGroup(1, 'dv/dt ='))", ["Brian2 refuses M", "line 7"]),
        ("return 3", ["M.build has to return a Brian2 Network, not 3"]),
    ],
)
def test_a_broken_model_is_one_sentence(zoo_here, tmp_path, build, words):
    (tmp_path / "broken.py").write_text(
        '"""A model that does not work."""\nfrom brian2 import *\nfrom zoo import Model\nclass M(Model):\n'
        f"    tau: second = 3*ms\n    def build(self):\n        {build}\n"
    )
    assert_refused(zoo_here("show", "broken.py"), *words)


def test_a_model_without_build_is_one_sentence(zoo_here, tmp_path):
    (tmp_path / "bare.py").write_text("from zoo import Model\nclass Bare(Model):\n    n: int = 3\n")
    assert_refused(zoo_here("show", "bare.py"), "Bare has no build(self)")


def test_a_field_without_a_default_is_named(zoo_here, tmp_path):
    (tmp_path / "open.py").write_text("from brian2 import *\nfrom zoo import Model\nclass M(Model):\n    tau: second\n")
    for command in (("show", "open.py"), ("run", "open.py"), ("run", "open.py", "--help"), ("build", "open.py")):
        assert_refused(zoo_here(*command), "the field tau of M has no default")


def test_options_of_an_experiment_without_defaults():
    def main(
        count,  # of cells
        model=None,
        size=3,
    ):
        pass

    table = cards.option_table(catalogue.Experiment("x.py", main, None, None, None), _signature(main))
    assert [row.split() for row in table] == [
        ["option", "default", "meaning"],
        ["--count", "of", "cells"],
        ["--size", "3"],
        ["--out", "results/x", "folder", "of", "the", "result"],
    ]


def _signature(main):
    import inspect

    return dict(inspect.signature(main).parameters)


def test_the_card_of_a_model_that_is_refused_leaves_nothing_behind():
    from brian2 import get_device

    class Bad(Written):
        def build(self):
            raise RuntimeError("no")

    with pytest.raises(ZooError, match="RuntimeError: no"):
        cards.card(Bad())
    assert type(get_device()).__name__ == "RuntimeDevice"


def test_the_settings_of_variants_are_a_table():
    lines = cards.card(HHMnistGrid()).splitlines()
    table = {line.split()[0]: line.split()[1:] for line in lines[lines.index("Settings") :] if line.startswith("--")}
    assert table["--n"] == ["10", "20"] * 3
    assert table["--G_ie"] == ["msiemens/cm**2", "2", "4", "4", "4", "0.7", "2.3"]
    assert table["--rule"] == ["pair", "pair", "pair_all", "pair_all", "pair", "pair"]
    assert "Settings" not in cards.card(Cells()).splitlines()
