"""The command line, as a person types it: what works, and one clear sentence for what does not."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.conftest import BACKENDS, REFERENCE, ROOT, assert_refused
from zoo import Result, cache

every_backend = pytest.mark.parametrize("backend", BACKENDS)


@pytest.fixture
def adapting(tmp_path):
    """The file that a user wrote, in a folder of his own."""
    folder = tmp_path / "a users folder"
    folder.mkdir()
    return shutil.copy(REFERENCE / "adapting.py", folder)


@every_backend
def test_a_users_file_runs_unchanged(zoo_command, adapting, tmp_path, backend):
    process = zoo_command("run", adapting, "--drive", "40*mV", "--backend", backend)
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "raster.png").stat().st_size > 10_000
    result = Result.load(tmp_path / "results/adapting")
    assert len(result["spikes.t"]) > 1000 and float(result.model.drive) == 0.04 and result.backend == backend


def test_a_users_file_is_a_command_of_its_own(adapting, tmp_path):
    for options, code in ((["--n", "20", "--out", "here"], 0), (["--n", "0"], 2)):
        process = subprocess.run([sys.executable, adapting, *options], cwd=tmp_path, capture_output=True, text=True)
        assert process.returncode == code, process.stderr
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["arrays.npz", "raster.png", "run.json"]
    assert not (tmp_path / "raster.png").exists()


def test_module_and_command_are_the_same(zoo_command, tmp_path):
    options = ["--scale", "0.02", "--duration", "50*ms", "--backend", "runtime", "--seed", "3"]
    assert zoo_command("run", "basal_ganglia", *options, "--out", "one").returncode == 0
    process = subprocess.run(
        [sys.executable, "-m", "experiments.basal_ganglia", *options, "--out", tmp_path / "two"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    one, two = Result.load(tmp_path / "one"), Result.load(tmp_path / "two")
    assert np.array_equal(one["spikes.t"], two["spikes.t"]) and one.experiment == two.experiment == "basal_ganglia"


def test_help_and_version(zoo_command):
    for arguments in ((), ("--help",), ("help",)):
        process = zoo_command(*arguments)
        assert process.returncode == 0 and "zoo run NAME" in process.stdout
    assert zoo_command("--version").stdout.startswith("brian2-zoo ")


def test_list(zoo_command):
    text = zoo_command("list").stdout
    for name in ("izhikevich_population", "basal_ganglia", "hh_mnist_grid"):
        assert text.count(f"  {name} ") == 2


def test_listing_does_not_wait_for_brian2():
    script = "import sys; from zoo.cli import command; command(['list']); command([]); assert 'brian2' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0


def test_show(zoo_command):
    text = zoo_command("show", "izhikevich_population").stdout
    assert "Izhikevich (2003)" in text and "Differs from the source" in text
    assert "dv/dt = (0.04*v**2 + 5*v + 140 - u + I)/ms : 1" in text and "g_post -= w*exp(-H/(20*ms))" in text
    rows = {line.split()[0]: line.split(maxsplit=4) for line in text.splitlines() if line.startswith("--")}
    assert rows["--tau"] == ["--tau", "20*ms", "second", "recompiles", "decay of the kernel"]
    assert rows["--w_sd"][:4] == ["--w_sd", "0.5", "1", "data"]


def test_show_a_users_file(zoo_command, adapting):
    text = zoo_command("show", adapting).stdout
    assert text.startswith("Integrate-and-fire cells that tire") and "data" in text


def test_run_help_shows_options_and_parameters(zoo_command):
    text = zoo_command("run", "hh_mnist_grid", "--help").stdout
    assert "--epochs" in text and "--G_in" in text and "msiemens/cm**2" in text


SMALL = ("--n", "50", "--duration", "30*ms", "--backend", "runtime")


def test_run_writes_a_result_folder(zoo_command, tmp_path):
    process = zoo_command("run", "izhikevich_population", *SMALL, "--I-0", "9", "--c", "-60", "--seed", "4")
    assert process.returncode == 0, process.stderr
    folder = tmp_path / "results/izhikevich_population"
    assert sorted(path.name for path in folder.iterdir()) == ["arrays.npz", "raster.png", "run.json", "traces.png"]
    record = json.loads((folder / "run.json").read_text())
    assert record["experiment"] == "izhikevich_population" and record["seed"] == 4
    assert record["parameters"]["I_0"]["value"] == 9 if isinstance(record["parameters"]["I_0"], dict) else 9
    assert Result.load(folder).model.c == -60
    assert "wrote results/izhikevich_population/raster.png" in process.stdout
    assert process.stderr == "", "no progress where there is no terminal"


def test_plot_draws_the_figures_again(zoo_command, tmp_path):
    zoo_command("run", "izhikevich_population", *SMALL, "--out", "run")
    before = (tmp_path / "run/raster.png").read_bytes()
    (tmp_path / "run/raster.png").unlink()
    assert zoo_command("plot", "run").returncode == 0
    assert (tmp_path / "run/raster.png").read_bytes() == before
    assert zoo_command("plot", "run", "--out", "other").returncode == 0
    assert (tmp_path / "other/raster.png").exists()


def test_plot_for_a_users_file(zoo_command, adapting, tmp_path):
    zoo_command("run", adapting, "--backend", "runtime", "--duration", "50*ms", "--out", "run")
    assert zoo_command("plot", "run").returncode == 0
    assert (tmp_path / "run/spikes.png").exists()


def test_a_file_with_only_a_model(zoo_command, tmp_path):
    (tmp_path / "bare.py").write_text(
        "from brian2 import *\nfrom zoo import Model\n"
        "class Bare(Model):\n"
        "    rate: Hz = 30*Hz\n"
        "    def build(self):\n"
        "        return Network(NeuronGroup(20, 'rate : Hz (shared, constant)', threshold='rand() < rate*dt', name='cells'))\n"
    )
    process = zoo_command("run", "bare.py", "--rate", "100*Hz", "--backend", "runtime", "--duration", "100*ms")
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "results/bare/cells_spikes.png").exists()


def test_cache_commands(zoo_command, own_cache):
    assert zoo_command("cache").stdout == ""
    assert zoo_command("cache", "size").stdout.startswith("0 programs")
    cache.program("a" * 32, "Toy", lambda folder: (folder / "main").write_text("x"))
    assert zoo_command("cache", "list").stdout.split()[-1] == "Toy"
    assert zoo_command("cache", "clear", "--older-than", "1").stdout.startswith("removed 0 programs")
    assert zoo_command("cache", "clear").stdout.startswith("removed 1 programs")
    assert cache.entries() == []


def test_weights_from_a_file(zoo_command, tmp_path):
    np.save(tmp_path / "zero.npy", np.zeros((50, 50)))
    np.save(tmp_path / "wrong.npy", np.zeros((50, 40)))
    (tmp_path / "text.npy").write_text("no array")
    assert zoo_command("run", "izhikevich_population", *SMALL, "--weights", "zero.npy").returncode == 0
    for file, word in (("wrong.npy", "matrix of shape (50, 50)"), ("text.npy", "numpy.save"), ("none.npy", "none.npy")):
        process = zoo_command("run", "izhikevich_population", *SMALL, "--weights", file, "--out", "bad")
        assert_refused(process, word)
        assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], ["'lst'", "list"]),
        (["run"], ["needs a name"]),
        (["run", "izhikevich_populaton"], ["izhikevich_population"]),
        (["run", "none.py"], ["no file"]),
        (["show", "basal_gangla"], ["basal_ganglia"]),
        (["run", "izhikevich_population", "--taw", "3*ms"], ["--taw", "--tau"]),
        (["run", "izhikevich_population", "5"], ["'5'"]),
        (["run", "izhikevich_population", "--tau"], ["--tau"]),
        (["run", "izhikevich_population", "--tau", "5*mV"], ["tau is 5*mV", "20*ms"]),
        (["run", "izhikevich_population", "--tau", "5 ms"], ["20*ms"]),
        (["run", "izhikevich_population", "--tau", "5*mss"], ["mss"]),
        (["run", "izhikevich_population", "--tau", "nan*ms"], ["finite"]),
        (["run", "izhikevich_population", "--I_0", "inf"], ["finite"]),
        (["run", "izhikevich_population", "--a", "[1,2,3]"], ["cells.a", "(3,)", "(1000,)"]),
        (["run", "izhikevich_population", "--n", "0"], ["n is 0"]),
        (["run", "izhikevich_population", "--n", "-4"], ["n is -4"]),
        (["run", "izhikevich_population", "--n", "2.5"], ["whole number"]),
        (["run", "izhikevich_population", "--duration", "1"], ["duration", "1*second"]),
        (["run", "izhikevich_population", "--duration", "0*ms"], ["duration"]),
        (["run", "izhikevich_population", "--seed", "x"], ["--seed"]),
        (["run", "izhikevich_population", "--seed", "-1"], ["seed"]),
        (["run", "izhikevich_population", "--backend", "cpu"], ["'cpu'", "cpp"]),
        (["run", "izhikevich_population", "--drive", "I_ext = I_1 : 1"], ["I_1"]),
        (["run", "izhikevich_population", "--out", "/dev/null/x"], ["/dev/null/x", "--out"]),
        (["run", "hh_mnist_grid", "--dataset", "digit"], ["'digit'", "digits"]),
        (["run", "hh_mnist_grid", "--train", "99999"], ["99999", "1500"]),
        (["run", "hh_mnist_grid", "--epochs", "0"], ["epochs"]),
        (["plot", "nothing"], ["nothing", "run.json"]),
        (["build", "basal_ganglia"], ["--out"]),
        (["build", "basal_ganglia", "--out", "there", "--backend", "runtime"], ["runtime", "cpp"]),
        (["cache", "empty"], ["'empty'", "clear"]),
        (["cache", "clear", "--older-than", "soon"], ["soon"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_one_sentence_and_leaves_nothing(zoo_command, tmp_path, arguments, words):
    assert_refused(zoo_command(*arguments), *words)
    assert list(tmp_path.iterdir()) == []


def test_bad_files_of_users(zoo_command, tmp_path):
    head = "from brian2 import *\nfrom zoo import Model, simulate\n"
    body = "    def build(self):\n        return Network(NeuronGroup(1, 'v : 1', name='cells'))\n"
    main = "def main(model=M(), duration=1*ms, backend='cpp', seed=0):\n    simulate(model, duration, record, backend=backend)\n"
    operation = "def record(net):\n    return [NetworkOperation(lambda: None, name='spy')]\n"
    cases = {
        "post.py": (head + f"class M(Model):\n    v_post: volt = 1*mV\n{body}", "v_post"),
        "operation.py": (head + f"class M(Model):\n{body}{operation}{main}", "'spy'"),
        "nothing.py": (head + "class M(Model):\n    def build(self):\n        return 3\n" + "record = None\n" + main, "Network"),
    }
    for name, (text, word) in cases.items():
        (tmp_path / name).write_text(text)
        assert_refused(zoo_command("run", name, "--out", "out"), word)
        assert not (tmp_path / "out").exists()


def test_debug_shows_the_traceback(zoo_command):
    process = zoo_command("run", "izhikevich_population", "--n", "0", "--debug")
    assert process.returncode != 0 and "Traceback" in process.stderr


def test_without_a_compiler(zoo_command):
    process = zoo_command("run", "basal_ganglia", env={**os.environ, "PATH": "/nowhere"})
    assert_refused(process, "g++", "apt-get install g++")


def test_ctrl_c_keeps_what_was_simulated(tmp_path):
    command = [sys.executable, "-m", "zoo", "run", "izhikevich_population", "--n", "300", "--duration", "3000*second"]
    process = subprocess.Popen(
        [*command, "--out", "here"], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    _wait_for_binary(process.pid)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "stopped at" in errors and "Traceback" not in errors
    result = Result.load(tmp_path / "here")
    assert 0 < result.completed < 1 and len(result["spikes.t"]) > 0


def _wait_for_binary(parent):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        children = open(f"/proc/{parent}/task/{parent}/children").read().split()
        if any(open(f"/proc/{child}/comm").read().strip() == "main" for child in children):
            return
        time.sleep(0.05)
    raise AssertionError("the program never started")


def test_a_killed_run_leaves_no_result(tmp_path):
    command = [sys.executable, "-m", "zoo", "run", "izhikevich_population", "--n", "300", "--duration", "3000*second"]
    process = subprocess.Popen([*command, "--out", "here"], cwd=tmp_path, stderr=subprocess.DEVNULL)
    _wait_for_binary(process.pid)
    process.kill()
    process.wait()
    assert not list((tmp_path / "here").glob("*"))


def test_progress_in_a_terminal(tmp_path):
    """In a terminal a line tells the simulated, elapsed and remaining time, and is gone at the end."""
    reader, writer = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "zoo", "run", "izhikevich_population", "--n", "300", "--duration", "30*second"],
        cwd=tmp_path, stderr=writer, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writer)
    shown = b""
    while True:
        try:
            part = os.read(reader, 4096)
        except OSError:  # the terminal is closed
            break
        shown += part
    process.wait()
    os.close(reader)
    text = shown.decode()
    assert "IzhikevichPopulation" in text and "of 30 s simulated" in text
    assert "elapsed" in text and "left" in text
    assert text.endswith("\r") or text == ""
