"""One simulation by another simulator: python -m benchmarks.peers PEER WORK PARAMETERS FILE

The function WORK of benchmarks/peers/PEER.py runs with PARAMETERS (JSON). The FILE (.npz) gets its return values: CPU
seconds of the simulation, and spikes of the cells i at times t (ms); and the version.
"""

import importlib
import json
import sys

import numpy as np

peer, work, parameters, file = sys.argv[1:]
module = importlib.import_module(f"benchmarks.peers.{peer}")
np.savez(file, version=module.VERSION, **getattr(module, work)(**json.loads(parameters)))
