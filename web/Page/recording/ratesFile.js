// The rates as files: HDF5 as 'unet-spikes infer' writes it (docs/formats.md, "Rates"), or CSV.

import h5wasm, { FS } from "../lib/h5wasm/hdf5_hl.js";
import { breathe } from "../analysis/linear.js";

/** @typedef {import("./trialArray.js").TrialArray} TrialArray */

/**
 * The key of rates made from counts: valid_data → valid_rates, spikes → rates.
 * @param {string} counts
 */
export function nameOfRates(counts) {
  const parts = counts.split("_");
  const noun = parts.findLastIndex((part) => ["spikes", "counts", "data"].includes(part));
  return noun < 0 ? `${counts}_rates` : parts.with(noun, "rates").join("_");
}

/**
 * @param {object} content
 * @param {string} content.name The counts' key.
 * @param {TrialArray} content.rates
 * @param {string[]} content.unitIds
 * @param {number[] | null} content.trialIds
 * @param {number} content.binWidthMs
 * @param {object} content.provenance
 * @returns {Uint8Array<ArrayBuffer>} The file.
 */
export function toHdf5({ name, rates, unitIds, trialIds, binWidthMs, provenance }) {
  const path = "/rates.h5";
  const file = new h5wasm.File(path, "w");
  try {
    const key = nameOfRates(name);
    const about = (/** @type {any} */ object) => {
      object.create_attribute("bin_ms", binWidthMs, null, "<d");
      object.create_attribute("rates_unit", "spikes/bin");
      object.create_attribute("hz_per_rate", 1000 / binWidthMs, null, "<d");
    };
    file.create_attribute("format", "unet-spikes rates 1");
    file.create_attribute("provenance", JSON.stringify(provenance));
    about(file);
    file.create_dataset({ name: "unit_ids", data: unitIds });
    const dataset = file.create_dataset({ name: key, data: rates.values, shape: [rates.trials, rates.bins, rates.channels], dtype: "<f" });
    dataset.create_attribute("kind", "rates");
    about(dataset);
    if (trialIds !== null) {
      file.create_dataset({ name: `${key}_trial_ids`, data: BigInt64Array.from(trialIds, BigInt) });
    }
  } finally {
    file.close();
  }
  const bytes = FS.readFile(path);
  FS.unlink(path);
  return bytes;
}

/**
 * A line for each bin: trial, bin, its beginning in seconds, and each unit's rate in spikes per bin, to the last digit of a float32.
 * @param {TrialArray} rates
 * @param {string[]} unitIds
 * @param {number[] | null} trialIds
 * @param {number} binWidthMs
 * @returns {Promise<Blob>}
 */
export async function toCsv(rates, unitIds, trialIds, binWidthMs) {
  const parts = [["trial", "bin", "seconds", ...unitIds.map(quoted)].join(",") + "\n"];
  for (let trial = 0; trial < rates.trials; trial++) {
    for (let from = 0; from < rates.bins; from += 500) {
      let lines = "";
      for (let bin = from; bin < Math.min(from + 500, rates.bins); bin++) {
        const at = (trial * rates.bins + bin) * rates.channels;
        lines += `${trialIds?.[trial] ?? trial},${bin},${Number(((bin * binWidthMs) / 1000).toFixed(9))}`;
        for (let unit = 0; unit < rates.channels; unit++) {
          lines += "," + shortest(rates.values[at + unit]);
        }
        lines += "\n";
      }
      parts.push(lines);
      await breathe();
    }
  }
  return new Blob(parts, { type: "text/csv" });
}

/** @param {number} rate Nine digits tell every float32 from every other. */
const shortest = (rate) => (Number.isNaN(rate) ? "" : String(Number(rate.toPrecision(9))));

/** @param {string} name */
const quoted = (name) => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
