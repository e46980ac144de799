"""Writes small synthetic sessions in the layouts of area2_bump and dmfc_rsg: NWB files of h5py's, no data of anybody's.

    /usr/bin/python3 make_sessions.py     (Debian 12: python3-h5py 3.7, python3-numpy 1.24)

What each session is to try: area2_bump has active and passive trials, moments between two milliseconds, trials without a moment and a gap
across a trial of no split, velocity by rate with NaN in the gap, a series of six columns beside it, a condition of training trials only and a
trial without one. dmfc_rsg has set..go of many lengths (one much shorter than its condition's others), intervals of which one leaves no room for
jitter, outliers, and no behaviour at all. Test files have held-in units only, in another order.
"""
import pathlib
import zlib

import h5py
import numpy as np

HERE = pathlib.Path(__file__).parent
TEXT = h5py.string_dtype()
rng = np.random.default_rng(20)


def typed(node, kind, **attributes):
    attributes = dict(namespace="core", neurodata_type=kind, object_id=f"{zlib.crc32(node.name.encode()):08x}", **attributes)
    for key, value in attributes.items():
        node.attrs[key] = value
    return node


def table(file, path, kind, ids, columns):
    """A DynamicTable; a list of arrays is a ragged column."""
    group = typed(file.create_group(path), kind, description=path)
    group.attrs["colnames"] = np.array(list(columns), TEXT)
    typed(group.create_dataset("id", data=np.asarray(ids)), "ElementIdentifiers")
    for name, values in columns.items():
        data = np.concatenate(values) if isinstance(values, list) else values
        texts = data.dtype.kind in "UO"
        node = typed(group.create_dataset(name, data=data.astype(object) if texts else data, dtype=TEXT if texts else None), "VectorData", description=name)
        if isinstance(values, list):
            ends = np.cumsum([len(v) for v in values])
            index = group.create_dataset(name + "_index", data=ends.astype("u1" if ends[-1] < 256 else "u2" if ends[-1] < 65536 else "u4"))
            typed(index, "VectorIndex", description="ends of " + name, target=node.ref)


def spikes(until, rates):
    """Bursts on a slow rhythm, at a 30 kHz sorter's resolution."""
    trains = []
    for k, rate in enumerate(rates):
        times = np.sort(rng.uniform(0, until, rng.poisson(2 * rate * until)))
        kept = times[rng.uniform(size=len(times)) < 0.5 * (1 + 0.8 * np.sin(2 * np.pi * times / (0.7 + 0.1 * k)))]
        trains.append(np.round(kept * 30000) / 30000)
    return trains


def write(path, session, intervals, units, trials):
    until = intervals[-1][1]
    with h5py.File(path, "w") as file:
        typed(file, "NWBFile", nwb_version="2.3.0")
        file["identifier"], file["session_description"] = path.stem, session
        file["session_start_time"] = file["timestamps_reference_time"] = "2021-01-01T00:00:00+00:00"
        ids, held_out, rates = units
        count = len(ids)
        table(file, "units", "Units", ids, {
            "spike_times": spikes(until + 0.02, rates), "obs_intervals": [np.array(intervals)] * count, "heldout": np.array(held_out)})
        table(file, "intervals/trials", "TimeIntervals", trials.pop("id"), trials)
        typed(file.create_group("processing"), "LabelledContainer")
    return path


def add_series(path, name, values, rate, columns):
    with h5py.File(path, "a") as file:
        if "behavior" not in file["processing"]:
            typed(file.create_group("processing/behavior"), "ProcessingModule", description="processed behavioral data")
        group = typed(file.create_group(f"processing/behavior/{name}"), "TimeSeries", description=name, comments=f"columns=[{','.join(columns)}]")
        data = group.create_dataset("data", data=values, compression="gzip", compression_opts=9, shuffle=True, chunks=True)
        for key, value in dict(conversion=1.0, resolution=-1.0, unit="cm/s").items():
            data.attrs[key] = value
        start = group.create_dataset("starting_time", data=0.0)
        start.attrs["rate"], start.attrs["unit"] = rate, "seconds"


def bump():
    folder = HERE / "area2_bump"
    folder.mkdir(exist_ok=True)
    ids, held_out, rates = np.array([1, 2, 5, 8, 13]), [False, True, False, False, True], [22, 15, 30, 9, 18]
    count, spacing = 17, 0.92
    start = 0.2 + spacing * np.arange(count)
    onset = np.round(start + 0.13 + 0.05 * rng.uniform(size=count), 6)
    onset[3] = start[3] + 0.15  # on a millisecond
    onset[[6, 14]] = np.nan
    split = np.array(["train", "val", "train", "train", "train", "val", "none", "train", "none", "val", "train", "train", "val", "train", "none", "train", "val"])
    direction = np.array([0, 90, 0, 90, 180, 0, 0, 90, 90, 90, 0, 180, 0, np.nan, 90, 90, 0], float)
    passive = np.array([0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0], bool)
    gap = (start[8] + 0.1, start[8] + 0.6304)
    path = write(folder / "sub-Han_desc-train_behavior+ecephys.nwb", "area2_bump, synthetic", [(0.0, gap[0]), (gap[1], 16.4)], (ids, held_out, rates), {
        "id": np.arange(count) * 3, "start_time": start, "stop_time": start + 0.85, "move_onset_time": onset, "split": split,
        "ctr_hold_bump": passive, "cond_dir": direction, "bump_dir": np.where(passive, direction, np.nan),
        "bump_time": np.where(passive, onset - 0.04, np.nan), "go_cue_time": np.where(passive, np.nan, start + 0.05), "result": np.array(["R"] * (count - 1) + ["F"])})
    t = np.arange(16400) / 1000
    velocity = np.stack([8 * np.sin(7 * t + k) * np.sin(0.9 * t) + 3 * np.sin((23 + 60 * k) * t) for k in range(2)], axis=1)
    velocity = np.round(velocity * 8) / 8  # eighths: exact, and small in the file
    force = np.repeat(np.round(rng.normal(size=(164, 6))), 100, axis=0)
    missing = (t >= np.ceil(1000 * gap[0]) / 1000) & (t < np.floor(1000 * gap[1]) / 1000)
    velocity[missing] = force[missing] = np.nan
    add_series(path, "hand_vel", velocity, 1000.0, ["x", "y"])
    add_series(path, "force", force.astype("f4"), 1000.0, ["fx", "fy", "fz", "mx", "my", "mz"])

    start = 0.1 + spacing * np.arange(4)
    order = [3, 0, 2]
    write(folder / "sub-Han_desc-test_ecephys.nwb", "area2_bump, synthetic", list(zip(start, start + 0.85)), (ids[order], [False] * 3, np.array(rates)[order]), {
        "id": np.arange(4), "start_time": start, "stop_time": start + 0.85, "move_onset_time": np.round(start + 0.1512 + 0.03 * rng.uniform(size=4), 6),
        "split": np.array(["test"] * 4)})


def rsg():
    folder = HERE / "dmfc_rsg"
    folder.mkdir(exist_ok=True)
    ids, held_out, rates = np.array([0, 1, 2, 3], "i4"), [True, False, False, True], [14, 25, 8, 20]
    count, spacing = 13, 2.3
    start = 0.3 + spacing * np.arange(count)
    is_eye, is_short = np.arange(count) % 2, (np.arange(count) // 2) % 2
    is_eye[9:], is_short[9:] = 1, 0  # one condition of many trials
    theta = np.zeros(count)
    theta[7] = 180
    ts = np.where(is_short == 1, 640.0, 1000.0)
    tp = np.round(ts * rng.uniform(0.9, 1.1, count), 3)
    tp[2], tp[5], tp[11] = 1333.3, 1512.25, 610.5  # little room for jitter, none, much shorter than its condition
    ready = start + 0.2
    seconds = np.round(ready + 0.75, 6)
    go = np.round(seconds + tp / 1000, 6)
    outlier = np.isin(np.arange(count), [3, 9])
    split = np.array(["train"] * count)
    split[[1, 5, 8, 10]] = "val"
    split[4] = "none"
    gap = (start[4] + 0.7, start[4] + 1.1003)
    write(folder / "sub-Haydn_desc-train_ecephys.nwb", "dmfc_rsg, synthetic", [(0.0, gap[0]), (gap[1], 31.1)], (ids, held_out, rates), {
        "id": np.arange(count, dtype="i4"), "start_time": start, "stop_time": start + spacing, "ready_time": ready, "set_time": seconds, "go_time": go, "split": split,
        "is_eye": is_eye, "theta": theta, "is_short": is_short, "ts": ts, "tp": tp, "is_outlier": outlier, "bad_time": np.full(count, np.nan)})

    start = 0.3 + spacing * np.arange(3)
    order = [2, 1]
    write(folder / "sub-Haydn_desc-test_ecephys.nwb", "dmfc_rsg, synthetic", list(zip(start - 0.2, start + spacing - 0.2)), (ids[order], [False] * 2, np.array(rates)[order]), {
        "id": np.arange(3, dtype="i4"), "start_time": start, "stop_time": start + spacing, "go_time": np.round(start + 1.7 + 0.1 * rng.uniform(size=3), 6),
        "split": np.array(["test"] * 3)})


if __name__ == "__main__":
    bump()
    rsg()
