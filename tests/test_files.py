"""Files take their places by a rename, and only those of files."""

import os
import stat

import pytest

from zoo import ZooError
from zoo.core import files


def test_only_a_file_is_replaced(tmp_path):
    """Not a device such as /dev/null, which a rename would put a file in the place of, nor a pipe or a folder."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, words in (("pipe", "no regular file"), ("folder", "a folder")):
        with pytest.raises(ZooError, match=f"{name} is {words}"), files.replacing(tmp_path / name) as new:
            new.write_text("")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]
