"""Writes the files of this folder: recordings and counts as other tools save them, and expected.json, what is in them. numpy and h5py only.

Kilosort's folder is in the order of time, as Kilosort and phy write it. MATLAB's v7.3 files are HDF5 with a user block of 512 bytes that says so,
axes reversed, a MATLAB_class on each dataset, cells as references into #refs#, and an empty array stored as the sizes of its axes.
"""
import json
import os
import zipfile
import h5py
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(11)
at = lambda *parts: os.path.join(here, *parts)
expected = {}

# Sorters
rate = 24000.0
samples = np.sort(rng.integers(0, 3 * 24000, 60))
clusters = rng.choice([0, 2, 5, 9, 130], 60)
os.makedirs(at("kilosort"), exist_ok=True)
np.save(at("kilosort", "spike_times.npy"), samples.astype("u8").reshape(-1, 1))
np.save(at("kilosort", "spike_clusters.npy"), clusters.astype("i4"))
np.save(at("kilosort", "spike_templates.npy"), np.zeros((60, 1), "u4"))
with open(at("kilosort", "params.py"), "w") as f:
    f.write("dat_path = 'nowhere.dat'\nn_channels_dat = 4\ndtype = 'int16'\noffset = 0\nsample_rate = 24000.\nhp_filtered = False\n")
with open(at("kilosort", "cluster_group.tsv"), "w") as f:
    f.write("cluster_id\tgroup\n2\tnoise\n5\tgood\n9\tmua\n")
with open(at("kilosort", "cluster_KSLabel.tsv"), "w") as f:
    f.write("cluster_id\tKSLabel\n0\tgood\n2\tgood\n5\tmua\n9\tgood\n")
with open(at("kilosort", "cluster_Amplitude.tsv"), "w") as f:
    f.write("cluster_id\tAmplitude\n0\t12.5\n5\t30.25\n")
expected["kilosort"] = {str(c): (samples[clusters == c] / rate).tolist() for c in np.unique(clusters)}
os.makedirs(at("kilosort_unlabelled"), exist_ok=True)
np.save(at("kilosort_unlabelled", "spike_times.npy"), samples.astype(">i8"))
np.save(at("kilosort_unlabelled", "spike_templates.npy"), clusters.astype("u4").reshape(-1, 1))
with open(at("kilosort_unlabelled", "params.py"), "w") as f:
    f.write("sample_rate=3e4 # Hz\n")
expected["kilosort_unlabelled"] = {str(c): (samples[clusters == c] / 3e4).tolist() for c in np.unique(clusters)}

# numpy
counts = rng.poisson(0.7, (4, 6, 3))
expected["counts"] = counts.tolist()
for name, dtype, order in [("i1", "i1", "C"), ("u2_big", ">u2", "C"), ("f2", "<f2", "C"), ("f4_fortran", "f4", "F"), ("i8_big_fortran", ">i8", "F"), ("u8", "u8", "C")]:
    np.save(at(f"counts_{name}.npy"), np.asarray(counts, dtype=dtype, order=order))
np.save(at("long_fortran.npy"), np.asfortranarray(counts[0].astype("f8")))
for version in [(2, 0), (3, 0)]:
    with open(at(f"counts_v{version[0]}.npy"), "wb") as f:
        np.lib.format.write_array(f, counts.astype("i4"), version=version)
np.savez(at("plain.npz"), first=counts.astype("u1"), second=np.asfortranarray(counts[0].astype("i2")), bin_ms=20.0, unit_ids=np.array(["a", "bb", "ü"]), note="text")
np.savez_compressed(at("compressed.npz"), spikes=np.tile(counts, (5, 1, 1)), behavior=rng.normal(size=(4, 6, 2)), dt=0.07, unit_ids=np.array([4, 11, 7]))
np.save(at("objects.npy"), np.array([[1, None], ["x", {}]], dtype=object), allow_pickle=True)
np.save(at("table.npy"), np.zeros(3, dtype=[("unit", "i4"), ("time", "f8")]))

# Text
unit = np.array(["3", "10", "a b"])[rng.integers(0, 3, 25)]
times = np.round(rng.uniform(0, 5, 25), 6)  # in no order
expected["text"] = {u: sorted(times[unit == u].tolist()) for u in ["3", "10", "a b"]}
with open(at("spikes.csv"), "w") as f:
    f.write("# a comment\namplitude,\"time_s\",neuron\n" + "".join(f"7.5,{t!r},\"{u}\"\n" for u, t in zip(unit, times.tolist())))
with open(at("spikes.tsv"), "w", newline="") as f:
    f.write("".join(f"{u}\t{t!r}\r\n" for u, t in zip(unit, times.tolist())))
with open(at("spikes.txt"), "w") as f:
    f.write("\ufeffSpike_Time; Unit\n\n" + "\n".join(f"{t:.6e}; {u}" for u, t in zip(unit, times.tolist())))


# MATLAB
def mat(name):
    f = h5py.File(at(name), "w", userblock_size=512)
    return f


def put(place, name, values, kind, **options):
    d = place.create_dataset(name, data=np.asarray(values).T, **options)
    d.attrs["MATLAB_class"] = np.bytes_(kind)
    return d


def cell(f, name, contents):
    refs = f.require_group("#refs#")
    made = []
    for content in contents:
        content = np.asarray(content)
        key = f"c{len(refs)}"
        if content.size == 0:
            d = put(refs, key, np.array([0, 0], "u8"), "double")
            d.attrs["MATLAB_empty"] = np.uint8(1)
        elif content.dtype.kind == "U":
            d = put(refs, key, np.array([[ord(c) for c in str(content)]], "u2"), "char")
        else:
            d = put(refs, key, content, "double")
        made.append(d.ref)
    d = f.create_dataset(name, data=np.array([made], dtype=h5py.ref_dtype).T, dtype=h5py.ref_dtype)
    d.attrs["MATLAB_class"] = np.bytes_("cell")


def head(name):
    text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Thu Nov 26 05:00:00 2026 HDF5 schema 1.00 ."
    with open(at(name), "r+b") as f:
        f.write(text.ljust(116) + b"\0" * 8 + b"\x00\x02" + b"IM")


trains = [np.sort(rng.uniform(0, 4, n)) for n in (6, 0, 1, 9)]
expected["cells"] = [t.tolist() for t in trains]
with mat("spikes.mat") as f:
    cell(f, "labels", ["left", "right"])
    cell(f, "spikeTimes", [trains[0].reshape(1, -1), trains[1], trains[2].reshape(1, 1), trains[3].reshape(-1, 1)])
    put(f, "unit_ids", np.array([[21.0, 22.0, 25.0, 28.0]]), "double")
head("spikes.mat")
with mat("other_name.mat") as f:
    cell(f, "labels", ["left", "right"])
    cell(f, "M1", [t.reshape(1, -1) for t in trains])
    put(f, "cube", np.zeros((2, 3, 2)), "double")
head("other_name.mat")
with mat("counts.mat") as f:
    put(f, "spikes", counts.astype("f8"), "double", chunks=(1, 3, 2), compression="gzip")
    put(f, "eval_spikes", counts[0].astype("u1"), "uint8")
    put(f, "dt", np.array([[0.07]]), "double")
    put(f, "title", np.array([[65, 66]], "u2"), "char")
    s = f.create_group("info")
    s.attrs["MATLAB_class"] = np.bytes_("struct")
head("counts.mat")
with mat("neither.mat") as f:
    put(f, "x", np.zeros((2, 5)), "double")
    cell(f, "labels", ["left", "right"])
head("neither.mat")

# As numpy and h5py see what was written
for name in os.listdir(here):
    if name.startswith("counts_") and name.endswith(".npy"):
        assert np.array_equal(np.load(at(name)).astype("f8"), counts), name
assert zipfile.ZipFile(at("compressed.npz")).testzip() is None
with h5py.File(at("counts.mat")) as f:
    assert f["spikes"].shape == (3, 6, 4) and f.userblock_size == 512
with open(at("expected.json"), "w") as out:
    json.dump(expected, out)
