"""The settings of a model in a file: numbers and names; its equations are stored as hashes.

Stored equations would run with the `build` of a later version.
"""

import hashlib
import json
import zipfile
import zlib

import numpy as np

from zoo.core import packages, quantities, stored
from zoo.core.errors import ZooError, first_line
from zoo.model import Model, annotations, values_equal


def asked(model: Model) -> list:
    """Names of the fields that the user has set: the variant, and fields that differ from the values of `tuned` for it."""
    variant = {name: getattr(model, name) for name in model.variants}
    usual = type(model).tuned(**variant)
    found = [name for name, value in variant.items() if not values_equal(value, getattr(type(model), name))]
    return found + [
        name for name in annotations(type(model)) if not values_equal(getattr(model, name), getattr(usual, name))
    ]


def model_record(model, arrays):
    """The settings of a model, the hashes of its equations, and the names of equations that the user has changed."""
    values = {name: getattr(model, name) for name in annotations(type(model))}
    settings = {name: value for name, value in values.items() if not is_equations(value)}
    code = {name: value for name, value in values.items() if is_equations(value)}
    return {
        "module": type(model).__module__,
        "model": type(model).__name__,
        "parameters": {name: stored.to_json(value, f"parameters/{name}", arrays) for name, value in settings.items()},
        "equations": {name: digest(text) for name, text in code.items()},
        "changed": [name for name in asked(model) if name in code],
    }


def stored_model(path, record, arrays, given: Model | None) -> Model:
    """The model of a file: its settings, with the present equations of the model, or those of `given`.

    A setting that is newer than the file takes its default, one that no longer exists is left out; both are printed.
    Raises ZooError when the network was trained with changed equations that `given` does not have.
    """
    model_class = packages.model_class(record["module"], record["model"])
    if model_class is None:
        raise ZooError(f"{path} belongs to the model {record['model']}, which this version of the zoo does not have.")
    values = {name: stored.from_json(value, arrays) for name, value in record["parameters"].items()}
    settings = {name: value for name, value in values.items() if not is_equations(value)}
    gone = {name: value for name, value in settings.items() if name not in annotations(model_class)}
    kept = {name: value for name, value in settings.items() if name not in gone}
    code = {}
    if type(given) is model_class:
        code = {name: value for name in asked(given) if is_equations(value := getattr(given, name))}
    for name in record.get("changed", ()):
        if digest(code.get(name, "")) != record["equations"].get(name):
            raise ZooError(f"{path} was made with other equations for {name}; give the same equations again.")
    model = model_class.tuned(**kept, **code)
    new = [name for name in annotations(model_class) if name not in settings and not is_equations(getattr(model, name))]
    if new:
        print(f"{path} is older than the settings {_with_values({name: getattr(model, name) for name in new})}: "
              "they take their defaults.")  # fmt: skip
    if gone:
        print(f"{path} has the settings {_with_values(gone)}, which {record['model']} no longer has: left out.")
    return model


def _with_values(settings):
    return ", ".join(
        f"{name} = {quantities.format(value) if not isinstance(value, str) else value}"
        for name, value in settings.items()
    )


def is_equations(value):
    """Whether the value of a field is equations: they declare a unit after a colon, which no name has."""
    return isinstance(value, str) and ":" in value


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def read(path, what, missing):
    """The record and the arrays of a file; raises ZooError with `missing` for a missing file, and for a damaged one."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return json.loads(str(arrays.pop("record"))), arrays
    except FileNotFoundError:
        raise ZooError(missing) from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ZooError(f"the {what} {path} is damaged ({first_line(error)}).") from None


def name_of(model: Model) -> str:
    """The name of a model in the catalogue."""
    return type(model).__module__.rpartition(".")[2]
