"""Learn images without labels, name the cells with labelled images, classify others.

A plan is a list of chunks of images. After every chunk the whole state is written to `checkpoint.npz` in the result folder;
with the seed and the number of runs, which determine all random numbers, a plan resumes from there.
"""

import dataclasses
from pathlib import Path

import numpy as np

from zoo.core import progress
from zoo.core.errors import ZooError
from zoo.engine.base import NotFinite
from zoo.engine.program import program
from zoo.images import datasets
from zoo.model import values_equal
from zoo.training.checkpoint import CHECKPOINT, continued, load_checkpoint, refuse_unfinished, save_checkpoint
from zoo.training.evaluation import Knowledge, evaluate
from zoo.training.learner import Learner, record
from zoo.training.plan import Plan, parts
from zoo.training.session import Progress, Session
from zoo.training.settings import asked, name_of
from zoo.training.trained import export, load_state


def learn(model: Learner, plan: Plan, out: Path | None, resume: Path | None, save_state: Path | None = None):
    """Run `plan`, or resume the one whose checkpoint is in the folder `resume`; return the Result.

    `out` is the folder of checkpoints, `save_state` a file for the trained network. Raises ZooError for images that do
    not exist, a checkpoint that does not fit, and a run whose numbers are not finite.
    """
    done = Progress()
    if resume is not None:
        model, plan, done = continued(load_checkpoint(resume, model), model, plan)
        out = out or resume
    elif out is not None:
        refuse_unfinished(out, name_of(model))
    training, labelling, testing = plan.images()
    shown = {"train": training, "label": labelling, "test": testing}
    chunks = plan.chunks(model.n_images)
    total = sum(len(part) for _, part in chunks)
    title = name_of(model)
    with (
        program(model, model.n_images * model.presentation, record, backend=plan.backend) as built,
        progress.Line(title, first=done.images / total) as line,
    ):
        session = Session(built, plan.seed, done, line, total)
        try:
            for stage, part in chunks[done.chunks :]:
                session.chunk(stage, shown[stage].images[part], shown[stage].labels[part], len(training.classes))
                if out is not None:
                    save_checkpoint(out / CHECKPOINT, model, plan, done)
        except KeyboardInterrupt as stop:
            if out is not None and done.chunks:
                line.clear()
                print(f"{done.images} of {total} images are done; continue with: zoo run {title} --resume {out}")
            raise KeyboardInterrupt from stop  # an Interrupted would write a part of a chunk as a result
        except NotFinite as error:
            raise ZooError(str(error)) from error  # as above
        last = session.result or built.run(done.state, duration=model.dt)
    knowledge = Knowledge.of(model, done, labelling)
    result = evaluate(knowledge, last, plan, done, training, testing)
    if save_state is not None:
        export(save_state, model, knowledge, plan, result)
    return result


def evaluate_pretrained(model: Learner, plan: Plan, place: Path = datasets.EMBEDDED):
    """Classify test images with the trained grid in the file `place`, or in a folder with the one for the n and the features.

    The folder of the zoo has the grids that come with it.
    """
    name, path = name_of(model), place
    missing = f"no file {path}; --save-state FILE writes a trained grid."
    if place.is_dir():
        kind, said = (
            (name, "") if model.features == "pixels" else (f"{name}_{model.features}", f"{model.features} and ")
        )
        known = sorted(int(found.stem.rpartition("_n")[2]) for found in place.glob(f"{kind}_n*.npz"))
        there = f"n = {', '.join(map(str, known))} does" if known else "none does"
        path = place / f"{kind}_n{model.n}.npz"
        missing = f"no trained {name} with {said}n = {model.n} comes with the zoo; {there}."
    kept, knowledge = load_state(path, missing, model)
    if type(kept) is not type(model):
        raise ZooError(f"the trained grid {path} belongs to {name_of(kept)}, not to {name}.")
    for option in asked(model):
        if option != "n_images" and not values_equal(getattr(model, option), getattr(kept, option)):
            raise ZooError(f"the trained grid {path} has fixed settings; leave out --{option}.")
    testing = plan.testing()
    classes = knowledge.classes or tuple(map(str, range(len(knowledge.means))))
    if testing.classes != classes:
        raise ZooError(
            f"the trained grid {path} has the {len(classes)} classes {_some(classes)}, but the images of "
            f"{testing.name} have the {len(testing.classes)} classes {_some(testing.classes)}."
        )
    done = Progress(state=knowledge.state)
    with (
        program(kept, kept.n_images * kept.presentation, record, backend=plan.backend) as built,
        progress.Line(name) as line,
    ):
        session = Session(built, plan.seed, done, line, len(testing))
        for part in parts(np.arange(len(testing)), kept.n_images):
            session.chunk("test", testing.images[part], testing.labels[part], len(testing.classes))
    knowledge = dataclasses.replace(knowledge, state=done.state)
    return evaluate(knowledge, session.result, plan, done, None, testing)


def _some(names):
    """Names of classes for a message."""
    return ", ".join(names if len(names) <= 10 else [*names[:9], "...", names[-1]])
