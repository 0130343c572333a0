"""The f-I surface of the Hodgkin-Huxley axon: a sweep over the injected current and the temperature.

Warm axons have fast gates: the current that makes them fire grows, the rates grow, and above some temperature no step
of current gives more than single spikes. The folder is that of a sweep: what is there is not run again. A current can be
another one for every cell of a group, so that `fi_curve` needs one run for a whole line of this surface; the temperature is
shared by all cells, which makes it an option to sweep.
"""

from pathlib import Path

from brian2 import second

from zoo import cli, plots, sweep, sweep_plots

MEANINGS = {"amplitude": "injected current", "T": "temperature in °C"}


def main(
    current: str = "0:60*uA/cm**2:25",  # an axis, as zoo sweep takes it
    temperature: str = "0:30:13",  # an axis, degrees Celsius
    duration=0.5 * second,
    backend="cpp",
    jobs: int = None,  # processes at a time; all cores
    out: Path = None,
):
    """Run the sweep and draw it."""
    axes, common = {"amplitude": current, "T": temperature}, {"duration": duration, "backend": backend}
    found = sweep("hodgkin_huxley", axes, common=common, out=out / "sweep", jobs=jobs)
    plots.save(plot(found), out)


def plot(found):
    """The rate in colours, against the current and the temperature; a line where one of them is a single value."""
    (figure,) = sweep_plots.figures(found, MEANINGS).values()
    _, *bar = figure.axes
    if bar:
        bar[0].set_ylabel("rate (Hz)")
    return {"fi_surface": figure}


if __name__ == "__main__":
    cli(main)
