"""A network as text: object -> part -> string, for run.json and `zoo show`."""

from brian2 import (
    Equations,
    EventMonitor,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    Quantity,
    SpatialNeuron,
    StateMonitor,
    Subgroup,
    Synapses,
    second,
)
from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.groups.group import CodeRunner
from brian2.spatialneuron.spatialneuron import SpatialSubgroup

from zoo.core import quantities
from zoo.device.values import assigned
from zoo.network.methods import method


def describe(network) -> dict:
    """Equations, methods, thresholds, resets, pathways and all other code of the objects of a network."""
    found = {}
    objects = sorted(network.sorted_objects, key=lambda item: item.name)
    for item in objects:
        if isinstance(item, NeuronGroup):
            found[item.name] = {
                "model": str(item.user_equations),
                **_method(item),
                **_refractory(item),
                **{f"threshold ({event})": text for event, text in item.events.items()},
                **{f"reset ({event})": text for event, text in item.event_codes.items()},
            }
        elif isinstance(item, Synapses):
            found[item.name] = {
                "source": whole(item.source).name,
                "target": whole(item.target).name,
                "model": str(synaptic_equations(item)),
                **_method(item),
                **{f"{name} (summed)": updater.expression.code for name, updater in item.summed_updaters.items()},
            }
            if item.subexpression_updater is not None:
                found[item.name]["constant over dt"] = item.subexpression_updater.abstract_code
            for pathway in item._pathways:
                found[item.name] |= _pathway(pathway)
        elif isinstance(item, PoissonGroup):
            found[item.name] = {"rates": _shown(item._rates)}
    for item in objects:
        if isinstance(item, NetworkOperation):
            found[item.name] = {
                _every(item.clock): f"Python function {getattr(item.function, '__name__', '')}".rstrip()
            }
        if isinstance(item, PoissonInput):
            arrives = f"{item.target_var} += {_shown(item.weight)}*binomial({item.N}, {_shown(item.rate)}*dt)"
            found[item.name] = {"target": whole(item.group).name, "every time step": arrives}
        elif type(item) is CodeRunner and item.abstract_code:
            found.setdefault(whole(item.group).name, {})[f"{item.name}, {_when(item)}"] = item.abstract_code
    return found


def synaptic_equations(synapses) -> Equations:
    """The equations of Synapses with the event-driven ones, which Brian2 keeps separately."""
    driven = synapses.event_driven or {}
    equations = [one for one in driven.values() if one.type == DIFFERENTIAL_EQUATION]
    return Equations([*synapses.equations.values(), *equations])


def whole(group):
    """The group of a subgroup."""
    return group.source if isinstance(group, Subgroup) else group


def _method(group):
    return {"method": name} if (name := method(group)) else {}


def _when(runner):
    """When a run_regularly runs, unless it is at the start of each step of the model."""
    is_usual = runner.clock.dt == whole(runner.group).clock.dt
    every = "every time step" if is_usual else _every(runner.clock)
    slot = [] if runner.when == "start" else [f"in the slot {runner.when}"]
    return ", ".join([every, *slot, *([f"order {runner.order}"] if runner.order else [])])


def _every(clock):
    return f"every {quantities.format(clock.dt)}"


def _refractory(group):
    return {} if group._refractory is False else {"refractory": _shown(group._refractory)}


def _pathway(pathway):
    """The statements of a pathway, and its settings that are not Brian2's defaults."""
    found = {pathway.objname: pathway.code}
    if pathway.event != "spike":
        found[f"{pathway.objname} (event)"] = pathway.event
    if pathway.order != (-1 if pathway.prepost == "pre" else 1):
        found[f"{pathway.objname} (order)"] = str(pathway.order)
    if pathway.variables["delay"].scalar:
        found[f"{pathway.objname} (delay)"] = _delay(pathway.variables["delay"])
    return found


def _delay(variable):
    number = assigned(variable)
    return "one for all synapses" if number is None else _shown(number * second)


def with_delays(described: dict, values: dict) -> dict:
    """`described` with the delays in `values` of a run, key -> array, instead of those of the network."""
    found = {}
    for name, parts in described.items():
        found[name] = dict(parts)
        for pathway in parts:
            for key in (f"{name}_{pathway}.delay", *([f"{name}.delay"] if pathway == "pre" else [])):
                if key in values:
                    one = values[key].size == 1
                    text = _shown(values[key].item() * second) if one else "one for each synapse"
                    found[name][f"{pathway} (delay)"] = text
    return found


def _shown(value):
    return quantities.format(value) if isinstance(value, (Quantity, float, int)) else str(value)


def recorded(network) -> dict:
    """The monitors of a network: name -> class ("kind"), time step in seconds, and what an index refers to ("of")."""
    found = {}
    for item in sorted(network.objects, key=lambda item: item.name):
        if isinstance(item, (EventMonitor, StateMonitor, PopulationRateMonitor)):
            found[item.name] = {"kind": type(item).__name__, "dt": float(item.clock.dt), "of": _kind(item.source)}
    return found


def _kind(group):
    """What an index of `group` refers to."""
    if isinstance(group, Synapses):
        return "synapse"
    return "compartment" if isinstance(group, (SpatialNeuron, SpatialSubgroup)) else "neuron"
