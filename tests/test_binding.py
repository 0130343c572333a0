"""Values get to where they belong: to pairs of neurons, at creation, behind `initialise`, on every backend."""

import gc
import os
import subprocess

import numpy as np
import pytest
from brian2 import (
    Cylinder,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpatialNeuron,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    TimedArray,
    cm,
    defaultclock,
    farad,
    implementation,
    linked_var,
    metre,
    ms,
    mV,
    nS,
    ohm,
    prefs,
    second,
    siemens,
    uF,
    um,
    volt,
)
from brian2 import check_units as checks_units

from tests.conftest import BACKENDS, EACH_BACKEND
from tests.toys import Cells
from zoo import Model, ZooError, program, simulate
from zoo.build import cache
from zoo.codegen.deferred import DeferredCodeObject
from zoo.engine.export import export

on_all = pytest.mark.parametrize("backend", EACH_BACKEND)
every_backend = pytest.mark.parametrize("backend", BACKENDS)
standalone = pytest.mark.parametrize("backend", BACKENDS[1:])


WIRED = ("condition", "chance", "generated", "sampled", "twice", "between", "several")


class Wired(Model):
    """Synapses of many kinds, of which each holds a number."""

    state = tuple(f"{name}.w" for name in WIRED)  # which brings i and j along

    def build(self):
        cells = NeuronGroup(6, "x : 1", name="cells")
        made = []

        def synapses(name, source, target, *connections, **options):
            new = Synapses(source, target, "w : 1", on_pre="", name=name, **options)
            for connection in connections:
                new.connect(**connection)
            made.append(new)

        synapses("condition", cells, cells, {"condition": "(i + 2*j) % 3 == 0"})
        synapses("chance", cells, cells, {"condition": "i != j", "p": 0.4})
        synapses("generated", cells, cells, {"j": "k for k in range(i) if k != 2"})
        synapses("sampled", cells, cells, {"j": "k for k in sample(N_post, p=0.5)"})
        synapses("twice", cells, cells, {"i": [5, 1], "j": [0, 3]}, {"i": [2, 0, 0], "j": [2, 5, 1]})
        synapses("between", cells[1:4], cells[2:], {"condition": "i <= j"})
        synapses("several", cells, cells, {"i": [1, 0], "j": [1, 2], "n": 2})
        return Network(cells, *made)


@on_all
def test_a_matrix_reaches_its_pairs_however_they_were_connected(backend):
    values, matrices = {}, {}
    for number, name in enumerate(WIRED):
        shape = (3, 4) if name == "between" else (6, 6)
        matrices[name] = np.arange(1.0, np.prod(shape) + 1).reshape(shape) + 100 * number
        values[f"{name}.w"] = matrices[name]
    result = simulate(Wired(), 1 * ms, backend=backend, values=values, seed=3)
    for name in WIRED:
        w, i, j = (np.asarray(result[f"{name}.{variable}"]) for variable in "wij")
        assert len(w), name
        assert np.array_equal(w, matrices[name][i, j]), name


@every_backend
def test_a_state_that_is_computed_cannot_be_kept(backend):
    class Computed(Model):
        state = ("cells.y",)

        def build(self):
            return Network(NeuronGroup(1, "y = 2 : 1", name="cells"))

    with pytest.raises(ZooError, match="Model.state has cells.y, which is computed"):
        simulate(Computed(), 1 * ms, backend=backend)


class Parts(Model):
    a: 1 = 2
    state = ("cells.a",)

    def build(self):
        NeuronGroup(2, "b : 1", name="unused").b = "a + i"
        return Network(NeuronGroup(4, "a : 1", name="cells"))

    def initialise(self, network):
        network["cells"][1:3].a = "a + 10*i"


@every_backend
def test_initialise_sets_parts_of_a_group_and_build_may_leave_one_out(backend):
    assert list(simulate(Parts(), 1 * ms, backend=backend).state["cells.a"]) == [2, 2, 12, 2]


class Creation(Model):
    """What was bound is used while the network is still being built."""

    n: int = 3
    a: 1 = 2
    b: 1 = 5
    state = ("cells.copied", "synapses.w", "synapses.i", "synapses.j")

    def build(self):
        cells = NeuronGroup(self.n, "a : 1 (constant)\ncopied : 1", name="cells")
        cells.copied = "10*a"
        synapses = Synapses(cells, cells, "b : 1 (shared, constant)\nw : 1", name="synapses")
        synapses.connect(condition="i < a_pre")
        synapses.w = "b + a_post"
        return Network(cells, synapses)


@on_all
def test_values_stand_from_the_creation_of_a_group_on(backend):
    with program(Creation(a=np.array([2.0, 0.0, 9.0])), 1 * ms, backend=backend) as built:
        fields = built.run()
        assert fields["cells.copied"].tolist() == [20, 0, 90]
        pairs = list(zip(*(fields[f"synapses.{name}"].tolist() for name in "ijw"), strict=True))
        assert pairs == [(i, j, 5 + [2, 0, 9][j]) for i in (0, 2) for j in range(3)]
        given = built.run({"cells.a": 1, "synapses.b": 7})
        assert given["cells.copied"].tolist() == [10, 10, 10]
        assert (given["synapses.i"].tolist(), given["synapses.w"].tolist()) == ([0, 0, 0], [8, 8, 8])


class Cable(Model):
    """Fields with names that Brian2 gives to variables of a cable, and one for the potential that it adds."""

    length: metre = 500 * um
    diameter: metre = 2 * um
    Cm: farad / metre**2 = 1 * uF / cm**2
    area: metre**2 = 1 * metre**2
    v: volt = -65 * mV
    g: siemens / metre**2 = 1 * nS / um**2
    state = ("cable.v", "cable.length", "cable.area", "cable.diameter", "cable.Cm", "inputs.rates")
    rates: Hz = 20 * Hz
    N_0: int = 3  # no variable, as N is one

    def build(self):
        shape = Cylinder(length=self.length, diameter=self.diameter, n=10)
        cable = SpatialNeuron(
            shape, "Im = 0*g*v : amp/meter**2\ng : siemens/meter**2", Cm=3 * self.Cm, Ri=100 * ohm * cm, name="cable",
            method="exponential_euler",
        )  # fmt: skip
        inputs = PoissonGroup(self.N_0, self.rates * np.arange(self.N_0), name="inputs")
        return Network(cable, inputs, SpikeGeneratorGroup(self.N_0, [0], [0] * ms, name="spikes"))


@every_backend
def test_what_brian2_adds_to_an_object_is_not_declared(backend):
    with program(Cable(), 0.1 * ms, backend=backend) as built:
        result = built.run()
        assert np.allclose(result["cable.length"] / um, 50, rtol=1e-12), "ten parts of the cable"
        assert np.allclose(result["cable.area"] / um**2, np.pi * 2 * 50, rtol=1e-12)
        assert np.allclose(result["cable.Cm"] / (uF / cm**2), 3, rtol=1e-12)
        assert np.allclose(result["cable.v"] / mV, -65, rtol=1e-9), "no current changes it"
        assert np.allclose(result["inputs.rates"] / Hz, [0, 20, 40], rtol=1e-12)
        given = built.run({"inputs.rates": 5 * Hz, "cable.Cm": 1 * uF / cm**2})
        assert np.allclose(given["inputs.rates"] / Hz, 5) and np.allclose(given["cable.Cm"] / (uF / cm**2), 1)


class Assigned(Model):
    """`build` assigns to variables; which, is said by `statement`."""

    a: 1 = 2
    w: 1 = 3
    A: 1 = 0.5
    state = ("cells.a", "synapses.w", "synapses.A")

    def build(self):
        cells = NeuronGroup(4, "a : 1\nx : 1", threshold="x > 0", name="cells")
        synapses = Synapses(
            cells, cells, "w : 1\ndA/dt = -A/second : 1 (event-driven)", on_pre="x += w", name="synapses"
        )
        synapses.connect(i=[0, 1], j=[1, 0])
        self.assign(cells, synapses)
        return Network(cells, synapses)

    def assign(self, cells, synapses):
        pass


def _set(group, name, item, value):
    getattr(group, name)[item] = value


ASSIGNMENTS = {
    "attribute": lambda cells, synapses: setattr(cells, "a", 1),
    "without unit": lambda cells, synapses: setattr(cells, "a_", 1),
    "string": lambda cells, synapses: setattr(cells, "a", "2 + 0.5*i"),
    "slice": lambda cells, synapses: _set(cells, "a", slice(2), 1),
    "condition": lambda cells, synapses: _set(cells, "a", "i > 1", 1),
    "subgroup": lambda cells, synapses: setattr(cells[1:3], "a", 1),
    "states": lambda cells, synapses: cells.set_states({"a": [1, 2, 3, 4]}),
    "item": lambda cells, synapses: cells.a.set_item(0, 1),
    "weights": lambda cells, synapses: setattr(synapses, "w", "rand()"),
    "weights of pairs": lambda cells, synapses: _set(synapses, "w", (0, 1), 1),
    "event-driven": lambda cells, synapses: setattr(synapses, "A", 1),
    "from the synapse": lambda cells, synapses: setattr(synapses, "a_post", 1),
}


@pytest.mark.parametrize("backend", ["runtime", "cpp-stock"])
@pytest.mark.parametrize("kind", ASSIGNMENTS)
def test_build_does_not_assign_what_a_field_says(kind, backend):
    class Overruled(Assigned):
        def assign(self, cells, synapses):
            ASSIGNMENTS[kind](cells, synapses)

    match = r"Overruled.build assigns (cells.a|synapses.w|synapses.A), and so does the field [awA],.* assign it in initialise"
    with pytest.raises(ZooError, match=match), program(Overruled(), 1 * ms, backend=backend, compiled=False):
        pass


@every_backend
def test_assignments_that_stand(backend):
    class Agreeing(Assigned):
        def assign(self, cells, synapses):
            cells.a = self.a
            cells.a[2:] = self.a[2:]
            synapses.w = 3

        def initialise(self, network):
            network["cells"].a[:2] = "10*a"
            network["synapses"].A = 7

    with program(Agreeing(a=np.arange(4)), 0.1 * ms, backend=backend) as built:
        result = built.run()
        assert result["cells.a"].tolist() == [0, 10, 2, 3], "initialise comes after the field"
        assert (result["synapses.w"].tolist(), result["synapses.A"].tolist()) == ([3, 3], [7, 7])
        given = built.run({"cells.a": 5, "synapses.A": 1})
        assert given["cells.a"].tolist() == [5] * 4 and given["synapses.A"].tolist() == [1, 1], "run comes last"


def test_record_does_not_assign_what_a_field_says():
    def record(network):
        network["cells"].a = 1
        return []

    with pytest.raises(ZooError, match="assigns cells.a"):
        simulate(Assigned(), 1 * ms, record, backend="runtime")


def _computed(kind):
    source = NeuronGroup(2, "b : 1\na : 1", name="source")
    flags = {"subexpression": "a = 3*b", "once a step": "a = 3*b", "summed": "a", "linked": "a"}[kind]
    more = {"once a step": " (constant over dt)", "linked": " (linked)"}.get(kind, "")
    cells = NeuronGroup(2, f"{flags} : 1{more}\nb : 1", name="cells")
    if kind == "linked":
        cells.a = linked_var(source, "b")
    synapses = Synapses(source, cells, "a_post = 1 : 1 (summed)" if kind == "summed" else "", name="synapses")
    synapses.connect()
    return Network(source, cells, synapses)


@pytest.mark.parametrize("kind", ["subexpression", "once a step", "summed", "linked"])
def test_a_field_named_like_what_is_computed_has_no_effect(kind):
    class Computed(Model):
        a: 1 = 2

        def build(self):
            return _computed(kind)

    with pytest.raises(ZooError, match="field a of Computed would have no effect: the variable a of cells is computed"):
        simulate(Computed(), 1 * ms, backend="runtime")


def test_a_field_reaches_a_variable_through_a_link():
    class Linked(Model):
        a: 1 = 2
        state = ("cells.x",)

        def build(self):
            source, cells = (
                NeuronGroup(2, "a : 1", name="source"),
                NeuronGroup(2, "a : 1 (linked)\nx : 1", name="cells"),
            )
            cells.a = linked_var(source, "a")
            cells.run_regularly("x = a")
            return Network(source, cells)

    assert simulate(Linked(), 0.1 * ms, backend="runtime")["cells.x"].tolist() == [2, 2]


def test_a_string_that_reads_its_own_variable_and_means_a_field():
    class Delayed(Assigned):
        delay: second = 2 * ms

        def assign(self, cells, synapses):
            synapses.delay = "delay*(1 + i)"

    with pytest.raises(ZooError, match=r"assigns 'delay\*\(1 \+ i\)' to synapses.delay, .* not the field of the model"):
        simulate(Delayed(), 1 * ms, backend="runtime")

    class Rates(Model):
        rates: Hz = 5 * Hz

        def build(self):
            return Network(PoissonGroup(2, "2*rates", name="inputs"))

    with pytest.raises(ZooError, match=r"rates of inputs are '2\*rates', a string that refers to itself"):
        simulate(Rates(), 1 * ms, backend="runtime")


@standalone
def test_python_does_not_know_data_while_it_builds(backend):
    class Reading(Creation):
        def build(self):
            network = super().build()
            return network if network["cells"].a[0] > 1 else Network()

    with pytest.raises(ZooError, match="Reading.*before"):
        simulate(Reading(), 1 * ms, backend=backend)


class Pathways(Model):
    """A pathway whose delay is one number, and one that has a delay for each synapse."""

    def build(self):
        cells = NeuronGroup(3, "x : 1\ny : 1", threshold="t_in_timesteps == 0 and i < 2", name="cells")
        synapses = Synapses(
            cells, cells, on_pre={"one": "x_post += 1", "each": "y_post += 1"}, delay={"one": 1 * ms}, name="synapses"
        )
        synapses.connect(i=[0, 1], j=[2, 2])
        synapses.each.delay = "1*ms + 1*ms*i"
        return Network(cells, synapses)


def arrivals(network):
    return [StateMonitor(network["cells"], ["x", "y"], record=[2], name="seen")]


def _steps(result, name):
    return (np.flatnonzero(np.diff(np.asarray(result[name])[0])) + 1).tolist()


@on_all
def test_delays_of_one_pathway_and_of_each_synapse(backend):
    with program(Pathways(), 6 * ms, arrivals, backend=backend) as built:
        assert built.slots["synapses_one.delay"].shape == ()
        assert (built.slots["synapses_each.delay"].shape, built.slots["synapses_each.delay"].matrix) == (None, (3, 3))
        first = built.run()
        assert (_steps(first, "seen.x"), _steps(first, "seen.y")) == ([11], [11, 21])
        delays = np.zeros((3, 3))
        delays[0, 2], delays[1, 2] = 3e-3, 0.5e-3
        second_run = built.run({"synapses_one.delay": 2 * ms, "synapses_each.delay": delays * second})
        assert (_steps(second_run, "seen.x"), _steps(second_run, "seen.y")) == ([21], [6, 31])
        with pytest.raises(ZooError, match="synapses_each.delay is negative"):
            built.run({"synapses_each.delay": -1 * ms})


class Whole(Model):
    """A variable of every data type."""

    def build(self):
        return Network(NeuronGroup(2, "k : integer\nyes : boolean\nx : 1", name="cells"))


def whole(network):
    return [StateMonitor(network["cells"], ["k", "yes", "x"], record=True, dt=1 * ms, name="seen")]


@on_all
def test_whole_numbers_and_truth_values(backend):
    with program(Whole(), 1 * ms, whole, backend=backend) as built:
        result = built.run({"cells.k": [-7, 2**31 - 1], "cells.yes": [False, True], "cells.x": 1e-300})
        seen = {name: np.asarray(result[f"seen.{name}"])[:, 0].tolist() for name in ("k", "yes", "x")}
        assert seen == {"k": [-7, 2**31 - 1], "yes": [False, True], "x": [1e-300, 1e-300]}
        result = built.run({"cells.k": 5, "cells.yes": True})
        assert np.asarray(result["seen.k"])[:, 0].tolist() == [5, 5] and np.asarray(result["seen.yes"]).all()
        for values, words in (
            ({"cells.k": 2**31}, "do not fit in 32 bits"),
            ({"cells.k": 1.5}, "cells.k must be integers"),
            ({"cells.yes": 1}, "cells.yes must be true or false"),
        ):
            with pytest.raises(ZooError, match=words):
                built.run(values)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A compiled project that was taken away."""
    if "cpp" not in BACKENDS:
        pytest.skip("needs g++ and make")
    folder = tmp_path_factory.mktemp("away")
    export(Whole(), 1 * ms, whole, folder)
    subprocess.run(["make", "-s"], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("cells.z=1", "unknown variable 'cells.z'"),
        ("cells.x", "'cells.x' is not of the form name=value"),
        ("cells.x=1e", "cells.x must be a number, not '1e'"),
        ("cells.x=1e999", "cells.x must be a number"),
        ("cells.x=nowhere", "the file 'nowhere' for cells.x cannot be read"),
        ("cells.x=parameters.txt", "cells.x needs 2 values of 8 bytes"),
        ("cells.k=1.5", "cells.k must be an integer"),
        ("cells.k=99999999999", "cells.k must be an integer"),
        ("cells.yes=maybe", "the file 'maybe'"),
        ("cells.yes=2", "cells.yes must be true or false"),
        ("seed=-1", "seed must be an integer"),
        ("seed=x", "seed must be an integer"),
        ("duration=-1", "the duration is negative"),
        ("duration=1s", "duration must be a number"),
    ],
)
def test_a_project_refuses_what_does_not_fit(project, argument, words):
    process = subprocess.run(["./main", argument], cwd=project, capture_output=True, text=True)
    assert (process.returncode, process.stderr.count("\n")) == (2, 1)
    assert process.stderr.startswith("Error: ") and words in process.stderr


@standalone
def test_a_project_refuses_a_negative_delay(backend, tmp_path):
    export(Pathways(), 1 * ms, arrivals, tmp_path, backend=backend)
    subprocess.run(["make", "-s"], cwd=tmp_path, check=True)
    for key in ("synapses_one.delay", "synapses_each.delay"):
        process = subprocess.run(["./main", f"{key}=-0.001"], cwd=tmp_path, capture_output=True, text=True)
        assert (process.returncode, process.stderr) == (2, f"Error: {key} is negative.\n")


def test_a_project_is_started_in_its_folder(project, tmp_path):
    process = subprocess.run([project / "main"], cwd=tmp_path, capture_output=True, text=True)
    assert process.returncode != 0


@standalone
def test_user_files_in_cpp_are_part_of_the_key_and_of_the_project(backend, tmp_path):
    (tmp_path / "lib folder").mkdir()
    header, source = tmp_path / "lib folder/mine.h", tmp_path / "lib folder/mine.cpp"

    def write(number):
        header.write_text("double mine(double x);\n#define PART 0.5\n")
        source.write_text(f'#include "mine.h"\ndouble mine(double x) {{ return {number}*x + PART; }}\n')

    @implementation("cpp", "// mine is in a file of its own", sources=[str(source)], headers=['"mine.h"'],
                    include_dirs=[str(tmp_path / "lib folder")])  # fmt: skip
    @checks_units(x=1, result=1)
    def mine(x):
        raise NotImplementedError

    class Using(Model):
        def build(self):
            return Network(NeuronGroup(1, "x : 1\ny = mine(2.0 + x) : 1", namespace={"mine": mine}, name="cells"))

    def seen(network):
        return [StateMonitor(network["cells"], "y", record=True, name="seen")]

    results, keys = [], []
    for change in (
        lambda: write(3),
        lambda: write(4),
        lambda: header.write_text("double mine(double x);\n#define PART 1.5\n"),
    ):
        change()
        with program(Using(), 1 * ms, seen, backend=backend) as built:
            results.append(float(np.asarray(built.run()["seen.y"])[0, 0]))
            keys.append(built.key)
    assert results == [6.5, 8.5, 9.5]
    assert len(set(keys)) == 3
    assert {path.name for path in header.parent.iterdir()} == {"mine.h", "mine.cpp"}  # nothing is built beside them


@standalone
def test_numpy_draws_while_building_are_the_same_every_time(backend):
    class Drawn(Model):
        def build(self):
            number = float(np.random.rand())
            return Network(NeuronGroup(1, f"y = {number} : 1", name="cells"))

    np.random.seed(5)
    expected = np.random.rand(2).tolist()
    np.random.seed(5)
    keys, drawn = [], []
    for _ in range(2):
        with program(Drawn(), 1 * ms, backend=backend, compiled=False) as built:
            keys.append(cache.key_of(built.project))
        drawn.append(np.random.rand())
    assert keys[0] == keys[1]
    assert drawn == expected  # the caller's random numbers go on as if nothing had been


class Halves(Model):
    def build(self):
        cells = NeuronGroup(4, "x : 1", threshold="x > 1", reset="x = 0")
        synapses = Synapses(cells[:2], cells, on_pre="x += 1")
        synapses.connect()
        return Network(cells, synapses)


@standalone
def test_another_network_that_is_alive_does_not_change_the_key(backend):
    keys, alive = [], []
    for _ in range(2):
        with program(Halves(), 1 * ms, backend=backend, compiled=False) as built:
            keys.append(cache.key_of(built.project))
        gc.collect()
        group = NeuronGroup(4, "x : 1")  # has the name of the group in the program
        alive.append((Network(group), group[:2]))
    assert alive[0][1].name == "neurongroup_subgroup"
    for network, _ in alive:
        for item in network.objects:
            item._network = network.id
    assert keys[0] == keys[1]
    assert defaultclock.dt == 0.1 * ms


def test_code_that_outlives_its_objects_does_not_change_the_key():
    """Garbage of an earlier network: Python removed its objects, and its code still has the names of the next one."""

    def key():
        with program(Whole(), 1 * ms, whole, backend="cpp", compiled=False) as built:
            return cache.key_of(built.project), [path.stem for path in (built.project / "code_objects").glob("*.cpp")]

    first, names = key()
    gc.collect()
    owner = NeuronGroup(1, "x : 1", name="owner")
    garbage = [DeferredCodeObject(owner, None, {}, {}, "", "", {}, name=name) for name in names]
    for code in garbage:
        code.itself = code
    Network(owner)  # or Brian2 would warn that it was never in one
    del owner, code
    gc.collect()
    gc.disable()
    try:
        del garbage
        again, _ = key()
    finally:
        gc.enable()
    assert again == first


@pytest.fixture
def two_threads(monkeypatch):
    monkeypatch.setitem(prefs, "devices.cpp_standalone.openmp_threads", 2)


@pytest.mark.slow
@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
def test_openmp_runs_on_the_stock_device(two_threads):
    result = simulate(Whole(), 1 * ms, whole, backend="cpp-stock", values={"cells.k": 4})
    assert np.asarray(result["seen.k"])[:, 0].tolist() == [4, 4]


@standalone
def test_an_empty_cxx_is_no_choice(backend, monkeypatch, own_cache):
    monkeypatch.setenv("CXX", "")
    assert simulate(Whole(), 1 * ms, whole, backend=backend).completed == 1
    assert os.environ["CXX"] == ""


@on_all
def test_a_timed_array_of_the_model_and_one_of_the_run(backend):
    class Two(Model):
        def build(self):
            first = TimedArray([1.0, 2.0], dt=1 * ms, name="first")
            second_one = TimedArray(np.eye(2), dt=1 * ms, name="second_one")
            namespace = {"first": first, "second_one": second_one}
            return Network(NeuronGroup(2, "y = first(t) + second_one(t, i) : 1", namespace=namespace, name="cells"))

    def seen(network):
        return [StateMonitor(network["cells"], "y", record=True, dt=1 * ms, name="seen")]

    with program(Two(), 2 * ms, seen, backend=backend) as built:
        assert np.asarray(built.run()["seen.y"]).tolist() == [[2, 2], [1, 3]]
        changed = built.run({"first.values": 0, "second_one.values": [[1, 2], [3, 4]]})
        assert np.asarray(changed["seen.y"]).tolist() == [[1, 3], [2, 4]]


@standalone
def test_brian2_says_where_a_persons_object_was_made(backend):
    """And not that it was made where the values of a run are bound."""
    kept = []

    class Kept(Cells):
        def build(self):
            kept.append(super().build())
            return kept[0]

    with program(Kept(), 1 * ms, backend=backend, compiled=False):
        assert "toys.py" in kept[0]["cells"]._creation_stack


@pytest.mark.parametrize(("variable", "text"), [("delay", "D"), ("w", "2*D/ms")])
def test_a_string_cannot_read_values_for_synapses_before_they_are_set(variable, text):
    """It would read 0, on all backends alike."""

    class Early(Model):
        D: second = 3 * ms

        def build(self):
            cells = NeuronGroup(2, "v : 1", threshold="v > 1", name="cells")
            synapses = Synapses(cells, cells, "D : second\nw : 1", on_pre="v_post += w", name="synapses")
            synapses.connect()
            setattr(synapses, variable, text)
            return Network(cells, synapses)

    with pytest.raises(ZooError, match=r"the field D, which has one value per synapse .* assign it in initialise"):
        simulate(Early(), 1 * ms, backend="runtime")

    class InTime(Early):
        def build(self):
            cells = NeuronGroup(2, "v : 1", threshold="v > 1", name="cells")
            synapses = Synapses(cells, cells, "D : second\nw : 1", on_pre="v_post += w", name="synapses")
            synapses.connect()
            return Network(cells, synapses)

        def initialise(self, network):
            setattr(network["synapses"], variable, text)

        state = ("synapses.w",)

    result = simulate(InTime(), 1 * ms, backend="runtime")
    assert np.allclose(result["synapses.w"], 6 if variable == "w" else 0)


def test_a_step_that_is_far_longer_than_the_run_is_refused():
    """Brian2 takes the end of such a run for its start, and which clock ends the run depends on addresses."""

    class Once(Model):
        step: second = 1e6 * second

        def build(self):
            cells = NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler", name="cells")
            cells.run_regularly("v += 1", dt=self.step, name="start")
            return Network(cells)

    with pytest.raises(ZooError, match="time step of start of .* simulate nothing"):
        simulate(Once(), 100 * ms, backend="runtime")
    simulate(Once(step=100 * second), 100 * ms, backend="runtime")
