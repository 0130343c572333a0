"""Outlines of programs: what is found again is what would be made, and whatever changes is made anew."""

import functools
import importlib
import json
import logging
import os
import sys
import time

import numpy as np
import pytest
from brian2 import Quantity, SpikeMonitor, ms, mV, prefs

from tests.conftest import BACKENDS, ROOT
from tests.toys import Cells, spikes
from zoo import cache, catalogue, compiler, outlines, program, replace

made = importlib.import_module("zoo.program")._StandaloneProgram

pytestmark = pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make")

LATER = 1e9  # seconds: the files of a checkout may be as young as the test


@pytest.fixture
def commands(monkeypatch):
    """As within commands, one after the other, with the toys among the zoo's own; yields how often sources were written."""
    monkeypatch.setattr(outlines, "FOLDERS", (*outlines.FOLDERS, "tests"))
    written = []
    write = made._write

    def counted(self):
        written.append(self.model)
        write(self)

    monkeypatch.setattr(made, "_write", counted)
    with outlines.used(time.time() + LATER, ()):
        yield written


@pytest.fixture
def uncompiled(monkeypatch, own_cache):
    """Programs are written and not compiled."""
    monkeypatch.setattr(made, "binary", lambda self: None)
    monkeypatch.setattr(cache, "find", lambda key: own_cache)


def key(model=None, record=spikes, backend="cpp", duration=20 * ms):
    with program(model or Cells(), duration, record, backend=backend) as built:
        return built.key


def count(network, first=0, more=()):
    return [SpikeMonitor(network["cells"][first:], name="spikes")]


def test_the_second_program_is_the_first_and_writes_no_sources(commands, tmp_path):
    known, results = [], []
    for drive in (20, 25):
        for _ in range(2):
            with program(Cells(drive=drive * mV), 30 * ms, spikes) as built:
                results.append(built.run({"cells.v": np.arange(5) * mV}, seed=3))
                known.append((built.key, built.slots, built.equations, built._free, built._fields, built.outputs))
    assert len(commands) == 1
    for other in known[1:]:
        assert other == known[0]
    first, again, driven, _ = results
    assert set(first) == set(again) and len(first["spikes.t"])
    for name in first:
        np.testing.assert_array_equal(np.asarray(first[name]), np.asarray(again[name]))
        assert type(first[name]) is type(again[name]) and getattr(first[name], "dim", 1) == getattr(
            again[name], "dim", 1
        )
    assert len(driven["spikes.t"]) > len(first["spikes.t"])
    with program(Cells(drive=25 * mV), 30 * ms, spikes, compiled=False) as built:
        assert built.slots == known[0][1] and (built.project / "main.cpp").exists()


def test_another_structure_is_another_program(commands, uncompiled):
    keys = {key(), key(Cells(n=6)), key(Cells(tau=11 * ms)), key(record=None)}
    assert len(keys) == 4 and len(commands) == 4
    assert keys == {key(), key(Cells(n=6)), key(Cells(tau=11 * ms)), key(record=None)} and len(commands) == 4


def test_arguments_of_record_belong_to_the_program(commands, uncompiled):
    one, two = (functools.partial(count, first=first) for first in (0, 2))
    assert key(record=one) != key(record=two) and len(commands) == 2
    assert key(record=two) != key(record=one) and len(commands) == 2


def test_a_function_that_was_made_elsewhere_is_not_trusted(commands, uncompiled):
    """What it does may hang on what it was made with."""
    inner = lambda network: spikes(network)  # noqa: E731
    for record in (inner, functools.partial(count, more=inner), functools.partial(count, more=ROOT)):
        key(record=record)
        key(record=record)
    assert len(commands) == 6

    class Inner(Cells):
        pass

    assert key(Inner()) == key(Inner()) and len(commands) == 8


def _file(monkeypatch, path):
    """Count `path` among the files of the packages."""
    packaged = outlines._packaged
    monkeypatch.setattr(outlines, "_packaged", lambda: packaged() | {str(path)})


def test_a_file_that_changes_makes_a_new_program(commands, uncompiled, monkeypatch, tmp_path):
    header = tmp_path / "part.h"
    header.write_text("one")
    _file(monkeypatch, header)
    assert key() == key() and len(commands) == 1
    status = header.stat()
    header.write_text("two")  # of the same length
    os.utime(header, ns=(status.st_atime_ns, status.st_mtime_ns))  # and seemingly as old
    key()
    assert len(commands) == 2


def test_the_files_of_the_zoo_and_of_brian2_are_looked_at():
    """Those that make sources: Python, templates, headers."""
    found = outlines._packaged() | outlines._loaded(sys.modules)
    import brian2

    inside = os.path.dirname(brian2.__file__)
    for path in (
        "zoo/standalone/simd.h", "zoo/standalone/templates/synapses.cpp", "zoo/device.py", "models/hh_grid.py",
        "experiments/hh_grid.py",
    ):  # fmt: skip
        assert str(ROOT / path) in found
    for path in ("devices/cpp_standalone/templates/main.cpp", "synapses/stdint_compat.h"):
        assert os.path.join(inside, path) in found
    assert np.__file__ in found and sys.modules["sympy"].__file__ in found


def test_a_file_as_young_as_the_process_is_not_trusted(own_cache, monkeypatch, uncompiled, tmp_path):
    """It may have changed since Python read it."""
    monkeypatch.setattr(outlines, "FOLDERS", (*outlines.FOLDERS, "tests"))
    young = tmp_path / "young.py"
    young.write_text("")
    _file(monkeypatch, young)
    begun = young.stat().st_ctime
    for age in (0, 100):
        os.utime(young, (begun - age,) * 2)  # its time of change does not go back
        with outlines.used(begun, ()):
            assert outlines.place(Cells(), spikes, "cpp") is None
    with outlines.used(time.time() + LATER, ()):
        assert outlines.place(Cells(), spikes, "cpp") is not None


@pytest.mark.parametrize("change", ["preference", "compiler", "version", "flags", "backend"])
def test_what_else_a_program_hangs_on(commands, uncompiled, monkeypatch, tmp_path, change):
    key()
    if change == "preference":
        monkeypatch.setitem(prefs, "codegen.loop_invariant_optimisations", False)
    elif change == "compiler":
        monkeypatch.setenv("CXX", "g++ -O1")
    elif change == "version":
        monkeypatch.setattr(compiler, "_version", lambda: "another one")
    elif change == "flags":
        monkeypatch.setenv("CXXFLAGS", "-O1")
    key(backend="cpp-stock" if change == "backend" else "cpp")
    assert len(commands) == 2


def _module(monkeypatch, path, text):
    """A loaded module of that file."""
    path.write_text(text)
    module = type(sys)(path.stem)
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, path.stem, module)


def test_a_module_that_was_there_when_the_command_began(commands, uncompiled, monkeypatch, tmp_path):
    """It may have replaced a function, as sitecustomize can."""
    key()
    for text, count in (("a = 1", 2), ("a = 1", 2), ("a = 2", 3)):
        if text != "a = 1" or "patching" not in sys.modules:
            _module(monkeypatch, tmp_path / "patching.py", text)
        with outlines.used(time.time() + LATER, ["patching"]):
            key()
        assert len(commands) == count


def test_a_module_that_was_loaded_while_the_network_was_built(commands, uncompiled, monkeypatch, tmp_path):
    write = made._write

    def loading(self):
        write(self)
        if "late" not in sys.modules:
            _module(monkeypatch, tmp_path / "late.py", "a = 1")

    monkeypatch.setattr(made, "_write", loading)
    key()
    monkeypatch.delitem(sys.modules, "late")  # another process, before it builds a network
    key()
    assert len(commands) == 1
    (tmp_path / "late.py").write_text("a = 2")
    key()
    assert len(commands) == 2


def test_outlines_that_no_longer_hold_hide_no_others(commands, uncompiled, own_cache, monkeypatch, tmp_path):
    """Eight values, a package that is upgraded, and four of these values twice."""
    _module(monkeypatch, tmp_path / "late.py", "a = 1")
    models = [Cells(n=n) for n in range(2, 10)]
    for model in models:
        key(model)
    (tmp_path / "late.py").write_text("a = 22")
    for model in models[:4]:
        key(model)
        written = len(commands)
        key(model)
        assert len(commands) == written
    assert len(commands) == 8 + 4
    assert len(list((own_cache / "outlines").glob("*/*.zip"))) < 8 + 4, "those that no longer hold are removed"


def test_outlines_of_a_program_are_few(commands, uncompiled, own_cache, monkeypatch):
    """A field that is not data can have the same program for several of its values."""
    monkeypatch.setattr(outlines, "MOST_OF_PROGRAM", 3)
    keys = {key(Cells(dt=dt * ms)) for dt in (0.1, 0.2, 0.3, 0.4, 0.5)}
    assert len(keys) == 1
    assert len(list((own_cache / "outlines").glob("*/*.zip"))) == 3


def test_a_module_in_an_archive_has_the_stamp_of_the_archive(tmp_path):
    archive = tmp_path / "some.zip"
    archive.write_text("one")
    before = outlines._stamp(str(archive / "package/module.py"))
    assert before == outlines._stamp(str(archive))
    archive.write_text("another")
    assert outlines._stamp(str(archive / "package/module.py")) != before
    with pytest.raises(OSError):
        outlines._stamp("nowhere.py")


def test_what_brian2_says_is_said_every_time(commands, uncompiled, monkeypatch):
    write = made._write

    def warning(self):
        write(self)
        logging.getLogger("brian2.toy").warning("mind this")

    monkeypatch.setattr(made, "_write", warning)
    key()
    key()
    assert len(commands) == 2


def _only(folder):
    (path,) = (folder / "outlines").glob("*/*.zip")
    return path


@pytest.mark.parametrize("damage", ["cut", "bit", "record", "empty", "shared"])
def test_a_damaged_outline_is_none(commands, uncompiled, own_cache, damage):
    first = key()
    path = _only(own_cache)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "bit":
        content[60] ^= 255  # within the record
        path.write_bytes(content)
    elif damage == "record":
        import zipfile

        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("outline.json", json.dumps({"key": "x"}))
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "shared":
        path.chmod(0o666)  # anybody could have written it
    assert key() == first and len(commands) == 2
    assert key() == first and len(commands) == 2  # it was written anew


def test_damaged_static_arrays(commands, uncompiled, own_cache):
    first = key()
    path = _only(own_cache)
    import zipfile

    with zipfile.ZipFile(path) as archive:
        places = {info.filename: info.header_offset + 30 + len(info.filename) for info in archive.infolist()}
    arrays = [name for name in places if name != "outline.json"]
    assert arrays
    content = bytearray(path.read_bytes())
    content[places[arrays[0]] + 2] ^= 255
    path.write_bytes(content)
    assert key() == first and len(commands) == 2


def test_outlines_go_with_their_program(commands, own_cache):
    first = key()
    assert _only(own_cache).name.endswith(f"-{first}.zip")
    assert len(cache.clear()) == 1
    assert not list((own_cache / "outlines").iterdir())
    assert key() == first and len(commands) == 2


def test_a_program_that_lost_its_compiled_one_is_made_again(commands, own_cache):
    key()
    with program(Cells(), 20 * ms, spikes) as built:
        before = built.run()
        assert len(commands) == 1
        cache.clear()
        again = built.run()
    assert len(commands) == 2 and len(cache.entries()) == 1
    np.testing.assert_array_equal(np.asarray(before["spikes.t"]), np.asarray(again["spikes.t"]))


def test_outlines_of_old_files_do_not_pile_up(commands, uncompiled, own_cache, monkeypatch, tmp_path):
    file = tmp_path / "edited.py"
    _file(monkeypatch, file)
    for edit in range(2 * outlines.MOST):
        file.write_text("a" * edit)
        key()
    assert len(commands) == 2 * outlines.MOST
    assert len(list((own_cache / "outlines").glob("*/*.zip"))) == outlines.MOST
    key()
    assert len(commands) == 2 * outlines.MOST  # the last one is among them


def test_large_arrays_are_not_kept(commands, uncompiled, own_cache, monkeypatch):
    monkeypatch.setattr(outlines, "LARGE", 100)
    key()
    key()
    assert len(commands) == 2 and not list((own_cache / "outlines").glob("*/*.zip"))


def test_a_cache_that_cannot_be_written_costs_time_only(commands, uncompiled, own_cache):
    own_cache.mkdir()
    (own_cache / "outlines").write_text("in the way")
    assert key() == key() and len(commands) == 2


def test_nothing_is_found_outside_of_a_command(own_cache):
    assert outlines.place(Cells(), spikes, "cpp") is None


MODELS = sorted(catalogue.entries("models"))


@pytest.mark.parametrize("name", MODELS)
def test_every_model_of_the_zoo_has_an_outline_that_gives_what_is_made(commands, uncompiled, name):
    """And the program is the same one when all fields change that the outline does not look at."""
    model = catalogue.model(name)()
    record = getattr(catalogue.experiment(name).module, "record", None)
    record = functools.partial(record, cell=1) if name == "hh_grid" else record
    duration = model.n_images * model.presentation if hasattr(model, "n_images") else 300 * ms
    with program(model, duration, record) as built:
        facts = [
            vars(built)[part] for part in ("key", "slots", "equations", "outputs", "_free", "_fields", "recorders")
        ]
        arrays = {path.name: path.read_bytes() for path in built._arrays.iterdir()}
    assert len(commands) == 1
    with program(model, duration, record) as again:
        assert facts == [
            vars(again)[part] for part in ("key", "slots", "equations", "outputs", "_free", "_fields", "recorders")
        ]
        assert arrays == {path.name: path.read_bytes() for path in again._arrays.iterdir()}
        assert again.defaults.keys() == built.defaults.keys()
        for place, value in built.defaults.items():
            np.testing.assert_array_equal(again.defaults[place], value)
    assert len(commands) == 1, "an outline was not kept"
    free = {field: getattr(model, field) for field in facts[4]}
    changes = {
        field: 0.99 * value
        for field, value in free.items()
        if isinstance(value, (float, Quantity)) and np.ndim(value) == 0
    }
    with program(replace(model, **changes), duration, record) as changed:
        assert changed.key == facts[0] and len(commands) == 1
    with program(replace(model, **changes), duration, record, compiled=False) as fresh:
        sources = {path.name: path.read_text() for path in fresh.project.glob("*.*") if path.is_file()}
    with program(model, duration, record, compiled=False) as fresh:
        assert sources == {path.name: path.read_text() for path in fresh.project.glob("*.*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("izhikevich_population", {"n": 50, "I_0": 8.0, "w_sd": 0.7, "d": 6.0}),
        ("hodgkin_huxley", {"amplitude": None, "T": 8.0}),
        ("hh_grid", {"w_EI": None, "g_L": None}),
    ],
)
def test_a_changed_parameter_gives_the_numbers_of_a_new_program(commands, own_cache, name, changes):
    own = catalogue.model(name)
    structure = {field: value for field, value in changes.items() if field == "n"}
    model = own(**structure)
    values = {field: 0.8 * getattr(model, field) if value is None else value for field, value in changes.items()}
    changed = replace(model, **values)
    record = getattr(catalogue.experiment(name).module, "record", None)
    from zoo.default import record_spikes

    record = record or record_spikes
    results = []
    with program(model, 20 * ms, record) as built:
        plain = built.run(seed=1)
    with program(changed, 50 * ms, record) as built:
        results.append(built.run(seed=1))
    assert len(commands) == 1
    with outlines.used(0, ()), program(changed, 50 * ms, record) as built:  # every file is too young
        results.append(built.run(seed=1))
    assert len(commands) == 2
    one, two = results
    assert one.key == two.key == plain.key and set(one) == set(two)
    for part in one:
        np.testing.assert_array_equal(np.asarray(one[part]), np.asarray(two[part]))


def test_a_second_command_writes_no_sources(own_cache, zoo_command, tmp_path):
    """In processes of their own: who writes sources writes an outline."""
    from zoo import Result

    young = max(os.stat(path).st_ctime for path in outlines._packaged() | outlines._loaded(sys.modules))
    time.sleep(max(0.0, young + outlines.YOUNG + 1 - time.time()))
    results, files = [], set()
    for number, seed in enumerate((1, 1, 2)):
        done = zoo_command("run", "izhikevich", "--seed", seed, "--duration", "50*ms", "--out", tmp_path / str(number))
        assert done.returncode == 0, done.stderr
        results.append(Result.load(tmp_path / str(number)))
        files |= {path.stat().st_ino for path in (own_cache / "outlines").glob("*/*.zip")}
    first, again, other = results
    assert first.key == again.key == other.key
    assert len(files) == 1, "an outline is written where no outline was found"
    for name in first:
        np.testing.assert_array_equal(np.asarray(first[name]), np.asarray(again[name]))


def test_a_persons_file_leaves_no_outline(own_cache, zoo_command, tmp_path):
    """What it does may hang on anything."""
    (tmp_path / "mine.py").write_text("from models.izhikevich import Izhikevich\nfrom zoo import simulate\n"
        "from brian2 import ms\ndef main(): return simulate(Izhikevich(), 10*ms)\n")  # fmt: skip
    assert zoo_command("run", "mine.py").returncode == 0
    assert len(cache.entries()) == 1 and not (own_cache / "outlines").exists()


def test_models_read_nothing_while_they_are_built():
    """Files, the environment and the clock are not in the key of an outline."""
    import re

    for path in [*(ROOT / "models").rglob("*.py"), ROOT / "zoo/default.py"]:
        found = re.findall(r"\b(open|environ|getenv|np\.load|fromfile|loadtxt|read_text|read_bytes|time\.\w+|datetime)\b\(?",
                           "\n".join(line for line in path.read_text().splitlines() if "import" in line or "(" in line))  # fmt: skip
        assert not found, path
