"""Comments behind fields and parameters are their meaning."""

import inspect

import pytest
from brian2 import ms

from tests.toys import Cells
from zoo.catalogue import cards, source_notes
from zoo.catalogue import registry as catalogue
from zoo.core import packages


def test_notes_of_fields_come_from_the_source():
    notes = source_notes.of_fields(Cells)
    assert notes["tau"] == ("10*ms", "membrane time constant")
    assert notes["n"] == ("5", "")
    assert notes["dt"] == ("0.1*ms", "time step of the simulation")


def test_a_model_typed_into_an_interpreter_has_no_notes():
    scope = {}
    exec("from zoo import Model\nfrom brian2 import second, ms\nclass Typed(Model):\n    tau: second = 1*ms", scope)
    assert "tau" not in source_notes.of_fields(scope["Typed"])
    assert scope["Typed"]().tau == 1 * ms


def spread(
    first,  # the first
    text="a, b",  # "quoted", with a # inside
    both=1, same=2,  # of two
    *,
    silent=3,
    last: tuple = (
        1,
    ),  # over several lines
):  # fmt: skip
    """Parameters in all the places that a comment may stand behind."""


def test_notes_of_parameters_come_from_the_source():
    found = source_notes.of_parameters(spread)
    assert found == {"first": "the first", "text": '"quoted", with a # inside', "last": "over several lines"}
    assert source_notes.of_parameters(print) == {}


@pytest.mark.parametrize("name", packages.entries("experiments"))
def test_every_option_of_an_experiment_has_a_meaning(name):
    experiment = catalogue.experiment(name)
    known = cards.MEANINGS | source_notes.of_parameters(experiment.main)
    assert not set(inspect.signature(experiment.main).parameters) - set(known) - {"model"}
