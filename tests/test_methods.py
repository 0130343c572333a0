"""Exact solutions with equal rates are refused before they run; near that, as soon as digits are lost."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, Synapses, ms, nA, nS, second, siemens

from tests.conftest import BACKENDS, EACH_BACKEND
from zoo import Model, ZooError, program


class Cascade(Model):
    """x decays into y, y into z; and the same on synapses, event-driven."""

    tau_x: second = [5, 5] * ms
    tau_y: second = [7, 7] * ms
    tau_z: second = 9 * ms
    tau_a: second = 3 * ms
    tau_b: second = 4 * ms

    def build(self):
        cells = NeuronGroup(
            2,
            """
            dx/dt = -x/tau_x : 1
            dy/dt = (x - y)/tau_y : 1
            dz/dt = (y - z)/tau_z : 1 (unless refractory)
            tau_x : second (constant)
            tau_y : second (constant)
            tau_z : second (shared, constant)
            """,
            threshold="False", reset="", refractory=1 * ms, method="exact", name="cells",
        )  # fmt: skip
        synapses = Synapses(
            cells,
            cells,
            "da/dt = -a/tau_a : 1 (event-driven)\ndb/dt = (a - b)/tau_b : 1 (event-driven)\n"
            "tau_a : second (shared, constant)\ntau_b : second (shared, constant)",
            on_pre="b += 1",
            name="synapses",
        )
        synapses.connect()
        return Network(cells, synapses)

    def initialise(self, network):
        network["cells"].x = 1


def z(network):
    return [StateMonitor(network["cells"], "z", record=[1], name="trace")]


@pytest.mark.slow
@pytest.mark.parametrize("backend", EACH_BACKEND)
def test_equal_time_constants_are_refused(backend):
    """Three time constants with 0.5 % between them lose digits: up to 1e-5 at dt = tau/70. With 2 % between them it is 2e-7."""
    with program(Cascade(), 3 * ms, z, backend=backend) as built:
        for values, group in (
            ({"cells.tau_x": [5, 7] * ms}, "cells"),
            ({"cells.tau_y": [9, 7] * ms}, "cells"),
            ({"cells.tau_z": 7 * (1 + 1e-14) * ms}, "cells"),
            ({"cells.tau_x": 7 * 1.005 * ms, "cells.tau_z": 7 * 0.995 * ms}, "cells"),
            ({"synapses.tau_b": 3 * ms}, "synapses"),
        ):
            with pytest.raises(ZooError, match=f"exact solution of the equations of {group} divides by"):
                built.run(values)
        near = built.run({"cells.tau_x": 7.14 * ms, "cells.tau_z": 6.86 * ms})
        # Forward Euler with a thousandth of dt is off by dt/tau, 2e-5.
        x, y, value, dt = 1.0, 0.0, 0.0, 1e-7
        for _ in range(29_000):
            x, y, value = x - dt * x / 7.14e-3, y + dt * (x - y) / 7e-3, value + dt * (y - value) / 6.86e-3
        assert np.isclose(np.asarray(near["trace.z"])[0, 29], value, rtol=1e-4)


@pytest.mark.slow
def test_one_time_constant_in_both_equations(zoo_here):
    """Where a cell that is not refractory has the rate of its input, the solution is 0/0 for whatever value of tau."""

    class One(Model):
        def build(self):
            equations = "dv/dt = (I - v)/tau : 1 (unless refractory)\ndI/dt = -I/tau : 1\ntau : second (constant)"
            cells = NeuronGroup(
                1, equations, threshold="v > 1", reset="v = 0", refractory=1 * ms, method="exact", name="cells"
            )
            cells.tau = 10 * ms
            return Network(cells)

    for backend in ("runtime", *BACKENDS[1:]):
        with program(One(), 1 * ms, backend=backend) as built, pytest.raises(ZooError, match="One: the exact solution"):
            built.run()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["exact", "independent"])
def test_a_leak_of_nearly_nothing(method):
    """1 - exp(-g dt/C) is 0 for 1e-30 S, and has no digit that is right for 1e-24 S: v would stay where it is."""

    class Leaky(Model):
        g: siemens = 1 * nS

        def build(self):
            equations = "dv/dt = (I - g*v)/(100*pF) : volt\ng : siemens (constant)\nI : amp"
            cells = NeuronGroup(1, equations, method=method, name="cells")
            cells.I = 1 * nA
            return Network(cells)

    with program(
        Leaky(), 1 * ms, lambda net: [StateMonitor(net["cells"], "v", record=[0], name="trace")], backend="runtime"
    ) as built:
        for g in (0, 1e-30, 1e-24):
            with pytest.raises(ZooError, match="Leaky: the exact solution of the equations of cells divides by a rate"):
                built.run({"cells.g": g * siemens})
        # 1 nA on 100 pF for 0.9 ms; the leak takes 5e-6 of it.
        assert np.isclose(np.asarray(built.run({"cells.g": 1e-12 * siemens})["trace.v"])[0, -1], 0.009, rtol=1e-5)
