"""Lets set_device("zoo") find the device, as soon as Brian2 is imported and without importing it."""

import importlib.abc
import importlib.util
import sys
from collections.abc import Callable


class _Waiting(importlib.abc.MetaPathFinder):
    """Finds the module `name` once, as Python would, and calls `then` when it has been imported."""

    def __init__(self, name, then):
        self.name, self.then = name, then

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def and_then(module):
                execute(module)
                self.then()

            spec.loader.exec_module = and_then
        return spec


def when_imported(name: str, then: Callable) -> None:
    """Call `then()` now if the module `name` is imported, else as soon as it is."""
    if name in sys.modules:
        then()
    else:
        sys.meta_path.insert(0, _Waiting(name, then))


def install() -> None:
    """Let Brian2's set_device("zoo") find the device, whose files are imported then and no earlier."""
    when_imported("brian2", _know_device)


def _know_device():
    devices = sys.modules["brian2.devices.device"]
    choose = devices._do_set_device

    def choose_or_register(device, *arguments, **options):
        if device == "zoo":
            from zoo.script.device import register

            register()
        return choose(device, *arguments, **options)

    devices._do_set_device = choose_or_register
