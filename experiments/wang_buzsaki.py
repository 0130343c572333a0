"""The interneuron of Wang and Buzsáki (1996): its firing rate against the current, and its spikes.

    zoo run wang_buzsaki
    zoo verify wang_buzsaki

Chapter: single neurons
"""

import numpy as np
from brian2 import ms

from zoo import cli, simulate
from zoo.experiments import _currents, _reference
from zoo.models.wang_buzsaki import WangBuzsaki

record = _currents.record
REFERENCE = _reference.load("single_cells")["wang_buzsaki1996"]
#: µA/cm², closer together near the onset of firing
CURRENTS = np.round(20 * np.linspace(0, 1, 41) ** 2, 4)
DRAWN = (6, 9, 20)  # the cells whose potential is drawn


def main(model=WangBuzsaki(), duration=1500 * ms, backend="cpp", seed=0):
    """Run one cell for each of 41 currents up to 20 µA/cm²; the model's own amplitude and n have no effect."""
    return _currents.run(model, CURRENTS, DRAWN, duration, backend, seed)


def plot(result):
    return {"rates": _currents.figure(result, CURRENTS, DRAWN, REFERENCE["hz"])}


def measure():
    """Rates (Hz) and first spikes (ms) at the currents of the reference."""
    names = list(REFERENCE["hz"])
    model = _currents.at(WangBuzsaki(), [float(name) for name in names])
    trains = _currents.trains(simulate(model, 2500 * ms, _currents.record_spikes), model.dt)
    return _currents.measured(trains, names)


CLAIMS = (
    *_currents.claims_of_rates(REFERENCE["hz"], 0.003, _currents.SPAN),
    *_currents.claims_of_times(REFERENCE["first_spikes_ms"], 0.011, _currents.LATE),
)

if __name__ == "__main__":
    cli(main)
