"""Brian2's own tests of standalone devices on the device "zoo", which scripts get: `make test-brian2`.

    python -m tests.brian2_suite [arguments of pytest]

They are the tests of the installed Brian2 that are marked as right for standalone code, with one run and with several,
and those of the C++ device itself; about ten minutes of one core. Optimisation is off, as Brian2 has it there: what is
tested is what the device does with Brian2's features. That the optimised loops give the same numbers is tested in
test_device_features.py.
"""

import os
import sys
import tempfile
from pathlib import Path

from brian2 import tests
from brian2.devices.device import all_devices

from zoo.core import files
from zoo.script.device import ScriptDevice


def main(arguments) -> int:
    """The exit code: 0 when no test has failed."""
    name = "cpp_standalone"  # by which the tests choose the device
    all_devices[name] = ScriptDevice()
    # Some of them write a folder to where they are, and their programs are of no further use.
    with tempfile.TemporaryDirectory() as folder, files.working_folder(folder):
        os.environ["ZOO_CACHE"] = folder
        passed = tests.run(
            [],
            test_codegen_independent=False,
            test_standalone=name,
            test_openmp=False,  # the device has one thread
            test_in_parallel=[],  # other processes would take Brian2's device
            reset_preferences=False,
            fail_for_not_implemented=False,
            additional_args=["-p", "no:cacheprovider", "--rootdir", str(Path(tests.__file__).parent), *arguments],
        )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
