"""Something to do as soon as Brian2 is imported, without importing it."""

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
