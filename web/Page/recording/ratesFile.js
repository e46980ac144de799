// Rates and latents as files: HDF5 as 'unet-spikes infer' writes it (docs/formats.md, "Rates"), or CSV.

import h5wasm, { FS } from "../lib/h5wasm/hdf5_hl.js";
import { breathe } from "../analysis/linear.js";

/** @typedef {import("./trialArray.js").TrialArray} TrialArray */

/** The end of the benchmark's keys of counts that a model sees. */
const heldInEnd = "_heldin";

/**
 * The key of what is made from counts: valid_data → valid_rates, spikes → latents; train_spikes_heldin → train_rates where held-out units stand beside those held in.
 * @param {string} counts
 * @param {"rates" | "latents"} kind
 * @param {boolean} hasHeldOut
 */
export function nameFor(counts, kind, hasHeldOut) {
  const stem = hasHeldOut && counts.endsWith(heldInEnd) ? counts.slice(0, -heldInEnd.length) : counts;
  const parts = stem.split("_");
  const noun = parts.findLastIndex((part) => ["spikes", "counts", "data"].includes(part));
  return noun < 0 ? `${stem}_${kind}` : parts.with(noun, kind).join("_");
}

/**
 * @typedef {object} Results
 * @property {string} name The counts' key.
 * @property {TrialArray} rates Forward bins included.
 * @property {TrialArray | null} latents Likewise.
 * @property {string[]} unitIds
 * @property {number} heldOutUnits How many of them, from the last, were predicted unseen.
 * @property {number} forwardBins How many bins, from the last, lie behind the trial's end.
 * @property {number[] | null} trialIds
 * @property {number} binWidthMs
 */

/**
 * @param {Results} results
 * @param {object} provenance
 * @returns {Uint8Array<ArrayBuffer>} The file.
 */
export function toHdf5(results, provenance) {
  const { rates, latents, unitIds, heldOutUnits, binWidthMs } = results;
  const path = "/rates.h5";
  const file = new h5wasm.File(path, "w");
  try {
    file.create_attribute("format", "unet-spikes rates 1");
    file.create_attribute("provenance", JSON.stringify(provenance));
    number(file, "bin_ms", binWidthMs);
    sayUnit(file, binWidthMs);
    if (heldOutUnits > 0) {
      number(file, "held_out_units", heldOutUnits);
    }
    file.create_dataset({ name: "unit_ids", data: unitIds });
    addArray(file, "rates", rates, results);
    if (latents !== null) {
      addArray(file, "latents", latents, results);
    }
  } finally {
    file.close();
  }
  const bytes = FS.readFile(path);
  FS.unlink(path);
  return bytes;
}

/**
 * @param {any} file h5wasm's.
 * @param {"rates" | "latents"} kind
 * @param {TrialArray} array
 * @param {Results} results
 */
function addArray(file, kind, { trials, bins, channels, values }, { name, heldOutUnits, forwardBins, trialIds, binWidthMs }) {
  const key = nameFor(name, kind, heldOutUnits > 0);
  const dataset = file.create_dataset({ name: key, data: values, shape: [trials, bins, channels], dtype: "<f" });
  dataset.create_attribute("kind", kind);
  number(dataset, "bin_ms", binWidthMs);
  if (kind === "rates") {
    sayUnit(dataset, binWidthMs);
  }
  if (forwardBins > 0) {
    number(dataset, "forward_bins", forwardBins);
  }
  if (trialIds !== null) {
    file.create_dataset({ name: `${key}_trial_ids`, data: BigInt64Array.from(trialIds, BigInt) });
  }
}

/**
 * @param {any} object h5wasm's.
 * @param {number} binWidthMs
 */
function sayUnit(object, binWidthMs) {
  object.create_attribute("rates_unit", "spikes/bin");
  number(object, "hz_per_rate", 1000 / binWidthMs);
}

/**
 * @param {any} object h5wasm's.
 * @param {string} name
 * @param {number} value
 */
const number = (object, name, value) => object.create_attribute(name, value, null, "<d");

/**
 * A line for each bin: trial, bin, its beginning in seconds, and a column for each unit's rate in spikes per bin, or each dimension of the latents,
 * to the last digit of a float32. Forward bins have a column that says so, where there are any.
 * @param {Results} results
 * @param {"rates" | "latents"} kind
 * @returns {Promise<Blob>}
 */
export async function toCsv({ rates, latents, unitIds, forwardBins, trialIds, binWidthMs }, kind) {
  const array = kind === "rates" ? rates : /** @type {TrialArray} */ (latents);
  const heads = kind === "rates" ? unitIds.map(quoted) : Array.from({ length: array.channels }, (_, dimension) => `latent_${dimension + 1}`);
  const parts = [["trial", "bin", "seconds", ...(forwardBins > 0 ? ["forward"] : []), ...heads].join(",") + "\n"];
  for (let trial = 0; trial < array.trials; trial++) {
    for (let from = 0; from < array.bins; from += 500) {
      let lines = "";
      for (let bin = from; bin < Math.min(from + 500, array.bins); bin++) {
        const at = (trial * array.bins + bin) * array.channels;
        lines += `${trialIds?.[trial] ?? trial},${bin},${Number(((bin * binWidthMs) / 1000).toFixed(9))}`;
        lines += forwardBins === 0 ? "" : bin < array.bins - forwardBins ? ",0" : ",1";
        for (let channel = 0; channel < array.channels; channel++) {
          lines += "," + shortest(array.values[at + channel]);
        }
        lines += "\n";
      }
      parts.push(lines);
      await breathe();
    }
  }
  return new Blob(parts, { type: "text/csv" });
}

/** @param {number} value Nine digits tell every float32 from every other. */
const shortest = (value) => (Number.isNaN(value) ? "" : String(Number(value.toPrecision(9))));

/** @param {string} name */
const quoted = (name) => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
