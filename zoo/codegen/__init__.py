"""The C++ standalone device of the zoo: Brian2's own, built faster and with vectorised mathematics."""

from zoo.codegen.device import ZooDevice

__all__ = ["ZooDevice"]
