"""Every model, small, as a CUDA program on the processor (tests/cuda_on_cpu), beside cpp. `make test-cuda` runs this file.

Where random numbers play no part, all spikes must be equal. cuRAND's random numbers are others: there the numbers of spikes of
each group are compared as means over seeds, and those of the state at the end.
"""

import numpy as np
import pytest

from tests import cuda_on_cpu
from tests.test_models import DETERMINISTIC, SMALL, _record
from zoo import program
from zoo.catalogue import registry

cuda_on_cpu.install()

SEEDS = range(1, 9)


def _runs(name, backend):
    fields, duration, values = SMALL[name]
    with program(registry.model(name)(**fields), duration, _record, backend=backend) as p:
        return [p.run(values, seed=seed) for seed in ([1] if name in DETERMINISTIC else SEEDS)]


def _differs(found, expected):
    """Whether two means over seeds differ by more than five standard errors: with normal seeds of eight and eight a false
    alarm in 5,000 comparisons (t distribution of 14 degrees of freedom).
    """
    found, expected = (np.asarray(part, float) for part in (found, expected))
    error = np.sqrt((found.var(ddof=1) + expected.var(ddof=1)) / len(SEEDS))
    return abs(found.mean() - expected.mean()) > 5 * error + 1e-9 * np.abs(expected).max()


@pytest.mark.skipif(cuda_on_cpu.thrust() is None, reason="the headers of Thrust are not installed")
@pytest.mark.parametrize("name", SMALL)
def test_small_models_are_as_on_cpp(name):
    found, expected = (_runs(name, backend) for backend in ("cuda", "cpp"))
    keys = [key for key in expected[0] if key.endswith("_spikes.t")]
    assert sum(len(run[key]) for run in expected for key in keys)
    if name in DETERMINISTIC:
        for key in keys:
            trains = [
                sorted(zip(np.rint(run[key] / run.model.dt).astype(int), run[f"{key[:-1]}i"], strict=True))
                for (run,) in (found, expected)
            ]
            assert trains[0] == trains[1], key
    else:
        numbers = {key: [[len(run[key]) for run in runs] for runs in (found, expected)] for key in keys}
        assert not [key for key, pair in numbers.items() if _differs(*pair)], numbers
    for key, value in expected[0].state.items():
        assert found[0].state[key].shape == value.shape, key
        if name not in DETERMINISTIC and np.size(value):
            means = [[np.mean(np.asarray(run.state[key], float)) for run in runs] for runs in (found, expected)]
            assert not _differs(*means), (key, means)
