// The units of NWB 2 files: spike times as one long array, where each unit's end, and when each was observed.

import { Problem } from "../problem.js";

const times = "/units/spike_times";
const observed = "/units/obs_intervals";
const trialStops = "/intervals/trials/stop_time";

/** Spike times that this page holds in memory, 400 MB: an hour of 1,000 units at 14 Hz. */
const mostSpikes = 5e7;

/** @param {import("./hdf5.js").Hdf5File} file */
export const isNwb = (file) => file.attribute("/", "nwb_version") !== null || file.attribute("/", "neurodata_type") === "NWBFile";

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @returns {import("./binning.js").SpikeTrains}
 */
export function readUnits(file) {
  const version = String(file.attribute("/", "nwb_version") ?? "").replace(/^NWB-/i, "");
  if (!version.startsWith("2.")) {
    throw new Problem(`/@nwb_version is ${version || "missing"}, expected NWB 2`);
  }
  if (!file.hasDataset(times)) {
    throw new Problem("holds no units with spike times");
  }
  if (file.describe(times).shape[0] > mostSpikes) {
    throw new Problem(`${times} has more than the ${mostSpikes.toLocaleString("en")} spikes this page holds; 'unet-spikes infer' takes recordings of any length`);
  }
  const ids = readIds(file);
  const seconds = file.numbers(times);
  const intervals = file.hasDataset(observed) ? readObserved(file, ids.length) : null;
  return { ids, times: seconds, ends: readEnds(file, `${times}_index`, ids.length, seconds.length), observed: intervals, endSeconds: endOf(file, intervals) };
}

/** @param {import("./hdf5.js").Hdf5File} file */
function readIds(file) {
  if (!file.hasDataset("/units/id")) {
    return Array.from(file.numbers(`${times}_index`), (_, unit) => String(unit)); // Early 2.0 files leave ids out of tables.
  }
  return file.describe("/units/id").isText ? file.texts("/units/id") : Array.from(file.numbers("/units/id"), String);
}

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} path A VectorIndex: where each row's list ends.
 * @param {number} rows
 * @param {number} length Of what it points into.
 */
function readEnds(file, path, rows, length) {
  const ends = Array.from(file.numbers(path));
  if (ends.length !== rows || ends.some((end, row) => end < (ends[row - 1] ?? 0)) || (ends.at(-1) ?? 0) !== length) {
    throw new Problem(`${path} does not divide ${length} values among ${rows} units`);
  }
  return ends;
}

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {number} units
 * @returns {[number, number][][]}
 */
function readObserved(file, units) {
  const edges = file.numbers(observed);
  const ends = readEnds(file, `${observed}_index`, units, edges.length / 2);
  return ends.map((end, unit) => Array.from({ length: end - (ends[unit - 1] ?? 0) }, (_, i) => {
    const at = 2 * ((ends[unit - 1] ?? 0) + i);
    if (!(edges[at] <= edges[at + 1])) {
      throw new Problem(`${observed} has ${edges[at]} to ${edges[at + 1]} s, expected intervals that end after they start`);
    }
    return /** @type {[number, number]} */ ([edges[at], edges[at + 1]]);
  }));
}

/**
 * The last observed or annotated moment.
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {[number, number][][] | null} intervals
 */
function endOf(file, intervals) {
  const stops = file.hasDataset(trialStops) ? Array.from(file.numbers(trialStops)) : [];
  const seen = (intervals ?? []).map((unit) => unit.at(-1)?.[1] ?? 0);
  return [...stops, ...seen].reduce((end, stop) => Math.max(end, Number.isNaN(stop) ? 0 : stop), 0);
}
