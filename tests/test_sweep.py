"""Sweeps: every point once, the same table however often it was stopped, and nothing lost to a point that fails."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from brian2 import ms, mV

from tests.conftest import BACKENDS, ROOT, assert_refused
from zoo import Result, Sweep, ZooError, sweep
from zoo import sweep as sweep_function
from zoo.catalogue import registry as catalogue
from zoo.sweeps import point, provenance, sweep_plots
from zoo.sweeps.sweep import make_plan

# An experiment that needs no simulation: y = x^2 + seed, and every way to fail.
SQUARES = '''
"""Squares, and ways to fail."""
import os, signal, time
from pathlib import Path
from brian2 import ms
from zoo import Model, Result


class Square(Model):
    """It is never built."""


def main(model=Square(), x: float = 1, how: str = "well", slow: float = 0, seed=0):
    print("the point", x)
    time.sleep(slow)
    if Path(__file__).with_name("mended").exists():
        how = "well"
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "hangs":
        time.sleep(1000)
    if how == "raises":
        raise ValueError("no such square")
    if how == "exits":
        os._exit(3)
    y = float("nan") if how == "nan" else x**2 + seed
    return Result({}, model, 1 * ms, "runtime", seed).with_numbers(y=y, text="is no number")
'''


@pytest.fixture
def squares(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "squares.py").write_text(SQUARES)
    return str(tmp_path / "squares.py")


def what(found):
    """A table without the times, which differ from run to run."""
    names = [name for name in found.table.dtype.names if "seconds" not in name]
    return [tuple(str(value) for value in row) for row in found.table[names].tolist()]


def test_every_combination_is_a_row(squares, tmp_path):
    found = sweep(squares, {"x": [1, 2.5], "seed": range(3)}, out=tmp_path / "out", jobs=2)
    assert found.table.dtype.names == ("index", "x", "seed", "status", "y", "seconds", "cpu_seconds")
    assert found.table["y"].tolist() == [1, 2, 3, 6.25, 7.25, 8.25] and set(found.table["status"]) == {"ok"}
    with open(tmp_path / "out/table.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["y"]) for row in rows] == [1, 2, 3, 6.25, 7.25, 8.25]
    with np.load(tmp_path / "out/table.npz", allow_pickle=False) as file:
        assert file["table"]["y"].tolist() == [1, 2, 3, 6.25, 7.25, 8.25]
    assert what(Sweep.load(tmp_path / "out")) == what(found) and not list((tmp_path / "out/logs").glob("point*"))


def test_the_same_sweep_again_runs_nothing(squares, tmp_path):
    first = sweep(squares, {"x": [1, 2]}, out=tmp_path / "out", jobs=1)
    second = sweep(squares, {"x": [1, 2]}, out=tmp_path / "out", jobs=1)
    assert first.table["seconds"].tolist() == second.table["seconds"].tolist()
    with pytest.raises(ZooError, match="another sweep"):
        sweep(squares, {"x": [1, 3]}, out=tmp_path / "out")


@pytest.mark.parametrize(
    ("how", "status", "sentence"),
    [
        ("killed", "crashed", "ended by SIGKILL"),
        ("exits", "crashed", "exit code 3"),
        ("hangs", "time limit", "longer than 1 s"),
        ("raises", "failed", "ValueError: no such square"),
        ("nan", "not finite", "y of its numbers"),
    ],
)
def test_a_point_that_fails_is_named_and_the_others_are_there(squares, tmp_path, how, status, sentence):
    out = tmp_path / "out"
    points = [{"x": x, "how": "well" if x != 2 else how} for x in range(5)]
    found = sweep(squares, points=points, out=out, jobs=2, time_limit=1)
    assert found.table["status"].tolist() == ["ok", "ok", status, "ok", "ok"]
    assert found.table["y"][[0, 1, 3, 4]].tolist() == [0, 1, 9, 16] and np.isnan(found.table["y"][2])
    log = (out / "logs/point_00002.log").read_text()
    assert sentence in log and "the point 2" in log
    (failed,) = found.failed
    assert failed["index"] == 2 and sentence in failed["error"]

    # What was wrong is mended: only this point is run again, and the table is that of an unbroken run.
    (tmp_path / "mended").touch()
    before = found.table["seconds"]
    again = Sweep.load(out)
    again.run(jobs=1, tell=lambda text: None)
    assert again.table["y"].tolist() == [0, 1, 4, 9, 16] and not again.failed
    assert again.table["seconds"][[0, 1, 3, 4]].tolist() == before[[0, 1, 3, 4]].tolist()
    assert what(Sweep.load(out)) == what(again) and not (out / "logs/point_00002.log").exists()


@pytest.mark.parametrize("changed", ["the file", "a file it imports", "a version"])
def test_records_of_two_versions_do_not_mix(squares, tmp_path, monkeypatch, changed):
    (tmp_path / "factors.py").write_text("FACTOR = 1\n")
    text = SQUARES.replace("import os,", "from factors import FACTOR\nimport os,").replace(
        "y = float", "y = FACTOR * float"
    )
    (tmp_path / "squares.py").write_text(text.replace("else x**2", "else FACTOR * x**2"))
    out = tmp_path / "out"
    plan = make_plan(squares, {"x": [1, 2, 3]})
    begun = Sweep.create(out, plan)
    begun.run(part=(0, 2), tell=print)
    if changed == "the file":
        (tmp_path / "squares.py").write_text(SQUARES.replace("else x**2", "else 10 * x**2"))
    elif changed == "a file it imports":
        (tmp_path / "factors.py").write_text("FACTOR = 10\n")
    else:
        versions = {**provenance.versions(), "brian2": "1.0"}
        monkeypatch.setattr(provenance, "versions", lambda: versions)
    words = {"the file": "squares.py changed", "a file it imports": "factors.py changed"}.get(
        changed, "brian2 was .* and is 1.0"
    )
    for go_on in (lambda: Sweep.load(out).run(), lambda: sweep(squares, {"x": [1, 2, 3]}, out=out, jobs=1)):
        with pytest.raises(ZooError, match=f"{words}.*--again"):
            go_on()
    assert Sweep.load(out).table["status"].tolist() == ["ok", "missing", "ok"]  # what is there can still be read
    found = sweep(squares, {"x": [1, 2, 3]}, out=out, jobs=1, again=True)
    factor = 1 if changed == "a version" else 10
    assert found.table["y"].tolist() == [factor, 4 * factor, 9 * factor]
    assert Sweep.load(out).run(tell=print) is None and list((out / "journal.old").iterdir())


def test_two_experiments_with_a_neighbour_of_the_same_name(tmp_path):
    """Swept one after the other in one session, each has its numbers."""
    for factor in (1, 10, 1):
        folder = tmp_path / f"times_{factor}"
        folder.mkdir(exist_ok=True)
        (folder / "factors.py").write_text(f"FACTOR = {factor}\n")
        (folder / f"by_{factor}.py").write_text(
            "from factors import FACTOR\n" + SQUARES.replace("else x**2", "else FACTOR * x**2")
        )
        catalogue.experiment(str(folder / f"by_{factor}.py"))
        found = sweep(
            str(folder / f"by_{factor}.py"), {"x": [1, 2]}, out=folder / "out", jobs=1, again=(folder / "out").exists()
        )
        assert found.table["y"].tolist() == [factor, 4 * factor]


def test_a_worker_with_another_file_says_so(squares, tmp_path):
    spec = {**make_plan(squares, {"x": [1, 2]}).spec(0, tmp_path), "files": {"squares.py": "another"}}
    record = point.run(spec, {})
    assert record["status"] == "failed" and "squares.py changed" in record["error"]


def test_what_was_simulated_before_a_point_failed_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "late.py").write_text(
        "from brian2 import *\nfrom zoo import Model, simulate\n"
        "class Cells(Model):\n    def build(self):\n        return Network(NeuronGroup(2, 'v : 1', name='cells'))\n"
        "def main(model=Cells(), x: float = 1, backend='runtime', seed=0):\n"
        "    simulate(model, 1*ms, lambda net: [StateMonitor(net['cells'], 'v', record=True, name='trace')], backend=backend)\n"
        "    if x == 3:\n        raise SystemExit('done early')\n"
        "    return 1/(x - 1)\n"
    )
    found = sweep("late.py", {"x": [1, 2, 3]}, out=tmp_path / "out", jobs=1)
    assert found.table["status"].tolist() == ["failed", "ok", "failed"]
    assert "done early" in found.failed[1]["error"] and "points/00002" in found.failed[1]["error"]
    assert "ZeroDivisionError" in found.failed[0]["error"] and "points/00000" in found.failed[0]["error"]
    assert Result.load(tmp_path / "out/points/00000")["trace.v"].shape == (2, 10)
    assert not (tmp_path / "out/points/00001").exists()


def test_a_point_does_not_find_what_another_has_set(tmp_path, monkeypatch):
    """Module settings, class attributes, dictionaries and lists, of the file and of one beside it: y counts those that are set."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beside.py").write_text("FACTOR = 0\nclass Options:\n    on = 0\n")
    (tmp_path / "setting.py").write_text(
        "import beside\nfrom zoo import Result\nSETTINGS = {}\nORDER = []\nN = 0\n"
        "def main(strong=False):\n    global N\n    if strong:\n        SETTINGS['a'] = N = beside.FACTOR = beside.Options.on = 1\n"
        "        ORDER.append(1)\n        beside.Options.new = 1\n"
        "    found = [len(SETTINGS), N, beside.FACTOR, beside.Options.on, len(ORDER), hasattr(beside.Options, 'new')]\n"
        "    return Result({}, None, 1, 'runtime', 0).with_numbers(y=sum(found))\n"
    )
    found = sweep("setting.py", {"strong": [True, False, True]}, out=tmp_path / "out", jobs=1)
    assert found.table["y"].tolist() == [6, 0, 6]


def start(*arguments, **options):
    """`zoo sweep` in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", "zoo", "sweep", *map(str, arguments)], env=environment, **options)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happens"
        time.sleep(0.02)


def lines(folder):
    return [line for path in (folder / "journal").glob("*.jsonl") for line in path.read_text().splitlines()]


def processes_of(folder):
    """The processes that have the folder among their arguments."""
    found = []
    for path in os.listdir("/proc"):
        try:
            with open(f"/proc/{path}/cmdline", "rb") as file:
                if str(folder).encode() in file.read() and path.isdigit() and int(path) != os.getpid():
                    found.append(int(path))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_a_sweep_that_is_killed_goes_on(squares, tmp_path, signal_number):
    out = tmp_path / "out"
    unbroken = sweep(squares, {"x": range(12), "slow": [0.1]}, out=tmp_path / "unbroken", jobs=2)
    process = start(squares, "--x", "0:12", "--slow", "0.1", "--out", out, "--jobs", 2, stderr=subprocess.PIPE)
    wait_for(lambda: out.exists() and len(lines(out)) >= 3)
    process.send_signal(signal_number)
    process.communicate()
    assert process.returncode == (-9 if signal_number == signal.SIGKILL else 130)
    done = Sweep.load(out)
    assert 3 <= len(done.records) < 12
    wait_for(lambda: not processes_of(out))  # the workers do not outlive it
    resumed = start("--resume", out, "--jobs", 2, stdout=subprocess.PIPE, text=True)
    text, _ = resumed.communicate()
    assert resumed.returncode == 0 and "12 of 12 points" in text
    found = Sweep.load(out)
    assert what(found) == what(unbroken)
    kept = list(done.records)
    assert found.table["seconds"][kept].tolist() == done.table["seconds"][kept].tolist(), "these were not run again"


def test_a_sweep_is_resumed_with_what_it_was_begun_with(squares, tmp_path, zoo_here):
    """The command that began it with --resume added, or --resume alone; anything else is refused and changes nothing."""
    begin = ("squares.py", "--x", "0:3", "--how", "well,raises", "--keep")
    assert zoo_here("sweep", *begin, "--out", "out").returncode == 1
    (tmp_path / "other.py").write_text(SQUARES)
    before = what(Sweep.load("out"))
    for arguments, words in (
        (("squares.py", "--x", "0:4", "--how", "well,raises", "--keep"), ("other options", "zoo sweep --resume out")),
        (("squares.py", "--x", "0:3"), ("other options",)),
        (begin[:-1], ("other options",)),
        (("other.py", *begin[1:]), ("is one of", "squares.py", "not of other.py")),
        (("other.py",), ("not of other.py",)),
    ):
        assert_refused(zoo_here("sweep", *arguments, "--resume", "out"), *words)
    assert what(Sweep.load("out")) == before
    for number, arguments in enumerate((begin, ("squares.py",), ())):
        (tmp_path / "mended").touch()
        process = zoo_here("sweep", *arguments, "--resume", "out", "--jobs", "1", *["--again"] * (number > 0))
        assert process.returncode == 0, process.stderr
        assert Sweep.load("out").table["y"].tolist() == [0, 1, 4, 0, 1, 4]


SWEPT = '''
"""An experiment that is a sweep."""
from pathlib import Path
from zoo import sweep


def main(x: str = "0:3", file: Path = None, jobs: int = 1, out: Path = None):
    sweep(str(Path(__file__).with_name("squares.py")), {"x": x, "how": ["well", "raises"]}, out=out / "sweep", jobs=jobs)
'''


def test_a_run_that_is_a_sweep_is_resumed_with_its_options(squares, tmp_path, zoo_here, monkeypatch):
    """As `zoo sweep --resume`: from any folder, without a name, and what does not fit is refused."""
    for name in ("swept.py", "other.py"):
        (tmp_path / name).write_text(SWEPT)
    (tmp_path / "elsewhere").mkdir()
    assert zoo_here("run", "swept.py", "--x", "1:4", "--file", "a.txt", "--out", "out").returncode == 0
    assert Sweep.load("out/sweep").failed
    note = (tmp_path / "out/experiment.json").read_text()
    for arguments, words in (
        (("swept.py", "--x", "0:3"), ("--x is 0:3", "begun with 1:4", "leave it out")),
        (("swept.py", "--file", "b.txt"), ("--file is", "b.txt", "a.txt")),
        (("other.py",), ("begun by", "swept.py", "not by other.py")),
        (("izhikevich",), ("not by izhikevich",)),
    ):
        assert_refused(zoo_here("run", *arguments, "--resume", "out"), *words)
    assert_refused(zoo_here("run", "swept.py", "--out", "out"), "another sweep")
    assert (tmp_path / "out/experiment.json").read_text() == note, "a refused run does not change what was begun"
    assert_refused(zoo_here("run", "izhikevich", "--resume", "elsewhere"), "nothing that izhikevich could continue")
    assert_refused(zoo_here("run", "--resume", "elsewhere"), "zoo run NAME --resume elsewhere")
    assert_refused(zoo_here("run", "--resume"), "after it")
    (tmp_path / "mended").touch()
    monkeypatch.chdir(tmp_path / "elsewhere")
    process = zoo_here("run", f"--resume={tmp_path / 'out'}", "--jobs", "2")
    assert process.returncode == 0, process.stderr
    found = Sweep.load(tmp_path / "out/sweep")
    assert found.table["y"].tolist() == [1, 1, 4, 4, 9, 9] and not list((tmp_path / "elsewhere").iterdir())


def test_a_worker_that_is_killed_from_outside_loses_one_point(squares, tmp_path):
    out = tmp_path / "out"
    process = start(squares, "--x", "0:8", "--slow", "0.3", "--out", out, "--jobs", 1)
    wait_for(lambda: out.exists() and len(lines(out)) >= 2)
    (worker,) = [pid for pid in processes_of(out) if pid != process.pid]
    os.kill(worker, signal.SIGKILL)
    assert process.wait() == 1
    found = Sweep.load(out)
    assert len(found.failed) == 1 and found.failed[0]["status"] == "crashed" and len(found.records) == 8


def test_a_full_disk_ends_it_with_a_sentence_and_keeps_what_is_there(squares, tmp_path, monkeypatch):
    out, count = tmp_path / "out", 0
    real = sys.modules[sweep_function.__module__]._Journal.add

    def add(self, record):
        nonlocal count
        count += 1
        if count == 3:
            self.file.write('{"index": 2, "stat')  # what still fitted
            self.file.flush()
            raise OSError(28, "No space left on device")
        real(self, record)

    monkeypatch.setattr(sys.modules[sweep_function.__module__]._Journal, "add", add)
    with pytest.raises(ZooError, match="No space left on device"):
        sweep(squares, {"x": range(5)}, out=out, jobs=1)
    monkeypatch.undo()
    assert len(Sweep.load(out).records) == 2
    assert sweep(squares, {"x": range(5)}, out=out, jobs=1).table["y"].tolist() == [0, 1, 4, 9, 16]


def test_two_processes_do_not_run_the_same_points(squares, tmp_path):
    out = tmp_path / "out"
    process = start(squares, "--x", "0:3", "--slow", "5", "--out", out)
    wait_for(lambda: (out / ".lock-0-1").exists())
    with pytest.raises(ZooError, match="another process runs"):
        Sweep.load(out).run(tell=print)
    process.kill()
    process.wait()


@pytest.mark.slow
def test_the_array_of_slurm_tasks_makes_the_same_table(squares, tmp_path):
    out = tmp_path / "out"
    assert start(squares, "--x", "0:5", "--out", out, "--emit", "slurm", "--jobs", 2).wait() == 0
    script = (out / "sweep.slurm").read_text()
    assert "#SBATCH --array=0-1\n" in script and subprocess.run(["bash", "-n", out / "sweep.slurm"]).returncode == 0
    (tmp_path / "zoo").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m zoo "$@"\n')
    (tmp_path / "zoo").chmod(0o755)
    for task in "01":
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_ARRAY_TASK_ID": task}
        subprocess.run(["bash", out / "sweep.slurm"], env=environment, check=True, stdout=subprocess.DEVNULL)
        assert sorted(Sweep.load(out).records) == ([0, 2, 4] if task == "0" else [0, 1, 2, 3, 4])
    assert Sweep.load(out).table["y"].tolist() == [0, 1, 4, 9, 16]


def test_a_result_folder_for_every_point(squares, tmp_path):
    sweep(squares, {"x": [1, 2]}, out=tmp_path / "out", jobs=1, keep=True)
    record = json.loads((tmp_path / "out/points/00001/run.json").read_text())
    assert record["numbers"]["y"] == 4


WRITES = '''
"""An experiment that writes a file by a relative path, as many do."""
from pathlib import Path
from brian2 import ms
from zoo import Model, Result


class Writer(Model):
    """It is never built."""


def main(model=Writer(), x: int = 1, given: Path = None, read: str = ""):
    Path("figure.txt").write_text(f"x = {x}")
    text = given.read_text() if given else open(read).read() if read else ""
    return Result({}, model, 1 * ms, "runtime", 0).with_numbers(length=len(text))
'''


@pytest.mark.parametrize("keep", [True, False], ids=["keep", "scratch"])
def test_files_of_two_points_do_not_meet(tmp_path, zoo_here, keep):
    """With --keep each point has what it wrote; without, nothing is left in the working directory."""
    (tmp_path / "writes.py").write_text(WRITES)
    (tmp_path / "figure.txt").write_text("mine")
    process = zoo_here("sweep", "writes.py", "--x", "0:3", "--given", "figure.txt", *["--keep"] * keep)
    assert process.returncode == 0, process.stderr
    out = tmp_path / "results/writes_sweep"
    assert Sweep.load(out).table["length"].tolist() == 3 * [4], "options are paths from here"
    assert Sweep.load(out).plan.common["given"] == str(tmp_path / "figure.txt"), "and from any folder later"
    written = {path.parent.name: path.read_text() for path in out.glob("points/*/figure.txt")}
    assert written == ({f"0000{x}": f"x = {x}" for x in range(3)} if keep else {})
    assert (tmp_path / "figure.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure.txt", "results", "writes.py"]


def test_a_switch_that_may_be_a_path_stays_a_switch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    axes = {"seed": "0:2", "train": 10}
    given = {text: make_plan("hh_mnist_grid", axes, common={"pretrained": text}) for text in ("true", "grid.npz")}
    found = {text: plan.common["pretrained"] for text, plan in given.items()}
    assert found == {"true": "true", "grid.npz": str(tmp_path / "grid.npz")}


def test_a_file_that_an_experiment_reads_by_a_relative_path_is_named(tmp_path, zoo_here):
    (tmp_path / "writes.py").write_text(WRITES)
    (tmp_path / "data.txt").write_text("abc")
    process = zoo_here("sweep", "writes.py", "--x", "1,2", "--read", "data.txt")
    assert process.returncode == 1
    (first, _) = Sweep.load(tmp_path / "results/writes_sweep").failed
    assert f"data.txt is in {tmp_path}" in first["error"] and "option of type Path" in first["error"]
    assert_refused(zoo_here("run", "writes.py", "--read", "data.txt", "--out", "there"), "data.txt is in", "Path")
    assert "none.txt: No such file" in zoo_here("run", "writes.py", "--read", "none.txt", "--out", "there").stderr
    assert zoo_here("run", "writes.py", "--read", "data.txt").returncode == 0, "without --out it runs here"


def test_a_table_for_pandas(squares, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = sweep(squares, {"x": [1, 2]}, out=tmp_path / "out", jobs=1).frame()
    assert isinstance(frame, pandas.DataFrame) and frame["y"].tolist() == [1, 4]


def test_a_parameter_with_the_name_of_an_option(tmp_path, zoo_here):
    """An experiment of its own `jobs` and `keep`: both can be swept, and it is said whose a plain --jobs is."""
    (tmp_path / "workers.py").write_text(SQUARES.replace("x: float = 1", "x: float = 1, jobs=1, keep: bool = False"))
    process = zoo_here("sweep", "workers.py", "--set", "jobs=2,3", "--set=keep=true,false", "--jobs", "1", "--x", "2")
    assert (
        process.returncode == 0
        and "--jobs is the option of zoo sweep; set that of workers.py with --set jobs=" in process.stderr
    )
    found = Sweep.load(tmp_path / "results/workers_sweep")
    assert found.table["jobs"].tolist() == [2, 2, 3, 3] and found.plan.common == {"x": "2"} and not found.plan.keep
    assert found.table["y"].tolist() == 4 * [4]
    process = zoo_here("sweep", "workers.py", "--set", "jobs=2,3", "--out", "again")
    assert process.returncode == 0 and not process.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("squares.py", "--set", "x"), "FIELD=AXIS"),
        (("squares.py", "--set"), "FIELD=AXIS"),
        (("squares.py", "--set", "z=1"), "z"),
        (("squares.py", "--set", "x=1", "--x", "2"), "twice"),
        (("squares.py", "--set", "x=1", "--set", "x=2"), "twice"),
        (("--resume", "nowhere", "--set", "x=1"), "--x needs the name"),
        ((), "needs the name"),
        (("squares.py",), "has no axis"),
        (("squares.py", "--z", "1"), "--z"),
        (("squares.py", "--x", "1*mV,2*mV"), "x"),
        (("squares.py", "--seed", "1.5"), "integer"),
        (("squares.py", "--x", "1,2", "--seed", "0:3", "--paired"), "the same number of values"),
        (("squares.py", "--x", "1,2", "--part", "2/2"), "K/N"),
        (("squares.py", "--x", "1,2", "--jobs", "0"), "at least 1"),
        (("squares.py", "--x", "1,2", "--time_limit", "-1"), "above 0"),
        (("squares.py", "--x", "1,2", "--time_limit", "1*mV"), "time_limit"),
        (("squares.py", "--x", "1,2", "--emit", "pbs"), "slurm"),
        (("squares.py", "--x", "1,2", "--cluster", "cloud"), "local"),
        (("squares.py", "--points", "none.csv"), "cannot be read"),
        (("--resume", "nowhere"), "no sweep.json"),
        (("--resume", "nowhere", "--x", "1"), "unknown option '--x'"),
        (("squares.py", "--x", "1,2", "--resume", "nowhere"), "no sweep.json"),
        (("squares.py", "--x", "1,2", "--again"), "--resume"),
        (("no_such",), "no_such"),
    ],
)
def test_bad_input_is_one_sentence(squares, zoo_here, arguments, words):
    assert_refused(zoo_here("sweep", *arguments), words)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": 1}', '{"format": 99}', "\0", '{"format": 1, "names": ["x"], "points": [{}]}']
)
def test_a_damaged_plan_is_one_sentence(tmp_path, text):
    (tmp_path / "sweep.json").write_text(text)
    with pytest.raises(ZooError, match="cannot be read") as error:
        Sweep.load(tmp_path)
    assert "\n" not in str(error.value)


def test_lines_of_a_journal_that_nobody_wrote_are_left_out(squares, tmp_path):
    found = sweep(squares, {"x": [1, 2]}, out=tmp_path / "out", jobs=1)
    rubbish = [
        "{",
        "[]",
        "null",
        "7",
        '{"index": 99}',
        '{"index": true, "status": "ok"}',
        '{"index": 0, "status": "fine"}',
    ]
    record = {"index": 1, "status": "failed", "error": "", "numbers": {}, "seconds": {}, "cpu_seconds": 0}
    (tmp_path / "out/journal/zzz.jsonl").write_text("\n".join([*rubbish, json.dumps(record)]) + '\n{"index": 1, "sta')
    assert what(Sweep.load(tmp_path / "out")) == what(found), "and a later failure takes no numbers away"


def test_numbers_of_any_name_have_a_column(squares, tmp_path):
    """One that another column has, the empty one, and one that is no text in UTF-8."""
    found = sweep(squares, {"x": [1, 2]}, out=tmp_path / "out", jobs=1)
    names = ["x", "seconds", "index", "", "\ud800"]
    for record in found.records.values():
        record["numbers"] = {name: float(number) for number, name in enumerate(names)}
    (tmp_path / "out/journal/zzz.jsonl").write_text(
        "".join(json.dumps(record) + "\n" for record in found.records.values())
    )
    for path in (tmp_path / "out/journal").glob("1*.jsonl"):
        path.unlink()
    again = Sweep.load(tmp_path / "out")
    again.write_table()
    assert again.table.dtype.names == (
        *("index", "x", "status", "result_x", "result_seconds", "result_index", "result_", "?", "seconds", "cpu_seconds"),
    )  # fmt: skip
    assert again.table["x"].tolist() == [1, 2] and again.table["result_seconds"].tolist() == [1, 1]
    with np.load(tmp_path / "out/table.npz", allow_pickle=False) as file:
        assert file["table"]["?"].tolist() == [4, 4]


@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
def test_the_numbers_are_those_of_single_runs(tmp_path, zoo_here):
    """With programs that stay open, of two structures, a data field and the seed."""
    axes = {"n": [20, 30], "I_0": [5, 9], "seed": [0, 1]}
    options = {"duration": "60*ms"}
    found = sweep("izhikevich_population", axes, common=options, out=tmp_path / "out", jobs=2)
    assert found.units == {} and (found.table["status"] == "ok").all() and found.table["mean_rate_hz"].max() > 0
    for row in found.table[[1, 6]]:
        single = ("--n", row["n"], "--I_0", row["I_0"], "--seed", row["seed"], "--duration", "60*ms", "--out", "single")
        assert zoo_here("run", "izhikevich_population", *single).returncode == 0
        numbers = json.loads((tmp_path / "single/run.json").read_text())["numbers"]
        assert numbers["mean_rate_hz"] == row["mean_rate_hz"]


@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
def test_workers_leave_nothing_behind(tmp_path, monkeypatch):
    """Neither the folders of their programs nor processes: each sees that there is nothing more to do, also beside others."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    options = ("--seed", "0:4", "--n", "20", "--duration", "20*ms", "--out", tmp_path / "out", "--jobs", "3")
    assert start("izhikevich_population", *options).wait() == 0
    assert not list((tmp_path / f"brian2-zoo-{os.getuid()}").glob("*")) and not processes_of(tmp_path / "out")


def test_figures(squares, tmp_path, zoo_here):
    for name, axes, panels in (
        ("line", {"x": [1, 2, 3], "seed": [0, 1]}, 1),
        ("map", {"x": [1, 2, 3], "slow": [0, 0.01, 0.02]}, 2),
        ("lines", {"x": [1, 2, 3], "slow": [0, 0.01], "how": ["well", "good"]}, 2),
        ("spread", {"seed": [0, 1, 2]}, 1),
    ):
        found = sweep(squares, axes, out=tmp_path / name, jobs=1)
        figures = sweep_plots.figures(found)
        assert list(figures) == ["y"] and len(figures["y"].axes) == panels
        assert zoo_here("plot", name).returncode == 0 and (tmp_path / name / "y.png").stat().st_size > 5000
    assert_refused(zoo_here("plot", "line", "--with", "squares.py"), "that of a sweep")


WORKED = """
from brian2 import *
from zoo import Model, Result, sweep
class Cells(Model):
    drive: volt = 20*mV  # resting drive; of all cells
    tau: second = 10*ms
def main(model=Cells(), seed=0):
    return Result({}, model, 1*ms, "runtime", seed).with_numbers(rate_hz=float(model.drive/model.tau))
"""


def test_figures_have_the_units_that_were_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "worked.py").write_text(WORKED)
    found = sweep("worked.py", {"drive": "10:30*mV:3", "tau": [5, 10, 20, 30] * ms}, out="out", jobs=1)
    assert [point["drive"] for point in found.plan.points[::4]] == ["10*mV", "20*mV", "30*mV"]
    assert (
        found.units == {"drive": "volt", "tau": "second"} and found.table["drive"][0] == 0.01
    )  # the table is in SI units
    axes = sweep_plots.figures(found)["rate_hz"].axes[0]
    assert {axes.get_xlabel(), axes.get_ylabel()} == {"tau (ms)", "resting drive (mV)"}
    ticks = {axes.get_xlabel(): axes.get_xticks().tolist(), axes.get_ylabel(): axes.get_yticks().tolist()}
    assert ticks == {"tau (ms)": [5, 10, 20, 30], "resting drive (mV)": [10, 20, 30]}


def test_zoo_plot_of_an_experiment_that_is_a_sweep(tmp_path, zoo_here):
    (tmp_path / "worked.py").write_text(WORKED)
    (tmp_path / "swept.py").write_text(
        "from pathlib import Path\nfrom zoo import plots, sweep\nfrom zoo.sweeps import sweep_plots\n"
        "def main(out: Path = None):\n"
        "    found = sweep('../worked.py', {'seed': range(3)}, out=out/'sweep', jobs=1)\n    plots.save(plot(found), out)\n"
        "def plot(found):\n    return {'mine': next(iter(sweep_plots.figures(found).values()))}\n"
    )
    assert zoo_here("run", "swept.py", "--out", "folder", "--format", "pdf").returncode == 0
    assert (tmp_path / "folder/mine.pdf").exists() and not (tmp_path / "folder/mine.png").exists()
    assert zoo_here("plot", "folder").returncode == 0 and (tmp_path / "folder/rate_hz.png").exists()
    assert zoo_here("plot", "folder", "--format", "svg").stdout == "wrote folder/rate_hz.svg\n"
    assert zoo_here("plot", "folder", "--with", "swept.py").returncode == 0 and (tmp_path / "folder/mine.png").exists()


def test_units_stand_in_the_table(tmp_path):
    (tmp_path / "volts.py").write_text(
        SQUARES.replace("x: float = 1", "x=1*mV").replace("x**2", "1e3*float(x)").replace("import ms", "import ms, mV")
    )
    found = sweep(str(tmp_path / "volts.py"), {"x": "0:2*mV:3"}, out=tmp_path / "out", jobs=1)
    assert (
        found.units == {"x": "volt"}
        and np.allclose(found.table["x"], [0, 1e-3, 2e-3])
        and found.table["y"].tolist() == [0, 1, 2]
    )
    assert (tmp_path / "out/table.csv").read_text().startswith("index,x (volt),")


def test_a_plan_checks_its_values(squares):
    with pytest.raises(ZooError, match="integer"):
        make_plan(squares, {"seed": ["0", "x"]})
    assert make_plan(squares, {"x": 2 * [1.5], "seed": "3"}).common == {"seed": "3"}
    with pytest.raises(ZooError, match="x"):
        make_plan(squares, {"x": [1 * mV]})
