"""How an image becomes input: the image, its features, and the spikes of the inputs.

Four codes side by side: Poisson spikes of the pixels; one spike per pixel, whose time codes its brightness; Poisson spikes
of on and off centres (a difference of Gaussians); and of Gabor filters of four orientations. All Poisson codes are scaled
to the same L2 norm, unless `--intensity` selects another one.

Chapter: learning
"""

from pathlib import Path

import matplotlib
import numpy as np
from brian2 import Hz, Network, NeuronGroup, SpikeMonitor, ms, second
from matplotlib.figure import Figure

from zoo import Model, ZooError, cli, datasets, encoding, plots, simulate

#: Feature -> its name in the figure
NAMES = {"pixels": "pixels", "dog": "on and off centres", "gabor": "Gabor filters"}
LATENCY = "pixels, latency"
#: Code -> inputs
CODES = {"pixels, Poisson": 784, LATENCY: 784, "on and off centres, Poisson": 1568, "Gabor filters, Poisson": 784}
STARTS = np.concatenate([[0], np.cumsum(list(CODES.values()))])


class Inputs(Model):
    dt: second = 0.5 * ms  # time step
    n: int = int(STARTS[-1])  # inputs of all codes

    inputs: str = """
    rate  : Hz (constant)
    onset : second (constant)
    """

    def build(self):
        inputs = NeuronGroup(
            self.n,
            self.inputs,
            threshold="rand() < rate*dt or abs(t - onset) < dt/2",
            namespace=self.namespace,
            name="inputs",
        )
        return Network(inputs)


def record(network):
    return [SpikeMonitor(network["inputs"], name="spikes")]


def main(
    dataset: str = "digits",  # of the image: see zoo data list
    data_dir: Path = None,  # folder with its files; without dataset a folder or an .npz file of your images
    image: int = 0,  # index of the training image
    intensity: str = "L2",  # norm that is equal for all images: none, L1 or L2
    white=190 * Hz,  # rate of a white pixel
    duration=350 * ms,  # duration of the image
    backend="cpp",
    seed=0,
):
    """Show one training image of a data set for `duration` in four codes; `intensity` is none, L1 or L2."""
    if intensity not in encoding.INTENSITIES:
        raise ZooError(f"intensity is {intensity!r}; it must be none, L1 or L2.")
    data = datasets.load(datasets.named(dataset, data_dir), "train", data_dir=data_dir)
    if not 0 <= image < len(data):
        raise ZooError(f"image is {image}; {dataset} has training images 0 to {len(data) - 1}.")
    shown = data.images[image : image + 1]
    model = Inputs()
    scale = encoding.INTENSITIES[intensity]
    rates = {
        f"{name}, Poisson": encoding.rates(encoding.features(shown, key), white, **scale, dt=model.dt)[0]
        for key, name in NAMES.items()
    }
    # A latency is rounded to the nearest time step; -1 s never comes.
    latency = np.asarray(encoding.latencies(shown, window=duration / 2)[0] / model.dt)
    onset = np.where(np.isfinite(latency), np.rint(latency), -1 * second / model.dt) * model.dt
    values = {
        "inputs.rate": _all({code: rate / Hz for code, rate in rates.items()}, 0) * Hz,
        "inputs.onset": _all({LATENCY: onset / second}, -1) * second,
    }
    result = simulate(model, duration, record, backend=backend, seed=seed, values=values)
    counts = {code: int(part.sum()) for code, part in zip(CODES, _parts(result["spikes.count"]), strict=True)}
    print(f"{data.name}, training image {image}: {data.classes[data.labels[image]]}")
    for code, count in counts.items():
        print(f"{code.ljust(27)}  {CODES[code]:4} inputs  {count:5} spikes in {duration}")
    arrays = {**result.arrays, "encoding.image": shown[0]}
    return result.with_only(arrays).with_numbers(**{f"spikes_{code}": count for code, count in counts.items()})


def _all(of_code, otherwise):
    """The values of all inputs, from the values of some codes."""
    return np.concatenate([np.asarray(of_code.get(code, np.full(count, otherwise))) for code, count in CODES.items()])


def _parts(values):
    return np.split(values, STARTS[1:-1])


def plot(result):
    image = np.asarray(result["encoding.image"])
    latency = np.asarray(encoding.latencies(image[None], window=result.duration / 2)[0] / ms).reshape(image.shape)
    pictures = {"image": image, "time of the spike": np.where(np.isfinite(latency), latency, np.nan)}
    pictures |= dict(zip(("on", "off"), encoding.dog(image[None]).reshape(2, *image.shape), strict=True))
    pictures |= dict(zip("|/–\\", encoding.gabor(image[None]).reshape(4, 14, 14), strict=True))
    image, time, on, off, *bars = pictures
    left = [[image, image], [image, image], [time, time], [time, time], [on, off], [on, off], bars[:2], bars[2:]]
    rows = [[*names, code] for names, code in zip(left, np.repeat(list(CODES), 2), strict=True)]
    with matplotlib.rc_context(plots.STYLE):
        figure = Figure(figsize=(11, 10), layout="constrained")
        axes = figure.subplot_mosaic(rows, width_ratios=(1, 1, 6))
    for name, picture in pictures.items():
        shown = axes[name].imshow(picture, cmap="viridis" if name == time else "gray", interpolation="nearest")
        axes[name].set_title(name, fontsize=10)
        if name == time:  # with a frame, as it is white
            axes[name].set(xticks=[], yticks=[])
            axes[name].spines[:].set_visible(True)
            figure.colorbar(shown, ax=axes[name], label="ms", shrink=0.8)
        else:
            axes[name].set_axis_off()
    t, i = np.asarray(result["spikes.t"] / ms), np.asarray(result["spikes.i"])
    for code, low, high in zip(CODES, STARTS[:-1], STARTS[1:], strict=True):
        own = (i >= low) & (i < high)
        raster = axes[code]
        raster.scatter(t[own], i[own] - low, s=1.5, color="0.15", linewidths=0)
        raster.set(ylim=(high - low - 0.5, -0.5), xlim=(-1, float(result.duration / ms)), ylabel="input")
        raster.yaxis.set_label_coords(-0.08, 0.5)  # aligned
        raster.xaxis.set_visible(high == STARTS[-1])
        plots.title(raster, f"{code}: {own.sum()} spikes of {high - low} inputs")
    raster.set_xlabel("time (ms)")
    return {"encodings": figure}


if __name__ == "__main__":
    cli(main)
