"""Checks that refuse, before a run, what a backend cannot do or would do wrong."""

import brian2
from brian2 import (
    NetworkOperation,
)
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.GSLcodeobject import GSLCPPStandaloneCodeObject
from brian2.stateupdaters.GSL import GSLStateUpdater

from zoo.core.errors import ZooError
from zoo.device import backends
from zoo.network import namespaces

# Brian2 supports only its own devices; in 2.9 the code of the C++ device cannot be generated.
WITH_GSL = ("cpp-stock", "cython") if issubclass(GSLCPPStandaloneCodeObject, CPPStandaloneCodeObject) else ("cython",)


def refuse(backend, network):
    """Raise ZooError for what the program of a network would silently leave out, or do wrong."""
    for item in network.objects:
        if isinstance(item, NetworkOperation):
            raise ZooError(
                f"the network operation {item.name!r} is a Python function, which standalone code cannot call; write it "
                "as equations (run_regularly, summed variables) or use --backend runtime."
            )
    if backend == "cuda":
        backends.cuda().check(network, namespaces.owners(network))


def check_links(network):
    """Raise ZooError for two variables linked through subgroups to variables of one name: Brian2 uses one index for both."""
    for group in network.sorted_objects:
        indices = {}
        for name in sorted(getattr(group, "_linked_variables", ())):
            index = group.variables.indices.get(name, "")
            if "_index_" in index and indices.setdefault(index, name) != name:
                raise ZooError(
                    f"{group.name}.{indices[index]} and {group.name}.{name} are linked to variables of one name through "
                    "subgroups, of which Brian2 keeps only one; link them to the whole group, linked_var(group, name, "
                    "index=[...])."
                )


def uses_gsl(item) -> bool:
    """Whether an object is integrated by the GNU Scientific Library."""
    method = getattr(item, "method_choice", None)
    return isinstance(method, GSLStateUpdater) or (isinstance(method, str) and method.startswith("gsl"))


def check_methods(backend, network):
    """Raise ZooError for a numerical method that Brian2 does not have on `backend`."""
    for item in network.sorted_objects:
        if backend not in WITH_GSL and uses_gsl(item):
            raise ZooError(
                f"{item.name} has a method of the GNU Scientific Library, which Brian2 {brian2.__version__} does not "
                f"have on the backend {backend!r}; use --backend {' or --backend '.join(WITH_GSL)}."
            )
