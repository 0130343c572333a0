"""Cards: equations as they were written, and a table of parameters that tells the truth."""

import re
from pathlib import Path

import numpy as np
import pytest
from brian2 import (
    Equations,
    Network,
    NeuronGroup,
    Quantity,
    SpikeGeneratorGroup,
    Synapses,
    amp,
    cm,
    have_same_dimensions,
    metre,
    ms,
    msiemens,
    mV,
    second,
    siemens,
    volt,
)
from brian2.units.fundamentalunits import get_dimensions

from tests.conftest import assert_refused
from tests.test_models import SMALL
from tests.toys import Cells
from zoo import Model, ZooError, program, replace
from zoo.build import cache
from zoo.catalogue import cards, options
from zoo.catalogue import registry as catalogue
from zoo.catalogue.default import with_main
from zoo.core import packages, quantities
from zoo.model import annotations
from zoo.models.basal_ganglia import BasalGanglia
from zoo.models.equations.nucleus_rows import Projection
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.izhikevich_nuclei import IzhikevichNuclei
from zoo.models.izhikevich_population import IzhikevichPopulation

every_model = pytest.mark.parametrize("name", SMALL)
#: Models of every kind of object; the others are for make test-slow.
KINDS = {"basal_ganglia", "hodgkin_huxley", "hh_mnist_grid", "izhikevich_network", "tsodyks_markram", "two_populations"}
some_models = pytest.mark.parametrize(
    "name", [name if name in KINDS else pytest.param(name, marks=pytest.mark.slow) for name in SMALL]
)


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


@pytest.mark.parametrize(
    ("model", "kernels"),
    [
        (IzhikevichPopulation(), {"g": ["K(t) = exp(-t/tau) for 0 <= t < H, else 0", "tau = 20*ms", "H = 50*ms"]}),
        (
            IzhikevichPopulation(K="int(t < tau)", tau=7 * ms),  # sampled
            {"g": ["K(t) = int(t < tau) for 0 <= t < H, else 0", "tau = 7*ms", "H = 50*ms"]},
        ),
        (
            BasalGanglia(scale=0.02),
            {
                "g_e": ["K_e(t) = exp(-t/tau_e) for 0 <= t < H_e, else 0", "tau_e = 20*ms", "H_e = 20*ms"],
                "g_i": [
                    "K_i(t) = (t/tau_i)*exp(1 - t/tau_i) for 0 <= t < H_i, else 0",
                    "tau_i = 50*ms",
                    "H_i = 100*ms",
                ],
            },
        ),
        (
            IzhikevichNuclei(
                projections=(
                    Projection("E", "I", kernel="exp(-t/(5*ms))", window=None, group="a"),
                    Projection("I", "E", kernel=None, window=None, group="b"),
                )
            ),
            {"g_a": ["K(t) = exp(-t/(5*ms)) for t >= 0"], "g_b": ["K(t) = 1 for 0 <= t < dt, else 0"]},
        ),
    ],
)
def test_kernels_are_equations_of_the_card(model, kernels):
    """The mathematics of the page: K(t), its end, and the values of its names; the lines that compute it say so."""
    parts = dict(cards.inspect_model(model).parts)
    found = {title.split(", ")[1]: lines for title, lines in parts.items() if ", the sum of w*K" in title}
    assert found == kernels
    lines = [line for lines in parts.values() for line in lines]
    for name in kernels:
        assert any(re.match(rf"(d{name}/dt|{name}) .*# computes the sum of K", line) for line in lines), name


@some_models
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
            place = -1
            for line in lines:  # which may also stand in the equations of another group
                assert line in shown[place + 1 :], (field, line)
                place = shown.index(line, place + 1)
            checked += len(lines)
    assert checked > 1


def test_what_a_change_costs():
    anatomy = cards.inspect_model(Written())
    rows = {row.split()[0][2:]: re.split("  +", row)[3] for row in cards.parameter_table(Written(), anatomy)[1:]}
    data = {"dt", "tau", "drive", "w", "every", "offset", "unused"}
    recompiles = {"n", "method", "threshold", "nudge", "cell"}
    assert rows == {
        name: "data" if name in data else "recompiles" if name in recompiles else "depends"
        for name in annotations(Written)
    }
    _assert_true(Written(), 10 * ms, anatomy)


@some_models
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
    """Changes all data at once, which must give the same program, and the others one by one: they give other ones."""
    key = _key(model, duration)
    changed = {field: _other(getattr(model, field)) for field in anatomy.data - {"dt"}}
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
            if "> " in value:  # a threshold
                return value.replace("10*mV", "11*mV") if "10*mV" in value else value.replace("> ", "> 0.5 + ")
            return value.rstrip() + "*2"
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    numbers = np.asarray(value, dtype=float)
    # Smaller: some of them are parts, from 0 to 1.
    return Quantity(numbers * 0.8 + 1e-3 * (numbers == 0), dim=get_dimensions(value))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        ("return nothing", ["M fails in broken.py, line 7", "NameError", "'nothing'"]),
        ("return NeuronGroup(1, 'v : 1').undefined", ["broken.py, line 7", "undefined"]),
        ("return Network(NeuronGroup(1, 'dv/dt ='))", ["Brian2 refuses M", "line 7"]),
        ("return 3", ["M.build must return a Brian2 Network, not 3"]),
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


def printed_defaults(rows):
    """Option -> default, from the lines of a table with a header."""
    start, end = (rows[0].index(word) for word in ("default", rows[0].split()[2]))
    return {row[:start].strip().removeprefix("--"): row[start:end].strip() for row in rows[1:]}


def differs(one, two):
    """Whether two values of an option are more than two roundings of a double apart."""
    if isinstance(one, (bool, str, Path)) or one is None:
        return type(one) is not type(two) or one != two
    return not (have_same_dimensions(one, two) and np.allclose(np.asarray(one), np.asarray(two), rtol=5e-16, atol=0))


@pytest.mark.parametrize("name", {**packages.entries("models"), **packages.entries("experiments")})
def test_every_default_is_accepted_as_it_is_printed(name):
    """Of every field of every model and every parameter of every experiment, also in the unit of its field."""
    experiment = with_main(catalogue.experiment(name))
    parser = options.parser("run", experiment)
    bare = cards.Anatomy(frozenset(), frozenset(), frozenset(), ())
    model, parameters = options.model_of(experiment), options.parameters_of(experiment)
    shown = printed_defaults(cards.option_table(experiment, parameters))
    if model is not None:
        shown |= printed_defaults(cards.parameter_table(model, bare))
    described, checked = set(), 0
    for option, text in shown.items():
        field = model is not None and option in annotations(type(model))
        default = getattr(model, option) if field else parameters[option].default if option != "out" else None
        if re.fullmatch(r"\(\d+ (rows|lines of text)\)", text):
            assert isinstance(default, tuple) or "\n" in default, f"{option}: {text}"
            described.add(option)
        elif text and option != "out":
            settings = options.settings_of(experiment, parser.parse([f"--{option}", text]))
            read = getattr(settings["model"], option) if field else settings[option]
            assert not differs(default, read), f"{option}: {text} is read as {read}, not {default}"
            kind = annotations(type(model))[option] if field else parameters[option].annotation
            if quantities.has_scale(kind):
                assert text.endswith(quantities.unit_text(kind)), f"{option}: {text} is not in {kind}"
            checked += 1
    assert checked > 1 and len(described) < checked


def test_defaults_of_every_kind():
    uA, unit = Quantity(1e-6, dim=amp.dim), msiemens / cm**2
    for value, kind, written, text in (
        (0 * siemens / metre**2, unit, "0*siemens/metre**2", "0*msiemens/cm**2"),
        (20 * siemens / metre**2, unit, "Depending(lambda model: 3)", "2*msiemens/cm**2"),
        (20 * ms, second, "20*ms", "20*ms"),
        (20 * ms, second, "30*ms", "20*ms"),
        (20 * ms, second, "0.02*second", "0.02*second"),
        (0.1 * uA, None, "", "100*nA"),
        (0 * mV, mV, "0*volt", "0*mV"),
        (1 / 3, 1, "1/3", "1/3"),
        (1 / 3, 1, "", "0.3333333333333333"),
        ([1, 2.5] * mV, volt, "[1,2.5]*mV", "[1,2.5]*mV"),
        ([1, 2.5] * mV, volt, "", "[1, 2.5]*mV"),
        (np.zeros(100), 1, "np.zeros(100)", "(array of shape (100,))"),
        (float("inf"), 1, "", "(inf)"),
        (True, bool, "True", "true"),
        (None, str, "", ""),
        ("a b", str, "", "a b"),
        ("a\nb", str, "", "(2 lines of text)"),
        ((1, 2), None, "", "(2 rows)"),
        ({}, dict, "", "(dict)"),
        (Path("x"), Path, "", "x"),
    ):
        assert cards.default_text(value, kind, written) == text


@pytest.mark.slow
def test_the_settings_of_variants_are_a_table():
    lines = cards.card(HHMnistGrid()).splitlines()
    table = {line.split()[0]: line.split()[1:] for line in lines[lines.index("Settings") :] if line.startswith("--")}
    assert table["--n"] == ["10", "20"] * 3
    assert table["--G_ie"] == ["msiemens/cm**2", "2", "4", "4", "4", "0.7", "2.3"]
    assert table["--rule"] == ["pair", "pair", "pair_all", "pair_all", "pair", "pair"]
    assert "Settings" not in cards.card(Cells()).splitlines()
