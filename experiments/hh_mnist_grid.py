"""Hodgkin-Huxley grids learn images: receptive fields, classes, confusion matrix, accuracy of four readouts.

Chapter: learning
"""

from zoo import cli
from zoo.experiments._learning import experiment
from zoo.experiments._learning_figures import plot
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.training.learner import record

__all__ = ["main", "plot", "record"]

main = experiment(HHMnistGrid.tuned, __name__)

if __name__ == "__main__":
    cli(main)
