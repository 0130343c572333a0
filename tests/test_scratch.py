"""Working folders and files: whole or not there."""

import os
import stat
import subprocess
import sys
import tempfile
import time

import pytest

from zoo import ZooError
from zoo.core import files, scratch


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_for_a_while(temporary):
    with scratch.folder() as one, scratch.folder() as two:
        assert one != two and one.is_dir() and stat.S_IMODE(one.stat().st_mode) == 0o700
        (one / "file").write_text("x")
    assert not one.exists() and not two.exists()


def test_what_a_killed_process_left_is_swept(temporary):
    script = (
        "import tempfile, time; tempfile.tempdir = {!r}\n"
        "from zoo.core import scratch\n"
        "with scratch.folder() as f: print(f, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script.format(str(temporary))], stdout=subprocess.PIPE, text=True)
    left = process.stdout.readline().strip()
    with scratch.folder():
        assert os.path.isdir(left), "its owner is alive"
    process.kill()
    process.wait()
    with scratch.folder():
        assert not os.path.exists(left)


def test_a_folder_that_cannot_be_made(temporary, monkeypatch):
    (temporary / "file").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "file"))
    with pytest.raises(ZooError, match="set TMPDIR"), scratch.folder():
        pass


def test_replacing(tmp_path):
    path = tmp_path / "result.txt"
    path.write_text("old")
    with files.replacing(path) as new:
        new.write_text("new")
        assert path.read_text() == "old" and new.suffix == ".txt"
    assert path.read_text() == "new" and [p.name for p in tmp_path.iterdir()] == ["result.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~files._umask()


def test_replacing_keeps_the_old_file_after_an_error(tmp_path):
    path = tmp_path / "result.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.replacing(path) as new:
        new.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_output_folder_is_made_with_its_parents(tmp_path):
    with files.output_folder(tmp_path / "a" / "b") as folder:
        (folder / "x").write_text("")
    assert (tmp_path / "a/b/x").exists()


def test_output_folder_leaves_nothing_when_nothing_came(tmp_path):
    with pytest.raises(ZooError), files.output_folder(tmp_path / "a" / "b"):
        raise ZooError("bad input")
    assert list(tmp_path.iterdir()) == []


def test_output_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ZooError, match="cannot be written.*--out"), files.output_folder(tmp_path / "file" / "x"):
        pass


def test_a_fresh_folder_is_not_swept_before_it_is_locked(temporary):
    with scratch.folder() as first:
        unborn = first.parent / "new-abc"
        unborn.mkdir()
        with scratch.folder():
            assert unborn.exists()
        (unborn / "alive").write_text("")
        os.utime(unborn, (time.time() - 3600,) * 2)
        with scratch.folder():
            assert not unborn.exists()


def test_a_folder_that_vanishes_while_it_is_swept(temporary, monkeypatch):
    """Two processes sweep at the same time: what one has removed the other one does not stumble over."""
    with scratch.folder() as first:
        gone = [first.parent / name for name in ("new-gone", "gone")]
    listed = type(first).iterdir
    monkeypatch.setattr(type(first), "iterdir", lambda path: [*gone, *listed(path)])
    with scratch.folder() as second:
        assert second.is_dir()


def test_several_files_take_their_places_together(tmp_path):
    one, two = tmp_path / "a.npz", tmp_path / "b.json"
    with files.replacing(one, two) as (new_one, new_two):
        new_one.write_text("1")
        new_two.write_text("2")
        assert not one.exists() and not two.exists()
    assert (one.read_text(), two.read_text()) == ("1", "2")
    with pytest.raises(RuntimeError), files.replacing(one, two) as (new_one, new_two):
        new_one.write_text("3")
        raise RuntimeError
    assert (one.read_text(), two.read_text()) == ("1", "2") and len(list(tmp_path.iterdir())) == 2


def test_all_is_on_the_disk_before_the_first_rename(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(os, "fsync", lambda file: done.append("fsync"))
    rename = type(tmp_path).replace
    monkeypatch.setattr(type(tmp_path), "replace", lambda *paths: done.append("rename") or rename(*paths))
    with files.replacing(tmp_path / "a", tmp_path / "b"):
        pass
    assert done == ["fsync", "fsync", "rename", "rename"]


def test_what_killed_writers_left_is_swept(tmp_path):
    """Not what is young, and not what its writer still works on."""
    script = (
        "import sys, time; from zoo.core import files\n"
        "with files.replacing(sys.argv[1]) as new: new.write_text('half'); print(new, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "result.npz")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    left = process.stdout.readline().strip()
    os.utime(left, (0, 0))
    (tmp_path / ".new-young").write_text("")
    with files.replacing(tmp_path / "other"):
        pass
    assert os.path.exists(left), "its writer is alive"
    process.kill()
    process.wait()
    with files.replacing(tmp_path / "other"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new-young", "other"]
