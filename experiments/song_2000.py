"""Competition of synapses: the distribution of their conductances after learning, and the rate of the output.

The figures are those of Song, Miller and Abbott (2000), figure 2. `zoo sweep song_2000 --rate 10*Hz,20*Hz,40*Hz` gives the
output against the rate of the inputs.

    zoo run song_2000
    zoo run song_2000 --rate 30*Hz

Chapter: plasticity
"""

import numpy as np
from brian2 import Hz, SpikeMonitor, StateMonitor, second

from zoo import cli, plots, simulate, statistics
from zoo.experiments import _reference
from zoo.models.song_2000 import Song2000

BIN = 10 * second  # of the output rate


def record(network):
    return [
        SpikeMonitor(network["neuron"], name="spikes"),
        StateMonitor(network["synapses"], "g_a", record=True, dt=1 * second, name="weights"),
    ]


def main(model=Song2000(), duration=200 * second, backend="cpp", seed=0):
    """Run the neuron, and print how many synapses are weak and strong, and the rate of the second half."""
    result = simulate(model, duration, record, backend=backend, seed=seed)
    weak, strong, mean = distribution(result)
    output = statistics.rate(statistics.spikes(result, "spikes", start=duration / 2))
    print(
        f"output {output:.1f} Hz; {weak:.0%} of g_a below 0.2 g_max, {strong:.0%} above 0.8 g_max, mean {mean:.3f} g_max"
    )
    return result.with_numbers(output=output, weak=weak, strong=strong, mean=mean)


def relative(result, at=-1):
    """The conductances in the record number `at`, one a second, in units of g_max."""
    return np.asarray(result["weights.g_a"])[:, at] / float(result.model.g_max)


def distribution(result, at=-1):
    """The fractions of conductances below 0.2 and above 0.8 g_max, and their mean in units of g_max."""
    found = relative(result, at)
    return float((found < 0.2).mean()), float((found > 0.8).mean()), float(found.mean())


def plot(result):
    last = relative(result)
    figure, (scatter, histogram, course) = plots.figure(1, 3, width=11, height=3.4)
    scatter.plot(last, ".", markersize=3)
    scatter.set(xlabel="synapse", ylabel="$g_a/g_{max}$", ylim=(-0.02, 1.02), xlim=(0, len(last)))
    edges = np.linspace(0, 1, 21)
    histogram.stairs(statistics.histogram(last, edges), edges, fill=True)
    histogram.set(xlabel="$g_a/g_{max}$", ylabel="fraction of synapses", xlim=(0, 1))
    width = min(BIN, result.duration)
    counts = statistics.counts(statistics.spikes(result, "spikes"), width)
    course.stairs(counts / float(width), np.arange(len(counts) + 1) * float(width), baseline=None)
    course.set(xlabel="time (s)", ylabel=f"output (Hz) in {float(width):g} s", ylim=(0, None))
    course.set_xlim(0, float(result.duration))
    plots.title(scatter, f"inputs of {float(result.model.rate):g} Hz")
    return {"weights": figure}


def measure(rate, at, window, seed=1):
    """The distribution of the conductances at the time `at`, and the output (Hz) in a `window`; in s, `rate` in Hz."""
    end = max(at, window[1]) * second
    result = simulate(Song2000(rate=rate * Hz), end + Song2000.dt, record, seed=seed)  # with a record at the end
    output = statistics.spikes(result, "spikes", start=window[0] * second, end=window[1] * second)
    found = dict(zip(("weak", "strong", "mean"), distribution(result, at), strict=True))
    return found | {"output": statistics.rate(output)}


def _claims():
    for rate, runs in _reference.load("song2000_stdp")["runs"].items():
        for at, window, row in ((10, (0, 10), 0), (190, (150, 200), -1)):
            found = {}
            for seed, run in runs.items():
                _, weak, strong, mean, output = run["every_10_s"][row]
                output = output if at == 10 else run["output_Hz_last_50_s"]
                found[seed] = dict(weak=weak, strong=strong, mean=mean, output=output)
            yield from _reference.of_seeds(
                found,
                {"weak": "", "strong": "", "mean": "", "output": "Hz"},
                source=f"C++ program, {len(runs)} seeds of 200 s",
                protocol={"rate": int(rate), "at": at, "window": window},
                long=at > 10,
            )


CLAIMS = tuple(_claims())

if __name__ == "__main__":
    cli(main)
