// Counts → rates: windows in batches through the model, each kept where its receptive field is whole.

import { TrialArray } from "./trialArray.js";
import { planWindows } from "./windowPlan.js";

/** As 'unet-spikes infer' has it: longer trials are cut. */
export const windowBins = 2048;

const largestBatch = 64;

/** Counts per batch, 2 MB: so short that a run lasts a fraction of a second, and views are answered in between. */
const batchValues = 1 << 19;

/**
 * @param {TrialArray} counts [trial, bin, unit of the file]; NaN = not recorded.
 * @param {import("./unitMap.js").UnitMap} map
 * @param {import("../model/metadata.js").ModelMetadata} model
 * @param {(batch: {counts: Float32Array, batch: number, bins: number, left: number}) => Promise<{rates: Float32Array, device: string}>} run
 * @param {(rates: TrialArray, doneBins: number, device: string) => boolean} onBatch Told after each; false = stop.
 * @returns {Promise<TrialArray | null>} Spikes per bin, [trial, bin, unit of the map]; NaN where the count is; null = stopped.
 */
export async function smooth(counts, map, model, run, onBatch) {
  const rates = new TrialArray(counts.trials, counts.bins, map.unitIds.length);
  if (counts.trials === 0 || counts.bins === 0) {
    return rates;
  }
  const channels = model.unitIds.length;
  const { length, windows } = planWindows(counts.bins, windowBins, model.binMultiple, model.receptiveFieldLeft, model.receptiveFieldRight);
  const all = Array.from({ length: counts.trials }, (_, trial) => windows.map((window) => ({ trial, window }))).flat();
  const size = Math.min(all.length, largestBatch, Math.max(1, Math.floor(batchValues / (length * channels))));
  let done = 0;
  for (let at = 0; at < all.length; at += size) {
    const pieces = all.slice(at, at + size);
    const input = new Float32Array(size * length * channels); // The last batch is filled up with zeros rather than given a shape of its own.
    pieces.forEach((piece, i) => fill(input, i * length * channels, counts, piece, length, map, channels));
    const output = await run({ counts: input, batch: size, bins: length, left: Math.ceil(all.length / size) - at / size - 1 });
    pieces.forEach((piece, i) => keep(output.rates, i * length * channels, counts, rates, piece, map, channels));
    done += pieces.reduce((sum, { window }) => sum + window.count, 0);
    if (!onBatch(rates, done, output.device)) {
      return null;
    }
  }
  return rates;
}

/** @typedef {{trial: number, window: import("./windowPlan.js").BinWindow}} Piece */

/**
 * Writes a window's counts into a batch: zeros in gaps and for units that the file lacks.
 * @param {Float32Array} input
 * @param {number} offset
 * @param {TrialArray} counts
 * @param {Piece} piece
 * @param {number} length
 * @param {import("./unitMap.js").UnitMap} map
 * @param {number} channels
 */
function fill(input, offset, counts, { trial, window }, length, { columns, channels: places }, channels) {
  for (let bin = window.start; bin < window.start + length; bin++) {
    const source = (trial * counts.bins + bin) * counts.channels;
    const target = offset + (bin - window.start) * channels;
    for (let unit = 0; unit < columns.length; unit++) {
      input[target + places[unit]] = counts.values[source + columns[unit]] || 0; // NaN: silence, as the model saw hidden entries
    }
  }
}

/**
 * Takes the outputs of a window that are kept.
 * @param {Float32Array} output
 * @param {number} offset
 * @param {TrialArray} counts
 * @param {TrialArray} rates
 * @param {Piece} piece
 * @param {import("./unitMap.js").UnitMap} map
 * @param {number} channels
 */
function keep(output, offset, counts, rates, { trial, window }, { columns, channels: places }, channels) {
  for (let bin = window.first; bin < window.first + window.count; bin++) {
    const source = offset + (bin - window.start) * channels;
    const seen = (trial * counts.bins + bin) * counts.channels;
    const target = (trial * rates.bins + bin) * rates.channels;
    for (let unit = 0; unit < columns.length; unit++) {
      rates.values[target + unit] = Number.isNaN(counts.values[seen + columns[unit]]) ? NaN : output[source + places[unit]];
    }
  }
  rates.summarize(trial, window.first, window.first + window.count);
}
