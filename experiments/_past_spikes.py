"""The Izhikevich networks against an independent simulator that sums every kernel over past spikes, and the claims about it.

Each function runs a network with the weights and inputs of reference/izhi_* and returns how many spikes the reference has,
how many differ, and the largest errors of v, u and I.
"""

import dataclasses

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, TimedArray, ms

from zoo import Claim, simulate
from zoo.experiments import _reference
from zoo.models.basal_ganglia import BasalGanglia
from zoo.models.izhikevich_population import IzhikevichPopulation
from zoo.models.two_populations import TwoPopulations


def claims(spikes, model="", **options):
    """The claims about a network whose reference has so many `spikes`."""
    common = {"source": "NumPy program in float64 that sums every kernel over past spikes", "model": model, **options}
    same = "the same Euler steps: every spike is in the same step"
    sums = "sums run in another order, and the steps of v let their last digits grow"
    yield Claim(quantity="spikes", expected=spikes, reason=same, **common)
    yield Claim(quantity="differing spikes", expected=0, reason=same, **common)
    for name, unit, tolerance in (("v", "mV", 1e-6), ("u", "", 1e-6), ("I", "", 1e-9)):
        quantity = f"largest error of {name}"
        yield Claim(quantity=quantity, expected=0.0, unit=unit, tolerance=tolerance, reason=sums, **common)


def all_to_all(backend="cpp"):
    """100 neurons, all to all, the weights of the reference, 500 ms."""
    reference = _reference.arrays("izhi_all2all_100")
    model = IzhikevichPopulation(n=100)
    values = {"synapses.w": reference["W"].astype(float)}
    return measured(backend, model, reference, {"cells": ("N", 4)}, values=values)


def two_populations(backend="cpp"):
    """The two populations of the source, 300 ms."""
    reference = _reference.arrays("izhi_exsynapses_dt0.1")
    names = {"N1": ("N1", 1), "N2": ("N2", 1)}
    return measured(backend, TwoPopulations(), reference, names)


def basal_ganglia(backend="cpp"):
    """The basal ganglia at a tenth of the sizes with the weights and the noise of the reference, 200 ms."""
    reference = _reference.arrays("izhi_bg_small")
    noise = np.concatenate([_reference.arrays(f"izhi_bg_small_noise_{start}")["noise"] for start in (0, 500)]).astype(
        float
    )
    nuclei = [
        dataclasses.replace(
            nucleus, drive=TimedArray(noise, dt=0.2 * ms) if nucleus.name == "CTX" else 0, n=nucleus.n // 10
        )
        for nucleus in BasalGanglia().nuclei
    ]
    model = BasalGanglia(nuclei=nuclei)
    assert list(model.sizes.values()) == reference["sizes"].tolist()
    weights = {"excitatory.w": np.zeros((380, 380)), "inhibitory.w": np.zeros((380, 380))}
    for pre, posts in model.targets.items():
        for post in posts:
            name = "excitatory.w" if pre in ("CTX", "STN") else "inhibitory.w"
            weights[name][model.slices[pre], model.slices[post]] = reference[f"W_{pre}_{post}".replace("GPi", "Gpi")]
    names = {nucleus: ("Gpi" if nucleus == "GPi" else nucleus, 2) for nucleus in model.sizes}
    return measured(backend, model, reference, names, values=weights)


def measured(backend, model, reference, names, values={}):
    """Run `model`; `names` maps a nucleus to its name in the reference and the number of its traces."""
    dt, duration, every = float(model.dt / ms), float(reference["T"]), int(reference.get("every", 1))
    assert dt == reference["dt"]

    def record(network):
        monitors = []
        for nucleus, (_, traced) in names.items():
            group = network[nucleus]
            monitors.append(SpikeMonitor(group, name=f"spikes_{nucleus}"))
            monitors.append(StateMonitor(group, ["v", "u", "I"], record=range(traced), name=f"trace_{nucleus}"))
        return monitors

    result = simulate(model, duration * ms, record, backend=backend, values=values)
    spikes = differing = 0
    errors = dict(v=0.0, u=0.0, I=0.0)
    for nucleus, (there, _) in names.items():
        # Brian2 labels a spike with the start of its step, the reference with its end.
        steps = np.rint(np.asarray(result[f"spikes_{nucleus}.t"] / ms) / dt).astype(int) + 1
        found = set(zip(steps.tolist(), result[f"spikes_{nucleus}.i"].tolist(), strict=True))
        expected = set(zip(reference[f"{there}_step"].tolist(), reference[f"{there}_i"].tolist(), strict=True))
        spikes += len(expected)
        differing += len(found ^ expected)
        for name in errors:
            trace = np.asarray(result[f"trace_{nucleus}.{name}"]).T[::every]
            errors[name] = max(errors[name], np.abs(trace - reference[f"{there}_{name}"]).max())
    largest = {f"largest error of {name}": float(error) for name, error in errors.items()}
    return {"spikes": spikes, "differing spikes": differing, **largest}
