"""`zoo sweep`: an experiment at many points."""

import os
import sys
from pathlib import Path

from zoo.catalogue.options import RESUME
from zoo.command.verb import THREADS, Option, Verb
from zoo.core.errors import ZooError, quoted, unknown


def _run(arguments):
    """The exit code: 1 when points have failed."""
    from zoo.catalogue import registry
    from zoo.catalogue.default import with_main
    from zoo.catalogue.options import Parser, parser
    from zoo.device import threads
    from zoo.sweeps import cluster

    name = arguments[0] if arguments and not arguments[0].startswith("-") else None
    experiment = name and with_main(registry.experiment(name))
    own = {option.name for option in (*_WHAT, *_HOW)}
    switches = [option.name for option in _WHAT if not option.value]
    known = set(parser("sweep", experiment).names if experiment else ())
    arguments, fields = _fields(arguments[bool(name) :])
    options = Parser(f"sweep {name or ''}".strip(), own | known, switches).parse(arguments)
    for option in sorted(own & known & set(options) - {"out"}):
        print(
            f"zoo: --{option} is the option of zoo sweep; set that of {name} with --set {option}=...",
            file=sys.stderr,
            flush=True,
        )
    how = {option.name: options.pop(option.name) for option in _HOW if option.name in options}
    # Errors in these are reported before a folder is created.
    settings = {"part": _part(how["part"])} if "part" in how else {}
    limit = _seconds(how["time_limit"]) if "time_limit" in how else None
    jobs = _count("jobs", how["jobs"]) if "jobs" in how else os.cpu_count()
    emit = how.get("emit")
    if emit not in (None, "slurm"):
        raise unknown("batch system", emit, ("slurm",))
    with (
        threads.using(how.get("threads")),
        cluster.client(how.get("cluster"), how.get("scheduler"), how.get("scheduler_file"), jobs) as client,
    ):
        found = _resumed(options, name, fields) if "resume" in options else _new(name, options, fields)
        if emit:
            path = cluster.write_slurm(found, min(jobs, len(found.plan.points)), how.get("time_limit"))
            print(f"wrote {path}; start it with: sbatch {path}")
            return 0
        found.run(jobs=jobs, time_limit=limit, client=client, **settings)
    return 1 if found.failed else 0


def _fields(arguments):
    """The arguments without `--set FIELD=AXIS`, and these fields."""
    others, fields = [], {}
    waiting = iter(arguments)
    for argument in waiting:
        option, equal, text = argument.partition("=")
        if option != "--set":
            others.append(argument)
            continue
        text = text if equal else next(waiting, "")
        field, equal, axis = text.partition("=")
        if not field or not equal or not axis:
            raise ZooError(f"--set is {quoted(text)}; it must be FIELD=AXIS, such as --set jobs=1,2.")
        field = field.removeprefix("--").replace("-", "_")
        if field in fields:
            raise ZooError(f"--set has {field} twice.")
        fields[field] = axis
    return others, fields


def _resumed(options, name, fields):
    """The sweep of a folder; other options must equal those of its start."""
    from zoo.sweeps.sweep import Sweep

    folder = options.pop("resume")
    options.pop("debug", None)
    again = options.pop("again", False)
    given = [f"--{option}" for option in (*options, *fields)]
    if given and not name:
        raise ZooError(
            f"{given[0]} needs the name of the experiment: zoo sweep NAME ..., or zoo sweep --resume {folder}."
        )
    found = Sweep.load(folder)
    if name:
        own = str(Path(name).absolute()) if name.endswith(".py") else name
        if own != found.plan.experiment:
            raise ZooError(f"the sweep in {folder} is one of {found.plan.experiment}, not of {name}.")
        if given and _plan(name, options, fields) != found.plan:
            raise ZooError(
                f"the sweep in {folder} was begun with other options than these; leave them out: zoo sweep --resume {folder}."
            )
    if again:
        found.begin_again()
    return found


def _new(name, options, fields):
    """A new sweep in the folder --out."""
    from zoo.sweeps.sweep import Sweep

    if name is None:
        raise ZooError("zoo sweep needs the name of an experiment after it, or --resume DIR; see zoo sweep --help.")
    options.pop("debug", None)
    if options.pop("again", False):
        raise ZooError("--again needs --resume DIR.")
    folder = Path(options.pop("out", Path("results") / f"{Path(name).stem}_sweep"))
    return Sweep.create(folder.absolute(), _plan(name, options, fields))


def _plan(name, options, fields):
    """What the options say is to be run."""
    from zoo.catalogue.options import whole_number
    from zoo.sweeps.axes import table
    from zoo.sweeps.sweep import make_plan

    options = dict(options)
    own = {option.name: options.pop(option.name) for option in _WHAT if option.name in options}
    for field in fields:
        if field in options:
            raise ZooError(f"{field} is given twice, with --{field} and with --set.")
    options |= fields
    draw = whole_number("draw", own.get("draw", "0"))
    if draw < 0:
        raise ZooError(f"--draw is {draw}; a seed must be 0 or a positive integer.")
    if "points" in own:
        return make_plan(name, {}, points=table(own["points"]), common=options, keep=own.get("keep", False))
    if not options:
        raise ZooError(f"zoo sweep {name} has no axis; give one, such as --seed 0:10.")
    return make_plan(name, options, paired=own.get("paired", False), keep=own.get("keep", False), seed=draw)


def _part(text):
    part, slash, count = text.partition("/")
    if not slash or not part.isdigit() or not count.isdigit() or not int(part) < int(count):
        raise ZooError(f"--part is {quoted(text)}; it must be K/N with K from 0 to N-1, such as 0/16.")
    return int(part), int(count)


def _count(name, text):
    from zoo.catalogue.options import whole_number

    number = whole_number(name, text)
    if number < 1:
        raise ZooError(f"--{name} is {number}; it must be at least 1.")
    return number


def _seconds(text):
    from brian2 import Quantity, second

    from zoo.core import quantities

    units = {"minute": 60 * second, "hour": 3600 * second, "day": 86400 * second}
    value = quantities.evaluate(text, units)
    value = quantities.check_one("--time_limit", value, second if isinstance(value, Quantity) else 1, "90*second")
    if not float(value) > 0:
        raise ZooError(f"--time_limit is {text}; it must be above 0.")
    return float(value)


def _about(name):
    from zoo.catalogue import registry
    from zoo.catalogue.default import with_main
    from zoo.command.run import options_of

    experiment = with_main(registry.experiment(name))
    title = f"Options of {experiment.name}, each of which can be an axis:"
    return "\n".join([VERB.help(), "", title, *options_of(experiment)])


_AXES = """
axis                   values
500,1000               these
0:60*mV:13             13 from 0 to 60 mV
1:1000:4:log           4 in equal ratios
0:10                   the integers 0 to 9
uniform(0, 60*mV):20   20 drawn between the two; also normal(mean, sd) and loguniform(low, high)
"""

#: What to run. --set sets a parameter of an experiment with the name of one of the options.
_WHAT = (
    Option("paired", "", "combine the first values of all axes, then the second values, ..."),
    Option("points", "FILE.csv", "read the points: a line with the names of options, then a line for each point"),
    Option("draw", "N", "seed of drawn values", "0"),
    Option("keep", "", "keep a result folder for every point, with the files that it writes"),
    Option("out", "DIR", "folder of the sweep", "results/NAME_sweep"),
    Option("resume", "DIR", RESUME),
    Option("again", "", "with --resume: run all points again after a change of the experiment"),
)
#: How to run it.
_HOW = (
    Option("jobs", "N", "number of parallel points on this machine", "all cores"),
    THREADS,
    Option("time_limit", "TIME", "stop points that take longer: 90 (seconds), or 5*minute"),
    Option("cluster", "local", "Dask on this machine"),
    Option("scheduler", "ADDRESS", "a Dask scheduler, such as tcp://host:8786"),
    Option("scheduler_file", "FILE", "the same, from its file"),
    Option("part", "K/N", "run only every N-th point, from the K-th (0 to N-1)"),
    Option("emit", "slurm", "run nothing; write DIR/sweep.slurm, an array of --part for SLURM (--jobs tasks)"),
)

VERB = Verb(
    "sweep",
    ("NAME|FILE.py --field AXIS ... [options]", "--resume DIR [options]", "NAME --help"),
    "run an experiment with all combinations of values of its options, and write a table",
    _run,
    (*_WHAT, *_HOW),
    (
        (
            "--FIELD AXIS",
            "",
            "values of an option of the experiment, or of a field of its model: see zoo sweep NAME --help",
        ),
        ("--set FIELD=AXIS", "", "the same for an option of the experiment with the name of an option below"),
    ),
    _AXES,
    _about,
)
