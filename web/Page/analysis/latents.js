// Three latents of every bin: the true ones decoded from log-rates where they are known, else the principal components of log-rates.

import { TrialArray } from "../recording/trialArray.js";
import { breathe, covarianceOf, crossProducts, leadingEigenvectors, solve } from "./linear.js";
import { logRow, sampleRows } from "./logRates.js";
import { meanOfVarying, r2PerChannel } from "./r2.js";

/** Ridge, as a share of the mean variance of a log-rate: enough to hold units that copy each other, too little to be seen. */
const ridge = 1e-4;

const dimensions = 3;

/**
 * @typedef {object} Latents
 * @property {TrialArray} inferred [trial, bin, 3].
 * @property {TrialArray | null} truth Likewise.
 * @property {number[] | null} r2 Of each dimension, where the truth is known.
 * @property {"decoded" | "components"} kind
 */

/**
 * @param {TrialArray} rates
 * @param {TrialArray | null} truth Of the same trials; used where it has three dimensions or more. Rates may go on behind its last bin: forward bins are decoded, and taught by nothing.
 * @returns {Promise<Latents | null>} Null where there are too few units or bins for three dimensions.
 */
export async function findLatents(rates, truth) {
  if (rates.channels < dimensions || rates.trials * rates.bins < 2 * dimensions) {
    return null;
  }
  return truth !== null && truth.channels >= dimensions ? decode(rates, truth) : components(rates);
}

/** @param {TrialArray} rates */
async function components(rates) {
  const { mean, covariance } = await covarianceOf(sampleRows(rates).map(({ logRates }) => logRates));
  const vectors = leadingEigenvectors(covariance, rates.channels, dimensions);
  const weights = Float64Array.from({ length: rates.channels * dimensions }, (_, i) => vectors[i % dimensions][Math.floor(i / dimensions)]);
  const inferred = new TrialArray(rates.trials, rates.bins, dimensions);
  await project(rates, () => true, { mean, weights, offset: new Float64Array(dimensions) }, inferred);
  return { inferred: inferred.summarizeAll(), truth: null, r2: null, kind: /** @type {const} */ ("components") };
}

/**
 * Ridge regression, in two halves: each half of the trials (of the bins, where there is but one trial) is decoded by what the other taught,
 * so that no bin's latents were fitted to.
 * @param {TrialArray} rates
 * @param {TrialArray} all True latents.
 */
async function decode(rates, all) {
  const truth = firstThree(all, rates.bins);
  const inferred = new TrialArray(rates.trials, rates.bins, dimensions);
  const half = (/** @type {number} */ row) => (rates.trials > 1 ? Math.floor(row / rates.bins) % 2 : Number(row >= rates.bins / 2));
  for (const part of [0, 1]) {
    const decoder = await fit(rates, truth, (row) => half(row) !== part);
    await project(rates, (row) => half(row) === part, decoder, inferred);
  }
  const r2 = r2PerChannel(truth, inferred);
  return { inferred: inferred.summarizeAll(), truth, r2: [...r2, meanOfVarying(r2)], kind: /** @type {const} */ ("decoded") };
}

/** @typedef {{mean: Float64Array, weights: Float64Array, offset: Float64Array}} Projection (log-rates − mean)·weights + offset. */

/**
 * @param {TrialArray} rates
 * @param {TrialArray} truth
 * @param {(row: number) => boolean} takes
 * @returns {Promise<Projection>}
 */
async function fit(rates, truth, takes) {
  const units = rates.channels;
  const rows = sampleRows(rates, (row) => takes(row) && !Number.isNaN(truth.values[row * dimensions]));
  const x = rows.map(({ logRates }) => logRates);
  const y = rows.map(({ row }) => Float64Array.from(truth.values.subarray(row * dimensions, (row + 1) * dimensions)));
  const { mean, covariance } = await covarianceOf(x);
  const offset = y.reduce((sum, row) => sum.map((value, d) => value + row[d] / y.length), new Float64Array(dimensions));
  const trace = mean.reduce((sum, _, unit) => sum + covariance[unit * units + unit], 0);
  for (let unit = 0; unit < units; unit++) {
    covariance[unit * units + unit] += (ridge * trace) / units + Number.MIN_VALUE;
  }
  return { mean, weights: solve(covariance, await crossProducts(x, y, mean, offset), units, dimensions), offset };
}

/**
 * @param {TrialArray} rates
 * @param {(row: number) => boolean} takes
 * @param {Projection} projection
 * @param {TrialArray} into
 */
async function project(rates, takes, { mean, weights, offset }, into) {
  const logRates = new Float64Array(rates.channels);
  for (let row = 0; row < rates.trials * rates.bins; row++) {
    if (takes(row) && logRow(rates.values, row * rates.channels, logRates)) {
      for (let d = 0; d < dimensions; d++) {
        let sum = offset[d];
        for (let unit = 0; unit < rates.channels; unit++) {
          sum += (logRates[unit] - mean[unit]) * weights[unit * dimensions + d];
        }
        into.values[row * dimensions + d] = sum;
      }
    }
    if (row % 5000 === 4999) {
      await breathe();
    }
  }
}

/**
 * @param {TrialArray} all
 * @param {number} bins At least its own; NaN in those behind.
 */
function firstThree(all, bins) {
  const first = new TrialArray(all.trials, bins, dimensions);
  for (let trial = 0; trial < all.trials; trial++) {
    for (let bin = 0; bin < all.bins; bin++) {
      const at = (trial * all.bins + bin) * all.channels;
      first.values.set(all.values.subarray(at, at + dimensions), (trial * bins + bin) * dimensions);
    }
  }
  return first.summarizeAll();
}
