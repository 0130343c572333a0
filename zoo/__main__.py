"""`python -m zoo` is the command `zoo`."""

import sys

from zoo.cli import command

sys.exit(command())
