// Counts → rates and latents: windows in batches through the model, each kept where its receptive field is whole.

import { TrialArray } from "./trialArray.js";
import { planWindows } from "./windowPlan.js";

/** As 'unet-spikes infer' has it: longer trials are cut. */
export const windowBins = 2048;

const largestBatch = 64;

/** Counts per batch, 2 MB: so short that a run lasts a fraction of a second, and views are answered in between. */
const batchValues = 1 << 19;

/**
 * @typedef {object} Smoothed
 * @property {TrialArray} rates Spikes per bin, [trial, bin, unit of the map], forward bins included; NaN = not known, or not yet.
 * @property {TrialArray | null} latents The model's last hidden layer, [trial, bin, dimension]; null where the model gives none, or nothing was run yet.
 */

/**
 * @param {TrialArray} counts [trial, bin, unit of the file]; NaN = not recorded.
 * @param {import("./unitMap.js").UnitMap} map
 * @param {import("../model/metadata.js").ModelMetadata} model
 * @param {(batch: {counts: Float32Array, batch: number, bins: number, left: number}) => Promise<{rates: Float32Array, latents: Float32Array | null, device: string}>} run
 * @param {(partial: Smoothed, doneBins: number, device: string) => boolean} onBatch Told after each; false = stop.
 * @returns {Promise<Smoothed | null>} Null = stopped.
 */
export async function smooth(counts, map, model, run, onBatch) {
  const forward = model.forwardBins, heldIn = model.heldInUnits;
  const { length, windows } = planWindows(counts.bins, windowBins, model.binMultiple, model.receptiveFieldLeft, model.receptiveFieldRight, forward);
  const all = Array.from({ length: counts.trials }, (_, trial) => windows.map((window) => ({ trial, window }))).flat();
  const size = Math.min(all.length, largestBatch, Math.max(1, Math.floor(batchValues / (length * model.unitIds.length))));
  const bins = length - forward; // What goes in; the model's forward bins come out behind it.
  /** @type {Smoothed} */
  const made = { rates: new TrialArray(counts.trials, counts.bins + forward, map.unitIds.length), latents: null };
  const start = (/** @type {number} */ at) => {
    const input = new Float32Array(size * bins * heldIn); // The last batch is filled up with zeros rather than given a shape of its own.
    all.slice(at, at + size).forEach((piece, i) => fill(input, i * bins * heldIn, counts, piece, bins, map, heldIn));
    return run({ counts: input, batch: size, bins, left: Math.ceil(all.length / size) - at / size - 1 });
  };
  let done = 0;
  let next = start(0);
  for (let at = 0; at < all.length; at += size) {
    const pieces = all.slice(at, at + size), running = next;
    if (at + size < all.length) {
      next = start(at + size); // The model goes on while this worker takes what it gave.
      next.catch(() => {}); // Where it fails, the loop says so; where it was stopped, nobody asks.
    }
    const { rates, latents, device } = await running;
    const dimensions = latents === null ? 0 : latents.length / (size * length);
    made.latents ??= latents && new TrialArray(counts.trials, counts.bins + forward, dimensions);
    pieces.forEach((piece, i) => {
      keepRates(rates, i * length * model.unitIds.length, counts, made.rates, piece, map, model.unitIds.length);
      made.rates.summarize(piece.trial, piece.window.first, piece.window.first + piece.window.count);
      if (latents !== null && made.latents !== null) {
        keepLatents(latents, i * length * dimensions, counts, made.latents, piece, map);
      }
    });
    done += pieces.reduce((sum, { window }) => sum + window.count, 0);
    if (!onBatch(made, done, device)) {
      return null;
    }
  }
  return made;
}

/** @typedef {{trial: number, window: import("./windowPlan.js").BinWindow}} Piece */

/**
 * Writes a window's counts into a batch: zeros in gaps and for units that the file lacks.
 * @param {Float32Array} input
 * @param {number} offset
 * @param {TrialArray} counts
 * @param {Piece} piece
 * @param {number} bins
 * @param {import("./unitMap.js").UnitMap} map
 * @param {number} heldIn
 */
function fill(input, offset, counts, { trial, window }, bins, { columns, channels }, heldIn) {
  const { values } = counts;
  for (let bin = window.start; bin < window.start + bins; bin++) {
    const source = (trial * counts.bins + bin) * counts.channels;
    const target = offset + (bin - window.start) * heldIn;
    for (let unit = 0; unit < columns.length; unit++) {
      input[target + channels[unit]] = values[source + columns[unit]] || 0; // NaN: silence, as the model saw hidden entries
    }
  }
}

/**
 * Takes the rates that a window's plan keeps. Not recorded in, not known out; a unit held out is not known where none of those seen was recorded.
 * Behind the trial's end nothing was to be recorded, and all is predicted.
 * @param {Float32Array} output
 * @param {number} offset
 * @param {TrialArray} counts
 * @param {TrialArray} rates
 * @param {Piece} piece
 * @param {import("./unitMap.js").UnitMap} map
 * @param {number} outputs Units that the model gives.
 */
function keepRates(output, offset, counts, rates, { trial, window }, { columns, channels }, outputs) {
  const seen = counts.values, kept = rates.values;
  for (let bin = window.first; bin < window.first + window.count; bin++) {
    const source = offset + (bin - window.start) * outputs;
    const target = (trial * rates.bins + bin) * rates.channels;
    for (let unit = 0; unit < channels.length; unit++) {
      kept[target + unit] = output[source + channels[unit]];
    }
    if (bin < counts.bins) {
      const row = (trial * counts.bins + bin) * counts.channels;
      let recorded = 0;
      for (let unit = 0; unit < columns.length; unit++) {
        const count = seen[row + columns[unit]];
        if (count === count) {
          recorded++;
        } else {
          kept[target + unit] = NaN;
        }
      }
      kept.fill(NaN, target + columns.length, recorded > 0 ? target + columns.length : target + channels.length);
    }
  }
}

/**
 * Takes the latents that a window's plan keeps; they are not known where none of the model's units was recorded.
 * @param {Float32Array} output
 * @param {number} offset
 * @param {TrialArray} counts
 * @param {TrialArray} latents
 * @param {Piece} piece
 * @param {import("./unitMap.js").UnitMap} map
 */
function keepLatents(output, offset, counts, latents, { trial, window }, { columns }) {
  for (let bin = window.first; bin < window.first + window.count; bin++) {
    const seen = (trial * counts.bins + bin) * counts.channels;
    if (bin >= counts.bins || columns.some((column) => !Number.isNaN(counts.values[seen + column]))) {
      const source = offset + (bin - window.start) * latents.channels;
      latents.values.set(output.subarray(source, source + latents.channels), (trial * latents.bins + bin) * latents.channels);
    }
  }
}
