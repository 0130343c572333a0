"""How well the Izhikevich networks meet their references: `rows(backend)` runs them and measures.

The references come from an independent simulator that sums every kernel over past spikes; see
tests/reference/README.md.
"""

import dataclasses

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, TimedArray, ms

from tests.conftest import REFERENCE
from zoo import simulate
from zoo.models.basal_ganglia import BasalGanglia
from zoo.models.izhikevich_population import IzhikevichPopulation
from zoo.models.two_populations import TwoPopulations

SOLVER = "Euler, kernels as states"


def rows(backend):
    """One row for each network: what was compared, and the largest differences."""
    return [all_to_all(backend), two_populations(backend), basal_ganglia(backend)]


def all_to_all(backend):
    """100 neurons, all to all, the weights of the reference, 500 ms."""
    reference = load("izhi_all2all_100")
    model = IzhikevichPopulation(n=100)
    values = {"synapses.w": reference["W"].astype(float)}
    return measured("izhi_all2all_100", backend, model, reference, {"cells": ("N", 4)}, values=values)


def two_populations(backend):
    """The two populations of the source, 300 ms."""
    reference = load("izhi_exsynapses_dt0.1")
    names = {"N1": ("N1", 1), "N2": ("N2", 1)}
    return measured("izhi_exsynapses_dt0.1", backend, TwoPopulations(), reference, names)


def basal_ganglia(backend):
    """The basal ganglia at a tenth of the sizes with the weights and the noise of the reference, 200 ms."""
    reference = load("izhi_bg_small")
    noise = np.concatenate([load(f"izhi_bg_small_noise_{start}")["noise"] for start in (0, 500)]).astype(float)
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
    return measured("izhi_bg_small", backend, model, reference, names, values=weights)


def load(name):
    with np.load(REFERENCE / f"{name}.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def measured(case, backend, model, reference, names, values={}):
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
    row = {"case": case, "solver": SOLVER, "dt (ms)": dt, "backend": backend, "compared with": "plain sum"}
    row |= {"spikes": 0, "differing spikes": 0, "largest time error (ms)": 0.0}
    errors = dict(v=0.0, u=0.0, I=0.0)
    for nucleus, (there, _) in names.items():
        # Brian2 labels a spike with the start of its step, the reference with its end.
        steps = np.rint(np.asarray(result[f"spikes_{nucleus}.t"] / ms) / dt).astype(int) + 1
        found = set(zip(steps.tolist(), result[f"spikes_{nucleus}.i"].tolist(), strict=True))
        expected = set(zip(reference[f"{there}_step"].tolist(), reference[f"{there}_i"].tolist(), strict=True))
        row["spikes"] += len(expected)
        row["differing spikes"] += len(found ^ expected)
        row["largest time error (ms)"] = max(row["largest time error (ms)"], dt * _largest_shift(found, expected))
        for name in errors:
            trace = np.asarray(result[f"trace_{nucleus}.{name}"]).T[::every]
            errors[name] = max(errors[name], np.abs(trace - reference[f"{there}_{name}"]).max())
    names = {"v": "largest voltage error (mV)", "u": "largest error of u", "I": "largest error of I"}
    return row | {names[name]: float(error) for name, error in errors.items()}


def _largest_shift(found, expected):
    """The largest difference in steps between the k-th spikes of a neuron, infinite when one is missing."""
    shift = 0
    for neuron in {i for _, i in found | expected}:
        one, two = (sorted(step for step, i in spikes if i == neuron) for spikes in (found, expected))
        if len(one) != len(two):
            return np.inf
        shift = max(shift, np.abs(np.subtract(one, two)).max())
    return int(shift)


if __name__ == "__main__":
    for found in rows("cpp"):
        print(found)
