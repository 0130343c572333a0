"""From images to the input of a network: features of an image, and spikes from features.

Images are bytes (count, rows, columns); 255 is white. Features are numbers in 0..1 (count, inputs): a feature drives an
input like a pixel of this brightness.

    feature            inputs   of an image of 28 x 28 pixels
    pixels             784      the pixels themselves
    dog                1568     on and off centres: a difference of Gaussians, its positive and its negative part
    gabor              784      4 orientations of Gabor filters, the largest response in every 2 x 2 pixels
    upright            784      the pixels of the image, sheared until its slant is gone
    upright_gabor      784      Gabor filters of this image

A filter's positive weights sum to 1 and its negative weights to -1: its response to the image that fits it best is 1, and
to a uniform image 0.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from brian2 import Hz, ms, second
from numpy.typing import NDArray

from zoo.core import quantities
from zoo.core.errors import ZooError, unknown
from zoo.core.quantities import QuantityLike

#: The arguments with which `rates` gives all images the same total intensity; the norms are the means of MNIST.
INTENSITIES: dict[str, dict[str, Any]] = {
    "none": {"norm": None},
    "L1": {"norm": 102.4, "order": 1},
    "L2": {"norm": 9.26, "order": 2},
}


def rates(
    images: NDArray[Any],
    white: QuantityLike = 190 * Hz,
    norm: float | None = 9.26,
    order: int = 2,
    dt: QuantityLike | None = None,
) -> QuantityLike:
    """Poisson rates (count, inputs) in Hz of `images` (count, rows, columns), bytes, or of features (count, inputs).

    A white pixel, or a feature of 1, has the rate `white` (a rate). With `norm` every image is scaled to this norm (in units of
    white), so that thin and bold digits drive the network equally: its L2 norm, or with `order` 1 its sum, the L1 norm.
    A black image stays as it is. `INTENSITIES` has the choices by name. Raises ZooError for a negative rate and, with the
    time step `dt` (a time), for rates above 1/dt.
    """
    values = pixels(images)
    if not white >= 0 * Hz:
        raise ZooError(f"white is {white}; a rate cannot be negative.")
    found = values * scales(values, norm, order)[:, None] * white
    if dt is not None:
        check_rates(found, dt, f"an input (white {quantities.format(white)}, scaled by the intensity of its image)")
    return found


def scales(values: NDArray[Any], norm: float | None, order: int = 2) -> NDArray[Any]:
    """The factors (count,) that give every image of `values` (count, inputs) this norm; 1 without a norm and for 0.

    Raises ZooError for a norm that is not positive, and an order other than 1 and 2.
    """
    if norm is None:
        return np.ones(len(values))
    if not norm > 0 or order not in (1, 2):
        raise ZooError(f"images are scaled to a positive norm of order 1 or 2, not to {norm} of order {order}.")
    length = np.linalg.norm(values, ord=order, axis=1)
    return np.divide(norm, length, out=np.ones(len(values)), where=length > 0)


def check_rates(rates: QuantityLike, dt: QuantityLike, what: str) -> None:
    """Raise ZooError where `rates` (a rate, any shape) are above 1/dt for the time step `dt` (a time).

    A spike source has at most one spike per time step: it would spike at 1/dt. `what` names the source.
    """
    most = np.max(np.asarray(rates), initial=0.0) * Hz
    if most * dt > 1 + 1e-9:
        raise ZooError(
            f"the rate of {what} is up to {_rounded(most)}, and dt = {quantities.format(dt)} allows at most {_rounded(1 / dt)}; "
            "choose a lower rate or a shorter dt."
        )


def _rounded(rate):
    return quantities.format(float(f"{float(rate):.4g}") * Hz)


def latencies(images: NDArray[Any], window: QuantityLike = 100 * ms, least: float = 0.0) -> QuantityLike:
    """Times (count, inputs) to the first spike of `images` (count, rows, columns), or of features (count, inputs).

    The brighter, the earlier: t = window (1 - value), with `window` (a time).
    White spikes at 0. A value at or below `least` never spikes: its time is infinite. Features above 1 count as 1.
    """
    values = np.minimum(pixels(images), 1)
    return np.where(values > least, 1 - values, np.inf) * window


def spike_train(times: QuantityLike, presentation: QuantityLike) -> tuple[NDArray[Any], QuantityLike]:
    """Indices (spikes,) and times (spikes,), sorted by time, for a SpikeGeneratorGroup that shows one image after the other.

    `times` (a time, (count, inputs)) are those of `latencies`, `presentation` (a time) is the duration of an image. Raises
    ZooError when an image has later spikes.
    """
    seconds = np.asarray(times)
    image, index = np.nonzero(np.isfinite(seconds))
    own = seconds[image, index]
    if len(own) and own.max() >= float(presentation):
        raise ZooError(f"an image is shown for {presentation}, and has a spike after {own.max() * second}.")
    found = image * float(presentation) + own
    order = np.argsort(found, kind="stable")
    return index[order], found[order] * second


def features(images: NDArray[Any], name: str = "pixels") -> NDArray[Any]:
    """Features (count, inputs), 0..1, of `images` (count, rows, columns) by `name`, one of FEATURES.

    Raises ZooError for another name.
    """
    if name not in FEATURES:
        raise unknown("feature", name, FEATURES)
    return FEATURES[name](images)


def pixels(images: NDArray[Any]) -> NDArray[Any]:
    """`images` (count, rows, columns) of bytes as numbers in 0..1, (count, rows*columns); numbers stay as they are."""
    flat = np.reshape(images, (len(images), -1))
    return flat / 255 if flat.dtype == np.uint8 else flat


def upright(images: NDArray[Any]) -> NDArray[Any]:
    """`images` (count, rows, columns) of bytes, sheared until rows and columns of the ink are uncorrelated, as bytes.

    Each row moves sideways in proportion to its distance from the centre of mass, which stays where it is: slanted digits
    become upright. After Y. LeCun et al. (1998), Proc. IEEE 86:2278-2324, whose nearest-neighbour classifier errs for 2.4
    instead of 5.0 % of such digits. Between pixels brightness is interpolated; beyond the border it is 0.
    """
    parts = np.array_split(np.asarray(images), -(-len(images) // 1000) or 1)  # a thousand images take 50 MB
    return np.concatenate([_sheared(part) for part in parts])


def _sheared(images):
    count, rows, columns = images.shape
    values = images.astype(np.float32)
    y, x = np.arange(rows, dtype=np.float32), np.arange(columns, dtype=np.float32)
    ink = np.maximum(values.sum(axis=(1, 2)), 1)
    y = y - (values.sum(axis=2) @ y / ink)[:, None]
    x_centre = values.sum(axis=1) @ x / ink
    covariance = ((values @ x - values.sum(axis=2) * x_centre[:, None]) * y).sum(axis=1)
    variance = (values.sum(axis=2) * y**2).sum(axis=1)
    slant = np.divide(covariance, variance, out=np.zeros(count, dtype=np.float32), where=variance > 0)
    source = x + (slant[:, None] * y)[:, :, None]
    left = np.floor(source)
    rest, left = source - left, left.astype(np.intp) + 1
    # A black column at either side, which is also what lies beyond.
    framed = np.pad(values, ((0, 0), (0, 0), (1, 2)))
    left = np.clip(left, 0, columns + 1)
    answer = (1 - rest) * np.take_along_axis(framed, left, axis=2) + rest * np.take_along_axis(framed, left + 1, axis=2)
    return np.rint(answer).astype(np.uint8)


def as_bytes(values: NDArray[Any]) -> NDArray[Any]:
    """Features in 0..1, `values` (any shape), as bytes, rounded: a compiled program takes them instead of pixels."""
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)


def dog(images: NDArray[Any], centre: float = 1.0, surround: float = 2.0) -> NDArray[Any]:
    """On and off cells of the retina: the difference of two Gaussians of the widths `centre` and `surround` (pixels).

    `images` (count, rows, columns) give (count, 2*rows*columns): the positive parts (on) and then the negative ones (off). After
    R. W. Rodieck (1965), Vision Research 5:583-601. Beyond its border an image repeats the border pixels.
    """
    size = 2 * int(np.ceil(4 * surround)) + 1
    impulse = np.zeros((1, size, size))
    impulse[0, size // 2, size // 2] = 1
    weights = _difference(impulse, centre, surround)
    answer = _difference(_brightness(images), centre, surround) / np.maximum(weights, 0).sum()
    return np.concatenate([pixels(np.maximum(answer, 0)), pixels(np.maximum(-answer, 0))], axis=1)


def gabor(images: NDArray[Any], wavelength: float = 6.0, orientations: int = 4) -> NDArray[Any]:
    """Edges and bars: |responses| of even Gabor filters of the `wavelength` (pixels), the largest in every 2 x 2 pixels.

    `images` (count, rows, columns) give (count, orientations*rows*columns/4), one orientation after the other (`gabor_filters`).
    After J. G. Daugman (1985), J. Opt. Soc. Am. A 2:1160-1169, and the complex cells of T. Serre et al. (2007), IEEE
    TPAMI 29:411-426. Beyond its border an image repeats the border pixels.
    """
    from scipy import ndimage  # takes a tenth of a second to import, which no other encoding needs

    values = _brightness(images)
    answers = [
        np.abs(ndimage.correlate(values, weights[None], mode="nearest"))
        for weights in gabor_filters(wavelength, orientations)
    ]
    return np.concatenate([pixels(_pooled(answer)) for answer in answers], axis=1)


def gabor_filters(wavelength: float = 6.0, orientations: int = 4) -> NDArray[Any]:
    r"""exp(-r^2/(2 sigma^2)) (cos(2 pi u/wavelength) - c), u = x cos(a) + y sin(a), a = k pi/orientations.

    sigma is a third of the wavelength; c removes the mean. (orientations, size, size), x to the right and y down: of four
    filters the first responds to vertical bars, the second to bars like /, the others to - and to \.
    """
    sigma = wavelength / 3
    radius = int(np.ceil(2.5 * sigma))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    envelope = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    filters = []
    for angle in np.arange(orientations) * np.pi / orientations:
        wave = envelope * np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / wavelength)
        weights = wave - envelope * (wave.sum() / envelope.sum())
        filters.append(weights / np.maximum(weights, 0).sum())
    return np.array(filters, dtype=np.float32)


#: Name -> function of images
FEATURES: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "pixels": pixels,
    "dog": dog,
    "gabor": gabor,
    "upright": lambda images: pixels(upright(images)),
    "upright_gabor": lambda images: gabor(upright(images)),
}


def _brightness(images):
    return np.asarray(images, dtype=np.float32) / np.float32(255)


def _difference(values, centre, surround):
    from scipy import ndimage

    narrow, wide = (ndimage.gaussian_filter(values, (0, width, width), mode="nearest") for width in (centre, surround))
    return narrow - wide


def _pooled(answer):
    """The largest value in every 2 x 2 pixels."""
    count, rows, columns = answer.shape
    return answer.reshape(count, rows // 2, 2, columns // 2, 2).max(axis=(2, 4))
