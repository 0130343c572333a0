"""Machines and moments as they are: strange folders and locales, full and read-only places, many processes, a clock that jumps."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import BACKENDS, ROOT
from zoo import Result
from zoo.build import cache

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")
SMALL = ("run", "izhikevich_population", "--n", "20", "--duration", "20*ms")


def begin(*arguments, cwd, before=None, **environment):
    """`zoo` in a process of its own; variables that are None are taken out of its environment."""
    changed = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "zoo", *map(str, arguments)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, preexec_fn=before, env={name: value for name, value in changed.items() if value is not None},
    )  # fmt: skip


def ended(process):
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.mark.parametrize("locale", ["C", "de_DE.UTF-8", "tr_TR.UTF-8"])
def test_any_locale_in_a_folder_with_any_name(tmp_path, locale):
    """In the Turkish one i is no small I, and in C a path with ü is no text."""
    folder = tmp_path / "über uns, 日本 & $HOME"
    folder.mkdir()
    code, _, err = ended(
        begin(*SMALL, "--out", "mein Ergebnis 1", cwd=folder, LC_ALL=locale, LANG=locale, TMPDIR=str(folder))
    )
    assert code == 0 and not err, err
    assert (folder / "mein Ergebnis 1/run.json").exists() and (folder / "mein Ergebnis 1/raster.png").exists()


@pytest.mark.slow
def test_a_cache_with_any_name(tmp_path):
    folder = tmp_path / "caché of Zoë"
    code, _, err = ended(begin(*SMALL, cwd=tmp_path, ZOO_CACHE=str(folder)))
    assert code == 0 and len(list(folder.glob("*/main"))) == 1, err


def test_a_home_that_cannot_be_written(tmp_path):
    """With a cache somewhere else it does not matter; without one a sentence says what to set."""
    home = tmp_path / "file"
    home.write_text("no folder")
    places = {"HOME": str(home), "XDG_CACHE_HOME": None, "MPLCONFIGDIR": None}
    code, _, err = ended(begin(*SMALL, cwd=tmp_path, ZOO_CACHE=None, **places))
    assert code == 2 and "set ZOO_CACHE" in err and "Traceback" not in err, err
    code, _, err = ended(begin(*SMALL, cwd=tmp_path, **places))
    assert code == 0 and "Traceback" not in err, err


def test_a_disk_without_room(tmp_path):
    """Here a limit to the size of files: what does not fit is refused in the same moment as on a full disk."""

    def little():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    code, _, err = ended(begin(*SMALL, cwd=tmp_path, before=little))
    assert code == 2 and len(err.strip().splitlines()) == 1 and "Traceback" not in err, err
    assert not (tmp_path / "results/izhikevich_population/run.json").exists()


@pytest.mark.slow
def test_ten_processes_start_the_same_cold_model(tmp_path, own_cache):
    processes = [begin(*SMALL, "--out", f"out{k}", cwd=tmp_path) for k in range(10)]
    assert all(code == 0 for code, _, _ in map(ended, processes))
    assert len(cache.entries()) == 1
    spikes = [Result.load(tmp_path / f"out{k}")["spikes.i"].tolist() for k in range(10)]
    assert all(train == spikes[0] for train in spikes)


@pytest.mark.slow
def test_the_cache_is_cleared_beside_jobs(tmp_path, own_cache):
    """Some of them find the program gone in the moment when they start it, and make it again."""
    jobs = [begin(*SMALL, "--seed", k, "--out", f"out{k}", cwd=tmp_path) for k in range(4)]
    clears = []
    while any(job.poll() is None for job in jobs):
        clears += [begin("cache", "clear", cwd=tmp_path) for _ in range(2)]
        time.sleep(0.3)
        clears = [process for process in clears if process.poll() is None or ended(process)[0]]
    assert all(code == 0 for code, _, _ in map(ended, [*jobs, *clears]))
    assert len(list(tmp_path.glob("out*/run.json"))) == 4


def test_a_clock_that_jumps(own_cache, monkeypatch):
    """A program from the future is used, stays, and goes when it is old; one from the past is not taken for damaged."""

    def build(folder):
        (folder / "main").write_text("#!/bin/sh\n")

    main = cache.program("k" * 32, "Model", build)
    for years in (10, -10):
        moment = time.time() + years * 365 * cache.DAY
        os.utime(main.parent / "entry.json", (moment, moment))
        assert cache.program("k" * 32, "Model", None) == main
    moment = time.time() + 365 * cache.DAY
    os.utime(main.parent / "entry.json", (moment, moment))
    assert not cache.clear(older_than=1) and cache.entries()
    monkeypatch.setattr(time, "time", lambda: moment + 2 * cache.DAY)
    assert [entry.key for entry in cache.clear(older_than=1)] == ["k" * 32]
    assert not Path(main).exists()
