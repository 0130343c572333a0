"""The values of a standalone program: the files and arguments that Python writes, and the C++ that reads them.

Three lines of the main function set variables: those of a group as soon as it is created, all of the network when it is
complete, and the arguments of `Program.run` once more after `initialise`. Each calls `zoo_set`, written here, for every
value in the file parameters.txt and on the command line (see include/zoo.h).
"""

from pathlib import Path

import numpy as np
from brian2 import (
    TimedArray,
    get_device,
)
from brian2.core.variables import DynamicArrayVariable

from zoo.device import backends
from zoo.functions.table import Table
from zoo.network import binding

# After it Brian2 creates the spike queues.
LAST_VALUES = "zoo_parameters.apply_again(zoo_set);"

# Sets the constants of a name that objects read, which come before everything else.
_CONSTANTS = "if (brian::set_constants(name, text)"
_NO_NUMBER = 'zoo::refuse("\'" + text + "\' is no value of " + name + ".");'

# The placeholder in the main function until the whole network is known.
SETTER = "// zoo_set"


def write_parameters(folder: Path, defaults: dict, seed: int, duration, threads: int = 1) -> None:
    """Write parameters.txt, which has the values that the command line does not give."""
    lines = [f"seed={seed}", f"duration={float(duration)!r}", *write_values(folder, defaults)]
    if threads > 1:
        lines.insert(2, f"threads={threads}")
    (folder / "parameters.txt").write_text("".join(f"{line}\n" for line in lines))


def write_values(folder: Path, arrays: dict) -> list:
    """The arguments "name=number", "name=file" and "name=@file" (a matrix) of a program; the files go to `folder`."""
    arguments = []
    for name, array in arrays.items():
        if array.size == 1:
            arguments.append(f"{name}={array.item()!r}")
        else:
            (folder / "values").mkdir(exist_ok=True)
            array.tofile(folder / "values" / name)
            arguments.append(f"{name}={'@' if array.ndim == 2 else ''}values/{name}")
    return arguments


def bind_at_creation(group):
    """In the program, set the variables of `group` at this point."""
    device = get_device()
    places = binding.first_places(group)
    if places:
        names = ", ".join(f'"{key}"' for key in places)
        device.insert_code("main", f"zoo_parameters.apply({{{names}}}, zoo_set);")
    for place in places.values():
        device.array_cache[place.variable] = None  # Python does not know their values


def bind_fields():
    """In the program, set all variables at this point."""
    get_device().insert_code("main", "zoo_parameters.apply(zoo_set);")


def bind_values():
    """Set the values of the command line again, after `initialise`."""
    get_device().insert_code("main", LAST_VALUES)


def write_setter(device, network):
    """The C++ function that sets a variable by name."""
    has_constants = bool(getattr(device, "numbers", None) and device.numbers.known)
    lines = []
    if has_constants:
        lines = [
            "zoo_parameters.apply([](const std::string &name, const std::string &text) {",
            f"    {_CONSTANTS} < 0) {_NO_NUMBER}",
            "});",
        ]
    lines += ["const auto zoo_set = [&](const std::string &name, const std::string &text) {"]
    lines += [f"    {_CONSTANTS}) {{}}" if has_constants else "    if (false) {}"]
    for key, place in binding.places(network).items():
        call = _setting(device, place)
        if call:
            call += "" if place.is_end else _sent(device, place.variable)
            if place.slot.least == 0:
                array = device.get_array_name(place.variable, access_data=False)
                call += f"; zoo::check_no_negative(name, {array})"
            lines.append(f'    else if (name == "{key}") {{ {call}; }}')
    lines += ['    else zoo::refuse("unknown variable \'" + name + "\'.");', "};"]
    device.main_queue[device.main_queue.index(("insert_code", SETTER))] = ("insert_code", "\n".join(lines))


def _setting(device, place):
    variable = place.variable
    if isinstance(variable, TimedArray):
        name = device.timed_arrays.get(variable)
        return name and f"zoo::set(name, text, {name}_values, {variable.values.size})"
    if isinstance(variable, Table):
        used = any(variable is known for code in device.code_objects.values() for known in code.variables.values())
        kind = "unsigned char" if variable.values.dtype == np.uint8 else "double"
        array = f"reinterpret_cast<{kind} *>({variable.name}_values)"
        return used and f"zoo::set(name, text, {array}, {variable.values.size})"
    if not isinstance(variable, DynamicArrayVariable):
        return f"zoo::set(name, text, {device.get_array_name(variable)}, {variable.size})"
    array = device.get_array_name(variable, access_data=False)
    if place.synapses is None:
        return f"zoo::set(name, text, {array}.data(), {array}.size())"
    synapses = place.synapses
    pre, post = (
        device.get_array_name(synapses.variables[name], access_data=False)
        for name in ("_synaptic_pre", "_synaptic_post")
    )
    if place.is_end:
        end = synapses.source if array == pre else synapses.target
        return f"zoo::check_ends(name, text, {array}, {binding.first_neuron(end)})"
    sizes = ", ".join(
        str(number) for end in (synapses.source, synapses.target) for number in (binding.first_neuron(end), len(end))
    )
    return f"zoo::set_synapses(name, text, {array}, {pre}, {post}, {sizes})"


def _sent(device, variable):
    """The copy to a GPU after an assignment, if the program runs on one."""
    if not hasattr(device, "arch"):
        return ""
    if isinstance(variable, (TimedArray, Table)):
        name = f"{variable.name}_values"
    else:
        name = device.get_array_name(variable, access_data=False)
    return f"; {backends.cuda().sent(variable, name)}"


def assigned(variable):
    """The number that Python code has assigned to an array of one element; None when a standalone program computes it."""
    device = get_device()
    try:
        return float(variable.get_value()[0])
    except NotImplementedError:
        name = device.get_array_name(variable, access_data=False)
        known = [item[-1] for kind, item in device.main_queue if kind == "set_by_single_value" and item[0] == name]
        return float(known[-1]) if known else None
