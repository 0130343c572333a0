"""From a model to numbers: build a network, make a program of it, run it and read its results."""
