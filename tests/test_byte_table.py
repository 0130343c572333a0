"""Tables of bytes in equations: every value on every backend, and other values without recompiling."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, ms

from tests.conftest import EACH_BACKEND
from zoo import Model, ZooError, program
from zoo.functions.byte_table import byte_table

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
    with pytest.raises(ZooError, match="whole numbers"):
        built.run({"table.values": BYTES / 2})


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
