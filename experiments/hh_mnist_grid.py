"""Hodgkin-Huxley grids learn images: receptive fields, classes, confusion matrix, accuracy of four readouts.

Chapter: learning
"""

from zoo import Claim, cli
from zoo.experiments._learning import experiment
from zoo.experiments._learning_figures import plot
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.training.learner import record

__all__ = ["CLAIMS", "main", "measure", "plot", "record"]

main = experiment(HHMnistGrid.tuned, __name__)


def measure(n, features="pixels"):
    """The accuracy (%) of the trained grid of n x n cells that comes with the zoo, for 500 embedded digits."""
    result = main(model=HHMnistGrid.tuned(n=n, features=features), pretrained=True)
    return {"accuracy": 100 * result.numbers["test_accuracy"]}


CLAIMS = tuple(
    Claim(
        quantity="accuracy", unit="%", expected=expected, tolerance=tolerance, protocol=protocol,
        reason="two standard errors of 500 images; other random numbers of the inputs move it by less",
        long=True,  # each compiles for 7 s
        source="docs/learning.md: what the state had when it was trained, with 50,000 images of MNIST",
    )
    for protocol, expected, tolerance in (
        ({"n": 10}, 91.4, 2.5),
        ({"n": 20}, 95.2, 1.9),
        ({"n": 10, "features": "upright"}, 94.4, 2.1),
    )
)  # fmt: skip

if __name__ == "__main__":
    cli(main)
