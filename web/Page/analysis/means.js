// What a whole array comes to, in one pass as the numbers lie in memory: unit by unit it would take twice as long, with callbacks four times.

/**
 * @param {import("../recording/trialArray.js").TrialArray} array
 * @param {number[]} [columns] Its channels that are wanted; all where not given.
 * @returns {{means: number[], hasGaps: boolean}} Means of what is known; whether anything is not.
 */
export function meansOf({ values, channels }, columns = Array.from({ length: channels }, (_, channel) => channel)) {
  const sums = new Float64Array(columns.length), known = new Float64Array(columns.length);
  for (let row = 0; row < values.length; row += channels) {
    for (let i = 0; i < columns.length; i++) {
      const value = values[row + columns[i]];
      if (value === value) {
        sums[i] += value;
        known[i]++;
      }
    }
  }
  return { means: Array.from(sums, (sum, i) => sum / known[i]), hasGaps: known.some((n) => n < values.length / channels) };
}

/** Values that are looked at for the top of the scale. */
const sampled = 200_000;

/**
 * The rate that one bin in two hundred is above: the top of the colour scale, so that one peak does not darken all the rest.
 * @param {import("../recording/trialArray.js").TrialArray} rates
 */
export function peakOf({ values }) {
  const step = Math.max(1, Math.floor(values.length / sampled));
  const sample = Float32Array.from({ length: Math.ceil(values.length / step) }, (_, i) => values[i * step]).filter((value) => value === value).sort();
  return sample.length === 0 ? 1 : sample[Math.min(sample.length - 1, Math.floor(0.995 * sample.length))] || 1;
}
