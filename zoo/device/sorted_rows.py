"""Synapses whose order nothing can see during a run: the program moves them in the order of their delays.

Those of a spike that arrive together are then neighbours in memory, and neither delays nor sources are needed any more:
of 28 bytes for a synapse with a weight of 32 bits 8 remain. Synapses that anything else reads during the run, or that are a
result, keep Brian2's order.
"""

from brian2 import Synapses
from brian2.core.variables import DynamicArrayVariable

from zoo.network import finite

#: Code that is run before the spikes
_QUEUED, _EFFECTS = "synapses_push_spikes", "synapses"


def lines(device, network) -> list:
    """The C++ lines that sort the synapses of `network` before its run, where that is possible."""
    [started] = [position for position, (kind, _) in enumerate(device.main_queue) if kind == "run_network"]
    earlier = {id(arguments[0]) for kind, arguments in device.main_queue[:started] if kind == "run_code_object"}
    running = [codeobj for codeobj in device.code_objects.values() if id(codeobj) not in earlier]
    checked = {id(one.variable) for one in finite.watched(network)}  # whose messages name elements
    found = []
    for synapses in network.sorted_objects:
        if isinstance(synapses, Synapses):
            found += _sorted(device, synapses, running, checked)
    return found


def _sorted(device, synapses, running, checked):
    of_synapses = {id(variable) for variable in synapses._registered_variables}
    users = [codeobj for codeobj in running if not of_synapses.isdisjoint(map(id, codeobj.variables.values()))]
    if sorted(codeobj.template_name for codeobj in users) != [_EFFECTS, _QUEUED] or len(synapses._pathways) != 1:
        return []
    [pathway] = synapses._pathways
    delay, sources = pathway.variables["delay"], synapses.variables["_synaptic_pre"]
    [effects] = [codeobj for codeobj in users if codeobj.template_name == _EFFECTS]
    arrays = {id(one): one for one in effects.variables.values() if id(one) in of_synapses}
    arrays.pop(id(sources), None)
    if pathway.prepost != "pre" or not isinstance(delay, DynamicArrayVariable) or id(delay) in arrays:
        return []
    if not checked.isdisjoint(arrays):
        return []
    reads_sources = any(
        effects.variable_indices.get(name) == "_presynaptic_idx" or (variable is sources and name != "_synaptic_pre")
        for name, variable in effects.variables.items()
    )
    moved = [device.get_array_name(variable, access_data=False) for variable in arrays.values()]
    files = [device.get_array_filename(variable) for variable in (delay, sources, *arrays.values())]
    array, rows = (device.get_array_name(variable, access_data=False) for variable in (delay, sources))
    dt = f"{device.get_array_name(pathway.source.clock.variables['dt'])}[0]"
    wanted = " || ".join(f'zoo::is_wanted("{file}")' for file in sorted(files))
    forgets = "false" if reads_sources else "true"
    arguments = ", ".join([array, rows, forgets, dt, *sorted(moved)])
    return [f"if (!({wanted})) {pathway.name}.queue[0]->sort_by_delay({arguments});"]
