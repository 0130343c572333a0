"""Whole numbers, quotients and remainders give what Python gives, on every backend and in every kind of code."""

import math

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, Synapses, ms

from tests.conftest import ALL_BACKENDS
from zoo import Model, simulate

pytestmark = pytest.mark.usefixtures("optimised")
on_all = pytest.mark.parametrize("backend", ALL_BACKENDS)

# Variables of four neurons, of 32 bits, and constants; products of them need more.
K = [-7, 2, 60_000, 2_000_003]
X = [-7.5, 0.1, 3.0, 1e10]
M, N_ODD, C = 100_000, 7, 0.1
YES = [True, False, True, False]

VECTOR = {
    "k*m": lambda k, x, yes: k * M,
    "k*k": lambda k, x, yes: k * k,
    "k + 2000000000": lambda k, x, yes: k + 2_000_000_000,
    "-k - 2147483647": lambda k, x, yes: -k - 2147483647,
    "k/n_odd": lambda k, x, yes: k / N_ODD,
    "(k*k - 1)/n_odd + 1/n_odd": lambda k, x, yes: (k * k - 1) / N_ODD + 1 / N_ODD,
    "k//3": lambda k, x, yes: k // 3,
    "k % 3": lambda k, x, yes: k % 3,
    "k % -3": lambda k, x, yes: k % -3,
    "(k*k) % m": lambda k, x, yes: (k * k) % M,
    "k//m": lambda k, x, yes: k // M,
    "x//c": lambda k, x, yes: x // C,
    "x % c": lambda k, x, yes: x % C,
    "x % -c": lambda k, x, yes: x % -C,
    "k % c": lambda k, x, yes: k % C,
    "int(x)": lambda k, x, yes: int(x),
    "int(x)*k": lambda k, x, yes: int(x) * k,
    "floor(x)*2 + ceil(x)": lambda k, x, yes: math.floor(x) * 2 + math.ceil(x),
    "clip(k, 0.5, 2.5)": lambda k, x, yes: min(max(k, 0.5), 2.5),
    "clip(k*k, 0, inf)": lambda k, x, yes: k * k,
    "abs(k)*m": lambda k, x, yes: abs(k) * M,
    "sign(k)*m*m": lambda k, x, yes: (1 if k > 0 else -1) * M * M,
    "yes*k*2.5": lambda k, x, yes: yes * k * 2.5,
    "int(yes)*k*m": lambda k, x, yes: int(yes) * k * M,
    "int(x > 1)*k*m": lambda k, x, yes: int(x > 1) * k * M,
    "k**2": lambda k, x, yes: k**2,
}
SCALAR = {
    "1/n_odd": 1 / N_ODD,
    "m/n_odd/n_odd": M / N_ODD / N_ODD,
    "16777217/n_odd": 16777217 / N_ODD,
    "m*m//n_odd": M * M // N_ODD,
    "-m % n_odd": -M % N_ODD,
    "-m//n_odd": -M // N_ODD,
    "int(m*30000.5)": int(M * 30000.5),
    "1 % c": 1 % C,
    "1//c": 1 // C,
    "m**2*m": M**3,
    "N*m*m": 4 * M * M,
}
LOCAL = "square = k*k\nhalf = n_odd/2\nlocal = square*half"  # whole and other numbers in temporary variables


# exprel(u) = (exp(u) - 1)/u near 0, where it is 1 + u/2, and at the ends of what has a value
NEAR = [0.0, 1e-300, -1e-20, 1e-16, -2e-16, 1e-12, 4e-10, -1e-9, 3e-9, 1e-5, -0.02, 0.031, 0.3, -800.0, 709.0]


class Numbers(Model):
    m: int = M
    n_odd: int = N_ODD
    c: 1 = C
    state = (
        "cells.v",
        "cells.r",
        "cells.first",
        "cells.local",
        "targets.x",
        "wires.w",
        "cells.last",
        "near.r",
        "near.s",
        "near.c_r",
    )

    def build(self):
        n = len(VECTOR) + len(SCALAR)
        names = "".join(f"y{number} : 1\n" for number in range(n))
        equations = "k : integer\nx : 1\nyes : boolean\nv : 1\nr : 1\nlocal : 1\nfirst : 1\nlast = k*k*m : 1\n"
        cells = NeuronGroup(
            4, equations.replace("last =", "now =") + "last : 1\n" + names, threshold="k*k > 3999999999", name="cells",
            reset="r = k*m/n_odd",
        )  # fmt: skip
        cells.k, cells.x, cells.yes = K, X, YES
        cells.first = "k*m/n_odd"
        lines = [f"y{number} = {text}" for number, text in enumerate([*VECTOR, *SCALAR])]
        cells.run_regularly("\n".join([*lines, LOCAL, "last = now", "v = (1/n_odd + m*m)*0.5"]), when="start")
        targets = NeuronGroup(4, "x : 1", name="targets")
        wires = Synapses(cells, targets, "w : 1", on_pre="x_post += k_pre*m/n_odd", name="wires")
        wires.connect(condition="k_pre*k_pre > 3999999999 and j == i")
        wires.w = "i*m*m/n_odd"
        near = NeuronGroup(len(NEAR), "u : 1\nr : 1\nc_r : 1\nds/dt = exprel(u)/ms : 1", method="euler", name="near")
        near.u = NEAR
        near.run_regularly("r = exprel(u)\nc_r = exprel(c*4e-9)")
        return Network(cells, targets, wires, near)


Numbers.state += tuple(f"cells.y{number}" for number in range(len(VECTOR) + len(SCALAR)))


@on_all
def test_python_numbers(backend):
    result = simulate(Numbers(), 0.2 * ms, backend=backend)
    found = {text: np.asarray(result[f"cells.y{number}"]).tolist() for number, text in enumerate([*VECTOR, *SCALAR])}
    expected = {text: [float(of(*each)) for each in zip(K, X, YES, strict=True)] for text, of in VECTOR.items()}
    expected |= {text: [float(value)] * 4 for text, value in SCALAR.items()}
    expected |= {
        "in a temporary variable": [k * k * N_ODD / 2 for k in K],
        "in a subexpression": [float(k * k * M) for k in K],
        "in a string initialiser": [k * M / N_ODD for k in K],
        "in a reset": [k * M / N_ODD if k * k > 3999999999 else 0.0 for k in K],
        "of constants alone": [(1 / N_ODD + M * M) * 0.5] * 4,
        "in a synapse": [2 * k * M / N_ODD if k * k > 3999999999 else 0.0 for k in K],
        "of a synapse": [3 * M * M / N_ODD],
    }
    names = ("cells.local", "cells.last", "cells.first", "cells.r", "cells.v", "targets.x", "wires.w")
    found |= dict(zip(list(expected)[-7:], (np.asarray(result[name]).tolist() for name in names), strict=True))
    # Two roundings more or less (a product with an inverse, a fused product), and remainders of the largest number, 1e10.
    wrong = {
        text: (found[text], values)
        for text, values in expected.items()
        if not np.allclose(found[text], values, rtol=4.5e-16, atol=0)
    }
    assert not wrong
    exact = np.array([math.expm1(u) / u if u else 1.0 for u in NEAR])
    # Vector versions of expm1 are off by up to four units in the last place.
    assert np.allclose(result["near.r"], exact, rtol=1e-15, atol=0)
    assert np.allclose(result["near.s"], 0.2 * exact, rtol=1.5e-15, atol=0), "two steps of 0.1 ms"
    assert np.allclose(result["near.c_r"], 1 + 2e-10, rtol=2.3e-16, atol=0)
