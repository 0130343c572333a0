"""Checkpoints: one file with which a training resumes as if it had never stopped."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from zoo.core import files, stored
from zoo.core.errors import ZooError, first_line
from zoo.model import Model, values_equal
from zoo.training.plan import Plan
from zoo.training.session import Progress
from zoo.training.settings import asked, digest, is_equations, model_record, name_of, read, stored_model

CHECKPOINT = "checkpoint.npz"


def save_checkpoint(path: Path, model, plan: Plan, done: Progress) -> None:
    """Write model, plan and progress to one file, which is complete or does not exist."""
    arrays = {
        f"{part}/{name}": np.asarray(value)
        for part in ("state", "counts", "curve")
        for name, value in getattr(done, part).items()
    }
    record = {
        **model_record(model, arrays),
        "plan": {name: stored.to_json(value) for name, value in dataclasses.asdict(plan).items()},
        **{name: getattr(done, name) for name in ("chunks", "runs", "images", "cpu")},
    }
    with files.cannot_write(path.parent), files.replacing(path) as new, open(new, "wb") as file:
        np.savez(file, record=np.array(json.dumps(record)), **arrays)


def load_checkpoint(folder: Path, given: Model | None = None):
    """Model, plan and progress; `given` has the equations. Raises ZooError for a missing or damaged checkpoint."""
    path = Path(folder) / CHECKPOINT
    record, arrays = read(path, "checkpoint", f"{folder} has no {CHECKPOINT}: it holds no run to resume.")
    try:
        plan = Plan(**{name: stored.from_json(value, {}) for name, value in record["plan"].items()})
        done = Progress(**{name: record[name] for name in ("chunks", "runs", "images", "cpu")})
        for key, value in arrays.items():
            part, _, name = key.partition("/")
            if part in ("state", "counts", "curve"):
                getattr(done, part)[name] = value
        model = stored_model(path, record, arrays, given)
        texts = {name: text for name, text in record["parameters"].items() if is_equations(text)}
        hashes = record.get("equations") or {name: digest(text) for name, text in texts.items()}
        other = [name for name, own in hashes.items() if digest(getattr(model, name, "")) != own]
        if other:
            print(
                f"the equations of {', '.join(other)} have changed since {path} was written: it resumes with the new ones."
            )
        return model, plan, done
    except ZooError:
        raise
    except Exception as error:  # anything may be in this file
        raise ZooError(f"{path} is damaged ({first_line(error)}); start again without --resume.") from None


def refuse_unfinished(out, title):
    """Raise ZooError when the folder `out` has a stopped training, which may have taken hours."""
    if not (out / CHECKPOINT).exists():
        return
    model, plan, done = load_checkpoint(out)
    if done.chunks < len(plan.chunks(model.n_images)):
        raise ZooError(
            f"{out} holds a training that stopped after {done.images:,} images; resume it with zoo run {title} --resume {out}, "
            f"choose another folder with --out, or remove {CHECKPOINT} there."
        )


def continued(found, model, plan):
    """Model, plan and progress of the checkpoint `found`; raises ZooError for options that differ from it."""
    kept, old, done = found
    if type(kept) is not type(model):
        raise ZooError(f"the run to resume is one of {name_of(kept)}, not of {name_of(model)}.")
    for option in dataclasses.fields(Plan):
        given, own = getattr(plan, option.name), getattr(old, option.name)
        if given != option.default and given != own:
            if option.name != "data_dir":  # the same images may be in another folder now
                raise ZooError(f"--{option.name} is {given}, but the run to resume has {own}; leave it out.")
            old = dataclasses.replace(old, data_dir=given)
    for name in asked(model):
        given, own = getattr(model, name), getattr(kept, name)
        if not values_equal(given, own):
            raise ZooError(f"--{name} is {given}, but the run to resume has {own}; leave it out.")
    return kept, old, done
