"""Readouts: by hand, and where two of them differ."""

import numpy as np

from zoo import readout

COUNTS = np.array([[4, 0, 1], [2, 0, 1], [0, 3, 1], [0, 1, 1]])
LABELS = np.array([0, 0, 1, 1])
MEANS = np.array([[3, 0, 1], [0, 2, 1.0]])


def test_class_means_name_the_cells():
    assert np.array_equal(readout.class_means(COUNTS, LABELS, 2), MEANS)
    assert np.array_equal(readout.assigned(MEANS), [0, 1, 0]), "of equal classes the first"
    assert np.array_equal(readout.assign(COUNTS, LABELS, 2), [0, 1, 0])
    assert np.array_equal(readout.assigned(np.zeros((2, 2))), [-1, -1])


def test_predict_takes_the_mean_over_the_cells_of_a_class():
    # Cells 0 and 2 are of class 0: one spike of the one cell of class 1 outweighs one of theirs.
    counts = np.array([[1, 1, 0], [2, 1, 2], [0, 0, 0]])
    assert np.array_equal(readout.predict(counts, np.array([0, 1, 0]), 2), [1, 0, -1])


def test_proportional_vote():
    # The votes of the cells are (1, 0), (0, 1), (1/2, 1/2).
    counts = np.array([[1, 0, 5], [0, 1, 5], [2, 3, 0], [0, 0, 0]])
    assert np.array_equal(readout.proportional_vote(counts, MEANS), [0, 1, 1, -1])
    assert np.array_equal(readout.proportional_vote(np.array([[0, 4]]), np.array([[1.0, 0], [1, 0]])), [-1])


def test_naive_bayes_adds_half_a_spike_to_every_mean():
    """Two cells with rates 1/2 or 5/2: the classes are equally probable at 4/log(5) = 2.49 spikes; with 1 or 3 at 3.64."""
    means, images = np.array([[0.0, 0.0], [2.0, 2.0]]), np.array([1, 1])
    assert readout.naive_bayes(np.array([[1, 0], [1, 1], [1, 2], [2, 2]]), means, images).tolist() == [0, 0, 1, 1]


def test_naive_bayes_is_the_poisson_posterior():
    """Against the product of Poisson probabilities with the prior, written out."""
    from math import exp, factorial

    images = np.array([2, 2])
    rates = (MEANS * 2 + 0.5) / 2
    counts = np.array([[2, 0, 1], [1, 1, 0], [0, 1, 3], [0, 0, 0]])
    for row, found in zip(counts, readout.naive_bayes(counts, MEANS, images), strict=True):
        posterior = [
            0.5 * np.prod([exp(-r) * r**k / factorial(k) for r, k in zip(own, row, strict=True)]) for own in rates
        ]
        assert found == np.argmax(posterior)


def test_naive_bayes_knows_how_often_a_class_is():
    means = np.array([[1.0], [1.2]])
    assert readout.naive_bayes(np.array([[1]]), means, [90, 10]) == 0
    assert readout.naive_bayes(np.array([[1]]), means, [10, 90]) == 1
    assert readout.naive_bayes(np.array([[9]]), np.array([[1.0], [1.2], [9]]), [5, 5, 0]) != 2, "a class never seen"


def test_nearest_weights_go_by_the_angle():
    weights = np.array([[3.0, 1, 0], [0, 1, 0]])
    features = np.array([[9.0, 1], [1, 1], [0, 2]])
    assert np.array_equal(readout.nearest_weights(features, weights), [0, 1, 1])
    assert np.array_equal(readout.winners(np.array([2, 0]), 3), [[0, 0, 1], [1, 0, 0]])
