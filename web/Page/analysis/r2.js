// 1 − SSres/SStot, as core/RateScores.cs defines it.

/**
 * R² of each channel over all trials and bins; bins whose truth is NaN are left out.
 * @param {import("../recording/trialArray.js").TrialArray} truth
 * @param {import("../recording/trialArray.js").TrialArray} estimate Of the same trials and bins.
 * @param {number[]} [channelOf] The truth's channel of each of the estimate's; the same where not given.
 * @returns {number[]} One per channel of the estimate; NaN where the truth never changes.
 */
export function r2PerChannel(truth, estimate, channelOf) {
  return Array.from({ length: estimate.channels }, (_, channel) => r2(truth, channelOf?.[channel] ?? channel, estimate, channel));
}

/**
 * The mean over channels whose truth changes.
 * @param {number[]} perChannel
 */
export function meanOfVarying(perChannel) {
  const varying = perChannel.filter((value) => !Number.isNaN(value));
  return varying.reduce((sum, value) => sum + value, 0) / varying.length;
}

/**
 * @param {import("../recording/trialArray.js").TrialArray} truth
 * @param {number} ofTruth
 * @param {import("../recording/trialArray.js").TrialArray} estimate
 * @param {number} ofEstimate
 */
function r2(truth, ofTruth, estimate, ofEstimate) {
  const rows = truth.trials * truth.bins;
  let sum = 0, known = 0, first = NaN, varies = false;
  for (let row = 0; row < rows; row++) {
    const value = truth.values[row * truth.channels + ofTruth];
    if (value === value) {
      first = known === 0 ? value : first;
      varies ||= value !== first;
      sum += value;
      known++;
    }
  }

  const mean = sum / known; // Two passes: deviations from a mean that is already known do not cancel.
  let residual = 0, total = 0;
  for (let row = 0; row < rows; row++) {
    const value = truth.values[row * truth.channels + ofTruth];
    if (value === value) {
      residual += (value - estimate.values[row * estimate.channels + ofEstimate]) ** 2;
      total += (value - mean) ** 2;
    }
  }
  return varies ? 1 - residual / total : NaN;
}
