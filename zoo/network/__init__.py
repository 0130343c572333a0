"""The declared values, names, methods and memory of a network, independent of device and backend."""
