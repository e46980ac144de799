"""Times this project against PyTorch on the same cores, alternating in one run: training steps, then inference.

Driven by vs_pytorch.sh, which builds and installs what is missing. Prints a table and appends it to RESULTS.md.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch

from unet_torch import UNet1D, write_safetensors

SHAPES = [(3, 29, 20, 64, 50), (3, 29, 20, 256, 50), (3, 50, 32, 128, 100), (3, 137, 32, 64, 140)]


def make_case(shape, folder):
    """The same untrained weights and the same batch for both sides."""
    layers, channels, latent, batch, bins = shape
    torch.manual_seed(0)
    net = UNet1D(layers, channels, latent)
    with torch.no_grad():
        net.unembedding.bias.fill_(float(np.log(0.2)))
    counts = torch.poisson(torch.full((batch, channels, bins), 0.2))
    mask = torch.rand(batch, channels, bins) < 0.25
    arrays = {k: v.detach().numpy().copy() for k, v in net.state_dict().items() if "num_batches" not in k}
    weights = mask.float() / mask.sum()
    for name, value in (("input", counts * ~mask), ("weights", weights), ("weighted_counts", weights * counts)):
        arrays["batch." + name] = value.permute(1, 2, 0).contiguous().numpy()
    path = os.path.join(folder, "case.safetensors")
    write_safetensors(path, arrays)
    return net, counts, mask, path


def sizes_of(shape):
    return [str(v) for pair in zip(("--layers", "--channels", "--latent"), shape) for v in pair]


class Torch:
    """PyTorch's training step as its users write it."""

    def __init__(self, net, counts, mask):
        self.net, self.counts, self.mask = net, counts, mask
        self.input = counts * ~mask
        self.optimizer = torch.optim.Adam(net.parameters(), 1e-3, amsgrad=True)

    def block(self, steps):
        times = []
        for _ in range(steps):
            began = time.perf_counter()
            self.optimizer.zero_grad(set_to_none=True)
            z = self.net(self.input)
            loss = torch.nn.functional.poisson_nll_loss(z[self.mask], self.counts[self.mask], log_input=True, full=False)
            loss.backward()
            self.optimizer.step()
            times.append((time.perf_counter() - began) * 1e3)
        return loss.item(), times


class Ours:
    def __init__(self, bench, path, shape, threads):
        command = [bench, "training-step", path, *sizes_of(shape), "--threads", str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def block(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        loss, *times = (float(v) for v in self.process.stdout.readline().split())
        return loss, times

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def alternate(a, b, seconds):
    """Blocks of steps in turn, a warm-up block of each left out; the ratio is taken pair of blocks by pair of blocks."""
    first = (a.block(2), b.block(2))
    if abs(first[0][0] - first[1][0]) > 1e-3:
        sys.exit(f"the two sides do not compute the same: losses {first[0][0]} and {first[1][0]}")
    steps = max(2, min(40, int(400 / max(first[0][1]))))
    a.block(steps), b.block(steps)
    mine, theirs, ratios = [], [], []
    end = time.time() + seconds
    while time.time() < end or len(ratios) < 5:
        (_, x), (_, y) = a.block(steps), b.block(steps)
        mine.append(np.median(y))
        theirs.append(np.median(x))
        ratios.append(theirs[-1] / mine[-1])
    return np.median(theirs), np.median(mine), np.median(ratios), np.min(ratios), np.max(ratios)


def training(bench, seconds):
    rows, logs = [], []
    for shape in SHAPES:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            with tempfile.TemporaryDirectory() as folder:
                net, counts, mask, path = make_case(shape, folder)
                ours = Ours(bench, path, shape, threads)
                theirs, mine, ratio, low, high = alternate(Torch(net, counts, mask), ours, seconds)
                ours.close()
            logs.append(np.log(ratio))
            rows.append(f"| {', '.join(map(str, shape))} | {threads} | {theirs:.2f} | {mine:.2f} | {ratio:.2f} | {low:.2f}–{high:.2f} |")
            print(rows[-1], flush=True)
    head = ["| layers, channels, latent, batch, bins | threads | PyTorch ms | ours ms | ratio | min–max |", "|---|---|---|---|---|---|"]
    return head + rows + [f"| geometric mean | | | | **{np.exp(np.mean(logs)):.2f}** | |"]


def inference(bench, product, seconds):
    """The same weights: PyTorch's own static export against ours, both in ONNX Runtime, one thread."""
    rows, logs, here = [], {}, os.path.dirname(os.path.abspath(__file__))
    for shape in [(3, 29, 20, 50), (3, 50, 32, 100), (3, 137, 32, 140)]:
        bins = shape[3]
        for batch in (1, 8, 64, 256):
            with tempfile.TemporaryDirectory() as folder:
                ours, theirs, weights = (os.path.join(folder, name) for name in ("ours.onnx", "torch.onnx", "weights.safetensors"))
                subprocess.run([bench, "model", *sizes_of(shape), "--out", ours, "--weights", weights], check=True)
                export = [sys.executable, os.path.join(here, "export_torch.py"), weights, theirs, *map(str, shape[:3]), str(batch), str(bins)]
                subprocess.run(export, check=True, stdout=subprocess.DEVNULL)
                command = [product, "bench", "--model", ours, "--compare", theirs, "--batch", str(batch), "--bins", str(bins), "--seconds", str(seconds)]
                command += ["--threads", "1", "--device", "cpu", "--quiet", "--json"]
                cell = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])["cells"][0]
            ratio = cell["ratio"]
            logs.setdefault(batch, []).append(np.log(ratio["median"]))
            rows.append(
                f"| {shape[1]} ch, {shape[2]} wide, {bins} bins | {batch} | {cell['compare']['p50_ms']:.3f} | {cell['model']['p50_ms']:.3f} "
                f"| {ratio['median']:.2f} | {ratio['low']:.2f}–{ratio['high']:.2f} | {cell['largest_difference']:.1e} |")
            print(rows[-1], flush=True)
    means = ", ".join(f"{batch}: **{np.exp(np.mean(values)):.2f}**" for batch, values in logs.items())
    head = ["| model | batch | torch.onnx ms | ours ms | ratio | p10–p90 | largest difference |", "|---|---|---|---|---|---|---|"]
    return head + rows + ["", f"Geometric mean over the models, at batch {means}."]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True, help="the built benchmark program")
    parser.add_argument("--product", required=True, help="unet-spikes")
    parser.add_argument("--seconds", type=float, default=10, help="per row, both sides together")
    parser.add_argument("--machine", default="", help="a line about the machine and the commit")
    parser.add_argument("--only", choices=["training", "inference"])
    parser.add_argument("--results", help="Markdown file to append to")
    options = parser.parse_args()
    text = [f"## {options.machine}", ""]
    if options.only != "inference":
        text += ["Training step, PyTorch " + torch.__version__ + " against this project:", ""] + training(options.bench, options.seconds) + [""]
    if options.only != "training":
        text += ["Inference, one thread, both in the same ONNX Runtime:", ""] + inference(options.bench, options.product, options.seconds) + [""]
    print("\n".join(text))
    if options.results:
        with open(options.results, "a", encoding="utf-8") as f:
            f.write("\n".join(text) + "\n")


main()
