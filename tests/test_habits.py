"""What `make test-slow` and `.ci/run` ask of pytest."""

import subprocess
import sys

from tests.conftest import ROOT


def test_no_test_begins_after_its_minutes():
    """The summary names those that were left out."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_files.py", "--minutes"]
    late, early = (
        subprocess.run([*command, minutes], cwd=ROOT, capture_output=True, text=True).stdout for minutes in ("0", "9")
    )
    assert "left out after 0 minutes: tests/test_files.py::test_" in late and "passed" not in late
    assert "passed" in early and "skipped" not in early
