"""State variables that are no numbers: every backend says so, and keeps what was simulated until then."""

import numpy as np
import pytest
from brian2 import Cylinder, Network, NeuronGroup, SpatialNeuron, StateMonitor, Synapses, ms, mV, um

from tests.conftest import BACKENDS, COMPILED, EACH_BACKEND, assert_refused
from zoo import Model, Result, program
from zoo.engine.program import NotFinite

pytestmark = pytest.mark.usefixtures("optimised")


class Everything(Model):
    """A group of each kind; each variable becomes NaN when the number it is made of is -1."""

    def build(self):
        switches = "\n".join(f"d_{name} : 1 (shared, constant)" for name in ("v", "count", "w", "s", "a"))
        cells = NeuronGroup(
            2,
            f"""
            dv/dt = (sqrt(d_v) - v)/(10*ms) : 1
            dg/dt = growth*g/ms : 1
            growth : 1 (shared, constant)
            never : second
            count : 1
            s : 1
            {switches}
            """,
            threshold="i == 0",
            reset="",
            method="euler",
            name="cells",
        )
        cells.set_states({name: 1 for name in ("d_v", "d_count", "d_w", "d_s", "d_a", "g")})
        cells.run_regularly("never = inf*second\ncount = sqrt(d_count)", dt=1 * ms, name="slowly")
        synapses = Synapses(
            cells[:1],
            cells,
            "w : 1\nda/dt = -a/(5*ms) : 1 (event-driven)\ns_post = sqrt(d_s_post) : 1 (summed)",
            on_pre="w = sqrt(d_w_pre)\na += sqrt(d_a_pre)",
            name="synapses",
        )
        synapses.connect()
        cable = SpatialNeuron(
            Cylinder(n=3, length=100 * um, diameter=1 * um),
            "Im = -sqrt(d)*v*(1*siemens/meter**2) : amp/meter**2\nd : 1 (shared, constant)",
            name="cable",
        )
        cable.set_states({"v": 1 * mV, "d": 1})
        return Network(cells, synapses, cable)


@pytest.mark.parametrize("backend", [*COMPILED, *EACH_BACKEND[2:]])
def test_every_kind_of_variable_is_looked_at(backend):
    with program(Everything(), 5 * ms, backend=backend) as built:
        built.run()  # an infinite time of "never" is no fault
        for switch, key in (
            ("cells.d_v", "cells.v"),
            ("cells.d_count", "cells.count"),
            ("cells.d_w", "synapses.w"),
            ("cells.d_s", "cells.s"),
            ("cells.d_a", "synapses.a"),
        ):
            with pytest.raises(NotFinite, match=f"^Everything: {key} becomes NaN in element 0 by 100 us"):
                built.run({switch: -1})
        with pytest.raises(NotFinite, match="^Everything: cable.v becomes NaN in element 0 by 100 us"):
            built.run({"cable.d": -1})
        # g grows by a factor of 10,001 in a step, beyond 1.8e308 in step 78, which the check at the end finds.
        with pytest.raises(NotFinite, match="cells.g becomes infinite in element 0 between 6.4 ms and 10 ms"):
            built.run({"cells.growth": 1e5}, duration=10 * ms)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_was_simulated_is_kept(backend):
    """v' = -v^3 from 10: Euler's first step goes to -90, and each next one cubes; -90, 7e4, -4e13, 6e39, 2e118, inf in step 6."""
    with (
        program(
            Cubic(), 20 * ms, lambda net: [StateMonitor(net["cells"], "v", record=True, name="trace")], backend=backend
        ) as built,
        pytest.raises(NotFinite) as error,
    ):
        built.run()
    result = error.value.result
    v = np.asarray(result["trace.v"])
    # The check of step 8 ends the run. The value of the beginning of a step is recorded.
    assert v.shape == (3, 8) and np.isfinite(v[:, :6]).all() and not np.isfinite(v[1, 6:]).any()
    assert np.isclose(result.completed, 0.4 / 20)
    assert "Cubic: cells.v becomes NaN in element 1 between 0.4 ms and 0.8 ms" in str(error.value)


class Cubic(Model):
    start: 1 = 10

    def build(self):
        return Network(NeuronGroup(3, "dv/dt = -v**3/ms : 1\nstart : 1 (constant)", method="euler", name="cells"))

    def initialise(self, network):
        network["cells"].v = "start*int(i == 1)"


def test_the_command_says_it_and_keeps_the_part(zoo_here, tmp_path):
    (tmp_path / "cubic.py").write_text(CUBIC)
    process = zoo_here("run", "cubic.py", "--out", "part")
    assert_refused(process, "cells.v becomes NaN", "--dt 50*us", "part")
    assert Result.load(tmp_path / "part").completed < 0.1
    assert zoo_here("run", "cubic.py", "--start", "1").returncode == 0
    sweep = zoo_here("sweep", "cubic.py", "--start", "10,1", "--jobs", "1", "--out", "swept")
    table = (tmp_path / "swept/table.csv").read_text().splitlines()
    assert sweep.returncode and ",failed," in table[1] and ",ok," in table[2]
    assert "cells.v becomes NaN" in sweep.stdout


CUBIC = """
from brian2 import *
from zoo import Model, simulate

class Cubic(Model):
    start: 1 = 10
    def build(self):
        return Network(NeuronGroup(3, "dv/dt = -v**3/ms : 1\\nstart : 1 (constant)", method="euler", name="cells"))
    def initialise(self, network):
        network["cells"].v = "start*int(i == 1)"

def main(model=Cubic(), duration=20*ms, backend="runtime", seed=0):
    return simulate(model, duration, lambda net: [StateMonitor(net["cells"], "v", record=True)], backend=backend, seed=seed)
"""
