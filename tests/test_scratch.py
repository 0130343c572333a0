"""Working folders and files: whole or not there."""

import os
import stat
import subprocess
import sys
import tempfile
import time

import pytest

from zoo import ZooError, files, scratch


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
        "from zoo import scratch\n"
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
