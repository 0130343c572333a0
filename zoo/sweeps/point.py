"""One point of a sweep: an experiment runs with options as strings, and its outcome is a record of plain values.

    python -m zoo.point LOG FD

runs the points that arrive as lines of JSON on standard input, and answers each with a line on the descriptor FD: a process
that a sweep can lose. The output of the experiment goes to the file LOG.
"""

import contextlib
import dataclasses
import gc
import json
import math
import os
import sys
import threading
import time
import traceback
from pathlib import Path

import numpy as np

from zoo.analysis import rates
from zoo.build import compiler
from zoo.catalogue import registry as catalogue
from zoo.catalogue.default import with_main
from zoo.catalogue.options import settings_of, with_switches
from zoo.core import files, scratch, system
from zoo.core.errors import ZooError, first_line
from zoo.result import collect
from zoo.sweeps import log, provenance


def run(spec: dict, experiments: dict) -> dict:
    """The record of the point `spec`: {"index", "experiment", "options", "folder"}.

    `experiments` holds the loaded ones. The record has `status` ("ok", "failed", or "not finite" when a number of the
    experiment is not), `error`, `seconds` of wall time ("all", "build", "run") and `cpu_seconds` of user time, and the
    scalar `numbers` of the result. With a `folder` the experiment runs in it and the result is saved there. Without a
    compiler, the machine in `lender` is asked for a program: the status is "needs a program", and `request` describes it.
    """
    start, before = time.perf_counter(), system.user_seconds()
    record = {"index": spec["index"], "status": "ok", "error": "", "numbers": {}, "seconds": {}}
    try:
        with compiler.borrowed(spec.get("lender")):
            result = _result(spec, experiments)
    except compiler.Needed as needed:
        record |= {"status": "needs a program", "request": needed.request}
    except ZooError as error:
        record |= {"status": "failed", "error": _said(error, str(error))}
    except MemoryError as error:
        record |= {"status": "failed", "error": f"not enough memory ({first_line(error)})."}
    except (Exception, SystemExit) as error:  # of the experiment: the other points continue
        record |= {"status": "failed", "error": _said(error, f"{type(error).__name__}: {first_line(error)}")}
        traceback.print_exc()  # for the log
    else:
        if result is not None:
            record["numbers"] = numbers(result)
            record["seconds"] = dict(result.seconds)
            missing = [name for name, value in record["numbers"].items() if not math.isfinite(value)]
            if missing:
                record |= {"status": "not finite", "error": f"{', '.join(missing)} of its numbers is not finite."}
    record["seconds"]["all"] = time.perf_counter() - start
    record["cpu_seconds"] = system.user_seconds() - before
    return record


def _result(spec, experiments):
    name = spec["experiment"]
    if name not in experiments:
        here = provenance.made_by(name)
        if changed := provenance.changes({**here, "files": spec.get("files", here["files"])}, here):
            raise ZooError(f"since the start of the sweep {changed}; it needs the files with which it started.")
        provenance.forget(name)
        experiments[name] = with_main(catalogue.experiment(name)), provenance.settings(name)
    experiment, restore = experiments[name]
    restore()
    settings = settings_of(experiment, with_switches(experiment, spec["options"]))
    folder = Path(spec["folder"]) if spec.get("folder") else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        if "out" in settings:
            settings["out"] = folder
    with _own_folder(folder), collect() as results:
        try:
            returned = experiment.main(**settings)
        except (Exception, SystemExit) as error:
            _rescue(results, experiment.name, spec.get("rescue"), error)
            raise
    result = returned if hasattr(returned, "arrays") else results[-1] if results else None
    if result is not None and folder:
        dataclasses.replace(result, experiment=experiment.name).save(folder)
    return result


@contextlib.contextmanager
def _own_folder(folder):
    """Runs the block in the folder of the point, or in a temporary one: points do not share files."""
    with contextlib.nullcontext(folder) if folder else scratch.folder() as place, files.working_folder(place):
        yield


def _rescue(results, name, folder, error):
    """Save the result of a simulation whose experiment then failed, and add its folder to the error."""
    # A worker on another machine may not see the folder of the sweep.
    if results and folder and Path(folder).parents[1].is_dir():
        with contextlib.suppress(ZooError, OSError):
            dataclasses.replace(results[-1], experiment=name).save(folder)
            error.add_note(f"the result of the simulation is in {folder}")


def _said(error, text):
    return "; ".join([text.rstrip("."), *getattr(error, "__notes__", [])]) + "."


def numbers(result) -> dict:
    """The scalar numbers of an experiment; without any, the mean rate (Hz) of each monitor of spikes or rates."""
    given = {name: value for name, value in result.numbers.items() if _is_number(value)}
    if given:
        return {name: float(value) for name, value in given.items()}
    counted = [name for name in rates.spike_monitors(result) if len(result[f"{name}.count"])]
    return {f"rate_{name}_hz": rates.mean_rate(result, name) for name in [*counted, *rates.rate_monitors(result)]}


def _is_number(value):
    return np.ndim(value) == 0 and isinstance(value, (bool, int, float, np.number))


def serve(path, descriptor: int) -> None:
    """Run the points of standard input until it, or the process that writes them, ends."""
    threading.Thread(target=_follow, args=[os.getppid()], daemon=True).start()
    answers = os.fdopen(descriptor, "w")
    os.set_inheritable(descriptor, False)  # otherwise a compiled program would hold the pipe
    # Line by line, so that the log of a point that crashes is complete.
    sys.stdout, sys.stderr = (open(number, "w", buffering=1, closefd=False) for number in (1, 2))
    log.redirect(path)
    experiments = {}
    gc.freeze()  # all of Brian2, which the garbage collector would search at every tenth point
    answers.write('{"ready": true}\n')
    answers.flush()
    for line in sys.stdin:
        log.shorten()
        record = run(json.loads(line), experiments)
        sys.stdout.flush()
        sys.stderr.flush()
        answers.write(json.dumps(record) + "\n")
        answers.flush()


def _follow(parent):
    """End this process soon after its parent, even in the middle of a point."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        serve(sys.argv[1], int(sys.argv[2]))
