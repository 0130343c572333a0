"""Networks that decide and remember: the sums that stand for all pairs of cells, and decisions."""

import numpy as np
import pytest
from brian2 import ms

from zoo import program
from zoo.experiments import psychometric_curve
from zoo.experiments._selective import record
from zoo.models.brunel_wang_2001 import BrunelWang2001
from zoo.models.compte_2000 import Compte2000
from zoo.models.wang_2002 import Wang2002

#: The sums of one time step are those of the values at its start.
ONE_STEP = {"duration": 0.1 * ms, "seed": 1}


def _sums(model, names, s):
    """The variables `names` after one step with the gating variables `s`."""
    kept = type("Kept", (type(model),), {"state": names})(**{name: getattr(model, name) for name in ("n_e", "n_i")})
    with program(kept, 0.1 * ms, record, backend="runtime") as built:
        return [np.asarray(built.run({"excitatory.s_NMDA": s}, **ONE_STEP)[name]) for name in names]


@pytest.mark.parametrize("make", [Wang2002, BrunelWang2001])
def test_sums_of_populations_are_those_of_all_pairs(make):
    model = make(n_e=200, n_i=50)
    s = np.random.default_rng(0).random(200)
    (S,) = _sums(model, ("received.S_NMDA",), s)
    size = round(model.f * 200)
    w_minus = 1 - model.f * (model.w_plus - 1) / (1 - model.f)
    for row, name in enumerate(model.selective):
        w = np.full(200, w_minus)
        w[row * size : (row + 1) * size] = model.w_plus
        assert np.isclose(S[row], w @ s, rtol=1e-12), name
        assert np.isclose(w.mean(), 1), "w_minus keeps the mean of the weights"
    assert np.isclose(S[-1], s.sum(), rtol=1e-12)


def test_the_series_is_the_convolution():
    """What is left out of the series of the footprint is 1.5e-5 for each of its next terms, which fall off fast."""
    model = Compte2000(n_e=256, n_i=64)
    s = np.random.default_rng(0).random(256)
    S, harmonics = _sums(model, ("excitatory.S_NMDA", "series.S"), s)
    theta = np.arange(256) * 360 / 256
    apart = np.abs((theta[:, None] - theta + 180) % 360 - 180)
    bump = np.exp(-(apart**2) / (2 * model.sigma**2))
    J_minus = (1 - model.J_plus * bump[0].mean()) / (1 - bump[0].mean())
    W = J_minus + (model.J_plus - J_minus) * bump
    assert np.allclose(W.mean(axis=1), 1) and np.isclose(W.max(), model.J_plus)
    assert np.allclose(S, W @ s, rtol=0, atol=3e-5 * s.sum())
    assert np.abs(W @ s - s.sum()).max() > 0.5, "the footprint matters"
    assert np.isclose(harmonics[0], s.sum(), rtol=1e-12), "what inhibitory cells receive"


def test_figures_of_the_psychometric_curve():
    """Weibull's function is found again in fractions that follow it, and undecided trials are left out."""
    levels = np.array([0, 3.2, 6.4, 12.8, 25.6, 51.2])
    right = 1 - 0.5 * np.exp(-((levels / 9.2) ** 1.5))
    alpha, beta = psychometric_curve.weibull(levels, right, np.full(6, 1000))
    assert abs(alpha / 9.2 - 1) < 0.03 and abs(beta - 1.5) < 0.06  # the grid has steps of 2.3 % and 0.05
    kinds = [
        ("status", "U8"),
        ("coherence", float),
        ("decided", float),
        ("chose_A", float),
        ("decision_time_ms", float),
    ]
    rows = [("ok", level, float(n < 8), float(n < 6), 500.0 + n) for level in levels for n in range(10)]
    table = np.array([*rows, ("failed", 99.0, 1.0, 1.0, 1.0)], dtype=kinds)
    (figure,) = psychometric_curve.figures(table).values()
    _, right = figure.axes
    assert "48 of 60 trials" in right.get_title(loc="left")
    assert np.allclose(right.lines[0].get_ydata(), 503.5)
