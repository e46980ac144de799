// How a trial is cut so that its pieces together equal one run over the whole of it (docs/infer.md); infer/WindowPlan.cs is the same in C#.
//
// The model pads a trial of T bins with zeros to k·m + 1, left = total / 2. We write those zeros ourselves: the extended trial. Windows of j·m + 1
// bins that start at multiples of m of it need no padding and lie on the same grid of strides. Of each window those outputs are kept whose
// receptive field lies inside it, or ends where the extended trial does. A model that predicts F forward bins appends them to what it is given, as
// zeros, before it pads: trial and windows are counted with them, and a window's last F are out of whose reach outputs are kept as from a cut.

/**
 * @typedef {object} BinWindow
 * @property {number} start The trial's bin under the window's first; below 0 where the window begins with zeros.
 * @property {number} first The first bin of the trial whose output is kept; forward bins count on behind the trial's own.
 * @property {number} count How many outputs are kept from there.
 */

/**
 * @param {number} bins Length of the trial, at least 1.
 * @param {number} wished The longest window wished for, in bins.
 * @param {number} multiple The model's m.
 * @param {number} reachLeft The receptive field before a bin.
 * @param {number} reachRight The receptive field after a bin.
 * @param {number} [forward] The model's forward bins.
 * @returns {{length: number, windows: BinWindow[]}} length: of every window, k·m + 1, forward bins included.
 */
export function planWindows(bins, wished, multiple, reachLeft, reachRight, forward = 0) {
  const roundUp = (/** @type {number} */ n) => Math.ceil(n / multiple) * multiple;
  const predicted = bins + forward;
  const padding = (((1 - predicted) % multiple) + multiple) % multiple;
  const left = Math.floor(padding / 2);
  const extended = predicted + padding;
  const haloLeft = roundUp(reachLeft), haloRight = roundUp(reachRight + forward);
  const length = Math.max(roundUp(Math.max(wished, 1) + forward - 1), haloLeft + haloRight + multiple) + 1;
  if (extended <= length) {
    return { length: extended, windows: [{ start: -left, first: 0, count: predicted }] };
  }

  const windows = [];
  const step = length - 1 - haloLeft - haloRight;
  const last = extended - length; // A multiple of m: both are one more than one.
  for (let start = 0, kept = 0; kept < predicted; start = Math.min(start + step, last)) {
    const end = start === last ? predicted : Math.min(start + length - haloRight - left, predicted);
    windows.push({ start: start - left, first: kept, count: end - kept });
    kept = end;
  }
  return { length, windows };
}
