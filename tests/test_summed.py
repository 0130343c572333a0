"""Summed variables on the device `cpp`, next to sums by NumPy: sums over rows and over scattered synapses, of functions too."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, Synapses, ms

from tests.conftest import BACKENDS
from zoo import Model, simulate

pytestmark = [
    pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make"),
    pytest.mark.usefixtures("optimised"),
]

N = 70
TOTALS = ("all", "far", "scattered", "back", "part", "own", "drawn")


class Sums(Model):
    def build(self):
        cells = NeuronGroup(
            N, "phase : 1\nlarge : 1\n" + "\n".join(f"{name}_total : 1" for name in TOTALS), name="cells"
        )
        half = cells[10:50]
        found = [
            _joined(cells, cells, "all", "all_total_post = sin(phase_pre - phase_post) : 1 (summed)"),
            _joined(cells, cells, "far", "far_total_post = cos(large_pre - phase_post) : 1 (summed)"),
            _joined(cells, cells, "scattered", "scattered_total_post = w*exp(phase_pre) : 1 (summed)\nw : 1", "(i + 3*k*k) % N_post for k in range(9)"),
            _joined(cells, cells, "back", "back_total_pre = w*sin(phase_post) : 1 (summed)\nw : 1"),
            _joined(half, half, "part", "part_total_post = w*phase_pre : 1 (summed)\nw : 1"),
            # Each synapse reads the sum of those before it.
            _joined(cells, cells, "own", "own_total_post = phase_pre + own_total_pre : 1 (summed)", "k for k in range(4)"),
            _joined(cells, cells, "drawn", "drawn_total_post = int(rand() < 2) : 1 (summed)"),
        ]  # fmt: skip
        return Network(cells, *found)

    def initialise(self, network):
        network["cells"].phase = "0.1*i"
        network["cells"].large = "1e12 + i"
        for name in ("scattered", "back", "part"):
            network[name].w = "0.01*i + 0.003*j"


def _joined(source, target, name, equations, where=None):
    synapses = Synapses(source, target, equations, name=name)
    synapses.connect(j=where) if where else synapses.connect()
    return synapses


@pytest.fixture(scope="module")
def sums():
    result = simulate(
        Sums(), 0.2 * ms, lambda net: [StateMonitor(net["cells"], [f"{name}_total" for name in TOTALS], record=True, name="seen")]
    )  # fmt: skip
    return {name: np.asarray(result[f"seen.{name}_total"])[:, 1] for name in TOTALS}


def expected():
    i = np.arange(N)
    phase = 0.1 * i
    weights = 0.01 * i[:, None] + 0.003 * i
    part = np.zeros(N)
    local = np.arange(40)
    part[10:50] = ((0.01 * local[:, None] + 0.003 * local) * phase[10:50, None]).sum(axis=0)
    scattered = np.zeros(N)
    for k in range(9):
        j = (i + 3 * k * k) % N
        np.add.at(scattered, j, weights[i, j] * np.exp(phase))
    own = np.zeros(N)
    for source in range(N):
        for target in range(4):
            own[target] += phase[source] + own[source]
    return {
        "all": np.sin(phase[:, None] - phase).sum(axis=0),
        "far": np.cos((1e12 + i)[:, None] - phase).sum(axis=0),
        "scattered": scattered,
        "back": (weights * np.sin(phase)).sum(axis=1),
        "part": part,
        "own": own,
        "drawn": np.full(N, N),
    }


@pytest.mark.parametrize("name", TOTALS)
def test_sums_are_those_of_numpy(sums, name):
    # Seventy terms, each within two units in the last place of the largest.
    wanted = expected()[name]
    np.testing.assert_allclose(sums[name], wanted, rtol=0, atol=1e-14 * np.abs(wanted).max() + 70 * 4.5e-16)
