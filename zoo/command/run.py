"""`zoo run`: an experiment, its result folder and its figures."""

import contextlib
import dataclasses
import inspect
import json
import sys
from pathlib import Path

from zoo.catalogue import registry
from zoo.catalogue.options import model_of, parameters_of, parser, settings_of
from zoo.command import figures
from zoo.command.verb import STOPPED, Option, Verb
from zoo.core import files
from zoo.core.errors import ZooError
from zoo.core.files import shown
from zoo.script import run as script

#: The folder of the sweep of an experiment that is one.
SWEPT = "sweep"


def _run(arguments):
    name, *rest = [VERB.first(arguments), *arguments[1:]]
    if name.endswith(".py") and script.is_script(Path(name)):
        return _run_script(Path(name), rest)
    return run(registry.experiment(name), rest)


def _run_script(path, arguments):
    """A plain Brian2 script: all arguments are its own, except for --compare and --out DIR before them."""
    if arguments[:1] == ["--compare"]:
        return script.compare(path, arguments[1:])
    out = Path("results") / path.stem
    if arguments[:1] == ["--out"]:
        if len(arguments) < 2:
            raise ZooError("--out needs a folder after it.")
        out, arguments = Path(arguments[1]), arguments[2:]
    with files.output_folder(out) as folder:
        return script.run(path, arguments, folder)


def run(experiment, arguments) -> int:
    """Run an experiment with options from the command line, and write its result and its figures; the exit code."""
    from brian2 import BrianLogger

    from zoo.catalogue.default import with_main
    from zoo.engine.program import Interrupted, NotFinite
    from zoo.result import Result, collect

    BrianLogger.suppress_name("unused_brian_object")  # a refused network is said in our own sentence
    experiment = with_main(experiment)
    options = _parsed(experiment, arguments)
    how = {option.name: options.pop(option.name) for option in _figure_options(experiment) if option.name in options}
    settings = settings_of(experiment, options)
    # What goes on from a folder ends in it.
    chosen = options.get("out") or options.get("resume")
    with (
        figures.saving(how),
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

                plots.save(figures.drawn_by(experiment, result), out)
            print(f"wrote {shown(out / 'run.json')}")
        elif (out / SWEPT / "sweep.json").exists() and experiment.plot:  # by which zoo plot finds the figures
            with files.replacing(out / "experiment.json") as new:
                new.write_text(json.dumps({"experiment": experiment.name}) + "\n")
    return 0


def _figure_options(experiment):
    """Those of --format, --dpi and --show that are no parameter or field of the experiment, which come first."""
    own = parser("run", experiment).names
    return [option for option in figures.OPTIONS if option.name not in own]


def _parsed(experiment, arguments):
    more = _figure_options(experiment)
    valued, switches = ([option.name for option in more if bool(option.value) == kind] for kind in (True, False))
    return parser(f"run {experiment.name}", experiment, valued, switches).parse(arguments)


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


def help_of(experiment) -> str:
    """The help of one experiment: its sentence, its options, and the parameters of its model."""
    from zoo.catalogue.default import with_main

    experiment = with_main(experiment)
    first, _, _ = (inspect.getdoc(experiment.module) or "").partition("\n")
    more = [option.row for option in _figure_options(experiment)]
    return "\n".join([f"usage: zoo run {experiment.name} [options]", "", first, "", *options_of(experiment, more)])


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
    ("NAME|FILE.py [--field VALUE ...] [options]", "NAME --help"),
    "run an experiment, or a Brian2 script, and write its figures and numbers",
    _run,
    (
        Option("out", "DIR", "folder of the result", "results/NAME"),
        *figures.OPTIONS,
        Option("compare", "", "run a plain Brian2 script on Brian2's C++ device too, and print times and differences"),
    ),
    (("--FIELD VALUE", "", "an option of the experiment, or a field of its model: see zoo run NAME --help"),),
    about=lambda name: help_of(registry.experiment(name)),
)
