"""NEURON and CoreNEURON: the grid of ball-and-stick cells with the mechanisms that come with NEURON."""

import time

import neuron
import numpy as np
from neuron import h

from benchmarks.peers import inputs

VERSION = f"NEURON {neuron.__version__}"


def grid(n: int, duration: float, dt: float, rate: float, table: bool, core: bool = False) -> dict:
    """`table`: rates of the channels from NEURON's table of steps of 1 mV, or exact; CoreNEURON has no tables."""
    h.load_file("stdrun.hoc")
    h.cvode.active(False)
    h.usetable_hh = int(table)
    h.celsius, h.dt, h.steps_per_ms, h.secondorder = 6.3, dt, 1 / dt, 0
    parallel = h.ParallelContext()
    cells = [_cell(-65 if i < n**2 else -60) for i in range(2 * n**2)]
    excitation = [_synapse(cell, 0) for cell in cells]
    inhibition = [_synapse(cell, -80) for cell in cells[: n**2]]
    t, gid = h.Vector(), h.Vector()
    for number, (soma, _) in enumerate(cells):
        source = h.NetCon(soma(0.5)._ref_v, None, sec=soma)
        source.threshold = 10
        parallel.set_gid2node(number, 0)
        parallel.cell(number, source)
        parallel.spike_record(number, t, gid)
    # The input: spikes of virtual cells, sent early enough to arrive in time.
    connections = [_connect(parallel, 3 * n**2 + i, excitation[i], 0.04) for i in range(n**2)]
    connections += [_connect(parallel, i, excitation[n**2 + i], 0.01) for i in range(n**2)]
    connections += [
        _connect(parallel, n**2 + i, inhibition[j], 0.01) for i in range(n**2) for j in range(n**2) if i != j
    ]
    event_t, event_i = inputs.grid_events(n, duration, rate, dt)
    pattern = h.PatternStim()
    pattern.play(h.Vector(event_t - inputs.GRID_DELAY), h.Vector(event_i + 3 * n**2))
    parallel.set_maxstep(inputs.GRID_DELAY)
    if core:
        from neuron import coreneuron

        coreneuron.enable = True
        coreneuron.verbose = 0
    h.finitialize(-65)
    start = time.process_time()
    parallel.psolve(duration)
    seconds = time.process_time() - start
    t, gid = np.array(t), np.array(gid).astype(int)
    own = gid < 2 * n**2
    return {"seconds": seconds, "t": t[own], "i": gid[own]}


def _cell(E_pas):
    soma, dendrite = h.Section(name="soma"), h.Section(name="dendrite")
    soma.L = soma.diam = 12.6157
    dendrite.L, dendrite.diam = 200, 1
    for section in (soma, dendrite):
        section.Ra, section.cm, section.nseg = 100, 1, 1
    soma.insert("hh")
    dendrite.insert("pas")
    dendrite(0.5).pas.g, dendrite(0.5).pas.e = 0.001, E_pas
    dendrite.connect(soma(1))
    return soma, dendrite


def _synapse(cell, E):
    synapse = h.ExpSyn(cell[1](0.5))
    synapse.tau, synapse.e = 2, E
    return synapse


def _connect(parallel, source, synapse, weight):
    connection = parallel.gid_connect(source, synapse)
    connection.delay, connection.weight[0] = inputs.GRID_DELAY, weight
    return connection
