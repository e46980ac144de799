"""The benchmark's tensors in numpy, written from its rules alone: what `prep` is held against where nlb_tools' own output is not to be had.

    /usr/bin/python3 reference_prep.py check DATASET...   against DATASET_expected.h5 that nlb_tools made (mc_maze, mc_rtt)
    /usr/bin/python3 reference_prep.py write DATASET...   DATASET_expected.h5 from DATASET/*.nwb, in the same layout

Everything lies on a dense grid of milliseconds in memory, which small files allow: nothing here is shared with the C#. Debian 12's
python3-numpy 1.24 and python3-h5py 3.7. The mc_maze_small set is cut from the mc_maze files, with its own lag and kernel.
"""
import pathlib
import sys

import h5py
import numpy as np

HERE = pathlib.Path(__file__).parent
FORWARD_MS = 200
MAZE = dict(train=("move_onset_time", (-250, 450), False), eval=("move_onset_time", (-250, 450), False), behavior="hand_vel")
MAZE_CONDITIONS = ["trial_type", "trial_version"]
SETS = {
    "mc_maze": dict(MAZE, lag=100, psth=(MAZE_CONDITIONS, 70)),
    "mc_maze_small": dict(MAZE, lag=120, psth=(MAZE_CONDITIONS, 50), folder="mc_maze"),
    "mc_rtt": dict(train=("start_time", (0, 600), True), eval=("start_time", (0, 600), True), behavior="finger_vel", lag=140),
    "area2_bump": dict(train=("move_onset_time", (-100, 500), False), eval=("move_onset_time", (-100, 500), True), behavior="hand_vel", lag=-20,
                       masks="ctr_hold_bump", psth=(["cond_dir", "ctr_hold_bump"], 40)),
    "dmfc_rsg": dict(train=("go_time", (-1500, 0), True), eval=("go_time", None, False), columns=["is_eye", "theta", "is_short", "ts", "tp"],
                     psth=(["is_eye", "theta", "is_short", "ts"], 70)),
}
WIDTHS = {"mc_maze_small": (20,)}  # differs from mc_maze in two numbers: the wide bins show them
PADDED_MS = 1500  # dmfc_rsg: rows of set..go, and of their averages, are padded to this at the front


# ---- reading: one grid of milliseconds for all files

def ragged(group, name):
    ends = group[name + "_index"][()].astype(int)
    return [group[name][start:end] for start, end in zip(np.r_[0, ends[:-1]], ends)]


def spikes_of(units, held_out, n, order):
    """Columns by the units' ids, in the order of the first file that has them."""
    rows = np.flatnonzero(units["heldout"][()] == held_out)
    if len(rows) == 0:
        return None
    ids = list(units["id"][rows])
    order.extend([one for one in ids if one not in order])
    first, rows = rows[0], rows[[ids.index(one) for one in order]]
    grid = np.zeros((n, len(rows)))
    times = ragged(units, "spike_times")
    for column, row in enumerate(rows):
        k = np.trunc(np.round(1000 * times[row], 6)).astype(int)
        np.add.at(grid[:, column], k[(k >= 0) & (k < n)], 1)
    valid = np.zeros(n, bool)
    for start, end in ragged(units, "obs_intervals")[first]:  # the first unit's serve for all
        valid[int(np.ceil(round(1000 * start, 6))):int(np.floor(round(1000 * end, 6)))] = True
    grid[~valid] = np.nan
    return grid


def series_of(module, n):
    found = {}
    for name, group in module.items():
        if group.attrs.get("neurodata_type") not in ("TimeSeries", "SpatialSeries"):
            continue
        data = group["data"][()].astype(float)
        if "timestamps" in group:
            times = group["timestamps"][()]
        else:
            times = group["starting_time"][()] + np.arange(len(data)) / group["starting_time"].attrs["rate"]
        places = np.round(1000 * times).astype(int)
        if np.any(np.round(times, 6) != np.round(places / 1000, 6)) or places.max() >= n:
            continue  # off the grid: dropped
        grid = np.full((n, data.shape[1] if data.ndim > 1 else 1), np.nan)
        grid[places] = data.reshape(len(data), -1)
        found[name] = grid
    return found


def moment(seconds):
    """Nanoseconds as pandas makes them; None = missing."""
    if np.isnan(seconds):
        return None
    whole = int(seconds)
    return whole * 10**9 + int(round(seconds - whole, 9) * 1e9)


def load(folder):
    signals, trials, shift, end = {}, [], 0, 0
    parts, orders = [], {False: [], True: []}
    for path in sorted(folder.glob("*.nwb")):
        with h5py.File(path, "r") as file:
            n = int(round(1000 * max(one[-1][1] for one in ragged(file["units"], "obs_intervals"))))
            if parts:
                shift = int(np.ceil(((end - 1) / 1000 + 0.05) * 10)) * 100  # a tenth of a second, 50 ms behind the last sample
            part = {kind: spikes_of(file["units"], held_out, n, orders[held_out]) for kind, held_out in (("spikes", False), ("heldout_spikes", True))}
            if "processing/behavior" in file:
                part.update(series_of(file["processing/behavior"], n))
            parts.append((shift, n, {k: v for k, v in part.items() if v is not None}))
            end = shift + n
            table = file["intervals/trials"]
            names = [c.decode() if isinstance(c, bytes) else c for c in table.attrs["colnames"]]
            columns = {c: table[c].asstr()[()] if table[c].dtype.kind == "O" else table[c][()] for c in names if c + "_index" not in table}
            for row in range(len(table["id"])):
                values = {c: v[row] for c, v in columns.items()}
                for c in [c for c in values if c.endswith("_time")]:
                    ns = moment(float(values[c]))
                    values[c] = None if ns is None else ns + shift * 10**6
                trials.append(values)
    for shift, n, part in parts:
        for name, grid in part.items():
            signals.setdefault(name, np.full((end, grid.shape[1]), np.nan))[shift:shift + n] = grid
    return signals, trials


# ---- bins

def summed(grid, q):
    """Sums of q milliseconds, NaN where the first of them is not known."""
    n = -(-len(grid) // q)
    padded = np.zeros((n * q, grid.shape[1]))
    padded[:len(grid)] = np.nan_to_num(grid)
    out = padded.reshape(n, q, -1).sum(axis=1)
    out[np.isnan(grid[::q])] = np.nan
    return out


def decimated(grid, q):
    """Every q-th sample behind a zero-phase low pass of 501 taps; gaps are bridged first and put back after."""
    m = np.arange(-250, 251)
    taps = np.sinc(m / q) * np.hamming(501)
    taps /= taps.sum()
    out = np.empty((-(-len(grid) // q), grid.shape[1]))
    for c in range(grid.shape[1]):
        known = np.flatnonzero(~np.isnan(grid[:, c]))
        x = np.interp(np.arange(len(grid)), known, grid[known, c])
        out[:, c] = np.convolve(np.pad(x, 250), taps, "valid")[::q]
    out[np.isnan(grid[::q])] = np.nan
    return out


def smoothed(column, sd):
    """A Gaussian of int(6 sd) taps over each run of known milliseconds."""
    size = int(6 * sd)
    window = np.exp(-0.5 * ((np.arange(size) - (size - 1) / 2) / sd) ** 2)
    window /= window.sum()
    out = np.full(len(column), np.nan)
    known = np.r_[False, ~np.isnan(column), False]
    for start, stop in zip(np.flatnonzero(known[1:] & ~known[:-1]), np.flatnonzero(~known[1:] & known[:-1])):
        full = np.convolve(column[start:stop], window)
        out[start:stop] = full[(size - 1) // 2:][:stop - start]
    return out


# ---- windows of trials: lists of bin numbers

def windows(trials, chosen, rule, q, bins, shifts=None, lag=0):
    """{trial: (bins, bin of alignment)}. rule: (column, (from, to) ms or None = set..go, whether windows may overlap)."""
    field, reach, overlap = rule
    ms, us = 10**6, 10**3
    width = q * ms

    def align(i):
        t = trials[i].get(field)
        return None if t is None else t + (0 if shifts is None else shifts[i] * width)

    def start(i):
        return trials[i].get("set_time") if reach is None else None if align(i) is None else align(i) + (reach[0] + lag) * ms

    def stop(i):
        return (trials[i]["go_time"] if reach is None else align(i) + (reach[1] + lag) * ms) - us

    found = {}
    for place, i in enumerate(chosen):
        if start(i) is None or align(i) is None:
            continue
        to = stop(i)
        if not overlap and place + 1 < len(chosen):
            following = chosen[place + 1]
            bounds = [start(following), trials[following + 1]["start_time"] if following + 1 < len(trials) else None]
            to = min([to] + [b - us for b in bounds if b is not None])
        first, last = -(-start(i) // width), to // width
        found[i] = (np.arange(max(first, 0), min(last, bins - 1) + 1), -(-align(i) // width))
    return found


def stacked(grid, found, known=None):
    """[trial, bin, column]; with known, bins at which something is missing are dropped."""
    return np.stack([grid[b if known is None else b[known[b]]] for b, _ in found.values()])


def jagged(grid, found):
    out = np.full((len(found), max(len(b) for b, _ in found.values()), grid.shape[1]), np.nan)
    for row, (b, _) in enumerate(found.values()):
        out[row, :len(b)] = grid[b]
    return out


# ---- dmfc_rsg's jitter, the condition averages

def jitter(trials, chosen, q):
    np.random.seed(0)
    drawn = {}
    for i in chosen:
        most = 0 if trials[i]["split"] == "test" else np.clip(1500 - trials[i]["tp"], 0, 300)
        drawn[i] = int(np.round(np.random.random() * np.floor(np.round(most / q, 4))))  # halves to even
    return drawn


def averages(p, signals, trials, train, evaluation, q, bins):
    fields, sd = p["psth"]
    is_padded = p["eval"][1] is None
    grid = np.column_stack([smoothed(column, sd) for column in np.column_stack([signals["spikes"], signals["heldout_spikes"]]).T])
    smooth = summed(grid, q)
    rule = (p["eval"][0], p["eval"][1], False)
    used = sorted(train + evaluation)
    value = lambda i: tuple(float(trials[i][f]) for f in fields)
    conditions = sorted({value(i) for i in used if not np.isnan(value(i)).any()})
    psth, members = [], []
    for condition in conditions:
        chosen = [i for i in used if value(i) == condition and not trials[i].get("is_outlier", 0) == 1]
        found = windows(trials, chosen, rule, q, bins)
        if not found:
            continue
        mean = np.mean([len(b) for b, _ in found.values()])
        found = {i: w for i, w in found.items() if len(w[0]) >= 0.8 * mean}
        at = {}
        for b, align in found.values():
            for k in b:
                at.setdefault(k - align, []).append(smooth[k])
        rows = np.array([[np.mean(c[~np.isnan(c)]) if not np.isnan(c).all() else np.nan for c in np.array(at[k]).T] for k in sorted(at)])
        shortest = min(len(b) for b, _ in found.values())
        psth.append(rows[-shortest:] if is_padded else rows[:shortest])
        members.append(set(found))
    length = PADDED_MS // q if is_padded else max(len(rows) for rows in psth)
    out = np.full((len(psth), length, grid.shape[1]), np.nan)
    for row, average in zip(out, psth):
        if is_padded:
            row[length - len(average):] = average
        else:
            row[:len(average)] = average
    with_align = lambda chosen: [i for i in chosen if trials[i].get(rule[0]) is not None]
    places = lambda chosen: [np.array([k for k, i in enumerate(with_align(chosen)) if i in one], "i4") for one in members]
    return out, places(train), places(evaluation)


# ---- the tensors

def tensors(name, q):
    """{'val': …, 'test': …}, with the target under val's 'target/GROUP'."""
    p = SETS[name]
    signals, trials = load(HERE / p.get("folder", name))
    bins = -(-len(signals["spikes"]) // q)
    binned = {k: summed(v, q) for k, v in signals.items() if k.endswith("spikes")}
    known = ~np.any([np.isnan(v[::q]).any(axis=1) for v in signals.values()], axis=0)
    behavior = decimated(signals[p["behavior"]], q) if "behavior" in p else None
    of = lambda *splits: [i for i, t in enumerate(trials) if t["split"] in splits]

    def behavior_of(chosen, rule):
        if behavior is not None:
            return jagged(behavior, windows(trials, chosen, rule, q, bins, lag=p["lag"]))
        rows = np.array([[float(trials[i][c]) for c in p["columns"]] for i in chosen])
        rows[[trials[i]["is_outlier"] != 0 for i in chosen]] = np.nan
        return rows

    def forward(rule):
        reach = rule[1] or (0, 0)
        return rule[0], (reach[1], reach[1] + FORWARD_MS), True

    def pair(out, prefix, suffix, found, mask):
        for kind, key in (("spikes", "heldin"), ("heldout_spikes", "heldout")):
            out[f"{prefix}_spikes_{key}{suffix}"] = stacked(binned[kind], found, mask)

    result = {}
    for phase, train, evaluation in (("val", of("train"), of("val")), ("test", of("train", "val"), of("test"))):
        out = result[phase] = {}
        shifts = lambda chosen: jitter(trials, chosen, q) if name == "dmfc_rsg" else None
        train_shifts, eval_shifts = shifts(train), shifts(evaluation)
        pair(out, "train", "", windows(trials, train, p["train"], q, bins, train_shifts), known)
        pair(out, "train", "_forward", windows(trials, train, forward(p["train"]), q, bins, train_shifts), known)
        out["train_behavior"] = behavior_of(train, p["train"])
        pair(out, "eval", "", windows(trials, evaluation, p["train"], q, bins, eval_shifts), None)
        if phase == "test":
            del out["eval_spikes_heldout"]  # the files do not have them
            continue
        group = f"target/{name}" + ("" if q == 5 else f"_{q}")
        target = {}
        if p["eval"][1] is None:
            rows, length = windows(trials, evaluation, p["eval"], q, bins), PADDED_MS // q
            padded = np.full((len(rows), length, binned["heldout_spikes"].shape[1]), np.nan)
            for row, (i, (b, _)) in zip(padded, rows.items()):
                data, end = binned["heldout_spikes"][b[known[b]]], length - eval_shifts[i]
                data = data[max(0, len(data) - end):]
                row[end - len(data):end] = data
            target["eval_spikes_heldout"] = padded
        else:
            target["eval_spikes_heldout"] = stacked(binned["heldout_spikes"], windows(trials, evaluation, p["eval"], q, bins), known)
        pair(target, "eval", "_forward", windows(trials, evaluation, forward(p["eval"]), q, bins, eval_shifts), known)
        target["train_behavior"], target["eval_behavior"] = behavior_of(train, p["eval"]), behavior_of(evaluation, p["eval"])
        if "masks" in p:
            mask = lambda chosen: np.array([[trials[i][p["masks"]] == 0, trials[i][p["masks"]] == 1] for i in chosen])
            target["train_decode_mask"], target["eval_decode_mask"] = mask(train), mask(evaluation)
        if "psth" in p:
            target["psth"], target["train_cond_idx"], target["eval_cond_idx"] = averages(p, signals, trials, train, evaluation, q, bins)
            if eval_shifts is not None:
                target["train_jitter"], target["eval_jitter"] = (np.array(list(s.values()), "i4") for s in (train_shifts, eval_shifts))
        out.update({f"{group}/{key}": value for key, value in target.items()})
    return result


def check(name):
    worst = {"spikes": 0.0, "other": 0.0}
    with h5py.File(HERE / f"{name}_expected.h5", "r") as file:
        for q in (5, 20):
            for phase, ours in tensors(name, q).items():
                theirs = {}
                file[f"bin{q}/{phase}"].visititems(lambda key, o: theirs.__setitem__(key, o[()]) if isinstance(o, h5py.Dataset) else None)
                assert set(theirs) == set(ours), set(theirs) ^ set(ours)
                for key, expected in theirs.items():
                    if key.endswith("cond_idx"):
                        assert [list(a) for a in expected] == [list(a) for a in ours[key]], key
                        continue
                    assert expected.shape == ours[key].shape, (key, expected.shape, ours[key].shape)
                    assert np.array_equal(np.isnan(expected), np.isnan(ours[key])), key
                    kind = "spikes" if "spikes" in key else "other"
                    worst[kind] = max(worst[kind], float(np.nanmax(np.abs(expected - ours[key])) / max(1e-12, np.nanmax(np.abs(expected)))))
    print(name, "largest differences from nlb_tools, relative to a tensor's largest value:", worst)


def write(name):
    written = {}  # what is equal is stored once
    with h5py.File(HERE / f"{name}_expected.h5", "w", libver="latest") as file:
        for q in WIDTHS.get(name, (5, 20)):
            for phase, values in tensors(name, q).items():
                for key, value in values.items():
                    path = f"bin{q}/{phase}/{key}"
                    if isinstance(value, list):
                        lists = file.create_dataset(path, (len(value),), dtype=h5py.vlen_dtype("i4"))
                        for condition, places in enumerate(value):
                            lists[condition] = places
                        continue
                    stored = value.astype("f4") if "spikes" in key else value
                    same = stored.shape, stored.tobytes()
                    if same in written:
                        file[path] = file[written[same]]
                    else:
                        file.create_dataset(path, data=stored, chunks=stored.shape, compression="gzip", compression_opts=9, shuffle=True)
                        written[same] = path
    print(name, (HERE / f"{name}_expected.h5").stat().st_size, "bytes")


if __name__ == "__main__":
    for dataset in sys.argv[2:]:
        {"check": check, "write": write}[sys.argv[1]](dataset)
