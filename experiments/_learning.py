"""Learn images without labels, name the cells by labelled ones, classify others: what the grids share.

A plan is a list of chunks of images, first to learn from, then to label the cells by, then to test with. Behind every
chunk all that is known is written to `checkpoint.npz` in the result folder; with the seed and the number of runs, which
give all random numbers, a plan goes on from there as if it had never stopped.
"""

import dataclasses
import hashlib
import json
import resource
import time
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from brian2 import Quantity, SpikeMonitor, ms

from zoo import ZooError, datasets, encoding, plots, program, progress, readout
from zoo.core import files, packages, quantities, stored
from zoo.core.errors import first_line
from zoo.engine.program import NotFinite
from zoo.model import Model, annotations, values_equal
from zoo.models.equations.learning_grid import LearningGrid
from zoo.result import collect

CHECKPOINT = "checkpoint.npz"

#: The readouts by their titles; their accuracies are numbers of a result, `_key(title)`.
READOUTS = ("class means", "proportional vote", "naive Bayes", "nearest weights")

#: Bins of the histograms of weights.
BINS = 40


@dataclass(frozen=True)
class Plan:
    """What is shown to a grid: the options of the experiments."""

    dataset: str = "digits"
    data_dir: Path | None = None
    train: int = 1500
    epochs: int = 2
    label: int = 10_000
    test: int = 500
    held_out: bool = False
    backend: str = "cpp"
    seed: int = 0

    def __post_init__(self):
        for name in ("train", "epochs", "label", "test"):
            if getattr(self, name) < 1:
                raise ZooError(f"{name} is {getattr(self, name)}; it has to be at least 1.")

    @property
    def images_of(self) -> str:
        """The data set, which is "own" for a folder without the name of one."""
        return datasets.named(self.dataset, self.data_dir)

    def images(self):
        """The data sets to train, label and test with; labelled are the first of the training images."""
        training, testing = self._training(), self.testing()
        if self.held_out:
            training, _ = training.hold_out(self.test, seed=0)
        if self.train > len(training):
            raise ZooError(
                f"{training.name} has {len(training)} images to learn from; take --train {len(training)} or less."
            )
        training = training.first(self.train)
        return training, training.first(min(self.label, self.train)), testing

    def testing(self):
        """The images to classify; those held out are drawn from all training images: the last ones of MNIST are easier.

        They are the same for every seed of a plan.
        """
        if self.held_out:
            training = self._training()
            if self.test >= len(training):
                raise ZooError(
                    f"--held-out leaves no image to learn from: {training.name} has {len(training)}, --test is {self.test}."
                )
            return training.hold_out(self.test, seed=0)[1]
        testing = datasets.load(self.images_of, "test", data_dir=self.data_dir)
        if self.test > len(testing):
            raise ZooError(
                f"{testing.name} has {len(testing)} images to test with; take --test {len(testing)} or less."
            )
        return testing.first(self.test)

    def _training(self):
        return datasets.load(self.images_of, "train", data_dir=self.data_dir)

    def chunks(self, most):
        """Stage, and indices of at most `most` images to show: every epoch in an order of its own.

        Of learning there are at least a dozen, as far as they are not below a hundred images: the points of its curves.
        """
        size = min(most, max(100, self.train * self.epochs // 12))
        found = []
        for epoch in range(self.epochs):
            order = np.random.default_rng([self.seed, epoch]).permutation(self.train)
            found += [("train", part) for part in _parts(order, size)]
        found += [("label", part) for part in _parts(np.arange(min(self.label, self.train)), most)]
        return found + [("test", part) for part in _parts(np.arange(self.test), most)]


def _parts(indices, size):
    """Parts of at most `size`, as equal as they can be."""
    return np.array_split(indices, -(-len(indices) // size))


@dataclass
class Progress:
    """All that a plan has come to: what a checkpoint holds."""

    state: dict = field(default_factory=dict)  #: values of the network, as Model.state names them
    chunks: int = 0  #: chunks that are done
    runs: int = 0  #: runs of the program, each with random numbers of its own
    images: int = 0  #: images that were shown
    cpu: float = 0.0  #: user CPU seconds
    counts: dict = field(default_factory=dict)  #: spike counts (images, cells) of each stage, and of the last n_images
    curve: dict = field(default_factory=dict)  #: what is known of each chunk of learning


def experiment(make, module: str):
    """The function `main` of the experiment `module` that trains the grids which `make` gives for some fields."""

    def main(
        model=make,
        dataset: str = Plan.dataset,  # of the images: see zoo data list
        data_dir: Path = None,  # folder with its files; without dataset a folder or an .npz file of your own images
        train: int = Plan.train,  # images to learn from
        epochs: int = Plan.epochs,  # so often each is shown
        label: int = Plan.label,  # of these images name the cells
        test: int = Plan.test,  # images to classify
        held_out: bool = False,  # draw these from the training set, to choose settings by
        backend="cpp",
        seed=0,
        resume: Path = None,
        pretrained: bool
        | Path = False,  # learn nothing, take the trained grid that comes with the zoo, or that of a file
        save_state: Path = None,  # file for the trained grid, for --pretrained FILE
        out: Path = None,
    ):
        """Learn from `train` images without labels, name the cells by `label` labelled ones, classify `test` others.

        With `held_out` the test images are drawn from the training set, to choose settings by. `resume` goes on with
        the run that was stopped in this folder; `save_state` writes the trained grid to a file, and `pretrained`
        classifies with the grid of such a file, or, when it is True, with the one that comes with the zoo.
        """
        model = model if isinstance(model, Model) else model()
        plan = Plan(dataset, data_dir, train, epochs, label, test, held_out, backend, seed)
        if pretrained:
            return print_summary(
                evaluate_pretrained(model, plan, datasets.EMBEDDED if pretrained is True else Path(pretrained))
            )
        return print_summary(learn(model, plan, out, resume, save_state))

    main.__module__ = module  # by which the command line names the experiment
    return main


def learn(model: LearningGrid, plan: Plan, out: Path | None, resume: Path | None, save_state: Path | None = None):
    """Carry out `plan`, or go on with the one whose checkpoint is in `resume`; a Result with all that came of it."""
    done = Progress()
    if resume is not None:
        model, plan, done = _continued(load_checkpoint(resume, model), model, plan)
        out = out or resume
    elif out is not None:
        _refuse_unfinished(out, _name(model))
    training, labelling, testing = plan.images()
    shown = {"train": training, "label": labelling, "test": testing}
    chunks = plan.chunks(model.n_images)
    total = sum(len(part) for _, part in chunks)
    title = _name(model)
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
                print(f"{done.images} of {total} images are kept; go on with: zoo run {title} --resume {out}")
            raise KeyboardInterrupt from stop  # of an Interrupted the part of a chunk would be written as a result
        except NotFinite as error:
            raise ZooError(str(error)) from error  # as above
        last = session.result or built.run(done.state, duration=model.dt)
    knowledge = Knowledge.of(model, done, labelling)
    result = evaluate(knowledge, last, plan, done, training, testing)
    if save_state is not None:
        export(save_state, model, knowledge, plan, result)
    return result


def record(network):
    """The spikes of the cells that learn."""
    return [SpikeMonitor(network["excitatory"], name="spikes")]


class Session:
    """Shows chunks of images to a program and keeps the books of `done`."""

    def __init__(self, built, seed, done, line, total):
        self.built, self.seed, self.done, self.line, self.total = built, seed, done, line, total
        self.model = built.model
        self.result = None
        self.start, self.before = time.monotonic(), done.images
        slots = built.slots
        done.state = {name: Quantity(value, dim=slots[name].dimensions) for name, value in done.state.items()}

    def chunk(self, stage, images, labels, classes):
        cpu = _user_seconds()
        counts, spikes = self._shown_until_answered(stage, images)
        if stage == "train":
            self._tell_of_learning(counts, spikes, labels, classes)
        else:
            earlier = self.done.counts.get(stage, np.zeros((0, counts.shape[1])))
            self.done.counts[stage] = np.concatenate([earlier, counts])
        self.done.chunks += 1
        self.done.images += len(images)
        self.done.cpu += _user_seconds() - cpu

    def _shown_until_answered(self, stage, images):
        """Counts (images, cells) and spikes (images,); what the cells hardly answer is shown again with more gain."""
        model = self.model
        counts, spikes = self._shown(stage, images, 1.0)
        for number in range(1, model.again + 1):
            silent = np.flatnonzero(spikes < model.spikes_least)
            if not len(silent):
                break
            counts[silent], spikes[silent] = self._shown(stage, images[silent], 1 + number / 2)
        return counts, spikes

    def _shown(self, stage, images, stronger):
        model, done, count = self.model, self.done, len(images)
        values = dict(done.state)
        gain = model.gain
        if stage != "train":
            values |= model.at_test(values["excitatory.theta"])
            gain = model.gain_test
        if stronger != 1:
            values["learned.gain"] = gain * stronger
        stages = {"train": "learning", "label": "labelling", "test": "testing"}

        def show(fraction):
            now = done.images + fraction * count
            parts = [f"{stages[stage]}, {now:,.0f} of {self.total:,} images"]
            if len(done.curve.get("accuracy", ())) > 1:
                parts.append(f"{100 * done.curve['accuracy'][-1]:.1f} % right")
            parts.append(f"{(now - self.before) / max(time.monotonic() - self.start, 1e-3):.0f} images/s")
            self.line.show(now / self.total, ", ".join(parts))

        with collect():  # of a thousand results all but the last are of no more use
            self.result = self.built.run(
                {**values, **model.shown(images)},
                # The random numbers of a run depend on how many were before it: this is all a checkpoint needs of them.
                seed=int(np.random.SeedSequence([self.seed, done.runs]).generate_state(1)[0]),
                duration=count * model.presentation,
                show=show if self.line.visible else None,
            )
        done.runs += 1
        if stage == "train":
            state = self.result.state
            # Every image begins with normalised weights, those behind the last one too.
            done.state = {**state, "learned.w": model.normalised(state["learned.w"])}
        return count_spikes(self.result, model, count)

    def _tell_of_learning(self, counts, spikes, labels, classes):
        """One more point of every curve; accuracy is that of the answers, read by those to the n_images before."""
        done, right = self.done, np.nan
        if "before" in done.counts:
            before = done.counts["before"], done.counts["before_labels"]
            right = (readout.predict(counts, readout.assign(*before, classes), classes) == labels).mean()
            counts, labels = (
                np.concatenate(pair)[-self.model.n_images :] for pair in zip(before, (counts, labels), strict=True)
            )
        done.counts |= {"before": counts, "before_labels": labels}
        weights = np.asarray(done.state["learned.w"])
        point = {
            "images": done.images + len(spikes),
            "accuracy": right,
            "spikes": spikes.mean(),
            "silent": (spikes == 0).mean(),
            "theta": np.asarray(done.state["excitatory.theta"]),
            "weights": np.histogram(weights, BINS, (0, self.model.w_max))[0],
        }
        for name, value in point.items():
            earlier = done.curve.get(name, np.zeros((0, *np.shape(value))))
            done.curve[name] = np.concatenate([earlier, [value]])


def count_spikes(result, model, count):
    """Spikes of each cell for each image: counts (images, cells), weighted by count_decay; and spikes (images,)."""
    presentation, t, i = float(model.presentation), np.asarray(result["spikes.t"]), np.asarray(result["spikes.i"])
    # A spike in the last time step of an image may be labelled with the start of the next one by rounding.
    image = np.minimum(np.floor(t / presentation + 1e-9).astype(int), count - 1)
    weights = np.exp(-(t - image * presentation) / float(model.count_decay)) if model.count_decay > 0 * ms else None
    cells = model.n**2
    counts = np.bincount(image * cells + i, weights, minlength=count * cells).reshape(count, cells)
    return counts, np.bincount(image, minlength=count)


def _user_seconds():
    """User CPU seconds of this process and of the programs that it has run."""
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What a trained grid is, and all that its readouts know of labels."""

    state: dict
    means: np.ndarray  #: mean counts (classes, cells) of the labelled images of each class
    images: np.ndarray  #: number of these images (classes,)
    nearest: np.ndarray  #: class of each cell, by the labelled images whose nearest weights it has
    classes: tuple  #: the names of the classes

    @classmethod
    def of(cls, model, done, labelling):
        classes = len(labelling.classes)
        weights = _columns(model, done.state)
        won = readout.winners(readout.nearest_weights(_features(model, labelling), weights), model.n**2)
        return cls(
            state=done.state,
            means=readout.class_means(done.counts["label"], labelling.labels, classes),
            images=np.bincount(labelling.labels, minlength=classes),
            nearest=readout.assign(won, labelling.labels, classes),
            classes=labelling.classes,
        )

    def predictions(self, model, counts, data):
        """Title -> the class of each image of `data`, to which the cells gave `counts`."""
        classes = len(self.means)
        nearest = readout.nearest_weights(_features(model, data), _columns(model, self.state))
        found = (
            readout.predict(counts, readout.assigned(self.means), classes),
            readout.proportional_vote(counts, self.means),
            readout.naive_bayes(counts, self.means, self.images),
            self.nearest[nearest],
        )
        return dict(zip(READOUTS, found, strict=True))


def _columns(model, state):
    return np.asarray(state["learned.w"]).reshape(model.inputs, model.n**2)


def _features(model, data):
    return encoding.features(data.images, model.features)


def evaluate(knowledge, last, plan, done, training, testing):
    """The Result of the run `last` with all that came of the plan: the accuracy of every readout, and the curves."""
    model, counts = last.model, done.counts["test"]
    classes = len(knowledge.means)
    numbers = {}
    predictions = knowledge.predictions(model, counts, testing)
    for title, predicted in predictions.items():
        numbers[_key(title)] = float((predicted == testing.labels).mean())
    numbers |= {"test_accuracy": numbers["accuracy_class_means"], "chance": 1 / classes}
    if training is not None:
        nearest = readout.nearest_centroid(_pixels(training), training.labels, _pixels(testing), classes)
        numbers["nearest_centroid"] = float((nearest == testing.labels).mean())
    numbers |= {
        "cpu_seconds": round(done.cpu, 2),
        "silent_images": int((~counts.any(axis=1)).sum()),
        "cells_without_class": int((readout.assigned(knowledge.means) < 0).sum()),
        "plan": plan_numbers(plan),
    }
    arrays = {
        **knowledge.state,
        "readout.means": knowledge.means,
        "readout.classes": readout.assigned(knowledge.means),
        "readout.confusion": readout.confusion(predictions["class means"], testing.labels, classes),
        "testing.counts": _compact(counts),
        "testing.labels": testing.labels,
        **{f"training.{name}": values for name, values in done.curve.items()},
    }
    numbers = {**numbers, "class_names": list(testing.classes)}
    result = dataclasses.replace(last, state_names=tuple(knowledge.state), seed=plan.seed)
    return result.with_numbers(**numbers).with_only(arrays)


def plan_numbers(plan):
    """A plan as numbers and texts of a result, without the folder of the images."""
    values = {**dataclasses.asdict(plan), "dataset": plan.images_of}
    return {name: value for name, value in values.items() if name != "data_dir"}


def print_summary(result):
    """Print the numbers of a result, one a line; the result."""
    numbers, count = result.numbers, len(result["testing.labels"])
    for title in READOUTS:
        print(f"test accuracy ({title}): {100 * numbers[_key(title)]:.1f} % of {count}")
    for title in ("chance", "nearest centroid"):
        if title.replace(" ", "_") in numbers:
            print(f"baseline ({title}): {100 * numbers[title.replace(' ', '_')]:.1f} %")
    print(f"cpu seconds: {numbers['cpu_seconds']:.0f}")
    return result


def _key(title):
    return f"accuracy_{title.replace(' ', '_').lower()}"


def _pixels(data):
    return data.images.reshape(len(data), -1) / 255


def _compact(counts):
    """Whole counts as whole numbers, which take a tenth of the space."""
    return counts.astype(np.int32) if np.array_equal(counts, np.rint(counts)) else counts


def _name(model):
    return type(model).__module__.rpartition(".")[2]


# Checkpoints


def save_checkpoint(path: Path, model, plan: Plan, done: Progress) -> None:
    """Write all of it to one file, which is there as a whole or not at all."""
    arrays = {
        f"{part}/{name}": np.asarray(value)
        for part in ("state", "counts", "curve")
        for name, value in getattr(done, part).items()
    }
    record = {
        **_model_record(model, arrays),
        "plan": {name: stored.to_json(value) for name, value in dataclasses.asdict(plan).items()},
        **{name: getattr(done, name) for name in ("chunks", "runs", "images", "cpu")},
    }
    with files.cannot_write(path.parent), files.replacing(path) as new, open(new, "wb") as file:
        np.savez(file, record=np.array(json.dumps(record)), **arrays)


def load_checkpoint(folder: Path, given: Model | None = None):
    """Model, plan and progress; `given` has the equations. Raises ZooError for no checkpoint and a damaged one."""
    path = Path(folder) / CHECKPOINT
    record, arrays = _read(
        path, "checkpoint", f"{folder} has no {CHECKPOINT}: no run was begun there that could go on."
    )
    try:
        plan = Plan(**{name: stored.from_json(value, {}) for name, value in record["plan"].items()})
        done = Progress(**{name: record[name] for name in ("chunks", "runs", "images", "cpu")})
        for key, value in arrays.items():
            part, _, name = key.partition("/")
            if part in ("state", "counts", "curve"):
                getattr(done, part)[name] = value
        model = _stored_model(path, record, arrays, given)
        texts = {name: text for name, text in record["parameters"].items() if _is_equations(text)}
        hashes = record.get("equations") or {name: _digest(text) for name, text in texts.items()}
        other = [name for name, own in hashes.items() if _digest(getattr(model, name, "")) != own]
        if other:
            print(
                f"the equations of {', '.join(other)} have changed since {path} was written: it resumes with the new ones."
            )
        return model, plan, done
    except ZooError:
        raise
    except Exception as error:  # whatever somebody may have written into this file
        raise ZooError(f"{path} is damaged ({first_line(error)}); begin again without --resume.") from None


def _refuse_unfinished(out, title):
    """A training that was stopped in the folder `out` may be the work of hours."""
    if not (out / CHECKPOINT).exists():
        return
    model, plan, done = load_checkpoint(out)
    if done.chunks < len(plan.chunks(model.n_images)):
        raise ZooError(
            f"{out} holds a training that was stopped after {done.images:,} images; resume it with zoo run {title} --resume {out}, "
            f"or take another folder with --out, or remove {CHECKPOINT} there."
        )


def _continued(found, model, plan):
    """The stored model, plan and progress; raises ZooError for options that ask for something else."""
    kept, old, done = found
    if type(kept) is not type(model):
        raise ZooError(f"the run to go on with is one of {_name(kept)}, not of {_name(model)}.")
    for option in dataclasses.fields(Plan):
        given, own = getattr(plan, option.name), getattr(old, option.name)
        if given != option.default and given != own:
            if option.name != "data_dir":  # the same images may be somewhere else now
                raise ZooError(f"--{option.name} is {given}, and the run to go on with has {own}; leave it out.")
            old = dataclasses.replace(old, data_dir=given)
    for name in asked(model):
        given, own = getattr(model, name), getattr(kept, name)
        if not values_equal(given, own):
            raise ZooError(f"--{name} is {given}, and the run to go on with has {own}; leave it out.")
    return kept, old, done


def asked(model):
    """Names of the fields that somebody has set: those that differ from what `tuned` gives for the variant."""
    variant = {name: getattr(model, name) for name in model.variants}
    usual = type(model).tuned(**variant)
    found = [name for name, value in variant.items() if not values_equal(value, getattr(type(model), name))]
    return found + [
        name for name in annotations(type(model)) if not values_equal(getattr(model, name), getattr(usual, name))
    ]


def _model_record(model, arrays):
    """The settings of a model, numbers and names; of its equations only their hashes, and which ones are not its usual."""
    values = {name: getattr(model, name) for name in annotations(type(model))}
    settings = {name: value for name, value in values.items() if not _is_equations(value)}
    code = {name: value for name, value in values.items() if _is_equations(value)}
    return {
        "module": type(model).__module__,
        "model": type(model).__name__,
        "parameters": {name: stored.to_json(value, f"parameters/{name}", arrays) for name, value in settings.items()},
        "equations": {name: _digest(text) for name, text in code.items()},
        "changed": [name for name in asked(model) if name in code],
    }


def _stored_model(path, record, arrays, given: Model | None) -> Model:
    """The model of a file of ours: its settings, with the equations that the model has today, or those of `given`.

    A state is numbers and settings. Code that was stored with it would be run under a `build` of another day.
    A setting that is new since takes its default, one that is gone is left out; both are printed. Raises ZooError
    when the grid was trained with changed equations that `given` does not have.
    """
    model_class = packages.model_class(record["module"], record["model"])
    if model_class is None:
        raise ZooError(f"{path} is of the model {record['model']}, which this version of the zoo does not have.")
    values = {name: stored.from_json(value, arrays) for name, value in record["parameters"].items()}
    settings = {name: value for name, value in values.items() if not _is_equations(value)}
    gone = {name: value for name, value in settings.items() if name not in annotations(model_class)}
    kept = {name: value for name, value in settings.items() if name not in gone}
    code = {}
    if type(given) is model_class:
        code = {name: value for name in asked(given) if _is_equations(value := getattr(given, name))}
    for name in record.get("changed", ()):
        if _digest(code.get(name, "")) != record["equations"].get(name):
            raise ZooError(f"{path} was made with other equations for {name}; give the same ones again.")
    model = model_class.tuned(**kept, **code)
    new = [
        name for name in annotations(model_class) if name not in settings and not _is_equations(getattr(model, name))
    ]
    if new:
        print(f"{path} is older than the settings {_with_values({name: getattr(model, name) for name in new})}: "
              "they take these defaults.")  # fmt: skip
    if gone:
        print(f"{path} has the settings {_with_values(gone)}, which {record['model']} no longer has: left out.")
    return model


def _with_values(settings):
    return ", ".join(
        f"{name} = {quantities.format(value) if not isinstance(value, str) else value}"
        for name, value in settings.items()
    )


def _is_equations(value):
    """Whether a field is equations: every one of them declares a unit after a colon, and no name of a choice has one."""
    return isinstance(value, str) and ":" in value


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path, what, missing):
    """The record and the arrays of a file of ours."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return json.loads(str(arrays.pop("record"))), arrays
    except FileNotFoundError:
        raise ZooError(missing) from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ZooError(f"the {what} {path} is damaged ({first_line(error)}).") from None


# Trained states


def export(path: Path, model, knowledge: Knowledge, plan: Plan, result) -> None:
    """Write a trained grid in little space: weights as bytes, theta and means in 16 bits."""
    weights = np.asarray(knowledge.state["learned.w"])
    scale = weights.max() / 255
    theta = np.asarray(knowledge.state["excitatory.theta"])
    spread = np.abs(theta - theta.mean()).max() or 1.0
    arrays = {
        "weights": np.rint(weights / scale).astype(np.uint8),
        "theta": ((theta - theta.mean()) / spread).astype(np.float16),
        "means": knowledge.means.astype(np.float16),
        "images": knowledge.images,
        "nearest": knowledge.nearest.astype(np.int8),
    }
    record = {
        **_model_record(model, arrays),
        "theta": [float(theta.mean()), float(spread)],
        "k": float(knowledge.state["excitatory.k"]),
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

    Raises ZooError with `missing` when there is no file, and for a file that is damaged or of another kind.
    """
    record, arrays = _read(path, "trained state", missing)
    try:
        model = _stored_model(path, record, arrays, given)
        mean, spread = record["theta"]
        state = {
            "learned.w": model.normalised(arrays["weights"].astype(float)),
            "excitatory.theta": mean + spread * arrays["theta"].astype(float),
            "excitatory.k": record["k"],
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
    except Exception as error:  # whatever somebody may have written into this file
        raise ZooError(f"the trained state {path} is damaged ({first_line(error)}).") from None


def evaluate_pretrained(model: LearningGrid, plan: Plan, place: Path = datasets.EMBEDDED):
    """Classify test images with the trained grid in the file `place`, or with the one for the n of `model` in a folder.

    The folder of the zoo has those that come with it.
    """
    name, path = _name(model), place
    missing = f"there is no file {path}; --save-state FILE writes a trained grid."
    if place.is_dir():
        known = sorted(int(found.stem.rpartition("_n")[2]) for found in place.glob(f"{name}_n*.npz"))
        there = f"there is one for n = {', '.join(map(str, known))}" if known else "there is none"
        path = place / f"{name}_n{model.n}.npz"
        missing = f"no trained {name} with n = {model.n} comes with the zoo; {there}."
    kept, knowledge = load_state(path, missing, model)
    if type(kept) is not type(model):
        raise ZooError(f"the trained grid {path} is one of {_name(kept)}, not of {name}.")
    for option in asked(model):
        if option != "n_images" and not values_equal(getattr(model, option), getattr(kept, option)):
            raise ZooError(f"the trained grid {path} has its settings; leave out --{option}.")
    testing = plan.testing()
    classes = knowledge.classes or tuple(map(str, range(len(knowledge.means))))
    if testing.classes != classes:
        raise ZooError(
            f"the trained grid {path} knows the {len(classes)} classes {_some(classes)}, and the images of "
            f"{testing.name} have the {len(testing.classes)} classes {_some(testing.classes)}."
        )
    done = Progress(state=knowledge.state)
    with (
        program(kept, kept.n_images * kept.presentation, record, backend=plan.backend) as built,
        progress.Line(name) as line,
    ):
        session = Session(built, plan.seed, done, line, len(testing))
        for part in _parts(np.arange(len(testing)), kept.n_images):
            session.chunk("test", testing.images[part], testing.labels[part], len(testing.classes))
    knowledge = dataclasses.replace(knowledge, state=done.state)
    return evaluate(knowledge, session.result, plan, done, None, testing)


def _some(names):
    """Names of classes for a sentence."""
    return ", ".join(names if len(names) <= 10 else [*names[:9], "...", names[-1]])


# Figures


def plot(result):
    """Receptive fields and classes; confusion matrix and learning curve; weights and homeostasis while learning."""
    n, numbers = result.model.n, result.numbers
    fields, (left, right) = plots.figure(1, 2, width=11, height=5.4)
    receptive_fields(result["learned.w"], n, result.model.features, left)
    plots.title(left, f"input weights of the {n} x {n} excitatory cells")
    plots.class_map(result["readout.classes"].reshape(n, n), numbers.get("class_names"), axes=right)
    plots.title(right, "class of the images to which each cell spikes most")

    accuracy, (left, right) = plots.figure(1, 2, width=11, height=5)
    plots.confusion(result["readout.confusion"], numbers.get("class_names"), axes=left)
    plots.title(left, f"test images: {100 * numbers['test_accuracy']:.1f} % right")
    learned = "training.images" in result
    if learned:
        right.plot(
            result["training.images"], 100 * result["training.accuracy"], "o-", markersize=3, label="while learning"
        )
    right.axhline(100 * numbers["test_accuracy"], color="C2", label="test images, at the end")
    right.axhline(100 * numbers["accuracy_nearest_weights"], color="C3", linewidth=0.8, label="nearest weights")
    if "nearest_centroid" in numbers:
        right.axhline(100 * numbers["nearest_centroid"], color="0.4", linestyle="--", label="nearest centroid")
    right.axhline(100 * numbers["chance"], color="0.7", linestyle=":", label="chance")
    right.set(xlabel="images seen", ylabel="accuracy (%)", ylim=(0, 100), xlim=(0, None if learned else 1))
    right.legend(loc="lower right", bbox_to_anchor=(1, 0.12), fontsize=9, frameon=False)
    plots.title(right, "images to learn from, classified by the answers to those before" if learned else "accuracy")
    if not learned:
        right.set(xticks=[], xlabel="")
        return {"receptive_fields": fields, "accuracy": accuracy}

    curves, (left, middle, right) = plots.figure(1, 3, width=13, height=3.8)
    spikes(result["training.images"], result["training.spikes"], aim=result.model.rho * n**2, axes=left)
    theta(result["training.images"], *theta_units(result.model, result["training.theta"]), axes=middle)
    weight_distribution(result["training.images"], result["training.weights"], result.model.w_max, axes=right)
    return {"receptive_fields": fields, "accuracy": accuracy, "homeostasis": curves}


def receptive_fields(w, n, features, axes):
    """The weights of every cell as an image of its inputs, with its maps of features side by side."""
    (rows, columns), side = {"pixels": ((1, 1), 28), "dog": ((1, 2), 28), "gabor": ((2, 2), 14)}[features]
    maps = np.asarray(w).reshape(-1, n * n).T.reshape(n * n, rows, columns, side, side)
    plots.mosaic(maps.swapaxes(2, 3), (n, n), (rows * side, columns * side), axes=axes)


def spikes(images, values, aim, axes):
    """Spikes of all cells for an image, against the images seen, and how many theta aims at, if it does."""
    axes.plot(images, values, "o-", markersize=3, color="C0", label="all cells")
    if aim > 0:
        axes.axhline(aim, color="0.4", linestyle="--", label="aim of theta")
    axes.set(xlabel="images seen", ylabel="spikes an image", ylim=(0, 1.4 * max(np.max(values), aim)))
    axes.legend(loc="upper right", ncols=2, fontsize=9, frameon=False)


def theta(images, values, unit, axes):
    """theta (chunks, cells) against the images seen: median, half and nine tenths of the cells."""
    for low, high in ((5, 95), (25, 75)):
        axes.fill_between(images, *np.percentile(values, (low, high), axis=1), color="C1", alpha=0.25, linewidth=0)
    axes.plot(images, np.median(values, axis=1), "o-", markersize=3, color="C1")
    axes.set(xlabel="images seen", ylabel=f"theta ({unit})")
    plots.title(axes, "median, half and nine tenths of the cells")


def theta_units(model, values):
    """theta in the unit of the field: µA/cm² of a current, mV of a threshold."""
    return (100 * values, "µA/cm²") if model.conductance != "1" else (1000 * values, "mV")


def weight_distribution(images, table, w_max, axes):
    """Histograms of the weights, from the first chunk (light) to the last one (dark)."""
    edges = np.linspace(0, w_max, BINS + 1)
    chosen = np.unique(np.linspace(0, len(table) - 1, 5).astype(int))
    for number, index in enumerate(chosen):
        shade = 0.75 - 0.75 * (number + 1) / len(chosen)
        axes.stairs(table[index] / table[index].sum(), edges, color=str(shade), label=f"{images[index]:,.0f}")
    axes.set(xlabel="weight", ylabel="part of the weights", yscale="log", xlim=(0, w_max))
    axes.legend(title="images seen", fontsize=8, frameon=False)
