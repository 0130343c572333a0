"""Programs: built once, run again with other values; the same on every backend."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import brian2
import numpy as np
import pytest
from brian2 import (
    Network,
    NetworkOperation,
    NeuronGroup,
    Quantity,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Subgroup,
    Synapses,
    defaultclock,
    get_device,
    ms,
    mV,
    prefs,
    second,
    volt,
)
from brian2.devices.device import all_devices

from tests.conftest import ALL_BACKENDS, BACKENDS, EACH_BACKEND
from tests.toys import Cells, Played, played, spikes, voltages, watched
from zoo import Model, ZooError, program, replace, simulate
from zoo.build import cache
from zoo.device import main_lines, refused, values
from zoo.engine.program import Interrupted
from zoo.engine.standalone import StandaloneProgram

every_backend = pytest.mark.parametrize("backend", BACKENDS)
standalone = pytest.mark.parametrize("backend", BACKENDS[1:])
each_backend = pytest.mark.parametrize("backend", EACH_BACKEND)
# For the one program that many tests share, `Cells()` as `watched`: it is compiled once.
on_all = pytest.mark.parametrize("backend", ALL_BACKENDS)


def _key(model, duration=5 * ms, backend="cpp"):
    with program(model, duration, watched, backend=backend) as built:
        return built.key


def _sources(model, backend):
    """The key of the sources alone, which are not compiled."""
    with program(model, 5 * ms, watched, backend=backend, compiled=False) as built:
        return cache.key_of(built.project)


@on_all
def test_a_cell_against_its_solution(backend):
    result = simulate(Cells(drive=9 * mV), 30 * ms, watched, backend=backend)
    t = result["trace.t"]
    expected = 9 * mV * (1 - np.exp(-t / (10 * ms)))
    assert np.allclose(np.asarray(result["trace.v"]), np.asarray(expected), rtol=1e-12, atol=1e-18)
    assert result["trace.v"].shape == (5, 300)


@every_backend
def test_names_units_and_shapes(backend):
    result = simulate(Cells(), 20 * ms, watched, backend=backend)
    assert set(result) == {
        "spikes.i", "spikes.t", "spikes.count", "trace.t", "trace.v", "trace.x", "trace.record", "cells.v",
        "synapses.w", "synapses.i", "synapses.j",
    }  # fmt: skip
    assert result["spikes.t"].dim is second.dim and result["trace.v"].dim is volt.dim
    assert not isinstance(result["spikes.i"], Quantity)
    assert list(result["trace.record"]) == [0, 1, 2, 3, 4]
    assert result["spikes.count"].sum() == len(result["spikes.t"]) == len(result["spikes.i"]) > 0
    assert (result.backend, result.seed, result.duration, result.completed) == (backend, 0, 20 * ms, 1)


@every_backend
def test_a_declared_field_is_data(backend):
    result = simulate(Cells(drive=[9, 12, 30, 9, 40] * mV), 50 * ms, watched, backend=backend)
    counts = result["spikes.count"]
    assert counts[0] == counts[3] == 0 and 0 < counts[1] < counts[2] < counts[4]


@every_backend
def test_values_replace_fields_and_initial_values(backend):
    with program(Cells(), 10 * ms, watched, backend=backend) as built:
        result = built.run({"cells.drive": 5 * mV, "cells.v": [1, 2, 3, 4, 5] * mV})
        assert np.allclose(np.asarray(result["trace.v"])[:, 0], [1e-3, 2e-3, 3e-3, 4e-3, 5e-3])
        assert np.allclose(np.asarray(built.run({"cells.drive": 7 * mV})["trace.v"])[:, 0], 0)


@on_all
def test_values_stand_behind_initialise_too(backend):
    """`initialise` draws x; a value for x replaces what it drew."""
    with program(Cells(), 1 * ms, watched, backend=backend) as built:
        assert np.all(np.asarray(built.run({"cells.x": 7})["trace.x"]) == 7)
        drawn = np.asarray(built.run(seed=1)["trace.x"])[:, 0]
        assert np.all((drawn > 0) & (drawn < 1)) and len(set(drawn)) == 5


@every_backend
def test_the_seed_rules_the_random_numbers(backend):
    with program(Cells(), 1 * ms, watched, backend=backend) as built:
        one, again, other = (np.asarray(built.run(seed=seed)["trace.x"]) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_the_same_random_numbers_on_every_backend():
    first, *others = (
        np.asarray(simulate(Cells(), 1 * ms, watched, backend=name, seed=5)["trace.x"]) for name in ALL_BACKENDS
    )
    assert all(np.array_equal(first, other) for other in others) and len(np.unique(first)) == 5


#: Only cell 0 is driven; it tells a weight matrix from its transpose.
ALONE = {"cells.drive": [20, 0, 0, 0, 0] * mV}


@every_backend
def test_a_weight_matrix_goes_from_row_to_column(backend):
    weights = np.zeros((5, 5))
    weights[0, 3] = 2e-3
    with program(Cells(), 20 * ms, watched, backend=backend) as built:
        result = built.run({"synapses.w": weights * volt, **ALONE})
    peak = np.asarray(result["trace.v"]).max(axis=1)
    assert peak[3] > 1.9e-3 and np.all(peak[[1, 2, 4]] == 0)


@every_backend
def test_a_weight_matrix_for_chosen_pairs(backend):
    class Chosen(Cells):
        def build(self):
            network = super().build()
            synapses = Synapses(network["cells"], network["cells"], "w : volt", on_pre="v_post += w", name="chosen")
            synapses.connect(i=[3, 0, 0], j=[1, 4, 2])
            network.add(synapses)
            return network

    weights = np.zeros((5, 5))
    weights[0, 2], weights[0, 4], weights[1, 1] = 2e-3, 1e-3, 9
    with program(Chosen(), 12 * ms, voltages, backend=backend) as built:  # cell 0 spikes once, at 7 ms
        peak = np.asarray(built.run({"chosen.w": weights * volt, **ALONE})["trace.v"]).max(axis=1)
        assert np.allclose(peak[[2, 4]], [2e-3, 1e-3]) and peak[1] == peak[3] == 0
        with pytest.raises(ZooError, match="chosen.w needs 3 values"):
            built.run({"chosen.w": [1, 2, 3, 4] * mV})


@standalone
def test_a_wrong_number_of_values_is_found_by_the_program(backend):
    with (
        program(Cells(), 5 * ms, watched, backend=backend) as built,
        pytest.raises(ZooError, match="synapses.w needs 25 values"),
    ):
        built.run({"synapses.w": np.zeros(24) * volt})


@on_all
def test_a_delay_is_data(backend):
    with program(Cells(), 20 * ms, watched, backend=backend) as built:
        arrival = []
        for delay in (1, 3):
            result = built.run({"synapses.w": 1 * mV, "synapses.delay": delay * ms, **ALONE})
            v = np.asarray(result["trace.v"])[1]
            arrival.append(np.asarray(result["trace.t"] / ms)[np.argmax(v > 0)])
    assert np.isclose(arrival[1] - arrival[0], 2)


@every_backend
def test_a_timed_array_is_data(backend):
    with program(Played(), 4 * ms, played, backend=backend) as built:
        for factor in (1, 10):
            values = factor * np.arange(8.0).reshape(4, 2)
            shown = np.asarray(built.run({"played.values": values})["trace.y"])
            assert np.array_equal(shown[:, ::10], values.T)
        with pytest.raises(ZooError, match=r"array of shape \(4, 2\)"):
            built.run({"played.values": np.zeros((2, 4))})


@every_backend
@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("cells.drve", 1 * mV, "did you mean cells.drive"),
        ("drive", 1 * mV, "cells.drive"),
        ("spikes.t", 1 * ms, "unknown variable 'spikes.t'"),
        ("cells.drive", 1 * ms, "cells.drive is 1*ms"),
        ("cells.drive", [1, 2] * mV, r"shape (2,); it must be one number or an array of shape (5,)"),
        ("cells.drive", np.nan * mV, "finite"),
        ("synapses.w", np.zeros((5, 4)) * mV, "a matrix of shape (5, 5)"),
        ("synapses.w", np.full((5, 5), np.inf) * mV, "finite"),
    ],
)
def test_values_that_do_not_fit_are_refused(backend, key, value, words):
    with program(Cells(), 5 * ms, watched, backend=backend) as built, pytest.raises(ZooError) as error:
        built.run({key: value})
    assert words in str(error.value)


@every_backend
@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "3", True])
def test_bad_seeds(backend, seed):
    with program(Cells(), 5 * ms, watched, backend=backend) as built, pytest.raises(ZooError, match="seed"):
        built.run(seed=seed)


@pytest.mark.parametrize("duration", [0 * ms, -1 * ms, 5, 5 * mV, np.nan * ms])
def test_bad_durations(duration):
    with pytest.raises(ZooError, match="duration"):
        simulate(Cells(), duration, spikes, backend="runtime")


def test_a_program_needs_a_model():
    with pytest.raises(ZooError, match="needs a Model"):
        simulate(3, 1 * ms, backend="runtime")


class Chain(Model):
    """One cell whose v is carried from chunk to chunk."""

    state = ("cells.v", "cells.k")

    def build(self):
        return Network(
            NeuronGroup(3, "dv/dt = (i + 1)*mV/ms : volt\nk : integer (shared)", method="euler", name="cells")
        )

    def initialise(self, network):
        network["cells"].v = "1*mV"


@each_backend
def test_two_chunks_are_one_long_run(backend):
    with program(Chain(), 2 * ms, voltages, backend=backend) as built:
        first = built.run({"cells.k": 4})
        second_chunk = built.run(first.state)
        long = built.run(duration=4 * ms)
    assert set(first.state) == {"cells.v", "cells.k"} and first.state["cells.k"] == 4
    assert np.array_equal(np.asarray(second_chunk["cells.v"]), np.asarray(long["cells.v"]))
    both = np.concatenate([np.asarray(first["trace.v"]), np.asarray(second_chunk["trace.v"])], axis=1)
    assert np.array_equal(both, np.asarray(long["trace.v"]))


class Kept(Model):
    """Everything that a state has to bring back: traces that stand still between spikes, refractory cells, flags, counts."""

    state = ("cells.v", "cells.held", "pairs.w", "pairs.mark", "pairs.seen", "pairs.on", "pairs.total")
    conditional: bool = False

    def build(self):
        cells = NeuronGroup(
            4, "dv/dt = (i + 3)/(20*ms) : 1 (unless refractory)\ndheld/dt = 1/second : 1", threshold="v > 1", reset="v = 0",
            refractory="v < 0.5 and timestep(t - lastspike, dt) < 40" if self.conditional else 7 * ms, method="euler", name="cells",
        )  # fmt: skip
        pairs = Synapses(
            cells, cells[1:],
            """w : 1
            dmark/dt = -mark/(9*ms) : 1 (event-driven)
            seen : integer
            on : boolean
            total : 1 (shared)""",
            on_pre="mark += 1; w += mark; seen += 1; on = not on", name="pairs",
        )  # fmt: skip
        pairs.connect("i != j")
        return Network(cells, pairs)


def _traces(network):
    return [
        StateMonitor(network["cells"], "v", record=True, name="v"),
        StateMonitor(network["pairs"], ["w", "seen", "on"], record=range(9), name="w"),
    ]


@each_backend
@pytest.mark.parametrize("conditional", [False, True])
def test_a_state_is_that_of_the_end_for_every_kind_of_variable(backend, conditional):
    """In two parts as in one: 12.4 ms cut cells in the middle of their refractory time, and traces between two spikes."""
    with program(Kept(conditional=conditional), 31 * ms, _traces, backend=backend) as built:
        long = built.run()
        first = built.run(duration=12.4 * ms)
        second_part = built.run(first.state, duration=18.6 * ms)
    assert long["pairs.seen"].max() > 1
    for name in ("v.v", "w.w", "w.seen", "w.on"):
        both = np.concatenate([np.asarray(first[name]), np.asarray(second_part[name])], axis=1)
        # The time since an event is the difference of other numbers: its last digits differ.
        np.testing.assert_allclose(both.astype(float), np.asarray(long[name], dtype=float), rtol=1e-12, atol=1e-12)
    for name in long.state:
        np.testing.assert_allclose(
            np.asarray(second_part[name], dtype=float), np.asarray(long[name], dtype=float), rtol=1e-12, atol=1e-12
        )


class Resting(Model):
    """v moves on while the cell is refractory; the threshold sees it through a subexpression."""

    state: tuple = ("cells.v",)
    refractory: str = "20*ms"

    def build(self):
        return Network(
            NeuronGroup(
                1, "dv/dt = (3 - v)/(10*ms) : 1\ndtheta/dt = -theta/second : 1\nabove = v - theta : 1",
                threshold="above > 1", reset="", refractory=self.refractory, method="euler", name="cells",
            )
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("refractory", "last"), [("20*ms", 44.0), ("above > 1", 4.0)])
def test_a_resumed_cell_is_refractory_although_v_is_not_held(refractory, last):
    """By hand: v passes 1 at 4.05 ms, in the step of 4.0 ms, and stays above; so a spike every 20 ms, or this one alone."""
    model = Resting(state=("cells.v", "cells.theta"), refractory=refractory)
    with program(model, 30 * ms, spikes, backend="runtime") as built:
        first = built.run()
        second_part = built.run(first.state, duration=20 * ms)
    assert [*first["spikes.t"] / ms, *(second_part["spikes.t"] / ms + 30)][-1] == pytest.approx(last)
    fresh = simulate(Resting(state=("cells.theta",)), 10 * ms, backend="runtime")
    assert set(fresh.state) == {"cells.theta"}, "another cell begins with this threshold"


class Drawn(Model):
    """Five targets for every cell, which the seed draws."""

    state = ("pairs.w",)

    def build(self):
        cells = NeuronGroup(40, "x : 1", name="cells")
        pairs = Synapses(cells, cells[4:], "w : 1", name="pairs")
        pairs.connect(j="k for k in sample(N_post, size=5)")
        return Network(cells, pairs)

    def initialise(self, network):
        network["pairs"].w = "100*i + j"


@each_backend
def test_a_state_stays_with_the_pairs_it_belongs_to(backend):
    with program(Drawn(), 1 * ms, backend=backend) as built:
        first = built.run(seed=1)
        assert np.array_equal(first["pairs.w"], 100 * first["pairs.i"] + first["pairs.j"])
        again = built.run(first.state, seed=1)
        assert np.array_equal(again["pairs.w"], first["pairs.w"])
        with pytest.raises(ZooError, match="to other pairs than this seed connects"):
            built.run(first.state, seed=2)
        weights = np.zeros((40, 36))
        weights[first["pairs.i"], first["pairs.j"]] = first["pairs.w"]
        assert built.run({"pairs.w": weights}, seed=2)["pairs.w"].size == 200


@pytest.mark.parametrize(
    ("name", "words"), [("cells.t", "only Brian2"), ("part.v", "it is cells.v"), ("pairs.i", "only Brian2")]
)
def test_a_state_that_no_run_can_take(name, words):
    class Impossible(Chain):
        state = (name,)

        def build(self):
            network = super().build()
            network.add(Subgroup(network["cells"], 0, 2, name="part"), NeuronGroup(1, "i_ : 1", name="pairs"))
            return network

    with pytest.raises(ZooError, match=f"Model.state has {name}, which no run can accept.*{words}"):
        simulate(Impossible(), 1 * ms, backend="runtime")


@every_backend
def test_a_state_that_the_network_lacks(backend):
    class Lacking(Cells):
        state = ("cells.u",)

    with pytest.raises(ZooError, match="Model.state has cells.u"):
        simulate(Lacking(), 1 * ms, backend=backend)


# What recompiles and what does not: the key of the program shows it.


@pytest.mark.parametrize("backend", ALL_BACKENDS[1:])
def test_data_does_not_recompile(backend):
    key = _key(Cells(), backend=backend)
    assert key == _key(Cells(), backend=backend)
    assert key == _key(Cells(drive=35 * mV), backend=backend), "a declared field"
    assert key == _key(Cells(drive=[1, 2, 3, 4, 5] * mV), backend=backend), "a declared field with one value a cell"
    assert key == _key(Cells(delay=2 * ms), backend=backend), "a delay"
    assert key == _key(Cells(), 50 * ms, backend=backend), "the duration"
    assert key == _key(replace(Cells(), dt=0.2 * ms), backend=backend), "the time step"


@standalone
@pytest.mark.parametrize("change", [{"n": 6}, {"cell": Cells.cell + "y : 1"}])
def test_structure_does_recompile(backend, change):
    assert _sources(Cells(), backend) != _sources(Cells(**change), backend)


@standalone
def test_a_constant_of_strings_is_data_of_the_zoos_device(backend):
    assert (_sources(Cells(), backend) == _sources(Cells(tau=11 * ms), backend)) == (backend == "cpp")


@standalone
def test_initial_values_and_weights_do_not_recompile(backend):
    class Started(Cells):
        start: volt = 0 * mV
        weight: volt = 0 * mV

        def initialise(self, network):
            network["cells"].v = self.start
            network["synapses"].w = self.weight

    assert _key(Started(), backend=backend) == _key(Started(start=3 * mV, weight=-1 * mV), backend=backend)
    result = simulate(Started(start=3 * mV, weight=-1 * mV), 1 * ms, watched, backend=backend)
    assert np.allclose(np.asarray(result["trace.v"])[:, 0], 3e-3)
    assert np.all(np.asarray(result["synapses.w"]) == -1e-3)


@standalone
def test_a_second_program_is_not_compiled(backend, own_cache):
    simulate(Cells(), 5 * ms, watched, backend=backend)
    made = [entry.made for entry in cache.entries()]
    assert len(made) == 1
    simulate(Cells(drive=11 * mV), 7 * ms, watched, backend=backend, seed=4)
    assert [entry.made for entry in cache.entries()] == made


def test_the_key_is_the_same_in_another_process():
    script = (
        "from tests.toys import *; from zoo import program\nwith program(Cells(), 5*ms, watched) as p: print(p.key)"
    )
    keys = set()
    for hash_seed in ("1", "2"):
        process = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )  # fmt: skip
        keys.add(process.stdout.strip())
    assert keys == {_key(Cells())}


# Brian2's own features survive.


class Featured(Model):
    """Subgroups, run_regularly, a summed variable, several pathways, refractoriness, shared variables."""

    def build(self):
        source = SpikeGeneratorGroup(2, [0, 1, 0], [1, 2, 3] * ms, name="source")
        cells = NeuronGroup(
            6,
            """
            dv/dt = (1.2 + total - v)/(5*ms) : 1 (unless refractory)
            total : 1
            k     : 1 (shared)
            """,
            threshold="v > 1", reset="v = 0", refractory=2 * ms, method="euler", name="cells",
        )  # fmt: skip
        cells[:3].run_regularly("v += 0.01", dt=1 * ms, name="push")
        cells.run_regularly("k += 1", dt=2 * ms, name="count")
        synapses = Synapses(
            source, cells[2:], "w : 1\ntotal_post = w : 1 (summed)", on_pre={"up": "w += 0.1", "down": "w -= 0.05"},
            delay={"up": 0 * ms, "down": 1.5 * ms}, name="synapses",
        )  # fmt: skip
        synapses.connect(condition="(i + j) % 2 == 0", n=2)
        return Network(source, cells, synapses)


def _featured(network):
    return [
        SpikeMonitor(network["cells"], name="spikes"),
        StateMonitor(network["cells"], ["v", "k"], record=[0, 3], name="trace"),
    ]


@pytest.mark.parametrize("other", EACH_BACKEND[1:])
def test_brian2_features_agree_on_every_backend(other):
    one, two = (simulate(Featured(), 30 * ms, _featured, backend=name) for name in ("runtime", other))
    assert len(one["spikes.t"]) > 10
    for name in one:
        # The order of additions differs between numpy and C++.
        assert np.allclose(np.asarray(one[name]), np.asarray(two[name]), rtol=1e-12), name


@standalone
def test_a_network_operation_is_refused_by_name(backend):
    def record(network):
        return [NetworkOperation(lambda: None, name="watcher")]

    with pytest.raises(ZooError, match="'watcher'.*runtime"):
        simulate(Cells(), 1 * ms, record, backend=backend)


def test_a_network_operation_runs_on_runtime():
    called = []
    simulate(Cells(), 1 * ms, lambda network: [NetworkOperation(lambda: called.append(1))], backend="runtime")
    assert len(called) == 10


class Adaptive(Model):
    """A cell that the GNU Scientific Library integrates."""

    method: str = "gsl_rkf45"
    tau: second = 10 * ms

    def build(self):
        model = "dv/dt = (1.5 - v*v)/tau : 1\ntau : second (shared, constant)"
        return Network(NeuronGroup(2, model, method=self.method, namespace=self.namespace, name="cells"))

    def initialise(self, network):
        network["cells"].v = "i"


@every_backend
def test_methods_of_gsl_that_a_backend_does_not_have(backend):
    for method in ("gsl", "gsl_rk8pd"):
        with pytest.raises(ZooError, match=f"cells has a method of the GNU.*{backend!r}; use --backend .*cython"):
            simulate(Adaptive(method=method), 1 * ms, backend=backend)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("gsl-config"), reason="needs libgsl-dev")
@pytest.mark.parametrize("backend", refused.WITH_GSL)
def test_methods_of_gsl_where_brian2_has_them(backend):
    """v = s tanh(s t/tau + artanh(v_0/s)) with s = sqrt(1.5); GSL keeps an error below 1e-6 in every step of 0.1 ms."""
    result = simulate(Adaptive(tau=20 * ms), 10 * ms, voltages, backend=backend)
    s, t = np.sqrt(1.5), np.asarray(result["trace.t"] / ms)
    for v, start in zip(result["trace.v"], (0, 1), strict=True):
        np.testing.assert_allclose(v, s * np.tanh(s * t / 20 + np.arctanh(start / s)), atol=1e-4)


@every_backend
def test_what_brian2_refuses_is_one_sentence(backend):
    class Wrong(Cells):
        cell: str = "dv/dt = -v/taux : volt\ndrive : volt (constant)\nx : 1"

    with pytest.raises(ZooError) as error:
        simulate(Wrong(), 1 * ms, backend=backend)
    assert "taux" in str(error.value) and "Wrong" in str(error.value) and "\n" not in str(error.value)


@every_backend
def test_a_declared_name_cannot_be_compiled_in_elsewhere(backend):
    class Both(Cells):
        def build(self):
            network = super().build()
            network.add(
                NeuronGroup(1, "dy/dt = drive/second : volt", method="euler", namespace=self.namespace, name="other")
            )
            return network

    with pytest.raises(ZooError, match="drive"):
        simulate(Both(), 1 * ms, backend=backend)


@standalone
def test_compiler_errors_name_the_log(backend, own_cache):
    prefs.codegen.cpp.headers += ['"no_such_header.h"']
    try:
        with pytest.raises(ZooError, match="compiler refuses") as error:
            simulate(Cells(), 1 * ms, backend=backend)
    finally:
        prefs.codegen.cpp.headers = []
    log = str(error.value).rpartition(" ")[2].rstrip(".") if str(error.value).endswith(".") else ""
    assert "no_such_header" in open(log).read()
    assert cache.entries() == []


# What is left behind: nothing.


@every_backend
def test_the_callers_brian2_stays_as_it_was(backend):
    device, devices, dt = get_device(), set(all_devices), defaultclock.dt
    preferences, state = prefs.as_file, np.random.get_state()[1].copy()
    simulate(replace(Cells(), dt=0.05 * ms), 5 * ms, watched, backend=backend, seed=3)
    with pytest.raises(ZooError):
        simulate(Cells(), 5 * ms, watched, backend=backend, values={"no.such": 1})
    assert get_device() is device and set(all_devices) == devices and defaultclock.dt == dt
    assert prefs.as_file == preferences
    assert np.array_equal(np.random.get_state()[1], state)
    gc.collect()
    assert not [item for item in gc.get_objects() if isinstance(item, NeuronGroup) and item.name == "cells"]


def test_a_standalone_session_of_the_caller_survives():
    """A script in the middle of its own standalone set-up may call simulate."""
    script = """
from brian2 import *
from tests.toys import Cells, spikes
from zoo import simulate
set_device("cpp_standalone", build_on_run=False)
defaultclock.dt = 0.2*ms
group = NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", method="exact", name="mine")
group.v = 1
assert len(simulate(Cells(dt=0.2*ms), 20*ms, spikes, backend="runtime")["spikes.t"]) > 0
assert get_device().__class__.__name__ == "CPPStandaloneDevice" and defaultclock.dt == 0.2*ms
run(10*ms)
print(len(get_device().main_queue) > 0)
"""
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert process.stdout.strip() == "True", process.stderr


@standalone
def test_no_working_folder_is_left(backend, tmp_path, monkeypatch):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    simulate(Cells(), 5 * ms, watched, backend=backend)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (0.05 * ms, "less than the time step"),
        (-1 * ms, "less than the time step"),
        (np.nan * ms, "finite"),
        ([1, 2] * ms, "must be one number"),
        (5, "duration is 5"),
        (5 * mV, "duration is 5"),
    ],
)
@every_backend
def test_durations_that_do_not_fit(backend, duration, words):
    with pytest.raises(ZooError, match=words):
        simulate(Cells(), duration, watched, backend=backend)
    with program(Cells(), 5 * ms, watched, backend=backend) as built, pytest.raises(ZooError, match=words):
        built.run(duration=duration)


@every_backend
def test_a_mistake_in_a_persons_python_is_named_with_its_line(backend):
    class Mistaken(Cells):
        def build(self):
            return Network(missing_name)  # noqa: F821

    with pytest.raises(ZooError, match=r"Mistaken fails in test_program.py, line \d+: NameError: name 'missing_name'"):
        simulate(Mistaken(), 1 * ms, backend=backend)


@pytest.mark.parametrize("monitors", [lambda network: 5, lambda network: ["spikes"], lambda network: None])
def test_a_record_that_gives_no_monitors(monitors):
    with pytest.raises(ZooError, match="list of Brian2 monitors, not"):
        simulate(Cells(), 1 * ms, monitors, backend="runtime")


def test_a_record_that_gives_one_monitor():
    result = simulate(Cells(), 1 * ms, lambda network: spikes(network)[0], backend="runtime")
    assert "spikes.t" in result


# Being stopped.


class Endless(Cells):
    """Long enough to be stopped: every step does the work of 20,000 cells."""

    n: int = 20_000
    state = ()

    def build(self):
        cells = NeuronGroup(self.n, self.cell, threshold="v > 10*mV", reset="v = 0*mV", method="exact",
                            namespace=self.namespace, name="cells")  # fmt: skip
        return Network(cells)


def few(network):
    return [StateMonitor(network["cells"], "v", record=[0], name="trace")]


@every_backend
def test_interrupt_keeps_what_was_simulated(backend):
    with program(Endless(), 1000 * second, few, backend=backend) as built:
        begun = threading.Event()

        def interrupt():
            begun.wait(60)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        with pytest.raises(Interrupted) as stop:
            built.run(show=lambda fraction: begun.set())
        result = stop.value.result
        assert 0 < result.completed < 1
        simulated = result.completed * 1000
        # One value a step of 0.1 ms; the fraction is written with six digits.
        assert np.isclose(len(result["trace.t"]) * 1e-4, simulated, rtol=1e-4)
        assert built.run(duration=1 * ms).completed == 1


@standalone
def test_an_interrupt_before_the_simulation_leaves_no_result(backend, monkeypatch):
    """The program ends by the signal itself: there is nothing to keep, and nothing is wrong with it."""
    with program(Cells(), 5 * ms, watched, backend=backend) as built:
        sleeping = built.folder / "sleeping"
        sleeping.write_text("#!/bin/sh\nexec sleep 60\n")
        sleeping.chmod(0o755)
        monkeypatch.setattr(built, "binary", lambda: sleeping)
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt) as stop:
            built.run()
        assert not isinstance(stop.value, Interrupted)


@every_backend
def test_progress_counts_the_duration_of_the_run(backend):
    with program(Endless(n=200_000), 1000 * second, few, backend=backend) as built:
        shown = []
        built.run(duration=0.3 * second, show=shown.append)
    assert shown == sorted(shown) and shown and shown[0] < 1 and shown[-1] > 0.2


@standalone
def test_a_program_does_not_outlive_a_killed_python(backend):
    script = (
        "from tests.test_program import *\n"
        f"with program(Endless(), 1000*second, few, backend={backend!r}) as p: p.run()"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    child = _wait_for(lambda: _children(process.pid, "main"))
    process.kill()
    process.wait()
    assert _wait_for(lambda: not os.path.exists(f"/proc/{child[0]}/cwd"))


def _children(parent, name):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{pid}/stat").read().rpartition(") ")
        except OSError:
            continue
        if int(fields[2].split()[1]) == parent and fields[0].endswith(f"({name}"):
            found.append(int(pid))
    return found


def _wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
def test_results_that_are_cut_off_are_one_sentence(monkeypatch):
    """On a full disk the last file that a program writes is empty."""
    execute = StandaloneProgram._execute

    def full(self, folder, *arguments):
        found = execute(self, folder, *arguments)
        (folder / "results/last_run_info.txt").write_text("")
        return found

    monkeypatch.setattr(StandaloneProgram, "_execute", full)
    with program(Cells(), 1 * ms, watched) as built, pytest.raises(ZooError, match="are incomplete; is .* full"):
        built.run()


def test_progress_is_reported_while_the_program_runs():
    fractions = []
    with program(Endless(), 20 * second, few) as built:
        built.run(show=fractions.append)
    assert len(fractions) >= 3 and fractions == sorted(fractions)
    assert 0 < fractions[0] < 0.9 and fractions[-1] <= 1


def test_a_rerun_costs_little_more_than_the_program():
    """The claim of 50 ms is measured in benchmarks; here a re-run must only be far from a build."""
    with program(Cells(), 5 * ms, watched) as built:
        built.run()
        start = time.monotonic()
        for seed in range(10):
            built.run(seed=seed)
        assert (time.monotonic() - start) / 10 < 0.5


class Disturbed(Cells):
    """It does something to Brian2 in the middle of being made."""

    where: str = "initialise"
    what: str = "run"

    def _disturb(self, network):
        {
            "run": lambda: network.run(10 * ms),
            "another run": lambda: Network(NeuronGroup(1, "v : 1")).run(1 * ms),
            "magic run": lambda: brian2.run(1 * ms),
            "store": network.store,
            "restore": network.restore,
            "seed": lambda: brian2.seed(3),
            "build": lambda: brian2.device.build(),
            "set_device": lambda: brian2.set_device("runtime"),
        }[self.what]()

    def build(self):
        network = super().build()
        if self.where == "build":
            self._disturb(network)
        return network

    def initialise(self, network):
        if self.where == "initialise":
            self._disturb(network)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("build", "run"),
        *(("initialise", what) for what in ("run", "another run", "magic run", "store", "restore", "seed", "build")),
    ],
)
def test_a_network_is_not_run_or_seeded_while_it_is_made(backend, where, what):
    """Cells that fire at 100 Hz were reported with 200 Hz when initialise() ran them for as long as the run itself."""
    with pytest.raises(ZooError, match=rf"(Disturbed calls .*)?{what.split()[-1]}\(\)"):
        simulate(Disturbed(where=where, what=what), 5 * ms, spikes, backend=backend)
    # Brian2 is as before.
    network = Network(NeuronGroup(1, "v : 1"))
    network.run(1 * ms)
    network.store()


@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
def test_a_model_does_not_choose_the_device():
    with pytest.raises(ZooError, match=r"a model must not call set_device\(\)"):
        simulate(Disturbed(what="set_device"), 5 * ms, spikes)


@every_backend
def test_a_program_that_has_ended_says_so(backend):
    with program(Cells(), 1 * ms, watched, backend=backend) as built:
        with pytest.raises(ZooError, match=r"^synapses.w has complex numbers; it must be real in volt") as error:
            built.run({"synapses.w": np.ones((5, 5)) * (1 + 0j)})
        assert "\n" not in str(error.value)
    with pytest.raises(ZooError, match="has ended with its with block"):
        built.run()


@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
@pytest.mark.parametrize("words", [(28, "No space left on device"), ("100 requested and 0 written",)])
def test_a_full_disk_names_TMPDIR(monkeypatch, words):
    def full(*_):
        raise OSError(*words)  # a new one: its traceback holds the network

    with program(Cells(), 1 * ms, watched) as built:
        monkeypatch.setattr(values, "write_parameters", full)
        with pytest.raises(ZooError, match="no space is left in .*set TMPDIR"):
            built.run()
    monkeypatch.setattr(main_lines, "complete", full)
    with pytest.raises(ZooError, match="no space is left in .*set TMPDIR"):
        simulate(Cells(), 1 * ms, watched)
