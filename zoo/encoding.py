"""From images to the input of a network."""

import numpy as np
from brian2 import Hz, Quantity


def rates(images: np.ndarray, white: Quantity = 190 * Hz, norm: float | None = 9.26) -> Quantity:
    """Pixel values as Poisson rates: images (count, rows, columns) of bytes -> rates (count, rows*columns).

    A white pixel has the rate `white`. With `norm` every image is scaled to this L2 norm (in units of white), so that
    thin and bold digits drive the network alike; 9.26 is the mean norm of MNIST. An image without a light pixel stays.
    """
    values = images.reshape(len(images), -1) / 255
    if norm is not None:
        length = np.linalg.norm(values, axis=1, keepdims=True)
        values = values * np.divide(norm, length, out=np.ones_like(length), where=length > 0)
    return values * white
