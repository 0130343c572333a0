"""Small models for tests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, Synapses, TimedArray, ms, mV, second, volt

from zoo import Model


class Cells(Model):
    """Leaky integrate-and-fire cells with a drive that is data, all connected to all by jumps of v."""

    n: int = 5
    tau: second = 10 * ms  # membrane time constant
    drive: volt = 20 * mV  # what v goes to
    w: volt = 0 * mV  # jump of v at a spike of any other cell
    delay: second = 1 * ms

    cell: str = """
    dv/dt = (drive - v)/tau : volt
    drive                   : volt (constant)
    x                       : 1
    """
    limits = {"tau": "> 0", "delay": ">= 0"}
    state = ("cells.v", "synapses.w")

    def build(self):
        cells = NeuronGroup(
            self.n, self.cell, threshold="v > 10*mV", reset="v = 0*mV", method="exact",
            namespace=self.namespace, name="cells",
        )  # fmt: skip
        synapses = Synapses(cells, cells, "w : volt", on_pre="v_post += w", delay=self.delay, name="synapses")
        synapses.connect()
        return Network(cells, synapses)

    def initialise(self, network):
        network["cells"].x = "rand()"


class Played(Model):
    """Cells that follow a TimedArray."""

    steps: int = 4

    def build(self):
        played = TimedArray(np.zeros((self.steps, 2)), dt=1 * ms, name="played")
        cells = NeuronGroup(2, "y = played(t, i) : 1", namespace={"played": played}, name="cells")
        return Network(cells)


def spikes(network):
    return [SpikeMonitor(network["cells"], name="spikes")]


def watched(network):
    """One record for many tests: `Cells()` with these monitors is compiled once."""
    return [*spikes(network), StateMonitor(network["cells"], ["v", "x"], record=True, name="trace")]


def voltages(network):
    return [StateMonitor(network["cells"], "v", record=True, name="trace")]


def played(network):
    return [StateMonitor(network["cells"], "y", record=True, name="trace")]


@dataclass(frozen=True)
class Kernel:
    """A part of a row that is a small object itself."""

    text: str
    window: Any = None


@dataclass(frozen=True)
class Projection:
    """A row of a table with everything that a row may have."""

    name: str
    weights: Any = 1.0  # one number, or a matrix W[i, j]
    delay: Any = 0
    kernel: Kernel | None = None
    options: Any = None


class Wired(Model):
    """A model with a table, a dictionary and other fields that are no numbers. It is never built."""

    projections: tuple[Projection, ...] = ()
    options: dict = {}
    names: list = []
    drive: Any = None
