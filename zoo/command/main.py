"""The command `zoo`, and `cli(main)`, which makes a command of a user's file."""

import contextlib
import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from zoo.catalogue import registry
from zoo.command.verb import BAD_INPUT, STOPPED
from zoo.core import packages
from zoo.core.columns import columns
from zoo.core.errors import ZooError, first_line, one_line, place, quoted, unknown

#: Verb -> its file in this folder, in the order of `zoo --help`.
VERBS = {
    "list": "listing",
    "show": "show",
    "run": "run",
    "sweep": "sweep",
    "verify": "verify",
    "plot": "plot",
    "convert": "convert",
    "build": "build",
    "explore": "explore",
    "cache": "cache",
    "data": "data",
    "doctor": "doctor",
}

# The number of new objects after which Python collects garbage; imports create none, and at 700 it costs a tenth of a second.
_OBJECTS = 50_000

_HELP = ("-h", "--help")


def command(arguments=None) -> int:
    """The console script `zoo`; returns the exit code. Without `arguments` those of the process are used."""
    if arguments is None:
        gc.set_threshold(_OBJECTS)
    return _guarded(_command, sys.argv[1:] if arguments is None else list(arguments))


def cli(main: Callable[..., object]) -> None:
    """Run `main` with options from the command line: its own parameters and the fields of its `model`.

    Ends the process with code 2 after bad input and 130 after Ctrl-C.
    """
    module = sys.modules[main.__module__]
    path = Path(getattr(module, "__file__", None) or "main.py").resolve()
    name = path.stem if path.parent == packages.folder("experiments") else path.name
    code = _guarded(lambda arguments: _of_file(registry.of_module(name, module), arguments), sys.argv[1:])
    if code:
        sys.exit(code)


def _of_file(experiment, arguments):
    from zoo.command import run

    if set(_HELP) & set(arguments):
        return print(run.help_of(experiment))
    return run.run(experiment, arguments)


def verb(name: str):
    """The verb `name`; raises ZooError with the nearest names when it is unknown."""
    if name not in VERBS:
        raise unknown("command", name, VERBS, "see zoo --help.")
    return importlib.import_module(f"zoo.command.{VERBS[name]}").VERB


def _command(arguments):
    name, *others = arguments or ["--help"]
    if name == "help" and others:
        name, *others = [*others, "--help"]
    if name in (*_HELP, "help"):
        print(usage())
    elif name == "--version":
        from zoo import __version__

        print(f"brian2-zoo {__version__}")
    elif set(_HELP) & set(others):
        print(verb(name).help(others))
    else:
        return verb(name).run(others)


def usage() -> str:
    """The text of `zoo --help`: a line for each verb."""
    verbs = [verb(name) for name in VERBS]
    rows = [(f"zoo {found.name} {found.usage[0].partition('[')[0]}", found.summary) for found in verbs]
    return "\n".join(["usage: zoo COMMAND ...", "", *(f"  {line}" for line in columns(rows)), "", _MORE])


_MORE = """\
  zoo COMMAND --help              what a command takes; zoo help COMMAND is the same
  zoo run NAME --help             the options of an experiment
  zoo --version                   the version"""


def _guarded(function, arguments):
    """Runs the function; prints an error as one sentence and returns the exit code."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # Shells start background jobs of scripts like this. Brian2 would call the handler as a function.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    code = _attempt(function, arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _mute()  # the reader of the output has ended, as in `zoo list | head`
    except OSError as error:
        _mute()
        code = code or _said(f"the output cannot be written: {error.strerror}.")
    return code


def _attempt(function, arguments):
    debug = "--debug" in arguments
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            # Brian2 writes the command line to its log as UTF-8 when it is imported.
            return _said(f"{quoted(argument)} is not text in UTF-8; give the file or folder another name.")
    try:
        return function(arguments) or 0
    except ZooError as error:
        if debug:
            raise
        return _said(error)
    except KeyboardInterrupt:
        print("zoo: stopped.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        return 0
    except MemoryError as error:
        if debug:
            raise
        return _said(f"not enough memory ({first_line(error)}).")
    except OSError as error:
        if debug:
            raise
        what = f"{error.filename}: " if error.filename else "" if place(error) else "the output cannot be written: "
        return _said(f"{what}{error.strerror or first_line(error)}.")
    except Exception as error:
        # An error of the zoo is a bug, for which a traceback is best.
        where = place(error)
        if debug or not where:
            raise
        return _said(f"{where}, fails: {type(error).__name__}: {first_line(error).rstrip('.')}; --debug shows more.")


def _said(error):
    with contextlib.suppress(OSError):
        sentence, *lines = error.args if isinstance(error, ZooError) and error.args else [error]
        print(f"zoo: {one_line(str(sentence))}", *lines, sep="\n", file=sys.stderr, flush=True)
    return BAD_INPUT


def _mute():
    """Discard the rest of standard output; otherwise Python would report an error at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
