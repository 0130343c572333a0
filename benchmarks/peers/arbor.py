"""Arbor: the grid of ball-and-stick cells with the mechanisms of its default catalogue, two control volumes per cell."""

import time

import arbor
import numpy as np
from arbor import units as U

from benchmarks.peers import inputs

VERSION = f"Arbor {arbor.__version__}"


class Grid(arbor.recipe):
    def __init__(self, n, events):
        arbor.recipe.__init__(self)
        self.n = n
        self.properties = arbor.neuron_cable_properties()
        self.events = [[] for _ in range(n**2)]
        for t, i in zip(*events, strict=True):
            self.events[i].append(t)

    def num_cells(self):
        return 2 * self.n**2

    def cell_kind(self, gid):
        return arbor.cell_kind.cable

    def global_properties(self, kind):
        return self.properties

    def cell_description(self, gid):
        excitatory = gid < self.n**2
        tree = arbor.segment_tree()
        soma, length = 12.6157, 200
        prox, middle, dist = ((x, 0, 0) for x in (-soma, 0, length))
        root = tree.append(arbor.mnpos, (*prox, soma / 2), (*middle, soma / 2), tag=1)
        tree.append(root, (*middle, 0.5), (*dist, 0.5), tag=3)
        at = soma / (soma + length)
        in_soma, on_dendrite = (f"(location 0 {x})" for x in (at / 2, (1 + at) / 2))
        decor = arbor.decor()
        decor.set_property(Vm=-65 * U.mV, cm=0.01 * U.F / U.m2, rL=100 * U.Ohm * U.cm, tempK=279.45 * U.Kelvin)
        decor.set_ion("na", rev_pot=50 * U.mV)
        decor.set_ion("k", rev_pot=-77 * U.mV)
        decor.paint("(tag 1)", arbor.density("hh", {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}))
        decor.paint("(tag 3)", arbor.density(f"pas/e={-65 if excitatory else -60}", {"g": 0.001}))
        decor.place(in_soma, arbor.threshold_detector(10 * U.mV), "detector")
        decor.place(on_dendrite, arbor.synapse("expsyn", {"tau": 2, "e": 0}), "excitation")
        if excitatory:
            decor.place(on_dendrite, arbor.synapse("expsyn", {"tau": 2, "e": -80}), "inhibition")
        return arbor.cable_cell(tree, decor, discretization=arbor.cv_policy_explicit(f"(location 0 {at})"))

    def connections_on(self, gid):
        squares, delay = self.n**2, inputs.GRID_DELAY * U.ms
        if gid >= squares:
            return [arbor.connection((gid - squares, "detector"), "excitation", 0.01, delay)]
        return [
            arbor.connection((squares + i, "detector"), "inhibition", 0.01, delay) for i in range(squares) if i != gid
        ]

    def event_generators(self, gid):
        if gid >= self.n**2:
            return []
        schedule = arbor.explicit_schedule([t * U.ms for t in self.events[gid]])
        return [arbor.event_generator("excitation", 0.04, schedule)]


def grid(n: int, duration: float, dt: float, rate: float, grouped: bool) -> dict:
    """`grouped`: all cells in one cell group; otherwise Arbor's default, a group for every cell."""
    recipe = Grid(n, inputs.grid_events(n, duration, rate, dt))
    context = arbor.context(threads=1)
    hint = arbor.partition_hint(cpu_group_size=2 * n**2 if grouped else 1)
    hints = {arbor.cell_kind.cable: hint}
    simulation = arbor.simulation(recipe, context, arbor.partition_load_balance(recipe, context, hints))
    simulation.record(arbor.spike_recording.all)
    start = time.process_time()
    simulation.run(duration * U.ms, dt * U.ms)
    seconds = time.process_time() - start
    spikes = simulation.spikes()
    return {"seconds": seconds, "t": spikes["time"], "i": spikes["source"]["gid"].astype(np.int64)}
