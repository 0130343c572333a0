"""Integrate-and-fire grids learn images (Diehl & Cook 2015): receptive fields, classes, accuracy of four readouts.

Chapter: learning
"""

from zoo import cli
from zoo.experiments._learning import experiment
from zoo.experiments._learning_figures import plot
from zoo.models.lif_mnist_grid import LIFMnistGrid
from zoo.training.learner import record

__all__ = ["main", "plot", "record"]

main = experiment(LIFMnistGrid.tuned, __name__)

if __name__ == "__main__":
    cli(main)
