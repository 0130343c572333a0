"""Makes diehl_cook2015.json.   usage: diehl_cook2015.py OUT.json PROGRAM DIGITS.npz IMAGES SEEDS

PROGRAM is diehl_cook2015.cpp, compiled with g++ -O3 -march=native -ffast-math; DIGITS.npz are the digits of the zoo, in zoo/images/data,
of which the first IMAGES train.
"""

import json
import subprocess
import sys
import tempfile

import numpy as np

out, program, digits, images, seeds = sys.argv[1:]
names = ("spikes_per_image", "theta_mean", "theta_sd", "squared_weights")
result = dict(model="Diehl & Cook 2015, 100 cells", simulator="diehl_cook2015.cpp, dt .5 ms", images=int(images), rules={})
with tempfile.NamedTemporaryFile() as file:
    file.write(np.load(digits)["train_images"][: int(images)].tobytes())
    file.flush()
    for number, rule in enumerate(("power", "triplet")):
        runs = result["rules"][rule] = {}
        for seed in range(1, int(seeds) + 1):
            line = subprocess.run([program, file.name, images, str(number), str(seed)], capture_output=True, text=True, check=True).stdout
            runs[str(seed)] = dict(zip(names, map(float, line.split()), strict=True))
with open(out, "w") as file:
    json.dump(result, file, separators=(",", ":"))
