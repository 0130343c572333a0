"""Sentences: what they name, and how long they get."""

import importlib.util
import runpy
from pathlib import Path

import pytest

from zoo import ZooError
from zoo.core import errors


def test_a_name_in_one_line():
    assert errors.one_line("µA/cm² in two\nlines\t\x1b[1m \udcff") == r"µA/cm² in two\nlines\t\x1b[1m \udcff"


def test_packages_of_another_environment_are_not_the_users_code(tmp_path, monkeypatch):
    (tmp_path / "site-packages").mkdir()
    for folder, expected in ((tmp_path / "site-packages", "test_errors.py"), (tmp_path, "fails_here.py")):
        (folder / "fails_here.py").write_text("1/0\n")
        monkeypatch.syspath_prepend(folder)
        with pytest.raises(ZeroDivisionError) as error:
            runpy.run_path(folder / "fails_here.py")
        assert errors.place(error.value).partition(",")[0] == expected


def test_near_names_first_and_of_many_the_first_twenty():
    assert str(errors.unknown("model", "basal", ["basal_ganglia", "hh"])) == (
        "unknown model 'basal'; did you mean basal_ganglia?"
    )
    assert str(errors.unknown("model", "qq", ["b", "a"])).endswith("known: a, b.")
    assert str(errors.unknown("model", "qq", [], "see zoo list.")).endswith("; see zoo list.")
    many = str(errors.unknown("model", "qq", [f"name{i:02}" for i in range(50)]))
    assert "name19 and 30 more" in many and "name20" not in many


def test_what_was_typed_is_cut_off():
    assert errors.quoted("a'b") == '"a\'b"'
    assert len(errors.quoted("x" * 10_000)) == 80 and errors.quoted("x" * 10_000).endswith("xxx...")
    assert len(str(errors.unknown("model", "x" * 10_000, ["a"]))) < 150


def test_first_line():
    assert errors.first_line(ValueError("one\ntwo")) == "one" and errors.first_line(ValueError()) == "ValueError"
    assert errors.first_line(KeyError("a 'b' c")) == "a 'b' c"


@pytest.fixture
def mine(tmp_path):
    """A module of a user: `call(f)` calls f in line 2, `fail()` fails in line 4."""
    path = tmp_path / "mine.py"
    path.write_text("def call(f):\n    return f()\ndef fail():\n    return [][1]\n")
    spec = importlib.util.spec_from_file_location("mine", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_place_is_the_innermost_line_of_a_user(mine):
    for function, place in ((mine.fail, "mine.py, line 4"), (lambda: mine.call(mine.fail), "mine.py, line 4")):
        with pytest.raises(IndexError) as error:
            function()
        assert errors.place(error.value) == place
    with pytest.raises(TypeError) as error:
        mine.call(lambda: errors.unknown(3, None, None))
    assert errors.place(error.value).startswith("test_errors.py, line "), "not the line in the zoo"
    assert errors.place(ValueError("never raised")) == ""


def test_files_in_the_folder_of_a_clone_are_the_users_code(mine, monkeypatch):
    import zoo

    here = Path(__file__).parents[1]
    monkeypatch.setattr(zoo, "__path__", [str(here / "zoo"), str(here)])  # as in a clone that is not installed
    with pytest.raises(TypeError) as error:
        mine.call(lambda: errors.unknown(3, None, None))
    assert errors.place(error.value).startswith("test_errors.py, line ")


def _said(function):
    with pytest.raises(ZooError) as error, errors.in_one_sentence("M"):
        function()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_in_one_sentence(mine):
    from brian2 import NeuronGroup, ms, mV

    assert _said(mine.fail) == "M fails in mine.py, line 4: IndexError: list index out of range"
    refused = _said(lambda: mine.call(lambda: NeuronGroup(1, "dv/dt =")))
    assert refused.startswith("Brian2 refuses M (test_errors.py, line ") and "Parsing failed" in refused
    assert "units do not match" in _said(lambda: 3 * mV + 2 * ms)

    def chained():
        raise RuntimeError("outside") from ValueError("inside")

    assert _said(chained).endswith(": inside")

    def missing():
        raise NotImplementedError("M has no build")

    assert _said(missing) == "M: M has no build"

    def refuse():
        raise ZooError("a sentence")

    assert _said(refuse) == "a sentence"
    assert len(_said(lambda: [].__getitem__("x" * 3) or int("y" * 9999))) < 700
