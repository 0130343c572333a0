"""`zoo run`: an experiment, its result folder and its figures."""

import contextlib
import dataclasses
import inspect
import json
import sys
from pathlib import Path

from zoo.catalogue import registry
from zoo.catalogue.options import RESUME, absolute_paths, model_of, parameters_of, parser, settings_of
from zoo.command import figures
from zoo.command.verb import STOPPED, THREADS, Option, Verb
from zoo.core import files, packages
from zoo.core.errors import ZooError
from zoo.core.files import shown
from zoo.script import run as script

#: The file that says what was begun in a folder: the experiment, and its options as texts.
BEGUN = "experiment.json"

#: Options that say how an experiment is run, and nothing of what comes of it.
_HOW = {"jobs"}

#: The folder of the sweep of an experiment that is a sweep.
SWEPT = "sweep"

# What a stopped run leaves in its folder. A module whose main continues with parts that it has kept there names them as PARTS.
_SWEEP = f"{SWEPT}/sweep.json"


def _run(arguments):
    if folder := _resumed_folder(arguments):
        return run(registry.experiment(_begun_by(Path(folder))), arguments)
    name, *rest = [VERB.first(arguments), *arguments[1:]]
    if path := script.named(name):
        return _run_script(path, rest)
    return run(registry.experiment(name), rest)


def _run_script(path, arguments):
    """A plain Brian2 script: all arguments are its own, except for --compare and --out DIR before them."""
    if arguments[:1] == ["--compare"]:
        return script.compare(path, arguments[1:])
    out, arguments = script.folder_first(arguments)
    with files.output_folder(out or Path("results") / path.stem) as folder:
        return script.run(path, arguments, folder)


def run(experiment, arguments) -> int:
    """Run an experiment with options from the command line, and write its result and its figures; the exit code."""
    from brian2 import BrianLogger

    from zoo.catalogue.default import with_main
    from zoo.device import threads
    from zoo.engine.program import Interrupted, NotFinite
    from zoo.result import Result, collect

    BrianLogger.suppress_name("unused_brian_object")  # a refused network has the zoo's sentence
    experiment = with_main(experiment)
    options = _parsed(experiment, arguments)
    how = {option.name: options.pop(option.name) for option in _own_options(experiment) if option.name in options}
    if "resume" in options and "resume" not in parser("run", experiment).names:
        options = _as_begun(Path(options["resume"]), experiment, options)
    settings = settings_of(experiment, options)
    # A resumed run writes to its folder.
    chosen = options.get("out") or options.get("resume")
    with (
        figures.saving(how),
        threads.using(how.get("threads")),
        files.output_folder(Path(chosen or Path("results") / experiment.name.removesuffix(".py"))) as out,
        collect() as results,
    ):
        _make_room(out, experiment.name, options.get("resume"))
        if "out" in settings:
            settings["out"] = out
        noted = _noted(out, experiment, options) if {"out", "resume"} & set(settings) else contextlib.nullcontext()
        try:
            # With --out, files that the experiment writes by relative paths are also there.
            with noted, files.working_folder(out) if chosen else contextlib.nullcontext():
                returned = experiment.main(**settings)
        except Interrupted as stop:
            partial = dataclasses.replace(stop.result, experiment=experiment.name)
            partial.save(out)
            done = float(partial.duration) * partial.completed
            print(
                f"zoo: stopped at {done:.3g} of {float(partial.duration):.3g} s; the result so far is in {out}.",
                file=sys.stderr,
            )
            return STOPPED
        except NotFinite as error:
            dataclasses.replace(error.result, experiment=experiment.name).save(out)
            raise ZooError(f"{error} The result so far is in {shown(out)}.") from error
        except (Exception, SystemExit):
            if results:  # it may hold hours of simulation
                dataclasses.replace(results[-1], experiment=experiment.name).save(out)
                print(
                    f"zoo: the result of the simulation is in {shown(out)}; zoo plot {shown(out)} draws it.",
                    file=sys.stderr,
                )
            raise
        result = returned if isinstance(returned, Result) else results[-1] if results else None
        if result is not None:
            result = dataclasses.replace(result, experiment=experiment.name)
            result.save(out)
            if experiment.plot:
                from zoo.analysis import plots

                plots.save(figures.drawn_by(experiment, result), out)
            print(f"wrote {shown(out / 'run.json')}")
    return 0


def _own_options(experiment):
    """Those of --format, --dpi, --show and --threads that are no parameter or field of the experiment, which take precedence."""
    own = parser("run", experiment).names
    return [option for option in (*figures.OPTIONS, THREADS) if option.name not in own]


def _parsed(experiment, arguments):
    more = _own_options(experiment)
    valued, switches = ([option.name for option in more if bool(option.value) == kind] for kind in (True, False))
    return parser(f"run {experiment.name}", experiment, [*valued, "resume"], switches).parse(arguments)


def _resumed_folder(arguments):
    """The folder of --resume where no name comes first, or None."""
    if arguments and arguments[0].startswith("-"):
        for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
            option, equal, text = argument.partition("=")
            if option == "--resume":
                return text if equal else following
    return None


def begun(folder) -> dict:
    """What was begun in a folder, {"experiment": name, "options": texts}; {} when nothing there says so."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((folder / BEGUN).read_text())
        if isinstance(found, dict) and isinstance(found.get("experiment"), str):
            return found
    return {}


def _begun_by(folder):
    """The name of the experiment that was begun in a folder, or has ended there."""
    from zoo.result import Result

    if note := begun(folder):
        return note["experiment"]
    if (folder / "run.json").exists() and (name := Result.load(folder).experiment) in packages.entries("experiments"):
        return name
    raise ZooError(f"{shown(folder)} does not say what was begun there; give the name: zoo run NAME --resume {folder}.")


def _as_begun(folder, experiment, options):
    """The options with which an experiment that keeps parts was begun in a folder; raises ZooError for others."""
    note = begun(folder)
    if not note or not (folder / getattr(experiment.module, "PARTS", _SWEEP)).exists():
        raise ZooError(f"{shown(folder)} holds nothing that {experiment.name} could continue; run it again.")
    if note["experiment"] != _identity(experiment):
        raise ZooError(f"{shown(folder)} was begun by {note['experiment']}, not by {experiment.name}.")
    given = {name: text for name, text in options.items() if name not in ("out", "resume", "debug")}
    given = absolute_paths(experiment, given)
    kept = note.get("options", given)
    for name, text in given.items():
        if name not in _HOW and text != kept.get(name):
            began = kept.get(name, "its default")
            raise ZooError(f"--{name} is {text}, and {shown(folder)} was begun with {began}; leave it out.")
    return {**kept, **given, "out": str(folder), "resume": str(folder)}


@contextlib.contextmanager
def _noted(out, experiment, options):
    """While the block runs `out` says what was begun there; later too when it is a sweep or holds parts of a run."""
    before, own = begun(out), {name: text for name, text in options.items() if name not in ("out", "resume", "debug")}
    note = {"experiment": _identity(experiment), "options": absolute_paths(experiment, own)}
    _write_note(out, before if before and "resume" in options else note)
    ended = False
    try:
        yield
        ended = True
    except Exception:
        if before:
            _write_note(out, before)
        raise
    finally:
        others = {path.name for path in out.iterdir()} - {BEGUN}
        if SWEPT not in others and (ended or "run.json" in others or not others):
            (out / BEGUN).unlink(missing_ok=True)


def _write_note(out, note):
    with files.replacing(out / BEGUN) as new:
        new.write_text(json.dumps(note) + "\n")


def _identity(experiment):
    """The name of an experiment, and of a user's file the whole path."""
    return str(Path(experiment.module.__file__).resolve()) if experiment.name.endswith(".py") else experiment.name


def _make_room(out, name, resumed):
    """Refuse a folder with other results; move a stopped run aside."""
    from zoo.result import Result

    if (out / "sweep.json").exists():
        raise ZooError(f"{shown(out)} holds a sweep, which a run would hide; choose another folder with --out.")
    if resumed or not (out / "run.json").exists():
        return
    try:
        found = Result.load(out)
    except ZooError:  # damaged, or of another version: it cannot be read again
        return
    if found.experiment not in (name, ""):
        raise ZooError(f"{shown(out)} holds a result of {found.experiment}; choose another folder with --out.")
    if found.completed < 1:
        number = 1
        while (aside := out / f"stopped_{number}").exists():
            number += 1
        aside.mkdir()
        for part in ("arrays.npz", "run.json"):
            (out / part).replace(aside / part)
        print(f"zoo: the stopped run of this folder is now in {shown(aside)}.", file=sys.stderr)


def help_of(experiment) -> str:
    """The help of one experiment: its sentence, its options, and the parameters of its model."""
    from zoo.catalogue.default import with_main

    experiment = with_main(experiment)
    first, _, _ = (inspect.getdoc(experiment.module) or "").partition("\n")
    more = [option.row for option in _own_options(experiment)]
    return "\n".join([f"usage: zoo run {experiment.name} [options]", "", first, "", *options_of(experiment, more)])


def _about(name):
    if script.named(name):  # whose options nobody knows, and which runs when it is read
        return VERB.help()
    return help_of(registry.experiment(name))


def options_of(experiment, more=()) -> list:
    """The lines of the help about the options of an experiment and the parameters of its model."""
    from zoo.catalogue import cards

    lines = cards.option_table(experiment, parameters_of(experiment), more)
    model = model_of(experiment)
    if model is not None:
        lines += ["", f"Parameters of {type(model).__name__}:"]
        lines += [*cards.parameter_table(model, cards.inspect_model(model)), "", cards.LEGEND]
    return lines


VERB = Verb(
    "run",
    ("NAME|FILE.py [--field VALUE ...] [options]", "--resume DIR", "NAME --help"),
    "run an experiment, or a Brian2 script, and write its figures and numbers",
    _run,
    (
        Option("out", "DIR", "folder of the result", "results/NAME"),
        Option("resume", "DIR", RESUME),
        *figures.OPTIONS,
        THREADS,
        Option("compare", "", "run a plain Brian2 script on Brian2's C++ device too, and print times and differences"),
    ),
    (("--FIELD VALUE", "", "an option of the experiment, or a field of its model: see zoo run NAME --help"),),
    about=_about,
)
