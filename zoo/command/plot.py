"""`zoo plot`: the figures of a result folder, drawn again."""

from pathlib import Path

from zoo.catalogue import registry
from zoo.command import figures
from zoo.command.run import SWEPT, begun
from zoo.command.verb import Option, Verb
from zoo.core import files, packages
from zoo.core.errors import ZooError, first_line


def _run(arguments):
    folder = Path(VERB.first(arguments, "a result folder", "plot --help"))
    options = VERB.parse(arguments[1:])
    from zoo.analysis import plots

    with figures.saving(options):
        drawn = _figures_of(folder, options.get("with"))
        with files.output_folder(Path(options.get("out") or folder)) as out:
            plots.save(drawn, out)


def _figures_of(folder, file):
    """The figures of a result folder, or of one of a sweep."""
    if (folder / "sweep.json").exists():
        from zoo.sweeps import sweep_plots
        from zoo.sweeps.sweep import Sweep

        if file is not None:
            raise ZooError("zoo plot --with takes the folder of one result, not that of a sweep.")
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
    name = file or begun(folder).get("experiment")
    # A name in a file must not run a file.
    if file or name in packages.entries("experiments"):
        experiment = registry.experiment(name)
        if experiment.plot:
            return figures.drawn_by(experiment, found)
    return sweep_plots.figures(found)


def _figures_again(result, folder, file):
    """The figures of a loaded result, from a user's file, from its experiment, or those of every result."""
    from zoo.analysis import plots

    if file is not None:
        experiment = registry.experiment(file)
        if not experiment.plot:
            raise ZooError(f"{file} has no function plot(result).")
        return figures.drawn_by(experiment, result)
    if result.experiment not in packages.entries("experiments"):
        return plots.overview(result)
    experiment = registry.experiment(result.experiment)
    if not experiment.plot:
        return plots.overview(result)
    try:
        return figures.drawn_by(experiment, result)
    except Exception as error:
        # A stopped run lacks some of what the experiment draws.
        if result.completed < 1:
            return plots.overview(result)
        said = f"{type(error).__name__}: {first_line(error)}"
        raise ZooError(f"{result.experiment} cannot draw the result in {folder} ({said}); run it again.") from error


VERB = Verb(
    "plot",
    ("DIR [--with FILE.py] [options]",),
    "draw the figures of a result, a stopped run or a sweep again",
    _run,
    (
        Option("with", "FILE.py", "draw with plot(result) of this file", "its experiment"),
        Option("out", "DIR", "folder for the figures", "DIR"),
        *figures.OPTIONS,
    ),
)
