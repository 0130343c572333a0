"""The C++ standalone device of the zoo: Brian2's device with faster builds and vectorised mathematics."""

from zoo.codegen.device import ZooDevice

__all__ = ["ZooDevice"]
