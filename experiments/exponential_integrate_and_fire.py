"""The neuron of Fourcaud-Trocmé et al. (2003): its rates against the current beside those of the Wang-Buzsáki neuron.

    zoo run exponential_integrate_and_fire
    zoo verify exponential_integrate_and_fire

Chapter: single neurons
"""

import numpy as np
from brian2 import ms

from zoo import Claim, cli, simulate
from zoo.experiments import _currents, _reference
from zoo.models.exponential_integrate_and_fire import ExponentialIntegrateAndFire

record = _currents.record
REFERENCE = _reference.load("exponential_integrate_and_fire")
MODELLED = _reference.load("single_cells")["wang_buzsaki1996"]["hz"]
#: µA/cm², closer together near the onset of firing
CURRENTS = np.round(10 * np.linspace(0, 1, 41) ** 2, 4)
DRAWN = (9, 13, 28)  # the cells whose potential is drawn


def main(model=ExponentialIntegrateAndFire(), duration=1500 * ms, backend="cpp", seed=0):
    """Run one cell for each of 41 currents up to 10 µA/cm²; the model's own amplitude and n have no effect."""
    return _currents.run(model, CURRENTS, DRAWN, duration, backend, seed)


def plot(result):
    figure = _currents.figure(result, CURRENTS, DRAWN, REFERENCE["hz"], peak=0)
    axes = figure.axes[-1]
    known = {float(current): hz for current, hz in MODELLED.items()}
    axes.plot(list(known), list(known.values()), "x", color="C3", clip_on=False, label="Wang-Buzsáki neuron")
    axes.set_ylim(0, 1.05 * max(MODELLED.values()))
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    return {"rates": figure}


STEP = 0.001  # ms, the time step of the claims


def measure():
    """Rates (Hz) and first spikes (ms) at the currents of the reference."""
    names = list(REFERENCE["hz"])
    model = _currents.at(ExponentialIntegrateAndFire(dt=STEP * ms), [float(name) for name in names])
    trains = _currents.trains(simulate(model, 1200 * ms, _currents.record_spikes), model.dt)
    return _currents.measured(trains, names, first=1)


def _claims():
    for current, hz in REFERENCE["hz"].items():
        first = REFERENCE["first_spike_ms"][current]
        yield Claim(
            quantity=f"rate at {current} µA/cm²", unit="Hz", expected=hz, tolerance=max(hz**2 * 2 * STEP / 1000, 0.001),
            reason="with 1 µs steps each interval is at most two steps longer", source=REFERENCE["simulator"],
        )  # fmt: skip
        if first is not None:
            yield Claim(
                quantity=f"spikes at {current} µA/cm²", unit="ms", expected=(first,), tolerance=2 * STEP,
                reason="with 1 µs steps a spike comes at most two steps late", source=REFERENCE["simulator"],
            )  # fmt: skip


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
