// 1 − SSres/SStot, as core/RateScores.cs defines it.

/**
 * R² of each channel over all trials and bins of the truth; bins where it is NaN are left out.
 * @param {import("../recording/trialArray.js").TrialArray} truth
 * @param {import("../recording/trialArray.js").TrialArray} estimate Of the same trials; its bins may go on behind the truth's.
 * @param {number[]} [channelOf] The truth's channel of each of the estimate's, −1 = none; the same where not given.
 * @returns {number[]} One per channel of the estimate; NaN where the truth never changes, or there is none.
 */
export function r2PerChannel(truth, estimate, channelOf = Array.from({ length: estimate.channels }, (_, channel) => channel)) {
  const channels = estimate.channels;
  const sum = new Float64Array(channels), known = new Float64Array(channels), residual = new Float64Array(channels), total = new Float64Array(channels);
  const first = new Float64Array(channels).fill(NaN), varies = new Uint8Array(channels);
  forEachKnown(truth, channelOf, (value, channel) => {
    first[channel] = known[channel] === 0 ? value : first[channel];
    varies[channel] |= Number(value !== first[channel]);
    sum[channel] += value;
    known[channel]++;
  });
  // Two passes: deviations from a mean that is already known do not cancel.
  forEachKnown(truth, channelOf, (value, channel, trial, bin) => {
    residual[channel] += (value - estimate.values[(trial * estimate.bins + bin) * channels + channel]) ** 2;
    total[channel] += (value - sum[channel] / known[channel]) ** 2;
  });
  return Array.from(varies, (isVarying, channel) => (isVarying ? 1 - residual[channel] / total[channel] : NaN));
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
 * Row by row, as numbers lie in memory.
 * @param {import("../recording/trialArray.js").TrialArray} array
 * @param {number[]} columns −1 = none.
 * @param {(value: number, channel: number, trial: number, bin: number) => void} take channel: the place in columns.
 */
function forEachKnown({ trials, bins, channels, values }, columns, take) {
  for (let trial = 0; trial < trials; trial++) {
    for (let bin = 0, row = trial * bins * channels; bin < bins; bin++, row += channels) {
      for (let channel = 0; channel < columns.length; channel++) {
        const value = columns[channel] < 0 ? NaN : values[row + columns[channel]];
        if (value === value) {
          take(value, channel, trial, bin);
        }
      }
    }
  }
}
