"""From a model to numbers: a network is built, a program made of it, run and read."""
