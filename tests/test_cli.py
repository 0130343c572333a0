"""The command line, as a person types it: what works, and one clear sentence for what does not."""

import contextlib
import dataclasses
import json
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from brian2 import ms

from tests.conftest import BACKENDS, REFERENCE, ROOT, assert_refused
from zoo import Result, ZooError
from zoo.build import cache
from zoo.command.main import VERBS, verb
from zoo.core import packages
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.izhikevich_population import IzhikevichPopulation

every_backend = pytest.mark.parametrize("backend", BACKENDS)


@pytest.fixture
def adapting(tmp_path):
    """The file that a user wrote, in a folder of his own."""
    folder = tmp_path / "a users folder"
    folder.mkdir()
    return shutil.copy(REFERENCE / "adapting.py", folder)


@every_backend
def test_a_users_file_runs_unchanged(zoo_command, zoo_here, adapting, tmp_path, backend):
    run = zoo_here if backend == "runtime" else zoo_command
    process = run("run", adapting, "--drive", "40*mV", "--backend", backend)
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "raster.png").stat().st_size > 10_000
    result = Result.load(tmp_path / "results/adapting")
    assert len(result["spikes.t"]) > 1000 and float(result.model.drive) == 0.04 and result.backend == backend


def test_a_users_file_is_a_command_of_its_own(adapting, tmp_path):
    for options, code in ((["--n", "20", "--out", "here"], 0), (["--n", "0"], 2)):
        process = subprocess.run([sys.executable, adapting, *options], cwd=tmp_path, capture_output=True, text=True)
        assert process.returncode == code, process.stderr
    assert Result.load(tmp_path / "here").experiment == "adapting.py"
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["arrays.npz", "raster.png", "run.json"]
    assert not (tmp_path / "raster.png").exists()


def test_module_and_command_are_the_same(zoo_here, tmp_path):
    options = ["--scale", "0.02", "--duration", "50*ms", "--backend", "runtime", "--seed", "3"]
    assert zoo_here("run", "basal_ganglia", *options, "--out", "one").returncode == 0
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
    chapters = [line for line in text.splitlines() if line and not line.startswith(" ")]
    used = {entry.chapter for kind in packages.KINDS for entry in packages.entries(kind).values()}
    assert chapters == [chapter for chapter in packages.CHAPTERS if chapter in used] and len(chapters) > 2
    first = text.split("\n\n")[0]
    assert "  hodgkin_huxley " in first and "  phase_plane " in first and "basal_ganglia" not in first


def test_list_with_words(zoo_here):
    """All words count, in upper or lower case, in the name, the chapter, and the whole description."""

    def listed(*words):
        lines = zoo_here("list", *words).stdout.splitlines()
        return {tuple(line.split()[:2]) for line in lines if line.startswith("  ")}

    assert listed("learning", "stdp") >= {("hh_mnist_grid", "model"), ("lif_mnist_grid", "model")}
    assert ("basal_ganglia", "model") not in listed("learning")
    assert listed("IZHIKEVICH", "pattern") == {("izhikevich_patterns", "model"), ("firing_patterns", "experiment")}
    assert listed("squid", "10.613 mV") == {("hodgkin_huxley", "model")}, "below the first line"
    assert listed() == {(name, kind.removesuffix("s")) for kind in packages.KINDS for name in packages.entries(kind)}
    assert_refused(zoo_here("list", "nothing", "such"), "'nothing such'", "zoo list")


def test_lists_and_helps_take_little_time(tmp_path):
    """Less than .3 s of CPU beyond a bare interpreter: they import no Brian2, and read docstrings as text."""

    def seconds(*arguments):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    bare = min(seconds("-c", "pass") for _ in range(3))
    for arguments in (["list"], ["list", "stdp"], ["--help"], ["sweep", "--help"]):
        assert min(seconds("-m", "zoo", *arguments) for _ in range(3)) - bare < 0.3


@pytest.mark.parametrize("name", VERBS)
def test_help_of_every_verb(zoo_here, name):
    """The three ways to ask print the same: a usage line, a sentence, and a line for each option with its meaning."""
    text = zoo_here(name, "--help").stdout
    assert text == zoo_here(name, "-h").stdout == zoo_here("help", name).stdout
    lines = text.splitlines()
    assert lines[0].startswith(f"usage: zoo {name}") and lines[-1].startswith("-h, --help")
    assert any(re.fullmatch(r"[A-Z].{20,}\.", line) for line in lines[1:5])
    start = next(number for number, line in enumerate(lines) if line.startswith("option "))
    column = lines[start].index("meaning")
    options = {line.split()[0].removeprefix("--"): line[column:] for line in lines[start + 1 :]}
    assert all(len(meaning) > 8 for meaning in options.values())
    assert {option.name.replace("_", "-") for option in verb(name).options} <= set(options)


@pytest.mark.slow
def test_help_of_a_name(zoo_here):
    """What comes before the name is the same; a name that does not exist is refused, and so is a verb."""
    assert zoo_here("help", "run", "izhikevich").stdout == zoo_here("run", "izhikevich", "--help").stdout
    for name in ("build", "sweep"):
        text = zoo_here(name, "izhikevich", "--help").stdout
        assert text.startswith(zoo_here(name, "--help").stdout) and "--amplitude" in text
    assert_refused(zoo_here("help", "rum"), "'rum'", "run")
    assert_refused(zoo_here("run", "izhikevic", "--help"), "izhikevich")


def test_help_does_not_run_a_script(zoo_here, tmp_path):
    (tmp_path / "script.py").write_text("print('it runs')\n")
    assert zoo_here("run", "script.py", "--help").stdout == zoo_here("run", "--help").stdout


def test_listing_does_not_wait_for_brian2():
    script = (
        "import sys; from zoo.command.main import VERBS, command\n"
        "for words in (['list'], [], ['--help'], ['--version'], ['cache'], ['nothing'], *([verb, '-h'] for verb in VERBS)): command(words)\n"
        "slow = {'brian2', 'numpy', 'sympy', 'matplotlib'} & set(sys.modules)\n"
        "assert not slow, slow"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr


def test_show(zoo_here):
    text = zoo_here("show", "izhikevich_population").stdout
    assert "Izhikevich (2003)" in text and "Differs from the source" in text
    assert "dv/dt = (0.04*v**2 + 5*v + 140 - u + I)/ms : 1" in text and "g_post -= w*exp(-end/tau)" in text
    rows = {line.split()[0]: line.split(maxsplit=4) for line in text.splitlines() if line.startswith("--")}
    assert rows["--tau"] == ["--tau", "20*ms", "second", "data", "decay of the kernel"]
    assert rows["--w_sd"][:4] == ["--w_sd", "0.5", "1", "data"]


def test_show_a_users_file(zoo_here, adapting):
    text = zoo_here("show", adapting).stdout
    assert text.startswith("Integrate-and-fire cells that tire") and "data" in text


def test_run_help_shows_options_and_parameters(zoo_here):
    text = zoo_here("run", "hh_mnist_grid", "--help").stdout
    assert "--epochs" in text and "--G_in" in text and "msiemens/cm**2" in text


SMALL = ("--n", "50", "--duration", "30*ms", "--backend", "runtime")


def test_run_writes_a_result_folder(zoo_here, tmp_path):
    process = zoo_here("run", "izhikevich_population", *SMALL, "--I-0", "9", "--c", "-60", "--seed", "4")
    assert process.returncode == 0, process.stderr
    folder = tmp_path / "results/izhikevich_population"
    assert sorted(path.name for path in folder.iterdir()) == ["arrays.npz", "raster.png", "run.json", "traces.png"]
    record = json.loads((folder / "run.json").read_text())
    assert record["experiment"] == "izhikevich_population" and record["seed"] == 4
    assert record["parameters"]["I_0"]["value"] == 9 if isinstance(record["parameters"]["I_0"], dict) else 9
    assert Result.load(folder).model.c == -60
    assert "wrote results/izhikevich_population/raster.png" in process.stdout
    assert process.stderr == "", "no progress where there is no terminal"


def test_plot_draws_the_figures_again(zoo_here, tmp_path):
    zoo_here("run", "izhikevich_population", *SMALL, "--out", "run")
    before = (tmp_path / "run/raster.png").read_bytes()
    (tmp_path / "run/raster.png").unlink()
    assert zoo_here("plot", "run").returncode == 0
    assert (tmp_path / "run/raster.png").read_bytes() == before
    assert zoo_here("plot", "run", "--out", "other").returncode == 0
    assert (tmp_path / "other/raster.png").exists()


def test_figures_as_they_are_asked_for(zoo_here, tmp_path):
    """Bad input is refused before anything runs, and a parameter with the name of such an option stays the user's."""
    (tmp_path / "mine.py").write_text(
        "from brian2 import *\nfrom zoo import Model, plots, simulate\n"
        "class Cells(Model):\n"
        "    def build(self):\n        return Network(NeuronGroup(2, 'v : 1', name='cells'))\n"
        "def main(model=Cells(), format='none', duration=1*ms, backend='runtime'):\n"
        "    print('ran', format)\n    return simulate(model, duration, backend=backend)\n"
        "def plot(result):\n    return {'empty': plots.figure(width=2, height=1)[0]}\n"
    )
    (tmp_path / "other.py").write_text((tmp_path / "mine.py").read_text().replace("format", "kind"))
    process = zoo_here("run", "other.py", "--format", "pdf, SVG", "--dpi", "50", "--out", "run")
    assert process.returncode == 0, process.stderr
    assert {path.name for path in (tmp_path / "run").glob("empty.*")} == {"empty.pdf", "empty.svg"}
    assert zoo_here("run", "mine.py", "--format", "mine", "--dpi", "50", "--out", "own").stdout.startswith("ran mine")
    assert {path.name for path in (tmp_path / "own").glob("empty.*")} == {"empty.png"}
    for options, word in (
        (("--format", "pdf,bmp"), "svg"),
        (("--dpi", "0"), "1200"),
        (("--dpi", "fine"), "integer"),
    ):
        process = zoo_here("run", "other.py", *options, "--out", "bad")
        assert_refused(process, word)
        assert process.stdout == "" and not (tmp_path / "bad").exists()
        assert_refused(zoo_here("plot", "run", *options), word)
    assert zoo_here("plot", "run", "--with", "other.py", "--format", "jpg").stdout == "wrote run/empty.jpg\n"
    text = zoo_here("run", "mine.py", "--help").stdout
    assert text.count("--format") == 1 and "--dpi" in text and "--show" in text


def test_plot_for_a_users_file(zoo_here, adapting, tmp_path):
    zoo_here("run", adapting, "--backend", "runtime", "--duration", "50*ms", "--out", "run")
    assert zoo_here("plot", "run").returncode == 0
    assert (tmp_path / "run/spikes.png").exists()


def test_a_file_with_only_a_model(zoo_here, tmp_path):
    (tmp_path / "bare.py").write_text(
        "from brian2 import *\nfrom zoo import Model\n"
        "class Bare(Model):\n"
        "    rate: Hz = 30*Hz\n"
        "    def build(self):\n"
        "        return Network(NeuronGroup(20, 'rate : Hz (shared, constant)', threshold='rand() < rate*dt',\n"
        "                                   name='cells'))\n"
    )
    process = zoo_here("run", "bare.py", "--rate", "100*Hz", "--backend", "runtime", "--duration", "100*ms")
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "results/bare/cells_spikes.png").exists()


def test_cache_commands(zoo_here, own_cache):
    assert zoo_here("cache").stdout == ""
    assert zoo_here("cache", "size").stdout.startswith("0 programs")
    cache.program("a" * 32, "Toy", lambda folder: (folder / "main").write_text("x"))
    assert zoo_here("cache", "list").stdout.split()[-1] == "Toy"
    assert zoo_here("cache", "clear", "--older-than", "1").stdout.startswith("removed 0 programs")
    assert zoo_here("cache", "clear").stdout.startswith("removed 1 programs")
    assert cache.entries() == []


def test_cache_clear_by_age(zoo_here, own_cache):
    """A plain number is days, anything else a time."""
    for key, hours in (("a", 40), ("b", 15), ("c", 1)):
        cache.program(key * 32, "Toy", lambda folder: (folder / "main").write_text("x"))
        used = time.time() - 3600 * hours
        os.utime(own_cache / (key * 32) / "entry.json", (used, used))
    for age, left, words in (
        ("1.5", "bc", "1 programs unused for 36 h"),
        ("12*hour", "c", "1 programs unused for 12 h"),
        ("90*minute + 0*day", "c", "0 programs"),
        ("3000*second", "", "1 programs"),
    ):
        assert words in zoo_here("cache", "clear", "--older-than", age).stdout
        assert {entry.key[0] for entry in cache.entries()} == set(left)


def test_weights_from_a_file(zoo_here, tmp_path):
    np.save(tmp_path / "zero.npy", np.zeros((50, 50)))
    np.save(tmp_path / "wrong.npy", np.zeros((50, 40)))
    (tmp_path / "text.npy").write_text("no array")
    np.savez(tmp_path / "two.npz", a=np.zeros(3))
    (tmp_path / "empty.npy").write_text("")
    assert zoo_here("run", "izhikevich_population", *SMALL, "--weights", "zero.npy").returncode == 0
    for file, word in (
        ("wrong.npy", "matrix of shape (50, 50)"),
        ("text.npy", "numpy.save"),
        ("none.npy", "none.npy"),
        ("two.npz", "numpy.save"),
        ("empty.npy", "numpy.save"),
    ):
        process = zoo_here("run", "izhikevich_population", *SMALL, "--weights", file, "--out", "bad")
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
        (["run", "izhikevich_population", "--n", "9" * 14, "--backend", "runtime"], ["2,147,483,647"]),
        (["run", "izhikevich_population", "--dt", "[1, 2]*ms"], ["dt"]),
        (["plot"], ["a result folder"]),
        (["run", "izhikevich_population", "--n", "-4"], ["n is -4"]),
        (["run", "izhikevich_population", "--n", "2.5"], ["integer"]),
        (["run", "izhikevich_population", "--duration", "1"], ["duration", "1*second"]),
        (["run", "izhikevich_population", "--duration", "1*volt"], ["duration", "1*second"]),
        (["run", "izhikevich_population", "--duration", "[1, 2]*second"], ["duration", "one number"]),
        (["run", "izhikevich_population", "--duration", "inf*second"], ["finite"]),
        (["run", "izhikevich_population", "--duration", "1/0*second"], ["zero"]),
        (["run", "izhikevich_population", "--seed", "1e3"], ["--seed", "integer", "'1e3'"]),
        (["run", "izhikevich_population", "--seed", "9" * 5000], ["--seed", "integer"]),
        (["run", "izhikevich_population", "--n", "x" * 5000], ["--n", "integer"]),
        (["run", "izhikevich_population", "--tau", "x" * 5000], ["as a quantity"]),
        (["run", "x" * 5000], ["unknown experiment"]),
        (["run", "izhikevich_population", "--" + "x" * 5000], ["unknown option"]),
        (["run", "izhikevich_population", "y" * 5000], ["options begin with --"]),
        (["run", "izhikevich_population", "--w_sd", "[1, 2]"], ["w_sd"]),
        (["run", "basal_ganglia", "--nuclei", "CTX"], ["--nuclei", "Nucleus", "Python"]),
        (["run", "izhikevich_population", "--duration", "0*ms"], ["duration"]),
        (["run", "izhikevich_population", "--seed", "x"], ["--seed"]),
        (["run", "izhikevich_population", "--seed", "-1"], ["seed"]),
        (["run", "izhikevich_population", "--backend", "cpu"], ["'cpu'", "cpp"]),
        (["run", "izhikevich_population", "--drive", "I_ext = I_1 : 1"], ["I_1"]),
        (["run", "izhikevich_population", "--out", "/dev/null/x"], ["/dev/null/x", "--out"]),
        (["run", "hh_mnist_grid", "--dataset", "digit"], ["'digit'", "digits"]),
        (["run", "hh_mnist_grid", "--train", "99999"], ["--train 1500"]),
        (["run", "hh_mnist_grid", "--epochs", "0"], ["epochs"]),
        (["plot", "nothing"], ["nothing", "run.json"]),
        (["build", "basal_ganglia"], ["--out"]),
        (["build", "basal_ganglia", "--out", "there", "--backend", "runtime"], ["runtime", "cpp"]),
        (["cache", "empty"], ["'empty'", "clear"]),
        (["cache", "clear", "--older-than", "soon"], ["soon"]),
        (["cache", "clear", "--older-than", "-1"], ["-1", "in the future"]),
        (["cache", "clear", "--older-than", "3*mV"], ["--older-than", "second"]),
        (["cache", "clear", "--older-than", "nan"], ["finite"]),
        (["cache", "clear", "--older-than", "[1, 2]"], ["--older-than", "one number"]),
        (["cache", "list", "--older-than", "3"], ["--older-than"]),
        (["build", "hh_mnist_grid", "--out", "there", "--train", "3"], ["--train", "hh_mnist_grid"]),
        (["build", "izhikevich_population", "--out", "there", "--literal"], ["--literal"]),
        (["build", "izhikevich_population", "--out", "there", "--seed", "x"], ["--seed"]),
        (["build", "izhikevich_population", "--out", "there", "--duration", "3"], ["duration", "1*second"]),
        (["plot", "nothing", "--with", "none.py"], ["nothing"]),
        (["run", "izhikevich_population", "--n", "3", "--n", "4"], ["--n is given twice"]),
        (["run", "izhikevich_population", "--n", "3", "--out", ""], ["--out is empty"]),
        (["run", "hh_mnist_grid", "--data-dir", " "], ["--data-dir is empty"]),
        (["sweep", "izhikevich_population", "--seed", "0:2", "--cluster", ""], ["--cluster is empty"]),
        (["show", "two\nlines.py"], [r"no file two\nlines.py"]),
        (["plot", "\x1b[31mred"], [r"\x1b[31mred is not a result folder"]),
        (["list", "\udcff"], ["not text in UTF-8"]),
    ],
    ids=lambda value: " ".join(value)[:80],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(zoo_here, tmp_path, arguments, words):
    process = zoo_here(*arguments)
    assert_refused(process, *words)
    assert len(process.stderr) < 600, "what was typed is not repeated at length"
    assert list(tmp_path.iterdir()) == []


def test_bad_input_as_a_person_types_it(zoo_command, tmp_path):
    assert_refused(zoo_command("run", "izhikevich_population", "--tau", "5*mV"), "tau is 5*mV", "20*ms")
    assert_refused(zoo_command("lst"), "'lst'", "list")
    assert list(tmp_path.iterdir()) == []


HEAD = "from brian2 import *\nfrom zoo import Model, simulate\nclass M(Model):\n"
BODY = "    def build(self):\n        return Network(NeuronGroup(1, 'v : 1', name='cells'))\n"
RECORD = "def record(net):\n    return []\n"
MAIN = (
    "def main(model=M(), duration=1*ms, backend='runtime', seed=0):\n"
    "    return simulate(model, duration, record, backend=backend)\n"
)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (HEAD + "    lastspike: second = 1*ms\n" + BODY, [], ["lastspike"]),
        (
            HEAD + BODY + "def record(net):\n    return [NetworkOperation(lambda: None, name='spy')]\n" + MAIN,
            ["--backend", "cpp"],
            ["'spy'"],
        ),
        (HEAD + "    def build(self):\n        return 3\nrecord = None\n" + MAIN, [], ["Network"]),
        (HEAD + BODY + "def main(model=3): pass\n", [], ["model of main in mine.py", "not 3"]),
        (HEAD + BODY + "def main(count, model=M()): pass\n", [], ["mine.py needs --count"]),
        (HEAD + BODY + "def main(model=M(), x: dict = {}): pass\n", ["--x", "3"], ["--x", "dict", "Python"]),
        (HEAD + BODY + "def main(model=M(), x: 'nothing' = 3): pass\n", [], ["annotations of main", "nothing"]),
        (HEAD + BODY + "def main(model=M(), x=1.5): pass\n", ["--x", "3*mV"], ["--x is 3*mV", "without a unit"]),
        (HEAD + BODY + "def main(model=M(), x=1.5): pass\n", ["--x", "[1, 2]"], ["--x", "one number"]),
        (HEAD + BODY + "def main(model=M(), x=2*mV): pass\n", ["--x", "[1,2]*mV"], ["x is an array", "2*mV"]),
        (HEAD + BODY + "def main(model=M()):\n    return undefined\n", [], ["mine.py, line 7", "NameError"]),
        (HEAD + BODY + "def main(model=M()):\n    open('none.txt')\n", [], ["none.txt: No such file"]),
        (HEAD + BODY + "record = 3\n" + MAIN, [], ["record of mine.py must be a function"]),
        (HEAD + "    out: int = 3\n" + BODY, [], ["the field out of M"]),
        (HEAD + BODY + RECORD + MAIN + "def plot(result):\n    return 3\n", [], ["plot of mine.py", "figures by name"]),
        (
            HEAD + BODY + RECORD + MAIN + "def plot(result):\n    return result['x']\n",
            [],
            ["mine.py, line 11", "KeyError: 'x' is not in this result"],
        ),
        (
            HEAD + BODY + RECORD + MAIN + "def plot(result):\n    return {'../x': figure()}\n",
            [],
            ["names a figure '../x'"],
        ),
    ],
)
def test_bad_files_of_users(zoo_here, tmp_path, text, options, words):
    (tmp_path / "mine.py").write_text(text)
    assert_refused(zoo_here("run", "mine.py", "--out", "out", *options), *words)
    assert not list(tmp_path.glob("out/*.png")) and not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize(
    ("plot", "names"),
    [
        ("    pass\n", []),
        ("    return Figure()\n", ["figure.png"]),
        ("    return {'a b': Figure(), 'c-1.2': Figure()}\n", ["a b.png", "c-1.2.png"]),
    ],
    ids=["nothing", "one figure", "figures by name"],
)
def test_what_plot_may_return(zoo_here, tmp_path, plot, names):
    figure = "from matplotlib.figure import Figure\n"
    (tmp_path / "mine.py").write_text(HEAD + BODY + RECORD + MAIN + figure + "def plot(result):\n" + plot)
    process = zoo_here("run", "mine.py", "--out", "out")
    assert process.returncode == 0, process.stderr
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == names


def test_annotations_and_a_model_without_default(zoo_here, tmp_path):
    """Annotations may be strings, and main may leave the model to the file."""
    (tmp_path / "mine.py").write_text(
        "from __future__ import annotations\nfrom pathlib import Path\n"
        + HEAD
        + "    tau: second = 3*ms\n"
        + BODY
        + RECORD
        + "def main(model: M, factor: float = 1.5, steps: int | None = None, file: Path | None = None,\n"
        "         word: str = 'a', wait: second = 3*ms, *rest, flag: bool = False, **more):\n"
        "    print(repr(model), factor, steps, file.name, word, wait, flag)\n"
    )
    options = [
        "--tau",
        "5*ms",
        "--factor",
        "5/2",
        "--steps",
        "7",
        "--file",
        "x.npy",
        "--word",
        "3*ms",
        "--wait",
        "1*second",
    ]
    process = zoo_here("run", "mine.py", *options, "--flag")
    assert process.stdout == "M(tau=5*ms) 2.5 7 x.npy 3*ms 1. s True\n", process.stderr


def test_a_switch_takes_true_and_false(zoo_here, tmp_path):
    """As a sweep does, and as defaults are printed; a switch that may be a path too."""
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\ndef main(flag=True, kind: bool | Path = False, n=1):\n"
        "    print(flag, kind if isinstance(kind, bool) else kind.name)\n"
    )
    for arguments, text in (
        ([], "True False"),
        (["--flag", "false", "--kind"], "False True"),
        (["--no-flag", "--kind", "file"], "False file"),
        (["--flag", "--kind=No"], "True False"),
        (["--flag=TRUE", "--no-kind"], "True False"),
    ):
        assert zoo_here("run", "mine.py", *arguments).stdout == f"{text}\n"
    assert_refused(zoo_here("run", "mine.py", "--flag", "5"), "--flag must be true or false, not '5'")


def test_a_file_with_record_and_no_main(zoo_here, tmp_path):
    (tmp_path / "mine.py").write_text(
        HEAD + BODY + "def record(net):\n    return [StateMonitor(net['cells'], 'v', record=True, name='mine')]\n"
    )
    process = zoo_here("run", "mine.py", "--backend", "runtime", "--duration", "2*ms", "--out", "out")
    assert process.returncode == 0, process.stderr
    assert set(Result.load(tmp_path / "out")) == {"mine.t", "mine.v", "mine.record"}


def test_a_file_named_like_an_experiment(zoo_here, tmp_path):
    """It is not drawn as that experiment; its own plot draws it again when it is named."""
    text = HEAD + BODY + RECORD + MAIN + "def plot(result):\n    from zoo import plots\n    return plots.figure()[0]\n"
    (tmp_path / "basal_ganglia.py").write_text(text)
    (tmp_path / "no_plot.py").write_text(HEAD + BODY)
    assert zoo_here("run", "basal_ganglia.py", "--out", "out").returncode == 0
    assert Result.load(tmp_path / "out").experiment == "basal_ganglia.py"
    (tmp_path / "out/figure.png").unlink()
    assert zoo_here("plot", "out").stdout == "", "an overview of nothing"
    assert zoo_here("plot", "out", "--with", "basal_ganglia.py").stdout == "wrote out/figure.png\n"
    assert_refused(zoo_here("plot", "out", "--with", "no_plot.py"), "no_plot.py has no function plot")


def test_a_stopped_run_is_drawn_as_far_as_it_came(zoo_here, tmp_path):
    """By its experiment when that can, else by the overview; a result that lacks something else is refused."""
    for name, figures in (("izhikevich_population", ["raster", "traces"]), ("hh_mnist_grid", ["spikes", "trace"])):
        whole = _small_result(experiment=name)
        dataclasses.replace(whole, completed=0.4).save(tmp_path / name)
        process = zoo_here("plot", name)
        assert process.stdout == "".join(f"wrote {name}/{figure}.png\n" for figure in figures), process.stderr
    _small_result(experiment="hh_mnist_grid").save(tmp_path / "broken")
    assert_refused(zoo_here("plot", "broken"), "hh_mnist_grid cannot draw the result in broken", "learned.w")


def _small_result(experiment):
    arrays = {
        "spikes.t": np.array([1.0, 3.0]) * ms,
        "spikes.i": np.array([0, 1]),
        "spikes.count": np.array([1, 1]),
        "trace.t": np.arange(4) * ms,
        "trace.record": np.array([0]),
        **{f"trace.{name}": np.ones((1, 4)) for name in "vuI"},
    }
    model = IzhikevichPopulation(n=2) if experiment == "izhikevich_population" else HHMnistGrid(n=2)
    return Result(arrays=arrays, model=model, duration=10 * ms, backend="cpp", seed=0, experiment=experiment)


def test_what_was_printed_before_a_failure_is_not_lost(tmp_path):
    (tmp_path / "mine.py").write_text(HEAD + BODY + "def main(model=M()):\n    print('before')\n    open('none.txt')\n")
    with open(tmp_path / "printed", "w") as out:
        command = [sys.executable, "-m", "zoo", "run", "mine.py"]
        process = subprocess.run(command, cwd=tmp_path, stdout=out, stderr=subprocess.PIPE, text=True)
    assert_refused(process, "none.txt: No such file")
    assert (tmp_path / "printed").read_text() == "before\n"


def test_a_full_disk_and_a_closed_pipe(tmp_path):
    """What cannot be printed is one sentence; a reader that goes away early is no error."""
    for arguments in (["list"], ["--help"], ["--version"], ["cache", "size"]):
        with open("/dev/full", "w") as full:
            process = subprocess.run(
                [sys.executable, "-m", "zoo", *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True
            )
        assert_refused(process, "the output cannot be written", "No space left")
    script = (
        "import sys; from zoo.command.main import command\n"
        "sys.modules['zoo.command.main'].usage = lambda: 'x' * 9_999_999; sys.exit(command(['--help']))"
    )
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run([sys.executable, "-c", script], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (process.returncode, process.stderr) == (0, "")


def test_debug_shows_the_traceback(zoo_here):
    with pytest.raises(ZooError, match="n is 0"):  # which Python prints
        zoo_here("run", "izhikevich_population", "--n", "0", "--debug")


def test_without_a_compiler(zoo_here, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert_refused(zoo_here("run", "basal_ganglia"), "g++", "apt-get install g++")


def ignore_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.parametrize("before", [None, ignore_ctrl_c], ids=["in front", "in the background of a script"])
def test_ctrl_c_keeps_what_was_simulated(tmp_path, before):
    command = [sys.executable, "-m", "zoo", "run", "izhikevich_population", "--n", "300", "--duration", "3000*second"]
    process = subprocess.Popen(
        [*command, "--out", "here"], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        preexec_fn=before,
    )  # fmt: skip
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
        for child in open(f"/proc/{parent}/task/{parent}/children").read().split():
            with contextlib.suppress(OSError):  # the compiler, or git, which has ended in this moment
                if open(f"/proc/{child}/comm").read().strip() == "main":
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
        [sys.executable, "-m", "zoo", "run", "izhikevich_population", "--n", "300", "--duration", "10*second"],
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
    assert "IzhikevichPopulation" in text and "of 10 s simulated" in text
    assert "elapsed" in text and "left" in text
    *_, last, blank, end = text.split("\r")
    assert "simulated" in last and blank and not blank.strip() and end == "", "the line is overwritten with blanks"


LATE = """
from brian2 import *
from zoo import Model, simulate
from zoo.engine.program import Interrupted
class Cells(Model):
    def build(self):
        return Network(NeuronGroup(2, "v : 1", name="cells"))
def record(network):
    return [StateMonitor(network["cells"], "v", record=True, name="trace")]
def main(model=Cells(), how: str = "well", backend="runtime", seed=0):
    result = simulate(model, 1*ms, record, backend=backend, seed=seed)
    if how == "fails":
        return result["no such name"]
    if how == "exits":
        raise SystemExit("done early")
    if how == "stops":
        import dataclasses
        raise Interrupted(dataclasses.replace(result, completed=0.5))
    return result
"""


def test_what_was_simulated_before_an_experiment_failed_is_kept(zoo_here, tmp_path):
    (tmp_path / "late.py").write_text(LATE)
    done = zoo_here("run", "late.py", "--how", "fails", "--out", "kept")
    assert (
        done.returncode == 2 and "the result of the simulation is in kept" in done.stderr and "KeyError" in done.stderr
    )
    assert Result.load(tmp_path / "kept")["trace.v"].shape == (2, 10)
    with pytest.raises(SystemExit, match="done early"):
        zoo_here("run", "late.py", "--how", "exits", "--out", "ended")
    assert Result.load(tmp_path / "ended")["trace.v"].shape == (2, 10)


def test_a_folder_that_holds_something_else_is_not_overwritten(zoo_here, tmp_path):
    (tmp_path / "late.py").write_text(LATE)
    (tmp_path / "other.py").write_text(LATE)
    assert zoo_here("run", "late.py", "--how", "stops", "--out", "one").returncode == 130
    again = zoo_here("run", "late.py", "--out", "one")
    assert again.returncode == 0 and "is now in one/stopped_1" in again.stderr
    assert Result.load(tmp_path / "one/stopped_1").completed == 0.5 and Result.load(tmp_path / "one").completed == 1
    assert zoo_here("run", "late.py", "--out", "one").returncode == 0  # the same again, as ever
    assert_refused(zoo_here("run", "other.py", "--out", "one"), "one holds a result of late.py", "--out")
    (tmp_path / "swept").mkdir()
    (tmp_path / "swept/sweep.json").write_text("{}")
    assert_refused(zoo_here("run", "late.py", "--out", "swept"), "swept holds a sweep", "--out")
