"""Tables in equations: every value on every backend, and other values without recompiling."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, Synapses, ms

from tests.conftest import EACH_BACKEND
from zoo import Model, ZooError, program
from zoo.functions.table import byte_table, table

#: All bytes once, on 8 rows.
BYTES = np.random.default_rng(1).permutation(256).astype(np.uint8).reshape(8, 32)


class Shown(Model):
    """32 cells show the columns of a table, one row in every millisecond, from one row before the first one on."""

    rows: int = 8

    def build(self):
        table = byte_table("table", (self.rows, 32))
        cells = NeuronGroup(32, "y : 1", namespace={"table": table}, name="cells")
        cells.run_regularly("y = table(t/ms - 1 + 1e-6*rand(), i)", dt=1 * ms, name="show")
        return Network(cells)


def record(network):
    return [StateMonitor(network["cells"], "y", record=True, dt=1 * ms, when="end", name="trace")]


@pytest.fixture(scope="module", params=EACH_BACKEND)
def built(request):
    with program(Shown(), 10 * ms, record, backend=request.param) as made:
        yield made


def test_every_byte_is_read(built):
    """-1 is outside, and so is 8: a half and more are still in the row that they began in."""
    shown = np.asarray(built.run({"table.values": BYTES}, seed=3)["trace.y"]).T
    assert np.array_equal(shown[1:9], BYTES)
    assert not shown[0].any() and not shown[9].any()


def test_without_values_it_is_dark_and_one_value_is_all(built):
    assert not np.asarray(built.run()["trace.y"]).any()
    assert np.all(np.asarray(built.run({"table.values": 200})["trace.y"])[:, 1:9] == 200)
    assert not np.asarray(built.run()["trace.y"]).any(), "the values of a run are its own"


def test_the_slot(built):
    slot = built.slots["table.values"]
    assert slot.shape == (8, 32) and slot.dtype == np.uint8
    with pytest.raises(ZooError, match="shape"):
        built.run({"table.values": BYTES[:4]})
    with pytest.raises(ZooError, match="8 bits"):
        built.run({"table.values": BYTES.astype(int) + 1})
    with pytest.raises(ZooError, match="must be integers"):
        built.run({"table.values": BYTES / 2})


class Pairs(Model):
    """Synapses with a weight for each pair of populations."""

    state = ("synapses.w",)

    def build(self):
        cells = NeuronGroup(5, "part : integer (constant)", name="cells")
        cells.part = [0, 0, 1, 1, 1]
        W = table("W", [[0.5, -1e300], [0, 3]])
        synapses = Synapses(cells, cells, "w : 1", namespace={"W": W}, name="synapses")
        synapses.connect("W(part_pre, part_post) != 3")
        return Network(cells, synapses)

    def initialise(self, network):
        network["synapses"].w = "W(part_pre, part_post)"


@pytest.mark.parametrize("backend", EACH_BACKEND)
def test_a_table_of_numbers(backend):
    part = [0, 0, 1, 1, 1]
    with program(Pairs(), 0.1 * ms, backend=backend) as made:
        assert made.slots["W.values"].shape == (2, 2) and made.slots["W.values"].dtype == float
        for W in (np.array([[0.5, -1e300], [0, 3]]), np.array([[0, 7.25], [1 / 3, 0]])):
            expected = [
                W[a, b] for a in part for b in part if a == 0 or b == 0
            ]  # connected by the table as it was built
            assert np.array_equal(made.run({"W.values": W})["synapses.w"], expected)
        assert np.sum(made.run()["synapses.w"] == 0.5) == 4, "the values of a run last for this run"


def test_a_table_that_nothing_reads():
    class Unread(Shown):
        def build(self):
            table = byte_table("table", (2, 2))
            return Network(NeuronGroup(1, "y : 1", namespace={"table": table}, name="cells"))

    with program(Unread(), 1 * ms, compiled=False):
        pass


@pytest.mark.parametrize("shape", [(4,), (0, 3), (2, 3, 4)])
def test_shapes_that_are_no_table(shape):
    with pytest.raises(ZooError, match="rows and columns"):
        byte_table("table", shape)
