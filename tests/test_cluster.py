"""Sweeps on Dask: a real scheduler and workers on loopback, which are killed."""

import hashlib
import os
import shlex
import signal
import subprocess
import sys
import types

import pytest

from tests.conftest import BACKENDS, ROOT, assert_refused
from tests.test_sweep import SQUARES, lines, start, wait_for, what
from zoo import Sweep, ZooError, sweep
from zoo.build import cache, compiler
from zoo.engine.project import from_sources
from zoo.sweeps.cluster import write_slurm

distributed = pytest.importorskip("distributed", reason="needs dask[distributed]")


@pytest.fixture
def squares(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "squares.py").write_text(SQUARES)
    return str(tmp_path / "squares.py")


class Cluster:
    """A scheduler and workers as processes of their own."""

    def __init__(self, folder):
        self.folder, self.workers = folder, []
        self.file = folder / "scheduler.json"
        self.scheduler = self._process("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                       "--scheduler-file", self.file)  # fmt: skip
        wait_for(lambda: self.file.exists() and self.file.stat().st_size)

    def add_worker(self, **environment):
        self.workers.append(self._process("dask_worker", "--scheduler-file", self.file, "--nthreads", "1", "--no-nanny",
                                          "--no-dashboard", "--local-directory", self.folder, **environment))  # fmt: skip

    def _process(self, module, *arguments, **environment):
        command = [sys.executable, "-m", f"distributed.cli.{module}", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        with open(self.folder / f"{module}_{len(self.workers)}.log", "wb") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def close(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    found = Cluster(tmp_path)
    yield found
    found.close()


def test_the_same_table_on_a_cluster(squares, tmp_path):
    out = tmp_path / "out"
    assert start(squares, "--x", "0:6", "--how", "well", "--out", out, "--cluster", "local", "--jobs", 2).wait() == 0
    assert what(Sweep.load(out)) == what(sweep(squares, {"x": range(6), "how": "well"}, out=tmp_path / "here", jobs=1))


@pytest.mark.slow  # tests/test_sweep.py has these points in worker processes
def test_a_point_that_fails_on_a_cluster(squares, tmp_path):
    out = tmp_path / "out"
    (tmp_path / "points.csv").write_text("x,how\n0,well\n1,killed\n2,hangs\n3,raises\n4,well\n")
    arguments = ("--points", "points.csv", "--time_limit", "1", "--out", out, "--cluster", "local", "--jobs", 2)
    assert start(squares, *arguments).wait() == 1
    found = Sweep.load(out)
    assert found.table["status"].tolist() == ["ok", "crashed", "time limit", "failed", "ok"]
    assert "SIGKILL" in (out / "logs/point_00001.log").read_text()


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing(squares, tmp_path, cluster):
    cluster.add_worker()
    cluster.add_worker()
    out = tmp_path / "out"
    process = start(squares, "--x", "0:12", "--slow", "0.3", "--out", out, "--scheduler-file", cluster.file)
    wait_for(lambda: out.exists() and len(lines(out)) >= 3)
    cluster.workers[0].send_signal(signal.SIGKILL)
    assert process.wait() == 0
    assert Sweep.load(out).table["y"].tolist() == [x**2 for x in range(12)]


@pytest.mark.slow
def test_a_scheduler_that_is_killed_ends_it_with_a_sentence_and_keeps_what_is_there(squares, tmp_path, cluster):
    cluster.add_worker()
    out = tmp_path / "out"
    arguments = (squares, "--x", "0:40", "--slow", "0.2", "--out", out, "--scheduler-file", cluster.file)
    process = start(*arguments, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: out.exists() and len(lines(out)) >= 3)
    cluster.scheduler.send_signal(signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2 and "scheduler" in said and "Traceback" not in said, said
    kept = Sweep.load(out).records
    assert 3 <= len(kept) < 40
    Sweep.load(out).run(jobs=2, tell=lambda text: None)
    found = Sweep.load(out)
    assert found.table["y"].tolist() == [x**2 for x in range(40)]
    assert all(found.records[index] == record for index, record in kept.items())


@pytest.fixture
def without_compiler(tmp_path, cluster):
    """The cache of a worker that finds no compiler."""
    (tmp_path / "empty").mkdir()
    cluster.add_worker(PATH=str(tmp_path / "empty"), ZOO_CACHE=str(tmp_path / "its cache"))
    return tmp_path / "its cache"


NETWORK = ("izhikevich_population", {"n": [20, 30], "I_0": [5, 9]})


@pytest.mark.slow
@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
def test_a_worker_without_a_compiler_gets_its_programs(tmp_path, cluster, without_compiler, own_cache):
    """Two structures, four points: the sources come here once for each, and the numbers are those of this machine."""
    common = {"duration": "60*ms"}
    with distributed.Client(scheduler_file=str(cluster.file)) as client:
        found = sweep(*NETWORK, common=common, out=tmp_path / "out", client=client)
    assert found.table["status"].tolist() == 4 * ["ok"]
    programs = {entry.key: (entry.folder / "main").read_bytes() for entry in cache.entries()}
    sent = list(without_compiler.glob("*/main"))
    assert len(sent) == 2 and {path.parent.name: path.read_bytes() for path in sent} == programs
    assert all(path.stat().st_mode & 0o777 == 0o700 for path in sent)
    here = sweep(*NETWORK, common=common, out=tmp_path / "here", jobs=1)
    assert what(here) == what(found) and found.table["mean_rate_hz"].max() > 0


OTHER_KINDS = [({"processor": 64 * "0"}, "another type of processor"), ({"libc": ["glibc", "99.1"]}, "glibc 99.1")]


@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
@pytest.mark.parametrize(("changed", "words"), OTHER_KINDS)
def test_a_machine_of_another_kind_borrows_no_compiler(monkeypatch, changed, words):
    lender = compiler.described() | changed
    monkeypatch.setenv("PATH", "/nowhere")
    with compiler.borrowed(lender), pytest.raises(ZooError, match=f"{words}.*install g\\+\\+"):
        compiler.is_borrowed()


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "words"), OTHER_KINDS)
def test_a_worker_of_another_kind_says_what_it_needs(tmp_path, cluster, without_compiler, monkeypatch, changed, words):
    lender = compiler.described() | changed
    monkeypatch.setattr(compiler, "described", lambda: lender)
    with distributed.Client(scheduler_file=str(cluster.file)) as client:
        found = sweep(
            NETWORK[0], {"seed": [1, 2]}, common={"n": 20, "duration": "60*ms"}, out=tmp_path / "out", client=client
        )
    errors = [record["error"] for record in found.failed]
    assert len(errors) == 2 and all(words in error and "install g++" in error and "\n" not in error for error in errors)
    assert not without_compiler.exists()


def test_a_program_that_was_damaged_on_its_way_is_not_kept(own_cache):
    sent = {"key": 32 * "a", "model": "Model", "content": b"program", "sha256": hashlib.sha256(b"program").hexdigest()}
    for change in ({"content": b"another"}, {"key": "../../elsewhere"}):
        with pytest.raises(ZooError, match="damaged"):
            cache.receive(**{**sent, **change})
    assert not own_cache.exists()
    assert cache.receive(**sent).read_bytes() == b"program"


@pytest.mark.parametrize("path", ["../../elsewhere.cpp", "/tmp/elsewhere.cpp", "main.cpp"])
def test_sources_that_a_worker_has_made_up_are_refused(own_cache, path):
    request = {"key": 32 * "a", "model": "Model", "also": [], "sources": {path: "int main() {}"}}
    with pytest.raises(ZooError, match="outside their folder|do not match its key"):
        from_sources(request)
    assert not own_cache.exists()


def test_no_scheduler_is_one_sentence(squares, tmp_path, zoo_here, monkeypatch):
    monkeypatch.setattr("zoo.sweeps.cluster._PATIENCE", 1)
    for option in (
        ("--scheduler", "tcp://127.0.0.1:9"),
        ("--scheduler-file", "none.json"),
        ("--scheduler", "nonsense"),
    ):
        process = zoo_here("sweep", squares, "--x", "1,2", *option)
        assert_refused(process, "no Dask scheduler answers")


def test_dask_is_named_where_it_is_missing(squares, zoo_here, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert_refused(zoo_here("sweep", squares, "--x", "1,2", "--cluster", "local"), "brian2-zoo[cluster]")


def test_a_path_with_spaces_in_a_directive_of_slurm(tmp_path):
    """sbatch splits the line at spaces, and takes %a for the number of a task."""
    folder = tmp_path / "two words 50%"
    folder.mkdir()
    (folder / "logs").mkdir()
    path = write_slurm(types.SimpleNamespace(folder=folder), 2, None)
    (line,) = [line for line in path.read_text().splitlines() if line.startswith("#SBATCH --output=")]
    (argument,) = shlex.split(line.removeprefix("#SBATCH "))
    assert argument == f"--output={folder}/logs/slurm_%a.log".replace("50%", "50%%")
