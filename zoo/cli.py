"""The command `zoo`, and `cli(main)`, which makes a command of a user's file."""

import argparse
import contextlib
import dataclasses
import inspect
import os
import re
import sys
import types
import typing
from collections.abc import Mapping
from pathlib import Path

from zoo import catalogue
from zoo.errors import ZooError, first_line, place, quoted, unknown

USAGE = """\
usage: zoo COMMAND ...

  zoo list                        what there is: models and experiments
  zoo show NAME                   a model: source, equations, parameters
  zoo run NAME|FILE.py [options]  run an experiment and write its figures and numbers
  zoo plot DIR [--with FILE.py]   draw the figures of a result folder again
  zoo build NAME --out DIR        a standalone C++ project that needs no Python; with --backend cuda [--arch sm_90]
                                  one for a GPU
  zoo cache [list|size|clear]     the compiled programs; clear --older-than 30 (days) or "12*hour"
  zoo data [list|files|prepare]   the data sets; prepare NAME [--manual-dir DIR]
  zoo doctor [--compile]          what this machine has for each backend, and what to do about the rest

  zoo run NAME --help             the options of an experiment
"""

# Exit codes: bad input, and Ctrl-C as shells count it.
BAD_INPUT = 2
STOPPED = 130

# What `zoo build` takes besides the fields of the model.
_BUILD = ("seed", "duration", "backend", "arch", "out")


def command(arguments=None) -> int:
    """The console script `zoo`; returns the exit code."""
    return _guarded(_command, sys.argv[1:] if arguments is None else list(arguments))


def cli(main) -> None:
    """Run `main` with options from the command line: its own parameters and the fields of its `model`.

    Ends the process with code 2 after bad input and 130 after Ctrl-C.
    """
    module = sys.modules[main.__module__]
    path = Path(getattr(module, "__file__", None) or "main.py").resolve()
    name = path.stem if path.parent == catalogue.ROOT / "experiments" else path.name
    code = _guarded(lambda arguments: _run(catalogue.of_module(name, module), arguments), sys.argv[1:])
    if code:
        sys.exit(code)


def _command(arguments):
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
    elif arguments[0] == "--version":
        from zoo import __version__

        print(f"brian2-zoo {__version__}")
    elif arguments[0] in COMMANDS:
        return COMMANDS[arguments[0]](arguments[1:])
    else:
        raise unknown("command", arguments[0], COMMANDS, "see zoo --help.")


def _guarded(function, arguments):
    """Runs the function; what is wrong is one sentence, and the exit code tells of it."""
    code = _attempt(function, arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _mute()  # the reader of our output went away, as in `zoo list | head`
    except OSError as error:
        _mute()
        code = code or _said(f"the output cannot be written: {error.strerror}.")
    return code


def _attempt(function, arguments):
    debug = "--debug" in arguments
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
        return _said(f"there is not enough memory ({first_line(error)}).")
    except OSError as error:
        if debug:
            raise
        what = f"{error.filename}: " if error.filename else "" if place(error) else "the output cannot be written: "
        return _said(f"{what}{error.strerror or first_line(error)}.")
    except Exception as error:
        # Ours would be a bug, which a traceback tells best.
        where = place(error)
        if debug or not where:
            raise
        return _said(f"{where}, fails: {type(error).__name__}: {first_line(error).rstrip('.')}; --debug shows more.")


def _said(error):
    with contextlib.suppress(OSError):
        print(f"zoo: {error}", file=sys.stderr, flush=True)
    return BAD_INPUT


def _mute():
    """What is still to be written to standard output goes nowhere, or Python would complain when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _list(arguments):
    _parser("list").parse(arguments)
    for kind in catalogue.KINDS:
        print(kind)
        known = catalogue.entries(kind)
        width = max((len(name) for name in known), default=0)
        for name, entry in known.items():
            print(f"  {name.ljust(width)}  {entry.summary}".rstrip())


def _show(arguments):
    name = _first("show", arguments)
    _parser("show").parse(arguments[1:])
    from zoo import cards

    if name in catalogue.entries("experiments") and name not in catalogue.entries("models"):
        experiment = catalogue.experiment(name)
        print(inspect.getdoc(experiment.module))
        print("\nOptions\n-------", *cards.option_table(experiment, _parameters(experiment)), sep="\n")
        return
    print(cards.card(catalogue.model(name)()))


def _run_command(arguments):
    return _run(catalogue.experiment(_first("run", arguments)), arguments[1:])


def _run(experiment, arguments):
    from brian2 import BrianLogger

    from zoo import files
    from zoo.program import Interrupted
    from zoo.result import Result, collect

    BrianLogger.suppress_name("unused_brian_object")  # a refused network is said in our own sentence
    experiment = _with_main(experiment)
    if {"-h", "--help"} & set(arguments):
        return _run_help(experiment)
    options = _parser(f"run {experiment.name}", experiment).parse(arguments)
    settings = _settings(experiment, options)
    # What goes on from a folder ends in it.
    chosen = options.get("out") or options.get("resume")
    with (
        files.output_folder(Path(chosen or Path("results") / experiment.name.removesuffix(".py"))) as out,
        collect() as results,
    ):
        if "out" in settings:
            settings["out"] = out
        try:
            # With --out, what the experiment writes by relative paths lands there as well.
            with files.working_folder(out) if chosen else contextlib.nullcontext():
                returned = experiment.main(**settings)
        except Interrupted as stop:
            partial = dataclasses.replace(stop.result, experiment=experiment.name)
            partial.save(out)
            done = float(partial.duration) * partial.completed
            print(
                f"zoo: stopped at {done:.3g} of {float(partial.duration):.3g} s; what was simulated is in {out}.",
                file=sys.stderr,
            )
            return STOPPED
        result = returned if isinstance(returned, Result) else results[-1] if results else None
        if result is not None:
            result = dataclasses.replace(result, experiment=experiment.name)
            result.save(out)
            if experiment.plot:
                _write(_figures(experiment, result), out)
            print(f"wrote {_shown(out / 'run.json')}")
    return 0


def _run_help(experiment):
    from zoo import cards

    print(f"usage: zoo run {experiment.name} [options]\n")
    print(f"{(inspect.getdoc(experiment.module) or '').partition(chr(10))[0]}\n")
    print(*cards.option_table(experiment, _parameters(experiment)), sep="\n")
    model = _model_of(experiment)
    if model is not None:
        print(f"\nParameters of {type(model).__name__}:")
        print(*cards.parameter_table(model, cards.inspect_model(model)), "", cards.LEGEND, sep="\n")
    return 0


def _figures(experiment, result):
    """What plot(result) of an experiment returns, as figures by name."""
    drawn = experiment.plot(result)
    if drawn is None:  # it has saved them itself
        return {}
    if hasattr(drawn, "savefig"):
        return {"figure": drawn}
    if not isinstance(drawn, Mapping) or not all(hasattr(figure, "savefig") for figure in drawn.values()):
        raise ZooError(f"plot of {experiment.name} has to return figures by name, such as {{'raster': figure}}.")
    for name in drawn:
        if not isinstance(name, str) or not re.fullmatch(r"[\w\- .]+", name) or name.startswith("."):
            raise ZooError(f"plot of {experiment.name} names a figure {quoted(name)}, which is no name for a file.")
    return drawn


def _write(figures, out):
    from zoo import files

    for name, figure in figures.items():
        path = out / f"{name}.png"
        with files.cannot_write(out), files.replacing(path) as new:
            figure.savefig(new, dpi=120)
        print(f"wrote {_shown(path)}")


def _plot(arguments):
    folder = Path(_first("plot", arguments))
    options = _parser("plot", extra=("out", "with")).parse(arguments[1:])
    from zoo import files
    from zoo.result import Result

    result = Result.load(folder)
    figures = _figures_again(result, folder, options.get("with"))
    with files.output_folder(Path(options.get("out") or folder)) as out:
        _write(figures, out)


def _figures_again(result, folder, file):
    """The figures of a loaded result, by a user's file, by its experiment, or those that every result has."""
    from zoo import plots

    if file is not None:
        experiment = catalogue.experiment(file)
        if not experiment.plot:
            raise ZooError(f"{file} has no function plot(result).")
        return _figures(experiment, result)
    if result.experiment not in catalogue.entries("experiments"):
        return plots.overview(result)
    experiment = catalogue.experiment(result.experiment)
    if not experiment.plot:
        return plots.overview(result)
    try:
        return _figures(experiment, result)
    except Exception as error:
        # A run that was stopped has not everything that the experiment draws.
        if result.completed < 1:
            return plots.overview(result)
        said = f"{type(error).__name__}: {first_line(error)}"
        raise ZooError(f"{result.experiment} cannot draw the result in {folder} ({said}); run it again.") from error


def _build(arguments):
    name = _first("build", arguments)
    experiment = _with_main(catalogue.experiment(name))
    model = _model_of(experiment)
    if model is None:
        raise ZooError(f"{name} is an experiment with several models; build one of them by its own name.")
    own = _parameters(experiment)
    parser = _parser(f"build {name}", experiment, extra=_BUILD)
    options = parser.parse(arguments[1:])
    for option in options:
        if option in own and option not in _BUILD:
            raise ZooError(
                f"zoo build does not take --{option}: a C++ project has the model, not the experiment {name}."
            )
    if "out" not in options:
        raise ZooError("zoo build needs the folder to write to: --out DIR.")
    from brian2 import second

    from zoo import files, quantities
    from zoo.export import export

    chosen = {part: own[part].default for part in _BUILD if part in own and own[part].default is not own[part].empty}
    if "seed" in options:
        chosen["seed"] = _whole_number("seed", options["seed"])
    if "duration" in options:
        duration = _value("duration", options["duration"], second)
        chosen["duration"] = quantities.check_one("duration", duration, second, "1*second")
    model = _changed(model, {name: text for name, text in options.items() if name not in own and name not in _BUILD})
    folder = Path(options["out"])
    with files.output_folder(folder) as out:
        compiled = export(
            model,
            chosen.get("duration", 1 * second),
            experiment.record,
            out,
            backend=options.get("backend", chosen.get("backend", "cpp")),
            seed=chosen.get("seed", 0),
            arch=options.get("arch"),
        )
    if compiled:
        print(f"wrote {_shown(folder)} and compiled it; run it with: cd {folder} && ./main")
    else:
        print(f"wrote {_shown(folder)}; compile and run it with: cd {folder} && make && ./main")


def _cache(arguments):
    from zoo import cache
    from zoo.progress import span

    what = arguments[0] if arguments and not arguments[0].startswith("-") else "list"
    extra = ("older_than",) if what == "clear" else ()
    options = _parser(f"cache {what}", extra=extra).parse(arguments[1:] if arguments[:1] == [what] else arguments)
    if what == "list":
        for entry in cache.entries():
            print(f"{entry.key}  {entry.size / 1e6:6.1f} MB  {entry.model}")
    elif what == "size":
        found = cache.entries()
        print(f"{len(found)} programs, {sum(entry.size for entry in found) / 1e6:.1f} MB in {cache.folder()}")
    elif what == "clear":
        days = _days(options["older_than"]) if "older_than" in options else 0.0
        removed = cache.clear(older_than=days)
        older = f" unused for {span(days * cache.DAY)}" if days else ""
        print(f"removed {len(removed)} programs{older}, {sum(entry.size for entry in removed) / 1e6:.1f} MB")
    else:
        raise unknown("cache command", what, ("list", "size", "clear"))


def _days(text):
    """The days that "30", or a time such as "12*hour", says."""
    from brian2 import Quantity, second

    from zoo import quantities
    from zoo.cache import DAY

    age = quantities.evaluate(text, {"day": DAY * second, "hour": 3600 * second, "minute": 60 * second})
    if isinstance(age, Quantity):
        age = quantities.check_one("--older-than", age, second, "12*second") / (DAY * second)
    age = quantities.check_one("--older-than", age, 1, "30")
    if age < 0:
        raise ZooError(f"--older-than {text} is in the future; give days, such as 30, or a time, such as 12*hour.")
    return float(age)


def _data(arguments):
    from zoo import data_command

    words = [argument for argument in arguments[:2] if not argument.startswith("-")]
    options = _parser("data", extra=("manual_dir",)).parse(arguments[len(words) :])
    data_command.run(*[*words, "list"][:1], *[*words[1:], None][:1], options.get("manual_dir"))


def _doctor(arguments):
    options = _parser("doctor", switches=("compile",)).parse(arguments)
    from zoo import doctor

    return doctor.run(compiled=options.get("compile", False))


COMMANDS = {
    "list": _list,
    "show": _show,
    "run": _run_command,
    "plot": _plot,
    "build": _build,
    "cache": _cache,
    "data": _data,
    "doctor": _doctor,
}


class _Parser:
    """Options as text; values may begin with a minus, names are accepted with - for _."""

    def __init__(self, title, names, switches=()):
        self.title = title
        self.names = sorted({*names, "debug"})
        self.switches = {*switches, "debug"}

    def parse(self, arguments) -> dict:
        parser = argparse.ArgumentParser(prog=f"zoo {self.title}", add_help=False, allow_abbrev=False)
        parser.error = self._refuse
        for name in self.names:
            flags = list(dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}")))
            if name in self.switches:
                parser.add_argument(*flags, dest=name, action=argparse.BooleanOptionalAction)
            else:
                parser.add_argument(*flags, dest=name)
        known, others = parser.parse_known_args(_joined(arguments))
        if others:
            if not others[0].startswith("-"):
                raise ZooError(
                    f"zoo {self.title} does not know what {quoted(others[0])} is for; options begin with --."
                )
            raise unknown("option", others[0].partition("=")[0], [f"--{name}" for name in self.names])
        return {name: value for name, value in vars(known).items() if value is not None}

    def _refuse(self, message):
        raise ZooError(f"zoo {self.title}: {message}.")


def _parser(title, experiment=None, extra=(), switches=()):
    names, switches = {*extra, *switches}, set(switches)
    if experiment:
        from zoo.model import annotations

        names.add("out")
        for name, parameter in _parameters(experiment).items():
            if name != "model":
                names.add(name)
                if parameter.annotation is bool or isinstance(parameter.default, bool):
                    switches.add(name)
        model = _model_of(experiment)
        if model is not None:
            kinds = annotations(type(model))
            for name in {"out", "debug", "help"} & set(kinds):
                raise ZooError(
                    f"the field {name} of {type(model).__name__} has the name of an option of zoo; rename it."
                )
            names |= set(kinds)
            switches |= {name for name, kind in kinds.items() if kind is bool}
    return _Parser(title, names, switches)


def _joined(arguments):
    """`--v -70*mV` as `--v=-70*mV`, or argparse takes the value for an option."""
    joined = []
    for argument in arguments:
        negative = re.match(r"-[\d.\[(]", argument)
        if negative and joined and joined[-1].startswith("--") and "=" not in joined[-1]:
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _parameters(experiment):
    """The parameters of an experiment's main by name; annotations may be strings."""
    try:
        parameters = inspect.signature(experiment.main, eval_str=True).parameters
    except Exception as error:
        raise ZooError(f"the annotations of main in {experiment.name} cannot be read: {first_line(error)}.") from error
    own = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name: parameter for name, parameter in parameters.items() if parameter.kind in own}


def _model_of(experiment):
    """The model that `main` starts from, or None when it has no parameter `model`."""
    from zoo.model import Model

    parameter = _parameters(experiment).get("model")
    if parameter is None or parameter.default is None:
        return None
    model = parameter.default
    if model is parameter.empty:
        model = catalogue.model_in(experiment.module)
    if isinstance(model, type) and issubclass(model, Model):
        model = model()
    if not isinstance(model, Model):
        raise ZooError(f"model of main in {experiment.name} has to be a Model, not {quoted(model)}.")
    return model


def _settings(experiment, options):
    """The keyword arguments of main: its own parameters, and a model with the changed fields."""
    settings = {}
    parameters = _parameters(experiment)
    for name, parameter in parameters.items():
        if name in ("model", "out"):
            continue
        if name in options:
            settings[name] = _argument(name, options[name], parameter)
        elif parameter.default is parameter.empty:
            raise ZooError(f"{experiment.name} needs --{name}.")
        else:
            settings[name] = parameter.default
    if "out" in parameters:
        settings["out"] = None  # the folder, when there is one
    model = _model_of(experiment)
    if model is not None:
        settings["model"] = _changed(model, {k: text for k, text in options.items() if k not in (*parameters, "out")})
    elif "model" in parameters:
        settings["model"] = None
    return settings


def _changed(model, options):
    """`model` with the fields that the options name."""
    from zoo.model import annotations, replace

    kinds = annotations(type(model))
    changes = {name: _value(name, text, kinds[name]) for name, text in options.items() if name in kinds}
    if not changes:
        return model
    try:
        return replace(model, **changes)
    except ZooError:
        raise
    except Exception as error:  # a check of the model's own that did not expect such a value
        given = ", ".join(f"--{name}" for name in changes)
        raise ZooError(f"{type(model).__name__} cannot take {given} ({first_line(error)}).") from error


def _argument(name, text, parameter):
    """The value of a parameter of main, which its annotation or its default says the kind of."""
    from brian2 import Quantity
    from brian2.units.fundamentalunits import get_unit

    from zoo import quantities

    default, kind = parameter.default, parameter.annotation
    if kind is parameter.empty:
        kind = str if default is None or default is parameter.empty else type(default)
    value = _value(name, text, kind)
    unit = kind if isinstance(kind, Quantity) else get_unit(default.dim) if isinstance(default, Quantity) else None
    if unit is None:
        return value
    example = quantities.format(default) if isinstance(default, Quantity) else ""
    check = quantities.check if isinstance(default, Quantity) and default.ndim else quantities.check_one
    return check(name, value, unit, example)


def _value(name, text, kind):
    """The text of an option as a value of the annotation `kind`: a unit, a number, text, a path."""
    from brian2 import Quantity

    from zoo import quantities

    if not isinstance(text, str):  # a switch
        return text
    if typing.get_origin(kind) in (typing.Union, types.UnionType):  # Path | None
        kinds = [choice for choice in typing.get_args(kind) if choice is not type(None)]
        kind = kinds[0] if len(kinds) == 1 else kind
    if kind is int:
        return _whole_number(name, text)
    if kind is float:
        return quantities.check_one(f"--{name}", quantities.parse(text), 1)
    if kind is str:
        return text
    if kind is Path:
        return Path(text).absolute()
    if kind is Quantity or isinstance(kind, (Quantity, int)):
        return quantities.parse(text)
    said = getattr(kind, "__name__", None) if isinstance(kind, type) else None
    raise ZooError(
        f"--{name} cannot be set on the command line, which has numbers, quantities, texts and paths, "
        f"but nothing for {said or str(kind).replace('typing.', '')}; set it in Python."
    )


def _whole_number(name, text):
    try:
        return int(text)
    except ValueError:
        raise ZooError(f"--{name} has to be a whole number, not {quoted(text)}.") from None


def _with_main(experiment):
    """An experiment that has a main; for a file or module without one, one that runs its model.

    It uses the file's own `record` and `plot`, or records all spikes and draws an overview.
    """
    if experiment.main:
        return experiment
    from zoo import plots
    from zoo.default import default_main, record_spikes

    record = experiment.record or record_spikes
    main = default_main(catalogue.model_in(experiment.module), record)
    return dataclasses.replace(experiment, main=main, record=record, plot=experiment.plot or plots.overview)


def _first(name, arguments):
    if not arguments or arguments[0].startswith("-"):
        what = "a result folder" if name == "plot" else "a name"
        raise ZooError(f"zoo {name} needs {what} behind it; see zoo {'--help' if name == 'plot' else 'list'}.")
    return arguments[0]


def _shown(path):
    """A path as short as it can be said from here."""
    path = Path(path).absolute()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
