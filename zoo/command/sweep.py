"""`zoo sweep`: an experiment at many points."""

import os
import sys
from pathlib import Path

from zoo.catalogue import registry as catalogue
from zoo.catalogue.default import with_main
from zoo.catalogue.options import Parser, parser, whole_number
from zoo.core import quantities
from zoo.core.errors import ZooError, quoted, unknown
from zoo.sweeps import cluster
from zoo.sweeps.axes import table
from zoo.sweeps.sweep import Sweep, make_plan

USAGE = """\
usage: zoo sweep NAME --field AXIS ... [options]
       zoo sweep --resume DIR [options]

Runs an experiment with all combinations of the values of its options, in processes of their own, and writes a table.

  axis                   values
  500,1000               these
  0:60*mV:13             13 from 0 to 60 mV
  1:1000:4:log           4 in equal ratios
  0:10                   the whole numbers 0 to 9
  uniform(0, 60*mV):20   20 drawn between the two; also normal(mean, sd) and loguniform(low, high)

  option                 meaning
  --paired               the first values together, then the second ones
  --points FILE.csv      a line with the names of options, then a line for each point
  --draw N               another seed of what is drawn
  --out DIR              folder of the sweep; results/NAME_sweep
  --resume DIR           run what is missing in DIR, and what has failed
  --again                with --resume: run all points again, as the experiment has changed
  --jobs N               points at a time on this machine; all cores
  --time_limit T         a point that takes longer is given up: 90, or 5*minute
  --keep                 a result folder for every point
  --cluster local        Dask on this machine
  --scheduler ADDRESS    a Dask scheduler, such as tcp://host:8786
  --scheduler_file FILE  the same by its file
  --set FIELD=AXIS       an option of the experiment that has the name of one of these
  --part K/N             of the points only every N-th, from the K-th on (0 to N-1)
  --emit slurm           run nothing; write DIR/sweep.slurm, an array of --part for SLURM (--jobs tasks)
"""

#: Options of the sweep itself; a parameter of an experiment with one of these names is set by --set.
_HOW = ("jobs", "time_limit", "scheduler", "scheduler_file", "cluster", "part", "emit")
_WHAT = ("points", "draw", "out", "resume")
_SWITCHES = ("paired", "keep", "again")


def run(arguments) -> int:
    """The exit code: 1 when points have failed."""
    if {"-h", "--help"} & set(arguments):
        print(USAGE, end="")
        return 0
    name = arguments[0] if arguments and not arguments[0].startswith("-") else None
    experiment = name and with_main(catalogue.experiment(name))
    own = {*_HOW, *_WHAT, *_SWITCHES}
    known = set(parser("sweep", experiment).names if experiment else ())
    arguments, fields = _fields(arguments[bool(name) :])
    options = Parser(f"sweep {name or ''}".strip(), own | known, _SWITCHES).parse(arguments)
    for option in sorted(own & known & set(options) - {"out"}):
        print(
            f"zoo: --{option} is that of zoo sweep; the one of {name} is set by --set {option}=...",
            file=sys.stderr,
            flush=True,
        )
    how = {key: options.pop(key) for key in _HOW if key in options}
    # What is wrong with these is said before a folder is made.
    settings = {"part": _part(how["part"])} if "part" in how else {}
    limit = _seconds(how["time_limit"]) if "time_limit" in how else None
    jobs = _count("jobs", how["jobs"]) if "jobs" in how else os.cpu_count()
    emit = how.get("emit")
    if emit not in (None, "slurm"):
        raise unknown("batch system", emit, ("slurm",))
    with cluster.client(how.get("cluster"), how.get("scheduler"), how.get("scheduler_file"), jobs) as client:
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
            raise ZooError(f"--set is {quoted(text)}; it has to be FIELD=AXIS, such as --set jobs=1,2.")
        field = field.removeprefix("--").replace("-", "_")
        if field in fields:
            raise ZooError(f"--set has {field} twice.")
        fields[field] = axis
    return others, fields


def _resumed(options, name, fields):
    folder = options.pop("resume")
    options.pop("debug", None)
    again = options.pop("again", False)
    if name or options or fields:
        given = name or f"--{next(iter(options or fields))}"
        raise ZooError(f"zoo sweep --resume takes what the folder says, and not {given}.")
    found = Sweep.load(folder)
    if again:
        found.begin_again()
    return found


def _new(name, options, fields):
    if name is None:
        raise ZooError("zoo sweep needs the name of an experiment behind it, or --resume DIR; see zoo sweep --help.")
    options.pop("debug", None)
    own = {key: options.pop(key) for key in (*_WHAT, *_SWITCHES) if key in options}
    for field in fields:
        if field in options:
            raise ZooError(f"{field} is given twice, by --{field} and by --set.")
    if own.pop("again", False):
        raise ZooError("--again goes with --resume DIR.")
    options |= fields
    folder = Path(own.get("out", Path("results") / f"{Path(name).stem}_sweep"))
    draw = whole_number("draw", own.get("draw", "0"))
    if draw < 0:
        raise ZooError(f"--draw is {draw}; a seed is a whole number from 0 on.")
    if "points" in own:
        plan = make_plan(name, {}, points=table(own["points"]), common=options, keep=own.get("keep", False))
    else:
        if not options:
            raise ZooError(f"zoo sweep {name} has nothing to change; give it an axis, such as --seed 0:10.")
        plan = make_plan(name, options, paired=own.get("paired", False), keep=own.get("keep", False), seed=draw)
    return Sweep.create(folder.absolute(), plan)


def _part(text):
    part, slash, count = text.partition("/")
    if not slash or not part.isdigit() or not count.isdigit() or not int(part) < int(count):
        raise ZooError(f"--part is {quoted(text)}; it has to be K/N with K from 0 to N-1, such as 0/16.")
    return int(part), int(count)


def _count(name, text):
    number = whole_number(name, text)
    if number < 1:
        raise ZooError(f"--{name} is {number}; it has to be at least 1.")
    return number


def _seconds(text):
    from brian2 import Quantity, second

    units = {"minute": 60 * second, "hour": 3600 * second, "day": 86400 * second}
    value = quantities.evaluate(text, units)
    value = quantities.check_one("--time_limit", value, second if isinstance(value, Quantity) else 1, "90*second")
    if not float(value) > 0:
        raise ZooError(f"--time_limit is {text}; it has to be above 0.")
    return float(value)
