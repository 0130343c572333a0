"""`python -m zoo` is the command `zoo`."""

import sys

from zoo.command.main import command

sys.exit(command())
