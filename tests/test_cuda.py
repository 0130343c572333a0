"""The backend cuda as far as it can be checked without a GPU: what is written, what is refused, what nvcc compiles.

On a machine with a GPU, tests/gpu runs what is compiled here.
"""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    check_units,
    implementation,
    ms,
    mV,
    second,
)

from tests import toys
from tests.test_models import _record
from zoo import Model, ZooError, program
from zoo.build import cuda_toolkit
from zoo.catalogue import registry as catalogue
from zoo.core import packages
from zoo.functions.convolution import convolution
from zoo.functions.table import byte_table

if sys.version_info < (3, 12):
    pytest.skip("brian2cuda needs Python 3.12", allow_module_level=True)
cuda = pytest.importorskip("zoo.codegen.cuda", reason="brian2cuda is not installed")

NVCC = cuda_toolkit.nvcc()
needs_nvcc = pytest.mark.skipif(
    not (NVCC and cuda_toolkit.curand_header(NVCC) and cuda_toolkit.curand_library(NVCC)),
    reason="nvcc or cuRAND is not installed",
)


def written(model, record=None, duration=1 * second):
    """A program whose sources are written and not compiled."""
    return program(model, duration, record, backend="cuda", compiled=False, arch="sm_90")


class Built(Model):
    """A model around a function of a test."""

    def build(self):
        return Network(*type(self).make())


def built(make):
    return type("Built", (Built,), {"make": staticmethod(make)})()


def refusal(make, record=None):
    with pytest.raises(ZooError) as error, written(built(make), record):
        pass
    return str(error.value)


# Written


@pytest.fixture(scope="module")
def cells():
    with written(toys.Cells(), toys.spikes) as p:
        yield (p.project / "main.cu").read_text()


def test_every_value_that_is_set_is_sent_to_the_gpu(cells):
    lines = cells.splitlines()
    # The ends of synapses are only compared with those that the program has.
    setters = [line for line in lines if "(name == " in line and "zoo::check_ends(" not in line]
    assert {re.search(r'"(.*)"', line)[1] for line in setters} >= {"cells.drive", "synapses.w", "synapses.delay"}
    numbers = [line for line in lines if "_static_array_zoo_numbers[" in line]
    assert numbers
    for line in [*setters, *numbers]:
        # Host and GPU have the same array, here of a fixed and there of a changing size.
        host = re.search(r"(_(?:dynamic_)?array_\w+)\W", line)[1]
        assert re.search(rf"zoo::send\({host}, dev{host}[,)]", line), line


@pytest.mark.parametrize("part", [slice(None), 3])
def test_delays_of_an_array_are_sent_to_the_gpu(part):
    def make():
        cells = NeuronGroup(10, "v : 1", threshold="v > 1", reset="v = 0", name="cells")
        synapses = Synapses(cells, cells, on_pre="v += 1", name="synapses")
        synapses.connect()
        synapses.delay[part] = np.arange(100)[part] * 0.1 * ms
        return cells, synapses

    with written(built(make)) as p:
        main = (p.project / "main.cu").read_text().partition("_run_synapses_synapses_create_generator_codeobject();")[2]
    array = "_dynamic_array_synapses_delay"
    # The check of the delays copies them back.
    texts = (f"{array}[", f"zoo::send({array}, dev{array});", f"zoo::fetch({array}, dev{array});")
    places = [main.index(text) for text in texts]
    assert places == sorted(places)


def test_seed_and_duration_are_data(cells):
    assert "random_number_buffer.set_seed(zoo_parameters.seed);" in cells
    assert "network.run(zoo_parameters.duration, NULL" in cells
    # Before the first random number, and the connections.
    assert cells.index("set_seed") < cells.index("_run_synapses_synapses_create_generator")


@pytest.mark.parametrize("change", [{"drive": 40 * mV}, {"delay": 3 * ms}])
def test_another_number_is_the_same_program(change):
    sources = []
    for duration, changes in ((1, {}), (2, change)):
        with written(toys.Cells(**changes), duration=duration * second) as p:
            sources.append({path.relative_to(p.project): path.read_bytes() for path in p.project.rglob("*.[ch]*")})
    assert sources[0] == sources[1]


def test_sources_are_the_same_in_every_process():
    code = (
        "import hashlib\nfrom brian2 import second\nfrom zoo import program\nfrom zoo.catalogue import registry as catalogue\n"
        "from zoo.catalogue.default import record_spikes as record\nmodel = catalogue.model('lif_mnist_grid')()\n"
        "with program(model, 1*second, record, backend='cuda', compiled=False, arch='sm_90') as p:\n"
        "    files = sorted(path for path in p.project.rglob('*') if path.suffix in ('.cu', '.h', ''))\n"
        "    print(hashlib.sha256(b''.join(path.read_bytes() for path in files if path.is_file()"
        " and 'static_arrays' not in path.parts)).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "4")
    }
    assert len(found) == 1


# What brian2cuda would compute wrong


def _code(p, name):
    return (p.project / f"code_objects/{name}.cu").read_text()


def counting():
    cells = NeuronGroup(5000, "k : 1 (shared)\nm : 1 (shared)\nv : 1", name="cells")
    cells.run_regularly("m = 2*k\nk += 1", name="count")
    cells.run_regularly("k += 1\nv += k*dt/second", name="both")
    return [cells]


def test_shared_variables_are_set_by_one_thread():
    with written(built(counting)) as p:
        assert "const int _N = 1;" in _code(p, "count_codeobject")
        shared, rest = (_code(p, f"both_codeobject{end}") for end in ("_shared", ""))
        assert "const int _N = 1;" in shared and "const int _N = N;" in rest
        assert "k += 1" in shared and "k += 1" not in rest and "v" in rest
        main = (p.project / "main.cu").read_text()
        order = re.findall(r"network\.add\(&\w+, _run_(both\w+)\);", main)
        assert order == ["both_codeobject_shared", "both_codeobject"]


def test_sums_over_synapses_are_atomic():
    def make():
        cells = NeuronGroup(10, "total : 1", name="cells")
        synapses = Synapses(cells, cells, "w : 1", name="synapses")
        synapses.connect()
        synapses.run_regularly("total_post += w", name="sum")
        return cells, synapses

    with written(built(make)) as p:
        assert re.search(r"_brian_atomicAdd\(&_ptr_array_cells_total\[_postsynaptic_idx\]", _code(p, "sum_codeobject"))


@pytest.mark.parametrize("given, blocks", [({"delay": 2 * ms}, "1"), ({}, "1"), ("rand()*5*ms", "props.multi")])
def test_blocks_share_synapses_where_delays_differ(given, blocks):
    def make():
        cells = NeuronGroup(10, "v : 1", threshold="v > 1", name="cells")
        synapses = Synapses(
            cells, cells, on_pre="v += 1", name="synapses", **(given if isinstance(given, dict) else {})
        )
        synapses.connect()
        if isinstance(given, str):
            synapses.delay = given
        return cells, synapses

    with written(built(make)) as p:
        assert f"num_parallel_blocks = {blocks}" in (p.project / "objects.cu").read_text()


def test_a_monitor_and_a_variable_whose_arrays_would_have_one_name():
    def make():
        return [NeuronGroup(10, "v : 1\nv_t : 1", threshold="v > v_t", reset="v = 0", name="cells")]

    with written(built(make), lambda network: StateMonitor(network["cells"], "v", record=True, name="cells_v")) as p:
        unity = (p.project / "unity.cu").read_text()
        # brian2cuda names the times by the monitor alone.
        assert "_dynamic_array_cells_v_t_1.push_back(" in unity and "_dynamic_array_cells_v_t." not in unity


@pytest.mark.parametrize("delay", [1 * ms, "rand()*5*ms"])
def test_synapses_may_name_the_index_of_their_target(delay):
    def make():
        cells = NeuronGroup(10, "v : 1", threshold="v > 1", name="cells")
        synapses = Synapses(cells, cells, on_pre="v_post += int(j == 3)*i", name="synapses")
        synapses.connect()
        synapses.delay = delay
        return cells, synapses

    # In brian2cuda's templates j also counts the synapses.
    with written(built(make)) as p:
        [kernel] = re.findall(
            r"_run_kernel_synapses_pre_codeobject\(.*?\n}\n", (p.project / "unity.cu").read_text(), re.DOTALL
        )
        assert kernel.count("const int32_t j = ") == 2
        assert not re.search(r"\bint j\b|[\[(]j[\])]|\bj(\+=| <)|= j;", kernel)
        assert "int _number = tid; _number < num_synapses; _number+=_threads_per_block" in kernel
        assert kernel.count("_number;") == 1 and kernel.count("[_number]") == 2


@pytest.mark.parametrize("variable, kept", [("w", False), ("v_post", True), ("j", True)])
def test_monitors_of_synapses_keep_the_indices_they_need(variable, kept):
    def make():
        cells = NeuronGroup(10, "v : 1", threshold="v > 1", reset="v = 0", name="cells")
        synapses = Synapses(cells, cells, "w : 1", on_pre="w += 1", name="synapses")
        synapses.connect()
        return cells, synapses

    def record(network):
        return [StateMonitor(network["synapses"], variable, record=[0], name="trace")]

    with written(built(make), record) as p:
        removed = "dev_dynamic_array_synapses__synaptic_post.clear()" in (p.project / "main.cu").read_text()
        assert removed != kept


def test_events_are_sorted_and_stopped_monitors_cut():
    arrays = {
        "s.t": np.array([0.0, 0, 1, 1]) * second,
        "s.i": np.array([3, 1, 2, 0]),
        "v.t": np.arange(3) * ms,
        "v.v": np.arange(10).reshape(2, 5),
        "r.t": np.array([0.0, 1, 2, 0, 0]) * ms,
        "r.rate": np.array([5.0, 6, 7, 0, 0]),
        "cells.v": np.arange(4),
    }
    recorders = [("events", "s", ["t", "i"]), ("states", "v", ["v"]), ("rates", "r", ["t", "rate"])]
    tidy = cuda.normalised(arrays, recorders)
    assert tidy["s.i"].tolist() == [1, 3, 0, 2] and np.asarray(tidy["s.t"]).tolist() == [0, 0, 1, 1]
    assert tidy["v.v"].tolist() == [[0, 1, 2], [5, 6, 7]]
    assert tidy["r.rate"].tolist() == [5, 6, 7] and len(tidy["r.t"]) == 3
    assert tidy["cells.v"].tolist() == [0, 1, 2, 3]
    whole = arrays | {"r.t": np.arange(5) * ms}
    assert len(cuda.normalised(whole, recorders)["r.rate"]) == 5


# Refused


def test_a_function_without_a_version_for_gpus():
    @implementation("cpp", "double twice(double x) { return 2*x; }")
    @check_units(x=1, result=1)
    def twice(x):
        return 2 * x

    def make():
        return [NeuronGroup(2, "dv/dt = twice(v)/second : 1", method="euler", namespace={"twice": twice}, name="cells")]

    assert "'twice'" in refusal(make) and '@implementation("cuda"' in refusal(make)


def test_statements_whose_order_counts():
    def make():
        cells = NeuronGroup(10, "v : 1", name="cells")
        synapses = Synapses(cells, cells, "w : 1", name="synapses")
        synapses.connect()
        synapses.run_regularly("v_post = w", name="set")
        return cells, synapses

    assert "v_post of other elements" in refusal(make)


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ("k += rand()\nv = k", "shared variable"),
        ("old = k\nk += 1\nv = old", "shared variable"),  # a value from before
        ("v = poisson(k)", "poisson(k)"),
    ],
)
def test_shared_variables(statements, words):
    def make():
        cells = NeuronGroup(10, "k : 1 (shared)\nv : 1", name="cells")
        cells.run_regularly(statements, name="set")
        return [cells]

    assert words in refusal(make)


@pytest.mark.parametrize(
    "of_cells, of_synapses, of_others",
    [(0.1, 1, 0.1), (0.1, 0.1, 0.25), (0.2, 0.2, 0.1)],
    ids=["synapses", "between", "smaller"],
)
def test_clocks_that_disturb_constant_delays(of_cells, of_synapses, of_others):
    def make():
        cells = NeuronGroup(10, "v : 1", threshold="v > 1", reset="v = 0", dt=of_cells * ms, name="cells")
        synapses = Synapses(cells, cells, on_pre="v += 1", delay=1 * ms, dt=of_synapses * ms, name="synapses")
        synapses.connect()
        return cells, synapses, NeuronGroup(1, "dv/dt = 1/second : 1", method="euler", dt=of_others * ms, name="others")

    assert "synapses has a constant delay" in refusal(make)


def test_clocks_that_are_multiples_are_fine():
    def make():
        cells = NeuronGroup(10, "v : 1", threshold="v > 1", reset="v = 0", name="cells")
        cells.run_regularly("v += 1", dt=50 * ms, name="kick")
        synapses = Synapses(cells, cells, on_pre="v += 1", delay=1 * ms, name="synapses")
        synapses.connect()
        return cells, synapses

    with written(built(make)) as p:
        # 350 s of two clocks: times of the same tick differ by 6e-14 s.
        assert "#define Clock_epsilon 1e-9" in (p.project / "network.cu").read_text()


def test_a_monitor_of_nothing():
    def make():
        return [NeuronGroup(10, "v : 1", name="cells")]

    assert "StateMonitor trace records nothing" in refusal(
        make, lambda network: [StateMonitor(network["cells"], "v", record=[], name="trace")]
    )


# Compiled


def everything():
    """What brian2cuda can do, in one small network."""
    table = byte_table("table", (2, 10))
    recent = convolution("recent", np.exp(-np.arange(20) / 5), 10)
    played = TimedArray(np.ones((5, 10)), dt=10 * ms, name="played")
    namespace = {"table": table, "recent": recent, "played": played}
    cells = NeuronGroup(
        10,
        """
        dv/dt = (1 + 0.1*played(t, i) + 0.001*table(0, i) - v)/(10*ms) + 0.1*xi/sqrt(10*ms) : 1 (unless refractory)
        r = recent(v, i, t_in_timesteps) : 1 (constant over dt)
        k : 1 (shared)
        total : 1
        n : integer
        a : boolean
        """,
        threshold="v > 1", reset="v = 0", refractory=2 * ms, method="euler", namespace=namespace, name="cells",
    )  # fmt: skip
    cells.run_regularly("k += 1\nv += 1e-3*exprel(-k)", dt=5 * ms, name="kick")
    cells.v = "rand()"
    constant = Synapses(cells, cells, "w : 1", on_pre="v_post += w", delay=1 * ms, name="constant")
    constant.connect(p=0.5)
    constant.w = "0.01*randn()"
    constant.run_regularly("total_post += w", dt=10 * ms, name="sum")
    various = Synapses(
        cells[:5], cells[5:], "dx/dt = -x/(10*ms) : 1 (event-driven)\nw : 1", on_pre="v_post += w\nx += 1",
        on_post="w = clip(w + 0.01*x, 0, 1)", name="various",
    )  # fmt: skip
    various.connect()
    various.delay = "rand()*5*ms"
    return cells, constant, various


def all_monitors(network):
    cells = network["cells"]
    return [
        SpikeMonitor(cells, name="spikes"),
        SpikeMonitor(cells[2:5], name="some"),
        StateMonitor(cells, ["v", "r"], record=[0, 3], name="trace"),
        StateMonitor(network["constant"], "w", record=[0], name="weight"),
        PopulationRateMonitor(cells, name="rate"),
    ]


@needs_nvcc
@pytest.mark.parametrize("name", packages.entries("models"))
def test_every_model_compiles_to_ptx(name):
    with written(catalogue.model(name)(), _record) as p:
        variables = cuda_toolkit.make_variables(NVCC, "sm_90")
        done = subprocess.run(["make", "-s", "ptx", *variables], cwd=p.project, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        text = (p.project / "unity.ptx").read_text()
        assert ".target sm_90" in text
        assert re.search(r"\.entry \w*_run_kernel_\w+_codeobject", text)


@needs_nvcc
def test_a_network_of_everything_compiles_links_and_runs_or_says_why_not(own_cache):
    with program(built(everything), 50 * ms, all_monitors, backend="cuda", arch="sm_90") as p:
        assert p.binary().stat().st_mode & 0o100
        if cuda_toolkit.gpu() is None:
            # The program looks for a GPU first, and says that there is none.
            with pytest.raises(ZooError, match="cudaSetDevice"):
                p.run()
        else:
            result = p.run()
            assert result["trace.v"].shape == (2, 500) and result["rate.rate"].shape == (500,)


@needs_nvcc
def test_build_makes_a_project_and_its_program(zoo_here, own_cache, tmp_path):
    process = zoo_here("build", "fitzhugh_nagumo", "--backend", "cuda", "--arch", "sm_90", "--out", "there")
    assert process.returncode == 0 and "compiled it" in process.stdout, process.stderr
    assert {"main", "unity.cu", "makefile", "README.md"} <= {path.name for path in (tmp_path / "there").iterdir()}
    assert "compiled already" in (tmp_path / "there/README.md").read_text()


def test_build_without_nvcc_writes_the_sources(zoo_here, tmp_path, monkeypatch):
    monkeypatch.setattr(cuda_toolkit, "nvcc", lambda: None)
    process = zoo_here("build", "fitzhugh_nagumo", "--backend", "cuda", "--arch", "80", "--out", "there")
    assert process.returncode == 0 and "make && ./main" in process.stdout, process.stderr
    assert "ARCH ?= sm_80" in (tmp_path / "there/makefile").read_text()
    assert not (tmp_path / "there/main").exists()
    readme = (tmp_path / "there/README.md").read_text()
    assert "sm_80" in readme and "compiled already" not in readme
