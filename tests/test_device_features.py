"""Brian2's features on the device `cpp` and on Brian2's own: the same numbers, bit for bit, as no exponential is in them.

Each network has many features, as compiling takes longer than running; what is compared is everything they record.
"""

import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    check_units,
    implementation,
    linked_var,
    ms,
)

from tests.conftest import BACKENDS
from zoo import Model, program

MONITORS = (SpikeMonitor, EventMonitor, StateMonitor, PopulationRateMonitor)

pytestmark = [
    pytest.mark.skipif("cpp" not in BACKENDS, reason="needs g++ and make"),
    pytest.mark.usefixtures("optimised"),
]


@implementation("cpp", "double folded(double x) { return x > 0.5 ? 1 - x : x; }")
@check_units(x=1, result=1)
def folded(x):
    return np.where(x > 0.5, 1 - x, x)


def drive(n, rate=150, name="drive"):
    return PoissonGroup(n, rate * Hz, name=name)


def cells(n, equations="", name="cells", **options):
    """Cells with only linear steps: v loses a tenth in every millisecond."""
    options = {"threshold": "v > 1", "reset": "v = 0", "method": "euler", **options}
    return NeuronGroup(n, "dv/dt = -v/(10*ms) : 1\n" + equations, name=name, **options)


def wiring():
    """Subgroups, delays of all kinds, several synapses for a pair, several pathways, effects on both ends."""
    source, target = drive(40), cells(60, "x : 1\ncount : 1")
    target.v = "rand()"
    plain = Synapses(source, target, "w : 1", on_pre="v_post += w", name="plain", delay=0.7 * ms)
    plain.connect("i < 2*j", p=0.3)
    plain.w = "0.3*rand()"
    rows = Synapses(source[5:25], target[10:50], "w : 1", on_pre="v_post += w", name="rows")
    rows.connect()
    rows.w = "0.02*rand()"
    rows.delay = "(0.1 + 3*rand())*ms"
    twice = Synapses(
        source, target, "w : 1", on_pre="v_post += w", multisynaptic_index="number", name="twice", delay=0.3 * ms
    )
    twice.connect(j="i", n=3)
    twice.w = "0.05*(number + 1)"
    pathways = Synapses(
        target, target, "w : 1",
        on_pre={"up": "v_post += w", "down": "x_post -= w", "own": "count_pre += 1"},
        on_post={"back": "w = clip(w + 0.01, 0, 0.2)"},
        delay={"up": 1 * ms, "down": 2.5 * ms, "back": 0.4 * ms},
        name="pathways",
    )  # fmt: skip
    pathways.connect(condition="i != j", p=0.2)
    pathways.w = 0.05
    noisy = Synapses(source, target, on_pre="x_post += rand()", name="noisy", delay=0.2 * ms)
    noisy.connect(j="(i*7 + k) % 60 for k in range(20)")
    learned = Synapses(
        target[5:55], target, "w : 1", on_pre="v_post += w; w = clip(w - 0.001*x_post, 0, 0.1)",
        on_post="w = clip(w + 0.01*v_pre, 0, 0.1); x_pre += w", name="learned",
    )  # fmt: skip
    learned.connect(i="(7*j + 3*k) % 50 for k in range(30)")  # by target: the rows of a source are scattered
    learned.w = "0.1*rand()"
    learned.pre.delay, learned.post.delay = "2*rand()*ms", "((i*j) % 5)*0.1*ms"
    near = Synapses(source[3:], target[:45], on_pre="x_post += 0.01", name="near")
    near.connect(p="0.7*exp(-(0.1*(i - j))**2)")
    half = Synapses(target[10:], source, on_post="count_pre += 1", name="half")
    half.connect("i < j and abs(v_pre - 0.5) < 0.6 and rand() < 0.8 and v_pre > j/50.")
    ring = Synapses(target, target[20:], "w : 1", on_pre="x_post += w", name="ring")
    ring.connect("abs(i - 20 - j) % 60 < 5 or v_post > v_pre + 0.6")
    ring.w = "0.01*rand()"
    return (
        [source, target, plain, rows, twice, pathways, noisy, learned, near, half, ring],
        [
            SpikeMonitor(source, name="input"),
            SpikeMonitor(target, "x", name="spikes"),
            StateMonitor(target, ["v", "x", "count"], record=True, name="trace"),
            StateMonitor(pathways, "w", record=range(0, 500, 7), dt=5 * ms, name="weights"),
            StateMonitor(learned, "w", record=range(0, 1500, 11), dt=5 * ms, name="learned_weights"),
        ],
    )


def neurons():
    """Refractoriness, events, shared, linked and summed variables, user's functions, tables, inputs of all kinds."""
    table = TimedArray(np.random.default_rng(3).random((20, 30)), dt=1 * ms, name="table")
    own = cells(
        30,
        """
        dz/dt = (1 - z)/(5*ms) : 1 (unless refractory)
        I     = 0.2*table(t, i) + folded(y) : 1
        y     : 1
        total : 1
        level : 1 (shared)
        steps : integer
        flag  : boolean
        """,
        refractory="(1 + i/10.)*ms",
        events={"high": "z > 0.9"},
        namespace={"table": table, "folded": folded},
        name="own",
    )
    own.y = "rand()"
    own.run_on_event("high", "z = 0; flag = not flag")
    own.run_regularly("v += 0.05*I; y = folded(y); steps += 1; flag = flag or v > 0.5", dt=0.5 * ms, name="own_regular")
    own.run_regularly("level += 0.01", dt=1 * ms, name="own_level")
    linked = cells(30, "y : 1 (linked)\nlevel : 1 (linked)\nrain : 1", reset="v -= 1", name="linked")
    linked.y = linked_var(own, "y", index=np.arange(30)[::-1])
    linked.level = linked_var(own, "level")
    linked.run_regularly("v += 0.02*y + 0.01*level + 0.01*randn()", dt=0.2 * ms, name="linked_regular")
    sums = Synapses(
        linked, own, "dg/dt = -g/(4*ms) : 1 (clock-driven)\ntotal_post = g : 1 (summed)\nw : 1", on_pre="g += w",
        method="euler", name="sums",
    )  # fmt: skip
    sums.connect(p=0.5)
    sums.w = "rand()"
    beats = SpikeGeneratorGroup(3, np.tile([0, 1, 2], 4), np.repeat([2, 7, 11, 16], 3) * ms, name="beats")
    struck = Synapses(beats, own, on_pre="v_post += 0.4", name="struck")
    struck.connect(j="k for k in range(i, 30, 3)")
    rain = PoissonInput(linked, "rain", 20, 50 * Hz, weight=0.01)
    return (
        [own, linked, sums, beats, struck, rain],
        [
            SpikeMonitor(own, ["z", "total"], name="own_spikes"),
            SpikeMonitor(linked, name="linked_spikes", record=False),
            EventMonitor(own, "high", "v", name="high"),
            PopulationRateMonitor(linked, name="rate"),
            StateMonitor(own, ["v", "z", "total", "level", "steps", "flag", "I"], record=[0, 3, 29], name="trace"),
            StateMonitor(linked, ["v", "y", "rain"], record=True, dt=0.3 * ms, when="end", name="linked_trace"),
        ],
    )


def plasticity():
    """Traces that decay in steps of the clock on either end, limits, shared factors, rewards, a loop of weights."""
    source, target = drive(50, 80), cells(20, "dy/dt = -y/(20*ms) : 1", reset="v = 0; y += 1")
    learned = Synapses(
        source, target,
        """
        dx/dt    = -x/(15*ms) : 1 (clock-driven)
        w        : 1
        eligible : 1
        reward   : 1 (shared)
        """,
        on_pre="v_post += w; x += 1; w = clip(w - 0.01*y_post, 0, 0.4)",
        on_post="w = clip(w + 0.02*x, 0, 0.4); eligible += reward*x",
        delay=0.5 * ms,
        method="euler",
        name="learned",
    )  # fmt: skip
    learned.connect()
    learned.w = "0.1 + 0.1*rand()"
    learned.reward = 0.5
    learned.run_regularly("w = clip(w + 1e-4*eligible, 0, 0.4); eligible *= 0.5", dt=4 * ms, name="learned_regular")
    learned.run_regularly("y_post += 1e-3*w", dt=2 * ms, name="to_cells")
    return (
        [source, target, learned],
        [
            SpikeMonitor(source, name="input"),
            SpikeMonitor(target, "y", name="spikes"),
            StateMonitor(learned, ["w", "x", "eligible"], record=range(0, 1000, 9), dt=1 * ms, name="weights"),
        ],
    )


#: Statements for all synapses that look at both ends, and write to themselves, to one end, to the other, to both.
REGULAR = (
    "w = w*(1 - 0.1*x_pre*int(v_post > 0.5)) + 0.001*v_post",
    "total_post += w",
    "total_pre += w",
    "total_post = total_post + 2**-8*total_pre",  # a power of 2: a fused product is the same number
    "w = w + 0.001*rand()",
)


def regular():
    """Statements for all synapses: rows of neighbours between subgroups, rows with gaps in one group, single pairs."""
    source, target = cells(45, "x : 1\ntotal : 1", name="source"), cells(50, "total : 1", name="target")
    source.v, source.x, target.v = "1.3*rand()", "rand()", "1.3*rand()"
    wirings = {
        "rows": (source[10:30], target[4:44], {}),
        "gaps": (source, source, {"condition": "i != j"}),
        "random": (source, target, {"p": 0.3}),
    }
    projections, traces = [], []
    for name, (pre, post, wiring) in wirings.items():
        projection = Synapses(
            pre, post, "dw/dt = 0.01*(v_post - x_pre)/ms : 1 (clock-driven)", method="euler", name=name
        )
        projection.connect(**wiring)
        projection.w = "0.1 + 0.1*rand()"
        for k, statement in enumerate(REGULAR):
            projection.run_regularly(statement, dt=1 * ms, order=k, name=f"{name}_{k}")
        projections.append(projection)
        traces.append(StateMonitor(projection, "w", record=range(45), dt=1 * ms, name=f"{name}_w"))
    for group in (source, target):
        group.run_regularly("total *= 2**-9", dt=1 * ms, order=9, name=f"{group.name}_decay")
        traces.append(StateMonitor(group, ["v", "total"], record=True, dt=1 * ms, name=f"{group.name}_trace"))
    return [source, target, *projections], [*traces, SpikeMonitor(source, name="spikes")]


def draws():
    """Random numbers that every element draws, some of them, in turns; in thresholds, steps, initial values, subgroups."""
    chance = cells(300, "flag : boolean", threshold="v > 0.5 and rand() < 0.3", name="chance")
    chance.v, chance.flag = "1.2*rand()", "v > 0.5 and rand() < 0.5"
    chance.run_regularly("v = v + 0.25*int(flag or rand() < 0.1)", dt=1 * ms, name="some")
    every = cells(300, "x : 1", threshold="v > 1 - 0.5*rand()", name="every")
    every.v, every.x = "rand()", "randn()"
    every.x["v > 0.5"] = "rand()"
    every.run_regularly("x = randn(); v += 0.125*rand()", dt=1 * ms, name="in_turns")
    every[20:70].run_regularly("x = rand()", dt=1 * ms, order=1, name="of_a_part")
    rained = cells(
        300, "dx/dt = -x/(20*ms) : 1 (unless refractory)\ndrops : integer\nmean : 1", refractory=1 * ms, name="rained",
    )  # fmt: skip
    rained.v, rained.mean = "0.8*rand()", "0.15*int(i % 3 > 0)*i"  # 0, and from 10 on another algorithm
    inputs = [  # few, many (normal numbers), likely ones, and few events in most steps
        PoissonInput(rained, "v", 1000, 30 * Hz, weight=0.05),
        PoissonInput(rained, "x", 2000, 60 * Hz, weight=0.05),
        PoissonInput(rained[100:], "x", 7, 9000 * Hz, weight="0.01*i"),
        PoissonInput(rained, "drops", 20, 50 * Hz, weight=1),
    ]
    rained.run_regularly("x += 0.25*poisson(mean)", dt=0.2 * ms, name="means")
    rained.run_regularly(
        "drops += poisson(0.5*mean + 0.25); v += 0.01*poisson(2)", dt=1 * ms, order=1, name="two_means"
    )
    rained.run_regularly("mean = clip(mean + 0.5*randn(), 0, 40)", dt=1 * ms, order=2, name="other_means")
    joined = Synapses(every, chance, "w : 1", on_pre="v_post += w*rand()", name="joined")
    joined.connect(p=0.1)
    joined.w = "0.1*rand()"
    return (
        [chance, every, joined, rained, *inputs],
        [
            SpikeMonitor(chance, name="chance_spikes"),
            SpikeMonitor(every, name="every_spikes"),
            SpikeMonitor(rained, ["x", "drops"], name="rained_spikes"),
            StateMonitor(rained, ["v", "x", "drops", "mean"], record=range(0, 300, 7), name="rained_trace"),
            StateMonitor(chance, ["v", "flag"], record=range(0, 300, 7), name="chance_trace"),
            StateMonitor(every, ["v", "x"], record=range(0, 300, 7), name="every_trace"),
        ],
    )


NETWORKS = {"draws": draws, "wiring": wiring, "neurons": neurons, "plasticity": plasticity, "regular": regular}


# With noise drawn for many cells at a time, the compiler adds the terms of a step in another order: an error of an ulp in each of
# 200 steps. A normal number may differ by the ulp of a sum (see test_random.py). clang fuses other products and sums of the exact
# solution z than in Brian2's loop. The weight of a PoissonInput is read by the program and a literal in Brian2's: compilers fuse
# other products and sums, an error of an ulp.
ROUNDED = {"linked_trace.v", "every_trace.x", "own_spikes.z", "trace.z", "rained_spikes.x", "rained_trace.x"}


class Features(Model):
    """One of the networks above, with its monitors."""

    network: str = "wiring"

    def build(self):
        objects, monitors = NETWORKS[self.network]()
        return Network(objects, monitors)


def record(network):
    """The monitors that the network came with."""
    return [item for item in network.objects if isinstance(item, MONITORS)]


def run(name, backend):
    """All that the monitors of a network have recorded, by name."""
    with program(Features(network=name), 20 * ms, record, backend=backend) as built:
        return built.run(seed=5)


# Each compiles for half a minute: two of them find most of what a change breaks.
@pytest.mark.parametrize(
    "name", [name if name in ("neurons", "wiring") else pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS]
)
def test_the_same_numbers_as_brian2s_device(name):
    ours, stock = (run(name, backend) for backend in ("cpp", "cpp-stock"))
    assert sorted(ours) == sorted(stock)
    for key in ours:
        one, two = np.asarray(ours[key]), np.asarray(stock[key])
        assert one.shape == two.shape and one.dtype == two.dtype, key
        if key in ROUNDED:
            assert np.allclose(one, two, rtol=1e-12, atol=1e-14), key
        else:
            assert np.array_equal(one, two), key
    counts = [np.size(ours[key]) for key in ours if key.endswith(".t") and "trace" not in key]
    assert min(counts) > 0, "a monitor has seen nothing"
