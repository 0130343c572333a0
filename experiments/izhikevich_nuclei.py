"""Nuclei of Izhikevich neurons: raster, rates, and v, u, I of the first neuron of each nucleus, or of any others.

Chapter: networks
"""

import numpy as np
from brian2 import ms, second

from zoo import Claim, cli, simulate
from zoo.experiments import _reference
from zoo.experiments._nuclei import plot, record, recording, with_rates
from zoo.models.izhikevich_nuclei import IzhikevichNuclei, Nucleus, Projection

__all__ = ["CLAIMS", "main", "measure", "plot", "record"]


def main(
    model=IzhikevichNuclei(),
    duration=1 * second,
    backend="cpp",
    seed=0,
    trace: str = "",  # neurons whose v, u and I are recorded, as E:0,5,I:3; default: the first of each nucleus
):
    return with_rates(simulate(model, duration, recording(model, trace), backend=backend, seed=seed))


def measure(backend="cpp"):
    """The spikes of two nuclei with three kernels, as steps and neurons, and how many the independent program has not."""
    known = _reference.load("izhikevich_nuclei")
    n, m = known["n"]
    of = lambda key, place: np.asarray(known[key])[place]  # noqa: E731
    nuclei = [
        Nucleus(
            name, place.stop - place.start, a=of("a", place), b=known["b"], c=of("c", place), d=of("d", place),
            drive=of("drive", place),
        )
        for name, place in (("A", slice(0, n)), ("B", slice(n, n + m)))
    ]  # fmt: skip
    kernels = (
        ("A", "B", "exp(-(t - 6*ms)**2/(2*(2*ms)**2))", 14),
        ("A", "A", "(0.6 + t/(9*ms))*exp(-t/(8*ms))*cos(2*pi*t/(11*ms))", 26),
        ("B", "A", "1.7*(exp(-t/(9*ms)) - exp(-t/(2*ms)))", 30),
    )
    projections = [
        Projection(pre, post, weights=np.array(w), delay=np.array(delay) * ms, kernel=kernel, window=window * ms)
        for (pre, post, kernel, window), w, delay in zip(kernels, known["weights"], known["delays"], strict=True)
    ]
    model = IzhikevichNuclei(nuclei=nuclei, projections=projections, dt=known["dt"] * ms)
    result = simulate(model, known["duration"] * ms, record, backend=backend)
    # Brian2 labels a spike with the start of its step.
    steps = np.rint(np.asarray(result["spikes.t"] / model.dt)).astype(int) + 1
    found = set(zip(steps.tolist(), result["spikes.i"].tolist(), strict=True))
    return {"spikes": len(found), "differing spikes": len(found ^ set(map(tuple, known["spikes"])))}


CLAIMS = tuple(
    Claim(
        quantity=quantity, expected=expected, source="NumPy program in float64 that sums every kernel over past spikes",
        reason="the same Euler steps: every spike is in the same step",
    )
    for quantity, expected in (("spikes", len(_reference.load("izhikevich_nuclei")["spikes"])), ("differing spikes", 0))
)  # fmt: skip

if __name__ == "__main__":
    cli(main)
