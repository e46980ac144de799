#!/usr/bin/env python3
"""Small files as `prep` writes them, from tensors that nlb_tools made of synthetic NWB files.

    make_prep.py EXPECTED_DIR

EXPECTED_DIR holds mc_maze_expected.h5 and mc_rtt_expected.h5 (nlb_tools 1ddc15f run on synthetic recordings; groups bin20/val, bin20/test).
Types as nlb_tools' save_to_h5: float32, chunked, gzip 4. Behaviour is left out.
"""
import sys
import h5py

def prep(source, dataset, phase, out, targets=None):
    """Training and evaluation tensors at the root, the targets in the data set's group, or in a file of their own."""
    with h5py.File(f"{source}/{dataset}_expected.h5", "r") as expected, h5py.File(out, "w") as file:
        group = expected[f"bin20/{phase}"]
        file.attrs["dataset"] = dataset
        file.attrs["bin_ms"] = 20.0
        for key in group:
            if "spikes" in key and not (phase == "val" and key == "eval_spikes_heldout"):
                write(file, key, group[key])
        if phase == "val":
            name = f"{dataset}_20"
            target = group["target"][name]
            if targets is None:
                copy(file, name, target)
            else:
                with h5py.File(targets, "w") as other:
                    copy(other, name, target)

def copy(file, name, target):
    for key in target:
        if "spikes" in key:
            write(file, f"{name}/{key}", target[key])

def write(file, key, values):
    file.create_dataset(key, data=values[()].astype("f4"), chunks=True, compression="gzip", compression_opts=4)

if __name__ == "__main__":
    source = sys.argv[1]
    prep(source, "mc_maze", "val", "mc_maze_20_val.h5")
    prep(source, "mc_maze", "test", "mc_maze_20_test.h5")
    prep(source, "mc_rtt", "val", "mc_rtt_20_input.h5", targets="mc_rtt_20_target.h5")
