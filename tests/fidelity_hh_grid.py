"""The Hodgkin-Huxley grid against NEURON: every case of tests/reference/hh_*, measured by running."""

import functools
import json

import numpy as np
from brian2 import SpikeMonitor, StateMonitor, ms, mV, nS

from models.hh_grid import HHGrid
from tests.conftest import REFERENCE
from zoo import simulate

#: Case -> cells along an edge, fields of the model, duration in ms. Of the written network what is before it diverges.
CASES = {
    "hh_single": (1, {"stimulus": "event", "w_EI": 0 * nS, "w_IE": 0 * nS}, 60),
    "hh_grid_written_n5": (5, {"stimulus": "event", "inhibition": "written"}, 42),
    "hh_grid_written_n10": (10, {"stimulus": "event", "inhibition": "written"}, 42),
    "hh_grid_gaba_n5": (5, {"stimulus": "events"}, 200),
}

#: Solver, dt in ms, and the solver of NEURON that it is compared with.
SOLVERS = (
    ("neuron", 0.025, "dt025"),
    ("neuron", 0.005, "dt005"),
    ("rk4", 0.025, "cvode"),
    ("rk4", 0.005, "cvode"),
    ("exponential_euler", 0.025, "cvode"),
)


def rows(backend: str) -> list:
    """A row for every case, solver and time step."""
    return [measure(case, *solver, backend) for case in CASES for solver in SOLVERS]


@functools.cache
def measure(case: str, solver: str, dt: float, truth: str, backend: str) -> dict:
    """Run a case and compare it with NEURON's solver `truth`: times in ms, voltages in mV.

    "differing spikes": those of either side that the other one does not have; against a fixed step of the same dt in the same
    step, against cvode at any time. The time error is that of the k-th spike of each cell; the voltage error is that of soma and
    dendrite of the recorded cells at all times, None where there are no traces.
    """
    n, fields, duration = CASES[case]
    known = reference(case)
    if "ev_t" in known:
        fields = {**fields, "event_t": known["ev_t"] * ms, "event_i": known["ev_i"]}
    model = HHGrid(n=n, solver=solver, dt=dt * ms, **fields)
    result = simulate(model, duration * ms, _record, backend=backend)
    # Brian2 labels a spike with the start of its step, NEURON with the end.
    found = _numbered(np.asarray(result["spikes.t"] / ms) + dt, result["spikes.i"])
    expected = _numbered(known[f"{truth}_t"], known[f"{truth}_i"])
    both = found.keys() & expected.keys()
    wrong = 0 if truth == "cvode" else sum(abs(found[key] - expected[key]) > dt / 2 for key in both)
    errors = []
    for position, cell in enumerate(result["trace.record"]):
        name = f"E{cell}" if cell < n * n else f"I{cell - n * n}"
        for variable, trace in (("v", f"{truth}_vs_{name}"), ("v_d", f"{truth}_vd_{name}")):
            if trace in known:
                mine = np.asarray(result[f"trace.{variable}"][position] / mV)
                length = min(len(mine), len(known[trace]))
                errors.append(np.abs(mine[:length] - known[trace][:length]).max())
    return {
        "case": case,
        "solver": solver,
        "dt (ms)": dt,
        "backend": backend,
        "compared with": truth,
        "spikes": len(found),
        "differing spikes": len(found.keys() ^ expected.keys()) + wrong,
        "largest time error (ms)": max(abs(found[key] - expected[key]) for key in both),
        "largest voltage error (mV)": max(errors, default=None),
    }


def _numbered(t, i):
    """(cell, number of the spike of this cell) -> time."""
    found, count = {}, {}
    for time, cell in sorted(zip(t.tolist(), i.tolist(), strict=True)):
        count[cell] = count.get(cell, 0) + 1
        found[cell, count[cell]] = time
    return found


def _record(network):
    cells = network["cells"]
    n = len(cells) // 2
    traced = sorted({0, min(1, n - 1), n, n + min(1, n - 1)})
    return [
        SpikeMonitor(cells, name="spikes"),
        StateMonitor(cells, ["v", "v_d"], record=traced, dt=0.025 * ms, name="trace"),
    ]


@functools.cache
def reference(name: str) -> dict:
    """The arrays of a case: spikes `SOLVER_t` and `SOLVER_i`, traces `SOLVER_vs_CELL` and `SOLVER_vd_CELL`, events."""
    with np.load(REFERENCE / f"{name}.npz", allow_pickle=False) as file:
        found = {key: file[key] for key in file.files}
    if name == "hh_single":  # E and I were simulated apart from each other
        spikes = json.loads((REFERENCE / "hh_fi.json").read_text())["single"]
        for solver in ("cvode", "dt025", "dt005"):
            times = [spikes[f"{cell}_{solver}_notab_spikes"] for cell in "EI"]
            found[f"{solver}_t"] = np.concatenate(times)
            found[f"{solver}_i"] = np.repeat([0, 1], [len(t) for t in times])
            found |= {f"{solver}_{v}_{c}0": found[f"{c}_{solver}_notab_{v}"] for c in "EI" for v in ("vs", "vd")}
    return found


if __name__ == "__main__":
    for row in rows("cpp"):
        print(*row.values())
