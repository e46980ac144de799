"""Prints the statistics of an LFADS-style file that SimulatorTests compares the simulators with.

Run: python3 reference_statistics.py FILE.h5   (training trials only)
"""
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "r") as f:
    counts = f["train_data"][()].astype(np.float64)
    rates = f["train_truth"][()] / f["conversion_factor"][()]
    condition = f["condition_labels_train"][()]
    dt = f["dt"][()]

print("mean rate Hz        %.4f" % (counts.mean() / dt))
print("spread of rates     %.4f" % (rates.std((0, 1)) / rates.mean((0, 1))).mean())
groups = [counts[condition == c] for c in np.unique(condition)]
within = sum(((g - g.mean(0)) ** 2).sum() / (len(g) - 1) for g in groups)
print("trial-to-trial Fano %.4f" % (within / sum(g.mean(0).sum() for g in groups)))
power = (np.abs(np.fft.rfft(rates - rates.mean(1, keepdims=True), axis=1)) ** 2).sum((0, 2))
freq = np.fft.rfftfreq(rates.shape[1], dt)
for low, high in ((0, 2), (2, 5), (5, 10), (10, 1e9)):
    print("power %4g-%4g Hz    %.4f" % (low, high, power[(freq > low) & (freq <= high)].sum() / power.sum()))
