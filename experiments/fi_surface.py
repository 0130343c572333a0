"""The f-I surface of the Hodgkin-Huxley axon: a sweep over the injected current and the temperature.

Warm axons have fast gates: the current that makes them fire grows, the rates grow, and above some temperature no step
of current gives more than single spikes. The folder is that of a sweep: what is there is not run again. A current can be
another one for every cell of a group, so that `fi_curve` needs one run for a whole line of this surface; the temperature is
shared by all cells, which makes it an option to sweep.
"""

from pathlib import Path

from brian2 import second

from zoo import cli, plots, sweep, sweep_plots

LABELS = {"amplitude": "I (µA/cm²)", "T": "temperature (°C)"}


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
    plots.save({"fi_surface": plot(found)}, out)


def plot(found):
    """The rate in colours, against the current and the temperature; a line where one of them is a single value."""
    (figure,) = sweep_plots.figures(found).values()
    axes, *bar = figure.axes
    if bar:
        bar[0].set_ylabel("rate (Hz)")
        axes.set(xlabel=LABELS[axes.get_xlabel().split()[0]], ylabel=LABELS[axes.get_ylabel().split()[0]])
        scaled = axes.xaxis if "I" in axes.get_xlabel() else axes.yaxis
        scaled.set_major_formatter(lambda value, _: f"{100 * value:g}")  # 1 A/m^2 is 100 uA/cm^2
    return figure


if __name__ == "__main__":
    cli(main)
