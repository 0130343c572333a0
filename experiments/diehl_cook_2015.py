"""The network of Diehl and Cook (2015) learns images: receptive fields, classes, accuracy of four readouts.

    zoo run diehl_cook_2015 --dataset mnist --data-dir DIR --train 50000 --epochs 1 --test 10000 --held-out
    zoo run diehl_cook_2015 --n 20 --rule power

Chapter: learning
"""

from zoo import cli
from zoo.experiments._learning import experiment
from zoo.experiments._learning_figures import plot
from zoo.models.diehl_cook_2015 import DiehlCook2015
from zoo.training.learner import record

__all__ = ["main", "plot", "record"]

main = experiment(DiehlCook2015.tuned, __name__)

if __name__ == "__main__":
    cli(main)
