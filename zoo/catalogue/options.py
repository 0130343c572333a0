"""The options of an experiment: the parameters of its `main` and the fields of its model, from text."""

import argparse
import functools
import inspect
import re
import types
import typing
from pathlib import Path

from zoo.catalogue import registry as catalogue
from zoo.core.errors import ZooError, first_line, quoted, unknown

# Options for which an empty string, such as an undefined shell variable, would mean the working directory or nothing.
_NOT_EMPTY = {"out", "resume", "with", "points", "cluster", "manual_dir", "data_dir", "to", "arch"}


#: What --resume means, of a run and of a sweep.
RESUME = "continue what was stopped in DIR with the options it was begun with; options that differ are refused"

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class _Once(argparse.Action):
    """An option with one value; a second one would silently replace the first."""

    def __call__(self, parser, namespace, value, option_string=None):
        if getattr(namespace, self.dest, None) is not None:
            parser.error(f"{option_string} is given twice")
        setattr(namespace, self.dest, value)


class Parser:
    """Options as text; values may begin with a minus, names are accepted with - for _.

    `switches` need no value, and take true or false; those that are among `valued` as well may have another one.
    """

    def __init__(self, title, names, switches=(), valued=()):
        self.title = title
        self.names = sorted({*names, "debug"})
        self.switches = {*switches, "debug"}
        self.valued = set(valued)

    def parse(self, arguments) -> dict:
        parser = argparse.ArgumentParser(prog=f"zoo {self.title}", add_help=False, allow_abbrev=False)
        parser.error = self._refuse
        for name in self.names:
            flags = list(dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}")))
            if name in self.switches:
                parser.add_argument(*flags, dest=name, nargs="?", const=True)
                negative = [f"--no-{flag.removeprefix('--')}" for flag in flags]
                parser.add_argument(*negative, dest=name, action="store_const", const=False)
            else:
                parser.add_argument(*flags, dest=name, action=_Once)
        known, others = parser.parse_known_args(_joined(arguments))
        if others:
            if not others[0].startswith("-"):
                raise ZooError(f"zoo {self.title} does not accept {quoted(others[0])}; options begin with --.")
            raise unknown("option", others[0].partition("=")[0], [f"--{name}" for name in self.names])
        found = {name: value for name, value in vars(known).items() if value is not None}
        for name in _NOT_EMPTY & set(found):
            if isinstance(found[name], str) and not found[name].strip():
                raise ZooError(f"zoo {self.title}: --{name.replace('_', '-')} is empty.")
        return self.with_switches(found)

    def with_switches(self, options) -> dict:
        """`options` with True and False for the texts of switches; raises ZooError for other texts."""
        found = dict(options)
        for name in self.switches & set(options):
            text = str(options[name]).lower()
            if text in _TRUTH:
                found[name] = _TRUTH[text]
            elif name not in self.valued:
                raise ZooError(f"--{name} must be true or false, not {quoted(options[name])}.")
        return found

    def _refuse(self, message):
        raise ZooError(f"zoo {self.title}: {message}.")


def parser(title, experiment=None, extra=(), switches=()):
    names, switches, valued = {*extra, *switches}, set(switches), set()
    if experiment:
        from zoo.model import annotations

        names.add("out")
        for name, parameter in parameters_of(experiment).items():
            if name != "model":
                names.add(name)
                if parameter.annotation is bool or isinstance(parameter.default, bool):
                    switches.add(name)
                if parameter.annotation == bool | Path:
                    valued.add(name)
        model = model_of(experiment)
        if model is not None:
            kinds = annotations(type(model))
            for name in {"out", "debug", "help"} & set(kinds):
                raise ZooError(
                    f"the field {name} of {type(model).__name__} has the name of an option of zoo; rename it."
                )
            names |= set(kinds)
            switches |= {name for name, kind in kinds.items() if kind is bool}
    return Parser(title, names, switches, valued)


def _joined(arguments):
    """`--v -70*mV` as `--v=-70*mV`; otherwise argparse would treat the value as an option."""
    joined = []
    for argument in arguments:
        negative = re.match(r"-[\d.\[(]", argument)
        if negative and joined and joined[-1].startswith("--") and "=" not in joined[-1]:
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


@functools.lru_cache(maxsize=16)  # called for every point of a sweep
def parameters_of(experiment):
    """The parameters of an experiment's main by name; annotations may be strings."""
    try:
        parameters = inspect.signature(experiment.main, eval_str=True).parameters
    except Exception as error:
        raise ZooError(f"the annotations of main in {experiment.name} cannot be read: {first_line(error)}.") from error
    own = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name: parameter for name, parameter in parameters.items() if parameter.kind in own}


def model_of(experiment):
    """The default model of `main`, or None when it has no parameter `model`."""
    from zoo.model import Model

    start = _start_of(experiment)
    if start is None:
        return None
    try:
        model = start() if callable(start) and not isinstance(start, Model) else start
    except TypeError as error:
        raise ZooError(f"model of main in {experiment.name} cannot be created: {first_line(error)}.") from error
    if not isinstance(model, Model):
        raise ZooError(f"model of main in {experiment.name} must be a Model, not {quoted(model)}.")
    return model


def _start_of(experiment):
    """The default of main's parameter `model`: a Model, a class or function that creates one from fields, or None."""
    parameter = parameters_of(experiment).get("model")
    if parameter is None:
        return None
    return catalogue.model_in(experiment.module) if parameter.default is parameter.empty else parameter.default


def settings_of(experiment, options):
    """The keyword arguments of main: its parameters, and a model with the changed fields."""
    settings = {}
    parameters = parameters_of(experiment)
    for name, parameter in parameters.items():
        if name in ("model", "out"):
            continue
        if name in options:
            settings[name] = _argument(name, options[name], parameter)
        elif parameter.default is parameter.empty:
            raise ZooError(f"{experiment.name} needs --{name}.")
        else:
            settings[name] = parameter.default
    if "out" in parameters:
        settings["out"] = None  # the result folder, if any
    if "model" in parameters:
        settings["model"] = changed(
            experiment, {k: text for k, text in options.items() if k not in (*parameters, "out")}
        )
    return settings


def changed(experiment, options):
    """The model of an experiment with the fields in the options, or None when it has no model.

    A function such as `HHMnistGrid.tuned` instead of a model gets them and may choose the other fields from these.
    """
    from zoo.model import annotations, replace

    model, start = model_of(experiment), _start_of(experiment)
    if model is None:
        return None
    kinds = annotations(type(model))
    changes = {name: value_of(name, text, kinds[name]) for name, text in options.items() if name in kinds}
    if not changes:
        return model
    try:
        return start(**changes) if start is not model and callable(start) else replace(model, **changes)
    except ZooError:
        raise
    except Exception as error:  # a check of the model that did not expect such a value
        given = ", ".join(f"--{name}" for name in changes)
        raise ZooError(f"{type(model).__name__} does not accept {given} ({first_line(error)}).") from error


def _argument(name, text, parameter):
    """The value of a parameter of main, of the type of its annotation or default."""
    from brian2 import Quantity
    from brian2.units.fundamentalunits import get_unit

    from zoo.core import quantities

    default, kind = parameter.default, parameter.annotation
    if kind is parameter.empty:
        kind = str if default is None or default is parameter.empty else type(default)
    value = value_of(name, text, kind)
    unit = kind if isinstance(kind, Quantity) else get_unit(default.dim) if isinstance(default, Quantity) else None
    if unit is None:
        return value
    example = default if isinstance(default, Quantity) else ""
    check = quantities.check if isinstance(default, Quantity) and default.ndim else quantities.check_one
    return check(name, value, unit, example)


def value_of(name, text, kind):
    """The text of an option as a value of the annotation `kind`: a unit, a number, a string, a path."""
    from brian2 import Quantity

    from zoo.core import quantities

    if not isinstance(text, str):  # a switch
        return text
    if typing.get_origin(kind) in (typing.Union, types.UnionType):  # Path | None, bool | Path
        kinds = [choice for choice in typing.get_args(kind) if choice not in (type(None), bool)]
        kind = kinds[0] if len(kinds) == 1 else kind
    if kind is int:
        return whole_number(name, text)
    if kind is float:
        return quantities.check_one(f"--{name}", quantities.parse(text), 1)
    if kind is str:
        return text
    if kind is Path:
        if not text.strip():
            raise ZooError(f"--{name} is empty.")
        return Path(text).absolute()
    if kind is Quantity or isinstance(kind, (Quantity, int)):
        return quantities.parse(text)
    said = getattr(kind, "__name__", None) if isinstance(kind, type) else None
    raise ZooError(
        f"--{name} cannot be set on the command line, which takes numbers, quantities, strings and paths, "
        f"but nothing for {said or str(kind).replace('typing.', '')}; set it in Python."
    )


def absolute_paths(experiment, options) -> dict:
    """`options` as texts that mean the same from every folder."""
    from zoo.model import annotations

    model = model_of(experiment)
    kinds = {} if model is None else annotations(type(model))
    kinds |= {name: parameter.annotation for name, parameter in parameters_of(experiment).items()}

    def is_path(name, text):
        kind = kinds.get(name)
        choices = {kind, *typing.get_args(kind)}
        return Path in choices and isinstance(text, str) and not (bool in choices and text.lower() in _TRUTH)

    return {name: str(Path(text).absolute()) if is_path(name, text) else text for name, text in options.items()}


def whole_number(name, text):
    try:
        return int(text)
    except ValueError:
        raise ZooError(f"--{name} must be an integer, not {quoted(text)}.") from None


def with_switches(experiment, options: dict) -> dict:
    """Options as strings, with "true" and "false" for switches, for `settings_of`."""
    return parser("sweep", experiment).with_switches(options)
