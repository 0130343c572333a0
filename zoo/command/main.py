"""The command `zoo`, and `cli(main)`, which makes a command of a user's file."""

import contextlib
import dataclasses
import gc
import inspect
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from zoo.catalogue import registry as catalogue
from zoo.catalogue.options import changed, model_of, parameters_of, parser, settings_of, value_of, whole_number
from zoo.core import packages
from zoo.core.errors import ZooError, first_line, one_line, place, quoted, unknown
from zoo.core.files import shown

USAGE = """\
usage: zoo COMMAND ...

  zoo list                        what there is: models and experiments
  zoo show NAME                   a model: source, equations, parameters
  zoo run NAME|FILE.py [options]  run an experiment and write its figures and numbers
  zoo sweep NAME --field AXIS ... an experiment at many points, and a table; see zoo sweep --help
  zoo plot DIR [--with FILE.py]   draw the figures of a result folder again
                                  both: --format pdf,svg, --dpi 300, and --show for windows
  zoo convert DIR --to FORMAT     a result as the field's tools read it: nwb, sonata
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

# Of so many new objects Python looks for garbage; what it imports, a tenth of a second's worth at 700, is none.
_OBJECTS = 50_000

# The folder of the sweep of an experiment that is one.
SWEPT = "sweep"

# How `zoo run` and `zoo plot` write figures.
FIGURES = {
    "format": ("png", "of the figures, or several, as pdf,svg"),
    "dpi": ("120", "dots per inch of the figures"),
    "show": ("", "open the figures in windows as well"),
}

# What `zoo build` takes besides the fields of the model.
_BUILD = ("seed", "duration", "backend", "arch", "out")


def command(arguments=None) -> int:
    """The console script `zoo`; returns the exit code. Without `arguments` the process does nothing else."""
    if arguments is None:
        gc.set_threshold(_OBJECTS)
    return _guarded(_command, sys.argv[1:] if arguments is None else list(arguments))


def cli(main) -> None:
    """Run `main` with options from the command line: its own parameters and the fields of its `model`.

    Ends the process with code 2 after bad input and 130 after Ctrl-C.
    """
    module = sys.modules[main.__module__]
    path = Path(getattr(module, "__file__", None) or "main.py").resolve()
    name = path.stem if path.parent == packages.folder("experiments") else path.name
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
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # So a shell starts a script's jobs in the background. Brian2 would call what it finds here as a function.
        signal.signal(signal.SIGINT, signal.default_int_handler)
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
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            # Brian2 writes the command line to its log, as UTF-8, when it is imported.
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
        sentence, *lines = error.args if isinstance(error, ZooError) and error.args else [error]
        print(f"zoo: {one_line(str(sentence))}", *lines, sep="\n", file=sys.stderr, flush=True)
    return BAD_INPUT


def _mute():
    """What is still to be written to standard output goes nowhere, or Python would complain when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _list(arguments):
    parser("list").parse(arguments)
    for kind in packages.KINDS:
        print(kind)
        known = packages.entries(kind)
        width = max((len(name) for name in known), default=0)
        for name, entry in known.items():
            print(f"  {name.ljust(width)}  {entry.summary}".rstrip())


def _show(arguments):
    name = _first("show", arguments)
    parser("show").parse(arguments[1:])
    from zoo.catalogue import cards

    if name in packages.entries("experiments") and name not in packages.entries("models"):
        experiment = catalogue.experiment(name)
        print(inspect.getdoc(experiment.module))
        print("\nOptions\n-------", *cards.option_table(experiment, parameters_of(experiment)), sep="\n")
        return
    print(cards.card(catalogue.model(name)()))


def _run_command(arguments):
    experiment = catalogue.experiment(_first("run", arguments))
    return _run(experiment, arguments[1:])


def _run(experiment, arguments):
    from brian2 import BrianLogger

    from zoo.catalogue.default import with_main
    from zoo.core import files
    from zoo.engine.program import Interrupted, NotFinite
    from zoo.result import Result, collect

    BrianLogger.suppress_name("unused_brian_object")  # a refused network is said in our own sentence
    experiment = with_main(experiment)
    if {"-h", "--help"} & set(arguments):
        return _run_help(experiment)
    # A parameter or a field with the name of one of these is what its file says.
    free = [name for name in FIGURES if name not in parser("run", experiment).names]
    title = f"run {experiment.name}"
    options = parser(title, experiment, [name for name in free if name != "show"], {"show"} & {*free}).parse(arguments)
    figures = {name: options.pop(name) for name in free if name in options}
    settings = settings_of(experiment, options)
    # What goes on from a folder ends in it.
    chosen = options.get("out") or options.get("resume")
    with (
        _saving(figures),
        files.output_folder(Path(chosen or Path("results") / experiment.name.removesuffix(".py"))) as out,
        collect() as results,
    ):
        _make_room(out, experiment.name, options.get("resume"))
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
        except NotFinite as error:
            dataclasses.replace(error.result, experiment=experiment.name).save(out)
            raise ZooError(f"{error} What was simulated until then is in {shown(out)}.") from error
        except (Exception, SystemExit):
            if results:  # hours of simulation may be in it
                dataclasses.replace(results[-1], experiment=experiment.name).save(out)
                print(f"zoo: what was simulated is in {shown(out)}; zoo plot {shown(out)} draws it.", file=sys.stderr)
            raise
        result = returned if isinstance(returned, Result) else results[-1] if results else None
        if result is not None:
            result = dataclasses.replace(result, experiment=experiment.name)
            result.save(out)
            if experiment.plot:
                from zoo.analysis import plots

                plots.save(_figures(experiment, result), out)
            print(f"wrote {shown(out / 'run.json')}")
        elif (out / SWEPT / "sweep.json").exists() and experiment.plot:  # by which zoo plot finds the figures
            with files.replacing(out / "experiment.json") as new:
                new.write_text(json.dumps({"experiment": experiment.name}) + "\n")
    return 0


def _make_room(out, name, resumed):
    """Refuse a folder with something else in it; move a run that was stopped aside."""
    from zoo.result import Result

    if (out / "sweep.json").exists():
        raise ZooError(f"{shown(out)} holds a sweep, which a run would hide; take another folder with --out.")
    if resumed or not (out / "run.json").exists():
        return
    try:
        found = Result.load(out)
    except ZooError:  # damaged, or of another version: nothing that could be read again
        return
    if found.experiment not in (name, ""):
        raise ZooError(f"{shown(out)} holds a result of {found.experiment}; take another folder with --out.")
    if found.completed < 1:
        number = 1
        while (aside := out / f"stopped_{number}").exists():
            number += 1
        aside.mkdir()
        for part in ("arrays.npz", "run.json"):
            (out / part).replace(aside / part)
        print(f"zoo: the run that was stopped there is now in {shown(aside)}.", file=sys.stderr)


def _run_help(experiment):
    from zoo.catalogue import cards

    print(f"usage: zoo run {experiment.name} [options]\n")
    print(f"{(inspect.getdoc(experiment.module) or '').partition(chr(10))[0]}\n")
    own = set(parser("run", experiment).names)
    figures = [(f"--{name}", *said) for name, said in FIGURES.items() if name not in own]
    print(*cards.option_table(experiment, parameters_of(experiment), figures), sep="\n")
    model = model_of(experiment)
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


def _plot(arguments):
    folder = Path(_first("plot", arguments))
    options = parser("plot", extra=("out", "with", "format", "dpi"), switches=("show",)).parse(arguments[1:])
    from zoo.analysis import plots
    from zoo.core import files

    with _saving({name: options[name] for name in FIGURES if name in options}):
        figures = _figures_of(folder, options.get("with"))
        with files.output_folder(Path(options.get("out") or folder)) as out:
            plots.save(figures, out)


def _saving(options):
    """A block in which figures are saved as --format, --dpi and --show say."""
    if not options:
        return contextlib.nullcontext()
    from zoo.analysis import plots

    how = {"show": options.get("show", False)}
    if "format" in options:
        how["formats"] = [name.strip().lower() for name in options["format"].split(",")]
    if "dpi" in options:
        how["dpi"] = whole_number("dpi", options["dpi"])
    return plots.saving(**how)


def _figures_of(folder, file):
    """The figures of a result folder, or of one of a sweep."""
    if (folder / "sweep.json").exists():
        from zoo.sweeps import sweep_plots
        from zoo.sweeps.sweep import Sweep

        if file is not None:
            raise ZooError("zoo plot --with takes the folder of one result, and this is one of a sweep.")
        return sweep_plots.figures(Sweep.load(folder))
    if (folder / SWEPT / "sweep.json").exists() and not (folder / "run.json").exists():
        return _figures_of_swept(folder, file)
    from zoo.result import Result

    return _figures_again(Result.load(folder), folder, file)


def _figures_of_swept(folder, file):
    """The figures of an experiment that is a sweep, by its `plot`."""
    from zoo.sweeps import sweep_plots
    from zoo.sweeps.sweep import Sweep

    found = Sweep.load(folder / SWEPT)
    name = file
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        name = name or json.loads((folder / "experiment.json").read_text())["experiment"]
    # A file that is read names no file to run.
    if file or name in packages.entries("experiments"):
        experiment = catalogue.experiment(name)
        if experiment.plot:
            return _figures(experiment, found)
    return sweep_plots.figures(found)


def _figures_again(result, folder, file):
    """The figures of a loaded result, by a user's file, by its experiment, or those that every result has."""
    from zoo.analysis import plots

    if file is not None:
        experiment = catalogue.experiment(file)
        if not experiment.plot:
            raise ZooError(f"{file} has no function plot(result).")
        return _figures(experiment, result)
    if result.experiment not in packages.entries("experiments"):
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
    from zoo.catalogue.default import with_main

    experiment = with_main(catalogue.experiment(name))
    model = model_of(experiment)
    if model is None:
        raise ZooError(f"{name} is an experiment with several models; build one of them by its own name.")
    own = parameters_of(experiment)
    options = parser(f"build {name}", experiment, extra=_BUILD).parse(arguments[1:])
    for option in options:
        if option in own and option not in _BUILD:
            raise ZooError(
                f"zoo build does not take --{option}: a C++ project has the model, not the experiment {name}."
            )
    if "out" not in options:
        raise ZooError("zoo build needs the folder to write to: --out DIR.")
    from brian2 import second

    from zoo.core import files, quantities
    from zoo.engine.export import export

    chosen = {part: own[part].default for part in _BUILD if part in own and own[part].default is not own[part].empty}
    if "seed" in options:
        chosen["seed"] = whole_number("seed", options["seed"])
    if "duration" in options:
        duration = value_of("duration", options["duration"], second)
        chosen["duration"] = quantities.check_one("duration", duration, second, "1*second")
    model = changed(
        experiment, {name: text for name, text in options.items() if name not in own and name not in _BUILD}
    )
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
        print(f"wrote {shown(folder)} and compiled it; run it with: cd {folder} && ./main")
    else:
        print(f"wrote {shown(folder)}; compile and run it with: cd {folder} && make && ./main")


def _cache(arguments):
    from zoo.build import cache
    from zoo.core.progress import span

    what = arguments[0] if arguments and not arguments[0].startswith("-") else "list"
    extra = ("older_than",) if what == "clear" else ()
    options = parser(f"cache {what}", extra=extra).parse(arguments[1:] if arguments[:1] == [what] else arguments)
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

    from zoo.build.cache import DAY
    from zoo.core import quantities

    age = quantities.evaluate(text, {"day": DAY * second, "hour": 3600 * second, "minute": 60 * second})
    if isinstance(age, Quantity):
        age = quantities.check_one("--older-than", age, second, "12*second") / (DAY * second)
    age = quantities.check_one("--older-than", age, 1, "30")
    if age < 0:
        raise ZooError(f"--older-than {text} is in the future; give days, such as 30, or a time, such as 12*hour.")
    return float(age)


def _data(arguments):
    from zoo.command import data as data_command

    words = [argument for argument in arguments[:2] if not argument.startswith("-")]
    options = parser("data", extra=("manual_dir",)).parse(arguments[len(words) :])
    data_command.run(*[*words, "list"][:1], *[*words[1:], None][:1], options.get("manual_dir"))


def _convert(arguments):
    folder = Path(_first("convert", arguments))
    options = parser("convert", extra=("to", "out")).parse(arguments[1:])
    from zoo.analysis import exchange
    from zoo.result import Result

    if "to" not in options:
        raise ZooError(f"zoo convert needs a format: --to {' or --to '.join(exchange.FORMATS)}.")
    if options["to"] not in exchange.FORMATS:
        raise unknown("format", options["to"], exchange.FORMATS)
    write, ending = exchange.FORMATS[options["to"]]
    path = Path(options.get("out", folder / f"spikes{ending}"))
    write(Result.load(folder), path)
    print(f"wrote {shown(path)}")


def _sweep(arguments):
    from zoo.command import sweep as sweep_command

    return sweep_command.run(arguments)


def _doctor(arguments):
    options = parser("doctor", switches=("compile",)).parse(arguments)
    from zoo.command import doctor

    return doctor.run(compiled=options.get("compile", False))


COMMANDS = {
    "list": _list,
    "show": _show,
    "run": _run_command,
    "sweep": _sweep,
    "plot": _plot,
    "convert": _convert,
    "build": _build,
    "cache": _cache,
    "data": _data,
    "doctor": _doctor,
}


def _first(name, arguments):
    if not arguments or arguments[0].startswith("-"):
        what = "a result folder" if name in ("plot", "convert") else "a name"
        raise ZooError(
            f"zoo {name} needs {what} behind it; see zoo {'--help' if name in ('plot', 'convert') else 'list'}."
        )
    return arguments[0]
