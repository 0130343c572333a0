"""Exponential Euler for cells whose leak is nothing, or nearly so."""

import numpy as np
import pytest
from brian2 import Equations, Network, NeuronGroup, StateMonitor, exponential_euler, ms, mV, nA, nS, siemens
from brian2.core.variables import Constant

from tests.conftest import EACH_BACKEND
from zoo import Model, program
from zoo.network.exponential_euler import for_every_rate


class Leaky(Model):
    """A current into 100 pF with the leak g, and the same behind a synapse that is silent; the third cell is refractory."""

    g: siemens = 0 * nS

    def build(self):
        cells = NeuronGroup(
            3,
            """
            dv/dt = (I - g*v)/(100*pF) : volt (unless refractory)
            dw/dt = (I + g_e*(-w) + g_i*(-80*mV - w))/(100*pF) : volt
            dg_e/dt = -g_e/(5*ms) : siemens
            g_i : siemens
            g : siemens (constant)
            I : amp (constant)
            """,
            threshold="i == 2 and t < dt/2",
            reset="",
            refractory=10 * ms,
            method="exponential_euler",
            name="cells",
        )
        return Network(cells)

    def initialise(self, network):
        network["cells"].I = [1, 2, 3] * nA
        network["cells"].v = [0, 0, 7] * mV


def voltages(network):
    return [StateMonitor(network["cells"], ["v", "w"], record=True, name="trace")]


@pytest.mark.slow
@pytest.mark.parametrize("backend", EACH_BACKEND)
def test_any_leak(backend):
    """The step is exact for a constant current, so the bound is what rounding leaves of nine steps."""
    with program(Leaky(), 1 * ms, voltages, backend=backend) as built:
        for g in (0.0, 1e-30, 1e-24, 1e-15, 1e-9, 1e-7):
            result = built.run({"cells.g": g * siemens})
            decayed = g * 0.9e-3 / 100e-12
            charged = np.array([1, 2, 3]) * 1e-9 * 0.9e-3 / 100e-12
            v, w = (np.asarray(result[f"trace.{name}"]) for name in "vw")
            fraction = -np.expm1(-decayed) / decayed if decayed else 1
            assert np.allclose(v[:2, -1], charged[:2] * fraction, rtol=1e-14, atol=0), g
            assert np.allclose(w[:, -1], charged, rtol=1e-14, atol=0)
            assert (v[2, 2:] == v[2, 1]).all() and v[2, 1] != 7e-3, "after its spike the refractory cell stays"


def test_a_rate_that_is_large_for_certain_keeps_brian2s_step():
    """It has one exponential and one quotient, both of which the gates of a cell share."""
    gate = Equations("dm/dt = a*(1 - m) - b*exp(-v)*m : 1\na : Hz\nb : Hz\nv : 1")
    brian2s = exponential_euler(gate, {})
    for a, b, is_brian2s in (
        (Constant("a", 100.0), Constant("b", 0.02), True),
        (Constant("a", 0.01), Constant("b", 0.02), False),
        (Constant("a", 100.0), Constant("b", -5.0), False),  # a + b exp(-v) may vanish
        (gate["a"], Constant("b", 5.0), False),
    ):
        with for_every_rate():
            assert (exponential_euler(gate, {"a": a, "b": b}) == brian2s) == is_brian2s
    assert exponential_euler(gate, {}) == brian2s
