"""The command `zoo`, and `cli(main)`, which makes a command of a user's file."""

import argparse
import contextlib
import dataclasses
import inspect
import re
import sys
from pathlib import Path

from zoo import catalogue
from zoo.errors import ZooError, unknown

USAGE = """\
usage: zoo COMMAND ...

  zoo list                        what there is: models and experiments
  zoo show NAME                   a model: source, equations, parameters
  zoo run NAME|FILE.py [options]  run an experiment and write its figures and numbers
  zoo plot DIR                    draw the figures of a result folder again
  zoo build NAME --out DIR        a standalone C++ project that needs no Python
  zoo cache [list|size|clear]     the compiled programs; clear --older-than DAYS
  zoo data [list|files|prepare]   the data sets; prepare NAME [--manual-dir DIR]

  zoo run NAME --help             the options of an experiment
"""

# Exit codes: bad input, and Ctrl-C as shells count it.
BAD_INPUT = 2
STOPPED = 130


def command(arguments=None) -> int:
    """The console script `zoo`; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if arguments[0] == "--version":
        from zoo import __version__

        print(f"brian2-zoo {__version__}")
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        return _said(unknown("command", name, COMMANDS, "see zoo --help."))
    return _guarded(COMMANDS[name], rest)


def cli(main) -> None:
    """Run `main` with options from the command line: its own parameters and the fields of its `model`.

    Ends the process with code 2 after bad input and 130 after Ctrl-C.
    """
    module = sys.modules[main.__module__]
    name = Path(module.__file__).stem
    code = _guarded(lambda arguments: _run(catalogue.of_module(name, module), arguments), sys.argv[1:])
    if code:
        sys.exit(code)


def _guarded(function, arguments):
    try:
        return function(arguments) or 0
    except ZooError as error:
        if "--debug" in arguments:
            raise
        return _said(error)
    except KeyboardInterrupt:
        print("zoo: stopped.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as in `zoo list | head`
        return 0


def _said(error):
    print(f"zoo: {error}", file=sys.stderr)
    return BAD_INPUT


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

    if not name.endswith(".py") and name in catalogue.entries("experiments") and name not in catalogue.entries("models"):
        experiment = catalogue.experiment(name)
        print(inspect.getdoc(experiment.module))
        print("\nOptions\n-------", *cards.option_table(experiment), sep="\n")
        return
    print(cards.card(catalogue.model(name)()))


def _run_command(arguments):
    return _run(catalogue.experiment(_first("run", arguments)), arguments[1:])


def _run(experiment, arguments):
    from brian2 import BrianLogger

    from zoo import files
    from zoo.program import Interrupted
    from zoo.result import collect

    BrianLogger.suppress_name("unused_brian_object")  # a refused network is said in our own sentence
    experiment = _with_main(experiment)
    if {"-h", "--help"} & set(arguments):
        return _run_help(experiment)
    options = _parser(f"run {experiment.name}", experiment).parse(arguments)
    settings = _settings(experiment, options)
    chosen = options.get("out")
    with files.output_folder(Path(chosen or Path("results") / experiment.name)) as out, collect() as results:
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
        result = returned if hasattr(returned, "save") else results[-1] if results else None
        if result is not None:
            result = dataclasses.replace(result, experiment=experiment.name)
            result.save(out)
            if experiment.plot:
                _draw(experiment.plot, result, out)
            print(f"wrote {_shown(out / 'run.json')}")
    return 0


def _run_help(experiment):
    from zoo import cards

    print(f"usage: zoo run {experiment.name} [options]\n")
    print(f"{(inspect.getdoc(experiment.module) or '').partition(chr(10))[0]}\n")
    print(*cards.option_table(experiment), sep="\n")
    model = _model_of(experiment)
    if model is not None:
        declared, _ = cards.inspect_model(model)
        print(f"\nParameters of {type(model).__name__}; {cards.LEGEND}")
        print(*cards.parameter_table(model, declared), sep="\n")
    return 0


def _draw(plot, result, out):
    from zoo import files

    for name, figure in plot(result).items():
        path = out / f"{name}.png"
        with files.cannot_write(out), files.replacing(path) as new:
            figure.savefig(new, dpi=120)
        print(f"wrote {_shown(path)}")


def _plot(arguments):
    folder = Path(_first("plot", arguments))
    options = _parser("plot", extra=("out",)).parse(arguments[1:])
    from zoo import files, plots
    from zoo.result import Result

    result = Result.load(folder)
    known = catalogue.entries("experiments")
    plot = catalogue.experiment(result.experiment).plot if result.experiment in known else plots.overview
    with files.output_folder(Path(options.get("out") or folder)) as out:
        _draw(plot or plots.overview, result, out)


def _build(arguments):
    name = _first("build", arguments)
    experiment = _with_main(catalogue.experiment(name))
    options = _parser(f"build {name}", experiment, extra=("duration",)).parse(arguments[1:])
    if "out" not in options:
        raise ZooError("zoo build needs the folder to write to: --out DIR.")
    settings = _settings(experiment, options)
    if "model" not in settings:
        raise ZooError(f"{name} is an experiment with several models; build one of them by its own name.")
    from zoo import files, quantities
    from zoo.export import export

    folder = Path(options["out"])
    with files.output_folder(folder) as out:
        export(
            settings["model"],
            settings.get("duration") or quantities.parse(options.get("duration", "1*second")),
            experiment.record,
            out,
            backend=settings.get("backend", "cpp"),
            seed=settings.get("seed", 0),
        )
    print(f"wrote {_shown(folder)}; compile and run it with: cd {folder} && make && ./main")


def _cache(arguments):
    from zoo import cache
    from zoo.progress import span

    what = arguments[0] if arguments and not arguments[0].startswith("-") else "list"
    options = _parser("cache", extra=("older_than",)).parse(arguments[1:] if arguments[:1] == [what] else arguments)
    if what == "list":
        for entry in cache.entries():
            print(f"{entry.key}  {entry.size / 1e6:6.1f} MB  {entry.model}")
    elif what == "size":
        found = cache.entries()
        print(f"{len(found)} programs, {sum(entry.size for entry in found) / 1e6:.1f} MB in {cache.folder()}")
    elif what == "clear":
        days = _number("older_than", options.get("older_than", "0"))
        removed = cache.clear(older_than=days)
        older = f" unused for {span(days * cache.DAY)}" if days else ""
        print(f"removed {len(removed)} programs{older}, {sum(entry.size for entry in removed) / 1e6:.1f} MB")
    else:
        raise unknown("cache command", what, ("list", "size", "clear"))


def _data(arguments):
    from zoo import data_command

    words = [argument for argument in arguments[:2] if not argument.startswith("-")]
    options = _parser("data", extra=("manual_dir",)).parse(arguments[len(words) :])
    data_command.run(*[*words, "list"][:1], *[*words[1:], None][:1], options.get("manual_dir"))


COMMANDS = {
    "list": _list,
    "show": _show,
    "run": _run_command,
    "plot": _plot,
    "build": _build,
    "cache": _cache,
    "data": _data,
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
                raise ZooError(f"zoo {self.title} does not know what {others[0]!r} is for; options begin with --.")
            raise unknown("option", others[0].partition("=")[0], [f"--{name}" for name in self.names])
        return {name: value for name, value in vars(known).items() if value is not None}

    def _refuse(self, message):
        raise ZooError(f"zoo {self.title}: {message}.")


def _parser(title, experiment=None, extra=()):
    names, switches = set(extra), set()
    if experiment:
        from zoo.model import annotations

        names.add("out")
        for name, parameter in inspect.signature(experiment.main).parameters.items():
            if name != "model":
                names.add(name)
                switches |= {name} if isinstance(parameter.default, bool) else set()
        model = _model_of(experiment)
        if model is not None:
            names |= set(annotations(type(model)))
            switches |= {name for name, kind in annotations(type(model)).items() if kind is bool}
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


def _model_of(experiment):
    parameter = inspect.signature(experiment.main).parameters.get("model")
    return parameter.default if parameter is not None else None


def _settings(experiment, options):
    """The keyword arguments of main: its own parameters, and a model with the changed fields."""
    from brian2 import Quantity
    from brian2.units.fundamentalunits import get_unit

    from zoo import quantities
    from zoo.model import annotations, replace

    settings = {}
    parameters = inspect.signature(experiment.main).parameters
    for name, parameter in parameters.items():
        if name in options and name not in ("model", "out"):
            kind = parameter.annotation if parameter.annotation is not parameter.empty else type(parameter.default)
            settings[name] = _value(name, options[name], kind)
            if isinstance(parameter.default, Quantity):
                example = quantities.format(parameter.default)
                settings[name] = quantities.check(name, settings[name], get_unit(parameter.default.dim), example)
        elif parameter.default is not parameter.empty:
            settings[name] = parameter.default
    model = _model_of(experiment)
    if model is not None:
        kinds = annotations(type(model))
        changes = {
            name: _value(name, text, kinds[name])
            for name, text in options.items()
            if name in kinds and name not in parameters
        }
        settings["model"] = replace(model, **changes) if changes else model
    return settings


def _value(name, text, kind):
    """The text of an option as a value of the annotation `kind`: a unit, a number, text, a path."""
    from brian2 import Quantity

    from zoo import quantities

    if not isinstance(text, str):  # a switch
        return text
    if kind is int:
        return _whole_number(name, text)
    if kind is Path:
        return Path(text).absolute()
    if kind in (float, Quantity) or isinstance(kind, (Quantity, int)):
        return quantities.parse(text)
    return text


def _whole_number(name, text):
    try:
        return int(text)
    except ValueError:
        raise ZooError(f"--{name} has to be a whole number, not {text!r}.") from None


def _number(name, text):
    from zoo import quantities

    return quantities.check(f"--{name}", quantities.parse(text), 1)


def _with_main(experiment):
    """An experiment that has a main; for a file or module with only a model, one that records all spikes."""
    if experiment.main:
        return experiment
    from zoo import plots
    from zoo.default import default_main, record_spikes

    model_class = catalogue.model_in(experiment.module)
    return dataclasses.replace(
        experiment, main=default_main(model_class), record=record_spikes, plot=experiment.plot or plots.overview
    )


def _first(name, arguments):
    if not arguments or arguments[0].startswith("-"):
        raise ZooError(f"zoo {name} needs a name behind it; see zoo list.")
    return arguments[0]


def _shown(path):
    """A path as short as it can be said from here."""
    path = Path(path).absolute()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
