"""Writes oddities.nwb: what NWB files hold in the wild beside what pynwb writes today. h5py only.

NWB 2.0b; fixed-length colnames (S16), namespaces and texts; int64 and int32 indices and ids; a column of lists of points,
one of lists of lists, booleans as enum, NaN times; a series in a container, one with rate, one with gaps in its time stamps,
one without samples; a compound column and a unit without spikes.
"""
import json
import os
import h5py
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(7)
fixed = lambda texts: np.array([t.encode() for t in texts], dtype="S16")


def typed(o, kind, **attributes):
    o.attrs["neurodata_type"] = np.bytes_(kind)
    o.attrs["namespace"] = np.bytes_("core")
    for k, v in attributes.items():
        o.attrs[k] = v
    return o


with h5py.File(os.path.join(here, "oddities.nwb"), "w") as f:
    typed(f, "NWBFile", nwb_version=np.bytes_("2.0b"))
    f["identifier"] = "oddities"
    f["session_description"] = np.bytes_("old and odd")
    f["session_start_time"] = "2019-01-01T00:00:00+00:00"
    f["timestamps_reference_time"] = "2019-01-01T00:00:00+00:00"

    trials = typed(f.create_group("intervals/trials"), "TimeIntervals", description=np.bytes_("trials"),
                   colnames=fixed(["start_time", "stop_time", "go_time", "correct", "kind", "points", "nested", "when"]))
    trials["id"] = np.array([10, 11, 12], dtype="i4")
    trials["start_time"] = np.array([0.0, 1.5, 3.0])
    trials["stop_time"] = np.array([1.0, 2.5, 4.0])
    trials["go_time"] = np.array([0.25, np.nan, 3.25])
    trials["correct"] = np.array([True, False, True])
    trials["kind"] = fixed(["left", "right", "left"])
    trials["points"] = np.arange(8.0).reshape(4, 2)
    trials["points_index"] = np.array([1, 1, 4], dtype="i8")
    trials["nested"] = np.arange(6)
    trials["nested_index"] = np.array([2, 3, 6], dtype="u1")
    trials["nested_index_index"] = np.array([1, 1, 3], dtype="u1")
    trials["when"] = np.zeros(3, dtype=[("idx_start", "i4"), ("count", "i4")])
    for key in trials:
        typed(trials[key], "VectorIndex" if key.endswith("_index") else "VectorData", description=np.bytes_(key))

    spikes = [np.sort(rng.uniform(0, 4, n)) for n in (5, 0, 7)]
    spikes[0][:2] = [0.0049999999999, 0.02]  # on edges: half a nanosecond under 5 ms, and exactly 20 ms
    spikes[0].sort()
    units = typed(f.create_group("units"), "Units", description=np.bytes_("units"), colnames=fixed(["spike_times", "obs_intervals", "quality"]))
    units["id"] = np.array([3, 1, 7], dtype="i4")
    units["spike_times"] = np.concatenate(spikes)
    units["spike_times_index"] = np.cumsum([len(s) for s in spikes]).astype("i4")
    units["obs_intervals"] = np.array([[0.0, 2.0], [3.0005, 4.0]] * 3)
    units["obs_intervals_index"] = np.array([2, 4, 6], dtype="u2")
    units["quality"] = np.array(["good", "mua", "good"], dtype=h5py.string_dtype())

    behavior = typed(f.create_group("processing/behavior"), "ProcessingModule", description=np.bytes_("b"))
    position = typed(behavior.create_group("Position"), "Position")
    hand = typed(position.create_group("hand"), "SpatialSeries", comments=np.bytes_("columns=[x,y]"), description=np.bytes_("d"))
    hand["data"] = np.arange(10, dtype="f4").reshape(5, 2)
    hand["data"].attrs["unit"] = np.bytes_("cm")
    hand["data"].attrs["conversion"] = 0.01
    hand["timestamps"] = np.array([0.0, 0.001, 0.002, 0.5, 0.501])
    lick = typed(behavior.create_group("lick"), "TimeSeries", comments="no comments")
    lick["data"] = np.array([0, 1, 0, 1], dtype="i2")
    lick.create_dataset("starting_time", data=0.5).attrs["rate"] = 100.0
    empty = typed(behavior.create_group("empty"), "TimeSeries")
    empty["data"] = np.zeros((0, 3))
    empty["timestamps"] = np.zeros(0)
    text = typed(f.create_group("acquisition/notes"), "AnnotationSeries")
    text["data"] = fixed(["a", "b"])
    text["timestamps"] = np.array([1.0, 2.0])

counts = np.zeros((3, 800))  # 5 ms bins
for u, times in enumerate(spikes):
    ms = np.trunc(np.round(1000 * times, 6)).astype(int)
    seen = (ms < 2000) | ((ms >= 3001) & (ms < 4000))
    np.add.at(counts[u], ms[seen] // 5, 1)
with open(os.path.join(here, "oddities.json"), "w") as out:
    json.dump({"spikes": [list(s) for s in spikes], "counts": counts.T.astype(int).tolist()}, out)
