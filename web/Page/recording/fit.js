// Whether an array of counts can go through a model, and the one line that says why not; infer/InputCounts.cs is the same in C#.

import { Problem } from "../problem.js";
import { windowBins } from "./smoothing.js";

/** Counts this page holds in memory, with as many rates: 200 units for 40 minutes of 5 ms bins. */
const mostCounts = 1e8;

/**
 * @param {import("./counts.js").CountsArray} array
 * @param {import("../model/metadata.js").ModelMetadata} model
 * @param {number | null} saidBinMs Width of the file's bins where it does not say.
 */
export function requireFit(array, model, saidBinMs) {
  const { name, trials, bins, units } = array;
  const width = array.binWidthMs ?? saidBinMs;
  if (width === null) {
    throw new Problem(`/${name} has no bin width (attribute bin_ms, or /dt in seconds), expected the model's ${text(model.binWidthMs)} ms; if that is what it is, say so under “Bin width”`);
  }
  if (Math.abs(width - model.binWidthMs) > 1e-6 * model.binWidthMs) { // A width in seconds, stored as float32, is off by less.
    throw new Problem(`/${name} has bins of ${text(width)} ms, expected the ${text(model.binWidthMs)} ms that the model was trained on`);
  }
  if (trials === 0 || bins === 0) {
    throw new Problem(`/${name} is empty`);
  }
  if (bins < model.minimumBins) {
    throw new Problem(`/${name} has trials of ${bins} bins, expected at least the ${model.minimumBins} that the model needs`);
  }
  if (model.trialBins > 0 && bins !== model.trialBins) {
    throw new Problem(`/${name} has trials of ${bins} bins, expected the ${model.trialBins} that the model was trained on: it knows places in a trial`);
  }
  if (model.needsTrials && bins > windowBins) {
    throw new Problem(`/${name} has trials of ${bins} bins, expected at most ${windowBins}: the model averages over whole trials and cannot take them in pieces`);
  }
  if (trials * bins * units > mostCounts) {
    throw new Problem(`/${name} has ${(trials * bins * units).toLocaleString("en")} counts, more than the ${mostCounts.toLocaleString("en")} this page holds; 'unet-spikes infer' takes recordings of any length`);
  }
}

/** @param {number} width */
const text = (width) => String(Number(width.toFixed(6)));
