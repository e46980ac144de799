"""Writes the small HDF5 files of this folder with h5py, the reference binding of the HDF5 library.

Run: python3 make_golden.py   (h5py 3.7, HDF5 1.10.8, numpy 1.24: Debian 12's python3-h5py)
Values follow formulas that the tests repeat: counts[t, b, u] = (7 t + 3 b + u) mod 4, truth = counts / 2 + 0.25.
"""
import os

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def counts(trials, bins, units, first=0):
    t, b, u = np.ogrid[first:first + trials, :bins, :units]
    return ((7 * t + 3 * b + u) % 4).astype(np.int64)


def new(name):
    return h5py.File(os.path.join(HERE, name), "w")


def layouts():
    """One array in every storage and type a reader meets; all hold counts(5, 6, 3)."""
    x = counts(5, 6, 3)
    with new("layouts.h5") as f:
        f["contiguous_int64"] = x
        f["contiguous_uint8"] = x.astype(np.uint8)
        f["contiguous_float64"] = x.astype(np.float64)
        f["big_endian_int32"] = x.astype(">i4")
        f.create_dataset("compact_float32", data=x.astype(np.float32))
        f.create_dataset("gzip_int64", data=x, chunks=(2, 4, 3), compression="gzip", shuffle=True)
        f.create_dataset("growing_float32", data=x.astype(np.float32), chunks=(2, 6, 3), maxshape=(None, 6, 3))
        f["empty_axis"] = np.zeros((5, 6, 0))
        f["scalar"] = 0.02
        f["one_by_one"] = np.array([[3.5]])
        f["boolean"] = np.array([True, False, True])
        f["fixed_text"] = np.array([b"unit 7", b"b"])
        f["variable_text"] = np.array(["imec0_12", "\u03bc"], dtype=h5py.string_dtype())
        f["group/inner"] = x[0]
        f["group"].attrs["bin_ms"] = 20.0
        f.attrs["name"] = "layouts"
        f.attrs["name_fixed"] = np.bytes_("layouts")
        f.attrs["several"] = np.arange(3)
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["compound"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])


def lfads(name, matlab=False, factor=True, truth=True, chunked=False):
    """4 training and 2 validation trials of 6 bins and 3 units; validation is trials 2 and 5 (0-based)."""
    train_inds, valid_inds = np.array([0, 1, 3, 4]), np.array([2, 5])
    everything = counts(6, 6, 3)
    with new(name) as f:
        kw = dict(chunks=(1, 6, 3), compression="gzip", shuffle=True) if chunked else {}
        for split, inds in (("train", train_inds), ("valid", valid_inds)):
            x = everything[inds]
            f.create_dataset(split + "_data", data=x.astype(np.float64) if matlab else x, **kw)
            if truth:
                f.create_dataset(split + "_truth", data=(x / 2 + 0.25) * 50, **kw)
            f[split + "_inds"] = (inds + 1).astype(np.float64)[None, :] if matlab else inds
            if not matlab:
                f["condition_labels_" + split] = inds // 3
                f[split + "_latents"] = x[:, :, :2].astype(np.float32) - 1
                f["input_" + split + "_truth"] = np.zeros((len(inds), 6, 0))
        if not matlab:
            f["dt"] = 0.02
        if factor:
            f["conversion_factor"] = 50.0


if __name__ == "__main__":
    layouts()
    lfads("lfads_small.h5", chunked=True)
    lfads("lfads_matlab.h5", matlab=True)
    lfads("lfads_no_factor.h5", factor=False)
    lfads("lfads_counts_only.h5", truth=False, factor=False)
