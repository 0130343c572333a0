"""The lines of the zoo in the main function of a standalone program, except those that set values.

They make numbers and the duration data of the program, and add checks of solutions, delays and state variables.
"""

import re
from pathlib import Path

import numpy as np
from brian2.core.variables import ArrayVariable, DynamicArrayVariable

from zoo.device import backends, sorted_rows, values
from zoo.network import finite, memory, methods

# The duration of a run
_RUN = re.compile(r"^(\w+\.run\()([-+.\de]+)(?=, )", re.MULTILINE)


def complete(device, network, folder: Path) -> None:
    """Add the zoo's lines to the main function that `device` has recorded for `network`, and write static arrays to `folder`."""
    values.write_setter(device, network)
    position = device.main_queue.index(("insert_code", values.LAST_VALUES))
    lines = _checked_delays(device, network)
    if hasattr(device, "numbers"):
        lines += sorted_rows.lines(device, network)
    device.main_queue[position + 1 : position + 1] = [("insert_code", line) for line in lines]
    _sort_assignments(device)
    _duration_to_data(device, network)
    _numbers_to_data(device)
    device.insert_code("after_end", "if (!zoo::finite::faults().empty()) return zoo::finite::FAULT;")
    (folder / "static_arrays").mkdir(exist_ok=True)
    device.write_static_arrays(str(folder))


def complete_script(device) -> None:
    """Make the numbers, seeds and durations data that `device` has recorded for the networks of a script."""
    _sort_assignments(device)
    _numbers_to_data(device)


def _sort_assignments(device):
    """Brian2 sets the clocks in the order of a set of objects, which differs between processes, and adds those without code so.

    Adjacent assignments of single numbers to different arrays commute: sorted by name they are always the same code.
    """
    queue = device.main_queue
    for kind, arguments in queue:
        if kind == "run_network":
            lines = arguments[1]
            places = [place for place, line in enumerate(lines) if line.endswith(", NULL);")]
            for place, line in zip(places, sorted(lines[place] for place in places), strict=True):
                lines[place] = line
    start = 0
    while start < len(queue):
        end = start
        while end < len(queue) and queue[end][0] == "set_by_single_value":
            end += 1
        queue[start:end] = sorted(queue[start:end], key=lambda entry: entry[1][0])
        start = end + 1


def _numbers_to_data(device):
    """Turn single numbers that Python code assigns, literals in the sources, into a static array; seeds and durations too.

    Another initial value is then other data for the same program.
    """
    numbers = []

    def data(value):
        numbers.append(float(value))
        return f"_static_array_zoo_numbers[{len(numbers) - 1}]"

    for position, (kind, arguments) in enumerate(device.main_queue):
        if kind == "run_network" and re.search(_RUN, "\n".join(arguments[1])):
            network, lines = arguments
            lines = [re.sub(_RUN, lambda match: match[1] + data(match[2]), line) for line in lines]
            device.main_queue[position] = (kind, (network, lines))
        if kind == "seed" and arguments is not None:
            line = f"brian::_random_generators[0].seed((unsigned long){data(arguments)});"
            device.main_queue[position] = ("insert_code", line)
        if kind not in ("set_by_constant", "set_by_single_value") or arguments[0].endswith("space"):
            continue  # brian2cuda sets those of spikes, which are not the user's
        if kind == "set_by_constant":
            array, value, is_dynamic = arguments
            size = f"{array}.size()" if is_dynamic else f"_num_{array}"
            if hasattr(device, "numbers"):  # the zoo's own C++ device
                line = f"zoo::fill({array}{'.data()' if is_dynamic else ''}, {size}, {data(value)});"
            else:
                line = f"for (size_t i = 0; i < {size}; i++) {array}[i] = {data(value)};"
            if hasattr(device, "arch"):
                line += f" zoo::send({array}, dev{array}{'' if is_dynamic else ', ' + size});"
        else:
            array, item, text = arguments
            if not re.fullmatch(r"[-+ ]*[\d.]+(e[-+]?\d+)?", str(text)):
                continue
            line = f"{array}[{item}] = {data(str(text).replace(' ', ''))};"
            if hasattr(device, "arch"):
                whole = array in device.dynamic_arrays.values()
                line += f" zoo::send({array}, dev{array}{'' if whole else f', _num_{array}'});"
        device.main_queue[position] = ("insert_code", line)
    if numbers:
        device.static_array("zoo_numbers", np.array(numbers))


def _duration_to_data(device, network):
    """Make the duration of the run a parameter, and let the program report its progress."""
    [(_, lines)] = [arguments for kind, arguments in device.main_queue if kind == "run_network"]
    [call] = [position for position, line in enumerate(lines) if line.startswith(f"{network.name}.run(")]
    line = re.sub(r"\([^,]+,", "(zoo_parameters.duration,", lines[call], count=1)
    look = [_watching(device, one) for one in finite.watched(network)]
    begin = f"zoo::finite::start<Clock>({network.name}, {finite.most(network)});"
    end = f"zoo::finite::finish({network.name}.t, brian::results_dir);"
    # Values of a GPU are checked when they have been copied back.
    before, after = ([], [*look, end]) if hasattr(device, "arch") else ([*look, begin], [end])
    lines[call : call + 1] = [
        *_checked_solutions(device, network),
        *before,
        f"zoo::progress::start(&{network.name}.t);",
        line,
        "zoo::progress::stop();",
        *after,
    ]


def _checked_solutions(device, network):
    """The C++ lines that refuse an exact solution that cannot be computed with the values of the run."""
    lines = []
    for group, expressions, variables in methods.coefficients(network):
        sizes, numbers = ["1"], ["const zoo::Rounded __free_(1.0);"]
        for name, variable in variables.items():
            if isinstance(variable, ArrayVariable):
                array = device.get_array_name(variable, access_data=False)
                if hasattr(device, "arch"):
                    lines.append(f"{backends.cuda().fetched(variable, array)};")
                if not variable.scalar:
                    is_dynamic = isinstance(variable, DynamicArrayVariable)
                    sizes = [f"{array}.size()" if is_dynamic else str(variable.size)]
                value = f"{array}[{0 if variable.scalar else 'k'}]"
            else:
                value = _number(device, group.name, name) or repr(float(variable.get_value()))
            numbers.append(f"const zoo::Rounded _{name}_({value});")
        lost = " || ".join(f"zoo::is_lost({methods.in_cpp(one)}, {methods.MOST})" for one in expressions)
        lines += [
            f"for (size_t k = 0; k < {sizes[0]}; k++) {{",
            *(f"    {line}" for line in numbers),
            f'    if ({lost}) zoo::refuse("{methods.sentence(group)}");',
            "}",
        ]
    return lines


def _checked_delays(device, network):
    """The C++ lines that refuse delays that a spike queue cannot have."""
    lines = []
    for name, variable, clock in memory.delays(network):
        array = device.get_array_name(variable, access_data=False)
        if hasattr(device, "arch"):
            lines.append(f"{backends.cuda().fetched(variable, array)};")
        is_dynamic = isinstance(variable, DynamicArrayVariable)
        place = (f"{array}.data()", f"{array}.size()") if is_dynamic else (array, str(variable.size))
        dt = f"{device.get_array_name(clock.variables['dt'])}[0]"
        lines.append(memory.delays_in_cpp(name, *place, dt))
    return lines


def _watching(device, one):
    """The C++ statements that register a variable for the checks."""
    array = device.get_array_name(one.variable, access_data=False)
    is_dynamic = isinstance(one.variable, DynamicArrayVariable)
    place = f"{array}.data(), {array}.size()" if is_dynamic else f"{array}, {one.variable.size}"
    fetched = f"{backends.cuda().fetched(one.variable, array)}; " if hasattr(device, "arch") else ""
    return f'{fetched}zoo::finite::watch("{one.key}", {place}, {"true" if one.may_be_infinite else "false"});'


def _number(device, user, name):
    """The C++ that reads a constant of a namespace, on devices where it is data."""
    return device.numbers.in_cpp(user, name) if hasattr(device, "numbers") else None
