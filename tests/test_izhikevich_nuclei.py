"""Networks of nuclei: every kernel, input and table against a plain sum over past spikes that knows nothing of Brian2."""

import numpy as np
import pytest
from brian2 import SpikeMonitor, StateMonitor, TimedArray, ms, mV, second

from tests.conftest import BACKENDS
from tests.past_spikes import assert_equal, sum_over_past_spikes
from zoo import Result, ZooError, program, replace, simulate
from zoo.build import cache
from zoo.models.izhikevich_nuclei import IzhikevichNuclei, Nucleus, Projection

every_backend = pytest.mark.parametrize("backend", BACKENDS)


def record(network):
    neurons = network["neurons"]
    return [
        SpikeMonitor(neurons, name="spikes"),
        StateMonitor(neurons, ["v", "u", "I", "I_ext"], record=True, name="trace"),
    ]


# Kernels. One network for each time step: two nuclei, and three kernels from the first to the second.

KERNELS = {
    "boxcar": ("int(t < 7*ms)", lambda t: float(t < 7 - 1e-9), 12),
    "constant": ("0.4", lambda t: 0.4, 9),
    "gauss": ("exp(-(t - 6*ms)**2/(2*(2*ms)**2))", lambda t: np.exp(-((t - 6) ** 2) / 8), 14),
    "power": ("(1 + t/(3*ms))**-1.5", lambda t: (1 + t / 3) ** -1.5, 25),
    "two_exponentials": (
        "1.7*(exp(-t/(9*ms)) - exp(-t/(2*ms)))", lambda t: 1.7 * (np.exp(-t / 9) - np.exp(-t / 2)), 30,
    ),
    "damped": (
        "(0.6 + t/(9*ms))*exp(-t/(8*ms))*cos(2*pi*t/(11*ms))",
        lambda t: (0.6 + t / 9) * np.exp(-t / 8) * np.cos(2 * np.pi * t / 11), 26,
    ),
    "squared_alpha": ("((t/(6*ms))*exp(1 - t/(6*ms)))**2", lambda t: (t / 6 * np.exp(1 - t / 6)) ** 2, 21),
    "exponential": ("exp(-t/(20*ms))", lambda t: np.exp(-t / 20), 33),
    "jump": (None, lambda t: float(t == 0), 1),
}  # fmt: skip

CASES = [
    (0.05, ("boxcar", "two_exponentials", "jump")),
    (0.1, ("gauss", "damped", "constant")),
    (0.25, ("power", "squared_alpha", "boxcar")),
    (0.5, ("damped", "exponential", "gauss")),
    (1.0, ("exponential", "power", "two_exponentials")),
]


# Cases 1 and 2 have every kind of kernel that the others have; each compiles for 5 s.
@pytest.mark.parametrize(
    ("dt", "names", "backend"),
    [
        pytest.param(*case, backend, marks=[pytest.mark.slow] if backend == "cpp" and case not in CASES[1:3] else [])
        for case in CASES for backend in BACKENDS
    ],
)  # fmt: skip
def test_kernels(backend, dt, names):
    random = np.random.default_rng(int(100 * dt))
    n, m = 7, 5
    steps = round(90 / dt)
    parameters = {
        "a": np.append(random.uniform(0.02, 0.1, n), np.full(m, 0.1)),
        "b": np.full(n + m, 0.2),
        "c": np.append(random.uniform(-65, -50, n), np.full(m, -65.0)),
        "d": np.append(np.full(n, 4.0), np.full(m, 2.0)),
    }
    # Another one for every synapse, the same for all, and none.
    delays = [random.uniform(0, 8, (n, m)).round(3), 2.5, 0.0]
    # Small enough that v stays above -100 mV, below which a step of 1 ms multiplies errors by more than 10.
    weights = [random.normal(0.5, 1, (n, m)), random.normal(0, 0.5, (n, n)), random.normal(0, 1, (m, n))]
    ends = [("A", "B"), ("A", "A"), ("B", "A")]
    projections, reference = [], []
    for name, delay, W, (pre, post) in zip(names, delays, weights, ends, strict=True):
        text, K, window = KERNELS[name]
        W = 2 * W / dt if text is None else W
        projections.append(
            Projection(pre, post, weights=W, delay=delay * ms, kernel=text, window=window * ms if text else None)
        )
        whole = np.zeros((n + m, n + m))
        places = {"A": slice(0, n), "B": slice(n, n + m)}
        whole[places[pre], places[post]] = W
        whole_delay = np.zeros((n + m, n + m))
        whole_delay[places[pre], places[post]] = delay
        # A jump lasts for one step, whatever the step is.
        reference.append((whole, K, whole_delay, window if text else dt))
    parts = [
        Nucleus(name, place.stop - place.start, **{key: value[place] for key, value in parameters.items()}, drive=drive)
        for name, place, drive in (("A", slice(0, n), 10.0), ("B", slice(n, n + m), "4 + i*int(t >= 30*ms)"))
    ]
    model = IzhikevichNuclei(nuclei=parts, projections=projections, dt=dt * ms)
    result = simulate(model, 90 * ms, record, backend=backend)
    t = np.arange(steps) * dt
    external = np.concatenate([np.full((steps, n), 10.0), 4 + np.arange(m) * (t[:, None] >= 30 - 1e-9)], axis=1)
    assert_equal(result, sum_over_past_spikes(reference, external, **parameters, dt=dt))


def _spikes_of(model, backend, duration=40 * ms, **options):
    return simulate(model, duration, record, backend=backend, **options)


@pytest.fixture(scope="module")
def inputs():
    """One network with an input of every kind, on every backend at hand."""
    random = np.random.default_rng(3)
    played = random.normal(5, 10, (400, 6))
    model = IzhikevichNuclei(
        nuclei=[
            Nucleus("number", 4, preset="RS", drive=5),
            Nucleus("array", 5, preset="FS", drive=np.arange(5.0)),
            Nucleus("text", 3, preset="CH", drive="(7 + i)*int(t < 15*ms)"),
            Nucleus("noise", 50, preset="LTS", drive="7*(1 + 3*randn())"),
            Nucleus("played", 6, preset="RS", drive=TimedArray(played, dt=0.1 * ms)),
            Nucleus("shared", 2, preset="TC", drive=TimedArray(played[:, 0], dt=0.1 * ms)),
        ],
        projections=[],
    )
    results = {backend: _spikes_of(model, backend, seed=5) for backend in BACKENDS}
    return model, played, results


@every_backend
def test_inputs(inputs, backend):
    model, played, results = inputs
    found = np.asarray(results[backend]["trace.I_ext"])
    part = {name: found[place] for name, place in model.slices.items()}
    t = np.arange(400) * 0.1
    assert np.all(part["number"] == 5)
    assert np.all(part["array"] == np.arange(5.0)[:, None])
    assert np.allclose(part["text"], (7 + np.arange(3)[:, None]) * (t < 14.95), atol=1e-12)
    assert np.array_equal(part["played"], played.T) and np.array_equal(part["shared"], [played[:, 0]] * 2)
    error = 5 / np.sqrt(part["noise"].size)  # five standard errors
    assert abs(part["noise"].mean() - 7) < 21 * error and abs(part["noise"].std() - 21) < 21 * error
    assert abs(np.corrcoef(part["noise"][:, :-1].ravel(), part["noise"][:, 1:].ravel())[0, 1]) < error, (
        "anew in every step"
    )
    assert np.allclose(found, np.asarray(results[BACKENDS[0]]["trace.I_ext"]), atol=1e-12), "the same on every backend"


@every_backend
def test_inputs_move_the_cells(inputs, backend):
    model, _, results = inputs
    external = np.asarray(results[backend]["trace.I_ext"]).T
    parameters = {name: np.concatenate([[getattr(row, name)] * row.n for row in model.nuclei]) for name in "abcd"}
    assert_equal(results[backend], sum_over_past_spikes([], external, **parameters, dt=0.1))


def _weighted(**fields):
    """Two nuclei with weights of every kind in one Synapses."""
    kernel = dict(kernel="exp(-t/(5*ms))", window=20 * ms, delay=1 * ms)
    model = IzhikevichNuclei(
        nuclei=[Nucleus("A", 30, preset="RS", drive=10), Nucleus("B", 20, preset="FS", drive=3)],
        projections=[
            Projection("A", "B", weights=0.25, **kernel),
            Projection("A", "A", weights="w*(1 + 0.1*randn())", w=2, autapses=False, **kernel),
            Projection("B", "B", weights="w*(1 + 0.1*randn())", w=np.arange(400.0).reshape(20, 20), **kernel),
            Projection("B", "A", weights="100*i + j", **kernel),
            Projection("A", "A", weights="rand()", kernel=None, group="jumps"),
        ],
        **fields,
    )
    assert [channel.name for channel in model.channels] == ["synapses", "jumps"]
    return type("Kept", (IzhikevichNuclei,), {"state": ("synapses.w", "synapses.row", "jumps.w")})(
        nuclei=model.nuclei, projections=model.projections
    )


@every_backend
def test_weights(backend):
    result = _spikes_of(_weighted(), backend, 0.1 * ms, seed=3)
    w, row = result["synapses.w"], result["synapses.row"]
    assert [np.sum(row == number) for number in range(4)] == [600, 30 * 29, 400, 600]
    assert np.all(w[row == 0] == 0.25)
    relative = w[row == 1] / 2
    error = 5 / np.sqrt(30 * 29)  # five standard errors of N(1, 0.1)
    assert abs(relative.mean() - 1) < 0.1 * error and abs(relative.std() - 0.1) < 0.1 * error
    relative = w[row == 2][1:] / np.arange(1, 400)
    error = 5 / np.sqrt(399)
    assert w[row == 2][0] == 0 and np.abs(relative - 1).max() < 0.6
    assert abs(relative.mean() - 1) < 0.1 * error and abs(relative.std() - 0.1) < 0.1 * error
    i, j = np.divmod(np.arange(600), 30)
    assert np.array_equal(w[row == 3], 100 * i + j), "i and j count within the nuclei"
    assert np.all((result["jumps.w"] >= 0) & (result["jumps.w"] < 1)) and np.unique(result["jumps.w"]).size == 900


def test_weights_are_data(own_cache):
    """Another matrix, drive, delay, or parameter is the same program."""

    def key(**changes):
        nucleus = Nucleus("A", 4, preset=changes.pop("preset", "RS"), drive=changes.pop("drive", 3))
        row = Projection("A", "A", kernel="1/(1 + t/ms)", window=5 * ms, **changes)
        with program(IzhikevichNuclei(nuclei=[nucleus], projections=[row]), 1 * ms, compiled=False) as built:
            return cache.key_of(built.project)

    keys = {
        key(weights=np.eye(4)), key(weights=np.ones((4, 4))), key(weights=np.eye(4), preset="FS"),
        key(weights=np.eye(4), drive=8), key(weights=np.eye(4), delay=3 * ms),
    }  # fmt: skip
    assert len(keys) == 1
    assert key(weights="rand()") not in keys


def test_rows_survive_a_result_folder(tmp_path):
    model = IzhikevichNuclei(
        nuclei=[
            Nucleus("A", 12, a=np.linspace(0.02, 0.1, 12), b=0.2, c=-65, d=8, drive="3*randn()"),
            Nucleus("B", 9, preset="CH", drive=TimedArray(np.arange(90.0).reshape(10, 9), dt=1 * ms)),
        ],
        projections=[
            Projection("A", "B", weights=np.arange(108.0).reshape(12, 9), kernel="int(t < 3*ms)", window=4 * ms),
            Projection("B", "A", delay=np.full((9, 12), 2.5) * ms, kernel="exp(-t/ms)"),
        ],
    )
    simulate(model, 1 * ms, record, backend="runtime").save(tmp_path)
    loaded = Result.load(tmp_path).model
    assert isinstance(loaded, IzhikevichNuclei)
    assert loaded.nuclei == model.nuclei and loaded.projections == model.projections
    assert loaded.nuclei[0] != loaded.nuclei[1] != Nucleus("B", 9, preset="CH")
    assert np.asarray(loaded.projections[1].delay).shape == (9, 12)
    again = simulate(loaded, 1 * ms, record, backend="runtime")
    assert np.array_equal(np.asarray(again["trace.v"]), np.asarray(Result.load(tmp_path)["trace.v"]))


def test_a_nucleus_is_found_by_its_name():
    model = IzhikevichNuclei(
        nuclei=[Nucleus("GPe", 3, preset="RS"), Nucleus("STN", 4, preset="RZ", drive=30)], projections=[]
    )
    assert model.slices == {"GPe": slice(0, 3), "STN": slice(3, 7)}
    result = simulate(
        model, 50 * ms, lambda network: [SpikeMonitor(network["STN"], name="stn"), SpikeMonitor(network["GPe"], name="gpe")],
        backend="runtime",
    )  # fmt: skip
    assert len(result["gpe.t"]) == 0 and set(result["stn.i"]) == {0, 1, 2, 3}


RS = dict(preset="RS")
A = Nucleus("A", 3, **RS)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Nucleus("A", 3), ["A", "no a", "LTS"]),
        (lambda: Nucleus("A", 3, preset="SR"), ["SR", "RS"]),
        (lambda: Nucleus("A", 0, **RS), ["n = 0"]),
        (lambda: Nucleus("A", 2.5, **RS), ["n = 2.5"]),
        (lambda: Nucleus("2 A", 3, **RS), ["'2 A'", "name"]),
        (lambda: Nucleus("A", 3, a=[1, 2], b=1, c=1, d=1), ["A.a", "(2,)", "(3,)"]),
        (lambda: Nucleus("A", 3, drive=3 * mV, **RS), ["A.drive", "unit"]),
        (lambda: Nucleus("A", 3, drive=np.nan, **RS), ["A.drive", "finite"]),
        (lambda: Nucleus("A", 3, drive=" ", **RS), ["drive", "empty"]),
        (lambda: Nucleus("A", 3, drive=TimedArray(np.ones((5, 2)), dt=1 * ms), **RS), ["(5, 2)", "(steps, 3)"]),
        (lambda: Nucleus("A", 3, drive=TimedArray(np.ones(5) * mV, dt=1 * ms), **RS), ["A.drive", "unit"]),
        (lambda: Projection("A", "A", delay=-1 * ms), ["A -> A", "below 0*ms"]),
        (lambda: Projection("A", "A", delay=3), ["A -> A, delay", "2*ms"]),
        (lambda: Projection("A", "A", weights=[np.inf]), ["A -> A, weights", "finite"]),
        (lambda: Projection("A", "A", kernel=3.0), ["A -> A", "exp(-t/(20*ms))"]),
        (lambda: Projection("A", "A", group="a b"), ["'a b'", "name"]),
        (lambda: Projection("A", "A", kernel="exp(-t/ms)", window=[1, 2] * ms), ["A -> A", "2 windows"]),
        (lambda: Projection("A", "A", window=20 * ms), ["window of 20*ms", "exp(-t/(20*ms))", "one time step"]),
        (lambda: IzhikevichNuclei(nuclei=[]), ["at least one nucleus"]),
        (lambda: IzhikevichNuclei(nuclei=[A, A], projections=[]), ["'A'", "rename"]),
        (lambda: IzhikevichNuclei(nuclei=[A], projections=[Projection("A", "B")]), ["'B'", "the nuclei are A"]),
        (
            lambda: IzhikevichNuclei(nuclei=[A], projections=[Projection("A", "A", weights=np.ones((3, 2)))]),
            ["weights of A -> A", "(3, 2)", "(3, 3)"],
        ),
        (
            lambda: IzhikevichNuclei(nuclei=[A], projections=[Projection("A", "A", delay=np.ones(3) * ms)]),
            ["delay of A -> A", "(3,)", "(3, 3)"],
        ),
        (
            lambda: IzhikevichNuclei(
                nuclei=[A], projections=[Projection("A", "A", kernel="1", window=0.04 * ms)], dt=0.1 * ms
            ),
            ["window 40*us", "half a time step"],
        ),
        (lambda: IzhikevichNuclei(nuclei=[Nucleus("synapses", 3, **RS)], projections=[Projection("synapses", "synapses")]), ["'synapses'"]),
        (lambda: simulate(replace(IzhikevichNuclei(), nuclei=[Nucleus("E", 2, drive="5*x", **RS), Nucleus("I", 2, **RS)]), 1 * ms, backend="runtime"), ["the drive of the nucleus E", "x is unknown"]),
    ],
)  # fmt: skip
def test_bad_rows(make, words):
    with pytest.raises(ZooError) as caught:
        make()
    text = str(caught.value)
    for word in words:
        assert word in text, text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("drive", "projection", "words"),
    [
        ("5; v = 3", {}, "the drive of the nucleus N1 is '5; v = 3'; it must be one expression"),
        ("v", {}, "the drive of the nucleus N1 is 'v', where v is unknown"),
        (5, {"weights": "foo*2"}, "the weights text of N1 -> N1 is 'foo.2', where foo is unknown"),
        (5, {"weights": "2*(i==j)"}, "makes a comparison a number"),
        (5, {"delay": 1e6 * second}, "is more than 10000000 steps of 100.us"),
        (5, {"group": None}, "it must be a name of letters"),
    ],
)
def test_texts_are_checked_before_brian2_gets_them(drive, projection, words):
    with pytest.raises(ZooError, match=words):
        nuclei = [Nucleus("N1", 3, preset="RS", drive=drive)]
        rows = [Projection("N1", "N1", **{"kernel": "exp(-t/(5*ms))", "window": 20 * ms, **projection})]
        simulate(IzhikevichNuclei(nuclei=nuclei, projections=rows), 1 * ms, backend="runtime")


@every_backend
def test_a_lesion_cuts_weights_of_every_kind(backend):
    """Numbers, matrices, drawn ones, and two Synapses of one pair; the weights of all others stay."""
    model = _weighted()
    intact = _spikes_of(model, backend, 0.1 * ms, seed=3)
    cut = _spikes_of(replace(model, lesion="A-A,B-B"), backend, 0.1 * ms, seed=3)
    row = intact["synapses.row"]
    assert np.all(cut["synapses.w"][(row == 1) | (row == 2)] == 0) and np.all(cut["jumps.w"] == 0)
    others = (row == 0) | (row == 3)
    assert np.array_equal(cut["synapses.w"][others], intact["synapses.w"][others])


def test_as_coded_equals_the_sum_over_past_spikes():
    """A step is 1 ms of the kernel, delays are cut to whole ms, and u takes its step with the new v."""
    n, steps, dt = 12, 800, 0.2
    random = np.random.default_rng(8)
    weights, noise = random.normal(0, 4, (n, n)), random.normal(6, 12, (steps, n))
    row = Projection("A", "A", weights=weights, delay=3.9 * ms, kernel="exp(-t/(20*ms))", window=30 * ms)
    nucleus = Nucleus("A", n, preset="RS", drive=TimedArray(noise, dt=dt * ms))
    model = IzhikevichNuclei(nuclei=[nucleus], projections=[row], dt=dt * ms, as_coded=True)
    reference = [(weights, lambda t: np.exp(-t / dt / 20), 3, 30)]
    parameters = dict(a=0.02, b=0.2, c=-65, d=8)
    expected = sum_over_past_spikes(reference, noise, **parameters, dt=dt, new_v=True)
    assert_equal(_spikes_of(model, "runtime", steps * dt * ms), expected)


def test_as_coded_needs_the_equation_of_u_that_it_changes():
    changed = replace(IzhikevichNuclei(), as_coded=True, neuron="dv/dt = -v/ms : 1\nu : 1\na : 1\nb : 1\nc : 1\nd : 1")
    with pytest.raises(ZooError, match="as_coded is for the equations"):
        simulate(changed, 1 * ms, backend="runtime")
