"""Cables on the device `cpp`, next to Brian2's runtime, which solves the same equations otherwise."""

import shutil

import numpy as np
import pytest
from brian2 import (
    Cylinder,
    Network,
    Section,
    Soma,
    SpatialNeuron,
    StateMonitor,
    TimedArray,
    cm,
    ms,
    ohm,
    pA,
    siemens,
    uF,
    um,
)

from tests.conftest import BACKENDS
from zoo import Model, simulate

pytestmark = [
    pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make"),
    pytest.mark.usefixtures("optimised"),
]

pulse = TimedArray([0, 1, 0, -1] * pA * 100, dt=2 * ms)
PASSIVE = "Im = gl*(-70*mV - v) : amp/meter**2\nI : amp (point current)\ngl : siemens/meter**2 (constant)"
ACTIVE = """
Im = gl*(-70*mV - v) + 30*gl*m**3*(50*mV - v) : amp/meter**2
dm/dt = (1/(1 + exp(-(v + 40*mV)/(6*mV))) - m)/(0.5*ms) : 1
I : amp (point current)
gl : siemens/meter**2 (constant)
"""


def tree():
    """Sections of 1 to 90 compartments, of other diameters, with branches on branches."""
    soma = Soma(diameter=30 * um)
    soma.axon = Cylinder(diameter=1 * um, length=900 * um, n=90)
    soma.basal = Section(diameter=[4, 3, 2.5, 1] * um, length=[20, 30, 10] * um, n=3)
    soma.apical = Cylinder(diameter=3 * um, length=200 * um, n=41)
    soma.apical.left = Cylinder(diameter=1 * um, length=50 * um, n=7)
    soma.apical.right = Cylinder(diameter=2 * um, length=100 * um, n=16)
    soma.apical.right.twig = Cylinder(diameter=0.5 * um, length=10 * um, n=1)
    soma.apical.right.tuft = Cylinder(diameter=0.5 * um, length=20 * um, n=2)
    return soma


SHAPES = {
    "passive": (PASSIVE, tree), "active": (ACTIVE, tree),
    "straight": (PASSIVE, lambda: Cylinder(diameter=1 * um, length=1000 * um, n=101)),
    "short": (ACTIVE, lambda: Cylinder(diameter=10 * um, length=10 * um, n=1)),
}  # fmt: skip


class Cables(Model):
    def build(self):
        found = []
        for name, (equations, morphology) in SHAPES.items():
            cable = SpatialNeuron(
                morphology(), equations, Cm=1 * uF / cm**2, Ri=150 * ohm * cm, method="exponential_euler", name=name
            )
            cable.run_regularly("I = int(i == 0)*pulse(t)", when="start")
            found.append(cable)
        return Network(found)

    def initialise(self, network):
        for name in SHAPES:
            network[name].v = "-70*mV + 3*mV*sin(i)"
            network[name].gl = 0.1 * 1e-3 * siemens / cm**2


def record(network):
    return [StateMonitor(network[name], ["v", "Ic"], record=True, name=f"seen_{name}") for name in SHAPES]


@pytest.fixture(scope="module")
def both():
    return [simulate(Cables(), 8 * ms, record, backend=backend) for backend in ("cpp", "runtime")]


@pytest.mark.parametrize("variable", ["v", "Ic"])
@pytest.mark.parametrize("name", list(SHAPES))
def test_a_cable_is_that_of_brian2(both, name, variable):
    ours, theirs = (np.asarray(result[f"seen_{name}.{variable}"]) for result in both)
    assert np.ptp(theirs) > 0
    # Both are rounded: next to solutions with 64 bits, v of this tree is off by 4e-10 V here and by 6e-10 V there after 200
    # steps. Ic is a difference of two v over dt.
    np.testing.assert_allclose(ours, theirs, rtol=0, atol={"v": 2e-8, "Ic": 1e-7}[variable] * np.abs(theirs).max())


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("clang++"), reason="needs clang++")
def test_a_cable_of_another_compiler(both, monkeypatch):
    """The arrays of the cable are not aligned to vectors: what clang++ made of them ended in SIGSEGV."""
    monkeypatch.setenv("CXX", "clang++")
    found = simulate(Cables(), 8 * ms, record, backend="cpp")
    for name in SHAPES:
        v = np.asarray(both[0][f"seen_{name}.v"])
        np.testing.assert_allclose(
            np.asarray(found[f"seen_{name}.v"]), v, rtol=0, atol=2e-8 * np.abs(v).max()
        )  # as above
