#!/usr/bin/env python3
"""Held-out rates of mc_maze_20_val.h5 by Gaussian smoothing and ridge regression, as nlb_tools' tests/test_nlb.py does it; written anew in numpy.

    make_smoothing.py            writes smoothing.json beside itself
"""
import json
import pathlib

import h5py
import numpy as np

HERE = pathlib.Path(__file__).parent
SIGMA, ALPHA, OFFSET = 2, 10.0, 1e-4        # bins; penalty, of the intercept too; spikes per bin


def smooth(counts):
    length = 6 * SIGMA
    window = np.exp(-0.5 * ((np.arange(length) - (length - 1) / 2) / SIGMA) ** 2)
    window /= window.sum()
    return np.apply_along_axis(lambda x: np.convolve(x, window, "same"), 1, counts)


def features(counts):
    rows = np.log(smooth(counts) + OFFSET).reshape(-1, counts.shape[2])
    return np.hstack([rows, np.ones((len(rows), 1))])


def bits_per_spike(rates, counts):
    nll = lambda r: (r - counts * np.log(r)).sum()
    return (nll(np.broadcast_to(counts.mean((0, 1)), counts.shape)) - nll(rates)) / counts.sum() / np.log(2)


with h5py.File(HERE / "mc_maze_20_val.h5") as file:
    train, target, test = (file[f"{key}"][()].astype(float) for key in ("train_spikes_heldin", "train_spikes_heldout", "eval_spikes_heldin"))
    truth = file["mc_maze_20/eval_spikes_heldout"][()].astype(float)
x = features(train)
y = smooth(target).reshape(-1, target.shape[2])
weights = np.linalg.solve(x.T @ x + ALPHA * np.eye(x.shape[1]), x.T @ y)
rates = np.clip(features(test) @ weights, 1e-9, None).reshape(truth.shape)
(HERE / "smoothing.json").write_text(json.dumps({
    "sigma_bins": SIGMA, "alpha": ALPHA, "co_bps": bits_per_spike(rates, truth),
    "rates_of_trial_0": rates[0].round(9).tolist(), "smoothed_of_trial_0": smooth(test)[0].round(9).tolist(),
}) + "\n")
print(bits_per_spike(rates, truth))
