"""The cache of compiled programs: found again, never half there, never another one's work."""

import json
import multiprocessing
import os
import subprocess
import time

import pytest

from tests.toys import Cells, spikes
from zoo import ZooError, simulate
from zoo.build import cache, compiler
from zoo.core import system
from zoo.device import backends
from zoo.engine.program import program


def _build(folder):
    (folder / "main").write_text("#!/bin/sh\necho hello\n")


def _make(key="a" * 32, build=_build):
    return cache.program(key, "Toy", build)


def test_a_program_is_made_once(own_cache):
    calls = []
    first = _make(build=lambda folder: (calls.append(1), _build(folder)))
    second = _make(build=lambda folder: calls.append(2))
    assert first == second == own_cache / ("a" * 32) / "main" and calls == [1]
    assert subprocess.run([first], capture_output=True, text=True).stdout == "hello\n"


def test_a_failed_build_leaves_nothing(own_cache):
    def fail(folder):
        (folder / "main").write_text("half")
        raise ZooError("no")

    with pytest.raises(ZooError):
        _make(build=fail)
    assert cache.entries() == [] and not any((own_cache / "staging").iterdir())
    _make()
    assert len(cache.entries()) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: (entry / "main").write_text("other"),
        lambda entry: (entry / "main").unlink(),
        lambda entry: (entry / "entry.json").write_text("{"),
        lambda entry: (entry / "entry.json").write_text("[]"),
        lambda entry: (entry / "entry.json").unlink(),
        lambda entry: (entry / "main").chmod(0o720),
        lambda entry: (entry / "main").chmod(0o702),
        lambda entry: entry.chmod(0o720),
        lambda entry: entry.chmod(0o702),
    ],
    ids=[
        "changed",
        "gone",
        "no json",
        "other json",
        "no record",
        "program that a group writes",
        "program that all write",
        "folder that a group writes",
        "folder that all write",
    ],
)
def test_a_damaged_entry_is_made_again(own_cache, damage):
    damage(_make().parent)
    calls = []
    path = _make(build=lambda folder: (calls.append(1), _build(folder)))
    assert calls == [1]
    assert subprocess.run([path], capture_output=True, text=True).stdout == "hello\n"


def test_any_umask_will_do(own_cache):
    before = os.umask(0)
    try:
        path = _make()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o700 and path.parent.stat().st_mode & 0o022 == 0
    _make(build=lambda folder: pytest.fail("made again"))


def test_entries_and_size(own_cache):
    _make("a" * 32)
    _make("b" * 32)
    found = cache.entries()
    assert {entry.key for entry in found} == {"a" * 32, "b" * 32}
    assert all(entry.model == "Toy" and entry.size > 100 and entry.made <= entry.used + 1 for entry in found)


def test_clear_by_age(own_cache):
    old, _ = _make("a" * 32), _make("b" * 32)
    os.utime(old.parent / "entry.json", (time.time() - 3 * cache.DAY,) * 2)
    assert [entry.key for entry in cache.clear(older_than=2)] == ["a" * 32]
    assert [entry.key for entry in cache.entries()] == ["b" * 32]
    assert len(cache.clear()) == 1 and cache.entries() == []


def test_use_keeps_an_entry_young(own_cache):
    path = _make()
    os.utime(path.parent / "entry.json", (time.time() - 3 * cache.DAY,) * 2)
    _make()
    assert cache.clear(older_than=2) == []


def test_unused_entries_go_by_themselves(own_cache, monkeypatch):
    old = _make("a" * 32)
    os.utime(old.parent / "entry.json", (time.time() - 3 * cache.DAY,) * 2)
    monkeypatch.setenv("ZOO_CACHE_DAYS", "2")
    _make("b" * 32)
    assert [entry.key for entry in cache.entries()] == ["b" * 32]


def test_a_new_entry_stays_whatever_the_limit(own_cache, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE_DAYS", "0")
    assert _make("a" * 32).exists()


@pytest.mark.parametrize("days", ["ninety", "-1", "nan"])
def test_a_limit_that_is_no_number_of_days(own_cache, monkeypatch, days):
    monkeypatch.setenv("ZOO_CACHE_DAYS", days)
    with pytest.raises(ZooError, match="ZOO_CACHE_DAYS must be a number of days"):
        _make()
    assert not cache.entries()


def test_a_relative_folder_stays_the_same_one(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", "here")
    monkeypatch.chdir(tmp_path)
    assert cache.folder() == tmp_path / "here"
    assert cache.folder().is_absolute()


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ZooError, match="set ZOO_CACHE"):
        _make()


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.delenv("ZOO_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "brian2-zoo"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache.folder() == tmp_path / "home" / ".cache" / "brian2-zoo"


def test_the_key_knows_sources_compiler_processor_and_versions(tmp_path, monkeypatch):
    (tmp_path / "code_objects").mkdir()
    (tmp_path / "main.cpp").write_text("a")
    (tmp_path / "code_objects/one.cpp").write_text("b")
    (tmp_path / "static_arrays").mkdir()
    key = cache.key_of(tmp_path, also=["brian2 2.9"])

    (tmp_path / "static_arrays/weights").write_bytes(b"data is not structure")
    assert cache.key_of(tmp_path, also=["brian2 2.9"]) == key
    assert cache.key_of(tmp_path, also=["brian2 2.10"]) != key
    for module, part in ((compiler, "_version"), (system, "processor")):
        with monkeypatch.context() as patch:
            patch.setattr(module, part, lambda: "another one")
            assert cache.key_of(tmp_path, also=["brian2 2.9"]) != key
    with monkeypatch.context() as patch:
        patch.setenv("CXX", "g++ -O1")  # the same compiler says the same version
        assert cache.key_of(tmp_path, also=["brian2 2.9"]) != key
    header = tmp_path.parent / "mine.h"
    header.write_text("1")
    with_header = cache.key_of(tmp_path, elsewhere=[header], also=["brian2 2.9"])
    header.write_text("2")
    assert len({key, with_header, cache.key_of(tmp_path, elsewhere=[header], also=["brian2 2.9"])}) == 3
    (tmp_path / "code_objects/one.cpp").write_text("c")
    assert cache.key_of(tmp_path, also=["brian2 2.9"]) != key


def test_flags_are_in_the_key():
    from brian2 import prefs

    keys = []
    for flags in ([], ["-fno-inline"]):
        before = prefs.codegen.cpp.extra_compile_args_gcc
        prefs.codegen.cpp.extra_compile_args_gcc = before + flags
        try:
            with program(Cells(), 1e-3 * _second(), spikes, compiled=False) as built:
                keys.append(cache.key_of(built.project))
        finally:
            prefs.codegen.cpp.extra_compile_args_gcc = before
    assert keys[0] != keys[1]


def _second():
    from brian2 import second

    return second


def _compete(queue, folder):
    os.environ["ZOO_CACHE"] = str(folder)
    calls = []

    def build(staging):
        calls.append(1)
        time.sleep(0.3)
        _build(staging)

    path = _make(build=build)
    queue.put((len(calls), path.read_text()))


def test_processes_that_want_the_same_build_it_once(own_cache):
    context = multiprocessing.get_context("fork")  # four new Pythons would import Brian2 for 2 s each
    queue = context.Queue()
    processes = [context.Process(target=_compete, args=(queue, own_cache)) for _ in range(4)]
    for process in processes:
        process.start()
    answers = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sorted(calls for calls, _ in answers) == [0, 0, 0, 1]
    assert len({text for _, text in answers}) == 1


def _simulate(queue=None):
    count = simulate(Cells(), 20e-3 * _second(), spikes)["spikes.t"].size
    if queue:
        queue.put(count)


def test_two_processes_compile_the_same_model_at_once(own_cache):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_simulate, args=(queue,)) for _ in range(2)]
    for process in processes:
        process.start()
    counts = [queue.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    assert counts[0] == counts[1] > 0
    assert len(cache.entries()) == 1


@pytest.mark.parametrize("moment", [0.6, *(pytest.param(moment, marks=pytest.mark.slow) for moment in (0.2, 1.0))])
def test_a_kill_while_building_leaves_no_broken_entry(own_cache, moment):
    process = multiprocessing.get_context("fork").Process(target=_simulate)
    process.start()
    end = time.monotonic() + 60
    while not (own_cache / "staging").exists() and time.monotonic() < end:  # compiling has begun
        time.sleep(0.01)
    time.sleep(moment)
    process.kill()
    process.join()
    assert all((entry.folder / "main").exists() for entry in cache.entries())
    assert len(simulate(Cells(), 20 * _second() / 1000, spikes)["spikes.t"]) > 0
    assert len(cache.entries()) == 1


def test_clearing_beside_a_running_program(own_cache):
    """A program that was cleared away is made again when its next run begins."""
    with program(Cells(), 20e-3 * _second(), spikes) as built:
        before = built.run()
        assert len(cache.clear()) == 1
        assert len(built.run()["spikes.t"]) == len(before["spikes.t"])
    assert len(cache.entries()) == 1


def test_the_record_is_readable(own_cache):
    entry = _make().parent
    record = json.loads((entry / "entry.json").read_text())
    assert record["model"] == "Toy" and abs(record["made"] - time.time()) < 60


def test_missing_tools_are_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ZooError, match=r"needs g\+\+.*apt-get install g\+\+.*--backend runtime"):
        backends.check("cpp")
    backends.check("cpp", compiled=False)
    backends.check("runtime")
