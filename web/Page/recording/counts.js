// Arrays of spike counts in HDF5 files, by the keys of LFADS, NDT and the Neural Latents Benchmark; data/Hdf5Counts.cs is the same in C#.

import { Problem } from "../problem.js";
import { TrialArray } from "./trialArray.js";

/** float32 holds every whole number up to here; more spikes in one bin is no spike count. */
const largestCount = 2 ** 24;

/** Ends of the benchmark's keys: counts that a model sees, and those it is to predict: of held-out units, and of bins after the trial. */
const heldIn = "_heldin", heldOut = "_heldout", forward = "_forward";

/**
 * @typedef {object} CountsArray What can be smoothed.
 * @property {string} name Such as valid_data.
 * @property {number} trials
 * @property {number} bins
 * @property {number} units
 * @property {string[] | null} unitIds Their names where the array has but some of the file's units; null: those of the file.
 * @property {number | null} binWidthMs Null where the file does not say.
 * @property {() => TrialArray} read Spikes per bin; NaN = not recorded.
 * @property {() => number[] | null} trialIds The trials' numbers in the experiment.
 * @property {() => TrialArray | null} truth True rates in spikes per bin.
 * @property {() => TrialArray | null} latents True latents.
 */

/** @param {string} name A key at the root. */
const isCountsName = (name) =>
  ["spikes", "counts", "data", "train_data", "valid_data", "test_data", "eval_data"].includes(name)
  || name.endsWith("_counts") || name.includes("_spikes") || name.includes("_data_held");

/**
 * Whether an array holds what the benchmark has models predict unseen.
 * @param {string} name A key at the root.
 */
export const isTargetName = (name) => name.endsWith(heldOut) || name.endsWith(forward);

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @returns {CountsArray[]} At least one.
 */
export function findCounts(file) {
  const arrays = file.keys().filter((name) => isCountsName(name) && file.hasDataset("/" + name)).map((name) => describe(file, name));
  if (arrays.length === 0) {
    throw new Problem("holds no spike counts, expected train_data, valid_data, *_spikes*, spikes, counts or data, or the units of an NWB file");
  }
  return arrays;
}

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @returns {string[] | null} The units' names, where the file has them.
 */
export function readUnitIds(file) {
  if (!file.hasDataset("/unit_ids")) {
    return null;
  }
  return file.describe("/unit_ids").isText ? file.texts("/unit_ids") : Array.from(file.numbers("/unit_ids"), String);
}

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} name
 * @returns {CountsArray}
 */
function describe(file, name) {
  const { shape, isNumber } = file.describe("/" + name);
  if (!isNumber || (shape.length !== 2 && shape.length !== 3)) {
    throw new Problem(`/${name} ${isNumber ? `has ${shape.length} axes` : "does not hold numbers"}, expected 3 [trial, bin, unit] or 2 [bin, unit]`);
  }
  const [trials, bins, units] = shape.length === 3 ? shape : [1, ...shape];
  const split = name.split("_")[0];
  return {
    name, trials, bins, units,
    unitIds: partOf(file, name, units),
    binWidthMs: binWidth(file, "/" + name),
    read: () => readCounts(file, name, trials, bins, units, shape.length),
    trialIds: () => shape.length === 3 ? readTrialIds(file, `/${split}_inds`, trials) : null,
    truth: () => readTruth(file, split, trials, bins, units),
    latents: () => readLatents(file, `/${split}_latents`, trials, bins),
  };
}

/**
 * The benchmark's files name the units held in, then those held out; an array has the ones or the others.
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} name
 * @param {number} units
 * @returns {string[] | null} Null where the array has all units, or the names do not go with the arrays.
 */
function partOf(file, name, units) {
  const all = readUnitIds(file);
  const stem = name.endsWith(forward) ? name.slice(0, -forward.length) : name;
  const isHeldIn = stem.endsWith(heldIn);
  if (all === null || units === all.length || !(isHeldIn || stem.endsWith(heldOut))) {
    return null;
  }
  const other = isHeldIn ? heldOut : heldIn;
  const isWhole = file.keys().some((key) => key.endsWith(other) && file.hasDataset("/" + key) && units + (file.describe("/" + key).shape.at(-1) ?? 0) === all.length);
  return !isWhole ? null : isHeldIn ? all.slice(0, units) : all.slice(-units);
}

/**
 * Attribute bin_ms of the dataset or the file, or /dt in seconds.
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} path
 */
function binWidth(file, path) {
  const said = file.attribute(path, "bin_ms") ?? file.attribute("/", "bin_ms");
  // 0.07 s times 1000 is 70.00000000000001; nine decimals are far below any clock.
  const width = said !== null ? Number(said) : file.hasDataset("/dt") ? Number((file.numbers("/dt")[0] * 1000).toFixed(9)) : null;
  if (width !== null && !(width > 0 && width < Infinity)) {
    throw new Problem(`${path}: the bin width is ${width}, expected a positive number`);
  }
  return width;
}

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} name
 * @param {number} trials
 * @param {number} bins
 * @param {number} units
 * @param {number} rank 3, or 2 for one long trial.
 */
function readCounts(file, name, trials, bins, units, rank) {
  const counts = new Float32Array(trials * bins * units);
  const [rows, perRow] = rank === 3 ? [trials, bins * units] : [bins, units];
  file.byRows("/" + name, rows, perRow, (values, first) => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!(value >= 0 && value <= largestCount && Number.isInteger(value)) && !Number.isNaN(value)) {
        throw notACount(name, value, first + i, bins, units, rank);
      }
      counts[first + i] = value;
    }
  });
  return new TrialArray(trials, bins, units, counts).summarizeAll();
}

/**
 * @param {string} name
 * @param {number} value
 * @param {number} at
 * @param {number} bins
 * @param {number} units
 * @param {number} rank
 */
function notACount(name, value, at, bins, units, rank) {
  const place = [Math.floor(at / units / bins), Math.floor(at / units) % bins, at % units].slice(3 - rank);
  return new Problem(`/${name} has ${value} at [${place.join(", ")}], expected whole spike counts of at least 0`);
}

/**
 * Indices that do not fit the data belong to something else; then trials are numbered.
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} path
 * @param {number} trials
 */
function readTrialIds(file, path, trials) {
  const isThere = file.hasDataset(path) && file.describe(path).shape.reduce((product, n) => product * n, 1) === trials;
  return isThere ? Array.from(file.numbers(path)) : null;
}

/**
 * truth / conversion_factor = expected spikes per bin.
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} split
 * @param {number} trials
 * @param {number} bins
 * @param {number} units
 */
function readTruth(file, split, trials, bins, units) {
  const path = `/${split}_truth`;
  if (!file.hasDataset(path) || !file.hasDataset("/conversion_factor")) {
    return null;
  }
  requireShape(file, path, [trials, bins, units]);
  const factor = file.numbers("/conversion_factor")[0];
  const rates = new Float32Array(trials * bins * units);
  file.byRows(path, trials, bins * units, (values, first) => {
    for (let i = 0; i < values.length; i++) {
      rates[first + i] = values[i] / factor;
    }
  });
  return new TrialArray(trials, bins, units, rates).summarizeAll();
}

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} path
 * @param {number} trials
 * @param {number} bins
 */
function readLatents(file, path, trials, bins) {
  if (!file.hasDataset(path)) {
    return null;
  }
  const dimensions = file.describe(path).shape[2] ?? 0;
  requireShape(file, path, [trials, bins, dimensions]);
  return new TrialArray(trials, bins, dimensions, Float32Array.from(file.numbers(path))).summarizeAll();
}

/**
 * @param {import("./hdf5.js").Hdf5File} file
 * @param {string} path
 * @param {number[]} expected
 */
function requireShape(file, path, expected) {
  const { shape } = file.describe(path);
  if (shape.join() !== expected.join()) {
    throw new Problem(`${path} has shape [${shape.join(", ")}], expected [${expected.join(", ")}]`);
  }
}
