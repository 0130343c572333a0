"""BindsNET: the network after Diehl and Cook (2015) that comes with it."""

import time
import warnings
from importlib import metadata

import numpy as np
import torch
from bindsnet.encoding import poisson
from bindsnet.models import DiehlAndCook2015
from bindsnet.network.monitors import Monitor

from benchmarks.peers import inputs

VERSION = f"BindsNET {metadata.version('bindsnet')}, torch {torch.__version__}"


def mnist(images: int, cells: int, presentation: float, white: float) -> dict:
    """Seconds include drawing the inputs, which other simulators do during the simulation."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(inputs.SEED)
    network = DiehlAndCook2015(n_inpt=784, n_neurons=cells, dt=1.0)
    monitor = Monitor(network.layers["Ae"], ["s"], time=int(presentation))
    network.add_monitor(monitor, "spikes")
    rates = [torch.from_numpy(image.reshape(-1).astype(np.float32)) * (white / 255) for image in inputs.images(images)]
    counts = []
    start = time.process_time()
    for rate in rates:
        network.run({"X": poisson(rate, int(presentation), dt=1.0)}, time=int(presentation))
        counts.append(monitor.get("s").reshape(int(presentation), -1).numpy().nonzero())
        network.reset_state_variables()
    seconds = time.process_time() - start
    t = np.concatenate([step + 1 + k * presentation for k, (step, _) in enumerate(counts)])
    return {"seconds": seconds, "t": t, "i": np.concatenate([cell for _, cell in counts])}
