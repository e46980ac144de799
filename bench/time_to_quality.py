"""Seconds of training until the rates are right: the ancestor's model and recipe in PyTorch, then this project, on the same cores.

Driven by `vs_pytorch.sh quality FILE`. Quality is R² of validation rates against the true ones, nothing hidden, mean over units. The ancestor
(patrickmineault/unet-spikes) trains bench/unet_torch.py with Poisson loss, the same fifth of the bins hidden in all trials of a batch, batches of
256 (the last of an epoch is what is left), AMSGrad at a constant 1e-2, for 50 epochs; here it goes on until the threshold or the time limit.
Where the comparison has to lean, it leans to PyTorch: its data lie in memory and its validations take no time; ours count, but for the last.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import namedtuple

import h5py
import numpy as np
import torch

from unet_torch import UNet1D

LAYERS, LATENT, BATCH, HIDDEN, RATE, RECIPE_UPDATES = 3, 32, 256, 0.2, 1e-2, 250
LEVELS = [0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85]

Point = namedtuple("Point", "update seconds r2")  # a validation


def read(path):
    """Training counts, validation counts and true validation rates in spikes per bin, each [trial, unit, bin]."""
    with h5py.File(path) as file:
        train, valid, truth = (np.asarray(file[key]).swapaxes(1, 2) for key in ("train_data", "valid_data", "valid_truth"))
        rates = truth / np.asarray(file["conversion_factor"]).item()
    return torch.tensor(train, dtype=torch.float32), torch.tensor(valid, dtype=torch.float32), rates


def r2_uniform(truth, rates):
    """scikit-learn's r2_score, uniform average, over trials x bins; units whose true rate never varies are left out, as core/RateScores.cs does."""
    residual = ((truth - rates) ** 2).sum(axis=(0, 2))
    total = ((truth - truth.mean(axis=(0, 2), keepdims=True)) ** 2).sum(axis=(0, 2))
    varies = (truth != truth[:1, :, :1]).any(axis=(0, 2))
    return float(np.mean(1 - residual[varies] / total[varies]))


def batches(counts):
    while True:
        yield from counts[torch.randperm(len(counts))].split(BATCH)


def validate(net, valid, truth):
    net.eval()
    with torch.no_grad():
        rates = torch.cat([net(part) for part in valid.split(BATCH)]).exp()
    net.train()
    return r2_uniform(truth, rates.double().numpy())


def train_torch(options):
    """The ancestor's recipe; yields a point every so many updates, until the limit. Only the updates' time is counted."""
    train, valid, truth = read(options.data)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    net = UNet1D(LAYERS, train.shape[1], LATENT)
    torch.nn.init.constant_(net.unembedding.bias, float(train.mean().log()))
    optimizer = torch.optim.Adam(net.parameters(), RATE, amsgrad=True)
    seconds, began = 0.0, time.perf_counter()
    for update, counts in enumerate(batches(train), start=1):
        mask = (torch.rand(1, 1, counts.shape[2]) < HIDDEN).expand_as(counts)
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.poisson_nll_loss(net(counts * ~mask)[mask], counts[mask], log_input=True, full=False)
        if mask.any():  # else there is nothing to learn from, and the loss is not a number
            loss.backward()
            optimizer.step()
        elapsed = seconds + time.perf_counter() - began
        if update % options.interval == 0 or elapsed > options.limit:
            seconds = elapsed
            yield Point(update, seconds, validate(net, valid, truth))
            began = time.perf_counter()
        if elapsed > options.limit:
            return


def until(points, threshold):
    """The curve up to its first point at the threshold."""
    curve = []
    for point in points:
        curve.append(point)
        print(f"PyTorch: update {point.update}, {point.seconds:.1f} s, R2 {point.r2:.4f}", file=sys.stderr)
        if point.r2 >= threshold and point.update >= RECIPE_UPDATES:
            break
    return curve


def train_ours(options):
    """The configuration as a user runs it, to its end; its curve is history.jsonl's."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with tempfile.TemporaryDirectory() as folder:
        command = [os.path.join(root, "unet-spikes"), "train", "--config", options.config, "--data", options.data, "--out", folder]
        subprocess.run(command + ["--seed", str(options.seed), "--threads", str(options.threads)], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "history.jsonl"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
    return [Point(line["step"], line["seconds"], line["r2_uniform"]) for line in lines if "r2_uniform" in line]


def first(curve, level):
    return next((point for point in curve if point.r2 >= level), None)


def cell(point):
    return "–" if point is None else f"{point.seconds:.1f} ({point.update})"


def table(theirs, ours, threshold):
    rows = ["| R² at least | PyTorch s (updates) | ours s (updates) | ratio |", "|---|---|---|---|"]
    for level in sorted({*LEVELS, threshold}):
        a, b = first(theirs, level), first(ours, level)
        if a or b:
            mark = "**" if level == threshold else ""
            rows.append(f"| {mark}{level:.2f}{mark} | {cell(a)} | {cell(b)} | {a.seconds / b.seconds:.1f} |" if a and b
                        else f"| {mark}{level:.2f}{mark} | {cell(a)} | {cell(b)} | |")
    return rows


def verdict(theirs, ours, options):
    """Who reached the threshold when, in words: a limit that was not enough is a bound, no measurement."""
    a, b = first(theirs, options.threshold), first(ours, options.threshold)
    best, end = max(theirs, key=lambda point: point.r2), max(ours, key=lambda point: point.r2)
    recipe = next((point for point in theirs if point.update == RECIPE_UPDATES), None)
    text = [f"PyTorch: {f'R² {recipe.r2:.3f} after the recipe’s {RECIPE_UPDATES} updates ({recipe.seconds:.1f} s), ' if recipe else ''}"
            f"best {best.r2:.3f} after {best.update} ({best.seconds:.1f} s)"
            + ("." if a else f"; it did not reach {options.threshold:.2f} in {theirs[-1].seconds:.0f} s and {theirs[-1].update} updates."),
            f"Ours: best {end.r2:.3f} after {end.update} ({end.seconds:.1f} s)" + ("." if b else f"; it did not reach {options.threshold:.2f}.")]
    if b:
        ratio = (a or theirs[-1]).seconds / b.seconds
        text.append(f"Time to {options.threshold:.2f}: **{'' if a else 'at least '}{ratio:.1f} times** faster.")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="LFADS-style HDF5 with true rates: 'unet-spikes simulate chaotic' makes one")
    parser.add_argument("--config", default="data/config/chaotic.yaml", help="our configuration")
    parser.add_argument("--threshold", type=float, default=0.80, help="R² to reach")
    parser.add_argument("--limit", type=float, default=600, help="seconds of training that PyTorch is given")
    parser.add_argument("--interval", type=int, default=25, help="PyTorch's updates between validations; ours are the configuration's")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--machine", default="", help="a line about the machine and the commit")
    parser.add_argument("--results", help="Markdown file to append to")
    options = parser.parse_args()
    theirs = until(train_torch(options), options.threshold)
    ours = train_ours(options)
    name = f"{os.path.basename(options.data)}, {os.path.basename(options.config)}, seed {options.seed}, {options.threads} threads"
    text = [f"## {options.machine}", "", f"Time to quality, PyTorch {torch.__version__} against this project: {name}.", ""]
    text += table(theirs, ours, options.threshold) + [""] + verdict(theirs, ours, options) + [""]
    print("\n".join(text))
    if options.results:
        with open(options.results, "a", encoding="utf-8") as file:
            file.write("\n".join(["", *text]))


main()
