#!/usr/bin/env python3
"""Binning an NWB session: this project against h5py + numpy, whole processes in turns, on one machine.

A synthetic session (Poisson units, 2 hours, 500 units, 50 million spikes by default) is written once in two layouts: contiguous, as pynwb writes by
default, and chunked with gzip 4, as it writes when asked. Both sides open the file, bin every unit at 5 ms and go through all counts. numpy's side bins unit
by unit (round, truncate, bincount) and keeps the whole matrix as uint8, the smallest it can be; ours keeps four bytes a spike and makes counts window by
window. Prints a table of medians and the median of the ratios of neighbouring runs; --results appends it.

    /usr/bin/python3 bench/binning.py --bench artifacts/bin/UnetSpikes.Bench/release/UnetSpikes.Bench [--hours 2 --units 500 --spikes 50e6]
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

NUMPY = r"""
import sys, resource, numpy as np, h5py
with h5py.File(sys.argv[1], "r") as f:
    times, ends = f["units/spike_times"][:], f["units/spike_times_index"][:]
starts = np.concatenate([[0], ends[:-1]])
bins = int(np.ceil(round(1000 * max(times[e - 1] for e in ends), 6) / 5))
counts = np.zeros((len(ends), bins), np.uint8)
for unit, (a, b) in enumerate(zip(starts, ends)):
    k = np.round(1000 * times[a:b], 6).astype(np.int64) // 5
    counts[unit] = np.bincount(k, minlength=bins)
total = 0
for first in range(0, bins, 12000):
    total += int(counts[:, first:first + 12000].sum(dtype=np.int64))
print(total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def write(path, hours, units, spikes, gzip):
    import h5py
    import numpy as np
    rng = np.random.default_rng(1)
    seconds = hours * 3600
    per_unit = rng.multinomial(int(spikes), rng.dirichlet(np.full(units, 3.0)))
    with h5py.File(path, "w") as f:
        f.attrs.update(neurodata_type="NWBFile", namespace="core", nwb_version="2.5.0")
        u = f.create_group("units")
        u.attrs.update(neurodata_type="Units", namespace="core", description="synthetic")
        u.attrs["colnames"] = np.array(["spike_times"], dtype=h5py.string_dtype())
        u["id"] = np.arange(units)
        u["spike_times_index"] = np.cumsum(per_unit)
        options = dict(chunks=(131072,), compression="gzip", compression_opts=4) if gzip else {}
        data = u.create_dataset("spike_times", (int(spikes),), "f8", **options)
        end = 0
        for n in per_unit:
            data[end:end + n] = np.sort(np.round(rng.uniform(0, seconds, n), 5))
            end += n


def timed(command):
    start = time.perf_counter()
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return time.perf_counter() - start, out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="UnetSpikes.Bench, built")
    parser.add_argument("--hours", type=float, default=2)
    parser.add_argument("--units", type=int, default=500)
    parser.add_argument("--spikes", type=float, default=50e6)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--machine", default="this machine")
    parser.add_argument("--results", help="file the table is appended to")
    args = parser.parse_args()
    lines = [f"\nBinning at 5 ms, {args.machine}: {args.hours:g} h, {args.units} units, {args.spikes / 1e6:g} million spikes; median of {args.runs} whole-process runs in turns:\n",
             "| spike_times | h5py + numpy s | ours s | ratio | min–max | numpy peak MB | ours peak MB |", "|---|---|---|---|---|---|---|"]
    for gzip in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "session.nwb")
            write(path, args.hours, args.units, args.spikes, gzip)
            theirs, ours, memory = [], [], []
            for run in range(args.runs + 1):
                a, b = timed([sys.executable, "-c", NUMPY, path]), timed([args.bench, "binning", path])
                assert int(a[1][0]) == int(float(b[1][0])), (a[1], b[1])
                if run > 0:  # the first fills the page cache
                    theirs.append(a[0]), ours.append(b[0]), memory.append((int(a[1][1]), int(b[1][3])))
            ratios = [t / o for t, o in zip(theirs, ours)]
            lines.append(f"| {'chunks of 131072, gzip 4' if gzip else 'contiguous'} | {statistics.median(theirs):.2f} | {statistics.median(ours):.2f} | "
                         f"{statistics.median(ratios):.2f} | {min(ratios):.2f}–{max(ratios):.2f} | {max(m[0] for m in memory) / 1e6:.0f} | {max(m[1] for m in memory) / 1e6:.0f} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if args.results:
        with open(args.results, "a", encoding="utf-8") as f:
            f.write(text)


main()
