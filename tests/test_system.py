"""Linux, macOS and Windows: what only one of them has is asked for in one file, and has another way or one sentence."""

import ast
import os
import re
import subprocess
import sys
import time

import pytest

from tests.conftest import BACKENDS, ROOT
from zoo import ZooError
from zoo.build import compiler
from zoo.core import files, scratch, system
from zoo.network import memory

#: Modules and functions that Windows lacks, and text that names files of Linux alone.
MISSING_ON_WINDOWS = {
    "fcntl", "resource", "pwd", "grp", "termios", "fork", "getuid", "geteuid", "killpg", "setsid", "waitpid", "getpgid",
    "sysconf", "uname", "mkfifo", "nice", "WNOHANG", "SIGKILL", "sched_getaffinity",
}  # fmt: skip
#: Where they may stand, and how the file does without them.
ALLOWED = {
    "core/system.py": MISSING_ON_WINDOWS,
    "network/memory.py": {"/proc", "/sys"},  # reads of files that may be missing
    # Processes that run points, which begin when a sweep has locked its folder.
    "sweeps/workers.py": {"fork", "setsid", "waitpid", "WNOHANG", "SIGKILL"},
    "web/explore.py": {"fork", "setsid"},  # in a notebook, where system.FORKS is true
    "engine/process.py": {"SIGKILL"},  # in the sentence about a program that a signal has ended
}


def _used(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.name for alias in node.names} | {getattr(node, "module", None)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {folder for folder in ("/proc", "/sys") if node.value.startswith(folder)}
    return found & (MISSING_ON_WINDOWS | {"/proc", "/sys"})


def test_calls_of_one_system_stand_in_one_file():
    wrong = {}
    for path in sorted((ROOT / "zoo").rglob("*.py")):
        name = path.relative_to(ROOT / "zoo").as_posix()
        if left := _used(path) - ALLOWED.get(name, set()) - ({"/proc"} if name == "core/system.py" else set()):
            wrong[name] = left
    assert not wrong
    for folder in ("models", "experiments"):
        assert not [path for path in (ROOT / folder).rglob("*.py") if _used(path)]
    assert _used(ROOT / "zoo/sweeps/workers.py") == ALLOWED["sweeps/workers.py"]  # the search finds them


def test_headers_ask_for_linux_only_where_it_is():
    """prctl and madvise are in #ifdef blocks, which an #else may follow."""
    texts = {path.name: path.read_text() for path in (ROOT / "zoo/codegen/include").glob("*.h")}
    texts["unity.py"] = (ROOT / "zoo/codegen/unity.py").read_text()
    found = set()
    for name, text in texts.items():
        depth = guarded = 0
        for line in text.splitlines():
            if re.match(r"\s*#\s*if", line):
                depth += 1
                guarded = guarded or (depth if re.search(r"__linux__|MADV_HUGEPAGE", line) else 0)
            elif re.match(r"\s*#\s*(else|endif)", line):
                guarded = 0 if guarded == depth else guarded
                depth -= line.lstrip(" #").startswith("endif")
            elif re.search(r"\b(prctl|madvise|sched_\w+|epoll_\w+|sys/mman.h|sys/prctl.h|/proc)\b", line):
                found.add(name)
                assert guarded, f"{name}: {line}"
    assert found == {"zoo.h", "unity.py"}


@pytest.fixture
def windows(monkeypatch):
    """Without what Windows lacks."""
    for name in ("fcntl", "resource"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("getuid", "killpg", "fork", "sysconf"):
        monkeypatch.delattr(os, name, raising=False)


@pytest.mark.parametrize(
    "action", [lambda path: files.replacing(path / "x").__enter__(), lambda _: scratch.folder().__enter__(),
               lambda _: system.kill_group(1), lambda _: system.user_seconds()]
)  # fmt: skip
def test_windows_gets_one_sentence(windows, tmp_path, action):
    with pytest.raises(ZooError, match=r"Linux and macOS; on Windows use the Windows Subsystem for Linux \(WSL\)\.$"):
        action(tmp_path)
    assert not list(tmp_path.iterdir())


def test_windows_can_import_everything_and_read_cards():
    """The command ends with one sentence where it would run a program."""
    text = """
import os, sys
sys.modules["fcntl"] = sys.modules["resource"] = None
for name in ("getuid", "killpg", "fork", "setsid", "sysconf"):
    delattr(os, name)
from zoo.command.main import command
import zoo.sweeps.sweep, zoo.sweeps.point, zoo.training.session, zoo.images.datasets, zoo.script.device
print([command(["list"]), command(["run", "hodgkin_huxley", "--out", sys.argv[1]])])
"""
    process = subprocess.run([sys.executable, "-c", text, os.devnull + "_x"], capture_output=True, text=True)
    assert process.stdout.splitlines()[-1] == "[0, 2]", process.stderr
    assert "Windows Subsystem" in process.stderr and "Traceback" not in process.stderr


def test_macos_has_its_own_way(monkeypatch, tmp_path):
    """No /proc: the processor is what sysctl says, the memory what sysconf says."""
    tool = tmp_path / "sysctl"
    tool.write_text('#!/bin/sh\ncase "$2" in *brand_string) echo "Apple M2";; *) exit 1;; esac\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(system, "Path", lambda path: tmp_path / "none" if path == "/proc/cpuinfo" else path)
    monkeypatch.setattr(memory, "Path", lambda path: tmp_path / "none")
    system.processor.cache_clear()
    try:
        assert system.processor().endswith("Apple M2")
    finally:
        monkeypatch.undo()
        system.processor.cache_clear()
    assert "Apple" not in system.processor()


def test_memory_without_proc(tmp_path):
    known = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert system.memory() == known
    assert memory.available(processes=tmp_path / "none", groups=tmp_path) == known


@pytest.mark.skipif("cpp" not in BACKENDS, reason="needs a C++ compiler")
def test_a_program_ends_with_its_parent_on_every_system(tmp_path):
    """Linux does it by itself; elsewhere the timer of the program looks for its parent."""
    (tmp_path / "main.cpp").write_text(
        '#include "zoo.h"\n#include <chrono>\n#include <thread>\nint main() {\n'
        "    zoo::follow_parent();\n    std::puts(\"begun\");\n    std::fflush(stdout);\n"
        "    for (int k = 0; k < 300; k++) std::this_thread::sleep_for(std::chrono::milliseconds(100));\n}\n"
    )  # fmt: skip
    include = f"-I{ROOT / 'zoo/codegen/include'}"
    command = [*compiler.cxx(), "-std=c++11", "-U__linux__", include, "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    parent = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen(['./main'], env={**os.environ, 'ZOO_PARENT': str(os.getpid())}, stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\nprint(child.pid, flush=True)\nos._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", parent], cwd=tmp_path, capture_output=True, text=True, check=True)
    child = int(done.stdout)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if _is_zombie(child):
            return
        time.sleep(0.1)
    os.kill(child, 9)
    pytest.fail("it has outlived its parent")


def _is_zombie(child):
    """Where nobody reaps orphans."""
    try:
        with open(f"/proc/{child}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
