// Rows of log-rates, the space in which latents are linear.

/** Below one spike in a million bins a rate is no evidence of anything; its logarithm would only be large. */
const leastRate = 1e-6;

/** Rows that a fit sees; more change nothing that the eye would see, and cost seconds. */
const mostRows = 8_000;

/**
 * @param {Float32Array} values
 * @param {number} at Where a row of rates begins.
 * @param {Float64Array} into Receives a row of log-rates.
 * @returns {boolean} Whether all are known.
 */
export function logRow(values, at, into) {
  for (let unit = 0; unit < into.length; unit++) {
    const rate = values[at + unit];
    if (rate !== rate) {
      return false;
    }
    into[unit] = Math.log(Math.max(rate, leastRate));
  }
  return true;
}

/**
 * Rows spread evenly over an array, those with gaps left out.
 * @param {import("../recording/trialArray.js").TrialArray} rates
 * @param {(row: number) => boolean} [takes] Which rows (trial · bins + bin) may be taken.
 * @returns {{row: number, logRates: Float64Array}[]}
 */
export function sampleRows(rates, takes = () => true) {
  const all = rates.trials * rates.bins;
  const step = Math.max(1, Math.ceil(all / mostRows));
  const rows = [];
  for (let row = 0; row < all; row += step) {
    const logRates = new Float64Array(rates.channels);
    if (takes(row) && logRow(rates.values, row * rates.channels, logRates)) {
      rows.push({ row, logRates });
    }
  }
  return rows;
}
