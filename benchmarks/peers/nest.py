"""NEST: networks of `izhikevich` and of `hh_cond_exp_traub`."""

import time

import nest
import numpy as np

from benchmarks.peers import inputs

VERSION = f"NEST {nest.__version__}"


def izhikevich(n: int, k: int, duration: float, dt: float, I: float) -> dict:  # noqa: E741
    """Forward Euler (`consistent_integration`), jumps of v after the step: the arithmetic of `networks.IzhikevichJumps`."""
    _kernel(dt)
    drawn = inputs.izhikevich(n, k)
    cells = nest.Create("izhikevich", n, {"I_e": I, "consistent_integration": True})
    cells.V_m, cells.U_m = drawn["v"], drawn["u"]
    _connect(cells, drawn["pre"], drawn["post"], drawn["w"], dt)
    return _run(cells, duration, dt)


def cobahh(duration: float, dt: float) -> dict:
    """The initial conductances arrive with the first step, from one generator."""
    _kernel(dt)
    drawn = inputs.cobahh()
    n = len(drawn["v"])
    cells = nest.Create(
        "hh_cond_exp_traub",
        n,
        {"C_m": 200.0, "g_L": 10.0, "E_L": -60.0, "E_Na": 50.0, "E_K": -90.0, "g_Na": 2e4, "g_K": 6e3, "V_T": -63.0,
         "E_ex": 0.0, "E_in": -80.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0, "t_ref": 3.0,
         "Act_m": 0.0, "Act_n": 0.0, "Inact_h": 0.0},
    )  # fmt: skip
    cells.V_m = drawn["v"]
    for name, w in (("e", 6.0), ("i", -67.0)):
        pre, post = drawn[name]
        _connect(cells, pre, post, np.full(len(pre), w), dt)
    start = nest.Create("spike_generator", params={"spike_times": [dt]})
    for sign, name in ((1, "g_e"), (-1, "g_i")):
        nest.Connect(start, cells, "all_to_all", {"weight": sign * drawn[name][:, None], "delay": dt})
    return _run(cells, duration, dt)


def _kernel(dt):
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.SetKernelStatus({"resolution": dt, "local_num_threads": 1})


def _connect(cells, pre, post, w, delay):
    ids = np.asarray(cells.tolist())
    synapses = {"synapse_model": "static_synapse", "weight": w, "delay": np.full(len(w), delay)}
    nest.Connect(ids[pre], ids[post], "one_to_one", synapses)


def _run(cells, duration, dt):
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    nest.Prepare()
    nest.Run(dt)  # the first step sorts the connections
    start = time.process_time()
    nest.Run(duration - dt)
    seconds = time.process_time() - start
    nest.Cleanup()
    events = recorder.get("events")
    return {"seconds": seconds, "t": events["times"], "i": np.asarray(events["senders"]) - cells[0].global_id}
