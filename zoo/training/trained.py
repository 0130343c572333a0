"""Files of trained networks: weights as bytes, theta and the counts of the labelled images in 16 bits."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from zoo.core import files, stored
from zoo.core.errors import ZooError, first_line
from zoo.model import Model
from zoo.training.evaluation import Knowledge
from zoo.training.learner import SEEN, THETA, WEIGHTS
from zoo.training.plan import Plan
from zoo.training.settings import model_record, read, stored_model


def export(path: Path, model, knowledge: Knowledge, plan: Plan, result) -> None:
    """Write a trained grid to a small file: weights as bytes, theta and means in 16 bits."""
    weights = np.asarray(knowledge.state[WEIGHTS])
    scale = weights.max() / 255
    theta = np.asarray(knowledge.state[THETA])
    spread = np.abs(theta - theta.mean()).max() or 1.0
    arrays = {
        "weights": np.rint(weights / scale).astype(np.uint8),
        "theta": ((theta - theta.mean()) / spread).astype(np.float16),
        "means": knowledge.means.astype(np.float16),
        "images": knowledge.images,
        "nearest": knowledge.nearest.astype(np.int8),
    }
    record = {
        **model_record(model, arrays),
        "theta": [float(theta.mean()), float(spread)],
        "k": float(knowledge.state[SEEN]),
        "classes": knowledge.classes,
        "plan": {name: stored.to_json(value) for name, value in dataclasses.asdict(plan).items() if name != "data_dir"},
        "numbers": {name: value for name, value in result.numbers.items() if isinstance(value, float)},
    }
    path = Path(path)
    with files.cannot_write(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as new, open(new, "wb") as file:
            np.savez_compressed(file, record=np.array(json.dumps(record)), **arrays)


def load_state(path: Path, missing: str, given: Model):
    """The model and the Knowledge that `export` wrote, with the equations of `given`.

    Raises ZooError with `missing` when the file does not exist, and for a damaged file or one of another kind.
    """
    record, arrays = read(path, "trained state", missing)
    try:
        model = stored_model(path, record, arrays, given)
        mean, spread = record["theta"]
        state = {
            WEIGHTS: model.normalised(arrays["weights"].astype(float)),
            THETA: mean + spread * arrays["theta"].astype(float),
            SEEN: record["k"],
        }
        return model, Knowledge(
            state,
            arrays["means"].astype(float),
            arrays["images"],
            arrays["nearest"].astype(int),
            tuple(record.get("classes", ())),
        )
    except ZooError:
        raise
    except Exception as error:  # anything may be in this file
        raise ZooError(f"the trained state {path} is damaged ({first_line(error)}).") from None
