"""Made these folders, in a clone of the last commit before version 0.2.0 (606acc1): python PATH/make.py PATH/results_0.1.0

Short runs of the experiments that draw their results. Figures and checkpoints are left out.
"""

import subprocess
import sys
from pathlib import Path

RUNS = {
    "basal_ganglia": ["--duration", "30*ms", "--backend", "runtime"],
    "hh_grid": ["--n", "2", "--duration", "2*ms", "--backend", "runtime"],
    "hodgkin_huxley": ["--duration", "5*ms", "--backend", "runtime"],
    "izhikevich_nuclei": ["--duration", "20*ms", "--backend", "runtime"],
    "izhikevich_population": ["--n", "20", "--duration", "20*ms", "--backend", "runtime"],
    "lif_mnist_grid": ["--n", "2", "--train", "4", "--test", "4", "--label", "4", "--dt", "0.5*ms"],
    "two_populations": ["--duration", "20*ms"],
}

if __name__ == "__main__":
    for name, options in RUNS.items():
        folder = Path(sys.argv[1]) / name
        subprocess.run([sys.executable, "-m", "zoo", "run", name, *options, "--out", folder], check=True)
        for left_out in [*folder.glob("*.png"), folder / "checkpoint.npz"]:
            left_out.unlink(missing_ok=True)
