"""Every model on every backend at hand: it runs, and all backends say the same."""

import functools
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from brian2 import Hz, NeuronGroup, SpikeMonitor, StateMonitor, cm, ms, mV, nA, nS, pA, uA

from tests.conftest import BACKENDS, EACH_BACKEND, ROOT
from zoo import datasets, program, simulate
from zoo.build import cache
from zoo.catalogue import registry as catalogue
from zoo.core import packages
from zoo.models.diehl_cook_2015 import DiehlCook2015
from zoo.models.hh_mnist_grid import HHMnistGrid
from zoo.models.lif_mnist_grid import LIFMnistGrid

DIGIT = datasets.load("digits").images[:1]

#: Model -> fields that make it small, duration, further values. A model without a row here fails the first test.
SMALL = {
    "adaptive_exponential": ({"n": 8, "amplitude": np.linspace(300, 600, 8) * pA}, 100 * ms, {}),
    "fitzhugh_nagumo": ({"n": 8, "amplitude": np.linspace(0.5, 1, 8)}, 150 * ms, {}),
    "hodgkin_huxley": ({"n": 8, "amplitude": np.linspace(7, 20, 8) * uA / cm**2, "dt": 0.05 * ms}, 60 * ms, {}),
    "izhikevich": ({"n": 8, "amplitude": np.linspace(5, 15, 8)}, 200 * ms, {}),
    "izhikevich_patterns": ({}, 100 * ms, {}),
    "izhikevich_population": ({"n": 60}, 150 * ms, {}),
    "brunel_2000": ({"n_e": 80, "n_i": 20, "C_e": 20, "C_i": 5, "J": 2 * mV}, 60 * ms, {}),
    "coba": ({"n_e": 80, "n_i": 20, "p": 0.2, "E_L": -45 * mV}, 60 * ms, {}),
    "cobahh": ({"n_e": 80, "n_i": 20, "p": 0.2, "E_L": -45 * mV}, 60 * ms, {}),
    "cuba": ({"n_e": 80, "n_i": 20, "p": 0.2}, 100 * ms, {}),
    "wang_2002": ({"n_e": 80, "n_i": 20, "g_ext_E": 2.5 * nS, "onset": 0 * ms}, 200 * ms, {}),
    "brunel_wang_2001": ({"n_e": 80, "n_i": 20, "g_ext_E": 2.5 * nS, "cue": 0 * ms}, 200 * ms, {}),
    "compte_2000": ({"n_e": 80, "n_i": 20, "harmonics": 4, "V_L": -62 * mV, "cue": 0 * ms}, 200 * ms, {}),
    "nicola_clopath_2017": ({"n": 40, "bias": -30 * mV, "start": 20 * ms, "dt": 0.1 * ms}, 100 * ms, {}),
    "mongillo_2008": ({"n_e": 80, "n_i": 20, "mu_E": 25 * mV, "cue": 0 * ms}, 100 * ms, {}),
    "diehl_cook_2015": ({"n": 3, "n_images": 1}, 120 * ms, DiehlCook2015(n_images=1).shown(DIGIT)),
    "izhikevich_network": ({"n_e": 40, "n_i": 10}, 200 * ms, {}),
    "clopath_2010": ({"n": 4, "rate": [60, 80, 100, 120] * Hz, "lag": [5, -5, 4, -4] * ms}, 130 * ms, {}),
    "mihalas_niebur": ({"dt": 0.05 * ms}, 100 * ms, {}),
    "song_2000": ({"n": 200, "rate": 40 * Hz, "g_max": 0.05}, 300 * ms, {}),
    "graupner_brunel_2012": ({"n": 8, "rate": 100 * Hz, "onset": 20 * ms, "sigma": 50.0}, 80 * ms, {}),
    "vogels_2011": ({"n_e": 80, "n_i": 20, "p": 0.2, "I_0": 300 * pA, "w_e": 3 * nS, "onset": 20 * ms}, 60 * ms, {}),
    "tsodyks_markram": ({"n": 3, "rate": [50, 100, 150] * Hz, "recovery": 20 * ms}, 320 * ms, {}),
    "basal_ganglia": ({"scale": 0.03}, 60 * ms, {}),
    "hh_grid": ({"n": 3, "rate": 60 * Hz}, 100 * ms, {}),
    "leaky_integrate_and_fire": ({"n": 8, "amplitude": np.linspace(2, 4, 8) * nA}, 60 * ms, {}),
    "morris_lecar": ({"n": 8, "amplitude": np.linspace(95, 150, 8) * uA / cm**2}, 350 * ms, {}),
    "izhikevich_nuclei": ({}, 60 * ms, {}),
    "two_populations": ({}, 100 * ms, {}),
    "connor_stevens": ({"n": 8, "amplitude": np.linspace(10, 40, 8) * uA / cm**2, "dt": 0.05 * ms}, 60 * ms, {}),
    "exponential_integrate_and_fire": ({"n": 8, "amplitude": np.linspace(1, 10, 8) * uA / cm**2}, 60 * ms, {}),
    "hindmarsh_rose": ({"n": 8, "amplitude": np.linspace(2, 4, 8)}, 60 * ms, {}),
    "pinsky_rinzel": ({"n": 8, "amplitude": np.linspace(1, 3, 8) * uA / cm**2, "dt": 0.05 * ms}, 60 * ms, {}),
    "pospischil": ({"n": 8, "amplitude": np.linspace(1, 3, 8) * nA, "onset": 0 * ms, "dt": 0.05 * ms}, 60 * ms, {}),
    "potjans_diesmann": ({"n_scale": 0.01, "k_scale": 0.01, "V_th": -56 * mV}, 60 * ms, {}),
    "traub_miles": ({"n": 8, "amplitude": np.linspace(1, 10, 8) * uA / cm**2, "dt": 0.05 * ms}, 60 * ms, {}),
    "wang_buzsaki": ({"n": 8, "amplitude": np.linspace(0.5, 5, 8) * uA / cm**2, "dt": 0.05 * ms}, 60 * ms, {}),
    "clustered_network": (
        {"n_e": 80, "n_i": 20, "size": 20, "K": 16, "J_EE": 0.17, "J_IE": 0.1, "J_EI": 0.32, "J_II": 0.4},
        150 * ms,
        {},
    ),
    "synfire_chain": (
        {
            "n_chains": 1,
            "n_groups": 3,
            "n": 30,
            "a": 50,
            "n_packet": 50,
            "w": 12 * mV,
            "nu_e": 1.6 * Hz,
            "nu_i": 10 * Hz,
        },
        80 * ms,
        {},
    ),
    "polychronization": ({"n_e": 80, "n_i": 20, "M": 10, "w_e": 9, "I_random": 60}, 200 * ms, {}),
    "brunel_hakim": ({"n": 100, "C": 20, "J": 1 * mV}, 60 * ms, {}),
    "wang_buzsaki_network": ({"n": 20, "M_syn": 10}, 60 * ms, {}),
    "hh_mnist_grid": ({"n": 3, "n_images": 1}, 120 * ms, HHMnistGrid(n_images=1).shown(DIGIT)),
    "lif_mnist_grid": ({"n": 3, "n_images": 1}, 120 * ms, LIFMnistGrid(n_images=1).shown(DIGIT)),
}

#: The models with the most objects; the order of a set shows in one of them as it would in another.
INTRICATE = {"basal_ganglia", "hh_mnist_grid", "izhikevich_network", "izhikevich_nuclei"}
SOME = [name if name in INTRICATE else pytest.param(name, marks=pytest.mark.slow) for name in SMALL]

#: Models without random numbers, or whose spikes do not depend on them.
DETERMINISTIC = {
    "adaptive_exponential", "clopath_2010", "connor_stevens", "exponential_integrate_and_fire", "fitzhugh_nagumo", "graupner_brunel_2012", "hindmarsh_rose",
    "hodgkin_huxley", "izhikevich", "izhikevich_patterns", "leaky_integrate_and_fire", "mihalas_niebur", "morris_lecar", "pinsky_rinzel",
    "pospischil", "traub_miles", "tsodyks_markram", "two_populations", "wang_buzsaki",
}  # fmt: skip

#: Models whose connections or Poisson numbers numpy draws by another algorithm than C++.
SAMPLED = {
    "brunel_2000",
    "brunel_hakim",
    "brunel_wang_2001",
    "clustered_network",
    "coba",
    "cobahh",
    "compte_2000",
    "cuba",
    "mongillo_2008",
    "nicola_clopath_2017",
    "polychronization",
    "synfire_chain",
    "vogels_2011",
    "wang_2002",
}


def test_every_model_has_a_row():
    assert set(SMALL) == set(packages.entries("models"))


def _record(network):
    groups = [item for item in sorted(network.objects, key=lambda item: item.name) if isinstance(item, NeuronGroup)]
    return [
        *(SpikeMonitor(group, name=f"{group.name}_spikes") for group in groups if "spike" in group.events),
        *(StateMonitor(group, "v", record=[0], name=f"{group.name}_v") for group in groups if "v" in group.variables),
    ]


@functools.cache
def _simulate(name, backend, seed=1):
    """One run for all tests that look at it."""
    fields, duration, values = SMALL[name]
    return simulate(catalogue.model(name)(**fields), duration, _record, backend=backend, seed=seed, values=values)


@pytest.mark.parametrize("backend", EACH_BACKEND)
@pytest.mark.parametrize("name", SMALL)
def test_it_runs_and_lives(name, backend):
    result = _simulate(name, backend)
    spikes = sum(len(result[key]) for key in result if key.endswith("_spikes.t"))
    assert spikes > 20
    for key in result:
        assert np.all(np.isfinite(np.asarray(result[key], dtype=float))), key


@pytest.mark.parametrize("other", EACH_BACKEND[1:])
@pytest.mark.parametrize("name", SMALL)
def test_all_backends_give_the_same(name, other):
    """The random numbers are drawn in the same order from the same generator, so spikes agree one by one.

    Sums run in another order in numpy, and exponentials are vectorised in C++: v may differ in its last digits.
    """
    results = [_simulate(name, backend) for backend in ("runtime", other)]
    assert set(results[0]) == set(results[1])
    if name in SAMPLED:
        counts = [sum(len(result[key]) for key in result if key.endswith("_spikes.t")) for result in results]
        # Other networks of the same kind: some 500 spikes of 100 cells, which differ by 10 % from seed to seed.
        assert abs(counts[0] - counts[1]) < 0.4 * max(counts)
        return
    for key in results[0]:
        one, two = (np.asarray(result[key], dtype=float) for result in results)
        assert one.shape == two.shape, key
        assert np.allclose(one, two, rtol=1e-7, atol=1e-9), key


@pytest.fixture(scope="module")
def keys_elsewhere(request):
    """Name -> the key of its program in another process, which hashes texts in another way; of the names that are tested."""
    wanted = {item.callspec.params["name"] for item in request.session.items if "keys_elsewhere" in item.fixturenames}
    script = (
        "import json, sys; sys.path.insert(0, '.'); from tests.test_models import key_of\n"
        f"print(json.dumps({{name: key_of(name) for name in {sorted(wanted)}}}))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    process = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, env=environment)
    return json.loads(process.stdout)


@pytest.mark.parametrize("name", SOME)
def test_the_same_model_is_the_same_program(name, keys_elsewhere):
    """Whatever order Brian2's sets of objects have, and whatever this process has built before."""
    assert keys_elsewhere[name] == key_of(name)


def key_of(name):
    """The key of the program of a small model, without compiling it."""
    fields, duration, _ = SMALL[name]
    with program(catalogue.model(name)(**fields), duration, _record, compiled=False) as built:
        return cache.key_of(built.project)


@pytest.mark.parametrize("name", SMALL)
def test_another_seed_is_another_run(name):
    one, two = (_simulate(name, BACKENDS[-1], seed) for seed in (1, 2))
    differs = any(not np.array_equal(np.asarray(one[key]), np.asarray(two[key])) for key in one if key.endswith(".t"))
    assert differs == (name not in DETERMINISTIC)


@pytest.mark.parametrize("name", SMALL)
def test_the_card_says_what_a_reader_needs(name):
    """Source with a year, numbered equations, and how the model differs."""
    text = catalogue.model(name).__module__
    import importlib

    card = importlib.import_module(text).__doc__
    assert "Source:" in card and "Differs from the" in card and re.search(r"\((19|20)\d\d\)", card)
    assert "(1)" in card or "(a)" in card


@pytest.mark.parametrize("name", SMALL)
def test_every_number_has_a_meaning(name):
    from brian2 import Quantity

    from zoo.catalogue import source_notes
    from zoo.model import annotations

    model_class = catalogue.model(name)
    notes = source_notes.of_fields(model_class)
    kinds = annotations(model_class)
    numbers = [name for name, kind in kinds.items() if isinstance(kind, (Quantity, int)) or kind in (int, float)]
    assert "dt" in numbers and not [name for name in numbers if not notes[name][1]]
