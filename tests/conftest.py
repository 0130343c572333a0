"""What all tests share: a cache of compiled programs of their own, the backends at hand, and small models."""

import contextlib
import copy
import functools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zoo.build import compiler
from zoo.command.main import command

# A job in the background ignores Ctrl-C, which some tests send; Brian2 takes over what it finds when it is imported.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
REFERENCE = Path(__file__).parent / "reference"

#: The backends that this machine can run.
BACKENDS = ["runtime", *(["cpp"] if compiler.missing() is None else [])]
#: With Brian2's C++ device as it is: what differs between the two devices.
ALL_BACKENDS = [*BACKENDS, *(["cpp-stock"] if "cpp" in BACKENDS else [])]
#: The same for `parametrize`. What Brian2's own device computes belongs to `make test-all`.
EACH_BACKEND = [pytest.param(name, marks=pytest.mark.slow) if name == "cpp-stock" else name for name in ALL_BACKENDS]
#: For the equations of a model, which every backend computes alike (tests/test_models.py): C++ belongs to `make test-all`.
EQUATIONS = [pytest.param(name, marks=pytest.mark.slow) if name == "cpp" else name for name in BACKENDS]
#: For numbers of a program that computes long in numpy.
COMPILED = [
    pytest.param(name, marks=pytest.mark.slow) if name == "runtime" and BACKENDS[1:] else name for name in BACKENDS
]


BEGIN = time.monotonic()


def pytest_addoption(parser):
    parser.addoption(
        "--minutes", type=float, help="begin no test after so many minutes; the summary names those left out"
    )


def pytest_runtest_setup(item):
    minutes = item.config.getoption("--minutes")
    if minutes is not None and time.monotonic() - BEGIN > 60 * minutes:
        pytest.skip(f"left out after {minutes:g} minutes: {item.nodeid}")


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Compiled programs of this session; set ZOO_TEST_CACHE to a folder to keep them from session to session."""
    session = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        session = session.parent  # one cache for all workers
    folder = Path(os.environ.get("ZOO_TEST_CACHE") or session / "cache")
    os.environ["ZOO_CACHE"] = str(folder)
    os.environ.pop("ZOO_CACHE_DAYS", None)
    return folder


def in_one_file(compile_project):
    """`compile_project` with the sources of Brian2's own device in one file, from 31 to 4 CPU s; their flags stay the same."""
    from zoo.codegen.unity import unite

    @functools.wraps(compile_project)
    def compile_fast(folder, *arguments):
        makefile = folder / "makefile"
        text = makefile.read_text()
        if found := re.search(r"^SRCS = (.*)$", text, re.MULTILINE):
            names = [
                name for name in found[1].split() if (folder / name).suffix == ".cpp" and not Path(name).is_absolute()
            ]
            (folder / "unity.cpp").write_text(unite({name: (folder / name).read_text() for name in names}))
            others = [name for name in found[1].split() if name not in names]
            makefile.write_text(text.replace(found[0], " ".join(["SRCS = unity.cpp", *others])))
        return compile_project(folder, *arguments)

    return compile_fast


@pytest.fixture(scope="session", autouse=True)
def stock_in_one_file():
    """Tests look at the numbers of Brian2's own device; `as_brian2_compiles` is for its makefile."""
    from zoo.engine import project

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "compile_project", in_one_file(project.compile_project))
        yield


@pytest.fixture
def as_brian2_compiles(own_cache, monkeypatch):
    """Brian2's own device compiles file by file, as for users."""
    from zoo.engine import project

    monkeypatch.setattr(project, "compile_project", project.compile_project.__wrapped__)


QUICK = """\
#!/bin/sh
# {compiler} with -Og in the place of -O3
[ "$1" = --version ] && echo "-Og: $({compiler} "$@")" && exit
for word in "$@"; do
    shift
    [ "$word" = -O3 ] && word=-Og
    set -- "$@" "$word"
done
exec {compiler} "$@"
"""


@pytest.fixture(scope="session", autouse=True)
def quick_compiler(tmp_path_factory):
    """Programs of the tests are compiled with -Og, in half the time of -O3; those of tests with `optimising` are not.

    The folder of a g++ that does so is the first of the PATH, which processes that a test starts inherit. It says another
    version, so that its programs are others in the cache.
    """
    folder = tmp_path_factory.mktemp("quick_compiler")
    with pytest.MonkeyPatch.context() as patch:
        if (compiler := shutil.which("g++")) and not os.environ.get("CXX"):
            (folder / "g++").write_text(QUICK.format(compiler=shlex.quote(compiler)))
            (folder / "g++").chmod(0o755)
            patch.setenv("PATH", str(folder), prepend=os.pathsep)
        yield


@contextlib.contextmanager
def optimising():
    """In the block, or a function with this decorator, programs are compiled as for users."""
    folders = os.environ["PATH"].split(os.pathsep)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join(name for name in folders if "quick_compiler" not in Path(name).name))
        yield


@pytest.fixture(scope="module")
def optimised(quick_compiler):
    """`optimising` for a whole file: for tests of fast loops, and for those that compute longer than they compile."""
    with optimising():
        yield


@pytest.fixture(autouse=True)
def preferences_stay():
    """Brian2's preferences belong to the process: a test that leaves another one behind makes others fail."""
    from brian2 import prefs

    before = copy.deepcopy(dict(prefs))
    yield
    changed = {name: value for name, value in dict(prefs).items() if name in before and before[name] != value}
    for name in changed:
        prefs[name] = before[name]
    assert not changed


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """An empty cache for one test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ZOO_CACHE", str(folder))
    return folder


@pytest.fixture
def zoo_command(tmp_path):
    """Runs `zoo ...` in a folder of its own, as a person would; returns the finished process."""

    def run(*arguments, cwd=tmp_path, **options):
        command = [sys.executable, "-m", "zoo", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, **options)

    return run


@pytest.fixture
def zoo_here(tmp_path, monkeypatch, capfd):
    """Runs `zoo ...` in this process and the folder of the test, which takes no seconds to start; as zoo_command."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)

    def run(*arguments):
        capfd.readouterr()
        code = command([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    yield run
    for name in set(sys.modules) - before:  # the files of the test
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def assert_refused(process, *words):
    """One sentence on standard error with these words in it, exit code 2, no traceback."""
    assert process.returncode == 2, process.stderr
    lines = [line for line in process.stderr.splitlines() if line]
    assert len(lines) == 1 and lines[0].startswith("zoo: "), process.stderr
    for word in words:
        assert word in lines[0], lines[0]
