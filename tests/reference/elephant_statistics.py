"""Writes elephant_statistics.json: statistics of forty spike trains by Elephant 1.2 (pip install elephant "numpy<2.4").

python elephant_statistics.py > elephant_statistics.json
"""

import json

import elephant
import neo
import numpy as np
import quantities as pq
from elephant.conversion import BinnedSpikeTrain
from elephant.spectral import welch_psd
from elephant.spike_train_correlation import correlation_coefficient
from elephant.statistics import cv, cv2, isi, mean_firing_rate

generator = np.random.default_rng(20)
LENGTH, DT = 4.0, 1e-4
trains = []
for number in range(12):
    # Gamma processes from bursting to regular, one cell that hardly fires, some common spikes.
    order = (0.5, 1, 2, 8)[number % 4]
    length = generator.gamma(order, 1 / (order * (0.7 if number == 5 else 15)), 400)
    times = np.concatenate([np.cumsum(length), 0.3 + 0.35 * np.arange(10)])
    steps = np.unique(np.round(times[times < LENGTH - DT] / DT).astype(int))
    trains.append((steps * DT).tolist())

neo_trains = [neo.SpikeTrain(train * pq.s, t_stop=LENGTH * pq.s) for train in map(np.array, trains)]
intervals = [isi(train).rescale("s").magnitude for train in neo_trains]


def of_cells(width):
    return BinnedSpikeTrain(neo_trains, bin_size=width * pq.ms, t_stop=LENGTH * pq.s, tolerance=1e-6)


counts = of_cells(50).to_array()
population = of_cells(1).to_array().sum(axis=0) / len(trains) / 1e-3
signal = neo.AnalogSignal(population[:, None] * pq.Hz, sampling_period=1 * pq.ms)
frequency, power = welch_psd(signal, len_segment=500, overlap=0.5)
correlation = correlation_coefficient(of_cells(20))
print(
    json.dumps(
        {
            "elephant": elephant.__version__,
            "trains_s": trains,
            "mean_firing_rate_hz": [float(mean_firing_rate(train).rescale("Hz")) for train in neo_trains],
            "cv": [float(cv(length)) for length in intervals],
            "cv2_mean": float(np.mean([cv2(length) for length in intervals])),
            "fanofactor_50ms": float(np.mean([counts[k].var() / counts[k].mean() for k in range(len(trains))])),
            "correlations_20ms": correlation[np.triu_indices(len(trains), 1)].tolist(),
            "population_counts_3ms": of_cells(3).to_array().sum(axis=0).tolist()[: int(LENGTH / 3e-3)],
            "psd_hz": frequency.rescale("Hz").magnitude.tolist(),
            "psd": np.asarray(power).ravel().tolist(),
        }
    )
)
