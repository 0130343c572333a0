"""The Izhikevich networks: against the references of an independent simulator, and the tables against the source."""

import numpy as np
import pytest
from brian2 import Quantity, SpikeMonitor, StateMonitor, ms

import zoo.experiments.basal_ganglia
import zoo.experiments.izhikevich_population
import zoo.experiments.two_populations
from tests.conftest import BACKENDS, COMPILED, EQUATIONS
from tests.past_spikes import assert_equal, sum_over_past_spikes
from zoo import ZooError, program, replace, simulate
from zoo.build import cache
from zoo.experiments import _past_spikes, _traced
from zoo.models.basal_ganglia import DELAYS, NUCLEI, WEIGHTS, BasalGanglia, read_table
from zoo.models.equations.presets import izhikevich_presets
from zoo.models.equations.synapses import whole_steps
from zoo.models.izhikevich_population import IzhikevichPopulation
from zoo.models.two_populations import TwoPopulations

every_backend = pytest.mark.parametrize("backend", BACKENDS)
equations = pytest.mark.parametrize("backend", EQUATIONS)


@pytest.mark.parametrize(
    ("network", "spikes"),
    [
        (_past_spikes.all_to_all, 842),
        (_past_spikes.two_populations, 70),
        pytest.param(_past_spikes.basal_ganglia, 4025, marks=pytest.mark.slow),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_references_on_runtime(network, spikes):
    """Of which claims hold cpp. Sums run in another order; 5000 steps let the last digits of float64 grow to these."""
    found = network("runtime")
    assert found["spikes"] == spikes and found["differing spikes"] == 0
    assert found["largest error of I"] <= 1e-9
    assert found["largest error of v"] <= 1e-6 and found["largest error of u"] <= 1e-6


def _record(name):
    def record(network):
        group = network[name]
        return [
            SpikeMonitor(group, name="spikes"),
            StateMonitor(group, ["v", "u", "I", "I_ext"], record=True, name="trace"),
        ]

    return record


@equations
def test_population_with_parameters_of_each_neuron(backend):
    random = np.random.default_rng(1)
    n, steps, dt = 30, 1500, 0.1
    weights = random.normal(size=(n, n))
    parameters = {
        "a": random.uniform(0.02, 0.1, n), "b": random.uniform(0.2, 0.25, n),
        "c": random.uniform(-65, -50, n), "d": random.uniform(2, 8, n),
    }  # fmt: skip
    model = IzhikevichPopulation(n=n, I_0=6, H=50.04 * ms, **parameters)  # 500 steps: the end counts in whole steps
    result = simulate(model, steps * dt * ms, _record("cells"), backend=backend, values={"synapses.w": weights})
    projections = [(weights, lambda t: np.exp(-t / 20), 5, 50.04)]
    assert_equal(result, sum_over_past_spikes(projections, np.full((steps, n), 6.0), **parameters, dt=dt))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (IzhikevichPopulation(n=4), [{"tau": 7 * ms}, {"H": 30 * ms}, {"delay": 2 * ms}, {"lesion": "cells"}]),
        (TwoPopulations(), [{"tau_11": 7 * ms, "H_12": 3 * ms}, {"delay_12": 2 * ms, "w_11": 3}, {"lesion": "N1-N1"}]),
        (
            BasalGanglia(scale=0.01),
            [{"tau_e": 7 * ms, "H_i": 30 * ms}, {"delays": DELAYS.replace("14", "5")}, {"weights": WEIGHTS.replace("30", "5")},
             {"dopamine": 0.5, "lesion": "STN"}],
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
)  # fmt: skip
def test_kernels_delays_and_weights_are_data(model, changes):
    """A change of any of them is the same program."""
    keys = set()
    for change in [{}, *changes]:
        with program(replace(model, **change), 1 * ms, compiled=False) as built:
            keys.add(cache.key_of(built.project))
    assert len(keys) == 1
    with program(replace(model, as_coded=True), 1 * ms, compiled=False) as built:
        assert cache.key_of(built.project) not in keys


@equations
def test_another_kernel_is_an_option(backend):
    """A boxcar, which solves no differential equation."""
    model = IzhikevichPopulation(n=5, I_0=9, K="int(t < tau)")
    weights = np.ones((5, 5))
    result = simulate(model, 60 * ms, _record("cells"), backend=backend, values={"synapses.w": weights})
    projections = [(weights, lambda t: float(t < 20 - 1e-9), 5, 50)]
    parameters = {name: getattr(model, name) for name in "abcd"}
    assert_equal(result, sum_over_past_spikes(projections, np.full((600, 5), 9.0), **parameters, dt=0.1), least=10)


@equations
def test_an_input_of_time_and_neuron(backend):
    model = IzhikevichPopulation(n=8, w_sd=0, drive="I_ext = (I_0 + i)*int(t < 30*ms) : 1")
    result = simulate(model, 60 * ms, _record("cells"), backend=backend)
    t = np.asarray(result["trace.t"] / ms)
    current = np.asarray(result["trace.I"])
    assert np.all(current[3, t < 29.95] == 8) and np.all(current[3, t > 30.05] == 0)


@equations
def test_values_of_a_run_come_before_the_first_step(backend):
    """Parameters and inputs handed to a run are in the initial values that depend on them."""
    values = {"cells.c": -60, "cells.b": 0.25, "cells.I_0": 2.0}
    result = simulate(IzhikevichPopulation(n=3), 0.1 * ms, _record("cells"), backend=backend, values=values)
    assert np.all(result["trace.v"] == -60) and np.all(result["trace.u"] == -15) and np.all(result["trace.I"] == 2)


@equations
def test_basal_ganglia_equal_the_sum_over_past_spikes(backend):
    """A fortieth of the sizes, weights that the program itself drew, and its own noise."""
    model = type("Kept", (BasalGanglia,), {"state": ("excitatory.w", "inhibitory.w")})(scale=0.025)
    n, dt = sum(model.sizes.values()), 0.2
    result = simulate(model, 80 * ms, _record("neurons"), backend=backend, seed=2)
    _, signs, delays = model.tables
    nucleus = np.repeat(np.arange(7), list(model.sizes.values()))
    pairs = np.ix_(nucleus, nucleus)
    projections = []
    for name, sign, K, window in (
        ("excitatory", 1, lambda t: np.exp(-t / 20), 20),
        ("inhibitory", -1, lambda t: t / 50 * np.exp(1 - t / 50), 100),
    ):
        weights = np.zeros((n, n))
        weights[result[f"{name}.i"], result[f"{name}.j"]] = result[f"{name}.w"]
        assert np.all((signs[pairs] == sign) | (weights == 0)) and np.sum(weights != 0) > 0.8 * np.sum(
            signs[pairs] == sign
        )
        projections.append((weights, K, delays[pairs], window))
    neurons = {name: np.array([getattr(row, name) for row in NUCLEI])[nucleus] for name in "abcd"}
    external = np.asarray(result["trace.I_ext"]).T
    assert_equal(result, sum_over_past_spikes(projections, external, **neurons, dt=dt))


def test_whole_steps_round_half_up():
    steps = np.asarray(whole_steps(np.array([2.5, 1.5, 14, 0, 0.1, 0.3]) * ms, 0.2 * ms) / (0.2 * ms))
    assert np.allclose(steps, [13, 8, 70, 0, 1, 2])
    assert isinstance(whole_steps(1 * ms, 0.1 * ms), Quantity)


def test_tables_of_the_source():
    """Counted and summed by hand from the three tables of the document."""
    model = BasalGanglia()
    names, (means, signs, delays) = list(model.sizes), model.tables
    pairs = [(names[i], names[j]) for i, j in np.argwhere(signs)]
    assert len(pairs) == 24
    size = {"CTX": 2000, "D1": 400, "D2": 400, "STN": 200}
    W = {(pre, post): means[names.index(pre), names.index(post)] * size.get(pre, 300) for pre, post in pairs}
    delay = {(pre, post): delays[names.index(pre), names.index(post)] for pre, post in pairs}
    assert sum(value for value in W.values() if value > 0) == pytest.approx(30 + 6 + 30 + 20 + 20 + 20)
    assert sum(value for value in W.values() if value < 0) == pytest.approx(-(2 + 2 + 10) - (2 + 3 + 2 + 2) - 10 - 14)
    assert sum(delay.values()) == pytest.approx((10 + 10 + 2.5) + (14 + 10 + 7) + (11 + 13 + 5 + 5) + 18 + 21 + 5.5)
    assert {row.name: row.n for row in NUCLEI} == {
        "CTX": 2000, "D1": 400, "D2": 400, "GPi": 200, "TA": 300, "TI": 300, "STN": 200,
    }  # fmt: skip
    assert W["D1", "GPi"] == pytest.approx(-10) and delay["D1", "GPi"] == pytest.approx(7)
    assert W["STN", "GPi"] == pytest.approx(20) and delay["STN", "GPi"] == pytest.approx(1.5)
    assert W["TI", "STN"] == pytest.approx(-4) and delay["TI", "STN"] == pytest.approx(4)
    assert ("GPi", "CTX") not in W
    assert (
        read_table("weights", WEIGHTS, {row.name: 1 for row in NUCLEI}).keys()
        == read_table("delays", DELAYS, {row.name: 1 for row in NUCLEI}).keys()
    )


def test_presets_are_those_of_the_paper():
    """Figure 2 of Izhikevich (2003)."""
    table = {name: tuple(row[key] for key in "abcd") for name, row in izhikevich_presets.items()}
    assert table == {
        "RS": (0.02, 0.2, -65, 8), "IB": (0.02, 0.2, -55, 4), "CH": (0.02, 0.2, -50, 2), "FS": (0.1, 0.2, -65, 2),
        "LTS": (0.02, 0.25, -65, 2), "TC": (0.02, 0.25, -65, 0.05), "RZ": (0.1, 0.26, -65, 2),
    }  # fmt: skip


def test_weights_have_the_mean_and_the_sign_of_the_table():
    model = type("Kept", (BasalGanglia,), {"state": ("excitatory.w", "inhibitory.w")})(scale=0.2)
    result = simulate(model, 1 * ms, backend=BACKENDS[-1], seed=1)
    nucleus = np.repeat(np.arange(7), list(model.sizes.values()))
    for name in ("excitatory", "inhibitory"):
        w = result[f"{name}.w"]
        relative = w / model.tables[0][nucleus[result[f"{name}.i"]], nucleus[result[f"{name}.j"]]]
        assert np.all(relative >= 0)
        # max(0, 1 + N(0, 1)): mean 1.0833, sd .8665; 0 with probability .1587. Five standard errors.
        error = 5 / np.sqrt(len(w))
        assert abs(relative.mean() - 1.0833) < 0.8665 * error and abs((relative == 0).mean() - 0.1587) < 0.37 * error


def test_cortical_noise():
    model = BasalGanglia(scale=0.1)

    def record(network):
        return [StateMonitor(network["neurons"], "I_ext", record=True, name="input")]

    noise = np.asarray(simulate(model, 40 * ms, record, backend=BACKENDS[-1])["input.I_ext"])
    cortex, others = noise[model.slices["CTX"]], noise[200:]
    error = 5 / np.sqrt(cortex.size)
    assert abs(cortex.mean() - 7) < 21 * error and abs(cortex.std() - 21) < 21 * error
    assert np.all(others == 0)
    assert abs(np.corrcoef(cortex[:, :-1].ravel(), cortex[:, 1:].ravel())[0, 1]) < error, "anew in every step"


def test_bad_tables():
    with pytest.raises(ZooError, match="'XYZ'"):
        BasalGanglia(weights=WEIGHTS.replace("GPi", "XYZ"))
    with pytest.raises(ZooError, match="row 'CTX' of the table of delays has 6 numbers for 7 columns"):
        BasalGanglia(delays=DELAYS.replace("2.5", ""))
    with pytest.raises(ZooError, match=r"table of weights must hold numbers.*'x'"):
        BasalGanglia(weights=WEIGHTS.replace("30", "x"))
    with pytest.raises(ZooError, match="scale"):
        BasalGanglia(scale=0.001)
    assert replace(BasalGanglia(), scale=0.5).sizes["CTX"] == 1000


ALL_BUT_CORTEX = set(BasalGanglia().sizes) - {"CTX"}
LESIONS = [
    ({"lesion": "STN-GPi"}, {"GPi"}),
    ({"lesion": "TI->GPi + STN - GPi"}, {"GPi"}),
    ({"lesion": "STN"}, ALL_BUT_CORTEX),
    ({"weights": WEIGHTS.replace("0   20   20   20", "0    0   20   20")}, {"GPi"}),
    ({"weights": WEIGHTS.replace("0   20   20   20", "0    0    0    0")}, ALL_BUT_CORTEX),
    ({"dopamine": 0}, ALL_BUT_CORTEX),
]


@pytest.mark.slow
@pytest.mark.parametrize("backend", COMPILED)
def test_a_lesion_leaves_all_random_numbers_as_they_are(backend):
    """Nuclei that no path joins to the cut keep every spike; GPi projects nowhere, and nothing projects to cortex."""
    model = BasalGanglia(scale=0.05)
    intact = simulate(model, 60 * ms, _spikes, backend=backend, seed=3)
    assert len(_raster(intact, "CTX")) > 100 and len(_raster(intact, "TA")) > 100
    for change, reached in LESIONS:
        cut = simulate(replace(model, **change), 60 * ms, _spikes, backend=backend, seed=3)
        changed = {name for name in model.sizes if not np.array_equal(_raster(intact, name), _raster(cut, name))}
        assert changed and changed <= reached, change
        assert cut.key == intact.key, "a lesion compiles nothing"


def _spikes(network):
    return [SpikeMonitor(network["neurons"], name="spikes")]


def _raster(result, nucleus):
    """Pairs of time (ms) and neuron, sorted."""
    t, i, place = np.asarray(result["spikes.t"] / ms), result["spikes.i"], result.model.slices[nucleus]
    own = (i >= place.start) & (i < place.stop)
    return np.array(sorted(zip(t[own], i[own], strict=True)))


def test_a_lesion_that_cuts_nothing_is_refused():
    for lesion, words in {
        "STN-GPe": "'GPe'.*CTX, D1, D2, GPi, TA, TI, STN",
        "CTX-GPi": "CTX projects to D1, D2, STN",
        "GPi": "GPi projects to no nucleus",
        "STN-TA-TI": "cuts no projection",
        "none,STN-GPi": "has none together with others",
        "STN-GPi + none": "has none together with others",
        "STN,": None,
        "none": None,
    }.items():
        if words is None:
            BasalGanglia(lesion=lesion)
        else:
            with pytest.raises(ZooError, match=words):
                BasalGanglia(lesion=lesion)


def test_traced_neurons_are_an_option():
    """Populations by name, several neurons, ranges; in the order in which they are given."""
    sizes = {"CTX": 10, "TI": 6}
    assert _traced.indices("TI:0,5;CTX:3", sizes) == (10, 15, 3)
    assert _traced.indices("CTX:8-9+TI:0, 0", sizes) == (8, 9, 10)
    assert _traced.indices("2,0", {"cells": 3}) == (2, 0) and _traced.indices("none", sizes) == ()
    for text, words in {
        "TI:6": "TI has the neurons 0 to 5, not TI:6",
        "TI:4-9": "TI has the neurons 0 to 5",
        "5": "CTX:0,5",
        "TI": "cannot be read at 'TI'",
        "TA:1": "population 'TA'",
    }.items():
        with pytest.raises(ZooError, match=words):
            _traced.indices(text, sizes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "model", "trace", "names"),
    [
        (zoo.experiments.basal_ganglia, BasalGanglia(scale=0.02), "TI:1;CTX:3", ["TI 1", "CTX 3"]),
        (zoo.experiments.two_populations, TwoPopulations(), "N2:9", ["N2 9"]),
        (
            zoo.experiments.izhikevich_population,
            IzhikevichPopulation(n=8),
            "5,0-1",
            ["neuron 5", "neuron 0", "neuron 1"],
        ),
    ],
    ids=["basal_ganglia", "two_populations", "izhikevich_population"],
)
def test_traces_are_of_the_neurons_that_were_named(experiment, model, trace, names):
    """The voltage of each is that of the same neuron in a record of all, under its name in the figure."""
    result = experiment.main(model, 10 * ms, "runtime", 1, trace=trace)
    group = "cells" if len(model.sizes) == 1 else "neurons"
    everything = simulate(
        model, 10 * ms, lambda net: [StateMonitor(net[group], "v", record=True, name="all")], backend="runtime", seed=1
    )
    assert np.array_equal(result["trace.v"], everything["all.v"][result["trace.record"]])
    drawn = [
        figure for figure in experiment.plot(result).values() for axes in figure.axes if axes.get_ylabel() == "v (mV)"
    ]
    rows = {axes.get_ylabel(): axes for axes in drawn[0].axes}
    assert {"v (mV)", "u (mV)", "I (model's unit)"} <= set(rows)
    assert [line.get_label() for line in rows["v (mV)"].lines] == names
    assert np.array_equal(rows["v (mV)"].lines[0].get_ydata(), result["trace.v"][0])
