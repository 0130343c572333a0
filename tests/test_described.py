"""What a network computes, as text: nothing that runs is left out."""

from brian2 import (
    Cylinder,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpatialNeuron,
    Synapses,
    ms,
    um,
)

from zoo import Model, Result, program
from zoo.catalogue import cards

EVERYTHING = """
dv/dt = (drive - v)/(10*ms) : 1 (unless refractory)
drive = s + slow : 1
slow = sin(t/second) : 1 (constant over dt)
s : 1
"""


class Everything(Model):
    def build(self):
        cells = NeuronGroup(
            2, EVERYTHING, threshold="v > 1", reset="v = 0", refractory=2 * ms, events={"low": "v < -1"}, name="cells"
        )
        cells.run_on_event("low", "v += 1")
        cells[:1].run_regularly("v += 0.5", dt=3 * ms, when="end", order=2, name="nudge")
        synapses = Synapses(
            cells,
            cells,
            """
            w : 1
            k = 2*w*sin(t/ms) : 1 (constant over dt)
            da/dt = -a/(5*ms) : 1 (event-driven)
            dc/dt = -c/(4*ms) : 1 (clock-driven)
            s_post = w*c : 1 (summed)
            """,
            on_pre={"first": "a += 1", "second": "w += a"},
            on_post="w -= a",
            on_event={"first": "low", "second": "spike", "post": "spike"},
            delay={"first": 7 * ms},
            method=("milstein", "exact", "euler"),
            name="synapses",
        )
        synapses.second.order = 3
        synapses.connect()
        cable = SpatialNeuron(
            Cylinder(n=2, length=50 * um, diameter=1 * um), "Im = -v*siemens/meter**2 : amp/meter**2", name="cable"
        )
        inputs = PoissonGroup(1, "20*Hz*(1 + sin(t/second))", name="inputs")
        return Network(cells, synapses, cable, inputs, PoissonInput(cells, "v", 30, 5 * Hz, 0.25))


WORDS = (
    "dv/dt = (drive - v)/(10*ms)", "slow = sin(t/second)", "v > 1", "v = 0", "2*ms", "v < -1", "v += 1", "v += 0.5", "every 3*ms",
    "slot end", "order 2", "k = 2*w*sin(t/ms)", "da/dt = -a/(5*ms)", "event-driven", "dc/dt = -c/(4*ms)", "w*c", "s_post (summed)", "a += 1",
    "w += a", "w -= a", "7*ms", "low", "Im = ", "20*Hz*(1 + sin(t/second))", "v += 0.25*binomial(30, 5*Hz*dt)",
)  # fmt: skip


def test_all_that_runs_is_in_a_result(tmp_path):
    with program(Everything(), 1 * ms, backend="runtime") as built:
        result = built.run({"synapses_first.delay": 9 * ms})
        assert built.equations["synapses"]["first (delay)"] == "7*ms"
    equations = Result.load(result.save(tmp_path)).equations
    text = "\n".join(f"{part}: {code}" for parts in equations.values() for part, code in parts.items())
    assert [word for word in WORDS if word not in text] == ["7*ms"]
    assert equations["synapses"]["first (delay)"] == "9*ms" and equations["synapses"]["second (order)"] == "3"
    # Of several methods Brian2 takes the first that can.
    assert equations["cells"]["method"] == "exact" and equations["synapses"]["method"] == "milstein"


def test_all_that_runs_is_on_the_card():
    card = " ".join(cards.card(Everything()).split())
    assert [word for word in WORDS if word not in card] == []
