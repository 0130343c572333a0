"""The four states of Brunel's network: raster and global activity, as in figure 8 of Brunel (2000).

    zoo run brunel_2000 --point B
    zoo run brunel_2000 --g 4.5 --eta 0.9 --duration 1*second

Chapter: networks
"""

from brian2 import Hz, ms

from zoo import ZooError, cli, replace, simulate, statistics
from zoo.core.errors import unknown
from zoo.experiments import _networks, _reference
from zoo.experiments._networks import record
from zoo.models.brunel_2000 import Brunel2000, presets


def main(
    model=Brunel2000(),
    point: str = "",  # A, B, C or D of figure 8, which sets g and eta
    duration=300 * ms,
    backend="cpp",
    seed=0,
):
    """Run the network; rates and irregularity are those of the second half."""
    if point:
        if point not in presets:
            raise unknown("point", point, presets)
        if (model.g, model.eta) != (Brunel2000.g, Brunel2000.eta):
            raise ZooError("--point sets g and eta; give either the point or these.")
        model = replace(model, **presets[point])
    result = simulate(model, duration, record, backend=backend, seed=seed)
    return _networks.with_rates(result, duration / 2)


def plot(result):
    model = result.model
    title = f"g = {model.g:g}, $\\eta$ = {model.eta:g}: {_networks.rates_title(result)}"
    return {"raster": _networks.plot(result, title)}


def measure(point, start, duration, band, seed=1):
    """Rates (Hz) and CV of both populations after `start`, and the rhythm (Hz) of E in the `band`; times in ms."""
    result = simulate(Brunel2000(**presets[point]), (start + duration) * ms, record, seed=seed)
    cells = _networks.populations(result, start * ms)["E"]
    low, high = band
    return _networks.measured(result, start * ms) | {"rhythm": statistics.peak(cells, low * Hz, high * Hz)[0]}


def _claims():
    reference = _reference.load("brunel2000_own")["points"]
    for point, band in (("B", (100, 400)), ("C", None), ("D", (10, 100))):
        row = reference[point]
        protocol = {"point": point, "start": row["warm_ms"], "duration": row["record_ms"], "band": band or (100, 400)}
        rhythm = {f"peak_{band[0]}_{band[1]}_Hz": "Hz"} if band else {}
        yield from _reference.of_seeds(
            row["seeds"],
            {"rate_E": "Hz", "rate_I": "Hz", "cv_E": "", **rhythm},
            source="C++ program, five networks; NEST 3.10 agrees",
            names={name: "rhythm" for name in rhythm},
            protocol=protocol,
            long=True,
        )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
